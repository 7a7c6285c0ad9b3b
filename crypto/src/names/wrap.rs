//! Key wrap by name: AES (RFC 3394, RFC 3565 §2.3.2), and what old and foreign mail has (RFC 3217, RFC 3657 §3.2,
//! RFC 4010 §2.4).

use std::fmt;

use wire::{AlgorithmIdentifier, Oid, oids};

use crate::error::{Error, Result};
use crate::names::old_cipher::Engine;

/// AES key wrap, by the size of the key that wraps, and the key wraps that are read and never written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyWrap {
    /// id-aes128-wrap.
    Aes128,
    /// id-aes192-wrap.
    Aes192,
    /// id-aes256-wrap.
    Aes256,
    /// id-alg-CMS3DESwrap: read, never written.
    Des3,
    /// id-alg-CMSRC2wrap with 128 effective bits: read, never written.
    Rc2,
    /// id-camellia128-wrap (RFC 3657 §3.2): as AES key wrap, with another cipher; read, never written.
    Camellia128,
    /// id-camellia192-wrap.
    Camellia192,
    /// id-camellia256-wrap.
    Camellia256,
    /// ARIA key wrap with 128 bits, in the same way.
    Aria128,
    /// With 192.
    Aria192,
    /// With 256.
    Aria256,
    /// id-npki-app-cmsSeed-wrap (RFC 4010 §2.4), in the same way.
    Seed,
}

impl KeyWrap {
    /// Every size of AES, smallest first: what is written.
    pub const ALL: [KeyWrap; 3] = [KeyWrap::Aes128, KeyWrap::Aes192, KeyWrap::Aes256];

    /// What is read besides by its identifier alone; RC2 has its strength beside it.
    const READ: [KeyWrap; 8] = [
        KeyWrap::Des3,
        KeyWrap::Camellia128,
        KeyWrap::Camellia192,
        KeyWrap::Camellia256,
        KeyWrap::Aria128,
        KeyWrap::Aria192,
        KeyWrap::Aria256,
        KeyWrap::Seed,
    ];

    /// Its object identifier.
    pub fn oid(self) -> Oid {
        match self {
            KeyWrap::Aes128 => oids::AES128_WRAP,
            KeyWrap::Aes192 => oids::AES192_WRAP,
            KeyWrap::Aes256 => oids::AES256_WRAP,
            KeyWrap::Des3 => oids::DES3_WRAP,
            KeyWrap::Rc2 => oids::RC2_WRAP,
            old => Oid::of_old_name(old.name()).unwrap_or(oids::RC2_WRAP),
        }
    }

    /// Octets of the key that wraps.
    pub const fn key_len(self) -> usize {
        match self {
            KeyWrap::Aes128 | KeyWrap::Rc2 | KeyWrap::Camellia128 | KeyWrap::Aria128 | KeyWrap::Seed => 16,
            KeyWrap::Aes192 | KeyWrap::Des3 | KeyWrap::Camellia192 | KeyWrap::Aria192 => 24,
            KeyWrap::Aes256 | KeyWrap::Camellia256 | KeyWrap::Aria256 => 32,
        }
    }

    /// Octets that a wrapped key of `length` octets has.
    pub const fn wrapped_len(self, length: usize) -> usize {
        match self {
            KeyWrap::Des3 => length.saturating_add(16),
            // A count, and padding to whole blocks.
            KeyWrap::Rc2 => length.saturating_add(1).next_multiple_of(8).saturating_add(16),
            _ => length.saturating_add(8),
        }
    }

    /// Whether it is AES, which alone is written.
    pub const fn is_written(self) -> bool {
        matches!(self, KeyWrap::Aes128 | KeyWrap::Aes192 | KeyWrap::Aes256)
    }

    /// The cipher within, where RFC 3394 is done with another than AES.
    pub(crate) const fn engine(self) -> Option<Engine> {
        match self {
            KeyWrap::Camellia128 | KeyWrap::Camellia192 | KeyWrap::Camellia256 => Some(Engine::Camellia),
            KeyWrap::Aria128 | KeyWrap::Aria192 | KeyWrap::Aria256 => Some(Engine::Aria),
            KeyWrap::Seed => Some(Engine::Seed),
            _ => None,
        }
    }

    /// Its name, as policies have it.
    pub const fn name(self) -> &'static str {
        match self {
            KeyWrap::Aes128 => "aes-128-wrap",
            KeyWrap::Aes192 => "aes-192-wrap",
            KeyWrap::Aes256 => "aes-256-wrap",
            KeyWrap::Des3 => "des-ede3-wrap",
            KeyWrap::Rc2 => "rc2-128-wrap",
            KeyWrap::Camellia128 => "camellia-128-wrap",
            KeyWrap::Camellia192 => "camellia-192-wrap",
            KeyWrap::Camellia256 => "camellia-256-wrap",
            KeyWrap::Aria128 => "aria-128-wrap",
            KeyWrap::Aria192 => "aria-192-wrap",
            KeyWrap::Aria256 => "aria-256-wrap",
            KeyWrap::Seed => "seed-wrap",
        }
    }

    /// The size whose key has as many octets as the content key (RFC 8551 §2.3): 16, 24, else 32.
    pub const fn for_key_len(octets: usize) -> KeyWrap {
        match octets {
            0..=16 => KeyWrap::Aes128,
            17..=24 => KeyWrap::Aes192,
            _ => KeyWrap::Aes256,
        }
    }

    /// By algorithm identifier; the parameters must be absent, NULL is tolerated. RC2 has its
    /// strength there, of which only 128 bits are read.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other algorithms, [`Error::BadParameters`] for other parameters.
    pub fn from_algorithm(algorithm: &AlgorithmIdentifier) -> Result<Self> {
        if algorithm.oid == oids::RC2_WRAP {
            // RC2wrapParameter ::= INTEGER, where 58 stands for 128 bits (RFC 3217 section 4, RFC 3370 section 4.3.2).
            return match algorithm.parameters.as_deref() {
                Some(RC2_128) => Ok(KeyWrap::Rc2),
                _ => Err(Error::unsupported("RC2 key wrap of this strength", algorithm.oid)),
            };
        }
        let found = KeyWrap::ALL.into_iter().chain(KeyWrap::READ).find(|w| w.oid() == algorithm.oid);
        let wrap = found.ok_or(Error::unsupported("the key wrap algorithm", algorithm.oid))?;
        if !algorithm.has_no_parameters() {
            return Err(Error::BadParameters("key wrap has none"));
        }
        Ok(wrap)
    }

    /// With parameters absent, as RFC 3565 §2.3.2 demands; of triple DES with NULL (RFC 3370 §4.3.1), of RC2
    /// with its strength (§4.3.2).
    pub fn to_algorithm(self) -> AlgorithmIdentifier {
        match self {
            KeyWrap::Des3 => AlgorithmIdentifier::with_null(self.oid()),
            KeyWrap::Rc2 => AlgorithmIdentifier { oid: self.oid(), parameters: Some(RC2_128.to_vec()) },
            _ => AlgorithmIdentifier::new(self.oid()),
        }
    }
}

impl fmt::Display for KeyWrap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An INTEGER, 58: the code of RC2 for 128 effective bits.
const RC2_128: &[u8] = &[2, 1, 58];
