//! Who is said to have written (rows B-01, B-03, G-11, X-09).

use crate::build::*;
use crate::ring::{Ring, person};
use crate::world;

fn with_head(head: &str, signer: &crate::Person) -> String {
    let head = format!("{head}Subject: Hello\r\nDate: Mon, 23 Nov 2026 09:59:00 +0000\r\nMIME-Version: 1.0\r\n");
    clear(&head, PAYLOAD, &detached(PAYLOAD.as_bytes(), &[signer]))
}

#[test]
fn b_01_the_certificate_names_the_from_address_and_no_other_field_does() {
    let w = world();
    for (head, verdict) in [
        ("From: alice@example.org\r\n", "verified"),
        ("From: mallory@example.com\r\n", "unverified"),
        ("From: mallory@example.com\r\nSender: alice@example.org\r\n", "unverified"),
        ("From: mallory@example.com\r\nReply-To: alice@example.org\r\n", "unverified"),
        ("From: alice@example.org.example.com\r\n", "unverified"),
        ("From: malice@example.org\r\n", "unverified"),
        ("From: alice@xexample.org\r\n", "unverified"),
        ("From: alice+x@example.org\r\n", "unverified"),
        ("Sender: alice@example.org\r\n", "unverified"),
    ] {
        assert_eq!(open(with_head(head, &w.alice), &w.ring).verdict, verdict, "{head}");
    }
}

#[test]
fn b_03_letter_case_does_not_matter() {
    let w = world();
    for from in ["ALICE@EXAMPLE.ORG", "Alice@Example.Org", "alice@example.ORG"] {
        let seen = open(with_head(&format!("From: {from}\r\n"), &w.alice), &w.ring);
        assert_eq!(seen.verdict, "verified", "{from}");
    }
}

/// None of these heads of a mail that Alice signed makes it hers.
fn nobody_s(heads: &[&str]) {
    let w = world();
    for head in heads {
        let seen = try_open(with_head(head, &w.alice).as_bytes(), &w.ring);
        assert!(seen.as_ref().map_or(true, |seen| seen.verdict == "unverified"), "{head:?} {seen:?}");
    }
}

#[test]
fn g_11_senders_that_can_be_understood_in_two_ways_are_not_verified() {
    nobody_s(&[
        "From: alice@example.org\r\nFrom: mallory@example.com\r\n",
        "From: mallory@example.com\r\nFrom: alice@example.org\r\n",
        "From: alice@example.org\r\nFrom: alice@example.org\r\n",
        "From: alice@example.org\r\nfrom : mallory@example.com\r\n",
        "From: alice@example.org, mallory@example.com\r\n",
        "From: mallory@example.com, alice@example.org\r\n",
        "From:\r\n",
        "From: <>\r\n",
        "From: alice\r\n",
        "From: alice@example.org <mallory@example.com>\r\n",
        "From: \"mallory@example.com\" <alice@example.org>\r\n",
        "From: mallory@example.com <alice@example.org>\r\n",
        "From: =?utf-8?q?mallory=40example.com?= <alice@example.org>\r\n",
        "From: =?utf-8?b?bWFsbG9yeUBleGFtcGxlLmNvbQ==?= <alice@example.org>\r\n",
        "From: \"mallory\u{ff20}example.com\" <alice@example.org>\r\n",
        "From: alice@example.org (mallory@example.com)\r\n",
        "From: (mallory@example.com) alice@example.org\r\n",
        "From: <alice@example.org> mallory@example.com\r\n",
        "From: alice@example.org\0@example.com\r\n",
        "From: alice@example.org\r\nSender: mallory@example.com\r\n",
    ]);
    // The address that was certified is told where it is another.
    let w = world();
    let seen = open(with_head("From: mallory@example.com\r\n", &w.alice), &w.ring);
    let told = seen.report.findings.iter().find(|f| f.code == "from-mismatch").unwrap();
    assert!(told.text.contains("alice@example.org") && told.text.contains("mallory@example.com"), "{}", told.text);
}

/// The head that [`with_head`] makes has one Subject, Date and Content-Type already.
#[test]
fn x_09_fields_that_stand_twice_are_not_verified() {
    nobody_s(&[
        "From: alice@example.org\r\nSubject: another\r\n",
        "From: alice@example.org\r\nDate: Mon, 23 Nov 2026 09:59:00 +0000\r\n",
        "From: alice@example.org\r\nMessage-ID: <1@x>\r\nMessage-ID: <2@x>\r\n",
        "From: alice@example.org\r\nX: a\rFrom: mallory@example.com\r\n",
    ]);
    let w = world();
    assert_eq!(
        open(with_head("From: alice@example.org\r\nX: another\r\nX: y\r\n", &w.alice), &w.ring).verdict,
        "verified"
    );
}

#[test]
fn g_11_names_that_show_no_other_address_do_no_harm() {
    let w = world();
    for head in [
        "From: \"Alice, Head of Things\" <alice@example.org>\r\n",
        "From: \"alice@example.org\" <alice@example.org>\r\n",
        "From: =?utf-8?q?Al=C3=ADce?= <alice@example.org>\r\n",
        "From: Alice (at work) <alice@example.org>\r\n",
        "From:\r\n Alice\r\n\t<alice@example.org>\r\n",
        "From: alice@example.org\r\nSender: Alice <ALICE@example.org>\r\n",
    ] {
        assert_eq!(open(with_head(head, &w.alice), &w.ring).verdict, "verified", "{head}");
    }
}

#[test]
fn x_09_a_payload_with_two_content_types_is_not_verified() {
    let w = world();
    for part in [
        "Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n<b>Hello</b>\r\n",
        "Content-Type: text/plain; charset=utf-8; charset=utf-7\r\n\r\nHello\r\n",
        "Content-Type: text/plain\r\nContent-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\nSGk=\r\n",
    ] {
        assert_eq!(open(clear_mail(part, &[&w.alice]), &w.ring).verdict, "unverified", "{part}");
    }
}

#[test]
fn x_11_certificates_that_nearly_name_the_sender_do_not() {
    let w = world();
    for named in ["alice@example.org.", "alice@EXAMPLE.ORG@example.com", "*@example.org", "example.org", ".example.org"]
    {
        let odd = person(named);
        let seen = open(with_head("From: alice@example.org\r\n", &odd), &Ring::of(&w.bob, &[&odd]));
        assert_eq!(seen.verdict, "unverified", "{named}");
    }
}

#[test]
fn h_10_an_inner_from_that_is_not_the_outer_one_is_told() {
    let w = world();
    let inner = "From: alice@example.org\r\nSubject: Real\r\nContent-Type: text/plain; hp=\"cipher\"\r\n\r\nHello\r\n";
    let outer = "From: mallory@example.com\r\nSubject: [...]\r\nMIME-Version: 1.0\r\n";
    let seen = open(sealed_mail(outer, inner, GCM, &[&w.bob]), &w.ring);
    assert_eq!(seen.verdict, "unsigned");
    assert!(seen.has("header-differs"));
    assert!(seen.report.findings.iter().any(|f| f.text.contains("mallory@example.com") && f.text.contains("alice@")));
}

#[test]
fn x_26_names_that_would_move_a_cursor_do_not() {
    let w = world();
    let odd = person("\u{1b}[2J\r\nverified\u{7}");
    let ring = Ring::of(&w.bob, &[&odd]);
    for head in
        ["From: alice@example.org\r\n", "From: \"\u{1b}[2J\"@example.org\r\n", "From: \u{1b}[2J <a@b.example>\r\n"]
    {
        let report = open(with_head(head, &odd), &ring).report;
        let mut all = vec![report.summary, report.headers.from, report.headers.subject];
        all.extend(report.findings.into_iter().flat_map(|f| [f.text, f.hint]));
        all.extend(report.signers.into_iter().flat_map(|s| s.addresses));
        for text in all {
            assert!(!text.contains(char::is_control), "{text:?}");
        }
    }
}
