//! The fuzz target `tsp`; what it does with the bytes is told at `wire::tsp::fuzz_tsp`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::tsp::fuzz_tsp(data));
