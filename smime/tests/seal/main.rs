//! Whole mails are sealed, and read again without the opening side of this crate.
#![allow(clippy::disallowed_methods)]

mod choosing;
mod delivery;
mod ring;
mod roles;
mod round_trip;
mod unseal;

use crypto::{ContentCipher, Curve, KeySpec};
use sealpost_smime::{Refusal, SealError, SealNote, Sealed, Sealing, WhyUnusable};
use trust::{PathError, Policy};
use wire::x509::KeyUsage;

use ring::{NOW, Person, Ring, make, person};
use unseal::{decrypt, entity, verify_clear, verify_opaque};

const LETTER: &str = "From: Alice <alice@example.org>\r\nTo: Bob <bob@example.net>\r\nSubject: The plan\r\n\
    Date: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nKeywords: secret\r\n\r\nMeet at noon.\r\n";

struct World {
    alice: Person,
    bob: Person,
    carol: Person,
    ring: Ring,
    policy: Policy,
}

fn world() -> World {
    let (alice, bob, carol) = (person("alice@example.org"), person("bob@example.net"), person("carol@example.net"));
    let ring = Ring::of(&alice, &[&bob, &carol]);
    World { alice, bob, carol, ring, policy: Policy::standard() }
}

impl World {
    fn with<R>(&self, mail: &[u8], act: impl FnOnce(Sealing<'_>) -> R) -> R {
        act(Sealing::new(&self.policy, &self.ring, NOW, &mail))
    }

    fn seal(&self, mail: impl AsRef<[u8]>) -> Result<Sealed, SealError> {
        self.with(mail.as_ref(), |sealing| sealing.finish())
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn values(bytes: &[u8], name: &str) -> Vec<String> {
    entity(bytes).header.all(name).map(|f| f.unfolded()).collect()
}

#[test]
fn h_05_the_mail_is_signed_inside_and_its_subject_hidden_outside() {
    let w = world();
    let sealed = w.seal(LETTER).unwrap();
    let outer = text(sealed.as_bytes());
    let expected = "From: Alice <alice@example.org>\r\nTo: Bob <bob@example.net>\r\nSubject: [...]\r\n\
        Date: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n\
        Content-Type: application/pkcs7-mime; smime-type=enveloped-data;\r\n name=\"smime.p7m\"\r\n\
        Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"smime.p7m\"\r\n\r\n";
    assert!(outer.starts_with(expected), "{outer}");
    assert!(!outer.contains("plan") && !outer.contains("secret"));
    let payload = "From: Alice <alice@example.org>\r\nTo: Bob <bob@example.net>\r\nSubject: The plan\r\n\
        Date: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nKeywords: secret\r\n\
        HP-Outer: From: Alice <alice@example.org>\r\nHP-Outer: To: Bob <bob@example.net>\r\n\
        HP-Outer: Subject: [...]\r\nHP-Outer: Date: Mon, 23 Nov 2026 09:00:00 +0000\r\n\
        HP-Outer: Message-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n\
        Content-Type: text/plain; charset=\"utf-8\"; hp=\"cipher\"\r\n\r\nMeet at noon.\r\n";
    for reader in [Ring::of(&w.bob, &[]), Ring::of(&w.alice, &[])] {
        let (inside, cipher) = decrypt(sealed.as_bytes(), &reader).unwrap();
        assert_eq!(cipher, ContentCipher::Aes256Cbc);
        assert_eq!(text(&verify_clear(&inside)), payload);
    }
    assert!(decrypt(sealed.as_bytes(), &Ring::of(&w.carol, &[])).is_err());
    assert!(sealed.notes().is_empty());
    assert_eq!(sealed.facts().signature.as_deref(), Some("ecdsa-p256-sha256"));
}

#[test]
fn e_09_everyone_named_can_read_it_and_nobody_is_written_who_was_only_added() {
    let w = world();
    let mail = "From: alice@example.org\nTo: friends: BOB@Example.net, bob@example.net;\n\nHi\n";
    let sealed = w.with(mail.as_bytes(), |s| s.encrypt_to(["carol@example.net"]).unwrap().finish().unwrap());
    for reader in [&w.alice, &w.bob, &w.carol] {
        let (inside, _) = decrypt(sealed.as_bytes(), &Ring::of(reader, &[])).unwrap();
        assert!(!text(&inside).contains("carol"));
    }
    assert_eq!(sealed.facts().readers.len(), 3);
    assert!(!text(sealed.as_bytes()).contains("carol"));
}

#[test]
fn the_senders_copy_is_for_a_key_that_is_here() {
    let mut w = world();
    // Another certificate for Alice, newer and trusted, whose key is elsewhere.
    let elsewhere = person("alice@example.org");
    w.ring.known.insert(0, elsewhere.certificate.clone());
    w.ring.anchors.push(elsewhere.certificate.clone());
    let sealed = w.seal(LETTER).unwrap();
    decrypt(sealed.as_bytes(), &Ring::of(&w.alice, &[])).unwrap();
    assert!(decrypt(sealed.as_bytes(), &Ring::of(&elsewhere, &[])).is_err());
}

#[test]
fn keys_of_every_kind_read_what_is_written_to_them() {
    let agreement = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_AGREEMENT;
    let transport = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT;
    for (spec, usage) in [(KeySpec::Rsa(2048), transport), (KeySpec::Ec(Curve::P384), agreement)] {
        let both = make("alice@example.org", spec, 300, usage);
        let ring = Ring::of(&both, &[]);
        let policy = Policy::standard();
        let mail = LETTER.replace("bob@example.net", "alice@example.org");
        let mail = mail.as_bytes();
        let sealed = Sealing::new(&policy, &ring, NOW, &mail).finish().unwrap();
        let (inside, _) = decrypt(sealed.as_bytes(), &ring).unwrap();
        verify_clear(&inside);
        assert_eq!(sealed.facts().readers.len(), 1, "one person, one key");
    }
}

#[test]
fn lines_that_end_in_lf_come_out_in_lf_and_are_crlf_inside() {
    let w = world();
    let mail = format!("From someone Mon Nov 23 09:00:00 2026\n{}", LETTER.replace("\r\n", "\n"));
    for only_signed in [false, true] {
        let sealed = w.with(mail.as_bytes(), |s| if only_signed { s.sign_only() } else { s }.finish().unwrap());
        assert!(!sealed.as_bytes().contains(&b'\r'));
        assert_eq!(sealed.notes(), [SealNote::LineEnds, SealNote::Prelude]);
        let wire = text(sealed.as_bytes()).replace('\n', "\r\n");
        let inside =
            if only_signed { wire.into_bytes() } else { decrypt(wire.as_bytes(), &Ring::of(&w.bob, &[])).unwrap().0 };
        let payload = text(&verify_clear(&inside));
        assert!(payload.ends_with("\r\n\r\nMeet at noon.\r\n"));
        assert!(!payload.contains("From someone"));
    }
}

#[test]
fn h_02_a_mail_that_is_only_signed_says_clear_and_hides_nothing() {
    let w = world();
    let sealed = w.with(LETTER.as_bytes(), |s| s.sign_only().finish().unwrap());
    let payload = verify_clear(sealed.as_bytes());
    assert_eq!(values(sealed.as_bytes(), "Subject"), ["The plan"]);
    assert_eq!(values(&payload, "Subject"), ["The plan"]);
    assert_eq!(entity(&payload).header.content_type().param("hp"), Some("clear"));
    assert!(values(&payload, "HP-Outer").is_empty());
    assert_eq!(sealed.facts().cipher, None);
}

#[test]
fn e_12_without_a_signature_the_cipher_authenticates_and_a_note_says_so() {
    let w = world();
    let sealed = w.with(LETTER.as_bytes(), |s| s.encrypt_only().finish().unwrap());
    assert_eq!(sealed.notes(), [SealNote::NotSigned]);
    assert!(text(sealed.as_bytes()).contains("smime-type=authEnveloped-data"));
    let (payload, cipher) = decrypt(sealed.as_bytes(), &Ring::of(&w.bob, &[])).unwrap();
    assert_eq!(cipher, ContentCipher::Aes256Gcm);
    assert_eq!(entity(&payload).header.content_type().param("hp"), Some("cipher"));
}

#[test]
fn e_13_short_mails_are_all_of_one_length_when_padded() {
    let w = world();
    let long = [LETTER, &"One more line.\r\n".repeat(150)].concat();
    let lengths = [LETTER, &long].map(|mail| {
        let sealed = w.with(mail.as_bytes(), |s| s.encrypt_only().pad().finish().unwrap());
        let (payload, _) = decrypt(sealed.as_bytes(), &w.ring).unwrap();
        assert!(payload.ends_with(&mail.as_bytes()[mail.find("\r\n\r\n").unwrap()..]));
        assert_eq!(values(&payload, "Subject"), ["The plan"]);
        assert_eq!(payload.len(), 4096);
        assert!(sealed.facts().padding.is_some_and(|octets| octets < 4096));
        sealed.as_bytes().len()
    });
    assert_eq!(lengths[0], lengths[1]);
    // A signature covers the padding; what is not encrypted has none to hide.
    let sealed = w.with(LETTER.as_bytes(), |s| s.pad().finish().unwrap());
    assert_eq!(verify_clear(&decrypt(sealed.as_bytes(), &w.ring).unwrap().0).len(), 4096);
    let signed = w.with(LETTER.as_bytes(), |s| s.sign_only().pad().finish().unwrap());
    assert_eq!(signed.facts().padding, None);
}

#[test]
fn missing_date_and_message_id_are_made_before_they_are_protected() {
    let w = world();
    let sealed = w.seal("From: alice@example.org\r\nTo: bob@example.net\r\n\r\nHi\r\n").unwrap();
    assert_eq!(sealed.notes(), [SealNote::MadeDate, SealNote::MadeMessageId]);
    let payload = verify_clear(&decrypt(sealed.as_bytes(), &w.ring).unwrap().0);
    for name in ["Date", "Message-ID"] {
        assert_eq!(values(&payload, name), values(sealed.as_bytes(), name));
        assert_eq!(values(&payload, name).len(), 1, "{name}");
    }
    assert_eq!(values(&payload, "Date"), ["Mon, 23 Nov 2026 10:00:00 +0000"]);
    assert!(values(&payload, "Message-ID")[0].ends_with("@example.org>"));
}

#[test]
fn f_07_what_is_signed_is_seven_bit_in_lines_that_relays_leave_alone() {
    let w = world();
    let mail = format!(
        "From: Ålice <alice@example.org>\r\nTo: bob@example.net\r\nSubject: Grüße \r\nContent-Type: text/plain; \
         charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nFrom here: Grüße \r\n.\r\n{}\r\n",
        "x".repeat(2000)
    );
    let sealed = w.with(mail.as_bytes(), |s| s.sign_only().finish().unwrap());
    let payload = verify_clear(sealed.as_bytes());
    assert!(payload.is_ascii() && sealed.as_bytes().is_ascii());
    for line in text(&payload).split("\r\n") {
        assert!(
            line.len() <= 78 && !line.ends_with([' ', '\t']) && !line.starts_with("From ") && line != ".",
            "{line}"
        );
    }
    let header = entity(&payload).header;
    assert_eq!(header.transfer_encoding(), mime::TransferEncoding::QuotedPrintable);
    assert_eq!(header.get("Subject").unwrap().decoded(), "Grüße");
    assert_eq!(header.get("From").unwrap().decoded(), "Ålice <alice@example.org>");
}

#[test]
fn a_part_that_may_not_change_is_signed_opaque_if_it_is_not_seven_bit() {
    let w = world();
    let inner = "--s\r\nContent-Type: text/plain\r\n\r\nGrüße\r\n--s\r\nContent-Type: application/pkcs7-signature\r\n\
        \r\nAAAA\r\n--s--\r\n";
    let part = format!(
        "Content-Type: multipart/signed; boundary=s; protocol=\"application/pkcs7-signature\"; micalg=sha-256\r\n\r\n{inner}"
    );
    let mail = format!(
        "From: alice@example.org\r\nTo: bob@example.net\r\nDate: x\r\nMessage-ID: <2@x>\r\n\
         Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n{part}--m--\r\n"
    );
    let sealed = w.seal(&mail).unwrap();
    assert_eq!(sealed.notes(), [SealNote::SignedOpaque]);
    let payload = verify_opaque(&decrypt(sealed.as_bytes(), &w.ring).unwrap().0);
    assert!(text(&payload).ends_with(&format!("\r\n\r\n--m\r\n{part}--m--\r\n")));
    let only_signed = w.with(mail.as_bytes(), |s| s.sign_only().finish().unwrap());
    assert_eq!(verify_opaque(only_signed.as_bytes()).len() + 6, payload_length(&payload), "hp and HP-Outer apart");
    for damage in ["\0", "\r", "\n"] {
        let error = w.seal(mail.replace("Grüße", &format!("Grüße{damage}x"))).unwrap_err();
        assert!(matches!(error, SealError::Damaged), "{error}");
        assert_eq!(error.exit_code(), 41);
    }
}

/// Without HP-Outer, which only an encrypted payload has.
fn payload_length(payload: &[u8]) -> usize {
    let outer: usize = entity(payload).header.all("HP-Outer").map(|f| f.raw().len()).sum();
    payload.len() - outer + "clear".len()
}

#[test]
fn f_10_a_mail_that_is_sealed_is_sealed_again_as_it_is() {
    let w = world();
    let signed = w.with(LETTER.as_bytes(), |s| s.sign_only().finish().unwrap());
    let sealed = w.with(signed.as_bytes(), |s| s.encrypt_only().finish().unwrap());
    assert_eq!(sealed.notes(), [SealNote::NotSigned, SealNote::AlreadySealed]);
    assert_eq!(values(sealed.as_bytes(), "Subject"), ["The plan"], "nothing inside could give it back");
    let (inside, _) = decrypt(sealed.as_bytes(), &w.ring).unwrap();
    assert_eq!(entity(&inside).body, entity(signed.as_bytes()).body);
    assert_eq!(verify_clear(&inside), verify_clear(signed.as_bytes()));
    assert!(values(&inside, "HP-Outer").is_empty());

    let encrypted = w.seal(LETTER).unwrap();
    let again = w.with(encrypted.as_bytes(), |s| s.sign_only().finish().unwrap());
    let inside = verify_clear(again.as_bytes());
    assert_eq!(entity(&inside).body, entity(encrypted.as_bytes()).body);
    assert_eq!(entity(&inside).header.content_type().param("hp"), None);
}

#[test]
fn whoever_cannot_be_encrypted_to_is_named_with_the_reason_and_nothing_is_written() {
    let agreement = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_AGREEMENT;
    let mut w = world();
    let p256 = KeySpec::Ec(Curve::P256);
    let expired = make("old@example.net", p256, -1, agreement);
    let signer = make("sign@example.net", p256, 300, KeyUsage::DIGITAL_SIGNATURE);
    let stranger = person("stranger@example.net");
    let bad = person("bad@example.net");
    for p in [&expired, &signer, &bad] {
        w.ring.anchors.push(p.certificate.clone());
        w.ring.known.push(p.certificate.clone());
    }
    w.ring.known.push(stranger.certificate.clone());
    w.ring.distrusted.push(bad.certificate.clone());
    let to =
        "bob@example.net, old@example.net, sign@example.net, stranger@example.net, bad@example.net, no@example.net";
    let mail = LETTER.replace("Bob <bob@example.net>", to);
    let mut out = Vec::new();
    let error = w.with(mail.as_bytes(), |s| s.write_to(&mut out)).unwrap_err();
    assert!(out.is_empty());
    assert_eq!(error.exit_code(), 17);
    let SealError::Recipients(list) = &error else { panic!("{error}") };
    let named: Vec<String> = list.iter().map(|u| u.address.to_string()).collect();
    assert_eq!(
        named,
        ["old@example.net", "sign@example.net", "stranger@example.net", "bad@example.net", "no@example.net"]
    );
    let faults: Vec<Option<&PathError>> = list
        .iter()
        .map(|u| match &u.why {
            WhyUnusable::Refused { fault, .. } => Some(fault),
            _ => None,
        })
        .collect();
    assert!(matches!(faults[0], Some(PathError::Expired { .. })));
    assert!(matches!(faults[1], Some(PathError::WrongPurpose { .. })));
    assert!(matches!(faults[2], Some(PathError::NoIssuer { .. } | PathError::NotACa { .. })), "{:?}", faults[2]);
    assert!(faults[3].is_none() && faults[4].is_none());
    assert_eq!(error.to_string().lines().count(), 5);
    assert_eq!(error.hint().unwrap().lines().count(), 5);
    let trust_hint = error.hint().unwrap();
    assert!(trust_hint.lines().nth(2).unwrap().contains("sealpost cert trust "), "{trust_hint}");
    // The call of the happy path tells it as early as it can.
    let early = w.with(LETTER.as_bytes(), |s| s.encrypt_to(["no@example.net"]).map(|_| ()).unwrap_err());
    assert_eq!(early.exit_code(), 17);
    // A signature needs nobody's certificate but the signer's.
    w.with(mail.as_bytes(), |s| s.sign_only().finish()).unwrap();
}

#[test]
fn the_identity_is_the_from_address_and_can_sign() {
    let mut w = world();
    let mismatch = w.with(LETTER.as_bytes(), |s| s.sign_as("bob@example.net").unwrap().finish()).unwrap_err();
    assert!(matches!(mismatch, SealError::Refused(Refusal::FromMismatch { .. })));
    assert_eq!(mismatch.exit_code(), 2);
    w.with(LETTER.as_bytes(), |s| s.sign_as("ALICE@example.ORG").unwrap().finish()).unwrap();
    w.ring.locked = true;
    assert_eq!(w.seal(LETTER).unwrap_err().exit_code(), 67);
    w.ring.locked = false;
    w.ring.own.clear();
    w.ring.anchors.push(w.alice.certificate.clone());
    assert!(matches!(w.seal(LETTER).unwrap_err(), SealError::NoIdentity(_)));
    assert_eq!(w.seal(LETTER).unwrap_err().exit_code(), 79);
    let expired = make("alice@example.org", KeySpec::Ec(Curve::P256), -1, KeyUsage::DIGITAL_SIGNATURE);
    w.ring.own.push(expired.own.clone());
    let error = w.seal(LETTER).unwrap_err();
    assert!(matches!(error, SealError::CannotSign { fault: PathError::Expired { .. }, .. }), "{error}");
}

#[test]
fn a_long_mail_streams_and_comes_back_whole() {
    let w = world();
    let line = format!("{}\r\n", "All work and no play makes Jack a dull boy. ".repeat(20).trim_end());
    let body = line.repeat(4000);
    let sealed = w.seal(format!("{LETTER}{body}")).unwrap();
    let (inside, _) = decrypt(sealed.as_bytes(), &w.ring).unwrap();
    let payload = verify_clear(&inside);
    let inner = entity(&payload);
    assert_eq!(inner.header.transfer_encoding(), mime::TransferEncoding::QuotedPrintable);
    let mut back = Vec::new();
    let mut reader = mime::QuotedPrintableReader::new(inner.body.as_slice());
    std::io::Read::read_to_end(&mut reader, &mut back).unwrap();
    assert_eq!(text(&back), format!("Meet at noon.\r\n{body}"));
}

#[test]
fn no_truncation_of_a_mail_panics() {
    let w = world();
    let mail = LETTER.replace("Subject:", "Content-Type: multipart/mixed; boundary=b\r\nSubject:");
    for length in 0..mail.len() {
        let _ = w.with(&mail.as_bytes()[..length], |s| s.sign_only().finish());
    }
    for at in 0..mail.len() {
        let mut damaged = mail.clone().into_bytes();
        damaged[at] ^= 0x80;
        let _ = w.with(&damaged, |s| s.sign_only().finish());
    }
}

/// OpenSSL decrypts and verifies what is written.
#[test]
fn openssl_reads_what_is_sealed() {
    use std::process::Command;
    if Command::new("openssl").arg("version").output().is_err() {
        assert_ne!(std::env::var("SEALPOST_REQUIRE").as_deref(), Ok("all"), "openssl is not installed");
        println!("skipped, install openssl");
        return;
    }
    let w = world();
    let folder = std::env::temp_dir().join(format!("sealpost-seal-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let pem = |der: &[u8]| wire::pem::encode("CERTIFICATE", der);
    std::fs::write(path("alice.pem"), pem(w.alice.certificate.der())).unwrap();
    std::fs::write(path("bob.pem"), pem(w.bob.certificate.der())).unwrap();
    std::fs::write(path("bob.key"), wire::pem::encode("PRIVATE KEY", &w.bob.pkcs8)).unwrap();
    std::fs::write(path("sealed.eml"), w.seal(LETTER).unwrap().as_bytes()).unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new("openssl").arg("cms").args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let (cert, key) = (path("bob.pem"), path("bob.key"));
    let inside = run(&["-decrypt", "-in", &path("sealed.eml"), "-recip", &cert, "-inkey", &key]);
    std::fs::write(path("signed.eml"), &inside).unwrap();
    let at = NOW.0.to_string();
    let alice = path("alice.pem");
    let content = run(&["-verify", "-in", &path("signed.eml"), "-CAfile", &alice, "-attime", &at]);
    assert!(text(&content).ends_with("Meet at noon.\r\n"), "{}", text(&content));
    std::fs::remove_dir_all(&folder).unwrap();
}
