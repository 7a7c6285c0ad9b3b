//! The fuzz target `algorithms`; what it does with the bytes is told at `crypto::names::fuzz_algorithms`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| crypto::names::fuzz_algorithms(data));
