//! Mails are explained: what relays did to them, who can open them, what to do about certificates.
#![allow(clippy::disallowed_methods)]

#[path = "../open/build.rs"]
#[allow(dead_code)] // the other tests use more of it
mod build;
mod found;
mod letters;
mod relays;
#[path = "../seal/ring.rs"]
#[allow(dead_code)]
mod ring;
