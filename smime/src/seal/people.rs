//! Whose keys seal a mail: everyone who must be able to read it, and the one who signs.

use std::sync::Arc;

use cms::{Capabilities, KeyPreference, OwnKey, Signer, default_signature_algorithm, own_capabilities};
use crypto::{Curve, KeyKind, SignatureAlgorithm};
use trust::{
    Address, Evidence, PathError, Policy, Purpose, RevocationEvidence, Use, names_address, usable_for_encryption,
    usable_for_signing,
};
use wire::cms::{Attribute, RecipientId};
use wire::{Certificate, Time};

use crate::belief::Believer;
use crate::keyring::{Keyring, KnownCapabilities, SigningIdentity};
use crate::remembered::{Remembered, Standing};
use crate::seal::error::{NotUsed, SealError, Unusable, WhyNotUsed, WhyUnusable};
use crate::seal::known::{Knowledge, Person, is_modern, is_post_quantum};
use crate::strengths::Strengths;

/// What decides about certificates.
#[derive(Clone, Copy)]
pub(crate) struct Judge<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) keyring: &'a dyn Keyring,
    pub(crate) now: Time,
}

/// Who signs: one key, or a classical and a post-quantum one side by side.
pub(crate) struct Author {
    signers: Vec<OneKey>,
    chain: Vec<Certificate>,
    /// The certificate to encrypt to, where it is another than the one that signs.
    preferred: Option<Certificate>,
}

/// A key that signs, and how.
struct OneKey {
    key: Arc<OwnKey>,
    certificate: Certificate,
    algorithm: SignatureAlgorithm,
}

impl Judge<'_> {
    /// The certificates of each of these addresses and what they read, or everyone who has none. The sender's are those
    /// whose keys are here, if there are any: the copy is for this desk to read.
    pub(crate) fn persons(self, addresses: &[&Address], sender: &Address) -> Result<Vec<Person>, SealError> {
        let usable = |list: Vec<Certificate>| -> Vec<Certificate> {
            list.into_iter().filter(|c| !self.keyring.is_distrusted(c)).collect()
        };
        let anchors = usable(self.keyring.anchors()?);
        let pool = usable(self.keyring.intermediates()?);
        let evidence = Evidence { pool: &pool, anchors: &anchors, ..Evidence::default() };
        let mut persons = Vec::with_capacity(addresses.len());
        let mut unusable = Vec::new();
        for address in addresses.iter().copied().cloned() {
            let named = |c: &Certificate| names_address(c, &address);
            let mut candidates = usable(self.keyring.encryption_candidates(&address)?);
            candidates.retain(named);
            candidates.truncate(MAX_CANDIDATES);
            let own = if address.same_mailbox(sender) { self.own(&candidates)? } else { Vec::new() };
            if !own.is_empty() {
                let list = Capabilities::from_der(own_capabilities()).ok();
                persons.push(Person {
                    address,
                    certificates: pair(own, None, &|_| false),
                    knowledge: Knowledge::Own,
                    list,
                });
                continue;
            }
            let mut found = self.proven(&candidates, &evidence);
            if let Err(WhyUnusable::Refused { .. }) = found {
                // What a domain says is asked for last.
                let more = usable(self.keyring.domain_anchors(&address, self.now)?);
                if !more.is_empty() {
                    found = self.vouched(&candidates, &evidence, more).map(Ok).unwrap_or(found);
                }
            }
            match found {
                Ok(proven) => persons.push(self.person(address, proven)?),
                Err(why) => {
                    let why = with_kept_back(why, self.keyring.remembered(&address)?);
                    if why == WhyUnusable::NoCertificate && address.same_mailbox(sender) {
                        return Err(SealError::NoOwnCopy(address));
                    }
                    unusable.push(Unusable { address, why });
                }
            }
        }
        if unusable.is_empty() { Ok(persons) } else { Err(SealError::Recipients(unusable)) }
    }

    /// Those that can be encrypted to and whose keys are here; they need no path.
    fn own(self, candidates: &[Certificate]) -> Result<Vec<Certificate>, SealError> {
        let mut found = Vec::new();
        for certificate in candidates {
            if usable_for_encryption(certificate, self.policy, self.now).is_err() {
                continue;
            }
            let (issuer, serial) = certificate.issuer_and_serial();
            let here = match self.keyring.find(&RecipientId::IssuerSerial { issuer, serial }) {
                Ok(found) => found.iter().any(|own| own.certificate.as_ref() == Some(certificate)),
                Err(cms::Error::Locked) => true,
                Err(error) => return Err(error.into()),
            };
            if here {
                found.push(certificate.clone());
            }
        }
        Ok(found)
    }

    /// The certificates that are usable and trusted now, or why none is.
    fn proven(self, candidates: &[Certificate], evidence: &Evidence<'_>) -> Result<Vec<Certificate>, WhyUnusable> {
        let mut proven = Vec::new();
        let mut faults = Vec::new();
        let nothing = RevocationEvidence::default();
        let believer = Believer {
            policy: self.policy,
            now: self.now,
            keyring: self.keyring,
            anchors: evidence.anchors,
            intermediates: evidence.pool,
            known: &nothing,
            fetch: self.policy.revocation().seal,
        };
        for certificate in candidates {
            let belief = believer.prove(certificate, Purpose::EncryptMail, evidence, nothing.clone(), None);
            match belief.path {
                Ok(_) => proven.push(certificate.clone()),
                Err(fault) => faults.push((crypto::certificate_fingerprint(certificate), fault)),
            }
        }
        if proven.is_empty() { Err(refused(faults)) } else { Ok(proven) }
    }

    /// The certificates that are usable with these anchors besides; `None` where none is. Nothing makes a certificate good
    /// that is revoked or distrusted.
    fn vouched(
        self,
        candidates: &[Certificate],
        evidence: &Evidence<'_>,
        more: Vec<Certificate>,
    ) -> Option<Vec<Certificate>> {
        let anchors: Vec<Certificate> = evidence.anchors.iter().cloned().chain(more).collect();
        let wider = Evidence { anchors: &anchors, ..*evidence };
        let refused = |fault: &PathError| matches!(fault, PathError::Revoked { .. } | PathError::Distrusted { .. });
        let mut found = Vec::new();
        for certificate in candidates {
            let one = std::slice::from_ref(certificate);
            match self.proven(one, evidence) {
                Err(WhyUnusable::Refused { fault, .. }) if refused(&fault) => {}
                _ => found.extend(self.proven(one, &wider).unwrap_or_default()),
            }
        }
        (!found.is_empty()).then_some(found)
    }

    /// What is known of somebody: their last verified mail, else their certificate's extension (CAP-03), else the kind
    /// of their key. The key that their last verified mail asks for wins over others of its class (D-02).
    fn person(self, address: Address, proven: Vec<Certificate>) -> Result<Person, SealError> {
        let remembered = self.keyring.capabilities(&address)?.filter(|known| self.is_believed(known, &address));
        let preferred = remembered.as_ref().and_then(|known| known.preferred.as_ref());
        let pinned = |certificate: &Certificate| self.keyring.is_pinned(certificate);
        let certificates = pair(proven, preferred, &pinned);
        if let Some(known) = remembered.filter(|known| !is_replaced(known, &certificates)) {
            let lost = !Strengths::of(&known.capabilities).has(known.best);
            let better_at = lost.then_some(known.best_at);
            let knowledge = Knowledge::Mail { signed_at: known.signed_at, better_at };
            return Ok(Person { address, certificates, knowledge, list: Some(known.capabilities) });
        }
        let stated = certificates.iter().filter_map(Certificate::smime_capabilities);
        let list = stated.filter_map(|der| Capabilities::from_der(der).ok()).next();
        let knowledge = match &list {
            Some(_) => Knowledge::Certificate,
            None if certificates.iter().any(is_modern) => Knowledge::Key,
            None => Knowledge::Nothing,
        };
        Ok(Person { address, certificates, knowledge, list })
    }

    /// Whether what somebody said is not outdated and still theirs.
    fn is_believed(self, known: &KnownCapabilities, address: &Address) -> bool {
        let signer = &known.certificate;
        let current = signer.not_before() <= self.now && self.now <= signer.not_after();
        let age = self.now.0.saturating_sub(known.signed_at.0);
        let theirs = names_address(signer, address) && !self.keyring.is_distrusted(signer);
        theirs && current && (-MAX_AHEAD..=MAX_AGE).contains(&age)
    }

    /// Who signs for the address: the identities of the keyring that can, or what speaks against the first.
    pub(crate) fn author(self, address: &Address) -> Result<Author, SealError> {
        let mut signers: Vec<OneKey> = Vec::new();
        let (mut chain, mut preferred) = (Vec::new(), None);
        let mut first = None;
        for SigningIdentity { key, chain: more } in self.keyring.signing_identities(address, self.now)? {
            match self.signer(address, key) {
                Ok(signer) => {
                    // Of a pair the one that everybody reads: what prefers the other knows it by its key.
                    if signers.is_empty() {
                        preferred = self.other_to_encrypt_to(&signer.certificate, &more, address);
                    }
                    signers.push(signer);
                    chain.extend(more);
                }
                Err(error) => first = first.or(Some(error)),
            }
        }
        match first {
            _ if !signers.is_empty() => Ok(Author { signers, chain, preferred }),
            Some(error) => Err(error),
            None => Err(SealError::NoIdentity(address.clone())),
        }
    }

    /// The certificate that goes along for whoever answers, where the one that signs cannot be encrypted to (D-01).
    fn other_to_encrypt_to(
        self,
        signer: &Certificate,
        chain: &[Certificate],
        address: &Address,
    ) -> Option<Certificate> {
        let takes = |c: &Certificate| usable_for_encryption(c, self.policy, self.now).is_ok();
        let others = || chain.iter().find(|c| *c != signer && names_address(c, address) && takes(c));
        if takes(signer) { None } else { others().cloned() }
    }

    fn signer(self, address: &Address, key: Arc<OwnKey>) -> Result<OneKey, SealError> {
        let certificate = key.certificate.clone().filter(|c| names_address(c, address));
        let certificate = certificate.ok_or_else(|| SealError::NoIdentity(address.clone()))?;
        usable_for_signing(&certificate, self.policy, self.now)
            .map_err(|fault| SealError::CannotSign { address: address.clone(), fault })?;
        let algorithm = default_signature_algorithm(key.key.public());
        let judgement = self.policy.judge_signature(Use::Sign, &algorithm, &key.key.public().kind(), self.now);
        if !judgement.is_accepted() {
            return Err(SealError::Weak(judgement.to_string()));
        }
        Ok(OneKey { key, certificate, algorithm })
    }
}

impl Author {
    /// As CMS wants them: each signs the same content by itself (RFC 5652 section 5.1).
    pub(crate) fn signers<'a>(&'a self) -> Vec<Signer<'a>> {
        let signer = |one: &'a OneKey| Signer {
            certificate: one.certificate.clone(),
            key: one.key.key.as_ref(),
            algorithm: one.algorithm,
        };
        self.signers.iter().map(signer).collect()
    }

    /// Certificates to send along: no root, which its readers have or do not believe.
    pub(crate) fn chain(&self) -> Vec<Certificate> {
        self.chain.iter().filter(|certificate| certificate.subject() != certificate.issuer()).cloned().collect()
    }

    /// What its signatures say of its keys beside what all signatures say (RFC 8551 §2.5.3).
    pub(crate) fn attributes(&self) -> Vec<Attribute> {
        self.preferred.iter().map(KeyPreference::attribute).collect()
    }

    /// The names of the algorithms with those of the keys, such as `ecdsa-p256-sha256`.
    pub(crate) fn algorithm(&self) -> String {
        let names = self.signers.iter().map(|one| one.algorithm.name_with(&one.key.key.public().kind()));
        names.collect::<Vec<_>>().join(" and ")
    }
}

/// Of several certificates the fault of the newest is told first, unless another fails only for want of trust or of time,
/// which its owner or the user can mend. The others follow, each with its own.
fn refused(mut faults: Vec<([u8; 32], PathError)>) -> WhyUnusable {
    let mendable =
        |(_, fault): &([u8; 32], PathError)| matches!(fault, PathError::NoIssuer { .. } | PathError::Expired { .. });
    if faults.is_empty() {
        return WhyUnusable::NoCertificate;
    }
    let (fingerprint, fault) = faults.remove(faults.iter().position(mendable).unwrap_or(0));
    let other = |(fingerprint, fault)| NotUsed { fingerprint, why: WhyNotUsed::Fault(fault) };
    WhyUnusable::Refused { fingerprint, fault, others: faults.into_iter().map(other).collect() }
}

/// With the certificates that are not candidates at all.
fn with_kept_back(why: WhyUnusable, remembered: Vec<Remembered>) -> WhyUnusable {
    let kept = remembered.into_iter().filter(|known| known.standing != Standing::Used).take(MAX_CANDIDATES);
    let kept = kept.map(|known| NotUsed {
        fingerprint: crypto::certificate_fingerprint(&known.certificate),
        why: WhyNotUsed::Standing(known.standing),
    });
    match why {
        WhyUnusable::Refused { fingerprint, fault, others } => {
            WhyUnusable::Refused { fingerprint, fault, others: others.into_iter().chain(kept).collect() }
        }
        WhyUnusable::NoCertificate => {
            let kept: Box<[_]> = kept.collect();
            if kept.is_empty() { WhyUnusable::NoCertificate } else { WhyUnusable::KeptBack(kept) }
        }
        other => other,
    }
}

/// Whether a list is of somebody's former key: one that was signed before the present certificate began, and with
/// another key, tells what a program read that may be gone.
fn is_replaced(known: &KnownCapabilities, certificates: &[Certificate]) -> bool {
    let replaces = |c: &Certificate| {
        c.not_before() > known.signed_at && c.public_key().der() != known.certificate.public_key().der()
    };
    certificates.iter().any(replaces)
}

/// The best certificate whose key is post-quantum, and the best of the others: those first that the user put there by
/// hand, then by the class of the key, within it the one that its owner prefers, then by the kind of key, then the newest.
fn pair(
    certificates: Vec<Certificate>,
    preferred: Option<&Certificate>,
    pinned: &dyn Fn(&Certificate) -> bool,
) -> Vec<Certificate> {
    let (modern, other): (Vec<_>, Vec<_>) = certificates.into_iter().partition(is_post_quantum);
    let rank = |certificate: &Certificate| {
        let (class, kind) = key_rank(certificate);
        (!pinned(certificate), class, Some(certificate) != preferred, kind, std::cmp::Reverse(certificate.not_before()))
    };
    [modern, other].into_iter().filter_map(|list| list.into_iter().min_by_key(rank)).collect()
}

/// The class of a key and its place in it; less is better (standards.md section 14).
fn key_rank(certificate: &Certificate) -> (u8, u8) {
    match trust::key_kind(certificate.public_key()) {
        KeyKind::CompositeKem(_) => (0, 0),
        KeyKind::MlKem(_) => (1, 0),
        KeyKind::X25519 => (2, 0),
        KeyKind::X448 => (2, 1),
        KeyKind::Ec(Curve::P384) => (3, 0),
        KeyKind::Ec(Curve::P256) => (3, 1),
        KeyKind::Ec(Curve::P521) => (3, 2),
        KeyKind::Brainpool(_) => (3, 3),
        _ => (4, 0),
    }
}

/// Certificates of one address that are looked at.
const MAX_CANDIDATES: usize = 20;
/// Seconds after which nobody is held to what they said they read: two years.
const MAX_AGE: i64 = 2 * 366 * 86_400;
/// Seconds by which a signer's clock may be ahead of ours.
const MAX_AHEAD: i64 = 86_400;
