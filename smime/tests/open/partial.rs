//! Mails of which a part is signed: told apart, and never for the whole (rows G-03, G-10, X-08).

use crate::build::*;
use crate::world;

fn mixed(head: &str, parts: &[&str]) -> String {
    let parts: String = parts.iter().map(|part| format!("--m\r\n{part}\r\n")).collect();
    format!("{head}Content-Type: multipart/mixed; boundary=m\r\n\r\nno\r\n{parts}--m--\r\nno\r\n")
}

const FOOTER: &str = "Content-Type: text/plain\r\n\r\n_____\r\nOur list, https://list.example/\r\n";

#[test]
fn g_03_a_footer_of_a_list_leaves_what_was_signed_to_be_told() {
    let w = world();
    let clear = clear("", PAYLOAD, &detached(PAYLOAD.as_bytes(), &[&w.alice]));
    let opaque = smime("", "signed-data", &opaque(PAYLOAD.as_bytes(), &[&w.alice]));
    for (part, kind) in [(&clear, "multipart-signed"), (&opaque, "signed-data")] {
        let mail = mixed(HEAD, &[part, FOOTER]);
        let seen = open(&mail, &w.ring);
        assert_eq!((seen.verdict, seen.confidentiality, seen.text()), ("unsigned", "none", mail.as_str()));
        assert!(seen.report.layers.is_empty() && seen.report.signers.is_empty());
        let [found] = seen.report.parts.as_slice() else { panic!("{:?}", seen.report.parts) };
        assert_eq!((found.part, found.kind, found.verdict), (1, kind, "verified"));
        assert_eq!(found.signers[0].addresses, ["alice@example.org"]);
        let told = seen.report.findings.iter().find(|f| f.code == "partly-signed").unwrap();
        assert_eq!(told.text, "part 1 is signed by alice@example.org; what stands beside it is signed by nobody");
        // What is changed is broken, what somebody else signed is not the sender's, and neither is more than a part.
        let seen = open(mixed(HEAD, &[FOOTER, &part.replace("noon", "nine")]), &w.ring);
        let verdict = if kind == "multipart-signed" { "broken" } else { "verified" };
        assert_eq!((seen.verdict, seen.report.parts[0].part, seen.report.parts[0].verdict), ("unsigned", 2, verdict));
        let other = HEAD.replace("alice@example.org", "carol@example.org");
        assert_eq!(open(mixed(&other, &[part, FOOTER]), &w.ring).report.parts[0].verdict, "unverified");
    }
}

/// A part is looked at for its signature, and never opened for it.
#[test]
fn g_09_a_part_that_is_encrypted_is_no_signed_part() {
    let w = world();
    for cipher in [CBC, GCM] {
        let sealed = sealed_entity(PAYLOAD, cipher, &[&w.bob]);
        let around = clear("", &sealed, &detached(sealed.as_bytes(), &[&w.alice]));
        let signed = clear("", PAYLOAD, &detached(PAYLOAD.as_bytes(), &[&w.alice]));
        let within = sealed_entity(&signed, cipher, &[&w.bob]);
        for part in [&sealed, &around, &within] {
            let mail = mixed(HEAD, &[part, FOOTER]);
            let seen = open(&mail, &w.ring);
            assert_eq!((seen.verdict, seen.confidentiality, seen.report.parts.len()), ("unsigned", "none", 0));
            assert_eq!(seen.text(), mail);
        }
    }
}

#[test]
fn g_03_signed_parts_are_looked_for_nowhere_deeper() {
    let w = world();
    let signed = clear("", PAYLOAD, &detached(PAYLOAD.as_bytes(), &[&w.alice]));
    let deep =
        mixed("", &[&signed.replace("b1", "b2"), FOOTER]).replace("--m", "--n").replace("boundary=m", "boundary=n");
    for part in [&deep, &"Content-Type: multipart/signed\r\n\r\n".to_owned()] {
        let seen = open(mixed(HEAD, &[part, FOOTER]), &w.ring);
        assert_eq!((seen.verdict, seen.report.parts.len()), ("unsigned", 0), "{part}");
    }
    // Nor within what is encrypted or signed as a whole, nor in a structure that shows parts together.
    let mail = mixed("", &[&signed.replace("b1", "b2"), FOOTER]);
    assert!(open(sealed_mail(HEAD, &mail, GCM, &[&w.bob]), &w.ring).report.parts.is_empty());
    assert!(open(clear_mail(&mail, &[&w.mallory]), &w.ring).report.parts.is_empty());
    let related = mixed(HEAD, &[&signed, FOOTER]).replace("multipart/mixed", "multipart/related");
    assert!(open(related, &w.ring).report.parts.is_empty());
    // Many cost no more than a few.
    let many = vec![signed.as_str(); 40];
    assert_eq!(open(mixed(HEAD, &many), &w.ring).report.parts.len(), 4);
    // A From of its own makes a part nobody's but the mail's.
    let own = format!("From: mallory@example.com\r\n{signed}");
    assert_eq!(open(mixed(HEAD, &[&own]), &w.ring).report.parts[0].verdict, "verified");
    let two = HEAD.replace("From:", "From: mallory@example.com\r\nFrom:");
    assert_eq!(open(mixed(&two, &[&signed]), &w.ring).report.parts[0].verdict, "unverified");
}
