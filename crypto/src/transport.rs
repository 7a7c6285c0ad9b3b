//! Key transport that does not tell whether it worked (RFC 3218 §2.3.2, K-01).

use crate::error::{Error, Result};
use crate::key::PrivateKey;
use crate::names::{KeyKind, KeyTransport};
use crate::random::{Random, secret};
use crate::secret::Secret;

/// The content key of `cek_len` octets, at most 64, that `ciphertext` transports, or one that only looks like it:
/// where decryption fails or gives another length, the key is derived from private key and ciphertext, always the
/// same for the same input, and the failure shows where the content is decrypted, like any other. A key that cannot
/// derive substitutes a random one.
///
/// # Errors
/// [`Error::Failed`] where the ciphertext is not as long as the modulus, which everybody can see;
/// [`Error::KeyCannot`] where the key's kind or restrictions forbid it; [`Error::Random`].
pub fn transport_cek(
    key: &dyn PrivateKey,
    how: &KeyTransport,
    ciphertext: &[u8],
    cek_len: usize,
    rng: &mut dyn Random,
) -> Result<Secret> {
    let KeyKind::Rsa { bits } = key.public().kind() else { return Err(Error::KeyCannot("take key transport")) };
    if u32::try_from(ciphertext.len()) != Ok(bits.div_ceil(8)) || cek_len > 64 {
        return Err(Error::Failed);
    }
    // Derived before the decryption is tried, so that both ways do the same work.
    let substitute = match key.implicit_rejection(ciphertext, cek_len) {
        Some(substitute) => substitute,
        None => secret(cek_len, rng)?,
    };
    match key.decrypt(how, ciphertext) {
        Ok(cek) if cek.len() == cek_len => Ok(cek),
        Err(error @ Error::KeyCannot(_)) => Err(error),
        _ => Ok(substitute),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SoftKey;
    use crate::names::{Digest, KeySpec};
    use crate::random::SystemRandom;

    /// K-01, X-01: bad padding and a wrong length give a key all the same, the same each time.
    #[test]
    fn failures_give_a_stable_key() {
        let (key, _) = SoftKey::generate(KeySpec::Rsa(2048), &mut SystemRandom).unwrap();
        let rng = &mut SystemRandom;
        for how in [KeyTransport::RsaPkcs1, KeyTransport::oaep(Digest::Sha256), KeyTransport::oaep(Digest::Sha1)] {
            let good = key.public().encrypt(&how, &[5; 32], rng).unwrap();
            assert_eq!(transport_cek(&key, &how, &good, 32, rng).unwrap().as_bytes(), [5; 32]);
            let mut bad = good.clone();
            bad[100] ^= 1;
            let first = transport_cek(&key, &how, &bad, 32, rng).unwrap();
            assert_eq!(first.len(), 32);
            assert_ne!(first.as_bytes(), [5; 32]);
            assert_eq!(transport_cek(&key, &how, &bad, 32, rng).unwrap(), first);
            let short = transport_cek(&key, &how, &good, 16, rng).unwrap();
            assert_eq!(short.len(), 16);
            assert_ne!(short.as_bytes(), [5; 16]);
            assert_ne!(transport_cek(&key, &how, &[0xff; 256], 32, rng).unwrap(), first);
            assert_eq!(transport_cek(&key, &how, &good[1..], 32, rng).unwrap_err(), Error::Failed);
        }
    }

    #[test]
    fn mixed_oaep_digests_and_labels() {
        let (key, _) = SoftKey::generate(KeySpec::Rsa(2048), &mut SystemRandom).unwrap();
        let rng = &mut SystemRandom;
        for (digest, mgf) in
            [(Digest::Sha256, Digest::Sha1), (Digest::Sha224, Digest::Sha224), (Digest::Sha512, Digest::Sha512)]
        {
            for label in [&b""[..], b"label"] {
                let how = KeyTransport::RsaOaep { digest, mgf, label: label.to_vec() };
                let sealed = key.public().encrypt(&how, &[5; 32], rng).unwrap();
                assert_eq!(key.decrypt(&how, &sealed).unwrap().as_bytes(), [5; 32]);
                let other = KeyTransport::RsaOaep { digest, mgf, label: b"other".to_vec() };
                assert_eq!(key.decrypt(&other, &sealed).unwrap_err(), Error::Failed);
            }
        }
    }
}
