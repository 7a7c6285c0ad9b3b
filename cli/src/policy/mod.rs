//! `sealpost policy`: what is accepted for which use.

mod show;

use clap::Subcommand;

use crate::common::error::Result;
use crate::common::global::Global;

/// Which algorithm is accepted for which use
#[derive(Subcommand)]
pub enum Verb {
    Show(show::Show),
}

impl Verb {
    /// Does what it says.
    pub fn run(self, global: &Global) -> Result {
        match self {
            Verb::Show(verb) => verb.run(global),
        }
    }
}
