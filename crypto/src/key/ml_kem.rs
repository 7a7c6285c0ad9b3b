//! ML-KEM keys (FIPS 203, RFC 9935). Encapsulation and decapsulation are the hot library's; what it lacks, the way from
//! a seed to a key, is another's.

use aws_lc_rs::digest::{SHA3_256, digest};
use aws_lc_rs::kem::{self, Algorithm, Ciphertext, DecapsulationKey, EncapsulationKey};
use wire::der::{Reader, Tag};
use wire::{AlgorithmIdentifier, PrivateKeyInfo, SubjectPublicKeyInfo};
use zeroize::{Zeroize, Zeroizing};

use crate::error::{Error, Result};
use crate::names::MlKem;
use crate::random::Random;
use crate::secret::{Secret, equal};

/// An encapsulation key, checked.
pub(super) struct MlKemPublic(EncapsulationKey);

impl MlKemPublic {
    /// From the octets of the BIT STRING; the parameters must be absent (RFC 9935 §3).
    pub(super) fn new(set: MlKem, spki: &SubjectPublicKeyInfo) -> Result<Self> {
        if spki.algorithm.parameters.is_some() {
            return Err(Error::BadParameters("this key algorithm has none"));
        }
        MlKemPublic::from_octets(set, spki.key())
    }

    /// From the octets of the key, with the type and modulus checks of FIPS 203 §7.2.
    pub(super) fn from_octets(set: MlKem, octets: &[u8]) -> Result<Self> {
        if octets.len() != set.public_len() || !is_reduced(octets) {
            return Err(Error::BadKey("not an ML-KEM encapsulation key"));
        }
        let key = EncapsulationKey::new(algorithm(set), octets);
        Ok(MlKemPublic(key.map_err(|_| Error::BadKey("not an ML-KEM encapsulation key"))?))
    }

    /// A fresh shared secret of 32 octets, and the ciphertext that carries it.
    pub(super) fn encapsulate(&self) -> Result<(Vec<u8>, Secret)> {
        let (ciphertext, shared) = self.0.encapsulate().map_err(|_| Error::Random)?;
        Ok((ciphertext.as_ref().to_vec(), Secret::new(shared.as_ref().to_vec())))
    }
}

/// A decapsulation key.
pub(super) struct MlKemPrivate(MlKem, DecapsulationKey);

impl MlKemPrivate {
    /// From a PrivateKeyInfo in one of its three forms, with the octets of the public key.
    ///
    /// ```text
    /// ML-KEM-PrivateKey ::= CHOICE { seed [0] OCTET STRING (SIZE (64)), expandedKey OCTET STRING,
    ///   both SEQUENCE { seed OCTET STRING (SIZE (64)), expandedKey OCTET STRING } }
    /// ```
    pub(super) fn from_info(set: MlKem, info: &PrivateKeyInfo) -> Result<(Self, Vec<u8>)> {
        if info.algorithm.parameters.is_some() {
            return Err(Error::BadParameters("this key algorithm has none"));
        }
        let mut reader = Reader::new(&info.key);
        match reader.peek() {
            Some(SEED) => {
                let seed = reader.expect(SEED)?.contents;
                reader.finish()?;
                MlKemPrivate::from_seed(set, seed)
            }
            Some(Tag::OCTET_STRING) => {
                let expanded = reader.octet_string()?;
                reader.finish()?;
                MlKemPrivate::from_expanded(set, expanded)
            }
            _ => {
                let mut both = reader.sequence()?;
                reader.finish()?;
                let (seed, stated) = (both.octet_string()?, both.octet_string()?);
                both.finish()?;
                let (expanded, _) = expand(set, seed)?;
                // RFC 9935 §8: one that lies is refused.
                if !equal(&expanded, stated) {
                    return Err(Error::BadKey("seed and expanded key do not belong together"));
                }
                MlKemPrivate::from_seed(set, seed)
            }
        }
    }

    /// From the 64 octets d and z of FIPS 203 algorithm 16.
    pub(super) fn from_seed(set: MlKem, seed: &[u8]) -> Result<(Self, Vec<u8>)> {
        let (expanded, public) = expand(set, seed)?;
        let key = DecapsulationKey::new(algorithm(set), &expanded).map_err(|_| BAD)?;
        Ok((MlKemPrivate(set, key), public))
    }

    /// From dk = s, ek, H(ek), z of FIPS 203 algorithm 16, with the hash check of §7.3 and a trial, since nothing else
    /// tells whether s and ek belong together.
    fn from_expanded(set: MlKem, expanded: &[u8]) -> Result<(Self, Vec<u8>)> {
        if expanded.len() != set.private_len() {
            return Err(BAD);
        }
        let public = public_part(set, expanded)?;
        let (_, tail) = expanded.split_last_chunk::<64>().ok_or(BAD)?;
        if !tail.starts_with(digest(&SHA3_256, public).as_ref()) {
            return Err(BAD);
        }
        let key = DecapsulationKey::new(algorithm(set), expanded).map_err(|_| BAD)?;
        let private = MlKemPrivate(set, key);
        let (ciphertext, shared) = MlKemPublic::from_octets(set, public)?.encapsulate()?;
        if private.decapsulate(&ciphertext)? != shared {
            return Err(Error::BadKey("private and public key do not belong together"));
        }
        Ok((private, public.to_vec()))
    }

    /// The shared secret of 32 octets. A ciphertext that was made for another key or changed gives another secret, the
    /// same each time (FIPS 203 §6.3): it shows where the content key is unwrapped, like any other failure.
    pub(super) fn decapsulate(&self, ciphertext: &[u8]) -> Result<Secret> {
        if ciphertext.len() != self.0.ciphertext_len() {
            return Err(Error::Failed);
        }
        let shared = self.1.decapsulate(Ciphertext::from(ciphertext)).map_err(|_| Error::Failed)?;
        Ok(Secret::new(shared.as_ref().to_vec()))
    }
}

/// A new PrivateKeyInfo: the seed alone, from which everything follows (RFC 9935 §6).
pub(super) fn generate(set: MlKem, rng: &mut dyn Random) -> Result<Zeroizing<Vec<u8>>> {
    let mut key = Zeroizing::new(vec![SEED.0, 64]);
    let mut seed = Zeroizing::new([0; 64]);
    rng.fill(&mut *seed)?;
    key.extend_from_slice(&*seed);
    Ok(PrivateKeyInfo::new(AlgorithmIdentifier::new(set.oid()), key).to_der())
}

/// The expanded decapsulation key and the encapsulation key (FIPS 203 algorithm 16).
fn expand(set: MlKem, seed: &[u8]) -> Result<(Zeroizing<Vec<u8>>, Vec<u8>)> {
    let seed = Zeroizing::new(<[u8; 64]>::try_from(seed).map_err(|_| Error::BadKey("not 64 octets of seed"))?);
    let expanded = match set {
        MlKem::MlKem512 => expanded::<ml_kem::DecapsulationKey512>(&seed),
        MlKem::MlKem768 => expanded::<ml_kem::DecapsulationKey768>(&seed),
        MlKem::MlKem1024 => expanded::<ml_kem::DecapsulationKey1024>(&seed),
    };
    let public = public_part(set, &expanded)?.to_vec();
    Ok((expanded, public))
}

/// The hot library reads the expanded form alone.
#[allow(deprecated)]
fn expanded<D: From<ml_kem::Seed> + ml_kem::ExpandedKeyEncoding>(seed: &[u8; 64]) -> Zeroizing<Vec<u8>> {
    let mut whole = D::from((*seed).into()).to_expanded_bytes();
    let private = Zeroizing::new(whole.as_slice().to_vec());
    whole.as_mut_slice().zeroize();
    private
}

/// The encapsulation key within an expanded decapsulation key.
fn public_part(set: MlKem, expanded: &[u8]) -> Result<&[u8]> {
    let start = set.private_len() - set.public_len() - 64;
    expanded.get(start..start + set.public_len()).ok_or(BAD)
}

/// Whether every coefficient, of 12 bits, two in three octets, is below q: the modulus check of FIPS 203 §7.2. The last
/// 32 octets are a seed.
fn is_reduced(key: &[u8]) -> bool {
    let Some((vector, _)) = key.split_last_chunk::<32>() else { return false };
    vector.as_chunks::<3>().0.iter().all(|[a, b, c]| {
        let first = u16::from(*a) | (u16::from(b & 15) << 8);
        let second = u16::from(b >> 4) | (u16::from(*c) << 4);
        first < Q && second < Q
    })
}

fn algorithm(set: MlKem) -> &'static Algorithm {
    match set {
        MlKem::MlKem512 => &kem::ML_KEM_512,
        MlKem::MlKem768 => &kem::ML_KEM_768,
        MlKem::MlKem1024 => &kem::ML_KEM_1024,
    }
}

const SEED: Tag = Tag::context_primitive(0);
const BAD: Error = Error::BadKey("not an ML-KEM decapsulation key");
const Q: u16 = 3329;
