//! SignerInfo (RFC 5652 §5.3).

use crate::algorithm::AlgorithmIdentifier;
use crate::cms::attribute::{Attribute, SignedAttributes};
use crate::der::{Reader, Tag, Writer};
use crate::error::{Error, Result};

/// Which certificate's key made a signature.
///
/// ```text
/// SignerIdentifier ::= CHOICE {
///   issuerAndSerialNumber IssuerAndSerialNumber, subjectKeyIdentifier [0] SubjectKeyIdentifier }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignerId {
    /// The issuer's Name (DER) and the serial number (contents octets of its INTEGER).
    IssuerSerial {
        /// DER of the issuer's Name.
        issuer: Vec<u8>,
        /// Contents octets of the INTEGER.
        serial: Vec<u8>,
    },
    /// The subject key identifier.
    KeyId(Vec<u8>),
}

impl SignerId {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        if let Some(id) = reader.optional(Tag::context_primitive(0))? {
            return Ok(SignerId::KeyId(id.contents.to_vec()));
        }
        let mut inner = reader.sequence()?;
        let issuer = inner.expect(Tag::SEQUENCE)?.raw.to_vec();
        let serial = inner.integer()?.to_vec();
        inner.finish()?;
        Ok(SignerId::IssuerSerial { issuer, serial })
    }

    fn write(&self, w: &mut Writer) {
        match self {
            SignerId::IssuerSerial { issuer, serial } => {
                w.sequence(|w| {
                    w.raw(issuer).integer(serial);
                });
            }
            SignerId::KeyId(id) => {
                w.element(Tag::context_primitive(0), id);
            }
        }
    }
}

/// One signature with what it needs to be verified.
///
/// ```text
/// SignerInfo ::= SEQUENCE {
///   version CMSVersion, sid SignerIdentifier, digestAlgorithm DigestAlgorithmIdentifier,
///   signedAttrs [0] IMPLICIT SignedAttributes OPTIONAL, signatureAlgorithm SignatureAlgorithmIdentifier,
///   signature SignatureValue, unsignedAttrs [1] IMPLICIT UnsignedAttributes OPTIONAL }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerInfo {
    /// 1 for issuer and serial, 3 for a key identifier; not enforced on receipt (CMS-03).
    pub version: u64,
    /// Who signed.
    pub signer: SignerId,
    /// The digest over the content, and over the signed attributes.
    pub digest: AlgorithmIdentifier,
    /// What is signed in the content's place, where present.
    pub signed: Option<SignedAttributes>,
    /// How it was signed.
    pub algorithm: AlgorithmIdentifier,
    /// The signature's octets.
    pub signature: Vec<u8>,
    /// Attributes that nothing protects: never the ground of a decision.
    pub unsigned: Vec<Attribute>,
}

impl SignerInfo {
    /// Reads a whole encoding with definite lengths; use [`crate::ber::parse`] for the rest of BER.
    pub fn from_der(bytes: &[u8]) -> Result<Self> {
        SignerInfo::read(bytes, SignedAttributes::from_ber)
    }

    /// Reads what [`crate::ber::to_definite`] gave, whose attributes need not be looked through for BER again.
    pub fn from_definite(bytes: &[u8]) -> Result<Self> {
        SignerInfo::read(bytes, |raw| SignedAttributes::from_definite(raw.into()))
    }

    fn read(bytes: &[u8], attributes: impl FnOnce(&[u8]) -> Result<SignedAttributes>) -> Result<Self> {
        let mut outer = Reader::lenient(bytes);
        let mut r = outer.sequence()?;
        outer.finish()?;
        let version = r.uint()?;
        let signer = SignerId::read(&mut r)?;
        let digest = AlgorithmIdentifier::read(&mut r)?;
        let signed = match r.optional(Tag::context(0))? {
            Some(element) => Some(attributes(element.raw)?),
            None => None,
        };
        let algorithm = AlgorithmIdentifier::read(&mut r)?;
        let signature = r.octet_string()?.to_vec();
        let unsigned = match r.optional(Tag::context(1))? {
            Some(element) => Attribute::read_set(element.reader())?,
            None => Vec::new(),
        };
        if !r.is_empty() {
            return Err(Error::TrailingBytes);
        }
        Ok(SignerInfo { version, signer, digest, signed, algorithm, signature, unsigned })
    }

    /// The DER encoding.
    pub fn to_der(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.uint(self.version);
            self.signer.write(w);
            self.digest.write(w);
            if let Some(signed) = &self.signed {
                w.raw(&signed.der_tagged(Tag::context(0)));
            }
            self.algorithm.write(w);
            w.octet_string(&self.signature);
            if !self.unsigned.is_empty() {
                w.set_of(Tag::context(1), self.unsigned.iter().map(Attribute::to_der).collect());
            }
        });
        w.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oids;

    fn sample() -> SignerInfo {
        SignerInfo {
            version: 1,
            signer: SignerId::IssuerSerial { issuer: vec![0x30, 0], serial: vec![5] },
            digest: AlgorithmIdentifier::new(oids::SHA256),
            signed: Some(SignedAttributes::new(vec![Attribute::new(oids::MESSAGE_DIGEST, vec![4, 1, 7])])),
            algorithm: AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION),
            signature: vec![9; 40],
            unsigned: vec![Attribute::new(oids::TIME_STAMP_TOKEN, vec![5, 0])],
        }
    }

    #[test]
    fn round_trips() {
        let mut info = sample();
        assert_eq!(SignerInfo::from_der(&info.to_der()).unwrap(), info);
        info.signer = SignerId::KeyId(vec![1, 2, 3]);
        info.signed = None;
        assert_eq!(SignerInfo::from_der(&info.to_der()).unwrap(), info);
    }

    #[test]
    fn truncation_is_an_error_at_every_length() {
        let bytes = sample().to_der();
        for end in 0..bytes.len() {
            assert!(crate::ber::parse(&bytes[..end], SignerInfo::from_der).is_err());
        }
    }
}
