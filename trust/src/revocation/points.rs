//! Which CRL speaks of which certificate: distribution points, scopes and names (RFC 5280 section 6.3.3 (b), (d)).

use wire::crl::IssuingDistributionPoint;
use wire::x509::{DistributionPoint, GeneralName, ReasonFlags};
use wire::{Certificate, Crl, Name};

/// A distribution point with its names put together.
#[derive(Debug, Clone)]
pub(super) struct Point {
    /// Its names; empty where it has none.
    names: Vec<GeneralName>,
    /// The reasons for which its CRL speaks.
    reasons: ReasonFlags,
    /// The names of the CRL's issuer, where that is not the certificate's.
    issuers: Vec<Name>,
}

impl Point {
    /// The points that a certificate names, and last the one that every issuer has: a CRL of its own name, for all
    /// reasons.
    pub fn of(certificate: &Certificate) -> Vec<Point> {
        let named = certificate.crl_distribution_points().iter().take(MAX_POINTS);
        let mut points: Vec<Point> = named.map(|point| Point::from(point, certificate.issuer())).collect();
        points.push(Point {
            names: vec![GeneralName::Directory(certificate.issuer().clone())],
            reasons: ReasonFlags::ALL,
            issuers: Vec::new(),
        });
        points
    }

    fn from(point: &DistributionPoint, issuer: &Name) -> Point {
        let issuers: Vec<Name> = directory_names(&point.crl_issuer).cloned().collect();
        let mut names = point.full_name.clone();
        if let Some(rdn) = &point.relative {
            // Relative to the CRL's issuer, of which there is exactly one then (RFC 5280 section 4.2.1.13).
            let base = issuers.first().unwrap_or(issuer);
            names.extend(base.with_rdn(rdn).ok().map(GeneralName::Directory));
        }
        Point { names, reasons: point.reasons.unwrap_or(ReasonFlags::ALL), issuers }
    }

    /// The reasons for which the CRL speaks of this certificate by way of this point; `None` where it does not.
    pub fn covered_by(&self, crl: &Crl, certificate: &Certificate) -> Option<ReasonFlags> {
        let scope = crl.scope();
        // (b) (1)
        if self.issuers.is_empty() {
            if !crl.issuer().matches(certificate.issuer()) {
                return None;
            }
        } else if !self.issuers.iter().any(|name| name.matches(crl.issuer())) || !scope.is_some_and(|s| s.indirect) {
            return None;
        }
        let Some(scope) = scope else { return Some(self.reasons) };
        // (b) (2)
        let authority = certificate.basic_constraints().is_some_and(|b| b.ca);
        if !self.is_named_by(scope, crl)
            || (scope.only_users && authority)
            || (scope.only_authorities && !authority)
            || scope.only_attributes
        {
            return None;
        }
        Some(self.reasons.and(scope.reasons.unwrap_or(ReasonFlags::ALL))) // (d)
    }

    /// (b) (2) (i): one name in common, or of the CRL's issuer where the point has none.
    fn is_named_by(&self, scope: &IssuingDistributionPoint, crl: &Crl) -> bool {
        if !scope.is_named() {
            return true;
        }
        let mut named = scope.full_name.clone();
        if let Some(rdn) = &scope.relative {
            named.extend(crl.issuer().with_rdn(rdn).ok().map(GeneralName::Directory));
        }
        let has = |wanted: &GeneralName| named.iter().any(|name| same_name(name, wanted));
        if self.names.is_empty() {
            self.issuers.iter().any(|name| has(&GeneralName::Directory(name.clone())))
        } else {
            self.names.iter().any(has)
        }
    }
}

/// The names among these that are distinguished ones.
pub(super) fn directory_names(names: &[GeneralName]) -> impl Iterator<Item = &Name> {
    names.iter().filter_map(|name| match name {
        GeneralName::Directory(name) => Some(name),
        _ => None,
    })
}

/// Whether a delta CRL may be put upon a complete one (RFC 5280 sections 5.2.4 and 6.3.3 (c)); whether both are by one
/// key is for their signatures to say.
pub(super) fn is_delta_to(delta: &Crl, complete: &Crl) -> bool {
    let (Some(base), Some(number), Some(own)) = (delta.base_number(), delta.number(), complete.number()) else {
        return false;
    };
    complete.base_number().is_none()
        && delta.issuer().matches(complete.issuer())
        && delta.scope() == complete.scope()
        && delta.authority_key_id() == complete.authority_key_id()
        && !less(own, base)
        && less(own, number)
}

/// Of two magnitudes without leading zeros.
fn less(a: &[u8], b: &[u8]) -> bool {
    (a.len(), a) < (b.len(), b)
}

fn same_name(a: &GeneralName, b: &GeneralName) -> bool {
    match (a, b) {
        (GeneralName::Directory(a), GeneralName::Directory(b)) => a.matches(b),
        _ => a == b,
    }
}

const MAX_POINTS: usize = 20;
