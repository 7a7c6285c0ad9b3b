//! `sealpost cert list`.

use clap::Args;
use directory::{CertificateInfo, Mark, TrustedBy};
use serde_json::json;
use smime::Standing;

use super::select;
use crate::common::certificate::{day, print, whose};
use crate::common::error::Result;
use crate::common::global::Global;
use crate::common::{output, report, store};

/// List the certificates in the store
#[derive(Args)]
#[command(after_help = HELP)]
pub struct List {
    /// Only those that you trust, and those that the system trusts for mail
    #[arg(long)]
    trusted: bool,
}

impl List {
    /// Lists them.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open(global)?;
        let mut found = directory.certificates()?;
        found.retain(|info| !self.trusted || info.trusted_by().is_some());
        if global.json {
            let certificates: Vec<_> = found.iter().map(select::json).collect();
            return output::text(global, &report::json(json!({ "certificates": certificates })));
        }
        if found.is_empty() {
            global.say("There is no such certificate; `sealpost cert import FILE` adds some.");
            return Ok(());
        }
        let rows: Vec<_> = found.iter().map(row).collect();
        let heading = ["fingerprint", "for", "key", "valid until", "last seen", "mark", "origin"];
        output::text(global, &report::table(&heading, &rows))
    }
}

fn row(info: &CertificateInfo) -> Vec<String> {
    let certificate = &info.certificate;
    vec![
        print(certificate).chars().take(23).collect(),
        whose(certificate),
        ::trust::key_kind(certificate.public_key()).to_string(),
        day(certificate.not_after()),
        day(info.history.sightings.iter().map(|seen| seen.last_seen).max().unwrap_or(info.added_at)),
        mark(info).to_owned(),
        select::origin(info).to_owned(),
    ]
}

/// What the user said, or else that the system trusts it, or that it is not used for any of its addresses.
fn mark(info: &CertificateInfo) -> &'static str {
    let standings = &info.history.standings;
    let idle = standings.first().filter(|_| standings.iter().all(|(_, standing)| *standing != Standing::Used));
    match (info.mark, info.trusted_by()) {
        (Mark::None, Some(TrustedBy::System)) => "system",
        (Mark::None, None) => idle.map_or(Mark::None.name(), |(_, standing)| standing.word()),
        (mark, _) => mark.name(),
    }
}

const HELP: &str = "\
Examples:
  sealpost cert list
  sealpost cert list --trusted --json

Exit status:
  0 done, 1 the store cannot be read, 2 usage";
