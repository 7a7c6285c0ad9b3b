//! Key encapsulation in CMS by name: the mechanism and the key derivation after it (RFC 9629, RFC 9936, RFC 9690).

use std::fmt;

use wire::{AlgorithmIdentifier, Oid, oids};

use crate::error::{Error, Result};
use crate::names::composite_kem::CompositeKem;
use crate::names::digest::Digest;
use crate::names::key::KeyKind;
use crate::names::ml_kem::MlKem;
use crate::names::wrap::KeyWrap;

/// A key encapsulation mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kem {
    /// ML-KEM (RFC 9936).
    MlKem(MlKem),
    /// RSA-KEM (RFC 9690).
    Rsa,
    /// Composite ML-KEM (draft-ietf-lamps-cms-composite-kem).
    Composite(CompositeKem),
}

impl Kem {
    /// The mechanism of keys of this kind; `None` for keys that nothing is encapsulated to.
    pub const fn for_key(kind: &KeyKind) -> Option<Kem> {
        match kind {
            KeyKind::MlKem(set) => Some(Kem::MlKem(*set)),
            KeyKind::CompositeKem(kem) => Some(Kem::Composite(*kem)),
            _ => None,
        }
    }

    /// By algorithm identifier; the parameters must be absent (RFC 9936 §2.1).
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other mechanisms, [`Error::BadParameters`] where there are parameters.
    pub fn from_algorithm(algorithm: &AlgorithmIdentifier) -> Result<Self> {
        let found = match algorithm.oid {
            oids::KEM_RSA => Some(Kem::Rsa),
            other => MlKem::from_oid(other).map(Kem::MlKem).or(CompositeKem::from_oid(other).map(Kem::Composite)),
        };
        let kem = found.ok_or(Error::unsupported("the key encapsulation mechanism", algorithm.oid))?;
        if algorithm.parameters.is_some() {
            return Err(Error::BadParameters("key encapsulation has none"));
        }
        Ok(kem)
    }

    /// The algorithm identifier, without parameters.
    pub const fn to_algorithm(self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::new(self.oid())
    }

    const fn oid(self) -> Oid {
        match self {
            Kem::MlKem(set) => set.oid(),
            Kem::Rsa => oids::KEM_RSA,
            Kem::Composite(kem) => kem.oid(),
        }
    }

    /// The key wrap to write: at least as strong as the mechanism and as the content key of `cek_len` octets
    /// (RFC 9629 §7, RFC 9936 §2.2).
    pub const fn wrap_for(self, cek_len: usize) -> KeyWrap {
        match self {
            Kem::MlKem(MlKem::MlKem512) | Kem::Rsa => KeyWrap::for_key_len(cek_len),
            Kem::MlKem(_) | Kem::Composite(_) => KeyWrap::Aes256,
        }
    }

    /// The key derivation to write: what every reader must know (RFC 9936 §2.1, RFC 9690 §2.1).
    pub const fn kdf(self) -> KemKdf {
        match self {
            Kem::MlKem(_) | Kem::Composite(_) => KemKdf::Hkdf(Digest::Sha256),
            Kem::Rsa => KemKdf::Kdf3(Digest::Sha256),
        }
    }
}

impl fmt::Display for Kem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kem::MlKem(set) => set.fmt(f),
            Kem::Rsa => f.write_str("rsa-kem"),
            Kem::Composite(kem) => kem.fmt(f),
        }
    }
}

/// The key derivation of a KEMRecipientInfo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KemKdf {
    /// HKDF without salt (RFC 8619, RFC 9936 §2.2.1): with SHA-256, SHA-384 or SHA-512.
    Hkdf(Digest),
    /// KDF2 of ANS X9.44, which is that of X9.63: digests of secret, counter and info.
    Kdf2(Digest),
    /// KDF3 of ANS X9.44: digests of counter, secret and info (RFC 9690 appendix B.1).
    Kdf3(Digest),
}

impl KemKdf {
    /// By algorithm identifier; the parameters of HKDF must be absent (RFC 8619 §2), those of the others are the digest,
    /// which is not SHA-1 (RFC 9690 appendix B.1).
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other derivations, [`Error::BadParameters`] where there are parameters.
    pub fn from_algorithm(algorithm: &AlgorithmIdentifier) -> Result<Self> {
        if matches!(algorithm.oid, oids::KDF2 | oids::KDF3) {
            let digest = algorithm.parameters.as_deref().ok_or(Error::BadParameters("no digest"))?;
            let digest = Digest::from_algorithm(&AlgorithmIdentifier::from_der(digest)?)?;
            if digest == Digest::Sha1 || digest.is_extendable() {
                return Err(Error::unsupported_here("a key derivation with this digest"));
            }
            return Ok(if algorithm.oid == oids::KDF2 { KemKdf::Kdf2(digest) } else { KemKdf::Kdf3(digest) });
        }
        let found = HKDF.iter().find(|(oid, _)| *oid == algorithm.oid);
        let (_, digest) = found.ok_or(Error::unsupported("the key derivation", algorithm.oid))?;
        if algorithm.parameters.is_some() {
            return Err(Error::BadParameters("HKDF has none"));
        }
        Ok(KemKdf::Hkdf(*digest))
    }

    /// The algorithm identifier.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a digest that has no identifier here.
    pub fn to_algorithm(self) -> Result<AlgorithmIdentifier> {
        let digest = match self {
            KemKdf::Hkdf(digest) => digest,
            KemKdf::Kdf2(digest) => return Ok(hash_based(oids::KDF2, digest)),
            KemKdf::Kdf3(digest) => return Ok(hash_based(oids::KDF3, digest)),
        };
        let found = HKDF.iter().find(|(_, known)| *known == digest);
        let (oid, _) = found.ok_or(Error::unsupported_here("this key derivation"))?;
        Ok(AlgorithmIdentifier::new(*oid))
    }
}

impl fmt::Display for KemKdf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KemKdf::Hkdf(digest) => write!(f, "hkdf-{digest}"),
            KemKdf::Kdf2(digest) => write!(f, "kdf2-{digest}"),
            KemKdf::Kdf3(digest) => write!(f, "kdf3-{digest}"),
        }
    }
}

/// The digest as RFC 9690 appendix D.2 writes it, with NULL.
fn hash_based(oid: Oid, digest: Digest) -> AlgorithmIdentifier {
    AlgorithmIdentifier::with(oid, AlgorithmIdentifier::with_null(digest.oid()).to_der())
}

const HKDF: [(Oid, Digest); 3] =
    [(oids::HKDF_SHA256, Digest::Sha256), (oids::HKDF_SHA384, Digest::Sha384), (oids::HKDF_SHA512, Digest::Sha512)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways_and_have_no_parameters() {
        for set in MlKem::ALL {
            let kem = Kem::MlKem(set);
            assert_eq!(Kem::from_algorithm(&kem.to_algorithm()), Ok(kem));
            assert!(Kem::from_algorithm(&AlgorithmIdentifier::with_null(set.oid())).is_err());
        }
        for (oid, digest) in HKDF {
            let kdf = KemKdf::Hkdf(digest);
            assert_eq!(KemKdf::from_algorithm(&kdf.to_algorithm().unwrap()), Ok(kdf));
            assert!(KemKdf::from_algorithm(&AlgorithmIdentifier::with_null(oid)).is_err());
        }
        for digest in [Digest::Sha224, Digest::Sha256, Digest::Sha384, Digest::Sha512] {
            for kdf in [KemKdf::Kdf2(digest), KemKdf::Kdf3(digest)] {
                assert_eq!(KemKdf::from_algorithm(&kdf.to_algorithm().unwrap()), Ok(kdf));
            }
            let absent = AlgorithmIdentifier::with(oids::KDF3, AlgorithmIdentifier::new(digest.oid()).to_der());
            assert_eq!(KemKdf::from_algorithm(&absent), Ok(KemKdf::Kdf3(digest)));
        }
        assert!(KemKdf::from_algorithm(&KemKdf::Kdf3(Digest::Sha1).to_algorithm().unwrap()).is_err());
        assert!(KemKdf::from_algorithm(&AlgorithmIdentifier::new(oids::KDF3)).is_err());
        assert_eq!(Kem::from_algorithm(&Kem::Rsa.to_algorithm()), Ok(Kem::Rsa));
        assert!(KemKdf::Hkdf(Digest::Sha1).to_algorithm().is_err());
        assert!(KemKdf::from_algorithm(&AlgorithmIdentifier::new(oids::PBKDF2)).is_err());
    }

    /// RFC 9936 §2.1 and table 1.
    #[test]
    fn k_10_the_wrap_is_as_strong_as_the_mechanism() {
        assert_eq!(Kem::MlKem(MlKem::MlKem512).wrap_for(16), KeyWrap::Aes128);
        assert_eq!(Kem::MlKem(MlKem::MlKem512).wrap_for(32), KeyWrap::Aes256);
        assert_eq!(Kem::MlKem(MlKem::MlKem768).wrap_for(16), KeyWrap::Aes256);
        assert_eq!(Kem::MlKem(MlKem::MlKem1024).wrap_for(16), KeyWrap::Aes256);
    }
}
