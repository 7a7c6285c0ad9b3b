//! How a store keeps its keys: each sealed under the store's key, and that one under a passphrase.

use zeroize::Zeroizing;

use crate::content::{open_once, seal_once};
use crate::error::{Error, Result};
use crate::kdf::pbkdf2;
use crate::names::{CipherParameters, ContentCipher, Digest};
use crate::random::Random;
use crate::secret::Secret;

/// Seals `plaintext` under a key of 32 octets with AES-256-GCM and binds it to `aad`. The result is nonce (12
/// octets), ciphertext and tag (16). One key may seal 2^32 texts before random nonces could meet (NIST SP 800-38D
/// §8.3).
///
/// # Errors
/// [`Error::BadParameters`] for another length of key, [`Error::Random`].
pub fn seal_secret(key: &Secret, aad: &[u8], plaintext: &[u8], rng: &mut dyn Random) -> Result<Vec<u8>> {
    let mut out = vec![0; NONCE];
    rng.fill(&mut out)?;
    let nonce = out.clone();
    let tag = seal_once(CIPHER, key, &nonce, aad, plaintext, &mut out)?;
    out.extend_from_slice(&tag);
    Ok(out)
}

/// Opens what [`seal_secret`] gives.
///
/// # Errors
/// [`Error::Failed`], whatever is wrong.
pub fn open_secret(key: &Secret, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let (nonce, rest) = sealed.split_at_checked(NONCE).ok_or(Error::Failed)?;
    let (ciphertext, tag) = rest.split_at_checked(rest.len().wrapping_sub(TAG)).ok_or(Error::Failed)?;
    let parameters = CipherParameters { iv: nonce.to_vec(), tag_len: TAG };
    let mut out = Zeroizing::new(Vec::with_capacity(ciphertext.len()));
    open_once(CIPHER, &parameters, key, aad, ciphertext, tag, &mut out)?;
    Ok(out)
}

/// Seals `plaintext` under a passphrase: PBKDF2-HMAC-SHA-256 with a fresh salt gives the key of [`seal_secret`].
/// The result begins with the iterations (4 octets, big end first) and the salt (16), which are bound to it.
///
/// # Errors
/// [`Error::BadParameters`] for no iterations or more than ten million, [`Error::Random`].
pub fn seal_under_passphrase(
    passphrase: &[u8],
    iterations: u32,
    aad: &[u8],
    plaintext: &[u8],
    rng: &mut dyn Random,
) -> Result<Vec<u8>> {
    if iterations > MAX_ITERATIONS {
        return Err(Error::BadParameters("too many iterations"));
    }
    let mut out = iterations.to_be_bytes().to_vec();
    out.resize(HEADER, 0);
    rng.fill(&mut out[4..])?;
    let key = pbkdf2(Digest::Sha256, passphrase, &out[4..], iterations, CIPHER.key_len())?;
    let bound = [&out, aad].concat();
    out.extend_from_slice(&seal_secret(&key, &bound, plaintext, rng)?);
    Ok(out)
}

/// Opens what [`seal_under_passphrase`] gives.
///
/// # Errors
/// [`Error::Failed`] for a wrong passphrase and whatever else is wrong; more than ten million iterations are not
/// tried.
pub fn open_under_passphrase(passphrase: &[u8], aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let (header, rest) = sealed.split_at_checked(HEADER).ok_or(Error::Failed)?;
    let (count, salt) = header.split_at(4);
    let iterations = u32::from_be_bytes(count.try_into().map_err(|_| Error::Failed)?);
    if iterations == 0 || iterations > MAX_ITERATIONS {
        return Err(Error::Failed);
    }
    let key = pbkdf2(Digest::Sha256, passphrase, salt, iterations, CIPHER.key_len())?;
    open_secret(&key, &[header, aad].concat(), rest)
}

const CIPHER: ContentCipher = ContentCipher::Aes256Gcm;
const NONCE: usize = 12;
const TAG: usize = 16;
const HEADER: usize = 4 + 16;
const MAX_ITERATIONS: u32 = 10_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn round_trips_and_every_flip_or_cut_fails() {
        let sealed = seal_under_passphrase(b"pass", 10, b"store", b"key", &mut SystemRandom).unwrap();
        assert_eq!(open_under_passphrase(b"pass", b"store", &sealed).unwrap().as_slice(), b"key");
        assert_eq!(open_under_passphrase(b"Pass", b"store", &sealed).unwrap_err(), Error::Failed);
        assert_eq!(open_under_passphrase(b"pass", b"Store", &sealed).unwrap_err(), Error::Failed);
        // The iterations' high octets are left out here: they would only make the test slow.
        for bit in 24..sealed.len() * 8 {
            let mut bad = sealed.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open_under_passphrase(b"pass", b"store", &bad).unwrap_err(), Error::Failed);
        }
        for length in 0..sealed.len() {
            assert_eq!(open_under_passphrase(b"pass", b"store", &sealed[..length]).unwrap_err(), Error::Failed);
        }
        let excessive = [&[0xff; 4][..], &sealed[4..]].concat();
        assert_eq!(open_under_passphrase(b"pass", b"store", &excessive).unwrap_err(), Error::Failed);
    }
}
