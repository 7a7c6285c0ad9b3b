//! `sealpost id new`.

use ::ca::{Authority, CertificateProfile, Event, Request};
use clap::Args;
use crypto::{KeySpec, PrivateKey, Secret, SoftKey, SystemRandom};
use directory::{Directory, NewIdentity, NewKey, fingerprint};
use serde_json::json;
use trust::{Address, Algorithm, Use};
use wire::{Certificate, Time};

use super::kind::KeyKinds;
use super::select;
use crate::ca::shared::Opened;
use crate::common::certificate;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::{output, policy, report, store};

/// Make an identity: a key that signs, a key that decrypts, and a certificate for each
///
/// Without --issuer the certificates are signed by the keys themselves; others have to trust them one by one, after
/// comparing the fingerprint. A key that cannot sign (x25519, ml-kem) is certified by a small authority of the identity's own.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct New {
    /// The mail address
    #[arg(value_parser = address)]
    pub(super) address: Address,

    /// Your name, for people to read
    #[arg(long)]
    pub(super) name: Option<String>,

    /// The kind of the keys: rsa-2048, rsa-3072, rsa-4096, p256, p384, p521, or two with a plus sign between, such as
    /// ed25519+x25519 or ml-dsa-65+ml-kem-768: one that signs, one that decrypts
    #[arg(long, value_name = "KIND", default_value = "p256")]
    pub(super) key: KeyKinds,

    /// Have an authority of this store sign the certificates
    #[arg(long, value_name = "CA")]
    pub(super) issuer: Option<String>,

    /// How many days the certificates are valid
    #[arg(long, default_value_t = 730, value_parser = clap::value_parser!(u16).range(1..=825))]
    pub(super) days: u16,

    /// Keep the keys of the store under no passphrase, if this is its first key
    #[arg(long)]
    pub(super) no_passphrase: bool,
}

impl New {
    /// Makes keys and certificates and puts them into the store.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open_to_add(global, self.no_passphrase)?;
        let now = global.now();
        let made = self.make(&directory, global)?;
        let id = directory.add_identity(&made.identity, now)?;
        if let Some(root) = &made.own_root {
            directory.trust(&fingerprint(root))?;
        }
        let info = directory.identity(id)?;
        if global.json {
            return output::text(global, &report::json(json!({ "identity": select::json(&info) })));
        }
        let refusals = self.refusals(global)?;
        match refusals.is_empty() {
            true => global.say(format!("{} can sign and be written to. Certificates:", self.address)),
            false => global.say(format!("{} is made. Certificates:", self.address)),
        }
        for key in &info.keys {
            global.say(format!("  {:<8} {:<11} {}", key.role.name(), key.kind, certificate::print(&key.certificate)));
        }
        for refusal in refusals {
            global.say(format!("note: by the policy {refusal}"));
        }
        Ok(())
    }

    /// What the policy refuses: nobody hears of such keys before it is changed.
    fn refusals(&self, global: &Global) -> Result<Vec<String>> {
        let policy = policy::load(global)?;
        let judge = |(use_, kind): (Use, KeySpec)| policy.judge(use_, &Algorithm::from(&kind.kind()), global.now());
        let judged = [(Use::Sign, self.key.sign), (Use::Encrypt, self.key.encrypt)].map(judge);
        Ok(judged.iter().filter(|judgement| !judgement.is_accepted()).map(ToString::to_string).collect())
    }

    /// Makes keys and certificates; the store stays as it is. What an authority certified stands in its journal before
    /// anybody has it.
    pub(super) fn make(&self, directory: &Directory, global: &Global) -> Result<Made> {
        let now = global.now();
        let mut rng = SystemRandom;
        let mut generate = |spec: KeySpec| SoftKey::generate(spec, &mut rng).map_err(Failure::other);
        let sign = generate(self.key.sign)?;
        let encrypt = generate(self.key.encrypt)?;
        let end = Time(now.0.saturating_add(i64::from(self.days) * 86_400 - 1));
        let (certificates, chain, own_root) = if let Some(name) = &self.issuer {
            let mut opened = Opened::to_issue(directory, global, Some(name))?;
            let (issuer, key) = (&opened.stored.certificate, opened.stored.key.as_ref());
            let issued = self.issued(issuer, key, [&sign.0, &encrypt.0], (now, end))?;
            opened.journal.append(&issued.clone().map(Event::Issued))?;
            (issued, opened.chain(), None)
        } else if !self.key.encrypt.signs() {
            let (key, _) = generate(self.key.sign)?;
            let root = ::ca::personal_root(&self.address, &key, now, &mut SystemRandom).map_err(Failure::usage)?;
            let issued = self.issued(&root, &key, [&sign.0, &encrypt.0], (now, end))?;
            (issued, vec![root.clone()], Some(root))
        } else {
            (self.self_signed([&sign.0, &encrypt.0], (now, end))?, Vec::new(), None)
        };
        let [sign_certificate, encrypt_certificate] = certificates;
        let identity = NewIdentity {
            address: self.address.clone(),
            display: self.name.clone(),
            sign: Some(NewKey { pkcs8: Secret::from(sign.1), certificate: sign_certificate }),
            encrypt: Some(NewKey { pkcs8: Secret::from(encrypt.1), certificate: encrypt_certificate }),
            chain,
        };
        Ok(Made { identity, own_root })
    }

    fn issued(
        &self,
        issuer: &Certificate,
        key: &dyn PrivateKey,
        keys: [&SoftKey; 2],
        (not_before, not_after): (Time, Time),
    ) -> Result<[Certificate; 2]> {
        let authority = Authority::new(issuer.clone(), key).map_err(Failure::other)?;
        let not_after = not_after.min(issuer.not_after());
        let issue = |key: &SoftKey, profile| {
            let request = Request {
                address: &self.address,
                display_name: self.name.as_deref(),
                public_key: key.public(),
                profile,
                not_before,
                not_after,
            };
            authority.issue(&request, &mut SystemRandom).map_err(Failure::usage)
        };
        Ok([issue(keys[0], CertificateProfile::MailSign)?, issue(keys[1], CertificateProfile::MailEncrypt)?])
    }

    fn self_signed(&self, keys: [&SoftKey; 2], validity: (Time, Time)) -> Result<[Certificate; 2]> {
        let sign = |key: &SoftKey, profile| {
            ::ca::self_signed(key, &self.address, self.name.as_deref(), profile, validity, &mut SystemRandom)
                .map_err(Failure::usage)
        };
        Ok([sign(keys[0], CertificateProfile::MailSign)?, sign(keys[1], CertificateProfile::MailEncrypt)?])
    }
}

/// What was made.
pub(super) struct Made {
    pub(super) identity: NewIdentity,
    /// The small authority of an identity whose encryption key cannot sign; its key is not kept.
    pub(super) own_root: Option<Certificate>,
}

fn address(text: &str) -> std::result::Result<Address, String> {
    Address::parse_international(text).map_err(|e| e.to_string())
}

const HELP: &str = "\
Examples:
  sealpost id new carol@example.org --name \"Carol Example\"
  sealpost id new dave@example.org --key rsa-3072 --issuer \"Example CA\"
  sealpost id new erin@example.org --key ed25519+x25519 --store-password-file @ENV:STORE_PASSWORD

Exit status:
  0 done, 1 there is no such authority, 2 usage, 67 the store is locked";
