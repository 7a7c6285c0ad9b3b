//! The fuzz target `ldap`; what it does with the bytes is told at `wire::ldap::fuzz_ldap`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::ldap::fuzz_ldap(data));
