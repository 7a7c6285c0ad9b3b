//! The fuzz target `tree`; what it does with the bytes is told at `wire::tree::fuzz_tree`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::tree::fuzz_tree(data));
