//! Digests as streams and of bytes at hand.

use aws_lc_rs::digest as lc;
use md5::{Digest as _, Md5};
use shake::{ExtendableOutput as _, Shake128, Shake256, Update as _, XofReader as _};

use crate::names::Digest;

/// A digest being computed.
#[derive(Clone)]
pub struct Hasher {
    digest: Digest,
    state: State,
}

#[derive(Clone)]
enum State {
    Library(lc::Context),
    Md5(Md5),
    Shake128(Shake128),
    Shake256(Shake256),
}

impl Hasher {
    /// A digest of nothing yet.
    pub fn new(digest: Digest) -> Self {
        let state = match (library_digest(digest), digest) {
            (Some(library), _) => State::Library(lc::Context::new(library)),
            (None, Digest::Md5) => State::Md5(Md5::new()),
            (None, Digest::Shake128) => State::Shake128(Shake128::default()),
            (None, _) => State::Shake256(Shake256::default()),
        };
        Hasher { digest, state }
    }

    /// Which digest this is.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Library(context) => context.update(bytes),
            State::Md5(md5) => md5::Digest::update(md5, bytes),
            State::Shake128(shake) => shake.update(bytes),
            State::Shake256(shake) => shake.update(bytes),
        }
    }

    /// The value.
    pub fn finish(self) -> DigestValue {
        let length = self.digest.len();
        let mut value = DigestValue { octets: [0; 64], length };
        self.fill(&mut value.octets[..length]);
        value
    }

    /// As many octets as asked for, of digests that are extendable; of others at most those of the value, and zeros.
    pub(crate) fn fill(self, out: &mut [u8]) {
        match self.state {
            State::Library(context) => {
                let value = context.finish();
                let length = out.len().min(value.as_ref().len());
                out[..length].copy_from_slice(&value.as_ref()[..length]);
            }
            State::Md5(md5) => {
                let length = out.len().min(Digest::Md5.len());
                out[..length].copy_from_slice(&md5.finalize()[..length]);
            }
            State::Shake128(shake) => shake.finalize_xof().read(out),
            State::Shake256(shake) => shake.finalize_xof().read(out),
        }
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
    /// A value that somebody else computed; `None` for more than 64 octets.
    pub fn of(value: &[u8]) -> Option<Self> {
        let mut octets = [0; 64];
        octets.get_mut(..value.len())?.copy_from_slice(value);
        Some(DigestValue { octets, length: value.len() })
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
    let mut hasher = Hasher::new(digest);
    hasher.update(bytes);
    hasher.finish()
}

/// The fingerprint people compare: SHA-256 over a certificate's DER.
pub fn fingerprint(der: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(lc::digest(&lc::SHA256, der).as_ref());
    out
}

/// `None` for those that the library has not.
pub(crate) fn library_digest(digest: Digest) -> Option<&'static lc::Algorithm> {
    Some(match digest {
        Digest::Sha1 => &lc::SHA1_FOR_LEGACY_USE_ONLY,
        Digest::Sha224 => &lc::SHA224,
        Digest::Sha256 => &lc::SHA256,
        Digest::Sha384 => &lc::SHA384,
        Digest::Sha512 => &lc::SHA512,
        Digest::Sha3_256 => &lc::SHA3_256,
        Digest::Sha3_384 => &lc::SHA3_384,
        Digest::Sha3_512 => &lc::SHA3_512,
        Digest::Md5 | Digest::Shake128 | Digest::Shake256 | Digest::Shake256Len => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers_and_pieces() {
        // RFC 1321 §A.5, FIPS 180-4 examples for "abc", FIPS 202 examples for SHA-3; SHAKE as `openssl dgst -xoflen` has it.
        let known = [
            (Digest::Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (Digest::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (Digest::Sha224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
            (Digest::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (Digest::Sha3_256, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
            (Digest::Shake128, "5881092dd818bf5cf8a3ddb793fbcba74097d5c526a6d35f97b83351940f2cc8"),
            (
                Digest::Shake256,
                "483366601360a8771c6863080cc4114d8db44530f8f1e1ee4f94ea37e78b5739d5a15bef186a5386c75744c0527e1faa9f8726e462a12a4feb06bd8801e751e4",
            ),
            (
                Digest::Shake256Len,
                "483366601360a8771c6863080cc4114d8db44530f8f1e1ee4f94ea37e78b5739d5a15bef186a5386c75744c0527e1faa9f8726e462a12a4feb06bd8801e751e4",
            ),
        ];
        for (name, expected) in known {
            assert_eq!(format!("{:?}", digest(name, b"abc")), expected);
        }
        for name in Digest::ALL.into_iter().chain([Digest::Md5]) {
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
