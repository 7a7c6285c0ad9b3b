//! What is missing, and where it can be had.

use crypto::{Digest, digest};
use wire::ocsp::{CertId, OcspRequest};
use wire::x509::{DistributionPoint, GeneralName};
use wire::{AlgorithmIdentifier, Certificate, Name, oids};

use crate::path::Evidence;

/// Something that would help, if somebody fetched it. Addresses are what certificates and CRLs say and nothing that
/// anybody checked: of any scheme, and chosen by whoever made the certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Need {
    /// A CRL.
    Crl(CrlNeed),
    /// An answer of a responder.
    Ocsp(OcspNeed),
    /// The certificate of an issuer.
    Issuer(IssuerNeed),
    /// One of the others once more: what came for it did not help, so that a copy which was kept is not enough.
    Newer(Box<Need>),
}

/// A CRL that may cover a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlNeed {
    /// Where it is: any one of these will do.
    pub urls: Vec<String>,
    /// Who signs it.
    pub issuer: Name,
    /// It is a delta CRL, which only adds to what is at hand.
    pub delta: bool,
}

/// An answer about one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspNeed {
    /// The responders: any one of these will do.
    pub urls: Vec<String>,
    /// The certificate by SHA-1, which every responder knows (RFC 5019 section 2.1.1), and by SHA-256. What is trusted
    /// is the answer's signature; the digests only name the issuer.
    pub ids: [CertId; 2],
}

/// The certificate of an issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerNeed {
    /// Where it is: any one of these will do. A certificate or a certs-only message (RFC 5280 section 4.2.2.1).
    pub urls: Vec<String>,
    /// Its subject.
    pub name: Name,
}

impl Need {
    /// Where it can be had.
    pub fn urls(&self) -> &[String] {
        match self {
            Need::Crl(need) => &need.urls,
            Need::Ocsp(need) => &need.urls,
            Need::Issuer(need) => &need.urls,
            Need::Newer(need) => need.urls(),
        }
    }

    /// The same, where what came for it did not help.
    pub(crate) fn newer(&self) -> Need {
        match self {
            Need::Newer(_) => self.clone(),
            need => Need::Newer(Box::new(need.clone())),
        }
    }
}

impl OcspNeed {
    /// The request as it is sent, by SHA-1. Without a nonce it can be sent by GET and answered from a cache (RFC 5019
    /// section 5); with one, [`wire::ocsp::NONCE`] random octets, the answer is fresh.
    pub fn request(&self, nonce: Option<&[u8]>) -> Vec<u8> {
        let [id, _] = &self.ids;
        OcspRequest { ids: vec![id.clone()], nonce: nonce.map(<[u8]>::to_vec) }.to_der()
    }

    /// Whether an answer speaks of this certificate.
    pub fn is_answered_by(&self, id: &CertId) -> bool {
        self.ids.iter().any(|own| same_id(own, id))
    }
}

/// Parameters of a digest are absent or NULL, which is the same (RFC 5754 section 2).
pub(super) fn same_id(a: &CertId, b: &CertId) -> bool {
    (a.hash.oid, &a.name, &a.key, &a.serial) == (b.hash.oid, &b.name, &b.key, &b.serial)
        && a.hash.has_no_parameters()
        && b.hash.has_no_parameters()
}

/// How a certificate is named to responders, by one digest.
pub(super) fn cert_id(certificate: &Certificate, issuer: &Certificate, how: Digest) -> CertId {
    CertId {
        // SHA-1 is written with NULL, as all programs write it (RFC 3370 section 2.1 allows either).
        hash: match how {
            Digest::Sha1 => AlgorithmIdentifier::with_null(oids::SHA1),
            how => how.algorithm_identifier(),
        },
        name: digest(how, certificate.issuer().der()).to_vec(),
        key: digest(how, issuer.public_key().key()).to_vec(),
        serial: certificate.serial().to_vec(),
    }
}

/// What could be fetched about a certificate: a CRL for each distribution point, and an answer.
pub(super) fn needs_of(certificate: &Certificate, issuer: &Certificate) -> Vec<Need> {
    let mut needs: Vec<Need> =
        certificate.crl_distribution_points().iter().filter_map(|p| of_point(p, certificate, false)).collect();
    let urls: Vec<String> = certificate.authority_uris(oids::AD_OCSP).take(MAX_URLS).map(str::to_owned).collect();
    if !urls.is_empty() {
        let ids = [Digest::Sha1, Digest::Sha256].map(|how| cert_id(certificate, issuer, how));
        needs.push(Need::Ocsp(OcspNeed { urls, ids }));
    }
    needs
}

/// A CRL of one distribution point of a certificate.
pub(super) fn of_point(point: &DistributionPoint, certificate: &Certificate, delta: bool) -> Option<Need> {
    let urls = uris(&point.full_name);
    let named = point.crl_issuer.iter().find_map(|name| match name {
        GeneralName::Directory(name) => Some(name.clone()),
        _ => None,
    });
    let issuer = named.unwrap_or_else(|| certificate.issuer().clone());
    (!urls.is_empty()).then_some(Need::Crl(CrlNeed { urls, issuer, delta }))
}

pub(super) fn uris(names: &[GeneralName]) -> Vec<String> {
    let uri = |name: &GeneralName| match name {
        GeneralName::Uri(uri) => Some(uri.clone()),
        _ => None,
    };
    names.iter().filter_map(uri).take(MAX_URLS).collect()
}

/// The issuers that a path from this certificate lacks, as far as the certificates say where they are (RFC 5280
/// section 4.2.2.1): asked where no path could be built for want of an issuer.
pub fn missing_issuers(leaf: &Certificate, evidence: &Evidence<'_>) -> Vec<Need> {
    let mut reached = vec![leaf];
    let mut needs = Vec::new();
    let mut next = 0;
    while let Some(&top) = reached.get(next) {
        next += 1;
        let issues = |c: &&Certificate| c.subject().matches(top.issuer());
        let known: Vec<&Certificate> = evidence.anchors.iter().chain(evidence.pool).filter(issues).collect();
        let fits = |c: &&Certificate| match (top.authority_key_id(), c.subject_key_id()) {
            (Some(wanted), Some(own)) => wanted == own,
            _ => true,
        };
        let urls: Vec<String> = top.authority_uris(oids::AD_CA_ISSUERS).take(MAX_URLS).map(str::to_owned).collect();
        let need = Need::Issuer(IssuerNeed { urls, name: top.issuer().clone() });
        if !known.iter().any(fits) && !need.urls().is_empty() && !needs.contains(&need) {
            needs.push(need);
        }
        for issuer in known {
            if reached.len() < MAX_REACHED && !reached.contains(&issuer) {
                reached.push(issuer);
            }
        }
    }
    needs
}

/// Addresses of one place that are given on.
const MAX_URLS: usize = 4;
/// Certificates above a leaf that are looked at for their issuers.
const MAX_REACHED: usize = 50;
