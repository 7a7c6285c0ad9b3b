//! GHASH (NIST SP 800-38D §6.4) and Poly1305 (RFC 8439 §2.8) over additional data and ciphertext.

use ghash::GHash;
use ghash::universal_hash::{KeyInit, UniversalHash};
use poly1305::Poly1305;

use crate::secret::equal;

/// The authenticator of an AEAD cipher, fed in pieces of any size.
pub(super) struct Mac {
    hash: Hash,
    partial: [u8; 16],
    filled: usize,
    aad_len: u64,
    length: u64,
}

enum Hash {
    Ghash { state: Box<GHash>, tag_mask: [u8; 16] },
    Poly1305(Box<Poly1305>),
}

impl Mac {
    pub(super) fn ghash(key: &[u8; 16], tag_mask: [u8; 16], aad: &[u8]) -> Self {
        Mac::start(Hash::Ghash { state: Box::new(GHash::new(&(*key).into())), tag_mask }, aad)
    }

    pub(super) fn poly1305(key: &[u8; 32], aad: &[u8]) -> Self {
        Mac::start(Hash::Poly1305(Box::new(Poly1305::new(&(*key).into()))), aad)
    }

    /// Adds ciphertext.
    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        self.length = self.length.saturating_add(bytes.len() as u64);
        if self.filled > 0 {
            let (head, rest) = bytes.split_at(bytes.len().min(16 - self.filled));
            self.partial[self.filled..self.filled + head.len()].copy_from_slice(head);
            self.filled += head.len();
            bytes = rest;
            if self.filled < 16 {
                return;
            }
            self.hash.blocks(&self.partial);
            self.filled = 0;
        }
        let whole = bytes.len() - bytes.len() % 16;
        self.hash.blocks(&bytes[..whole]);
        let tail = &bytes[whole..];
        self.partial[..tail.len()].copy_from_slice(tail);
        self.filled = tail.len();
    }

    /// The whole tag, 16 octets.
    pub(super) fn finish(mut self) -> [u8; 16] {
        self.pad();
        let mut lengths = [0; 16];
        let (aad, text) = lengths.split_at_mut(8);
        match &self.hash {
            Hash::Ghash { .. } => {
                aad.copy_from_slice(&(self.aad_len * 8).to_be_bytes());
                text.copy_from_slice(&(self.length * 8).to_be_bytes());
            }
            Hash::Poly1305(_) => {
                aad.copy_from_slice(&self.aad_len.to_le_bytes());
                text.copy_from_slice(&self.length.to_le_bytes());
            }
        }
        self.hash.blocks(&lengths);
        match self.hash {
            Hash::Ghash { state, tag_mask } => {
                let mut tag: [u8; 16] = state.finalize().into();
                tag.iter_mut().zip(tag_mask).for_each(|(t, m)| *t ^= m);
                tag
            }
            Hash::Poly1305(state) => state.finalize().into(),
        }
    }

    /// Whether `tag` is the first `length` octets of the tag, and as long.
    pub(super) fn holds(self, tag: &[u8], length: usize) -> bool {
        tag.len() == length && equal(&self.finish()[..length.min(16)], tag)
    }

    fn start(hash: Hash, aad: &[u8]) -> Self {
        let mut mac = Mac { hash, partial: [0; 16], filled: 0, aad_len: 0, length: 0 };
        mac.update(aad);
        mac.pad();
        mac.aad_len = std::mem::take(&mut mac.length);
        mac
    }

    fn pad(&mut self) {
        if self.filled > 0 {
            self.partial[self.filled..].fill(0);
            self.hash.blocks(&self.partial);
            self.filled = 0;
        }
    }
}

impl Hash {
    /// Whole blocks of 16 octets.
    fn blocks(&mut self, bytes: &[u8]) {
        match self {
            Hash::Ghash { state, .. } => state.update(ghash::Block::slice_as_chunks(bytes).0),
            Hash::Poly1305(state) => state.update(poly1305::Block::slice_as_chunks(bytes).0),
        }
    }
}
