//! The fuzz target `layers`; what it does with the bytes is told at `cms::fuzz_layers`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cms::fuzz_layers(data));
