//! Which certificate is asked about, and the request (RFC 6960 §4.1).

use crate::algorithm::AlgorithmIdentifier;
use crate::der::{Reader, Tag, Writer};
use crate::error::Result;
use crate::oids;

/// Names a certificate by digests over its issuer's name and key, and its serial number.
///
/// ```text
/// CertID ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier, issuerNameHash OCTET STRING, issuerKeyHash OCTET STRING,
///   serialNumber CertificateSerialNumber }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CertId {
    /// The digest.
    pub hash: AlgorithmIdentifier,
    /// Over the DER of the issuer's name.
    pub name: Vec<u8>,
    /// Over the octets of the issuer's key, without tag, length and unused bits.
    pub key: Vec<u8>,
    /// The contents octets of the serial number.
    pub serial: Vec<u8>,
}

impl CertId {
    /// Reads the next element of `reader`.
    pub fn read(reader: &mut Reader<'_>) -> Result<CertId> {
        let mut inner = reader.sequence()?;
        let id = CertId {
            hash: AlgorithmIdentifier::read(&mut inner)?,
            name: inner.octet_string()?.to_vec(),
            key: inner.octet_string()?.to_vec(),
            serial: inner.integer()?.to_vec(),
        };
        inner.finish()?;
        Ok(id)
    }

    /// Writes the SEQUENCE.
    pub fn write(&self, w: &mut Writer) {
        w.sequence(|w| {
            self.hash.write(w);
            w.octet_string(&self.name).octet_string(&self.key).integer(&self.serial);
        });
    }
}

/// A request that nobody signs.
///
/// ```text
/// OCSPRequest ::= SEQUENCE { tbsRequest TBSRequest, optionalSignature [0] EXPLICIT Signature OPTIONAL }
/// TBSRequest ::= SEQUENCE { version [0] EXPLICIT Version DEFAULT v1, requestorName [1] EXPLICIT GeneralName OPTIONAL,
///   requestList SEQUENCE OF SEQUENCE { reqCert CertID, ... }, requestExtensions [2] EXPLICIT Extensions OPTIONAL }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspRequest {
    /// The certificates that are asked about.
    pub ids: Vec<CertId>,
    /// What the answer has to repeat to be fresh: of [`NONCE`] octets (RFC 9654 §2.1); none where a kept answer will
    /// do, which servers can then prepare (RFC 5019 §2.1.1).
    pub nonce: Option<Vec<u8>>,
}

impl OcspRequest {
    /// The DER encoding.
    pub fn to_der(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    for id in &self.ids {
                        w.sequence(|w| id.write(w));
                    }
                });
                if let Some(nonce) = &self.nonce {
                    w.nested(Tag::context(2), |w| {
                        w.sequence(|w| write_nonce(w, nonce));
                    });
                }
            });
        });
        w.into_bytes()
    }
}

pub(super) fn write_nonce(w: &mut Writer, nonce: &[u8]) {
    w.sequence(|w| {
        let mut value = Writer::new();
        value.octet_string(nonce);
        w.oid(oids::OCSP_NONCE).octet_string(value.as_bytes());
    });
}

/// The octets of a nonce that is sent (RFC 9654 §2.1: at least 32).
pub const NONCE: usize = 32;
/// The most octets of a nonce that is read (RFC 9654 §2.1).
pub const MAX_NONCE: usize = 128;
