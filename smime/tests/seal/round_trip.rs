//! What is sealed at one desk is opened at another.

use std::io::Read;

use mime::Header;
use sealpost_smime::{Desk, Opened, Source};
use trust::Policy;

use crate::ring::{NOW, Person, Ring, person};

const LETTER: &str = "From: Alice <alice@example.org>\nTo: Bob <bob@example.net>\nSubject: The plan\nKeywords: secret\n\
    Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nGrüße um zwölf.\nFrom Alice \n";

struct Two {
    alice: Ring,
    bob: Ring,
    policy: Policy,
}

fn two() -> Two {
    let (alice, bob): (Person, Person) = (person("alice@example.org"), person("bob@example.net"));
    Two { alice: Ring::of(&alice, &[&bob]), bob: Ring::of(&bob, &[&alice]), policy: Policy::standard() }
}

fn released(opened: &Opened<'_>) -> (Header, String) {
    let mut mail = Vec::new();
    opened.mail().unwrap().read_to_end(&mut mail).unwrap();
    let mut rest = mail.as_slice();
    let header = Header::read(&mut rest, &mime::Limits::default()).unwrap();
    (header, String::from_utf8(rest.to_vec()).unwrap())
}

fn subject(header: &Header) -> String {
    header.get("Subject").unwrap().unfolded()
}

#[test]
fn both_the_recipient_and_the_sender_find_the_mail_verified_and_whole() {
    let two = two();
    let desk = Desk::new(&two.policy, &two.alice).at(NOW);
    let letter = LETTER.as_bytes();
    let sealed = desk.seal(&letter).sign_as("alice@example.org").unwrap().finish().unwrap();
    let opened = Desk::new(&two.policy, &two.bob).at(NOW).open(&sealed).unwrap();
    let report = opened.report();
    assert_eq!((report.verdict, report.confidentiality), ("verified", "authenticated"), "{:?}", report.findings);
    let (header, body) = released(&opened);
    assert_eq!(subject(&header), "The plan");
    assert_eq!(header.get("Keywords").unwrap().unfolded(), "secret");
    assert_eq!(header.count("HP-Outer"), 0);
    let mut plain = String::new();
    mime::Base64Reader::new(body.as_bytes()).read_to_string(&mut plain).unwrap();
    assert_eq!(plain.replace("\r\n", "\n"), "Grüße um zwölf.\nFrom Alice \n");
    // The sender's own copy: their certificate is no anchor of theirs, so only the words for it differ.
    let copy = Desk::new(&two.policy, &two.alice).at(NOW).open(&sealed).unwrap();
    assert_eq!(subject(&released(&copy).0), "The plan");
}

#[test]
fn a_signed_mail_that_is_encrypted_later_and_one_signed_twice_are_verified() {
    let two = two();
    let desk = Desk::new(&two.policy, &two.alice).at(NOW);
    let bob = Desk::new(&two.policy, &two.bob).at(NOW);
    let letter = LETTER.as_bytes();
    let signed = desk.seal(&letter).sign_only().finish().unwrap();
    let encrypted = desk.seal(&signed).encrypt_only().finish().unwrap();
    let twice = desk.seal(&encrypted).sign_only().finish().unwrap();
    let again = desk.seal(&signed).finish().unwrap();
    let all: [&dyn Source; 4] = [&signed, &encrypted, &twice, &again];
    for (number, mail) in all.into_iter().enumerate() {
        let opened = bob.open(mail).unwrap();
        assert_eq!(opened.report().verdict, "verified", "{number}: {:?}", opened.report().findings);
        assert_eq!(subject(&released(&opened).0), "The plan", "{number}");
    }
}

#[test]
fn a_mail_that_nobody_signed_is_unsigned_and_authenticated() {
    let two = two();
    let letter = LETTER.as_bytes();
    let sealed = Desk::new(&two.policy, &two.alice).at(NOW).seal(&letter).encrypt_only().finish().unwrap();
    let opened = Desk::new(&two.policy, &two.bob).at(NOW).open(&sealed).unwrap();
    assert_eq!((opened.report().verdict, opened.report().confidentiality), ("unsigned", "authenticated"));
    assert_eq!(subject(&released(&opened).0), "The plan");
}

#[test]
fn an_opaque_signature_is_verified_too() {
    let two = two();
    let letter = "From: alice@example.org\r\nTo: bob@example.net\r\nSubject: s\r\nContent-Type: multipart/encrypted; \
        boundary=b\r\n\r\n--b\r\n\r\nGrüße\r\n--b--\r\n";
    let letter = letter.as_bytes();
    let desk = Desk::new(&two.policy, &two.alice).at(NOW);
    for sealed in [desk.seal(&letter).finish().unwrap(), desk.seal(&letter).sign_only().finish().unwrap()] {
        let opened = Desk::new(&two.policy, &two.bob).at(NOW).open(&sealed).unwrap();
        assert_eq!(opened.report().verdict, "verified", "{:?}", opened.report().findings);
        assert!(released(&opened).1.contains("Grüße"));
    }
}

#[test]
fn every_changed_byte_of_a_signed_mail_is_seen() {
    let two = two();
    let letter = LETTER.as_bytes();
    let sealed = Desk::new(&two.policy, &two.alice).at(NOW).seal(&letter).sign_only().finish().unwrap();
    let bob = Desk::new(&two.policy, &two.bob).at(NOW);
    let whole = String::from_utf8(sealed.as_bytes().to_vec()).unwrap();
    // From the payload's header to the end of its body.
    let start = whole.find("\n--=_").unwrap() + 38;
    let end = whole.rfind("Content-Type: application/pkcs7-signature").unwrap();
    let start = start + whole[start..].find('\n').unwrap() + 1;
    let end = whole[..end].rfind("\n--=_").unwrap();
    for at in start..end {
        let mut damaged = whole.clone().into_bytes();
        damaged[at] ^= 1;
        let verdict = bob.open(&damaged).map(|o| o.report().verdict);
        assert!(!matches!(verdict, Ok("verified" | "unverified")), "byte {at}: {verdict:?}");
    }
}
