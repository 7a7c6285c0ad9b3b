//! What a certificate's key may be used for: validity, keyUsage, extKeyUsage, and the policy for its key.

use crypto::{Brainpool, CompositeDsa, CompositeKem, Curve, KeyKind, KeyTransport, MlDsa, MlKem, SlhDsa};
use wire::der::Reader;
use wire::x509::KeyUsage;
use wire::{Certificate, SubjectPublicKeyInfo, Time, oids};

use crate::algorithm::Algorithm;
use crate::path_error::{Clause, PathError};
use crate::policy::{Policy, Use};

/// What a path is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Believing the signature on a mail.
    SignMail,
    /// Encrypting a mail to the subject.
    EncryptMail,
    /// Either of these.
    Mail,
    /// Believing the signature on a CRL; the path need not be for mail.
    SignCrl,
    /// Nothing in particular: keyUsage and extKeyUsage of the leaf are not looked at, nor is its key.
    Any,
}

impl Purpose {
    /// Whether extKeyUsage must allow mail along the path (C-03).
    pub fn is_mail(self) -> bool {
        matches!(self, Purpose::SignMail | Purpose::EncryptMail | Purpose::Mail)
    }
}

/// Whether this certificate, one's own, can be used to sign a mail now (RFC 8550 section 4.4). It looks at
/// the certificate alone and at no path.
///
/// # Errors
/// What speaks against it.
pub fn usable_for_signing(certificate: &Certificate, policy: &Policy, now: Time) -> Result<(), PathError> {
    allows_signing(certificate)?;
    judge_key(certificate, Use::Sign, policy, now)?;
    valid_at(certificate, now)
}

/// Whether a mail can be encrypted to this certificate now: keyEncipherment for RSA, ML-KEM and its composites,
/// keyAgreement for elliptic curves (RFC 8550 section 4.4.2, RFC 5753 section 7.1, RFC 9629 section 3). It looks at the certificate alone and at no path.
///
/// # Errors
/// What speaks against it.
pub fn usable_for_encryption(certificate: &Certificate, policy: &Policy, now: Time) -> Result<(), PathError> {
    allows_encryption(certificate)?;
    judge_key(certificate, Use::Encrypt, policy, now)?;
    valid_at(certificate, now)
}

/// Whether a certificate can be that of somebody's mail at all, whatever its key is for: it is no authority's, and its
/// extKeyUsage, if there is one, allows mail (RFC 8550 section 4.4).
pub fn is_for_mail(certificate: &Certificate) -> bool {
    !certificate.basic_constraints().is_some_and(|constraints| constraints.ca) && allows_mail(certificate).is_ok()
}

/// The kind of a certified key, from its algorithm and size alone; the key itself is not checked.
pub fn key_kind(key: &SubjectPublicKeyInfo) -> KeyKind {
    let oid = key.algorithm.oid;
    let rsa = key.rsa_modulus_bits().and_then(|bits| u32::try_from(bits).ok());
    match oid {
        oids::RSA_ENCRYPTION => rsa.map_or(KeyKind::Other(oid), |bits| KeyKind::Rsa { bits }),
        oids::ED25519 => KeyKind::Ed25519,
        oids::ED448 => KeyKind::Ed448,
        oids::HSS_LMS => KeyKind::HssLms,
        oids::DSA => KeyKind::Dsa { bits: dsa_bits(key).unwrap_or_default() },
        oids::X25519 => KeyKind::X25519,
        oids::X448 => KeyKind::X448,
        oids::EC_PUBLIC_KEY => match key.curve() {
            Some(curve) => {
                let known = Curve::from_oid(curve).map(KeyKind::Ec);
                known.or(Brainpool::from_oid(curve).map(KeyKind::Brainpool)).unwrap_or(KeyKind::Other(curve))
            }
            None => KeyKind::Other(oid),
        },
        _ => {
            let signs = MlDsa::from_oid(oid).map(KeyKind::MlDsa).or(SlhDsa::from_oid(oid).map(KeyKind::SlhDsa));
            let signs = signs.or(SlhDsa::from_hashed_oid(oid).map(KeyKind::HashSlhDsa));
            let signs = signs.or(CompositeDsa::from_oid(oid).map(KeyKind::CompositeDsa));
            let post_quantum = signs
                .or(MlKem::from_oid(oid).map(KeyKind::MlKem))
                .or(CompositeKem::from_oid(oid).map(KeyKind::CompositeKem));
            post_quantum.or(rsa.map(|bits| KeyKind::Rsa { bits })).unwrap_or(KeyKind::Other(oid))
        }
    }
}

/// Bits of the prime p (RFC 3279 section 2.3.2).
fn dsa_bits(key: &SubjectPublicKeyInfo) -> Option<u32> {
    let mut whole = Reader::new(key.algorithm.parameters.as_deref()?);
    let octets = whole.sequence().ok()?.unsigned().ok()?.len();
    u32::try_from(octets.saturating_mul(8)).ok()
}

/// The checks on a leaf that do not depend on time.
pub(crate) fn check_leaf(leaf: &Certificate, purpose: Purpose, policy: &Policy, now: Time) -> Result<(), PathError> {
    match purpose {
        Purpose::SignMail => {
            allows_signing(leaf)?;
            judge_key(leaf, Use::Verify, policy, now)
        }
        Purpose::EncryptMail => {
            allows_encryption(leaf)?;
            judge_key(leaf, Use::Encrypt, policy, now)
        }
        Purpose::Mail => check_leaf(leaf, Purpose::SignMail, policy, now)
            .or_else(|error| check_leaf(leaf, Purpose::EncryptMail, policy, now).map_err(|_| error)),
        Purpose::SignCrl => {
            let signs = leaf.key_usage().is_none_or(|usage| usage.has(KeyUsage::CRL_SIGN));
            refuse_unless(signs, leaf, Clause::NoCrlSigning)?;
            hash_based_signs_alone(leaf)
        }
        Purpose::Any => Ok(()),
    }
}

/// Whether *now* lies in the certificate's time, both ends included (RFC 5280 section 4.1.2.5).
pub(crate) fn valid_at(certificate: &Certificate, now: Time) -> Result<(), PathError> {
    let which = || certificate.subject().to_string();
    if now < certificate.not_before() {
        return Err(PathError::NotYetValid { not_before: certificate.not_before(), which: which() });
    }
    if now > certificate.not_after() {
        return Err(PathError::Expired { not_after: certificate.not_after(), which: which() });
    }
    Ok(())
}

/// Whether extKeyUsage, if there is one, allows mail; it binds authorities too (C-03).
pub(crate) fn allows_mail(certificate: &Certificate) -> Result<(), PathError> {
    let mail = |eku: &[wire::Oid]| eku.contains(&oids::EMAIL_PROTECTION) || eku.contains(&oids::ANY_EXTENDED_KEY_USAGE);
    refuse_unless(certificate.extended_key_usage().is_none_or(mail), certificate, Clause::NoEmailProtection)
}

/// Fails with the clause unless the condition holds.
pub(crate) fn refuse_unless(holds: bool, certificate: &Certificate, clause: Clause) -> Result<(), PathError> {
    if holds { Ok(()) } else { Err(PathError::WrongPurpose { clause, which: certificate.subject().to_string() }) }
}

fn allows_signing(certificate: &Certificate) -> Result<(), PathError> {
    let key = certificate.public_key();
    let can = match key_kind(key) {
        KeyKind::Rsa { .. } => !TAKING_RSA.contains(&key.algorithm.oid),
        KeyKind::Ec(_) | KeyKind::Ed25519 | KeyKind::MlDsa(_) | KeyKind::Ed448 | KeyKind::SlhDsa(_) => true,
        KeyKind::Brainpool(_) | KeyKind::Dsa { .. } | KeyKind::CompositeDsa(_) | KeyKind::HssLms => true,
        KeyKind::X25519 | KeyKind::X448 | KeyKind::MlKem(_) | KeyKind::CompositeKem(_) | KeyKind::Other(_) => false,
        // For certificates alone (RFC 9882 section 3.1).
        KeyKind::HashSlhDsa(_) => false,
    };
    refuse_unless(can, certificate, Clause::KeyKind)?;
    let signs = |ku: KeyUsage| ku.has(KeyUsage::DIGITAL_SIGNATURE) || ku.has(KeyUsage::NON_REPUDIATION);
    refuse_unless(certificate.key_usage().is_none_or(signs), certificate, Clause::NoSigning)?;
    hash_based_signs_alone(certificate)?;
    allows_mail(certificate)
}

/// Whether keyUsage, if there is one, leaves a hash-based key for signatures alone (RFC 9802 section 5).
pub(crate) fn hash_based_signs_alone(certificate: &Certificate) -> Result<(), PathError> {
    let hash_based = certificate.public_key().algorithm.oid == oids::HSS_LMS;
    let alone = certificate.key_usage().is_none_or(|usage| SIGNING.has(usage));
    refuse_unless(!hash_based || alone, certificate, Clause::MoreThanSigning)
}

fn allows_encryption(certificate: &Certificate) -> Result<(), PathError> {
    let key = certificate.public_key();
    let (needed, clause) = match key_kind(key) {
        KeyKind::Rsa { .. } if !SIGNING_RSA.contains(&key.algorithm.oid) => {
            (KeyUsage::KEY_ENCIPHERMENT, Clause::NoKeyEncipherment)
        }
        KeyKind::Ec(_) | KeyKind::Brainpool(_) | KeyKind::X25519 | KeyKind::X448 => {
            (KeyUsage::KEY_AGREEMENT, Clause::NoKeyAgreement)
        }
        KeyKind::MlKem(_) | KeyKind::CompositeKem(_) => (KeyUsage::KEY_ENCIPHERMENT, Clause::NoKeyEncipherment),
        _ => return refuse_unless(false, certificate, Clause::KeyKind),
    };
    if let Some(usage) = certificate.key_usage() {
        refuse_unless(usage.has(needed), certificate, clause)?;
        // encipherOnly is what encrypting to it is; decipherOnly keeps the public key for the other side.
        let deciphers = needed == KeyUsage::KEY_AGREEMENT && usage.has(KeyUsage::DECIPHER_ONLY);
        refuse_unless(!deciphers, certificate, Clause::DecipherOnly)?;
        let kem = matches!(key_kind(key), KeyKind::MlKem(_) | KeyKind::CompositeKem(_))
            || key.algorithm.oid == oids::RSA_KEM_SPKI;
        refuse_unless(!kem || usage == KeyUsage::KEY_ENCIPHERMENT, certificate, Clause::MoreThanKeyEncipherment)?;
    }
    allows_mail(certificate)
}

fn judge_key(certificate: &Certificate, use_: Use, policy: &Policy, now: Time) -> Result<(), PathError> {
    let judgement = policy.judge(use_, &Algorithm::from(&key_kind(certificate.public_key())), now);
    if !judgement.is_accepted() {
        return Err(PathError::WeakAlgorithm { judgement: judgement.to_string() });
    }
    if use_ == Use::Encrypt { judge_transport(certificate, policy, now) } else { Ok(()) }
}

/// A key that is for OAEP alone is used with its own parameters or not at all (RFC 4055 section 4.1).
fn judge_transport(certificate: &Certificate, policy: &Policy, now: Time) -> Result<(), PathError> {
    let algorithm = &certificate.public_key().algorithm;
    let transport = match KeyTransport::only_for(algorithm) {
        Ok(Some(transport)) => Algorithm::from(&transport),
        Ok(None) => return Ok(()),
        Err(error) => Algorithm::unknown(format_args!("rsa-oaep of the key: {error}")),
    };
    let judgement = policy.judge(Use::Encrypt, &transport, now);
    if judgement.is_accepted() { Ok(()) } else { Err(PathError::WeakAlgorithm { judgement: judgement.to_string() }) }
}

/// What RFC 9708 section 4 lets an HSS key do.
const SIGNING: KeyUsage = KeyUsage(
    KeyUsage::DIGITAL_SIGNATURE.0 | KeyUsage::NON_REPUDIATION.0 | KeyUsage::KEY_CERT_SIGN.0 | KeyUsage::CRL_SIGN.0,
);
/// Algorithms of RSA keys that only decrypt (RFC 4055 section 1.2, RFC 9690 section 2.3).
const TAKING_RSA: [wire::Oid; 2] = [oids::RSAES_OAEP, oids::RSA_KEM_SPKI];
/// Algorithms of RSA keys that only sign (RFC 4055 section 1.2, RFC 8702 section 3.3).
const SIGNING_RSA: [wire::Oid; 3] = [oids::RSASSA_PSS, oids::PSS_SHAKE128, oids::PSS_SHAKE256];
