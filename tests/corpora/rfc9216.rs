//! The four people of RFC 9216 write to each other.

use smime::Desk;
use trust::Policy;

use crate::ring::{Ring, certificates};
use crate::{NOW, Outcomes, corpus, open};

const PEOPLE: [(&str, &str); 4] = [("alice", "rsa"), ("bob", "rsa"), ("carlos", "25519"), ("dana", "25519")];

#[test]
fn rfc9216() {
    let Some(root) = corpus("rfc9216") else { return };
    let read = |name: &str| std::fs::read(root.join(name)).unwrap();
    let ring_of = |names: &[&str], anchor: &str| {
        let mut ring = Ring::trusting(&root.join(anchor));
        for name in names {
            ring.add(&read(&format!("{name}.sign.key")), &read(&format!("{name}.sign.crt")));
            ring.add(&read(&format!("{name}.decrypt.key")), &read(&format!("{name}.encrypt.crt")));
        }
        ring
    };
    let mut outcomes = Outcomes::new("rfc9216");
    for (from, authority) in PEOPLE {
        for (to, _) in PEOPLE {
            let anchor = format!("ca.{authority}.crt");
            let mut writer = ring_of(&PEOPLE.map(|(name, _)| name), &anchor);
            // Whoever writes knows both authorities.
            writer.anchors.extend(["ca.rsa.crt", "ca.25519.crt"].iter().flat_map(|file| certificates(&read(file))));
            let letter =
                format!("From: {from}@smime.example\r\nTo: {to}@smime.example\r\nSubject: Secret\r\n\r\nHello.\r\n");
            let sealed = seal(letter.as_bytes(), &writer);
            let seen = sealed.map(|sealed| {
                let seen = open(&sealed, &ring_of(&[to], &anchor));
                assert!(seen.mail.is_empty() || String::from_utf8_lossy(&seen.mail).contains("Subject: Secret"));
                format!("{} {}", seen.verdict, seen.confidentiality)
            });
            let expected = "verified authenticated";
            outcomes.note(&format!("{from} to {to}"), expected, &seen.unwrap_or_else(|error| error));
        }
        // The other authority's cross-signature leads there as well.
        let (other, cross) = match authority {
            "rsa" => ("ca.25519.crt", "ca.rsa.cross-signed-by-ed25519.crt"),
            _ => ("ca.rsa.crt", "ca.25519.cross-signed-by-rsa.crt"),
        };
        let mut writer = ring_of(&[from], &format!("ca.{authority}.crt"));
        writer.intermediates = certificates(&read(cross));
        let letter = format!("From: {from}@smime.example\r\nTo: {from}@smime.example\r\n\r\nHello.\r\n");
        let seen = seal(letter.as_bytes(), &writer).map(|mail| open(&mail, &ring_of(&[from], other)).verdict);
        outcomes.note(&format!("{from} by the other authority"), "verified", &seen.unwrap_or_else(|error| error));
    }
    outcomes.compare();
}

fn seal(mail: &[u8], ring: &Ring) -> Result<Vec<u8>, String> {
    let policy = Policy::standard();
    let sealed = Desk::new(&policy, ring).at(NOW).seal(&mail).finish().map_err(|error| error.to_string())?;
    Ok(sealed.as_bytes().to_vec())
}
