//! What the fuzz targets `keys`, `hss` and `signatures` do.

use std::sync::LazyLock;

use wire::{AlgorithmIdentifier, PrivateKeyInfo, SubjectPublicKeyInfo, oids};
use zeroize::Zeroizing;

use crate::key::private::PrivateKey;
use crate::key::public::PublicKey;
use crate::key::soft::SoftKey;
use crate::names::{CompositeDsa, CompositeKem, Digest, KeySpec, MlKem, SignatureAlgorithm};
use crate::random::SystemRandom;

/// Reads anything as a private and as a public key, and as the octets of one that encapsulates; what is a key does what
/// it can. Never panics. For fuzzing.
pub fn fuzz_keys(bytes: &[u8]) {
    let kems = MlKem::ALL.map(MlKem::oid).into_iter().chain(CompositeKem::ALL.map(CompositeKem::oid));
    for algorithm in kems.map(AlgorithmIdentifier::new) {
        let info = PrivateKeyInfo::new(algorithm.clone(), Zeroizing::new(bytes.to_vec()));
        used(SoftKey::from_info(&info).ok());
        published(PublicKey::new(SubjectPublicKeyInfo::new(algorithm, bytes)).ok());
    }
    used(SoftKey::from_pkcs8(bytes).ok());
    published(PublicKey::from_spki(bytes).ok());
}

/// Reads anything as an HSS key, of either length, and what follows it as its signature. Never panics. For fuzzing.
pub fn fuzz_hss(bytes: &[u8]) {
    for (key, signature) in HSS_KEYS.into_iter().filter_map(|length| bytes.split_at_checked(length)) {
        let spki = SubjectPublicKeyInfo::new(AlgorithmIdentifier::new(oids::HSS_LMS), key);
        if let Ok(key) = PublicKey::new(spki) {
            let _ = key.verify(&SignatureAlgorithm::HssLms(Digest::Sha256), b"message", signature);
        }
    }
}

/// Verifies anything as a signature of each composite that is made here. Never panics, and nothing holds. For fuzzing.
pub fn fuzz_signatures(bytes: &[u8]) {
    static KEYS: LazyLock<Vec<(SignatureAlgorithm, PublicKey)>> = LazyLock::new(|| {
        let made = |pair: CompositeDsa| {
            let (key, _) = SoftKey::generate(KeySpec::CompositeDsa(pair), &mut SystemRandom).ok()?;
            Some((SignatureAlgorithm::CompositeDsa(pair), key.public().clone()))
        };
        CompositeDsa::ALL.into_iter().filter_map(made).collect()
    });
    for (algorithm, key) in KEYS.iter() {
        assert!(key.verify(algorithm, b"message", bytes).is_err());
    }
}

/// What comes back is the same key, and what is encapsulated to it comes out of it.
fn used(key: Option<SoftKey>) {
    let Some(key) = key else { return };
    let again = SoftKey::from_pkcs8(&key.to_pkcs8());
    assert!(again.is_ok_and(|again| again.public() == key.public()));
    if let Some(kem) = key.public().kem()
        && let Ok((ciphertext, shared)) = key.public().encapsulate(kem)
    {
        assert!(key.decapsulate(kem, &ciphertext).is_ok_and(|found| found == shared));
    }
}

fn published(key: Option<PublicKey>) {
    if let Some((key, kem)) = key.and_then(|key| key.kem().map(|kem| (key, kem))) {
        let _ = key.encapsulate(kem);
    }
}

/// Octets of an HSS key with hashes of 32 octets and of 24.
const HSS_KEYS: [usize; 2] = [60, 52];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_what_is_left_of_them_do_not_panic() {
        let specs = [KeySpec::MlKem(MlKem::MlKem512), KeySpec::CompositeKem(CompositeKem::MlKem768X25519)];
        for spec in specs {
            let (key, der) = SoftKey::generate(spec, &mut SystemRandom).unwrap();
            for bytes in [&der[..], key.public().spki(), key.public().octets()] {
                for end in (0..bytes.len()).step_by(111).chain([bytes.len()]) {
                    fuzz_keys(&bytes[..end]);
                }
            }
        }
    }

    #[test]
    fn pieces_of_composite_signatures_are_none() {
        let pair = CompositeDsa::MlDsa44Ed25519;
        let (key, _) = SoftKey::generate(KeySpec::CompositeDsa(pair), &mut SystemRandom).unwrap();
        let algorithm = SignatureAlgorithm::CompositeDsa(pair);
        let signature = key.sign(&algorithm, b"message", &mut SystemRandom).unwrap();
        for end in [0, 1, 2419, 2420, 2421, signature.len() - 1, signature.len()] {
            fuzz_signatures(&signature[..end]);
        }
    }
}
