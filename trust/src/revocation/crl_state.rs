//! What CRLs say of a certificate (RFC 5280 section 6.3.3).

use wire::crl::{Reason, RevokedEntry};
use wire::x509::{GeneralName, ReasonFlags};
use wire::{Certificate, Crl};

use super::check::{Checker, Said};
use super::evidence::MAX_CRLS;
use super::need::{Need, of_point, uris};
use super::outcome::{Doubt, Revoked};
use super::points::{Point, directory_names, is_delta_to};

impl Checker<'_> {
    /// Goes through the distribution points until every reason is covered or the certificate is found revoked.
    pub(super) fn by_crls(&mut self, certificate: &Certificate, issuer: &Certificate) -> Said {
        if self.evidence.crls.is_empty() {
            return Said::Nothing(vec![Doubt::Nothing]);
        }
        let points = Point::of(certificate);
        // What has nothing to do with the certificate is left out before anything is looked at.
        let about = |crl: &&Crl| points.iter().any(|point| point.covered_by(crl, certificate).is_some());
        let mut crls: Vec<&Crl> = self.evidence.crls.iter().take(MAX_CRLS).filter(about).collect();
        // The newest first, for whoever sent a message may have put an old one into it. Of two of one second the
        // greater number is the newer one (RFC 5280 section 5.2.3).
        let age = |crl: &Crl| (crl.this_update(), crl.number().map(|number| (number.len(), number.to_vec())));
        crls.sort_by_cached_key(|crl| std::cmp::Reverse(age(crl)));
        let (deltas, complete): (Vec<&Crl>, Vec<&Crl>) = crls.into_iter().partition(|crl| crl.base_number().is_some());
        let mut doubts = Vec::new();
        let mut covered = ReasonFlags(0);
        let mut as_of = None;
        for point in &points {
            for crl in &complete {
                let Some(interim) = point.covered_by(crl, certificate).filter(|i| !covered.has(*i)) else { continue };
                match self.by_crl(crl, &deltas, certificate, issuer) {
                    Ok(Said::Revoked { revoked, as_of }) => return Said::Revoked { revoked, as_of },
                    Ok(Said::Good { as_of: of }) => {
                        covered = covered.or(interim);
                        as_of = Some(as_of.map_or(of, |known: wire::Time| known.min(of)));
                    }
                    Ok(Said::Nothing(more)) => doubts.extend(more),
                    Err(doubt) => doubts.push(doubt),
                }
            }
        }
        match as_of {
            Some(as_of) if covered.has(ReasonFlags::ALL) => Said::Good { as_of },
            Some(_) => Said::Nothing(with(doubts, Doubt::SomeReasons)),
            None if doubts.is_empty() && !deltas.is_empty() => Said::Nothing(vec![Doubt::NoBase]),
            None => Said::Nothing(with(doubts, Doubt::Nothing)),
        }
    }

    /// What one complete CRL says, with the newest delta CRL that can be put upon it.
    fn by_crl(
        &mut self,
        crl: &Crl,
        deltas: &[&Crl],
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<Said, Doubt> {
        let signer = self.signer_of(crl, issuer)?;
        let mut delta = None;
        for candidate in deltas.iter().filter(|delta| is_delta_to(delta, crl)) {
            let usable = self.fresh(DELTA, candidate.this_update(), candidate.next_update()).is_ok()
                && self.is_signed_by(candidate, &signer).is_ok();
            if usable {
                delta = Some(*candidate);
                break;
            }
        }
        if delta.is_none() {
            self.need_delta(crl, certificate);
        }
        // (i), (j): what the delta CRL says counts, and only where it is silent the complete one.
        let in_delta = delta.and_then(|delta| entry(delta, certificate));
        let found = in_delta.or_else(|| entry(crl, certificate));
        let newest = delta.unwrap_or(crl);
        let as_of = newest.this_update();
        // Whoever lists it has revoked it, even if the list is overdue or says more than is understood.
        let current = self.fresh(CRL, newest.this_update(), newest.next_update());
        let unknown = delta.and_then(Crl::unknown_critical).or(crl.unknown_critical());
        match found.filter(|entry| entry.reason != Reason::RemoveFromCrl) {
            Some(entry) if !matches!(current, Err(Doubt::NotYet { .. })) => {
                let revoked = Revoked { at: entry.at, reason: entry.reason, invalid_since: entry.invalid_since };
                Ok(Said::Revoked { revoked, as_of })
            }
            _ => {
                current?;
                if let Some(oid) = unknown {
                    return Err(Doubt::UnknownCritical { what: CRL, oid });
                }
                self.still_listed(newest, certificate)?;
                Ok(Said::Good { as_of })
            }
        }
    }

    /// A list from after the certificate's end need not hold it any more (RFC 5280 section 3.3), unless it says so.
    fn still_listed(&self, crl: &Crl, certificate: &Certificate) -> Result<(), Doubt> {
        let end = certificate.not_after();
        let kept = crl.expired_since().is_some_and(|since| since <= end);
        if crl.this_update() <= end || kept { Ok(()) } else { Err(Doubt::Archived { what: CRL }) }
    }

    fn need_delta(&mut self, crl: &Crl, certificate: &Certificate) {
        let points = certificate.freshest_crl().iter().chain(crl.freshest_crl());
        let needs: Vec<Need> = points.filter_map(|point| of_point(point, certificate, true)).collect();
        for need in needs {
            self.need(need);
        }
    }

    /// Asks for the certificate of whoever signs a CRL, if the CRL says where it is.
    pub(super) fn need_signer(&mut self, crl: &Crl) {
        let locations = crl.authority_information().iter();
        let names: Vec<GeneralName> =
            locations.filter(|(how, _)| *how == wire::oids::AD_CA_ISSUERS).map(|(_, name)| name.clone()).collect();
        let urls = uris(&names);
        if !urls.is_empty() {
            self.need(Need::Issuer(super::need::IssuerNeed { urls, name: crl.issuer().clone() }));
        }
    }
}

/// The certificate's entry: by serial number and by the issuer that holds at that place of the list (RFC 5280 section
/// 5.3.3). Of several the one that revokes it first.
fn entry(crl: &Crl, certificate: &Certificate) -> Option<RevokedEntry> {
    let by_issuer = |issuer: &Option<Vec<GeneralName>>| match issuer {
        None => crl.issuer().matches(certificate.issuer()),
        Some(names) => directory_names(names).any(|name| name.matches(certificate.issuer())),
    };
    let mut entries: Vec<RevokedEntry> =
        crl.find(certificate.serial()).filter(|(_, issuer)| by_issuer(issuer)).map(|(entry, _)| entry).collect();
    entries.sort_by_key(|entry| (entry.reason == Reason::RemoveFromCrl, entry.at));
    entries.into_iter().next()
}

fn with(mut doubts: Vec<Doubt>, last: Doubt) -> Vec<Doubt> {
    doubts.push(last);
    doubts
}

pub(super) const CRL: &str = "CRL";
const DELTA: &str = "delta CRL";
