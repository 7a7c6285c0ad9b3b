//! The fuzz target `receipt`; what it does with the bytes is told at `cms::fuzz_receipt`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cms::fuzz_receipt(data));
