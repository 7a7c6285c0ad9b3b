//! Keys that are only verified with: the curves of RFC 5639, and DSA, which old mail has (RFC 3370 §3.1).

use bp256::BrainpoolP256r1;
use bp384::BrainpoolP384r1;
use dsa::signature::hazmat::PrehashVerifier;
use dsa::{BoxedUint, Components};
use wire::SubjectPublicKeyInfo;
use wire::der::Reader;

use crate::error::{Error, Result};
use crate::names::Brainpool;

/// A public key on a curve of RFC 5639.
pub(super) enum BrainpoolPublic {
    P256(ecdsa::VerifyingKey<BrainpoolP256r1>),
    P384(ecdsa::VerifyingKey<BrainpoolP384r1>),
}

impl BrainpoolPublic {
    /// An uncompressed point of the curve.
    pub(super) fn new(curve: Brainpool, point: &[u8]) -> Result<Self> {
        let off = |_| Error::BadKey("a point that is not on its curve");
        if point.len() != 1 + 2 * curve.field_len() || point.first() != Some(&4) {
            return Err(Error::BadKey("not an uncompressed point of its curve"));
        }
        Ok(match curve {
            Brainpool::P256r1 => BrainpoolPublic::P256(ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(off)?),
            Brainpool::P384r1 => BrainpoolPublic::P384(ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(off)?),
        })
    }

    /// Whether a DER Ecdsa-Sig-Value holds over a digest, of which the leftmost bits count (FIPS 186-5 §6.4.1).
    pub(super) fn holds(&self, digest: &[u8], signature: &[u8]) -> bool {
        match self {
            BrainpoolPublic::P256(key) => ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify_prehash(&fitted(digest, 32), &signature).is_ok()),
            BrainpoolPublic::P384(key) => ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify_prehash(&fitted(digest, 48), &signature).is_ok()),
        }
    }
}

/// A DSA public key.
pub(super) struct DsaPublic {
    key: dsa::VerifyingKey,
    bits: u32,
}

impl DsaPublic {
    /// Reads Dss-Parms and DSAPublicKey (RFC 3279 §2.3.2) in the sizes of FIPS 186-4 §4.2. Parameters that are
    /// inherited from an issuer are not looked for.
    pub(super) fn new(spki: &SubjectPublicKeyInfo) -> Result<Self> {
        let parameters = spki.algorithm.parameters.as_deref().ok_or(Error::BadKey("DSA without its parameters"))?;
        let mut whole = Reader::new(parameters);
        let mut reader = whole.sequence()?;
        let [p, q, g] = [reader.unsigned()?, reader.unsigned()?, reader.unsigned()?];
        reader.finish()?;
        whole.finish()?;
        let mut reader = Reader::new(&spki.key);
        let y = reader.unsigned()?;
        reader.finish()?;
        let size = match (p.len(), q.len()) {
            (128, 20) => 1024,
            (256, 28 | 32) => 2048,
            (384, 32) => 3072,
            _ => return Err(Error::BadKey("a DSA key of another size")),
        };
        let bad = |_| Error::BadKey("not a DSA key");
        // Compared as octets of the same length: below p, as the arithmetic below takes for granted.
        if g.len() > p.len()
            || y.len() > p.len()
            || padded(g, p.len()) >= p.to_vec()
            || padded(y, p.len()) >= p.to_vec()
        {
            return Err(Error::BadKey("not a DSA key"));
        }
        let number =
            |octets: &[u8], bits| BoxedUint::from_be_slice(octets, bits).map_err(|_| Error::BadKey("DSA number"));
        let q_bits = u32::try_from(q.len() * 8).unwrap_or_default();
        let components =
            Components::from_components(number(p, size)?, number(q, q_bits)?, number(g, size)?).map_err(bad)?;
        let key = dsa::VerifyingKey::from_components(components, number(y, size)?).map_err(bad)?;
        Ok(DsaPublic { key, bits: size })
    }

    /// Bits of the prime p.
    pub(super) fn bits(&self) -> u32 {
        self.bits
    }

    /// Whether a DER Dss-Sig-Value holds over a digest.
    pub(super) fn holds(&self, digest: &[u8], signature: &[u8]) -> bool {
        self.check(digest, signature).unwrap_or(false)
    }

    fn check(&self, digest: &[u8], signature: &[u8]) -> Result<bool> {
        let mut whole = Reader::new(signature);
        let mut reader = whole.sequence()?;
        let [r, s] = [reader.unsigned()?, reader.unsigned()?];
        reader.finish()?;
        whole.finish()?;
        let bits = self.key.components().q().bits_precision();
        let number = |octets: &[u8]| BoxedUint::from_be_slice(octets, bits).map_err(|_| Error::BadSignature);
        let made = dsa::Signature::from_components(number(r)?, number(s)?).ok_or(Error::BadSignature)?;
        Ok(self.key.verify_prehash(digest, &made).is_ok())
    }
}

/// The digest in `length` octets: cut at the right, or with zeros in front, which changes no number.
fn fitted(digest: &[u8], length: usize) -> Vec<u8> {
    padded(&digest[..digest.len().min(length)], length)
}

fn padded(octets: &[u8], length: usize) -> Vec<u8> {
    let mut out = vec![0; length.saturating_sub(octets.len())];
    out.extend_from_slice(octets);
    out
}
