//! What encryption proves, and what is released of it (rows E-03 to E-12, X-01, X-03, X-04).

use crypto::KeySpec;
use sealpost_smime::OpenError;
use wire::der::Writer;
use wire::x509::KeyUsage;
use wire::{AlgorithmIdentifier, oids};

use crate::build::*;
use crate::ring::{Person, Ring, make};
use crate::world;

fn failure(mail: &str, ring: &Ring) -> OpenError {
    match try_open(mail.as_bytes(), ring) {
        Err(error) => error,
        Ok(seen) => panic!("{seen:?}"),
    }
}

fn flip(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut out = bytes.to_vec();
    out[at] ^= 1;
    out
}

#[test]
fn e_03_nothing_is_released_before_the_tag_holds() {
    let w = world();
    // Larger than any buffer on the way, so that a reader that does not wait has something to give.
    let body = "All work and no play.\r\n".repeat(100_000);
    let content = format!("Content-Type: text/plain\r\n\r\n{body}");
    let mail = sealed_mail(HEAD, &content, GCM, &[&w.bob]);
    assert!(open(&mail, &w.ring).text().ends_with(&body));
    let der = sealed(content.as_bytes(), GCM, &[&w.bob]);
    for at in [der.len() - 20, der.len() - 1_000_000, der.len() - 7] {
        assert!(matches!(
            failure(&smime(HEAD, "authEnveloped-data", &flip(&der, at)), &w.ring),
            OpenError::CannotDecrypt
        ));
    }
}

#[test]
fn x_01_whatever_fails_after_a_key_was_used_is_one_failure() {
    let w = world();
    let transport = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT;
    let rsa = make("bob@example.net", KeySpec::Rsa(2048), 300, transport);
    let x25519 = x25519();
    let garbage = "this is no MIME entity \0 at all";
    let inner = smime("", "signed-data", b"\x30\x03\x02\x01\x01");
    let mut told = Vec::new();
    for person in [&w.bob, &rsa, &x25519] {
        let ring = Ring::of(person, &[]);
        for cipher in [GCM, CBC] {
            let good = Container::of(&sealed(PAYLOAD.as_bytes(), cipher, &[person]));
            assert_eq!(open(good.mail(), &ring).verdict, "unsigned");
            let mut all = Vec::new();
            // The key's own octets: the wrapped key is the last thing of a recipient.
            let end = good.recipients.len();
            for at in [end - 1, end - 20, end - 39] {
                all.push(Container { recipients: flip(&good.recipients, at), ..good.clone() });
            }
            let last = good.content.len() - 1;
            if let Some(mac) = &good.mac {
                all.push(Container { mac: Some(flip(mac, 0)), ..good.clone() });
                all.push(Container { content: flip(&good.content, 0), ..good.clone() });
                all.push(Container { content: flip(&good.content, last), ..good.clone() });
                all.push(Container { content: Vec::new(), ..good.clone() });
            } else {
                // Padding, no whole block, no block at all.
                all.push(Container { content: flip(&good.content, last - 16), ..good.clone() });
                all.push(Container { content: good.content[..last].to_vec(), ..good.clone() });
                all.push(Container { content: Vec::new(), ..good.clone() });
                all.push(Container::of(&sealed(garbage.as_bytes(), CBC, &[person])));
                all.push(Container::of(&sealed(inner.as_bytes(), CBC, &[person])));
            }
            told.extend(all.iter().map(|container| failure(&container.mail(), &ring)));
        }
    }
    assert!(told.len() > 40);
    for error in &told {
        assert!(matches!(error, OpenError::CannotDecrypt), "{error:?}");
        assert_eq!(error.to_string(), told[0].to_string());
    }
}

fn x25519() -> Person {
    // Whoever holds such a key cannot sign a certificate with it: one of another key names it.
    let (key, pkcs8) = crypto::SoftKey::generate(KeySpec::X25519, &mut crypto::SystemRandom).unwrap();
    let signer = crate::person("bob@example.net");
    let algorithm = crypto::SignatureAlgorithm::Ecdsa(crypto::Digest::Sha256);
    let tbs = wire::x509::TbsCertificate {
        serial: vec![7; 9],
        signature: algorithm.to_x509(),
        issuer: signer.certificate.subject().clone(),
        not_before: signer.certificate.not_before(),
        not_after: signer.certificate.not_after(),
        subject: signer.certificate.subject().clone(),
        spki: crypto::PrivateKey::public(&key).spki().to_vec(),
        extensions: vec![wire::x509::extension::key_usage(KeyUsage::KEY_AGREEMENT)],
    }
    .to_der();
    let signature = signer.own.key.sign(&algorithm, &tbs, &mut crypto::SystemRandom).unwrap();
    let der = wire::x509::certificate_der(&tbs, &algorithm.to_x509(), &signature);
    let certificate = wire::Certificate::from_der(&der).unwrap();
    let own =
        cms::OwnKey { name: "x".to_owned(), certificate: Some(certificate.clone()), key: std::sync::Arc::new(key) };
    Person { own: std::sync::Arc::new(own), certificate, pkcs8: pkcs8.to_vec() }
}

#[test]
fn x_01_a_mail_for_somebody_else_is_said_to_be_without_using_a_key() {
    let w = world();
    let mail = sealed_mail(HEAD, PAYLOAD, GCM, &[&w.alice, &w.mallory]);
    assert!(matches!(failure(&mail, &w.ring), OpenError::NotForUs { recipients: 2, .. }));
}

fn gcm(nonce: &[u8], icv: Option<u64>) -> Vec<u8> {
    let mut w = Writer::new();
    w.sequence(|w| {
        w.octet_string(nonce);
        if let Some(icv) = icv {
            w.uint(icv);
        }
    });
    AlgorithmIdentifier::with(oids::AES256_GCM, w.into_bytes()).to_der()
}

fn nonce(container: &Container) -> Vec<u8> {
    let algorithm = AlgorithmIdentifier::from_der(&container.algorithm).unwrap();
    let parameters = algorithm.parameters.unwrap();
    wire::der::Reader::new(&parameters).sequence().unwrap().octet_string().unwrap().to_vec()
}

/// A mail to Bob by GCM, whose parameters and tag are put in the place of other ones.
struct Tagged {
    w: crate::World,
    good: Container,
    nonce: Vec<u8>,
    /// Longer than a tag may be: its own sixteen octets first.
    tag: Vec<u8>,
}

impl Tagged {
    fn new() -> Tagged {
        let w = world();
        let good = Container::of(&sealed(PAYLOAD.as_bytes(), GCM, &[&w.bob]));
        let (nonce, mut tag) = (nonce(&good), good.mac.clone().unwrap());
        tag.extend([0; 16]);
        Tagged { w, good, nonce, tag }
    }

    fn open(&self, algorithm: Vec<u8>, tag: usize) -> Result<Seen, OpenError> {
        let container = Container { algorithm, mac: Some(self.tag[..tag].to_vec()), ..self.good.clone() };
        try_open(container.mail().as_bytes(), &self.w.ring)
    }
}

#[test]
fn x_04_tags_and_nonces_of_every_wrong_length() {
    let mail = Tagged::new();
    for said in [0, 1, 4, 8, 11, 12, 15, 16, 17, 32] {
        for length in [0, 1, 4, 8, 11, 12, 15, 16, 17, 32] {
            let right = (12..=16).contains(&said) && length as u64 == said;
            assert_eq!(mail.open(gcm(&mail.nonce, Some(said)), length).is_ok(), right, "{said} {length}");
        }
    }
    for length in [0, 1, 11, 13, 16, 1024] {
        assert!(mail.open(gcm(&vec![1; length], Some(16)), 16).is_err(), "{length}");
    }
}

#[test]
fn e_04_tags_of_twelve_to_sixteen_octets_are_read_and_short_ones_told() {
    let mail = Tagged::new();
    for length in 12..=16 {
        let seen = mail.open(gcm(&mail.nonce, Some(length as u64)), length).unwrap();
        assert_eq!(seen.has("short-tag"), length < 16, "{length}");
        assert!(seen.text().ends_with("Meet at noon.\r\n"));
    }
}

/// RFC 5084 §3.2: `aes-ICVlen AES-GCM-ICVlen DEFAULT 12`, within parameters that are there and a SEQUENCE.
#[test]
fn e_06_where_no_length_is_said_it_is_twelve() {
    let mail = Tagged::new();
    for length in [0, 11, 12, 13, 16] {
        assert_eq!(mail.open(gcm(&mail.nonce, None), length).is_ok(), length == 12, "{length}");
    }
    let mut bare = Writer::new();
    bare.octet_string(&mail.nonce);
    assert!(mail.open(AlgorithmIdentifier::with(oids::AES256_GCM, bare.into_bytes()).to_der(), 16).is_err());
    assert!(mail.open(AlgorithmIdentifier::new(oids::AES256_GCM).to_der(), 12).is_err());
}

#[test]
fn e_05_each_cipher_in_its_own_container() {
    let w = world();
    let aead = Container::of(&sealed(PAYLOAD.as_bytes(), GCM, &[&w.bob]));
    let cbc = Container::of(&sealed(PAYLOAD.as_bytes(), CBC, &[&w.bob]));
    let tagged = [aead.content.clone(), aead.mac.clone().unwrap()].concat();
    for container in [
        Container { kind: oids::ENVELOPED_DATA, mac: None, ..aead.clone() },
        Container { kind: oids::ENVELOPED_DATA, mac: None, content: tagged, ..aead.clone() },
        Container { kind: oids::AUTH_ENVELOPED_DATA, mac: Some(vec![0; 16]), ..cbc.clone() },
        Container { kind: oids::AUTH_ENVELOPED_DATA, mac: Some(Vec::new()), ..cbc.clone() },
        Container { kind: oids::AUTH_ENVELOPED_DATA, ..cbc },
    ] {
        let error = failure(&container.mail(), &w.ring);
        let told = matches!(error, OpenError::Unsupported(_) | OpenError::NeedsImport(_) | OpenError::Damaged(_));
        assert!(told, "{error:?}");
    }
}

/// The attack of Roth and Strenzke: what an AEAD encrypted, offered as CBC under the same key.
#[test]
fn x_03_what_an_aead_encrypted_is_not_opened_as_cbc() {
    let w = world();
    let aead = Container::of(&sealed(PAYLOAD.repeat(4).as_bytes(), GCM, &[&w.bob]));
    for counter in 1..4 {
        let mut iv = Writer::new();
        iv.octet_string(&[nonce(&aead), vec![0, 0, 0, counter]].concat());
        let cbc = AlgorithmIdentifier::with(oids::AES256_CBC, iv.into_bytes()).to_der();
        for blocks in 1..=aead.content.len() / 16 {
            let container = Container {
                kind: oids::ENVELOPED_DATA,
                mac: None,
                algorithm: cbc.clone(),
                content: aead.content[..16 * blocks].to_vec(),
                ..aead.clone()
            };
            match try_open(container.mail().as_bytes(), &w.ring) {
                Err(error) => assert!(matches!(error, OpenError::CannotDecrypt), "{error:?}"),
                // Chance has it that a padding fits: what comes out is noise, and called that.
                Ok(seen) => {
                    assert_eq!((seen.verdict, seen.confidentiality), ("unsigned", "unauthenticated"));
                    assert!(!seen.text().contains("noon"));
                }
            }
        }
    }
}

#[test]
fn e_07_an_empty_content_needs_its_tag_too() {
    let w = world();
    let empty = Container::of(&sealed(b"", GCM, &[&w.bob]));
    assert!(empty.content.is_empty());
    assert_eq!(open(empty.mail(), &w.ring).confidentiality, "authenticated");
    for octet in 0..16 {
        let mac = Some(flip(empty.mac.as_ref().unwrap(), octet));
        let error = failure(&Container { mac, ..empty.clone() }.mail(), &w.ring);
        assert!(matches!(error, OpenError::CannotDecrypt), "{octet}");
    }
}

#[test]
fn x_04_a_content_or_a_tag_that_is_gone_opens_nothing() {
    let w = world();
    let good = Container::of(&sealed(b"\r\n", GCM, &[&w.bob]));
    assert_eq!(open(good.mail(), &w.ring).verdict, "unsigned");
    let empty = Container { content: Vec::new(), ..good.clone() };
    assert!(matches!(failure(&empty.mail(), &w.ring), OpenError::CannotDecrypt));
    let without = Container { mac: None, ..good };
    assert!(try_open(without.mail().as_bytes(), &w.ring).is_err());
}

#[test]
fn x_02_cbc_without_a_signature_is_unauthenticated_whatever_becomes_of_it() {
    let w = world();
    let body = "0123456789abcdef".repeat(20);
    let good = Container::of(&sealed(format!("Content-Type: text/plain\r\n\r\n{body}\r\n").as_bytes(), CBC, &[&w.bob]));
    assert_eq!(open(good.mail(), &w.ring).confidentiality, "unauthenticated");
    // EFAIL: blocks taken twice, out of order, changed in what is known of them.
    let blocks: Vec<&[u8]> = good.content.chunks(16).collect();
    let last = blocks.len() - 2;
    let gadgets = [
        [&blocks[..4], &blocks[2..]].concat().concat(),
        [&blocks[..2], &blocks[last..]].concat().concat(),
        flip(&good.content, 40),
    ];
    for content in gadgets {
        match try_open(Container { content, ..good.clone() }.mail().as_bytes(), &w.ring) {
            Ok(seen) => {
                assert_eq!((seen.verdict, seen.confidentiality), ("unsigned", "unauthenticated"));
                assert!(seen.has("unauthenticated"));
            }
            Err(error) => assert!(matches!(error, OpenError::CannotDecrypt)),
        }
    }
}

#[test]
fn e_12_an_authenticated_cipher_does_not_say_who_wrote() {
    let w = world();
    let inner = "From: alice@example.org\r\nContent-Type: text/plain; hp=\"cipher\"\r\n\r\nIt is me, Alice.\r\n";
    let seen = open(sealed_mail(HEAD, inner, GCM, &[&w.bob]), &w.ring);
    assert_eq!((seen.verdict, seen.confidentiality), ("unsigned", "authenticated"));
    assert_eq!(seen.report.summary, "Not signed, encrypted to you.");
    assert!(seen.report.signers.is_empty());
}

/// E-11: told where the sender's own signed word says that they know better, and nowhere else.
#[test]
fn e_11_cbc_from_a_sender_who_reads_better_is_told() {
    let w = world();
    let signed = clear_mail(PAYLOAD, &[&w.alice]).replace(HEAD, "");
    assert!(open(sealed_mail(HEAD, &signed, CBC, &[&w.bob]), &w.ring).has("cipher-downgraded"));
    assert!(!open(sealed_mail(HEAD, &signed, GCM, &[&w.bob]), &w.ring).has("cipher-downgraded"));
    assert!(!open(sealed_mail(HEAD, PAYLOAD, CBC, &[&w.bob]), &w.ring).has("cipher-downgraded"));
    // Whoever is not the sender has no word in it (CAP-01), nor has one who lists nothing.
    let other = clear_mail(PAYLOAD, &[&w.mallory]).replace(HEAD, "");
    assert!(!open(sealed_mail(HEAD, &other, CBC, &[&w.bob]), &w.ring).has("cipher-downgraded"));
    let silent = Forge::of(PAYLOAD.as_bytes()).signed_by(&w.alice, info(&w.alice, attributes(PAYLOAD.as_bytes())));
    let silent = smime("", "signed-data", &silent.to_der());
    let seen = open(sealed_mail(HEAD, &silent, CBC, &[&w.bob]), &w.ring);
    assert_eq!((seen.verdict, seen.has("cipher-downgraded")), ("verified", false));
}
