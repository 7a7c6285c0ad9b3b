//! The fuzz target `signatures`; what it does with the bytes is told at `crypto::fuzz_signatures`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| crypto::fuzz_signatures(data));
