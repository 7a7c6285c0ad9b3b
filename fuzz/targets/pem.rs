//! The fuzz target `pem`; what it does with the bytes is told at `wire::pem::fuzz_pem` and `wire::pem_stream::fuzz_pem_stream`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    wire::pem::fuzz_pem(data);
    wire::pem_stream::fuzz_pem_stream(data);
});
