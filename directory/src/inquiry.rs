//! A certificate that somebody asks about, judged with all that can be had (the loop is [`trust::Question::settle`]).

use trust::{
    Candidate, CertificateRevocation, Doubt, Evidence, Fetch, Need, PathError, Policy, ProvenPath, Question, Request,
    RevocationEvidence, RevocationMode, RevocationOutcome, RevocationState, When,
};
use wire::{Certificate, Time, oids};

use crate::directory::Directory;
use crate::gather::Gatherer;

/// A certificate that is asked about, and all that is at hand about it.
#[derive(Debug)]
pub struct Inquiry<'a> {
    /// The certificate.
    pub leaf: &'a Certificate,
    /// What is asked of the path.
    pub request: &'a Request,
    /// Candidates for issuers.
    pub pool: &'a [Certificate],
    /// Whom the user trusts.
    pub anchors: &'a [Certificate],
    /// What is never to be used.
    pub distrusted: &'a [Certificate],
    /// CRLs and OCSP answers at hand.
    pub evidence: RevocationEvidence,
    /// The rules.
    pub policy: &'a Policy,
    /// When.
    pub now: Time,
    /// Where more may come from.
    pub how: Fetch,
    /// What it means that nobody can tell; `None`: revocation is not looked at.
    pub doubt: Option<InDoubt>,
}

/// What it means that nobody can tell whether a certificate of the path is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InDoubt {
    /// It is not believed.
    Refused,
    /// It is believed only where its issuer never said where to ask and nothing at hand speaks of it, as certificates of
    /// small authorities of one's own are.
    RefusedIfItCouldBeAsked,
    /// It is believed.
    Tolerated,
}

/// What came of it.
#[derive(Debug)]
pub struct Answer {
    /// The path, or why there is none.
    pub path: Result<ProvenPath, PathError>,
    /// The last path whose revocation was asked for: that path, or the one that failed by it. Leaf first, anchor last.
    pub chain: Vec<Certificate>,
    /// What is known of the revocation of that path; `None` where it was not looked at.
    pub revocation: Option<RevocationOutcome>,
}

/// Judges: looks for a path, asks for the revocation of each that holds, and goes on to other paths where that fails;
/// where no path can be built, fetches issuers that the certificates point to, and begins again.
pub fn inquire(inquiry: &Inquiry<'_>, directory: Option<&Directory>, gatherer: &Gatherer) -> Answer {
    let (policy, how, doubt) = (inquiry.policy, inquiry.how, inquiry.doubt);
    let evidence = Evidence { pool: inquiry.pool, anchors: inquiry.anchors, distrusted: inquiry.distrusted };
    let when = When::now(inquiry.now);
    let question = Question { leaf: inquiry.leaf, request: inquiry.request, evidence, policy, when };
    let (mut chain, mut revocation) = (Vec::new(), None);
    let mut get = |needs: &[Need]| gatherer.gather(directory.map(|d| &d.store), needs, how);
    let mut last = |candidate: &mut Candidate<'_>| {
        let Some(doubt) = doubt else { return Ok(()) };
        candidate.tell(|certificate| directory.and_then(|directory| directory.revoked_by_own(certificate)));
        let outcome = candidate.revocation();
        let judged = judge(&outcome, policy, doubt);
        (chain, revocation) = (candidate.path().chain().to_vec(), Some(outcome));
        judged
    };
    let path = question.settle(&mut inquiry.evidence.clone(), &mut get, &mut last);
    if let Ok(path) = &path {
        chain = path.chain().to_vec();
    }
    Answer { path, chain, revocation }
}

fn judge(outcome: &RevocationOutcome, policy: &Policy, doubt: InDoubt) -> Result<(), PathError> {
    outcome.judge(policy.revocation())?;
    let hard = policy.revocation().mode == RevocationMode::Hard || doubt == InDoubt::Refused;
    for of in &outcome.certificates {
        let RevocationState::Undetermined(doubts) = &of.state else { continue };
        if hard || (doubt == InDoubt::RefusedIfItCouldBeAsked && could_be_asked(of, doubts)) {
            let which = of.certificate.subject().to_string();
            let why = doubts.first().unwrap_or(&Doubt::Nothing).to_string();
            return Err(PathError::RevocationUnknown { which, why });
        }
    }
    Ok(())
}

/// Whether the certificate says where its revocation can be looked up, or something at hand speaks of it and does not
/// settle it.
fn could_be_asked(of: &CertificateRevocation, doubts: &[Doubt]) -> bool {
    let certificate = &of.certificate;
    let points = !certificate.crl_distribution_points().is_empty()
        || certificate.authority_information().iter().any(|(method, _)| *method == oids::AD_OCSP);
    points || doubts.iter().any(|doubt| *doubt != Doubt::Nothing)
}
