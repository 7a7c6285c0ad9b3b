//! The fuzz target `inspect`; what it does with the bytes is told at `smime::stateless::fuzz_structures`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| smime::stateless::fuzz_structures(data));
