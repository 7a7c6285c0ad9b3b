//! Poly1305 over additional data and ciphertext (RFC 8439 §2.8).

use poly1305::Poly1305;
use poly1305::universal_hash::{KeyInit, UniversalHash};

pub(super) struct Poly {
    state: Poly1305,
    partial: [u8; 16],
    filled: usize,
    aad_len: u64,
    length: u64,
}

impl Poly {
    pub(super) fn new(key: &[u8; 32], aad: &[u8]) -> Self {
        let state = Poly1305::new(&(*key).into());
        let mut poly = Poly { state, partial: [0; 16], filled: 0, aad_len: 0, length: 0 };
        poly.update(aad);
        poly.pad();
        poly.aad_len = std::mem::take(&mut poly.length);
        poly
    }

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
            self.state.update(&[self.partial.into()]);
            self.filled = 0;
        }
        let (blocks, tail) = poly1305::Block::slice_as_chunks(bytes);
        self.state.update(blocks);
        self.partial[..tail.len()].copy_from_slice(tail);
        self.filled = tail.len();
    }

    pub(super) fn finish(mut self) -> [u8; 16] {
        self.pad();
        let mut lengths = [0; 16];
        lengths[..8].copy_from_slice(&self.aad_len.to_le_bytes());
        lengths[8..].copy_from_slice(&self.length.to_le_bytes());
        self.state.update(&[lengths.into()]);
        self.state.finalize().into()
    }

    fn pad(&mut self) {
        if self.filled > 0 {
            self.partial[self.filled..].fill(0);
            self.state.update(&[self.partial.into()]);
            self.filled = 0;
        }
    }
}
