//! `sealpost id list`.

use clap::Args;
use directory::{IdentityInfo, KeyInfo, Protection, RequestInfo};
use serde_json::json;

use super::select;
use crate::common::certificate::{day, print};
use crate::common::error::Result;
use crate::common::global::Global;
use crate::common::{output, report, store};

/// List your identities, and what was requested and has not come
#[derive(Args)]
#[command(after_help = HELP)]
pub struct List {}

impl List {
    /// Lists them, and says how their keys are protected.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open(global)?;
        let identities = directory.identities()?;
        let requests = directory.requests()?;
        let protection = directory.protection()?;
        if global.json {
            let requests: Vec<_> = requests.iter().map(select::request_json).collect();
            let identities: Vec<_> = identities.iter().map(select::json).collect();
            let body = json!({ "protection": word(protection), "identities": identities, "requests": requests });
            return output::text(global, &report::json(body));
        }
        if identities.is_empty() && requests.is_empty() {
            global.say("There is no identity yet; `sealpost id new ADDRESS` makes one.");
            return Ok(());
        }
        if protection == Protection::None {
            global.say("The keys in this store are under no passphrase: whoever can read its files has them.");
        }
        let rows: Vec<_> = identities.iter().map(row).chain(requests.iter().map(waiting)).collect();
        output::text(
            global,
            &report::table(&["id", "address", "name", "keys", "valid until", "state", "fingerprint"], &rows),
        )
    }
}

fn row(info: &IdentityInfo) -> Vec<String> {
    let kind = |key: &KeyInfo| match key.token {
        Some(_) => format!("{} (token)", key.kind),
        None => key.kind.clone(),
    };
    let kinds: Vec<String> = info.keys.iter().map(kind).collect();
    let end = info.keys.iter().map(|key| key.certificate.not_after()).min();
    let state = if info.keys.iter().all(|key| key.destroyed) {
        "destroyed"
    } else if info.retired_at.is_some() {
        "retired"
    } else {
        "in use"
    };
    vec![
        info.id.to_string(),
        info.address.clone(),
        info.display.clone().unwrap_or_default(),
        kinds.join("+"),
        end.map(day).unwrap_or_default(),
        state.to_owned(),
        info.keys.first().map(|key| print(&key.certificate).chars().take(23).collect()).unwrap_or_default(),
    ]
}

/// A request whose answer has not come.
fn waiting(info: &RequestInfo) -> Vec<String> {
    let kinds: Vec<&str> = info.keys.iter().map(|key| key.kind.as_str()).collect();
    let (name, none) = (info.display.clone().unwrap_or_default(), String::new);
    vec![info.id.to_string(), info.address.clone(), name, kinds.join("+"), none(), "requested".to_owned(), none()]
}

fn word(protection: Protection) -> &'static str {
    match protection {
        Protection::Undecided => "undecided",
        Protection::Passphrase => "passphrase",
        Protection::None => "none",
    }
}

const HELP: &str = "\
Examples:
  sealpost id list
  sealpost id list --json

Exit status:
  0 done, 1 the store cannot be read, 2 usage";
