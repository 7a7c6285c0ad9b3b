//! The fuzz target `x509`; what it does with the bytes is told at `wire::fuzz_x509`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::fuzz_x509(data));
