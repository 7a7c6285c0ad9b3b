//! Keys for encapsulation that others made: the examples of RFC 9935 and the certificates of the IETF hackathon.
#![allow(clippy::disallowed_methods)] // tests read corpora

use std::path::{Path, PathBuf};

use sealpost_crypto::{Error, Kem, KeySpec, MlKem, PrivateKey, PublicKey, SoftKey, SystemRandom};
use wire::{Certificate, pem};

#[test]
fn i_10_ml_kem_keys_of_rfc_9935_in_all_three_forms() {
    let Some(folder) = corpus("pqc/lamps-wg/kyber-certificates/example") else { return };
    for set in MlKem::ALL {
        let name = set.name().to_uppercase();
        let public = PublicKey::from_spki(&block(&folder.join(format!("{name}.pub")))).unwrap();
        let certificate = Certificate::from_der(&block(&folder.join(format!("{name}.crt")))).unwrap();
        assert_eq!(certificate.public_key().der(), public.spki());
        for form in ["seed", "expanded", "both"] {
            let der = block(&folder.join(format!("{name}-{form}.priv")));
            let key = SoftKey::from_pkcs8(&der).unwrap();
            assert_eq!(key.public(), &public, "{name} {form}");
            // The form in which it came is kept: no seed can be had from an expanded key.
            assert_eq!(*key.to_pkcs8(), der);
            let (ciphertext, shared) = public.encapsulate(Kem::MlKem(set)).unwrap();
            assert_eq!(key.decapsulate(Kem::MlKem(set), &ciphertext).unwrap(), shared);
            for length in [0, 1, ciphertext.len() - 1] {
                let cut = key.decapsulate(Kem::MlKem(set), &ciphertext[..length]);
                assert_eq!(cut.unwrap_err(), Error::Failed);
            }
            for other in MlKem::ALL.into_iter().filter(|other| *other != set) {
                assert!(matches!(key.decapsulate(Kem::MlKem(other), &ciphertext), Err(Error::KeyCannot(_))));
            }
        }
    }
}

/// RFC 9935 appendix C.4: seed and expanded key that differ, a changed secret, a changed hash, another z.
#[test]
fn k_10_inconsistent_private_keys_are_refused() {
    let Some(folder) = corpus("pqc/lamps-wg/kyber-certificates/example") else { return };
    for number in 1..=4 {
        let der = block(&folder.join(format!("bad-ML-KEM-512-{number}.priv")));
        assert!(matches!(SoftKey::from_pkcs8(&der), Err(Error::BadKey(_))), "{number}");
    }
}

/// Every cut is refused; a changed octet is refused or makes another key. The last 32 octets of the seed are z, which the
/// public key does not depend on, but what comes of a ciphertext that is none.
#[test]
fn k_10_broken_private_keys_are_no_keys() {
    let set = MlKem::MlKem768;
    let (key, der) = SoftKey::generate(KeySpec::MlKem(set), &mut SystemRandom).unwrap();
    for end in 0..der.len() {
        assert!(SoftKey::from_pkcs8(&der[..end]).is_err());
    }
    let none = vec![7; set.ciphertext_len()];
    let secret = key.decapsulate(Kem::MlKem(set), &none).unwrap();
    const VERSION: usize = 4;
    for at in (0..der.len()).filter(|at| *at != VERSION) {
        let mut changed = der.to_vec();
        changed[at] ^= 1;
        // The seed serves the sets beside this one just as well.
        let found = SoftKey::from_pkcs8(&changed).ok().filter(|other| other.public().kind() == key.public().kind());
        if let Some(other) = found {
            assert!(at >= der.len() - 64, "{at}");
            let in_z = at >= der.len() - 32;
            assert_eq!(other.public() == key.public(), in_z, "{at}");
            assert_eq!(other.decapsulate(Kem::MlKem(set), &none).unwrap() != secret, in_z, "{at}");
        }
    }
}

#[test]
fn k_10_the_hackathon_s_secrets_come_out() {
    let mut count = 0;
    for maker in ["cht", "ossl35"] {
        let Some(folder) = corpus(&format!("pqc/hackathon/{maker}/artifacts_certs_r5")) else { return };
        for set in MlKem::ALL {
            let prefix = find(&folder, set.name());
            let read = |end: &str| std::fs::read(folder.join(format!("{prefix}{end}"))).unwrap();
            let certificate = Certificate::from_der(&read("_ee.der")).unwrap();
            for form in ["seed", "expandedkey", "both"] {
                let key = SoftKey::from_pkcs8(&read(&format!("_{form}_priv.der"))).unwrap();
                assert_eq!(key.public().spki(), certificate.public_key().der());
                let shared = key.decapsulate(Kem::MlKem(set), &read("_ciphertext.bin")).unwrap();
                assert_eq!(shared.as_bytes(), read("_ss.bin"), "{maker} {prefix} {form}");
                count += 1;
            }
        }
    }
    println!("hackathon: {count} keys");
    assert_eq!(count, 18);
}

/// What comes before `_ee.der` in the name of the file for this algorithm.
fn find(folder: &Path, algorithm: &str) -> String {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let start = format!("{algorithm}-");
    let mut found = names.filter(|n| n.to_lowercase().starts_with(&start) && n.ends_with("_ee.der"));
    found.next().unwrap().trim_end_matches("_ee.der").to_owned()
}

fn block(path: &Path) -> Vec<u8> {
    pem::parse(&std::fs::read(path).unwrap()).unwrap().remove(0).contents.to_vec()
}

fn corpus(name: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    let folder = std::env::var_os("SEALPOST_CORPORA").map_or_else(beside, PathBuf::from).join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("SEALPOST_REQUIRE").is_none_or(|r| r != "all"), "no corpora");
    println!("skipped: no corpora");
    None
}
