//! Writing a certificate from the values a CA fills in (RFC 5280 §4.1).

use super::extensions::Extension;
use crate::algorithm::AlgorithmIdentifier;
use crate::der::{Tag, Writer};
use crate::name::Name;
use crate::time::Time;

/// What a CA signs. It is written as version 3, or as version 1 when it has no extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TbsCertificate {
    /// The magnitude of the serial number, big-endian; RFC 5280 §4.1.2.2 allows 20 octets and forbids zero.
    pub serial: Vec<u8>,
    /// The algorithm the CA will sign with.
    pub signature: AlgorithmIdentifier,
    /// The CA's name, with the very encoding of the CA certificate's subject.
    pub issuer: Name,
    /// The first second of validity.
    pub not_before: Time,
    /// The last second of validity.
    pub not_after: Time,
    /// Whose key it is.
    pub subject: Name,
    /// The DER of the SubjectPublicKeyInfo.
    pub spki: Vec<u8>,
    /// The extensions in the order they are written.
    pub extensions: Vec<Extension>,
}

impl TbsCertificate {
    /// The DER of the tbsCertificate: the bytes to sign.
    pub fn to_der(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            if !self.extensions.is_empty() {
                w.nested(Tag::context(0), |w| {
                    w.uint(2);
                });
            }
            w.unsigned(&self.serial);
            self.signature.write(w);
            w.raw(self.issuer.der());
            w.sequence(|w| {
                self.not_before.write(w);
                self.not_after.write(w);
            });
            w.raw(self.subject.der()).raw(&self.spki);
            if !self.extensions.is_empty() {
                w.nested(Tag::context(3), |w| {
                    w.sequence(|w| self.extensions.iter().for_each(|e| e.write(w)));
                });
            }
        });
        w.into_bytes()
    }
}

/// Puts the signed part, the algorithm (the same as inside) and the signature together.
pub fn certificate_der(tbs: &[u8], algorithm: &AlgorithmIdentifier, signature: &[u8]) -> Vec<u8> {
    let mut w = Writer::new();
    w.sequence(|w| {
        w.raw(tbs);
        algorithm.write(w);
        w.bit_string(signature);
    });
    w.into_bytes()
}
