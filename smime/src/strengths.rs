//! What makes a peer's list of capabilities a strong one, in short: what is remembered when a list grows shorter.

use cms::Capabilities;
use wire::oids;

/// The strong things that a list of capabilities has, as bits: what a store keeps of lists that were replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Strengths(u8);

impl Strengths {
    /// A cipher that authenticates.
    pub const AEAD: Strengths = Strengths(1);
    /// RSAES-OAEP.
    pub const OAEP: Strengths = Strengths(2);
    /// Key encapsulation that withstands quantum computers.
    pub const POST_QUANTUM: Strengths = Strengths(4);

    /// Of a list.
    pub fn of(list: &Capabilities) -> Strengths {
        let lists = |algorithms: &[wire::Oid]| algorithms.iter().any(|oid| list.lists(*oid));
        let mut found = Strengths::default();
        for (strength, algorithms) in [
            (Strengths::AEAD, AEAD),
            (Strengths::OAEP, &[oids::RSAES_OAEP]),
            (Strengths::POST_QUANTUM, &[oids::ML_KEM_512, oids::ML_KEM_768, oids::ML_KEM_1024]),
        ] {
            if lists(algorithms) {
                found.0 |= strength.0;
            }
        }
        found
    }

    /// From the number that [`Strengths::bits`] gave; bits that mean nothing are left out.
    pub fn from_bits(bits: u8) -> Strengths {
        Strengths(bits & (Strengths::AEAD.0 | Strengths::OAEP.0 | Strengths::POST_QUANTUM.0))
    }

    /// As a number to be kept.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// Whether all of `other` is among these.
    pub fn has(self, other: Strengths) -> bool {
        self.0 & other.0 == other.0
    }
}

const AEAD: &[wire::Oid] = &[oids::AES256_GCM, oids::AES192_GCM, oids::AES128_GCM, oids::CHACHA20_POLY1305];
