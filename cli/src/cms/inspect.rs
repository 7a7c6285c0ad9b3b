//! `sealpost cms inspect`.

use std::path::PathBuf;

use clap::Args;
use smime::stateless;

use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::input::Input;
use crate::common::{output, terminal};
use crate::open::failure;

/// Show what a CMS message is made of, without keys
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Inspect {
    /// The message: S/MIME, PEM, DER or BER
    file: Option<PathBuf>,
}

impl Inspect {
    /// Inspects.
    pub fn run(self, global: &Global) -> Result {
        let input = Input::open(self.file.as_deref())?;
        let found = stateless::inspect(&input).map_err(failure::opening)?;
        if global.json {
            let json = serde_json::to_string_pretty(&found).map_err(Failure::other)?;
            return output::text(global, &format!("{json}\n"));
        }
        let text: String = found.to_string().lines().map(|line| terminal::escape(line) + "\n").collect();
        output::text(global, &text)
    }
}

const HELP: &str = "\
Examples:
  sealpost cms inspect sealed.eml
  sealpost cms inspect --json signed.p7m

Exit status:
  0 done, 2 usage, 41 not a CMS message, 61 a file is missing";
