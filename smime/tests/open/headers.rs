//! The protected header is given back (rows H-01 to H-03, H-08 to H-10, X-24).

use sealpost_smime::Desk;
use trust::Policy;

use crate::build::*;
use crate::ring::{NOW, Ring};
use crate::world;

const LETTER: &str = "From: Alice <alice@example.org>\r\nTo: Bob <bob@example.net>\r\nSubject: The plan\r\n\
    Date: Mon, 23 Nov 2026 09:59:00 +0000\r\nMessage-ID: <1@example.org>\r\nKeywords: secret\r\nMIME-Version: 1.0\r\n\
    Content-Type: text/plain; charset=\"utf-8\"\r\n\r\nMeet at noon.\r\n";

fn seal(letter: &str, ring: &Ring, encrypt: bool) -> String {
    let policy = Policy::standard();
    let letter = letter.as_bytes();
    let sealing = Desk::new(&policy, ring).at(NOW).seal(&letter);
    let sealed = if encrypt { sealing.finish() } else { sealing.sign_only().finish() }.unwrap();
    String::from_utf8(sealed.as_bytes().to_vec()).unwrap()
}

#[test]
fn h_01_h_03_what_was_hidden_outside_is_given_back() {
    let w = world();
    let writer = Ring::of(&w.alice, &[&w.bob]);
    let sealed = seal(LETTER, &writer, true);
    assert!(sealed.contains("Subject: [...]") && !sealed.contains("plan"));
    let seen = open(&sealed, &w.ring);
    assert_eq!((seen.verdict, seen.confidentiality), ("verified", "authenticated"));
    assert_eq!(seen.report.headers.protection, "cipher");
    assert_eq!(seen.report.headers.subject, "The plan");
    assert_eq!(seen.report.headers.to, ["bob@example.net"]);
    assert_eq!(seen.text(), LETTER);
}

#[test]
fn h_08_what_stands_only_outside_is_not_shown() {
    let w = world();
    let writer = Ring::of(&w.alice, &[&w.bob]);
    for encrypt in [true, false] {
        let sealed = seal(LETTER, &writer, encrypt);
        let outside = "Received: from relay\r\nList-Id: <friends>\r\nReply-To: mallory@example.com\r\nCc: mallory@example.com\r\n\
            Subject: Pay mallory\r\nFrom: mallory@example.com\r\nBcc: x@example.com\r\nX-Spam: no\r\n";
        let seen = open(format!("{outside}{sealed}"), &w.ring);
        assert_eq!(seen.verdict, "verified");
        assert_eq!(seen.text(), format!("Received: from relay\r\nList-Id: <friends>\r\n{LETTER}"));
        assert_eq!(seen.report.headers.subject, "The plan");
    }
}

#[test]
fn h_02_hp_counts_at_the_payload_and_nowhere_else() {
    let w = world();
    // At a layer's own Content-Type it says nothing.
    let mail = clear_mail(PAYLOAD, &[&w.alice]).replacen("boundary=b1", "boundary=b1; hp=clear", 1);
    assert_eq!(open(mail, &w.ring).report.headers.protection, "none");
    // Nor at a mail without any layer, nor deeper than the payload.
    let plain = format!("{HEAD}Content-Type: text/plain; hp=\"clear\"\r\n\r\nHello\r\n");
    let seen = open(&plain, &w.ring);
    assert_eq!((seen.report.headers.protection, seen.text()), ("none", plain.as_str()));
    let deep = "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nSubject: Deep\r\n\
        Content-Type: text/plain; hp=\"clear\"\r\n\r\nHello\r\n--m--\r\n";
    let seen = open(clear_mail(deep, &[&w.alice]), &w.ring);
    assert_eq!((seen.report.headers.protection, seen.report.headers.subject.as_str()), ("none", "Hello"));
}

#[test]
fn x_24_cipher_said_of_a_mail_that_is_not_encrypted_is_false() {
    let w = world();
    let part = "From: alice@example.org\r\nSubject: Inside\r\nContent-Type: text/plain; hp=\"cipher\"\r\n\r\nHello\r\n";
    let seen = open(clear_mail(part, &[&w.alice]), &w.ring);
    assert_eq!((seen.verdict, seen.report.headers.protection), ("verified", "clear"));
    assert!(seen.has("header-protection-false"));
    // Encryption that was added on the way hides nothing that the sender hid (H-09).
    let part = part.replace("cipher", "clear");
    let inner = clear("", &part, &detached(part.as_bytes(), &[&w.alice]));
    let seen = open(sealed_mail(HEAD, &inner, GCM, &[&w.bob]), &w.ring);
    assert_eq!((seen.verdict, seen.report.headers.protection), ("verified", "clear"));
}

#[test]
fn h_08_the_protected_from_is_the_one_that_is_judged() {
    let w = world();
    // Outside it says Alice; what Mallory signed says Mallory, or the other way round.
    let part = |from: &str| format!("From: {from}\r\nContent-Type: text/plain; hp=\"clear\"\r\n\r\nHello\r\n");
    let mallory = part("mallory@example.com");
    let seen = open(clear(HEAD, &mallory, &detached(mallory.as_bytes(), &[&w.mallory])), &w.ring);
    assert_eq!(seen.verdict, "verified");
    assert!(seen.text().starts_with("From: mallory@example.com\r\n") && !seen.text().contains("alice"));
    assert!(seen.has("header-differs"));
    let alice = part("alice@example.org");
    let seen = open(clear(HEAD, &alice, &detached(alice.as_bytes(), &[&w.mallory])), &w.ring);
    assert_eq!(seen.verdict, "unverified");
    // A protected header without From does not borrow the outer one.
    let nobody = "Subject: x\r\nContent-Type: text/plain; hp=\"clear\"\r\n\r\nHello\r\n";
    let seen = open(clear_mail(nobody, &[&w.alice]), &w.ring);
    assert_eq!(seen.verdict, "unverified");
    assert!(!seen.text().contains("From:"));
}

#[test]
fn x_09_fields_that_stand_twice_inside_are_not_verified() {
    let w = world();
    for twice in ["From", "Subject", "Date", "Message-ID", "To", "Reply-To"] {
        let value = if twice == "Date" { "Mon, 23 Nov 2026 09:59:00 +0000" } else { "alice@example.org" };
        let from = if twice == "From" { "" } else { "From: alice@example.org\r\n" };
        let part = format!(
            "{from}{twice}: {value}\r\n{twice}: {value}\r\nContent-Type: text/plain; hp=clear\r\n\r\nHello\r\n"
        );
        let seen = open(clear_mail(&part, &[&w.alice]), &w.ring);
        assert_eq!(seen.verdict, "unverified", "{twice}");
    }
}

#[test]
fn h_09_without_protection_the_outer_header_is_given_out_and_said_to_be_unprotected() {
    let w = world();
    // Fields inside without hp are not the mail's header: nobody meant them to be.
    let part = "From: mallory@example.com\r\nSubject: Inside\r\nContent-Type: text/plain\r\n\r\nHello\r\n";
    let seen = open(clear_mail(part, &[&w.alice]), &w.ring);
    assert_eq!((seen.verdict, seen.report.headers.protection), ("verified", "none"));
    assert_eq!(seen.report.headers.subject, "Hello");
    assert!(!seen.text().contains("mallory") && !seen.text().contains("Inside"));
    assert!(seen.has("header-unprotected"));
}

#[test]
fn x_26_a_field_cannot_begin_another() {
    let w = world();
    for part in [
        "From: alice@example.org\r\nSubject: a\rBcc: mallory@example.com\r\nContent-Type: text/plain; hp=clear\r\n\r\nHello\r\n",
        "From: alice@example.org\r\nSubject: a\nBcc: mallory@example.com\r\nContent-Type: text/plain; hp=clear\r\n\r\nHello\r\n",
    ] {
        for mail in [clear_mail(part, &[&w.alice]), opaque_mail(part, &[&w.alice])] {
            assert_eq!(open(mail, &w.ring).verdict, "broken");
        }
    }
    let part = "From: alice@example.org\r\nSubject: =?utf-8?q?a=0D=0ABcc:_x?=\r\nContent-Type: text/plain; hp=clear\r\n\r\nHello\r\n";
    let seen = open(clear_mail(part, &[&w.alice]), &w.ring);
    assert!(!seen.report.headers.subject.contains(['\r', '\n']) && !seen.text().contains("\nBcc"));
}

#[test]
fn x_26_a_lone_cr_does_not_leave_the_mail_as_a_line_end() {
    let w = world();
    let part = "From: alice@example.org\r\nSubject: a\rBcc: mallory@example.com\r\nContent-Type: text/plain; hp=cipher\r\n\r\nHello\r\n";
    let seen = open(sealed_mail(HEAD, part, GCM, &[&w.bob]), &w.ring);
    assert!(seen.text().contains("Subject: a Bcc: mallory@example.com\r\n"), "{:?}", seen.mail);
    let outer = format!("X: a\rFrom: mallory@example.com\r\n{HEAD}");
    let seen = open(sealed_mail(&outer, PAYLOAD, GCM, &[&w.bob]), &w.ring);
    assert!(seen.text().starts_with("X: a From: mallory@example.com\r\n"));
}
