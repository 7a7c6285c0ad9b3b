//! The fuzz target `open`; what it does with the bytes is told at `smime::fuzz_open`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| smime::fuzz_open(data));
