//! `sealpost mail`: folders of kept mail.

mod rekey;

use clap::Subcommand;

use crate::common::error::Result;
use crate::common::global::Global;

/// Folders of kept mail
#[derive(Subcommand)]
pub enum Verb {
    Rekey(rekey::Rekey),
}

impl Verb {
    /// Does what it says.
    pub fn run(self, global: &Global) -> Result {
        match self {
            Verb::Rekey(verb) => verb.run(global),
        }
    }
}
