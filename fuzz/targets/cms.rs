//! The fuzz target `cms`; what it does with the bytes is told at `wire::fuzz_cms`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::fuzz_cms(data));
