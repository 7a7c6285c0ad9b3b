//! What the fuzz target `keys` does.

use wire::{AlgorithmIdentifier, PrivateKeyInfo, SubjectPublicKeyInfo};
use zeroize::Zeroizing;

use crate::key::private::PrivateKey;
use crate::key::public::PublicKey;
use crate::key::soft::SoftKey;
use crate::names::{CompositeKem, MlKem};

/// Reads anything as a private and as a public key, and as the octets of one that encapsulates; what is a key does what
/// it can. Never panics. For fuzzing.
pub fn fuzz_keys(bytes: &[u8]) {
    let kems = MlKem::ALL.map(MlKem::oid).into_iter().chain(CompositeKem::ALL.map(CompositeKem::oid));
    for algorithm in kems.map(AlgorithmIdentifier::new) {
        let info = PrivateKeyInfo::new(algorithm.clone(), Zeroizing::new(bytes.to_vec()));
        used(SoftKey::from_info(&info).ok());
        published(PublicKey::new(SubjectPublicKeyInfo::new(algorithm, bytes.to_vec())).ok());
    }
    used(SoftKey::from_pkcs8(bytes).ok());
    published(PublicKey::from_spki(bytes).ok());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::KeySpec;
    use crate::random::SystemRandom;

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
}
