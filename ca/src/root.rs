//! Authorities: those that sign themselves, and those that a root signs.

use crypto::{PrivateKey, Random};
use trust::Address;
use wire::der::Tag;
use wire::x509::{Extension, KeyUsage, extension};
use wire::{Certificate, Name, NameBuilder, Time, oids};

use crate::error::Error;
use crate::issue::{Authority, CertificateProfile, Draft, check_name};
use crate::service::Service;

/// What an authority is called.
#[derive(Debug, Clone, Default)]
pub struct AuthorityName {
    /// Its commonName.
    pub name: String,
    /// The organisation that it is of.
    pub organization: Option<String>,
    /// The two letters of the country where that is (ISO 3166-1).
    pub country: Option<String>,
}

impl AuthorityName {
    fn subject(&self) -> Result<Name, Error> {
        let mut builder = NameBuilder::new();
        if let Some(country) = &self.country {
            let fits = country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
            builder = builder.country(if fits { country } else { return Err(Error::Name) });
        }
        if let Some(organization) = &self.organization {
            builder = builder.organization(check_name(organization)?);
        }
        Ok(builder.common_name(check_name(&self.name)?).build())
    }
}

/// The root of an authority for addresses, valid for ten years from `not_before`. It may have authorities below.
///
/// # Errors
/// [`Error::Name`], and a key that cannot sign.
pub fn root(name: &str, key: &dyn PrivateKey, not_before: Time, rng: &mut dyn Random) -> Result<Certificate, Error> {
    named_root(&AuthorityName { name: name.to_owned(), ..AuthorityName::default() }, key, not_before, rng)
}

/// The same with all that its name may have.
///
/// # Errors
/// As [`root`].
pub fn named_root(
    name: &AuthorityName,
    key: &dyn PrivateKey,
    not_before: Time,
    rng: &mut dyn Random,
) -> Result<Certificate, Error> {
    // It signs OCSP answers too (SBR section 7.1.2.1 (b)).
    let usage = AUTHORITY | KeyUsage::DIGITAL_SIGNATURE;
    authority(name.subject()?, key, None, usage, Vec::new(), not_before, rng)
}

/// An authority below a root, which issues day by day while the root's key rests: for mail alone, with none below it, valid
/// for five years and not beyond the root. It says where `service` publishes what the root revoked. OCSP answers about it
/// would have to be signed by the root's key, so that none is named.
///
/// # Errors
/// [`Error::Name`], a key that cannot sign, [`Error::Validity`] where the root has ended.
pub fn issuing(
    root: &Authority<'_>,
    name: &AuthorityName,
    key: &dyn PrivateKey,
    service: &Service,
    not_before: Time,
    rng: &mut dyn Random,
) -> Result<Certificate, Error> {
    let above = root.certificate();
    let subject = name.subject()?;
    if above.subject().matches(&subject) {
        return Err(Error::Name);
    }
    let mut extensions = vec![
        extension::basic_constraints(true, Some(0)),
        extension::key_usage(AUTHORITY | KeyUsage::DIGITAL_SIGNATURE),
        extension::subject_key_id(&key.public().key_id()),
        // SBR section 7.1.2.2: (c), (g), (b), (j).
        extension::certificate_policies(&[oids::ANY_POLICY]),
        extension::extended_key_usage(&[oids::EMAIL_PROTECTION]),
        extension::crl_distribution_points(&[&service.root_crl()]),
        extension::authority_info_access(None, &service.root_certificate()),
    ];
    extensions.extend(above.subject_key_id().map(extension::authority_key_id));
    let draft = Draft {
        issuer: above.subject().clone(),
        subject,
        spki: key.public().spki().to_vec(),
        validity: (not_before, end(not_before, ISSUING_SECONDS).min(above.not_after())),
        extensions,
    };
    draft.sign(root.key(), CertificateProfile::Root, rng)
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
        validity: (not_before, end(not_before, ROOT_SECONDS)),
        extensions,
    };
    draft.sign(key, CertificateProfile::Root, rng)
}

/// The last second of a time that begins with `start`.
fn end(start: Time, seconds: i64) -> Time {
    Time(start.0.saturating_add(seconds - 1))
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
/// Five years with their leap days.
const ISSUING_SECONDS: i64 = 1826 * 86_400;
