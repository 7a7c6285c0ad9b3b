//! Secrets that both sides hold (K-13): shared keys, passwords, and content keys agreed beforehand.

use std::io::Write;

use crypto::password::wrap_under_password;
use crypto::{ContentCipher, Secret, SystemRandom};
use sealpost_cms::{EncryptWriter, Encryption, Error, KeyList, SharedKind, SharedSecret};
use wire::ber::BerReader;
use wire::pbe::Kdf;

use crate::forge::Enveloped;
use crate::peer::Folder;
use crate::people::*;

fn kek(octets: usize, id: &[u8]) -> SharedSecret {
    SharedSecret::Kek { id: Some(id.to_vec()), key: Secret::new((0..octets as u8).collect()) }
}

fn password(text: &str) -> SharedSecret {
    SharedSecret::Password(Secret::new(text.into()))
}

fn content_key(octets: usize) -> SharedSecret {
    SharedSecret::ContentKey(Secret::new((0..octets as u8).collect()))
}

fn keys(secrets: &[SharedSecret]) -> KeyList {
    KeyList::default().with_shared(secrets.to_vec())
}

fn encrypt_as(how: &Encryption<'_>, content: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = EncryptWriter::begin(Vec::new(), how, &mut SystemRandom)?;
    out.write_all(content).unwrap();
    out.finish()
}

fn shared(cipher: ContentCipher, shared: &[SharedSecret], content: &[u8]) -> Vec<u8> {
    encrypt_as(&Encryption { cipher, recipients: &[], shared, derive_key: false, workers: None }, content).unwrap()
}

fn hex(octets: usize) -> String {
    (0..octets).map(|i| format!("{i:02x}")).collect()
}

const CBC: [(usize, &str, ContentCipher); 3] = [
    (16, "aes-128-cbc", ContentCipher::Aes128Cbc),
    (24, "aes-192-cbc", ContentCipher::Aes192Cbc),
    (32, "aes-256-cbc", ContentCipher::Aes256Cbc),
];

#[test]
fn k_13_each_secret_opens_what_is_for_it_beside_certificates() {
    let bob = alice(P256);
    let secrets = [kek(16, b"one"), kek(32, b"two"), password("secret")];
    for cipher in [ContentCipher::Aes256Gcm, ContentCipher::Aes128Cbc] {
        for derive_key in [false, true] {
            for length in [0, 1000, 200_001] {
                let to = [bob.recipient()];
                let how = Encryption { cipher, recipients: &to, shared: &secrets, derive_key, workers: None };
                let message = encrypt_as(&how, &letter(length)).unwrap();
                assert_eq!(decrypt(&message, &bob.keys()).unwrap().0, letter(length));
                for (secret, name) in secrets.iter().zip(["the shared key", "the shared key", "the password"]) {
                    let (read, facts) = decrypt(&message, &keys(std::slice::from_ref(secret))).unwrap();
                    assert!(read == letter(length) && facts.opened_with == name);
                    assert_eq!(facts.authenticated, cipher.is_aead());
                    let named = facts.recipients();
                    let seen: Vec<_> = named.iter().map(|r| (r.id.as_str(), r.algorithm.as_str())).collect();
                    assert!(seen.contains(&("kek-id:6f6e65", "kek")) && seen.contains(&("", "password")), "{seen:?}");
                }
            }
        }
    }
}

/// A wrong secret is the one failure; a secret of another name or kind is seen without using it.
#[test]
fn k_13_wrong_secrets() {
    let message = shared(ContentCipher::Aes256Gcm, &[kek(16, b"one"), password("secret")], &letter(100));
    let open = |secrets: &[SharedSecret]| decrypt(&message, &keys(secrets)).map(|(read, _)| read);
    let other = SharedSecret::Kek { id: None, key: Secret::new(vec![9; 16]) };
    for wrong in [other.clone(), password("Secret"), kek(24, b"one")] {
        assert!(matches!(open(&[wrong]).unwrap_err(), Error::CannotDecrypt));
    }
    for none in [kek(16, b"two"), content_key(32)] {
        let Error::NotForUs { recipients, secrets } = open(&[none]).unwrap_err() else { panic!() };
        assert_eq!((recipients, secrets.as_slice()), (2, [SharedKind::Kek, SharedKind::Password].as_slice()));
    }
    // Whatever fails before or after it, the right one opens the message.
    assert_eq!(open(&[other.clone(), password("x"), kek(16, b"one"), other]).unwrap(), letter(100));
    let nameless = SharedSecret::Kek { id: None, key: Secret::new((0..16).collect()) };
    assert_eq!(open(std::slice::from_ref(&nameless)).unwrap(), letter(100));
    let named_by_itself = shared(ContentCipher::Aes256Gcm, std::slice::from_ref(&nameless), b"text");
    assert_eq!(decrypt(&named_by_itself, &keys(&[nameless])).unwrap().0, b"text");
    let bad = Encryption {
        cipher: ContentCipher::Aes256Gcm,
        recipients: &[],
        shared: &[SharedSecret::Kek { id: None, key: Secret::new(vec![1; 20]) }],
        derive_key: false,
        workers: None,
    };
    assert!(matches!(encrypt_as(&bad, b""), Err(Error::Malformed(_))));
}

#[test]
fn every_damage_to_a_wrapped_key_fails_alike() {
    let message = shared(ContentCipher::Aes128Gcm, &[password("secret")], b"text");
    let place = message.windows(2).position(|w| w == [4, 32]).unwrap() + 2;
    for at in place..place + 32 {
        let mut bad = message.clone();
        bad[at] ^= 0x10;
        assert!(matches!(decrypt(&bad, &keys(&[password("secret")])), Err(Error::CannotDecrypt)), "{at}");
    }
}

/// a derivation whose cost is out of bounds is refused, not begun. These would take from minutes to centuries.
#[test]
fn x_16_a_password_that_costs_too_much_is_not_tried() {
    let (cek, content) = (Secret::new(vec![7; 16]), letter(100));
    let (derivation, wrap, wrapped) = wrap_under_password(&cek, b"secret", 10, &mut SystemRandom).unwrap();
    let message = |derivation: &wire::AlgorithmIdentifier| {
        let mut recipient = wire::der::Writer::new();
        wire::cms::write_password(&mut recipient, derivation, &wrap, &wrapped);
        let sealed = Enveloped::of(ContentCipher::Aes128Gcm, cek.as_bytes(), &content, &[]);
        sealed.to(&[recipient.into_bytes()]).to_der()
    };
    let secret = keys(&[password("secret")]);
    assert!(decrypt(&message(&derivation), &secret).unwrap().0 == content);
    let Kdf::Pbkdf2 { salt, prf, .. } = Kdf::from_algorithm(&derivation).unwrap() else { panic!() };
    let pbkdf2 = |iterations, key_length| Kdf::Pbkdf2 { salt: salt.clone(), iterations, key_length, prf };
    let scrypt =
        |cost, block_size| Kdf::Scrypt { salt: vec![1; 8], cost, block_size, parallelization: 1, key_length: None };
    let excessive = [
        pbkdf2(1 << 31, None),
        pbkdf2(1 << 62, None),
        pbkdf2(10, Some(1 << 40)),
        scrypt(1 << 40, 8),
        scrypt(2, 1 << 60),
    ];
    for kdf in excessive {
        let start = std::time::Instant::now();
        let refused = decrypt(&message(&kdf.to_algorithm()), &secret);
        assert!(refused.is_err(), "{kdf:?}");
        assert!(start.elapsed() < std::time::Duration::from_secs(5), "{kdf:?}");
    }
}

#[test]
fn encrypted_data_is_for_whoever_holds_its_key() {
    for (octets, name, cipher) in CBC {
        for length in [0, 1000, 200_001] {
            let message = shared(cipher, &[content_key(octets)], &letter(length));
            let (read, facts) = decrypt(&message, &keys(&[content_key(octets)])).unwrap();
            assert!(read == letter(length) && !facts.authenticated && facts.recipients().is_empty(), "{name}");
            assert!(matches!(decrypt(&message, &keys(&[password("x")])), Err(Error::NoContentKey)));
            let wrong = content_key(if octets == 16 { 24 } else { 16 });
            assert!(matches!(decrypt(&message, &keys(&[wrong])), Err(Error::CannotDecrypt)));
            let mut ber = BerReader::new(message.as_slice());
            assert_eq!(sealpost_cms::enter(&mut ber).unwrap(), wire::oids::ENCRYPTED_DATA);
            let seen = sealpost_cms::describe_encrypted(&mut ber).unwrap();
            assert_eq!((seen.version, seen.cipher.as_str(), seen.recipients.len()), (0, name, 0));
        }
    }
    // No key is managed, so none may be used twice with an AEAD (RFC 5083 §2), nor be somebody's recipient.
    for (cipher, shared) in [
        (ContentCipher::Aes256Gcm, vec![content_key(32)]),
        (ContentCipher::Aes256Cbc, vec![content_key(16)]),
        (ContentCipher::Aes256Cbc, vec![content_key(32), password("x")]),
        (ContentCipher::Aes256Cbc, vec![]),
    ] {
        let how = Encryption { cipher, recipients: &[], shared: &shared, derive_key: false, workers: None };
        assert!(matches!(encrypt_as(&how, b""), Err(Error::Malformed(_))));
    }
}

#[test]
fn what_openssl_encrypts_under_secrets_is_read_here() {
    let Some(folder) = Folder::with("openssl") else { return };
    for length in [0, 1000, 200_001] {
        let text = letter(length);
        folder.write("text", &text);
        for (octets, name, _) in CBC {
            let key = hex(octets);
            let made = "-binary -in text -outform DER -out x";
            for stream in ["", "-stream"] {
                folder.must(&format!(
                    "openssl cms -encrypt {made} {stream} -{name} -secretkey {key} -secretkeyid 6f6e65 -pwri_password secret"
                ));
                for secret in [kek(octets, b"one"), password("secret")] {
                    let (read, facts) = decrypt(&folder.read("x"), &keys(&[secret])).unwrap();
                    assert!(read == text && facts.cipher.to_string() == name);
                }
                folder.must(&format!("openssl cms -EncryptedData_encrypt {made} {stream} -{name} -secretkey {key}"));
                assert_eq!(decrypt(&folder.read("x"), &keys(&[content_key(octets)])).unwrap().0, text);
            }
        }
    }
}

#[test]
fn openssl_reads_what_is_encrypted_under_secrets_here() {
    let Some(folder) = Folder::with("openssl") else { return };
    for length in [0, 1000, 200_001] {
        let text = letter(length);
        let decrypts = |message: &[u8], how: &str| {
            folder.write("x", message);
            folder.must(&format!("openssl cms -inform DER -in x -out y -binary {how}"));
            assert!(folder.read("y") == text, "{how} {length}");
        };
        for cipher in [ContentCipher::Aes256Cbc, ContentCipher::Aes128Gcm] {
            let message = shared(cipher, &[kek(24, b"one"), password("secret")], &text);
            decrypts(&message, &format!("-decrypt -secretkey {} -secretkeyid 6f6e65", hex(24)));
            decrypts(&message, "-decrypt -pwri_password secret");
        }
        for (octets, _, cipher) in CBC {
            let message = shared(cipher, &[content_key(octets)], &text);
            decrypts(&message, &format!("-EncryptedData_decrypt -secretkey {}", hex(octets)));
        }
    }
}
