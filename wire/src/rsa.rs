//! RSA private keys (RFC 8017 §A.1.2).

use crate::der::{Reader, Tag};
use crate::error::{Error, Result};

/// The numbers of an RSA private key that the others follow from, each a magnitude without leading zeros.
///
/// ```text
/// RSAPrivateKey ::= SEQUENCE { version Version, modulus INTEGER, publicExponent INTEGER, privateExponent INTEGER,
///     prime1 INTEGER, prime2 INTEGER, exponent1 INTEGER, exponent2 INTEGER, coefficient INTEGER,
///     otherPrimeInfos OtherPrimeInfos OPTIONAL }
/// OtherPrimeInfo ::= SEQUENCE { prime INTEGER, exponent INTEGER, coefficient INTEGER }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RsaPrivateKey<'a> {
    /// n.
    pub modulus: &'a [u8],
    /// e.
    pub public_exponent: &'a [u8],
    /// d.
    pub private_exponent: &'a [u8],
    /// The primes, from two to five.
    pub primes: Vec<&'a [u8]>,
}

impl<'a> RsaPrivateKey<'a> {
    /// Reads one; lengths need not be minimal, for keys are not signed. What the numbers are to each other is not asked.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] for more than five primes, which no program makes, [`Error::Unsupported`] for a version
    /// of which RFC 8017 does not know, and those of [`Reader`].
    pub fn from_der(bytes: &'a [u8]) -> Result<Self> {
        let mut outer = Reader::lenient(bytes);
        let mut reader = outer.sequence()?;
        outer.finish()?;
        let version = reader.uint()?;
        let (modulus, public_exponent, private_exponent) = (reader.unsigned()?, reader.unsigned()?, reader.unsigned()?);
        let mut primes = vec![reader.unsigned()?, reader.unsigned()?];
        for _exponent_or_coefficient in 0..3 {
            reader.unsigned()?;
        }
        // RFC 8017: version 1 exactly where there are more primes than two.
        match (version, reader.optional(Tag::SEQUENCE)?) {
            (0, None) => {}
            (1, Some(others)) => {
                let mut others = others.reader();
                while !others.is_empty() {
                    let mut other = others.sequence()?;
                    if primes.len() == MAX_PRIMES {
                        return Err(Error::LimitExceeded("primes of an RSA key"));
                    }
                    primes.push(other.unsigned()?);
                    other.unsigned()?;
                    other.unsigned()?;
                    other.finish()?;
                }
                if primes.len() == 2 {
                    return Err(Error::BadValue("OtherPrimeInfos"));
                }
            }
            (0 | 1, _) => return Err(Error::BadValue("version of RSAPrivateKey")),
            _ => return Err(Error::Unsupported("RSAPrivateKey version")),
        }
        reader.finish()?;
        Ok(RsaPrivateKey { modulus, public_exponent, private_exponent, primes })
    }
}

/// As many as OpenSSL takes.
const MAX_PRIMES: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::Writer;

    fn key(version: u64, others: Option<usize>) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.uint(version);
            for n in 1..=8 {
                w.uint(n);
            }
            if let Some(count) = others {
                w.sequence(|w| {
                    for n in 0..count {
                        w.sequence(|w| {
                            w.uint(u64::try_from(n).unwrap() + 9).uint(1).uint(1);
                        });
                    }
                });
            }
        });
        w.into_bytes()
    }

    #[test]
    fn as_many_primes_as_the_version_says() {
        assert_eq!(RsaPrivateKey::from_der(&key(0, None)).unwrap().primes, [[4], [5]]);
        let three = key(1, Some(1));
        assert_eq!(RsaPrivateKey::from_der(&three).unwrap().primes, [[4], [5], [9]]);
        assert_eq!(RsaPrivateKey::from_der(&key(1, Some(3))).unwrap().primes.len(), 5);
        assert_eq!(RsaPrivateKey::from_der(&key(1, Some(4))).err(), Some(Error::LimitExceeded("primes of an RSA key")));
        for wrong in [key(0, Some(1)), key(1, None), key(1, Some(0)), key(2, None)] {
            assert!(RsaPrivateKey::from_der(&wrong).is_err());
        }
        for end in 0..three.len() {
            assert!(RsaPrivateKey::from_der(&three[..end]).is_err());
        }
        for bit in 0..three.len() * 8 {
            let mut flipped = three.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let _ = RsaPrivateKey::from_der(&flipped);
        }
    }
}
