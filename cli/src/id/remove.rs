//! `sealpost id remove`.

use clap::Args;
use directory::RequestId;
use serde_json::json;

use super::select;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::{output, prompt, report, store};

/// Take an identity out of use
///
/// It signs no more and nothing more is encrypted to it, but what was encrypted to it can still be read, unless its
/// keys are destroyed. A request that waits for its certificate is forgotten with its keys.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Remove {
    /// An address, a number, or the first 8 or more digits of a fingerprint; a request by its number, such as r1
    identity: String,

    /// Destroy the private keys: whatever was encrypted to them can never be read again
    #[arg(long)]
    destroy_key: bool,

    /// Do not ask before destroying
    #[arg(long, requires = "destroy_key")]
    yes: bool,
}

impl Remove {
    /// Retires it, or destroys its keys.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open(global)?;
        if let Some(request) = RequestId::parse(&self.identity) {
            let info = directory.forget_request(request)?;
            global.say(format!("The request for {} is forgotten, and its keys are destroyed.", info.address));
            return match global.json {
                true => output::text(global, &report::json(json!({ "request": select::request_json(&info) }))),
                false => Ok(()),
            };
        }
        let info = select::one(&directory, &self.identity)?;
        if self.destroy_key {
            if !self.yes {
                confirm(&info.address)?;
            }
            directory.destroy_key(info.id, global.now())?;
            global.say(format!("The private keys of {} are destroyed.", info.address));
            if info.keys.iter().any(|key| key.token.is_some()) {
                global.say("What is in a token stays there; it is only forgotten here.");
            }
        } else {
            directory.retire(info.id, global.now())?;
            global.say(format!("{} is retired; mail to it can still be read.", info.address));
        }
        if global.json {
            let info = directory.identity(info.id)?;
            return output::text(global, &report::json(json!({ "identity": select::json(&info) })));
        }
        Ok(())
    }
}

fn confirm(address: &str) -> Result {
    let question =
        format!("Destroy the private keys of {address}? What was encrypted to them can never be read again.");
    match prompt::confirm(&question) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::other("nothing was destroyed")),
        Err(_) => Err(Failure::usage("there is no terminal to ask on").hint("--yes destroys without asking")),
    }
}

const HELP: &str = "\
Examples:
  sealpost id remove alice@example.org
  sealpost id remove bob@example.net --destroy-key --yes

Exit status:
  0 done, 1 there is no such identity or you said no, 2 usage";
