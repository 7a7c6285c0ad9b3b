//! The fuzz target `explain`; what it does with the bytes is told at `smime::fuzz_explain`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| smime::fuzz_explain(data));
