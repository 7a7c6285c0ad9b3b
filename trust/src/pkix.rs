//! What RFC 5280 has every certificate of a path keep beside section 6: a table with a clause in each row. Anchors are
//! not asked.

use wire::{Certificate, oids};

use crate::clause::{Profile, ProfileClause};
use crate::clause_checks::is_critical;

pub(crate) static TABLE: &[ProfileClause] = &[
    ProfileClause {
        id: "extensions-version",
        text: "extensions stand in certificates of version 3 alone",
        source: "RFC 5280 §4.1.2.9",
        profiles: PKIX,
        holds: |c| c.version() == 3 || c.extensions().is_empty(),
    },
    ProfileClause {
        id: "issuer",
        text: "the issuer has a name",
        source: "RFC 5280 §4.1.2.4",
        profiles: PKIX,
        holds: |c| !c.issuer().is_empty(),
    },
    ProfileClause {
        id: "subject",
        text: "a subject without a name has a subjectAltName that is critical",
        source: "RFC 5280 §4.1.2.6",
        profiles: PKIX,
        holds: |c| !c.subject().is_empty() || is_critical(c, oids::SUBJECT_ALT_NAME),
    },
    ProfileClause {
        id: "name-constraints",
        text: "nameConstraints stand in certificates of authorities alone",
        source: "RFC 5280 §4.2.1.10",
        profiles: PKIX,
        holds: |c| c.name_constraints().is_none() || is_authority(c),
    },
    ProfileClause {
        id: "no-revocation",
        text: "noRevAvail is not an authority's, is not critical, and nothing points to revocation beside it",
        source: "RFC 9608 §3",
        profiles: PKIX,
        holds: |c| !says_no_revocation(c) || (!is_authority(c) && !points_to_revocation(c)),
    },
];

fn is_authority(certificate: &Certificate) -> bool {
    certificate.basic_constraints().is_some_and(|b| b.ca)
}

fn says_no_revocation(certificate: &Certificate) -> bool {
    certificate.extensions().iter().any(|extension| extension.oid.contents() == NO_REV_AVAIL)
}

/// A certificate that names where its revocation is told, or insists that there is no such thing.
fn points_to_revocation(certificate: &Certificate) -> bool {
    let pointers = [FRESHEST_CRL, oids::CRL_DISTRIBUTION_POINTS.contents()];
    let points = |contents: &[u8]| pointers.contains(&contents);
    certificate
        .extensions()
        .iter()
        .any(|e| points(e.oid.contents()) || (e.critical && e.oid.contents() == NO_REV_AVAIL))
        || certificate.authority_information().iter().any(|(method, _)| *method == oids::AD_OCSP)
}

const PKIX: &[Profile] = &[Profile::Pkix];
/// 2.5.29.56
const NO_REV_AVAIL: &[u8] = &[85, 29, 56];
/// 2.5.29.46
const FRESHEST_CRL: &[u8] = &[85, 29, 46];
