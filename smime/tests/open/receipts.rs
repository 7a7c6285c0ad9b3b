//! Receipts of messages that somebody meddles with: mailing lists, wrappers, unproven requests (RFC 2634 §2.3).

use std::io::Write;

use cms::{AttachedSigner, KeyList, MlReceiptPolicy, NoReceipt, ReceiptRequest, ReceiptsFrom, SignOptions, Signer};
use crypto::SystemRandom;
use sealpost_smime::OpenError;
use sealpost_smime::stateless::{Trust, VerifyRequest, answer};
use trust::{Address, Policy};
use wire::cms::Attribute;
use wire::der::{Tag, Writer};
use wire::oids;
use wire::x509::GeneralName;

use crate::build::*;
use crate::ring::{NOW, Person};
use crate::world;

/// An opaque mail with further signed attributes.
fn signed(head: &str, content: &[u8], by: &Person, attributes: &[Attribute]) -> String {
    let algorithm = cms::default_signature_algorithm(by.own.key.public());
    let signer = Signer { certificate: by.certificate.clone(), key: &*by.own.key, algorithm };
    let options = SignOptions { attributes: attributes.to_vec(), ..SignOptions::at(NOW) };
    let mut writer = AttachedSigner::new(Vec::new(), vec![signer], options).unwrap();
    writer.write_all(content).unwrap();
    smime(head, "signed-data", &writer.finish(&mut SystemRandom).unwrap())
}

fn request(from: ReceiptsFrom) -> Attribute {
    let to = [Address::parse("alice@example.org").unwrap()];
    ReceiptRequest::new(b"key", NOW, from, &to, &mut SystemRandom).unwrap().attribute()
}

fn history(policy: Option<MlReceiptPolicy>) -> Attribute {
    let mut w = Writer::new();
    w.sequence(|w| {
        w.sequence(|w| {
            w.octet_string(b"list").element(Tag::GENERALIZED_TIME, b"20261123100000Z");
            w.raw(&policy.map(|policy| policy.to_der()).unwrap_or_default());
        });
    });
    Attribute::new(oids::ML_EXPANSION_HISTORY, w.into_bytes())
}

/// To whom Bob, who believes these, is to send a receipt.
fn answers(mail: &str, bob: &Person, anchors: &[&Person]) -> Result<String, OpenError> {
    let policy = Policy::standard();
    let trust = Trust::Anchors(anchors.iter().map(|person| person.certificate.clone()).collect());
    let request =
        VerifyRequest { policy: &policy, now: NOW, trust, certificates: Vec::new(), without_attributes: false };
    let keys = KeyList::new(Vec::new());
    let answer = answer(&mail.as_bytes(), None, request, &keys, &bob.certificate, &mut SystemRandom)?;
    Ok(answer.to().iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
}

fn refused(result: Result<String, OpenError>) -> Option<NoReceipt> {
    match result {
        Err(OpenError::NoReceipt(why)) => Some(why),
        _ => None,
    }
}

#[test]
fn ess_03_a_mailing_list_s_word_counts_where_it_is_believed() {
    let w = world();
    let list = vec![vec![GeneralName::Rfc822("list@example.com".into())]];
    let through = |from: ReceiptsFrom, policy: Option<MlReceiptPolicy>, anchors: &[&Person]| {
        let inside = signed("", PAYLOAD.as_bytes(), &w.alice, &[request(from)]);
        let outside = signed(HEAD, inside.as_bytes(), &w.mallory, &[history(policy)]);
        answers(&outside, &w.bob, anchors)
    };
    let both = [&w.alice, &w.mallory];
    assert_eq!(through(ReceiptsFrom::All, None, &both).unwrap(), "alice@example.org");
    let instead = || Some(MlReceiptPolicy::InsteadOf(list.clone()));
    assert_eq!(through(ReceiptsFrom::All, instead(), &both).unwrap(), "list@example.com");
    let more = Some(MlReceiptPolicy::InAdditionTo(list.clone()));
    assert_eq!(through(ReceiptsFrom::All, more, &both).unwrap(), "alice@example.org list@example.com");
    let none = through(ReceiptsFrom::All, Some(MlReceiptPolicy::None), &both);
    assert_eq!(refused(none), Some(NoReceipt::ListForbids));
    assert_eq!(refused(through(ReceiptsFrom::FirstTier, None, &both)), Some(NoReceipt::NotFirstTier));
    // A gateway that signs around the list's signature does not make anybody a first tier recipient (RFC 2634 §2.3).
    let asking = signed("", PAYLOAD.as_bytes(), &w.alice, &[request(ReceiptsFrom::FirstTier)]);
    let listed = signed("", asking.as_bytes(), &w.mallory, &[history(None)]);
    let around = signed(HEAD, listed.as_bytes(), &w.alice, &[]);
    assert_eq!(refused(answers(&around, &w.bob, &both)), Some(NoReceipt::NotFirstTier));
    // Whoever is not believed does not draw receipts to himself.
    assert!(matches!(through(ReceiptsFrom::All, instead(), &[&w.alice]), Err(OpenError::Unproven(_))));
}

#[test]
fn ess_03_only_the_innermost_signature_asks_and_only_if_it_holds() {
    let w = world();
    let asks = || [request(ReceiptsFrom::All)];
    let inside = signed("", PAYLOAD.as_bytes(), &w.alice, &[]);
    let outside = signed(HEAD, inside.as_bytes(), &w.mallory, &asks());
    assert_eq!(refused(answers(&outside, &w.bob, &[&w.alice, &w.mallory])), Some(NoReceipt::NotRequested));
    let seen = open(&outside, &w.ring);
    assert!(!seen.has("receipt-requested") && seen.report.receipt.is_none());

    let asking = signed(HEAD, PAYLOAD.as_bytes(), &w.alice, &asks());
    assert_eq!(answers(&asking, &w.bob, &[&w.alice]).unwrap(), "alice@example.org");
    assert!(matches!(answers(&asking, &w.bob, &[&w.mallory]), Err(OpenError::Unproven(_))));
    assert!(open(&asking, &w.ring).has("receipt-requested"));
    // Another content than was signed.
    let broken =
        clear(HEAD, "Content-Type: text/plain\r\n\r\nMeet never.\r\n", &detached(PAYLOAD.as_bytes(), &[&w.alice]));
    assert!(matches!(answers(&broken, &w.bob, &[&w.alice]), Err(OpenError::Unproven(_))));
    // A request that cannot be read is told, and answered by nobody.
    let unreadable = [Attribute::new(oids::RECEIPT_REQUEST, vec![0x30, 0])];
    let mail = signed(HEAD, PAYLOAD.as_bytes(), &w.alice, &unreadable);
    assert_eq!(refused(answers(&mail, &w.bob, &[&w.alice])), Some(NoReceipt::Unreadable));
    let seen = open(&mail, &w.ring);
    assert!(seen.has("receipt-request-unusable") && seen.verdict == "verified");
}

/// RFC 2634 §1.3.4: a label or a history is every signer's or nobody's. Histories that differ stop the processing (§4.1).
#[test]
fn ess_02_signers_say_the_same_or_it_is_told() {
    let w = world();
    for oid in [oids::SECURITY_LABEL, oids::ML_EXPANSION_HISTORY] {
        let saying = |value: Option<&[u8]>| {
            let mut list = attributes(PAYLOAD.as_bytes());
            list.extend(value.map(|value| Attribute::new(oid, value.to_vec())));
            list
        };
        let told = |one: Option<&[u8]>, two: Option<&[u8]>| {
            let forge = Forge::of(PAYLOAD.as_bytes())
                .signed_by(&w.alice, info(&w.alice, saying(one)))
                .signed_by(&w.mallory, info(&w.mallory, saying(two)));
            let seen = open(smime(HEAD, "signed-data", &forge.to_der()), &w.ring);
            let stops = oid == oids::ML_EXPANSION_HISTORY && one.is_some() && two.is_some() && one != two;
            let verdict = if stops { "broken" } else { "verified" };
            assert_eq!((seen.verdict, seen.mail.is_err()), (verdict, stops), "{:?}", seen.codes);
            seen.has("signers-disagree")
        };
        let (one, two) = (Some(&[0x30, 0][..]), Some(&[0x31, 0][..]));
        assert!(!told(None, None) && !told(one, one));
        assert!(told(one, two) && told(one, None) && told(None, one));
    }
}
