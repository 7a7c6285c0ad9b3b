//! Keys, certificates and PKCS#12 files of four collections. What a file holds must be usable: a private key loads, and
//! belongs to a certificate or public key of the same file where there is one.

use std::path::{Path, PathBuf};

use crypto::password::{decrypt_legacy_pem, decrypt_pkcs8, open_pkcs12};
use crypto::{PrivateKey, SoftKey};
use wire::pem::PemBlock;
use wire::pkcs12::Pfx;
use wire::{Certificate, EncryptedPrivateKeyInfo, PrivateKeyInfo, SubjectPublicKeyInfo};

use crate::{Outcomes, corpus};

#[test]
fn oscrypto() {
    // Raw signatures and ciphertexts stand beside the keys.
    run("oscrypto", &["password123", ""], &["rsapublickey-der", "rsa_", "dsa_", "ecdsa_", "message"], 80);
}

#[test]
fn openssl() {
    run("openssl", &["1234"], &[".txt", ".dat", ".cnf"], 80);
    let Some(root) = corpus("openssl") else { return };
    // Each pair of folder and parameter set is one key, in every form.
    for (folder, sets) in [("ml_dsa_codecs", ["44", "65", "87"]), ("ml_kem_codecs", ["512", "768", "1024"])] {
        for set in sets {
            let public = spki(&root.join(folder).join(format!("pub-{set}.pem")));
            for form in ["seed-only", "seed-priv", "priv-only"] {
                let file = root.join(folder).join(format!("prv-{set}-{form}.pem"));
                let held = read(&std::fs::read(&file).unwrap(), "").unwrap();
                let key = SoftKey::from_info(&held.keys[0]).unwrap();
                assert_eq!(key.public().spki(), public, "{}", file.display());
            }
        }
    }
}

#[test]
fn openssl_keys() {
    run("openssl-keys", &["changeit", "password", "secret", "test"], &["README"], 80);
    let Some(root) = corpus("openssl-keys") else { return };
    // One key under every cipher, by the collection's own word.
    let plain = std::fs::read(root.join("data/rsa/openssl_rsa_unencrypted.pem")).unwrap();
    let plain = read(&plain, "").unwrap();
    for file in files(&root.join("data/rsa")) {
        let held = read(&std::fs::read(&file).unwrap(), "changeit").unwrap();
        assert_eq!(held.keys[0].key, plain.keys[0].key, "{}", file.display());
    }
}

#[test]
fn rustcrypto_formats() {
    let others = [
        "cms/",
        "x509-ocsp/",
        "_algid",
        "_ciphertext",
        ".crl",
        ".ta",
        "-csr.der",
        "pkcs1/tests/examples/rsa2048-pub",
        "pkcs1/tests/examples/rsa4096-pub",
    ];
    run("rustcrypto-formats", &["", "hunter42", "hunter2", "1234", "password"], &others, 110);
}

fn run(name: &'static str, passwords: &[&str], others: &[&str], least: usize) {
    let Some(root) = corpus(name) else { return };
    let mut outcomes = Outcomes::new(name);
    let mut left = 0;
    for file in files(&root) {
        let id = file.strip_prefix(&root).unwrap().to_str().unwrap();
        if others.iter().any(|other| id.contains(other)) {
            left += 1;
            continue;
        }
        let bytes = std::fs::read(&file).unwrap();
        let (expected, mut actual) = (if is_bad(id) { "refused" } else { "reads" }, judge(&bytes, passwords));
        if actual == "nothing of ours" {
            left += 1;
            continue;
        }
        if is_bad(id) && actual != "reads" {
            actual = "refused".to_owned();
        }
        outcomes.note(id, expected, &actual);
    }
    assert!(outcomes.total >= least, "{name}: {} files were found", outcomes.total);
    println!("{name}: {left} files of other kinds");
    outcomes.compare();
}

/// What the collection says must be refused: made wrong, or noise.
fn is_bad(id: &str) -> bool {
    let ends = ["-len.p12", "bad1.p12", "bad2.p12", "bad3.p12", "no-salt.p12", "ec_attr_key.pem"];
    (id.contains(".bad-") || ends.iter().any(|end| id.ends_with(end))) && !id.contains(".good")
}

/// By the password that opens it.
fn judge(bytes: &[u8], passwords: &[&str]) -> String {
    let mut last = String::new();
    for password in passwords {
        match read(bytes, password).and_then(|held| held.check()) {
            Ok(()) => return "reads".to_owned(),
            Err(error) if last.is_empty() || error != "cannot decrypt" => last = error,
            Err(_) => {}
        }
    }
    last
}

#[derive(Default)]
struct Held {
    keys: Vec<PrivateKeyInfo>,
    publics: Vec<Vec<u8>>,
}

fn read(bytes: &[u8], password: &str) -> Result<Held, String> {
    let mut held = Held::default();
    if wire::pem::looks_like_pem(bytes) {
        for block in wire::pem::parse(bytes).map_err(text)? {
            held.add_block(&block, password.as_bytes())?;
        }
    } else {
        held.add_der(bytes, password.as_bytes())?;
    }
    if held.keys.is_empty() && held.publics.is_empty() { Err("nothing of ours".to_owned()) } else { Ok(held) }
}

impl Held {
    fn add_block(&mut self, block: &PemBlock, password: &[u8]) -> Result<(), String> {
        let plain = match block.dek_info().map_err(text)? {
            Some(_) => decrypt_legacy_pem(block, password).map_err(text)?,
            None => block.contents.clone(),
        };
        match block.label.as_str() {
            "CERTIFICATE" | "X509 CERTIFICATE" => self.add_certificate(&plain)?,
            "TRUSTED CERTIFICATE" => {
                self.add_certificate(wire::der::Reader::new(&plain).any().map_err(text)?.raw)?;
            }
            "PUBLIC KEY" => self.publics.push(SubjectPublicKeyInfo::from_der(&plain).map_err(text)?.der().to_vec()),
            "PRIVATE KEY" => self.keys.push(PrivateKeyInfo::from_der(&plain).map_err(text)?),
            "RSA PRIVATE KEY" => self.keys.push(PrivateKeyInfo::from_rsa_private_key(&plain).map_err(text)?),
            "EC PRIVATE KEY" => self.keys.push(PrivateKeyInfo::from_ec_private_key(&plain).map_err(text)?),
            "ENCRYPTED PRIVATE KEY" => {
                let info = EncryptedPrivateKeyInfo::from_der(&plain).map_err(text)?;
                self.keys.push(decrypt_pkcs8(&info, password).map_err(text)?);
            }
            "DSA PRIVATE KEY" => return Err("a DSA key".to_owned()),
            "PKCS7" => {
                let mut reader = wire::ber::BerReader::new(plain.as_slice());
                if cms::enter(&mut reader).map_err(text)? != wire::oids::SIGNED_DATA {
                    return Ok(());
                }
                let (facts, _) = cms::SignedReader::new(reader, false).map_err(|b| b.error.to_string())?.finish();
                self.publics.extend(facts.map_err(text)?.certificates.iter().map(|c| c.public_key().der().to_vec()));
            }
            _ => {}
        }
        Ok(())
    }

    fn add_der(&mut self, bytes: &[u8], password: &[u8]) -> Result<(), String> {
        let key = PrivateKeyInfo::from_der(bytes)
            .or_else(|_| PrivateKeyInfo::from_rsa_private_key(bytes))
            .or_else(|_| PrivateKeyInfo::from_ec_private_key(bytes));
        if let Ok(key) = key {
            self.keys.push(key);
        } else if let Ok(info) = EncryptedPrivateKeyInfo::from_der(bytes) {
            self.keys.push(decrypt_pkcs8(&info, password).map_err(text)?);
        } else if let Ok(public) = SubjectPublicKeyInfo::from_der(bytes) {
            self.publics.push(public.der().to_vec());
        } else if bytes.get(..64).is_some_and(|start| start.windows(11).any(|w| w == PKCS7_DATA)) {
            Pfx::from_der(bytes).map_err(text)?;
            let contents = open_pkcs12(bytes, password).map_err(text)?;
            self.keys.extend(contents.keys.into_iter().map(|key| key.info));
            contents.certificates.iter().try_for_each(|c| self.add_certificate(&c.der))?;
        } else if is_dsa(bytes) {
            return Err("a DSA key".to_owned());
        } else {
            self.add_certificate(bytes)?;
        }
        Ok(())
    }

    fn add_certificate(&mut self, der: &[u8]) -> Result<(), String> {
        self.publics.push(Certificate::from_der(der).map_err(text)?.public_key().der().to_vec());
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        for info in &self.keys {
            let key = SoftKey::from_info(info).map_err(text)?;
            // PKCS#12 may have keys alone; where certificates are, one is the key's.
            if !self.publics.is_empty() && self.keys.len() == 1 {
                let of_key = |spki: &Vec<u8>| spki == key.public().spki();
                if !self.publics.iter().any(of_key) {
                    return Err("no certificate of the key".to_owned());
                }
            }
        }
        Ok(())
    }
}

/// DSAPrivateKey, which OpenSSL alone defines: version, p, q, g, y, x.
fn is_dsa(bytes: &[u8]) -> bool {
    let numbers = || -> Result<(), wire::Error> {
        let mut outer = wire::der::Reader::new(bytes);
        let mut inner = outer.sequence()?;
        inner.uint()?;
        (0..5).try_for_each(|_| inner.unsigned().map(drop))?;
        inner.finish()
    };
    numbers().is_ok()
}

fn spki(file: &Path) -> Vec<u8> {
    read(&std::fs::read(file).unwrap(), "").unwrap().publics.remove(0)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

const PKCS7_DATA: &[u8] = &[6, 9, 42, 134, 72, 134, 247, 13, 1, 7, 1];
