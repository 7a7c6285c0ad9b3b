//! PBES2 (RFC 8018 §6.2): reading with AES, triple DES, RC2 and what other programs write besides, writing
//! with AES-256-CBC.

use wire::der::{Reader, Tag};
use wire::pbe::Kdf;
use wire::{AlgorithmIdentifier, EncryptedPrivateKeyInfo, Pbes2, PrivateKeyInfo, oids};
use zeroize::Zeroizing;

use crate::content::{cbc_decrypt, des_ede3_cbc_decrypt, open_once, seal_once};
use crate::error::{Error, Result};
use crate::kdf::{pbkdf2, scrypt};
use crate::names::{CipherParameters, ContentCipher, Digest};
use crate::password::block_modes::{self, Block, Mode};
use crate::password::password_digest::PasswordDigest;
use crate::password::{pbes1, pkcs12_pbe};
use crate::random::Random;
use crate::secret::Secret;

/// How many iterations of PBKDF2 are written.
pub const DEFAULT_ITERATIONS: u32 = 600_000;

/// The private key under `password`, which is taken as UTF-8.
///
/// # Errors
/// [`Error::Failed`] for a wrong password and everything that follows from one; [`Error::Unsupported`] for other
/// schemes than PBES2, PBES1 and those of PKCS#12, [`Error::Wire`] for malformed or
/// excessive parameters, before anything is derived.
pub fn decrypt_pkcs8(info: &EncryptedPrivateKeyInfo, password: &[u8]) -> Result<PrivateKeyInfo> {
    let plain = decrypt(&info.algorithm, &info.ciphertext, password)?;
    PrivateKeyInfo::from_der(&plain).map_err(|_| Error::Failed)
}

/// Encrypts a PrivateKeyInfo: AES-256-CBC under PBKDF2 with HMAC-SHA-256 and a salt of 16 octets.
///
/// # Errors
/// [`Error::Random`]; [`Error::BadParameters`] for no iterations.
pub fn encrypt_pkcs8(
    pkcs8: &[u8],
    password: &[u8],
    iterations: u32,
    rng: &mut dyn Random,
) -> Result<EncryptedPrivateKeyInfo> {
    let (algorithm, ciphertext) = encrypt(pkcs8, password, iterations, rng)?;
    Ok(EncryptedPrivateKeyInfo { algorithm, ciphertext })
}

/// What `algorithm`, PBES2, encrypted.
pub(super) fn decrypt(
    algorithm: &AlgorithmIdentifier,
    ciphertext: &[u8],
    password: &[u8],
) -> Result<Zeroizing<Vec<u8>>> {
    if pbes1::is_pbes1(algorithm) {
        return pbes1::decrypt(algorithm, ciphertext, password);
    }
    if algorithm.oid != oids::PBES2 {
        return pkcs12_pbe::decrypt(algorithm, ciphertext, password);
    }
    let pbes2 = Pbes2::from_algorithm(algorithm)?;
    let key = |length| derive(&pbes2.kdf, password, length);
    match pbes2.cipher.oid {
        oids::AES128_CBC => cbc_decrypt(&key(16)?, &pbes2.iv, ciphertext),
        oids::AES192_CBC => cbc_decrypt(&key(24)?, &pbes2.iv, ciphertext),
        oids::AES256_CBC => cbc_decrypt(&key(32)?, &pbes2.iv, ciphertext),
        oids::DES_EDE3_CBC => des_ede3_cbc_decrypt(&key(24)?, &pbes2.iv, ciphertext),
        oids::AES128_GCM | oids::AES192_GCM | oids::AES256_GCM => gcm(&pbes2, ciphertext, key),
        oids::RC2_CBC => rc2(&pbes2, password, ciphertext),
        _ => old(&pbes2, password, ciphertext),
    }
}

/// Ciphers that other programs write and nothing here does; whether they hide anything is the owner's affair.
fn old(pbes2: &Pbes2, password: &[u8], ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let unsupported = Error::unsupported("this cipher under a password", pbes2.cipher.oid);
    let (cipher, parameters) = match ContentCipher::from_algorithm(&pbes2.cipher) {
        Ok((cipher @ ContentCipher::Old(old), parameters)) if !old.is_gcm() => (cipher, parameters),
        Ok(_) | Err(Error::Unsupported { .. }) => return Err(unsupported),
        Err(error) => return Err(error),
    };
    let (Kdf::Pbkdf2 { key_length, .. } | Kdf::Scrypt { key_length, .. }) = &pbes2.kdf;
    let stated = key_length.and_then(|length| usize::try_from(length).ok());
    let length = stated.filter(|length| cipher.other_key_lens().contains(length)).unwrap_or(cipher.key_len());
    let key = derive(&pbes2.kdf, password, length)?;
    let mut out = Zeroizing::new(Vec::with_capacity(ciphertext.len() + 16));
    open_once(cipher, &parameters, &key, b"", ciphertext, b"", &mut out)?;
    Ok(out)
}

/// AES-GCM, whose tag follows the ciphertext. No standard defines it here: the parameters are RFC 5084's, or the nonce
/// alone, with a whole tag.
fn gcm(pbes2: &Pbes2, ciphertext: &[u8], key: impl Fn(usize) -> Result<Secret>) -> Result<Zeroizing<Vec<u8>>> {
    let bare = pbes2.cipher.parameters.as_deref().is_some_and(|p| p.first() == Some(&Tag::OCTET_STRING.0));
    let (cipher, parameters) = if bare {
        let cipher = ContentCipher::ALL.into_iter().find(|c| c.oid() == pbes2.cipher.oid);
        let cipher = cipher.ok_or(Error::unsupported("this cipher under a password", pbes2.cipher.oid))?;
        (cipher, CipherParameters { iv: pbes2.iv.clone(), tag_len: 16 })
    } else {
        ContentCipher::from_algorithm(&pbes2.cipher)?
    };
    let at = ciphertext.len().checked_sub(parameters.tag_len).ok_or(Error::Failed)?;
    let (body, tag) = ciphertext.split_at(at);
    let mut out = Zeroizing::new(Vec::with_capacity(at));
    open_once(cipher, &parameters, &key(cipher.key_len())?, b"", body, tag, &mut out)?;
    Ok(out)
}

/// RC2-CBC (RFC 8018 §B.2.3): its parameters give the effective bits, the derivation gives the length of the key.
fn rc2(pbes2: &Pbes2, password: &[u8], ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let bits = rc2_bits(pbes2.cipher.parameters.as_deref().unwrap_or_default())?;
    let (Kdf::Pbkdf2 { key_length, .. } | Kdf::Scrypt { key_length, .. }) = &pbes2.kdf;
    let length = key_length.map_or(Ok(bits / 8), usize::try_from).map_err(|_| Error::BadParameters("key length"))?;
    let key = derive(&pbes2.kdf, password, length)?;
    block_modes::decrypt(Block::Rc2(bits), Mode::Cbc, &key, &pbes2.iv, ciphertext)
}

/// Effective bits by the version of RC2-CBC-Parameter (RFC 2268 §6); none is 32.
fn rc2_bits(parameters: &[u8]) -> Result<usize> {
    let mut reader = Reader::lenient(parameters);
    if reader.peek() != Some(Tag::SEQUENCE) {
        return Ok(32);
    }
    let mut inner = reader.sequence()?;
    match if inner.peek() == Some(Tag::INTEGER) { Some(inner.uint()?) } else { None } {
        None => Ok(32),
        Some(160) => Ok(40),
        Some(120) => Ok(64),
        Some(58) => Ok(128),
        Some(bits @ 256..=1024) => usize::try_from(bits).map_err(|_| Error::BadParameters("RC2")),
        Some(_) => Err(Error::BadParameters("RC2 of other effective bits")),
    }
}

/// AES-256-CBC under a fresh salt and vector, with the algorithm that says so.
pub(super) fn encrypt(
    plain: &[u8],
    password: &[u8],
    iterations: u32,
    rng: &mut dyn Random,
) -> Result<(AlgorithmIdentifier, Vec<u8>)> {
    let cipher = ContentCipher::Aes256Cbc;
    let (mut salt, mut iv) = (vec![0; 16], vec![0; cipher.iv_len()]);
    rng.fill(&mut salt)?;
    rng.fill(&mut iv)?;
    let key = pbkdf2(Digest::Sha256, password, &salt, iterations, cipher.key_len())?;
    let mut ciphertext = Vec::new();
    seal_once(cipher, &key, &iv, b"", plain, &mut ciphertext)?;
    let iterations = u64::from(iterations);
    let kdf = Kdf::Pbkdf2 { salt, iterations, key_length: None, prf: oids::HMAC_SHA256 };
    Ok((Pbes2::new(kdf, cipher.oid(), &iv).to_algorithm(), ciphertext))
}

/// A key of `length` octets, where the function states none of its own.
pub(super) fn derive(kdf: &Kdf, password: &[u8], length: usize) -> Result<Secret> {
    let (Kdf::Pbkdf2 { key_length, .. } | Kdf::Scrypt { key_length, .. }) = kdf;
    if key_length.is_some_and(|stated| usize::try_from(stated) != Ok(length)) {
        return Err(Error::BadParameters("a derived key of another length than the cipher's"));
    }
    match kdf {
        Kdf::Pbkdf2 { salt, iterations, prf, .. } => {
            let iterations = u32::try_from(*iterations).map_err(|_| Error::BadParameters("iterations"))?;
            PasswordDigest::from_hmac(*prf)?.pbkdf2(password, salt, iterations, length)
        }
        Kdf::Scrypt { salt, cost, block_size, parallelization, .. } => {
            scrypt(password, salt, [*cost, *block_size, *parallelization], length)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    fn key() -> PrivateKeyInfo {
        let seed = [&[4, 32][..], &[7; 32]].concat();
        PrivateKeyInfo::new(AlgorithmIdentifier::new(oids::ED25519), Zeroizing::new(seed))
    }

    #[test]
    fn round_trips_and_fails_alike() {
        let encrypted = encrypt_pkcs8(&key().to_der(), b"secret", 1000, &mut SystemRandom).unwrap();
        assert_eq!(decrypt_pkcs8(&encrypted, b"secret").unwrap(), key());
        for password in [&b""[..], b"Secret", b"secret1"] {
            assert_eq!(decrypt_pkcs8(&encrypted, password).unwrap_err(), Error::Failed);
        }
        for bit in 0..encrypted.ciphertext.len() * 8 {
            let mut bad = encrypted.clone();
            bad.ciphertext[bit / 8] ^= 1 << (bit % 8);
            // CBC does not authenticate: a flip inside the seed gives another key, never another error.
            match decrypt_pkcs8(&bad, b"secret") {
                Ok(other) => assert_ne!(other, key()),
                Err(error) => assert_eq!(error, Error::Failed),
            }
        }
    }

    /// cost is refused before it is paid.
    #[test]
    fn excessive_and_unknown_parameters() {
        let kdf =
            |iterations, key_length| Kdf::Pbkdf2 { salt: vec![1; 8], iterations, key_length, prf: oids::HMAC_SHA256 };
        let with = |kdf, cipher, iv: usize| EncryptedPrivateKeyInfo {
            algorithm: Pbes2::new(kdf, cipher, &vec![0; iv]).to_algorithm(),
            ciphertext: vec![0; 48],
        };
        let cases = [
            with(kdf(10_000_001, None), oids::AES256_CBC, 16),
            with(kdf(0, None), oids::AES256_CBC, 16),
            with(kdf(1, Some(16)), oids::AES256_CBC, 16),
            with(kdf(1, Some(65)), oids::AES256_CBC, 16),
            with(kdf(1, None), oids::ED25519, 16),
        ];
        for (i, case) in cases.iter().enumerate() {
            let error = decrypt_pkcs8(case, b"").unwrap_err();
            assert_ne!(error, Error::Failed, "{i}");
        }
    }
}
