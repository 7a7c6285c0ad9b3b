//! The parameter sets of ML-KEM (FIPS 203 §8, RFC 9935 §3).

use std::fmt;

use wire::{Oid, oids};

/// A parameter set of ML-KEM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MlKem {
    /// ML-KEM-512, about as strong as AES-128.
    MlKem512,
    /// ML-KEM-768, about as strong as AES-192.
    MlKem768,
    /// ML-KEM-1024, about as strong as AES-256.
    MlKem1024,
}

impl MlKem {
    /// Every set, weakest first.
    pub const ALL: [MlKem; 3] = [MlKem::MlKem512, MlKem::MlKem768, MlKem::MlKem1024];

    /// The object identifier of its keys and of its use in CMS.
    pub const fn oid(self) -> Oid {
        match self {
            MlKem::MlKem512 => oids::ML_KEM_512,
            MlKem::MlKem768 => oids::ML_KEM_768,
            MlKem::MlKem1024 => oids::ML_KEM_1024,
        }
    }

    /// By object identifier, `None` for any other.
    pub fn from_oid(oid: Oid) -> Option<Self> {
        MlKem::ALL.into_iter().find(|set| set.oid() == oid)
    }

    /// The rank k of its module.
    const fn rank(self) -> usize {
        match self {
            MlKem::MlKem512 => 2,
            MlKem::MlKem768 => 3,
            MlKem::MlKem1024 => 4,
        }
    }

    /// Octets of the encapsulation key, the public one: 800, 1184, 1568.
    pub const fn public_len(self) -> usize {
        384 * self.rank() + 32
    }

    /// Octets of the expanded decapsulation key, the private one: 1632, 2400, 3168.
    pub const fn private_len(self) -> usize {
        768 * self.rank() + 96
    }

    /// Octets of a ciphertext: 768, 1088, 1568.
    pub const fn ciphertext_len(self) -> usize {
        match self {
            MlKem::MlKem512 => 768,
            MlKem::MlKem768 => 1088,
            MlKem::MlKem1024 => 1568,
        }
    }

    /// Its name on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            MlKem::MlKem512 => "ml-kem-512",
            MlKem::MlKem768 => "ml-kem-768",
            MlKem::MlKem1024 => "ml-kem-1024",
        }
    }
}

impl fmt::Display for MlKem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 203 table 3.
    #[test]
    fn sizes() {
        let sizes = MlKem::ALL.map(|set| [set.public_len(), set.private_len(), set.ciphertext_len()]);
        assert_eq!(sizes, [[800, 1632, 768], [1184, 2400, 1088], [1568, 3168, 1568]]);
        for set in MlKem::ALL {
            assert_eq!(MlKem::from_oid(set.oid()), Some(set));
        }
    }
}
