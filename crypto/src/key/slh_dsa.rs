//! SLH-DSA keys (RFC 9909 §4, §6), over the library below.

use slh_dsa::{ParameterSet, Signature, SigningKey, VerifyingKey, VerifyingKeyLen};
use wire::der::Writer;
use wire::{PrivateKeyInfo, SubjectPublicKeyInfo};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::names::SlhDsa;
use crate::random::Random;

/// Calls a function with the library's type of a set.
macro_rules! of_set {
    ($set:expr, $function:ident($($argument:expr),*)) => {
        match $set {
            SlhDsa::Sha2_128s => $function::<slh_dsa::Sha2_128s>($($argument),*),
            SlhDsa::Sha2_128f => $function::<slh_dsa::Sha2_128f>($($argument),*),
            SlhDsa::Sha2_192s => $function::<slh_dsa::Sha2_192s>($($argument),*),
            SlhDsa::Sha2_192f => $function::<slh_dsa::Sha2_192f>($($argument),*),
            SlhDsa::Sha2_256s => $function::<slh_dsa::Sha2_256s>($($argument),*),
            SlhDsa::Sha2_256f => $function::<slh_dsa::Sha2_256f>($($argument),*),
            SlhDsa::Shake128s => $function::<slh_dsa::Shake128s>($($argument),*),
            SlhDsa::Shake128f => $function::<slh_dsa::Shake128f>($($argument),*),
            SlhDsa::Shake192s => $function::<slh_dsa::Shake192s>($($argument),*),
            SlhDsa::Shake192f => $function::<slh_dsa::Shake192f>($($argument),*),
            SlhDsa::Shake256s => $function::<slh_dsa::Shake256s>($($argument),*),
            SlhDsa::Shake256f => $function::<slh_dsa::Shake256f>($($argument),*),
        }
    };
}

/// A private key: SK.seed, SK.prf, PK.seed and PK.root, each of *n* octets.
pub(super) struct SlhDsaPrivate {
    set: SlhDsa,
    octets: Zeroizing<Vec<u8>>,
}

impl SlhDsaPrivate {
    /// Reads the octets that stand in privateKey without a structure of their own (RFC 9909 §6).
    pub(super) fn new(set: SlhDsa, info: &PrivateKeyInfo) -> Result<Self> {
        if info.algorithm.parameters.is_some() {
            return Err(Error::BadParameters("this key algorithm has none"));
        }
        if info.key.len() != 4 * set.n() {
            return Err(Error::BadKey("not as many octets as its parameter set has"));
        }
        Ok(SlhDsaPrivate { set, octets: info.key.clone() })
    }

    /// A new key's octets (FIPS 205 algorithm 21).
    pub(super) fn generate(set: SlhDsa, rng: &mut dyn Random) -> Result<Zeroizing<Vec<u8>>> {
        let mut seeds = Zeroizing::new(vec![0; 3 * set.n()]);
        rng.fill(&mut seeds)?;
        Ok(of_set!(set, make(&seeds, set.n())))
    }

    pub(super) fn public(&self) -> Vec<u8> {
        self.octets[2 * self.set.n()..].to_vec()
    }

    /// The hedged variant (FIPS 205 §10.2.1).
    pub(super) fn sign(&self, message: &[u8], rng: &mut dyn Random) -> Result<Vec<u8>> {
        let mut chance = Zeroizing::new(vec![0; self.set.n()]);
        rng.fill(&mut chance)?;
        of_set!(self.set, sign(&self.octets, message, &chance))
    }
}

/// Reads a public key: as many octets as its set has, without parameters.
pub(super) fn check_public(set: SlhDsa, spki: &SubjectPublicKeyInfo) -> Result<()> {
    if spki.algorithm.parameters.is_some() {
        return Err(Error::BadParameters("this key algorithm has none"));
    }
    (spki.key().len() == 2 * set.n()).then_some(()).ok_or(Error::BadKey("not as many octets as its parameter set has"))
}

/// Whether a signature of exactly its length holds over the message.
pub(super) fn holds(set: SlhDsa, public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    of_set!(set, verify(public, message, signature))
}

/// Whether a signature in the pre-hash mode holds over the digest of a message, which is the set's own (FIPS 205 §10.2.2,
/// algorithm 25), under the empty context of RFC 9909 §3.
pub(super) fn holds_hashed(set: SlhDsa, public: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    let mut w = Writer::new();
    w.oid(set.own_digest().oid());
    of_set!(set, verify_hashed(public, &[&[1, 0], w.as_bytes(), digest], signature))
}

fn make<P: ParameterSet>(seeds: &[u8], n: usize) -> Zeroizing<Vec<u8>> {
    let key = SigningKey::<P>::slh_keygen_internal(&seeds[..n], &seeds[n..2 * n], &seeds[2 * n..]);
    Zeroizing::new(key.to_bytes().to_vec())
}

fn sign<P: ParameterSet>(octets: &[u8], message: &[u8], chance: &[u8]) -> Result<Vec<u8>> {
    let bad = |_| Error::BadKey("not an SLH-DSA key");
    let key = SigningKey::<P>::try_from(octets).map_err(bad)?;
    Ok(key.try_sign_with_context(message, &[], Some(chance)).map_err(bad)?.to_vec())
}

fn verify<P: ParameterSet + VerifyingKeyLen>(public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (VerifyingKey::<P>::try_from(public), Signature::<P>::try_from(signature)) else {
        return false;
    };
    key.try_verify_with_context(message, &[], &signature).is_ok()
}

fn verify_hashed<P: ParameterSet + VerifyingKeyLen>(public: &[u8], message: &[&[u8]], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (VerifyingKey::<P>::try_from(public), Signature::<P>::try_from(signature)) else {
        return false;
    };
    key.slh_verify_internal(message, &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{PrivateKey, PublicKey, SoftKey};
    use crate::names::{KeySpec, SignatureAlgorithm};
    use crate::random::SystemRandom;
    use wire::{AlgorithmIdentifier, oids};

    /// RFC 9909 §4 and §6: lengths, absent parameters; sets do not mix, and HashSLH-DSA is another algorithm.
    #[test]
    fn slh_dsa_keys_have_their_lengths() {
        for set in SlhDsa::ALL {
            let algorithm = || AlgorithmIdentifier::new(set.oid());
            let public = |length| PublicKey::new(SubjectPublicKeyInfo::new(algorithm(), vec![1; length]));
            assert!(public(2 * set.n()).is_ok());
            assert!(public(2 * set.n() - 1).is_err() && public(2 * set.n() + 1).is_err());
            let null = SubjectPublicKeyInfo::new(AlgorithmIdentifier::with_null(set.oid()), vec![1; 2 * set.n()]);
            assert!(PublicKey::new(null).is_err());
            for length in [0, 4 * set.n() - 1, 4 * set.n() + 1] {
                let info = PrivateKeyInfo::new(algorithm(), Zeroizing::new(vec![1; length]));
                assert!(matches!(SoftKey::from_info(&info), Err(Error::BadKey(_))));
            }
        }
        let (key, _) = SoftKey::generate(KeySpec::SlhDsa(SlhDsa::Sha2_128f), &mut SystemRandom).unwrap();
        let made = key.sign(&SignatureAlgorithm::slh_dsa(SlhDsa::Sha2_128f), b"m", &mut SystemRandom).unwrap();
        assert_eq!(made.len(), 17_088);
        for other in [SlhDsa::Sha2_128s, SlhDsa::Shake128f] {
            let other = SignatureAlgorithm::slh_dsa(other);
            assert!(key.public().verify(&other, b"m", &made).is_err());
            assert!(key.sign(&other, b"m", &mut SystemRandom).is_err());
        }
        // The pre-hash mode is another algorithm, of certificates alone (RFC 9909 §3, RFC 9882 §3.1).
        for set in SlhDsa::ALL {
            let how = SignatureAlgorithm::HashSlhDsa(set);
            assert_eq!(SignatureAlgorithm::from_x509(&how.to_x509()), Ok(how));
            let refused = SignatureAlgorithm::from_cms(&how.to_x509(), how.digest());
            assert!(matches!(refused, Err(Error::Unsupported { .. })));
            assert!(SignatureAlgorithm::from_x509(&AlgorithmIdentifier::with_null(set.hashed_oid())).is_err());
            let name = oids::HASH_SLH_DSA_SHA2_128F.name().unwrap();
            assert!(set != SlhDsa::Sha2_128f || name == format!("{how}-with-{}", how.digest()));
        }
        let hashed = AlgorithmIdentifier::new(SlhDsa::Sha2_128f.hashed_oid());
        let octets = key.public().octets().to_vec();
        let public = PublicKey::new(SubjectPublicKeyInfo::new(hashed.clone(), octets.clone())).unwrap();
        assert!(PublicKey::new(SubjectPublicKeyInfo::new(hashed, &octets[1..])).is_err());
        let how = SignatureAlgorithm::HashSlhDsa(SlhDsa::Sha2_128f);
        assert_eq!(public.verify(&how, b"m", &made), Err(Error::BadSignature));
        assert!(public.verify(&SignatureAlgorithm::slh_dsa(SlhDsa::Sha2_128f), b"m", &made).is_err());
        assert!(key.public().verify(&how, b"m", &made).is_err());
    }
}
