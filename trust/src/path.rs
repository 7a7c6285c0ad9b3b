//! From a certificate to an anchor (RFC 5280 section 6, short of revocation).
//!
//! The search goes from issuer to issuer, tries anchors before other certificates, and those whose key identifier
//! fits before the rest; identifiers are hints only. Its work is bounded whatever certificates a message brings.

use crypto::{PublicKey, SignatureAlgorithm};
use wire::x509::{KeyUsage, NameConstraints};
use wire::{Certificate, Oid, Time, oids};

use crate::algorithm::Algorithm;
use crate::clause::{Profile, SmimeBr, Violation};
use crate::constraints;
use crate::mailbox::names_address;
use crate::path_error::{Clause, PathError};
use crate::pkix;
use crate::policies::{self, is_self_issued};
use crate::policy::{Policy, Standing, Use};
use crate::profile::check_profile;
use crate::purpose::{Purpose, allows_mail, check_leaf, hash_based_signs_alone, key_kind, refuse_unless, valid_at};
use crate::request::{PathProfile, Request};

/// The certificates at hand. Nothing in `pool` is believed for being there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// Candidates for issuers, from the message and the store; the first [`MAX_POOL`] are looked at.
    pub pool: &'a [Certificate],
    /// What the user trusts: authorities, and certificates of people that were pinned.
    pub anchors: &'a [Certificate],
    /// What the user refuses to trust, whoever issued it.
    pub distrusted: &'a [Certificate],
}

/// A path that was proven from a certificate up to an anchor at one time for one purpose. Only [`validate`],
/// [`validate_with`] and [`validate_judging`] make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenPath {
    leaf: Certificate,
    anchor: Certificate,
    chain: Vec<Certificate>,
    warnings: Vec<String>,
    policies: Vec<Oid>,
}

impl ProvenPath {
    /// The certificate that was asked about.
    pub fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// Where the path ends; the leaf itself, if that is an anchor.
    pub fn anchor(&self) -> &Certificate {
        &self.anchor
    }

    /// Every certificate below the anchor, the leaf first, with the one that issued it.
    pub fn links(&self) -> impl DoubleEndedIterator<Item = (&Certificate, &Certificate)> {
        self.chain.iter().zip(self.chain.iter().skip(1))
    }

    /// The policies that the path is valid for (user-constrained-policy-set of RFC 9618), in order of their
    /// encodings; anyPolicy where nothing narrows them, none where no policy holds and none was required.
    pub fn policies(&self) -> &[Oid] {
        &self.policies
    }

    /// What the policy accepts of the signatures on the path and warns of, in its words.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Leaf first, anchor last; a single certificate, if the leaf is an anchor.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }
}

/// Proves a path from the leaf to one of the anchors for a purpose, with RFC 5280's defaults for all else:
/// [`validate_with`] for [`Request::new`].
///
/// # Errors
/// Of all failures the most telling one.
pub fn validate(
    leaf: &Certificate,
    purpose: Purpose,
    evidence: &Evidence<'_>,
    policy: &Policy,
    now: Time,
) -> Result<ProvenPath, PathError> {
    validate_with(leaf, &Request::new(purpose), evidence, policy, now)
}

/// Proves a path from the leaf to one of the anchors: signatures on every link with both algorithm fields alike,
/// validity at *now*, authorities that may be ones (cA, keyCertSign, pathLenConstraint, emailProtection where
/// extKeyUsage is given), name constraints, certificate policies, no critical extension that is not understood,
/// the profile, and the policy for every signature and key. A leaf that is itself an anchor needs no issuer.
///
/// Of an anchor everything binds but its policies, mappings and what they are constrained by: RFC 5280 section 6.1
/// does not count it to the path, and what narrows it more than that does the user no harm (RFC 5937).
///
/// At most [`MAX_SIGNATURE_CHECKS`] signatures are checked and at most [`MAX_CHAIN`] certificates make a path.
///
/// # Errors
/// Of all failures the most telling one.
pub fn validate_with(
    leaf: &Certificate,
    request: &Request,
    evidence: &Evidence<'_>,
    policy: &Policy,
    now: Time,
) -> Result<ProvenPath, PathError> {
    validate_judging(leaf, request, evidence, policy, now, &mut |_| Ok(()))
}

/// [`validate_with`], and of each path that holds the caller has the last word, such as whether a certificate on it
/// is revoked: where that fails, the search goes on to other paths.
///
/// # Errors
/// Of all failures, the caller's among them, the most telling one.
pub fn validate_judging(
    leaf: &Certificate,
    request: &Request,
    evidence: &Evidence<'_>,
    policy: &Policy,
    now: Time,
    judge: &mut dyn FnMut(&ProvenPath) -> Result<(), PathError>,
) -> Result<ProvenPath, PathError> {
    if evidence.distrusted.contains(leaf) {
        return Err(PathError::Distrusted { which: leaf.subject().to_string() });
    }
    if let Some(oid) = unprocessed_critical(leaf) {
        return Err(PathError::UnknownCritical(oid));
    }
    check_leaf(leaf, request.purpose, policy, now)?;
    let mut search = Search::new(leaf, request, evidence, policy, now, judge);
    if evidence.anchors.contains(leaf) { search.finish(&[0]).map_err(Stop::into_error) } else { search.run(leaf) }
}

struct Search<'a> {
    /// The leaf, the anchors, the pool.
    nodes: Vec<&'a Certificate>,
    anchors: usize,
    distrusted: &'a [Certificate],
    request: &'a Request,
    policy: &'a Policy,
    now: Time,
    judge: &'a mut dyn FnMut(&ProvenPath) -> Result<(), PathError>,
    /// Signatures that were checked: issuer, subject, and what came of it: what the policy warns of where it holds.
    links: Vec<(usize, usize, Result<Vec<String>, PathError>)>,
    steps: usize,
    comparisons: usize,
    policy_work: usize,
    /// The length of the longest chain that ended nowhere.
    dead_end: usize,
    /// The most telling failure so far.
    worst: Option<PathError>,
}

impl<'a> Search<'a> {
    fn new(
        leaf: &'a Certificate,
        request: &'a Request,
        evidence: &Evidence<'a>,
        policy: &'a Policy,
        now: Time,
        judge: &'a mut dyn FnMut(&ProvenPath) -> Result<(), PathError>,
    ) -> Search<'a> {
        let anchors = evidence.anchors.iter().take(MAX_ANCHORS);
        let pool = evidence.pool.iter().take(MAX_POOL);
        Search {
            nodes: std::iter::once(leaf).chain(anchors).chain(pool).collect(),
            anchors: evidence.anchors.len().min(MAX_ANCHORS),
            distrusted: evidence.distrusted,
            request,
            policy,
            now,
            judge,
            links: Vec::new(),
            steps: 0,
            comparisons: MAX_COMPARISONS,
            policy_work: MAX_POLICY_WORK,
            dead_end: 0,
            worst: None,
        }
    }

    fn run(mut self, leaf: &Certificate) -> Result<ProvenPath, PathError> {
        match self.climb(&mut vec![0]) {
            Ok(Some(path)) => Ok(path),
            Ok(None) => Err(self.worst.unwrap_or_else(|| no_issuer(leaf))),
            Err(stop) => Err(stop),
        }
    }

    /// What is asked of a chain that ends in an anchor. The leaf's time is asked late: "expired" says that the path
    /// holds otherwise.
    fn finish(&mut self, chain: &[usize]) -> Result<ProvenPath, Stop> {
        let certificates: Vec<&Certificate> = chain.iter().filter_map(|i| self.nodes.get(*i).copied()).collect();
        let (Some(leaf), Some(anchor)) = (certificates.first(), certificates.last()) else {
            return Err(Stop::Search(PathError::Budget));
        };
        self.initial_names_allowed(&certificates)?;
        let below = certificates.len().saturating_sub(1).max(1);
        let from_top: Vec<&Certificate> = certificates.iter().take(below).rev().copied().collect();
        let policies = policies::constrained(&from_top, self.request, &mut self.policy_work)?;
        for (position, certificate) in certificates.iter().take(below).enumerate() {
            let kept = keeps_profile(certificate, position == 0, self.request.profile);
            kept.map_err(if position == 0 { Stop::Search } else { Stop::Path })?;
        }
        if self.request.profile == PathProfile::SmimeBr {
            names_are_identical(&certificates)?;
        }
        self.leaf_allowed(leaf).map_err(Stop::Search)?;
        let path = ProvenPath {
            leaf: (*leaf).clone(),
            anchor: (*anchor).clone(),
            warnings: self.warnings(chain),
            policies: policies.into_iter().collect(),
            chain: certificates.into_iter().cloned().collect(),
        };
        (self.judge)(&path)?;
        Ok(path)
    }

    /// What no other path would change.
    fn leaf_allowed(&self, leaf: &Certificate) -> Result<(), PathError> {
        let which = || leaf.subject().to_string();
        if let Some(address) = self.request.address.as_ref().filter(|a| !names_address(leaf, a)) {
            return Err(PathError::OtherAddress { address: address.to_string(), which: which() });
        }
        valid_at(leaf, self.now)
    }

    fn initial_names_allowed(&mut self, certificates: &[&Certificate]) -> Result<(), PathError> {
        let limits = &self.request.constraints;
        if limits.permitted.is_empty() && limits.excluded.is_empty() {
            return Ok(());
        }
        // The anchor is not on the path, unless it is all of it.
        let below = certificates.len().saturating_sub(1).max(1);
        names_allowed(limits, certificates.iter().take(below).copied(), &mut self.comparisons)
    }

    fn warnings(&self, chain: &[usize]) -> Vec<String> {
        let mut warnings = Vec::new();
        for (subject, issuer) in chain.iter().zip(chain.iter().skip(1)) {
            let link = self.links.iter().find(|(i, s, _)| (i, s) == (issuer, subject));
            for warning in link.and_then(|(_, _, result)| result.as_ref().ok()).into_iter().flatten() {
                if !warnings.contains(warning) {
                    warnings.push(warning.clone());
                }
            }
        }
        warnings
    }

    /// Extends the chain by issuers until it ends in an anchor. The depth is that of the chain. Fails only when
    /// no other path can help: the work runs out, or the leaf is what fails.
    fn climb(&mut self, chain: &mut Vec<usize>) -> Result<Option<ProvenPath>, PathError> {
        let candidates = self.issuers_of(chain);
        if candidates.is_empty()
            && let Some(top) = self.top(chain)
        {
            self.note_end(no_issuer(top), chain.len());
        }
        for candidate in candidates {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return Err(PathError::Budget);
            }
            match self.admit(chain, candidate) {
                Ok(()) => {}
                Err(PathError::Budget) => return Err(PathError::Budget),
                Err(error) => {
                    self.note(error);
                    continue;
                }
            }
            chain.push(candidate);
            if candidate <= self.anchors {
                match self.finish(chain) {
                    Ok(path) => return Ok(Some(path)),
                    Err(Stop::Search(error)) => return Err(error),
                    Err(Stop::Path(error)) => self.note(error),
                }
            } else if chain.len() >= MAX_CHAIN {
                self.note(PathError::PathTooLong);
            } else if let Some(path) = self.climb(chain)? {
                return Ok(Some(path));
            }
            chain.pop();
        }
        Ok(None)
    }

    /// Certificates with the name that the top of the chain gives its issuer, the likeliest first. Whatever has
    /// the name and the key of one in the chain is left out: that would be a loop.
    fn issuers_of(&self, chain: &[usize]) -> Vec<usize> {
        let Some(top) = self.top(chain) else { return Vec::new() };
        let looped = |node: &Certificate| {
            chain
                .iter()
                .filter_map(|i| self.nodes.get(*i))
                .any(|c| c.subject() == node.subject() && c.public_key().der() == node.public_key().der())
        };
        let mut found: Vec<(u8, usize)> = Vec::new();
        for (i, node) in self.nodes.iter().enumerate().skip(1) {
            if node.subject().matches(top.issuer()) && !looped(node) {
                let fits = match (top.authority_key_id(), node.subject_key_id()) {
                    (Some(a), Some(s)) => u8::from(a != s) * 2,
                    _ => 1,
                };
                found.push((fits, i));
            }
        }
        found.sort_by_key(|(fits, i)| (*fits, *i));
        found.into_iter().map(|(_, i)| i).collect()
    }

    /// Whether a certificate may be the issuer of the chain so far. What costs least is asked first, and time
    /// last, so that "expired" says that the link holds otherwise.
    fn admit(&mut self, chain: &[usize], candidate: usize) -> Result<(), PathError> {
        let (Some(&issuer), Some(subject)) = (self.nodes.get(candidate), self.top(chain)) else {
            return Err(PathError::Budget);
        };
        self.may_issue(issuer, chain)?;
        let child = chain.last().copied().unwrap_or_default();
        match self.links.iter().find(|(i, s, _)| (*i, *s) == (candidate, child)) {
            Some((_, _, known)) => drop(known.clone()?),
            None => self.check_link(issuer, subject, (candidate, child))?,
        }
        self.names_allowed(issuer, chain)?;
        valid_at(issuer, self.now)
    }

    fn may_issue(&self, issuer: &Certificate, chain: &[usize]) -> Result<(), PathError> {
        let which = || issuer.subject().to_string();
        if self.distrusted.contains(issuer) {
            return Err(PathError::Distrusted { which: which() });
        }
        // An authority has a name (RFC 5280 section 4.1.2.6).
        let named = !issuer.subject().is_empty();
        let Some(constraints) = issuer.basic_constraints().filter(|b| b.ca && named) else {
            return Err(PathError::NotACa { which: which() });
        };
        let signs = issuer.key_usage().is_none_or(|ku| ku.has(KeyUsage::KEY_CERT_SIGN));
        refuse_unless(signs, issuer, Clause::NoCertSigning)?;
        hash_based_signs_alone(issuer)?;
        if self.request.purpose.is_mail() {
            allows_mail(issuer)?;
        }
        if let Some(oid) = unprocessed_critical(issuer) {
            return Err(PathError::UnknownCritical(oid));
        }
        // Self-issued certificates do not count (RFC 5280 section 6.1.4 (l)), nor does the leaf.
        let below = chain.iter().skip(1).filter_map(|i| self.nodes.get(*i)).filter(|c| !is_self_issued(c)).count();
        match constraints.path_len {
            Some(limit) if usize::try_from(limit).is_ok_and(|limit| below > limit) => Err(PathError::PathTooLong),
            _ => Ok(()),
        }
    }

    fn check_link(
        &mut self,
        issuer: &Certificate,
        subject: &Certificate,
        link: (usize, usize),
    ) -> Result<(), PathError> {
        if self.links.len() >= MAX_SIGNATURE_CHECKS {
            return Err(PathError::Budget);
        }
        let result = self.link(issuer, subject);
        self.links.push((link.0, link.1, result.clone()));
        result.map(drop)
    }

    /// What the policy warns of. A signature that fails is told as such whatever the policy thinks of its algorithm.
    fn link(&self, issuer: &Certificate, subject: &Certificate) -> Result<Vec<String>, PathError> {
        let Ok(how) = SignatureAlgorithm::from_x509(subject.signature_algorithm()) else {
            let judgement = self.policy.judge(Use::Certify, &unknown(subject), self.now);
            return Err(PathError::WeakAlgorithm { judgement: judgement.to_string() });
        };
        let kind = key_kind(issuer.public_key());
        let judgement = self.policy.judge_signature(Use::Certify, &how, &kind, self.now);
        let verified = match PublicKey::certified(issuer) {
            Some(key) => key.verify(&how, subject.tbs(), subject.signature()).map_err(|_| bad_signature(subject)),
            // Nothing can be checked with a key that the policy refuses for what it is.
            None if !judgement.is_accepted() => Ok(()),
            None => Err(bad_signature(subject)),
        };
        if !subject.signature_algorithms_agree() {
            return Err(bad_signature(subject));
        }
        match verified {
            Ok(()) if judgement.standing == Standing::Warn => {
                Ok(self.policy.signature_warnings(Use::Certify, &how, &kind, self.now))
            }
            Ok(()) if judgement.is_accepted() => Ok(Vec::new()),
            Ok(()) => Err(PathError::WeakAlgorithm { judgement: judgement.to_string() }),
            Err(failed) => Err(failed),
        }
    }

    fn names_allowed(&mut self, issuer: &Certificate, chain: &[usize]) -> Result<(), PathError> {
        let Some(limits) = issuer.name_constraints() else { return Ok(()) };
        names_allowed(limits, chain.iter().filter_map(|i| self.nodes.get(*i).copied()), &mut self.comparisons)
    }

    fn top(&self, chain: &[usize]) -> Option<&'a Certificate> {
        self.nodes.get(*chain.last()?).copied()
    }

    /// A chain that ended nowhere: of these the longest tells most.
    fn note_end(&mut self, error: PathError, length: usize) {
        let tells_as_much = self.worst.as_ref().is_none_or(|worst| worst.rank() == error.rank());
        if tells_as_much && length > self.dead_end {
            self.dead_end = length;
            self.worst = Some(error);
        }
    }

    fn note(&mut self, error: PathError) {
        if self.worst.as_ref().is_none_or(|worst| error.rank() > worst.rank()) {
            self.worst = Some(error);
        }
    }
}

/// Why a chain that ends in an anchor is none.
enum Stop {
    /// Another path may hold.
    Path(PathError),
    /// None would.
    Search(PathError),
}

impl Stop {
    fn into_error(self) -> PathError {
        match self {
            Stop::Path(error) | Stop::Search(error) => error,
        }
    }
}

impl From<PathError> for Stop {
    fn from(error: PathError) -> Stop {
        match error {
            PathError::Budget => Stop::Search(error),
            error => Stop::Path(error),
        }
    }
}

/// RFC 5280 section 6.1.3 (b), (c): every certificate below but self-issued ones, the leaf always (C-01a).
fn names_allowed<'c>(
    limits: &NameConstraints,
    below: impl Iterator<Item = &'c Certificate>,
    work: &mut usize,
) -> Result<(), PathError> {
    for (position, certificate) in below.enumerate() {
        let checked = position == 0 || !is_self_issued(certificate);
        if checked && !constraints::permits(limits, certificate, work) {
            let which = certificate.subject().to_string();
            return Err(if *work == 0 { PathError::Budget } else { PathError::NameConstraint { which } });
        }
    }
    Ok(())
}

/// Whether a certificate below the anchor keeps every clause of its profile.
fn keeps_profile(certificate: &Certificate, is_leaf: bool, profile: PathProfile) -> Result<(), PathError> {
    let which = || certificate.subject().to_string();
    if let Some(clause) = pkix::TABLE.iter().find(|clause| !(clause.holds)(certificate)) {
        return Err(PathError::Profile { violation: Violation { clause }.to_string(), which: which() });
    }
    let kind = match (profile, is_leaf) {
        (PathProfile::Pkix, _) => return Ok(()),
        (PathProfile::SmimeBr, false) => Profile::SmimeBrAuthority,
        (PathProfile::SmimeBr, true) => match SmimeBr::of(certificate) {
            Some(kind) => Profile::SmimeBr(kind),
            None => {
                let violation = "policy: exactly one policy is a reserved one (SBR §7.1.6.4)".to_owned();
                return Err(PathError::Profile { violation, which: which() });
            }
        },
    };
    match check_profile(kind, certificate).first() {
        Some(violation) => Err(PathError::Profile { violation: violation.to_string(), which: which() }),
        None => Ok(()),
    }
}

/// SBR section 7.1.4.1: each issuer is named as it names itself, octet by octet.
fn names_are_identical(chain: &[&Certificate]) -> Result<(), PathError> {
    for (subject, issuer) in chain.iter().zip(chain.iter().skip(1)) {
        if subject.issuer() != issuer.subject() {
            let violation = "names: an issuer is named in other octets than its own (SBR §7.1.4.1)".to_owned();
            return Err(PathError::Profile { violation, which: subject.subject().to_string() });
        }
    }
    Ok(())
}

/// A critical extension that nothing here processes, or one whose information is passed over: then it must not be
/// critical (RFC 5280 section 4.2).
fn unprocessed_critical(certificate: &Certificate) -> Option<Oid> {
    let passed_over = || {
        let critical = |oid: &Oid| certificate.extension(*oid).is_some_and(|e| e.critical);
        PASSED_OVER.into_iter().find(critical)
    };
    certificate.has_unknown_critical().or_else(passed_over).or_else(|| unread_policies(certificate))
}

/// Where certificatePolicies is critical, its qualifiers have to be understood (RFC 5280 section 4.2.1.4): the two
/// that are known are for people.
fn unread_policies(certificate: &Certificate) -> Option<Oid> {
    let known = [oids::QUALIFIER_CPS, oids::QUALIFIER_NOTICE];
    let unread = certificate.policy_qualifiers().iter().any(|(_, qualifier)| !known.contains(qualifier));
    let critical = certificate.extension(oids::CERTIFICATE_POLICIES).is_some_and(|e| e.critical);
    (unread && critical).then_some(oids::CERTIFICATE_POLICIES)
}

fn no_issuer(top: &Certificate) -> PathError {
    PathError::NoIssuer {
        subject: top.subject().to_string(),
        issuer: top.issuer().to_string(),
        aki: top.authority_key_id().map(<[u8]>::to_vec),
    }
}

fn bad_signature(subject: &Certificate) -> PathError {
    PathError::BadSignature { which: subject.subject().to_string() }
}

fn unknown(subject: &Certificate) -> Algorithm {
    let oid = subject.signature_algorithm().oid;
    match oid.name() {
        Some(name) => Algorithm::unknown(name),
        None => Algorithm::unknown(oid),
    }
}

/// The most certificates of a path, leaf and anchor included.
pub const MAX_CHAIN: usize = 10;
/// The most signatures that one search checks.
pub const MAX_SIGNATURE_CHECKS: usize = 100;
/// The most certificates of the pool that one search looks at.
pub const MAX_POOL: usize = 1000;
const MAX_ANCHORS: usize = 2000;
/// Candidates tried in one search, known links included.
const MAX_STEPS: usize = 2000;
/// Comparisons of names with constraints in one search.
const MAX_COMPARISONS: usize = 1 << 16;
/// Nodes and edges of policy graphs in one search.
const MAX_POLICY_WORK: usize = 1 << 14;
/// Identifiers of keys are hints here, and whatever is at the addresses is not asked for: RFC 5280 sections 4.2.1.1,
/// 4.2.1.2 and 4.2.2.1 have none of these critical.
const PASSED_OVER: [Oid; 3] =
    [oids::AUTHORITY_KEY_IDENTIFIER, oids::SUBJECT_KEY_IDENTIFIER, oids::AUTHORITY_INFO_ACCESS];
