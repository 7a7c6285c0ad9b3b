//! What a sealed mail is made of, and what is refused (rows G-02, H-15, X-25, X-29).

use crypto::{Curve, KeySpec};
use sealpost_smime::{Desk, Refusal, SealError};
use wire::x509::KeyUsage;

use crate::ring::{NOW, Ring, make};
use crate::{LETTER, text, values, world};

#[test]
fn g_02_a_mail_is_signed_inside_and_encrypted_outside() {
    let w = world();
    let sealed = w.seal(LETTER).unwrap();
    let ring = Ring::of(&w.bob, &[&w.alice]);
    let opened = Desk::new(&w.policy, &ring).at(NOW).open(&sealed).unwrap();
    let kinds: Vec<_> = opened.report().layers.iter().map(|layer| layer.kind).collect();
    assert_eq!(kinds, ["enveloped-data", "multipart-signed"]);
}

#[test]
fn h_15_who_adds_a_layer_to_a_mail_says_nothing_of_its_header() {
    let w = world();
    let signed = w.with(LETTER.as_bytes(), |sealing| sealing.sign_only().finish()).unwrap();
    let sealed = w.seal(signed.as_bytes()).unwrap();
    assert_eq!(
        values(sealed.as_bytes(), "Subject"),
        ["The plan"],
        "nothing is hidden that the inside does not give back"
    );
    let ring = Ring::of(&w.bob, &[&w.alice]);
    let opened = Desk::new(&w.policy, &ring).at(NOW).open(&sealed).unwrap();
    let headers = &opened.report().headers;
    // The author said "clear", so that encryption which somebody added hides nothing (H-09).
    assert_eq!((opened.report().verdict, headers.protection), ("verified", "clear"));
    assert!(headers.states.iter().all(|field| field.state == "signed-only"), "{:?}", headers.states);
    let answered = opened.reference_policy(&[]);
    assert!(answered.is_empty());
}

#[test]
fn x_25_a_mail_with_bcc_is_refused_before_anything_is_written() {
    let w = world();
    let letter = LETTER.replace("Subject:", "Bcc: carol@example.net\r\nSubject:");
    let mut out = Vec::new();
    let refused = w.with(letter.as_bytes(), |sealing| sealing.write_to(&mut out));
    assert!(matches!(refused, Err(SealError::Refused(Refusal::BccPresent))) && out.is_empty());
    // Whoever is added is named in no field.
    let sealed = w.with(LETTER.as_bytes(), |s| s.encrypt_to(["carol@example.net"]).unwrap().finish()).unwrap();
    assert!(!text(sealed.as_bytes()).contains("carol"));
}

#[test]
fn x_29_a_key_for_encryption_signs_no_mail() {
    let w = world();
    let alice = make("alice@example.org", KeySpec::Ec(Curve::P256), 300, KeyUsage::KEY_AGREEMENT);
    let ring = Ring::of(&alice, &[&w.bob]);
    let letter = LETTER.as_bytes();
    let refused = Desk::new(&w.policy, &ring).at(NOW).seal(&letter).finish();
    assert!(matches!(refused, Err(SealError::CannotSign { .. })), "{refused:?}");
    // Nor is a key for signatures encrypted to.
    let bob = make("bob@example.net", KeySpec::Ec(Curve::P256), 300, KeyUsage::DIGITAL_SIGNATURE);
    let ring = Ring::of(&w.alice, &[&bob]);
    let refused = Desk::new(&w.policy, &ring).at(NOW).seal(&letter).finish();
    assert!(matches!(refused, Err(SealError::Recipients(_))), "{refused:?}");
}
