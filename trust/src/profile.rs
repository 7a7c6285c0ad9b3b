//! What a certificate for mail should look like: a table with a clause in each row, which the verifier reports on
//! and the issuer keeps.
//!
//! It follows the strict mailbox profile of the S/MIME Baseline Requirements (SBR) with four differences: the
//! commonName may be a person's name, X25519 and X448 keys are allowed (RFC 8410), and neither a reserved policy identifier
//! nor a CRL distribution point is asked for, since those belong to a publicly trusted authority.

use std::fmt;

use crypto::{CompositeDsa, CompositeKem, Digest, KeyKind, MlDsa, MlKem, SignatureAlgorithm, SlhDsa};
use wire::x509::{GeneralName, KeyUsage};
use wire::{Certificate, oids};

use crate::mailbox::{Address, certificate_addresses};
use crate::purpose::key_kind;

/// Which kind of certificate is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// The certificate of a mailbox.
    MailLeaf,
    /// An authority, root or intermediate.
    Authority,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct ProfileClause {
    /// A stable name of the row.
    pub id: &'static str,
    /// What it demands.
    pub text: &'static str,
    /// Where that comes from.
    pub source: &'static str,
    /// The kinds of certificate it speaks of.
    pub profiles: &'static [Profile],
    holds: fn(&Certificate) -> bool,
}

/// A clause that a certificate does not keep.
#[derive(Debug, Clone, Copy)]
pub struct Violation {
    /// The clause.
    pub clause: &'static ProfileClause,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.clause.id, self.clause.text, self.clause.source)
    }
}

/// The clauses of a profile, in the order of the table.
pub fn profile_clauses(profile: Profile) -> impl Iterator<Item = &'static ProfileClause> {
    TABLE.iter().filter(move |clause| clause.profiles.contains(&profile))
}

/// Every clause of the profile that the certificate does not keep; empty if it keeps them all.
pub fn check_profile(profile: Profile, certificate: &Certificate) -> Vec<Violation> {
    let broken = profile_clauses(profile).filter(|clause| !(clause.holds)(certificate));
    broken.map(|clause| Violation { clause }).collect()
}

fn serial_is_random(certificate: &Certificate) -> bool {
    let serial = certificate.serial();
    let positive = serial.first().is_some_and(|b| b & 0x80 == 0);
    // 64 random bits need eight octets; 2^159 is where a twentieth octet turns negative.
    positive && (8..=20).contains(&serial.len())
}

fn signature_is_sha2(certificate: &Certificate) -> bool {
    let strong = |algorithm: SignatureAlgorithm| algorithm.is_pure() || SHA2.contains(&algorithm.digest());
    certificate.signature_algorithms_agree()
        && SignatureAlgorithm::from_x509(certificate.signature_algorithm()).is_ok_and(strong)
}

const SHA2: [Digest; 3] = [Digest::Sha256, Digest::Sha384, Digest::Sha512];

fn lasts_at_most(certificate: &Certificate, days: i64) -> bool {
    // Both ends belong to the validity (RFC 5280 section 4.1.2.5).
    let length = certificate.not_after().0.saturating_sub(certificate.not_before().0).saturating_add(1);
    (1..=days * 86_400).contains(&length)
}

fn key_is_sound(certificate: &Certificate) -> bool {
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
fn key_encoding_is_exact(certificate: &Certificate) -> bool {
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

fn usage_fits_key(certificate: &Certificate) -> bool {
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

fn names_are_mailboxes(certificate: &Certificate) -> bool {
    let names = certificate.subject_alt_names();
    let mailbox = |name: &GeneralName| matches!(name, GeneralName::Rfc822(_) | GeneralName::SmtpUtf8(_));
    !names.is_empty() && names.iter().all(mailbox) && certificate_addresses(certificate).len() == names.len()
}

fn names_critical_iff_no_subject(certificate: &Certificate) -> bool {
    let critical = certificate.extension(oids::SUBJECT_ALT_NAME).is_some_and(|e| e.critical);
    critical == certificate.subject().is_empty()
}

fn subject_says_only_mailbox(certificate: &Certificate) -> bool {
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

fn is_self_issued(certificate: &Certificate) -> bool {
    certificate.subject() == certificate.issuer()
}

const LEAF: &[Profile] = &[Profile::MailLeaf];
const AUTHORITY: &[Profile] = &[Profile::Authority];
const BOTH: &[Profile] = &[Profile::MailLeaf, Profile::Authority];

static TABLE: &[ProfileClause] = &[
    ProfileClause {
        id: "version",
        text: "the version is 3",
        source: "RFC 5280 §4.1.2.1",
        profiles: BOTH,
        holds: |c| c.version() == 3,
    },
    ProfileClause {
        id: "serial",
        text: "the serial number is positive, has at least 64 random bits and is below 2^159",
        source: "SBR §7.1, RFC 5280 §4.1.2.2",
        profiles: BOTH,
        holds: serial_is_random,
    },
    ProfileClause {
        id: "signature",
        text: "both signature algorithm fields are the same, and it uses SHA-256 or better",
        source: "SBR §7.1.3.2, RFC 5280 §4.1.1.2",
        profiles: BOTH,
        holds: signature_is_sha2,
    },
    ProfileClause {
        id: "leaf-validity",
        text: "it is valid for at most 825 days",
        source: "SBR §6.3.2",
        profiles: LEAF,
        holds: |c| lasts_at_most(c, MAX_LEAF_DAYS),
    },
    ProfileClause {
        id: "authority-validity",
        text: "its validity does not end before it begins",
        source: "RFC 5280 §4.1.2.5",
        profiles: AUTHORITY,
        holds: |c| c.not_before() <= c.not_after(),
    },
    ProfileClause {
        id: "key",
        text: "the key is RSA of 2048 to 8192 bits with a sound exponent, P-256, P-384, P-521, Ed25519, X25519, X448 or ML-KEM",
        source: "SBR §6.1.5, RFC 8410 §3",
        profiles: BOTH,
        holds: key_is_sound,
    },
    ProfileClause {
        id: "key-encoding",
        text: "the key's algorithm is encoded as its standard has it",
        source: "SBR §7.1.3.1",
        profiles: BOTH,
        holds: key_encoding_is_exact,
    },
    ProfileClause {
        id: "leaf-key-usage",
        text: "keyUsage is critical and has only what the kind of key can do",
        source: "SBR §7.1.2.3 (e)",
        profiles: LEAF,
        holds: usage_fits_key,
    },
    ProfileClause {
        id: "extended-key-usage",
        text: "extKeyUsage is emailProtection alone",
        source: "SBR §7.1.2.3 (f)",
        profiles: LEAF,
        holds: |c| c.extended_key_usage() == Some(&[oids::EMAIL_PROTECTION]),
    },
    ProfileClause {
        id: "names",
        text: "subjectAltName has one or more addresses and nothing else",
        source: "SBR §7.1.4.2.1",
        profiles: LEAF,
        holds: names_are_mailboxes,
    },
    ProfileClause {
        id: "names-critical",
        text: "subjectAltName is critical exactly if the subject is empty",
        source: "RFC 5280 §4.1.2.6",
        profiles: LEAF,
        holds: names_critical_iff_no_subject,
    },
    ProfileClause {
        id: "leaf-subject",
        text: "the subject has only commonName, emailAddress and serialNumber, and no address that the names lack",
        source: "SBR §7.1.4.2.3",
        profiles: LEAF,
        holds: subject_says_only_mailbox,
    },
    ProfileClause {
        id: "no-authority",
        text: "it is no certification authority",
        source: "SBR §7.1.2.3 (d)",
        profiles: LEAF,
        holds: |c| c.basic_constraints().is_none_or(|b| !b.ca),
    },
    ProfileClause {
        id: "authority",
        text: "basicConstraints is critical and has cA",
        source: "RFC 5280 §4.2.1.9",
        profiles: AUTHORITY,
        holds: |c| {
            c.basic_constraints().is_some_and(|b| b.ca)
                && c.extension(oids::BASIC_CONSTRAINTS).is_some_and(|e| e.critical)
        },
    },
    ProfileClause {
        id: "authority-key-usage",
        text: "keyUsage is critical and has keyCertSign and cRLSign",
        source: "SBR §7.1.2.1 (b)",
        profiles: AUTHORITY,
        holds: |c| {
            c.key_usage().is_some_and(|ku| ku.has(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN))
                && c.extension(oids::KEY_USAGE).is_some_and(|e| e.critical)
        },
    },
    ProfileClause {
        id: "authority-subject",
        text: "the subject is not empty",
        source: "RFC 5280 §4.1.2.6",
        profiles: AUTHORITY,
        holds: |c| !c.subject().is_empty(),
    },
    ProfileClause {
        id: "key-id",
        text: "subjectKeyIdentifier is there",
        source: "RFC 5280 §4.2.1.2",
        profiles: BOTH,
        holds: |c| c.subject_key_id().is_some(),
    },
    ProfileClause {
        id: "issuer-key-id",
        text: "authorityKeyIdentifier is there, unless it is self-issued",
        source: "RFC 5280 §4.2.1.1",
        profiles: BOTH,
        holds: |c| c.authority_key_id().is_some() || is_self_issued(c),
    },
    ProfileClause {
        id: "critical",
        text: "no critical extension is unknown",
        source: "RFC 5280 §4.2",
        profiles: BOTH,
        holds: |c| c.has_unknown_critical().is_none(),
    },
];

/// The longest validity of a mailbox's certificate, in days (SBR section 6.3.2, strict profile).
pub const MAX_LEAF_DAYS: i64 = 825;
