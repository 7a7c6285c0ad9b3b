//! The fuzz target `pem`; what it does with the bytes is told at `wire::pem::fuzz_pem`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::pem::fuzz_pem(data));
