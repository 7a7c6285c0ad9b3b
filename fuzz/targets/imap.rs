//! The fuzz target `imap`; what it does with the bytes is told at `wire::imap::fuzz_imap`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::imap::fuzz_imap(data));
