//! Key encapsulation as others publish it: the LAMPS group with its documents (RFC 9935, RFC 9936, composite ML-KEM), and
//! two programs at the IETF's hackathon. Certificates, private keys in every form, secrets and encrypted messages.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crypto::{Kem, MlKem, PrivateKey, PublicKey, SoftKey, SystemRandom};
use smime::{CmsError, Keys, OwnKey, stateless};
use trust::{Evidence, Policy, Purpose, validate};
use wire::cms::RecipientId;
use wire::{Certificate, Time};

use crate::Outcomes;
use crate::shelf::{Shelf, read, text, try_read};

/// RFC 9935 appendix C: certificates, keys in their three forms, inconsistent ones.
pub fn ml_kem_certificates(shelf: &Shelf) {
    let root = shelf.path("");
    let folder = root.join("kyber-certificates/example");
    let signers: Vec<Certificate> = ["44", "65", "87"]
        .iter()
        .map(|set| certificate(&root.join(format!("dilithium-certificates/examples/ML-DSA-{set}.crt"))))
        .collect();
    let mut outcomes = Outcomes::new("ml-kem-certificates");
    for set in MlKem::ALL {
        let name = set.name().to_uppercase();
        let certificate = certificate(&folder.join(format!("{name}.crt")));
        outcomes.note(&format!("{name} certificate"), "proven", &proven(&certificate, &signers));
        assert_eq!(contents(&folder.join(format!("{name}.pub"))), certificate.public_key().der(), "{name}");
        for form in ["seed", "expanded", "both"] {
            let private = contents(&folder.join(format!("{name}-{form}.priv")));
            outcomes.note(&format!("{name} {form}"), "opens", &opens_its_own(&private, &certificate));
        }
    }
    for bad in 1..=4 {
        let private = contents(&folder.join(format!("bad-ML-KEM-512-{bad}.priv")));
        let seen = SoftKey::from_pkcs8(&private).map_or("refused", |_| "taken");
        outcomes.note(&format!("inconsistent {bad}"), "refused", seen);
    }
    outcomes.compare();
}

/// The test vectors of draft-ietf-lamps-pq-composite-kem.
pub fn composite_kem_vectors(shelf: &Shelf) {
    let root = shelf.path("draft-composite-kem/src");
    let text = text(root.join("testvectors.json"));
    let suite: serde_json::Value = serde_json::from_str(&text).unwrap();
    let authority = Certificate::from_der(&base64(suite["cacert"].as_str().unwrap())).unwrap();
    let mut outcomes = Outcomes::new("composite-kem");
    for case in suite["tests"].as_array().unwrap() {
        let octets = |name: &str| base64(case[name].as_str().unwrap());
        let name = case["tcId"].as_str().unwrap();
        let certificate = Certificate::from_der(&octets("x5c")).unwrap();
        let seen = proven(&certificate, std::slice::from_ref(&authority));
        outcomes.note(&format!("{name} certificate"), "proven", &seen);
        let seen = secret(&octets("dk_pkcs8"), &certificate, &octets("c"), &octets("k"));
        outcomes.note(&format!("{name} secret"), "agrees", &seen);
        let seen = opens_its_own(&octets("dk_pkcs8"), &certificate);
        outcomes.note(&format!("{name} key"), "opens", &seen);
    }
    outcomes.compare();
}

/// The examples of RFC 9936 and draft-ietf-lamps-cms-composite-kem.
pub fn lamps_encrypted_messages(shelf: &Shelf) {
    let root = shelf.path("");
    let mut outcomes = Outcomes::new("lamps-kem-messages");
    for (folder, name, forms) in [
        ("cms-kyber", "ML-KEM-512", &["-seed", "-expanded", "-both"][..]),
        ("cms-composite-kem", "MLKEM768-ECDH-P256-SHA3-256", &[""]),
    ] {
        let folder = root.join(folder).join("example");
        let path = |end: &str| folder.join(format!("{name}{end}"));
        let certificate = certificate(&path(".pem"));
        let root = crate::ring::certificates(&read(folder.join("mldsa65RootCA.pem")));
        outcomes.note(&format!("{name} certificate"), "proven", &proven(&certificate, &root));
        let expected = text(folder.join("plaintext.txt"));
        for form in forms {
            let private = contents(&path(&format!("{form}.priv")));
            let seen = decrypted(&contents(&path(".cms")), &private, &certificate);
            outcomes.note(&format!("{name}{form}"), &expected, &seen);
        }
    }
    outcomes.compare();
}

pub fn hackathon_encapsulation(shelf: &Shelf) {
    let root = shelf.path("");
    let mut outcomes = Outcomes::new("hackathon-kem");
    for maker in ["cht", "ossl35"] {
        let folder = root.join(maker).join("artifacts_certs_r5");
        let signers: Vec<Certificate> =
            names(&folder, "_ta.der").iter().filter_map(|name| der(&folder, &format!("{name}_ta.der"))).collect();
        for name in names(&folder, "_ee.der").into_iter().filter(|name| is_kem(name)) {
            let case = |what: &str| format!("{maker} {name} {what}");
            let certificate = der(&folder, &format!("{name}_ee.der")).unwrap();
            outcomes.note(&case("certificate"), "proven", &proven(&certificate, &signers));
            let read = |end: &str| try_read(folder.join(format!("{name}{end}")));
            let (ciphertext, shared) = (read("_ciphertext.bin").unwrap(), read("_ss.bin").unwrap());
            for form in ["_seed_priv.der", "_expandedkey_priv.der", "_both_priv.der", "_priv.der"] {
                let Some(private) = read(form) else { continue };
                let form = form.trim_end_matches(".der").trim_start_matches('_');
                outcomes.note(&case(form), "agrees", &secret(&private, &certificate, &ciphertext, &shared));
                outcomes.note(&case(&format!("{form} back")), "opens", &opens_its_own(&private, &certificate));
            }
        }
    }
    outcomes.compare();
}

pub fn hackathon_encrypted_messages(shelf: &Shelf) {
    let root = shelf.path("cht/artifacts_cms_v3");
    let mut outcomes = Outcomes::new("hackathon-kem-messages");
    let expected = text(root.join("expected_plaintext.txt"));
    let anchor = der(&root, "ta.der").unwrap();
    for name in names(&root, "_ee.der") {
        let certificate = der(&root, &format!("{name}_ee.der")).unwrap();
        outcomes.note(&format!("{name} certificate"), "proven", &proven(&certificate, std::slice::from_ref(&anchor)));
        let private = read(root.join(format!("{name}_priv.der")));
        for message in names(&root, ".der").into_iter().filter(|m| m.starts_with(&format!("{name}_kemri"))) {
            let sealed = read(root.join(format!("{message}.der")));
            outcomes.note(&message, &expected, &decrypted(&sealed, &private, &certificate));
        }
    }
    assert_eq!(outcomes.total, 9);
    outcomes.compare();
}

/// Whether a path leads from the certificate to one of these, at a time at which it is valid.
fn proven(certificate: &Certificate, anchors: &[Certificate]) -> String {
    let evidence = Evidence { anchors, ..Evidence::default() };
    let now = Time(certificate.not_before().0 + 1);
    match validate(certificate, Purpose::Any, &evidence, &Policy::standard(), now) {
        Ok(_) => "proven".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// Whether a private key opens what is encapsulated to its certificate.
fn opens_its_own(private: &[u8], certificate: &Certificate) -> String {
    let tried = (|| {
        let public = PublicKey::from_spki(certificate.public_key().der())?;
        let key = SoftKey::from_pkcs8(private)?;
        let kem = public.kem().ok_or(crypto::Error::KeyCannot("have keys encapsulated to it"))?;
        let (ciphertext, shared) = public.encapsulate(kem)?;
        Ok::<bool, crypto::Error>(key.decapsulate(kem, &ciphertext)? == shared)
    })();
    match tried {
        Ok(true) => "opens".to_owned(),
        Ok(false) => "differs".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// Whether a private key makes of a ciphertext the secret that the other program made.
fn secret(private: &[u8], certificate: &Certificate, ciphertext: &[u8], expected: &[u8]) -> String {
    let tried = SoftKey::from_pkcs8(private).and_then(|key| {
        let kem = key.public().kem().unwrap_or(Kem::Rsa);
        assert_eq!(key.public().spki(), certificate.public_key().der());
        key.decapsulate(kem, ciphertext)
    });
    match tried {
        Ok(shared) if shared.as_bytes() == expected => "agrees".to_owned(),
        Ok(_) => "differs".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// What a message says, with its key looked up by the certificate's name.
fn decrypted(message: &[u8], private: &[u8], certificate: &Certificate) -> String {
    let key = match SoftKey::from_pkcs8(private) {
        Ok(key) => Arc::new(key),
        Err(error) => return error.to_string(),
    };
    let keys = One(Arc::new(OwnKey { name: "reader".to_owned(), certificate: Some(certificate.clone()), key }));
    let mut plain = String::new();
    match stateless::decrypt(
        &message,
        &keys,
        ::cms::Permit::new(&trust::Policy::standard(), crate::NOW),
        &mut SystemRandom,
    ) {
        Ok(opened) => {
            opened.content().unwrap().read_to_string(&mut plain).unwrap();
            plain
        }
        Err(error) => error.to_string(),
    }
}

/// A store with one key.
struct One(Arc<OwnKey>);

impl Keys for One {
    fn find(&self, id: &RecipientId<'_>) -> Result<Vec<Arc<OwnKey>>, CmsError> {
        let Some(certificate) = &self.0.certificate else { return Ok(Vec::new()) };
        let named = match id {
            RecipientId::IssuerSerial { issuer, serial } => certificate.issuer_and_serial() == (*issuer, *serial),
            RecipientId::KeyId(id) => certificate.subject_key_id() == Some(*id),
        };
        Ok(if named { vec![self.0.clone()] } else { Vec::new() })
    }
}

/// The names of a folder's files that end so, without that end.
fn names(folder: &Path, end: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut found: Vec<String> = entries.filter_map(|name| name.strip_suffix(end).map(str::to_owned)).collect();
    found.sort();
    found
}

fn is_kem(name: &str) -> bool {
    name.to_lowercase().replace('-', "").starts_with("mlkem")
}

/// A certificate in DER, where it can be read.
fn der(folder: &Path, name: &str) -> Option<Certificate> {
    Certificate::from_der(&read(folder.join(name))).ok()
}

fn certificate(path: &Path) -> Certificate {
    crate::ring::certificates(&read(path)).remove(0)
}

/// What a PEM file holds.
fn contents(path: &Path) -> Vec<u8> {
    wire::pem::parse(&read(path)).unwrap().remove(0).contents.to_vec()
}

fn base64(text: &str) -> Vec<u8> {
    let armoured = format!("-----BEGIN X-----\n{text}\n-----END X-----\n");
    wire::pem::parse(armoured.as_bytes()).unwrap().remove(0).contents.to_vec()
}
