//! What is signed is the whole payload or it does not count (rows G-01 to G-10, X-08, X-10).

use crate::build::*;
use crate::ring::Person;
use crate::world;

#[test]
fn g_01_one_word_for_the_mail_from_its_envelope() {
    let w = world();
    let signed = clear("", PAYLOAD, &detached(PAYLOAD.as_bytes(), &[&w.alice]));
    for (mail, verdict, confidentiality, summary) in [
        (format!("{HEAD}{PAYLOAD}"), "unsigned", "none", "Not signed, not encrypted."),
        (format!("{HEAD}{signed}"), "verified", "none", "Signed by alice@example.org, not encrypted."),
        (sealed_mail(HEAD, PAYLOAD, GCM, &[&w.bob]), "unsigned", "authenticated", "Not signed, encrypted to you."),
        (sealed_mail(HEAD, PAYLOAD, CBC, &[&w.bob]), "unsigned", "unauthenticated", "Not signed, encrypted to you."),
        (
            sealed_mail(HEAD, &signed, CBC, &[&w.bob]),
            "verified",
            "authenticated",
            "Signed by alice@example.org, encrypted to you.",
        ),
    ] {
        let seen = open(&mail, &w.ring);
        assert_eq!((seen.verdict, seen.confidentiality), (verdict, confidentiality));
        assert_eq!(seen.report.summary, summary);
    }
}

/// Entities in which this part stands between two others, as Johnny's m1 to m4, EFAIL and Covert Content have it.
fn surrounded(deep: &str) -> Vec<String> {
    let around = |kind: &str| {
        format!(
            "Content-Type: multipart/{kind}; boundary=m\r\n\r\n--m\r\nContent-Type: text/html\r\n\r\n\
             <img src=\"http://example.com/\r\n--m\r\n{deep}\r\n--m\r\nContent-Type: text/html\r\n\r\n\">\r\n--m--\r\n"
        )
    };
    ["mixed", "related", "alternative"].map(around).to_vec()
}

/// This entity as Mallory's signed mail.
fn by_mallory(w: &crate::World, entity: &str) -> String {
    let outer = HEAD.replace("Alice <alice@example.org>", "mallory@example.com");
    clear(&outer, entity, &detached(entity.as_bytes(), &[&w.mallory]))
}

#[test]
fn g_03_signatures_within_a_payload_change_no_status() {
    let w = world();
    let signed = clear("", PAYLOAD, &detached(PAYLOAD.as_bytes(), &[&w.alice]));
    let signed = signed.replace("--b1", "--inner").replace("boundary=b1", "boundary=inner");
    for entity in surrounded(&signed) {
        let mail = format!("{HEAD}{entity}");
        let seen = open(&mail, &w.ring);
        assert_eq!((seen.verdict, seen.report.signers.len(), seen.text()), ("unsigned", 0, mail.as_str()));
        // Within something that Mallory signed, the mail is his, and Alice has no word in it.
        let seen = open(by_mallory(&w, &entity), &w.ring);
        assert_eq!((seen.verdict, seen.layers.len(), seen.report.signers.len()), ("verified", 1, 1));
        assert_eq!(seen.report.signers[0].addresses, ["mallory@example.com"]);
    }
}

#[test]
fn g_09_ciphertext_within_a_payload_is_not_opened() {
    let w = world();
    for cipher in [CBC, GCM] {
        let sealed = sealed_entity(PAYLOAD, cipher, &[&w.bob]);
        for entity in surrounded(&sealed) {
            let mail = format!("{HEAD}{entity}");
            let seen = open(&mail, &w.ring);
            assert_eq!((seen.verdict, seen.confidentiality, seen.text()), ("unsigned", "none", mail.as_str()));
            // Nor where Mallory signed what is around it.
            let seen = open(by_mallory(&w, &entity), &w.ring);
            assert_eq!((seen.verdict, seen.confidentiality, seen.layers.len()), ("verified", "none", 1));
            assert!(seen.text().contains(&sealed) && !seen.text().contains("noon"));
        }
    }
}

#[test]
fn g_05_a_signature_that_fails_hides_the_mail_and_not_the_reason() {
    let w = world();
    let mail = clear_mail(PAYLOAD, &[&w.alice]).replace("noon", "nine");
    let seen = open(mail, &w.ring);
    assert_eq!(seen.verdict, "broken");
    assert!(seen.report.summary.starts_with("BROKEN: the signature of alice@example.org fails"));
    assert!(seen.mail.is_err() && seen.broken.is_ok());
    let sealed = clear_mail(PAYLOAD, &[&w.alice]).replace("noon", "nine").replacen(HEAD, "", 1);
    for (cipher, given) in [(GCM, true), (CBC, false)] {
        let seen = open(sealed_mail(HEAD, &sealed, cipher, &[&w.bob]), &w.ring);
        assert_eq!(seen.verdict, "broken");
        assert!(seen.mail.is_err());
        assert_eq!(seen.broken.is_ok(), given, "what CBC gave is never shown broken");
    }
}

#[test]
fn g_10_text_around_the_signed_part_is_told_and_left_out() {
    let w = world();
    let good = clear_mail(PAYLOAD, &[&w.alice]);
    let before = good.replacen("\r\n\r\n--b1", "\r\n\r\nPay at once!\r\n--b1", 1);
    let after = format!("{good}Pay at once!\r\n");
    for mail in [before, after] {
        let seen = open(&mail, &w.ring);
        assert!(seen.has("unsigned-text"));
        assert!(!seen.text().contains("Pay at once!"));
        // Within CBC it cannot be used to smuggle anything out either: it is not part of the mail.
        let inner = mail.strip_prefix(HEAD).unwrap();
        let seen = open(sealed_mail(HEAD, inner, CBC, &[&w.bob]), &w.ring);
        assert!(!seen.text().contains("Pay at once!"));
    }
}

#[test]
fn x_10_structures_that_two_programs_read_differently_are_broken() {
    let w = world();
    let good = clear_mail(PAYLOAD, &[&w.alice]);
    let opaque = opaque_mail(PAYLOAD, &[&w.alice]);
    let twice = |mail: &str, field: &str| mail.replacen("MIME-Version", &format!("{field}\r\nMIME-Version"), 1);
    let parameter = |p: &str| good.replacen("boundary=b1", &format!("boundary=b1; {p}"), 1);
    for (mail, why) in [
        (twice(&good, "Content-Type: text/plain"), "plain first"),
        (twice(&good, "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b2"), "two"),
        (twice(&opaque, "Content-Type: text/html"), "html first"),
        (twice(&opaque, "Content-Transfer-Encoding: 7bit"), "two encodings"),
        (parameter("boundary=b2"), "two boundaries"),
        (parameter("BOUNDARY=\"b2\""), "two boundaries in another case"),
        (parameter("boundary*=us-ascii''b2"), "an encoded boundary"),
        (parameter("boundary*0=b; boundary*1=2"), "a boundary in pieces"),
        (parameter("protocol=\"application/pgp-signature\""), "two protocols"),
        (good.replacen("boundary=b1", "boundary=", 1), "no boundary"),
        (good.replacen("; boundary=b1", "", 1), "none at all"),
        (twice(&good, "Content-Transfer-Encoding: base64"), "an encoded multipart"),
        (twice(&good, "Content-Transfer-Encoding: quoted-printable"), "another encoded multipart"),
        (twice(&good, "Content-Transfer-Encoding: x-something"), "an unknown encoding"),
    ] {
        let seen = try_open(mail.as_bytes(), &w.ring);
        assert!(seen.as_ref().is_ok_and(|seen| seen.verdict == "broken" && seen.mail.is_err()), "{why}: {seen:?}");
    }
}

#[test]
fn x_10_what_is_only_a_comment_stays_one() {
    let w = world();
    let good = clear_mail(PAYLOAD, &[&w.alice]);
    for (from, to) in [
        ("Content-Type: multipart/signed;", "Content-Type: (a (nested) comment) multipart/signed ;"),
        ("boundary=b1", "boundary=b1 (boundary=b2)"),
        ("boundary=b1", "boundary=\"b\\1\""),
        ("boundary=b1", "charset=utf-8; boundary=\"b1\""),
        ("MIME-Version: 1.0", "MIME-Version: (x) 1.0\r\nContent-Transfer-Encoding: 7bit"),
        ("--b1\r\n", "--b1 \t \r\n"),
    ] {
        assert_eq!(open(good.replacen(from, to, 1), &w.ring).verdict, "verified", "{to}");
    }
}

#[test]
fn ess_01_a_signature_around_the_ciphertext_proves_nothing_about_who_wrote_what_is_within() {
    let w = world();
    let sealed = sealed_entity(PAYLOAD, CBC, &[&w.bob]);
    let seen = open(clear_mail(&sealed, &[&w.alice]), &w.ring);
    assert_eq!((seen.verdict, seen.confidentiality), ("unverified", "unauthenticated"));
    assert!(seen.has("signature-around-encryption"), "{seen:?}");
    let sealed = sealed_entity(PAYLOAD, GCM, &[&w.bob]);
    let seen = open(clear_mail(&sealed, &[&w.alice]), &w.ring);
    assert_eq!((seen.verdict, seen.confidentiality), ("unverified", "authenticated"));
    assert_eq!((seen.report.layers[0].verdict, seen.report.signers[0].layer), (Some("verified"), 0));
    // Every layer of encryption has to prove its content.
    let inner = sealed_entity(&sealed_entity(PAYLOAD, CBC, &[&w.bob]), GCM, &[&w.bob]);
    assert_eq!(open(format!("{HEAD}{inner}"), &w.ring).confidentiality, "unauthenticated");
    let inner = sealed_entity(&sealed_entity(PAYLOAD, GCM, &[&w.bob]), CBC, &[&w.bob]);
    assert_eq!(open(format!("{HEAD}{inner}"), &w.ring).confidentiality, "unauthenticated");
}

/// One word for each layer of a mail that is wrapped three times (RFC 2634 section 1.1), whoever made the layers.
#[test]
fn ess_01_each_layer_of_a_triple_wrap_is_judged_by_itself() {
    let w = world();
    let words = |seen: &Seen| {
        seen.report.layers.iter().map(|l| l.verdict.or(l.confidentiality).unwrap_or_default()).collect::<Vec<_>>()
    };
    let wrap = |inner: &Person, outer: &Person, cipher, opaque: bool| {
        let within = if opaque {
            opaque_mail(PAYLOAD, &[inner]).replace(HEAD, "")
        } else {
            clear_mail(PAYLOAD, &[inner]).replace(HEAD, "")
        };
        clear_mail(&sealed_entity(&within, cipher, &[&w.bob]), &[outer])
    };
    for (cipher, opaque) in [(GCM, false), (GCM, true), (CBC, false), (CBC, true)] {
        let seen = open(wrap(&w.alice, &w.alice, cipher, opaque), &w.ring);
        assert_eq!((seen.verdict, seen.confidentiality), ("verified", "authenticated"), "{seen:?}");
        assert_eq!(words(&seen), ["verified", "authenticated", "verified"]);
        assert_eq!(seen.report.signers.iter().map(|s| s.layer).collect::<Vec<_>>(), [0, 2]);
        // Who signs the outside, a list or a gateway, says nothing about the author, nor takes anything away.
        let seen = open(wrap(&w.alice, &w.mallory, cipher, opaque), &w.ring);
        assert_eq!((seen.verdict, words(&seen)), ("verified", vec!["unverified", "authenticated", "verified"]));
        // The sender's signature outside does not make somebody else's text the sender's.
        let seen = open(wrap(&w.mallory, &w.alice, cipher, opaque), &w.ring);
        assert_eq!((seen.verdict, words(&seen)), ("unverified", vec!["verified", "authenticated", "unverified"]));
    }
    // One changed octet of the ciphertext breaks the signature outside, and what is within as well.
    let mail = wrap(&w.alice, &w.alice, GCM, false);
    let (head, tail) = mail.split_at(mail.find("base64\r\n\r\n").unwrap() + 400);
    let changed = format!("{head}{}{}", if tail.starts_with('A') { 'B' } else { 'A' }, &tail[1..]);
    assert!(try_open(changed.as_bytes(), &w.ring).is_err());
}
