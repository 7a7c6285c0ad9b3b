//! The fuzz target `crl`; what it does with the bytes is told at `wire::crl::fuzz_crl`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::crl::fuzz_crl(data));
