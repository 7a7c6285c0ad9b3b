//! The fuzz target `keys`; what it does with the bytes is told at `crypto::fuzz_keys`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| crypto::fuzz_keys(data));
