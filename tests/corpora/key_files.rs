//! Keys, certificates and PKCS#12 files of four collections. What a file holds must be usable: a private key loads, and
//! belongs to a certificate or public key of the same file where there is one.

use crypto::password::{decrypt_legacy_pem, decrypt_pkcs8, open_pkcs12};
use crypto::{PrivateKey, PublicKey, SoftKey};
use wire::pem::PemBlock;
use wire::pkcs12::Pfx;
use wire::{Certificate, EncryptedPrivateKeyInfo, PrivateKeyInfo, SubjectPublicKeyInfo};

use crate::Outcomes;
use crate::shelf::Shelf;

/// Everything that the shelf has left, each under the password that opens it.
pub fn all(shelf: &Shelf, passwords: &[&str], outcomes: &mut Outcomes) {
    for file in shelf.rest() {
        let (expected, mut actual) =
            (if is_bad(&file) { "refused" } else { "reads" }, judge(&shelf.read(&file), passwords));
        if is_bad(&file) && actual != "reads" {
            actual = "refused".to_owned();
        }
        outcomes.note(&file, expected, &actual);
    }
}

/// Each pair of folder and parameter set is one key, in every form.
pub fn openssl_forms_are_one_key(shelf: &Shelf) {
    for (folder, sets) in [("ml_dsa_codecs", ["44", "65", "87"]), ("ml_kem_codecs", ["512", "768", "1024"])] {
        for set in sets {
            let public = held(shelf, &format!("{folder}/pub-{set}.pem"), "").publics.remove(0);
            for form in ["seed-only", "seed-priv", "priv-only"] {
                let file = format!("{folder}/prv-{set}-{form}.pem");
                let key = SoftKey::from_info(&held(shelf, &file, "").keys[0]).unwrap();
                assert_eq!(key.public().spki(), public, "{file}");
            }
        }
    }
}

/// One key under every cipher, by the collection's own word.
pub fn openssl_ciphers_hide_one_key(shelf: &Shelf) {
    let plain = held(shelf, "data/rsa/openssl_rsa_unencrypted.pem", "");
    for file in shelf.matching("data/rsa/*") {
        assert_eq!(held(shelf, &file, "changeit").keys[0].key, plain.keys[0].key, "{file}");
    }
}

fn held(shelf: &Shelf, file: &str, password: &str) -> Held {
    read(&std::fs::read(shelf.path(file)).unwrap(), password).unwrap()
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
            "RSA PUBLIC KEY" => self.publics.push(rsa_public(&plain).map_err(text)?),
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
        } else if let Ok(public) = rsa_public(bytes) {
            self.publics.push(public);
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

/// RSAPublicKey alone (RFC 8017 appendix A.1.1), of which a certificate has more: the SubjectPublicKeyInfo.
fn rsa_public(bytes: &[u8]) -> Result<Vec<u8>, crypto::Error> {
    let algorithm = wire::AlgorithmIdentifier::with_null(wire::oids::RSA_ENCRYPTION);
    let key = PublicKey::new(SubjectPublicKeyInfo::new(algorithm, bytes))?;
    Ok(key.spki().to_vec())
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

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

const PKCS7_DATA: &[u8] = &[6, 9, 42, 134, 72, 134, 247, 13, 1, 7, 1];
