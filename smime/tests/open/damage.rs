//! Samples cut at every length and with every byte changed: never believed unless what was signed is what
//! was signed, never released by an AEAD unless it is what was encrypted.

use sealpost_smime::Desk;
use trust::Policy;

use crate::build::*;
use crate::ring::{NOW, Ring};
use crate::{World, world};

struct Sample {
    name: &'static str,
    mail: String,
    /// The payload's body.
    body: &'static str,
    signed: bool,
    cbc: bool,
    aead: bool,
}

const BODY: &str = "Meet at noon.\r\n";

fn samples(w: &World) -> Vec<Sample> {
    let writer = Ring::of(&w.alice, &[&w.bob]);
    let letter = format!("{HEAD}{PAYLOAD}");
    let policy = Policy::standard();
    let letter = letter.as_bytes();
    let sealed = Desk::new(&policy, &writer).at(NOW).seal(&letter).finish().unwrap();
    let both = clear("", PAYLOAD, &detached(PAYLOAD.as_bytes(), &[&w.alice]));
    let sample = |name, mail, signed, cbc, aead| Sample { name, mail, body: BODY, signed, cbc, aead };
    vec![
        sample("clear", clear_mail(PAYLOAD, &[&w.alice]), true, false, false),
        sample("opaque", opaque_mail(PAYLOAD, &[&w.alice]), true, false, false),
        sample("cbc", sealed_mail(HEAD, PAYLOAD, CBC, &[&w.bob]), false, true, false),
        sample("gcm", sealed_mail(HEAD, PAYLOAD, GCM, &[&w.bob]), false, false, true),
        sample("gcm and signed", sealed_mail(HEAD, &both, GCM, &[&w.bob]), true, false, true),
        sample("sealed", String::from_utf8(sealed.as_bytes().to_vec()).unwrap(), true, true, false),
    ]
}

/// What has to be true of a damaged mail, whatever the damage.
fn check(sample: &Sample, damaged: &[u8], ring: &Ring, what: &str) {
    let Ok(seen) = try_open(damaged, ring) else { return };
    let name = sample.name;
    // Outer fields are nobody's to prove: only what layers cover is compared.
    let same = |mail: &str| mail.split_once("\r\n\r\n").is_some_and(|(_, body)| body == sample.body);
    match &seen.mail {
        Err(_) => assert_eq!(seen.verdict, "broken", "{name} {what}"),
        Ok(_) if seen.verdict == "broken" => panic!("{name} {what}: a broken mail was given out"),
        Ok(mail) if same(mail) => {}
        Ok(mail) => {
            assert_ne!(seen.verdict, "verified", "{name} {what}: {mail}");
            let plain = seen.layers.is_empty() && seen.verdict == "unsigned" && seen.confidentiality == "none";
            let cbc = sample.cbc && seen.confidentiality == "unauthenticated";
            assert!(plain || cbc, "{name} {what}: {} {} {mail}", seen.verdict, seen.confidentiality);
        }
    }
    assert!(sample.signed || seen.verdict != "verified", "{name} {what}");
    if let Ok(mail) = &seen.broken
        && sample.aead
        && seen.layers.contains(&"auth-enveloped-data")
    {
        assert!(same(mail), "{name} {what}: {mail}");
    }
    if sample.cbc && !sample.signed {
        assert_ne!(seen.confidentiality, "authenticated", "{name} {what}");
    }
}

#[test]
fn cut_at_every_length() {
    let w = world();
    for sample in samples(&w) {
        check(&sample, sample.mail.as_bytes(), &w.ring, "whole");
        let seen = open(&sample.mail, &w.ring);
        assert_eq!(seen.verdict, if sample.signed { "verified" } else { "unsigned" }, "{}", sample.name);
        for length in 0..sample.mail.len() {
            check(&sample, &sample.mail.as_bytes()[..length], &w.ring, &format!("cut at {length}"));
        }
    }
}

#[test]
fn every_byte_changed() {
    let w = world();
    let samples = samples(&w);
    std::thread::scope(|scope| {
        for sample in &samples {
            let ring = &w.ring;
            scope.spawn(move || {
                for at in 0..sample.mail.len() {
                    // The lowest bit, the bit of letter case, the highest: by turns, and all where it is short.
                    for bit in [1, 0x20, 0x80] {
                        if sample.mail.len() > 1500 && [1, 0x20, 0x80][at % 3] != bit {
                            continue;
                        }
                        let mut damaged = sample.mail.clone().into_bytes();
                        damaged[at] ^= bit;
                        check(sample, &damaged, ring, &format!("{at} ^ {bit:#x}"));
                    }
                }
            });
        }
    });
}

#[test]
fn every_byte_of_the_cms_changed_removed_and_doubled() {
    let w = world();
    let both = clear("", PAYLOAD, &detached(PAYLOAD.as_bytes(), &[&w.alice]));
    for (name, der, signed, cbc) in [
        ("opaque", opaque(PAYLOAD.as_bytes(), &[&w.alice]), true, false),
        ("cbc", sealed(PAYLOAD.as_bytes(), CBC, &[&w.bob]), false, true),
        ("cbc and signed", sealed(both.as_bytes(), CBC, &[&w.bob]), true, true),
        ("gcm", sealed(PAYLOAD.as_bytes(), GCM, &[&w.bob]), false, false),
    ] {
        let sample = Sample { name, mail: String::new(), body: BODY, signed, cbc, aead: name == "gcm" };
        for at in 0..der.len() {
            let mut changed = der.clone();
            changed[at] = changed[at].wrapping_add(1);
            let removed = [&der[..at], &der[at + 1..]].concat();
            let doubled = [&der[..=at], &der[at..]].concat();
            for (damaged, how) in [(changed, "changed"), (removed, "removed"), (doubled, "doubled")] {
                let mail = smime(HEAD, "signed-data", &damaged);
                check(&sample, mail.as_bytes(), &w.ring, &format!("{at} {how}"));
            }
        }
    }
}
