//! Paths: what is believed, and each way in which it is not.

mod common;

use common::{DAY, Make, NOW, ca, key, leaf, mail, make, named, p256};
use crypto::{CompositeKem, Curve, Digest, KeySpec, PrivateKey, SignatureAlgorithm, SoftKey};
use sealpost_trust::{
    CertificateState, Clause, Evidence, MAX_CHAIN, PathError, Policy, ProvenPath, Purpose, Row, Standing, Use,
    fuzz_path, usable_for_encryption, usable_for_signing, validate,
};
use wire::der::Tag;
use wire::x509::{Extension, GeneralName, KeyUsage, certificate_der, extension};
use wire::{Certificate, Name, Oid, Time, oids};

const ALICE: &str = "alice@example.org";

/// A root, an intermediate and the keys, for tests that vary one thing.
struct World {
    root: Certificate,
    middle: Certificate,
    middle_key: SoftKey,
    key: SoftKey,
}

impl World {
    fn new() -> World {
        World::with(ca("Root", None), ca("Middle", Some(0)))
    }

    fn with(root: Make, middle: Make) -> World {
        let (root_key, middle_key) = (p256(), p256());
        let root = root.self_signed(&root_key);
        let middle = middle.by(&middle_key, &root, &root_key);
        World { root, middle, middle_key, key: p256() }
    }

    fn issue(&self, make: Make) -> Certificate {
        make.by(&self.key, &self.middle, &self.middle_key)
    }

    fn prove(&self, make: Make, purpose: Purpose) -> Result<ProvenPath, PathError> {
        prove(&self.issue(make), purpose, std::slice::from_ref(&self.middle), std::slice::from_ref(&self.root))
    }

    fn sign(&self, make: Make) -> Result<ProvenPath, PathError> {
        self.prove(make, Purpose::SignMail)
    }
}

fn prove(
    leaf: &Certificate,
    purpose: Purpose,
    pool: &[Certificate],
    anchors: &[Certificate],
) -> Result<ProvenPath, PathError> {
    validate(leaf, purpose, &Evidence { pool, anchors, distrusted: &[] }, &Policy::standard(), NOW)
}

fn clause(result: Result<ProvenPath, PathError>) -> Option<Clause> {
    match result {
        Err(PathError::WrongPurpose { clause, .. }) => Some(clause),
        other => panic!("{other:?}"),
    }
}

fn wrong_state(result: &Result<ProvenPath, PathError>) -> CertificateState {
    CertificateState::from(result.as_ref().unwrap_err())
}

#[test]
fn c_01_proves_a_path_of_three() {
    let world = World::new();
    let path = world.sign(leaf(ALICE)).unwrap();
    assert_eq!(path.chain().len(), 3);
    assert_eq!(path.anchor(), &world.root);
    assert_eq!(path.leaf(), &path.chain()[0]);
    assert_eq!(path.chain()[1], world.middle);
    world.prove(leaf(ALICE), Purpose::EncryptMail).unwrap();
}

#[test]
fn c_01_each_link_must_hold() {
    let world = World::new();
    let good = world.issue(leaf(ALICE));
    let stranger = World::new();
    // The same names, another key.
    let result =
        prove(&good, Purpose::Any, std::slice::from_ref(&stranger.middle), std::slice::from_ref(&stranger.root));
    assert!(matches!(result, Err(PathError::BadSignature { .. })), "{result:?}");
    // One bit of the signed part or of the signature.
    for at in [good.der().len() - 1, good.der().len() / 2] {
        let mut bytes = good.der().to_vec();
        bytes[at] ^= 1;
        if let Ok(bent) = Certificate::from_der(&bytes) {
            let (pool, anchors) = ([world.middle.clone()], [world.root.clone()]);
            assert!(prove(&bent, Purpose::Any, &pool, &anchors).is_err());
        }
    }
}

/// Each octet of what is signed, of the algorithms and of the signatures, and each cut, of a path with constraints and
/// policies: none leaves a path, and nothing panics.
#[test]
fn c_01_every_flipped_octet_and_every_cut_breaks_the_path() {
    let policies = || extension::certificate_policies(&[oids::ANY_POLICY]);
    let limits = constraints(&[rfc822("example.org")], &[GeneralName::Dns("evil.com".to_owned())]);
    let world = World::with(ca("Root", None), ca("Middle", Some(0)).with(limits).with(policies()));
    let good = world.issue(leaf(ALICE).with(policies()));
    let anchors = std::slice::from_ref(&world.root);
    prove(&good, Purpose::SignMail, std::slice::from_ref(&world.middle), anchors).unwrap();
    let changed = |original: &Certificate| -> Vec<Vec<u8>> {
        let der = original.der();
        let flips = (0..der.len()).map(|at| {
            let mut bent = der.to_vec();
            bent[at] ^= 1 << (at % 8);
            bent
        });
        flips.chain((0..der.len()).map(|end| der[..end].to_vec())).collect()
    };
    for (at, bent) in changed(&good).into_iter().enumerate() {
        if at % 8 == 0 {
            fuzz_path(&[&[0x22][..], &bent, world.middle.der(), world.root.der()].concat());
        }
        if let Ok(bent) = Certificate::from_der(&bent) {
            assert!(prove(&bent, Purpose::Any, std::slice::from_ref(&world.middle), anchors).is_err());
        }
    }
    for (at, bent) in changed(&world.middle).into_iter().enumerate() {
        if at % 8 == 0 {
            fuzz_path(&[&[0x13][..], good.der(), &bent, world.root.der()].concat());
        }
        if let Ok(bent) = Certificate::from_der(&bent) {
            assert!(prove(&good, Purpose::Any, &[bent], anchors).is_err());
        }
    }
}

#[test]
fn c_01_both_algorithm_fields_must_agree() {
    let world = World::new();
    let good = world.issue(leaf(ALICE));
    let other = SignatureAlgorithm::Ecdsa(Digest::Sha256).to_x509();
    // The same algorithm with a NULL that the signed field does not have.
    let bent = wire::AlgorithmIdentifier::with_null(other.oid);
    let bent = Certificate::from_der(&certificate_der(good.tbs(), &bent, good.signature())).unwrap();
    assert!(!bent.signature_algorithms_agree());
    let result = prove(&bent, Purpose::Any, std::slice::from_ref(&world.middle), std::slice::from_ref(&world.root));
    assert!(matches!(result, Err(PathError::BadSignature { .. })), "{result:?}");
}

#[test]
fn c_07_a_message_brings_no_anchor() {
    let world = World::new();
    let good = world.issue(leaf(ALICE));
    let pool = [world.middle.clone(), world.root.clone(), good.clone()];
    let result = prove(&good, Purpose::SignMail, &pool, &[]);
    assert!(matches!(&result, Err(PathError::NoIssuer { issuer, .. }) if issuer == "CN=Root"), "{result:?}");
    assert_eq!(wrong_state(&result), CertificateState::Untrusted);
    let alone = leaf(ALICE).self_signed(&world.key);
    assert!(matches!(
        prove(&alone, Purpose::SignMail, std::slice::from_ref(&alone), &[]),
        Err(PathError::NoIssuer { .. })
    ));
    // Pinned, it is trusted; a certificate with its name and another key is not.
    assert_eq!(prove(&alone, Purpose::SignMail, &[], std::slice::from_ref(&alone)).unwrap().chain().len(), 1);
    let twin = leaf(ALICE).self_signed(&p256());
    assert!(prove(&twin, Purpose::SignMail, &[], std::slice::from_ref(&alone)).is_err());
}

#[test]
fn v_13_every_certificate_is_judged_now() {
    let first = Time(NOW.0 - DAY);
    let last = Time(NOW.0 + 300 * DAY);
    let world = World::with(ca("Root", None).valid(-2, 900), ca("Middle", None).valid(-2, 900));
    let good = world.issue(leaf(ALICE));
    let at = |now| {
        let (pool, anchors) = ([world.middle.clone()], [world.root.clone()]);
        validate(
            &good,
            Purpose::SignMail,
            &Evidence { pool: &pool, anchors: &anchors, distrusted: &[] },
            &Policy::standard(),
            now,
        )
    };
    assert!(at(first).is_ok() && at(last).is_ok());
    assert!(matches!(at(Time(first.0 - 1)), Err(PathError::NotYetValid { .. })));
    assert!(matches!(at(Time(last.0 + 1)), Err(PathError::Expired { not_after, .. }) if not_after == last));
    for (root, middle, name) in [(0, -1, "CN=Middle"), (-1, 0, "CN=Root")] {
        let end = |offset| if offset < 0 { -1 } else { 9 };
        let world = World::with(ca("Root", None).valid(-9, end(root)), ca("Middle", None).valid(-9, end(middle)));
        let result = world.sign(leaf(ALICE));
        assert!(matches!(&result, Err(PathError::Expired { which, .. }) if which == name), "{result:?}");
        assert_eq!(wrong_state(&result), CertificateState::Expired);
    }
    // Expired and from nowhere: it never was trusted.
    let result =
        prove(&world.issue(leaf(ALICE).valid(-9, -1)), Purpose::SignMail, &[], std::slice::from_ref(&world.root));
    assert!(matches!(result, Err(PathError::NoIssuer { .. })), "{result:?}");
}

#[test]
fn an_issuer_must_be_an_authority() {
    let no_ca = make(named("Middle"), vec![extension::basic_constraints(false, None)]);
    let bare = make(named("Middle"), vec![]);
    for middle in [no_ca, bare] {
        let result = World::with(ca("Root", None), middle).sign(leaf(ALICE));
        assert!(matches!(result, Err(PathError::NotACa { .. })), "{result:?}");
    }
    let signer = ca("Middle", None).with(extension::key_usage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::CRL_SIGN));
    assert_eq!(clause(World::with(ca("Root", None), signer).sign(leaf(ALICE))), Some(Clause::NoCertSigning));
    let silent = ca("Middle", None).without(oids::KEY_USAGE);
    World::with(ca("Root", None), silent).sign(leaf(ALICE)).unwrap();
}

#[test]
fn path_length_counts_what_lies_between() {
    assert!(matches!(
        World::with(ca("Root", Some(0)), ca("Middle", None)).sign(leaf(ALICE)),
        Err(PathError::PathTooLong)
    ));
    World::with(ca("Root", Some(1)), ca("Middle", Some(0))).sign(leaf(ALICE)).unwrap();
}

#[test]
fn c_03_mail_is_a_purpose_of_leaf_and_authorities() {
    let tls = || extension::extended_key_usage(&[oids::SERVER_AUTH]);
    let any = || extension::extended_key_usage(&[oids::SERVER_AUTH, oids::ANY_EXTENDED_KEY_USAGE]);
    let world = World::new();
    for purpose in [Purpose::SignMail, Purpose::EncryptMail] {
        assert_eq!(clause(world.prove(leaf(ALICE).with(tls()), purpose)), Some(Clause::NoEmailProtection));
        world.prove(leaf(ALICE).with(any()), purpose).unwrap();
        world.prove(leaf(ALICE).without(oids::EXTENDED_KEY_USAGE), purpose).unwrap();
    }
    world.prove(leaf(ALICE).with(tls()), Purpose::Any).unwrap();
    let narrow = World::with(ca("Root", None), ca("Middle", None).with(tls()));
    let result = narrow.sign(leaf(ALICE));
    assert_eq!(wrong_state(&result), CertificateState::WrongPurpose);
    assert_eq!(clause(result), Some(Clause::NoEmailProtection));
    narrow.prove(leaf(ALICE), Purpose::Any).unwrap();
    World::with(ca("Root", None), ca("Middle", None).with(any())).sign(leaf(ALICE)).unwrap();
}

#[test]
fn v_09_signing_needs_its_key_usage() {
    let world = World::new();
    let with = |usage| leaf(ALICE).with(extension::key_usage(usage));
    world.sign(with(KeyUsage::DIGITAL_SIGNATURE)).unwrap();
    world.sign(with(KeyUsage::NON_REPUDIATION)).unwrap();
    world.sign(leaf(ALICE).without(oids::KEY_USAGE)).unwrap();
    for usage in [KeyUsage::KEY_AGREEMENT, KeyUsage::KEY_ENCIPHERMENT, KeyUsage::KEY_CERT_SIGN, KeyUsage(0)] {
        assert_eq!(clause(world.sign(with(usage))), Some(Clause::NoSigning), "{usage:?}");
        assert!(usable_for_signing(&world.issue(with(usage)), &Policy::standard(), NOW).is_err());
    }
}

#[test]
fn k_14_encryption_needs_its_key_usage() {
    let world = World::new();
    let policy = Policy::standard();
    let usable = |key: &SoftKey, usage: Option<KeyUsage>| {
        let make = leaf(ALICE).without(oids::KEY_USAGE);
        let make = usage.into_iter().fold(make, |make, usage| make.with(extension::key_usage(usage)));
        match usable_for_encryption(&make.by(key, &world.middle, &world.middle_key), &policy, NOW) {
            Err(PathError::WrongPurpose { clause, .. }) => Some(clause),
            Ok(()) => None,
            Err(other) => panic!("{other}"),
        }
    };
    let (ec, x25519, ed25519, rsa) = (p256(), key(KeySpec::X25519), key(KeySpec::Ed25519), key(KeySpec::Rsa(2048)));
    let agree = KeyUsage::KEY_AGREEMENT;
    let x448 = key(KeySpec::X448);
    for curve in [&ec, &x25519, &x448] {
        assert_eq!(usable(curve, None), None);
        assert_eq!(usable(curve, Some(agree)), None);
        assert_eq!(usable(curve, Some(agree | KeyUsage::ENCIPHER_ONLY)), None);
        assert_eq!(usable(curve, Some(agree | KeyUsage::DECIPHER_ONLY)), Some(Clause::DecipherOnly));
        assert_eq!(usable(curve, Some(KeyUsage::KEY_ENCIPHERMENT)), Some(Clause::NoKeyAgreement));
    }
    assert_eq!(usable(&rsa, Some(KeyUsage::KEY_ENCIPHERMENT)), None);
    assert_eq!(usable(&rsa, Some(agree | KeyUsage::DIGITAL_SIGNATURE)), Some(Clause::NoKeyEncipherment));
    for set in crypto::MlKem::ALL {
        let kem = key(KeySpec::MlKem(set));
        key_encipherment_alone(&|usage| usable(&kem, usage));
    }
    assert_eq!(usable(&ed25519, None), Some(Clause::KeyKind));
    let expired = world.issue(leaf(ALICE).valid(-9, -1));
    assert!(matches!(usable_for_encryption(&expired, &policy, NOW), Err(PathError::Expired { .. })));
    let signs = leaf(ALICE).without(oids::KEY_USAGE).by(&x25519, &world.middle, &world.middle_key);
    assert_eq!(clause(prove(&signs, Purpose::SignMail, &[], &[])), Some(Clause::KeyKind));
}

/// RFC 9802 §5: an HSS key has no usage but signing, whether a mailbox's or an authority's.
#[test]
fn hss_keys_are_for_signatures_alone() {
    let world = World::new();
    // One level of a tree of height 5; that it signs is not asked here.
    let octets = [&[0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 4][..], &[7; 48]].concat();
    let spki = wire::SubjectPublicKeyInfo::new(wire::AlgorithmIdentifier::new(oids::HSS_LMS), octets);
    let both = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION;
    let signs = |usage| {
        let make = leaf(ALICE).without(oids::KEY_USAGE).with(extension::key_usage(usage));
        let made = make.issued(spki.der(), world.middle.subject(), &world.middle_key);
        prove(&made, Purpose::SignMail, std::slice::from_ref(&world.middle), std::slice::from_ref(&world.root))
    };
    signs(both).unwrap();
    signs(both | KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN).unwrap();
    for more in [KeyUsage::KEY_ENCIPHERMENT, KeyUsage::DATA_ENCIPHERMENT, KeyUsage::KEY_AGREEMENT] {
        assert_eq!(clause(signs(both | more)), Some(Clause::MoreThanSigning));
    }
    assert_eq!(clause(signs(KeyUsage::KEY_CERT_SIGN)), Some(Clause::NoSigning));
    for (more, expected) in [(false, None), (true, Some(Clause::MoreThanSigning))] {
        let usage = KeyUsage::KEY_CERT_SIGN | if more { KeyUsage::KEY_AGREEMENT } else { KeyUsage::CRL_SIGN };
        let make = ca("Hashes", None).without(oids::KEY_USAGE).with(extension::key_usage(usage));
        let authority = make.issued(spki.der(), &named("Hashes"), &world.middle_key);
        let mut below = leaf(ALICE);
        below.signature = None;
        let below = below.issued(world.key.public().spki(), authority.subject(), &world.middle_key);
        match prove(&below, Purpose::SignMail, &[], std::slice::from_ref(&authority)) {
            Err(PathError::WrongPurpose { clause, .. }) => assert_eq!(Some(clause), expected),
            other => assert!(expected.is_none() && matches!(other, Err(PathError::BadSignature { .. })), "{other:?}"),
        }
    }
}

/// RFC 9935 §5, RFC 9690 §3 and draft-ietf-lamps-pq-composite-kem: such a key has keyEncipherment and nothing else.
fn key_encipherment_alone(usable: &dyn Fn(Option<KeyUsage>) -> Option<Clause>) {
    let agree = KeyUsage::KEY_AGREEMENT;
    assert_eq!(usable(None), None);
    assert_eq!(usable(Some(KeyUsage::KEY_ENCIPHERMENT)), None);
    assert_eq!(usable(Some(agree | KeyUsage::DATA_ENCIPHERMENT)), Some(Clause::NoKeyEncipherment));
    for more in [KeyUsage::DATA_ENCIPHERMENT, KeyUsage::DIGITAL_SIGNATURE, KeyUsage::CRL_SIGN, agree] {
        assert_eq!(usable(Some(KeyUsage::KEY_ENCIPHERMENT | more)), Some(Clause::MoreThanKeyEncipherment));
    }
}

#[test]
fn k_11_k_12_composite_and_rsa_kem_keys_encipher_keys_and_nothing_else() {
    let world = World::new();
    // Composites are drafts, which the policy refuses unless it is told otherwise.
    let policy = Policy::from_toml(&Policy::standard().to_toml().replace("\"reject\"", "\"accept\"")).unwrap();
    let usable = |spki: &[u8], usage: Option<KeyUsage>| {
        let make = leaf(ALICE).without(oids::KEY_USAGE);
        let make = usage.into_iter().fold(make, |make, usage| make.with(extension::key_usage(usage)));
        let certificate = make.issued(spki, world.middle.subject(), &world.middle_key);
        match usable_for_encryption(&certificate, &policy, NOW) {
            Err(PathError::WrongPurpose { clause, .. }) => Some(clause),
            Ok(()) => None,
            Err(other) => panic!("{other}"),
        }
    };
    for pair in [CompositeKem::MlKem768X25519, CompositeKem::MlKem768P256, CompositeKem::MlKem1024P384] {
        let kem = key(KeySpec::CompositeKem(pair));
        key_encipherment_alone(&|usage| usable(kem.public().spki(), usage));
    }
    let rsa = wire::SubjectPublicKeyInfo::from_der(key(KeySpec::Rsa(2048)).public().spki()).unwrap();
    let kem = wire::AlgorithmIdentifier::new(oids::RSA_KEM_SPKI);
    let kem = wire::SubjectPublicKeyInfo::new(kem, rsa.key());
    key_encipherment_alone(&|usage| usable(kem.der(), usage));
}

#[test]
fn x_17_odd_keys_are_refused_before_they_are_used() {
    let world = World::new();
    let policy = Policy::standard();
    let rsa = |bits: usize, exponent: &[u8]| {
        let mut modulus = vec![0xff; bits / 8];
        modulus[0] = 0x80;
        let mut w = wire::der::Writer::new();
        w.sequence(|w| {
            w.unsigned(&modulus).unsigned(exponent);
        });
        let algorithm = wire::AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION);
        wire::SubjectPublicKeyInfo::new(algorithm, w.into_bytes())
    };
    let both = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT;
    let certificate = |spki: &wire::SubjectPublicKeyInfo| {
        let make = leaf(ALICE).with(extension::key_usage(both));
        make.issued(spki.der(), world.middle.subject(), &world.middle_key)
    };
    for bits in [512, 1024, 2040, 8200, 16384] {
        let odd = certificate(&rsa(bits, &[1, 0, 1]));
        assert!(matches!(usable_for_encryption(&odd, &policy, NOW), Err(PathError::WeakAlgorithm { .. })), "{bits}");
        let result = prove(&odd, Purpose::SignMail, &[], &[]);
        assert_eq!(wrong_state(&result), CertificateState::Weak, "{bits}");
    }
    usable_for_encryption(&certificate(&rsa(2048, &[1, 0, 1])), &policy, NOW).unwrap();
    // As an authority's key such a modulus costs nothing: the policy or the key's reader refuses it.
    for (bits, exponent) in [(16384, &[1, 0, 1][..]), (2048, &[4][..]), (2048, &[1][..]), (2048, &[0xff; 9][..])] {
        let odd = ca("Odd", None).issued(rsa(bits, exponent).der(), &named("Odd"), &world.middle_key);
        let mut below = leaf(ALICE);
        below.signature = None;
        let below = below.issued(world.key.public().spki(), odd.subject(), &key(KeySpec::Rsa(2048)));
        let result = prove(&below, Purpose::SignMail, &[], std::slice::from_ref(&odd));
        assert!(
            matches!(result, Err(PathError::WeakAlgorithm { .. } | PathError::BadSignature { .. })),
            "{bits} {exponent:?} {result:?}"
        );
    }
}

#[test]
fn x_17_curves_given_by_parameters_are_no_keys() {
    let world = World::new();
    let mut w = wire::der::Writer::new();
    w.sequence(|w| {
        w.uint(1);
    });
    let algorithm = wire::AlgorithmIdentifier::with(oids::EC_PUBLIC_KEY, w.into_bytes());
    let spki = wire::SubjectPublicKeyInfo::new(algorithm, vec![4; 65]);
    let odd = leaf(ALICE).issued(spki.der(), world.middle.subject(), &world.middle_key);
    assert_eq!(clause(prove(&odd, Purpose::SignMail, &[], &[])), Some(Clause::KeyKind));
}

/// The standard table behind one row about rsa-pkcs1-sha256 on certificates.
fn with_standing(standing: Standing) -> Policy {
    let row = Row {
        use_: Use::Certify,
        algorithm: "rsa-pkcs1-sha256".into(),
        min_bits: None,
        max_bits: None,
        standing,
        from: None,
        until: None,
        source: "a test".into(),
    };
    Policy::new(std::iter::once(row).chain(Policy::standard().rows().iter().cloned()).collect())
}

/// What the policy does not believe is told with its source where it holds, and as broken where it does not.
#[test]
fn weak_signatures_are_named_with_their_source_and_broken_ones_as_broken() {
    let (root_key, own) = (key(KeySpec::Rsa(2048)), p256());
    let root = ca("Root", None).self_signed(&root_key);
    let honest = leaf(ALICE).by(&own, &root, &root_key);
    let anchors = std::slice::from_ref(&root);
    let judged = |leaf: &Certificate, policy: &Policy| {
        validate(leaf, Purpose::SignMail, &Evidence { anchors, ..Evidence::default() }, policy, NOW)
    };
    let result = judged(&honest, &with_standing(Standing::Reject));
    assert_eq!(result.as_ref().unwrap_err().to_string(), "rsa-pkcs1-sha256 is not accepted for certify (a test)");
    assert_eq!(wrong_state(&result), CertificateState::Weak);
    let mut forged = honest.der().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    let forged = Certificate::from_der(&forged).unwrap();
    for result in
        [judged(&forged, &with_standing(Standing::Reject)), judged(&sha1_fields(&honest), &Policy::standard())]
    {
        assert!(matches!(result, Err(PathError::BadSignature { .. })), "{result:?}");
    }
    let warned = judged(&honest, &with_standing(Standing::Warn)).unwrap();
    assert_eq!(warned.warnings(), ["rsa-pkcs1-sha256 is weak but accepted for certify (a test)"]);
    assert!(judged(&honest, &Policy::standard()).unwrap().warnings().is_empty());
}

/// Both algorithm fields changed to sha1WithRSAEncryption, the length of whose encoding is the same.
fn sha1_fields(certificate: &Certificate) -> Certificate {
    let change = |bytes: &[u8]| {
        let (from, to) = (oids::SHA256_WITH_RSA, oids::SHA1_WITH_RSA);
        let mut bytes = bytes.to_vec();
        for at in 0..bytes.len() - from.contents().len() {
            if bytes[at..].starts_with(from.contents()) {
                bytes[at..at + to.contents().len()].copy_from_slice(to.contents());
            }
        }
        bytes
    };
    Certificate::from_der(&change(certificate.der())).unwrap()
}

/// K-04: a key for OAEP alone is judged by its own parameters, which bind whoever encrypts to it.
#[test]
fn k_04_keys_for_oaep_alone_are_judged_by_their_parameters() {
    let world = World::new();
    let rsa = key(KeySpec::Rsa(2048));
    let judged = |algorithm: wire::AlgorithmIdentifier, policy: &Policy| {
        let plain = wire::SubjectPublicKeyInfo::from_der(rsa.public().spki()).unwrap();
        let spki = wire::SubjectPublicKeyInfo::new(algorithm, plain.key());
        let certificate =
            leaf(ALICE).without(oids::KEY_USAGE).issued(spki.der(), world.middle.subject(), &world.middle_key);
        usable_for_encryption(&certificate, policy, NOW).map_err(|error| error.to_string())
    };
    let standard = Policy::standard();
    for digest in [Digest::Sha1, Digest::Sha256, Digest::Sha384, Digest::Sha512] {
        let algorithm = crypto::KeyTransport::oaep(digest).to_algorithm();
        assert_eq!(judged(algorithm.clone(), &standard), Ok(()), "{digest}");
        let strict =
            Policy::from_toml(&standard.to_toml().replace(&format!("\"rsa-oaep-{digest}\""), "\"none\"")).unwrap();
        let refused = format!("rsa-oaep-{digest} is not accepted for encrypt (no row of the policy accepts it)");
        assert_eq!(judged(algorithm, &strict), Err(refused));
    }
    assert_eq!(judged(wire::AlgorithmIdentifier::new(oids::RSAES_OAEP), &standard), Ok(()));
    let odd = judged(wire::AlgorithmIdentifier::with_null(oids::RSAES_OAEP), &standard).unwrap_err();
    assert!(odd.contains("rsa-oaep of the key"), "{odd}");
}

#[test]
fn unknown_critical_extensions_are_refused_everywhere() {
    let odd = |critical| Extension {
        oid: Oid::from_contents(&[0x2b, 6, 1, 4, 1, 0x83, 1]).unwrap(),
        critical,
        value: vec![5, 0],
    };
    let world = World::new();
    assert!(matches!(world.sign(leaf(ALICE).with(odd(true))), Err(PathError::UnknownCritical(_))));
    world.sign(leaf(ALICE).with(odd(false))).unwrap();
    let result = World::with(ca("Root", None), ca("Middle", None).with(odd(true))).sign(leaf(ALICE));
    assert!(matches!(result, Err(PathError::UnknownCritical(_))), "{result:?}");
}

/// Identifiers are hints and pointers are not followed: a certificate that insists on them is not processed.
#[test]
fn c_01_critical_extensions_that_are_passed_over_are_refused() {
    let world = World::new();
    let critical = |extension: Extension| Extension { critical: true, ..extension };
    let access = || Extension { oid: oids::AUTHORITY_INFO_ACCESS, critical: false, value: access_information() };
    for extension in [extension::subject_key_id(&[1]), extension::authority_key_id(&[1]), access()] {
        let oid = extension.oid;
        world.sign(leaf(ALICE).with(extension.clone())).unwrap();
        let result = world.sign(leaf(ALICE).with(critical(extension.clone())));
        assert_eq!(result.unwrap_err(), PathError::UnknownCritical(oid));
        let narrow = World::with(ca("Root", None), ca("Middle", None).with(critical(extension)));
        assert_eq!(narrow.sign(leaf(ALICE)).unwrap_err(), PathError::UnknownCritical(oid));
    }
}

fn access_information() -> Vec<u8> {
    let mut w = wire::der::Writer::new();
    w.sequence(|w| {
        w.sequence(|w| {
            w.oid(oids::AD_OCSP);
            GeneralName::Uri("http://example.org/".to_owned()).write(w);
        });
    });
    w.into_bytes()
}

/// The path of who signs a CRL: cRLSign, and no word of mail.
#[test]
fn c_03_who_signs_a_crl_is_proven_without_mail() {
    let tls = || extension::extended_key_usage(&[oids::SERVER_AUTH]);
    let world = World::with(ca("Root", None), ca("Middle", None).with(tls()));
    let signer = |usage| make(named("CRLs"), vec![extension::key_usage(usage), tls()]);
    world.prove(signer(KeyUsage::CRL_SIGN), Purpose::SignCrl).unwrap();
    world.prove(signer(KeyUsage::CRL_SIGN).without(oids::KEY_USAGE), Purpose::SignCrl).unwrap();
    let result = world.prove(signer(KeyUsage::DIGITAL_SIGNATURE), Purpose::SignCrl);
    assert_eq!(clause(result), Some(Clause::NoCrlSigning));
    // Either use of mail will do for mail as such.
    let good = World::new();
    for usage in [KeyUsage::DIGITAL_SIGNATURE, KeyUsage::KEY_AGREEMENT] {
        good.prove(leaf(ALICE).with(extension::key_usage(usage)), Purpose::Mail).unwrap();
    }
    let neither = good.prove(leaf(ALICE).with(extension::key_usage(KeyUsage::CRL_SIGN)), Purpose::Mail);
    assert_eq!(clause(neither), Some(Clause::NoSigning));
    assert_eq!(clause(world.prove(leaf(ALICE), Purpose::Mail)), Some(Clause::NoEmailProtection));
}

#[test]
fn distrust_comes_before_everything() {
    let world = World::new();
    let good = world.issue(leaf(ALICE));
    let (pool, anchors) = ([world.middle.clone()], [world.root.clone(), good.clone()]);
    for distrusted in [&good, &world.middle, &world.root] {
        let anchors = if *distrusted == good { &anchors[..] } else { &anchors[..1] };
        let evidence = Evidence { pool: &pool, anchors, distrusted: std::slice::from_ref(distrusted) };
        let result = validate(&good, Purpose::SignMail, &evidence, &Policy::standard(), NOW);
        assert!(matches!(result, Err(PathError::Distrusted { .. })), "{result:?}");
    }
}

#[test]
fn c_02_several_candidates_and_hints() {
    let world = World::new();
    let good = world.issue(leaf(ALICE));
    // The same name with other keys, and the right key long expired: the right one is still found.
    let mut pool: Vec<Certificate> = (0..5).map(|_| World::new().middle).collect();
    pool.push(ca("Middle", None).valid(-900, -600).by(&world.middle_key, &world.root, &p256()));
    pool.push(world.middle.clone());
    prove(&good, Purpose::SignMail, &pool, std::slice::from_ref(&world.root)).unwrap();
    // A hint that lies costs time only.
    let lying = leaf(ALICE).with(extension::authority_key_id(&[7; 20]));
    let hinted = ca("Middle", None).with(extension::subject_key_id(&[8; 20]));
    World::with(ca("Root", None), hinted).sign(lying).unwrap();
}

#[test]
fn c_08_chains_end_at_ten_and_loops_end() {
    let long = |length: usize| {
        let mut key_above = p256();
        let root = ca("CA 0", None).self_signed(&key_above);
        let mut pool = vec![root.clone()];
        for i in 1..length - 1 {
            let key = p256();
            let next = ca(&format!("CA {i}"), None).by(&key, pool.last().unwrap(), &key_above);
            pool.push(next);
            key_above = key;
        }
        let leaf = leaf(ALICE).by(&p256(), pool.last().unwrap(), &key_above);
        prove(&leaf, Purpose::SignMail, &pool, std::slice::from_ref(&root))
    };
    assert_eq!(long(MAX_CHAIN).unwrap().chain().len(), MAX_CHAIN);
    assert!(matches!(long(MAX_CHAIN + 1), Err(PathError::PathTooLong)));
    // Two authorities that issued each other.
    let (a, b) = (p256(), p256());
    let (a_root, b_root) = (ca("A", None).self_signed(&a), ca("B", None).self_signed(&b));
    let pool = [ca("A", None).by(&a, &b_root, &b), ca("B", None).by(&b, &a_root, &a)];
    let below = leaf(ALICE).by(&p256(), &a_root, &a);
    assert!(matches!(prove(&below, Purpose::SignMail, &pool, &[]), Err(PathError::NoIssuer { .. })));
}

#[test]
fn x_18_many_certificates_are_bounded_work() {
    // One name, two hundred keys, and each could have issued each: the walks are countless.
    let name = named("Everybody");
    let spki = |i: u8| {
        let algorithm = wire::AlgorithmIdentifier::new(oids::ED25519);
        wire::SubjectPublicKeyInfo::new(algorithm, vec![i; 32])
    };
    let signer = p256();
    let pool: Vec<Certificate> =
        (0..200).map(|i| ca("Everybody", None).issued(spki(i).der(), &name, &signer)).collect();
    let below = leaf(ALICE).issued(p256().public().spki(), &name, &signer);
    assert!(matches!(prove(&below, Purpose::SignMail, &pool, &[]), Err(PathError::Budget)));
    // All with one key that really signs them all: known links are walked without an end, too.
    let cross: Vec<Certificate> = (0..60u8)
        .map(|i| {
            let extra =
                Extension { oid: Oid::from_contents(&[0x2b, 9]).unwrap(), critical: false, value: vec![5, 0, i] };
            ca(&format!("Ring {}", i % 12), None).with(extra)
        })
        .enumerate()
        .map(|(i, make)| make.issued(signer.public().spki(), &named(&format!("Ring {}", (i + 1) % 12)), &signer))
        .collect();
    let below = leaf(ALICE).issued(p256().public().spki(), &named("Ring 0"), &signer);
    let result = prove(&below, Purpose::SignMail, &cross, &[]);
    assert!(matches!(result, Err(PathError::Budget)), "{result:?}");
}

fn constraints(permitted: &[GeneralName], excluded: &[GeneralName]) -> Extension {
    extension::extension(oids::NAME_CONSTRAINTS, true, |w| {
        w.sequence(|w| {
            for (tag, list) in [(0, permitted), (1, excluded)] {
                if !list.is_empty() {
                    w.nested(Tag::context(tag), |w| {
                        list.iter().for_each(|name| {
                            w.sequence(|w| name.write(w));
                        });
                    });
                }
            }
        });
    })
}

fn rfc822(text: &str) -> GeneralName {
    GeneralName::Rfc822(text.to_owned())
}

fn constrained(extension: Extension, make: Make) -> bool {
    match World::with(ca("Root", None), ca("Middle", None).with(extension)).sign(make) {
        Ok(_) => true,
        Err(PathError::NameConstraint { .. }) => false,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn c_04_mail_names_stay_where_they_are_permitted() {
    let table: &[(&str, &str, bool, bool)] = &[
        // constraint, address, inside if permitted, allowed if excluded
        ("example.org", "a@example.org", true, false),
        ("example.org", "a@EXAMPLE.org", true, false),
        ("example.org", "a@sub.example.org", false, true),
        ("example.org", "a@badexample.org", false, true),
        (".example.org", "a@sub.example.org", true, false),
        (".example.org", "a@example.org", false, true),
        (".example.org", "a@badexample.org", false, true),
        ("a@example.org", "a@example.org", true, false),
        ("a@example.org", "A@example.org", false, false),
        ("a@example.org", "b@example.org", false, true),
        // Constraints that mean nothing permit nothing and exclude everything.
        ("example.org.", "a@example.org", false, false),
        ("@example.org", "a@example.org", false, false),
        // Names that are no addresses are refused under any constraint.
        ("example.org", "a@example.org.", false, false),
        ("example.org", "a@example.org\0.evil.com", false, false),
        ("evil.com", "a@b@example.org", false, false),
    ];
    for (base, address, inside, allowed) in table {
        assert_eq!(constrained(constraints(&[rfc822(base)], &[]), leaf(address)), *inside, "{base} permits {address}");
        assert_eq!(
            constrained(constraints(&[], &[rfc822(base)]), leaf(address)),
            *allowed,
            "{base} excludes {address}"
        );
    }
}

#[test]
fn c_04_other_names() {
    let directory = |name: Name| GeneralName::Directory(name);
    let germany = || wire::NameBuilder::new().country("DE").build();
    let german = || Make { subject: wire::NameBuilder::new().country("DE").common_name("A").build(), ..leaf(ALICE) };
    assert!(constrained(constraints(&[directory(germany())], &[]), german()));
    assert!(!constrained(constraints(&[directory(germany())], &[]), leaf(ALICE)));
    assert!(!constrained(constraints(&[], &[directory(germany())]), german()));
    // The subject's emailAddress counts where there is no other.
    let old = || make(wire::NameBuilder::new().email("a@evil.com").build(), vec![]);
    assert!(!constrained(constraints(&[rfc822("example.org")], &[]), old()));
    assert!(!constrained(constraints(&[], &[rfc822("evil.com")]), old()));
    // SmtpUTF8Mailbox is bound by the hosts of rfc822Name.
    let utf8 = |text: &str| {
        let san = extension::subject_alt_name(&[GeneralName::SmtpUtf8(text.to_owned())], false);
        leaf(ALICE).with(san)
    };
    assert!(constrained(constraints(&[rfc822("example.org")], &[]), utf8("zoë@example.org")));
    assert!(!constrained(constraints(&[rfc822("example.org")], &[]), utf8("zoë@evil.com")));
    // Kinds that are not processed are refused only where they meet.
    let odd = GeneralName::Unparsed { tag: 8, raw: vec![0x88, 1, 42] };
    let registered = || leaf(ALICE).with(extension::subject_alt_name(&[rfc822(ALICE), odd.clone()], false));
    assert!(!constrained(constraints(std::slice::from_ref(&odd), &[]), registered()));
    assert!(!constrained(constraints(&[], std::slice::from_ref(&odd)), registered()));
    assert!(constrained(constraints(std::slice::from_ref(&odd), &[]), leaf(ALICE)));
}

#[test]
fn c_01a_a_self_issued_leaf_is_checked_too() {
    let limits = constraints(&[rfc822("example.org")], &[]);
    let (root_key, own) = (p256(), p256());
    let root = ca("Root", None).with(limits).self_signed(&root_key);
    let below = Make { subject: named("Root"), ..leaf("a@evil.com") }.by(&own, &root, &root_key);
    let result = prove(&below, Purpose::SignMail, &[], std::slice::from_ref(&root));
    assert!(matches!(result, Err(PathError::NameConstraint { .. })), "{result:?}");
}

#[test]
fn every_kind_of_key_signs_certificates() {
    for spec in [KeySpec::Rsa(2048), KeySpec::Ec(Curve::P384), KeySpec::Ec(Curve::P521), KeySpec::Ed25519] {
        let root_key = key(spec);
        let root = ca("Root", None).self_signed(&root_key);
        let below = leaf(ALICE).with(mail(ALICE)).by(&p256(), &root, &root_key);
        prove(&below, Purpose::SignMail, &[], std::slice::from_ref(&root)).unwrap_or_else(|e| panic!("{spec} {e}"));
    }
}
