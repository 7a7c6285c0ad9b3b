//! The keystream of an AEAD cipher, and what its authenticator needs of it.

use aws_lc_rs::cipher::StreamingEncryptingKey;
use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use zeroize::Zeroizing;

use crate::content::aes::ctr;
use crate::content::block::engine;
use crate::content::feedback::Feedback;
use crate::content::ghash::Ghash;
use crate::content::mac::Mac;
use crate::content::poly::Poly;
use crate::content::{block_gcm, ccm};
use crate::names::ContentCipher;

pub(super) enum Stream {
    Aes(StreamingEncryptingKey),
    ChaCha(Box<ChaCha20>),
    Old(Box<Feedback>),
}

/// Keystream and authenticator of an AEAD cipher, the additional data taken in; `None` where key or nonce have
/// another length than the cipher's, or the cipher is none.
pub(super) fn prepare(cipher: ContentCipher, key: &[u8], nonce: &[u8], aad: &[u8]) -> Option<(Stream, Mac)> {
    if key.len() != cipher.key_len() {
        return None;
    }
    if cipher.is_ccm() {
        let (stream, mac) = ccm::start(key, nonce, aad)?;
        return Some((Stream::Aes(stream), Mac::Ccm(Box::new(mac))));
    }
    let nonce: [u8; 12] = nonce.try_into().ok()?;
    if let ContentCipher::Old(old) = cipher {
        let (stream, mac) = block_gcm::start(engine(old.engine(), key)?, nonce, aad)?;
        return old.is_gcm().then(|| (Stream::Old(Box::new(stream)), Mac::Old(Box::new(mac))));
    }
    if cipher.is_gcm() {
        return gcm(key, nonce, aad);
    }
    if cipher != ContentCipher::ChaCha20Poly1305 {
        return None;
    }
    let mut stream = ChaCha20::new_from_slices(key, &nonce).ok()?;
    // RFC 8439 §2.6: block 0 gives the one-time key, the text begins with block 1.
    let mut block = Zeroizing::new([0_u8; 64]);
    stream.apply_keystream(&mut *block);
    let one_time: Zeroizing<[u8; 32]> = Zeroizing::new(block[..32].try_into().ok()?);
    Some((Stream::ChaCha(Box::new(stream)), Mac::ChaCha(Box::new(Poly::new(&one_time, aad)))))
}

impl Stream {
    /// XORs the keystream onto `input` into `out`, which is [`SLACK`] octets longer; `None` never happens.
    pub(super) fn apply(&mut self, input: &[u8], out: &mut [u8]) -> Option<()> {
        match self {
            Stream::Aes(key) => {
                let written = key.update(input, out).ok()?.written().len();
                (written == input.len()).then_some(())
            }
            Stream::ChaCha(key) => {
                let out = out.get_mut(..input.len())?;
                out.copy_from_slice(input);
                key.apply_keystream(out);
                Some(())
            }
            Stream::Old(stream) => {
                let out = out.get_mut(..input.len())?;
                out.copy_from_slice(input);
                stream.apply(out);
                Some(())
            }
        }
    }
}

fn gcm(key: &[u8], nonce: [u8; 12], aad: &[u8]) -> Option<(Stream, Mac)> {
    let mut scratch = [0; 16 + SLACK];
    ctr(key, [0; 16])?.update(&[0; 16], &mut scratch).ok()?;
    let hash_key: Zeroizing<[u8; 16]> = Zeroizing::new(scratch[..16].try_into().ok()?);
    // NIST SP 800-38D §7.1: the counter block J0 masks the tag, the text begins with the next.
    let mut counter = [0; 16];
    counter[..12].copy_from_slice(&nonce);
    counter[15] = 1;
    let mut stream = ctr(key, counter)?;
    stream.update(&[0; 16], &mut scratch).ok()?;
    let tag_mask: [u8; 16] = scratch[..16].try_into().ok()?;
    let ghash = Ghash::new(key, nonce, tag_mask, *hash_key, aad)?;
    Some((Stream::Aes(stream), Mac::Gcm(Box::new(ghash))))
}

/// What the library wants an output buffer to be longer than its input.
pub(super) const SLACK: usize = 16;

/// How much is ciphered and authenticated at a time, so that the second finds it in the cache.
pub(super) const PIECE: usize = 16 * 1024;
