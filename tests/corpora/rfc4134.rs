//! The signed messages of RFC 4134: DSA and RSA with SHA-1. They hold, which the standard policy does not believe
//! (RFC 8551 section B.2): each is judged by it and by one that takes them as they were meant in their day.

use std::io::Read;
use std::path::Path;

use cms::{ExpansionHistory, Services, SignedFacts, SignedReader, SignerEntry, check_countersignatures, check_signer};
use crypto::{Digest, digest};
use trust::{Clearance, Policy, Row, Standing, Use};
use wire::Certificate;
use wire::ber::BerReader;

use crate::{NOW, Outcomes, corpus};

/// Name, whether its content is outside, and how many signers it has.
const MESSAGES: [(&str, bool, usize); 8] = [
    ("4.1", false, 1),
    ("4.2", false, 1),
    ("4.3", true, 1),
    ("4.4", false, 1),
    ("4.5", false, 1),
    ("4.6", false, 2),
    ("4.7", false, 1),
    ("4.10", false, 1),
];

#[test]
fn rfc4134_signatures() {
    let Some(root) = corpus("rfc4134") else { return };
    let mut outcomes = Outcomes::new("rfc4134-signatures");
    for (name, detached, count) in MESSAGES {
        let of_its_day = judged(&root, name, detached, &of_their_day());
        let today = judged(&root, name, detached, &Policy::standard());
        assert_eq!((of_its_day.len(), today.len()), (count, count), "{name}");
        for (i, (then, now)) in of_its_day.into_iter().zip(today).enumerate() {
            outcomes.note(&format!("{name} signer {}", i + 1), "holds", &then);
            assert_ne!(now, "holds", "{name}");
        }
    }
    outcomes.compare();
}

/// Section 4.10 has every service but receipts, section 4.4 a countersignature.
#[test]
fn rfc4134_services_and_a_countersignature() {
    let Some(root) = corpus("rfc4134") else { return };
    let facts = facts(&root, "4.10");
    let SignerEntry::Info(info) = &facts.signers[0] else { panic!() };
    let services = Services::of(info.signed.as_ref().unwrap());
    assert_eq!(services.unreadable, Vec::<&str>::new());
    let label = services.label.unwrap();
    assert_eq!((label.classification_name().as_deref(), label.categories.len()), (Some("unclassified"), 1));
    assert_eq!((services.equivalent.len(), services.lists.len()), (2, 1));
    assert!(services.reference.is_some() && services.hint.is_some());
    // The history is written as it was read, and what a clearance says of the label depends on its level.
    let value = info.signed.as_ref().unwrap().single(wire::oids::ML_EXPANSION_HISTORY).unwrap().unwrap();
    let history = ExpansionHistory::from_der(value).unwrap();
    assert_eq!(history.to_der(), value);
    let clearance: Clearance = format!("{}=unclassified", label.policy).parse().unwrap();
    assert_eq!(clearance.permits(label.classification, &label.categories), Ok(()));
    let clearance = Clearance { categories: Some(Vec::new()), ..clearance };
    assert!(clearance.permits(label.classification, &label.categories).is_err());

    let facts = self::facts(&root, "4.4");
    let SignerEntry::Info(info) = &facts.signers[0] else { panic!() };
    let counters = |info: &wire::cms::SignerInfo, policy: Policy| {
        check_countersignatures(info, &facts, &others(&root), &policy, NOW)
    };
    let found = counters(info, of_their_day());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].result, Ok(()), "{found:?}");
    assert!(counters(info, Policy::standard())[0].result.is_err(), "with SHA-1, today");
    let mut other = info.clone();
    other.signature[10] ^= 1;
    assert!(counters(&other, of_their_day())[0].result.is_err());
}

fn facts(root: &Path, name: &str) -> SignedFacts {
    let message = std::fs::read(root.join(format!("{name}.bin"))).unwrap();
    let mut ber = BerReader::new(message.as_slice());
    cms::enter(&mut ber).unwrap();
    SignedReader::new(ber, true).map_err(|broken| broken.error).unwrap().finish().0.unwrap()
}

fn others(root: &Path) -> Vec<Certificate> {
    ["AliceDSSSignByCarlNoInherit", "AliceRSASignByCarl", "DianeDSSSignByCarlInherit", "DianeRSASignByCarl"]
        .iter()
        .map(|file| Certificate::from_der(&std::fs::read(root.join(format!("{file}.cer"))).unwrap()).unwrap())
        .collect()
}

/// What comes of each signer.
fn judged(root: &Path, name: &str, detached: bool, policy: &Policy) -> Vec<String> {
    let message = std::fs::read(root.join(format!("{name}.bin"))).unwrap();
    let content = std::fs::read(root.join("ExContent.bin")).unwrap();
    let mut ber = BerReader::new(message.as_slice());
    cms::enter(&mut ber).unwrap();
    let mut reader = SignedReader::new(ber, true).map_err(|broken| broken.error).unwrap();
    let mut inside = Vec::new();
    reader.read_to_end(&mut inside).unwrap();
    let mut facts = reader.finish().0.unwrap();
    assert_eq!(facts.has_content, !detached, "{name}");
    if detached {
        facts.digests.push((Digest::Sha1, digest(Digest::Sha1, &content)));
        facts.start.update(&content);
    } else {
        assert_eq!(inside, content, "{name}");
    }
    let others = others(root);
    let judge = |entry: &SignerEntry| match entry {
        SignerEntry::Info(info) => match check_signer(info, &facts, &others, policy, NOW, true).result {
            Ok(_) => "holds".to_owned(),
            Err(fault) => fault.to_string(),
        },
        SignerEntry::Unreadable(error) => error.to_string(),
    };
    facts.signers.iter().map(judge).collect()
}

fn of_their_day() -> Policy {
    let row = |algorithm: &'static str| Row {
        use_: Use::Verify,
        algorithm: algorithm.into(),
        min_bits: None,
        max_bits: None,
        standing: Standing::Accept,
        from: None,
        until: None,
        source: "RFC 3370".into(),
    };
    Policy::new(["dsa", "dsa-sha1", "rsa", "rsa-pkcs1-sha1"].map(row).to_vec())
}
