//! Every certificate that is issued keeps its profile, proves a path, and says what it should.

use std::slice::from_ref;

use crypto::{Curve, Digest, KeySpec, MlDsa, MlKem, PrivateKey, Random, SoftKey, SystemRandom};
use sealpost_ca::{
    Authority, AuthorityName, CertificateProfile, Error, Event, HttpRequest, Journal, Publisher, Request, Service, csr,
    issuing, key_usage, named_root, personal_root, requested, root, self_signed,
};
use trust::{
    Address, Evidence, MAX_LEAF_DAYS, PathError, Policy, Profile, Purpose, certificate_addresses, check_profile,
    profile_clauses, usable_for_encryption, usable_for_signing, validate,
};
use wire::x509::{KeyUsage, TbsCertificate, certificate_der, extension};
use wire::{Certificate, Time, oids};

/// 2026-11-23T10:00:00Z.
const NOW: Time = Time(1_795_428_000);
const YEAR_LATER: Time = Time(NOW.0 + 365 * 86_400);

fn key(spec: KeySpec) -> SoftKey {
    SoftKey::generate(spec, &mut SystemRandom).unwrap().0
}

fn p256() -> SoftKey {
    key(KeySpec::Ec(Curve::P256))
}

fn alice() -> Address {
    Address::parse("alice@example.org").unwrap()
}

fn request<'a>(address: &'a Address, key: &'a SoftKey, profile: CertificateProfile) -> Request<'a> {
    Request {
        address,
        display_name: Some("Alice Müller"),
        public_key: key.public(),
        profile,
        not_before: NOW,
        not_after: YEAR_LATER,
    }
}

fn proves(leaf: &Certificate, anchor: &Certificate, purpose: Purpose) -> Result<(), PathError> {
    let evidence = Evidence { anchors: from_ref(anchor), ..Evidence::default() };
    validate(leaf, purpose, &evidence, &Policy::standard(), NOW).map(drop)
}

#[test]
fn an_authority_issues_for_every_kind_of_key() {
    for spec in KeySpec::ALL.into_iter().filter(|s| s.signs() && !matches!(s, KeySpec::Rsa(3072..))) {
        let root_key = key(spec);
        let root = root("Example Authority", &root_key, NOW, &mut SystemRandom).unwrap();
        assert!(check_profile(Profile::Authority, &root).is_empty());
        let authority = Authority::new(root.clone(), &root_key).unwrap();
        let address = alice();
        for (of, profile, purposes) in [
            (p256(), CertificateProfile::MailSign, &[Purpose::SignMail][..]),
            (p256(), CertificateProfile::MailEncrypt, &[Purpose::EncryptMail]),
            (p256(), CertificateProfile::MailBoth, &[Purpose::SignMail, Purpose::EncryptMail]),
            (key(KeySpec::X25519), CertificateProfile::MailEncrypt, &[Purpose::EncryptMail]),
            (key(KeySpec::X448), CertificateProfile::MailEncrypt, &[Purpose::EncryptMail]),
            (key(KeySpec::MlKem(MlKem::MlKem768)), CertificateProfile::MailEncrypt, &[Purpose::EncryptMail]),
            (key(KeySpec::Ed25519), CertificateProfile::MailSign, &[Purpose::SignMail]),
            (key(ML_DSA), CertificateProfile::MailSign, &[Purpose::SignMail]),
        ] {
            let leaf = authority.issue(&request(&address, &of, profile), &mut SystemRandom).unwrap();
            assert!(check_profile(Profile::MailLeaf, &leaf).is_empty());
            assert_eq!(certificate_addresses(&leaf), [alice()]);
            assert_eq!(leaf.subject().to_string(), "CN=Alice Müller");
            assert_eq!(leaf.authority_key_id(), root.subject_key_id());
            assert_eq!(leaf.extended_key_usage(), Some(&[oids::EMAIL_PROTECTION][..]));
            assert!(leaf.policies().is_empty());
            for purpose in [Purpose::SignMail, Purpose::EncryptMail] {
                let proven = proves(&leaf, &root, purpose);
                assert_eq!(proven.is_ok(), purposes.contains(&purpose), "{spec} {profile:?} {proven:?}");
            }
        }
    }
}

/// What pkilint 0.13.3 finds an error in.
#[test]
fn the_strict_profile_is_not_issued_for_or_by_p521() {
    let (address, large, small) = (alice(), key(KeySpec::Ec(Curve::P521)), p256());
    for (issuer, of, refused) in [(&large, &small, true), (&small, &large, true), (&small, &small, false)] {
        let root = root("Example", issuer, NOW, &mut SystemRandom).unwrap();
        let authority = Authority::new(root, issuer).unwrap();
        let ask = Request { display_name: None, ..request(&address, of, CertificateProfile::MailBoth) };
        assert!(authority.issue(&ask, &mut SystemRandom).is_ok());
        let strict = authority.strict(service()).issue(&ask, &mut SystemRandom);
        assert_eq!(matches!(strict, Err(Error::P521)), refused);
    }
}

#[test]
fn key_usage_follows_the_kind_of_key() {
    let rsa = key(KeySpec::Rsa(2048));
    let sign = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION;
    for (key, profile, usage) in [
        (&rsa, CertificateProfile::MailSign, sign),
        (&rsa, CertificateProfile::MailEncrypt, KeyUsage::KEY_ENCIPHERMENT),
        (&rsa, CertificateProfile::MailBoth, sign | KeyUsage::KEY_ENCIPHERMENT),
        (&p256(), CertificateProfile::MailSign, sign),
        (&p256(), CertificateProfile::MailEncrypt, KeyUsage::KEY_AGREEMENT),
        (&p256(), CertificateProfile::MailBoth, sign | KeyUsage::KEY_AGREEMENT),
        (&key_ed25519(), CertificateProfile::MailSign, sign),
        (&key(ML_DSA), CertificateProfile::MailSign, sign),
    ] {
        let made = self_signed(key, &alice(), None, profile, (NOW, YEAR_LATER), &mut SystemRandom).unwrap();
        assert_eq!(made.key_usage(), Some(usage), "{profile:?}");
        assert_eq!(made.subject().to_string(), "CN=alice@example.org");
        assert!(check_profile(Profile::MailLeaf, &made).is_empty());
        // Pinned, it is trusted for what it is for; as an authority it is worth nothing.
        proves(&made, &made, Purpose::Any).unwrap();
        let policy = Policy::standard();
        assert_eq!(usable_for_signing(&made, &policy, NOW).is_ok(), usage.has(sign));
        assert_eq!(usable_for_encryption(&made, &policy, NOW).is_ok(), usage != sign);
        assert!(matches!(Authority::new(made, key), Err(Error::NoAuthority)));
    }
}

const ML_DSA: KeySpec = KeySpec::MlDsa(MlDsa::Dsa65);

fn key_ed25519() -> SoftKey {
    key(KeySpec::Ed25519)
}

#[test]
fn a_personal_root_issues_for_its_person_alone() {
    let (signing, encryption) = (key(KeySpec::Ed25519), key(KeySpec::X25519));
    let root = personal_root(&alice(), &signing, NOW, &mut SystemRandom).unwrap();
    assert!(check_profile(Profile::Authority, &root).is_empty());
    let authority = Authority::new(root.clone(), &signing).unwrap();
    let address = alice();
    let sign = authority.issue(&request(&address, &signing, CertificateProfile::MailSign), &mut SystemRandom).unwrap();
    let encrypt = request(&address, &encryption, CertificateProfile::MailEncrypt);
    let encrypt = authority.issue(&encrypt, &mut SystemRandom).unwrap();
    proves(&sign, &root, Purpose::SignMail).unwrap();
    proves(&encrypt, &root, Purpose::EncryptMail).unwrap();
    for other in ["bob@example.org", "alice@example.net"] {
        let other = Address::parse(other).unwrap();
        let forged = authority.issue(&request(&other, &signing, CertificateProfile::MailSign), &mut SystemRandom);
        assert!(matches!(proves(&forged.unwrap(), &root, Purpose::SignMail), Err(PathError::NameConstraint { .. })));
    }
    let sign_itself =
        self_signed(&encryption, &alice(), None, CertificateProfile::MailEncrypt, (NOW, YEAR_LATER), &mut SystemRandom);
    assert!(matches!(sign_itself, Err(Error::CannotSign { .. })));
}

#[test]
fn international_addresses_become_smtp_utf8_mailboxes() {
    let zoe = Address::parse_international("zoë@example.org").unwrap();
    let key = p256();
    let root = personal_root(&zoe, &key, NOW, &mut SystemRandom).unwrap();
    let authority = Authority::new(root.clone(), &key).unwrap();
    let leaf = authority.issue(&request(&zoe, &key, CertificateProfile::MailSign), &mut SystemRandom).unwrap();
    assert_eq!(certificate_addresses(&leaf), [zoe]);
    proves(&leaf, &root, Purpose::SignMail).unwrap();
}

#[test]
fn refuses_what_would_break_the_profile() {
    let root_key = p256();
    let root = root("Root", &root_key, NOW, &mut SystemRandom).unwrap();
    let authority = Authority::new(root.clone(), &root_key).unwrap();
    let (address, own) = (alice(), p256());
    let good = || request(&address, &own, CertificateProfile::MailSign);
    let issue = |request: Request<'_>| authority.issue(&request, &mut SystemRandom);
    let last = Time(NOW.0 + MAX_LEAF_DAYS * 86_400 - 1);
    issue(Request { not_after: last, ..good() }).unwrap();
    for not_after in [Time(last.0 + 1), Time(NOW.0 - 1), Time(root.not_after().0 + 1)] {
        let result = issue(Request { not_after, ..good() });
        assert!(matches!(result, Err(Error::Validity { .. } | Error::Profile(_))), "{not_after} {result:?}");
    }
    for name in ["", " ", "a\nb", "a\u{202e}b", &"x".repeat(65)] {
        assert!(matches!(issue(Request { display_name: Some(name), ..good() }), Err(Error::Name)), "{name:?}");
    }
    // A name that is the address of another would be read as one.
    let result = issue(Request { display_name: Some("bob@example.org"), ..good() });
    assert!(matches!(&result, Err(Error::Profile(v)) if v[0].clause.id == "leaf-subject"), "{result:?}");
    for (own, profile) in [
        (key(KeySpec::Ed25519), CertificateProfile::MailEncrypt),
        (key(KeySpec::Ed25519), CertificateProfile::MailBoth),
        (key(KeySpec::X25519), CertificateProfile::MailSign),
        (key(KeySpec::MlKem(MlKem::MlKem512)), CertificateProfile::MailSign),
        (key(KeySpec::MlKem(MlKem::MlKem512)), CertificateProfile::MailBoth),
    ] {
        let result = issue(request(&address, &own, profile));
        assert!(matches!(result, Err(Error::KeyNotForProfile { .. })), "{result:?}");
    }
    assert!(matches!(Authority::new(root, &own), Err(Error::NoAuthority)));
}

/// A source of chance that always gives the same, so that what is random can be told from what is not.
struct Constant(u8);

impl Random for Constant {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), crypto::Error> {
        out.fill(self.0);
        Ok(())
    }
}

struct Broken;

impl Random for Broken {
    fn fill(&mut self, _: &mut [u8]) -> Result<(), crypto::Error> {
        Err(crypto::Error::Random)
    }
}

#[test]
fn serial_numbers_are_random_and_positive() {
    let key = p256();
    let serial = |rng: &mut dyn Random| root("Root", &key, NOW, rng).unwrap().serial().to_vec();
    assert_eq!(serial(&mut Constant(0)), [&[0x40][..], &[0; 15]].concat());
    assert_eq!(serial(&mut Constant(0xff)), [&[0x7f][..], &[0xff; 15]].concat());
    assert_ne!(serial(&mut SystemRandom), serial(&mut SystemRandom));
    assert!(matches!(root("Root", &key, NOW, &mut Broken), Err(Error::Crypto(crypto::Error::Random))));
}

/// For each clause a certificate that breaks it and no other clause than those listed.
#[test]
fn every_clause_of_the_profile_can_fail() {
    let key = p256();
    let good =
        self_signed(&key, &alice(), Some("Alice"), CertificateProfile::MailSign, (NOW, YEAR_LATER), &mut SystemRandom)
            .unwrap();
    let tbs = || TbsCertificate {
        serial: vec![0x40; 16],
        signature: good.signature_algorithm().clone(),
        issuer: good.issuer().clone(),
        not_before: NOW,
        not_after: YEAR_LATER,
        subject: good.subject().clone(),
        spki: good.public_key().der().to_vec(),
        extensions: good.extensions().to_vec(),
    };
    let broken = |profile, tbs: TbsCertificate| -> Vec<&'static str> {
        let der = certificate_der(&tbs.to_der(), good.signature_algorithm(), good.signature());
        let certificate = Certificate::from_der(&der).unwrap();
        check_profile(profile, &certificate).iter().map(|v| v.clause.id).collect()
    };
    assert!(broken(Profile::MailLeaf, tbs()).is_empty());
    let with = |extension: wire::x509::Extension| {
        let mut tbs = tbs();
        tbs.extensions.retain(|e| e.oid != extension.oid);
        tbs.extensions.push(extension);
        tbs
    };
    let unknown =
        wire::x509::Extension { oid: wire::Oid::from_contents(&[0x2b, 9]).unwrap(), critical: true, value: vec![5, 0] };
    let sha1 = wire::AlgorithmIdentifier::new(oids::ECDSA_SHA1);
    let mut optional_usage = extension::key_usage(KeyUsage::DIGITAL_SIGNATURE);
    optional_usage.critical = false;
    let named = |attribute: fn(wire::NameBuilder) -> wire::NameBuilder| {
        let name = attribute(wire::NameBuilder::new()).build();
        TbsCertificate { subject: name.clone(), issuer: name, ..tbs() }
    };
    let san = |names: &[wire::x509::GeneralName], critical| extension::subject_alt_name(names, critical);
    let rfc822 = |text: &str| wire::x509::GeneralName::Rfc822(text.to_owned());
    let dns = wire::x509::GeneralName::Dns("example.org".to_owned());
    let late = Time(NOW.0 + MAX_LEAF_DAYS * 86_400);
    let cases: Vec<(&[&str], TbsCertificate)> = vec![
        (&["serial"], TbsCertificate { serial: vec![1; 7], ..tbs() }),
        (&["serial"], TbsCertificate { serial: vec![0x80; 20], ..tbs() }),
        (&["signature"], TbsCertificate { signature: sha1, ..tbs() }),
        (&["leaf-validity"], TbsCertificate { not_after: late, ..tbs() }),
        (&["leaf-validity"], TbsCertificate { not_after: Time(NOW.0 - 1), ..tbs() }),
        (&["leaf-key-usage"], with(extension::key_usage(KeyUsage::KEY_ENCIPHERMENT))),
        (&["leaf-key-usage"], with(extension::key_usage(KeyUsage::NON_REPUDIATION))),
        (&["leaf-key-usage"], with(optional_usage)),
        (&["extended-key-usage"], with(extension::extended_key_usage(&[oids::EMAIL_PROTECTION, oids::CLIENT_AUTH]))),
        (&["names"], with(san(&[rfc822("alice@example.org"), dns], false))),
        (&["names"], with(san(&[rfc822("alice@example.org."), rfc822("alice@example.org")], false))),
        (&["names-critical"], with(san(&[rfc822("alice@example.org")], true))),
        (&["leaf-subject"], named(|name| name.organization("Example"))),
        (&["leaf-subject"], named(|name| name.email("bob@example.org"))),
        (&["no-authority"], with(extension::basic_constraints(true, None))),
        (&["critical"], with(unknown)),
    ];
    for (expected, tbs) in cases {
        assert_eq!(broken(Profile::MailLeaf, tbs), expected);
    }
    let without = |oid| {
        let mut tbs = tbs();
        tbs.extensions.retain(|e| e.oid != oid);
        tbs
    };
    assert_eq!(broken(Profile::MailLeaf, without(oids::SUBJECT_KEY_IDENTIFIER)), ["key-id"]);
    let issued = TbsCertificate { issuer: wire::NameBuilder::new().common_name("Root").build(), ..tbs() };
    assert_eq!(broken(Profile::MailLeaf, issued), ["issuer-key-id"]);
    assert_eq!(broken(Profile::MailLeaf, TbsCertificate { extensions: vec![], ..tbs() })[0], "version");
    let as_authority = broken(Profile::Authority, tbs());
    assert_eq!(as_authority, ["authority", "authority-key-usage"]);
    let ids: Vec<&str> = profile_clauses(Profile::MailLeaf).map(|c| c.id).collect();
    assert!(ids.len() > 12 && ids.iter().enumerate().all(|(i, id)| !ids[..i].contains(id)));
}

#[test]
fn odd_rsa_keys_break_the_profile() {
    let key = p256();
    let good = self_signed(&key, &alice(), None, CertificateProfile::MailSign, (NOW, YEAR_LATER), &mut SystemRandom);
    let good = good.unwrap();
    let broken = |bits: usize, exponent: &[u8], null: bool| -> Vec<&'static str> {
        let mut modulus = vec![0xff; bits.div_ceil(8)];
        modulus[0] >>= (8 - bits % 8) % 8;
        let mut w = wire::der::Writer::new();
        w.sequence(|w| {
            w.unsigned(&modulus).unsigned(exponent);
        });
        let algorithm = match null {
            true => wire::AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION),
            false => wire::AlgorithmIdentifier::new(oids::RSA_ENCRYPTION),
        };
        let tbs = TbsCertificate {
            serial: vec![0x40; 16],
            signature: good.signature_algorithm().clone(),
            issuer: good.issuer().clone(),
            not_before: NOW,
            not_after: YEAR_LATER,
            subject: good.subject().clone(),
            spki: wire::SubjectPublicKeyInfo::new(algorithm, w.into_bytes()).der().to_vec(),
            extensions: good.extensions().to_vec(),
        };
        let der = certificate_der(&tbs.to_der(), good.signature_algorithm(), good.signature());
        let made = Certificate::from_der(&der).unwrap();
        check_profile(Profile::MailLeaf, &made).iter().map(|v| v.clause.id).collect()
    };
    assert!(broken(2048, &[1, 0, 1], true).is_empty());
    assert!(broken(3072, &[3], true).is_empty());
    assert_eq!(broken(2048, &[1, 0, 1], false), ["key-encoding"]);
    for (bits, exponent) in [
        (1024, &[1, 0, 1][..]),
        (2047, &[3][..]),
        (2049, &[3][..]),
        (8200, &[3][..]),
        (2048, &[4][..]),
        (2048, &[1][..]),
        (2048, &[0xff; 9][..]),
    ] {
        assert_eq!(broken(bits, exponent, true), ["key"], "{bits} {exponent:?}");
    }
}

fn service() -> Service {
    Service::at("http://ca.example.org/x").unwrap()
}

#[test]
fn requests_cut_or_changed_anywhere_are_refused() {
    let key = key_ed25519();
    let usage = key_usage(&key.public().kind(), CertificateProfile::MailSign).unwrap();
    let whole = csr(&key, &alice(), Some(usage), &mut SystemRandom).unwrap();
    assert_eq!(requested(&whole).unwrap().key.spki(), key.public().spki());
    for end in 0..whole.len() {
        assert!(requested(&whole[..end]).is_err(), "cut at {end}");
    }
    for bit in 0..whole.len() * 8 {
        let mut bent = whole.clone();
        bent[bit / 8] ^= 1 << (bit % 8);
        assert!(requested(&bent).is_err(), "bit {bit}");
    }
    sealpost_ca::fuzz_csr(&whole);
}

#[test]
fn what_a_request_asks_for_is_narrowed_to_what_its_key_can() {
    let (ec, edwards) = (p256(), key_ed25519());
    for profile in [CertificateProfile::MailSign, CertificateProfile::MailEncrypt, CertificateProfile::MailBoth] {
        let usage = key_usage(&ec.public().kind(), profile).unwrap();
        let request = csr(&ec, &alice(), Some(usage), &mut SystemRandom).unwrap();
        assert_eq!(requested(&request).unwrap().profile, profile);
    }
    let plain = |key| requested(&csr(key, &alice(), None, &mut SystemRandom).unwrap()).unwrap().profile;
    assert_eq!((plain(&ec), plain(&edwards)), (CertificateProfile::MailBoth, CertificateProfile::MailSign));
    // What such a key cannot do it is not certified for, whatever it asks.
    let encrypt = csr(&edwards, &alice(), Some(KeyUsage::KEY_AGREEMENT), &mut SystemRandom).unwrap();
    let asked = requested(&encrypt).unwrap();
    let key_of_root = p256();
    let above = root("Example", &key_of_root, NOW, &mut SystemRandom).unwrap();
    let authority = Authority::new(above, &key_of_root).unwrap();
    let refused = authority.issue(&request(&alice(), &edwards, asked.profile), &mut SystemRandom);
    assert!(matches!(refused, Err(Error::KeyNotForProfile { .. })));
}

#[test]
fn renewing_changes_serial_and_validity_alone() {
    let (root_key, own, next) = (p256(), p256(), key(KeySpec::Ec(Curve::P384)));
    let above = root("Example", &root_key, NOW, &mut SystemRandom).unwrap();
    let authority = Authority::new(above.clone(), &root_key).unwrap().strict(service());
    let later = (YEAR_LATER, Time(YEAR_LATER.0 + 100 * 86_400));
    for profile in [CertificateProfile::MailSign, CertificateProfile::MailEncrypt, CertificateProfile::MailBoth] {
        let (address, international) = (alice(), Address::parse_international("z\u{f6}e@example.org").unwrap());
        for address in [&address, &international] {
            let ask = Request { display_name: None, ..request(address, &own, profile) };
            let old = authority.issue(&ask, &mut SystemRandom).unwrap();
            let new = authority.renew(&old, None, later, &mut SystemRandom).unwrap();
            assert_eq!((new.not_before(), new.not_after()), later);
            assert_ne!(new.serial(), old.serial());
            assert_eq!(new.subject(), old.subject());
            assert_eq!(new.public_key().der(), old.public_key().der());
            assert_eq!(new.extensions(), old.extensions());
            let other = authority.renew(&old, Some(next.public()), later, &mut SystemRandom).unwrap();
            assert_eq!(other.public_key().der(), next.public().spki());
            assert_eq!((other.subject(), other.key_usage()), (old.subject(), old.key_usage()));
        }
    }
    // Not beyond its own end, and nothing of others.
    let address = alice();
    let ask = Request { display_name: None, ..request(&address, &own, CertificateProfile::MailSign) };
    let old = authority.issue(&ask, &mut SystemRandom).unwrap();
    let beyond = (NOW, Time(above.not_after().0 + 1));
    assert!(matches!(authority.renew(&old, None, beyond, &mut SystemRandom), Err(Error::Validity { .. })));
    let other = root("Example", &own, NOW, &mut SystemRandom).unwrap();
    let other = Authority::new(other, &own).unwrap();
    for stranger in [&old, &above] {
        assert!(matches!(other.renew(stranger, None, later, &mut SystemRandom), Err(Error::NotIssuedHere)));
    }
    // A name that was in the old one is in the new one.
    let plain = Authority::new(above, &root_key).unwrap();
    let named = plain.issue(&request(&alice(), &own, CertificateProfile::MailBoth), &mut SystemRandom).unwrap();
    assert_eq!(plain.renew(&named, None, later, &mut SystemRandom).unwrap().subject(), named.subject());
}

#[test]
fn an_authority_below_keeps_the_profile_and_proves_paths() {
    let name = |name: &str, more: bool| AuthorityName {
        name: name.to_owned(),
        organization: more.then(|| "Example".to_owned()),
        country: more.then(|| "XX".to_owned()),
    };
    for spec in [KeySpec::Ec(Curve::P384), KeySpec::MlDsa(MlDsa::Dsa65), KeySpec::Rsa(2048)] {
        let (root_key, key, own) = (key(spec), key(spec), p256());
        let above = named_root(&name("Root", true), &root_key, NOW, &mut SystemRandom).unwrap();
        let top = Authority::new(above.clone(), &root_key).unwrap();
        let below = issuing(&top, &name("Day by Day", true), &key, &service(), NOW, &mut SystemRandom).unwrap();
        for profile in [Profile::Authority, Profile::SmimeBrAuthority] {
            assert!(check_profile(profile, &below).is_empty(), "{spec}: {:?}", check_profile(profile, &below));
        }
        assert_eq!(below.basic_constraints().unwrap().path_len, Some(0));
        assert!(below.not_after() < above.not_after());
        let authority = Authority::new(below.clone(), &key).unwrap().strict(service());
        let address = alice();
        let ask = Request { display_name: None, ..request(&address, &own, CertificateProfile::MailBoth) };
        let leaf = authority.issue(&ask, &mut SystemRandom).unwrap();
        let evidence = Evidence { anchors: from_ref(&above), pool: from_ref(&below), distrusted: &[] };
        for purpose in [Purpose::SignMail, Purpose::EncryptMail] {
            let proven = validate(&leaf, purpose, &evidence, &Policy::standard(), NOW).unwrap();
            assert_eq!(proven.chain().len(), 3);
        }
        // There is none below it: what it would certify as an authority proves nothing.
        let third = issuing(&authority, &name("Third", false), &own, &service(), NOW, &mut SystemRandom).unwrap();
        let ask = Request { display_name: None, ..request(&address, &own, CertificateProfile::MailSign) };
        let leaf = Authority::new(third.clone(), &own).unwrap().issue(&ask, &mut SystemRandom).unwrap();
        let evidence = Evidence { anchors: from_ref(&above), pool: &[below, third], distrusted: &[] };
        assert!(validate(&leaf, Purpose::SignMail, &evidence, &Policy::standard(), NOW).is_err());
        // Not for one that has ended, and not under its own name.
        let ended = Time(above.not_after().0 + 1);
        assert!(issuing(&top, &name("Late", false), &key, &service(), ended, &mut SystemRandom).is_err());
        assert!(issuing(&top, &name("Root", true), &key, &service(), NOW, &mut SystemRandom).is_err());
    }
    for bad in [AuthorityName { country: Some("de".to_owned()), ..name("A", false) }, name("", true)] {
        assert!(matches!(named_root(&bad, &p256(), NOW, &mut SystemRandom), Err(Error::Name)));
    }
}

#[test]
fn lists_are_signed_when_something_happened_or_half_their_time_is_over() {
    const DAY: i64 = 86_400;
    let (root_key, own) = (p256(), p256());
    let above = root("Example", &root_key, NOW, &mut SystemRandom).unwrap();
    let authority = || Authority::new(above.clone(), &root_key).unwrap();
    let address = alice();
    let ask = Request { display_name: None, ..request(&address, &own, CertificateProfile::MailBoth) };
    let leaf = authority().strict(service()).issue(&ask, &mut SystemRandom).unwrap();
    let mut publisher = Publisher::new(service(), authority());
    let mut journal = Journal::default();
    let write = |journal: &mut Journal, event| {
        let lines = journal.lines(&[event]);
        journal.extend(lines.as_bytes()).unwrap();
    };
    write(&mut journal, Event::Issued(leaf.clone()));
    let mut get = |journal: &Journal, path: &str, now: i64| {
        let request = HttpRequest::new("GET", path);
        publisher.answer(&request, journal, Time(NOW.0 + now), &mut SystemRandom).unwrap()
    };
    let first = get(&journal, "/x/ca.crl", 0);
    assert_eq!(first.status, 200);
    for later in [1, DAY, 3 * DAY] {
        assert_eq!(get(&journal, "/ca.crl", later).body, first.body, "ECDSA signs differently each time");
    }
    assert_ne!(get(&journal, "/ca.crl", -1).body, first.body);
    let again = get(&journal, "/ca.crl", 0);
    let half = get(&journal, "/ca.crl", 3 * DAY + DAY / 2);
    assert_ne!(half.body, again.body);
    let serial = leaf.serial().to_vec();
    let reason = wire::crl::Reason::KeyCompromise;
    write(&mut journal, Event::Revoked { serial: serial.clone(), at: NOW, reason });
    let told = wire::Crl::from_der(&get(&journal, "/ca.crl", 3 * DAY + DAY / 2 + 1).body).unwrap();
    let line = journal.lines(&[Event::Revoked { serial: serial.clone(), at: NOW, reason }]);
    let (found, revoked) = Journal::revoked_in(line.as_bytes()).unwrap();
    assert_eq!((found, revoked.at, revoked.reason), (serial.clone(), NOW, reason));
    let (issued, cut) = (journal.lines(&[Event::Issued(leaf.clone())]), line.trim_end());
    for line in [issued.as_bytes(), cut.as_bytes(), b"", b"x revoked\n", b"x revoked zz\n", b"x revoked 01 x 1\n"] {
        assert!(Journal::revoked_in(line).is_none());
    }
    assert_eq!((told.len(), told.next_update()), (1, Some(Time(told.this_update().0 + 7 * DAY))));
    // There is no root above it to speak of, until one is set.
    assert_eq!((get(&journal, "/root.crl", 0).status, get(&journal, "/root.cer", 0).status), (404, 404));
    publisher.set_root(above.clone(), Some(vec![1, 2, 3]));
    let request = HttpRequest::new("GET", "/x/root.crl");
    assert!(publisher.asks_for_root_crl(&request));
    assert_eq!(publisher.answer(&request, &journal, NOW, &mut SystemRandom).unwrap().body, [1, 2, 3]);

    // A root whose journal has an authority: its list lasts while its key is elsewhere.
    let below = AuthorityName { name: "Below".to_owned(), ..AuthorityName::default() };
    let below = issuing(&authority(), &below, &own, &service(), NOW, &mut SystemRandom).unwrap();
    write(&mut journal, Event::Issued(below));
    let list = sealpost_ca::crl(&authority(), &journal, None, NOW, &mut SystemRandom).unwrap();
    assert_eq!(list.next_update(), Some(Time(NOW.0 + 364 * DAY)));

    // The store hands out what took the place of another, and not the other.
    let old = authority().strict(service()).issue(&ask, &mut SystemRandom).unwrap();
    let new = authority().strict(service()).issue(&ask, &mut SystemRandom).unwrap();
    for event in [Event::Issued(old.clone()), Event::Issued(new.clone())] {
        write(&mut journal, event);
    }
    write(&mut journal, Event::Superseded { old: old.serial().to_vec(), new: new.serial().to_vec() });
    let request = HttpRequest::new("GET", "/x/certificates?email=alice%40example.org");
    assert_eq!(publisher.answer(&request, &journal, NOW, &mut SystemRandom).unwrap().body, new.der());
}

/// RFC 5280 section 5.2.3.
#[test]
fn numbers_of_lists_grow_and_two_that_differ_never_have_the_same() {
    let (root_key, own) = (p256(), p256());
    let above = root("Example", &root_key, NOW, &mut SystemRandom).unwrap();
    let authority = Authority::new(above, &root_key).unwrap();
    let address = alice();
    let ask = Request { display_name: None, ..request(&address, &own, CertificateProfile::MailBoth) };
    let leaf = authority.issue(&ask, &mut SystemRandom).unwrap();
    let mut journal = Journal::default();
    let mut list = |event, last: Option<&wire::Crl>, now: Time| {
        let lines = journal.lines(&[event]);
        journal.extend(lines.as_bytes()).unwrap();
        sealpost_ca::crl(&authority, &journal, last, now, &mut SystemRandom).unwrap()
    };
    let serial = leaf.serial().to_vec();
    let revoked = Event::Revoked { serial, at: NOW, reason: wire::crl::Reason::KeyCompromise };
    let first = list(Event::Issued(leaf), None, NOW);
    let second = list(revoked.clone(), None, NOW);
    assert_eq!((first.len(), second.len(), first.this_update()), (0, 1, second.this_update()));
    let number = |list: &wire::Crl| {
        let octets = list.number().unwrap();
        u64::from_be_bytes(<[u8; 8]>::try_from([&[0; 8][..], octets].concat().split_off(octets.len())).unwrap())
    };
    assert!(number(&first) < number(&second));
    // A clock that went back.
    let third = list(revoked, Some(&second), Time(NOW.0 - 1000));
    assert!(number(&second) < number(&third));
}

/// DI-05: the store of an authority answers by every attribute of RFC 4387 section 2.2, and by what clients ask for mail.
#[test]
fn di_05_the_store_of_an_authority_answers_by_every_attribute() {
    let (root_key, own, address) = (p256(), p256(), alice());
    let above = root("Example", &root_key, NOW, &mut SystemRandom).unwrap();
    let authority = || Authority::new(above.clone(), &root_key).unwrap();
    let wanted = request(&address, &own, CertificateProfile::MailBoth);
    let new = authority().issue(&wanted, &mut SystemRandom).unwrap();
    let mut publisher = Publisher::new(service(), authority());
    let mut journal = Journal::default();
    let lines = journal.lines(&[Event::Issued(new.clone())]);
    journal.extend(lines.as_bytes()).unwrap();
    let mut ask = |query: &str| {
        let request = HttpRequest::new("GET", &format!("/x/{query}"));
        let answer = publisher.answer(&request, &journal, NOW, &mut SystemRandom).unwrap();
        (answer.status, answer.body)
    };
    for query in ["certificates?email=alice%40example.org", "search.cgi?uri=alice%40example.org"] {
        assert_eq!(ask(query), (200, new.der().to_vec()), "{query}");
    }
    // RFC 4387 section 2.1: SHA-1 in base64 without its padding.
    let key = |octets: &[u8]| {
        let text = wire::pem::encode("X", &crypto::digest(Digest::Sha1, octets));
        let text = text.lines().nth(1).unwrap().trim_end_matches('=').to_owned();
        text.replace('+', "%2B").replace('/', "%2F")
    };
    let (issuer, serial) = new.issuer_and_serial();
    let length = u8::try_from(issuer.len() + serial.len()).unwrap();
    assert!(length < 0x80);
    let both = [&[0x30, length][..], issuer, serial].concat();
    for (name, octets) in [("certHash", new.der()), ("iAndSHash", &both), ("sKIDHash", new.subject_key_id().unwrap())] {
        assert_eq!(ask(&format!("search.cgi?{name}={}", key(octets))), (200, new.der().to_vec()), "{name}");
    }
    let name = new.subject().attributes().find(|a| a.oid == wire::oids::COMMON_NAME).unwrap().text.replace(' ', "%20");
    assert_eq!(ask(&format!("search.cgi?name={name}")), (200, new.der().to_vec()));
    assert_eq!(ask(&format!("search.cgi?sHash={}", key(new.subject().der()))), (200, new.der().to_vec()));
    // The authority is found by its subject, to complete the path.
    assert_eq!(ask(&format!("search.cgi?sHash={}", key(new.issuer().der()))), (200, above.der().to_vec()));
    let by_issuer = ask(&format!("search.cgi?iHash={}", key(new.issuer().der())));
    assert_eq!(by_issuer, (200, above.der().to_vec()), "no list of everybody");
    for (query, status) in [("search.cgi?name=nobody", 404), ("search.cgi?sn=1", 400), ("search.cgi", 400)] {
        assert_eq!(ask(query).0, status, "{query}");
    }
}
