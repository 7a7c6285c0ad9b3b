//! What responders say of a certificate (RFC 6960 section 3.2; ).

use crypto::{Digest, PublicKey, SignatureAlgorithm};
use wire::ocsp::{BasicOcspResponse, CertStatus, ResponderId, SingleResponse};
use wire::x509::KeyUsage;
use wire::{AlgorithmIdentifier, Certificate, oids};

use super::check::{Checker, SKEW, Said};
use super::evidence::{MAX_OCSP_ANSWERS, OcspAnswer};
use super::need::{cert_id, same_id};
use super::outcome::{Doubt, RevocationState, Revoked};
use crate::policy::Use;
use crate::purpose::{key_kind, valid_at};

impl Checker<'_> {
    /// Of several answers that count the newest; one that says "revoked" counts before all that say "good", unless it
    /// was on hold.
    pub(super) fn by_ocsp(&mut self, certificate: &Certificate, issuer: &Certificate) -> Said {
        let mut about: Vec<(&OcspAnswer, &SingleResponse)> = Vec::new();
        for answer in self.evidence.ocsp.iter().take(MAX_OCSP_ANSWERS) {
            about.extend(
                answer.response.responses.iter().filter(|s| speaks_of(s, certificate, issuer)).map(|s| (answer, s)),
            );
        }
        about.sort_by_key(|(_, single)| std::cmp::Reverse(single.this_update));
        let mut doubts = Vec::new();
        let mut good = None;
        for (answer, single) in about {
            match self.single(answer, single, certificate, issuer) {
                Ok(Said::Good { as_of }) if good.is_none() => good = Some(as_of),
                Ok(Said::Good { .. }) => {}
                Ok(Said::Revoked { revoked, as_of }) => {
                    let over = revoked.reason == wire::crl::Reason::CertificateHold && good.is_some();
                    if !over {
                        return Said::Revoked { revoked, as_of };
                    }
                }
                Ok(Said::Nothing(more)) => doubts.extend(more),
                Err(doubt) => doubts.push(doubt),
            }
        }
        good.map_or(Said::Nothing(doubts), |as_of| Said::Good { as_of })
    }

    fn single(
        &mut self,
        answer: &OcspAnswer,
        single: &SingleResponse,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<Said, Doubt> {
        let response = &answer.response;
        // One to another request is refused; one without is an answer that was made beforehand (RFC 9654 section 2.1).
        if let (Some(sent), Some(got)) = (&answer.nonce, &response.nonce)
            && sent != got
        {
            return Err(Doubt::OtherNonce);
        }
        if let Some(oid) = response.unknown_critical {
            return Err(Doubt::UnknownCritical { what: WHAT, oid });
        }
        self.answered_by(response, issuer)?;
        if response.produced_at.0 > self.when.now.0.saturating_add(SKEW) {
            return Err(Doubt::NotYet { what: WHAT, of: response.produced_at });
        }
        let as_of = single.this_update;
        let current = self.fresh(WHAT, as_of, single.next_update);
        match single.status {
            CertStatus::Unknown => Err(Doubt::UnknownThere),
            CertStatus::Revoked { at, reason } => match current {
                Err(doubt @ Doubt::NotYet { .. }) => Err(doubt),
                // An old answer is outdated only where a certificate can come back.
                Err(doubt) if reason == wire::crl::Reason::CertificateHold => Err(doubt),
                _ => Ok(Said::Revoked { revoked: Revoked { at, reason, invalid_since: None }, as_of }),
            },
            CertStatus::Good => {
                current?;
                // After its end a certificate may be forgotten, up to the archive cutoff (RFC 6960 section 4.4.4).
                let end = certificate.not_after();
                let kept = single.archive_cutoff.is_some_and(|since| since <= end);
                if as_of > end && !kept { Err(Doubt::Archived { what: WHAT }) } else { Ok(Said::Good { as_of }) }
            }
        }
    }

    /// Whether the answer is signed by the issuer's key, or by somebody to whom the owner of that same key gave the
    /// right in a certificate (RFC 6960 section 4.2.2.2).
    fn answered_by(&mut self, response: &BasicOcspResponse, issuer: &Certificate) -> Result<(), Doubt> {
        let named = match &response.responder {
            ResponderId::Name(name) => name.to_string(),
            ResponderId::Key(key) => wire::hex(key),
        };
        if is_responder(&response.responder, issuer) {
            match self.holds(response, issuer) {
                Err(Doubt::BadSignature { .. }) => {} // by one of the same name, it may be
                outcome => return outcome,
            }
        }
        let sent = response.certificates.iter().chain(self.others.pool).chain(&self.evidence.certificates);
        let delegates: Vec<Certificate> = sent
            .filter(|c| is_responder(&response.responder, c) && c.issuer().matches(issuer.subject()) && *c != issuer)
            .take(MAX_DELEGATES)
            .cloned()
            .collect();
        let mut worst = match is_responder(&response.responder, issuer) {
            true => Doubt::BadSignature { what: WHAT, issuer: named.clone() },
            false => Doubt::NoSigner { what: WHAT, issuer: named },
        };
        for delegate in delegates {
            match self.holds(response, &delegate).and_then(|()| self.may_answer(&delegate, issuer, response)) {
                Ok(()) => return Ok(()),
                Err(doubt) if doubt.rank() >= worst.rank() => worst = doubt,
                Err(_) => {}
            }
        }
        Err(worst)
    }

    /// Whether the key of this certificate signed the answer, by an algorithm that the policy believes.
    fn holds(&mut self, response: &BasicOcspResponse, signer: &Certificate) -> Result<(), Doubt> {
        self.signature(&response.signature_algorithm, response.tbs(), &response.signature, signer)
    }

    fn signature(
        &mut self,
        algorithm: &AlgorithmIdentifier,
        message: &[u8],
        signature: &[u8],
        signer: &Certificate,
    ) -> Result<(), Doubt> {
        if !self.spend() {
            return Err(Doubt::Budget);
        }
        let how = SignatureAlgorithm::from_x509(algorithm).map_err(|e| Doubt::WeakAlgorithm(e.to_string()))?;
        let key = PublicKey::certified(signer);
        if key.is_none_or(|key| key.verify(&how, message, signature).is_err()) {
            return Err(Doubt::BadSignature { what: WHAT, issuer: signer.subject().to_string() });
        }
        let kind = key_kind(signer.public_key());
        let judgement = self.policy.judge_signature(Use::Certify, &how, &kind, self.when.now);
        if judgement.is_accepted() { Ok(()) } else { Err(Doubt::WeakAlgorithm(judgement.to_string())) }
    }

    /// Whether this issuer's key delegated to the owner of this certificate, who is not revoked.
    fn may_answer(
        &mut self,
        delegate: &Certificate,
        issuer: &Certificate,
        response: &BasicOcspResponse,
    ) -> Result<(), Doubt> {
        let named = || delegate.subject().to_string();
        let may_not = |why| Err(Doubt::MayNotSign { what: WHAT, issuer: named(), why });
        if !delegate.signature_algorithms_agree() {
            return may_not("its certificate names two algorithms");
        }
        let by_issuer = (delegate.signature_algorithm(), delegate.tbs(), delegate.signature());
        match self.signature(by_issuer.0, by_issuer.1, by_issuer.2, issuer) {
            Err(Doubt::BadSignature { .. }) => return may_not("its certificate is not by the issuer's key"),
            outcome => outcome?,
        }
        // By name: anyExtendedKeyUsage delegates nothing (RFC 6960 section 4.2.2.2).
        if !delegate.extended_key_usage().is_some_and(|purposes| purposes.contains(&oids::OCSP_SIGNING)) {
            return may_not("its certificate is not for OCSP");
        }
        let signs = |u: KeyUsage| u.has(KeyUsage::DIGITAL_SIGNATURE) || u.has(KeyUsage::NON_REPUDIATION);
        if !delegate.key_usage().is_none_or(signs) {
            return may_not("its key usage has no signatures");
        }
        // id-pkix-ocsp-nocheck is not critical; if somebody made it so, it is understood (section 4.2.2.2.1).
        if delegate.has_unknown_critical().is_some_and(|oid| oid != oids::OCSP_NO_CHECK) {
            return may_not("its certificate has a critical extension that is not understood");
        }
        let at = if self.when.stamped.is_some() { response.produced_at } else { self.when.now };
        valid_at(delegate, at).map_err(|error| Doubt::Untrusted(Box::new(error)))?;
        if self.others.distrusted.contains(delegate) {
            return may_not("its certificate is marked as not trusted");
        }
        if delegate.extension(oids::OCSP_NO_CHECK).is_some() || self.is_asking(delegate) {
            return Ok(());
        }
        let checkable =
            !delegate.crl_distribution_points().is_empty() || delegate.authority_uris(oids::AD_OCSP).next().is_some();
        match self.certificate(delegate, issuer).state {
            RevocationState::Revoked(_) => Err(Doubt::SignerRevoked { what: WHAT, issuer: named() }),
            RevocationState::Undetermined(_) if checkable => {
                Err(Doubt::SignerUndetermined { what: WHAT, issuer: named() })
            }
            // An authority that names no way of checking a responder left it to whoever asks (section 4.2.2.2.1).
            _ => Ok(()),
        }
    }
}

/// Whether the answer is bound to this certificate: its issuer's name and key, and its serial number.
fn speaks_of(single: &SingleResponse, certificate: &Certificate, issuer: &Certificate) -> bool {
    if single.id.serial != certificate.serial() {
        return false;
    }
    let known = [Digest::Sha1, Digest::Sha256, Digest::Sha384, Digest::Sha512];
    let how = known.into_iter().find(|d| d.algorithm_identifier().oid == single.id.hash.oid);
    how.is_some_and(|how| same_id(&single.id, &cert_id(certificate, issuer, how)))
}

fn is_responder(id: &ResponderId, certificate: &Certificate) -> bool {
    match id {
        ResponderId::Name(name) => certificate.subject().matches(name),
        ResponderId::Key(key) => {
            PublicKey::certified(certificate).is_some_and(|own| own.key_id().as_slice() == key.as_slice())
        }
    }
}

const WHAT: &str = "OCSP answer";
/// Certificates of responders that are tried.
const MAX_DELEGATES: usize = 4;
