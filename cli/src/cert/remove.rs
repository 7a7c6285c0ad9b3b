//! `sealpost cert remove`.

use clap::Args;

use super::select;
use crate::common::certificate;
use crate::common::error::Result;
use crate::common::global::Global;
use crate::common::store;

/// Forget certificates, and what was said about them
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Remove {
    /// An address, or the first 8 or more digits of a fingerprint
    certificate: String,
}

impl Remove {
    /// Forgets every one that fits.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open(global)?;
        let mut removed = Vec::new();
        for info in select::some(&directory, &self.certificate)? {
            let info = directory.remove_certificate(&info.fingerprint)?;
            let (print, whose) = (certificate::print(&info.certificate), certificate::whose(&info.certificate));
            global.say(format!("removed: {print} {whose}"));
            removed.push(info);
        }
        select::report(global, &removed)
    }
}

const HELP: &str = "\
Examples:
  sealpost cert import carol.crt
  sealpost cert remove carol@example.org

Exit status:
  0 done, 1 there is no such certificate or it is one of your own, 2 usage";
