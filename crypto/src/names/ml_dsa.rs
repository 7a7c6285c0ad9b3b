//! The parameter sets of ML-DSA (FIPS 204 §4, RFC 9881 §2).

use std::fmt;

use wire::{Oid, oids};

/// A parameter set of ML-DSA, always in its pure mode with an empty context (RFC 9882 §3.2). HashML-DSA has no name
/// here, for RFC 9881 §8.3 allows it nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MlDsa {
    /// ML-DSA-44: security category 2.
    Dsa44,
    /// ML-DSA-65: security category 3.
    Dsa65,
    /// ML-DSA-87: security category 5.
    Dsa87,
}

impl MlDsa {
    /// Every set, weakest first.
    pub const ALL: [MlDsa; 3] = [MlDsa::Dsa44, MlDsa::Dsa65, MlDsa::Dsa87];

    /// Its object identifier, of keys and signatures alike.
    pub const fn oid(self) -> Oid {
        match self {
            MlDsa::Dsa44 => oids::ML_DSA_44,
            MlDsa::Dsa65 => oids::ML_DSA_65,
            MlDsa::Dsa87 => oids::ML_DSA_87,
        }
    }

    /// By object identifier.
    pub fn from_oid(oid: Oid) -> Option<Self> {
        MlDsa::ALL.into_iter().find(|set| set.oid() == oid)
    }

    /// Octets of a public key (FIPS 204 table 2).
    pub const fn public_len(self) -> usize {
        match self {
            MlDsa::Dsa44 => 1312,
            MlDsa::Dsa65 => 1952,
            MlDsa::Dsa87 => 2592,
        }
    }

    /// Octets of a signature (FIPS 204 table 2).
    pub const fn signature_len(self) -> usize {
        match self {
            MlDsa::Dsa44 => 2420,
            MlDsa::Dsa65 => 3309,
            MlDsa::Dsa87 => 4627,
        }
    }

    /// Its name on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            MlDsa::Dsa44 => "ml-dsa-44",
            MlDsa::Dsa65 => "ml-dsa-65",
            MlDsa::Dsa87 => "ml-dsa-87",
        }
    }
}

impl fmt::Display for MlDsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
