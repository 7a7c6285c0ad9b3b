//! Verification of signatures.

use aws_lc_rs::digest::Digest as LibraryDigest;

use crate::error::{Error, Result};
use crate::hash::{digest, library_digest};
use crate::key::padding::{pkcs1_holds, pss_holds};
use crate::key::public::{Prepared, PublicKey, native_digest};
use crate::key::rsa_public::RsaPublic;
use crate::key::{composite_dsa, ed448, slh_dsa};
use crate::names::{CompositeDsa, Curve, SignatureAlgorithm};

impl PublicKey {
    /// Whether `signature` holds over `message`. PKCS#1 v1.5 blocks are compared whole (V-11); ECDSA signatures are
    /// strict DER; Ed25519 is the cofactorless check of RFC 8032 §5.1.7 with S below the group order; ML-DSA,
    /// SLH-DSA and HSS/LMS signatures have exactly their length (V-12).
    ///
    /// # Errors
    /// [`Error::BadSignature`] where it does not, [`Error::KeyCannot`] where kind or restrictions of the key forbid
    /// the algorithm.
    pub fn verify(&self, algorithm: &SignatureAlgorithm, message: &[u8], signature: &[u8]) -> Result<()> {
        match (algorithm, self.prepared()) {
            (SignatureAlgorithm::Ed25519, Prepared::Ed25519(key)) => {
                key.verify_sig(message, signature).map_err(|_| Error::BadSignature)
            }
            (SignatureAlgorithm::MlDsa { set, .. }, Prepared::MlDsa(own, key)) if set == own => {
                key.verify_sig(message, signature).map_err(|_| Error::BadSignature)
            }
            (SignatureAlgorithm::Ed448, Prepared::Ed448(key)) => {
                ed448::holds(key, message, signature).then_some(()).ok_or(Error::BadSignature)
            }
            (SignatureAlgorithm::SlhDsa { set, .. }, Prepared::SlhDsa(own)) if set == own => {
                let holds = slh_dsa::holds(*set, self.octets(), message, signature);
                holds.then_some(()).ok_or(Error::BadSignature)
            }
            (SignatureAlgorithm::HssLms(_), Prepared::HssLms(key)) => {
                key.holds(message, signature).then_some(()).ok_or(Error::BadSignature)
            }
            _ => self.verify_digest(algorithm, &digest(algorithm.digest(), message), signature),
        }
    }

    /// Whether `signature` holds over a message of which only the digest is at hand, as signatures without signed
    /// attributes and streams need it.
    ///
    /// # Errors
    /// As [`PublicKey::verify`]; [`Error::Unsupported`] for what signs messages themselves (EdDSA, ML-DSA, SLH-DSA,
    /// HSS/LMS), and
    /// [`Error::BadParameters`] for a digest of another length.
    pub fn verify_digest(&self, algorithm: &SignatureAlgorithm, digest: &[u8], signature: &[u8]) -> Result<()> {
        if digest.len() != algorithm.digest().len() {
            return Err(Error::BadParameters("a digest of another length"));
        }
        match (algorithm, self.prepared()) {
            (SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss { .. }, Prepared::Rsa(key)) => {
                key.may_sign(algorithm)?;
                verify_rsa(key, algorithm, digest, signature)
            }
            (SignatureAlgorithm::Ecdsa(_), Prepared::Ec(curve, key)) => {
                let fitted = fit(*curve, digest)?;
                key.verify.verify_digest_sig(&fitted, signature).map_err(|_| Error::BadSignature)
            }
            (SignatureAlgorithm::Ecdsa(_), Prepared::Brainpool(key)) => {
                key.holds(digest, signature).then_some(()).ok_or(Error::BadSignature)
            }
            (SignatureAlgorithm::Dsa(_), Prepared::Dsa(key)) => {
                key.holds(digest, signature).then_some(()).ok_or(Error::BadSignature)
            }
            (SignatureAlgorithm::CompositeDsa(pair), Prepared::CompositeDsa(own, other)) if pair == own => {
                verify_composite(*pair, self.octets(), other, digest, signature)
            }
            (SignatureAlgorithm::HashSlhDsa(set), Prepared::HashSlhDsa(own)) if set == own => {
                let holds = slh_dsa::holds_hashed(*set, self.octets(), digest, signature);
                holds.then_some(()).ok_or(Error::BadSignature)
            }
            (pure, _) if pure.is_pure() => Err(Error::unsupported_here("this signature over a digest")),
            _ => Err(Error::KeyCannot("make signatures of this algorithm")),
        }
    }
}

/// Both halves hold over the same representative, each of its length; there is nothing besides them.
fn verify_composite(
    pair: CompositeDsa,
    octets: &[u8],
    other: &PublicKey,
    digest: &[u8],
    signature: &[u8],
) -> Result<()> {
    let set = pair.ml_dsa();
    if signature.len() <= set.signature_len() || octets.len() <= set.public_len() {
        return Err(Error::BadSignature);
    }
    let (post_quantum, traditional) = signature.split_at(set.signature_len());
    let message = composite_dsa::representative(pair, digest);
    let by_ml_dsa = composite_dsa::ml_dsa_holds(pair, &octets[..set.public_len()], &message, post_quantum);
    let by_other = other.verify(&composite_dsa::traditional_signature(pair), &message, traditional).is_ok();
    if by_ml_dsa && by_other { Ok(()) } else { Err(Error::BadSignature) }
}

/// The digest in as many octets as the library expects for the curve. ECDSA uses the leftmost bits of a digest
/// longer than the group order and any shorter digest as the number it is (FIPS 186-5 §6.4.1), so that cutting and
/// zeros in front change nothing.
pub(super) fn fit(curve: Curve, digest: &[u8]) -> Result<LibraryDigest> {
    let native = native_digest(curve);
    let mut octets = vec![0; native.len().saturating_sub(digest.len())];
    octets.extend_from_slice(&digest[..digest.len().min(native.len())]);
    let library = library_digest(native).ok_or(Error::BadParameters("digest"))?;
    LibraryDigest::import_less_safe(&octets, library).map_err(|_| Error::BadParameters("digest"))
}

fn verify_rsa(key: &RsaPublic, algorithm: &SignatureAlgorithm, digest: &[u8], signature: &[u8]) -> Result<()> {
    if signature.len() != key.octets() {
        return Err(Error::BadSignature);
    }
    if let Some(parsed) = key.verifying(algorithm)
        && let Some(library) = library_digest(algorithm.digest())
    {
        let imported = LibraryDigest::import_less_safe(digest, library);
        let imported = imported.map_err(|_| Error::BadSignature)?;
        let result = parsed.verify_digest_sig(&imported, signature);
        // The library knows DigestInfo with NULL; a failure gets its chance at the form without.
        if result.is_ok() || !matches!(algorithm, SignatureAlgorithm::RsaPkcs1(_)) {
            return result.map_err(|_| Error::BadSignature);
        }
    }
    let encoded = key.raw()?.apply(signature).ok_or(Error::BadSignature)?;
    let holds = match *algorithm {
        SignatureAlgorithm::RsaPkcs1(name) => pkcs1_holds(name, digest, &encoded),
        SignatureAlgorithm::RsaPss { digest: name, mgf, salt } => {
            let [salt, bits] = [salt, key.bits()].map(|n| usize::try_from(n).unwrap_or(usize::MAX));
            salt <= encoded.len() && pss_holds((name, mgf), salt, digest, &encoded, bits)
        }
        _ => false,
    };
    if holds { Ok(()) } else { Err(Error::BadSignature) }
}
