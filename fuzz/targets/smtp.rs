//! The fuzz target `smtp`; what it does with the bytes is told at `wire::smtp::fuzz_smtp`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::smtp::fuzz_smtp(data));
