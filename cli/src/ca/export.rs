//! `sealpost ca export`.

use clap::Args;

use super::shared::chosen;
use crate::common::certificate;
use crate::common::error::Result;
use crate::common::global::Global;
use crate::common::{output, store};

/// Write an authority's certificate as PEM, for those who are to trust it
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Export {
    /// Which authority, if there are several
    #[arg(long, value_name = "CA")]
    issuer: Option<String>,
}

impl Export {
    /// Writes it.
    pub fn run(self, global: &Global) -> Result {
        global.no_json()?;
        let info = chosen(&store::open(global)?, self.issuer.as_deref())?;
        output::text(global, &certificate::pem(&info.certificate))
    }
}

const HELP: &str = "\
Examples:
  sealpost ca export -o our-ca.pem --force

Exit status:
  0 done, 1 there is no such authority, 2 usage, 59 the output file exists";
