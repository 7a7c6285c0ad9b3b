//! `cms verify` and `cms decrypt`, attacked: what they give out is what was signed or encrypted (item 15).

use cms::{KeyList, OwnKey};
use crypto::SystemRandom;
use sealpost_smime::stateless::{Structures, Trust, VerifyRequest, decrypt, fuzz_structures, inspect, verify};
use sealpost_smime::{Mail, OpenError, Source};
use trust::Policy;

use crate::build::*;
use crate::forms::tnef;
use crate::ring::{NOW, Person};
use crate::{World, world};

const CONTENT: &[u8] = b"Content-Type: text/plain\r\n\r\nPay ten to Bob.\r\n";

fn read(mail: Result<Mail<'_>, OpenError>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    std::io::Read::read_to_end(&mut mail.ok()?, &mut out).ok()?;
    Some(out)
}

/// What exit 0 would have written.
fn verified(message: &[u8], content: Option<&[u8]>, trust: Trust) -> Option<Vec<u8>> {
    let policy = Policy::standard();
    let request =
        VerifyRequest { policy: &policy, now: NOW, trust, certificates: Vec::new(), without_attributes: false };
    let content = content.as_ref().map(|content| content as &dyn Source);
    let verified = verify(&message, content, request, &mut SystemRandom).ok()?;
    let given = read(verified.content());
    assert_eq!(given.is_some(), verified.is_accepted());
    given
}

fn decrypted(message: &[u8], person: &Person) -> Option<Vec<u8>> {
    let own = OwnKey {
        name: person.own.name.clone(),
        certificate: person.own.certificate.clone(),
        key: person.own.key.clone(),
    };
    let keys = KeyList::new(vec![own]);
    let policy = Policy::standard();
    decrypt(&message, &keys, cms::Permit::new(&policy, NOW), &mut SystemRandom)
        .ok()
        .and_then(|decrypted| read(decrypted.content()))
}

/// Every way in which a message is damaged here.
fn damages(message: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..message.len()).flat_map(|at| {
        let mut changed = message.to_vec();
        changed[at] ^= [1, 0x20, 0x80][at % 3];
        let doubled = [&message[..=at], &message[at..]].concat();
        let removed = [&message[..at], &message[at + 1..]].concat();
        [message[..at].to_vec(), changed, doubled, removed]
    })
}

#[test]
fn verify_gives_out_nothing_but_what_was_signed() {
    let w = world();
    let der = opaque(CONTENT, &[&w.alice]);
    let pem = wire::pem::encode("CMS", &der).into_bytes();
    let part = std::str::from_utf8(CONTENT).unwrap();
    let mail = clear_mail(part, &[&w.alice]).into_bytes();
    let trust = || Trust::Anchors(vec![w.alice.certificate.clone()]);
    for message in [der.clone(), pem, mail] {
        assert_eq!(verified(&message, None, trust()).as_deref(), Some(CONTENT));
        for (n, damaged) in damages(&message).enumerate() {
            for trust in [trust(), Trust::Anybody] {
                let given = verified(&damaged, None, trust);
                assert!(given.is_none_or(|given| given == CONTENT), "damage {n}");
            }
        }
    }
    let signature = detached(CONTENT, &[&w.alice]);
    assert_eq!(verified(&signature, Some(CONTENT), trust()).as_deref(), Some(CONTENT));
    assert_eq!(verified(&signature, None, trust()), None);
    assert_eq!(verified(&der, Some(CONTENT), trust()), None, "two contents");
    for damaged in damages(&signature) {
        assert!(verified(&damaged, Some(CONTENT), trust()).is_none_or(|given| given == CONTENT));
    }
    for damaged in damages(CONTENT) {
        assert!(damaged == CONTENT || verified(&signature, Some(&damaged), trust()).is_none());
    }
}

#[test]
fn decrypt_gives_out_nothing_of_an_aead_but_what_was_encrypted() {
    let w = world();
    let der = sealed(CONTENT, GCM, &[&w.bob]);
    for message in [der.clone(), wire::pem::encode("CMS", &der).into_bytes(), smime(HEAD, "x", &der).into_bytes()] {
        assert_eq!(decrypted(&message, &w.bob).as_deref(), Some(CONTENT));
        for (n, damaged) in damages(&message).enumerate() {
            assert!(decrypted(&damaged, &w.bob).is_none_or(|given| given == CONTENT), "damage {n}");
        }
    }
    assert_eq!(decrypted(&der, &w.alice), None);
}

/// The forms of one structure that every verb reads.
fn forms(w: &World, cms: &[u8]) -> Vec<Vec<u8>> {
    let pem = wire::pem::encode("PKCS7", cms);
    let certificate = wire::pem::encode("CERTIFICATE", w.alice.certificate.der());
    let mail = smime(HEAD, "signed-data", cms);
    let stream = tnef("IPM.Note.SMIME\0", &[("smime.p7m\0", cms)]);
    let winmail = "Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    let forwarded = "From: mallory@example.com\r\nContent-Type: message/rfc822\r\n\r\n";
    let texts = [
        base64(cms),
        base64(cms).replace("\r\n", ""),
        format!("\n{pem}"),
        format!("Certificate:\n    Data:\n{certificate}text\n{pem}"),
        format!("{forwarded}{mail}"),
        format!("{HEAD}{winmail}{}", base64(&stream)),
        format!(
            "{HEAD}Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nhi\r\n--m\r\n{winmail}{}--m--\r\n",
            base64(&stream)
        ),
        mail,
    ];
    let texts = texts.into_iter().map(String::into_bytes);
    texts.chain([cms.to_vec(), stream]).collect()
}

#[test]
fn f_13_every_form_is_read_by_every_verb() {
    let w = world();
    let trust = || Trust::Anchors(vec![w.alice.certificate.clone()]);
    let kind = |file: &Vec<u8>| Structures::new(file).unwrap().advance().unwrap().map(|found| found.kind);
    for (number, file) in forms(&w, &opaque(CONTENT, &[&w.alice])).iter().enumerate() {
        assert_eq!(verified(file, None, trust()).as_deref(), Some(CONTENT), "{number}");
        assert_eq!(inspect(file).unwrap().kind, "signed-data", "{number}");
        assert_eq!(kind(file), Some(if number == 3 { "certificate" } else { "cms" }), "{number}");
    }
    for (number, file) in forms(&w, &sealed(CONTENT, GCM, &[&w.bob])).iter().enumerate() {
        assert_eq!(decrypted(file, &w.bob).as_deref(), Some(CONTENT), "{number}");
        assert_eq!(inspect(file).unwrap().kind, "auth-enveloped-data", "{number}");
    }
    let signature = detached(CONTENT, &[&w.alice]);
    for (number, file) in forms(&w, &signature).iter().enumerate() {
        assert_eq!(verified(file, Some(CONTENT), trust()).as_deref(), Some(CONTENT), "{number}");
        assert_eq!(verified(file, Some(b"other"), trust()), None, "{number}");
    }
    // A clear-signed mail, forwarded or in a TNEF stream.
    let part = std::str::from_utf8(CONTENT).unwrap();
    let clear = clear_mail(part, &[&w.alice]);
    let entity = clear.replacen(HEAD, "", 1);
    let stream = tnef("IPM.Note.SMIME.MultipartSigned\0", &[("smime.p7m\0", entity.as_bytes())]);
    for file in [format!("From: a@b.c\r\nContent-Type: message/rfc822\r\n\r\n{clear}").into_bytes(), stream] {
        assert_eq!(verified(&file, None, trust()).as_deref(), Some(CONTENT));
        assert_eq!(inspect(&file).unwrap().kind, "multipart-signed");
        assert_eq!(kind(&file), Some("cms"));
    }
}

/// Damage in what stands around a structure, and in how it is written, releases nothing else (promise 2).
#[test]
fn damaged_forms_give_out_nothing_but_what_was_signed() {
    let w = world();
    let files = forms(&w, &opaque(CONTENT, &[&w.alice]));
    for file in files.iter().filter(|file| file.len() < 4000) {
        for (n, damaged) in damages(file).enumerate().filter(|(n, _)| n % 5 == 0) {
            let given = verified(&damaged, None, Trust::Anybody);
            assert!(given.is_none_or(|given| given == CONTENT), "damage {n}");
            fuzz_structures(&damaged);
        }
    }
}

#[test]
fn cms_08_nothing_follows_a_message() {
    let w = world();
    let more = |der: &[u8], tail: &[u8]| [der, tail].concat();
    let signed = opaque(CONTENT, &[&w.alice]);
    let encrypted = sealed(CONTENT, GCM, &[&w.bob]);
    for tail in [&b"x"[..], b"\0", b"\0\0", &signed, &encrypted] {
        assert_eq!(verified(&more(&signed, tail), None, Trust::Anybody), None);
        assert_eq!(decrypted(&more(&encrypted, tail), &w.bob), None);
        let seen = try_open(smime(HEAD, "signed-data", &more(&signed, tail)).as_bytes(), &w.ring);
        assert!(seen.is_err());
    }
}

#[test]
fn v_01_verify_wants_a_signer() {
    let w = world();
    assert_eq!(verified(&Forge::of(CONTENT).to_der(), None, Trust::Anybody), None);
    let mut crowd = Forge::of(CONTENT);
    crowd.certificates = vec![w.alice.certificate.clone(), w.bob.certificate.clone()];
    assert_eq!(verified(&crowd.to_der(), None, Trust::Anybody), None);
    let detached = Forge { content: None, ..crowd }.to_der();
    assert_eq!(verified(&detached, Some(CONTENT), Trust::Anybody), None);
}

/// Whether it is accepted by anybody who asks for no signed attributes.
fn accepted_without_attributes(message: &[u8]) -> bool {
    let policy = Policy::standard();
    let request = VerifyRequest {
        policy: &policy,
        now: NOW,
        trust: Trust::Anybody,
        certificates: Vec::new(),
        without_attributes: true,
    };
    verify(&message, None, request, &mut SystemRandom).is_ok_and(|v| v.is_accepted())
}

#[test]
fn v_07_verify_wants_attributes_unless_it_is_told_otherwise() {
    let w = world();
    let bare = Forge::of(CONTENT).signed_by(&w.alice, bare_info(&w.alice, CONTENT)).to_der();
    assert_eq!(verified(&bare, None, Trust::Anybody), None);
    assert!(accepted_without_attributes(&bare));
}

/// The attributes of another signature as a content, even where none are asked for.
#[test]
fn x_05_verify_takes_no_attributes_for_a_content() {
    let w = world();
    let attributes = wire::cms::SignedAttributes::new(attributes(CONTENT));
    let swapped = Forge::of(attributes.der()).signed_by(&w.alice, bare_info(&w.alice, attributes.der())).to_der();
    assert!(!accepted_without_attributes(&swapped));
}

#[test]
fn nobody_is_believed_who_leads_to_no_anchor() {
    let w = world();
    let good = opaque(CONTENT, &[&w.alice]);
    assert_eq!(verified(&good, None, Trust::Anchors(vec![w.mallory.certificate.clone()])), None);
    assert_eq!(verified(&good, None, Trust::Anchors(Vec::new())), None);
}
