//! OpenSSL reads the key files that we write, and signs and agrees as we do.
#![allow(clippy::disallowed_methods)] // tests start programs

use std::path::PathBuf;
use std::process::Command;

use sealpost_crypto::password::{Pkcs12Contents, Pkcs12Key, encrypt_pkcs8, open_pkcs12, write_pkcs12};
use sealpost_crypto::{
    Brainpool, Curve, Digest, Error, KeyKind, KeySpec, PrivateKey, PublicKey, SignatureAlgorithm, SoftKey, SystemRandom,
};
use wire::{PrivateKeyInfo, pem};

#[test]
fn openssl_reads_our_keys_and_verifies_our_signatures() {
    let Some(folder) = scratch("keys") else { return };
    for spec in
        [KeySpec::Rsa(2048), KeySpec::Ec(Curve::P256), KeySpec::Ec(Curve::P521), KeySpec::Ed25519, KeySpec::Ed448]
    {
        let (key, pkcs8) = SoftKey::generate(spec, &mut SystemRandom).unwrap();
        let encrypted = encrypt_pkcs8(&pkcs8, "pässwort".as_bytes(), 1000, &mut SystemRandom).unwrap();
        let [private, public, message, signature] =
            ["key.pem", "pub.pem", "message", "signature"].map(|name| folder.join(name));
        std::fs::write(&private, pem::encode("ENCRYPTED PRIVATE KEY", &encrypted.to_der())).unwrap();
        let read = openssl(&["pkey", "-in", path(&private), "-passin", "pass:pässwort", "-pubout"]);
        assert_eq!(pem::parse(&read).unwrap()[0].contents.as_slice(), key.public().spki(), "{spec}");
        let algorithm = SignatureAlgorithm::for_key(&spec.kind(), Digest::Sha256).unwrap();
        std::fs::write(&public, read).unwrap();
        std::fs::write(&message, b"message").unwrap();
        std::fs::write(&signature, key.sign(&algorithm, b"message", &mut SystemRandom).unwrap()).unwrap();
        let mut arguments = vec!["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", path(&public)];
        arguments.extend(["-in", path(&message), "-sigfile", path(&signature)]);
        let pure = matches!(spec, KeySpec::Ed25519 | KeySpec::Ed448);
        if !pure {
            arguments.extend(["-digest", "sha256"]);
        }
        assert!(String::from_utf8_lossy(&openssl(&arguments)).contains("Verified Successfully"), "{spec}");
        if pure {
            // Such signatures have no chance in them: theirs is ours.
            let arguments = ["pkeyutl", "-sign", "-rawin", "-passin", "pass:pässwort", "-inkey", path(&private)];
            let theirs = openssl(&[&arguments[..], &["-in", path(&message)]].concat());
            assert_eq!(theirs, std::fs::read(&signature).unwrap(), "{spec}");
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// RFC 8702 §3.2: what OpenSSL signs over its SHAKE holds here, and a PSS block made here is what it should be by
/// OpenSSL's RSA and SHAKE.
#[test]
fn sha3_and_shake_signatures_agree_with_openssl() {
    let Some(folder) = scratch("shake") else { return };
    let [private, message, hash, signature, seed] =
        ["key.pem", "message", "hash", "signature", "seed"].map(|name| folder.join(name));
    std::fs::write(&message, b"message").unwrap();
    let shake = |name: &str, length: usize, file: &std::path::Path| {
        openssl(&["dgst", &format!("-{name}"), "-xoflen", &length.to_string(), "-binary", path(file)])
    };
    for (digest, name, length) in [(Digest::Shake128, "shake128", 32), (Digest::Shake256, "shake256", 64)] {
        let hashed = shake(name, length, &message);
        std::fs::write(&hash, &hashed).unwrap();
        let (ec, pkcs8) = SoftKey::generate(KeySpec::Ec(Curve::P521), &mut SystemRandom).unwrap();
        std::fs::write(&private, pem::encode("PRIVATE KEY", &pkcs8)).unwrap();
        openssl(&["pkeyutl", "-sign", "-inkey", path(&private), "-in", path(&hash), "-out", path(&signature)]);
        let made = std::fs::read(&signature).unwrap();
        ec.public().verify(&SignatureAlgorithm::Ecdsa(digest), b"message", &made).unwrap();
        ec.public().verify(&SignatureAlgorithm::Ecdsa(digest), b"Message", &made).unwrap_err();

        let (rsa, pkcs8) = SoftKey::generate(KeySpec::Rsa(2048), &mut SystemRandom).unwrap();
        std::fs::write(&private, pem::encode("PRIVATE KEY", &pkcs8)).unwrap();
        let made = rsa.sign(&SignatureAlgorithm::pss(digest), b"message", &mut SystemRandom).unwrap();
        std::fs::write(&signature, made).unwrap();
        let raw = ["-pkeyopt", "rsa_padding_mode:none", "-inkey", path(&private), "-in", path(&signature)];
        let block = openssl(&[&["pkeyutl", "-verifyrecover"], &raw[..]].concat());
        let (masked, rest) = block.split_at(256 - length - 1);
        let (h, trailer) = rest.split_at(length);
        std::fs::write(&seed, h).unwrap();
        let mut data: Vec<u8> = masked.iter().zip(shake(name, masked.len(), &seed)).map(|(a, b)| a ^ b).collect();
        data[0] &= 0x7f;
        let (padding, salt) = data.split_at(masked.len() - length);
        assert!(
            trailer == [0xbc] && padding.ends_with(&[0, 1]) && padding[..padding.len() - 1].iter().all(|b| *b == 0)
        );
        std::fs::write(&seed, [&[0; 8], &hashed[..], salt].concat()).unwrap();
        assert_eq!(shake(name, length, &seed), h);
    }
    let (ec, pkcs8) = SoftKey::generate(KeySpec::Ec(Curve::P256), &mut SystemRandom).unwrap();
    std::fs::write(&private, pem::encode("PRIVATE KEY", &pkcs8)).unwrap();
    for digest in [Digest::Sha3_256, Digest::Sha3_384, Digest::Sha3_512] {
        let made = openssl(&["dgst", &format!("-{digest}"), "-sign", path(&private), path(&message)]);
        ec.public().verify(&SignatureAlgorithm::Ecdsa(digest), b"message", &made).unwrap();
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// RFC 5639 and RFC 3370 §3.1: verified, never made.
#[test]
fn brainpool_and_dsa_of_openssl_verify() {
    let Some(folder) = scratch("old") else { return };
    let [private, parameters, message] = ["key.pem", "parameters.pem", "message"].map(|name| folder.join(name));
    std::fs::write(&message, b"message").unwrap();
    let sha2 = [Digest::Sha224, Digest::Sha256, Digest::Sha384, Digest::Sha512];
    let mut keys: Vec<(KeyKind, Vec<&str>)> = Vec::new();
    for (curve, name) in [(Brainpool::P256r1, "brainpoolP256r1"), (Brainpool::P384r1, "brainpoolP384r1")] {
        let arguments = vec!["ecparam", "-genkey", "-noout", "-name", name, "-out", path(&private)];
        keys.push((KeyKind::Brainpool(curve), arguments));
    }
    for bits in [1024, 2048] {
        keys.push((KeyKind::Dsa { bits }, vec!["gendsa", "-out", path(&private), path(&parameters)]));
    }
    for (kind, arguments) in keys {
        if let KeyKind::Dsa { bits } = kind {
            let q_bits = if bits == 1024 { 160 } else { 256 };
            let [p, q] = [format!("dsa_paramgen_bits:{bits}"), format!("dsa_paramgen_q_bits:{q_bits}")];
            let options = ["-pkeyopt", &p, "-pkeyopt", &q];
            openssl(
                &[&["genpkey", "-genparam", "-algorithm", "DSA", "-out", path(&parameters)], &options[..]].concat(),
            );
        }
        openssl(&arguments);
        let spki = openssl(&["pkey", "-in", path(&private), "-pubout", "-outform", "DER"]);
        let public = PublicKey::from_spki(&spki).unwrap();
        assert_eq!(public.kind(), kind);
        assert!(!kind.signs() && SignatureAlgorithm::for_key(&kind, Digest::Sha256).is_none());
        for digest in sha2 {
            let made = openssl(&["dgst", &format!("-{digest}"), "-sign", path(&private), path(&message)]);
            let algorithm = match kind {
                KeyKind::Dsa { .. } => SignatureAlgorithm::Dsa(digest),
                _ => SignatureAlgorithm::Ecdsa(digest),
            };
            public.verify(&algorithm, b"message", &made).unwrap();
            assert_eq!(public.verify(&algorithm, b"Message", &made), Err(Error::BadSignature));
            for octet in (0..made.len()).step_by(5) {
                let mut bad = made.clone();
                bad[octet] ^= 1 << (octet % 8);
                assert_eq!(public.verify(&algorithm, b"message", &bad), Err(Error::BadSignature), "{kind} {octet}");
                assert_eq!(public.verify(&algorithm, b"message", &made[..octet]), Err(Error::BadSignature));
            }
            assert!(public.verify(&SignatureAlgorithm::Ed25519, b"message", &made).is_err());
        }
        // Any change of a key makes another key or none.
        for octet in (0..spki.len()).step_by(7) {
            let mut bad = spki.clone();
            bad[octet] ^= 0x10;
            assert!(PublicKey::from_spki(&bad).is_ok_and(|key| key == public) == (bad == spki));
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn pkcs12_goes_both_ways() {
    let Some(folder) = scratch("pkcs12") else { return };
    let (key, pkcs8) = SoftKey::generate(KeySpec::Ec(Curve::P256), &mut SystemRandom).unwrap();
    let info = PrivateKeyInfo::from_der(&pkcs8).unwrap();
    let keys = vec![Pkcs12Key { info, local_key_id: Some(vec![1]), friendly_name: Some("Käthe".to_owned()) }];
    let contents = Pkcs12Contents { keys, certificates: Vec::new() };
    let [ours, theirs, private, certificate] =
        ["ours.p12", "theirs.p12", "key.pem", "certificate.pem"].map(|name| folder.join(name));
    for password in ["secret", "pässwort", ""] {
        std::fs::write(&ours, write_pkcs12(&contents, password.as_bytes(), &mut SystemRandom).unwrap()).unwrap();
        let pass = format!("pass:{password}");
        let read = openssl(&["pkcs12", "-in", path(&ours), "-passin", &pass, "-nodes"]);
        let block = pem::parse(&read).unwrap().into_iter().find(|b| b.label == "PRIVATE KEY").unwrap();
        assert_eq!(SoftKey::from_pkcs8(&block.contents).unwrap().public(), key.public());

        std::fs::write(&private, pem::encode("PRIVATE KEY", &pkcs8)).unwrap();
        let subject = ["-subj", "/CN=x", "-days", "2", "-out", path(&certificate)];
        openssl(&[&["req", "-x509", "-key", path(&private)], &subject[..]].concat());
        let mut arguments = vec!["pkcs12", "-export", "-inkey", path(&private), "-in", path(&certificate)];
        arguments.extend(["-out", path(&theirs), "-passout", &pass]);
        openssl(&arguments);
        let opened = open_pkcs12(&std::fs::read(&theirs).unwrap(), password.as_bytes()).unwrap();
        assert_eq!((opened.keys.len(), opened.certificates.len()), (1, 1));
        assert_eq!(SoftKey::from_info(&opened.keys[0].info).unwrap().public(), key.public());
        assert_eq!(opened.keys[0].local_key_id, opened.certificates[0].local_key_id);
    }
    std::fs::remove_dir_all(folder).unwrap();
}

fn openssl(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("openssl").args(arguments).output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments:?}: {words}");
    output.stdout
}

fn path(path: &std::path::Path) -> &str {
    path.to_str().unwrap()
}

/// A folder of its own for a test, where there is an openssl.
fn scratch(name: &str) -> Option<PathBuf> {
    if Command::new("openssl").arg("version").output().is_err() {
        assert!(std::env::var_os("SEALPOST_REQUIRE").is_none_or(|r| r != "all"), "no openssl");
        println!("skipped, install openssl");
        return None;
    }
    let folder = std::env::temp_dir().join(format!("sealpost-crypto-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    Some(folder)
}
