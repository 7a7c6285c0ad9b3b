//! `sealpost id`: your own identities, keys with certificates.

mod export;
mod import;
mod kind;
mod list;
mod new;
mod remove;
mod renew;
mod request;
mod select;
mod show;

pub use kind::KeyKinds;

use clap::Subcommand;

use crate::common::error::Result;
use crate::common::global::Global;

/// Your own identities: keys with certificates
#[derive(Subcommand)]
pub enum Verb {
    New(new::New),
    Request(Box<request::Request>),
    List(list::List),
    Show(show::Show),
    Import(import::Import),
    Export(export::Export),
    Renew(renew::Renew),
    Remove(remove::Remove),
}

impl Verb {
    /// Does what it says.
    pub fn run(self, global: &Global) -> Result {
        match self {
            Verb::New(verb) => verb.run(global),
            Verb::Request(verb) => verb.run(global),
            Verb::List(verb) => verb.run(global),
            Verb::Show(verb) => verb.run(global),
            Verb::Import(verb) => verb.run(global),
            Verb::Export(verb) => global.no_json().and_then(|()| verb.run(global)),
            Verb::Renew(verb) => verb.run(global),
            Verb::Remove(verb) => verb.run(global),
        }
    }
}
