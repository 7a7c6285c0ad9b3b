//! Digests as streams and of bytes at hand.

use aws_lc_rs::digest as lc;

use crate::names::Digest;

/// A digest being computed.
#[derive(Clone)]
pub struct Hasher {
    digest: Digest,
    context: lc::Context,
}

impl Hasher {
    /// A digest of nothing yet.
    pub fn new(digest: Digest) -> Self {
        Hasher { digest, context: lc::Context::new(library_digest(digest)) }
    }

    /// Which digest this is.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.context.update(bytes);
    }

    /// The value.
    pub fn finish(self) -> DigestValue {
        DigestValue::from_library(&self.context.finish())
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hasher({})", self.digest)
    }
}

/// The value of a digest, at most 64 octets, without allocation.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DigestValue {
    octets: [u8; 64],
    length: usize,
}

impl DigestValue {
    fn from_library(value: &lc::Digest) -> Self {
        let bytes = value.as_ref();
        let mut octets = [0; 64];
        octets[..bytes.len()].copy_from_slice(bytes);
        DigestValue { octets, length: bytes.len() }
    }
}

impl AsRef<[u8]> for DigestValue {
    fn as_ref(&self) -> &[u8] {
        &self.octets[..self.length]
    }
}

impl std::ops::Deref for DigestValue {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_ref()
    }
}

impl std::fmt::Debug for DigestValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_ref().iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

/// The digest of bytes at hand.
pub fn digest(digest: Digest, bytes: &[u8]) -> DigestValue {
    DigestValue::from_library(&lc::digest(library_digest(digest), bytes))
}

/// The fingerprint people compare: SHA-256 over a certificate's DER.
pub fn fingerprint(der: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(lc::digest(&lc::SHA256, der).as_ref());
    out
}

pub(crate) fn library_digest(digest: Digest) -> &'static lc::Algorithm {
    match digest {
        Digest::Sha1 => &lc::SHA1_FOR_LEGACY_USE_ONLY,
        Digest::Sha224 => &lc::SHA224,
        Digest::Sha256 => &lc::SHA256,
        Digest::Sha384 => &lc::SHA384,
        Digest::Sha512 => &lc::SHA512,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers_and_pieces() {
        // FIPS 180-4 examples for "abc".
        let known = [
            (Digest::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (Digest::Sha224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
            (Digest::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ];
        for (name, expected) in known {
            assert_eq!(format!("{:?}", digest(name, b"abc")), expected);
        }
        for name in Digest::ALL {
            let mut hasher = Hasher::new(name);
            hasher.update(b"a");
            hasher.update(b"");
            hasher.update(b"bc");
            let value = hasher.finish();
            assert_eq!(value, digest(name, b"abc"));
            assert_eq!(value.len(), name.len());
        }
    }
}
