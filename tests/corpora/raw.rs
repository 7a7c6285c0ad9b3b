//! What stands outside of messages: bare signatures and ciphertexts, secrets and their keys, parameters of algorithms,
//! and what has a signature of its own, such as requests and lists of revoked certificates.

use crypto::password::decrypt_pkcs8;
use crypto::{
    Digest, Kem, KeyTransport, KeyWrap, MlDsa, PrivateKey, PublicKey, Secret, SignatureAlgorithm, SoftKey, digest, kdf,
};
use wire::der::Reader;
use wire::{AlgorithmIdentifier, Certificate, EncryptedPrivateKeyInfo, oids};

use crate::Outcomes;
use crate::lamps::read_pem;
use crate::shelf::{Shelf, text};

/// Each signature over `message.txt` under the key beside it; what is encrypted to the first of the keys.
pub fn oscrypto(shelf: &Shelf, outcomes: &mut Outcomes) {
    let message = shelf.read("message.txt");
    for (file, sum) in [("message.sha1", Digest::Sha1), ("message.sha256", Digest::Sha256)] {
        outcomes.note(file, "true", &(*digest(sum, &message) == *shelf.read(file)).to_string());
    }
    for (file, certificate, algorithm) in [
        ("rsa_signature", "test.crt", SignatureAlgorithm::RsaPkcs1(Digest::Sha1)),
        ("rsa_pss_signature", "test.crt", SignatureAlgorithm::pss(Digest::Sha1)),
        ("rsa_pss_signature_pss_cert", "test-pss.crt", SignatureAlgorithm::pss(Digest::Sha256)),
        ("dsa_signature", "test-dsa-1024.crt", SignatureAlgorithm::Dsa(Digest::Sha1)),
        ("ecdsa_signature", "test-ec-named.crt", SignatureAlgorithm::Ecdsa(Digest::Sha1)),
    ] {
        let key = public(&shelf.read(&format!("keys/{certificate}")));
        outcomes.note(file, "holds", &verified(&key, &algorithm, &message, &shelf.read(file)));
    }
    // A block without DigestInfo says nothing of its digest: RFC 8017 section 8.2.2 knows no such signature.
    let (key, raw) = (public(&shelf.read("keys/test.crt")), shelf.read("rsa_signature_raw"));
    let taken = Digest::ALL.iter().any(|sum| key.verify(&SignatureAlgorithm::RsaPkcs1(*sum), &message, &raw).is_ok());
    outcomes.note("rsa_signature_raw", "refused", if taken { "taken" } else { "refused" });

    let key = SoftKey::from_pkcs8(&shelf.read("keys/test-pkcs8-der.key")).unwrap();
    for (file, how) in [
        ("rsa_public_encrypted", KeyTransport::RsaPkcs1),
        ("rsa_public_encrypted_oaep", KeyTransport::oaep(Digest::Sha1)),
    ] {
        let plain = key.decrypt(&how, &shelf.read(file));
        let seen = plain.map_or_else(|error| error.to_string(), |plain| (plain.as_bytes() == message).to_string());
        outcomes.note(file, "true", &seen);
    }
}

/// A signature of each set of ML-DSA, a ciphertext and its secret of each of ML-KEM, with every form of the key.
pub fn openssl(shelf: &Shelf, outcomes: &mut Outcomes) {
    for set in MlDsa::ALL {
        let name = set.to_string().replace("ml-dsa-", "");
        let file = format!("ml_dsa_codecs/sig-{name}.dat");
        let key = PublicKey::from_spki(&read_pem(&shelf.path(&format!("ml_dsa_codecs/pub-{name}.pem")))).unwrap();
        // The message is the public key.
        let seen = verified(&key, &SignatureAlgorithm::ml_dsa(set), key.spki(), &shelf.read(&file));
        outcomes.note(&file, "holds", &seen);
    }
    for name in ["512", "768", "1024"] {
        let ciphertext = shelf.read(&format!("ml_kem_codecs/ct-{name}.dat"));
        let shared = shelf.read(&format!("ml_kem_codecs/ss-{name}.dat"));
        for form in ["seed-only", "seed-priv", "priv-only"] {
            let key = read_pem(&shelf.path(&format!("ml_kem_codecs/prv-{name}-{form}.pem")));
            let key = SoftKey::from_pkcs8(&key).unwrap();
            let seen = key.decapsulate(key.public().kem().unwrap(), &ciphertext);
            let seen = seen.map_or_else(|error| error.to_string(), |seen| (seen.as_bytes() == shared).to_string());
            outcomes.note(&format!("ml_kem_codecs/ct-{name}.dat {form}"), "true", &seen);
        }
    }
    // Keys as OpenSSL prints them; the public half comes last.
    for file in shelf.matching("ml_*_codecs/*.txt") {
        let set = file.rsplit('/').next().unwrap().split(['-', '.']).nth(1).unwrap();
        let folder = file.split('/').next().unwrap();
        let key = PublicKey::from_spki(&read_pem(&shelf.path(&format!("{folder}/pub-{set}.pem")))).unwrap();
        let printed = text(shelf.path(&file)).replace(':', " ");
        outcomes.note(&file, "true", &(last_octets(&printed) == key.octets()).to_string());
    }
}

/// The octets that end a text, in lines of hexadecimal digits.
fn last_octets(printed: &str) -> Vec<u8> {
    let lines: Vec<&str> = printed.lines().rev().take_while(|line| line.starts_with(' ')).collect();
    hex(&lines.into_iter().rev().collect::<String>())
}

/// PBES2 with its parameters in one file and the ciphertext in another; all are one key.
pub fn pkcs5(shelf: &Shelf, outcomes: &mut Outcomes) {
    let folder = "pkcs5/tests/examples";
    let plain = shelf.read(&format!("{folder}/rsa_sk.pkcs8.der"));
    for file in shelf.matching("*_algid.der") {
        let ciphertext = file.split("_algid").next().unwrap().to_owned() + "_ciphertext.bin";
        let algorithm = AlgorithmIdentifier::from_der(&shelf.read(&file)).unwrap();
        let info = EncryptedPrivateKeyInfo { algorithm, ciphertext: shelf.read(&ciphertext) };
        let seen = decrypt_pkcs8(&info, b"hunter2");
        let seen = seen.map_or_else(|error| error.to_string(), |key| (*key.to_der() == plain).to_string());
        outcomes.note(&file, "true", &seen);
    }
    // Parameters of another file, with those of the HMAC left out.
    let file = format!("{folder}/pbes2_aes-256-cbc_hmacWithSHA256_algid-no-param.der");
    outcomes.note(&file, "PBKDF2, 2.16.840.1.101.3.4.1.42", &algorithm(&shelf.read(&file)));
}

/// What the drafts publish of the steps in between, from the ciphertext to the content key.
pub fn kem_traces(shelf: &Shelf) {
    let mut outcomes = Outcomes::new("lamps-kem-traces");
    for (folder, name, form) in
        [("cms-kyber", "ML-KEM-512", "-seed"), ("cms-composite-kem", "MLKEM768-ECDH-P256-SHA3-256", "")]
    {
        let path = |file: &str| shelf.path(&format!("{folder}/example/{file}"));
        let octets = |file: &str| hex(&text(path(&format!("{file}.txt"))));
        let case = |what: &str| format!("{name} {what}");
        let key = SoftKey::from_pkcs8(&read_pem(&path(&format!("{name}{form}.priv")))).unwrap();
        let certificate = Certificate::from_der(&read_pem(&path(&format!("{name}.pem")))).unwrap();
        let belongs = key.public().spki() == certificate.public_key().der();
        let same = read_pem(&path(&format!("{name}.pub"))) == certificate.public_key().der();
        outcomes.note(&case("key"), "true true", &format!("{belongs} {same}"));
        let id = Some(hex(&text(path(&format!("{name}.keyid")))));
        let seen = certificate.subject_key_id().map(<[u8]>::to_vec) == id;
        outcomes.note(&case("key identifier"), "true", &seen.to_string());

        let kem: Kem = key.public().kem().unwrap();
        let shared = key.decapsulate(kem, &octets("ciphertext")).unwrap();
        outcomes.note(&case("shared secret"), "true", &(shared.as_bytes() == octets("shared_secret")).to_string());
        let kek = octets("kek");
        let wrap = KeyWrap::for_key_len(kek.len());
        let length = u16::try_from(kek.len()).unwrap();
        let by_name = crypto::kem_kek((kem, KDF), &shared, &wrap.to_algorithm(), length, None).unwrap();
        let by_info = kdf::hkdf(Digest::Sha256, None, &shared, &octets("ori_info"), kek.len()).unwrap();
        let seen = format!("{} {}", by_name.as_bytes() == kek, by_info.as_bytes() == kek);
        outcomes.note(&case("key encryption key"), "true true", &seen);
        let cek = wrap.unwrap(&Secret::new(kek), &octets("encrypted_cek")).unwrap();
        outcomes.note(&case("content key"), "true", &(cek.as_bytes() == octets("cek")).to_string());
        if form == "-seed" {
            let same = text(path("plaintext.txt")) == text(path("decrypted.txt"));
            outcomes.note(&case("text"), "true", &same.to_string());
        }
        let root = Certificate::from_der(&read_pem(&path("mldsa65RootCA.pem"))).unwrap();
        let seen = crate::lamps::belongs(&read_pem(&path("mldsa65RootCA.priv")), root.public_key().der());
        outcomes.note(&case("root key"), "belongs", &seen);
    }
    outcomes.compare();
}

const KDF: crypto::KemKdf = crypto::KemKdf::Hkdf(Digest::Sha256);

/// Whether the signature holds over the message, and over no other.
fn verified(key: &PublicKey, algorithm: &SignatureAlgorithm, message: &[u8], signature: &[u8]) -> String {
    let other = [message, b"."].concat();
    assert!(key.verify(algorithm, &other, signature).is_err());
    key.verify(algorithm, message, signature).map_or_else(|error| error.to_string(), |()| "holds".to_owned())
}

/// The key of a certificate in PEM.
fn public(pem: &[u8]) -> PublicKey {
    PublicKey::from_spki(crate::ring::certificates(pem)[0].public_key().der()).unwrap()
}

/// Whether the signature of a certification request (RFC 2986 §4.2) holds under the key that it is about.
pub fn request(der: &[u8]) -> String {
    let spki = || {
        let mut info = Reader::new(der).sequence()?.sequence()?;
        info.uint()?;
        info.any()?;
        Ok::<_, wire::Error>(info.any()?.raw.to_vec())
    };
    spki().map_or_else(|error| error.to_string(), |spki| signed_with(der, &spki))
}

/// Whether the signature of what is made as certificates are, a SEQUENCE of what is signed, the algorithm and the
/// signature, holds under the key.
pub fn signed_with(der: &[u8], spki: &[u8]) -> String {
    let parts = || {
        let mut outer = Reader::new(der).sequence()?;
        let signed = outer.any()?.raw;
        let algorithm = AlgorithmIdentifier::read(&mut outer)?;
        Ok::<_, wire::Error>((signed, algorithm, outer.bit_string_octets()?))
    };
    let tried = (|| {
        let (signed, algorithm, signature) = parts()?;
        let key = PublicKey::from_spki(spki)?;
        key.verify(&SignatureAlgorithm::from_x509(&algorithm)?, signed, signature)
    })();
    tried.map_or_else(|error: crypto::Error| error.to_string(), |()| "holds".to_owned())
}

/// The word of `cms inspect` for what a file is, or the first thing that its tree finds wrong.
pub fn shown(bytes: &[u8]) -> String {
    struct Trouble(Option<String>);
    impl wire::tree::Sink for Trouble {
        fn node(&mut self, _: wire::tree::Node) -> std::io::Result<()> {
            Ok(())
        }
        fn close(&mut self, _: Option<&[u8]>) -> std::io::Result<()> {
            Ok(())
        }
        fn trouble(&mut self, offset: u64, _: usize, what: &str) -> std::io::Result<()> {
            self.0.get_or_insert_with(|| format!("at {offset}: {what}"));
            Ok(())
        }
    }
    let mut trouble = Trouble(None);
    assert!(wire::tree::walk(bytes, bytes, &mut trouble).unwrap());
    trouble.0.unwrap_or_else(|| format!("shown: {}", wire::tree::kind(bytes)))
}

/// What an AlgorithmIdentifier names: a cipher, or encryption under a password.
pub fn algorithm(bytes: &[u8]) -> String {
    let algorithm = match AlgorithmIdentifier::from_der(bytes) {
        Ok(algorithm) => algorithm,
        Err(error) => return error.to_string(),
    };
    if algorithm.oid == oids::PBES2 {
        return match wire::Pbes2::from_algorithm(&algorithm) {
            Ok(wire::Pbes2 { kdf: wire::pbe::Kdf::Scrypt { .. }, .. }) => "scrypt".to_owned(),
            Ok(wire::Pbes2 { kdf: wire::pbe::Kdf::Pbkdf2 { .. }, cipher, .. }) => format!("PBKDF2, {}", cipher.oid),
            Err(error) => error.to_string(),
        };
    }
    match crypto::ContentCipher::from_algorithm(&algorithm) {
        Ok((cipher, parameters)) => format!("{cipher}, {} octets", parameters.iv.len()),
        Err(error) => error.to_string(),
    }
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(&String::from_iter(pair), 16).unwrap()).collect()
}
