//! Whether a certificate is believed: its path, revocation, and what a time stamp saves.

use cms::{SignedFacts, TimeStamp, check_time_stamp};
use trust::{
    Candidate, Evidence, Fetch, Need, OcspAnswer, PathError, Policy, ProvenPath, Purpose, Question, Request,
    RevocationEvidence, When,
};
use wire::cms::SignerInfo;
use wire::{Certificate, Time};

use crate::keyring::Keyring;

/// What certificates are believed by.
pub(crate) struct Believer<'a> {
    pub policy: &'a Policy,
    pub now: Time,
    pub keyring: &'a dyn Keyring,
    pub anchors: &'a [Certificate],
    pub intermediates: &'a [Certificate],
    /// CRLs and answers beside those of the message and of the keyring.
    pub known: &'a RevocationEvidence,
    /// Where the keyring may get more.
    pub fetch: Fetch,
}

/// What came of a certificate.
#[derive(Debug)]
pub(crate) struct Belief {
    pub path: Result<ProvenPath, PathError>,
    /// `good | revoked | unknown | not-checked`.
    pub revocation: &'static str,
    /// Where that is `unknown`: of which certificate nobody can tell, if it is an authority's, and why.
    pub doubt: Option<(Option<String>, String)>,
}

/// A time stamp by somebody who is believed.
#[derive(Debug)]
pub(crate) struct Stamp {
    /// By when the signature existed at the latest.
    pub at: Time,
    /// The authority's name.
    pub by: String,
}

impl Believer<'_> {
    /// The path of a signer's certificate to an anchor, now, or as of the time that a stamp proves, with what is known
    /// of each certificate's revocation.
    pub fn believe(&self, certificate: &Certificate, facts: &SignedFacts, stamped: Option<Time>) -> Belief {
        self.believe_for(certificate, Purpose::SignMail, facts, stamped)
    }

    /// The same for another purpose than believing a signature.
    pub fn believe_for(
        &self,
        certificate: &Certificate,
        purpose: Purpose,
        facts: &SignedFacts,
        stamped: Option<Time>,
    ) -> Belief {
        let mut known = self.evidence(&facts.crls);
        known.ocsp.extend(facts.ocsp.iter().cloned().map(OcspAnswer::kept));
        let pool = self.pool(&facts.certificates);
        let evidence = Evidence { pool: &pool, anchors: self.anchors, ..Evidence::default() };
        self.prove(certificate, purpose, &evidence, known, stamped)
    }

    /// Whether a certificate of a person is believed, or was when its time ended or before it was revoked.
    pub fn was_believed(&self, certificate: &Certificate) -> bool {
        let believer = Believer { fetch: Fetch::Never, ..*self };
        let evidence = Evidence { pool: self.intermediates, anchors: self.anchors, ..Evidence::default() };
        let over = Some(certificate.not_after()).filter(|end| *end < self.now);
        let belief = believer.prove(certificate, Purpose::Mail, &evidence, self.known.clone(), over);
        matches!(belief.path, Ok(_) | Err(PathError::Revoked { .. }))
    }

    /// The time stamp beside a signature that holds, if its authority is believed now; `Err` says in words why it proves
    /// nothing, `None` that there is none.
    pub fn stamp(&self, info: &SignerInfo, facts: &SignedFacts) -> Option<Result<Stamp, String>> {
        let others: Vec<Certificate> =
            facts.certificates.iter().chain(self.intermediates).chain(self.anchors).cloned().collect();
        let checked = check_time_stamp(info, &others, self.policy, self.now)?;
        Some(checked.map_err(|fault| fault.to_string()).and_then(|stamp| self.by_authority(stamp, facts)))
    }

    fn by_authority(&self, stamp: TimeStamp, facts: &SignedFacts) -> Result<Stamp, String> {
        let TimeStamp { at, certificate, certificates, crls } = stamp;
        let pool = self.pool(&[certificates, facts.certificates.clone()].concat());
        let evidence = Evidence { pool: &pool, anchors: self.anchors, ..Evidence::default() };
        let known = self.evidence(&[crls, facts.crls.clone()].concat());
        let belief = self.prove(&certificate, Purpose::Any, &evidence, known, None);
        let by = certificate.subject().to_string();
        belief.path.map(|_| Stamp { at, by }).map_err(|error| format!("its authority is not trusted: {error}"))
    }

    fn evidence(&self, crls: &[wire::Crl]) -> RevocationEvidence {
        let mut known = self.known.clone();
        known.crls.extend_from_slice(crls);
        known
    }

    fn pool(&self, brought: &[Certificate]) -> Vec<Certificate> {
        brought.iter().take(MAX_POOL).chain(self.intermediates).cloned().collect()
    }

    /// The path of a certificate for a purpose, of which nothing is revoked as far as is `known` or the keyring tells.
    pub fn prove(
        &self,
        certificate: &Certificate,
        purpose: Purpose,
        evidence: &Evidence<'_>,
        mut known: RevocationEvidence,
        stamped: Option<Time>,
    ) -> Belief {
        let refused = |c: &Certificate| PathError::Distrusted { which: c.subject().to_string() };
        if self.keyring.is_distrusted(certificate) {
            return Belief { path: Err(refused(certificate)), revocation: "not-checked", doubt: None };
        }
        let when = When { now: self.now, stamped };
        let (mut revocation, mut doubt) = ("not-checked", None);
        // A store that fails says nothing; what is at hand still counts.
        let mut get = |needs: &[Need]| self.keyring.revocation(needs, self.fetch).unwrap_or_default();
        let mut judge = |candidate: &mut Candidate<'_>| {
            if let Some(c) = candidate.path().chain().iter().find(|c| self.keyring.is_distrusted(c)) {
                return Err(refused(c));
            }
            candidate.tell(|certificate| self.keyring.revoked_here(certificate));
            let outcome = candidate.revocation();
            // Where there is nothing at hand and nobody asked further, nothing was checked.
            let nobody_looked = candidate.knows_nothing() && self.fetch != Fetch::Fetch;
            let word = outcome.word();
            revocation = if word == "unknown" && nobody_looked { "not-checked" } else { word };
            doubt = outcome.undetermined().filter(|_| revocation == "unknown").map(|(of, why)| {
                let authority = (of.certificate != *certificate).then(|| of.certificate.subject().to_string());
                (authority, why.to_string())
            });
            outcome.judge(self.policy.revocation())
        };
        let request = Request::new(purpose);
        let question =
            Question { leaf: certificate, request: &request, evidence: *evidence, policy: self.policy, when };
        let path = question.settle(&mut known, &mut get, &mut judge);
        Belief { path, revocation, doubt }
    }
}

/// Certificates of a message used to build paths (standards.md §19).
const MAX_POOL: usize = 90;
