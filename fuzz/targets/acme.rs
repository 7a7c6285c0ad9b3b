//! The fuzz target `acme`; what it does with the bytes is told at `smime::acme::fuzz_acme`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| smime::acme::fuzz_acme(data));
