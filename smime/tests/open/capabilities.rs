//! What the sender can read is believed of verified mail alone (RFC 8551 §2.7.1; CAP-01 of the map).

use cms::Capabilities;
use sealpost_smime::{Desk, Harvest, LearnedCapabilities};
use trust::Policy;
use wire::cms::Attribute;
use wire::{Certificate, Time, oids};

use crate::build::{Forge, HEAD, PAYLOAD, attribute, attributes, clear_mail, info, opaque_mail, smime};
use crate::ring::{DAY, NOW, Person, Ring, person};
use crate::world;

fn learned(mail: &str, ring: &Ring) -> Vec<(Certificate, Capabilities, Time)> {
    let opened = Desk::new(&Policy::standard(), ring).at(NOW).open(&mail.as_bytes()).map(|opened| {
        let told = |l: &LearnedCapabilities| (l.certificate().clone(), l.capabilities().clone(), l.signed_at());
        opened.capabilities().iter().map(told).collect()
    });
    opened.unwrap()
}

#[test]
fn cap_01_a_verified_mail_tells_what_its_sender_can_read() {
    let w = world();
    let own = Capabilities::from_der(cms::own_capabilities()).unwrap();
    for mail in [clear_mail(PAYLOAD, &[&w.alice]), opaque_mail(PAYLOAD, &[&w.alice])] {
        assert_eq!(learned(&mail, &w.ring), [(w.alice.certificate.clone(), own.clone(), NOW)]);
    }
    // Mallory signs too, and is believed as Mallory: of him nothing is learned from Alice's mail.
    let both = learned(&clear_mail(PAYLOAD, &[&w.mallory, &w.alice]), &w.ring);
    assert_eq!(both, [(w.alice.certificate.clone(), own, NOW)]);
}

#[test]
fn cap_01_nothing_is_taken_from_signatures_that_are_not_verified() {
    let w = world();
    let good = clear_mail(PAYLOAD, &[&w.alice]);
    for (what, mail) in [
        ("the content was changed", good.replace("noon", "dawn")),
        ("another sender", good.replacen("alice@example.org", "dora@example.org", 1)),
        ("two From", format!("From: Alice <alice@example.org>\r\n{good}")),
        ("signed by somebody else", clear_mail(PAYLOAD, &[&w.mallory])),
        ("no signature", format!("{HEAD}{PAYLOAD}")),
    ] {
        assert_eq!(learned(&mail, &w.ring), [], "{what}");
    }
    assert_eq!(learned(&good, &Ring::of(&w.bob, &[])), [], "nobody vouches for the signer");
    let mut distrusting = Ring::of(&w.bob, &[&w.alice]);
    distrusting.distrusted.push(w.alice.certificate.clone());
    assert_eq!(learned(&good, &distrusting), [], "distrusted");
}

/// Mallory wants Bob to write to Alice by Mallory's key, or by a cipher that he can break: no mail of his making says so,
/// and no certificate that only travels beside Alice's signature.
#[test]
fn x_12_nobody_else_says_how_alice_is_written_to() {
    let w = world();
    let content = PAYLOAD.as_bytes();
    let wants = |person: &Person, preferred: &Certificate| {
        let mut all = attributes(content);
        all.push(Attribute::new(oids::SMIME_CAPABILITIES, vec![0x30, 0]));
        all.push(cms::KeyPreference::attribute(preferred));
        info(person, all)
    };
    // Somebody else's key that names Alice, certified by nobody.
    let forged = person("alice@example.org");
    let shown = |head: &str, forge: &Forge| {
        let mail = smime(head, "signed-data", &forge.to_der());
        let policy = Policy::standard();
        let mail = mail.as_bytes();
        let opened = Desk::new(&policy, &w.ring).at(NOW).open(&mail).unwrap();
        let certificates = |h: &Harvest| h.certificates().iter().map(|r| r.certificate.clone()).collect::<Vec<_>>();
        (opened.capabilities().len(), opened.harvest().map(certificates))
    };
    let by = |person: &Person, preferred: &Certificate| {
        let mut forge = Forge::of(content).signed_by(person, wants(person, preferred));
        forge.certificates.extend([&forged, &w.mallory, &w.alice].map(|person| person.certificate.clone()));
        forge
    };
    // Signed by Mallory as himself under Alice's From, and by the key that only says that it is Alice's.
    for signer in [&w.mallory, &forged] {
        assert_eq!(shown(HEAD, &by(signer, &signer.certificate)), (0, None));
    }
    // Under his own From he speaks of himself alone: not of Alice, whose certificate he names.
    let head = HEAD.replace("Alice <alice@example.org>", "mallory@example.com");
    let his = vec![w.mallory.certificate.clone()];
    assert_eq!(shown(&head, &by(&w.mallory, &w.alice.certificate)), (1, Some(his)));
    // Alice's own signature names herself; put beside it, neither of the others is taken for hers.
    let hers = vec![w.alice.certificate.clone()];
    for preferred in [&w.alice, &forged, &w.mallory] {
        assert_eq!(shown(HEAD, &by(&w.alice, &preferred.certificate)), (1, Some(hers.clone())));
    }
}

#[test]
fn cap_01_a_list_needs_a_time_that_has_come_and_a_form_that_can_be_read() {
    let w = world();
    let with = |own: &[u8], at: Option<i64>| {
        let mut all: Vec<Attribute> = attributes(PAYLOAD.as_bytes());
        all.pop();
        all.extend(at.map(|at| attribute(oids::SIGNING_TIME, |w| Time(at).write(w))));
        all.push(Attribute::new(oids::SMIME_CAPABILITIES, own.to_vec()));
        let forged = Forge::of(PAYLOAD.as_bytes()).signed_by(&w.alice, info(&w.alice, all)).to_der();
        learned(&smime(HEAD, "signed-data", &forged), &w.ring).len()
    };
    let own = cms::own_capabilities();
    assert_eq!(with(own, Some(NOW.0)), 1);
    assert_eq!(with(own, Some(NOW.0 - 900 * DAY)), 1);
    assert_eq!(with(own, Some(NOW.0 + DAY)), 1);
    assert_eq!(with(own, Some(NOW.0 + DAY + 1)), 0);
    assert_eq!(with(own, None), 0);
    assert_eq!(with(&[0x30, 0], Some(NOW.0)), 1);
    assert_eq!(with(&[0x04, 0], Some(NOW.0)), 0);
    assert_eq!(with(&own[..own.len() - 1], Some(NOW.0)), 0);
}
