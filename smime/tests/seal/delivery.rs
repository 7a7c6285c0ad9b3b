//! Who gets which copy of a mail, and what the copies are.

use crypto::{Curve, KeySpec};
use sealpost_smime::{Clear, DeliveryPlan, DeliveryWish, PlannedCopy, Protected, Refusal, SealError, SealNote};
use trust::{Address, HeaderConfidentiality};
use wire::x509::KeyUsage;

use crate::ring::{NOW, Ring, make, stating};
use crate::unseal::{decrypt, entity, verify_clear};
use crate::{LETTER, World, text, values, world};

fn address(text: &str) -> Address {
    Address::parse_international(text).unwrap()
}

fn list(texts: &[&str]) -> Vec<Address> {
    texts.iter().map(|text| address(text)).collect()
}

impl World {
    fn plan(&self, mail: &str, wish: &DeliveryWish) -> Result<DeliveryPlan, SealError> {
        DeliveryPlan::of(&mail.as_bytes(), wish, &self.policy, &self.ring, NOW)
    }

    fn copy(&self, mail: &str, copy: &PlannedCopy) -> Vec<u8> {
        self.with(mail.as_bytes(), |s| s.copy(copy).finish().unwrap().into_bytes())
    }
}

/// Each copy as `to: protection`, with `+` where the others are not to know of it.
fn copies(plan: &DeliveryPlan) -> Vec<String> {
    let mark = |copy: &PlannedCopy| if copy.hidden { "+" } else { "" };
    let to = |copy: &PlannedCopy| copy.to.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    plan.copies.iter().map(|copy| format!("{}{}: {}", mark(copy), to(copy), copy.protection.word())).collect()
}

#[test]
fn snd_07_the_named_share_a_copy_and_each_bcc_has_one_alone() {
    let w = world();
    let mail = LETTER.replace("Subject:", "Cc: carol@example.net\r\nBcc: alice@example.org\r\nSubject:");
    let plan = w.plan(&mail, &DeliveryWish::default()).unwrap();
    assert_eq!(
        copies(&plan),
        ["bob@example.net carol@example.net: signed-and-encrypted", "+alice@example.org: signed-and-encrypted"]
    );
    let readers = |n: usize| plan.copies[n].readers.iter().map(|r| r.address.to_string()).collect::<Vec<_>>();
    assert_eq!(readers(0), ["bob@example.net", "carol@example.net", "alice@example.org"]);
    assert_eq!(readers(1), ["alice@example.org"]);
    // Who is named and in Bcc is no secret; whoever stands twice gets one copy; an empty Bcc names nobody.
    let twice = LETTER.replace("Subject:", "Bcc: BOB@EXAMPLE.net, carol@example.net\r\nBcc:\r\nSubject:");
    let wish = DeliveryWish { to: list(&["Bob@Example.net"]), bcc: list(&["carol@example.net"]), ..Default::default() };
    let plan = w.plan(&twice, &wish).unwrap();
    assert_eq!(copies(&plan), ["bob@example.net: signed-and-encrypted", "+carol@example.net: signed-and-encrypted"]);
    // Nobody but Bcc: nobody is named at all.
    let alone = LETTER.replace("To: Bob <bob@example.net>", "Bcc: bob@example.net, carol@example.net");
    let plan = w.plan(&alone, &DeliveryWish::default()).unwrap();
    assert_eq!(copies(&plan), ["+bob@example.net: signed-and-encrypted", "+carol@example.net: signed-and-encrypted"]);
    let nobody = w.plan(&LETTER.replace("To: Bob <bob@example.net>\r\n", ""), &DeliveryWish::default());
    assert!(matches!(nobody, Err(SealError::Refused(Refusal::NoRecipient))));
}

#[test]
fn snd_10_nobody_gets_it_in_clear_without_leave_and_each_is_told_why() {
    let w = world();
    let mail = LETTER.replace("To: Bob", "To: eve@example.com, Bob");
    let plan = |clear: Clear, protection: Protected| {
        w.plan(&mail, &DeliveryWish { clear, protection, bcc: list(&["mallory@example.com"]), ..Default::default() })
    };
    let groups = ["bob@example.net: signed-and-encrypted", "eve@example.com: signed", "+mallory@example.com: signed"];
    for (clear, refused) in [
        (Clear::Nobody, &["eve@example.com", "mallory@example.com"][..]),
        (Clear::These(list(&["eve@EXAMPLE.com", "bob@example.net"])), &["mallory@example.com"]),
        (Clear::Anybody, &[]),
    ] {
        let plan = plan(clear, Protected::Sealed).unwrap();
        assert_eq!(copies(&plan), groups);
        let told: Vec<String> = plan.refused.iter().map(|one| one.address.to_string()).collect();
        assert_eq!(told, refused);
        assert_eq!(plan.copies[1].unusable.len(), 1);
        let text = plan.to_string();
        assert!(
            text.contains("to eve@example.com\n  IN CLEAR, signed: everybody on its way can read it\n  eve@"),
            "{text}"
        );
        assert!(text.contains("no certificate of theirs is known"), "{text}");
    }
    // What the sender asked to be readable by all needs nobody's certificate.
    let open = plan(Clear::Nobody, Protected::Signed).unwrap();
    assert_eq!(copies(&open), ["eve@example.com bob@example.net: signed", "+mallory@example.com: signed"]);
    assert!(open.refused.is_empty() && open.copies.iter().all(|c| c.readers.is_empty() && c.unusable.is_empty()));
    assert_eq!(open.in_clear().count(), 3);
    let only = plan(Clear::Anybody, Protected::Encrypted).unwrap();
    assert_eq!(copies(&only)[0], "bob@example.net: encrypted");
}

/// The sender who could not read it again is an error, and not somebody who gets it in clear.
#[test]
fn a_sender_who_cannot_read_it_stops_the_plan() {
    let mut w = world();
    let signs = make("alice@example.org", KeySpec::Ec(Curve::P256), 300, KeyUsage::DIGITAL_SIGNATURE);
    w.ring = Ring::of(&signs, &[&w.bob]);
    let found = w.plan(LETTER, &DeliveryWish { clear: Clear::Anybody, ..Default::default() });
    let Err(SealError::Recipients(list)) = found else { panic!("{found:?}") };
    assert_eq!(list[0].address, address("alice@example.org"));
    // Without any identity that is all that there is to tell, with what to do about it.
    w.ring = Ring::of(&w.bob, &[]);
    for protection in [Protected::Sealed, Protected::Encrypted] {
        let found = w.plan(LETTER, &DeliveryWish { clear: Clear::Anybody, protection, ..Default::default() });
        let Err(error @ SealError::NoOwnCopy(_)) = found else { panic!("{found:?}") };
        assert!(error.hint().unwrap().contains("sealpost id new alice@example.org"));
    }
    let other = DeliveryWish { from: Some(address("bob@example.net")), ..Default::default() };
    assert!(matches!(w.plan(LETTER, &other), Err(SealError::Refused(Refusal::FromMismatch { .. }))));
}

#[test]
fn each_group_is_encrypted_with_the_best_that_all_of_it_read() {
    let mut w = world();
    let gcm = crate::choosing::list(&[wire::oids::AES256_GCM]).to_der();
    let modern = stating("carol@example.net", KeySpec::Ec(Curve::P256), &gcm);
    let alice = stating("alice@example.org", KeySpec::Ec(Curve::P256), &gcm);
    w.ring = Ring::of(&alice, &[&w.bob, &modern]);
    let wish = DeliveryWish { bcc: list(&["carol@example.net"]), ..Default::default() };
    let plan = w.plan(LETTER, &wish).unwrap();
    let ciphers: Vec<String> = plan.copies.iter().map(|c| c.choice.as_ref().unwrap().cipher.to_string()).collect();
    assert_eq!(ciphers, ["aes-256-cbc", "aes-256-gcm"], "one who reads less makes no other's copy worse");
    for copy in &plan.copies {
        let sealed = w.copy(LETTER, copy);
        let reader = if copy.hidden { Ring::of(&modern, &[]) } else { Ring::of(&w.bob, &[]) };
        decrypt(&sealed, &reader).unwrap();
        let other = if copy.hidden { Ring::of(&w.bob, &[]) } else { Ring::of(&modern, &[]) };
        assert!(decrypt(&sealed, &other).is_err());
    }
}

#[test]
fn snd_11_the_senders_own_copy_tells_whom_the_others_do_not_see() {
    let w = world();
    let bcc = "Bcc: Carol <carol@example.net>, friends: dave@example.com;\r\n";
    let mail = LETTER.replace("Message-ID: <1@example.org>\r\n", "").replace("Subject:", &format!("{bcc}Subject:"));
    let wish = DeliveryWish {
        to: list(&["erin@example.com"]),
        bcc: list(&["frank@example.com", "CAROL@example.net"]),
        clear: Clear::Anybody,
        ..Default::default()
    };
    let plan = w.plan(&mail, &wish).unwrap();
    assert!(plan.notes.contains(&SealNote::MadeMessageId));
    let own = w.copy(&mail, &plan.own_copy());
    let (inside, _) = decrypt(&own, &Ring::of(&w.alice, &[])).unwrap();
    let inside = verify_clear(&inside);
    let told = "Carol <carol@example.net>, friends: dave@example.com;, frank@example.com, erin@example.com";
    assert_eq!(values(&inside, "Bcc"), [told]);
    assert!(!text(&inside).contains("HP-Outer: Bcc"), "that it is hidden is told inside: {}", text(&inside));
    for policy in [HeaderConfidentiality::Baseline, HeaderConfidentiality::Shy] {
        let own =
            w.with(mail.as_bytes(), |s| s.copy(&plan.own_copy()).header_confidentiality(policy).finish().unwrap());
        let outer = text(own.as_bytes());
        let head = outer.split("\r\n\r\n").next().unwrap().to_ascii_lowercase();
        assert!(!head.contains("bcc") && !head.contains("carol") && !head.contains("frank"), "{head}");
    }
    // Everybody else's copy is the same mail, without a word of it.
    let id = values(&inside, "Message-ID");
    for copy in &plan.copies {
        let sealed = w.copy(&mail, copy);
        assert_eq!(values(&sealed, "Message-ID"), id);
        assert_eq!(entity(&sealed).header.count("Bcc"), 0);
        if copy.protection == Protected::Signed {
            assert!(!text(&verify_clear(&sealed)).to_ascii_lowercase().contains("bcc:"));
        }
    }
    let (shared, _) = decrypt(&w.copy(&mail, &plan.copies[0]), &Ring::of(&w.bob, &[])).unwrap();
    let shared = text(&verify_clear(&shared)).to_ascii_lowercase();
    assert!(!shared.contains("bcc:") && !shared.contains("carol"), "{shared}");
    // Nobody is left out: nothing is written.
    let own = w.copy(LETTER, &w.plan(LETTER, &DeliveryWish::default()).unwrap().own_copy());
    let (inside, _) = decrypt(&own, &Ring::of(&w.alice, &[])).unwrap();
    assert!(!text(&verify_clear(&inside)).contains("Bcc:"));
    // The inside of what is a layer already stays as it is, and outside it is told to nobody.
    let layer = text(w.seal(LETTER).unwrap().as_bytes()).replacen("Subject:", &format!("{bcc}Subject:"), 1);
    let plan = w.plan(&layer, &DeliveryWish { clear: Clear::Anybody, ..Default::default() }).unwrap();
    assert!(!text(&w.copy(&layer, &plan.own_copy())).contains("Bcc:"));
}

/// Whoever does not want to sign signs no copy either, and needs no key for it.
#[test]
fn the_senders_own_copy_is_signed_where_the_others_are() {
    let w = world();
    for (protection, own) in [
        (Protected::Sealed, Protected::Sealed),
        (Protected::Signed, Protected::Sealed),
        (Protected::Encrypted, Protected::Encrypted),
    ] {
        let plan = w.plan(LETTER, &DeliveryWish { protection, ..Default::default() }).unwrap();
        assert_eq!(plan.own_copy().protection, own);
        let copy = w.copy(LETTER, &plan.own_copy());
        decrypt(&copy, &Ring::of(&w.alice, &[])).unwrap();
        assert!(decrypt(&copy, &Ring::of(&w.bob, &[])).is_err(), "it is the sender's alone");
    }
}
