//! The fuzz target `x509`; what it does with the bytes is told at `wire::x509::fuzz_x509`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::x509::fuzz_x509(data));
