//! The fuzz target `trust_objects`; what it does with the bytes is told at `wire::trust_objects::fuzz_trust_objects`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::trust_objects::fuzz_trust_objects(data));
