//! The fuzz target `csr`; what it does with the bytes is told at `ca::fuzz_csr`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ca::fuzz_csr(data));
