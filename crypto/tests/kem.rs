//! Keys for encapsulation that others made: the examples of RFC 9935 and the certificates of the IETF hackathon.
#![allow(clippy::disallowed_methods)] // tests read corpora

mod tell;

use std::path::{Path, PathBuf};

use sealpost_crypto::{CompositeKem, Error, Kem, KeySpec, MlKem, PrivateKey, PublicKey, SoftKey, SystemRandom};
use wire::{Certificate, PrivateKeyInfo, pem};

use tell::tell;

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

/// Certificates and keys of the hackathon for all mechanisms.
#[test]
fn k_10_k_11_the_hackathon_s_secrets_come_out() {
    let mut count = 0;
    for maker in ["cht", "ossl35"] {
        let Some(folder) = corpus(&format!("pqc/hackathon/{maker}/artifacts_certs_r5")) else { return };
        for prefix in prefixes(&folder) {
            let read = |end: &str| std::fs::read(folder.join(format!("{prefix}{end}"))).unwrap();
            let certificate = Certificate::from_der(&read("_ee.der")).unwrap();
            let public = PublicKey::from_spki(certificate.public_key().der()).unwrap();
            let kem = public.kem().unwrap();
            let forms: &[&str] = match kem {
                Kem::MlKem(_) => &["_seed_priv.der", "_expandedkey_priv.der", "_both_priv.der"],
                _ => &["_priv.der"],
            };
            for form in forms {
                let key = SoftKey::from_pkcs8(&read(form)).unwrap();
                assert_eq!(key.public(), &public, "{prefix} {form}");
                let shared = key.decapsulate(kem, &read("_ciphertext.bin")).unwrap();
                assert_eq!(shared.as_bytes(), read("_ss.bin"), "{maker} {prefix} {form}");
                both_ways(kem, &key);
                count += 1;
            }
        }
    }
    tell(&format!("hackathon: {count} keys"));
    assert_eq!(count, 30);
}

/// The test vectors of draft-ietf-lamps-pq-composite-kem, appendix E.
#[test]
fn k_11_composite_ml_kem_as_its_draft_computes_it() {
    let Some(folder) = corpus("pqc/lamps-wg/draft-composite-kem/src") else { return };
    let text = std::fs::read_to_string(folder.join("testvectors.json")).unwrap();
    let suite: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut count = 0;
    for case in suite["tests"].as_array().unwrap() {
        let octets = |name: &str| base64(case[name].as_str().unwrap());
        let name = case["tcId"].as_str().unwrap();
        let key = SoftKey::from_pkcs8(&octets("dk_pkcs8")).unwrap();
        let certificate = Certificate::from_der(&octets("x5c")).unwrap();
        assert_eq!(key.public().spki(), certificate.public_key().der(), "{name}");
        assert_eq!(key.public().octets(), octets("ek"), "{name}");
        let kem = key.public().kem().unwrap();
        let ciphertext = octets("c");
        assert_eq!(key.decapsulate(kem, &ciphertext).unwrap().as_bytes(), octets("k"), "{name}");
        both_ways(kem, &key);
        count += 1;
    }
    tell(&format!("composite ML-KEM: {count} vectors"));
    assert_eq!(count, 14);
}

/// A secret goes through; every cut, and a changed octet in each half, gives none or another (K-11).
fn both_ways(kem: Kem, key: &SoftKey) {
    let (ciphertext, shared) = key.public().encapsulate(kem).unwrap();
    assert_eq!(key.decapsulate(kem, &ciphertext).unwrap(), shared);
    for length in (0..ciphertext.len()).step_by(97).chain([ciphertext.len() - 1]) {
        assert_eq!(key.decapsulate(kem, &ciphertext[..length]).unwrap_err(), Error::Failed);
    }
    let longer = [&ciphertext[..], &[0]].concat();
    assert_eq!(key.decapsulate(kem, &longer).unwrap_err(), Error::Failed);
    for at in [0, 700, ciphertext.len() - 20] {
        let mut changed = ciphertext.clone();
        changed[at] ^= 1;
        assert_ne!(key.decapsulate(kem, &changed).ok(), Some(shared.clone()));
    }
}

#[test]
fn k_11_composite_keys_are_made_and_have_halves_of_their_kind() {
    for kem in [CompositeKem::MlKem768X25519, CompositeKem::MlKem768P256, CompositeKem::MlKem1024P384] {
        let (key, der) = SoftKey::generate(KeySpec::CompositeKem(kem), &mut SystemRandom).unwrap();
        both_ways(Kem::Composite(kem), &key);
        assert_eq!(SoftKey::from_pkcs8(&der).unwrap().public(), key.public());
        // The same octets under another name are another key or none.
        for other in CompositeKem::ALL.into_iter().filter(|other| *other != kem) {
            let mut info = PrivateKeyInfo::from_der(&der).unwrap();
            info.algorithm.oid = other.oid();
            let taken = SoftKey::from_info(&info).ok();
            assert!(taken.is_none_or(|taken| taken.public().octets() != key.public().octets()), "{kem} as {other}");
            let spki = wire::SubjectPublicKeyInfo::new(info.algorithm, key.public().octets());
            assert!(PublicKey::new(spki).is_err(), "{kem} as {other}");
        }
        for end in 0..der.len() {
            assert!(SoftKey::from_pkcs8(&der[..end]).is_err());
        }
    }
    // Those with a curve of RFC 5639 are read.
    for kem in [CompositeKem::MlKem768BrainpoolP256, CompositeKem::MlKem1024BrainpoolP384] {
        let made = SoftKey::generate(KeySpec::CompositeKem(kem), &mut SystemRandom);
        assert!(matches!(made, Err(Error::Unsupported { .. })));
    }
}

/// What comes before `_ee.der` in the names of files for encapsulation.
fn prefixes(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let kem = names.filter(|name| name.to_lowercase().replace('-', "").starts_with("mlkem"));
    kem.filter_map(|name| name.strip_suffix("_ee.der").map(str::to_owned)).collect()
}

fn base64(text: &str) -> Vec<u8> {
    let armoured = format!("-----BEGIN X-----\n{text}\n-----END X-----\n");
    pem::parse(armoured.as_bytes()).unwrap().remove(0).contents.to_vec()
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
    tell("skipped: no corpora");
    None
}
