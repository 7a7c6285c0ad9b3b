//! The fuzz target `journal`; what it does with the bytes is told at `ca::fuzz_journal`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ca::fuzz_journal(data));
