//! The fuzz target `pkcs12`; what it does with the bytes is told at `wire::pkcs12::fuzz_pkcs12`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::pkcs12::fuzz_pkcs12(data));
