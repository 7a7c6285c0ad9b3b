//! HMAC as a stream (RFC 2104), for messages that are authenticated and not encrypted (RFC 5652 §9).

use zeroize::Zeroizing;

use crate::hash::{DigestValue, Hasher};
use crate::names::Digest;
use crate::secret::Secret;

/// A message authentication code being computed.
#[derive(Debug, Clone)]
pub struct Hmac {
    /// Has the key and what came so far.
    inner: Hasher,
    /// Has the key alone.
    outer: Hasher,
}

impl Hmac {
    /// Of nothing yet. The key may have any length; one as long as the digest is what it should have (RFC 2104 §3).
    pub fn new(digest: Digest, key: &Secret) -> Self {
        let mut block = Zeroizing::new(match key.len() > digest.block_len() {
            true => crate::hash::digest(digest, key.as_bytes()).to_vec(),
            false => key.as_bytes().to_vec(),
        });
        block.resize(digest.block_len(), 0);
        let begun = |pad: u8| {
            let mut hasher = Hasher::new(digest);
            hasher.update(&Zeroizing::new(block.iter().map(|octet| octet ^ pad).collect::<Vec<u8>>()));
            hasher
        };
        Hmac { inner: begun(0x36), outer: begun(0x5c) }
    }

    /// Adds octets.
    pub fn update(&mut self, octets: &[u8]) {
        self.inner.update(octets);
    }

    /// The value; to be compared by [`crate::equal`] and nothing else.
    pub fn finish(self) -> DigestValue {
        let Hmac { inner, mut outer } = self;
        outer.update(&inner.finish());
        outer.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231 §4.2 and §4.7, whose key is longer than a block, and RFC 2202 §3 test 1.
    #[test]
    fn known_answers_in_pieces() {
        let hex = |value: DigestValue| value.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
        let of = |digest, key: Vec<u8>, message: &[u8]| {
            let mut mac = Hmac::new(digest, &Secret::new(key));
            message.chunks(7).for_each(|piece| mac.update(piece));
            hex(mac.finish())
        };
        assert_eq!(
            of(Digest::Sha256, vec![0x0b; 20], b"Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            of(Digest::Sha256, vec![0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
        assert_eq!(of(Digest::Sha1, vec![0x0b; 20], b"Hi There"), "b617318655057264e28bc0b6fb378c8ef146be00");
    }
}
