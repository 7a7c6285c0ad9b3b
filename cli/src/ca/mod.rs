//! `sealpost ca`: an authority for addresses.

mod acme;
mod crl;
mod eab;
mod export;
mod import;
mod init;
mod issue;
mod list;
mod made;
mod renew;
mod revoke;
mod serve;
pub mod shared;

use clap::Subcommand;

use crate::common::error::Result;
use crate::common::global::Global;

/// An authority that certifies addresses
#[derive(Subcommand)]
pub enum Verb {
    Init(Box<init::Init>),
    Issue(Box<issue::Issue>),
    Renew(Box<renew::Renew>),
    Revoke(revoke::Revoke),
    Crl(crl::Crl),
    List(list::List),
    Export(export::Export),
    Import(import::Import),
    Serve(serve::Serve),
    Acme(Box<acme::Acme>),
    Eab(eab::Eab),
}

impl Verb {
    /// Does what it says.
    pub fn run(self, global: &Global) -> Result {
        match self {
            Verb::Init(verb) => verb.run(global),
            Verb::Issue(verb) => verb.run(global),
            Verb::Renew(verb) => verb.run(global),
            Verb::Revoke(verb) => verb.run(global),
            Verb::Crl(verb) => verb.run(global),
            Verb::List(verb) => verb.run(global),
            Verb::Export(verb) => verb.run(global),
            Verb::Import(verb) => verb.run(global),
            Verb::Serve(verb) => verb.run(global),
            Verb::Acme(verb) => verb.run(global),
            Verb::Eab(verb) => verb.run(global),
        }
    }
}
