//! `sealpost cert`: other people's certificates, and anchors.

mod accept;
mod bundle;
mod check;
mod distrust;
mod find;
mod import;
mod list;
mod publish;
mod remove;
mod select;
mod show;
mod trust;

use clap::Subcommand;

use crate::common::error::Result;
use crate::common::global::Global;

/// Other people's certificates, and whom you trust
#[derive(Subcommand)]
pub enum Verb {
    Import(import::Import),
    List(list::List),
    Show(show::Show),
    Check(Box<check::Check>),
    Find(Box<find::Find>),
    Publish(publish::Publish),
    Trust(trust::Trust),
    Accept(accept::Accept),
    Distrust(distrust::Distrust),
    Remove(remove::Remove),
}

impl Verb {
    /// Does what it says.
    pub fn run(self, global: &Global) -> Result {
        match self {
            Verb::Import(verb) => verb.run(global),
            Verb::List(verb) => verb.run(global),
            Verb::Show(verb) => verb.run(global),
            Verb::Check(verb) => verb.run(global),
            Verb::Find(verb) => verb.run(global),
            Verb::Publish(verb) => verb.run(global),
            Verb::Trust(verb) => verb.run(global),
            Verb::Accept(verb) => verb.run(global),
            Verb::Distrust(verb) => verb.run(global),
            Verb::Remove(verb) => verb.run(global),
        }
    }
}
