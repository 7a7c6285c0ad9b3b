//! What the clauses of more than one profile ask of a certificate.

use crypto::{CompositeDsa, CompositeKem, Digest, KeyKind, MlDsa, MlKem, SignatureAlgorithm, SlhDsa};
use wire::der::{Reader, Tag};
use wire::x509::{GeneralName, KeyUsage};
use wire::{Certificate, Oid, oids};

use crate::mailbox::{Address, certificate_addresses};
use crate::purpose::key_kind;

pub(crate) fn serial_is_random(certificate: &Certificate) -> bool {
    let serial = certificate.serial();
    let positive = serial.first().is_some_and(|b| b & 0x80 == 0);
    // 64 random bits need eight octets; 2^159 is where a twentieth octet turns negative.
    positive && (8..=20).contains(&serial.len())
}

pub(crate) fn signature_is_sha2(certificate: &Certificate) -> bool {
    let strong = |algorithm: SignatureAlgorithm| algorithm.is_pure() || SHA2.contains(&algorithm.digest());
    certificate.signature_algorithms_agree()
        && SignatureAlgorithm::from_x509(certificate.signature_algorithm()).is_ok_and(strong)
}

const SHA2: [Digest; 3] = [Digest::Sha256, Digest::Sha384, Digest::Sha512];

pub(crate) fn lasts_at_most(certificate: &Certificate, days: i64) -> bool {
    // Both ends belong to the validity (RFC 5280 section 4.1.2.5).
    let length = certificate.not_after().0.saturating_sub(certificate.not_before().0).saturating_add(1);
    (1..=days * 86_400).contains(&length)
}

pub(crate) fn key_is_sound(certificate: &Certificate) -> bool {
    let key = certificate.public_key();
    match key_kind(key) {
        KeyKind::Rsa { bits } => {
            let odd = |e: &[u8]| e.last().is_some_and(|b| b & 1 == 1) && e != [1].as_slice() && e.len() <= 8;
            (2048..=8192).contains(&bits) && bits % 8 == 0 && key.rsa_parts().is_some_and(|(_, e)| odd(e))
        }
        KeyKind::Ec(_) | KeyKind::Ed25519 | KeyKind::X25519 | KeyKind::X448 | KeyKind::MlDsa(_) => true,
        KeyKind::Ed448 | KeyKind::SlhDsa(_) | KeyKind::CompositeDsa(_) => true,
        // For authorities alone (RFC 9802 section 1, RFC 9882 section 3.1).
        KeyKind::HssLms | KeyKind::HashSlhDsa(_) => certificate.basic_constraints().is_some_and(|b| b.ca),
        KeyKind::MlKem(set) => key.key().len() == set.public_len(),
        KeyKind::Brainpool(_) | KeyKind::Dsa { .. } | KeyKind::Other(_) => false,
        KeyKind::CompositeKem(kem) => key.key().len() > kem.ml_kem().public_len(),
    }
}

/// RFC 3279 section 2.3.1, RFC 5480 section 2.1.1 (a named curve is what [`key_kind`] needs), RFC 8410 section 3,
/// RFC 9802 section 4, RFC 9881 section 2, RFC 9909 section 3, RFC 9935 section 3.
pub(crate) fn key_encoding_is_exact(certificate: &Certificate) -> bool {
    let algorithm = &certificate.public_key().algorithm;
    match algorithm.oid {
        oids::RSA_ENCRYPTION => algorithm.parameters.as_deref() == Some(&[0x05, 0x00]),
        oids::EC_PUBLIC_KEY => algorithm.parameters.is_some(),
        oids::ED25519 | oids::ED448 | oids::X25519 | oids::X448 => algorithm.parameters.is_none(),
        // Not in the OCTET STRING of RFC 8708.
        oids::HSS_LMS => algorithm.parameters.is_none() && certificate.public_key().key().first() == Some(&0),
        oid => {
            let signs = MlDsa::from_oid(oid).is_some()
                || SlhDsa::from_oid(oid).is_some()
                || SlhDsa::from_hashed_oid(oid).is_some()
                || CompositeDsa::from_oid(oid).is_some();
            (signs || MlKem::from_oid(oid).is_some() || CompositeKem::from_oid(oid).is_some())
                && algorithm.parameters.is_none()
        }
    }
}

pub(crate) fn usage_fits_key(certificate: &Certificate) -> bool {
    const SIGN: KeyUsage = KeyUsage(KeyUsage::DIGITAL_SIGNATURE.0 | KeyUsage::NON_REPUDIATION.0);
    const AGREE: KeyUsage = KeyUsage(KeyUsage::KEY_AGREEMENT.0 | KeyUsage::ENCIPHER_ONLY.0 | KeyUsage::DECIPHER_ONLY.0);
    let Some(usage) = certificate.key_usage() else { return false };
    let critical = certificate.extension(oids::KEY_USAGE).is_some_and(|e| e.critical);
    let allowed = match key_kind(certificate.public_key()) {
        KeyKind::Rsa { .. } => SIGN | KeyUsage::KEY_ENCIPHERMENT,
        KeyKind::Ec(_) => SIGN | AGREE,
        KeyKind::Ed25519 | KeyKind::MlDsa(_) | KeyKind::Ed448 | KeyKind::SlhDsa(_) | KeyKind::CompositeDsa(_) => SIGN,
        KeyKind::HssLms => SIGN,
        KeyKind::X25519 | KeyKind::X448 => AGREE,
        KeyKind::Brainpool(_) | KeyKind::Dsa { .. } | KeyKind::HashSlhDsa(_) | KeyKind::Other(_) => return false,
        KeyKind::MlKem(_) | KeyKind::CompositeKem(_) => KeyUsage::KEY_ENCIPHERMENT,
    };
    let main = [KeyUsage::DIGITAL_SIGNATURE, KeyUsage::KEY_ENCIPHERMENT, KeyUsage::KEY_AGREEMENT];
    critical && allowed.has(usage) && main.into_iter().any(|bit| usage.has(bit))
}

pub(crate) fn names_are_mailboxes(certificate: &Certificate) -> bool {
    let names = certificate.subject_alt_names();
    let mailbox = |name: &GeneralName| matches!(name, GeneralName::Rfc822(_) | GeneralName::SmtpUtf8(_));
    !names.is_empty() && names.iter().all(mailbox) && certificate_addresses(certificate).len() == names.len()
}

pub(crate) fn names_critical_iff_no_subject(certificate: &Certificate) -> bool {
    let critical = certificate.extension(oids::SUBJECT_ALT_NAME).is_some_and(|e| e.critical);
    critical == certificate.subject().is_empty()
}

pub(crate) fn subject_says_only_mailbox(certificate: &Certificate) -> bool {
    let addresses = certificate_addresses(certificate);
    let named = |text: &str| {
        Address::parse_international(text).is_ok_and(|a| addresses.iter().any(|known| known.same_mailbox(&a)))
    };
    certificate.subject().attributes().all(|attribute| match attribute.oid {
        oids::EMAIL_ADDRESS => named(&attribute.text),
        // A commonName that looks like an address must be one of the certificate's.
        oids::COMMON_NAME => !attribute.text.contains('@') || named(&attribute.text),
        oids::SERIAL_NUMBER => true,
        _ => false,
    })
}

pub(crate) fn is_self_issued(certificate: &Certificate) -> bool {
    certificate.subject() == certificate.issuer()
}

/// Whether authorityKeyIdentifier has a key identifier and nothing beside it; the parser keeps no more of it.
pub(crate) fn issuer_key_is_named_alone(certificate: &Certificate) -> bool {
    let alone = |extension: &wire::x509::Extension| {
        let mut whole = Reader::new(&extension.value);
        let mut fields = whole.sequence().ok()?;
        fields.expect(Tag::context_primitive(0)).ok()?;
        Some(fields.is_empty())
    };
    certificate.extension(oids::AUTHORITY_KEY_IDENTIFIER).and_then(alone) == Some(true)
}

/// Whether there is such an extension and it is critical.
pub(crate) fn is_critical(certificate: &Certificate, oid: Oid) -> bool {
    certificate.extension(oid).is_some_and(|extension| extension.critical)
}
