//! Mails of comm-central's test suite: `enc`, `sig` and `sig_good` are what that client shows.

use crate::ring::{Ring, pkcs12};
use crate::{Outcomes, corpus, open};

#[test]
fn thunderbird() {
    let Some(root) = corpus("thunderbird") else { return };
    let mut ring = Ring::trusting(&root.join("TestCA.pem"));
    for person in ["Alice", "Bob", "Dave", "Eve", "Fran"] {
        ring.add_pkcs12(&pkcs12(&root.join(format!("{person}.p12")), "nss")).unwrap();
    }
    let mut outcomes = Outcomes::new("thunderbird");
    let table = std::fs::read_to_string(root.join("expected.tsv")).unwrap();
    for line in table.lines().filter(|line| !line.starts_with('#')).skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        // Mails of another folder are not part of this corpus.
        if fields[0].starts_with("../") {
            continue;
        }
        let seen = open(&std::fs::read(root.join(fields[0])).unwrap(), &ring);
        let encrypted = seen.layers.iter().any(|layer| layer.contains("enveloped"));
        // A signature around the encryption is none of what is within, to that client and to us.
        let inside = seen.layers.iter().rev().take_while(|layer| !layer.contains("enveloped"));
        let signed = inside.into_iter().any(|layer| layer.contains("signed"));
        let word = |flag: bool| if flag { "true" } else { "false" };
        let actual = [word(encrypted), word(signed), word(seen.verdict == "verified")].join(" ");
        outcomes.note(fields[0], &fields[1..4].join(" "), &actual);
        if seen.verdict != "broken" && fields[4] == "gTextAliceBob" {
            let text = String::from_utf8_lossy(&seen.mail);
            assert!(text.contains("This is a test message from Alice to Bob."), "{}: {text}", fields[0]);
        }
    }
    assert!(outcomes.total >= 16, "the table was not read");
    outcomes.compare();
}
