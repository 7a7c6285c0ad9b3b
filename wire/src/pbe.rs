//! Parameters of what turns a password into a key: PBES2 and PBMAC1 (RFC 8018), scrypt (RFC 7914) and
//! the older schemes of PKCS#12 and PKCS#5. Every cost is bounded here, before anybody derives.

use crate::algorithm::AlgorithmIdentifier;
use crate::der::{Reader, Tag, Writer};
use crate::error::{Error, Result};
use crate::oid::Oid;
use crate::oids;

/// A key derivation function with its parameters, within bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kdf {
    /// PBKDF2 (RFC 8018 §5.2).
    Pbkdf2 {
        /// At most 1 KiB.
        salt: Vec<u8>,
        /// 1 to 10,000,000.
        iterations: u64,
        /// Length of the derived key in octets, 1 to 64; where absent the cipher tells it.
        key_length: Option<u64>,
        /// The HMAC; SHA-1's where the file is silent.
        prf: Oid,
    },
    /// scrypt (RFC 7914 §7).
    Scrypt {
        /// At most 1 KiB.
        salt: Vec<u8>,
        /// N, a power of two; 128·N·r·p is at most 256 MiB.
        cost: u64,
        /// r.
        block_size: u64,
        /// p.
        parallelization: u64,
        /// Length of the derived key in octets, 1 to 64; where absent the cipher tells it.
        key_length: Option<u64>,
    },
}

impl Kdf {
    /// Reads the algorithm PBKDF2 or scrypt. [`Error::LimitExceeded`] when a cost is out of bounds,
    /// [`Error::Unsupported`] for other functions.
    pub fn from_algorithm(algorithm: &AlgorithmIdentifier) -> Result<Kdf> {
        let parameters = algorithm.parameters.as_deref().ok_or(Error::BadValue("key derivation"))?;
        let mut outer = Reader::lenient(parameters);
        let inner = outer.sequence()?;
        outer.finish()?;
        let kdf = match algorithm.oid {
            oids::PBKDF2 => read_pbkdf2(inner)?,
            oids::SCRYPT => read_scrypt(inner)?,
            _ => return Err(Error::Unsupported("key derivation function")),
        };
        kdf.check()?;
        Ok(kdf)
    }

    /// The algorithm with its parameters. HMAC-SHA1, being the default, is left out (X.690 §11.5).
    pub fn to_algorithm(&self) -> AlgorithmIdentifier {
        let mut w = Writer::new();
        let oid = match self {
            Kdf::Pbkdf2 { salt, iterations, key_length, prf } => {
                w.sequence(|w| {
                    w.octet_string(salt).uint(*iterations);
                    write_optional(w, *key_length);
                    if *prf != oids::HMAC_SHA1 {
                        AlgorithmIdentifier::with_null(*prf).write(w);
                    }
                });
                oids::PBKDF2
            }
            Kdf::Scrypt { salt, cost, block_size, parallelization, key_length } => {
                w.sequence(|w| {
                    w.octet_string(salt).uint(*cost).uint(*block_size).uint(*parallelization);
                    write_optional(w, *key_length);
                });
                oids::SCRYPT
            }
        };
        AlgorithmIdentifier::with(oid, w.into_bytes())
    }

    fn check(&self) -> Result<()> {
        let (salt, key_length) = match self {
            Kdf::Pbkdf2 { salt, iterations, key_length, .. } => {
                check_iterations(*iterations)?;
                (salt, key_length)
            }
            Kdf::Scrypt { salt, cost, block_size, parallelization, key_length } => {
                if *cost < 2 || !cost.is_power_of_two() || *block_size == 0 || *parallelization == 0 {
                    return Err(Error::BadValue("scrypt"));
                }
                let factors = [*block_size, *parallelization];
                let memory = factors.iter().try_fold(cost.saturating_mul(128), |m, f| m.checked_mul(*f));
                if memory.is_none_or(|m| m > MAX_SCRYPT_MEMORY) {
                    return Err(Error::LimitExceeded("scrypt memory"));
                }
                (salt, key_length)
            }
        };
        check_salt(salt)?;
        match key_length {
            Some(0) => Err(Error::BadValue("key length")),
            Some(length) if *length > MAX_KEY_LENGTH => Err(Error::LimitExceeded("derived key length")),
            _ => Ok(()),
        }
    }
}

/// PBES2 (RFC 8018 §6.2): a key derivation function and a cipher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pbes2 {
    /// What derives the key.
    pub kdf: Kdf,
    /// The cipher with its parameters.
    pub cipher: AlgorithmIdentifier,
    /// The IV or nonce within the cipher's parameters.
    pub iv: Vec<u8>,
}

impl Pbes2 {
    /// For a cipher whose parameters are its IV alone, as AES-CBC's are.
    pub fn new(kdf: Kdf, cipher: Oid, iv: &[u8]) -> Pbes2 {
        let mut w = Writer::new();
        w.octet_string(iv);
        Pbes2 { kdf, cipher: AlgorithmIdentifier::with(cipher, w.into_bytes()), iv: iv.to_vec() }
    }

    /// Reads the algorithm of an [`crate::pkcs8::EncryptedPrivateKeyInfo`] or of an encrypted part of a
    /// PKCS#12 file; [`Error::Unsupported`] unless it is PBES2.
    pub fn from_algorithm(algorithm: &AlgorithmIdentifier) -> Result<Pbes2> {
        match (algorithm.oid, &algorithm.parameters) {
            (oids::PBES2, Some(parameters)) => Pbes2::from_parameters(parameters),
            _ => Err(Error::Unsupported("password-based encryption")),
        }
    }

    /// Reads PBES2-params. Costs out of bounds are [`Error::LimitExceeded`].
    pub fn from_parameters(bytes: &[u8]) -> Result<Pbes2> {
        let (kdf, cipher) = read_pair(bytes)?;
        let iv = read_iv(cipher.parameters.as_deref().ok_or(Error::BadValue("IV"))?)?;
        Ok(Pbes2 { kdf, cipher, iv })
    }

    /// The DER of PBES2-params.
    pub fn to_parameters(&self) -> Vec<u8> {
        write_pair(&self.kdf, &self.cipher)
    }

    /// The algorithm PBES2 with these parameters.
    pub fn to_algorithm(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::with(oids::PBES2, self.to_parameters())
    }
}

/// PBMAC1 (RFC 8018 §7.1), which RFC 9879 brings to PKCS#12.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pbmac1 {
    /// What derives the key. RFC 9879 §4 demands PBKDF2 with its key length.
    pub kdf: Kdf,
    /// The MAC.
    pub mac: AlgorithmIdentifier,
}

impl Pbmac1 {
    /// Reads PBMAC1-params. Costs out of bounds are [`Error::LimitExceeded`].
    pub fn from_parameters(bytes: &[u8]) -> Result<Pbmac1> {
        let (kdf, mac) = read_pair(bytes)?;
        Ok(Pbmac1 { kdf, mac })
    }

    /// The algorithm PBMAC1 with these parameters.
    pub fn to_algorithm(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::with(oids::PBMAC1, write_pair(&self.kdf, &self.mac))
    }
}

/// Salt and iteration count: the parameters of the schemes older than PBES2 (RFC 7292 §C, RFC 8018 §A.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyPbe {
    /// At most 1 KiB.
    pub salt: Vec<u8>,
    /// 1 to 10,000,000.
    pub iterations: u64,
}

impl LegacyPbe {
    /// Reads the parameters. Costs out of bounds are [`Error::LimitExceeded`].
    pub fn from_parameters(bytes: &[u8]) -> Result<LegacyPbe> {
        let mut outer = Reader::lenient(bytes);
        let mut inner = outer.sequence()?;
        outer.finish()?;
        let salt = inner.octet_string()?.to_vec();
        let iterations = inner.uint()?;
        inner.finish()?;
        check_salt(&salt)?;
        check_iterations(iterations)?;
        Ok(LegacyPbe { salt, iterations })
    }
}

/// Checks an iteration count against the bound of 10,000,000.
pub(crate) fn check_iterations(iterations: u64) -> Result<()> {
    match iterations {
        0 => Err(Error::BadValue("iterations")),
        1..=MAX_ITERATIONS => Ok(()),
        _ => Err(Error::LimitExceeded("iterations")),
    }
}

/// Checks the length of a salt against the bound of 1 KiB.
pub(crate) fn check_salt(salt: &[u8]) -> Result<()> {
    if salt.len() > MAX_SALT { Err(Error::LimitExceeded("salt")) } else { Ok(()) }
}

/// Reads anything as an algorithm under a password and as its parameters; what is within bounds is written and read
/// again. For fuzzing.
pub fn fuzz_pbe(bytes: &[u8]) {
    fuzz_parameters(bytes);
    let Ok(algorithm) = AlgorithmIdentifier::from_der(bytes) else { return };
    fuzz_parameters(algorithm.parameters.as_deref().unwrap_or_default());
    if let Ok(kdf) = Kdf::from_algorithm(&algorithm) {
        assert!(Kdf::from_algorithm(&kdf.to_algorithm()) == Ok(kdf));
    }
}

fn fuzz_parameters(bytes: &[u8]) {
    if let Ok(pbes2) = Pbes2::from_parameters(bytes) {
        assert!(Pbes2::from_algorithm(&pbes2.to_algorithm()).as_ref() == Ok(&pbes2));
    }
    if let Ok(pbmac1) = Pbmac1::from_parameters(bytes) {
        let again = pbmac1.to_algorithm().parameters.map(|parameters| Pbmac1::from_parameters(&parameters));
        assert!(again == Some(Ok(pbmac1)));
    }
    let _ = LegacyPbe::from_parameters(bytes);
}

fn read_pair(bytes: &[u8]) -> Result<(Kdf, AlgorithmIdentifier)> {
    let mut outer = Reader::lenient(bytes);
    let mut inner = outer.sequence()?;
    outer.finish()?;
    let kdf = Kdf::from_algorithm(&AlgorithmIdentifier::read(&mut inner)?)?;
    let second = AlgorithmIdentifier::read(&mut inner)?;
    inner.finish()?;
    Ok((kdf, second))
}

fn write_pair(kdf: &Kdf, second: &AlgorithmIdentifier) -> Vec<u8> {
    let mut w = Writer::new();
    w.sequence(|w| {
        kdf.to_algorithm().write(w);
        second.write(w);
    });
    w.into_bytes()
}

fn write_optional(w: &mut Writer, value: Option<u64>) {
    if let Some(value) = value {
        w.uint(value);
    }
}

fn read_pbkdf2(mut reader: Reader<'_>) -> Result<Kdf> {
    // Only a salt that is specified: the other choice is reserved (RFC 8018 §A.2).
    let salt = reader.octet_string()?.to_vec();
    let iterations = reader.uint()?;
    let key_length = if reader.peek() == Some(Tag::INTEGER) { Some(reader.uint()?) } else { None };
    let prf = if reader.is_empty() { oids::HMAC_SHA1 } else { AlgorithmIdentifier::read(&mut reader)?.oid };
    reader.finish()?;
    Ok(Kdf::Pbkdf2 { salt, iterations, key_length, prf })
}

fn read_scrypt(mut reader: Reader<'_>) -> Result<Kdf> {
    let salt = reader.octet_string()?.to_vec();
    let (cost, block_size, parallelization) = (reader.uint()?, reader.uint()?, reader.uint()?);
    let key_length = if reader.is_empty() { None } else { Some(reader.uint()?) };
    reader.finish()?;
    Ok(Kdf::Scrypt { salt, cost, block_size, parallelization, key_length })
}

/// The IV: parameters that are an OCTET STRING, or the OCTET STRING within GCM's (first) and RC2's
/// (second, after the version).
fn read_iv(parameters: &[u8]) -> Result<Vec<u8>> {
    let mut reader = Reader::lenient(parameters);
    if reader.peek() == Some(Tag::SEQUENCE) {
        let mut inner = reader.sequence()?;
        inner.optional(Tag::INTEGER)?;
        return Ok(inner.octet_string()?.to_vec());
    }
    let iv = reader.octet_string()?.to_vec();
    reader.finish()?;
    Ok(iv)
}

const MAX_ITERATIONS: u64 = 10_000_000;
const MAX_KEY_LENGTH: u64 = 64;
const MAX_SALT: usize = 1024;
const MAX_SCRYPT_MEMORY: u64 = 256 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn pbkdf2(iterations: u64, key_length: Option<u64>, salt: usize, prf: Oid) -> Kdf {
        Kdf::Pbkdf2 { salt: vec![1; salt], iterations, key_length, prf }
    }

    fn scrypt(cost: u64, block_size: u64, parallelization: u64) -> Kdf {
        Kdf::Scrypt { salt: vec![1; 16], cost, block_size, parallelization, key_length: None }
    }

    fn read(kdf: &Kdf) -> Result<Kdf> {
        Kdf::from_algorithm(&kdf.to_algorithm())
    }

    #[test]
    fn round_trips_within_bounds() {
        let good = [
            pbkdf2(1, None, 0, oids::HMAC_SHA1),
            pbkdf2(10_000_000, Some(64), 1024, oids::HMAC_SHA256),
            scrypt(16_384, 8, 1),
            scrypt(1 << 18, 8, 1),
        ];
        for kdf in good {
            assert_eq!(read(&kdf).as_ref(), Ok(&kdf));
            let pbes2 = Pbes2::new(kdf, oids::AES256_CBC, &[9; 16]);
            assert_eq!(Pbes2::from_algorithm(&pbes2.to_algorithm()), Ok(pbes2));
        }
    }

    #[test]
    fn refuses_costs_before_anybody_pays_them() {
        assert_eq!(read(&pbkdf2(10_000_001, None, 8, oids::HMAC_SHA1)), Err(Error::LimitExceeded("iterations")));
        assert_eq!(read(&pbkdf2(0, None, 8, oids::HMAC_SHA1)), Err(Error::BadValue("iterations")));
        assert_eq!(read(&pbkdf2(1, Some(65), 8, oids::HMAC_SHA1)), Err(Error::LimitExceeded("derived key length")));
        assert_eq!(read(&pbkdf2(1, Some(0), 8, oids::HMAC_SHA1)), Err(Error::BadValue("key length")));
        assert_eq!(read(&pbkdf2(1, None, 1025, oids::HMAC_SHA1)), Err(Error::LimitExceeded("salt")));
        for (n, r, p) in [(1 << 18, 8, 2), (1 << 19, 8, 1), (1 << 63, 8, 1), (2, u64::MAX, 1), (2, 1, u64::MAX)] {
            assert_eq!(read(&scrypt(n, r, p)), Err(Error::LimitExceeded("scrypt memory")), "{n} {r} {p}");
        }
        for (n, r, p) in [(3, 8, 1), (0, 8, 1), (1, 8, 1), (2, 0, 1), (2, 1, 0)] {
            assert_eq!(read(&scrypt(n, r, p)), Err(Error::BadValue("scrypt")), "{n} {r} {p}");
        }
    }

    #[test]
    fn finds_the_iv_of_each_cipher() {
        let iv = |parameters: &[u8]| {
            let cipher = AlgorithmIdentifier::with(oids::AES256_GCM, parameters.to_vec());
            let bytes = write_pair(&pbkdf2(1, None, 8, oids::HMAC_SHA256), &cipher);
            Pbes2::from_parameters(&bytes).map(|p| p.iv)
        };
        assert_eq!(iv(&[4, 2, 7, 8]), Ok(vec![7, 8]));
        assert_eq!(iv(&[0x30, 7, 4, 2, 7, 8, 2, 1, 16]), Ok(vec![7, 8]));
        assert_eq!(iv(&[0x30, 7, 2, 1, 58, 4, 2, 7, 8]), Ok(vec![7, 8]));
        assert!(iv(&[5, 0]).is_err());
    }

    #[test]
    fn reads_the_older_parameters() {
        let parameters = |iterations: u64| {
            let mut w = Writer::new();
            w.sequence(|w| {
                w.octet_string(&[1; 8]).uint(iterations);
            });
            LegacyPbe::from_parameters(w.as_bytes())
        };
        assert_eq!(parameters(2048), Ok(LegacyPbe { salt: vec![1; 8], iterations: 2048 }));
        assert_eq!(parameters(1 << 40), Err(Error::LimitExceeded("iterations")));
    }
}
