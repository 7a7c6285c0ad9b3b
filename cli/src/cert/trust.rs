//! `sealpost cert trust`.

use clap::Args;
use directory::{CertificateInfo, Mark};

use super::select;
use crate::common::certificate;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::{prompt, store};

/// Trust certificates, after comparing their fingerprints
///
/// A person's certificate is then believed for its addresses; an authority's vouches for whatever it certifies.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Trust {
    /// An address, or the first 8 or more digits of a fingerprint
    certificate: String,

    /// Do not ask: the fingerprints were compared
    #[arg(long)]
    yes: bool,
}

impl Trust {
    /// Shows the fingerprints, asks, and trusts.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open(global)?;
        let found = select::some(&directory, &self.certificate)?;
        if !self.yes {
            confirm(&found)?;
        }
        select::mark(global, &directory, &found, Mark::Trusted, "trusted")
    }
}

fn confirm(found: &[CertificateInfo]) -> Result {
    let lines = found.iter().map(|info| {
        let authority = info.certificate.basic_constraints().is_some_and(|b| b.ca);
        let what = if authority { " (an authority: it vouches for others)" } else { "" };
        format!("{} {}{what}", certificate::print(&info.certificate), certificate::whose(&info.certificate))
    });
    let lines: Vec<String> = lines.collect();
    lines.iter().for_each(|line| crate::common::terminal::say(line));
    match prompt::confirm("Did you compare this with its owner, by another way than mail?") {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::other("nothing was trusted")),
        Err(_) => Err(Failure::usage("there is no terminal to ask on").hint("--yes trusts without asking")),
    }
}

const HELP: &str = "\
Examples:
  sealpost cert trust bob@example.net --yes

Exit status:
  0 done, 1 there is no such certificate or you said no, 2 usage";
