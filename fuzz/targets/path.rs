//! The fuzz target `path`; what it does with the bytes is told at `trust::fuzz_path`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| trust::fuzz_path(data));
