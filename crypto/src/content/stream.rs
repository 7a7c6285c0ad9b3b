//! The keystream of an AEAD cipher, and what its authenticator needs of it.

use aws_lc_rs::cipher::StreamingEncryptingKey;
use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use zeroize::Zeroizing;

use crate::content::aes::ctr;
use crate::content::ccm;
use crate::content::ghash::{self, Ghash};
use crate::content::mac::Mac;
use crate::content::poly::Poly;
use crate::names::ContentCipher;

pub(super) enum Stream {
    Aes(StreamingEncryptingKey),
    Gcm(Counter),
    ChaCha(Box<ChaCha20>),
}

/// Keystream and authenticator of an AEAD cipher, the additional data taken in; `None` where key or nonce have
/// another length than the cipher's, or the cipher is none.
pub(super) fn prepare(cipher: ContentCipher, key: &[u8], nonce: &[u8], aad: &[u8]) -> Option<(Stream, Mac)> {
    if key.len() != cipher.key_len() || !cipher.takes(nonce.len()) {
        return None;
    }
    if cipher.is_ccm() {
        let (stream, mac) = ccm::start(key, nonce, aad)?;
        return Some((Stream::Aes(stream), Mac::Ccm(Box::new(mac))));
    }
    if cipher.is_gcm() {
        return gcm(key, nonce, aad);
    }
    let nonce: [u8; 12] = nonce.try_into().ok()?;
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
            Stream::Aes(key) => cipher(key, input, out),
            Stream::Gcm(counter) => counter.apply(input, out),
            Stream::ChaCha(key) => {
                let out = out.get_mut(..input.len())?;
                out.copy_from_slice(input);
                key.apply_keystream(out);
                Some(())
            }
        }
    }
}

/// The counter of GCM, of which the last 32 bits count and never carry into the others (NIST SP 800-38D §6.2).
pub(super) struct Counter {
    key: StreamingEncryptingKey,
    /// Octets of keystream until the 32 bits are zero.
    left: u64,
    /// The counter from there on.
    next: Option<StreamingEncryptingKey>,
}

impl Counter {
    fn new(key: &[u8], start: [u8; 16]) -> Option<Self> {
        let (_, low) = start.split_last_chunk::<4>()?;
        let blocks = (1 << 32) - u64::from(u32::from_be_bytes(*low));
        let mut wrapped = start;
        wrapped[12..].fill(0);
        Some(Counter { key: ctr(key, start)?, left: 16 * blocks, next: Some(ctr(key, wrapped)?) })
    }

    fn apply(&mut self, input: &[u8], out: &mut [u8]) -> Option<()> {
        let (head, rest) = input.split_at(usize::try_from(self.left).unwrap_or(usize::MAX).min(input.len()));
        cipher(&mut self.key, head, out)?;
        self.left -= head.len() as u64;
        if rest.is_empty() {
            return Some(());
        }
        // A second time comes after more than any text has.
        self.key = self.next.take()?;
        self.left = 16 << 32;
        cipher(&mut self.key, rest, &mut out[head.len()..])?;
        self.left -= rest.len() as u64;
        Some(())
    }
}

fn cipher(key: &mut StreamingEncryptingKey, input: &[u8], out: &mut [u8]) -> Option<()> {
    let written = key.update(input, out).ok()?.written().len();
    (written == input.len()).then_some(())
}

fn gcm(key: &[u8], nonce: &[u8], aad: &[u8]) -> Option<(Stream, Mac)> {
    let hash_key = Zeroizing::new(block(key, [0; 16])?);
    // NIST SP 800-38D §7.1: the counter block J0 masks the tag, the text begins with the next.
    let (counter, own) = match <[u8; 12]>::try_from(nonce) {
        Ok(nonce) => (first_counter(nonce), nonce),
        // GMAC, which the hash is made with, has such a nonce of its own; what it gives is known to nobody.
        Err(_) => (ghash::of_nonce(&hash_key, nonce)?, [0; 12]),
    };
    let mut stream = Counter::new(key, counter)?;
    let mut scratch = [0; 16 + SLACK];
    stream.apply(&[0; 16], &mut scratch)?;
    let tag_mask: [u8; 16] = scratch[..16].try_into().ok()?;
    let ghash = Ghash::new(key, (own, block(key, first_counter(own))?), tag_mask, *hash_key, aad)?;
    Some((Stream::Gcm(stream), Mac::Gcm(Box::new(ghash))))
}

fn first_counter(nonce: [u8; 12]) -> [u8; 16] {
    let mut counter = [0; 16];
    counter[..12].copy_from_slice(&nonce);
    counter[15] = 1;
    counter
}

/// One block under the cipher.
fn block(key: &[u8], input: [u8; 16]) -> Option<[u8; 16]> {
    let mut scratch = [0; 16 + SLACK];
    ctr(key, input)?.update(&[0; 16], &mut scratch).ok()?;
    scratch[..16].try_into().ok()
}

/// What the library wants an output buffer to be longer than its input.
pub(super) const SLACK: usize = 16;

/// How much is ciphered and authenticated at a time, so that the second finds it in the cache.
pub(super) const PIECE: usize = 16 * 1024;
