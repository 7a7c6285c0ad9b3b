//! Who signed a CRL, and whether they may (RFC 5280 section 6.3.3 (f) to (h)).

use crypto::{Digest, PublicKey, SignatureAlgorithm, digest};
use wire::x509::KeyUsage;
use wire::{Certificate, Crl};

use super::check::Checker;
use super::outcome::{Doubt, RevocationState};
use crate::path::{Evidence, validate};
use crate::policy::Use;
use crate::purpose::{Purpose, key_kind};

impl Checker<'_> {
    /// The certificate whose key signed the list: the issuer of the certificate in question, the anchor, or one with
    /// the list's issuer as its subject and a path of its own to the same anchor.
    pub(super) fn signer_of(&mut self, crl: &Crl, issuer: &Certificate) -> Result<Certificate, Doubt> {
        let named = crl.issuer().to_string();
        let mut worst = Doubt::NoSigner { what: WHAT, issuer: named.clone() };
        for candidate in self.candidates(crl, issuer) {
            let outcome = self.is_signed_by(crl, &candidate).and_then(|()| self.may_speak(crl, &candidate));
            match outcome {
                Ok(()) => return Ok(candidate),
                Err(doubt) if doubt.rank() >= worst.rank() => worst = doubt,
                Err(_) => {}
            }
        }
        if matches!(worst, Doubt::NoSigner { .. } | Doubt::BadSignature { .. }) {
            self.need_signer(crl);
        }
        Err(worst)
    }

    /// Certificates with the name, those of the path first and of the rest those whose key identifier fits.
    fn candidates(&self, crl: &Crl, issuer: &Certificate) -> Vec<Certificate> {
        let path = std::iter::once(issuer).chain(self.path.chain().iter().skip(1));
        let others = self.others.pool.iter().chain(&self.evidence.certificates);
        let mut found: Vec<(u8, &Certificate)> = Vec::new();
        for (place, certificate) in path.map(|c| (0, c)).chain(others.map(|c| (1, c))) {
            if certificate.subject().matches(crl.issuer()) && !found.iter().any(|(_, known)| *known == certificate) {
                let fits = match (crl.authority_key_id(), certificate.subject_key_id()) {
                    (Some(wanted), Some(own)) => u8::from(wanted != own) * 2,
                    _ => 0,
                };
                found.push((fits + place, certificate));
            }
        }
        found.sort_by_key(|(order, _)| *order);
        found.into_iter().take(MAX_CANDIDATES).map(|(_, certificate)| certificate.clone()).collect()
    }

    /// Whether the key of this certificate made the list's signature, by an algorithm that the policy believes.
    pub(super) fn is_signed_by(&mut self, crl: &Crl, signer: &Certificate) -> Result<(), Doubt> {
        let issuer = || crl.issuer().to_string();
        if !self.spend() {
            return Err(Doubt::Budget);
        }
        let unsupported = |text: String| Doubt::WeakAlgorithm(text);
        let how = SignatureAlgorithm::from_x509(crl.signature_algorithm()).map_err(|e| unsupported(e.to_string()))?;
        let key = PublicKey::certified(signer);
        let holds = crl.signature_algorithms_agree()
            && key.is_some_and(|key| match tbs_digest(crl, &how) {
                Some(value) => key.verify_digest(&how, value, crl.signature()).is_ok(),
                None => key.verify(&how, crl.tbs(), crl.signature()).is_ok(),
            });
        if !holds {
            return Err(Doubt::BadSignature { what: WHAT, issuer: issuer() });
        }
        let kind = key_kind(signer.public_key());
        let judgement = self.policy.judge_signature(Use::Certify, &how, &kind, self.when.now);
        if judgement.is_accepted() { Ok(()) } else { Err(Doubt::WeakAlgorithm(judgement.to_string())) }
    }

    /// Whether the owner of this certificate may sign lists, comes from the anchor of the path, and is not revoked.
    fn may_speak(&mut self, crl: &Crl, signer: &Certificate) -> Result<(), Doubt> {
        let named = || signer.subject().to_string();
        if signer.key_usage().is_some_and(|usage| !usage.has(KeyUsage::CRL_SIGN)) {
            return Err(Doubt::MayNotSign { what: WHAT, issuer: named(), why: "its key usage lacks cRLSign" });
        }
        // Those of the path are judged with it; who is being asked for ends the circle.
        if self.path.chain().contains(signer) || self.is_asking(signer) {
            return Ok(());
        }
        let anchor = std::slice::from_ref(self.path.anchor());
        let pool: Vec<Certificate> = self.others.pool.iter().chain(&self.evidence.certificates).cloned().collect();
        let pool = [self.path.chain(), &pool].concat();
        let evidence = Evidence { pool: &pool, anchors: anchor, distrusted: self.others.distrusted };
        // Of what is time-stamped, authorities may have expired since; the list was made while they had not.
        let at = if self.when.stamped.is_some() { crl.this_update() } else { self.when.now };
        let own = validate(signer, Purpose::SignCrl, &evidence, self.policy, at)
            .map_err(|error| Doubt::Untrusted(Box::new(error)))?;
        for (certificate, issuer) in own.links() {
            if self.path.chain().contains(certificate) || self.is_asking(certificate) {
                continue;
            }
            match self.certificate(certificate, issuer).state {
                RevocationState::Good | RevocationState::RevokedLater(_) => {}
                RevocationState::Revoked(_) => return Err(Doubt::SignerRevoked { what: WHAT, issuer: named() }),
                RevocationState::Undetermined(_) => {
                    return Err(Doubt::SignerUndetermined { what: WHAT, issuer: named() });
                }
            }
        }
        Ok(())
    }
}

/// The digest of a list's signed part, made once for all its uses: it can be megabytes. `None` for what signs messages
/// themselves. What is kept is of the list's own bytes; whether a signature over it holds is asked each time.
fn tbs_digest<'a>(crl: &'a Crl, how: &SignatureAlgorithm) -> Option<&'a [u8]> {
    if how.is_pure() {
        return None;
    }
    let kept: &(Digest, Vec<u8>) = crl.derived(|| (how.digest(), digest(how.digest(), crl.tbs()).to_vec()))?;
    // A list names one algorithm, so that it is the same digest always.
    (kept.0 == how.digest()).then_some(&kept.1)
}

const WHAT: &str = "CRL";
/// Certificates with the name of a list's issuer that are tried.
const MAX_CANDIDATES: usize = 8;
