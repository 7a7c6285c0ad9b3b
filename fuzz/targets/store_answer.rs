//! The fuzz target `store_answer`; what it does with the bytes is told at `smime::stateless::fuzz_store_answer`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| smime::stateless::fuzz_store_answer(data));
