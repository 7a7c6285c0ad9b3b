//! What the key derivations of one file may cost together.

use wire::pbe::{Kdf, LegacyPbe, Pbes2};
use wire::{AlgorithmIdentifier, oids};

use crate::error::{Error, Result};

/// Iterations that are left. Each derivation is bounded by itself, and a file may ask for many.
#[derive(Debug)]
pub(super) struct Work {
    left: u64,
}

impl Work {
    /// All of 20 million, some ten seconds: three times what any program writes are far fewer.
    pub fn new() -> Work {
        Work { left: MAX_ITERATIONS }
    }

    /// Takes some away.
    ///
    /// # Errors
    /// [`Error::BadParameters`] where there are not as many.
    pub fn spend(&mut self, iterations: u64) -> Result<()> {
        self.left = self.left.checked_sub(iterations).ok_or(TOO_MUCH)?;
        Ok(())
    }
}

/// What decrypting under this algorithm costs; nothing where its parameters are none, for then nothing is derived.
pub(super) fn cost(algorithm: &AlgorithmIdentifier) -> u64 {
    let parameters = algorithm.parameters.as_deref().unwrap_or_default();
    if algorithm.oid == oids::PBES2 {
        return Pbes2::from_parameters(parameters).map_or(0, |pbes2| derivation(&pbes2.kdf));
    }
    // Key and vector are derived one after the other, of SHA-1's octets at most two times each.
    LegacyPbe::from_parameters(parameters).map_or(0, |pbe| pbe.iterations.saturating_mul(2))
}

/// What one derivation costs.
pub(super) fn derivation(kdf: &Kdf) -> u64 {
    match kdf {
        Kdf::Pbkdf2 { iterations, .. } => *iterations,
        // A block of scrypt is mixed twice, at about the cost of an HMAC (RFC 7914 section 4): the most that is read
        // at all, 256 MiB, is 4 million.
        Kdf::Scrypt { cost, block_size, parallelization, .. } => {
            [2, *block_size, *parallelization].iter().fold(*cost, |product, factor| product.saturating_mul(*factor))
        }
    }
}

const MAX_ITERATIONS: u64 = 20_000_000;
const TOO_MUCH: Error =
    Error::BadParameters("the key derivations of this file take more than 20,000,000 iterations together");
