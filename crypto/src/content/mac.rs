//! The authenticator of an AEAD cipher.

use crate::content::block_gcm::BlockGcm;
use crate::content::ccm::CcmMac;
use crate::content::ghash::Ghash;
use crate::content::poly::Poly;
use crate::secret::equal;

/// Additional data was taken in when it was made; ciphertext comes in pieces of any size.
pub(super) enum Mac {
    Gcm(Box<Ghash>),
    ChaCha(Box<Poly>),
    Ccm(Box<CcmMac>),
    Old(Box<BlockGcm>),
}

impl Mac {
    /// Adds ciphertext.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Mac::Gcm(ghash) => ghash.update(bytes),
            Mac::ChaCha(poly) => poly.update(bytes),
            Mac::Ccm(ccm) => ccm.update(bytes),
            Mac::Old(gcm) => gcm.update(bytes),
        }
    }

    /// The whole tag, 16 octets; `None` for a text longer than its nonce allows.
    pub(super) fn finish(self) -> Option<[u8; 16]> {
        self.tag(16)
    }

    /// A tag of so many octets, the first of those given; that of CCM is of one length only.
    fn tag(self, length: usize) -> Option<[u8; 16]> {
        match self {
            Mac::Gcm(ghash) => Some(ghash.finish()),
            Mac::ChaCha(poly) => Some(poly.finish()),
            Mac::Ccm(ccm) => ccm.tag(length),
            Mac::Old(gcm) => Some(gcm.finish()),
        }
    }

    /// Whether `tag` is the first `length` octets of the tag, and as long.
    pub(super) fn holds(self, tag: &[u8], length: usize) -> bool {
        tag.len() == length && self.tag(length).is_some_and(|whole| equal(&whole[..length.min(16)], tag))
    }
}
