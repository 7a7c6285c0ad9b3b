//! The authenticator of an AEAD cipher.

use crate::content::ghash::Ghash;
use crate::content::poly::Poly;
use crate::secret::equal;

/// Additional data was taken in when it was made; ciphertext comes in pieces of any size.
pub(super) enum Mac {
    Gcm(Box<Ghash>),
    ChaCha(Box<Poly>),
}

impl Mac {
    /// Adds ciphertext.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Mac::Gcm(ghash) => ghash.update(bytes),
            Mac::ChaCha(poly) => poly.update(bytes),
        }
    }

    /// The whole tag, 16 octets.
    pub(super) fn finish(self) -> [u8; 16] {
        match self {
            Mac::Gcm(ghash) => ghash.finish(),
            Mac::ChaCha(poly) => poly.finish(),
        }
    }

    /// Whether `tag` is the first `length` octets of the tag, and as long.
    pub(super) fn holds(self, tag: &[u8], length: usize) -> bool {
        tag.len() == length && equal(&self.finish()[..length.min(16)], tag)
    }
}
