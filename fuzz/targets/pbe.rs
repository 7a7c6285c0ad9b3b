//! The fuzz target `pbe`; what it does with the bytes is told at `wire::pbe::fuzz_pbe`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::pbe::fuzz_pbe(data));
