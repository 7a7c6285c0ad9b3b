//! What the layers of a mail that is wrapped three times say against each other (RFC 2634 §1.1, §3).

use wire::cms::Attribute;
use wire::oids;

use crate::build::*;
use crate::ring::Person;
use crate::world;

fn labelled(content: &str, by: &Person, label: Option<&[u8]>) -> Vec<u8> {
    let mut list = attributes(content.as_bytes());
    list.extend(label.map(|label| Attribute::new(oids::SECURITY_LABEL, label.to_vec())));
    Forge::of(content.as_bytes()).signed_by(by, info(by, list)).to_der()
}

#[test]
fn ess_04_labels_of_layers_that_differ_are_told() {
    let w = world();
    let (secret, restricted) =
        (&b"\x31\x07\x02\x01\x04\x06\x02\x2a\x03"[..], &b"\x31\x07\x02\x01\x02\x06\x02\x2a\x03"[..]);
    let inside = smime("", "signed-data", &labelled(PAYLOAD, &w.alice, Some(secret)));
    let sealed = sealed_entity(&inside, GCM, &[&w.bob]);
    for (around, differs) in [(Some(secret), false), (None, false), (Some(restricted), true)] {
        let seen = open(smime(HEAD, "signed-data", &labelled(&sealed, &w.alice, around)), &w.ring);
        assert_eq!((seen.verdict, seen.has("signers-disagree")), ("verified", differs), "{:?}", seen.codes);
    }
}

#[test]
fn ess_01_who_signs_the_ciphertext_of_somebody_else_is_not_its_author() {
    let w = world();
    let signed = |by: &Person| clear("", PAYLOAD, &detached(PAYLOAD.as_bytes(), &[by]));
    let words = |seen: &Seen| {
        seen.report.layers.iter().map(|layer| layer.verdict.or(layer.confidentiality).unwrap()).collect::<Vec<_>>()
    };
    let sealed = sealed_entity(&signed(&w.mallory), GCM, &[&w.bob]);
    let seen = open(clear_mail(&sealed, &[&w.alice]), &w.ring);
    assert_eq!((seen.verdict, seen.has("from-mismatch")), ("unverified", true), "{:?}", seen.codes);
    assert_eq!(words(&seen), ["verified", "authenticated", "unverified"]);
    let sealed = sealed_entity(&signed(&w.alice), GCM, &[&w.bob]);
    let seen = open(clear_mail(&sealed, &[&w.mallory]), &w.ring);
    assert_eq!(seen.verdict, "verified", "{:?}", seen.codes);
    assert_eq!(words(&seen), ["unverified", "authenticated", "verified"]);
}
