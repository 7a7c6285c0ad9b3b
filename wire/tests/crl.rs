//! Lists and OCSP answers at their bounds, cut short and changed.

use sealpost_wire::crl::{Crl, Reason, fuzz_crl};
use sealpost_wire::der::{Tag, Writer};
use sealpost_wire::ocsp::{CertId, OcspRequest, OcspResponse, OcspResponseStatus, fuzz_ocsp};
use sealpost_wire::x509::GeneralName;
use sealpost_wire::{AlgorithmIdentifier, Error, Name, NameBuilder, Oid, Time, oids};

const DAY: Time = Time(1_795_428_000);

/// What a test varies of a list.
struct List {
    version: Option<u64>,
    entries: Vec<u8>,
    extensions: Vec<(Oid, bool, Vec<u8>)>,
    outer: Oid,
}

impl Default for List {
    fn default() -> Self {
        List { version: Some(1), entries: Vec::new(), extensions: Vec::new(), outer: oids::ECDSA_SHA256 }
    }
}

fn write_extensions(w: &mut Writer, list: &[(Oid, bool, Vec<u8>)]) {
    w.sequence(|w| {
        for (oid, critical, value) in list {
            w.sequence(|w| {
                w.oid(*oid);
                if *critical {
                    w.boolean(true);
                }
                w.octet_string(value);
            });
        }
    });
}

impl List {
    fn der(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.sequence(|w| {
                if let Some(version) = self.version {
                    w.uint(version);
                }
                AlgorithmIdentifier::new(oids::ECDSA_SHA256).write(w);
                w.raw(name("CA").der());
                DAY.write(w);
                Time(DAY.0 + 86_400).write(w);
                if !self.entries.is_empty() {
                    w.element(Tag::SEQUENCE, &self.entries);
                }
                if !self.extensions.is_empty() {
                    w.nested(Tag::context(0), |w| write_extensions(w, &self.extensions));
                }
            });
            AlgorithmIdentifier::new(self.outer).write(w);
            w.bit_string(&[0x5a; 70]);
        });
        w.into_bytes()
    }

    fn read(&self) -> Result<Crl, Error> {
        Crl::from_der(&self.der())
    }
}

fn name(text: &str) -> Name {
    NameBuilder::new().common_name(text).build()
}

fn entry(w: &mut Writer, serial: &[u8], extensions: &[(Oid, bool, Vec<u8>)]) {
    w.sequence(|w| {
        w.integer(serial);
        DAY.write(w);
        if !extensions.is_empty() {
            write_extensions(w, extensions);
        }
    });
}

fn of(issuer: &str) -> (Oid, bool, Vec<u8>) {
    let mut w = Writer::new();
    w.sequence(|w| GeneralName::Directory(name(issuer)).write(w));
    (oids::CERTIFICATE_ISSUER, true, w.into_bytes())
}

fn because(reason: u8) -> (Oid, bool, Vec<u8>) {
    (oids::REASON_CODE, false, vec![0x0a, 1, reason])
}

fn sample() -> List {
    let mut w = Writer::new();
    entry(&mut w, &[5], &[because(1)]);
    entry(&mut w, &[0x11; 16], &[of("Other"), because(6)]);
    entry(&mut w, &[5], &[because(4)]);
    entry(&mut w, &[9], &[of("CA"), (oids::INVALIDITY_DATE, false, b"\x18\x0f20260101000000Z".to_vec())]);
    let extensions =
        vec![(oids::CRL_NUMBER, false, vec![2, 2, 1, 0]), (oids::DELTA_CRL_INDICATOR, true, vec![2, 1, 7])];
    List { entries: w.into_bytes(), extensions, ..List::default() }
}

#[test]
fn entries_are_found_with_the_issuer_that_holds() {
    let crl = sample().read().unwrap();
    assert_eq!((crl.len(), crl.version(), crl.number(), crl.base_number()), (4, 2, Some(&[1, 0][..]), Some(&[7][..])));
    let found: Vec<_> = crl.find(&[5]).collect();
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].0.reason, &found[0].1), (Reason::KeyCompromise, &None));
    assert_eq!(found[1].0.reason, Reason::Superseded);
    assert_eq!(found[1].1.as_deref(), Some(&[GeneralName::Directory(name("Other"))][..]));
    let (last, issuer) = crl.find(&[9]).next().unwrap();
    assert_eq!(last.invalid_since, Time::parse_rfc3339("2026-01-01"));
    assert_eq!(issuer.as_deref(), Some(&[GeneralName::Directory(name("CA"))][..]));
    // Serial numbers with the same end are not the same.
    assert_eq!(crl.find(&[0x11; 15]).count(), 0);
    assert_eq!(crl.find(&[0x11; 16]).count(), 1);
    assert_eq!(crl.find(&[]).count(), 0);
}

#[test]
fn cut_short_and_changed() {
    let whole = sample().der();
    for end in 0..whole.len() {
        assert!(Crl::from_der(&whole[..end]).is_err(), "{end}");
    }
    assert!(Crl::from_der(&[whole.as_slice(), &[0]].concat()).is_err());
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut changed = whole.clone();
            changed[at] ^= 1 << bit;
            fuzz_crl(&changed);
        }
    }
}

#[test]
fn what_no_list_may_say() {
    let with =
        |oid, critical, value: &[u8]| List { extensions: vec![(oid, critical, value.to_vec())], ..List::default() };
    assert!(List { version: Some(2), ..List::default() }.read().is_err());
    assert!(List { version: None, ..sample() }.read().is_err(), "extensions in version 1");
    assert!(List { version: None, extensions: Vec::new(), ..sample() }.read().is_err(), "of entries in version 1");
    assert!(List { version: None, ..List::default() }.read().is_ok_and(|crl| crl.version() == 1));
    assert!(with(oids::CRL_NUMBER, false, &[2, 1, 0xff]).read().is_err(), "a negative number");
    assert!(with(oids::CRL_NUMBER, false, &[&[2, 21][..], &[1; 21]].concat()).read().is_err(), "a long number");
    assert!(with(oids::ISSUING_DISTRIBUTION_POINT, true, &[0x30, 3, 0x81, 1, 7]).read().is_err(), "no BOOLEAN");
    let twice = List { extensions: vec![(oids::CRL_NUMBER, false, vec![2, 1, 1]); 2], ..List::default() };
    assert!(twice.read().is_err());
    let unknown = with(oids::COMMON_NAME, true, &[5, 0]).read().unwrap();
    assert_eq!(unknown.unknown_critical(), Some(oids::COMMON_NAME));
    let other = List { outer: oids::ECDSA_SHA384, ..List::default() }.read().unwrap();
    assert!(!other.signature_algorithms_agree());
    // Of entries: a reason twice, one without a meaning, and nine kinds of nonsense.
    let of_entry = |extensions: &[(Oid, bool, Vec<u8>)]| {
        let mut w = Writer::new();
        entry(&mut w, &[5], extensions);
        List { entries: w.into_bytes(), ..List::default() }.read()
    };
    assert!(of_entry(&[because(1), because(1)]).is_err());
    assert_eq!(of_entry(&[because(77)]).unwrap().find(&[5]).next().unwrap().0.reason, Reason::Unspecified);
    assert!(of_entry(&[(oids::REASON_CODE, false, vec![2, 1, 1])]).is_err());
    assert!(of_entry(&[(oids::CERTIFICATE_ISSUER, true, vec![5, 0])]).is_err());
    assert!(of_entry(&[(oids::INVALIDITY_DATE, false, vec![0x17, 0])]).is_err());
    let odd = of_entry(&[(oids::COMMON_NAME, true, vec![5, 0])]).unwrap();
    assert_eq!(odd.unknown_critical(), Some(oids::COMMON_NAME));
}

/// a hundred thousand entries are indexed, and each is found.
#[test]
fn a_hundred_thousand_entries() {
    let serial = |i: u32| [&[0x40][..], &i.wrapping_mul(2_654_435_761).to_be_bytes(), &[7; 11]].concat();
    let mut w = Writer::new();
    for i in 0..100_000u32 {
        if i % 1000 == 0 {
            entry(&mut w, &serial(i), &[of(&format!("CA {}", i / 1000))]);
        } else {
            entry(&mut w, &serial(i), &[]);
        }
    }
    let crl = List { entries: w.into_bytes(), ..List::default() }.read().unwrap();
    assert_eq!(crl.len(), 100_000);
    for i in (0..100_000).step_by(97) {
        let serial = serial(i);
        let found: Vec<_> = crl.find(&serial).collect();
        let [(_, Some(names))] = found.as_slice() else { panic!("{i}: {found:?}") };
        assert_eq!(names[0], GeneralName::Directory(name(&format!("CA {}", i / 1000))));
    }
    assert_eq!(crl.find(&serial(100_000)).count(), 0);
}

#[test]
fn refusals_of_responders() {
    for (number, status) in [
        (1, OcspResponseStatus::MalformedRequest),
        (2, OcspResponseStatus::InternalError),
        (3, OcspResponseStatus::TryLater),
        (5, OcspResponseStatus::SigRequired),
        (6, OcspResponseStatus::Unauthorized),
        (4, OcspResponseStatus::Other(4)),
    ] {
        let response = OcspResponse::from_der(&[0x30, 3, 0x0a, 1, number]).unwrap();
        assert_eq!((response.status, response.basic), (status, None));
    }
    assert!(OcspResponse::from_der(&[0x30, 3, 0x0a, 1, 0]).is_err(), "successful, and no answer");
    fuzz_ocsp(&[0x30, 3, 0x0a, 1, 0]);
}

#[test]
fn r_04_requests() {
    let id = CertId {
        hash: AlgorithmIdentifier::with_null(oids::SHA1),
        name: vec![1; 20],
        key: vec![2; 20],
        serial: vec![3; 16],
    };
    let plain = OcspRequest { ids: vec![id.clone()], nonce: None }.to_der();
    let fresh = OcspRequest { ids: vec![id.clone(), id], nonce: Some(vec![7; 32]) }.to_der();
    assert!(
        plain.windows(20).any(|w| w == [2; 20]) && fresh.windows(34).any(|w| w[..2] == [4, 32] && w[2..] == [7; 32])
    );
    assert!(!plain.windows(9).any(|w| w == oids::OCSP_NONCE.contents()));
}
