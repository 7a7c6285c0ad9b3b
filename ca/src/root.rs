//! Authorities that sign themselves.

use crypto::{PrivateKey, Random};
use trust::Address;
use wire::der::Tag;
use wire::x509::{Extension, KeyUsage, extension};
use wire::{Certificate, Name, NameBuilder, Time, oids};

use crate::error::Error;
use crate::issue::{CertificateProfile, Draft, check_name};

/// The root of an authority for addresses, valid for ten years from `not_before`. It may have authorities below.
///
/// # Errors
/// [`Error::Name`], and a key that cannot sign.
pub fn root(name: &str, key: &dyn PrivateKey, not_before: Time, rng: &mut dyn Random) -> Result<Certificate, Error> {
    let subject = NameBuilder::new().common_name(check_name(name)?).build();
    // It signs OCSP answers too (SBR section 7.1.2.1 (b)).
    let usage = AUTHORITY | KeyUsage::DIGITAL_SIGNATURE;
    authority(subject, key, None, usage, Vec::new(), not_before, rng)
}

/// The root of one person, for identities whose encryption key cannot sign its own certificate (`ed25519+x25519`):
/// it issues the certificate of the signing key and that of the encryption key, and is what others pin. Name
/// constraints keep it to the person's own address, and to her own host if the address is not ASCII, so that
/// trusting it gives no power over other people's addresses. Valid for ten years.
///
/// # Errors
/// A key that cannot sign.
pub fn personal_root(
    address: &Address,
    key: &dyn PrivateKey,
    not_before: Time,
    rng: &mut dyn Random,
) -> Result<Certificate, Error> {
    let label = format!("Keys of {address}");
    let subject = NameBuilder::new().common_name(check_name(&label).unwrap_or("Keys of a person")).build();
    let base = if address.is_ascii() { address.to_string() } else { address.domain().to_owned() };
    authority(subject, key, Some(0), AUTHORITY, vec![only_mailbox(&base)], not_before, rng)
}

fn authority(
    subject: Name,
    key: &dyn PrivateKey,
    path_len: Option<u32>,
    usage: KeyUsage,
    more: Vec<Extension>,
    not_before: Time,
    rng: &mut dyn Random,
) -> Result<Certificate, Error> {
    let mut extensions = vec![
        extension::basic_constraints(true, path_len),
        extension::key_usage(usage),
        extension::subject_key_id(&key.public().key_id()),
    ];
    extensions.extend(more);
    let draft = Draft {
        issuer: subject.clone(),
        subject,
        spki: key.public().spki().to_vec(),
        validity: (not_before, Time(not_before.0.saturating_add(ROOT_SECONDS - 1))),
        extensions,
    };
    draft.sign(key, CertificateProfile::Root, rng)
}

/// `NameConstraints` with one permitted rfc822Name (RFC 5280 section 4.2.1.10).
fn only_mailbox(base: &str) -> Extension {
    extension::extension(oids::NAME_CONSTRAINTS, true, |w| {
        w.sequence(|w| {
            w.nested(Tag::context(0), |w| {
                w.sequence(|w| {
                    w.element(Tag::context_primitive(1), base.as_bytes());
                });
            });
        });
    })
}

const AUTHORITY: KeyUsage = KeyUsage(KeyUsage::KEY_CERT_SIGN.0 | KeyUsage::CRL_SIGN.0);
/// Ten years with their leap days, in seconds.
const ROOT_SECONDS: i64 = 3652 * 86_400;
