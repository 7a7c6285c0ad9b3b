//! Composite ML-DSA: two signatures in one, of which both must hold (draft-ietf-lamps-pq-composite-sigs-19 §6).

use std::fmt;

use wire::{Oid, oids};

use crate::names::digest::Digest;
use crate::names::ml_dsa::MlDsa;

/// A pair of ML-DSA and an algorithm of before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CompositeDsa {
    /// id-MLDSA44-RSA2048-PSS-SHA256.
    MlDsa44Rsa2048Pss,
    /// id-MLDSA44-RSA2048-PKCS15-SHA256.
    MlDsa44Rsa2048Pkcs1,
    /// id-MLDSA44-Ed25519-SHA512.
    MlDsa44Ed25519,
    /// id-MLDSA44-ECDSA-P256-SHA256.
    MlDsa44P256,
    /// id-MLDSA65-RSA3072-PSS-SHA512.
    MlDsa65Rsa3072Pss,
    /// id-MLDSA65-RSA3072-PKCS15-SHA512.
    MlDsa65Rsa3072Pkcs1,
    /// id-MLDSA65-RSA4096-PSS-SHA512.
    MlDsa65Rsa4096Pss,
    /// id-MLDSA65-RSA4096-PKCS15-SHA512.
    MlDsa65Rsa4096Pkcs1,
    /// id-MLDSA65-ECDSA-P256-SHA512.
    MlDsa65P256,
    /// id-MLDSA65-ECDSA-P384-SHA512.
    MlDsa65P384,
    /// id-MLDSA65-ECDSA-brainpoolP256r1-SHA512.
    MlDsa65BrainpoolP256r1,
    /// id-MLDSA65-Ed25519-SHA512.
    MlDsa65Ed25519,
    /// id-MLDSA87-ECDSA-P384-SHA512.
    MlDsa87P384,
    /// id-MLDSA87-ECDSA-brainpoolP384r1-SHA512.
    MlDsa87BrainpoolP384r1,
    /// id-MLDSA87-Ed448-SHAKE256.
    MlDsa87Ed448,
    /// id-MLDSA87-RSA3072-PSS-SHA512.
    MlDsa87Rsa3072Pss,
    /// id-MLDSA87-RSA4096-PSS-SHA512.
    MlDsa87Rsa4096Pss,
    /// id-MLDSA87-ECDSA-P521-SHA512.
    MlDsa87P521,
}

/// The algorithm of before, with what is fixed about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Traditional {
    /// RSASSA-PSS with one digest throughout and a salt of its length.
    RsaPss { bits: u32, digest: Digest },
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1 { bits: u32, digest: Digest },
    /// ECDSA on a named curve.
    Ec { curve: Oid, digest: Digest },
    /// Ed25519.
    Ed25519,
    /// Ed448.
    Ed448,
}

impl CompositeDsa {
    /// Every pair, in the order of the object identifiers.
    pub const ALL: [CompositeDsa; 18] = [
        CompositeDsa::MlDsa44Rsa2048Pss,
        CompositeDsa::MlDsa44Rsa2048Pkcs1,
        CompositeDsa::MlDsa44Ed25519,
        CompositeDsa::MlDsa44P256,
        CompositeDsa::MlDsa65Rsa3072Pss,
        CompositeDsa::MlDsa65Rsa3072Pkcs1,
        CompositeDsa::MlDsa65Rsa4096Pss,
        CompositeDsa::MlDsa65Rsa4096Pkcs1,
        CompositeDsa::MlDsa65P256,
        CompositeDsa::MlDsa65P384,
        CompositeDsa::MlDsa65BrainpoolP256r1,
        CompositeDsa::MlDsa65Ed25519,
        CompositeDsa::MlDsa87P384,
        CompositeDsa::MlDsa87BrainpoolP384r1,
        CompositeDsa::MlDsa87Ed448,
        CompositeDsa::MlDsa87Rsa3072Pss,
        CompositeDsa::MlDsa87Rsa4096Pss,
        CompositeDsa::MlDsa87P521,
    ];

    /// Those that the draft recommends and that are made here; the others are only verified.
    pub const RECOMMENDED: [CompositeDsa; 6] = [
        CompositeDsa::MlDsa44Ed25519,
        CompositeDsa::MlDsa44P256,
        CompositeDsa::MlDsa65Rsa3072Pss,
        CompositeDsa::MlDsa65P256,
        CompositeDsa::MlDsa65Ed25519,
        CompositeDsa::MlDsa87P384,
    ];

    /// Its object identifier, of keys and signatures alike.
    pub const fn oid(self) -> Oid {
        match self {
            CompositeDsa::MlDsa44Rsa2048Pss => oids::MLDSA44_RSA2048_PSS_SHA256,
            CompositeDsa::MlDsa44Rsa2048Pkcs1 => oids::MLDSA44_RSA2048_PKCS15_SHA256,
            CompositeDsa::MlDsa44Ed25519 => oids::MLDSA44_ED25519_SHA512,
            CompositeDsa::MlDsa44P256 => oids::MLDSA44_ECDSA_P256_SHA256,
            CompositeDsa::MlDsa65Rsa3072Pss => oids::MLDSA65_RSA3072_PSS_SHA512,
            CompositeDsa::MlDsa65Rsa3072Pkcs1 => oids::MLDSA65_RSA3072_PKCS15_SHA512,
            CompositeDsa::MlDsa65Rsa4096Pss => oids::MLDSA65_RSA4096_PSS_SHA512,
            CompositeDsa::MlDsa65Rsa4096Pkcs1 => oids::MLDSA65_RSA4096_PKCS15_SHA512,
            CompositeDsa::MlDsa65P256 => oids::MLDSA65_ECDSA_P256_SHA512,
            CompositeDsa::MlDsa65P384 => oids::MLDSA65_ECDSA_P384_SHA512,
            CompositeDsa::MlDsa65BrainpoolP256r1 => oids::MLDSA65_ECDSA_BRAINPOOLP256R1_SHA512,
            CompositeDsa::MlDsa65Ed25519 => oids::MLDSA65_ED25519_SHA512,
            CompositeDsa::MlDsa87P384 => oids::MLDSA87_ECDSA_P384_SHA512,
            CompositeDsa::MlDsa87BrainpoolP384r1 => oids::MLDSA87_ECDSA_BRAINPOOLP384R1_SHA512,
            CompositeDsa::MlDsa87Ed448 => oids::MLDSA87_ED448_SHAKE256,
            CompositeDsa::MlDsa87Rsa3072Pss => oids::MLDSA87_RSA3072_PSS_SHA512,
            CompositeDsa::MlDsa87Rsa4096Pss => oids::MLDSA87_RSA4096_PSS_SHA512,
            CompositeDsa::MlDsa87P521 => oids::MLDSA87_ECDSA_P521_SHA512,
        }
    }

    /// By object identifier.
    pub fn from_oid(oid: Oid) -> Option<Self> {
        CompositeDsa::ALL.into_iter().find(|pair| pair.oid() == oid)
    }

    /// Whether its keys can sign here: those with a curve of RFC 5639 are read, and verified with.
    pub const fn signs(self) -> bool {
        !matches!(self, Self::MlDsa65BrainpoolP256r1 | Self::MlDsa87BrainpoolP384r1)
    }

    /// The parameter set of its ML-DSA.
    pub const fn ml_dsa(self) -> MlDsa {
        match self {
            Self::MlDsa44Rsa2048Pss | Self::MlDsa44Rsa2048Pkcs1 | Self::MlDsa44Ed25519 | Self::MlDsa44P256 => {
                MlDsa::Dsa44
            }
            Self::MlDsa87P384
            | Self::MlDsa87BrainpoolP384r1
            | Self::MlDsa87Ed448
            | Self::MlDsa87Rsa3072Pss
            | Self::MlDsa87Rsa4096Pss
            | Self::MlDsa87P521 => MlDsa::Dsa87,
            _ => MlDsa::Dsa65,
        }
    }

    /// The digest that it is made over, which is that of the content too (draft-ietf-lamps-cms-composite-sigs §3).
    pub const fn digest(self) -> Digest {
        match self {
            Self::MlDsa44Rsa2048Pss | Self::MlDsa44Rsa2048Pkcs1 | Self::MlDsa44P256 => Digest::Sha256,
            Self::MlDsa87Ed448 => Digest::Shake256,
            _ => Digest::Sha512,
        }
    }

    /// What is signed besides the digest, and the context of ML-DSA, so that no signature passes for another
    /// pair's.
    pub const fn label(self) -> &'static str {
        match self {
            Self::MlDsa44Rsa2048Pss => "COMPSIG-MLDSA44-RSA2048-PSS-SHA256",
            Self::MlDsa44Rsa2048Pkcs1 => "COMPSIG-MLDSA44-RSA2048-PKCS15-SHA256",
            Self::MlDsa44Ed25519 => "COMPSIG-MLDSA44-Ed25519-SHA512",
            Self::MlDsa44P256 => "COMPSIG-MLDSA44-ECDSA-P256-SHA256",
            Self::MlDsa65Rsa3072Pss => "COMPSIG-MLDSA65-RSA3072-PSS-SHA512",
            Self::MlDsa65Rsa3072Pkcs1 => "COMPSIG-MLDSA65-RSA3072-PKCS15-SHA512",
            Self::MlDsa65Rsa4096Pss => "COMPSIG-MLDSA65-RSA4096-PSS-SHA512",
            Self::MlDsa65Rsa4096Pkcs1 => "COMPSIG-MLDSA65-RSA4096-PKCS15-SHA512",
            Self::MlDsa65P256 => "COMPSIG-MLDSA65-ECDSA-P256-SHA512",
            Self::MlDsa65P384 => "COMPSIG-MLDSA65-ECDSA-P384-SHA512",
            Self::MlDsa65BrainpoolP256r1 => "COMPSIG-MLDSA65-ECDSA-BP256-SHA512",
            Self::MlDsa65Ed25519 => "COMPSIG-MLDSA65-Ed25519-SHA512",
            Self::MlDsa87P384 => "COMPSIG-MLDSA87-ECDSA-P384-SHA512",
            Self::MlDsa87BrainpoolP384r1 => "COMPSIG-MLDSA87-ECDSA-BP384-SHA512",
            Self::MlDsa87Ed448 => "COMPSIG-MLDSA87-Ed448-SHAKE256",
            Self::MlDsa87Rsa3072Pss => "COMPSIG-MLDSA87-RSA3072-PSS-SHA512",
            Self::MlDsa87Rsa4096Pss => "COMPSIG-MLDSA87-RSA4096-PSS-SHA512",
            Self::MlDsa87P521 => "COMPSIG-MLDSA87-ECDSA-P521-SHA512",
        }
    }

    /// Its name on the command line and in reports: that of its identifier in small letters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MlDsa44Rsa2048Pss => "mldsa44-rsa2048-pss-sha256",
            Self::MlDsa44Rsa2048Pkcs1 => "mldsa44-rsa2048-pkcs15-sha256",
            Self::MlDsa44Ed25519 => "mldsa44-ed25519-sha512",
            Self::MlDsa44P256 => "mldsa44-ecdsa-p256-sha256",
            Self::MlDsa65Rsa3072Pss => "mldsa65-rsa3072-pss-sha512",
            Self::MlDsa65Rsa3072Pkcs1 => "mldsa65-rsa3072-pkcs15-sha512",
            Self::MlDsa65Rsa4096Pss => "mldsa65-rsa4096-pss-sha512",
            Self::MlDsa65Rsa4096Pkcs1 => "mldsa65-rsa4096-pkcs15-sha512",
            Self::MlDsa65P256 => "mldsa65-ecdsa-p256-sha512",
            Self::MlDsa65P384 => "mldsa65-ecdsa-p384-sha512",
            Self::MlDsa65BrainpoolP256r1 => "mldsa65-ecdsa-brainpoolp256r1-sha512",
            Self::MlDsa65Ed25519 => "mldsa65-ed25519-sha512",
            Self::MlDsa87P384 => "mldsa87-ecdsa-p384-sha512",
            Self::MlDsa87BrainpoolP384r1 => "mldsa87-ecdsa-brainpoolp384r1-sha512",
            Self::MlDsa87Ed448 => "mldsa87-ed448-shake256",
            Self::MlDsa87Rsa3072Pss => "mldsa87-rsa3072-pss-sha512",
            Self::MlDsa87Rsa4096Pss => "mldsa87-rsa4096-pss-sha512",
            Self::MlDsa87P521 => "mldsa87-ecdsa-p521-sha512",
        }
    }

    pub(crate) const fn traditional(self) -> Traditional {
        use Traditional::{Ec, Ed448, Ed25519, RsaPkcs1, RsaPss};
        match self {
            Self::MlDsa44Rsa2048Pss => RsaPss { bits: 2048, digest: Digest::Sha256 },
            Self::MlDsa44Rsa2048Pkcs1 => RsaPkcs1 { bits: 2048, digest: Digest::Sha256 },
            Self::MlDsa44Ed25519 | Self::MlDsa65Ed25519 => Ed25519,
            Self::MlDsa44P256 | Self::MlDsa65P256 => Ec { curve: oids::P256, digest: Digest::Sha256 },
            Self::MlDsa65Rsa3072Pss | Self::MlDsa87Rsa3072Pss => RsaPss { bits: 3072, digest: Digest::Sha256 },
            Self::MlDsa65Rsa3072Pkcs1 => RsaPkcs1 { bits: 3072, digest: Digest::Sha256 },
            Self::MlDsa65Rsa4096Pss | Self::MlDsa87Rsa4096Pss => RsaPss { bits: 4096, digest: Digest::Sha384 },
            Self::MlDsa65Rsa4096Pkcs1 => RsaPkcs1 { bits: 4096, digest: Digest::Sha384 },
            Self::MlDsa65P384 | Self::MlDsa87P384 => Ec { curve: oids::P384, digest: Digest::Sha384 },
            Self::MlDsa65BrainpoolP256r1 => Ec { curve: oids::BRAINPOOL_P256R1, digest: Digest::Sha256 },
            Self::MlDsa87BrainpoolP384r1 => Ec { curve: oids::BRAINPOOL_P384R1, digest: Digest::Sha384 },
            Self::MlDsa87Ed448 => Ed448,
            Self::MlDsa87P521 => Ec { curve: oids::P521, digest: Digest::Sha512 },
        }
    }
}

impl fmt::Display for CompositeDsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
