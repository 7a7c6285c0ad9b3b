//! The parameter sets of SLH-DSA (FIPS 205 §11, RFC 9909 §2).

use std::fmt;

use wire::{Oid, oids};

use crate::names::digest::Digest;

/// A parameter set of SLH-DSA, always in its pure mode with an empty context (RFC 9814 §3). HashSLH-DSA has no name
/// here: in S/MIME nobody writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SlhDsa {
    /// SLH-DSA-SHA2-128s: security category 1, small signatures.
    Sha2_128s,
    /// SLH-DSA-SHA2-128f: security category 1, made fast.
    Sha2_128f,
    /// SLH-DSA-SHA2-192s: security category 3, small signatures.
    Sha2_192s,
    /// SLH-DSA-SHA2-192f: security category 3, made fast.
    Sha2_192f,
    /// SLH-DSA-SHA2-256s: security category 5, small signatures.
    Sha2_256s,
    /// SLH-DSA-SHA2-256f: security category 5, made fast.
    Sha2_256f,
    /// SLH-DSA-SHAKE-128s: security category 1, small signatures.
    Shake128s,
    /// SLH-DSA-SHAKE-128f: security category 1, made fast.
    Shake128f,
    /// SLH-DSA-SHAKE-192s: security category 3, small signatures.
    Shake192s,
    /// SLH-DSA-SHAKE-192f: security category 3, made fast.
    Shake192f,
    /// SLH-DSA-SHAKE-256s: security category 5, small signatures.
    Shake256s,
    /// SLH-DSA-SHAKE-256f: security category 5, made fast.
    Shake256f,
}

impl SlhDsa {
    /// Every set, in the order of the object identifiers.
    pub const ALL: [SlhDsa; 12] = [
        SlhDsa::Sha2_128s,
        SlhDsa::Sha2_128f,
        SlhDsa::Sha2_192s,
        SlhDsa::Sha2_192f,
        SlhDsa::Sha2_256s,
        SlhDsa::Sha2_256f,
        SlhDsa::Shake128s,
        SlhDsa::Shake128f,
        SlhDsa::Shake192s,
        SlhDsa::Shake192f,
        SlhDsa::Shake256s,
        SlhDsa::Shake256f,
    ];

    /// Its object identifier, of keys and signatures alike.
    pub const fn oid(self) -> Oid {
        match self {
            SlhDsa::Sha2_128s => oids::SLH_DSA_SHA2_128S,
            SlhDsa::Sha2_128f => oids::SLH_DSA_SHA2_128F,
            SlhDsa::Sha2_192s => oids::SLH_DSA_SHA2_192S,
            SlhDsa::Sha2_192f => oids::SLH_DSA_SHA2_192F,
            SlhDsa::Sha2_256s => oids::SLH_DSA_SHA2_256S,
            SlhDsa::Sha2_256f => oids::SLH_DSA_SHA2_256F,
            SlhDsa::Shake128s => oids::SLH_DSA_SHAKE_128S,
            SlhDsa::Shake128f => oids::SLH_DSA_SHAKE_128F,
            SlhDsa::Shake192s => oids::SLH_DSA_SHAKE_192S,
            SlhDsa::Shake192f => oids::SLH_DSA_SHAKE_192F,
            SlhDsa::Shake256s => oids::SLH_DSA_SHAKE_256S,
            SlhDsa::Shake256f => oids::SLH_DSA_SHAKE_256F,
        }
    }

    /// By object identifier.
    pub fn from_oid(oid: Oid) -> Option<Self> {
        SlhDsa::ALL.into_iter().find(|set| set.oid() == oid)
    }

    /// The object identifier of its keys and signatures in the pre-hash mode, HashSLH-DSA.
    pub const fn hashed_oid(self) -> Oid {
        match self {
            SlhDsa::Sha2_128s => oids::HASH_SLH_DSA_SHA2_128S,
            SlhDsa::Sha2_128f => oids::HASH_SLH_DSA_SHA2_128F,
            SlhDsa::Sha2_192s => oids::HASH_SLH_DSA_SHA2_192S,
            SlhDsa::Sha2_192f => oids::HASH_SLH_DSA_SHA2_192F,
            SlhDsa::Sha2_256s => oids::HASH_SLH_DSA_SHA2_256S,
            SlhDsa::Sha2_256f => oids::HASH_SLH_DSA_SHA2_256F,
            SlhDsa::Shake128s => oids::HASH_SLH_DSA_SHAKE_128S,
            SlhDsa::Shake128f => oids::HASH_SLH_DSA_SHAKE_128F,
            SlhDsa::Shake192s => oids::HASH_SLH_DSA_SHAKE_192S,
            SlhDsa::Shake192f => oids::HASH_SLH_DSA_SHAKE_192F,
            SlhDsa::Shake256s => oids::HASH_SLH_DSA_SHAKE_256S,
            SlhDsa::Shake256f => oids::HASH_SLH_DSA_SHAKE_256F,
        }
    }

    /// By the object identifier of HashSLH-DSA.
    pub fn from_hashed_oid(oid: Oid) -> Option<Self> {
        SlhDsa::ALL.into_iter().find(|set| set.hashed_oid() == oid)
    }

    /// Its security parameter *n* in octets (FIPS 205 table 2): public keys have twice as many, private keys four
    /// times.
    pub const fn n(self) -> usize {
        match self {
            SlhDsa::Sha2_128s | SlhDsa::Sha2_128f | SlhDsa::Shake128s | SlhDsa::Shake128f => 16,
            SlhDsa::Sha2_192s | SlhDsa::Sha2_192f | SlhDsa::Shake192s | SlhDsa::Shake192f => 24,
            SlhDsa::Sha2_256s | SlhDsa::Sha2_256f | SlhDsa::Shake256s | SlhDsa::Shake256f => 32,
        }
    }

    /// The digest of the content that goes with it: the hash inside, as strong as the set (RFC 9814 §4). It is that of the
    /// pre-hash mode too (RFC 9909 §3).
    pub const fn own_digest(self) -> Digest {
        match self {
            SlhDsa::Sha2_128s | SlhDsa::Sha2_128f => Digest::Sha256,
            SlhDsa::Sha2_192s | SlhDsa::Sha2_192f | SlhDsa::Sha2_256s | SlhDsa::Sha2_256f => Digest::Sha512,
            SlhDsa::Shake128s | SlhDsa::Shake128f => Digest::Shake128,
            SlhDsa::Shake192s | SlhDsa::Shake192f | SlhDsa::Shake256s | SlhDsa::Shake256f => Digest::Shake256,
        }
    }

    /// Whether a digest is long enough that collisions are no easier than what the set promises.
    pub const fn bears(self, digest: Digest) -> bool {
        digest.len() >= 2 * self.n()
    }

    /// The name of HashSLH-DSA with this set in reports.
    pub const fn hashed_name(self) -> &'static str {
        match self {
            SlhDsa::Sha2_128s => "hash-slh-dsa-sha2-128s",
            SlhDsa::Sha2_128f => "hash-slh-dsa-sha2-128f",
            SlhDsa::Sha2_192s => "hash-slh-dsa-sha2-192s",
            SlhDsa::Sha2_192f => "hash-slh-dsa-sha2-192f",
            SlhDsa::Sha2_256s => "hash-slh-dsa-sha2-256s",
            SlhDsa::Sha2_256f => "hash-slh-dsa-sha2-256f",
            SlhDsa::Shake128s => "hash-slh-dsa-shake-128s",
            SlhDsa::Shake128f => "hash-slh-dsa-shake-128f",
            SlhDsa::Shake192s => "hash-slh-dsa-shake-192s",
            SlhDsa::Shake192f => "hash-slh-dsa-shake-192f",
            SlhDsa::Shake256s => "hash-slh-dsa-shake-256s",
            SlhDsa::Shake256f => "hash-slh-dsa-shake-256f",
        }
    }

    /// Its name on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            SlhDsa::Sha2_128s => "slh-dsa-sha2-128s",
            SlhDsa::Sha2_128f => "slh-dsa-sha2-128f",
            SlhDsa::Sha2_192s => "slh-dsa-sha2-192s",
            SlhDsa::Sha2_192f => "slh-dsa-sha2-192f",
            SlhDsa::Sha2_256s => "slh-dsa-sha2-256s",
            SlhDsa::Sha2_256f => "slh-dsa-sha2-256f",
            SlhDsa::Shake128s => "slh-dsa-shake-128s",
            SlhDsa::Shake128f => "slh-dsa-shake-128f",
            SlhDsa::Shake192s => "slh-dsa-shake-192s",
            SlhDsa::Shake192f => "slh-dsa-shake-192f",
            SlhDsa::Shake256s => "slh-dsa-shake-256s",
            SlhDsa::Shake256f => "slh-dsa-shake-256f",
        }
    }
}

impl fmt::Display for SlhDsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
