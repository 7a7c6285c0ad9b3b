//! Curves of RFC 5639, to verify alone.

use std::fmt;

use wire::{Oid, oids};

/// A curve of RFC 5639. Nothing is signed or encrypted with it here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Brainpool {
    /// brainpoolP256r1.
    P256r1,
    /// brainpoolP384r1.
    P384r1,
}

impl Brainpool {
    /// By object identifier.
    pub fn from_oid(oid: Oid) -> Option<Self> {
        match oid {
            oids::BRAINPOOL_P256R1 => Some(Brainpool::P256r1),
            oids::BRAINPOOL_P384R1 => Some(Brainpool::P384r1),
            _ => None,
        }
    }

    /// Its object identifier.
    pub const fn oid(self) -> Oid {
        match self {
            Brainpool::P256r1 => oids::BRAINPOOL_P256R1,
            Brainpool::P384r1 => oids::BRAINPOOL_P384R1,
        }
    }

    /// Octets of one coordinate.
    pub const fn field_len(self) -> usize {
        match self {
            Brainpool::P256r1 => 32,
            Brainpool::P384r1 => 48,
        }
    }

    /// Its name in reports and in the policy.
    pub const fn name(self) -> &'static str {
        match self {
            Brainpool::P256r1 => "brainpool-p256r1",
            Brainpool::P384r1 => "brainpool-p384r1",
        }
    }
}

impl fmt::Display for Brainpool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
