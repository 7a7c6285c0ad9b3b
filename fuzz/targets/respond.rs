//! The fuzz target `respond`; what it does with the bytes is told at `smime::fuzz_respond`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| smime::fuzz_respond(data));
