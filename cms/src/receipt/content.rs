//! What a receipt says (RFC 2634 §2.8, §2.10, §2.11).

use crypto::Digest;
use wire::cms::{Attribute, SignerInfo};
use wire::der::{Reader, Writer};
use wire::{Oid, oids};

use crate::receipt::request::{ReceiptRequest, read_id};

/// The content that a receipt signs.
///
/// ```text
/// Receipt ::= SEQUENCE { version ESSVersion, -- v1 (1)
///   contentType ContentType, signedContentIdentifier ContentIdentifier, originatorSignatureValue OCTET STRING }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What was received, said in the terms of a reference.
    pub of: ContentReference,
}

/// Which content of which signer is meant; also the value of the attribute contentReference, by which one message
/// refers to another.
///
/// ```text
/// ContentReference ::= SEQUENCE { contentType ContentType,
///   signedContentIdentifier ContentIdentifier, originatorSignatureValue OCTET STRING }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentReference {
    /// The type of the content that was signed.
    pub content_type: Oid,
    /// What its sender calls it, 1 to 1024 octets.
    pub content_id: Vec<u8>,
    /// The value of its signature, up to 64 KiB.
    pub signature: Vec<u8>,
}

impl Receipt {
    /// The receipt for what this signer signed, whose request this is; `None` where it has no signed attributes or its
    /// content type cannot be read (RFC 2634 §2.4 number 2).
    pub fn of(info: &SignerInfo, request: &ReceiptRequest) -> Option<Receipt> {
        let value = info.signed.as_ref()?.single(oids::CONTENT_TYPE).ok()??;
        let content_type = Reader::lenient(value).oid().ok()?;
        let (content_id, signature) = (request.content_id.clone(), info.signature.clone());
        Some(Receipt { of: ContentReference { content_type, content_id, signature } })
    }

    /// Reads the content, which is DER (RFC 2634 §2.4 number 3).
    ///
    /// # Errors
    /// [`wire::Error`] where it is no such value, [`wire::Error::Unsupported`] for another version.
    pub fn from_der(der: &[u8]) -> Result<Self, wire::Error> {
        let mut outer = Reader::new(der);
        let mut r = outer.sequence()?;
        outer.finish()?;
        if r.uint()? != VERSION {
            return Err(wire::Error::Unsupported("version of a receipt"));
        }
        let of = ContentReference::read(&mut r)?;
        r.finish()?;
        Ok(Receipt { of })
    }

    /// As [`Receipt::from_der`] reads it.
    pub fn to_der(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.uint(VERSION);
            self.of.write(w);
        });
        w.into_bytes()
    }
}

impl ContentReference {
    /// Reads the value of the attribute.
    ///
    /// # Errors
    /// [`wire::Error`] where it is no such value or beyond the bounds of its parts.
    pub fn from_der(der: &[u8]) -> Result<Self, wire::Error> {
        let mut outer = Reader::lenient(der);
        let mut r = outer.sequence()?;
        outer.finish()?;
        let read = ContentReference::read(&mut r)?;
        r.finish()?;
        Ok(read)
    }

    /// As [`ContentReference::from_der`] reads it.
    pub fn to_der(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| self.write(w));
        w.into_bytes()
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, wire::Error> {
        let content_type = r.oid()?;
        let content_id = read_id(r)?;
        let signature = r.octet_string()?;
        if signature.len() > MAX_SIGNATURE {
            return Err(wire::Error::LimitExceeded("signature"));
        }
        Ok(ContentReference { content_type, content_id, signature: signature.to_vec() })
    }

    fn write(&self, w: &mut Writer) {
        w.oid(self.content_type).octet_string(&self.content_id).octet_string(&self.signature);
    }
}

/// The digest of a signer's signed attributes, by the digest that the signer names: what the attribute msgSigDigest of
/// a receipt holds (RFC 2634 §2.10). `None` without signed attributes or for a digest that is not known.
pub fn message_signature_digest(info: &SignerInfo) -> Option<Vec<u8>> {
    let digest = Digest::from_algorithm(&info.digest).ok()?;
    Some(crypto::digest(digest, info.signed.as_ref()?.der()).to_vec())
}

/// The attribute contentHint of a signature around encryption that hides a content of this type (RFC 2634 §2.9).
///
/// ```text
/// ContentHints ::= SEQUENCE { contentDescription UTF8String (SIZE (1..MAX)) OPTIONAL, contentType ContentType }
/// ```
pub fn content_hint(content_type: Oid) -> Attribute {
    let mut w = Writer::new();
    w.sequence(|w| {
        w.oid(content_type);
    });
    Attribute::new(oids::CONTENT_HINT, w.into_bytes())
}

/// The attribute msgSigDigest with this value.
pub(crate) fn digest_attribute(digest: &[u8]) -> Attribute {
    let mut w = Writer::new();
    w.octet_string(digest);
    Attribute::new(oids::MSG_SIG_DIGEST, w.into_bytes())
}

/// v1
const VERSION: u64 = 1;
/// Octets of a signature, of which those of SLH-DSA have up to 49 856.
const MAX_SIGNATURE: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt() -> Receipt {
        Receipt { of: ContentReference { content_type: oids::DATA, content_id: vec![9; 3], signature: vec![5; 4] } }
    }

    #[test]
    fn ess_03_a_receipt_has_the_bytes_of_the_standard() {
        let der = receipt().to_der();
        let expected = [0x30, 25, 2, 1, 1, 6, 9, 42, 134, 72, 134, 247, 13, 1, 7, 1, 4, 3, 9, 9, 9, 4, 4, 5, 5, 5, 5];
        assert_eq!(der, expected);
        assert_eq!(Receipt::from_der(&der), Ok(receipt()));
        let reference = receipt().of;
        assert_eq!(ContentReference::from_der(&reference.to_der()), Ok(reference));
    }

    #[test]
    fn ess_03_a_receipt_that_is_cut_or_changed_is_refused_or_another() {
        let der = receipt().to_der();
        for end in 0..der.len() {
            assert!(Receipt::from_der(&der[..end]).is_err(), "{end}");
        }
        assert!(Receipt::from_der(&[&der[..], &[0]].concat()).is_err());
        for bit in 0..der.len() * 8 {
            let mut changed = der.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            if let Ok(read) = Receipt::from_der(&changed) {
                assert_ne!(read, receipt(), "bit {bit}");
            }
        }
        let mut second = der;
        second[4] = 2;
        assert_eq!(Receipt::from_der(&second), Err(wire::Error::Unsupported("version of a receipt")));
    }

    #[test]
    fn ess_03_parts_of_a_receipt_have_bounds() {
        let with = |id: usize, signature: usize| {
            let of = ContentReference { content_id: vec![1; id], signature: vec![2; signature], ..receipt().of };
            Receipt::from_der(&Receipt { of }.to_der()).is_ok()
        };
        assert!(with(1024, MAX_SIGNATURE));
        assert!(!with(1025, 1) && !with(0, 1) && !with(1, MAX_SIGNATURE + 1));
    }
}
