//! The certificates of the CA/Browser Forum's S/MIME Baseline Requirements (SBR section 7.1): a table with a clause in
//! each row, for the twelve profiles of subscribers and for authorities below a root.

use crypto::KeyKind;
use wire::x509::{GeneralName, KeyUsage};
use wire::{Certificate, Oid, Time, oids};

use crate::clause::{Generation, Profile, ProfileClause, SmimeBr, Validation};
use crate::clause_checks::{
    is_critical, issuer_key_is_named_alone, key_encoding_is_exact, key_is_sound, lasts_at_most, serial_is_random,
    signature_is_sha2,
};
use crate::mailbox::{Address, certificate_addresses};
use crate::purpose::key_kind;
use crate::smime_br_subject::{attributes_are_allowed, organization_is_identified, places_stand_together};

// long: one row per clause
pub(crate) static TABLE: &[ProfileClause] = &[
    ProfileClause {
        id: "version",
        text: "the version is 3",
        source: "SBR §7.1.1",
        profiles: EVERY,
        holds: |c| c.version() == 3,
    },
    ProfileClause {
        id: "serial",
        text: "the serial number is positive, has at least 64 random bits and is below 2^159",
        source: "SBR §7.1",
        profiles: EVERY,
        holds: serial_is_random,
    },
    ProfileClause {
        id: "signature",
        text: "both signature algorithm fields are the same, and it uses SHA-256 or better",
        source: "SBR §7.1.3.2",
        profiles: EVERY,
        holds: signature_is_sha2,
    },
    ProfileClause {
        id: "key",
        text: "the key is RSA of at least 2048 bits, P-256, P-384, P-521, Ed25519, Ed448, ML-DSA or ML-KEM",
        source: "SBR §6.1.5",
        profiles: EVERY,
        holds: |c| is_listed_key(c) && key_is_sound(c),
    },
    ProfileClause {
        id: "key-encoding",
        text: "the key's algorithm is encoded as its standard has it",
        source: "SBR §7.1.3.1",
        profiles: EVERY,
        holds: |c| key_encoding_is_exact(c) && !RSA_ODD.contains(&c.public_key().algorithm.oid),
    },
    ProfileClause {
        id: "policy",
        text: "exactly one policy is a reserved one",
        source: "SBR §7.1.6.4",
        profiles: LEAVES,
        holds: |c| SmimeBr::of(c).is_some(),
    },
    ProfileClause {
        id: "validity",
        text: "it is valid for at most 825 days",
        source: "SBR §6.3.2",
        profiles: NOT_LEGACY,
        holds: |c| lasts_at_most(c, 825),
    },
    ProfileClause {
        id: "legacy-validity",
        text: "it is valid for at most 1185 days",
        source: "SBR §6.3.2",
        profiles: LEGACY,
        holds: |c| lasts_at_most(c, 1185),
    },
    ProfileClause {
        id: "legacy-issued",
        text: "it was issued before 15 July 2025",
        source: "SBR §7.1.6.1",
        profiles: LEGACY,
        holds: |c| c.not_before() < LEGACY_END,
    },
    ProfileClause {
        id: "distribution-points",
        text: "cRLDistributionPoints has URIs, all of them http",
        source: "SBR §7.1.2.3 (b)",
        profiles: NOT_LEGACY,
        holds: |c| c.crl_uris().next().is_some() && c.crl_uris().all(is_http),
    },
    ProfileClause {
        id: "distribution-points",
        text: "cRLDistributionPoints has an http URI",
        source: "SBR §7.1.2.2 (b), §7.1.2.3 (b)",
        profiles: LEGACY_AND_AUTHORITY,
        holds: |c| c.crl_uris().any(is_http),
    },
    ProfileClause {
        id: "authority-information",
        text: "authorityInfoAccess is not critical and its locations are http",
        source: "SBR §7.1.2.3 (c)",
        profiles: NOT_LEGACY,
        holds: |c| {
            !is_critical(c, oids::AUTHORITY_INFO_ACCESS) && c.authority_information().iter().all(|(_, at)| at_http(at))
        },
    },
    ProfileClause {
        id: "authority-information",
        text: "authorityInfoAccess is not critical and has an http location",
        source: "SBR §7.1.2.3 (c)",
        profiles: LEGACY,
        holds: |c| {
            let locations = c.authority_information();
            let reachable = locations.is_empty() || locations.iter().any(|(_, at)| at_http(at));
            !is_critical(c, oids::AUTHORITY_INFO_ACCESS) && reachable
        },
    },
    ProfileClause {
        id: "no-authority",
        text: "it is no certification authority and has no path length",
        source: "SBR §7.1.2.3 (d)",
        profiles: LEAVES,
        holds: |c| c.basic_constraints().is_none_or(|b| !b.ca && b.path_len.is_none()),
    },
    ProfileClause {
        id: "key-usage",
        text: "keyUsage has only what the kind of key can do, and no dataEncipherment",
        source: "SBR §7.1.2.3 (e)",
        profiles: STRICT,
        holds: |c| usage_fits(c, KeyUsage(0)),
    },
    ProfileClause {
        id: "key-usage",
        text: "keyUsage has only what the kind of key can do",
        source: "SBR §7.1.2.3 (e)",
        profiles: NOT_STRICT,
        holds: |c| usage_fits(c, KeyUsage::DATA_ENCIPHERMENT),
    },
    ProfileClause {
        id: "extended-key-usage",
        text: "extKeyUsage is emailProtection alone",
        source: "SBR §7.1.2.3 (f)",
        profiles: STRICT,
        holds: |c| c.extended_key_usage() == Some(&[oids::EMAIL_PROTECTION]),
    },
    ProfileClause {
        id: "extended-key-usage",
        text: "extKeyUsage has emailProtection and nothing for servers, code, time stamps or anything",
        source: "SBR §7.1.2.2 (g), §7.1.2.3 (f)",
        profiles: NOT_STRICT,
        holds: |c| c.extended_key_usage().is_some_and(is_for_mail),
    },
    ProfileClause {
        id: "extended-key-usage",
        text: "extKeyUsage, unless it is a cross-certificate, has emailProtection and nothing for servers, code, time stamps or anything",
        source: "SBR §7.1.2.2 (g)",
        profiles: AUTHORITY,
        holds: |c| c.extended_key_usage().is_none_or(is_for_mail),
    },
    ProfileClause {
        id: "issuer-key-id",
        text: "authorityKeyIdentifier is a key identifier alone and not critical",
        source: "SBR §7.1.2.2 (h), §7.1.2.3 (g)",
        profiles: EVERY,
        holds: |c| (issuer_key_is_named_alone(c)) && !is_critical(c, oids::AUTHORITY_KEY_IDENTIFIER),
    },
    ProfileClause {
        id: "names",
        text: "subjectAltName has addresses, directory names and nothing else",
        source: "SBR §7.1.4.2.1",
        profiles: STRICT,
        holds: |c| names_are(c, false),
    },
    ProfileClause {
        id: "names",
        text: "subjectAltName has addresses, directory names, other names and nothing else",
        source: "SBR §7.1.4.2.1",
        profiles: NOT_STRICT,
        holds: |c| names_are(c, true),
    },
    ProfileClause {
        id: "subject-mailboxes",
        text: "every address in the subject stands in subjectAltName",
        source: "SBR §7.1.4.2.1",
        profiles: LEAVES,
        holds: mailboxes_are_repeated,
    },
    ProfileClause {
        id: "subject",
        text: "the subject has the attributes of its kind and no other",
        source: "SBR §7.1.4.2.3 to §7.1.4.2.6",
        profiles: LEAVES,
        holds: |c| SmimeBr::of(c).is_some_and(|profile| attributes_are_allowed(c.subject(), profile)),
    },
    ProfileClause {
        id: "common-name",
        text: "the commonName is an address of the certificate",
        source: "SBR §7.1.4.2.2 (a)",
        profiles: MAILBOX,
        holds: |c| common_name(c).is_none_or(|name| names_mailbox(c, &name)),
    },
    ProfileClause {
        id: "common-name",
        text: "the commonName is the organizationName or an address of the certificate",
        source: "SBR §7.1.4.2.2 (a)",
        profiles: ORGANIZATION,
        holds: |c| {
            let organization = c.subject().get(oids::ORGANIZATION);
            common_name(c).is_none_or(|name| Some(&name) == organization.as_ref() || names_mailbox(c, &name))
        },
    },
    ProfileClause {
        id: "organization-identifier",
        text: "the organizationIdentifier is a scheme, a country and a reference",
        source: "SBR §7.1.4.2.2 (d)",
        profiles: OF_ORGANIZATIONS,
        holds: |c| organization_is_identified(c.subject()),
    },
    ProfileClause {
        id: "places",
        text: "an address has its place, and a place its country, of two letters",
        source: "SBR §7.1.4.2.2 (j) to (n)",
        profiles: LEAVES,
        holds: |c| places_stand_together(c.subject()),
    },
    ProfileClause {
        id: "directory-attributes",
        text: "subjectDirectoryAttributes is not there",
        source: "SBR §7.1.2.3 (j)",
        profiles: NOT_LEGACY,
        holds: |c| c.extension(oids::SUBJECT_DIRECTORY_ATTRIBUTES).is_none(),
    },
    ProfileClause {
        id: "not-critical",
        text: "smimeCapabilities, subjectKeyIdentifier, qcStatements and what comes from others are not critical",
        source: "SBR §7.1.2.3 (i) to (n)",
        profiles: LEAVES,
        holds: |c| !NEVER_CRITICAL.iter().any(|oid| is_critical(c, *oid)),
    },
    ProfileClause {
        id: "legal-entity",
        text: "the extension with a legal entity's identifier belongs to its kind",
        source: "SBR §7.1.2.3 (l)",
        profiles: LEAVES,
        holds: |c| SmimeBr::of(c).is_some_and(|profile| legal_entity_fits(c, profile.validation)),
    },
    ProfileClause {
        id: "adobe",
        text: "it has no extension of Adobe's",
        source: "SBR §7.1.2.3 (m)",
        profiles: STRICT,
        holds: |c| [oids::ADOBE_TIME_STAMP, oids::ADOBE_ARCHIVE_REV_INFO].iter().all(|oid| c.extension(*oid).is_none()),
    },
    ProfileClause {
        id: "authority",
        text: "basicConstraints is critical and has cA",
        source: "SBR §7.1.2.2 (d)",
        profiles: AUTHORITY,
        holds: |c| c.basic_constraints().is_some_and(|b| b.ca) && is_critical(c, oids::BASIC_CONSTRAINTS),
    },
    ProfileClause {
        id: "authority-key-usage",
        text: "keyUsage is critical and has keyCertSign and cRLSign",
        source: "SBR §7.1.2.2 (e)",
        profiles: AUTHORITY,
        holds: |c| {
            let both = KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN;
            c.key_usage().is_some_and(|usage| usage.has(both)) && is_critical(c, oids::KEY_USAGE)
        },
    },
    ProfileClause {
        id: "authority-policy",
        text: "certificatePolicies has reserved policies or anyPolicy",
        source: "SBR §7.1.6.3",
        profiles: AUTHORITY,
        holds: |c| c.policies().iter().any(|p| *p == oids::ANY_POLICY || SmimeBr::from_policy(*p).is_some()),
    },
    ProfileClause {
        id: "key-id",
        text: "subjectKeyIdentifier is there",
        source: "SBR §7.1.2.2 (i)",
        profiles: AUTHORITY,
        holds: |c| c.subject_key_id().is_some(),
    },
    ProfileClause {
        id: "authority-subject",
        text: "the subject has a commonName, an organizationName and a countryName",
        source: "SBR §7.1.4.3.1",
        profiles: AUTHORITY,
        holds: |c| {
            let needed = [oids::COMMON_NAME, oids::ORGANIZATION, oids::COUNTRY];
            needed.iter().all(|oid| c.subject().get(*oid).is_some())
        },
    },
];

fn is_listed_key(certificate: &Certificate) -> bool {
    match key_kind(certificate.public_key()) {
        KeyKind::Rsa { .. } | KeyKind::Ec(_) | KeyKind::Ed25519 | KeyKind::Ed448 => true,
        KeyKind::MlDsa(_) | KeyKind::MlKem(_) => true,
        KeyKind::X25519 | KeyKind::X448 | KeyKind::Brainpool(_) | KeyKind::Dsa { .. } | KeyKind::HssLms => false,
        KeyKind::SlhDsa(_) | KeyKind::HashSlhDsa(_) | KeyKind::CompositeDsa(_) | KeyKind::CompositeKem(_) => false,
        KeyKind::Other(_) => false,
    }
}

/// The bits that a kind of key may have, and the combinations that mean something.
fn usage_fits(certificate: &Certificate, more_for_rsa: KeyUsage) -> bool {
    const SIGN: KeyUsage = KeyUsage(KeyUsage::DIGITAL_SIGNATURE.0 | KeyUsage::NON_REPUDIATION.0);
    const ONE_WAY: KeyUsage = KeyUsage(KeyUsage::ENCIPHER_ONLY.0 | KeyUsage::DECIPHER_ONLY.0);
    let Some(usage) = certificate.key_usage() else { return false };
    let (allowed, manages) = match key_kind(certificate.public_key()) {
        KeyKind::Rsa { .. } => (SIGN | KeyUsage::KEY_ENCIPHERMENT | more_for_rsa, Some(KeyUsage::KEY_ENCIPHERMENT)),
        KeyKind::Ec(_) => (SIGN | KeyUsage::KEY_AGREEMENT | ONE_WAY, Some(KeyUsage::KEY_AGREEMENT)),
        KeyKind::Ed25519 | KeyKind::Ed448 | KeyKind::MlDsa(_) => (SIGN, None),
        KeyKind::MlKem(_) => (KeyUsage::KEY_ENCIPHERMENT, Some(KeyUsage::KEY_ENCIPHERMENT)),
        _ => return false,
    };
    let signs = usage.has(KeyUsage::DIGITAL_SIGNATURE);
    let manages = manages.is_some_and(|bit| usage.has(bit));
    let extra = usage.has(KeyUsage::ENCIPHER_ONLY) || usage.has(KeyUsage::DECIPHER_ONLY);
    let extra = extra || usage.has(KeyUsage::DATA_ENCIPHERMENT);
    allowed.has(usage) && (signs || manages) && (signs || !usage.has(KeyUsage::NON_REPUDIATION)) && (manages || !extra)
}

fn is_for_mail(purposes: &[Oid]) -> bool {
    let never = [oids::SERVER_AUTH, oids::CODE_SIGNING, oids::TIME_STAMPING, oids::ANY_EXTENDED_KEY_USAGE];
    purposes.contains(&oids::EMAIL_PROTECTION) && !purposes.iter().any(|purpose| never.contains(purpose))
}

fn is_http(uri: &str) -> bool {
    uri.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("http://"))
}

fn at_http(location: &GeneralName) -> bool {
    matches!(location, GeneralName::Uri(uri) if is_http(uri))
}

fn names_are(certificate: &Certificate, other_names: bool) -> bool {
    let mut mailboxes = 0;
    for name in certificate.subject_alt_names() {
        match name {
            GeneralName::Rfc822(_) | GeneralName::SmtpUtf8(_) => mailboxes += 1,
            GeneralName::Directory(_) => {}
            GeneralName::Other { .. } if other_names => {}
            _ => return false,
        }
    }
    // Each of them is an address, and none stands twice.
    mailboxes > 0 && certificate_addresses(certificate).len() == mailboxes
}

fn mailboxes_are_repeated(certificate: &Certificate) -> bool {
    let directory = certificate.subject_alt_names().iter().filter_map(|name| match name {
        GeneralName::Directory(name) => Some(name),
        _ => None,
    });
    let mut attributes = std::iter::once(certificate.subject()).chain(directory).flat_map(|name| name.attributes());
    attributes.all(|attribute| match attribute.oid {
        oids::EMAIL_ADDRESS => names_mailbox(certificate, &attribute.text),
        oids::COMMON_NAME => !attribute.text.contains('@') || names_mailbox(certificate, &attribute.text),
        _ => true,
    })
}

fn names_mailbox(certificate: &Certificate, text: &str) -> bool {
    let known = certificate_addresses(certificate);
    Address::parse_international(text).is_ok_and(|address| known.iter().any(|a| a.same_mailbox(&address)))
}

fn common_name(certificate: &Certificate) -> Option<String> {
    certificate.subject().get(oids::COMMON_NAME)
}

fn legal_entity_fits(certificate: &Certificate, validation: Validation) -> bool {
    let has = |oid| certificate.extension(oid).is_some();
    match validation {
        Validation::Mailbox | Validation::Individual => !has(oids::LEI) && !has(oids::LEI_ROLE),
        Validation::Organization => !has(oids::LEI_ROLE),
        Validation::Sponsor => true,
    }
}

/// RSA keys under other names than rsaEncryption, which SBR section 7.1.3.1.1 forbids.
const RSA_ODD: [Oid; 5] =
    [oids::RSASSA_PSS, oids::RSAES_OAEP, oids::RSA_KEM_SPKI, oids::PSS_SHAKE128, oids::PSS_SHAKE256];
const NEVER_CRITICAL: [Oid; 8] = [
    oids::SMIME_CAPABILITIES,
    oids::SUBJECT_KEY_IDENTIFIER,
    oids::SUBJECT_DIRECTORY_ATTRIBUTES,
    oids::QC_STATEMENTS,
    oids::LEI,
    oids::LEI_ROLE,
    oids::ADOBE_TIME_STAMP,
    oids::ADOBE_ARCHIVE_REV_INFO,
];
/// 2025-07-15T00:00:00Z.
const LEGACY_END: Time = Time(1_752_537_600);

const fn leaf(validation: Validation, generation: Generation) -> Profile {
    Profile::SmimeBr(SmimeBr::new(validation, generation))
}

const fn each(generation: Generation) -> [Profile; 4] {
    [
        leaf(Validation::Mailbox, generation),
        leaf(Validation::Organization, generation),
        leaf(Validation::Sponsor, generation),
        leaf(Validation::Individual, generation),
    ]
}

const fn all_of(validation: Validation) -> [Profile; 3] {
    [
        leaf(validation, Generation::Legacy),
        leaf(validation, Generation::Multipurpose),
        leaf(validation, Generation::Strict),
    ]
}

const fn both<const N: usize, const M: usize, const SUM: usize>(a: [Profile; N], b: [Profile; M]) -> [Profile; SUM] {
    let mut all = [Profile::SmimeBrAuthority; SUM];
    let mut at = 0;
    while at < N + M {
        all[at] = if at < N { a[at] } else { b[at - N] };
        at += 1;
    }
    all
}

const AUTHORITY: &[Profile] = &[Profile::SmimeBrAuthority];
const STRICT: &[Profile] = &each(Generation::Strict);
const LEGACY: &[Profile] = &each(Generation::Legacy);
const NOT_STRICT: &[Profile] = &both::<4, 4, 8>(each(Generation::Multipurpose), each(Generation::Legacy));
const NOT_LEGACY: &[Profile] = &both::<4, 4, 8>(each(Generation::Multipurpose), each(Generation::Strict));
const LEGACY_AND_AUTHORITY: &[Profile] = &both::<4, 1, 5>(each(Generation::Legacy), [Profile::SmimeBrAuthority]);
const MAILBOX: &[Profile] = &all_of(Validation::Mailbox);
const ORGANIZATION: &[Profile] = &all_of(Validation::Organization);
const OF_ORGANIZATIONS: &[Profile] = &both::<3, 3, 6>(all_of(Validation::Organization), all_of(Validation::Sponsor));
const LEAVES: &[Profile] = &both::<8, 4, 12>(
    both::<4, 4, 8>(each(Generation::Multipurpose), each(Generation::Strict)),
    each(Generation::Legacy),
);
const EVERY: &[Profile] = &both::<12, 1, 13>(
    both::<8, 4, 12>(
        both::<4, 4, 8>(each(Generation::Multipurpose), each(Generation::Strict)),
        each(Generation::Legacy),
    ),
    [Profile::SmimeBrAuthority],
);
