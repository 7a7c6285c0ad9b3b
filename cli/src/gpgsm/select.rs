//! Which key signs: by the names that users of gpgsm give.

use std::sync::Arc;

use directory::{Directory, IdentityInfo, Role};
use smime::{Keys, OwnKey};
use trust::{Policy, usable_for_signing};
use wire::cms::RecipientId;
use wire::{Certificate, Time};

use super::status::fingerprint;
use crate::common::certificate;
use crate::common::error::{Exit, Failure, Result};
use crate::open::failure;

/// A key that signs, with its certificate and those that go along.
pub struct Chosen {
    /// The key.
    pub key: Arc<OwnKey>,
    /// Its certificate.
    pub certificate: Certificate,
    /// The certificates to the root.
    pub chain: Vec<Certificate>,
}

/// The key that this name fits, or without one the only key that signs. Among several, the one that is valid longest of
/// those that can sign now.
///
/// # Errors
/// Exit 79 where there is none; exit 67 where it is locked.
pub fn one(directory: &Directory, name: Option<&str>, policy: &Policy, now: Time) -> Result<Chosen> {
    let wanted = name.map_or(Wanted::Any, Wanted::parse);
    let identities = directory.identities()?;
    let mut found: Vec<(&IdentityInfo, &Certificate)> = Vec::new();
    for identity in identities.iter().filter(|identity| identity.retired_at.is_none()) {
        let signs = identity.keys.iter().filter(|key| key.role != Role::Encrypt && !key.destroyed);
        found.extend(signs.map(|key| (identity, &key.certificate)).filter(|(_, c)| wanted.is(identity, c)));
    }
    let what = || name.map_or_else(|| "no key that signs is here".to_owned(), |name| format!("no key here is {name}"));
    if found.is_empty() {
        return Err(Failure::new(Exit::CannotSign, what())
            .hint("`sealpost id list` shows your keys; `git config user.signingkey ADDRESS` says which one signs"));
    }
    let whose = |(identity, _): &(&IdentityInfo, &Certificate)| identity.address.clone();
    let first = found.first().map(whose);
    if matches!(wanted, Wanted::Any) && found.iter().any(|one| Some(whose(one)) != first) {
        return Err(Failure::new(Exit::CannotSign, "there are several keys that sign")
            .hint("say which with --local-user, or `git config user.signingkey ADDRESS`"));
    }
    let (mut usable, mut why) = (Vec::new(), None);
    for (identity, certificate) in found {
        match usable_for_signing(certificate, policy, now) {
            Ok(()) => usable.push((identity, certificate)),
            Err(error) => why = Some(format!("{}: {error}", certificate::whose(certificate))),
        }
    }
    // gpgsm and its kin read no post-quantum signature: a classical key goes first.
    let order = |(_, c): &(&IdentityInfo, &Certificate)| {
        (!trust::key_kind(c.public_key()).is_post_quantum(), c.not_after(), c.not_before())
    };
    let Some((identity, certificate)) = usable.into_iter().max_by_key(order) else {
        return Err(Failure::new(Exit::CannotSign, why.unwrap_or_else(what)));
    };
    let id = RecipientId::IssuerSerial { issuer: certificate.issuer().der(), serial: certificate.serial() };
    let keys = directory.find(&id).map_err(|error| match directory.passphrase_was_wrong() {
        true => directory::Error::WrongPassphrase.into(),
        false => failure::writing(error, Exit::CannotSign),
    })?;
    let own = keys.into_iter().find(|key| key.certificate.as_ref() == Some(certificate));
    let key = own.ok_or_else(|| Failure::new(Exit::CannotSign, format!("the key of {} is gone", identity.address)))?;
    Ok(Chosen { key, certificate: certificate.clone(), chain: identity.chain.clone() })
}

/// What a name says.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Any,
    /// The address as it is.
    Address(String),
    /// The end of a SHA-1 fingerprint, or the beginning of a SHA-256 one, in lower case.
    Fingerprint(String),
    /// Part of the subject, in lower case.
    Subject(String),
}

impl Wanted {
    fn parse(name: &str) -> Wanted {
        let name = name.trim();
        let bare = name.strip_prefix("sha256:").or_else(|| name.strip_prefix("0x")).unwrap_or(name);
        let digits: String = bare.trim_end_matches('!').chars().filter(|c| !matches!(c, ':' | ' ')).collect();
        if digits.len() >= 8 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Wanted::Fingerprint(digits.to_ascii_lowercase());
        }
        // git gives "Name <address>" where nothing is configured.
        if let Some((_, rest)) = name.rsplit_once('<')
            && let Some(address) = rest.strip_suffix('>')
        {
            return Wanted::Address(address.to_owned());
        }
        if !name.starts_with('/') && !name.contains('=') && name.contains('@') {
            return Wanted::Address(name.to_owned());
        }
        Wanted::Subject(name.trim_start_matches(['/', '*']).to_lowercase())
    }

    fn is(&self, identity: &IdentityInfo, certificate: &Certificate) -> bool {
        match self {
            Wanted::Any => true,
            Wanted::Address(address) => {
                let named = || certificate::addresses(certificate);
                identity.address.eq_ignore_ascii_case(address)
                    || named().iter().any(|other| other.eq_ignore_ascii_case(address))
            }
            Wanted::Fingerprint(digits) => {
                let short = fingerprint(certificate).to_ascii_lowercase();
                let long = wire::hex(&crypto::fingerprint(certificate.der()));
                short.ends_with(digits.as_str()) || long.starts_with(digits.as_str())
            }
            Wanted::Subject(part) => certificate.subject().to_string().to_lowercase().contains(part.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_understood_as_users_of_gpgsm_mean_them() {
        let address = |text: &str| Wanted::Address(text.to_owned());
        let fingerprint = |text: &str| Wanted::Fingerprint(text.to_owned());
        let subject = |text: &str| Wanted::Subject(text.to_owned());
        for (name, expected) in [
            ("alice@example.org", address("alice@example.org")),
            ("<alice@example.org>", address("alice@example.org")),
            ("Alice Example <alice@example.org>", address("alice@example.org")),
            ("0xDEADBEEF", fingerprint("deadbeef")),
            ("DE:AD:BE:EF:00!", fingerprint("deadbeef00")),
            ("sha256:deadbeef", fingerprint("deadbeef")),
            ("/CN=Alice Example", subject("cn=alice example")),
            ("Alice", subject("alice")),
            ("*alice", subject("alice")),
            ("facade", subject("facade")),
        ] {
            assert_eq!(Wanted::parse(name), expected, "{name}");
        }
    }
}
