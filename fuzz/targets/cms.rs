//! The fuzz target `cms`; what it does with the bytes is told at `wire::cms::fuzz_cms`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::cms::fuzz_cms(data));
