//! Key agreement schemes by name (RFC 5753 §7.1.4, RFC 8418 §2.3).

use std::fmt;

use wire::{AlgorithmIdentifier, Oid, oids};

use crate::error::{Error, Result};
use crate::names::digest::Digest;
use crate::names::key::KeyKind;
use crate::names::wrap::KeyWrap;

/// Diffie-Hellman with a key derivation function. The cofactor variants of X9.63 equal the standard ones on the
/// curves implemented, whose cofactor is 1; they are read, never written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AgreementScheme {
    /// dhSinglePass-stdDH with the ANSI X9.63 KDF.
    X963(Digest),
    /// dhSinglePass-stdDH with HKDF.
    Hkdf(Digest),
}

impl AgreementScheme {
    /// By object identifier.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for any other, MQV among them.
    pub fn from_oid(oid: Oid) -> Result<Self> {
        let found = SCHEMES.iter().find(|(o, _)| *o == oid).map(|(_, scheme)| *scheme);
        found.ok_or(Error::unsupported("the key agreement scheme", oid))
    }

    /// Its object identifier, of the standard (not cofactor) form.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for HKDF with SHA-1 or SHA-224, which has none.
    pub fn oid(self) -> Result<Oid> {
        let found = SCHEMES.iter().find(|(_, scheme)| *scheme == self).map(|(o, _)| *o);
        found.ok_or(Error::unsupported_here("this key agreement scheme"))
    }

    /// By algorithm identifier, whose parameters are the key wrap algorithm (RFC 5753 §7.1.4).
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other schemes or wraps, [`Error::BadParameters`] where the wrap is missing.
    pub fn from_algorithm(algorithm: &AlgorithmIdentifier) -> Result<(Self, KeyWrap)> {
        let scheme = AgreementScheme::from_oid(algorithm.oid)?;
        let wrap = algorithm.parameters.as_deref().ok_or(Error::BadParameters("no key wrap algorithm"))?;
        Ok((scheme, KeyWrap::from_algorithm(&AlgorithmIdentifier::from_der(wrap)?)?))
    }

    /// The algorithm identifier with `wrap` as parameters.
    ///
    /// # Errors
    /// As [`AgreementScheme::oid`].
    pub fn to_algorithm(self, wrap: KeyWrap) -> Result<AlgorithmIdentifier> {
        Ok(AlgorithmIdentifier::with(self.oid()?, wrap.to_algorithm().to_der()))
    }

    /// The scheme to write to a key: the digest as strong as the curve (RFC 5753 §7.2), HKDF-SHA-256 for X25519
    /// (RFC 8551 §2.3), HKDF-SHA-512 for X448 (RFC 8418 §2.3). `None` for keys that cannot agree.
    pub const fn for_key(kind: &KeyKind) -> Option<Self> {
        use crate::names::key::Curve;
        match kind {
            KeyKind::Ec(Curve::P256) => Some(AgreementScheme::X963(Digest::Sha256)),
            KeyKind::Ec(Curve::P384) => Some(AgreementScheme::X963(Digest::Sha384)),
            KeyKind::Ec(Curve::P521) => Some(AgreementScheme::X963(Digest::Sha512)),
            KeyKind::X25519 => Some(AgreementScheme::Hkdf(Digest::Sha256)),
            KeyKind::X448 => Some(AgreementScheme::Hkdf(Digest::Sha512)),
            _ => None,
        }
    }

    /// The digest of its key derivation.
    pub const fn digest(self) -> Digest {
        match self {
            AgreementScheme::X963(digest) | AgreementScheme::Hkdf(digest) => digest,
        }
    }
}

impl fmt::Display for AgreementScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AgreementScheme::X963(digest) => write!(f, "ecdh-x963-{digest}"),
            AgreementScheme::Hkdf(digest) => write!(f, "ecdh-hkdf-{digest}"),
        }
    }
}

/// Standard forms first: they are the ones written.
const SCHEMES: [(Oid, AgreementScheme); 13] = [
    (oids::ECDH_SHA1_KDF, AgreementScheme::X963(Digest::Sha1)),
    (oids::ECDH_SHA224_KDF, AgreementScheme::X963(Digest::Sha224)),
    (oids::ECDH_SHA256_KDF, AgreementScheme::X963(Digest::Sha256)),
    (oids::ECDH_SHA384_KDF, AgreementScheme::X963(Digest::Sha384)),
    (oids::ECDH_SHA512_KDF, AgreementScheme::X963(Digest::Sha512)),
    (oids::ECDH_COFACTOR_SHA1_KDF, AgreementScheme::X963(Digest::Sha1)),
    (oids::ECDH_COFACTOR_SHA224_KDF, AgreementScheme::X963(Digest::Sha224)),
    (oids::ECDH_COFACTOR_SHA256_KDF, AgreementScheme::X963(Digest::Sha256)),
    (oids::ECDH_COFACTOR_SHA384_KDF, AgreementScheme::X963(Digest::Sha384)),
    (oids::ECDH_COFACTOR_SHA512_KDF, AgreementScheme::X963(Digest::Sha512)),
    (oids::ECDH_HKDF_SHA256, AgreementScheme::Hkdf(Digest::Sha256)),
    (oids::ECDH_HKDF_SHA384, AgreementScheme::Hkdf(Digest::Sha384)),
    (oids::ECDH_HKDF_SHA512, AgreementScheme::Hkdf(Digest::Sha512)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_go_both_ways_and_carry_the_wrap() {
        for (oid, scheme) in SCHEMES {
            assert_eq!(AgreementScheme::from_oid(oid).unwrap(), scheme);
            for wrap in KeyWrap::ALL {
                let algorithm = scheme.to_algorithm(wrap).unwrap();
                assert_eq!(AgreementScheme::from_algorithm(&algorithm).unwrap(), (scheme, wrap));
            }
        }
        assert_eq!(AgreementScheme::X963(Digest::Sha1).oid().unwrap(), oids::ECDH_SHA1_KDF);
        assert!(AgreementScheme::from_algorithm(&AlgorithmIdentifier::new(oids::ECDH_SHA256_KDF)).is_err());
    }
}
