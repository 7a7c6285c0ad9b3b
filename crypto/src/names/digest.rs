//! Message digests (RFC 5754 §2, RFC 3279, RFC 8702 §3.1, RFC 9688 §2).

use std::fmt;
use std::str::FromStr;

use wire::{AlgorithmIdentifier, Oid, oids};

use crate::error::{Error, Result};

/// A message digest. SHA-1 is here for OAEP, the X9.63 KDF on receipt, key identifiers and PKCS#12 MACs, and so
/// that old signatures can be told from broken ones; policy refuses it for everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Digest {
    /// MD5, 16 octets: for the signatures and digests of old mail alone, and only [`Digest::of_old_mail`] reads it.
    Md5,
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
    /// SHA3-256, 32 octets.
    Sha3_256,
    /// SHA3-384, 48 octets.
    Sha3_384,
    /// SHA3-512, 64 octets.
    Sha3_512,
    /// SHAKE128 with 32 octets (RFC 8702 §3.1).
    Shake128,
    /// SHAKE256 with 64 octets (RFC 8702 §3.1).
    Shake256,
    /// The same with its length stated beside it, 512 bits, which is how Ed448 names it (RFC 8419 §3.1).
    Shake256Len,
}

impl Digest {
    /// Every digest that has a use today: SHA-1, SHA-2, SHA-3, SHAKE.
    pub const ALL: [Digest; 11] = [
        Digest::Sha1,
        Digest::Sha224,
        Digest::Sha256,
        Digest::Sha384,
        Digest::Sha512,
        Digest::Sha3_256,
        Digest::Sha3_384,
        Digest::Sha3_512,
        Digest::Shake128,
        Digest::Shake256,
        Digest::Shake256Len,
    ];

    /// Its object identifier.
    pub const fn oid(self) -> Oid {
        match self {
            Digest::Md5 => oids::MD5,
            Digest::Sha1 => oids::SHA1,
            Digest::Sha224 => oids::SHA224,
            Digest::Sha256 => oids::SHA256,
            Digest::Sha384 => oids::SHA384,
            Digest::Sha512 => oids::SHA512,
            Digest::Sha3_256 => oids::SHA3_256,
            Digest::Sha3_384 => oids::SHA3_384,
            Digest::Sha3_512 => oids::SHA3_512,
            Digest::Shake128 => oids::SHAKE128,
            Digest::Shake256 => oids::SHAKE256,
            Digest::Shake256Len => oids::SHAKE256_LEN,
        }
    }

    /// By object identifier.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for any other.
    pub fn from_oid(oid: Oid) -> Result<Self> {
        Digest::ALL.into_iter().find(|d| d.oid() == oid).ok_or(Error::unsupported("the digest algorithm", oid))
    }

    /// By algorithm identifier, whose parameters may be absent or NULL (RFC 5754 §2), absent with SHAKE
    /// (RFC 8702 §3.1), or the length of 512 bits where it is stated (RFC 8419 §3.1).
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other digests, [`Error::BadParameters`] for other parameters.
    pub fn from_algorithm(algorithm: &AlgorithmIdentifier) -> Result<Self> {
        let digest = Digest::from_oid(algorithm.oid)?;
        let parameters = algorithm.parameters.as_deref();
        let allowed = match digest {
            Digest::Shake256Len => parameters == Some(&BITS_512),
            Digest::Shake128 | Digest::Shake256 => parameters.is_none(),
            _ => algorithm.has_no_parameters(),
        };
        allowed.then_some(digest).ok_or(Error::BadParameters("of a digest algorithm"))
    }

    /// As [`Digest::from_algorithm`], and MD5 too, with which old mail was signed and which the policy believes nowhere:
    /// so that what is intact can be told from what is broken.
    ///
    /// # Errors
    /// As there.
    pub fn of_old_mail(algorithm: &AlgorithmIdentifier) -> Result<Self> {
        match algorithm.oid {
            oids::MD5 if algorithm.has_no_parameters() => Ok(Digest::Md5),
            _ => Digest::from_algorithm(algorithm),
        }
    }

    /// The digest of an HMAC by its algorithm identifier (RFC 3370 §3.1 and RFC 8018 §B.1.2 for SHA-1, RFC 4231 §3.1,
    /// RFC 9688 §4), whose parameters may be absent or NULL.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other codes, [`Error::BadParameters`] for other parameters.
    pub fn from_hmac(algorithm: &AlgorithmIdentifier) -> Result<Self> {
        let found = HMACS.iter().find(|(oid, _)| *oid == algorithm.oid).map(|(_, digest)| *digest);
        let digest = found.ok_or(Error::unsupported("the message authentication code", algorithm.oid))?;
        algorithm.has_no_parameters().then_some(digest).ok_or(Error::BadParameters("of an HMAC"))
    }

    /// As it is to be written: parameters absent (RFC 5754 §2) but where the length is one.
    pub fn algorithm_identifier(self) -> AlgorithmIdentifier {
        match self {
            Digest::Shake256Len => AlgorithmIdentifier::with(self.oid(), BITS_512.to_vec()),
            _ => AlgorithmIdentifier::new(self.oid()),
        }
    }

    /// Whether it gives any number of octets, of which its value is the first.
    pub const fn is_extendable(self) -> bool {
        matches!(self, Digest::Shake128 | Digest::Shake256 | Digest::Shake256Len)
    }

    /// Octets of the digest value.
    #[allow(clippy::len_without_is_empty)] // no digest is empty
    pub const fn len(self) -> usize {
        match self {
            Digest::Md5 => 16,
            Digest::Sha1 => 20,
            Digest::Sha224 => 28,
            Digest::Sha256 | Digest::Sha3_256 | Digest::Shake128 => 32,
            Digest::Sha384 | Digest::Sha3_384 => 48,
            Digest::Sha512 | Digest::Sha3_512 | Digest::Shake256 | Digest::Shake256Len => 64,
        }
    }

    /// Octets of the block it works on, as HMAC and the PKCS#12 KDF need them.
    pub const fn block_len(self) -> usize {
        match self {
            Digest::Md5 | Digest::Sha1 | Digest::Sha224 | Digest::Sha256 => 64,
            Digest::Sha384 | Digest::Sha512 => 128,
            Digest::Sha3_384 => 104,
            Digest::Sha3_512 => 72,
            Digest::Shake128 => 168,
            Digest::Sha3_256 | Digest::Shake256 | Digest::Shake256Len => 136,
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
            other => other.name(),
        }
    }

    /// Its name on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Digest::Md5 => "md5",
            Digest::Sha1 => "sha1",
            Digest::Sha224 => "sha224",
            Digest::Sha256 => "sha256",
            Digest::Sha384 => "sha384",
            Digest::Sha512 => "sha512",
            Digest::Sha3_256 => "sha3-256",
            Digest::Sha3_384 => "sha3-384",
            Digest::Sha3_512 => "sha3-512",
            Digest::Shake128 => "shake128",
            Digest::Shake256 => "shake256",
            Digest::Shake256Len => "shake256-len",
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

/// INTEGER 512.
const BITS_512: [u8; 4] = [2, 2, 2, 0];

/// HMACs by object identifier; that with SHA-1 has two.
const HMACS: [(Oid, Digest); 9] = [
    (oids::HMAC_SHA1_OF_IPSEC, Digest::Sha1),
    (oids::HMAC_SHA1, Digest::Sha1),
    (oids::HMAC_SHA224, Digest::Sha224),
    (oids::HMAC_SHA256, Digest::Sha256),
    (oids::HMAC_SHA384, Digest::Sha384),
    (oids::HMAC_SHA512, Digest::Sha512),
    (oids::HMAC_SHA3_256, Digest::Sha3_256),
    (oids::HMAC_SHA3_384, Digest::Sha3_384),
    (oids::HMAC_SHA3_512, Digest::Sha3_512),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_identifiers_go_both_ways() {
        for digest in Digest::ALL {
            assert_eq!(digest.name().parse::<Digest>().unwrap(), digest);
            assert_eq!(digest.micalg().parse::<Digest>().unwrap(), digest);
            assert_eq!(Digest::from_algorithm(&digest.algorithm_identifier()).unwrap(), digest);
            let with_null = Digest::from_algorithm(&AlgorithmIdentifier::with_null(digest.oid()));
            assert_eq!(with_null.ok(), (!digest.is_extendable()).then_some(digest));
        }
        // MD5 is read where old mail is judged, and has no name that anybody could ask for.
        let md5 = AlgorithmIdentifier::with_null(oids::MD5);
        assert!(Digest::from_algorithm(&md5).is_err() && "md5".parse::<Digest>().is_err());
        assert_eq!(Digest::of_old_mail(&md5).unwrap(), Digest::Md5);
        assert!(Digest::of_old_mail(&AlgorithmIdentifier::with(oids::MD5, vec![4, 0])).is_err());
        assert_eq!(Digest::of_old_mail(&AlgorithmIdentifier::new(oids::SHA1)).unwrap(), Digest::Sha1);
        assert!(Digest::of_old_mail(&AlgorithmIdentifier::with_null(oids::MD5_WITH_RSA)).is_err());
        assert!(Digest::from_algorithm(&AlgorithmIdentifier::with(oids::SHA256, vec![4, 0])).is_err());
        for length in [vec![2, 2, 1, 0], vec![2, 3, 0, 2, 0]] {
            assert!(Digest::from_algorithm(&AlgorithmIdentifier::with(oids::SHAKE256_LEN, length)).is_err());
        }
        assert!(Digest::from_algorithm(&AlgorithmIdentifier::new(oids::SHAKE256_LEN)).is_err());
        assert!("sha3".parse::<Digest>().is_err());
    }
}
