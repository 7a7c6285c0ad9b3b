//! What a certificate for mail should look like: a table with a clause in each row, which the verifier reports on
//! and the issuer keeps.
//!
//! It follows the strict mailbox profile of the S/MIME Baseline Requirements (SBR) with four differences: the
//! commonName may be a person's name, X25519 and X448 keys are allowed (RFC 8410), and neither a reserved policy identifier
//! nor a CRL distribution point is asked for, since those belong to a publicly trusted authority.

use wire::x509::KeyUsage;
use wire::{Certificate, oids};

use crate::clause::{Profile, ProfileClause, Violation};
use crate::clause_checks::{
    is_self_issued, key_encoding_is_exact, key_is_sound, lasts_at_most, names_are_mailboxes,
    names_critical_iff_no_subject, serial_is_random, signature_is_sha2, subject_says_only_mailbox, usage_fits_key,
};
use crate::{pkix, smime_br};

/// The clauses of a profile, in the order of the table.
pub fn profile_clauses(profile: Profile) -> impl Iterator<Item = &'static ProfileClause> {
    TABLE.iter().chain(pkix::TABLE).chain(smime_br::TABLE).filter(move |clause| clause.profiles.contains(&profile))
}

/// Every clause of the profile that the certificate does not keep; empty if it keeps them all.
pub fn check_profile(profile: Profile, certificate: &Certificate) -> Vec<Violation> {
    let broken = profile_clauses(profile).filter(|clause| !(clause.holds)(certificate));
    broken.map(|clause| Violation { clause }).collect()
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
