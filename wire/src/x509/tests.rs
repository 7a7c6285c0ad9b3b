use super::*;
use crate::der::{Reader, Tag, Writer};
use crate::{AlgorithmIdentifier, Error, NameBuilder, Oid, SubjectPublicKeyInfo, Time, oids};

fn tbs() -> TbsCertificate {
    let issuer = NameBuilder::new().organization("Example").common_name("Example CA").build();
    let subject = NameBuilder::new().common_name("Alice").email("alice@example.net").build();
    let key = SubjectPublicKeyInfo::new(AlgorithmIdentifier::new(oids::ED25519), vec![7; 32]);
    let names = [
        GeneralName::Rfc822("alice@example.net".into()),
        GeneralName::SmtpUtf8("älice@example.net".into()),
        GeneralName::Uri("https://example.net/".into()),
    ];
    TbsCertificate {
        serial: vec![0x80, 1, 2, 3],
        signature: AlgorithmIdentifier::new(oids::ED25519),
        issuer,
        not_before: Time(1_700_000_000),
        not_after: Time(2_600_000_000),
        subject,
        spki: key.der().to_vec(),
        extensions: vec![
            extension::basic_constraints(true, Some(3)),
            extension::key_usage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_CERT_SIGN),
            extension::extended_key_usage(&[oids::EMAIL_PROTECTION, oids::CLIENT_AUTH]),
            extension::subject_alt_name(&names, false),
            extension::subject_key_id(&[1; 20]),
            extension::authority_key_id(&[2; 20]),
            extension::certificate_policies(&[oids::SBR_MAILBOX_STRICT]),
            extension::crl_distribution_points(&["http://example.net/a.crl", "ldap://b"]),
            extension::smime_capabilities(&[0x30, 0]),
        ],
    }
}

fn sealed(tbs: &TbsCertificate) -> Vec<u8> {
    certificate_der(&tbs.to_der(), &tbs.signature, &[9; 64])
}

fn with_extensions(extensions: Vec<Extension>) -> crate::Result<Certificate> {
    Certificate::from_der(&sealed(&TbsCertificate { extensions, ..tbs() }))
}

fn raw_extension(oid: Oid, critical: bool, value: &[u8]) -> Extension {
    Extension { oid, critical, value: value.to_vec() }
}

#[test]
fn what_was_built_reads_back() {
    let tbs = tbs();
    let der = sealed(&tbs);
    let read = Certificate::from_der(&der).unwrap();
    assert_eq!(read.der(), der);
    assert_eq!(read.tbs(), tbs.to_der());
    assert_eq!(read.signature(), [9; 64]);
    assert_eq!((read.version(), read.has_explicit_default()), (3, false));
    assert!(read.signature_algorithms_agree());
    assert_eq!(read.serial(), [0, 0x80, 1, 2, 3]);
    assert_eq!(read.issuer_and_serial(), (tbs.issuer.der(), &[0, 0x80, 1, 2, 3][..]));
    assert_eq!((read.issuer(), read.subject()), (&tbs.issuer, &tbs.subject));
    assert_eq!((read.not_before(), read.not_after()), (tbs.not_before, tbs.not_after));
    assert_eq!(read.public_key().der(), tbs.spki);
    assert_eq!(read.extensions(), tbs.extensions);
    assert_eq!(read.has_unknown_critical(), None);
}

#[test]
fn the_known_extensions_read_back() {
    let read = Certificate::from_der(&sealed(&tbs())).unwrap();
    assert_eq!(read.basic_constraints(), Some(BasicConstraints { ca: true, path_len: Some(3) }));
    let usage = read.key_usage().unwrap();
    assert_eq!(usage.names().collect::<Vec<_>>(), ["digitalSignature", "keyCertSign"]);
    assert!(usage.has(KeyUsage::KEY_CERT_SIGN) && !usage.has(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN));
    assert_eq!(read.extended_key_usage(), Some(&[oids::EMAIL_PROTECTION, oids::CLIENT_AUTH][..]));
    assert_eq!(read.subject_alt_names()[1], GeneralName::SmtpUtf8("älice@example.net".into()));
    assert_eq!(read.subject_alt_names().len(), 3);
    assert_eq!(read.subject_key_id(), Some(&[1; 20][..]));
    assert_eq!(read.authority_key_id(), Some(&[2; 20][..]));
    assert_eq!(read.policies(), [oids::SBR_MAILBOX_STRICT]);
    assert_eq!(read.crl_uris().collect::<Vec<_>>(), ["http://example.net/a.crl", "ldap://b"]);
    assert_eq!(read.smime_capabilities(), Some(&[0x30, 0][..]));
}

#[test]
fn the_constraints_of_policies_and_names_read() {
    let oid = [0x06, 3, 0x2a, 3, 4];
    let two = Oid::from_contents(&oid[2..]).unwrap();
    let mut names = Writer::new();
    names.sequence(|w| {
        for (tag, minimum) in [(0, 0u8), (1, 5)] {
            w.nested(Tag::context(tag), |w| {
                w.sequence(|w| {
                    GeneralName::Rfc822("example.net".into()).write(w);
                    if minimum != 0 {
                        w.element(Tag::context_primitive(0), &[minimum]);
                    }
                });
            });
        }
    });
    let mapping = [&[0x30, 12, 0x30, 10][..], &oid, &oid].concat();
    let read = with_extensions(vec![
        raw_extension(oids::NAME_CONSTRAINTS, true, names.as_bytes()),
        raw_extension(oids::POLICY_MAPPINGS, true, &mapping),
        raw_extension(oids::POLICY_CONSTRAINTS, true, &[0x30, 6, 0x80, 1, 0, 0x81, 1, 7]),
        raw_extension(oids::INHIBIT_ANY_POLICY, true, &[2, 1, 4]),
    ])
    .unwrap();
    let constraints = read.name_constraints().unwrap();
    let base = GeneralName::Rfc822("example.net".into());
    assert_eq!(constraints.permitted, [GeneralSubtree { base: base.clone(), minimum: 0, maximum: None }]);
    assert_eq!(constraints.excluded, [GeneralSubtree { base, minimum: 5, maximum: None }]);
    assert_eq!(read.policy_mappings(), [(two, two)]);
    let expected = PolicyConstraints { require_explicit: Some(0), inhibit_mapping: Some(7) };
    assert_eq!(read.policy_constraints(), Some(expected));
    assert_eq!(read.inhibit_any_policy(), Some(4));
    assert_eq!(read.has_unknown_critical(), None);
}

#[test]
fn every_key_usage_is_written_in_its_shortest_form() {
    for bits in 0..0x200 {
        let written = extension::key_usage(KeyUsage(bits));
        let (unused, octets) = Reader::new(&written.value).bit_string().unwrap();
        assert!(octets.last().is_none_or(|last| last & (1 << unused) != 0), "{bits:#x}");
        assert_eq!(with_extensions(vec![written]).unwrap().key_usage(), Some(KeyUsage(bits)));
    }
    // The encoding everybody writes for digitalSignature and keyEncipherment.
    let both = extension::key_usage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT);
    assert_eq!(both.value, [3, 2, 5, 0xa0]);
    assert_eq!(extension::key_usage(KeyUsage::DECIPHER_ONLY).value, [3, 3, 7, 0, 0x80]);
}

#[test]
fn unknown_critical_extensions_are_told() {
    let odd = Oid::from_contents(&[0x2a, 1]).unwrap();
    let read = |critical| with_extensions(vec![raw_extension(odd, critical, b"x")]).unwrap().has_unknown_critical();
    assert_eq!((read(true), read(false)), (Some(odd), None));
}

#[test]
fn refuses_doubled_and_malformed_extensions() {
    let doubled = vec![extension::subject_key_id(&[1]), extension::subject_key_id(&[2])];
    assert_eq!(with_extensions(doubled), Err(Error::BadValue("duplicate extension")));
    let flood = (0..101u8).map(|i| raw_extension(Oid::from_contents(&[0x2a, i]).unwrap(), false, b"")).collect();
    assert_eq!(with_extensions(flood), Err(Error::LimitExceeded("extensions")));
    for known in tbs().extensions {
        let trailing = Extension { value: [&known.value[..], &[0]].concat(), ..known.clone() };
        assert!(with_extensions(vec![trailing]).is_err(), "{}", known.oid);
        let short = Extension { value: known.value[..known.value.len() - 1].to_vec(), ..known.clone() };
        assert!(with_extensions(vec![short]).is_err(), "{}", known.oid);
        let wrong_type = Extension { value: vec![5, 0], ..known.clone() };
        assert!(with_extensions(vec![wrong_type]).is_err(), "{}", known.oid);
    }
}

#[test]
fn notes_defaults_that_are_written_out_and_algorithms_that_differ() {
    let plain = TbsCertificate { extensions: vec![], ..tbs() };
    let v1 = Certificate::from_der(&sealed(&plain)).unwrap();
    assert_eq!((v1.version(), v1.has_explicit_default()), (1, false));
    let contents = crate::der::one(&plain.to_der()).unwrap().contents.to_vec();
    let versioned = |version: u8| {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.raw(&[0xa0, 3, 2, 1, version]).raw(&contents);
        });
        Certificate::from_der(&certificate_der(w.as_bytes(), &AlgorithmIdentifier::new(oids::ED448), &[1]))
    };
    let explicit = versioned(0).unwrap();
    assert_eq!((explicit.version(), explicit.has_explicit_default()), (1, true));
    assert!(!explicit.signature_algorithms_agree());
    assert_eq!(versioned(1).unwrap().version(), 2);
    assert_eq!(versioned(3), Err(Error::Unsupported("certificate version")));
}

/// What is a SEQUENCE SIZE (1..MAX) in RFC 5280 has one element at least.
#[test]
fn refuses_empty_lists() {
    for oid in [
        oids::EXTENDED_KEY_USAGE,
        oids::SUBJECT_ALT_NAME,
        oids::CERTIFICATE_POLICIES,
        oids::POLICY_MAPPINGS,
        oids::CRL_DISTRIBUTION_POINTS,
        oids::AUTHORITY_INFO_ACCESS,
    ] {
        let read = with_extensions(vec![raw_extension(oid, false, &[0x30, 0])]);
        assert!(matches!(read, Err(Error::BadValue(_))), "{oid} {read:?}");
    }
    let subtrees = raw_extension(oids::NAME_CONSTRAINTS, true, &[0x30, 2, 0xa0, 0]);
    assert!(with_extensions(vec![subtrees]).is_err());
}

#[test]
fn qualifiers_are_told_with_their_policy() {
    let two = |length: u8| {
        [&[0x30, 11 + length, 0x30, 9 + length, 0x06, 1, 0x2a, 0x30, 4 + length, 0x30, 2 + length][..]].concat()
    };
    let whole = [two(3), vec![0x06, 1, 0x2b, 5, 0]].concat();
    let read = with_extensions(vec![raw_extension(oids::CERTIFICATE_POLICIES, false, &whole)]).unwrap();
    let (policy, qualifier) = (Oid::from_contents(&[0x2a]).unwrap(), Oid::from_contents(&[0x2b]).unwrap());
    assert_eq!((read.policies(), read.policy_qualifiers()), (&[policy][..], &[(policy, qualifier)][..]));
    // A qualifier without its value.
    let half = [two(1), vec![0x06, 1, 0x2b]].concat();
    assert!(with_extensions(vec![raw_extension(oids::CERTIFICATE_POLICIES, false, &half)]).is_err());
}

/// RFC 5280 §A.2: the issuer and the serial number are both there or neither is.
#[test]
fn an_authority_key_is_named_whole() {
    let read = |value: &[u8]| with_extensions(vec![raw_extension(oids::AUTHORITY_KEY_IDENTIFIER, false, value)]);
    let issuer = [0xa1, 3, 0x82, 1, b'a'];
    let serial = [0x82, 1, 7];
    let whole = |parts: &[&[u8]]| {
        let contents = parts.concat();
        [&[0x30, u8::try_from(contents.len()).unwrap()][..], &contents].concat()
    };
    assert!(read(&whole(&[&issuer, &serial])).is_ok());
    assert!(read(&whole(&[])).is_ok());
    assert_eq!(read(&whole(&[&[0x80, 1, 9], &issuer, &serial])).unwrap().authority_key_id(), Some(&[9][..]));
    for odd in
        [&[&issuer[..]][..], &[&serial], &[&[0xa1, 0], &serial], &[&issuer, &[0x82, 0]], &[&issuer, &[0x82, 2, 0, 1]]]
    {
        assert!(read(&whole(odd)).is_err(), "{odd:?}");
    }
}

#[test]
fn refuses_cuts_trailing_octets_and_size() {
    let der = sealed(&tbs());
    for end in 0..der.len() {
        assert!(Certificate::from_der(&der[..end]).is_err(), "{end}");
    }
    assert_eq!(Certificate::from_der(&[&der[..], &[0]].concat()), Err(Error::TrailingBytes));
    let huge = certificate_der(&tbs().to_der(), &tbs().signature, &vec![0; 65_536]);
    assert_eq!(Certificate::from_der(&huge), Err(Error::LimitExceeded("certificate")));
}

#[test]
fn flipped_bits_never_panic_and_never_pass_unnoticed() {
    let der = sealed(&tbs());
    let original = Certificate::from_der(&der).unwrap();
    for bit in 0..der.len() * 8 {
        let mut flipped = der.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        fuzz_x509(&flipped);
        if let Ok(read) = Certificate::from_der(&flipped) {
            // What is signed and how: a flip must show in the bytes a verifier is given.
            let parts = |c: &Certificate| (c.tbs().to_vec(), c.signature_algorithm().clone(), c.signature().to_vec());
            assert_ne!(parts(&read), parts(&original), "bit {bit}");
        }
    }
}
