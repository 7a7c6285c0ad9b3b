//! What is at hand about revocation.

use wire::ocsp::BasicOcspResponse;
use wire::{Certificate, Crl};

use super::outcome::Revoked;

/// CRLs, OCSP answers, and certificates of those who sign them. Cloning shares the CRLs.
#[derive(Debug, Clone, Default)]
pub struct RevocationEvidence {
    /// Complete and delta CRLs in any order; the first [`MAX_CRLS`] are looked at.
    pub crls: Vec<Crl>,
    /// The first [`MAX_OCSP_ANSWERS`] are looked at.
    pub ocsp: Vec<OcspAnswer>,
    /// Candidates for issuers of certificates and CRLs beside those that made the path.
    pub certificates: Vec<Certificate>,
    /// Certificates that an authority of the user's own revoked, whether or not a CRL of it says so yet.
    pub revoked: Vec<(Certificate, Revoked)>,
}

/// An answer of a responder, and what it was asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspAnswer {
    /// The answer.
    pub response: BasicOcspResponse,
    /// The nonce of the request, if this answers one that had a nonce; an answer that was kept has none.
    pub nonce: Option<Vec<u8>>,
}

impl OcspAnswer {
    /// An answer to nobody in particular: one that was kept or came along.
    pub fn kept(response: BasicOcspResponse) -> Self {
        OcspAnswer { response, nonce: None }
    }
}

impl RevocationEvidence {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.crls.is_empty() && self.ocsp.is_empty() && self.certificates.is_empty() && self.revoked.is_empty()
    }

    /// Adds what the other has and this one lacks; tells whether that was anything.
    pub fn take(&mut self, other: RevocationEvidence) -> bool {
        let before = self.count();
        for crl in other.crls {
            if !self.crls.contains(&crl) {
                self.crls.push(crl);
            }
        }
        for answer in other.ocsp {
            if !self.ocsp.contains(&answer) {
                self.ocsp.push(answer);
            }
        }
        for certificate in other.certificates {
            if !self.certificates.contains(&certificate) {
                self.certificates.push(certificate);
            }
        }
        for revoked in other.revoked {
            if !self.revoked.contains(&revoked) {
                self.revoked.push(revoked);
            }
        }
        before < self.count()
    }

    fn count(&self) -> usize {
        self.crls.len() + self.ocsp.len() + self.certificates.len() + self.revoked.len()
    }
}

/// CRLs that are looked at for one path.
pub(super) const MAX_CRLS: usize = 200;
/// OCSP answers that are looked at for one path.
pub(super) const MAX_OCSP_ANSWERS: usize = 100;
