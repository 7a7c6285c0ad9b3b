//! What is written is read: every kind of key, small and large, attached and detached, mixed company.

use crypto::{ContentCipher, Digest, KeyTransport, SignatureAlgorithm};

use crate::people::*;

/// Small enough for DER, exactly a fragment, and streamed.
const LENGTHS: [usize; 5] = [0, 1, 1000, 65_536, 200_001];

#[test]
fn signatures_of_every_key_attached_and_detached() {
    for spec in SIGNING {
        for use_key_id in [false, true] {
            for length in LENGTHS {
                let (who, content) = (alice(spec), letter(length));
                let options = || sealpost_cms::SignOptions { use_key_id, ..options() };
                let attached = sign_attached(vec![who.signer()], options(), &content);
                let read = read_signed(&attached, None).unwrap();
                assert!(read.holds() && read.content == content, "{spec} {length}");
                assert_eq!(read.only().signed_at, Some(NOW));
                let sealpost_cms::SignerEntry::Info(info) = &read.facts.signers[0] else { panic!("{spec}") };
                assert!(sealpost_cms::said_capabilities(info).is_some());
                assert_eq!(read.only().result.unwrap().certificate(), &who.certificate);
                // A small message is DER throughout; a large one has indefinite lengths.
                assert_eq!(attached[1] == 0x80, length >= 65_536);
                let detached = sign_detached(vec![who.signer()], options(), &content);
                let read = read_signed(&detached, Some(&content)).unwrap();
                assert!(read.holds() && !read.facts.has_content && read.content.is_empty(), "{spec} {length}");
                let other = read_signed(&detached, Some(&letter(length + 1))).unwrap();
                assert!(!other.holds());
            }
        }
    }
}

#[test]
fn rsa_signs_in_both_paddings_with_every_digest() {
    for digest in [Digest::Sha256, Digest::Sha384, Digest::Sha512] {
        for algorithm in [SignatureAlgorithm::RsaPkcs1(digest), SignatureAlgorithm::pss(digest)] {
            let who = alice(RSA);
            let message = sign_attached(vec![who.signer_with(algorithm)], options(), b"hello");
            let read = read_signed(&message, None).unwrap();
            assert!(read.holds());
            assert_eq!(read.only().algorithm, algorithm.to_string());
        }
    }
}

#[test]
fn several_signers_each_hold_and_the_certificates_travel() {
    let people: Vec<_> = SIGNING.map(alice).to_vec();
    let chain = vec![authority().certificate.clone()];
    let options = || sealpost_cms::SignOptions { chain: chain.clone(), ..options() };
    for length in LENGTHS {
        let content = letter(length);
        let message = sign_attached(people.iter().map(|p| p.signer()).collect(), options(), &content);
        let read = read_signed(&message, None).unwrap();
        assert!(read.holds() && read.content == content);
        assert_eq!((read.facts.signers.len(), read.facts.certificates.len()), (8, 9));
        let detached = sign_detached(people.iter().map(|p| p.signer()).collect(), options(), &content);
        assert!(read_signed(&detached, Some(&content)).unwrap().holds());
    }
}

#[test]
fn encryption_with_every_cipher_to_every_key() {
    for spec in TAKING {
        let who = alice(spec);
        for cipher in ContentCipher::ALL {
            for length in LENGTHS {
                for use_key_id in [false, true] {
                    let content = letter(length);
                    let to = sealpost_cms::Recipient { use_key_id, ..who.recipient() };
                    let message = encrypt(cipher, &[to], &content);
                    let (read, facts) = decrypt(&message, &who.keys()).unwrap();
                    assert!(read == content, "{spec} {cipher} {length}");
                    assert_eq!((facts.cipher, facts.authenticated), (cipher, cipher.is_aead()));
                    assert_eq!(facts.opened_with, who.name);
                    assert_eq!(facts.recipients()[0].local.as_deref(), Some(who.name.as_str()));
                }
            }
        }
    }
}

#[test]
fn many_recipients_of_mixed_kinds_each_read() {
    let people: Vec<_> = TAKING.iter().flat_map(|s| [person("alice", *s), person("bob", *s)]).collect();
    let mut to: Vec<_> = people.iter().map(|p| p.recipient()).collect();
    to[0].transport = KeyTransport::oaep(Digest::Sha256);
    let stranger = person("eve", P256);
    for cipher in [ContentCipher::Aes256Gcm, ContentCipher::Aes128Cbc] {
        for length in [10, 100_000] {
            let message = encrypt(cipher, &to, &letter(length));
            for who in &people {
                assert!(decrypt(&message, &who.keys()).unwrap().0 == letter(length), "{}", who.name);
            }
            let error = decrypt(&message, &stranger.keys()).unwrap_err();
            assert!(matches!(error, sealpost_cms::Error::NotForUs { recipients: 14, .. }), "{error}");
        }
    }
}

#[test]
fn a_second_reading_releases_what_the_first_proved() {
    use std::io::Read;
    let who = alice(P256);
    for cipher in ContentCipher::ALL {
        for length in LENGTHS {
            let content = letter(length);
            let message = encrypt(cipher, &[who.recipient()], &content);
            let key = decrypt(&message, &who.keys()).unwrap().1.key;
            let mut ber = wire::ber::BerReader::new(&message[..]);
            sealpost_cms::enter(&mut ber).unwrap();
            let opening = sealpost_cms::Opening::Release(&key);
            let mut reader =
                sealpost_cms::EnvelopedReader::new(ber, cipher.is_aead(), opening).map_err(|b| b.error).unwrap();
            let mut released = Vec::new();
            reader.read_to_end(&mut released).unwrap();
            assert!(released == content, "{cipher} {length}");
        }
    }
}

#[test]
fn no_signer_no_recipient_and_the_wrong_key_are_refused_when_writing() {
    use sealpost_cms::{AttachedSigner, DetachedSigner, EncryptWriter, Signer};
    assert!(AttachedSigner::new(Vec::new(), vec![], options()).is_err());
    assert!(DetachedSigner::new(vec![], options()).is_err());
    let (a, b) = (alice(P256), person("bob", P256));
    let stolen = || Signer { certificate: a.certificate.clone(), ..b.signer() };
    assert!(DetachedSigner::new(vec![stolen()], options()).is_err());
    let rng = &mut crypto::SystemRandom;
    assert!(EncryptWriter::new(Vec::new(), ContentCipher::Aes256Gcm, &[], rng).is_err());
    let signs_only = alice(crypto::KeySpec::Ed25519);
    assert!(EncryptWriter::new(Vec::new(), ContentCipher::Aes256Gcm, &[signs_only.recipient()], rng).is_err());
}
