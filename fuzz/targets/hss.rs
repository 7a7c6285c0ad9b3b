//! The fuzz target `hss`; what it does with the bytes is told at `crypto::fuzz_hss`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| crypto::fuzz_hss(data));
