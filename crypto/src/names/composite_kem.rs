//! Composite ML-KEM by name (draft-ietf-lamps-pq-composite-kem §7): ML-KEM and a traditional mechanism in one.

use std::fmt;

use wire::{Oid, oids};

use crate::names::ml_kem::MlKem;

/// ML-KEM together with a traditional key: whoever would read needs to break both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CompositeKem {
    /// ML-KEM-768 with RSA-OAEP of 2048 bits.
    MlKem768Rsa2048,
    /// ML-KEM-768 with RSA-OAEP of 3072 bits.
    MlKem768Rsa3072,
    /// ML-KEM-768 with RSA-OAEP of 4096 bits.
    MlKem768Rsa4096,
    /// ML-KEM-768 with X25519, known as X-Wing; recommended.
    MlKem768X25519,
    /// ML-KEM-768 with ECDH on P-256; recommended.
    MlKem768P256,
    /// ML-KEM-768 with ECDH on P-384.
    MlKem768P384,
    /// ML-KEM-768 with ECDH on brainpoolP256r1.
    MlKem768BrainpoolP256,
    /// ML-KEM-1024 with RSA-OAEP of 3072 bits.
    MlKem1024Rsa3072,
    /// ML-KEM-1024 with ECDH on P-384; recommended.
    MlKem1024P384,
    /// ML-KEM-1024 with ECDH on brainpoolP384r1.
    MlKem1024BrainpoolP384,
    /// ML-KEM-1024 with X448.
    MlKem1024X448,
    /// ML-KEM-1024 with ECDH on P-521.
    MlKem1024P521,
}

impl CompositeKem {
    /// Every one.
    pub const ALL: [CompositeKem; 12] = [
        CompositeKem::MlKem768Rsa2048,
        CompositeKem::MlKem768Rsa3072,
        CompositeKem::MlKem768Rsa4096,
        CompositeKem::MlKem768X25519,
        CompositeKem::MlKem768P256,
        CompositeKem::MlKem768P384,
        CompositeKem::MlKem768BrainpoolP256,
        CompositeKem::MlKem1024Rsa3072,
        CompositeKem::MlKem1024P384,
        CompositeKem::MlKem1024BrainpoolP384,
        CompositeKem::MlKem1024X448,
        CompositeKem::MlKem1024P521,
    ];

    /// The object identifier of its keys and of its use in CMS.
    pub const fn oid(self) -> Oid {
        match self {
            CompositeKem::MlKem768Rsa2048 => oids::MLKEM768_RSA2048,
            CompositeKem::MlKem768Rsa3072 => oids::MLKEM768_RSA3072,
            CompositeKem::MlKem768Rsa4096 => oids::MLKEM768_RSA4096,
            CompositeKem::MlKem768X25519 => oids::MLKEM768_X25519,
            CompositeKem::MlKem768P256 => oids::MLKEM768_P256,
            CompositeKem::MlKem768P384 => oids::MLKEM768_P384,
            CompositeKem::MlKem768BrainpoolP256 => oids::MLKEM768_BRAINPOOL_P256R1,
            CompositeKem::MlKem1024BrainpoolP384 => oids::MLKEM1024_BRAINPOOL_P384R1,
            CompositeKem::MlKem1024Rsa3072 => oids::MLKEM1024_RSA3072,
            CompositeKem::MlKem1024P384 => oids::MLKEM1024_P384,
            CompositeKem::MlKem1024X448 => oids::MLKEM1024_X448,
            CompositeKem::MlKem1024P521 => oids::MLKEM1024_P521,
        }
    }

    /// By object identifier, `None` for any other.
    pub fn from_oid(oid: Oid) -> Option<Self> {
        CompositeKem::ALL.into_iter().find(|kem| kem.oid() == oid)
    }

    /// The parameter set of its ML-KEM half.
    pub const fn ml_kem(self) -> MlKem {
        match self {
            CompositeKem::MlKem768Rsa2048
            | CompositeKem::MlKem768Rsa3072
            | CompositeKem::MlKem768Rsa4096
            | CompositeKem::MlKem768X25519
            | CompositeKem::MlKem768P256
            | CompositeKem::MlKem768P384
            | CompositeKem::MlKem768BrainpoolP256 => MlKem::MlKem768,
            CompositeKem::MlKem1024Rsa3072
            | CompositeKem::MlKem1024P384
            | CompositeKem::MlKem1024BrainpoolP384
            | CompositeKem::MlKem1024X448
            | CompositeKem::MlKem1024P521 => MlKem::MlKem1024,
        }
    }

    /// What tells the secrets of one composite from another's.
    pub(crate) const fn label(self) -> &'static [u8] {
        match self {
            CompositeKem::MlKem768Rsa2048 => b"MLKEM768-RSAOAEP2048",
            CompositeKem::MlKem768Rsa3072 => b"MLKEM768-RSAOAEP3072",
            CompositeKem::MlKem768Rsa4096 => b"MLKEM768-RSAOAEP4096",
            CompositeKem::MlKem768X25519 => b"\\.//^\\",
            CompositeKem::MlKem768P256 => b"MLKEM768-P256",
            CompositeKem::MlKem768P384 => b"MLKEM768-P384",
            CompositeKem::MlKem768BrainpoolP256 => b"MLKEM768-BP256",
            CompositeKem::MlKem1024BrainpoolP384 => b"MLKEM1024-BP384",
            CompositeKem::MlKem1024Rsa3072 => b"MLKEM1024-RSAOAEP3072",
            CompositeKem::MlKem1024P384 => b"MLKEM1024-P384",
            CompositeKem::MlKem1024X448 => b"MLKEM1024-X448",
            CompositeKem::MlKem1024P521 => b"MLKEM1024-P521",
        }
    }

    /// Its name on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            CompositeKem::MlKem768Rsa2048 => "mlkem768-rsa2048",
            CompositeKem::MlKem768Rsa3072 => "mlkem768-rsa3072",
            CompositeKem::MlKem768Rsa4096 => "mlkem768-rsa4096",
            CompositeKem::MlKem768X25519 => "mlkem768-x25519",
            CompositeKem::MlKem768P256 => "mlkem768-p256",
            CompositeKem::MlKem768P384 => "mlkem768-p384",
            CompositeKem::MlKem768BrainpoolP256 => "mlkem768-brainpool-p256r1",
            CompositeKem::MlKem1024BrainpoolP384 => "mlkem1024-brainpool-p384r1",
            CompositeKem::MlKem1024Rsa3072 => "mlkem1024-rsa3072",
            CompositeKem::MlKem1024P384 => "mlkem1024-p384",
            CompositeKem::MlKem1024X448 => "mlkem1024-x448",
            CompositeKem::MlKem1024P521 => "mlkem1024-p521",
        }
    }
}

impl fmt::Display for CompositeKem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels_are_each_one_s_own() {
        for (i, kem) in CompositeKem::ALL.into_iter().enumerate() {
            assert_eq!(CompositeKem::from_oid(kem.oid()), Some(kem));
            assert_eq!(kem.oid().name(), Some(kem.name()));
            assert!(CompositeKem::ALL[..i].iter().all(|other| other.label() != kem.label()));
        }
        assert_eq!(CompositeKem::MlKem768X25519.label(), [0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c]);
    }
}
