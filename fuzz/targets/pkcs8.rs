//! The fuzz target `pkcs8`; what it does with the bytes is told at `wire::pkcs8::fuzz_pkcs8`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::pkcs8::fuzz_pkcs8(data));
