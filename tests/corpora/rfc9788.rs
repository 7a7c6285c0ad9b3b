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
        outcomes.note(&format!("{name} body"), "the payload's", same(body(&seen.mail) == body(&file("payload"))));
        let outer = header(&mail);
        for (field, value) in case["outer"].as_object().unwrap() {
            let actual: Vec<String> = outer.all(field).map(|f| f.unfolded()).collect();
            outcomes.note(&format!("{name} outer {field}"), value.as_str().unwrap(), &actual.join(" | "));
        }
    }
    assert!(outcomes.total >= 60, "the table was not read");
    outcomes.compare();
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
