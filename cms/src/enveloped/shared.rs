//! Content keys behind secrets that both sides hold (RFC 5652 §6.2.3, §6.2.4, §8; K-13 of the map).

use crypto::password::{DEFAULT_ITERATIONS, PasswordWrap, wrap_under_password};
use crypto::{Digest, KeyWrap, Random, Secret, kdf};
use trust::Algorithm;
use wire::AlgorithmIdentifier;
use wire::cms::{RecipientInfo, write_kek, write_password};
use wire::der::Writer;

use crate::enveloped::opened::Opened;
use crate::error::Error;
use crate::keys::SharedSecret;
use crate::permit::Permit;

/// The recipients that these secrets may open, each with its secret.
pub(crate) fn candidates<'i, 's>(
    infos: impl Iterator<Item = RecipientInfo<'i>>,
    secrets: &'s [SharedSecret],
) -> Vec<(RecipientInfo<'i>, &'s SharedSecret)> {
    let mut found = Vec::new();
    for info in infos {
        let fitting = secrets.iter().filter(|secret| match (&info, secret) {
            (RecipientInfo::Kek(r), SharedSecret::Kek { id, .. }) => id.as_ref().is_none_or(|id| r.id == id),
            (RecipientInfo::Password(_), SharedSecret::Password(_)) => true,
            _ => false,
        });
        found.extend(fitting.map(|secret| (info.clone(), secret)));
    }
    found
}

/// What a secret makes of a recipient; the inner error is one that is seen without it.
pub(crate) fn attempt(
    info: &RecipientInfo<'_>,
    secret: &SharedSecret,
    length: usize,
    permit: Permit<'_>,
    rng: &mut dyn Random,
) -> Result<Result<Opened, Error>, Error> {
    let mut warnings = Vec::new();
    let (result, name) = match (info, secret) {
        (RecipientInfo::Kek(r), SharedSecret::Kek { key, .. }) => {
            let wrap = AlgorithmIdentifier::from_der(r.algorithm).map_err(Error::from);
            let wrap = wrap.and_then(|wrap| Ok(KeyWrap::from_algorithm(&wrap)?));
            match wrap.and_then(|wrap| Ok((permit.judge(&[Algorithm::from(wrap)])?, wrap))) {
                Ok((warned, wrap)) => {
                    warnings = warned;
                    (wrap.unwrap(key, r.encrypted_key), "the shared key")
                }
                Err(error) => return Ok(Err(error)),
            }
        }
        (RecipientInfo::Password(r), SharedSecret::Password(password)) => {
            let Some(derivation) = &r.derivation else {
                return Ok(Err(Error::Unsupported("a password without a key derivation".to_owned())));
            };
            let wrap = AlgorithmIdentifier::from_der(r.algorithm).map_err(Error::from);
            match wrap.and_then(|wrap| Ok(PasswordWrap::from_algorithms(derivation, &wrap)?)) {
                Ok(wrap) => (wrap.unwrap(password.as_bytes(), r.encrypted_key), "the password"),
                Err(error) => return Ok(Err(error)),
            }
        }
        _ => (Err(crypto::Error::Failed), ""),
    };
    let opened = Opened::of(result, name.to_owned(), length, rng)?;
    Ok(Ok(Opened { warnings, ..opened }))
}

/// The content key that was agreed beforehand (RFC 5652 §8); one of another length is a wrong one.
///
/// # Errors
/// [`Error::NoContentKey`] where there is none.
pub(crate) fn content_key(length: usize, secrets: &[SharedSecret], rng: &mut dyn Random) -> Result<Opened, Error> {
    let keys = || {
        secrets.iter().filter_map(|secret| match secret {
            SharedSecret::ContentKey(key) => Some(key),
            _ => None,
        })
    };
    let fitting = keys().find(|key| key.len() == length);
    let key = fitting.or_else(|| keys().next()).ok_or(Error::NoContentKey)?;
    Opened::of(Ok(key.clone()), "the content key".to_owned(), length, rng)
}

/// The identifier of such a recipient for people and reports.
pub(crate) fn id(info: &RecipientInfo<'_>) -> String {
    match info {
        RecipientInfo::Kek(r) => format!("kek-id:{}", wire::hex(r.id)),
        _ => String::new(),
    }
}

/// The RecipientInfo that carries the content key to whoever holds the secret.
///
/// # Errors
/// [`Error::Malformed`] for a key that wraps nothing, and a content key where a recipient is asked for.
pub(crate) fn write(secret: &SharedSecret, cek: &Secret, rng: &mut dyn Random) -> Result<Vec<u8>, Error> {
    let mut w = Writer::new();
    match secret {
        SharedSecret::Kek { id, key } => {
            let wrap = KeyWrap::ALL.into_iter().find(|wrap| wrap.key_len() == key.len());
            let wrap = wrap.ok_or(Error::Malformed("a key that wraps has 16, 24 or 32 octets"))?;
            let id = id.clone().map_or_else(|| derived_id(key), Ok)?;
            write_kek(&mut w, &id, &wrap.to_algorithm(), &wrap.wrap(key, cek.as_bytes())?);
        }
        SharedSecret::Password(password) => {
            let (kdf, wrap, wrapped) = wrap_under_password(cek, password.as_bytes(), DEFAULT_ITERATIONS, rng)?;
            write_password(&mut w, &kdf, &wrap, &wrapped);
        }
        SharedSecret::ContentKey(_) => {
            return Err(Error::Malformed("a content key agreed beforehand has no recipients"));
        }
    }
    Ok(w.into_bytes())
}

/// A name for a key that has none, which tells nothing of the key.
fn derived_id(key: &Secret) -> Result<Vec<u8>, Error> {
    Ok(kdf::hkdf(Digest::Sha256, None, key, b"KEKIdentifier", 8)?.as_bytes().to_vec())
}
