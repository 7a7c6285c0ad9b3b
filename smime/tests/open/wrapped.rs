//! What the layers of a mail that is wrapped three times say against each other (RFC 2634 §1.1, §3).

use sealpost_smime::{Desk, OpenError};
use trust::Policy;
use wire::cms::Attribute;
use wire::oids;

use crate::build::*;
use crate::ring::{NOW, Person, Ring};
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

/// RFC 2634 §3.1.2, §3.4.2: a clearance stops what it is not for, and whom one trusts with it translates.
#[test]
fn ess_04_equivalent_labels_count_by_whom_one_trusts_with_them() {
    let w = world();
    let foreign = b"\x31\x07\x02\x01\x04\x06\x02\x2a\x04"; // secret by policy 1.2.4
    let own = b"\x30\x09\x31\x07\x02\x01\x02\x06\x02\x2a\x03"; // restricted by policy 1.2.3
    let mut list = attributes(PAYLOAD.as_bytes());
    list.push(Attribute::new(oids::SECURITY_LABEL, foreign.to_vec()));
    list.push(Attribute::new(oids::EQUIVALENT_LABELS, own.to_vec()));
    let forge = Forge::of(PAYLOAD.as_bytes()).signed_by(&w.alice, info(&w.alice, list));
    let mail = smime(HEAD, "signed-data", &forge.to_der()).into_bytes();
    let opened = |toml: &str, ring: &Ring| {
        let clearances = Policy::from_toml(toml).unwrap().clearances().to_vec();
        let policy = Policy::standard().with_clearances(clearances);
        let opened = Desk::new(&policy, ring).at(NOW).open(&mail).unwrap();
        let withheld = matches!(opened.mail(), Err(OpenError::NotCleared(_)));
        assert_eq!(withheld, matches!(opened.broken_mail(), Err(OpenError::NotCleared(_))));
        let found = opened.findings().iter().any(|finding| finding.code.word() == "label-not-cleared");
        assert_eq!(found, withheld);
        (opened.report().verdict, withheld)
    };
    let clearance = |more: &str| format!("[[clearance]]\nlabel-policy = \"1.2.3\"\n{more}\n");
    let (passes, stops) = (("verified", false), ("unverified", true));
    assert_eq!(opened("", &w.ring), passes, "without a clearance labels are told");
    let by_alice = clearance("highest = \"restricted\"\ntranslated-by = [\"alice@example.org\"]");
    assert_eq!(opened(&by_alice, &w.ring), passes);
    let too_low = clearance("highest = \"unclassified\"\ntranslated-by = [\"alice@example.org\"]");
    assert_eq!(opened(&too_low, &w.ring), stops);
    for nobody in [clearance(""), clearance("translated-by = [\"mallory@example.com\"]")] {
        assert_eq!(opened(&nobody, &w.ring), stops);
    }
    // By name alone nobody is trusted: the certificate has to be.
    assert_eq!(opened(&by_alice, &Ring::of(&w.bob, &[&w.mallory])), stops);
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
