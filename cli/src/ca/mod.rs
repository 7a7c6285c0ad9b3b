//! `sealpost ca`: an authority for addresses.

mod init;

use clap::Subcommand;

use crate::common::error::Result;
use crate::common::global::Global;

/// An authority that certifies addresses
#[derive(Subcommand)]
pub enum Verb {
    Init(init::Init),
}

impl Verb {
    /// Does what it says.
    pub fn run(self, global: &Global) -> Result {
        match self {
            Verb::Init(verb) => verb.run(global),
        }
    }
}
