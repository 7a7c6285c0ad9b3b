//! ML-DSA keys (RFC 9881 §4, §6), over the library below.

use aws_lc_rs::encoding::AsRawBytes;
use aws_lc_rs::signature::{self, KeyPair as _, ParsedPublicKey, PqdsaKeyPair, PqdsaSigningAlgorithm};
use wire::der::{Reader, Tag};
use wire::{PrivateKeyInfo, SubjectPublicKeyInfo};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::names::MlDsa;
use crate::secret::equal;

/// A private key and the octets of its public half.
pub(super) struct MlDsaPrivate {
    pair: PqdsaKeyPair,
    /// What privateKey holds when it is written: the seed alone wherever it is known (RFC 9881 §6).
    pub(super) written: Zeroizing<Vec<u8>>,
}

impl MlDsaPrivate {
    /// Reads the CHOICE of RFC 9881 §6: `[0]` the seed, an OCTET STRING of the expanded key, or a SEQUENCE of both,
    /// which must belong together (RFC 9881 §8.2).
    pub(super) fn new(set: MlDsa, info: &PrivateKeyInfo) -> Result<Self> {
        if info.algorithm.parameters.is_some() {
            return Err(Error::BadParameters("this key algorithm has none"));
        }
        let mut reader = Reader::new(&info.key);
        let key = match reader.peek() {
            Some(SEED) => MlDsaPrivate::from_seed(set, reader.expect(SEED)?.contents),
            Some(Tag::OCTET_STRING) => {
                let pair = PqdsaKeyPair::from_raw_private_key(signing(set), reader.octet_string()?);
                let pair = pair.map_err(|_| Error::BadKey("not an ML-DSA key"))?;
                Ok(MlDsaPrivate { pair, written: info.key.clone() })
            }
            _ => {
                let mut both = reader.sequence()?;
                let key = MlDsaPrivate::from_seed(set, both.octet_string()?)?;
                let expanded = both.octet_string()?;
                both.finish()?;
                let own = key.pair.private_key().as_raw_bytes().map_err(|_| Error::BadKey("no expanded key"))?;
                let agree = equal(own.as_ref(), expanded);
                agree.then_some(key).ok_or(Error::BadKey("seed and expanded key do not belong together"))
            }
        };
        reader.finish()?;
        key
    }

    /// The key that FIPS 204 algorithm 6 makes of 32 octets.
    fn from_seed(set: MlDsa, seed: &[u8]) -> Result<Self> {
        let pair = PqdsaKeyPair::from_seed(signing(set), seed).map_err(|_| Error::BadKey("not a seed of 32 octets"))?;
        Ok(MlDsaPrivate { pair, written: written(seed) })
    }

    pub(super) fn public(&self) -> Vec<u8> {
        self.pair.public_key().as_ref().to_vec()
    }

    /// The hedged variant (FIPS 204 §3.4), of which the library draws the randomness itself.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let mut signature = vec![0; self.pair.algorithm().signature_len()];
        let length = self.pair.sign(message, &mut signature).map_err(|_| Error::Random)?;
        signature.truncate(length);
        Ok(signature)
    }
}

/// Reads a public key: as many octets as its set has, without parameters.
pub(super) fn public(set: MlDsa, spki: &SubjectPublicKeyInfo) -> Result<ParsedPublicKey> {
    if spki.algorithm.parameters.is_some() {
        return Err(Error::BadParameters("this key algorithm has none"));
    }
    if spki.key().len() != set.public_len() {
        return Err(Error::BadKey("not as many octets as its parameter set has"));
    }
    let algorithm = match set {
        MlDsa::Dsa44 => &signature::ML_DSA_44,
        MlDsa::Dsa65 => &signature::ML_DSA_65,
        MlDsa::Dsa87 => &signature::ML_DSA_87,
    };
    ParsedPublicKey::new(algorithm, spki.key()).map_err(|_| Error::BadKey("not an ML-DSA key"))
}

/// The contents of privateKey for a seed of 32 octets.
pub(super) fn written(seed: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(vec![SEED.0, 32]);
    out.extend_from_slice(seed);
    out
}

fn signing(set: MlDsa) -> &'static PqdsaSigningAlgorithm {
    match set {
        MlDsa::Dsa44 => &signature::ML_DSA_44_SIGNING,
        MlDsa::Dsa65 => &signature::ML_DSA_65_SIGNING,
        MlDsa::Dsa87 => &signature::ML_DSA_87_SIGNING,
    }
}

const SEED: Tag = Tag::context_primitive(0);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{PrivateKey, SoftKey};
    use crate::names::KeySpec;
    use crate::random::SystemRandom;
    use wire::AlgorithmIdentifier;
    use wire::der::Writer;

    /// RFC 9881 §6 and §8.2: what is read, what is written, and what does not belong together.
    #[test]
    fn ml_dsa_keys_in_three_forms() {
        for set in MlDsa::ALL {
            let (made, pkcs8) = SoftKey::generate(KeySpec::MlDsa(set), &mut SystemRandom).unwrap();
            let info = PrivateKeyInfo::from_der(&pkcs8).unwrap();
            let seed = &info.key[2..];
            let expanded = MlDsaPrivate::new(set, &info).unwrap();
            let expanded = expanded.pair.private_key().as_raw_bytes().unwrap().as_ref().to_vec();
            let as_key = |write: &dyn Fn(&mut Writer)| {
                let mut w = Writer::new();
                write(&mut w);
                let key = Zeroizing::new(w.into_bytes());
                SoftKey::from_info(&PrivateKeyInfo::new(AlgorithmIdentifier::new(set.oid()), key))
            };
            let both = |seed: &[u8], expanded: &[u8]| {
                as_key(&|w| {
                    w.sequence(|w| {
                        w.octet_string(seed).octet_string(expanded);
                    });
                })
            };
            let alone = as_key(&|w| {
                w.octet_string(&expanded);
            });
            let alone = alone.unwrap();
            assert_eq!(alone.public(), made.public());
            assert_eq!(SoftKey::from_pkcs8(&alone.to_pkcs8()).unwrap().public(), made.public());
            assert_eq!(both(seed, &expanded).unwrap().to_pkcs8(), pkcs8);
            let (mut other_seed, mut other_key) = (seed.to_vec(), expanded.clone());
            other_seed[0] ^= 1;
            *other_key.last_mut().unwrap() ^= 1;
            for (seed, key) in [(&other_seed[..], &expanded), (seed, &other_key), (&seed[1..], &expanded)] {
                assert!(matches!(both(seed, key), Err(Error::BadKey(_))));
            }
            for length in [0, 31, 33, expanded.len() - 1] {
                assert!(
                    as_key(&|w| {
                        w.element(SEED, &vec![1; length]);
                    })
                    .is_err()
                );
                assert!(
                    as_key(&|w| {
                        w.octet_string(&expanded[..length]);
                    })
                    .is_err()
                );
            }
            let null = AlgorithmIdentifier::with_null(set.oid());
            assert!(SoftKey::from_info(&PrivateKeyInfo { algorithm: null, ..info.clone() }).is_err());
        }
    }
}
