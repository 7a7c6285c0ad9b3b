//! Key encapsulation in CMS by name: the mechanism and the key derivation after it (RFC 9629, RFC 9936, RFC 9690).

use std::fmt;

use wire::{AlgorithmIdentifier, Oid, oids};

use crate::error::{Error, Result};
use crate::names::digest::Digest;
use crate::names::key::KeyKind;
use crate::names::ml_kem::MlKem;
use crate::names::wrap::KeyWrap;

/// A key encapsulation mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kem {
    /// ML-KEM (RFC 9936).
    MlKem(MlKem),
}

impl Kem {
    /// The mechanism of keys of this kind; `None` for keys that nothing is encapsulated to.
    pub const fn for_key(kind: &KeyKind) -> Option<Kem> {
        match kind {
            KeyKind::MlKem(set) => Some(Kem::MlKem(*set)),
            _ => None,
        }
    }

    /// By algorithm identifier; the parameters must be absent (RFC 9936 §2.1).
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other mechanisms, [`Error::BadParameters`] where there are parameters.
    pub fn from_algorithm(algorithm: &AlgorithmIdentifier) -> Result<Self> {
        let found = MlKem::from_oid(algorithm.oid).map(Kem::MlKem);
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
        }
    }

    /// The key wrap to write: at least as strong as the mechanism and as the content key of `cek_len` octets
    /// (RFC 9629 §7, RFC 9936 §2.2).
    pub const fn wrap_for(self, cek_len: usize) -> KeyWrap {
        match self {
            Kem::MlKem(MlKem::MlKem512) => KeyWrap::for_key_len(cek_len),
            Kem::MlKem(_) => KeyWrap::Aes256,
        }
    }
}

impl fmt::Display for Kem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kem::MlKem(set) => set.fmt(f),
        }
    }
}

/// The key derivation of a KEMRecipientInfo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KemKdf {
    /// HKDF without salt (RFC 8619, RFC 9936 §2.2.1): with SHA-256, SHA-384 or SHA-512.
    Hkdf(Digest),
}

impl KemKdf {
    /// By algorithm identifier; the parameters of HKDF must be absent (RFC 8619 §2).
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other derivations, [`Error::BadParameters`] where there are parameters.
    pub fn from_algorithm(algorithm: &AlgorithmIdentifier) -> Result<Self> {
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
        let KemKdf::Hkdf(digest) = self;
        let found = HKDF.iter().find(|(_, known)| *known == digest);
        let (oid, _) = found.ok_or(Error::unsupported_here("this key derivation"))?;
        Ok(AlgorithmIdentifier::new(*oid))
    }
}

impl fmt::Display for KemKdf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let KemKdf::Hkdf(digest) = self;
        write!(f, "hkdf-{digest}")
    }
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
