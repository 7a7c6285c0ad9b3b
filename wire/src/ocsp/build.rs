//! The responder's side: reading requests and writing answers (RFC 6960 §4.1, §4.2).

use super::request::{CertId, MAX_NONCE, OcspRequest};
use super::response::{CertStatus, OcspResponseStatus, SingleResponse};
use crate::algorithm::AlgorithmIdentifier;
use crate::crl::Reason;
use crate::der::{self, Reader, Tag, Writer};
use crate::error::{Error, Result};
use crate::oids;
use crate::time::Time;

impl OcspRequest {
    /// Reads a request of at most [`MAX_REQUEST`] octets, strictly in DER. A signature is passed over: whoever asks may.
    ///
    /// # Errors
    /// On another version than 1, no certificate or more than [`MAX_IDS`], a nonce that is empty or longer than
    /// [`MAX_NONCE`], a critical extension that is not known, and whatever is malformed.
    pub fn from_der(bytes: &[u8]) -> Result<OcspRequest> {
        if bytes.len() > MAX_REQUEST {
            return Err(Error::LimitExceeded("OCSP request"));
        }
        let mut outer = Reader::new(bytes);
        let mut request = outer.sequence()?;
        outer.finish()?;
        let mut tbs = request.sequence()?;
        request.optional(Tag::context(0))?;
        request.finish()?;
        if let Some(version) = tbs.optional(Tag::context(0))?
            && version.reader().uint()? != 0
        {
            return Err(Error::Unsupported("version of OCSP request"));
        }
        tbs.optional(Tag::context(1))?;
        let mut list = tbs.sequence()?;
        let mut ids = Vec::new();
        while !list.is_empty() {
            if ids.len() == MAX_IDS {
                return Err(Error::LimitExceeded("OCSP request"));
            }
            let mut one = list.sequence()?;
            ids.push(CertId::read(&mut one)?);
            one.optional(Tag::context(0))?;
            one.finish()?;
        }
        let mut nonce = None;
        if let Some(explicit) = tbs.optional(Tag::context(2))? {
            let mut explicit = explicit.reader();
            let list = explicit.sequence()?;
            explicit.finish()?;
            for extension in crate::x509::read_extensions(list)?.0 {
                match extension.oid {
                    oids::OCSP_NONCE => nonce = Some(der::one(&extension.value)?.contents.to_vec()),
                    _ if extension.critical => return Err(Error::Unsupported("critical extension of an OCSP request")),
                    _ => {}
                }
            }
        }
        tbs.finish()?;
        let sound = nonce.as_ref().is_none_or(|nonce| (1..=MAX_NONCE).contains(&nonce.len()));
        if ids.is_empty() || !sound {
            return Err(Error::BadValue("OCSP request"));
        }
        Ok(OcspRequest { ids, nonce })
    }
}

/// What a responder signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseData {
    /// SHA-1 over the octets of the responder's key: it names itself by that.
    pub key_hash: Vec<u8>,
    /// When it is signed.
    pub produced_at: Time,
    /// What is said of each certificate; an archive cutoff is not written.
    pub responses: Vec<SingleResponse>,
    /// The request's nonce.
    pub nonce: Option<Vec<u8>>,
}

impl ResponseData {
    /// The DER of tbsResponseData: the bytes to sign.
    pub fn to_der(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.nested(Tag::context(2), |w| {
                w.octet_string(&self.key_hash);
            });
            self.produced_at.write_generalized(w);
            w.sequence(|w| self.responses.iter().for_each(|single| write_single(w, single)));
            if let Some(nonce) = &self.nonce {
                w.nested(Tag::context(1), |w| {
                    w.sequence(|w| super::request::write_nonce(w, nonce));
                });
            }
        });
        w.into_bytes()
    }
}

fn write_single(w: &mut Writer, single: &SingleResponse) {
    w.sequence(|w| {
        single.id.write(w);
        match single.status {
            CertStatus::Good => {
                w.element(Tag::context_primitive(0), &[]);
            }
            CertStatus::Unknown => {
                w.element(Tag::context_primitive(2), &[]);
            }
            CertStatus::Revoked { at, reason } => w.nested_revoked(at, reason),
        }
        single.this_update.write_generalized(w);
        if let Some(next) = single.next_update {
            w.nested(Tag::context(0), |w| next.write_generalized(w));
        }
    });
}

impl Writer {
    /// RevokedInfo; an unspecified reason is left out.
    fn nested_revoked(&mut self, at: Time, reason: Reason) {
        self.nested(Tag::context(1), |w| {
            at.write_generalized(w);
            if reason != Reason::Unspecified {
                w.nested(Tag::context(0), |w| {
                    w.element(Tag::ENUMERATED, &[reason.number()]);
                });
            }
        });
    }
}

/// A whole answer from its signed part, with the certificates (DER) that lead from the signer upwards.
pub fn response_der(tbs: &[u8], algorithm: &AlgorithmIdentifier, signature: &[u8], certificates: &[&[u8]]) -> Vec<u8> {
    let mut basic = Writer::new();
    basic.sequence(|w| {
        w.raw(tbs);
        algorithm.write(w);
        w.bit_string(signature);
        if !certificates.is_empty() {
            w.nested(Tag::context(0), |w| {
                w.sequence(|w| {
                    for der in certificates {
                        w.raw(der);
                    }
                });
            });
        }
    });
    let mut w = Writer::new();
    w.sequence(|w| {
        w.element(Tag::ENUMERATED, &[0]);
        w.nested(Tag::context(0), |w| {
            w.sequence(|w| {
                w.oid(oids::OCSP_BASIC).octet_string(basic.as_bytes());
            });
        });
    });
    w.into_bytes()
}

/// An answer that says why there is none.
pub fn refusal_der(status: OcspResponseStatus) -> Vec<u8> {
    let number = match status {
        OcspResponseStatus::Successful => 0,
        OcspResponseStatus::MalformedRequest => 1,
        OcspResponseStatus::InternalError => 2,
        OcspResponseStatus::TryLater => 3,
        OcspResponseStatus::SigRequired => 5,
        OcspResponseStatus::Unauthorized => 6,
        OcspResponseStatus::Other(number) => number,
    };
    let mut w = Writer::new();
    w.sequence(|w| {
        w.element(Tag::ENUMERATED, &[number]);
    });
    w.into_bytes()
}

/// The longest request that is read, in octets.
pub const MAX_REQUEST: usize = 16 << 10;
/// Certificates asked about in one request.
pub const MAX_IDS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_back_and_cut_ones_refused() {
        let id = CertId {
            hash: AlgorithmIdentifier::with_null(oids::SHA1),
            name: vec![1; 20],
            key: vec![2; 20],
            serial: vec![3; 16],
        };
        let request = |nonce| OcspRequest { ids: vec![id.clone(), id.clone()], nonce };
        for nonce in [None, Some(vec![7; 1]), Some(vec![7; 32]), Some(vec![7; MAX_NONCE])] {
            let der = request(nonce.clone()).to_der();
            assert_eq!(OcspRequest::from_der(&der), Ok(request(nonce)));
            for end in 0..der.len() {
                assert!(OcspRequest::from_der(&der[..end]).is_err());
            }
        }
        assert!(OcspRequest::from_der(&request(Some(vec![7; MAX_NONCE + 1])).to_der()).is_err());
        assert!(OcspRequest::from_der(&OcspRequest { ids: vec![], nonce: None }.to_der()).is_err());
        assert!(
            OcspRequest::from_der(&OcspRequest { ids: vec![id.clone(); MAX_IDS + 1], nonce: None }.to_der()).is_err()
        );
    }
}
