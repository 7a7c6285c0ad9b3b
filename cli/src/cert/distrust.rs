//! `sealpost cert distrust`.

use clap::Args;
use directory::Mark;

use super::select;
use crate::common::error::Result;
use crate::common::global::Global;
use crate::common::store;

/// Never use certificates, whoever vouches for them
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Distrust {
    /// An address, or the first 8 or more digits of a fingerprint
    certificate: String,

    /// Take back what was said: neither trusted nor distrusted
    #[arg(long)]
    undo: bool,
}

impl Distrust {
    /// Marks every one that fits.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open(global)?;
        let found = select::some(&directory, &self.certificate)?;
        let (mark, what) = if self.undo { (Mark::None, "no longer marked") } else { (Mark::Distrusted, "distrusted") };
        select::mark(global, &directory, &found, mark, what)
    }
}

const HELP: &str = "\
Examples:
  sealpost cert distrust bob@example.net
  sealpost cert distrust bob@example.net --undo

Exit status:
  0 done, 1 there is no such certificate, 2 usage";
