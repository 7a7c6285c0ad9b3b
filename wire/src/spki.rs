//! SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) and what its common key types hold.

use std::sync::Arc;

use crate::algorithm::AlgorithmIdentifier;
use crate::der::{self, Reader, Tag, Writer};
use crate::error::Result;
use crate::oid::Oid;
use crate::oids;

/// A public key with its algorithm, and the encoding it came from.
///
/// ```text
/// SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SubjectPublicKeyInfo {
    /// The key type with its parameters.
    pub algorithm: AlgorithmIdentifier,
    raw: Arc<[u8]>,
    /// Where in `raw` the octets of the BIT STRING begin, which end it.
    key: usize,
}

impl SubjectPublicKeyInfo {
    /// From its parts.
    pub fn new(algorithm: AlgorithmIdentifier, key: impl AsRef<[u8]>) -> Self {
        let key = key.as_ref();
        let mut w = Writer::new();
        w.sequence(|w| {
            algorithm.write(w);
            w.bit_string(key);
        });
        let raw = Arc::from(w.as_bytes());
        SubjectPublicKeyInfo { algorithm, key: w.as_bytes().len() - key.len(), raw }
    }

    /// Reads a whole DER encoding.
    pub fn from_der(bytes: &[u8]) -> Result<Self> {
        let element = der::one(bytes)?;
        Self::read(&mut Reader::new(element.raw))
    }

    /// Reads the next element of `reader`.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let element = reader.expect(Tag::SEQUENCE)?;
        let mut inner = element.reader();
        let algorithm = AlgorithmIdentifier::read(&mut inner)?;
        let key = inner.bit_string_octets()?.len();
        inner.finish()?;
        Ok(SubjectPublicKeyInfo { algorithm, key: element.raw.len() - key, raw: Arc::from(element.raw) })
    }

    /// The octets of the BIT STRING.
    pub fn key(&self) -> &[u8] {
        self.raw.get(self.key..).unwrap_or_default()
    }

    /// The encoding as it arrived.
    pub fn der(&self) -> &[u8] {
        &self.raw
    }

    /// Modulus and public exponent of an RSA key of any of its key types, as magnitudes without
    /// leading zeros (RFC 8017 §A.1.1). `None` for other keys and for malformed ones.
    pub fn rsa_parts(&self) -> Option<(&[u8], &[u8])> {
        if !RSA.contains(&self.algorithm.oid) {
            return None;
        }
        let mut outer = Reader::new(self.key());
        let mut inner = outer.sequence().ok()?;
        let parts = (inner.unsigned().ok()?, inner.unsigned().ok()?);
        inner.finish().ok()?;
        outer.finish().ok()?;
        Some(parts)
    }

    /// The length in bits of the modulus of an RSA key.
    pub fn rsa_modulus_bits(&self) -> Option<usize> {
        let (modulus, _) = self.rsa_parts()?;
        let first = modulus.first()?;
        let zeros = usize::try_from(first.leading_zeros()).ok()?;
        Some(modulus.len() * 8 - zeros)
    }

    /// The named curve of an elliptic curve key (RFC 5480 §2.1.1); `None` for other keys and for
    /// curves given by their parameters.
    pub fn curve(&self) -> Option<Oid> {
        if self.algorithm.oid != oids::EC_PUBLIC_KEY {
            return None;
        }
        let mut reader = Reader::new(self.algorithm.parameters.as_deref()?);
        let curve = reader.oid().ok()?;
        reader.finish().ok()?;
        Some(curve)
    }
}

/// RFC 4055 §1.2, RFC 8702 §3.3.
const RSA: [Oid; 6] = [
    oids::RSA_ENCRYPTION,
    oids::RSASSA_PSS,
    oids::RSAES_OAEP,
    oids::PSS_SHAKE128,
    oids::PSS_SHAKE256,
    oids::RSA_KEM_SPKI,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn rsa(modulus: &[u8]) -> SubjectPublicKeyInfo {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.unsigned(modulus).uint(65_537);
        });
        SubjectPublicKeyInfo::new(AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION), w.as_bytes())
    }

    #[test]
    fn counts_the_bits_of_a_modulus() {
        assert_eq!(rsa(&[0x80; 256]).rsa_modulus_bits(), Some(2048));
        assert_eq!(rsa(&[0x01; 256]).rsa_modulus_bits(), Some(2041));
        assert_eq!(rsa(&[0xff; 128]).rsa_parts(), Some((&[0xff; 128][..], &[1, 0, 1][..])));
        assert_eq!(rsa(&[]).rsa_modulus_bits(), None);
        assert_eq!(rsa(&[1]).curve(), None);
    }

    #[test]
    fn round_trips_and_refuses_cuts() {
        let mut w = Writer::new();
        w.oid(oids::P256);
        let key =
            SubjectPublicKeyInfo::new(AlgorithmIdentifier::with(oids::EC_PUBLIC_KEY, w.into_bytes()), vec![4; 65]);
        assert_eq!(key.curve(), Some(oids::P256));
        assert_eq!(SubjectPublicKeyInfo::from_der(key.der()).as_ref(), Ok(&key));
        for end in 0..key.der().len() {
            assert!(SubjectPublicKeyInfo::from_der(&key.der()[..end]).is_err());
        }
        let trailing = [key.der(), &[0]].concat();
        assert!(SubjectPublicKeyInfo::from_der(&trailing).is_err());
    }
}
