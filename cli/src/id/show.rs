//! `sealpost id show`.

use clap::Args;
use serde_json::json;

use super::select;
use crate::common::certificate;
use crate::common::error::Result;
use crate::common::global::Global;
use crate::common::{output, report, store};

/// Show an identity with its certificates
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Show {
    /// An address, a number, or the first 8 or more digits of a fingerprint
    identity: String,
}

impl Show {
    /// Shows it.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open(global)?;
        let info = select::one(&directory, &self.identity)?;
        if global.json {
            return output::text(global, &report::json(json!({ "identity": select::json(&info) })));
        }
        let mut text = report::fields(&[
            ("identity", info.id.to_string()),
            ("address", info.address.clone()),
            ("name", info.display.clone().unwrap_or_default()),
            ("since", info.created_at.to_string()),
            ("retired", info.retired_at.map_or_else(|| "no".to_owned(), |t| t.to_string())),
        ]);
        for key in &info.keys {
            let state = if key.destroyed { ", destroyed" } else { "" };
            text.push_str(&format!("\nKey for {}{state}\n", key.role.name()));
            if let Some(token) = &key.token {
                text.push_str(&report::fields(&[("in", token.clone())]));
            }
            text.push_str(&report::fields(&certificate::fields(&key.certificate)));
        }
        output::text(global, &text)
    }
}

const HELP: &str = "\
Examples:
  sealpost id show alice@example.org
  sealpost id show alice@example.org --json

Exit status:
  0 done, 1 there is no such identity, 2 usage";
