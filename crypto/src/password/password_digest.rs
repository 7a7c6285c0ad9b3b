//! Digests and HMACs under passwords: those of [`Digest`], and others that key files alone have.

use hmac::{KeyInit, Mac, SimpleHmac};
use sha2::digest::Digest as _;
use sha2::digest::common::BlockSizeUser;
use wire::{AlgorithmIdentifier, Oid, oids};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::hash::Hasher;
use crate::kdf;
use crate::names::Digest;
use crate::secret::Secret;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PasswordDigest {
    /// One that signs, too.
    Known(Digest),
    /// MD5 (RFC 1321).
    Md5,
    /// SHA-512/224 and SHA-512/256 (RFC 8018 §B.1.2).
    Sha512_224,
    Sha512_256,
    /// SHA3-224.
    Sha3_224,
    /// RIPEMD-160.
    Ripemd160,
    /// SM3 (GB/T 32905).
    Sm3,
}

/// Does something with the type that a digest has.
macro_rules! with_type {
    ($digest:expr, $known:ident => $usual:expr, $D:ident => $other:expr) => {
        match $digest {
            PasswordDigest::Known($known) => $usual,
            PasswordDigest::Md5 => with_type!(@ $D = md5::Md5, $other),
            PasswordDigest::Sha512_224 => with_type!(@ $D = sha2::Sha512_224, $other),
            PasswordDigest::Sha512_256 => with_type!(@ $D = sha2::Sha512_256, $other),
            PasswordDigest::Sha3_224 => with_type!(@ $D = sha3::Sha3_224, $other),
            PasswordDigest::Ripemd160 => with_type!(@ $D = ripemd::Ripemd160, $other),
            PasswordDigest::Sm3 => with_type!(@ $D = sm3::Sm3, $other),
        }
    };
    (@ $D:ident = $type:ty, $other:expr) => {{
        type $D = $type;
        $other
    }};
}

impl PasswordDigest {
    /// By the algorithm identifier of the digest, as PKCS#12 has it in its MAC.
    pub fn from_algorithm(algorithm: &AlgorithmIdentifier) -> Result<Self> {
        let other = match algorithm.oid.name() {
            Some("md5") => PasswordDigest::Md5,
            Some("sha512-224") => PasswordDigest::Sha512_224,
            Some("sha512-256") => PasswordDigest::Sha512_256,
            Some("sha3-224") => PasswordDigest::Sha3_224,
            Some("ripemd160") => PasswordDigest::Ripemd160,
            Some("sm3") => PasswordDigest::Sm3,
            _ => return Digest::from_algorithm(algorithm).map(PasswordDigest::Known),
        };
        algorithm.has_no_parameters().then_some(other).ok_or(Error::BadParameters("of a digest algorithm"))
    }

    /// By the identifier of its HMAC (RFC 8018 §B.1.2).
    pub fn from_hmac(oid: Oid) -> Result<Self> {
        Ok(PasswordDigest::Known(match oid {
            oids::HMAC_SHA1 => Digest::Sha1,
            oids::HMAC_SHA224 => Digest::Sha224,
            oids::HMAC_SHA256 => Digest::Sha256,
            oids::HMAC_SHA384 => Digest::Sha384,
            oids::HMAC_SHA512 => Digest::Sha512,
            oids::HMAC_SHA3_256 => Digest::Sha3_256,
            oids::HMAC_SHA3_384 => Digest::Sha3_384,
            oids::HMAC_SHA3_512 => Digest::Sha3_512,
            _ => match oid.name() {
                Some("hmacWithMD5" | "hmac-md5") => return Ok(PasswordDigest::Md5),
                Some("hmacWithSHA512-224") => return Ok(PasswordDigest::Sha512_224),
                Some("hmacWithSHA512-256") => return Ok(PasswordDigest::Sha512_256),
                Some("hmacWithSHA3-224") => return Ok(PasswordDigest::Sha3_224),
                _ => return Err(Error::unsupported("this pseudo-random function", oid)),
            },
        }))
    }

    /// Octets of the value.
    #[allow(clippy::len_without_is_empty)] // no digest is empty
    pub fn len(self) -> usize {
        with_type!(self, known => known.len(), D => D::output_size())
    }

    /// Octets of the block it works on.
    pub fn block_len(self) -> usize {
        with_type!(self, known => known.block_len(), D => D::block_size())
    }

    /// The value over some pieces.
    pub fn of(self, pieces: &[&[u8]]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(with_type!(self, known => {
            let mut hasher = Hasher::new(known);
            pieces.iter().for_each(|piece| hasher.update(piece));
            hasher.finish().to_vec()
        }, D => {
            let mut hasher = D::new();
            pieces.iter().for_each(|piece| hasher.update(piece));
            hasher.finalize().to_vec()
        }))
    }

    /// HMAC (RFC 2104).
    pub fn hmac(self, key: &[u8], message: &[u8]) -> Result<Vec<u8>> {
        with_type!(self, known => Ok(kdf::hmac(known, key, message)), D => {
            let mut mac = SimpleHmac::<D>::new_from_slice(key).map_err(|_| Error::Failed)?;
            mac.update(message);
            Ok(mac.finalize().into_bytes().to_vec())
        })
    }

    /// PBKDF2 (RFC 8018 §5.2) with its HMAC; the caller bounds `iterations` beforehand.
    pub fn pbkdf2(self, password: &[u8], salt: &[u8], iterations: u32, length: usize) -> Result<Secret> {
        with_type!(self, known => match known {
            Digest::Sha3_256 => slow::<sha3::Sha3_256>(password, salt, iterations, length),
            Digest::Sha3_384 => slow::<sha3::Sha3_384>(password, salt, iterations, length),
            Digest::Sha3_512 => slow::<sha3::Sha3_512>(password, salt, iterations, length),
            known => kdf::pbkdf2(known, password, salt, iterations, length),
        }, D => slow::<D>(password, salt, iterations, length))
    }
}

/// PBKDF2 with what the fast library lacks.
fn slow<D>(password: &[u8], salt: &[u8], iterations: u32, length: usize) -> Result<Secret>
where
    D: sha2::digest::Digest + BlockSizeUser + Clone + Sync,
{
    let mut out = Zeroizing::new(vec![0; length]);
    pbkdf2::pbkdf2::<SimpleHmac<D>>(password, salt, iterations, &mut out)
        .map_err(|_| Error::BadParameters("more key material than the derivation gives"))?;
    Ok(out.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By Python's hashlib.pbkdf2_hmac: password, salt, 3 iterations, the first 8 octets of 40.
    #[test]
    fn pbkdf2_with_every_hmac() {
        for (name, first) in PBKDF2 {
            let oid = Oid::of_old_name(name).unwrap_or(match *name {
                "hmacWithSHA3-256" => oids::HMAC_SHA3_256,
                "hmacWithSHA3-384" => oids::HMAC_SHA3_384,
                _ => oids::HMAC_SHA3_512,
            });
            let key = PasswordDigest::from_hmac(oid).unwrap().pbkdf2(b"password", b"salt", 3, 40).unwrap();
            let text: String = key.as_bytes()[..8].iter().map(|octet| format!("{octet:02x}")).collect();
            assert_eq!((text.as_str(), key.len()), (*first, 40), "{name}");
        }
        assert!(PasswordDigest::from_hmac(oids::SHA256).is_err());
    }

    const PBKDF2: &[(&str, &str)] = &[
        ("hmacWithMD5", "f6acd4bda3e4d3d8"),
        ("hmac-md5", "f6acd4bda3e4d3d8"),
        ("hmacWithSHA512-224", "635aed8aaa4449ea"),
        ("hmacWithSHA512-256", "9fa42ea03f8f8ac0"),
        ("hmacWithSHA3-224", "78f53c723000c664"),
        ("hmacWithSHA3-256", "6677065466c97fde"),
        ("hmacWithSHA3-384", "3c7efe23b2a10f89"),
        ("hmacWithSHA3-512", "cf022071b51477a7"),
    ];
}
