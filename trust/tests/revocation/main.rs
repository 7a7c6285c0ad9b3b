//! Revocation: NIST PKITS with every CRL, x509-limbo, chains and lists of our own in every shape that PKITS sections
//! 4.14 and 4.15 have, and what `openssl ocsp` and `openssl ca` sign.
#![allow(clippy::disallowed_methods)]

#[path = "../common/mod.rs"]
mod common;
mod corpora;
mod deltas;
mod indirect;
mod lists;
mod ocsp;
mod openssl;
mod points;
mod rules;
mod world;
