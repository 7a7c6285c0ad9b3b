//! Signers judged one by one (rows V, X-05 to X-07), and the one word that comes of them.

use crypto::{Digest, KeySpec};
use wire::oids;
use wire::x509::KeyUsage;

use crate::build::*;
use crate::ring::{DAY, NOW, Ring, make, person};
use crate::world;

fn opaque_forge(forge: &Forge) -> String {
    smime(HEAD, "signed-data", &forge.to_der())
}

#[test]
fn v_01_x_06_nobody_signing_is_not_signed() {
    let w = world();
    let mut forge = Forge::of(PAYLOAD.as_bytes());
    for announced in [vec![Digest::Sha256.algorithm_identifier()], Vec::new()] {
        for certificates in [Vec::new(), vec![w.alice.certificate.clone()]] {
            forge.announced = announced.clone();
            forge.certificates = certificates;
            let seen = open(opaque_forge(&forge), &w.ring);
            assert_eq!((seen.verdict, seen.report.signers.len()), ("unsigned", 0));
            let detached = Forge { content: None, certificates: forge.certificates.clone(), ..Forge::of(b"") };
            let seen = open(clear(HEAD, PAYLOAD, &detached.to_der()), &w.ring);
            assert_eq!(seen.verdict, "unsigned");
        }
    }
}

#[test]
fn x_06_nobody_signing_within_cbc_proves_nothing() {
    let w = world();
    let inner = smime("", "signed-data", &Forge::of(PAYLOAD.as_bytes()).to_der());
    let seen = open(sealed_mail(HEAD, &inner, CBC, &[&w.bob]), &w.ring);
    assert_eq!((seen.verdict, seen.confidentiality), ("unsigned", "unauthenticated"));
}

#[test]
fn x_06_a_digest_that_nobody_announced_and_unknown_algorithms_verify_nothing() {
    let w = world();
    let info = info(&w.alice, attributes(PAYLOAD.as_bytes()));
    let mut forge = Forge::of(PAYLOAD.as_bytes()).signed_by(&w.alice, info.clone());
    assert_eq!(open(opaque_forge(&forge), &w.ring).verdict, "verified");
    forge.announced.clear();
    assert_eq!(open(opaque_forge(&forge), &w.ring).verdict, "broken");
    // An algorithm that does not exist: not checked, so not broken, and never verified.
    let unknown = replace(&info, &ECDSA_SHA256, &ECDSA_UNKNOWN);
    let forge = Forge::of(PAYLOAD.as_bytes()).signed_by(&w.alice, unknown);
    let seen = open(opaque_forge(&forge), &w.ring);
    assert_eq!((seen.verdict, seen.report.signers[0].signature), ("unverified", "unsupported"));
}

#[test]
fn v_02_every_signer_is_judged_and_one_that_fails_breaks_it() {
    let w = world();
    let both = open(clear_mail(PAYLOAD, &[&w.mallory, &w.alice]), &w.ring);
    assert_eq!(both.verdict, "verified");
    assert_eq!(both.report.signers.len(), 2);
    assert_eq!(both.report.summary, "Signed by alice@example.org, not encrypted.");
    let good = info(&w.alice, attributes(PAYLOAD.as_bytes()));
    let bad = info(&w.mallory, attributes(b"something else"));
    for infos in [[good.clone(), bad.clone()], [bad.clone(), good.clone()]] {
        let mut forge = Forge::of(PAYLOAD.as_bytes());
        forge.certificates = vec![w.alice.certificate.clone(), w.mallory.certificate.clone()];
        forge.infos = infos.to_vec();
        assert_eq!(open(opaque_forge(&forge), &w.ring).verdict, "broken");
    }
    // One that cannot be checked beside a good one is told, no more.
    let mut forge = Forge::of(PAYLOAD.as_bytes()).signed_by(&w.alice, good.clone());
    forge.infos.push(replace(&good, &ECDSA_SHA256, &ECDSA_UNKNOWN));
    let seen = open(opaque_forge(&forge), &w.ring);
    assert_eq!(seen.verdict, "verified");
    assert!(seen.has("signature-unsupported"));
}

#[test]
fn v_04_v_06_attributes_that_do_not_fit_break_it() {
    let w = world();
    let all = attributes(PAYLOAD.as_bytes());
    let without = |oid| all.iter().filter(|a| a.oid != oid).cloned().collect::<Vec<_>>();
    let digest = crypto::digest(Digest::Sha256, PAYLOAD.as_bytes());
    let with = |oid, extra| [without(oid), vec![extra]].concat();
    let twice = [
        all.clone(),
        vec![attribute(oids::MESSAGE_DIGEST, |w| {
            w.octet_string(&digest);
        })],
    ]
    .concat();
    let cases = [
        ("no content type", without(oids::CONTENT_TYPE)),
        ("no digest", without(oids::MESSAGE_DIGEST)),
        ("no attributes at all", Vec::new()),
        ("two digests", twice),
        (
            "empty digest",
            with(
                oids::MESSAGE_DIGEST,
                attribute(oids::MESSAGE_DIGEST, |w| {
                    w.octet_string(&[]);
                }),
            ),
        ),
        ("short digest", {
            with(
                oids::MESSAGE_DIGEST,
                attribute(oids::MESSAGE_DIGEST, |w| {
                    w.octet_string(&digest[..31]);
                }),
            )
        }),
        ("other type", {
            with(
                oids::CONTENT_TYPE,
                attribute(oids::CONTENT_TYPE, |w| {
                    w.oid(oids::SIGNED_DATA);
                }),
            )
        }),
        ("protection of others", {
            let other = attribute(oids::ALGORITHM_PROTECTION, |w| {
                w.sequence(|w| {
                    Digest::Sha512.algorithm_identifier().write(w);
                });
            });
            [all.clone(), vec![other]].concat()
        }),
    ];
    for (why, list) in cases {
        let forge = Forge::of(PAYLOAD.as_bytes()).signed_by(&w.alice, info(&w.alice, list));
        let seen = try_open(opaque_forge(&forge).as_bytes(), &w.ring);
        assert!(matches!(&seen, Ok(seen) if seen.verdict == "broken"), "{why}: {seen:?}");
    }
}

#[test]
fn v_07_x_05_a_signature_over_the_bare_content_is_none() {
    let w = world();
    let forge = Forge::of(PAYLOAD.as_bytes()).signed_by(&w.alice, bare_info(&w.alice, PAYLOAD.as_bytes()));
    let seen = open(opaque_forge(&forge), &w.ring);
    assert_eq!(seen.verdict, "broken");
    let detached = Forge { content: None, ..forge };
    assert_eq!(open(clear(HEAD, PAYLOAD, &detached.to_der()), &w.ring).verdict, "broken");
}

#[test]
fn x_05_the_attributes_of_a_good_signature_are_no_content() {
    let w = world();
    // A signature over attributes, presented as one over a content that is those attributes.
    let signed = wire::cms::SignedAttributes::new(attributes(PAYLOAD.as_bytes()));
    let forge = Forge::of(signed.der()).signed_by(&w.alice, bare_info(&w.alice, signed.der()));
    let seen = try_open(opaque_forge(&forge).as_bytes(), &w.ring);
    assert!(seen.is_err() || seen.is_ok_and(|seen| seen.verdict == "broken"));
}

#[test]
fn v_08_x_12_another_certificate_for_the_same_key_does_not_take_over_a_signature() {
    let w = world();
    // Mallory has Alice's public key certified under the same issuer and serial number, for himself.
    let cms = opaque(PAYLOAD.as_bytes(), &[&w.alice]);
    assert_eq!(open(smime(HEAD, "signed-data", &cms), &w.ring).verdict, "verified");
    let swapped = replace(&cms, b"alice@example.org", b"alicf@example.org");
    let seen = open(smime(HEAD, "signed-data", &swapped), &Ring::of(&w.bob, &[]));
    assert_ne!(seen.verdict, "verified");
    assert!(seen.report.signers.iter().all(|signer| signer.signature == "bad"));
}

#[test]
fn v_09_a_certificate_for_something_else_verifies_nothing() {
    let w = world();
    for (usage, verdict) in [
        (KeyUsage::DIGITAL_SIGNATURE, "verified"),
        (KeyUsage::NON_REPUDIATION, "verified"),
        (KeyUsage::KEY_AGREEMENT, "unverified"),
    ] {
        let alice = make("alice@example.org", KeySpec::Ec(crypto::Curve::P256), 300, usage);
        let seen = open(clear_mail(PAYLOAD, &[&alice]), &Ring::of(&w.bob, &[&alice]));
        assert_eq!(seen.verdict, verdict, "{usage:?}");
    }
}

#[test]
fn v_13_the_signing_time_decides_nothing() {
    let w = world();
    // The certificate expired yesterday; the signature says it was made the day before.
    let usage = KeyUsage::DIGITAL_SIGNATURE;
    let expired = make("alice@example.org", KeySpec::Ec(crypto::Curve::P256), -1, usage);
    let ring = Ring::of(&w.bob, &[&expired]);
    let mut list = attributes(PAYLOAD.as_bytes());
    list[2] = attribute(oids::SIGNING_TIME, |w| wire::Time(NOW.0 - 2 * DAY).write(w));
    let forge = Forge::of(PAYLOAD.as_bytes()).signed_by(&expired, info(&expired, list.clone()));
    let seen = open(opaque_forge(&forge), &ring);
    assert_eq!((seen.verdict, seen.report.signers[0].certificate), ("unverified", "expired"));
    // One that is far from Date is told, and is no reason to disbelieve.
    let forge = Forge::of(PAYLOAD.as_bytes()).signed_by(&w.alice, info(&w.alice, list));
    let seen = open(opaque_forge(&forge), &w.ring);
    assert_eq!(seen.verdict, "verified");
    assert!(seen.has("signing-time-differs"));
    assert!(!open(clear_mail(PAYLOAD, &[&w.alice]), &w.ring).has("signing-time-differs"));
}

#[test]
fn x_07_signers_do_not_lend_each_other_their_content() {
    let w = world();
    // Alice's signature over another text, moved into Mallory's message.
    let alices = info(&w.alice, attributes(b"Content-Type: text/plain\r\n\r\nLunch?\r\n"));
    let forge = Forge::of(PAYLOAD.as_bytes())
        .signed_by(&w.mallory, info(&w.mallory, attributes(PAYLOAD.as_bytes())))
        .signed_by(&w.alice, alices);
    let seen = open(opaque_forge(&forge), &w.ring);
    assert_eq!(seen.verdict, "broken");
    // And Mallory's alone, whose certificate is good, is not Alice's.
    let seen = open(clear_mail(PAYLOAD, &[&w.mallory]), &w.ring);
    assert_eq!(seen.verdict, "unverified");
    assert!(seen.has("from-mismatch"));
}

#[test]
fn x_18_more_signers_than_are_looked_at_are_told() {
    let w = world();
    let mut forge = Forge::of(PAYLOAD.as_bytes());
    forge.certificates = vec![w.alice.certificate.clone()];
    for n in 0..30_i64 {
        let mut list = attributes(PAYLOAD.as_bytes());
        list[2] = attribute(oids::SIGNING_TIME, |w| wire::Time(NOW.0 - n).write(w));
        forge.infos.push(info(&w.alice, list));
    }
    let seen = open(opaque_forge(&forge), &w.ring);
    assert!(seen.report.signers.len() <= 10 && seen.has("signers-ignored"));
}

#[test]
fn x_11_a_distrusted_certificate_is_not_believed() {
    let w = world();
    let mut ring = Ring::of(&w.bob, &[&w.alice]);
    ring.distrusted.push(w.alice.certificate.clone());
    assert_eq!(open(clear_mail(PAYLOAD, &[&w.alice]), &ring).verdict, "unverified");
}

#[test]
fn x_32_a_certificate_that_came_with_the_mail_is_no_anchor() {
    let w = world();
    let impostor = person("alice@example.org");
    let seen = open(clear_mail(PAYLOAD, &[&impostor]), &w.ring);
    assert_eq!((seen.verdict, seen.report.signers[0].certificate), ("unverified", "untrusted"));
    assert!(seen.report.signers[0].matches_from);
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut out = bytes.to_vec();
    let places: Vec<usize> = (0..=out.len() - from.len()).filter(|at| out[*at..].starts_with(from)).collect();
    assert!(!places.is_empty());
    for at in places {
        out[at..at + from.len()].copy_from_slice(to);
    }
    out
}

/// ecdsa-with-SHA256, 1.2.840.10045.4.3.2, and a neighbour that nobody assigned.
const ECDSA_SHA256: [u8; 10] = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const ECDSA_UNKNOWN: [u8; 10] = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 99];
