//! The fuzz target `compressed`; what it does with the bytes is told at `cms::fuzz_compressed`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cms::fuzz_compressed(data));
