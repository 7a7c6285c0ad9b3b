//! `sealpost ca eab`.

use clap::Args;
use crypto::{Random, Secret, SystemRandom};
use directory::AcmeRecords;
use serde_json::json;
use zeroize::Zeroizing;

use super::shared::chosen;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::{output, report, store};

/// Hand out a key that ACME accounts are bound to (RFC 8555 section 7.3.4)
///
/// Without a name it lists the names that were handed out. Whoever has name and key can make accounts with `ca acme --eab`,
/// and still has to answer the mail to each address.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Eab {
    /// For whom it is: 1 to 64 letters, digits, dots, hyphens and underscores
    #[arg(value_parser = name)]
    name: Option<String>,

    /// Take the key of that name back; accounts that are bound to it stay
    #[arg(long, requires = "name")]
    remove: bool,

    /// Which authority, if there are several
    #[arg(long, value_name = "CA")]
    issuer: Option<String>,
}

impl Eab {
    /// Makes the key and writes it to the output, once and never again.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open(global)?;
        let certificate = chosen(&directory, self.issuer.as_deref())?.certificate;
        let records = AcmeRecords::open(&directory, &certificate)?;
        let Some(name) = self.name else {
            let names = records.externals()?;
            return match global.json {
                true => output::text(global, &report::json(json!({ "external_accounts": names }))),
                false => output::text(global, &names.iter().map(|name| format!("{name}\n")).collect::<String>()),
            };
        };
        if self.remove {
            return match records.remove_external(&name)? {
                true => {
                    global.say(format!("{name} makes no more accounts."));
                    Ok(())
                }
                false => Err(Failure::other(format!("no key was handed out as {name:?}"))),
            };
        }
        let mut octets = Zeroizing::new(vec![0; 32]);
        SystemRandom.fill(&mut octets).map_err(Failure::other)?;
        records.add_external(&name, &Secret::new(octets.to_vec()))?;
        let key = ::ca::acme::base64url::encode(&octets);
        match global.json {
            true => output::text(global, &report::json(json!({ "kid": name, "hmac_key": key }))),
            false => output::text(global, &format!("kid: {name}\nkey: {key}\n")),
        }
    }
}

fn name(text: &str) -> std::result::Result<String, String> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let fits = (1..=64).contains(&text.len()) && text.chars().all(good);
    if fits { Ok(text.to_owned()) } else { Err("1 to 64 letters, digits, dots, hyphens and underscores".to_owned()) }
}

const HELP: &str = "\
Examples:
  sealpost ca eab --issuer \"Example CA\" staff
  sealpost ca eab --issuer \"Example CA\"
  sealpost ca eab --issuer \"Example CA\" --remove staff

Exit status:
  0 done, 1 there is no such authority or name, or a key has that name already, 2 usage, 67 the store is locked";
