//! The key encryption key of a KEMRecipientInfo (RFC 9629 §5).

use wire::AlgorithmIdentifier;
use wire::der::{Tag, Writer};

use crate::error::{Error, Result};
use crate::kdf;
use crate::names::{Digest, Kem, KemKdf, KeyWrap};
use crate::secret::Secret;

/// The key encryption key from a secret that was encapsulated by `kem`. `wrap` is the key wrap as the message states it, for its encoding
/// enters the derivation; `kek_len` is what the message says of the key's octets, which must be the wrap's.
///
/// # Errors
/// [`Error::Unsupported`] for another wrap, [`Error::BadParameters`] for another length, or more than 1024 octets of
/// `ukm`.
pub fn kem_kek(
    (kem, kdf): (Kem, KemKdf),
    shared: &Secret,
    wrap: &AlgorithmIdentifier,
    kek_len: u16,
    ukm: Option<&[u8]>,
) -> Result<Secret> {
    let length = KeyWrap::from_algorithm(wrap)?.key_len();
    if usize::from(kek_len) != length {
        return Err(Error::BadParameters("the length of the key is not that of its key wrap"));
    }
    if ukm.is_some_and(|ukm| ukm.len() > MAX_UKM) {
        return Err(Error::BadParameters("user keying material too long"));
    }
    let info = other_info(wrap, kek_len, ukm);
    // RSA-KEM derives its secret from its number by itself: KDF3 with SHA-256, where the certificate names no other, to
    // the length of the key (RFC 9690 appendix A.1, §2.3).
    let derived = match kem {
        Kem::Rsa => Some(kdf::kdf3(Digest::Sha256, shared, &[], length)?),
        Kem::MlKem(_) | Kem::Composite(_) => None,
    };
    let shared = derived.as_ref().unwrap_or(shared);
    match kdf {
        KemKdf::Hkdf(digest) => kdf::hkdf(digest, None, shared, &info, length),
        KemKdf::Kdf2(digest) => kdf::x963(digest, shared, &info, length),
        KemKdf::Kdf3(digest) => kdf::kdf3(digest, shared, &info, length),
    }
}

/// ```text
/// CMSORIforKEMOtherInfo ::= SEQUENCE { wrap KeyEncryptionAlgorithmIdentifier, kekLength INTEGER (1..65535),
///                                      ukm [0] EXPLICIT UserKeyingMaterial OPTIONAL }
/// ```
fn other_info(wrap: &AlgorithmIdentifier, kek_len: u16, ukm: Option<&[u8]>) -> Vec<u8> {
    let mut w = Writer::new();
    w.sequence(|w| {
        wrap.write(w);
        w.uint(u64::from(kek_len));
        if let Some(ukm) = ukm {
            w.nested(Tag::context(0), |w| {
                w.octet_string(ukm);
            });
        }
    });
    w.into_bytes()
}

const MAX_UKM: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::MlKem;

    /// K-09: the length is the wrap's, and every part of the info enters the key.
    #[test]
    fn k_09_every_part_counts() {
        let kem = Kem::MlKem(MlKem::MlKem768);
        let (kdf, shared) = ((kem, KemKdf::Hkdf(Digest::Sha256)), Secret::new(vec![1; 32]));
        let mut keys = Vec::new();
        for wrap in KeyWrap::ALL {
            let length = u16::try_from(wrap.key_len()).unwrap();
            let algorithm = wrap.to_algorithm();
            for wrong in [0, 1, length - 8, length + 8, u16::MAX] {
                assert!(kem_kek(kdf, &shared, &algorithm, wrong, None).is_err());
            }
            for ukm in [None, Some(&b""[..]), Some(&b"ukm"[..])] {
                keys.push(kem_kek(kdf, &shared, &algorithm, length, ukm).unwrap());
                let others = [KemKdf::Hkdf(Digest::Sha512), KemKdf::Kdf2(Digest::Sha256), KemKdf::Kdf3(Digest::Sha256)];
                for other in others.map(|kdf| (kem, kdf)).into_iter().chain([(Kem::Rsa, KemKdf::Kdf3(Digest::Sha256))])
                {
                    keys.push(kem_kek(other, &shared, &algorithm, length, ukm).unwrap());
                }
            }
            assert!(kem_kek(kdf, &shared, &algorithm, length, Some(&[0; 1025])).is_err());
        }
        for (i, key) in keys.iter().enumerate() {
            assert!(keys[..i].iter().all(|k| k.as_bytes()[..16] != key.as_bytes()[..16]));
        }
    }
}
