//! What the room promises, by row of the map of standards, against forged bytes and against other programs.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod authenticated;
mod compressed;
mod containers;
mod digested;
mod enveloped;
mod forge;
mod gpgsm;
mod historic;
mod kem;
mod openssl;
mod peer;
mod people;
mod readdress;
mod receipts;
mod recipients;
mod round_trip;
mod shared;
mod signed;
mod sweep;
