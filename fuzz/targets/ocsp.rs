//! The fuzz target `ocsp`; what it does with the bytes is told at `wire::ocsp::fuzz_ocsp`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::ocsp::fuzz_ocsp(data));
