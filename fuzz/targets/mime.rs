//! The fuzz target `mime`; what it does with the bytes is told at `mime::fuzz_mime`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mime::fuzz_mime(data));
