//! `sealpost ca list`.

use clap::Args;
use directory::JournalFile;
use serde_json::{Value, json};

use super::shared::chosen;
use crate::common::certificate;
use crate::common::error::Result;
use crate::common::global::Global;
use crate::common::{output, report, store};

/// List what an authority issued, renewed and revoked
#[derive(Args)]
#[command(after_help = HELP)]
pub struct List {
    /// Which authority, if there are several
    #[arg(long, value_name = "CA")]
    issuer: Option<String>,
}

impl List {
    /// Writes the list, in the order of issuing.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open(global)?;
        let info = chosen(&directory, self.issuer.as_deref())?;
        let file = JournalFile::open(&store::folder(global)?, &info.certificate)?;
        let issued: Vec<_> = file.journal().issued().collect();
        if global.json {
            let one = |i: &&::ca::Issued| {
                let revoked = i.revoked.map(|(at, why)| json!({ "at": at.to_string(), "reason": why.name() }));
                let mut value = certificate::json(&i.certificate);
                value["revoked"] = revoked.unwrap_or(Value::Null);
                value["superseded_by"] = json!(i.superseded.as_deref().map(wire::hex));
                value
            };
            let all: Vec<_> = issued.iter().map(one).collect();
            return output::text(global, &report::json(json!({ "authority": info.name, "issued": all })));
        }
        let row = |i: &&::ca::Issued| {
            let state = match i.revoked {
                Some((at, reason)) => format!("revoked {} {reason}", certificate::day(at)),
                None if i.certificate.not_after() < global.now() => "expired".to_owned(),
                None => match &i.superseded {
                    Some(by) => format!("superseded by {}", wire::hex(by).get(..8).unwrap_or_default()),
                    None => "valid".to_owned(),
                },
            };
            let whose = certificate::whose(&i.certificate);
            vec![wire::hex(i.certificate.serial()), whose, certificate::day(i.certificate.not_after()), state]
        };
        let rows: Vec<_> = issued.iter().map(row).collect();
        output::text(global, &report::table(&["SERIAL", "ADDRESS", "UNTIL", "STATE"], &rows))
    }
}

const HELP: &str = "\
Examples:
  sealpost ca list
  sealpost ca list --issuer \"Example CA\" --json

Exit status:
  0 done, 1 there is no such authority or its journal was changed, 2 usage";
