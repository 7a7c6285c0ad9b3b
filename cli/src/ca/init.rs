//! `sealpost ca init`.

use std::sync::Arc;

use ::ca::{Authority, AuthorityName, Event, Service};
use clap::Args;
use crypto::{Curve, KeyKind, KeySpec, PrivateKey, Secret, SoftKey, SystemRandom};
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

    /// The kind of its key: rsa-3072, rsa-4096, p256, p384, ed25519, ed448, ml-dsa-44, ml-dsa-65,
    /// ml-dsa-87, slh-dsa-sha2-128s or slh-dsa-sha2-128f
    #[arg(long, value_name = "KIND", default_value = "p384")]
    key: KeySpec,

    /// Its key is in a token and stays there: a PKCS #11 URI that fits one private key, such as 'pkcs11:token=CA;id=%01'
    #[arg(long, value_name = "URI", value_parser = token::parse, conflicts_with_all = ["key", "no_passphrase", "issuing"])]
    token: Option<Pkcs11Uri>,

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
    certificate: Certificate,
    key: Key,
}

/// Its key, and where that is kept.
struct Key {
    private: Arc<dyn PrivateKey>,
    place: Place,
}

enum Place {
    /// In the store: its PKCS#8.
    Store(Secret),
    Token(Box<Pkcs11Uri>),
}

impl Made {
    /// With its journal before it: an authority without one is nobody's to use.
    fn keep(self, directory: &Directory, global: &Global) -> Result {
        JournalFile::create(&store::folder(global)?, &self.certificate)?;
        let now = global.now();
        match self.key.place {
            Place::Store(pkcs8) => {
                directory.add_authority(&self.name, &NewKey { pkcs8, certificate: self.certificate }, now)?;
            }
            Place::Token(uri) => directory.add_token_authority(&self.name, &uri, &self.certificate, now)?,
        }
        Ok(())
    }
}

impl Init {
    /// Makes it and writes the root to the output, so that it can be handed on.
    pub fn run(self, global: &Global) -> Result {
        if !self.key.signs() {
            let why = format!("a key of the kind {} cannot sign, so it can be no authority's", self.key);
            return Err(Failure::usage(why));
        }
        let directory = match &self.token {
            Some(_) => store::open(global)?,
            None => store::open_to_add(global, self.no_passphrase)?,
        };
        self.refuse_taken(&directory)?;
        let (root, own) = match &self.under {
            Some(root) => {
                let stored = directory.authority(root)?;
                let above = Authority::new(stored.certificate.clone(), stored.key.as_ref()).map_err(Failure::other)?;
                let issuing = self.below(&above, global)?;
                let own = issuing.certificate.clone();
                self.publish_root(&above, &own, global)?;
                issuing.keep(&directory, global)?;
                (stored.certificate, own)
            }
            None => self.whole(&directory, global)?,
        };
        let mut journal = JournalFile::create(&store::folder(global)?, &own)?;
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

    /// A root, and where it is wanted one below it. The certificates of the root and of who issues.
    fn whole(&self, directory: &Directory, global: &Global) -> Result<(Certificate, Certificate)> {
        let root = self.root(global)?;
        let certificate = root.certificate.clone();
        let key = Arc::clone(&root.key.private);
        let above = Authority::new(certificate.clone(), key.as_ref()).map_err(Failure::other)?;
        let issuing = self.issuing.then(|| self.below(&above, global)).transpose()?;
        let own = issuing.as_ref().map_or_else(|| certificate.clone(), |made| made.certificate.clone());
        root.keep(directory, global)?;
        if let Some(issuing) = issuing {
            issuing.keep(directory, global)?;
        }
        directory.trust(&fingerprint(&certificate))?;
        if own != certificate {
            self.publish_root(&above, &own, global)?;
        }
        Ok((certificate, own))
    }

    fn root(&self, global: &Global) -> Result<Made> {
        let key = self.new_key(global)?;
        let name = self.root_name();
        let made = ::ca::named_root(&self.named(name.clone()), key.private.as_ref(), global.now(), &mut SystemRandom);
        Ok(Made { name, certificate: made.map_err(Failure::usage)?, key })
    }

    fn below(&self, above: &Authority<'_>, global: &Global) -> Result<Made> {
        let url = self.url.as_ref().ok_or_else(|| Failure::usage("--url is missing"))?;
        let key = self.new_key(global)?;
        let name = self.named(self.name.clone());
        let made = ::ca::issuing(above, &name, key.private.as_ref(), url, global.now(), &mut SystemRandom);
        Ok(Made { name: name.name, certificate: made.map_err(Failure::usage)?, key })
    }

    /// A key that is made, or the one of the token.
    fn new_key(&self, global: &Global) -> Result<Key> {
        let made = match &self.token {
            None => {
                let (key, pkcs8) = SoftKey::generate(self.key, &mut SystemRandom).map_err(Failure::other)?;
                Key { private: Arc::new(key), place: Place::Store(Secret::from(pkcs8)) }
            }
            Some(uri) => {
                let FoundKey { key, uri, .. } = token::one_key(uri, global)?;
                Key { private: key, place: Place::Token(Box::new(uri)) }
            }
        };
        match made.private.public().kind() {
            KeyKind::Ec(Curve::P521) => Err(Failure::usage(::ca::Error::P521)),
            _ => Ok(made),
        }
    }

    /// What the root did, and its first list, which is published while its key is elsewhere.
    fn publish_root(&self, above: &Authority<'_>, issued: &Certificate, global: &Global) -> Result {
        let mut journal = JournalFile::open(&store::folder(global)?, above.certificate())?;
        let published = self.url.clone().map(Event::Publishes);
        let events: Vec<_> = published.into_iter().chain([Event::Issued(issued.clone())]).collect();
        journal.append(&events)?;
        let crl =
            journal.sign_crl(&mut |journal, last| ::ca::crl(above, journal, last, global.now(), &mut SystemRandom))?;
        crl.map(drop).map_err(Failure::other)
    }
}

const HELP: &str = "\
Examples:
  sealpost ca init --name \"Our CA\" -o our-ca.pem
  sealpost ca init --name \"Big CA\" --issuing --url http://ca.example.org -o big-ca.pem
  sealpost ca init --name \"Other CA\" --key ml-dsa-65 --json

Exit status:
  0 done, 1 an authority of this name exists, 2 usage, 59 the output file exists, 67 the store is locked, or the token";
