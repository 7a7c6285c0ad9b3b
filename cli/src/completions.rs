//! `sealpost completions`.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::common::error::Result;
use crate::common::global::Global;
use crate::common::output;

/// Write a completion script for a shell
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Completions {
    /// Which shell
    shell: Shell,
}

impl Completions {
    /// Writes the script of `command`.
    pub fn run(self, global: &Global, mut command: Command) -> Result {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "sealpost", &mut script);
        output::text(global, &String::from_utf8_lossy(&script))
    }
}

const HELP: &str = "\
Examples:
  sealpost completions bash -o sealpost.bash
  sealpost completions zsh

Exit status:
  0 done, 2 usage, 59 the output file exists";
