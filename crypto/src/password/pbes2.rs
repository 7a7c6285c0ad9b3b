//! PBES2 (RFC 8018 §6.2): reading with AES-CBC and triple DES, writing with AES-256-CBC.

use wire::pbe::Kdf;
use wire::{AlgorithmIdentifier, EncryptedPrivateKeyInfo, Oid, Pbes2, PrivateKeyInfo, oids};
use zeroize::Zeroizing;

use crate::content::{cbc_decrypt, des_ede3_cbc_decrypt, seal_once};
use crate::error::{Error, Result};
use crate::kdf::{pbkdf2, scrypt};
use crate::names::{ContentCipher, Digest};
use crate::password::pkcs12_pbe;
use crate::random::Random;
use crate::secret::Secret;

/// How many iterations of PBKDF2 are written.
pub const DEFAULT_ITERATIONS: u32 = 600_000;

/// The private key under `password`, which is taken as UTF-8.
///
/// # Errors
/// [`Error::Failed`] for a wrong password and everything that follows from one; [`Error::Unsupported`] for other
/// schemes than PBES2 and those of PKCS#12 with triple DES and RC2, [`Error::Wire`] for malformed or excessive parameters, before anything is derived.
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
        other => Err(Error::unsupported("this cipher under a password", other)),
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
            pbkdf2(hmac_digest(*prf)?, password, salt, iterations, length)
        }
        Kdf::Scrypt { salt, cost, block_size, parallelization, .. } => {
            scrypt(password, salt, [*cost, *block_size, *parallelization], length)
        }
    }
}

/// The digest of an HMAC (RFC 8018 §B.1.2).
pub(super) fn hmac_digest(oid: Oid) -> Result<Digest> {
    match oid {
        oids::HMAC_SHA1 => Ok(Digest::Sha1),
        oids::HMAC_SHA224 => Ok(Digest::Sha224),
        oids::HMAC_SHA256 => Ok(Digest::Sha256),
        oids::HMAC_SHA384 => Ok(Digest::Sha384),
        oids::HMAC_SHA512 => Ok(Digest::Sha512),
        other => Err(Error::unsupported("this pseudo-random function", other)),
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
            with(kdf(1, None), oids::AES256_GCM, 12),
        ];
        for (i, case) in cases.iter().enumerate() {
            let error = decrypt_pkcs8(case, b"").unwrap_err();
            assert_ne!(error, Error::Failed, "{i}");
        }
    }
}
