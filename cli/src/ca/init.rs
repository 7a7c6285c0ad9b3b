//! `sealpost ca init`.

use ::ca::{Authority, AuthorityName, Event, Service};
use clap::Args;
use crypto::{KeySpec, Secret, SoftKey, SystemRandom};
use directory::{Directory, JournalFile, NewKey, fingerprint};
use serde_json::json;
use wire::Certificate;

use crate::common::certificate;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::output;
use crate::common::report;
use crate::common::store;

/// Make an authority in the store
///
/// Its root certificate is trusted in this store. `sealpost ca issue` certifies addresses, `sealpost id new --issuer NAME`
/// an identity of this store; others believe what it certifies once they trust its root.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Init {
    /// The authority's name
    #[arg(long)]
    name: String,

    /// Two authorities: a root, called NAME Root, and one below it that issues, called NAME. The root's key is needed once in
    /// 364 days, to sign its list of what is revoked: `sealpost ca export --key --destroy` takes it out of the store
    #[arg(long, requires = "url")]
    issuing: bool,

    /// One authority that issues, below this root of the store
    #[arg(long, value_name = "ROOT", requires = "url", conflicts_with = "issuing")]
    under: Option<String>,

    /// The kind of its key: rsa-3072, rsa-4096, p256, p384, p521, ed25519, ed448, ml-dsa-44, ml-dsa-65,
    /// ml-dsa-87, slh-dsa-sha2-128s or slh-dsa-sha2-128f
    #[arg(long, value_name = "KIND", default_value = "p384")]
    key: KeySpec,

    /// The organisation that it is of
    #[arg(long, value_name = "NAME")]
    organization: Option<String>,

    /// The country where that is, two letters
    #[arg(long, value_name = "CC")]
    country: Option<String>,

    /// Where certificates will say that `sealpost ca serve` answers, http alone [default: http://ca.DOMAIN of the address]
    #[arg(long, value_name = "URL", value_parser = super::shared::service)]
    url: Option<Service>,

    /// Keep the keys of the store under no passphrase, if this is its first key
    #[arg(long)]
    no_passphrase: bool,
}

/// An authority that was made.
struct Made {
    name: String,
    key: SoftKey,
    new: NewKey,
}

impl Init {
    /// Makes it and writes the root to the output, so that it can be handed on.
    pub fn run(self, global: &Global) -> Result {
        if !self.key.signs() {
            let why = format!("a key of the kind {} cannot sign, so it can be no authority's", self.key);
            return Err(Failure::usage(why));
        }
        let directory = store::open_to_add(global, self.no_passphrase)?;
        self.refuse_taken(&directory)?;
        let (root, issuing) = match &self.under {
            Some(root) => {
                let stored = directory.authority(root)?;
                let above = Authority::new(stored.certificate.clone(), stored.key.as_ref()).map_err(Failure::other)?;
                let issuing = self.below(&above, global)?;
                self.publish_root(&above, &issuing.new.certificate, global)?;
                directory.add_authority(&issuing.name, &issuing.new, global.now())?;
                (stored.certificate, Some(issuing))
            }
            None => {
                let root = self.root(global)?;
                let certificate = root.new.certificate.clone();
                let above = Authority::new(certificate.clone(), &root.key).map_err(Failure::other)?;
                let issuing = self.issuing.then(|| self.below(&above, global)).transpose()?;
                for made in std::iter::once(&root).chain(&issuing) {
                    directory.add_authority(&made.name, &made.new, global.now())?;
                }
                directory.trust(&fingerprint(&certificate))?;
                if let Some(issuing) = &issuing {
                    self.publish_root(&above, &issuing.new.certificate, global)?;
                }
                (certificate, issuing)
            }
        };
        let own = issuing.map_or_else(|| root.clone(), |made| made.new.certificate);
        let mut journal = JournalFile::open(&store::folder(global)?, &own)?;
        if let Some(url) = &self.url {
            journal.append(&[Event::Publishes(url.clone())])?;
        }
        self.tell(global, &root, &own)
    }

    fn tell(&self, global: &Global, root: &Certificate, own: &Certificate) -> Result {
        let trusted = if root == own { "trusted here" } else { "its root is trusted here" };
        global.say(format!("The authority {:?} is made, and {trusted}.", self.name));
        if global.json {
            let mut body = json!({ "authority": self.name, "certificate": certificate::json(own) });
            if root != own {
                body["root"] = certificate::json(root);
            }
            return output::text(global, &report::json(body));
        }
        output::text(global, &certificate::pem(root))
    }

    fn root_name(&self) -> String {
        if self.issuing { format!("{} Root", self.name) } else { self.name.clone() }
    }

    /// Before anything is kept: half of two authorities is none.
    fn refuse_taken(&self, directory: &Directory) -> Result {
        let known = directory.authorities()?;
        match [self.root_name(), self.name.clone()].into_iter().find(|name| known.iter().any(|k| k.name == *name)) {
            Some(taken) => Err(directory::Error::AuthorityExists(taken).into()),
            None => Ok(()),
        }
    }

    fn named(&self, name: String) -> AuthorityName {
        AuthorityName { name, organization: self.organization.clone(), country: self.country.clone() }
    }

    fn root(&self, global: &Global) -> Result<Made> {
        let (key, pkcs8) = SoftKey::generate(self.key, &mut SystemRandom).map_err(Failure::other)?;
        let name = self.root_name();
        let made = ::ca::named_root(&self.named(name.clone()), &key, global.now(), &mut SystemRandom);
        let new = NewKey { pkcs8: Secret::from(pkcs8), certificate: made.map_err(Failure::usage)? };
        Ok(Made { name, key, new })
    }

    fn below(&self, above: &Authority<'_>, global: &Global) -> Result<Made> {
        let url = self.url.as_ref().ok_or_else(|| Failure::usage("--url is missing"))?;
        let (key, pkcs8) = SoftKey::generate(self.key, &mut SystemRandom).map_err(Failure::other)?;
        let name = self.named(self.name.clone());
        let made = ::ca::issuing(above, &name, &key, url, global.now(), &mut SystemRandom).map_err(Failure::usage)?;
        let new = NewKey { pkcs8: Secret::from(pkcs8), certificate: made };
        Ok(Made { name: name.name, key, new })
    }

    /// What the root did, and its first list, which is published while its key is elsewhere.
    fn publish_root(&self, above: &Authority<'_>, issued: &Certificate, global: &Global) -> Result {
        let mut journal = JournalFile::open(&store::folder(global)?, above.certificate())?;
        let published = self.url.clone().map(Event::Publishes);
        let events: Vec<_> = published.into_iter().chain([Event::Issued(issued.clone())]).collect();
        journal.append(&events)?;
        let crl = ::ca::crl(above, journal.journal(), global.now(), &mut SystemRandom).map_err(Failure::other)?;
        Ok(journal.keep_crl(&crl)?)
    }
}

const HELP: &str = "\
Examples:
  sealpost ca init --name \"Our CA\" -o our-ca.pem
  sealpost ca init --name \"Big CA\" --issuing --url http://ca.example.org -o big-ca.pem
  sealpost ca init --name \"Other CA\" --key ml-dsa-65 --json

Exit status:
  0 done, 1 an authority of this name exists, 2 usage, 59 the output file exists, 67 the store is locked";
