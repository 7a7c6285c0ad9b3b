//! GHASH (NIST SP 800-38D §6.4) as a stream, at the speed of a library that has it at once only.
//!
//! The library gives GMAC: the tag over additional data alone, GHASH(data padded ‖ L) ⊕ E(J0), where L is the block of
//! lengths. Under the message's own key that GHASH has the message's own hash key H, so that pieces can be put together.
//! Write Y for the state that GHASH has after some blocks, and Z = Y·H. After a further piece of n blocks
//!
//! ```text
//! Z' = Z·H^n ⊕ S ⊕ L·H        S = GMAC(piece) ⊕ E(J0), L the lengths of the piece alone
//! ```
//!
//! and the GHASH of everything, with the lengths M of additional data and text, is Z ⊕ M·H. Each piece costs one GMAC
//! and one multiplication. No value computed here but the last leaves this file.

use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ghash::GHash;
use ghash::universal_hash::UniversalHash;
use zeroize::{Zeroize, Zeroizing};

pub(super) struct Ghash {
    gmac: LessSafeKey,
    nonce: [u8; 12],
    /// E(J0).
    mask: [u8; 16],
    h: Block,
    /// Keyed with H to the number of blocks of a whole piece, once there was one.
    power: Option<GHash>,
    z: Block,
    /// Ciphertext of less than a piece.
    pending: Vec<u8>,
    aad_len: u64,
    length: u64,
}

impl Ghash {
    /// With the cipher's key, the message's nonce, and what the caller has computed of them: E(J0), and H = E(0).
    pub(super) fn new(key: &[u8], nonce: [u8; 12], mask: [u8; 16], h: Block, aad: &[u8]) -> Option<Self> {
        let algorithm = match key.len() {
            16 => &AES_128_GCM,
            24 => &AES_192_GCM,
            _ => &AES_256_GCM,
        };
        let gmac = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
        let aad_len = aad.len() as u64;
        let (z, pending) = ([0; 16], Vec::new());
        let mut ghash = Ghash { gmac, nonce, mask, h, power: None, z, pending, aad_len, length: 0 };
        if !aad.is_empty() {
            ghash.z = ghash.piece(aad);
        }
        Some(ghash)
    }

    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        self.length = self.length.saturating_add(bytes.len() as u64);
        if !self.pending.is_empty() {
            let (head, rest) = bytes.split_at(bytes.len().min(PIECE - self.pending.len()));
            self.pending.extend_from_slice(head);
            bytes = rest;
            if self.pending.len() < PIECE {
                return;
            }
            let pending = std::mem::take(&mut self.pending);
            self.whole(&pending);
            self.pending = pending;
            self.pending.clear();
        }
        let mut pieces = bytes.chunks_exact(PIECE);
        pieces.by_ref().for_each(|piece| self.whole(piece));
        self.pending.extend_from_slice(pieces.remainder());
    }

    /// The tag.
    pub(super) fn finish(mut self) -> [u8; 16] {
        if !self.pending.is_empty() {
            let pending = std::mem::take(&mut self.pending);
            if self.z != [0; 16] {
                self.z = multiply(&power(&self.h, pending.len().div_ceil(16)), &self.z);
            }
            self.z = xor(self.z, self.piece(&pending));
        }
        let lengths = multiply(&self.h, &lengths(self.aad_len, self.length));
        xor(xor(self.z, lengths), self.mask)
    }

    fn whole(&mut self, piece: &[u8]) {
        if self.z != [0; 16] {
            let keyed = self.power.get_or_insert_with(|| GHash::new(&power(&self.h, PIECE / 16).into()));
            self.z = apply(keyed.clone(), &self.z);
        }
        self.z = xor(self.z, self.piece(piece));
    }

    /// S ⊕ L·H.
    fn piece(&self, bytes: &[u8]) -> Block {
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        let tag = self.gmac.seal_in_place_separate_tag(nonce, Aad::from(bytes), &mut []);
        // The library refuses additional data of 2^61 octets and more, which no slice is.
        let tag = tag.ok().and_then(|tag| Block::try_from(tag.as_ref()).ok()).unwrap_or([0xff; 16]);
        let lengths = multiply(&self.h, &lengths(bytes.len() as u64, 0));
        xor(xor(tag, self.mask), lengths)
    }
}

impl Drop for Ghash {
    fn drop(&mut self) {
        self.h.zeroize();
        self.mask.zeroize();
        self.z.zeroize();
    }
}

pub(super) type Block = [u8; 16];

/// The product in GHASH's field: one block hashed under the other is just that.
fn multiply(a: &Block, b: &Block) -> Block {
    apply(GHash::new(&(*a).into()), b)
}

fn apply(mut keyed: GHash, block: &Block) -> Block {
    keyed.update(&[(*block).into()]);
    keyed.finalize().into()
}

/// `base` to the power of `n`, at least 1.
fn power(base: &Block, n: usize) -> Block {
    let mut result: Option<Zeroizing<Block>> = None;
    let mut square = Zeroizing::new(*base);
    let mut left = n;
    loop {
        if left & 1 == 1 {
            result = Some(Zeroizing::new(result.map_or(*square, |r| multiply(&r, &square))));
        }
        left >>= 1;
        if left == 0 {
            return result.map_or(*base, |r| *r);
        }
        square = Zeroizing::new(multiply(&square, &square));
    }
}

fn lengths(aad: u64, text: u64) -> Block {
    let mut block = [0; 16];
    block[..8].copy_from_slice(&(aad * 8).to_be_bytes());
    block[8..].copy_from_slice(&(text * 8).to_be_bytes());
    block
}

fn xor(mut a: Block, b: Block) -> Block {
    a.iter_mut().zip(b).for_each(|(a, b)| *a ^= b);
    a
}

/// Large enough that a piece's own costs do not matter, small enough for the first cache. A multiple of 16.
const PIECE: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_repeated_products() {
        let base = [7; 16];
        let mut expected = base;
        for n in 1..40 {
            assert_eq!(power(&base, n), expected, "{n}");
            expected = multiply(&expected, &base);
        }
    }
}
