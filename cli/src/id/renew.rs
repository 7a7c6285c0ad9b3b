//! `sealpost id renew`.

use clap::Args;
use directory::{IdentityInfo, Role, fingerprint};
use serde_json::json;
use trust::Address;

use super::kind::KeyKinds;
use super::new::New;
use super::select;
use crate::common::certificate;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::{output, report, store};

/// Give an identity a new key: same address, new certificates
///
/// The old keys stay, so that what was encrypted to them can still be read; they sign no more, and nothing more is encrypted
/// to them. `sealpost mail rekey` moves kept mail to the new key.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Renew {
    /// An address, a number, or the first 8 or more digits of a fingerprint
    identity: String,

    /// The kind of the new keys, as for `id new` [default: that of the old ones]
    #[arg(long, value_name = "KIND")]
    key: Option<KeyKinds>,

    /// Have an authority of this store sign the certificates [default: the one that signed the old ones, if it is here]
    #[arg(long, value_name = "CA", conflicts_with = "self_signed")]
    issuer: Option<String>,

    /// Let the new keys sign their certificates themselves
    #[arg(long)]
    self_signed: bool,

    /// How many days the certificates are valid
    #[arg(long, default_value_t = 730, value_parser = clap::value_parser!(u16).range(1..=825))]
    days: u16,
}

impl Renew {
    /// Makes the keys, and retires the old ones in the same change of the store.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open(global)?;
        let old = select::one(&directory, &self.identity)?;
        if self.key.is_none() && old.keys.iter().any(|key| key.token.is_some()) {
            return Err(Failure::usage(format!("the keys of {} are in a token, which makes its own", old.address)).hint(
                "make new ones there and take them in with `sealpost id import --token`, or name a kind with --key to have \
                 them in the store",
            ));
        }
        let now = global.now();
        let issuer = match self.issuer {
            Some(name) => Some(name),
            None if self.self_signed => None,
            None => issuer_here(&directory, &old)?,
        };
        if issuer.is_none() && !self.self_signed && !is_its_own(&old) {
            return Err(Failure::usage(format!("the authority that certified {} is not in this store", old.address))
                .hint("ask it with `sealpost id request`, --acme URL if that is how it was got; or name one of yours with --issuer, or say --self-signed"));
        }
        let new = New {
            address: Address::parse_international(&old.address).map_err(Failure::other)?,
            name: old.display.clone(),
            key: self.key.map_or_else(|| kinds(&old), Ok)?,
            issuer,
            days: self.days,
            no_passphrase: false,
        };
        let made = new.make(&directory, global)?;
        let id = directory.renew_identity(old.id, &made.identity, now)?;
        if let Some(root) = &made.own_root {
            directory.trust(&fingerprint(root))?;
        }
        let info = directory.identity(id)?;
        if global.json {
            let old = directory.identity(old.id)?;
            let body = json!({ "identity": select::json(&info), "replaces": select::json(&old) });
            return output::text(global, &report::json(body));
        }
        global.say(format!("{} has new keys. Certificates:", info.address));
        for key in &info.keys {
            global.say(format!("  {:<8} {:<11} {}", key.role.name(), key.kind, certificate::print(&key.certificate)));
        }
        global.say("The old keys stay to read old mail; `sealpost mail rekey FOLDER` moves kept mail to the new ones.");
        Ok(())
    }
}

/// The authority of this store that signed the old certificates, by name.
fn issuer_here(directory: &directory::Directory, old: &IdentityInfo) -> Result<Option<String>> {
    let Some(key) = old.keys.first() else { return Ok(None) };
    let authorities = directory.authorities()?;
    let signed = |authority: &&directory::AuthorityInfo| authority.certificate.subject() == key.certificate.issuer();
    Ok(authorities.iter().find(signed).map(|authority| authority.name.clone()))
}

/// Whether its certificates are signed by its own keys, or by the small authority that such an identity has.
fn is_its_own(old: &IdentityInfo) -> bool {
    let small = format!("CN=Keys of {}", old.address);
    let own = |issuer: &wire::Name| {
        issuer.to_string() == small || old.keys.iter().any(|key| key.certificate.subject() == issuer)
    };
    old.keys.iter().all(|key| own(key.certificate.issuer()))
}

/// The kinds of the old keys, where such are made.
fn kinds(old: &IdentityInfo) -> Result<KeyKinds> {
    let of = |role: Role| old.keys.iter().find(|key| key.role == role || key.role == Role::Both);
    let name = |role| of(role).or(old.keys.first()).map(|key| key.kind.clone()).unwrap_or_default();
    let text = format!("{}+{}", name(Role::Sign), name(Role::Encrypt));
    text.parse().map_err(|why| {
        Failure::usage(format!("no new key of the kind of the old one ({text}): {why}")).hint("name a kind with --key")
    })
}

const HELP: &str = "\
Examples:
  sealpost id renew alice@example.org
  sealpost id renew alice@example.org --key p384 --days 365
  sealpost id renew bob@example.net --json

Exit status:
  0 done, 1 there is no such identity or authority, 2 usage, 67 the store is locked";
