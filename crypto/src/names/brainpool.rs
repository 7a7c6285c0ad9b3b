//! The curves of RFC 5639 that are long enough for mail, from 256 bits on.

use std::fmt;

use wire::{Oid, oids};

/// A curve of RFC 5639 §3: `r1` of verifiably random parameters, or `t1`, which is isomorphic to it. Signatures are
/// verified and keys agreed on with them; nothing is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Brainpool {
    /// brainpoolP256r1.
    P256r1,
    /// brainpoolP256t1.
    P256t1,
    /// brainpoolP320r1.
    P320r1,
    /// brainpoolP320t1.
    P320t1,
    /// brainpoolP384r1.
    P384r1,
    /// brainpoolP384t1.
    P384t1,
    /// brainpoolP512r1.
    P512r1,
    /// brainpoolP512t1.
    P512t1,
}

impl Brainpool {
    /// Every curve, smallest first.
    pub const ALL: [Brainpool; 8] = [
        Brainpool::P256r1,
        Brainpool::P256t1,
        Brainpool::P320r1,
        Brainpool::P320t1,
        Brainpool::P384r1,
        Brainpool::P384t1,
        Brainpool::P512r1,
        Brainpool::P512t1,
    ];

    /// By object identifier, `None` for other curves and for those of 160 to 224 bits.
    pub fn from_oid(oid: Oid) -> Option<Self> {
        Brainpool::ALL.into_iter().find(|curve| curve.oid() == oid)
    }

    /// Its object identifier.
    pub const fn oid(self) -> Oid {
        match self {
            Brainpool::P256r1 => oids::BRAINPOOL_P256R1,
            Brainpool::P256t1 => oids::BRAINPOOL_P256T1,
            Brainpool::P320r1 => oids::BRAINPOOL_P320R1,
            Brainpool::P320t1 => oids::BRAINPOOL_P320T1,
            Brainpool::P384r1 => oids::BRAINPOOL_P384R1,
            Brainpool::P384t1 => oids::BRAINPOOL_P384T1,
            Brainpool::P512r1 => oids::BRAINPOOL_P512R1,
            Brainpool::P512t1 => oids::BRAINPOOL_P512T1,
        }
    }

    /// Octets of one coordinate, and of a number below the order of the group.
    pub const fn field_len(self) -> usize {
        match self {
            Brainpool::P256r1 | Brainpool::P256t1 => 32,
            Brainpool::P320r1 | Brainpool::P320t1 => 40,
            Brainpool::P384r1 | Brainpool::P384t1 => 48,
            Brainpool::P512r1 | Brainpool::P512t1 => 64,
        }
    }

    /// Octets of an uncompressed point: the form octet and two coordinates (SEC 1 §2.3.3).
    pub const fn point_len(self) -> usize {
        1 + 2 * self.field_len()
    }

    /// Its name in reports and in the policy.
    pub const fn name(self) -> &'static str {
        match self {
            Brainpool::P256r1 => "brainpool-p256r1",
            Brainpool::P256t1 => "brainpool-p256t1",
            Brainpool::P320r1 => "brainpool-p320r1",
            Brainpool::P320t1 => "brainpool-p320t1",
            Brainpool::P384r1 => "brainpool-p384r1",
            Brainpool::P384t1 => "brainpool-p384t1",
            Brainpool::P512r1 => "brainpool-p512r1",
            Brainpool::P512t1 => "brainpool-p512t1",
        }
    }
}

impl fmt::Display for Brainpool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
