//! The fuzz target `passwords`; what it does with the bytes is told at `crypto::password::fuzz_passwords`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| crypto::password::fuzz_passwords(data));
