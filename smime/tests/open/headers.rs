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

/// The header of the payload's root, within what was encrypted or as it stands.
fn payload_root(entity: &str) -> String {
    let mut sections = entity.split("\r\n\r\n");
    format!("{}\r\n", sections.find(|section| section.contains("; hp=\"")).unwrap())
}

/// The fields of a header that is not folded, but for those of its structure, which may be.
fn fields_of(header: &str) -> impl Iterator<Item = &str> {
    let structural = |line: &&str| ["MIME-Version", "Content-", " "].iter().any(|start| line.starts_with(start));
    header.lines().filter(move |line| !structural(line))
}

#[test]
fn h_01_every_field_is_in_the_payload_and_comes_back() {
    let w = world();
    let writer = Ring::of(&w.alice, &[&w.bob]);
    let letter = LETTER.replace("Keywords", "X-Own: y\r\nReply-To: a@example.org\r\nComments: c\r\nKeywords");
    let (header, _) = letter.split_once("\r\n\r\n").unwrap();
    for (encrypt, protection) in [(true, "cipher"), (false, "clear")] {
        let sealed = seal(&letter, &writer, encrypt);
        let root = payload_root(&if encrypt { decrypted(&sealed, &w.bob) } else { sealed.clone() });
        for line in fields_of(header) {
            assert!(root.contains(&format!("{line}\r\n")), "{line}: {root}");
        }
        assert!(root.contains("Content-Type: text/plain"), "{root}");
        let seen = open(&sealed, &w.ring);
        assert_eq!((seen.verdict, seen.text()), ("verified", letter.as_str()));
        assert_eq!((seen.report.headers.protection, seen.report.headers.subject.as_str()), (protection, "The plan"));
        assert_eq!(seen.report.headers.to, ["bob@example.net"]);
    }
}

#[test]
fn h_03_each_field_outside_is_told_inside_and_believed_there_alone() {
    let w = world();
    let writer = Ring::of(&w.alice, &[&w.bob]);
    let letter = LETTER.replace("Keywords", "X-Link: http://example.org/\r\nKeywords");
    let sealed = seal(&letter, &writer, true);
    let (outside, _) = sealed.split_once("\r\n\r\n").unwrap();
    assert!(outside.contains("Subject: [...]") && !outside.contains("plan") && !outside.contains("Keywords"));
    let root = payload_root(&decrypted(&sealed, &w.bob));
    let told: Vec<&str> = root.lines().filter_map(|line| line.strip_prefix("HP-Outer: ")).collect();
    assert_eq!(told, fields_of(outside).collect::<Vec<_>>());
    assert!(!seal(&letter, &writer, false).contains("HP-Outer"), "not where nothing is encrypted");
    let state = |mail: &str, name: &str| {
        let seen = open(mail, &w.ring);
        assert!(seen.verdict == "verified" && !seen.text().contains("HP-Outer"), "{seen:?}");
        seen.report.headers.states.iter().find(|field| field.name == name).unwrap().state
    };
    assert_eq!(state(&sealed, "Subject"), "signed-and-encrypted");
    // The name ends at the first colon.
    assert_eq!(state(&sealed, "X-Link"), "signed-only");
    // Whoever says outside, or in a part, that something stood outside is not the sender.
    let lying = format!("HP-Outer: Subject: The plan\r\n{sealed}");
    assert_eq!(state(&lying, "Subject"), "signed-and-encrypted");
    let within = "From: alice@example.org\r\nSubject: The plan\r\nContent-Type: multipart/mixed; boundary=m; hp=cipher\r\n\
        HP-Outer: From: alice@example.org\r\n\r\n--m\r\nHP-Outer: Subject: The plan\r\n\r\nHello\r\n--m--\r\n";
    let signed = clear("", within, &detached(within.as_bytes(), &[&w.alice]));
    let seen = open(sealed_mail(HEAD, &signed, GCM, &[&w.bob]), &w.ring);
    let subject = seen.report.headers.states.iter().find(|field| field.value == "The plan").unwrap();
    assert_eq!((seen.verdict, subject.state), ("verified", "signed-and-encrypted"));
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
