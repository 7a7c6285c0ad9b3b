//! The fuzz target `results`; what it does with the bytes is told at `smime::fuzz_results`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| smime::fuzz_results(data));
