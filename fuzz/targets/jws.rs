//! The fuzz target `jws`; what it does with the bytes is told at `ca::acme::fuzz_jws`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ca::acme::fuzz_jws(data));
