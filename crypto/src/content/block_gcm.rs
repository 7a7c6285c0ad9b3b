//! GCM (NIST SP 800-38D) over block ciphers that the fast library lacks.

use ghash::GHash;
use ghash::universal_hash::{KeyInit, UniversalHash};
use zeroize::Zeroizing;

use crate::content::block::Block;
use crate::content::feedback::Feedback;
use crate::names::BlockMode;

/// The authenticator.
pub(super) struct BlockGcm {
    hash: GHash,
    /// E(J0).
    mask: [u8; 16],
    /// Ciphertext of less than a block.
    partial: Vec<u8>,
    aad_len: u64,
    length: u64,
}

/// Keystream and authenticator, the additional data taken in; `None` for blocks that are not 16 octets.
pub(super) fn start(cipher: Box<dyn Block>, nonce: [u8; 12], aad: &[u8]) -> Option<(Feedback, BlockGcm)> {
    let mut key = Zeroizing::new([0; 16]);
    let mut counter = [0; 16];
    counter[..12].copy_from_slice(&nonce);
    counter[15] = 1;
    let mut mask = counter;
    if cipher.size() != 16 {
        return None;
    }
    cipher.encrypt(&mut *key);
    cipher.encrypt(&mut mask);
    counter[15] = 2;
    let mut hash = GHash::new_from_slice(&*key).ok()?;
    hash.update_padded(aad);
    let mac = BlockGcm { hash, mask, partial: Vec::with_capacity(16), aad_len: aad.len() as u64, length: 0 };
    // A message ends before the last 32 bits, which alone count, run over: carries never reach the nonce.
    Some((Feedback::new(cipher, BlockMode::Ctr, &counter)?, mac))
}

impl BlockGcm {
    /// Adds ciphertext.
    pub fn update(&mut self, mut bytes: &[u8]) {
        self.length = self.length.saturating_add(bytes.len() as u64);
        if !self.partial.is_empty() {
            let (head, rest) = bytes.split_at(bytes.len().min(16 - self.partial.len()));
            self.partial.extend_from_slice(head);
            bytes = rest;
            if self.partial.len() < 16 {
                return;
            }
            self.hash.update_padded(&self.partial);
            self.partial.clear();
        }
        let whole = bytes.len() / 16 * 16;
        self.hash.update_padded(&bytes[..whole]);
        self.partial.extend_from_slice(&bytes[whole..]);
    }

    /// The tag.
    pub fn finish(mut self) -> [u8; 16] {
        self.hash.update_padded(&self.partial);
        let mut lengths = [0; 16];
        lengths[..8].copy_from_slice(&self.aad_len.wrapping_mul(8).to_be_bytes());
        lengths[8..].copy_from_slice(&self.length.wrapping_mul(8).to_be_bytes());
        self.hash.update(&[lengths.into()]);
        let mut tag: [u8; 16] = self.hash.finalize().into();
        tag.iter_mut().zip(self.mask).for_each(|(t, m)| *t ^= m);
        tag
    }
}
