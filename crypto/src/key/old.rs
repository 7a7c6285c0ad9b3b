//! DSA keys, which old mail has (RFC 3370 §3.1): only verified with.

use dsa::signature::hazmat::PrehashVerifier;
use dsa::{BoxedUint, Components};
use wire::SubjectPublicKeyInfo;
use wire::der::Reader;

use crate::error::{Error, Result};

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
        let mut reader = Reader::new(spki.key());
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

fn padded(octets: &[u8], length: usize) -> Vec<u8> {
    let mut out = vec![0; length.saturating_sub(octets.len())];
    out.extend_from_slice(octets);
    out
}
