//! Encapsulated keys: rows K-09, K-10, K-14 and RFC 9936's own example.

use crypto::{ContentCipher, Digest, Kem, KemKdf, KeySpec, KeyWrap, MlKem, SoftKey};
use sealpost_cms::{Error, KeyList, Keys, OwnKey, Recipient};
use wire::cms::{RecipientId, RecipientInfo, write_kem};
use wire::{AlgorithmIdentifier, Certificate, oids, pem};

use crate::forge::{Agreement, Enveloped, der, issuer_serial};
use crate::people::*;

const CEK: [u8; 32] = [0x5a; 32];
const TEXT: &[u8] = b"Content-Type: text/plain\r\n\r\nsecret\r\n";
const ML_KEM_768: KeySpec = KeySpec::MlKem(MlKem::MlKem768);

/// A KEMRecipientInfo as a writer may make it.
#[derive(Clone)]
struct Parts<'a> {
    id: RecipientId<'a>,
    kem: AlgorithmIdentifier,
    kdf: AlgorithmIdentifier,
    wrap: AlgorithmIdentifier,
    ciphertext: Vec<u8>,
    kek_len: u16,
    ukm: Option<&'a [u8]>,
    wrapped: Vec<u8>,
}

impl<'a> Parts<'a> {
    /// An honest one.
    fn to(who: &'a Person, kdf: KemKdf, wrap: KeyWrap, ukm: Option<&'a [u8]>, cek: &[u8]) -> Parts<'a> {
        let kem = who.key.public().kem().unwrap_or(Kem::Rsa);
        let (ciphertext, shared) = who.key.public().encapsulate(kem).unwrap();
        let kek_len = u16::try_from(wrap.key_len()).unwrap();
        let kek = crypto::kem_kek((kem, kdf), &shared, &wrap.to_algorithm(), kek_len, ukm).unwrap();
        Parts {
            id: issuer_serial(who),
            kem: kem.to_algorithm(),
            kdf: kdf.to_algorithm().unwrap(),
            wrap: wrap.to_algorithm(),
            ciphertext,
            kek_len,
            ukm,
            wrapped: wrap.wrap(&kek, cek).unwrap(),
        }
    }

    fn to_der(&self) -> Vec<u8> {
        let algorithms = [&self.kem, &self.kdf, &self.wrap];
        der(|w| write_kem(w, &self.id, algorithms, &self.ciphertext, (self.kek_len, self.ukm), &self.wrapped))
    }
}

const HKDF: KemKdf = KemKdf::Hkdf(Digest::Sha256);

fn honest(who: &Person) -> Parts<'_> {
    Parts::to(who, HKDF, KeyWrap::Aes256, None, &CEK)
}

/// The recipient of a content key of whatever length.
pub fn honest_of(who: &Person, cek: &[u8]) -> Vec<u8> {
    Parts::to(who, HKDF, KeyWrap::Aes256, None, cek).to_der()
}

fn message(info: &Parts<'_>) -> Vec<u8> {
    Enveloped::of(ContentCipher::Aes256Gcm, &CEK, TEXT, &[]).to(&[info.to_der()]).to_der()
}

fn opens(message: &[u8], keys: &dyn Keys) -> bool {
    decrypt(message, keys).is_ok_and(|(content, _)| content == TEXT)
}

#[test]
fn k_09_k_10_every_derivation_wrap_and_keying_material() {
    for set in MlKem::ALL {
        let who = alice(KeySpec::MlKem(set));
        for digest in [Digest::Sha256, Digest::Sha384, Digest::Sha512] {
            for wrap in KeyWrap::ALL {
                for ukm in [None, Some(&b""[..]), Some(b"who wrote it"), Some(&[7; 1000])] {
                    let info = Parts::to(&who, KemKdf::Hkdf(digest), wrap, ukm, &CEK);
                    assert!(opens(&message(&info), &who.keys()), "{set} {digest} {wrap}");
                }
            }
        }
    }
}

#[test]
fn k_09_every_failure_of_an_encapsulated_key_is_the_same_failure() {
    let (who, bob, rsa) = (alice(ML_KEM_768), person("bob", ML_KEM_768), alice(RSA));
    let good = honest(&who);
    assert!(opens(&message(&good), &who.keys()));
    let mut broken: Vec<(String, Parts<'_>)> = Vec::new();
    for at in [0, 500, 1087] {
        let mut bad = good.clone();
        bad.ciphertext[at] ^= 1;
        broken.push((format!("ciphertext at {at}"), bad));
    }
    for length in [0, 1, 32, 768, 1087, 1089, 1568] {
        broken.push((format!("ciphertext of {length}"), Parts { ciphertext: vec![7; length], ..good.clone() }));
    }
    for at in [0, 20, 39] {
        let mut bad = good.clone();
        bad.wrapped[at] ^= 1;
        broken.push((format!("wrapped key at {at}"), bad));
    }
    for length in [0, 7, 8, 16, 24, 39, 41, 48, 520, 100_000] {
        broken.push((format!("wrapped key of {length}"), Parts { wrapped: vec![7; length], ..good.clone() }));
    }
    for length in [16, 24, 40, 64] {
        let other = Parts::to(&who, HKDF, KeyWrap::Aes256, None, &vec![0x5a; length]);
        broken.push((format!("content key of {length}"), other));
    }
    broken.push(("another's".to_owned(), Parts { id: issuer_serial(&who), ..honest(&bob) }));
    broken.push(("to an RSA key".to_owned(), Parts { id: issuer_serial(&rsa), ..good.clone() }));
    broken.push(("keying material".to_owned(), Parts { ukm: Some(b"other"), ..good.clone() }));
    let keys = KeyList::new(vec![who.own_key(), rsa.own_key()]);
    for (name, info) in broken {
        let error = decrypt(&message(&info), &keys).unwrap_err();
        assert!(matches!(error, Error::CannotDecrypt), "{name} {error:?}");
    }
}

#[test]
fn k_09_what_can_be_seen_is_refused_without_the_key() {
    let who = alice(ML_KEM_768);
    let good = honest(&who);
    let kdf = |kdf| Parts { kdf, ..good.clone() };
    for (info, malformed) in [
        (Parts { kek_len: 16, ..good.clone() }, true),
        (Parts { kek_len: 24, ..good.clone() }, true),
        (Parts { kek_len: 33, ..good.clone() }, true),
        (Parts { kek_len: u16::MAX, ..good.clone() }, true),
        (Parts { wrap: KeyWrap::Aes128.to_algorithm(), ..good.clone() }, true),
        (kdf(AlgorithmIdentifier::with_null(oids::HKDF_SHA256)), true),
        (kdf(AlgorithmIdentifier::new(oids::PBKDF2)), false),
        (Parts { wrap: AlgorithmIdentifier::new(oids::DES3_WRAP), ..good.clone() }, true),
        (Parts { wrap: AlgorithmIdentifier::new(oids::PWRI_KEK), ..good.clone() }, false),
        (Parts { kem: AlgorithmIdentifier::with_null(oids::ML_KEM_768), ..good.clone() }, true),
        (Parts { kem: AlgorithmIdentifier::new(oids::RSA_ENCRYPTION), ..good.clone() }, false),
    ] {
        let error = decrypt(&message(&info), &who.keys()).unwrap_err();
        let told =
            if malformed { matches!(error, Error::Malformed(_)) } else { matches!(error, Error::Unsupported(_)) };
        assert!(told, "{error:?}");
    }
}

#[test]
fn k_09_every_recipient_has_an_encapsulation_of_their_own() {
    let (a, b) = (alice(ML_KEM_768), person("bob", ML_KEM_768));
    let people = [a.recipient(), b.recipient(), a.recipient()];
    let read = |sealed: &[u8]| -> Vec<Vec<u8>> {
        let infos = (0..sealed.len()).filter_map(|at| RecipientInfo::from_der(&sealed[at..]).ok());
        infos.filter_map(|i| if let RecipientInfo::Kem(r) = i { Some(r.ciphertext.to_vec()) } else { None }).collect()
    };
    let sealed = encrypt(ContentCipher::Aes256Gcm, &people, TEXT);
    let ciphertexts = read(&sealed);
    assert_eq!(ciphertexts.len(), 3);
    assert!(ciphertexts[0] != ciphertexts[1] && ciphertexts[1] != ciphertexts[2] && ciphertexts[0] != ciphertexts[2]);
    for who in [&a, &b] {
        assert!(opens(&sealed, &who.keys()));
    }
}

/// RFC 9936 §2.1: HKDF with SHA-256, the wrap as strong as the parameter set, no keying material.
#[test]
fn k_10_what_is_written_is_what_must_be_read() {
    for (set, cipher, wrap, length) in [
        (MlKem::MlKem512, ContentCipher::Aes128Cbc, oids::AES128_WRAP, 16),
        (MlKem::MlKem512, ContentCipher::Aes256Gcm, oids::AES256_WRAP, 32),
        (MlKem::MlKem768, ContentCipher::Aes128Cbc, oids::AES256_WRAP, 32),
        (MlKem::MlKem1024, ContentCipher::Aes128Gcm, oids::AES256_WRAP, 32),
    ] {
        let who = alice(KeySpec::MlKem(set));
        for use_key_id in [false, true] {
            let to = Recipient { use_key_id, ..who.recipient() };
            let sealed = encrypt(cipher, &[to], TEXT);
            let (content, facts) = decrypt(&sealed, &who.keys()).unwrap();
            assert_eq!((content.as_slice(), facts.recipients()[0].algorithm.as_str()), (TEXT, set.name()));
            let info = (0..sealed.len()).find_map(|at| match RecipientInfo::from_der(&sealed[at..]) {
                Ok(RecipientInfo::Kem(info)) => Some(info),
                _ => None,
            });
            let info = info.unwrap();
            assert_eq!(info.kem, AlgorithmIdentifier::new(set.oid()).to_der());
            assert_eq!(info.kdf, AlgorithmIdentifier::new(oids::HKDF_SHA256).to_der());
            assert_eq!(info.wrap, AlgorithmIdentifier::new(wrap).to_der());
            assert_eq!((info.kek_len, info.ukm), (length, None));
            assert_eq!(matches!(info.recipient, RecipientId::KeyId(_)), use_key_id);
            // EnvelopedData with an OtherRecipientInfo is version 3, AuthEnvelopedData always 0.
            let version = if cipher.is_aead() { [2, 1, 0] } else { [2, 1, 3] };
            let first = sealed.windows(2).position(|w| w == [2, 1]).unwrap();
            assert_eq!(sealed[first..first + 3], version);
        }
    }
}

/// The example of RFC 9936 appendix C, whose numbers are published.
#[test]
fn k_10_the_example_of_rfc_9936() {
    let Some(folder) = crate::peer::corpus("pqc/lamps-wg/cms-kyber/example") else { return };
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let block = |name: &str| pem::parse(&read(name)).unwrap().remove(0).contents.to_vec();
    let hex = |name: &str| {
        let text = String::from_utf8(read(name)).unwrap();
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits.chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
    };
    let message = block("ML-KEM-512.cms");
    let certificate = Certificate::from_der(&block("ML-KEM-512.pem")).unwrap();
    for form in ["seed", "expanded", "both"] {
        let key = SoftKey::from_pkcs8(&block(&format!("ML-KEM-512-{form}.priv"))).unwrap();
        let shared: Vec<u8> = hex("shared_secret.txt");
        let kem = Kem::MlKem(MlKem::MlKem512);
        let ciphertext: Vec<u8> = hex("ciphertext.txt");
        let ours = crypto::PrivateKey::decapsulate(&key, kem, &ciphertext).unwrap();
        assert_eq!(ours.as_bytes(), shared);
        let kek: Vec<u8> = hex("kek.txt");
        let derived = crypto::kem_kek((kem, HKDF), &ours, &KeyWrap::Aes128.to_algorithm(), 16, None).unwrap();
        assert_eq!(derived.as_bytes(), kek);
        let key = std::sync::Arc::new(key);
        for certificate in [None, Some(certificate.clone())] {
            let keys = KeyList::new(vec![OwnKey { name: "bob".into(), certificate, key: key.clone() }]);
            assert_eq!(decrypt(&message, &keys).unwrap().0, read("plaintext.txt"));
        }
    }
}

/// Agreement with an encapsulation key, encapsulation to a curve's: neither is done.
#[test]
fn k_14_a_key_serves_its_own_mechanism_alone() {
    let (kem, ec) = (alice(ML_KEM_768), alice(P256));
    let pair = (crypto::AgreementScheme::X963(Digest::Sha256), KeyWrap::Aes256);
    let mut agreement = Agreement::with(&ec, pair, None, &CEK);
    agreement.keys[0].0 = issuer_serial(&kem);
    let crossed = [agreement.to_der(), Parts { id: issuer_serial(&ec), ..honest(&kem) }.to_der()];
    let keys = KeyList::new(vec![kem.own_key(), ec.own_key()]);
    for info in crossed {
        let message = Enveloped::of(ContentCipher::Aes256Gcm, &CEK, TEXT, &[]).to(&[info]);
        assert!(matches!(decrypt(&message.to_der(), &keys).unwrap_err(), Error::CannotDecrypt));
    }
}

/// The same RSA key for RSA-KEM alone: its own algorithm says so.
fn kem_alone(who: &Person) -> Person {
    let mut info = wire::PrivateKeyInfo::from_der(&who.pkcs8).unwrap();
    info.algorithm = AlgorithmIdentifier::new(oids::RSA_KEM_SPKI);
    let key = SoftKey::from_info(&info).unwrap();
    let usage = wire::x509::extension::key_usage(wire::x509::KeyUsage::KEY_ENCIPHERMENT);
    let extensions = vec![usage, wire::x509::extension::subject_key_id(&crypto::PrivateKey::public(&key).key_id())];
    let certificate = issue(authority().key.as_ref(), &key, "kem alone", 99, extensions);
    Person { name: "kem alone".into(), pkcs8: key.to_pkcs8().to_vec(), key: std::sync::Arc::new(key), certificate }
}

const KDF3: KemKdf = KemKdf::Kdf3(Digest::Sha256);

#[test]
fn k_12_rsa_kem_with_every_derivation_and_wrap() {
    let plain = alice(RSA);
    let alone = kem_alone(&plain);
    for who in [&*plain, &alone] {
        for digest in [Digest::Sha224, Digest::Sha256, Digest::Sha384, Digest::Sha512] {
            for wrap in KeyWrap::ALL {
                for kdf in [KemKdf::Kdf2(digest), KemKdf::Kdf3(digest)] {
                    let info = Parts::to(who, kdf, wrap, Some(b"ukm"), &CEK);
                    assert!(opens(&message(&info), &who.keys()), "{kdf} {wrap}");
                }
            }
        }
        let info = Parts::to(who, HKDF, KeyWrap::Aes256, None, &CEK);
        assert!(opens(&message(&info), &who.keys()));
    }
    // What is written to a key for nothing else, by whom it is read; such a key does nothing else.
    for (cipher, wrap) in [(ContentCipher::Aes128Cbc, oids::AES128_WRAP), (ContentCipher::Aes256Gcm, oids::AES256_WRAP)]
    {
        let sealed = encrypt(cipher, &[alone.recipient()], TEXT);
        let (content, facts) = decrypt(&sealed, &alone.keys()).unwrap();
        assert_eq!((content.as_slice(), facts.recipients()[0].algorithm.as_str()), (TEXT, "rsa-kem"));
        let written = [&KDF3.to_algorithm().unwrap().to_der(), &AlgorithmIdentifier::new(wrap).to_der()];
        assert!(written.iter().all(|bytes| sealed.windows(bytes.len()).any(|w| w == bytes.as_slice())));
        let uncertified = KeyList::new(vec![OwnKey { certificate: None, ..alone.own_key() }]);
        assert!(opens(&sealed, &uncertified));
    }
    let public = alone.key.public();
    let rng = &mut crypto::SystemRandom;
    for how in [crypto::KeyTransport::RsaPkcs1, crypto::KeyTransport::oaep(Digest::Sha256)] {
        assert!(matches!(public.encrypt(&how, &CEK, rng), Err(crypto::Error::KeyCannot(_))));
        assert!(matches!(alone.key.decrypt(&how, &[1; 256]), Err(crypto::Error::KeyCannot(_))));
    }
    let signature = alone.key.sign(&crypto::SignatureAlgorithm::RsaPkcs1(Digest::Sha256), b"m", rng);
    assert!(matches!(signature, Err(crypto::Error::KeyCannot(_))));
    assert!(matches!(trust_of(&alone), Err(trust::PathError::WrongPurpose { .. })));
}

fn trust_of(who: &Person) -> Result<(), trust::PathError> {
    trust::usable_for_signing(&who.certificate, &trust::Policy::standard(), NOW)
}

#[test]
fn k_12_every_failure_of_rsa_kem_is_the_same_failure() {
    let who = alice(RSA);
    let good = Parts::to(&who, KDF3, KeyWrap::Aes256, None, &CEK);
    assert!(opens(&message(&good), &who.keys()));
    let mut ciphertexts: Vec<Vec<u8>> = [0, 1, 255, 257, 512].into_iter().map(|n| vec![7; n]).collect();
    // Above the modulus, zero, one, changed.
    ciphertexts.extend([vec![0xff; 256], vec![0; 256]]);
    ciphertexts.push((0..256).map(|at| u8::from(at == 255)).collect());
    let mut changed = good.ciphertext.clone();
    changed[100] ^= 1;
    ciphertexts.push(changed);
    for ciphertext in ciphertexts {
        let info = Parts { ciphertext: ciphertext.clone(), ..good.clone() };
        let error = decrypt(&message(&info), &who.keys()).unwrap_err();
        assert!(matches!(error, Error::CannotDecrypt), "{} {error:?}", ciphertext.len());
    }
}

/// The example of RFC 9690 appendix D, from the document itself.
#[test]
fn k_12_the_example_of_rfc_9690() {
    let Some(folder) = crate::peer::corpus("rfc/drafts") else { return };
    let text = std::fs::read_to_string(folder.join("rfc9690-from-draft-ietf-lamps-rfc5990bis.md")).unwrap();
    let from = |start: &str, end: &str| {
        let at = text.find(start).unwrap() + start.len();
        let body: String = text[at..].split(end).next().unwrap().split_whitespace().collect();
        wire::pem::parse(format!("-----BEGIN X-----\n{body}\n-----END X-----\n").as_bytes()).unwrap().remove(0).contents
    };
    let key = wire::PrivateKeyInfo::from_rsa_private_key(&from("-----BEGIN PRIVATE KEY-----", "-----END")).unwrap();
    let key = std::sync::Arc::new(SoftKey::from_info(&key).unwrap());
    let start = text.find("\nMIICXAYJ").unwrap();
    let sealed = from(&text[..start][start - 40..], "~~~");
    let keys = KeyList::new(vec![OwnKey { name: "bob".into(), certificate: None, key }]);
    assert_eq!(decrypt(&sealed, &keys).unwrap().0, b"Hello, world!");
}

/// The example of draft-ietf-lamps-cms-composite-kem §A, and what is written to such a key.
#[test]
fn k_11_the_example_of_composite_ml_kem_in_cms() {
    let Some(folder) = crate::peer::corpus("pqc/lamps-wg/cms-composite-kem/example") else { return };
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let block = |name: &str| pem::parse(&read(name)).unwrap().remove(0).contents.to_vec();
    const NAME: &str = "MLKEM768-ECDH-P256-SHA3-256";
    let certificate = Certificate::from_der(&block(&format!("{NAME}.pem"))).unwrap();
    let key = std::sync::Arc::new(SoftKey::from_pkcs8(&block(&format!("{NAME}.priv"))).unwrap());
    let message = block(&format!("{NAME}.cms"));
    for certificate in [None, Some(certificate)] {
        let keys = KeyList::new(vec![OwnKey { name: "bob".into(), certificate, key: key.clone() }]);
        let (content, facts) = decrypt(&message, &keys).unwrap();
        assert_eq!((content, facts.recipients()[0].algorithm.as_str()), (read("plaintext.txt"), "mlkem768-p256"));
    }
    for kem in [crypto::CompositeKem::MlKem768X25519, crypto::CompositeKem::MlKem1024P384] {
        let who = alice(KeySpec::CompositeKem(kem));
        let sealed = encrypt(ContentCipher::Aes128Cbc, &[who.recipient()], TEXT);
        assert!(opens(&sealed, &who.keys()));
        // aes256-wrap, whatever the cipher (§2.1).
        let wrap = AlgorithmIdentifier::new(oids::AES256_WRAP).to_der();
        assert!(sealed.windows(wrap.len()).any(|w| w == wrap));
        let mut info = honest(&who);
        *info.ciphertext.last_mut().unwrap() ^= 1;
        assert!(matches!(decrypt(&self::message(&info), &who.keys()).unwrap_err(), Error::CannotDecrypt));
        // Nothing is written to it unless the policy says so.
        let policy = trust::Policy::standard();
        let judged = trust::usable_for_encryption(&who.certificate, &policy, NOW);
        assert!(matches!(judged, Err(trust::PathError::WeakAlgorithm { .. })), "{judged:?}");
        let row = format!("use = \"encrypt\"\nalgorithm = \"{kem}\"\nstanding = \"accept\"\nsource = \"ours\"\n");
        let own = trust::Policy::from_toml(&format!("[[row]]\n{row}")).unwrap();
        trust::usable_for_encryption(&who.certificate, &own, NOW).unwrap();
    }
}
