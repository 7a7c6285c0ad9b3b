//! Message digests (RFC 5754 §2, RFC 3279).

use std::fmt;
use std::str::FromStr;

use wire::{AlgorithmIdentifier, Oid, oids};

use crate::error::{Error, Result};

/// A message digest. SHA-1 is here for OAEP, the X9.63 KDF on receipt, key identifiers and PKCS#12 MACs, and so
/// that old signatures can be told from broken ones; policy refuses it for everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Digest {
    /// SHA-1, 20 octets.
    Sha1,
    /// SHA-224, 28 octets.
    Sha224,
    /// SHA-256, 32 octets.
    Sha256,
    /// SHA-384, 48 octets.
    Sha384,
    /// SHA-512, 64 octets.
    Sha512,
}

impl Digest {
    /// Every digest, weakest first.
    pub const ALL: [Digest; 5] = [Digest::Sha1, Digest::Sha224, Digest::Sha256, Digest::Sha384, Digest::Sha512];

    /// Its object identifier.
    pub const fn oid(self) -> Oid {
        match self {
            Digest::Sha1 => oids::SHA1,
            Digest::Sha224 => oids::SHA224,
            Digest::Sha256 => oids::SHA256,
            Digest::Sha384 => oids::SHA384,
            Digest::Sha512 => oids::SHA512,
        }
    }

    /// By object identifier.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for any other.
    pub fn from_oid(oid: Oid) -> Result<Self> {
        Digest::ALL.into_iter().find(|d| d.oid() == oid).ok_or(Error::unsupported("the digest algorithm", oid))
    }

    /// By algorithm identifier, whose parameters may be absent or NULL (RFC 5754 §2).
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other digests, [`Error::BadParameters`] for other parameters.
    pub fn from_algorithm(algorithm: &AlgorithmIdentifier) -> Result<Self> {
        let digest = Digest::from_oid(algorithm.oid)?;
        if !algorithm.has_no_parameters() {
            return Err(Error::BadParameters("a digest algorithm has none"));
        }
        Ok(digest)
    }

    /// As SHA-2 is to be written: parameters absent (RFC 5754 §2).
    pub const fn algorithm_identifier(self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::new(self.oid())
    }

    /// Octets of the digest value.
    #[allow(clippy::len_without_is_empty)] // no digest is empty
    pub const fn len(self) -> usize {
        match self {
            Digest::Sha1 => 20,
            Digest::Sha224 => 28,
            Digest::Sha256 => 32,
            Digest::Sha384 => 48,
            Digest::Sha512 => 64,
        }
    }

    /// Octets of the block it works on, as HMAC and the PKCS#12 KDF need them.
    pub const fn block_len(self) -> usize {
        match self {
            Digest::Sha1 | Digest::Sha224 | Digest::Sha256 => 64,
            Digest::Sha384 | Digest::Sha512 => 128,
        }
    }

    /// The value of the `micalg` parameter of multipart/signed (RFC 8551 §3.5.3.2).
    pub const fn micalg(self) -> &'static str {
        match self {
            Digest::Sha1 => "sha-1",
            Digest::Sha224 => "sha-224",
            Digest::Sha256 => "sha-256",
            Digest::Sha384 => "sha-384",
            Digest::Sha512 => "sha-512",
        }
    }

    /// Its name on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Digest::Sha1 => "sha1",
            Digest::Sha224 => "sha224",
            Digest::Sha256 => "sha256",
            Digest::Sha384 => "sha384",
            Digest::Sha512 => "sha512",
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Digest {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Digest::ALL.into_iter().find(|d| d.name() == name || d.micalg() == name);
        found.ok_or(Error::unsupported_here("a digest of this name"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_identifiers_go_both_ways() {
        for digest in Digest::ALL {
            assert_eq!(digest.name().parse::<Digest>().unwrap(), digest);
            assert_eq!(digest.micalg().parse::<Digest>().unwrap(), digest);
            assert_eq!(Digest::from_algorithm(&digest.algorithm_identifier()).unwrap(), digest);
            assert_eq!(Digest::from_algorithm(&AlgorithmIdentifier::with_null(digest.oid())).unwrap(), digest);
        }
        assert!(Digest::from_oid(oids::MD5).is_err());
        assert!(Digest::from_algorithm(&AlgorithmIdentifier::with(oids::SHA256, vec![4, 0])).is_err());
        assert!("sha3".parse::<Digest>().is_err());
    }
}
