//! Which mailbox a certificate is for (standards: B rows, X-11), and what its domain says of it (DI-02).

mod common;

use common::{leaf, make, p256};
use sealpost_trust::{
    Address, AddressFault, DaneRecord, DaneWord, Error, certificate_addresses, dane_anchors, dane_names_authority,
    dane_word, names_address,
};
use wire::x509::{Extension, GeneralName, extension};
use wire::{Certificate, NameBuilder};

fn address(text: &str) -> Address {
    Address::parse_international(text).unwrap()
}

fn with_names(subject: NameBuilder, names: &[GeneralName]) -> Certificate {
    let extensions: Vec<Extension> = match names {
        [] => vec![],
        names => vec![extension::subject_alt_name(names, false)],
    };
    make(subject.build(), extensions).self_signed(&p256())
}

/// A certificate of a key of its own.
fn alone() -> Certificate {
    leaf("alice@example.org").self_signed(&p256())
}

fn shown(certificate: &Certificate) -> Vec<String> {
    certificate_addresses(certificate).iter().map(ToString::to_string).collect()
}

#[test]
fn b_01_a_certificate_names_its_address_and_no_other() {
    let certificate = leaf("alice@example.org").self_signed(&p256());
    assert!(names_address(&certificate, &address("alice@example.org")));
    for other in ["bob@example.org", "alice@example.com", "malice@example.org", "alice@example.org.evil.com"] {
        assert!(!names_address(&certificate, &address(other)), "{other}");
    }
    assert!(certificate_addresses(&with_names(NameBuilder::new().common_name("alice@example.org"), &[])).is_empty());
}

#[test]
fn b_02_the_subject_is_asked_only_where_the_names_have_no_address() {
    let subject = || NameBuilder::new().email("old@example.org").common_name("cn@example.org");
    let rfc822 = |text: &str| GeneralName::Rfc822(text.to_owned());
    assert_eq!(shown(&with_names(subject(), &[])), ["old@example.org"]);
    assert_eq!(shown(&with_names(subject(), &[GeneralName::Dns("example.org".into())])), ["old@example.org"]);
    assert_eq!(shown(&with_names(subject(), &[rfc822("new@example.org")])), ["new@example.org"]);
    // An address that cannot be read is still one, so that the subject stays out.
    assert!(shown(&with_names(subject(), &[rfc822("no address")])).is_empty());
    assert!(shown(&with_names(subject(), &[GeneralName::SmtpUtf8("ascii@example.org".into())])).is_empty());
    let both = [rfc822("a@example.org"), rfc822("A@EXAMPLE.org"), rfc822("b@example.org")];
    assert_eq!(shown(&with_names(subject(), &both)), ["a@example.org", "b@example.org"]);
    let long = format!("{}@{}.org", "a".repeat(64), ["b".repeat(63), "c".repeat(63), "d".repeat(62)].join("."));
    assert_eq!(long.len(), 259);
    assert!(shown(&with_names(NameBuilder::new().email(&long), &[])).is_empty());
}

#[test]
fn b_03_letter_case_of_ascii_does_not_matter() {
    assert!(address("Alice@Example.ORG").same_mailbox(&address("alice@example.org")));
    assert_eq!(address("Alice@Example.ORG").folded(), "alice@example.org");
    assert!(address("\"alice\"@example.org").same_mailbox(&address("alice@example.org")));
}

#[test]
fn b_04_international_local_parts_are_compared_octet_by_octet() {
    let certificate = with_names(NameBuilder::new(), &[GeneralName::SmtpUtf8("zoë@example.org".into())]);
    assert!(names_address(&certificate, &address("zoë@example.org")));
    // Another case, another normal form, and the look-alike in ASCII.
    for other in ["ZOË@example.org", "zoe\u{308}@example.org", "zoe@example.org"] {
        assert!(!names_address(&certificate, &address(other)), "{other}");
    }
    assert!(!address("zoë@example.org").is_ascii());
    for bad in ["zoë@EXAMPLE.org", "\u{feff}zoë@example.org", "zoë@EXÄMPLE.org", "zoë@*.org"] {
        assert!(shown(&with_names(NameBuilder::new(), &[GeneralName::SmtpUtf8(bad.into())])).is_empty(), "{bad}");
    }
    // RFC 8398 had domains in UTF-8; they are compared and shown in their ASCII form, whichever side has them.
    for (in_certificate, asked) in
        [("exämple", "xn--exmple-cua"), ("xn--exmple-cua", "exämple"), ("exämple", "exämple")]
    {
        let name = GeneralName::SmtpUtf8(format!("zoë@{in_certificate}.org"));
        let certificate = with_names(NameBuilder::new(), &[name]);
        assert!(names_address(&certificate, &address(&format!("zoë@{asked}.org"))));
        assert!(!names_address(&certificate, &address("zoë@example.org")));
        assert_eq!(shown(&certificate), ["zoë@xn--exmple-cua.org"]);
    }
    // A rfc822Name is ASCII: UTF-8 in it names nobody.
    assert_eq!(Address::parse("zoë@example.org"), Err(Error::Address(AddressFault::NotAscii)));
}

#[test]
fn b_05_names_that_could_be_read_twice_are_no_addresses() {
    for (text, fault) in [
        ("alice", AddressFault::NoAt),
        ("", AddressFault::NoAt),
        ("alice@example.org@evil.com", AddressFault::ManyAts),
        ("\"alice@example.org\"@evil.com", AddressFault::ManyAts),
        ("alice@example.org\0@evil.com", AddressFault::Character),
        ("alice@example.org\r\n", AddressFault::Character),
        ("alice @example.org", AddressFault::Character),
        (" alice@example.org", AddressFault::Character),
        ("al\u{7f}ice@example.org", AddressFault::Character),
        ("al\u{202e}ice@example.org", AddressFault::Character),
        ("@example.org", AddressFault::LocalPart),
        (".alice@example.org", AddressFault::LocalPart),
        ("al..ice@example.org", AddressFault::LocalPart),
        ("<alice@example.org>", AddressFault::LocalPart),
        ("\"al\\ice\"@example.org", AddressFault::LocalPart),
        ("alice@", AddressFault::Domain),
        ("alice@example.org.", AddressFault::Domain),
        ("alice@.org", AddressFault::Domain),
        ("alice@[192.0.2.1]", AddressFault::Domain),
        ("alice@exÄmple.org", AddressFault::Domain),
        ("alice@example\u{3002}org", AddressFault::Domain),
        ("alice@-example.org", AddressFault::Domain),
    ] {
        assert_eq!(Address::parse_international(text), Err(Error::Address(fault)), "{text:?}");
    }
    assert_eq!(Address::parse(&format!("{}@b", "a".repeat(65))), Err(Error::Address(AddressFault::TooLong)));
    assert_eq!(Address::parse(&format!("{}@b", "a".repeat(64))).unwrap().local().len(), 64);
    assert_eq!(address("\"a,b\"@example.org").to_string(), "\"a,b\"@example.org");
    assert_eq!(address("a+b_c@localhost").domain(), "localhost");
}

#[test]
fn b_06_no_mailbox_implies_another() {
    let certificate = leaf("alice+news@example.org").self_signed(&p256());
    assert!(!names_address(&certificate, &address("alice@example.org")));
    assert!(!names_address(&leaf("al.ice@gmail.com").self_signed(&p256()), &address("alice@gmail.com")));
    assert!(!names_address(&leaf("*@example.org").self_signed(&p256()), &address("alice@example.org")));
}

#[test]
fn x_11_tricks_with_names_name_nobody() {
    for text in ["alice@example.org\0.evil.com", "alice@example.org.", "alice@example.org ", "alice@@example.org"] {
        assert!(shown(&leaf(text).self_signed(&p256())).is_empty(), "{text:?}");
        assert!(shown(&with_names(NameBuilder::new().email(text), &[])).is_empty(), "{text:?}");
    }
}

/// DI-02: every usage with every selector and matching type names its certificate and no other.
#[test]
fn di_02_records_name_a_certificate_and_no_other() {
    let (mine, other) = (alone(), alone());
    for (usage, selector, matching) in (0..=4).flat_map(|u| (0..=2).flat_map(move |s| (0..=3).map(move |m| (u, s, m))))
    {
        let known = usage < 4 && selector < 2 && matching < 3;
        let record = DaneRecord::of(&mine, usage, selector, matching);
        assert_eq!(record.is_some(), known, "{usage} {selector} {matching}");
        let Some(record) = record else { continue };
        assert!(record.names(&mine) && !record.names(&other));
        assert_eq!(record.whole().is_some(), (selector, matching) == (0, 0));
        let list = [record.clone()];
        let word = [DaneWord::ByAuthority, DaneWord::Named, DaneWord::ByAuthority, DaneWord::Vouched];
        assert_eq!(dane_word(&list, &mine), word[usize::from(usage)]);
        let authority = usage == 0 || usage == 2;
        assert_eq!(dane_word(&list, &other), if authority { DaneWord::ByAuthority } else { DaneWord::Other });
        assert_eq!(dane_anchors(&list, [&mine, &other, &mine]).len(), usize::from(usage >= 2));
        assert_eq!(dane_names_authority(&list, &[other.clone(), mine.clone()]), authority);
        assert!(!dane_names_authority(&list, &[mine.clone(), other.clone()]), "the person is no authority");
        for at in 0..record.data.len() {
            let mut bent = record.clone();
            bent.data[at] ^= 1;
            assert!(!bent.names(&mine));
            bent.data.truncate(at);
            assert!(!bent.names(&mine) && (matching == 0 && at > 0 || bent.usage().is_none()));
        }
    }
}

/// RFC 7671 section 4.1: what nobody understands is as if it were not there.
#[test]
fn di_02_unknown_records_say_nothing() {
    let mine = alone();
    let record = |usage, selector, matching, length| DaneRecord { usage, selector, matching, data: vec![0; length] };
    let unknown = [record(4, 0, 0, 9), record(255, 0, 1, 32), record(3, 2, 1, 32), record(3, 0, 3, 32)];
    let unknown = unknown.into_iter().chain([record(3, 0, 1, 31), record(3, 0, 2, 32), record(3, 0, 0, 0)]);
    let unknown: Vec<_> = unknown.collect();
    assert_eq!(dane_word(&unknown, &mine), DaneWord::Silent);
    assert_eq!(dane_word(&[], &mine), DaneWord::Silent);
    assert_eq!(DaneRecord::of(&mine, 3, 1, 1).unwrap().to_string().get(..6), Some("3 1 1 "));
}
