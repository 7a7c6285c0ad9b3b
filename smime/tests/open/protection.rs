//! Header protection as RFC 9788 has it, and what came before it (rows H-06 to H-14, X-21, X-23, X-24).

use cms::Source;
use sealpost_smime::{Desk, Refusal, Response, SealError, SealNote, Sealing};
use trust::{Address, HeaderConfidentiality, Policy};

use crate::build::*;
use crate::ring::{NOW, Ring};
use crate::world;

const LETTER: &str = "From: Alice <alice@example.org>\r\nTo: Bob <bob@example.net>\r\nSubject: The \"plan\" & <more>\r\n\
    Date: Mon, 23 Nov 2026 10:59:00 +0100\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/alternative; boundary=\"a\"\r\n\r\n--a\r\nContent-Type: text/plain; charset=\"utf-8\"\r\n\r\n\
    Meet at noon.\r\n--a\r\nContent-Type: text/html; charset=\"utf-8\"\r\n\r\n<body><p>Meet at noon.</p></body>\r\n--a--\r\n";

fn seal(
    letter: &str,
    ring: &Ring,
    how: impl FnOnce(Sealing<'_>) -> Sealing<'_>,
) -> Result<(String, Vec<SealNote>), SealError> {
    let policy = Policy::standard();
    let letter = letter.as_bytes();
    let sealed = how(Desk::new(&policy, ring).at(NOW).seal(&letter as &dyn Source)).finish()?;
    Ok((String::from_utf8(sealed.as_bytes().to_vec()).unwrap(), sealed.notes().to_vec()))
}

fn states(seen: &Seen) -> Vec<(String, &'static str)> {
    seen.report.headers.states.iter().map(|field| (field.name.clone(), field.state)).collect()
}

/// What a program that knows no header protection shows its user.
#[test]
fn h_06_what_is_hidden_is_repeated_in_the_text() {
    let w = world();
    let writer = Ring::of(&w.alice, &[&w.bob]);
    let (sealed, notes) = seal(LETTER, &writer, |s| s.legacy_display()).unwrap();
    assert!(!notes.contains(&SealNote::NoLegacyDisplay) && !sealed.contains("plan"));
    let inside = decrypted(&sealed, &w.bob);
    for element in [
        "text/plain; charset=\"utf-8\"; hp-legacy-display=\"1\"\r\n\r\nSubject: The \"plan\" & <more>\r\n\r\nMeet at noon.\r\n",
        "text/html; charset=\"utf-8\"; hp-legacy-display=\"1\"\r\n\r\n<body><div class=\"header-protection-legacy-display\">\r\n\
         <pre>Subject: The &quot;plan&quot; &amp; &lt;more&gt;</pre>\r\n</div><p>Meet at noon.</p></body>\r\n",
    ] {
        assert!(inside.contains(element), "{element}: {inside}");
    }
    // What is signed only has nothing to repeat, and what has no text gets none.
    let (signed, _) = seal(LETTER, &writer, |s| s.legacy_display().sign_only()).unwrap();
    assert!(!signed.contains("hp-legacy-display"));
    let image = LETTER.replace("multipart/alternative; boundary=\"a\"", "image/png");
    let (_, notes) = seal(&image, &writer, |s| s.legacy_display()).unwrap();
    assert!(notes.contains(&SealNote::NoLegacyDisplay));
}

/// What a program shows that does know it: the mail as it was written.
#[test]
fn h_07_what_was_repeated_is_taken_out_again() {
    let w = world();
    let writer = Ring::of(&w.alice, &[&w.bob]);
    let (sealed, _) = seal(LETTER, &writer, |s| s.legacy_display()).unwrap();
    let seen = open(&sealed, &w.ring);
    assert_eq!((seen.verdict, seen.text()), ("verified", LETTER), "{seen:?}");
    // Lines of LF, text in one part, in every encoding, and with characters that ASCII has not.
    for (encoding, body) in [("7bit", "Meet.\n"), ("base64", "TWVldC4K\n"), ("quoted-printable", "Meet=2E\n")] {
        let letter = format!(
            "From: alice@example.org\nTo: bob@example.net\nSubject: =?utf-8?q?caf=C3=A9?=\nDate: Mon, 23 Nov 2026 09:59:00 +0000\n\
             Message-ID: <1@example.org>\nMIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: {encoding}\n\n{body}"
        );
        let (sealed, _) = seal(&letter, &writer, |s| s.legacy_display()).unwrap();
        let seen = open(&sealed, &w.ring);
        let body = seen.text().split_once("\n\n").unwrap().1;
        assert_eq!(seen.verdict, "verified");
        assert!(["Meet.\n", "TWVldC4K\n", "TWVldC4NCg==\n"].contains(&body), "{encoding}: {body:?}");
    }
}

#[test]
fn x_23_text_that_says_it_is_only_a_copy_is_hidden_inside_of_encryption_alone() {
    let w = world();
    let part = "Content-Type: text/plain; hp-legacy-display=1\r\n\r\nTransfer: nothing\r\n\r\nPay me.\r\n";
    let hidden = |mail: String| !open(mail, &w.ring).text().contains("Transfer: nothing");
    assert!(!hidden(format!("{HEAD}{part}")));
    assert!(!hidden(clear_mail(part, &[&w.alice])));
    assert!(!hidden(opaque_mail(part, &[&w.alice])));
    let signed = clear("", part, &detached(part.as_bytes(), &[&w.alice]));
    assert!(hidden(sealed_mail(HEAD, &signed, GCM, &[&w.bob])));
    assert!(hidden(sealed_mail(HEAD, part, CBC, &[&w.bob])));
    // A mail that is attached is somebody else's, and so is a part that is signed by itself.
    let attached = format!(
        "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: message/rfc822\r\n\r\n{part}\r\n--m--\r\n"
    );
    assert!(!hidden(sealed_mail(HEAD, &attached, GCM, &[&w.bob])));
    let within = format!("Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n{signed}\r\n--m--\r\n");
    assert!(!hidden(sealed_mail(HEAD, &within, GCM, &[&w.bob])));
}

/// What stands outside of a mail by each policy, without the structure.
#[test]
fn h_04_the_policies_hide_what_they_name_and_no_more() {
    let w = world();
    let writer = Ring::of(&w.alice, &[&w.bob]);
    let letter = LETTER.replace("Message-ID", "Keywords: k\r\nComments: c\r\nMessage-ID");
    let outside = |sealed: &str| {
        let (header, _) = sealed.split_once("\r\n\r\n").unwrap();
        let structural = |line: &&str| ["MIME", "Content-", " "].iter().any(|start| line.starts_with(start));
        header.lines().filter(|line| !structural(line)).collect::<Vec<_>>().join("\n")
    };
    let baseline = "From: Alice <alice@example.org>\nTo: Bob <bob@example.net>\nSubject: [...]\n\
        Date: Mon, 23 Nov 2026 10:59:00 +0100\nMessage-ID: <1@example.org>";
    let shy = "From: alice@example.org\nTo: bob@example.net\nSubject: [...]\nDate: Mon, 23 Nov 2026 09:59:00 +0000\n\
        Message-ID: <1@example.org>";
    for (policy, want) in [(HeaderConfidentiality::Baseline, baseline), (HeaderConfidentiality::Shy, shy)] {
        let (sealed, _) = seal(&letter, &writer, |s| s.header_confidentiality(policy)).unwrap();
        assert_eq!(outside(&sealed), want);
    }
    // The baseline where nobody chooses.
    assert_eq!(outside(&seal(&letter, &writer, |s| s).unwrap().0), baseline);
}

#[test]
fn h_09_the_state_of_each_field_follows_what_the_sender_hid() {
    let w = world();
    let writer = Ring::of(&w.alice, &[&w.bob]);
    for (policy, from) in
        [(HeaderConfidentiality::Baseline, "signed-only"), (HeaderConfidentiality::Shy, "signed-and-encrypted")]
    {
        let (sealed, _) = seal(LETTER, &writer, |s| s.header_confidentiality(policy)).unwrap();
        let seen = open(&sealed, &w.ring);
        assert_eq!((seen.verdict, seen.text()), ("verified", LETTER));
        let want = [
            ("From", from),
            ("To", from),
            ("Subject", "signed-and-encrypted"),
            ("Date", from),
            ("Message-ID", "signed-only"),
        ];
        assert_eq!(states(&seen), want.map(|(name, state)| (name.to_owned(), state)));
        assert_eq!(seen.report.headers.scheme, Some("rfc9788"));
    }
    // Nobody's signature counts: what was encrypted is that, and no more.
    let (sealed, _) = seal(LETTER, &writer, |s| s.encrypt_only()).unwrap();
    assert_eq!(states(&open(&sealed, &w.ring))[2], ("Subject".to_owned(), "encrypted-only"));
    assert_eq!(states(&open(&sealed, &w.ring))[0], ("From".to_owned(), "unprotected"));
    let (signed, _) = seal(LETTER, &writer, |s| s.sign_only()).unwrap();
    assert!(states(&open(&signed, &w.ring)).iter().all(|(_, state)| *state == "signed-only"));
    let stranger = Ring::of(&w.bob, &[]);
    assert!(states(&open(&signed, &stranger)).iter().all(|(_, state)| *state == "unprotected"));
    // What somebody changed or added on the way is told from what the sender said.
    let changed = signed.replacen("Subject: The", "Subject: Not the", 1).replacen("From:", "X-Added: x\r\nFrom:", 1);
    let found = states(&open(&changed, &w.ring));
    assert_eq!(found.iter().filter(|(_, state)| *state == "signed-only").count(), 5);
    assert!(
        found.contains(&("Subject".to_owned(), "not-valid")) && found.contains(&("X-Added".to_owned(), "unprotected"))
    );
    let plain = open(LETTER, &w.ring);
    assert!(states(&plain).iter().all(|(_, state)| *state == "unprotected") && plain.report.headers.scheme.is_none());
}

#[test]
fn h_10_from_outside_is_shown_where_nobody_vouches_for_the_one_inside() {
    let w = world();
    let inner = "From: Alice <alice@example.org>\r\nSubject: Real\r\nContent-Type: text/plain; hp=\"cipher\"\r\n\
        HP-Outer: From: mallory@example.com\r\n\r\nHello\r\n";
    let outer = "From: mallory@example.com\r\nSubject: [...]\r\nMIME-Version: 1.0\r\n";
    let signed = |by| clear("", inner, &detached(inner.as_bytes(), &[by]));
    // Unsigned, and signed by somebody else.
    for content in [inner.to_owned(), signed(&w.mallory)] {
        let seen = open(sealed_mail(outer, &content, GCM, &[&w.bob]), &w.ring);
        assert_ne!(seen.verdict, "verified");
        let told = seen.report.findings.iter().find(|f| f.code == "header-differs").unwrap();
        assert!(
            told.severity == "error"
                && told.text.contains("mallory@example.com")
                && told.text.contains("alice@example.org")
        );
        assert_eq!(seen.report.headers.from, "mallory@example.com");
        assert!(seen.text().contains("From: mallory@example.com\r\n") && !seen.text().contains("From: Alice"));
        assert!(seen.text().contains("Subject: Real\r\n"));
    }
    // Whom the sender's own signature names is the sender, whatever stands outside.
    let seen = open(sealed_mail(outer, &signed(&w.alice), GCM, &[&w.bob]), &w.ring);
    assert_eq!((seen.verdict, seen.report.headers.from.as_str()), ("verified", "Alice <alice@example.org>"));
    assert!(seen.report.findings.iter().any(|f| f.code == "header-differs" && f.severity == "note"));
    // Letter case makes no other mailbox, two of them outside do.
    let same = outer.replace("mallory@example.com", "ALICE@Example.ORG");
    assert!(!open(sealed_mail(&same, inner, GCM, &[&w.bob]), &w.ring).has("header-differs"));
    let two = outer.replace("mallory@example.com", "alice@example.org, mallory@example.com");
    assert!(open(sealed_mail(&two, inner, GCM, &[&w.bob]), &w.ring).has("header-differs"));
}

fn reply_to(mail: &str, ring: &Ring, how: Response) -> sealpost_smime::ReplyHeaders {
    let policy = Policy::standard();
    let mail = mail.as_bytes();
    let own = [Address::parse("bob@example.net").unwrap()];
    Desk::new(&policy, ring).at(NOW).open(&mail).unwrap().reply_headers(how, &own)
}

/// A mail of Alice's in which all that can be hidden is hidden, and Bob's answer to it, given how the mail came.
fn shy_mail(w: &crate::World) -> String {
    let writer = Ring::of(&w.alice, &[&w.bob]);
    seal(LETTER, &writer, |s| s.header_confidentiality(HeaderConfidentiality::Shy)).unwrap().0
}

fn answer(reply: &sealpost_smime::ReplyHeaders) -> String {
    let header: String = reply.fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("{header}Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <2@example.net>\r\n\r\nYes.\r\n")
}

#[test]
fn x_21_answers_go_to_nobody_whom_somebody_added_and_are_not_sent_for_all_to_read() {
    let w = world();
    // Mallory sends it on, and asks for answers.
    let attacked = format!(
        "Reply-To: mallory@example.com\r\nCc: mallory@example.com\r\nMail-Followup-To: mallory@example.com\r\n{}",
        shy_mail(&w)
    );
    for how in [Response::Reply, Response::ReplyAll, Response::Forward] {
        let reply = reply_to(&attacked, &w.ring, how);
        assert!(reply.fields.iter().all(|(_, value)| !value.contains("mallory")), "{reply:?}");
        assert!(reply.quote_only_encrypted);
    }
    let reply = reply_to(&attacked, &w.ring, Response::Reply);
    let bob = Ring::of(&w.bob, &[&w.alice]);
    let refused = seal(&answer(&reply), &bob, |s| s.answering(reply.policy.clone()).sign_only());
    assert!(matches!(refused, Err(SealError::Refused(Refusal::WouldReveal { .. }))), "{refused:?}");
    let own = seal(LETTER, &Ring::of(&w.alice, &[&w.bob]), |s| s.answering(reply.policy.clone()).sign_only());
    assert!(own.is_ok(), "what is not of the mail may go");
}

#[test]
fn h_11_answers_go_to_whom_the_sender_named_and_hide_what_the_sender_hid() {
    let w = world();
    let reply = reply_to(&shy_mail(&w), &w.ring, Response::Reply);
    let header: String = reply.fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    assert_eq!(
        header,
        "From: Bob <bob@example.net>\r\nTo: Alice <alice@example.org>\r\nSubject: Re: The \"plan\" & <more>\r\n\
         In-Reply-To: <1@example.org>\r\nReferences: <1@example.org>\r\n"
    );
    // Bob hides no names by himself; Alice did, so her name stays hidden in his answer.
    let answer = answer(&reply);
    let bob = Ring::of(&w.bob, &[&w.alice]);
    let (open_names, _) = seal(&answer, &bob, |s| s).unwrap();
    assert!(open_names.contains("To: Alice <alice@example.org>"));
    let (hidden, _) = seal(&answer, &bob, |s| s.answering(reply.policy.clone())).unwrap();
    assert!(hidden.contains("To: alice@example.org\r\n") && hidden.contains("Subject: [...]\r\n"), "{hidden}");
    assert!(!hidden.contains("Alice") && !hidden.contains("plan"));
    let read = Ring::of(&w.alice, &[&w.bob]);
    let seen = open(&hidden, &read);
    assert_eq!((seen.verdict, seen.report.headers.subject.as_str()), ("verified", "Re: The \"plan\" & <more>"));
    assert!(states(&seen).contains(&("To".to_owned(), "signed-and-encrypted")));
}

/// Neither the subject nor a word of an encrypted mail has to leave with an answer that is not (RFC 9787 section 5.4).
#[test]
fn g_04_an_answer_knows_whether_it_may_quote() {
    let w = world();
    let writer = Ring::of(&w.alice, &[&w.bob]);
    let quotes = |mail: &str| !reply_to(mail, &w.ring, Response::Reply).quote_only_encrypted;
    assert!(quotes(LETTER) && quotes(&seal(LETTER, &writer, |s| s.sign_only()).unwrap().0));
    assert!(!quotes(&seal(LETTER, &writer, |s| s).unwrap().0));
    assert!(!quotes(&seal(LETTER, &writer, |s| s.encrypt_only()).unwrap().0));
    assert!(!quotes(&sealed_mail(HEAD, PAYLOAD, CBC, &[&w.bob])));
}

const INSIDE: &str = "From: Alice <alice@example.org>\r\nTo: Bob <bob@example.net>\r\nSubject: Inside\r\n\
    Date: Mon, 23 Nov 2026 09:59:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nHello.\r\n";

#[test]
fn h_12_a_mail_within_message_rfc822_is_the_mail_under_its_conditions_alone() {
    let w = world();
    let wrap = |kind: &str, inside: &str| format!("Content-Type: {kind}\r\n\r\n{inside}");
    let signed = |part: &str| clear("", part, &detached(part.as_bytes(), &[&w.alice]));
    let outer = HEAD.replace("Subject: Hello", "Subject: ...");
    let part = wrap("message/rfc822", INSIDE);
    let seen = open(sealed_mail(&outer, &signed(&part), GCM, &[&w.bob]), &w.ring);
    assert_eq!((seen.verdict, seen.text()), ("verified", INSIDE), "{seen:?}");
    assert_eq!((seen.report.headers.scheme, seen.report.headers.protection), (Some("rfc8551"), "cipher"));
    assert!(states(&seen).contains(&("Subject".to_owned(), "signed-and-encrypted")));
    assert!(states(&seen).contains(&("From".to_owned(), "signed-only")));
    let seen = open(format!("{outer}{}", signed(&part)), &w.ring);
    assert_eq!((seen.verdict, seen.text(), seen.report.headers.protection), ("verified", INSIDE, "clear"));
    // A mail that was forwarded, one that says hp, one that is a layer itself, or one among several is a part.
    let layer = format!("From: alice@example.org\r\nSubject: Inside\r\n{}", signed(PAYLOAD).replace("b1", "b2"));
    for part in [
        wrap("message/rfc822", &INSIDE.replace("Alice <alice@example.org>", "carol@example.com")),
        wrap(
            "message/rfc822",
            &INSIDE.replace("From: Alice <alice@example.org>", "From: alice@example.org, m@example.com"),
        ),
        wrap("message/rfc822", &INSIDE.replace("From: Alice", "From: m@example.com\r\nFrom: Alice")),
        wrap("message/rfc822", &INSIDE.replace("text/plain", "text/plain; hp=clear")),
        wrap("message/rfc822; hp=\"other\"", INSIDE),
        wrap("message/rfc822; forwarded=yes", INSIDE),
        wrap("message/rfc822", &layer),
        wrap("message/rfc822", "no header at all"),
        wrap("multipart/mixed; boundary=m", &format!("--m\r\n{}\r\n--m--\r\n", wrap("message/rfc822", INSIDE))),
    ] {
        let seen = open(format!("{outer}{}", signed(&part)), &w.ring);
        assert_eq!((seen.report.headers.protection, seen.report.headers.subject.as_str()), ("none", "..."), "{part}");
        let body = part.split_once("\r\n\r\n").unwrap().1;
        assert!(seen.text().ends_with(&format!("\r\n\r\n{body}")), "{}", seen.text());
    }
    // Nobody's envelope is around this one.
    let seen = open(format!("{outer}{part}"), &w.ring);
    assert_eq!((seen.verdict, seen.report.headers.protection), ("unsigned", "none"));
}

#[test]
fn h_12_protected_headers_of_older_programs_are_read_where_they_count() {
    let w = world();
    let part = "Content-Type: text/plain; protected-headers=\"v1\"\r\nSubject: Inside\r\n\r\nHello.\r\n";
    let signed = clear("", part, &detached(part.as_bytes(), &[&w.alice]));
    let seen = open(sealed_mail(&HEAD.replace("Hello", "..."), &signed, GCM, &[&w.bob]), &w.ring);
    assert_eq!((seen.verdict, seen.report.headers.subject.as_str()), ("verified", "Inside"), "{seen:?}");
    assert_eq!(seen.report.headers.scheme, Some("protected-headers-v1"));
    assert!(states(&seen).contains(&("Subject".to_owned(), "signed-and-encrypted")));
    assert!(states(&seen).contains(&("Message-ID".to_owned(), "unprotected")));
    assert!(
        seen.text().contains("Subject: Inside\r\n")
            && seen.text().contains("From: Alice")
            && !seen.text().contains("protected-headers")
    );
    // A From inside counts as any other: it is not the signer's here.
    let part = part.replace("Subject: Inside", "Subject: Inside\r\nFrom: carol@example.com");
    let signed = clear(HEAD, &part, &detached(part.as_bytes(), &[&w.alice]));
    assert_eq!(open(&signed, &w.ring).verdict, "unverified");
    // Deeper than the payload, or without a layer, it says nothing.
    let deep = format!("Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n{part}\r\n--m--\r\n");
    assert_eq!(open(clear_mail(&deep, &[&w.alice]), &w.ring).report.headers.subject, "Hello");
    assert_eq!(
        open(format!("{HEAD}{}", part.replace("Subject: Inside", "X: y")), &w.ring).report.headers.protection,
        "none"
    );
}

/// Programs that act on mail are told what the sender protected, and whether they may.
#[test]
fn h_14_what_is_reported_for_programs_is_what_is_protected() {
    let w = world();
    let (sealed, _) = seal(LETTER, &Ring::of(&w.alice, &[&w.bob]), |s| s).unwrap();
    let attacked = sealed
        .replacen("Subject: [...]", "Subject: approve", 1)
        .replacen("To: Bob <bob@example.net>", "To: approve@example.net", 1)
        .replacen("Date: Mon, 23 Nov 2026 10", "Date: Mon, 23 Nov 2020 10", 1);
    let seen = open(&attacked, &w.ring);
    let headers = &seen.report.headers;
    assert_eq!((seen.verdict, headers.subject.as_str()), ("verified", "The \"plan\" & <more>"));
    assert_eq!(
        (headers.to.as_slice(), headers.date.as_str()),
        (&["bob@example.net".to_owned()][..], "Mon, 23 Nov 2026 10:59:00 +0100")
    );
    for name in ["Subject", "To", "Date"] {
        assert!(states(&seen).contains(&(name.to_owned(), "not-valid")), "{name}");
    }
}
