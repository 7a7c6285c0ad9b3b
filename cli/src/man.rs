//! `sealpost man`: the man pages, from the same definition as the help.

use std::path::PathBuf;

use clap::{Args, Command};

use crate::common::error::{Failure, Result};

/// Write the man pages into a folder
#[derive(Args)]
pub struct Man {
    /// The folder; it is made if it is not there
    folder: PathBuf,
}

impl Man {
    /// Writes a page for each of the `programs`, their nouns and their verbs.
    pub fn run(self, programs: impl IntoIterator<Item = Command>) -> Result {
        let told = |e: std::io::Error| Failure::other(format!("{}: {e}", self.folder.display()));
        std::fs::create_dir_all(&self.folder).map_err(told)?;
        programs.into_iter().try_for_each(|program| clap_mangen::generate_to(program, &self.folder).map_err(told))
    }
}
