//! The samples of RFC 9788 Appendix C, rebuilt with the keys of RFC 9216: which fields count, and what is
//! given out.

use mime::{Header, Limits};
use serde_json::Value;

use crate::ring::Ring;
use crate::{Outcomes, corpus, open};

#[test]
fn rfc9788() {
    let (Some(root), Some(people)) = (corpus("rfc9788"), corpus("rfc9216")) else { return };
    let read = |name: &str| std::fs::read(people.join(name)).unwrap();
    let mut ring = Ring::trusting(&people.join("ca.rsa.crt"));
    for name in ["alice", "bob"] {
        ring.add(&read(&format!("{name}.decrypt.key")), &read(&format!("{name}.encrypt.crt")));
    }
    let expected: Value = serde_json::from_slice(&std::fs::read(root.join("expected.json")).unwrap()).unwrap();
    let mut outcomes = Outcomes::new("rfc9788");
    for (name, case) in expected.as_object().unwrap() {
        let file = |folder: &str| std::fs::read(root.join(folder).join(format!("{name}.eml"))).unwrap();
        let mail = file("eml");
        let seen = open(&mail, &ring);
        let text = |field: &str| case[field].as_str().unwrap().to_owned();
        outcomes.note(&format!("{name} verdict"), "verified", &seen.verdict);
        outcomes.note(&format!("{name} layers"), &text("layers"), layers(&seen.layers));
        outcomes.note(&format!("{name} hp"), &text("hp"), seen.protection);
        let shown = header(&seen.mail);
        for (field, value) in case["protected"].as_object().unwrap() {
            let actual: Vec<String> = shown.all(field).map(|f| f.unfolded()).collect();
            outcomes.note(&format!("{name} {field}"), value.as_str().unwrap(), &actual.join(" | "));
        }
        // Nothing that only belongs to the transport form stays in the mail as given out.
        outcomes.note(&format!("{name} HP-Outer"), "0", &shown.count("HP-Outer").to_string());
        let content_type = shown.content_type();
        outcomes.note(&format!("{name} hp parameter"), "", content_type.param("hp").unwrap_or_default());
        outcomes.note(&format!("{name} scheme"), &text("scheme").to_lowercase(), seen.scheme.unwrap_or_default());
        let payload = file("payload");
        let told: Vec<String> = header(&payload).all("HP-Outer").map(|f| f.unfolded()).collect();
        let listed: Vec<String> =
            case["hp_outer"].as_array().unwrap().iter().map(|v| v.as_str().unwrap().trim().to_owned()).collect();
        outcomes.note(&format!("{name} HP-Outer fields"), &listed.join(" | "), &told.join(" | "));
        for (field, state) in case["expected_header_state"].as_object().unwrap() {
            let of = |(known, value, state): &(String, String, &'static str)| {
                known.eq_ignore_ascii_case(field).then(|| format!("{value}: {state}"))
            };
            let actual: Vec<String> = seen.states.iter().filter_map(of).collect();
            let value = case["protected"][field].as_str().unwrap();
            let expected = format!("{value}: {}", state.as_str().unwrap());
            outcomes.note(&format!("{name} state of {field}"), &expected, &actual.join(" | "));
        }
        let legacy = case["legacy_display"].as_bool().unwrap();
        let marked = header(&payload).content_type().param("hp-legacy-display") == Some("1");
        outcomes.note(&format!("{name} legacy display"), word(legacy), word(marked));
        // What is repeated for other programs is not given out.
        let own = body(&payload);
        let own = if legacy { own.split_once("\n\n").unwrap().1.to_owned() } else { own };
        outcomes.note(&format!("{name} body"), "the payload's", same(body(&seen.mail) == own));
        let outer = header(&mail);
        for (field, value) in case["outer"].as_object().unwrap() {
            let actual: Vec<String> = outer.all(field).map(|f| f.unfolded()).collect();
            outcomes.note(&format!("{name} outer {field}"), value.as_str().unwrap(), &actual.join(" | "));
        }
    }
    payloads(&root, &ring, &mut outcomes);
    assert!(outcomes.total >= 130, "the table was not read");
    outcomes.compare();
}

/// The payloads of appendices D and E, which the RFC shows without their envelope: in one of ours.
fn payloads(root: &std::path::Path, ring: &Ring, outcomes: &mut Outcomes) {
    let read = |name: &str| {
        let text = std::fs::read_to_string(root.join("payload").join(format!("{name}.eml"))).unwrap();
        text.replace("\r\n", "\n").replace('\n', "\r\n")
    };
    let own = [trust::Address::parse("alice@example.net").unwrap()];
    for (name, first) in [
        ("D.1.2.1-bob-to-alice-baseline-legacy", "Please review"),
        ("D.2.2.1-alice-reply-noconf-legacy", "On Wed, 11 Jan"),
        ("E.1-text-plain-legacy-display", "Let's meet"),
        ("E.2-text-html-legacy-display", "<html>"),
    ] {
        let payload = read(name);
        let inside = header(payload.as_bytes());
        let outside: String = inside.all("HP-Outer").map(|f| format!("{}\r\n", f.unfolded())).collect();
        let mail = sealed(&outside, &payload, ring);
        let seen = open(&mail, ring);
        outcomes.note(&format!("{name} verdict"), "unsigned", &seen.verdict);
        outcomes.note(&format!("{name} text"), "as it was", as_it_was(body(&seen.mail).starts_with(first)));
        let gone = !body(&seen.mail).contains("Subject:") && !body(&seen.mail).contains("legacy-display");
        outcomes.note(&format!("{name} legacy display"), "as it was", as_it_was(gone));
        for (field, _, state) in &seen.states {
            let expected = if field == "Subject" { "encrypted-only" } else { "unprotected" };
            outcomes.note(&format!("{name} state of {field}"), expected, state);
        }
        if !name.starts_with("D.1") {
            continue;
        }
        // Appendix D.2: whoever answers hides what was hidden, though they hide nothing by themselves.
        let policy = trust::Policy::standard();
        let opened = smime::Desk::new(&policy, ring).at(crate::NOW).open(&mail).unwrap();
        let answer = opened.reply_headers(smime::Response::Reply, &own);
        let reply = header(read("D.2.2.1-alice-reply-noconf-legacy").as_bytes());
        for (field, value) in &answer.fields {
            let actual = reply.get(field).map(|f| f.unfolded()).unwrap_or_default();
            outcomes.note(&format!("{name} answer's {field}"), &actual, value);
        }
        outcomes.note(&format!("{name} answer's fields"), "5", &answer.fields.len().to_string());
    }
}

/// An encrypted mail to the first key of the ring.
fn sealed(outside: &str, payload: &str, ring: &Ring) -> Vec<u8> {
    let certificate = ring.own[0].certificate.clone().unwrap();
    let transport = crypto::KeyTransport::RsaPkcs1;
    let recipients = [cms::Recipient { certificate, transport, use_key_id: false }];
    let mut out = Vec::new();
    let cipher = crypto::ContentCipher::Aes256Gcm;
    let mut writer = cms::EncryptWriter::new(&mut out, cipher, &recipients, &mut crypto::SystemRandom).unwrap();
    std::io::Write::write_all(&mut writer, payload.as_bytes()).unwrap();
    writer.finish().unwrap();
    let base64 = wire::pem::encode("X", &out);
    let base64: String = base64.lines().filter(|l| !l.starts_with('-')).map(|l| format!("{l}\r\n")).collect();
    format!(
        "{outside}MIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime; smime-type=authEnveloped-data\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{base64}"
    )
    .into_bytes()
}

fn as_it_was(same: bool) -> &'static str {
    if same { "as it was" } else { "another" }
}

fn word(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}

fn layers(kinds: &[&str]) -> &'static str {
    match kinds {
        ["multipart-signed"] => "multipart/signed",
        ["signed-data"] => "signed",
        ["enveloped-data", "signed-data"] => "enveloped(signed)",
        _ => "something else",
    }
}

fn same(same: bool) -> &'static str {
    if same { "the payload's" } else { "another" }
}

fn header(mut mail: &[u8]) -> Header {
    Header::read(&mut mail, &Limits::default()).unwrap_or_default()
}

/// What follows the header, with lines that end in LF.
fn body(mail: &[u8]) -> String {
    let text = String::from_utf8_lossy(mail).replace("\r\n", "\n");
    text.split_once("\n\n").map(|(_, body)| body.trim_end().to_owned()).unwrap_or_default()
}
