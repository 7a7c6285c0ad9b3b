//! The loop in which a certificate is judged: a path, what is missing for it, getting that, and asking again.

use std::convert::Infallible;
use std::fmt;

use wire::Certificate;

use crate::path::{Evidence, ProvenPath, validate_judging};
use crate::path_error::PathError;
use crate::policy::Policy;
use crate::purpose::{check_leaf, valid_at};
use crate::request::Request;
use crate::revocation::{
    Need, RevocationEvidence, RevocationOutcome, Revoked, When, missing_issuers, settle_revocation,
};

/// A certificate that is asked about, and what it is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The certificate.
    pub leaf: &'a Certificate,
    /// What is asked of the path.
    pub request: &'a Request,
    /// The certificates at hand.
    pub evidence: Evidence<'a>,
    /// The rules.
    pub policy: &'a Policy,
    /// When: a path is looked for as of the time that a stamp proves, where there is one.
    pub when: When,
}

/// Gets what it can of what is missing; nothing of it is believed for being there.
pub type Getting<'a> = dyn FnMut(&[Need]) -> RevocationEvidence + 'a;

/// A path that holds as far as its certificates tell. Whoever has the last word may ask whether one of them is revoked.
pub struct Candidate<'c> {
    path: &'c ProvenPath,
    question: &'c Question<'c>,
    known: &'c mut RevocationEvidence,
    get: &'c mut Getting<'c>,
}

impl Candidate<'_> {
    /// The path.
    pub fn path(&self) -> &ProvenPath {
        self.path
    }

    /// Takes into account what is known here at first hand: that an authority of the user's own revoked some of its
    /// certificates.
    pub fn tell(&mut self, own: impl Fn(&Certificate) -> Option<Revoked>) {
        let told = self.path.chain().iter().filter_map(|c| Some((c.clone(), own(c)?)));
        self.known.take(RevocationEvidence { revoked: told.collect(), ..RevocationEvidence::default() });
    }

    /// What is known of the revocation of its certificates once nothing more is to be had, by [`settle_revocation`].
    pub fn revocation(&mut self) -> RevocationOutcome {
        let Question { evidence, policy, when, .. } = self.question;
        let get = |needs: &[Need]| Ok::<_, Infallible>((self.get)(needs));
        let Ok(outcome) = settle_revocation(self.path, evidence, self.known, policy, *when, get);
        outcome
    }

    /// Whether no CRL and no answer is at hand.
    pub fn knows_nothing(&self) -> bool {
        self.known.crls.is_empty() && self.known.ocsp.is_empty() && self.known.revoked.is_empty()
    }
}

impl fmt::Debug for Candidate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate").field("path", self.path).finish_non_exhaustive()
    }
}

impl Question<'_> {
    /// Looks for a path of which `judge` has the last word; where none holds, gets the issuers that the certificates
    /// point to (RFC 5280 section 4.2.2.1) and begins again, at most [`MAX_ISSUERS`] times. CRLs and answers that come
    /// are added to `known`.
    ///
    /// # Errors
    /// Of all failures, those of `judge` among them, the most telling one.
    pub fn settle(
        &self,
        known: &mut RevocationEvidence,
        get: &mut Getting<'_>,
        judge: &mut dyn FnMut(&mut Candidate<'_>) -> Result<(), PathError>,
    ) -> Result<ProvenPath, PathError> {
        let mut asked: Vec<Need> = Vec::new();
        let mut pool: Vec<Certificate> = Vec::new();
        loop {
            let grown = match pool.is_empty() {
                true => *self,
                false => Question { evidence: Evidence { pool: &pool, ..self.evidence }, ..*self },
            };
            let path = grown.once(known, get, judge);
            if path.as_ref().map_or_else(|error| asked.len() >= MAX_ISSUERS || grown.is_final(error), |_| true) {
                return path;
            }
            let missing = missing_issuers(self.leaf, &grown.evidence);
            let needs: Vec<Need> = missing.into_iter().filter(|need| !asked.contains(need)).collect();
            if needs.is_empty() {
                return path;
            }
            let mut next: Vec<Certificate> = get(&needs).certificates;
            next.retain(|certificate| !grown.evidence.pool.contains(certificate));
            if next.is_empty() {
                return path;
            }
            // What was just fetched goes first: the pool that is looked at has an end.
            next.extend_from_slice(grown.evidence.pool);
            pool = next;
            // Each round climbs one step, and a path of more than three fetched issuers is nobody's.
            asked.extend(needs);
        }
    }

    fn once(
        &self,
        known: &mut RevocationEvidence,
        get: &mut Getting<'_>,
        judge: &mut dyn FnMut(&mut Candidate<'_>) -> Result<(), PathError>,
    ) -> Result<ProvenPath, PathError> {
        let mut last =
            |path: &ProvenPath| judge(&mut Candidate { path, question: self, known: &mut *known, get: &mut *get });
        validate_judging(self.leaf, self.request, &self.evidence, self.policy, self.at(), &mut last)
    }

    /// Whether no issuer that could be fetched would change it.
    fn is_final(&self, error: &PathError) -> bool {
        let last = matches!(error, PathError::Distrusted { .. } | PathError::Revoked { .. } | PathError::Budget);
        let purpose = self.request.purpose;
        last || valid_at(self.leaf, self.at()).is_err()
            || check_leaf(self.leaf, purpose, self.policy, self.at()).is_err()
    }

    fn at(&self) -> wire::Time {
        self.when.stamped.unwrap_or(self.when.now)
    }
}

/// Issuers that are fetched on the way to an anchor.
const MAX_ISSUERS: usize = 3;
