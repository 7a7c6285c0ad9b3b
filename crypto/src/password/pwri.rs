//! The key wrap of PasswordRecipientInfo: id-alg-PWRI-KEK (RFC 3211 §2.3).

use wire::der::{Reader, Writer};
use wire::pbe::Kdf;
use wire::{AlgorithmIdentifier, Oid, oids};
use zeroize::Zeroizing;

use crate::content::Cbc;
use crate::error::{Error, Result};
use crate::kdf::pbkdf2;
use crate::names::Digest;
use crate::password::pbes2::derive;
use crate::random::Random;
use crate::secret::{Secret, equal};

/// How a content key is wrapped under a password, as a message tells it.
#[derive(Debug, Clone)]
pub struct PasswordWrap {
    kdf: Kdf,
    cipher: Oid,
    iv: Vec<u8>,
}

impl PasswordWrap {
    /// From the keyDerivationAlgorithm and the keyEncryptionAlgorithm: PBKDF2 or scrypt within bounds, and
    /// PWRI-KEK over AES or triple DES in CBC.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for others, [`Error::Wire`] for malformed or excessive parameters.
    pub fn from_algorithms(derivation: &AlgorithmIdentifier, wrap: &AlgorithmIdentifier) -> Result<Self> {
        if wrap.oid != oids::PWRI_KEK {
            return Err(Error::unsupported("this key wrap under a password", wrap.oid));
        }
        let inner = wrap.parameters.as_deref().ok_or(Error::BadParameters("a key wrap without its cipher"))?;
        let inner = AlgorithmIdentifier::from_der(inner)?;
        if inner.oid == oids::DES_CBC || Cbc::key_len(inner.oid).is_none() {
            return Err(Error::unsupported("this cipher to wrap a key under a password", inner.oid));
        }
        let mut iv = Reader::lenient(inner.parameters.as_deref().unwrap_or_default());
        let iv = iv.octet_string()?.to_vec();
        Ok(PasswordWrap { kdf: Kdf::from_algorithm(derivation)?, cipher: inner.oid, iv })
    }

    /// The content key that `wrapped` holds.
    ///
    /// # Errors
    /// [`Error::Failed`] for a wrong password and everything else that does not fit; what [`crate::kdf`] says of the
    /// derivation.
    pub fn unwrap(&self, password: &[u8], wrapped: &[u8]) -> Result<Secret> {
        let kek = derive(&self.kdf, password, Cbc::key_len(self.cipher).unwrap_or_default())?;
        unwrap(Cbc::new(self.cipher, kek.as_bytes(), &self.iv).ok_or(Error::Failed)?, &self.iv, wrapped)
    }
}

/// Wraps a content key of 3 to 255 octets under a password: PBKDF2 with HMAC-SHA-256 and a salt of 16 octets, then
/// PWRI-KEK over AES-256-CBC. Gives the keyDerivationAlgorithm, the keyEncryptionAlgorithm and the encryptedKey.
///
/// # Errors
/// [`Error::Random`]; [`Error::BadParameters`] for no iterations or another length.
pub fn wrap_under_password(
    cek: &Secret,
    password: &[u8],
    iterations: u32,
    rng: &mut dyn Random,
) -> Result<(AlgorithmIdentifier, AlgorithmIdentifier, Vec<u8>)> {
    let (mut salt, mut iv) = (vec![0; 16], vec![0; 16]);
    rng.fill(&mut salt)?;
    rng.fill(&mut iv)?;
    let bad = Error::BadParameters("a content key of this length under a password");
    let kek = pbkdf2(Digest::Sha256, password, &salt, iterations, 32)?;
    let cbc = Cbc::new(oids::AES256_CBC, kek.as_bytes(), &iv).ok_or(bad.clone())?;
    let wrapped = wrap(cbc, cek.as_bytes(), rng)?.ok_or(bad)?;
    let iterations = u64::from(iterations);
    let kdf = Kdf::Pbkdf2 { salt, iterations, key_length: None, prf: oids::HMAC_SHA256 };
    let cipher = AlgorithmIdentifier::with(oids::AES256_CBC, Writer::new().octet_string(&iv).as_bytes().to_vec());
    Ok((kdf.to_algorithm(), AlgorithmIdentifier::with(oids::PWRI_KEK, cipher.to_der()), wrapped))
}

/// RFC 3211 §2.3.1: count, check octets, key and random padding, encrypted twice without resetting the vector.
fn wrap(mut cbc: Cbc, cek: &[u8], rng: &mut dyn Random) -> Result<Option<Vec<u8>>> {
    let (Ok(count), Some(check)) = (u8::try_from(cek.len()), cek.first_chunk::<3>()) else { return Ok(None) };
    let block = cbc.block_len();
    let length = (4 + cek.len()).next_multiple_of(block).max(2 * block);
    let mut data = Zeroizing::new(vec![0; length]);
    rng.fill(&mut data)?;
    data[0] = count;
    data[1..4].copy_from_slice(&check.map(|b| !b));
    data[4..4 + cek.len()].copy_from_slice(cek);
    cbc.encrypt(&mut data);
    cbc.encrypt(&mut data);
    Ok(Some(data.to_vec()))
}

/// RFC 3211 §2.3.2. Count and check octets are looked at together, and nothing is read outside of what arrived (K-13).
fn unwrap(mut cbc: Cbc, iv: &[u8], wrapped: &[u8]) -> Result<Secret> {
    let block = cbc.block_len();
    if wrapped.len() < 2 * block || wrapped.len() > MAX_WRAPPED || !wrapped.len().is_multiple_of(block) {
        return Err(Error::Failed);
    }
    let mut data = Zeroizing::new(wrapped.to_vec());
    // The last block of the inner ciphertext is the vector under which the outer one began.
    let mut last = Zeroizing::new(wrapped[wrapped.len() - block..].to_vec());
    cbc.restart(&wrapped[wrapped.len() - 2 * block..wrapped.len() - block]);
    cbc.decrypt(&mut last);
    cbc.restart(&last);
    cbc.decrypt(&mut data);
    cbc.restart(iv);
    cbc.decrypt(&mut data);
    let count = usize::from(data[0]);
    let check = equal(&[!data[1], !data[2], !data[3]], &data[4..7]);
    match data.get(4..4 + count) {
        Some(cek) if check && count >= MIN_KEY => Ok(Secret::new(cek.to_vec())),
        _ => Err(Error::Failed),
    }
}

/// Octets: count, check and the longest key in whole blocks.
const MAX_WRAPPED: usize = 272;
/// "The minimum allowed key size (usually 5 bytes for 40-bit keys)".
const MIN_KEY: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    const SALT: [u8; 8] = [0x12, 0x34, 0x56, 0x78, 0x78, 0x56, 0x34, 0x12];

    fn kdf(iterations: u64) -> AlgorithmIdentifier {
        Kdf::Pbkdf2 { salt: SALT.to_vec(), iterations, key_length: None, prf: oids::HMAC_SHA1 }.to_algorithm()
    }

    fn kek(cipher: Oid, iv: &[u8]) -> AlgorithmIdentifier {
        let inner = AlgorithmIdentifier::with(cipher, Writer::new().octet_string(iv).as_bytes().to_vec());
        AlgorithmIdentifier::with(oids::PWRI_KEK, inner.to_der())
    }

    /// RFC 3211 §3: the second example, whole; and the first, of single DES, from its key on.
    #[test]
    fn k_13_known_answers() {
        let wrapped = b"\xc0\x3c\x51\x4a\xbd\xb9\xe2\xc5\xaa\xc0\x38\x57\x2b\x5e\x24\x55\x38\x76\xb3\x77\
                        \xaa\xfb\x82\xec\xa5\xa9\xd7\x3f\x8a\xb1\x43\xd9\xec\x74\xe6\xca\xd7\xdb\x26\x0c";
        let cek = b"\x8c\x63\x7d\x88\x72\x23\xa2\xf9\x65\xb5\x66\xeb\x01\x4b\x0f\xa5\
                    \xd5\x23\x00\xa3\xf7\xea\x40\xff\xfc\x57\x72\x03\xc7\x1b\xaf\x3b";
        let iv = [0xba, 0xf1, 0xca, 0x79, 0x31, 0x21, 0x3c, 0x4e];
        let wrap = PasswordWrap::from_algorithms(&kdf(500), &kek(oids::DES_EDE3_CBC, &iv)).unwrap();
        let password = b"All n-entities must communicate with other n-entities via n-1 entiteeheehees";
        assert_eq!(wrap.unwrap(password, wrapped).unwrap().as_bytes(), cek);
        assert_eq!(wrap.unwrap(b"password", wrapped).unwrap_err(), Error::Failed);

        let iv = [0xef, 0xe5, 0x98, 0xef, 0x21, 0xb3, 0x3d, 0x6d];
        let key = [0xd1, 0xda, 0xa7, 0x86, 0x15, 0xf2, 0x87, 0xe6];
        let cbc = Cbc::new(oids::DES_CBC, &key, &iv).unwrap();
        let wrapped = b"\xb8\x1b\x25\x65\xee\x37\x3c\xa6\xde\xdc\xa2\x6a\x17\x8b\x0c\x10";
        let cek = [0x8c, 0x62, 0x7c, 0x89, 0x73, 0x23, 0xa2, 0xf8];
        assert_eq!(super::unwrap(cbc, &iv, wrapped).unwrap().as_bytes(), cek);
    }

    #[test]
    fn k_13_every_length_and_every_wrong_octet() {
        for length in [16, 24, 32, 200, 255] {
            let cek = Secret::new((0..length as u8).map(|i| i ^ 0x5a).collect());
            let (kdf, kek, wrapped) = wrap_under_password(&cek, b"secret", 10, &mut SystemRandom).unwrap();
            let wrap = PasswordWrap::from_algorithms(&kdf, &kek).unwrap();
            assert_eq!(wrap.unwrap(b"secret", &wrapped).unwrap(), cek);
            for end in 0..wrapped.len() {
                assert!(wrap.unwrap(b"secret", &wrapped[..end]).is_err_and(|e| e == Error::Failed), "{end}");
            }
            assert!(wrap.unwrap(b"secret", &[0; 288]).is_err());
            for place in 0..wrapped.len() {
                let mut bad = wrapped.clone();
                bad[place] ^= 1;
                // 24 bits of check: a change may pass them, and then gives another key.
                assert_ne!(wrap.unwrap(b"secret", &bad).unwrap_or_default(), cek);
            }
        }
        for length in [0, 2, 256] {
            assert!(wrap_under_password(&Secret::new(vec![1; length]), b"", 10, &mut SystemRandom).is_err());
        }
    }

    /// K-13: a count beyond what arrived and one too small, under a right check.
    #[test]
    fn k_13_counts_out_of_bounds() {
        let unwrapped = |count: u8| {
            let cbc = || Cbc::new(oids::AES128_CBC, &[1; 16], &[2; 16]).unwrap();
            let mut data = [7; 32];
            data[0] = count;
            data[1..4].fill(!7);
            let mut forward = cbc();
            forward.encrypt(&mut data);
            forward.encrypt(&mut data);
            super::unwrap(cbc(), &[2; 16], &data).map(|key| key.len())
        };
        for count in 0..=u8::MAX {
            let expected = if (5..=28).contains(&count) { Ok(usize::from(count)) } else { Err(Error::Failed) };
            assert_eq!(unwrapped(count), expected, "{count}");
        }
    }

    #[test]
    fn x_16_what_is_refused_before_anything_is_derived() {
        let good = kek(oids::AES256_CBC, &[0; 16]);
        for bad in [kdf(0), kdf(10_000_001), AlgorithmIdentifier::new(oids::PBKDF2), good.clone()] {
            assert!(PasswordWrap::from_algorithms(&bad, &good).is_err());
        }
        for bad in [kek(oids::DES_CBC, &[0; 8]), kek(oids::AES256_GCM, &[0; 12]), kdf(1)] {
            let error = PasswordWrap::from_algorithms(&kdf(1), &bad).unwrap_err();
            assert!(matches!(error, Error::Unsupported { .. }), "{error}");
        }
        let short = PasswordWrap::from_algorithms(&kdf(1), &kek(oids::AES256_CBC, &[0; 15])).unwrap();
        assert_eq!(short.unwrap(b"", &[0; 32]).unwrap_err(), Error::Failed);
    }
}
