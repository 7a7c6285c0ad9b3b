//! The one source of chance.

use crate::error::{Error, Result};
use crate::secret::Secret;

/// A source of random bytes, passed in wherever chance is needed; tests replace it.
///
/// The nonces and blinding inside the signature and padding routines of the library below are drawn by that
/// library from its own generator, which the operating system seeds.
pub trait Random {
    /// Fills `out` with bytes nobody can predict.
    ///
    /// # Errors
    /// [`Error::Random`] where the source fails; `out` is then not to be used.
    fn fill(&mut self, out: &mut [u8]) -> Result<()>;
}

/// The generator of the cryptographic library, seeded by the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<()> {
        aws_lc_rs::rand::fill(out).map_err(|_| Error::Random)
    }
}

/// `length` fresh random bytes as a secret.
///
/// # Errors
/// [`Error::Random`] where the source fails.
pub fn secret(length: usize, rng: &mut dyn Random) -> Result<Secret> {
    let mut bytes = zeroize::Zeroizing::new(vec![0; length]);
    rng.fill(&mut bytes)?;
    Ok(bytes.into())
}
