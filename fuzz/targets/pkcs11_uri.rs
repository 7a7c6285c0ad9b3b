//! The fuzz target `pkcs11_uri`; what it does with the bytes is told at `wire::fuzz_pkcs11_uri`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::fuzz_pkcs11_uri(data));
