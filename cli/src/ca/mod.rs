//! `sealpost ca`: an authority for addresses.

mod crl;
mod export;
mod init;
mod issue;
mod list;
mod revoke;
mod serve;
mod shared;

use clap::Subcommand;

use crate::common::error::Result;
use crate::common::global::Global;

/// An authority that certifies addresses
#[derive(Subcommand)]
pub enum Verb {
    Init(Box<init::Init>),
    Issue(Box<issue::Issue>),
    Revoke(revoke::Revoke),
    Crl(crl::Crl),
    List(list::List),
    Export(export::Export),
    Serve(serve::Serve),
}

impl Verb {
    /// Does what it says.
    pub fn run(self, global: &Global) -> Result {
        match self {
            Verb::Init(verb) => verb.run(global),
            Verb::Issue(verb) => verb.run(global),
            Verb::Revoke(verb) => verb.run(global),
            Verb::Crl(verb) => verb.run(global),
            Verb::List(verb) => verb.run(global),
            Verb::Export(verb) => verb.run(global),
            Verb::Serve(verb) => verb.run(global),
        }
    }
}
