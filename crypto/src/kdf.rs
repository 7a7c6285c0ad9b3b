//! Key derivation: ANSI X9.63, HKDF (RFC 5869) and PBKDF2 (RFC 8018 §5.2).

use std::num::NonZeroU32;

use aws_lc_rs::{hkdf as lc_hkdf, hmac, pbkdf2 as lc_pbkdf2};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::hash::Hasher;
use crate::mac::Hmac;
use crate::names::Digest;
use crate::secret::Secret;

/// The KDF of ANSI X9.63 (SEC 1 §3.6.1): digests of secret, counter and `info` until there are `length` octets, of
/// which there may be 1024.
///
/// # Errors
/// [`Error::BadParameters`] beyond that.
pub fn x963(digest: Digest, secret: &Secret, info: &[u8], length: usize) -> Result<Secret> {
    if length > MAX_DERIVED {
        return Err(Error::BadParameters("more key material than the derivation gives"));
    }
    let mut out = Zeroizing::new(Vec::with_capacity(length + digest.len()));
    let mut counter = 1_u32;
    while out.len() < length {
        let mut hasher = Hasher::new(digest);
        hasher.update(secret.as_bytes());
        hasher.update(&counter.to_be_bytes());
        hasher.update(info);
        out.extend_from_slice(&hasher.finish());
        counter += 1;
    }
    out.truncate(length);
    Ok(out.into())
}

/// KDF3 of ANS X9.44 (RFC 9690 appendix B.1): digests of counter, secret and `info` until there are `length` octets, of
/// which there may be 1024.
///
/// # Errors
/// [`Error::BadParameters`] beyond that.
pub fn kdf3(digest: Digest, secret: &Secret, info: &[u8], length: usize) -> Result<Secret> {
    if length > MAX_DERIVED {
        return Err(Error::BadParameters("more key material than the derivation gives"));
    }
    let mut out = Zeroizing::new(Vec::with_capacity(length + digest.len()));
    let mut counter = 1_u32;
    while out.len() < length {
        let mut hasher = Hasher::new(digest);
        hasher.update(&counter.to_be_bytes());
        hasher.update(secret.as_bytes());
        hasher.update(info);
        out.extend_from_slice(&hasher.finish());
        counter += 1;
    }
    out.truncate(length);
    Ok(out.into())
}

/// HKDF, extract and expand; an absent salt is a digest's length of zeros (RFC 5869 §2.2).
///
/// # Errors
/// [`Error::Unsupported`] with SHA-224, SHA-3 and SHAKE, [`Error::BadParameters`] for more than 255 digests' length (RFC 5869 §2.3).
pub fn hkdf(digest: Digest, salt: Option<&[u8]>, secret: &Secret, info: &[u8], length: usize) -> Result<Secret> {
    let algorithm = match digest {
        Digest::Sha1 => lc_hkdf::HKDF_SHA1_FOR_LEGACY_USE_ONLY,
        Digest::Sha256 => lc_hkdf::HKDF_SHA256,
        Digest::Sha384 => lc_hkdf::HKDF_SHA384,
        Digest::Sha512 => lc_hkdf::HKDF_SHA512,
        _ => return Err(Error::unsupported_here("HKDF with this digest")),
    };
    if length > 255 * digest.len() {
        return Err(Error::BadParameters("more key material than the derivation gives"));
    }
    let prk = lc_hkdf::Salt::new(algorithm, salt.unwrap_or_default()).extract(secret.as_bytes());
    let mut out = Zeroizing::new(vec![0; length]);
    let info = [info];
    let okm = prk.expand(&info, Length(length)).map_err(|_| Error::BadParameters("key material"))?;
    okm.fill(&mut out).map_err(|_| Error::BadParameters("key material"))?;
    Ok(out.into())
}

/// The key of a content from the content key that recipients were given: HKDF with SHA-256 over the AlgorithmIdentifier
/// of the cipher (DER), so that a message made over to another cipher is read with another key (RFC 9709 §2).
///
/// # Errors
/// [`Error::BadParameters`] for a key longer than 8160 octets.
pub fn cek_hkdf(cek: &Secret, cipher: &[u8]) -> Result<Secret> {
    hkdf(Digest::Sha256, Some(b"The Cryptographic Message Syntax"), cek, cipher, cek.len())
}

/// PBKDF2 with HMAC. The caller bounds `iterations` beforehand: all of them are done.
///
/// # Errors
/// [`Error::BadParameters`] for no iterations, or more than 1024 octets; [`Error::Unsupported`] with SHA-3 and SHAKE.
pub fn pbkdf2(prf: Digest, password: &[u8], salt: &[u8], iterations: u32, length: usize) -> Result<Secret> {
    let iterations = NonZeroU32::new(iterations).ok_or(Error::BadParameters("no iterations"))?;
    if length > MAX_DERIVED {
        return Err(Error::BadParameters("more key material than the derivation gives"));
    }
    let algorithm = match prf {
        Digest::Sha1 => lc_pbkdf2::PBKDF2_HMAC_SHA1,
        Digest::Sha256 => lc_pbkdf2::PBKDF2_HMAC_SHA256,
        Digest::Sha384 => lc_pbkdf2::PBKDF2_HMAC_SHA384,
        Digest::Sha512 => lc_pbkdf2::PBKDF2_HMAC_SHA512,
        Digest::Sha224 => return Ok(pbkdf2_sha224(password, salt, iterations.get(), length)),
        _ => return Err(Error::unsupported_here("PBKDF2 with this digest")),
    };
    let mut out = Zeroizing::new(vec![0; length]);
    if length > 0 {
        lc_pbkdf2::derive(algorithm, iterations, salt, password, &mut out);
    }
    Ok(out.into())
}

/// scrypt (RFC 7914) with N, r and p. The caller bounds their product beforehand: all of it is taken.
pub(crate) fn scrypt(password: &[u8], salt: &[u8], [n, r, p]: [u64; 3], length: usize) -> Result<Secret> {
    let bad = || Error::BadParameters("scrypt");
    if !n.is_power_of_two() || length > MAX_DERIVED {
        return Err(bad());
    }
    let log_n = u8::try_from(n.ilog2()).map_err(|_| bad())?;
    let (r, p) = (u32::try_from(r).map_err(|_| bad())?, u32::try_from(p).map_err(|_| bad())?);
    let params = scrypt::Params::new(log_n, r, p).map_err(|_| bad())?;
    let mut out = Zeroizing::new(vec![0; length]);
    scrypt::scrypt(password, salt, &params, &mut out).map_err(|_| bad())?;
    Ok(out.into())
}

/// HMAC over bytes at hand (RFC 2104).
pub(crate) fn hmac(digest: Digest, key: &[u8], message: &[u8]) -> Vec<u8> {
    let algorithm = match digest {
        Digest::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        Digest::Sha224 => hmac::HMAC_SHA224,
        Digest::Sha256 => hmac::HMAC_SHA256,
        Digest::Sha384 => hmac::HMAC_SHA384,
        Digest::Sha512 => hmac::HMAC_SHA512,
        _ => {
            // The library has none for the others.
            let mut mac = Hmac::new(digest, &Secret::new(key.to_vec()));
            mac.update(message);
            return mac.finish().to_vec();
        }
    };
    hmac::sign(&hmac::Key::new(algorithm, key), message).as_ref().to_vec()
}

/// The one PRF the library's PBKDF2 lacks.
fn pbkdf2_sha224(password: &[u8], salt: &[u8], iterations: u32, length: usize) -> Secret {
    let key = hmac::Key::new(hmac::HMAC_SHA224, password);
    let mut out = Zeroizing::new(Vec::with_capacity(length + Digest::Sha224.len()));
    let mut block = 1_u32;
    while out.len() < length {
        let mut u = hmac::sign(&key, &[salt, &block.to_be_bytes()].concat());
        let mut t = Zeroizing::new(u.as_ref().to_vec());
        for _ in 1..iterations {
            u = hmac::sign(&key, u.as_ref());
            t.iter_mut().zip(u.as_ref()).for_each(|(t, u)| *t ^= u);
        }
        out.extend_from_slice(&t);
        block += 1;
    }
    out.truncate(length);
    out.into()
}

struct Length(usize);

impl lc_hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// No key of this field is longer, and every derivation here gives as much.
const MAX_DERIVED: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// RFC 6070 test vector 2; for SHA-224, the value that Python's hashlib gives.
    /// As `openssl dgst -sha3-256 -mac HMAC` has it, with a key under and over the block's length.
    #[test]
    fn hmac_with_sha3() {
        for (length, expected) in [
            (3, "5113b7015c87d17ee33119d682dde044e146391513efd579b7c714070cbd79b9"),
            (200, "6e52f6eec362bb1d2864c87c2a81fe6f65e71cc1008b197c5fffa8043fcab284"),
        ] {
            let value: String =
                hmac(Digest::Sha3_256, &vec![b'k'; length], b"message").iter().map(|b| format!("{b:02x}")).collect();
            assert_eq!(value, expected);
        }
    }

    #[test]
    fn pbkdf2_known_answers() {
        let key = pbkdf2(Digest::Sha1, b"password", b"salt", 2, 20).unwrap();
        assert_eq!(hex(key.as_bytes()), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
        let thrice = pbkdf2(Digest::Sha224, b"password", b"salt", 3, 40).unwrap();
        assert_eq!(
            hex(thrice.as_bytes()),
            "947cf079cfc7f2016dcd7ec418840443edaabb90c496f98cabeec4bfb1a5a4aaff68cca92cf05a6d"
        );
        let once = pbkdf2(Digest::Sha224, b"password", b"salt", 1, 28).unwrap();
        assert_eq!(once.as_bytes(), hmac(Digest::Sha224, b"password", b"salt\0\0\0\x01"));
        assert!(pbkdf2(Digest::Sha256, b"", b"", 0, 32).is_err());
    }

    /// RFC 7914 §12, the second vector.
    #[test]
    fn scrypt_known_answer() {
        let key = scrypt(b"password", b"NaCl", [1024, 8, 16], 64).unwrap();
        assert!(hex(key.as_bytes()).starts_with("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"));
        assert!(scrypt(b"", b"", [3, 1, 1], 32).is_err());
    }

    #[test]
    fn x963_is_its_definition() {
        let secret = Secret::new(vec![1; 32]);
        let derived = x963(Digest::Sha256, &secret, b"info", 40).unwrap();
        let first = crate::hash::digest(Digest::Sha256, &[&[1; 32][..], &[0, 0, 0, 1], b"info"].concat());
        let second = crate::hash::digest(Digest::Sha256, &[&[1; 32][..], &[0, 0, 0, 2], b"info"].concat());
        assert_eq!(derived.as_bytes(), [&first[..], &second[..8]].concat());
        assert!(x963(Digest::Sha256, &secret, b"", 1025).is_err());
    }
}
