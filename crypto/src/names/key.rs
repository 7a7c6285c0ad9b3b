//! Kinds of keys.

use std::fmt;
use std::str::FromStr;

use wire::{Oid, oids};

use crate::error::{Error, Result};
use crate::names::brainpool::Brainpool;
use crate::names::composite_dsa::CompositeDsa;
use crate::names::composite_kem::CompositeKem;
use crate::names::ml_dsa::MlDsa;
use crate::names::ml_kem::MlKem;
use crate::names::slh_dsa::SlhDsa;

/// A named elliptic curve (RFC 5480 §2.1.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Curve {
    /// NIST P-256, secp256r1.
    P256,
    /// NIST P-384, secp384r1.
    P384,
    /// NIST P-521, secp521r1.
    P521,
}

impl Curve {
    /// Every curve, smallest first.
    pub const ALL: [Curve; 3] = [Curve::P256, Curve::P384, Curve::P521];

    /// Its object identifier.
    pub const fn oid(self) -> Oid {
        match self {
            Curve::P256 => oids::P256,
            Curve::P384 => oids::P384,
            Curve::P521 => oids::P521,
        }
    }

    /// By object identifier, `None` for curves not implemented.
    pub fn from_oid(oid: Oid) -> Option<Self> {
        Curve::ALL.into_iter().find(|c| c.oid() == oid)
    }

    /// Octets of one coordinate.
    pub const fn field_len(self) -> usize {
        match self {
            Curve::P256 => 32,
            Curve::P384 => 48,
            Curve::P521 => 66,
        }
    }

    /// Octets of an uncompressed point: the form octet and two coordinates (SEC 1 §2.3.3).
    pub const fn point_len(self) -> usize {
        1 + 2 * self.field_len()
    }

    /// Its name on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Curve::P256 => "p256",
            Curve::P384 => "p384",
            Curve::P521 => "p521",
        }
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What kind of key something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// RSA.
    Rsa {
        /// Bits of the modulus.
        bits: u32,
    },
    /// An elliptic curve key, for ECDSA or ECDH.
    Ec(Curve),
    /// Ed25519, for signatures.
    Ed25519,
    /// X25519, for key agreement.
    X25519,
    /// X448, for key agreement.
    X448,
    /// ML-DSA, for signatures.
    MlDsa(MlDsa),
    /// ML-KEM, for key encapsulation.
    MlKem(MlKem),
    /// Composite ML-KEM, for key encapsulation.
    CompositeKem(CompositeKem),
    /// Ed448, for signatures.
    Ed448,
    /// SLH-DSA, for signatures.
    SlhDsa(SlhDsa),
    /// SLH-DSA in its pre-hash mode, only verified with; certificates have it, messages do not (RFC 9882 §3.1).
    HashSlhDsa(SlhDsa),
    /// Composite ML-DSA, for signatures.
    CompositeDsa(CompositeDsa),
    /// HSS/LMS, only verified with: who signs must keep a state that no copy of a file keeps.
    HssLms,
    /// An elliptic curve key of RFC 5639, to verify or for ECDH; nothing is signed with it.
    Brainpool(Brainpool),
    /// DSA, only verified with, to judge old mail.
    Dsa {
        /// Bits of the prime p.
        bits: u32,
    },
    /// One this library cannot use: the algorithm or, for elliptic curves, the curve.
    Other(Oid),
}

impl KeyKind {
    /// Whether keys of this kind can sign here.
    pub const fn signs(&self) -> bool {
        match self {
            KeyKind::Rsa { .. } | KeyKind::Ec(_) | KeyKind::Ed25519 | KeyKind::MlDsa(_) => true,
            KeyKind::Ed448 | KeyKind::SlhDsa(_) => true,
            KeyKind::CompositeDsa(pair) => pair.signs(),
            KeyKind::Brainpool(_) | KeyKind::Dsa { .. } | KeyKind::HssLms | KeyKind::HashSlhDsa(_) => false,
            KeyKind::X25519 | KeyKind::X448 | KeyKind::MlKem(_) | KeyKind::CompositeKem(_) | KeyKind::Other(_) => false,
        }
    }

    /// Whether keys of this kind withstand a quantum computer, alone or by the half of them that does.
    pub const fn is_post_quantum(&self) -> bool {
        match self {
            KeyKind::MlDsa(_) | KeyKind::SlhDsa(_) | KeyKind::HashSlhDsa(_) => true,
            KeyKind::CompositeDsa(_) | KeyKind::HssLms => true,
            KeyKind::MlKem(_) | KeyKind::CompositeKem(_) => true,
            KeyKind::Rsa { .. } | KeyKind::Ec(_) | KeyKind::Brainpool(_) | KeyKind::Dsa { .. } => false,
            KeyKind::Ed25519 | KeyKind::Ed448 | KeyKind::X25519 | KeyKind::X448 | KeyKind::Other(_) => false,
        }
    }

    /// Whether something can be encrypted to keys of this kind.
    pub const fn decrypts(&self) -> bool {
        match self {
            KeyKind::Rsa { .. }
            | KeyKind::Ec(_)
            | KeyKind::Brainpool(_)
            | KeyKind::X25519
            | KeyKind::X448
            | KeyKind::MlKem(_)
            | KeyKind::CompositeKem(_) => true,
            KeyKind::Ed25519 | KeyKind::MlDsa(_) | KeyKind::HssLms | KeyKind::Other(_) => false,
            KeyKind::Ed448 | KeyKind::SlhDsa(_) | KeyKind::HashSlhDsa(_) => false,
            KeyKind::CompositeDsa(_) | KeyKind::Dsa { .. } => false,
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyKind::Rsa { bits } => write!(f, "rsa-{bits}"),
            KeyKind::Ec(curve) => curve.fmt(f),
            KeyKind::Ed25519 => f.write_str("ed25519"),
            KeyKind::X25519 => f.write_str("x25519"),
            KeyKind::X448 => f.write_str("x448"),
            KeyKind::MlDsa(set) => set.fmt(f),
            KeyKind::MlKem(set) => set.fmt(f),
            KeyKind::CompositeKem(kem) => kem.fmt(f),
            KeyKind::Ed448 => f.write_str("ed448"),
            KeyKind::SlhDsa(set) => set.fmt(f),
            KeyKind::CompositeDsa(pair) => pair.fmt(f),
            KeyKind::HashSlhDsa(set) => f.write_str(set.hashed_name()),
            KeyKind::HssLms => f.write_str("hss-lms"),
            KeyKind::Brainpool(curve) => curve.fmt(f),
            KeyKind::Dsa { bits } => write!(f, "dsa-{bits}"),
            KeyKind::Other(oid) => match oid.name() {
                Some(name) => f.write_str(name),
                None => oid.fmt(f),
            },
        }
    }
}

/// A kind of key that can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeySpec {
    /// RSA with 2048, 3072 or 4096 bits and the exponent 65537.
    Rsa(u32),
    /// An elliptic curve key.
    Ec(Curve),
    /// Ed25519.
    Ed25519,
    /// X25519.
    X25519,
    /// X448.
    X448,
    /// ML-DSA.
    MlDsa(MlDsa),
    /// ML-KEM.
    MlKem(MlKem),
    /// Composite ML-KEM.
    CompositeKem(CompositeKem),
    /// Ed448.
    Ed448,
    /// Composite ML-DSA; those that are recommended are made.
    CompositeDsa(CompositeDsa),
    /// SLH-DSA; of all its sets those with SHA-2 in category 1 are made.
    SlhDsa(SlhDsa),
}

impl KeySpec {
    /// Every kind.
    pub const ALL: [KeySpec; 27] = [
        KeySpec::Rsa(2048),
        KeySpec::Rsa(3072),
        KeySpec::Rsa(4096),
        KeySpec::Ec(Curve::P256),
        KeySpec::Ec(Curve::P384),
        KeySpec::Ec(Curve::P521),
        KeySpec::Ed25519,
        KeySpec::X25519,
        KeySpec::X448,
        KeySpec::MlDsa(MlDsa::Dsa44),
        KeySpec::MlDsa(MlDsa::Dsa65),
        KeySpec::MlDsa(MlDsa::Dsa87),
        KeySpec::MlKem(MlKem::MlKem512),
        KeySpec::MlKem(MlKem::MlKem768),
        KeySpec::MlKem(MlKem::MlKem1024),
        KeySpec::CompositeKem(CompositeKem::MlKem768X25519),
        KeySpec::CompositeKem(CompositeKem::MlKem768P256),
        KeySpec::CompositeKem(CompositeKem::MlKem1024P384),
        KeySpec::Ed448,
        KeySpec::SlhDsa(SlhDsa::Sha2_128s),
        KeySpec::SlhDsa(SlhDsa::Sha2_128f),
        KeySpec::CompositeDsa(CompositeDsa::RECOMMENDED[0]),
        KeySpec::CompositeDsa(CompositeDsa::RECOMMENDED[1]),
        KeySpec::CompositeDsa(CompositeDsa::RECOMMENDED[2]),
        KeySpec::CompositeDsa(CompositeDsa::RECOMMENDED[3]),
        KeySpec::CompositeDsa(CompositeDsa::RECOMMENDED[4]),
        KeySpec::CompositeDsa(CompositeDsa::RECOMMENDED[5]),
    ];

    /// The kind that such a key has.
    pub const fn kind(self) -> KeyKind {
        match self {
            KeySpec::Rsa(bits) => KeyKind::Rsa { bits },
            KeySpec::Ec(curve) => KeyKind::Ec(curve),
            KeySpec::Ed25519 => KeyKind::Ed25519,
            KeySpec::X25519 => KeyKind::X25519,
            KeySpec::X448 => KeyKind::X448,
            KeySpec::MlDsa(set) => KeyKind::MlDsa(set),
            KeySpec::MlKem(set) => KeyKind::MlKem(set),
            KeySpec::CompositeKem(kem) => KeyKind::CompositeKem(kem),
            KeySpec::Ed448 => KeyKind::Ed448,
            KeySpec::SlhDsa(set) => KeyKind::SlhDsa(set),
            KeySpec::CompositeDsa(pair) => KeyKind::CompositeDsa(pair),
        }
    }

    /// Whether such a key signs.
    pub const fn signs(self) -> bool {
        self.kind().signs()
    }

    /// Whether something can be encrypted to such a key.
    pub const fn decrypts(self) -> bool {
        self.kind().decrypts()
    }
}

impl fmt::Display for KeySpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)
    }
}

impl FromStr for KeySpec {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = KeySpec::ALL.into_iter().find(|s| s.to_string() == name);
        found.ok_or(Error::unsupported_here("a key of this name"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!("rsa-3072".parse::<KeySpec>().unwrap(), KeySpec::Rsa(3072));
        assert_eq!("p521".parse::<KeySpec>().unwrap(), KeySpec::Ec(Curve::P521));
        assert_eq!("ml-dsa-65".parse::<KeySpec>().unwrap(), KeySpec::MlDsa(MlDsa::Dsa65));
        for bad in ["rsa-1024", "rsa-8192", "P256", ""] {
            assert!(bad.parse::<KeySpec>().is_err(), "{bad}");
        }
        for spec in KeySpec::ALL {
            let old = ["rsa-", "p256", "p384", "p521", "ed25519", "ed448", "x25519", "x448"];
            assert_eq!(spec.kind().is_post_quantum(), !old.iter().any(|name| spec.to_string().starts_with(name)));
        }
        assert_eq!(KeyKind::Other(oids::BRAINPOOL_P224R1).to_string(), "brainpoolP224r1");
    }
}
