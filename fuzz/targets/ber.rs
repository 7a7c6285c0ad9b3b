//! The fuzz target `ber`; what it does with the bytes is told at `wire::ber::fuzz_ber`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::ber::fuzz_ber(data));
