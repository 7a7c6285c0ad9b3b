//! The fuzz target `capabilities`; what it does with the bytes is told at `cms::fuzz_capabilities`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cms::fuzz_capabilities(data));
