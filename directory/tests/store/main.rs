//! The directory as its users see it: what it keeps, what it hands out, and what a crash leaves.

extern crate sealpost_directory as directory;

mod crash;
mod full;
mod history;
mod identities;
mod keyring;
mod passphrase;
mod people;
mod requests;
mod system;
