//! The fuzz target `ber`; what it does with the bytes is told at `wire::fuzz_ber`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::fuzz_ber(data));
