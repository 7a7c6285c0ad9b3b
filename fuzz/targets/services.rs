//! The fuzz target `services`; what it does with the bytes is told at `cms::fuzz_services`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cms::fuzz_services(data));
