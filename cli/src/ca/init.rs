//! `sealpost ca init`.

use ::ca::{Event, Service};
use clap::Args;
use crypto::{KeySpec, Secret, SoftKey, SystemRandom};
use directory::{Directory, FoundKey, JournalFile, NewKey, fingerprint};
use serde_json::json;
use wire::{Certificate, Pkcs11Uri};

use crate::common::certificate;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::output;
use crate::common::report;
use crate::common::{store, token};

/// Make an authority in the store
///
/// Its root certificate is trusted in this store. `sealpost id new --issuer NAME` has it certify an identity; others
/// believe what it certifies once they trust its root.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Init {
    /// The authority's name
    #[arg(long)]
    name: String,

    /// The kind of its key: rsa-3072, rsa-4096, p256, p384, p521, ed25519, ed448, ml-dsa-44, ml-dsa-65,
    /// ml-dsa-87, slh-dsa-sha2-128s or slh-dsa-sha2-128f
    #[arg(long, value_name = "KIND", default_value = "p256")]
    key: KeySpec,

    /// Its key is in a token and stays there: a PKCS #11 URI that fits one private key
    #[arg(long, value_name = "URI", value_parser = token::parse, conflicts_with_all = ["key", "no_passphrase"])]
    token: Option<Pkcs11Uri>,

    /// Where certificates will say that `sealpost ca serve` answers, http alone [default: http://ca.DOMAIN of the address]
    #[arg(long, value_name = "URL", value_parser = super::shared::service)]
    url: Option<Service>,

    /// Keep the keys of the store under no passphrase, if this is its first key
    #[arg(long)]
    no_passphrase: bool,
}

impl Init {
    /// Makes the root and writes it to the output, so that it can be handed on.
    pub fn run(self, global: &Global) -> Result {
        let (directory, root) = match &self.token {
            Some(uri) => self.in_token(uri, global)?,
            None => self.here(global)?,
        };
        directory.trust(&fingerprint(&root))?;
        let mut journal = JournalFile::open(&store::folder(global)?, &root)?;
        if let Some(url) = &self.url {
            journal.append(&[Event::Publishes(url.clone())])?;
        }
        global.say(format!("The authority {:?} is made, and trusted here.", self.name));
        if global.json {
            return output::text(
                global,
                &report::json(json!({ "authority": self.name, "certificate": certificate::json(&root) })),
            );
        }
        output::text(global, &certificate::pem(&root))
    }

    fn here(&self, global: &Global) -> Result<(Directory, Certificate)> {
        if !self.key.signs() {
            let why = format!("a key of the kind {} cannot sign, so it can be no authority's", self.key);
            return Err(Failure::usage(why));
        }
        let directory = store::open_to_add(global, self.no_passphrase)?;
        let mut rng = SystemRandom;
        let (key, pkcs8) = SoftKey::generate(self.key, &mut rng).map_err(Failure::other)?;
        let root = ::ca::root(&self.name, &key, global.now(), &mut rng).map_err(Failure::usage)?;
        let new = NewKey { pkcs8: Secret::from(pkcs8), certificate: root.clone() };
        directory.add_authority(&self.name, &new, global.now())?;
        Ok((directory, root))
    }

    fn in_token(&self, uri: &Pkcs11Uri, global: &Global) -> Result<(Directory, Certificate)> {
        let mut found = token::keys(uri, &[], None, global)?;
        let (Some(FoundKey { key, uri, .. }), true) = (found.pop(), found.is_empty()) else {
            return Err(Failure::usage("several private keys of the token fit the URI").hint(
                "name one of them with ;id= or ;object= in it; `pkcs11-tool --login --list-objects` shows them",
            ));
        };
        let directory = store::open(global)?;
        let root = ::ca::root(&self.name, key.as_ref(), global.now(), &mut SystemRandom).map_err(Failure::other)?;
        directory.add_token_authority(&self.name, &uri, &root, global.now())?;
        Ok((directory, root))
    }
}

const HELP: &str = "\
Examples:
  sealpost ca init --name \"Our CA\" -o our-ca.pem
  sealpost ca init --name \"Big CA\" --key rsa-3072 --json
  sealpost ca init --name \"Safe CA\" --token 'pkcs11:token=CA;id=%01' --pin-file @FD:3 -o safe-ca.pem

Exit status:
  0 done, 1 an authority of this name exists, 2 usage, 59 the output file exists, 67 the store is locked, or the token";
