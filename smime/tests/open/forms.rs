//! The forms in which an envelope comes besides a mail of its own: files, forwarded mails, TNEF streams.

use crypto::{Digest, Hmac, KeySpec, KeyTransport, PublicKey, SystemRandom};
use sealpost_smime::{MessageKind, OpenError};
use wire::der::{Tag, Writer};
use wire::x509::KeyUsage;
use wire::{AlgorithmIdentifier, oids};

use crate::build::*;
use crate::ring::{Person, Ring, make};
use crate::world;

/// A payload with the header of a mail, all of which is protected.
fn letter() -> String {
    format!("{}Content-Type: text/plain; charset=utf-8\r\n\r\nMeet at noon.\r\n", HEAD)
}

#[test]
fn a_file_by_itself_is_opened_whatever_its_form() {
    let w = world();
    let cms = opaque(letter().as_bytes(), &[&w.alice]);
    let pem = wire::pem::encode("CMS", &cms);
    let certificate = wire::pem::encode("CERTIFICATE", w.alice.certificate.der());
    let files = [
        cms.clone(),
        sealed(&cms_entity(&cms), GCM, &[&w.bob]),
        pem.clone().into_bytes(),
        format!("\r\n\r\n{pem}").into_bytes(),
        format!("A letter, signed:\n\n{pem}").into_bytes(),
        format!("{certificate}{pem}").into_bytes(),
        base64(&cms).into_bytes(),
        base64(&cms).replace("\r\n", "").into_bytes(),
        format!("\n{}", base64(&cms).replace("\r\n", "\n")).into_bytes(),
    ];
    for file in &files {
        let seen = try_open(file, &w.ring).unwrap();
        assert_eq!(seen.verdict, "verified", "{seen:?}");
        assert!(
            seen.text().contains("Subject: Hello") && seen.text().ends_with("Meet at noon.\r\n"),
            "{}",
            seen.text()
        );
    }
    // Nothing says who it is from: then nobody can say that it is from there.
    let seen = try_open(&opaque(PAYLOAD.as_bytes(), &[&w.alice]), &w.ring).unwrap();
    assert_eq!((seen.verdict, seen.has("from-unusable")), ("unverified", true));
    let seen = try_open(&opaque(letter().replace("alice@", "carol@").as_bytes(), &[&w.alice]), &w.ring).unwrap();
    assert_eq!(seen.verdict, "unverified");
}

/// An S/MIME entity that holds this structure.
fn cms_entity(cms: &[u8]) -> Vec<u8> {
    smime("", "signed-data", cms).into_bytes()
}

#[test]
fn a_file_that_is_no_mail_is_told_apart() {
    let w = world();
    let document = opaque(b"%PDF-1.7 is no header\r\n", &[&w.alice]);
    assert!(matches!(try_open(&document, &w.ring), Err(OpenError::NotEntity)));
    let signature = detached(PAYLOAD.as_bytes(), &[&w.alice]);
    assert!(matches!(try_open(&signature, &w.ring), Err(OpenError::ContentMissing)));
    let certificates = cms::certs_only(std::slice::from_ref(&w.alice.certificate));
    let Err(OpenError::OtherKind { found, wanted }) = try_open(&certificates, &w.ring) else { panic!() };
    assert_eq!((found, wanted), (MessageKind::Certificates, MessageKind::Mail));
    let certificate = w.alice.certificate.der();
    for other in [certificate, wire::pem::encode("CERTIFICATE", certificate).as_bytes(), b"\x30\x80"] {
        assert!(try_open(other, &w.ring).is_err_and(|e| matches!(e, OpenError::NotMail(_) | OpenError::Damaged(_))));
    }
    // Encryption that proves nothing has one failure (promise 5).
    let document = sealed(b"%PDF-1.7 is no header\r\n", CBC, &[&w.bob]);
    assert!(matches!(try_open(&document, &w.ring), Err(OpenError::CannotDecrypt)));
    let file = sealed(b"Content-Type: application/octet-stream; name=a.p7m\r\n\r\nno CMS", CBC, &[&w.bob]);
    assert!(matches!(try_open(&file, &w.ring), Err(OpenError::CannotDecrypt)));
}

#[test]
fn a_file_without_a_header_is_no_mail() {
    let w = world();
    for empty in ["", "\n", "\r\n\r\n", "\n\nbody\n", "\u{feff}", "From a@b.c Mon\n\nbody\n"] {
        assert!(matches!(try_open(empty.as_bytes(), &w.ring), Err(OpenError::NotMail(_))), "{empty:?}");
    }
    for word in ["x", "0", "M", "-", "\x30\u{80}"] {
        let seen = try_open(word.as_bytes(), &w.ring);
        assert!(matches!(seen, Err(OpenError::NotMail(_) | OpenError::Damaged(_))), "{word:?}");
    }
    // A header alone is a mail without a body (RFC 5322 §3.5).
    let seen = open(HEAD, &w.ring);
    assert_eq!((seen.verdict, seen.text()), ("unsigned", format!("{HEAD}\r\n").as_str()));
}

#[test]
fn certificates_by_mail_are_an_empty_mail_and_a_warning() {
    let w = world();
    let seen = open(smime(HEAD, "certs-only", &cms::certs_only(std::slice::from_ref(&w.alice.certificate))), &w.ring);
    assert_eq!((seen.verdict, seen.has("certificates-only")), ("unsigned", true));
    assert!(seen.text().contains("Subject: Hello"), "{:?}", seen.mail);
}

#[test]
fn f_15_a_mail_inside_of_a_mail_that_only_wraps_it_is_the_one_that_counts() {
    let w = world();
    let wrap =
        |mail: &str| format!("From: mallory@example.com\r\nSubject: Fwd\r\nContent-Type: message/rfc822\r\n\r\n{mail}");
    let opaque = smime(HEAD, "signed-data", &opaque(PAYLOAD.as_bytes(), &[&w.alice]));
    for mail in [opaque.clone(), clear_mail(PAYLOAD, &[&w.alice])] {
        for wrapped in [wrap(&mail), wrap(&wrap(&mail))] {
            let seen = open(&wrapped, &w.ring);
            // Who passed it on is whom the mail at hand is from, and signed nothing (F-15).
            assert_eq!((seen.verdict, seen.has("forwarded")), ("unverified", true), "{seen:?}");
            assert_eq!((seen.report.signers.len(), seen.report.signers[0].signature), (1, "good"));
            assert!(seen.text().starts_with("From: Alice") && !seen.text().contains("mallory"), "{}", seen.text());
        }
    }
    // A forwarded mail that is plain stays what it is, and so does one in an encoding that it may not have.
    for plain in [wrap(&letter()), wrap(&opaque).replace("rfc822", "rfc822\r\nContent-Transfer-Encoding: base64")] {
        let seen = open(&plain, &w.ring);
        assert_eq!((seen.verdict, seen.text()), ("unsigned", plain.as_str()));
    }
    let deep = (0..20).fold(opaque, |mail, _| wrap(&mail));
    assert_eq!(open(&deep, &w.ring).verdict, "unsigned");
}

pub fn tnef(class: &str, attachments: &[(&str, &[u8])]) -> Vec<u8> {
    let attribute = |level: u8, id: u32, data: &[u8]| {
        let sum = data.iter().fold(0u16, |sum, octet| sum.wrapping_add(u16::from(*octet)));
        let length = u32::try_from(data.len()).unwrap().to_le_bytes();
        [&[level][..], &id.to_le_bytes(), &length, data, &sum.to_le_bytes()].concat()
    };
    let mut out = b"\x78\x9f\x3e\x22\x01\x00".to_vec();
    out.extend(attribute(1, 0x0007_8008, class.as_bytes()));
    for (title, data) in attachments {
        out.extend(attribute(2, 0x0006_9002, &[0; 14]));
        out.extend(attribute(2, 0x0006_800f, data));
        out.extend(attribute(2, 0x0001_8010, title.as_bytes()));
    }
    out
}

#[test]
fn f_13_a_winmail_dat_with_a_message_in_it_is_opened() {
    let w = world();
    let cms = opaque(PAYLOAD.as_bytes(), &[&w.alice]);
    let entity = clear_mail(PAYLOAD, &[&w.alice]).replace(HEAD, "");
    let streams = [
        tnef("IPM.Note.SMIME\0", &[("smime.p7m\0", &cms)]),
        tnef("IPM.Note\0", &[("photo.jpg\0", b"\xff\xd8"), ("a\0", &cms)]),
        tnef("IPM.Note.SMIME.MultipartSigned\0", &[("smime.p7m\0", entity.as_bytes())]),
    ];
    let structure = "Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    for stream in &streams {
        let alone = format!("{HEAD}{structure}{}", base64(stream));
        let mixed = format!(
            "{HEAD}Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\npay now\r\n--m\r\n{structure}{}--m--\r\n",
            base64(stream)
        );
        for mail in [alone, mixed] {
            let seen = open(&mail, &w.ring);
            assert_eq!((seen.verdict, seen.has("unsigned-text")), ("verified", true), "{seen:?}");
            assert!(seen.text().ends_with("Meet at noon.\r\n") && !seen.text().contains("pay"), "{}", seen.text());
        }
    }
    // One that holds no message is an attachment like any other.
    for stream in [tnef("IPM.Note\0", &[("a.txt\0", b"text")]), b"no TNEF".to_vec()] {
        let mail = format!("{HEAD}{structure}{}", base64(&stream));
        assert_eq!((open(&mail, &w.ring).verdict, open(&mail, &w.ring).text()), ("unsigned", mail.as_str()));
    }
}

#[test]
fn f_13_a_winmail_dat_by_itself_is_opened() {
    let w = world();
    let cms = opaque(letter().as_bytes(), &[&w.alice]);
    let entity = clear_mail(&letter(), &[&w.alice]).replacen(HEAD, "", 1);
    let streams = [
        tnef("IPM.Note.SMIME\0", &[("smime.p7m\0", &cms)]),
        tnef("IPM.Note.SMIME\0", &[("smime.p7m\0", &sealed(&cms_entity(&cms), GCM, &[&w.bob]))]),
        tnef("IPM.Note.SMIME.MultipartSigned\0", &[("smime.p7m\0", entity.as_bytes())]),
    ];
    for stream in &streams {
        let seen = try_open(stream, &w.ring).unwrap();
        assert_eq!((seen.verdict, seen.has("unsigned-text")), ("verified", true), "{seen:?}");
        assert!(seen.text().contains("Subject: Hello") && seen.text().ends_with("Meet at noon.\r\n"));
        for end in 6..stream.len() - 40 {
            let cut = try_open(&stream[..end], &w.ring);
            assert!(cut.is_err() || cut.is_ok_and(|seen| seen.verdict != "verified"), "{end}");
        }
    }
    for other in [tnef("IPM.Note\0", &[("a.txt\0", b"text")]), b"\x78\x9f\x3e\x22".to_vec()] {
        assert!(matches!(try_open(&other, &w.ring), Err(OpenError::NotMail(mime::Error::NoMessage))));
    }
}

#[test]
fn a_file_with_the_name_of_a_message_that_is_none_is_a_file() {
    let w = world();
    let structure = "Content-Type: application/octet-stream; name=letter.p7m\r\n\r\nno CMS\r\n";
    let seen = open(format!("{HEAD}{structure}"), &w.ring);
    assert_eq!((seen.verdict, seen.text().ends_with("no CMS\r\n")), ("unsigned", true), "{seen:?}");
    let seen = open(smime(HEAD, "signed-data", &opaque(structure.as_bytes(), &[&w.alice])), &w.ring);
    assert_eq!((seen.verdict, seen.text().ends_with("no CMS\r\n")), ("verified", true), "{seen:?}");
    let seen = open(smime(HEAD, "enveloped-data", &sealed(structure.as_bytes(), GCM, &[&w.bob])), &w.ring);
    assert_eq!((seen.confidentiality, seen.text().ends_with("no CMS\r\n")), ("authenticated", true), "{seen:?}");
    // What says by its type that it is one, and is none, is damaged.
    let named = format!("{HEAD}{structure}").replace("octet-stream", "pkcs7-mime");
    assert!(matches!(try_open(named.as_bytes(), &w.ring), Err(OpenError::Damaged(_))));
}

/// AuthenticatedData names no author, and hides nothing (RFC 5652 §9).
#[test]
fn v_14_a_code_that_its_readers_share_is_no_signature() {
    let w = world();
    let bob = make("bob@example.net", KeySpec::Rsa(2048), 300, KeyUsage::KEY_ENCIPHERMENT);
    let ring = Ring::of(&bob, &[&w.alice]);
    let message = authenticated(PAYLOAD.as_bytes(), &bob);
    let seen = open(smime(HEAD, "authenticated-data", &message), &ring);
    assert_eq!((seen.verdict, seen.confidentiality), ("unsigned", "none"), "{seen:?}");
    assert_eq!((seen.layers.as_slice(), seen.has("shared-code")), (["authenticated-data"].as_slice(), true));
    assert_eq!(seen.report.layers[0].opened_with.as_deref(), Some("bob@example.net"));
    assert!(seen.text().ends_with("Meet at noon.\r\n"), "{}", seen.text());
    // What is signed within it is signed.
    let inner = opaque_mail(PAYLOAD, &[&w.alice]).replace(HEAD, "");
    let seen = open(smime(HEAD, "authenticated-data", &authenticated(inner.as_bytes(), &bob)), &ring);
    assert_eq!((seen.verdict, seen.layers.len()), ("verified", 2), "{seen:?}");
    let mut damaged = message;
    let at = damaged.windows(4).position(|window| window == b"noon").unwrap();
    damaged[at] = b'N';
    let refused = try_open(smime(HEAD, "authenticated-data", &damaged).as_bytes(), &ring);
    assert!(matches!(refused, Err(OpenError::CannotDecrypt)));
}

/// As others write it, for this RSA key.
fn authenticated(content: &[u8], to: &Person) -> Vec<u8> {
    let key = crypto::random_secret(32, &mut SystemRandom).unwrap();
    let public = PublicKey::from_spki(to.certificate.public_key().der()).unwrap();
    let wrapped = public.encrypt(&KeyTransport::RsaPkcs1, key.as_bytes(), &mut SystemRandom).unwrap();
    let mut code = Hmac::new(Digest::Sha256, &key);
    code.update(content);
    let (issuer, serial) = to.certificate.issuer_and_serial();
    let mut w = Writer::new();
    w.sequence(|w| {
        w.oid(oids::AUTHENTICATED_DATA).nested(Tag::context(0), |w| {
            w.sequence(|w| {
                w.uint(0).nested(Tag::SET, |w| {
                    w.sequence(|w| {
                        w.uint(0).sequence(|w| {
                            w.raw(issuer).element(Tag::INTEGER, serial);
                        });
                        KeyTransport::RsaPkcs1.to_algorithm().write(w);
                        w.octet_string(&wrapped);
                    });
                });
                AlgorithmIdentifier::new(oids::HMAC_SHA256).write(w);
                w.sequence(|w| {
                    w.oid(oids::DATA).nested(Tag::context(0), |w| {
                        w.octet_string(content);
                    });
                });
                w.octet_string(&code.finish());
            });
        });
    });
    w.into_bytes()
}
