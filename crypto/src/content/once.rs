//! Content that is at hand whole: one call, at several times the speed of a stream for GCM.

use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};

use crate::content::decrypt::Decryptor;
use crate::content::encrypt::Encryptor;
use crate::error::{Error, Result};
use crate::names::{CipherParameters, ContentCipher};
use crate::secret::Secret;

/// Appends the ciphertext of `plaintext` to `out` and gives the tag, as [`Encryptor`] would.
///
/// # Errors
/// As [`Encryptor::new`] and [`Encryptor::update`].
pub fn seal_once(
    cipher: ContentCipher,
    key: &Secret,
    iv: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    out: &mut Vec<u8>,
) -> Result<Vec<u8>> {
    let (Some(library), Ok(nonce)) = (library_key(cipher, key), Nonce::try_assume_unique_for_key(iv)) else {
        let mut encryptor = Encryptor::new(cipher, key, iv, aad)?;
        encryptor.update(plaintext, out)?;
        return encryptor.finish(out);
    };
    let start = out.len();
    out.extend_from_slice(plaintext);
    let tag = library.seal_in_place_separate_tag(nonce, Aad::from(aad), &mut out[start..]);
    match tag {
        Ok(tag) => Ok(tag.as_ref().to_vec()),
        Err(_) => {
            out.truncate(start);
            Err(Error::BadParameters("content too long for this cipher"))
        }
    }
}

/// Appends the plaintext of `ciphertext` to `out` once it is proven, as [`Decryptor`] would; with CBC once its
/// padding holds. On failure `out` is as it was.
///
/// # Errors
/// As [`Decryptor::new`], and [`Error::Failed`] for everything wrong.
pub fn open_once(
    cipher: ContentCipher,
    parameters: &CipherParameters,
    key: &Secret,
    aad: &[u8],
    ciphertext: &[u8],
    tag: &[u8],
    out: &mut Vec<u8>,
) -> Result<()> {
    let start = out.len();
    let result = match (library_key(cipher, key), Nonce::try_assume_unique_for_key(&parameters.iv)) {
        (Some(library), Ok(nonce)) if parameters.tag_len == 16 && tag.len() == 16 => {
            out.resize(start + ciphertext.len(), 0);
            let opened = library.open_separate_gather(nonce, Aad::from(aad), ciphertext, tag, &mut out[start..]);
            opened.map_err(|_| Error::Failed)
        }
        _ => by_stream(cipher, parameters, key, aad, ciphertext, tag, out),
    };
    if result.is_err() {
        zeroize::Zeroize::zeroize(&mut out[start..]);
        out.truncate(start);
    }
    result
}

fn by_stream(
    cipher: ContentCipher,
    parameters: &CipherParameters,
    key: &Secret,
    aad: &[u8],
    ciphertext: &[u8],
    tag: &[u8],
    out: &mut Vec<u8>,
) -> Result<()> {
    let mut decryptor = Decryptor::new(cipher, parameters, key, aad)?;
    decryptor.update(ciphertext, out)?;
    decryptor.finish(tag, out)
}

fn library_key(cipher: ContentCipher, key: &Secret) -> Option<LessSafeKey> {
    let algorithm = match cipher {
        ContentCipher::Aes128Gcm => &AES_128_GCM,
        ContentCipher::Aes192Gcm => &AES_192_GCM,
        ContentCipher::Aes256Gcm => &AES_256_GCM,
        ContentCipher::ChaCha20Poly1305 => &CHACHA20_POLY1305,
        _ => return None,
    };
    Some(LessSafeKey::new(UnboundKey::new(algorithm, key.as_bytes()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AEADS: [ContentCipher; 4] =
        [ContentCipher::Aes128Gcm, ContentCipher::Aes192Gcm, ContentCipher::Aes256Gcm, ContentCipher::ChaCha20Poly1305];

    fn sample(length: usize) -> Vec<u8> {
        (0..length).map(|i| (i * 7 + i / 251) as u8).collect()
    }

    fn key(cipher: ContentCipher) -> Secret {
        Secret::new((0..cipher.key_len() as u8).collect())
    }

    fn parameters(cipher: ContentCipher) -> CipherParameters {
        CipherParameters { iv: vec![9; cipher.iv_len()], tag_len: if cipher.is_aead() { 16 } else { 0 } }
    }

    /// The stream, in pieces of many sizes, gives the bytes the library gives at once.
    #[test]
    fn streams_equal_the_library() {
        for cipher in ContentCipher::ALL {
            let aad: &[u8] = if cipher.is_aead() { b"some additional data" } else { b"" };
            let (key, parameters) = (key(cipher), parameters(cipher));
            for length in [0, 1, 15, 16, 17, 255, 16_384, 16_385, 100_001] {
                let plain = sample(length);
                let mut whole = Vec::new();
                let tag = seal_once(cipher, &key, &parameters.iv, aad, &plain, &mut whole).unwrap();
                for step in [1, 7, 16, 1000, 65_536] {
                    if length / step > 20_000 {
                        continue;
                    }
                    let mut encryptor = Encryptor::new(cipher, &key, &parameters.iv, aad).unwrap();
                    let mut decryptor = Decryptor::new(cipher, &parameters, &key, aad).unwrap();
                    let (mut sealed, mut opened) = (Vec::new(), Vec::new());
                    plain.chunks(step).for_each(|c| encryptor.update(c, &mut sealed).unwrap());
                    assert_eq!(encryptor.finish(&mut sealed).unwrap(), tag, "{cipher} {length} {step}");
                    assert_eq!(sealed, whole);
                    sealed.chunks(step).for_each(|c| decryptor.update(c, &mut opened).unwrap());
                    decryptor.finish(&tag, &mut opened).unwrap();
                    assert_eq!(opened, plain);
                }
                let mut opened = b"before".to_vec();
                open_once(cipher, &parameters, &key, aad, &whole, &tag, &mut opened).unwrap();
                assert_eq!(opened, [&b"before"[..], &plain].concat());
            }
        }
    }

    /// E-04, E-07, X-04: every bit of text, tag and additional data counts, and tags of every length but the one
    /// stated fail, for empty content too.
    #[test]
    fn aead_failures_are_uniform_and_leave_nothing() {
        for cipher in AEADS {
            let (key, parameters) = (key(cipher), parameters(cipher));
            for plain in [&b""[..], b"twenty octets of text"] {
                let mut sealed = Vec::new();
                let tag = seal_once(cipher, &key, &parameters.iv, b"aad", plain, &mut sealed).unwrap();
                let refused = |text: &[u8], tag: &[u8], aad: &[u8]| {
                    let mut out = Vec::new();
                    let once = open_once(cipher, &parameters, &key, aad, text, tag, &mut out).unwrap_err();
                    assert_eq!((once, out.len()), (Error::Failed, 0));
                    let streamed = by_stream(cipher, &parameters, &key, aad, text, tag, &mut out).unwrap_err();
                    assert_eq!(streamed, Error::Failed);
                    let mut proof = Authenticator::new(cipher, &parameters, &key, aad).unwrap();
                    proof.update(text).unwrap();
                    assert_eq!(proof.finish(tag).unwrap_err(), Error::Failed);
                };
                for bit in 0..sealed.len() * 8 {
                    let mut bad = sealed.clone();
                    bad[bit / 8] ^= 1 << (bit % 8);
                    refused(&bad, &tag, b"aad");
                }
                for bit in 0..128 {
                    let mut bad = tag.clone();
                    bad[bit / 8] ^= 1 << (bit % 8);
                    refused(&sealed, &bad, b"aad");
                }
                for length in [0, 1, 4, 8, 11, 12, 15] {
                    refused(&sealed, &tag[..length], b"aad");
                }
                refused(&sealed, &[&tag[..], &[0; 16]].concat(), b"aad");
                refused(&sealed, &tag, b"aae");
                refused(&[&sealed[..], b"x"].concat(), &tag, b"aad");
            }
        }
    }

    use crate::content::decrypt::Authenticator;

    /// A shorter tag is accepted exactly where the parameters state it.
    #[test]
    fn stated_short_tags() {
        let cipher = ContentCipher::Aes128Gcm;
        let mut sealed = Vec::new();
        let tag = seal_once(cipher, &key(cipher), &[9; 12], b"", b"text", &mut sealed).unwrap();
        for tag_len in 12..=16 {
            let parameters = CipherParameters { iv: vec![9; 12], tag_len };
            for length in 0..=16 {
                let mut out = Vec::new();
                let result = open_once(cipher, &parameters, &key(cipher), b"", &sealed, &tag[..length], &mut out);
                assert_eq!(result.is_ok(), length == tag_len);
            }
        }
    }

    /// E-10: padding is checked whole, and every failure is the same.
    #[test]
    fn cbc_padding() {
        let cipher = ContentCipher::Aes256Cbc;
        let (key, parameters) = (key(cipher), parameters(cipher));
        // Two blocks: flipping a bit of the first flips that bit of the second, which is padding, sixteen times 16.
        let mut sealed = Vec::new();
        seal_once(cipher, &key, &parameters.iv, b"", &sample(16), &mut sealed).unwrap();
        assert_eq!(sealed.len(), 32);
        for bit in 0..128 {
            let mut bad = sealed.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let mut out = Vec::new();
            let result = open_once(cipher, &parameters, &key, b"", &bad, b"", &mut out);
            assert!(result == Err(Error::Failed), "{bit}");
        }
        for length in 0..32 {
            let result = open_once(cipher, &parameters, &key, b"", &sealed[..length], b"", &mut Vec::new());
            assert_eq!(result, Err(Error::Failed), "{length}");
        }
        let tagged = open_once(cipher, &parameters, &key, b"", &sealed, b"tag", &mut Vec::new());
        assert_eq!(tagged, Err(Error::Failed));
    }

    #[test]
    fn wrong_lengths_of_key_and_nonce() {
        for cipher in ContentCipher::ALL {
            let short = Secret::new(vec![0; cipher.key_len() - 1]);
            assert!(Encryptor::new(cipher, &short, &vec![0; cipher.iv_len()], b"").is_err());
            assert_eq!(Decryptor::new(cipher, &parameters(cipher), &short, b"").unwrap_err(), Error::Failed);
            for length in [0, 1, 11, 13, 15, 17, 1024] {
                assert!(Encryptor::new(cipher, &key(cipher), &vec![0; length], b"").is_err());
            }
        }
    }
}
