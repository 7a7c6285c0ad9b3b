//! Tags that tell whether a block of a file is still the one that was proven.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use crate::error::{Error, Result};
use crate::random::{Random, secret};

/// Keyed tags of 16 octets for the blocks of something that is read twice: taken on the first pass, compared on the
/// second. It is AES-GMAC (NIST SP 800-38D) with the block's index as nonce, under a key that lives as long as this
/// value. The tags must stay in memory: on the second pass an index may be used for another block.
pub struct BlockTags(LessSafeKey);

impl BlockTags {
    /// With a fresh key.
    ///
    /// # Errors
    /// [`Error::Random`].
    pub fn new(rng: &mut dyn Random) -> Result<Self> {
        let key = secret(16, rng)?;
        let key = UnboundKey::new(&AES_128_GCM, key.as_bytes()).map_err(|_| Error::Random)?;
        Ok(BlockTags(LessSafeKey::new(key)))
    }

    /// The tag of the block at `index`. Compare with [`equal`](crate::equal).
    ///
    /// # Errors
    /// [`Error::BadParameters`] for a block larger than the library takes, which is far beyond memory.
    pub fn tag(&self, index: u64, block: &[u8]) -> Result<[u8; 16]> {
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&index.to_be_bytes());
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self.0.seal_in_place_separate_tag(nonce, Aad::from(block), &mut []);
        let tag = tag.map_err(|_| Error::BadParameters("block too large"))?;
        <[u8; 16]>::try_from(tag.as_ref()).map_err(|_| Error::BadParameters("block tag"))
    }
}

impl std::fmt::Debug for BlockTags {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BlockTags")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn index_content_and_key_matter() {
        let tags = BlockTags::new(&mut SystemRandom).unwrap();
        let tag = tags.tag(1, b"block").unwrap();
        assert_eq!(tags.tag(1, b"block").unwrap(), tag);
        assert_ne!(tags.tag(2, b"block").unwrap(), tag);
        assert_ne!(tags.tag(1, b"blocK").unwrap(), tag);
        assert_ne!(tags.tag(1, b"block\0").unwrap(), tag);
        assert_ne!(BlockTags::new(&mut SystemRandom).unwrap().tag(1, b"block").unwrap(), tag);
    }
}
