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
    /// Writes a page for the program, each noun and each verb of `command`.
    pub fn run(self, command: Command) -> Result {
        let told = |e: std::io::Error| Failure::other(format!("{}: {e}", self.folder.display()));
        std::fs::create_dir_all(&self.folder).map_err(told)?;
        clap_mangen::generate_to(command, &self.folder).map_err(told)
    }
}
