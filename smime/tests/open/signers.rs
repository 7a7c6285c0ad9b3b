//! Signers judged one by one (rows V, X-05 to X-07), and the one word that comes of them.

use crypto::{Digest, KeySpec};
use wire::cms::{Attribute, SignerInfo};
use wire::der::Tag;
use wire::oids;
use wire::x509::KeyUsage;

use crate::build::*;
use crate::ring::{DAY, NOW, Person, Ring, make, person};
use crate::world;

fn opaque_forge(forge: &Forge) -> String {
    smime(HEAD, "signed-data", &forge.to_der())
}

/// Mails that nobody signed, attached and detached, with these digests announced: with and without the certificate of
/// somebody who is believed.
fn signed_by_nobody(announced: &[Digest], believed: &Person) -> Vec<String> {
    let with = |certificates: Vec<_>| {
        let announced = announced.iter().map(|digest| digest.algorithm_identifier()).collect();
        let forge = Forge { announced, certificates, ..Forge::of(PAYLOAD.as_bytes()) };
        [opaque_forge(&forge), clear(HEAD, PAYLOAD, &Forge { content: None, ..forge }.to_der())]
    };
    [with(Vec::new()), with(vec![believed.certificate.clone()])].concat()
}

#[test]
fn v_01_nobody_signing_is_not_signed() {
    let w = world();
    for mail in signed_by_nobody(&[Digest::Sha256], &w.alice) {
        let seen = open(mail, &w.ring);
        assert_eq!((seen.verdict, seen.report.signers.len()), ("unsigned", 0));
        assert_eq!(seen.report.summary, "Not signed, not encrypted.");
    }
}

#[test]
fn x_06_digests_that_nobody_used_sign_nothing() {
    let w = world();
    for announced in [&[][..], &[Digest::Sha256, Digest::Sha512]] {
        for mail in signed_by_nobody(announced, &w.alice) {
            let seen = open(mail, &w.ring);
            assert_eq!((seen.verdict, seen.report.signers.len()), ("unsigned", 0), "{announced:?}");
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

/// A signature of Alice's over these attributes is a broken one, and its mail is not given out.
fn breaks(why: &str, list: Vec<Attribute>) {
    let w = world();
    let forge = Forge::of(PAYLOAD.as_bytes()).signed_by(&w.alice, info(&w.alice, list));
    let seen = open(opaque_forge(&forge), &w.ring);
    assert!(seen.verdict == "broken" && seen.mail.is_err(), "{why}: {seen:?}");
}

#[test]
fn v_04_attributes_that_are_not_of_the_content_break_it() {
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
    ];
    for (why, list) in cases {
        breaks(why, list);
    }
}

/// RFC 6211 §3.1: what the attribute says was used is what was used, or somebody put another algorithm in its place.
#[test]
fn v_06_protection_of_other_algorithms_breaks_it() {
    let said = |digest: Digest, place: u8, signed_with: Digest| {
        let signature = crypto::SignatureAlgorithm::Ecdsa(signed_with).to_cms();
        let protection = attribute(oids::ALGORITHM_PROTECTION, |w| {
            w.sequence(|w| {
                digest.algorithm_identifier().write(w);
                signature.write_as(w, Tag::context(place));
            });
        });
        [attributes(PAYLOAD.as_bytes()), vec![protection]].concat()
    };
    let w = world();
    let right = info(&w.alice, said(Digest::Sha256, 1, Digest::Sha256));
    let seen = open(opaque_forge(&Forge::of(PAYLOAD.as_bytes()).signed_by(&w.alice, right)), &w.ring);
    assert_eq!(seen.verdict, "verified");
    breaks("another digest", said(Digest::Sha512, 1, Digest::Sha256));
    breaks("another signature", said(Digest::Sha256, 1, Digest::Sha512));
    breaks("the place of a code", said(Digest::Sha256, 2, Digest::Sha256));
}

#[test]
fn v_07_a_signature_over_the_bare_content_is_none() {
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
fn v_08_another_certificate_for_the_same_key_does_not_take_over_a_signature() {
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

/// Neither is believed; what people are told is which of the two it is.
#[test]
fn v_13_expired_when_it_was_signed_is_told_from_expired_since() {
    let w = world();
    let expired = make("alice@example.org", KeySpec::Ec(crypto::Curve::P256), -1, KeyUsage::DIGITAL_SIGNATURE);
    let ring = Ring::of(&w.bob, &[&expired]);
    let hint = |signed: Option<i64>| {
        let mut list = attributes(PAYLOAD.as_bytes());
        list.pop();
        list.extend(signed.map(|at| attribute(oids::SIGNING_TIME, |w| wire::Time(at).write(w))));
        let forge = Forge::of(PAYLOAD.as_bytes()).signed_by(&expired, info(&expired, list));
        let seen = open(opaque_forge(&forge), &ring);
        assert_eq!((seen.verdict, seen.report.signers[0].certificate), ("unverified", "expired"));
        seen.report.findings.into_iter().find(|f| f.code == "certificate-expired").unwrap().hint
    };
    assert!(hint(Some(NOW.0 - 2 * DAY)).starts_with("it was valid on 2026-11-21T10:00:00Z"));
    assert!(hint(Some(NOW.0 - DAY / 2)).starts_with("it had expired before the mail was signed"));
    assert!(hint(None).starts_with("ask them"));
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

/// What signers say of the content is shown if their signature holds, and told where they disagree (RFC 2634 §3).
#[test]
fn ess_04_labels_are_shown_and_differing_ones_told() {
    let w = world();
    let label = |number: u64| {
        attribute(oids::SECURITY_LABEL, |w| {
            w.nested(Tag::SET, |w| {
                w.uint(number).oid(oids::SHA256);
                w.element(Tag::PRINTABLE_STRING, b"EYES ONLY");
            });
        })
    };
    let said = |more: Option<Attribute>| attributes(PAYLOAD.as_bytes()).into_iter().chain(more).collect::<Vec<_>>();
    let by = |alice: Option<Attribute>, mallory: Option<Attribute>| {
        let forge = Forge::of(PAYLOAD.as_bytes()).signed_by(&w.alice, info(&w.alice, said(alice)));
        open(opaque_forge(&forge.signed_by(&w.mallory, info(&w.mallory, said(mallory)))), &w.ring)
    };
    let seen = by(Some(label(3)), Some(label(3)));
    let shown = seen.report.signers[0].label.as_ref().unwrap();
    assert_eq!(
        (shown.classification.as_deref(), shown.privacy_mark.as_deref()),
        (Some("confidential"), Some("EYES ONLY"))
    );
    assert_eq!((seen.verdict, seen.has("security-label"), seen.has("signers-disagree")), ("verified", true, false));
    for other in [Some(label(4)), None] {
        assert!(by(Some(label(3)), other.clone()).has("signers-disagree"));
        assert!(by(other, Some(label(3))).has("signers-disagree"));
    }
    assert!(!by(None, None).has("signers-disagree"));
    // What nobody signed says nothing: an attribute of a signature that fails is not shown.
    let mut broken = info(&w.alice, said(Some(label(3))));
    *broken.last_mut().unwrap() ^= 1;
    let seen = open(opaque_forge(&Forge::of(PAYLOAD.as_bytes()).signed_by(&w.alice, broken)), &w.ring);
    assert!(seen.verdict == "broken" && seen.report.signers[0].label.is_none() && !seen.has("security-label"));
    let odd = attribute(oids::SECURITY_LABEL, |w| {
        w.octet_string(b"no label");
    });
    let forge = Forge::of(PAYLOAD.as_bytes()).signed_by(&w.alice, info(&w.alice, said(Some(odd))));
    assert!(open(opaque_forge(&forge), &w.ring).has("attribute-unreadable"));
}

/// CMS-11: a countersignature is shown, and is a signature of nothing else.
#[test]
fn cms_11_countersignatures_are_shown_and_decide_nothing() {
    let w = world();
    let sealed = SignerInfo::from_der(&info(&w.alice, attributes(PAYLOAD.as_bytes()))).unwrap();
    let over = |signature: &[u8]| attributes(signature).into_iter().skip(1).collect::<Vec<_>>();
    let with = |counter: Vec<u8>| {
        let unsigned = vec![Attribute::new(oids::COUNTERSIGNATURE, counter)];
        let mut forge = Forge::of(PAYLOAD.as_bytes());
        forge.certificates = vec![w.alice.certificate.clone(), w.mallory.certificate.clone()];
        forge.infos = vec![SignerInfo { unsigned, ..sealed.clone() }.to_der()];
        open(opaque_forge(&forge), &w.ring)
    };
    let seen = with(info(&w.mallory, over(&sealed.signature)));
    let counter = &seen.report.signers[0].countersignatures[0];
    assert_eq!(
        (counter.signature, counter.certificate, counter.algorithm.as_str()),
        ("good", "trusted", "ecdsa-p256-sha256")
    );
    assert_eq!((seen.verdict, seen.report.signers.len(), seen.has("countersignature-bad")), ("verified", 1, false));
    // Over something else, as a signature of the content, with a content type, by nobody known, or no SignerInfo at all.
    let mut flipped = info(&w.mallory, over(&sealed.signature));
    *flipped.last_mut().unwrap() ^= 1;
    for (n, wrong) in [
        info(&w.mallory, over(b"another signature")),
        info(&w.mallory, over(PAYLOAD.as_bytes())),
        info(&w.mallory, attributes(&sealed.signature)),
        info(&person("carol@example.org"), over(&sealed.signature)),
        flipped,
        vec![4, 1, 0],
    ]
    .into_iter()
    .enumerate()
    {
        let seen = with(wrong);
        assert_eq!((seen.verdict, seen.has("countersignature-bad")), ("verified", true), "{n}");
        assert_ne!(seen.report.signers[0].countersignatures[0].signature, "good", "{n}");
    }
    // The work is bounded.
    let many = vec![info(&w.mallory, over(&sealed.signature)); 50];
    let unsigned = vec![Attribute { oid: oids::COUNTERSIGNATURE, values: many }];
    let mut forge = Forge::of(PAYLOAD.as_bytes()).signed_by(&w.alice, Vec::new());
    forge.infos = vec![SignerInfo { unsigned, ..sealed.clone() }.to_der()];
    assert_eq!(open(opaque_forge(&forge), &w.ring).report.signers[0].countersignatures.len(), 8);
}
