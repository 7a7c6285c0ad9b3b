//! `sealpost cert show`.

use clap::Args;

use super::select;
use crate::common::certificate;
use crate::common::error::Result;
use crate::common::global::Global;
use crate::common::{output, report, store};

/// Show certificates, where each came from, when it was seen, and what it counts for
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Show {
    /// An address, or the first 8 or more digits of a fingerprint
    certificate: String,

    /// As PEM, to hand them on
    #[arg(long, conflicts_with = "json")]
    pem: bool,
}

impl Show {
    /// Shows every one that fits.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open(global)?;
        let found = select::some(&directory, &self.certificate)?;
        if global.json {
            return select::report(global, &found);
        }
        let texts: Vec<String> = found
            .iter()
            .map(|info| {
                if self.pem {
                    return certificate::pem(&info.certificate);
                }
                let mut fields = certificate::fields(&info.certificate);
                fields.push(("mark", info.mark.name().to_owned()));
                if let Some(source) = &info.system {
                    fields.push(("system", format!("an anchor for mail by {source}")));
                }
                fields.push(("origin", format!("{}, {}", select::origin(info), info.added_at)));
                fields.extend(select::history_fields(info));
                report::fields(&fields)
            })
            .collect();
        output::text(global, &texts.join(if self.pem { "" } else { "\n" }))
    }
}

const HELP: &str = "\
Examples:
  sealpost cert show bob@example.net
  sealpost cert show bob@example.net --pem -o bob.crt

Exit status:
  0 done, 1 there is no such certificate, 2 usage, 59 the output file exists";
