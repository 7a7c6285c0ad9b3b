//! The certificates of a path, one by one, and what each source says of them.

use wire::crl::Reason;
use wire::{Certificate, Time};

use super::evidence::RevocationEvidence;
use super::need::{Need, needs_of};
use super::outcome::{CertificateRevocation, Doubt, RevocationOutcome, RevocationSource, RevocationState, Revoked};
use crate::path::{Evidence, ProvenPath};
use crate::policy::Policy;

/// The times that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// Now: evidence has to be fresh at this time.
    pub now: Time,
    /// When what the certificate vouches for is proven to have existed, by a time-stamp token. A certificate that was
    /// revoked after it counts as good; without one, whatever is revoked now is revoked for everything, since a
    /// signer's own word on the time is worth nothing once the key is in other hands.
    pub stamped: Option<Time>,
}

impl When {
    /// Without a time stamp.
    pub fn now(now: Time) -> When {
        When { now, stamped: None }
    }
}

/// Judges each certificate of a proven path but its anchor. `others` are the certificates at hand that the path was
/// built from; who signs a CRL is looked for among them, and has to come from the anchor of the path (RFC 5280 section
/// 6.3.3 (f)).
pub fn check_revocation(
    path: &ProvenPath,
    others: &Evidence<'_>,
    evidence: &RevocationEvidence,
    policy: &Policy,
    when: When,
) -> RevocationOutcome {
    let mut checker = Checker {
        path,
        others: *others,
        evidence,
        policy,
        when,
        asking: Vec::new(),
        work: MAX_WORK,
        needs: Vec::new(),
    };
    let certificates = path.links().map(|(certificate, issuer)| checker.certificate(certificate, issuer)).collect();
    RevocationOutcome { certificates, needs: checker.needs }
}

/// Asks, lets `fetch` get what is missing, and asks again, until nothing more comes: at most [`MAX_ROUNDS`] times, for
/// the signer of what was fetched may itself have to be looked up. What was fetched is added to `evidence`.
///
/// # Errors
/// Whatever `fetch` fails with.
pub fn settle_revocation<E>(
    path: &ProvenPath,
    others: &Evidence<'_>,
    evidence: &mut RevocationEvidence,
    policy: &Policy,
    when: When,
    mut fetch: impl FnMut(&[Need]) -> Result<RevocationEvidence, E>,
) -> Result<RevocationOutcome, E> {
    let mut outcome = check_revocation(path, others, evidence, policy, when);
    let mut asked: Vec<Need> = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let mut new: Vec<Need> = outcome.needs.iter().filter(|need| !asked.contains(need)).cloned().collect();
        if new.is_empty() {
            // What came for these did not help. Whoever put a false list or answer where they are fetched from must not
            // have it stand for as long as it says.
            new = outcome.needs.iter().map(Need::newer).filter(|need| !asked.contains(need)).collect();
        }
        if new.is_empty() || !evidence.take(fetch(&new)?) {
            break;
        }
        asked.extend(new);
        outcome = check_revocation(path, others, evidence, policy, when);
    }
    Ok(outcome)
}

/// What one source says of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    Good { as_of: Time },
    Revoked { revoked: Revoked, as_of: Time },
    Nothing(Vec<Doubt>),
}

pub(super) struct Checker<'a> {
    pub path: &'a ProvenPath,
    pub others: Evidence<'a>,
    pub evidence: &'a RevocationEvidence,
    pub policy: &'a Policy,
    pub when: When,
    /// Certificates whose state is being asked for: who signs the CRL that speaks of himself ends the circle.
    asking: Vec<Certificate>,
    /// Signatures that may still be checked.
    work: usize,
    pub needs: Vec<Need>,
}

impl Checker<'_> {
    /// The state of a certificate that this issuer's key signed.
    pub fn certificate(&mut self, certificate: &Certificate, issuer: &Certificate) -> CertificateRevocation {
        let is =
            |state, source, as_of| CertificateRevocation { certificate: certificate.clone(), state, source, as_of };
        let own = self.evidence.revoked.iter().find(|(of, revoked)| of == certificate && revoked.at <= self.when.now);
        if let Some((_, revoked)) = own {
            let state = match self.is_later(revoked) {
                true => RevocationState::RevokedLater(*revoked),
                false => RevocationState::Revoked(*revoked),
            };
            return is(state, RevocationSource::OwnAuthority, None);
        }
        // Not for authorities, whose certificates must not say so (RFC 9608 section 2).
        let authority = certificate.basic_constraints().is_some_and(|b| b.ca);
        if certificate.no_revocation_available() && !authority {
            return is(RevocationState::Good, RevocationSource::NoneAvailable, None);
        }
        if self.asking.len() >= MAX_DEPTH {
            return is(RevocationState::Undetermined(vec![Doubt::Budget]), RevocationSource::Nothing, None);
        }
        self.asking.push(certificate.clone());
        let by_crl = self.by_crls(certificate, issuer);
        let by_ocsp = self.by_ocsp(certificate, issuer);
        self.asking.pop();
        let (said, source) = prevailing(by_crl, by_ocsp);
        match said {
            Said::Good { as_of } => is(RevocationState::Good, source, Some(as_of)),
            Said::Revoked { revoked, as_of } if self.is_later(&revoked) => {
                is(RevocationState::RevokedLater(revoked), source, Some(as_of))
            }
            Said::Revoked { revoked, as_of } => is(RevocationState::Revoked(revoked), source, Some(as_of)),
            Said::Nothing(mut doubts) => {
                for need in needs_of(certificate, issuer) {
                    self.need(need);
                }
                doubts.sort_by_key(|doubt| std::cmp::Reverse(doubt.rank()));
                doubts.dedup();
                is(RevocationState::Undetermined(doubts), RevocationSource::Nothing, None)
            }
        }
    }

    /// Whether a state of this certificate is being asked for further up.
    pub fn is_asking(&self, certificate: &Certificate) -> bool {
        self.asking.contains(certificate)
    }

    /// Takes the work of checking one signature; `false` where none is left.
    pub fn spend(&mut self) -> bool {
        let left = self.work > 0;
        self.work = self.work.saturating_sub(1);
        left
    }

    /// Notes something that could be fetched.
    pub fn need(&mut self, need: Need) {
        if self.needs.len() < MAX_NEEDS && !self.needs.contains(&need) {
            self.needs.push(need);
        }
    }

    /// Whether evidence of this age may say "good": it is of the past, its next update is not overdue, and it is not
    /// older than the policy allows. Of what is time-stamped, evidence from after the stamp tells the state at the
    /// stamp, however old it is.
    pub fn fresh(&self, what: &'static str, of: Time, next: Option<Time>) -> Result<(), Doubt> {
        let now = self.when.now;
        if of.0 > now.0.saturating_add(SKEW) {
            return Err(Doubt::NotYet { what, of });
        }
        if self.when.stamped.is_some_and(|stamped| of >= stamped) {
            return Ok(());
        }
        if let Some(next) = next.filter(|next| *next < now) {
            return Err(Doubt::Stale { what, next });
        }
        let longest = match next {
            Some(_) => self.policy.revocation().max_age,
            None => Some(self.policy.revocation().max_age.unwrap_or(AGE_WITHOUT_END)),
        };
        match longest {
            Some(age) if of.0.saturating_add(age) < now.0 => Err(Doubt::Old { what, of }),
            _ => Ok(()),
        }
    }

    /// Whether it was revoked after the moment that a time stamp proves, and its key was in good hands until then.
    fn is_later(&self, revoked: &Revoked) -> bool {
        let since = revoked.invalid_since.map_or(revoked.at, |invalid| invalid.min(revoked.at));
        self.when.stamped.is_some_and(|stamped| stamped < since)
    }
}

/// "Revoked" prevails, whoever says it; a certificate that was only on hold may have come back since.
fn prevailing(by_crl: Said, by_ocsp: Said) -> (Said, RevocationSource) {
    let (crl, ocsp) = (RevocationSource::Crl, RevocationSource::Ocsp);
    match (by_crl, by_ocsp) {
        (Said::Revoked { revoked, as_of }, Said::Good { as_of: since })
            if revoked.reason == Reason::CertificateHold && as_of < since =>
        {
            (Said::Good { as_of: since }, ocsp)
        }
        (Said::Good { as_of: since }, Said::Revoked { revoked, as_of })
            if revoked.reason == Reason::CertificateHold && as_of < since =>
        {
            (Said::Good { as_of: since }, crl)
        }
        (said @ Said::Revoked { .. }, _) => (said, crl),
        (_, said @ Said::Revoked { .. }) => (said, ocsp),
        (Said::Good { as_of }, Said::Good { as_of: other }) if as_of < other => (Said::Good { as_of: other }, ocsp),
        (said @ Said::Good { .. }, _) => (said, crl),
        (_, said @ Said::Good { .. }) => (said, ocsp),
        (Said::Nothing(mut doubts), Said::Nothing(more)) => {
            doubts.extend(more);
            (Said::Nothing(doubts), RevocationSource::Nothing)
        }
    }
}

/// How far clocks may differ, in seconds.
pub(super) const SKEW: i64 = 300;
/// How long what names no next update is believed, in seconds.
const AGE_WITHOUT_END: i64 = 86_400;
/// Signatures that are checked for one path.
const MAX_WORK: usize = 100;
/// Signers of signers of CRLs.
const MAX_DEPTH: usize = 5;
const MAX_NEEDS: usize = 50;
/// How often what is missing is fetched.
const MAX_ROUNDS: usize = 5;
