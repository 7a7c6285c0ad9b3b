//! Small secrets at rest: AES-256-GCM under a key of this store or of one backup.

use crypto::{CipherParameters, ContentCipher, Random, Secret, SystemRandom};

use crate::error::{Error, Result};

/// Seals `plaintext`, bound to `purpose`: a fresh nonce, the ciphertext, the tag.
pub(crate) fn seal(key: &Secret, purpose: &[u8], plaintext: &[u8]) -> Result<Vec<u8>> {
    let mut out = vec![0; NONCE];
    SystemRandom.fill(&mut out)?;
    let nonce = out.clone();
    let tag = crypto::seal_once(CIPHER, key, &nonce, purpose, plaintext, &mut out)?;
    out.extend_from_slice(&tag);
    Ok(out)
}

/// Opens what [`seal`] gave for the same key and purpose.
pub(crate) fn open(key: &Secret, purpose: &[u8], sealed: &[u8]) -> Result<Secret> {
    let failed = || Error::Crypto(crypto::Error::Failed);
    let (nonce, rest) = sealed.split_at_checked(NONCE).ok_or_else(failed)?;
    let (ciphertext, tag) = rest.split_at_checked(rest.len().wrapping_sub(TAG)).ok_or_else(failed)?;
    let parameters = CipherParameters { iv: nonce.to_vec(), tag_len: TAG };
    let mut out = Vec::with_capacity(ciphertext.len());
    crypto::open_once(CIPHER, &parameters, key, purpose, ciphertext, tag, &mut out)?;
    Ok(Secret::new(out))
}

const CIPHER: ContentCipher = ContentCipher::Aes256Gcm;
const NONCE: usize = 12;
const TAG: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_what_it_sealed_and_nothing_else() {
        let key = Secret::new(vec![7; 32]);
        let sealed = seal(&key, b"a", b"secret").unwrap();
        assert_eq!(sealed.len(), 6 + NONCE + TAG);
        assert_eq!(open(&key, b"a", &sealed).unwrap().as_bytes(), b"secret");
        assert_ne!(seal(&key, b"a", b"secret").unwrap(), sealed, "a nonce was used twice");
        assert!(open(&key, b"b", &sealed).is_err());
        assert!(open(&Secret::new(vec![8; 32]), b"a", &sealed).is_err());
        for end in 0..sealed.len() {
            assert!(open(&key, b"a", &sealed[..end]).is_err());
        }
        for bit in 0..sealed.len() * 8 {
            let mut bent = sealed.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&key, b"a", &bent).is_err());
        }
    }
}
