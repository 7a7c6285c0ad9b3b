//! The bare RSA operations, for keys and parameters that AWS-LC refuses: moduli under 2048 bits, long exponents,
//! unusual digests, keys of more than two primes. Private operations are blinded; they are slower and less hardened than AWS-LC's
//! (RUSTSEC-2023-0071), which is why nothing comes here by default.

use rsa::hazmat::{rsa_decrypt_and_check, rsa_encrypt};
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, PrivateKey, PublicKey};
use zeroize::Zeroizing;

use wire::RsaPrivateKey;

use crate::error::{Error, Result};
use crate::random::{Random, SystemRandom};

/// A public key for bare operations.
pub(super) struct RawPublic {
    key: PublicKey,
    octets: usize,
}

impl RawPublic {
    /// From magnitudes without leading zeros; the modulus must be odd.
    pub(super) fn new(modulus: &[u8], exponent: &[u8]) -> Result<Self> {
        if modulus.last().is_none_or(|b| b & 1 == 0) {
            return Err(Error::BadKey("even RSA modulus"));
        }
        let key = PublicKey::new_unchecked(number(modulus)?, number(exponent)?);
        Ok(RawPublic { key, octets: modulus.len() })
    }

    /// `input` to the public exponent, as many octets as the modulus; `None` where it is no such number below it.
    pub(super) fn apply(&self, input: &[u8]) -> Option<Vec<u8>> {
        let number = self.representative(input)?;
        Some(octets(&rsa_encrypt(&self.key, &number).ok()?, self.octets).to_vec())
    }

    fn representative(&self, input: &[u8]) -> Option<BoxedUint> {
        representative(&self.key, input, self.octets)
    }
}

/// A private key for bare operations.
pub(super) struct RawPrivate {
    key: PrivateKey,
    octets: usize,
}

impl RawPrivate {
    /// From an RSAPrivateKey (RFC 8017 §A.1.2).
    pub(super) fn from_der(bytes: &[u8]) -> Result<Self> {
        let RsaPrivateKey { modulus, public_exponent, private_exponent, primes } = RsaPrivateKey::from_der(bytes)?;
        let (n, e, d) = (number(modulus)?, number(public_exponent)?, number(private_exponent)?);
        let primes = primes.into_iter().map(number).collect::<Result<_>>()?;
        let bad = |_| Error::BadKey("inconsistent RSA key");
        let key = PrivateKey::from_components_with_large_exponent(n, e, d, primes).map_err(bad)?;
        Ok(RawPrivate { key, octets: modulus.len() })
    }

    /// Bits of the modulus.
    pub(super) fn bits(&self) -> usize {
        usize::try_from(self.key.n().bit_width()).unwrap_or_default()
    }

    /// `input` to the private exponent, blinded and checked.
    pub(super) fn apply(&self, input: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let number = representative(&self.key, input, self.octets).ok_or(Error::Failed)?;
        let plain = rsa_decrypt_and_check(&self.key, Some(&mut LibraryRng), &number).map_err(|_| Error::Failed)?;
        Ok(octets(&plain, self.octets))
    }
}

fn representative(key: &impl PublicKeyParts, input: &[u8], length: usize) -> Option<BoxedUint> {
    if input.len() != length {
        return None;
    }
    let number = BoxedUint::from_be_slice(input, key.n_bits_precision()).ok()?;
    (number < *key.n().as_ref()).then_some(number)
}

fn number(magnitude: &[u8]) -> Result<BoxedUint> {
    let bits = u32::try_from(magnitude.len() * 8).map_err(|_| Error::BadKey("RSA number"))?;
    BoxedUint::from_be_slice(magnitude, bits).map_err(|_| Error::BadKey("RSA number"))
}

/// Exactly `length` octets, big end first; the number is known to fit.
fn octets(number: &BoxedUint, length: usize) -> Zeroizing<Vec<u8>> {
    let all = Zeroizing::new(number.to_be_bytes());
    let mut out = Zeroizing::new(vec![0; length.saturating_sub(all.len())]);
    out.extend_from_slice(&all[all.len().saturating_sub(length)..]);
    out
}

/// Feeds blinding factors from [`SystemRandom`].
struct LibraryRng;

impl TryRng for LibraryRng {
    type Error = Error;

    fn try_next_u32(&mut self) -> Result<u32> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<()> {
        SystemRandom.fill(out)
    }
}

impl TryCryptoRng for LibraryRng {}
