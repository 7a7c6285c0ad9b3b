//! `sealpost cert accept`.

use clap::Args;
use serde_json::json;

use crate::common::certificate;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::{output, report, store};

/// Use somebody's new key, after comparing its fingerprint with them
///
/// A key that differs from the one in use is kept beside it, and told as `key-changed`, until it is accepted; the old one is
/// then superseded. Whether the certificate is believed is another matter: `sealpost cert trust` is for that.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Accept {
    /// An address, for every new key of it, or the first 8 or more digits of a certificate's fingerprint
    certificate: String,
}

impl Accept {
    /// Takes the new in the place of the old.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open(global)?;
        let accepted = directory.accept(&self.certificate, global.now()).map_err(|error| match error {
            directory::Error::NotFound { .. } => Failure::other(format!("no certificate here is {}", self.certificate))
                .hint("`sealpost cert list` shows all of them; a mail that they signed brings theirs"),
            other => other.into(),
        })?;
        if accepted.is_empty() {
            global.say(format!("no new key of {} waits: what is used stays", self.certificate));
        }
        let mut all = Vec::new();
        for done in &accepted {
            let print = certificate::print(&done.certificate);
            global.say(format!("used for {}: {print}", done.address));
            let old: Vec<String> = done.superseded.iter().map(certificate::print).collect();
            old.iter().for_each(|old| global.say(format!("superseded: {old}")));
            all.push(json!({ "address": done.address, "fingerprint": print, "superseded": old }));
        }
        if global.json { output::text(global, &report::json(json!({ "accepted": all }))) } else { Ok(()) }
    }
}

const HELP: &str = "\
Examples:
  sealpost cert accept bob@example.net

Exit status:
  0 done, or nothing waits, 1 there is no such certificate, 2 usage";
