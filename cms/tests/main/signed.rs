//! SignedData: rows V-01 to V-13, CMS-06, CMS-07, CMS-11, X-05, X-06, X-07.

use crypto::{Digest, SignatureAlgorithm, SystemRandom};
use sealpost_cms::{SignatureFault, SignerEntry, certs_only, check_signer};
use trust::Policy;
use wire::cms::{Attribute, SignedAttributes, SignerId, SignerInfo};
use wire::der::{Tag, Writer};
use wire::{AlgorithmIdentifier, oids};

use crate::forge::{Signed, attributes, der, info, octets, oid_value};
use crate::people::*;

const ECDSA: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(Digest::Sha256);
const TEXT: &[u8] = b"Content-Type: text/plain\r\n\r\nhello\r\n";

/// What is said about the one signer of a forged message.
fn fault_of(message: &Signed) -> Option<SignatureFault> {
    read_signed(&message.to_der(), None).unwrap().only().result.err()
}

/// What is said about a signature by Alice over exactly these attributes.
fn fault_with(list: Vec<Attribute>) -> Option<SignatureFault> {
    let alice = alice(P256);
    fault_of(&Signed::of(TEXT, &[&alice.certificate], &[info(&alice, ECDSA, Some(list), TEXT)]))
}

fn good() -> Vec<Attribute> {
    attributes(TEXT, Digest::Sha256)
}

fn good_and(oid: wire::Oid, value: Vec<u8>) -> Vec<Attribute> {
    let mut list = good();
    list.push(Attribute::new(oid, value));
    list
}

#[test]
fn the_forger_s_tools_make_honest_messages_too() {
    assert_eq!(fault_with(good()), None);
}

#[test]
fn v_01_no_signer_is_no_signature() {
    let alice = alice(P256);
    let read = read_signed(&Signed::of(TEXT, &[&alice.certificate], &[]).to_der(), None).unwrap();
    assert!(read.facts.signers.is_empty() && !read.holds());
    let bare = read_signed(&certs_only(std::slice::from_ref(&alice.certificate)), None).unwrap();
    assert!(bare.facts.signers.is_empty() && !bare.facts.has_content);
    assert_eq!(bare.facts.certificates, std::slice::from_ref(&alice.certificate));
}

#[test]
fn v_02_each_signer_is_judged_by_itself() {
    let (a, b) = (alice(P256), person("bob", RSA));
    let holding = info(&a, ECDSA, Some(good()), TEXT);
    let mut failing = info(&b, SignatureAlgorithm::RsaPkcs1(Digest::Sha256), Some(good()), TEXT);
    failing.signature[100] ^= 1;
    for order in [[holding.clone(), failing.clone()], [failing, holding]] {
        let read = read_signed(&Signed::of(TEXT, &[&a.certificate, &b.certificate], &order).to_der(), None).unwrap();
        let results: Vec<_> = read.all().into_iter().map(|c| (c.certificate.unwrap(), c.result.err())).collect();
        assert!(results.contains(&(a.certificate.clone(), None)));
        assert!(results.contains(&(b.certificate.clone(), Some(SignatureFault::BadSignature))));
    }
}

#[test]
fn v_03_a_digest_that_was_not_announced_is_refused() {
    let alice = alice(P256);
    let mut message = Signed::of(TEXT, &[&alice.certificate], &[info(&alice, ECDSA, Some(good()), TEXT)]);
    message.digests = vec![Digest::Sha512.algorithm_identifier()];
    assert_eq!(fault_of(&message), Some(SignatureFault::Attribute("digestAlgorithm")));
    message.digests = vec![AlgorithmIdentifier::with_null(oids::SHA256)];
    assert_eq!(fault_of(&message), None, "absent and NULL parameters are the same");
}

#[test]
fn v_04_digest_mismatch_and_content_type_mismatch() {
    let alice = alice(P256);
    let signer = info(&alice, ECDSA, Some(good()), TEXT);
    let other = Signed::of(b"another text", &[&alice.certificate], std::slice::from_ref(&signer));
    assert_eq!(fault_of(&other), Some(SignatureFault::DigestMismatch));
    let mut retyped = Signed::of(TEXT, &[&alice.certificate], &[signer]);
    retyped.content_type = oids::SIGNED_DATA;
    assert_eq!(fault_of(&retyped), Some(SignatureFault::Attribute("contentType")));
    // The attribute says what its signer wants; it is never believed for the content's digest.
    let lying = attributes(b"another text", Digest::Sha256);
    assert_eq!(fault_with(lying), Some(SignatureFault::DigestMismatch));
    let prefix = vec![good()[0].clone(), Attribute::new(oids::MESSAGE_DIGEST, octets(&[]))];
    assert_eq!(fault_with(prefix), Some(SignatureFault::DigestMismatch));
    assert_eq!(fault_with(good()[..1].to_vec()), Some(SignatureFault::Attribute("messageDigest")));
    assert_eq!(fault_with(good()[1..].to_vec()), Some(SignatureFault::Attribute("contentType")));
}

#[test]
fn v_05_one_digest_for_content_and_attributes() {
    let alice = alice(RSA);
    for signed_with in [SignatureAlgorithm::pss(Digest::Sha512), SignatureAlgorithm::RsaPkcs1(Digest::Sha512)] {
        let mut signer = info(&alice, signed_with, Some(good()), TEXT);
        signer.digest = Digest::Sha256.algorithm_identifier();
        signer.algorithm = signed_with.to_x509();
        let fault = fault_of(&Signed::of(TEXT, &[&alice.certificate], &[signer]));
        assert_eq!(fault, Some(SignatureFault::BadSignature), "{signed_with}");
    }
}

#[test]
fn v_06_algorithm_protection_names_the_algorithms_used() {
    let protection = |digest: AlgorithmIdentifier, tag: u8, signature: AlgorithmIdentifier| {
        let value = der(|w| {
            w.sequence(|w| {
                digest.write(w);
                signature.write_as(w, Tag::context(tag));
            });
        });
        fault_with(good_and(oids::ALGORITHM_PROTECTION, value))
    };
    let wrong = Some(SignatureFault::Attribute("cmsAlgorithmProtection"));
    let (sha256, ecdsa) = (|| Digest::Sha256.algorithm_identifier(), || ECDSA.to_cms());
    assert_eq!(protection(sha256(), 1, ecdsa()), None);
    assert_eq!(protection(AlgorithmIdentifier::with_null(oids::SHA256), 1, ecdsa()), None);
    assert_eq!(protection(Digest::Sha512.algorithm_identifier(), 1, ecdsa()), wrong);
    assert_eq!(protection(sha256(), 1, SignatureAlgorithm::Ecdsa(Digest::Sha384).to_cms()), wrong);
    assert_eq!(protection(sha256(), 2, ecdsa()), wrong, "a MAC's place");
    assert_eq!(fault_with(good_and(oids::ALGORITHM_PROTECTION, octets(b""))), wrong);
    let both = der(|w| {
        w.sequence(|w| {
            sha256().write(w);
            ecdsa().write_as(w, Tag::context(1));
            ecdsa().write_as(w, Tag::context(2));
        });
    });
    assert_eq!(fault_with(good_and(oids::ALGORITHM_PROTECTION, both)), wrong, "exactly one of the two");
}

#[test]
fn v_07_signed_attributes_are_required() {
    for (spec, algorithm) in [
        (P256, ECDSA),
        (RSA, SignatureAlgorithm::RsaPkcs1(Digest::Sha256)),
        (RSA, SignatureAlgorithm::pss(Digest::Sha256)),
    ] {
        let alice = alice(spec);
        let mut message = Signed::of(TEXT, &[&alice.certificate], &[info(&alice, algorithm, None, TEXT)]);
        assert_eq!(fault_of(&message), Some(SignatureFault::NoAttributes));
        let read = read_signed(&message.to_der(), None).unwrap();
        let asked_for = read.check_allowing(&read.facts.signers[0], true).unwrap();
        assert!(asked_for.result.is_ok(), "{algorithm}: {:?}", asked_for.result);
        // RFC 5652 §5.3: without attributes the type is data.
        message.content_type = oids::SIGNED_DATA;
        let read = read_signed(&message.to_der(), None).unwrap();
        let typed = read.check_allowing(&read.facts.signers[0], true).unwrap();
        assert_eq!(typed.result.unwrap_err(), SignatureFault::NoAttributes);
    }
}

#[test]
fn x_05_attributes_shown_as_content_are_refused() {
    let alice = alice(P256);
    let signed = SignedAttributes::new(good_and(oids::SIGNING_TIME, der(|w| NOW.write(w))));
    // The attacker takes Alice's attributes and signature and shows the attributes as her text.
    let honest = info(&alice, ECDSA, Some(signed.list().to_vec()), TEXT);
    let forged = SignerInfo { signed: None, ..honest };
    let message = Signed::of(signed.der(), &[&alice.certificate], &[forged]);
    let attached = read_signed(&message.to_der(), None).unwrap();
    let detached = Signed { content: None, ..message };
    let detached = read_signed(&detached.to_der(), Some(signed.der())).unwrap();
    for read in [attached, detached] {
        for without_attributes in [false, true] {
            let checked = read.check_allowing(&read.facts.signers[0], without_attributes).unwrap();
            assert_eq!(checked.result.unwrap_err(), SignatureFault::NoAttributes);
        }
    }
    // And the other way: what was signed bare is no attribute set by accident.
    let bare = info(&alice, ECDSA, None, signed.der());
    let swapped = SignerInfo { signed: Some(signed), ..bare };
    let read = read_signed(&Signed::of(TEXT, &[&alice.certificate], &[swapped]).to_der(), None).unwrap();
    assert!(read.holds(), "indistinguishable: who signs bare bytes of others signs this too, so we never do");
}

#[test]
fn v_08_signing_certificate_names_the_certificate_used() {
    let (alice, bob) = (alice(P256), person("bob", P256));
    let v2 = |hash: &[u8], algorithm: Option<Digest>, serial: Option<(&[u8], &[u8])>| {
        der(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    w.sequence(|w| {
                        if let Some(digest) = algorithm {
                            digest.algorithm_identifier().write(w);
                        }
                        w.octet_string(hash);
                        if let Some((issuer, serial)) = serial {
                            w.sequence(|w| {
                                w.sequence(|w| {
                                    w.nested(Tag::context(4), |w| {
                                        w.raw(issuer);
                                    });
                                });
                                w.integer(serial);
                            });
                        }
                    });
                });
            });
        })
    };
    let hash = |digest, person: &Person| crypto::digest(digest, person.certificate.der()).to_vec();
    let own = hash(Digest::Sha256, &alice);
    let id = alice.certificate.issuer_and_serial();
    let said = |value| fault_with(good_and(oids::SIGNING_CERTIFICATE_V2, value));
    let wrong = Some(SignatureFault::Attribute("signingCertificateV2"));
    assert_eq!(said(v2(&own, None, Some(id))), None);
    assert_eq!(said(v2(&own, None, None)), None);
    assert_eq!(said(v2(&hash(Digest::Sha512, &alice), Some(Digest::Sha512), Some(id))), None);
    assert_eq!(said(v2(&hash(Digest::Sha256, &bob), None, None)), wrong);
    assert_eq!(said(v2(&own, None, Some((id.0, &[99])))), wrong);
    assert_eq!(said(v2(&own, None, Some((&[0x30, 0], id.1)))), wrong);
    assert_eq!(said(v2(&own[..31], None, None)), wrong);
    assert_eq!(
        said(der(|w| {
            w.sequence(|w| {
                w.sequence(|_| ());
            });
        })),
        wrong,
        "no certificate at all"
    );
    // Version 1 is SHA-1 (RFC 5035 §5.4).
    let v1 = |hash: &[u8]| fault_with(good_and(oids::SIGNING_CERTIFICATE, v2(hash, None, None)));
    assert_eq!(v1(&hash(Digest::Sha1, &alice)), None);
    assert_eq!(v1(&hash(Digest::Sha1, &bob)), Some(SignatureFault::Attribute("signingCertificate")));
}

#[test]
fn v_08_a_certificate_put_in_the_signer_s_place_is_refused() {
    // Mallory's certificate over Alice's very key, with Alice's key identifier.
    let alice = alice(P256);
    let key_id = wire::x509::extension::subject_key_id(&alice.key.public().key_id());
    let mallory = issue(authority().key.as_ref(), alice.key.as_ref(), "mallory", 77, vec![key_id]);
    let honest = sign_attached(vec![alice.signer()], sealpost_cms::SignOptions { use_key_id: true, ..options() }, TEXT);
    let SignerEntry::Info(signer) = read_signed(&honest, None).unwrap().facts.signers.remove(0) else { panic!() };
    let fault = fault_of(&Signed::of(TEXT, &[&mallory], std::slice::from_ref(&*signer)));
    assert_eq!(fault, Some(SignatureFault::Attribute("signingCertificateV2")));
    // With both there, the right one is found whatever the order (CMS-05).
    for certificates in [[&mallory, &alice.certificate], [&alice.certificate, &mallory]] {
        let message = Signed::of(TEXT, &certificates, std::slice::from_ref(&*signer));
        let checked = read_signed(&message.to_der(), None).unwrap().only();
        assert_eq!(checked.result.unwrap().certificate(), &alice.certificate);
    }
}

#[test]
fn v_10_weak_digests_and_keys_are_refused_by_policy() {
    let alice = alice(RSA);
    let sha1 = SignatureAlgorithm::RsaPkcs1(Digest::Sha1);
    let list = attributes(TEXT, Digest::Sha1);
    assert!(alice.key.sign(&sha1, b"", &mut SystemRandom).is_err(), "nobody signs with it here");
    // A signature that fails is broken, whatever the policy thinks of its algorithm.
    let signer = SignerInfo {
        digest: Digest::Sha1.algorithm_identifier(),
        algorithm: sha1.to_cms(),
        ..info(&alice, SignatureAlgorithm::RsaPkcs1(Digest::Sha256), Some(list), TEXT)
    };
    let mut message = Signed::of(TEXT, &[&alice.certificate], &[signer]);
    message.digests = vec![Digest::Sha1.algorithm_identifier()];
    assert_eq!(fault_of(&message), Some(SignatureFault::BadSignature));
    // One that holds proves nothing where the policy does not believe it.
    let strict = Policy::standard().to_toml().replace("algorithm = \"ecdsa-sha256\"", "algorithm = \"none\"");
    let strict = Policy::from_toml(&strict).unwrap();
    let alice = crate::people::alice(P256);
    let judge = |content: &[u8]| {
        let message = Signed::of(content, &[&alice.certificate], &[info(&alice, ECDSA, Some(good()), TEXT)]);
        let read = read_signed(&message.to_der(), None).unwrap();
        let SignerEntry::Info(signer) = &read.facts.signers[0] else { panic!() };
        check_signer(signer, &read.facts, &[], &strict, NOW, false).result.unwrap_err()
    };
    let fault = judge(TEXT);
    assert!(matches!(fault, SignatureFault::Weak(_)) && !fault.is_bad());
    assert!(fault.to_string().starts_with("it holds, but ecdsa-sha256 is not accepted for verify"), "{fault}");
    assert_eq!(judge(b"another text"), SignatureFault::DigestMismatch);
}

/// Whoever has a key of the same identifier beside the signer's does not make a weak signature a broken one.
#[test]
fn cms_05_the_key_that_fits_is_the_one_to_tell_of() {
    let (alice, other) = (alice(P256), person("bob", P256));
    let mut signer = info(&alice, ECDSA, Some(good()), TEXT);
    signer.signer = SignerId::KeyId(alice.key.public().key_id().to_vec());
    let strict = Policy::standard().to_toml().replace("algorithm = \"ecdsa-sha256\"", "algorithm = \"none\"");
    let strict = Policy::from_toml(&strict).unwrap();
    let key_id = wire::x509::extension::subject_key_id(&alice.key.public().key_id());
    let twin = issue(authority().key.as_ref(), other.key.as_ref(), "mallory", 78, vec![key_id]);
    for certificates in [[&twin, &alice.certificate], [&alice.certificate, &twin]] {
        let read = read_signed(&Signed::of(TEXT, &certificates, std::slice::from_ref(&signer)).to_der(), None).unwrap();
        let checked = check_signer(&signer, &read.facts, &[], &strict, NOW, false);
        assert!(matches!(checked.result, Err(SignatureFault::Weak(_))), "{:?}", checked.result);
        assert_eq!(checked.certificate.as_ref(), Some(&alice.certificate));
    }
}

/// One bit of each octet changed, cut, grown or put away: of every signature that this key makes, none holds.
fn no_other_signature_holds(spec: crypto::KeySpec, algorithms: &[SignatureAlgorithm]) {
    let alice = alice(spec);
    for &algorithm in algorithms {
        let honest = info(&alice, algorithm, Some(attributes(TEXT, algorithm.digest())), TEXT);
        let judge = |signer: SignerInfo| fault_of(&Signed::of(TEXT, &[&alice.certificate], &[signer]));
        assert_eq!(judge(honest.clone()), None);
        for octet in 0..honest.signature.len() {
            let mut bad = honest.clone();
            bad.signature[octet] ^= 1 << (octet % 8);
            assert_eq!(judge(bad), Some(SignatureFault::BadSignature), "{spec} {octet}");
        }
        for signature in [vec![], honest.signature[1..].to_vec(), [&honest.signature[..], &[0]].concat(), vec![0; 64]] {
            assert_eq!(judge(SignerInfo { signature, ..honest.clone() }), Some(SignatureFault::BadSignature));
        }
    }
}

#[test]
fn v_11_every_changed_bit_of_an_rsa_signature_fails() {
    no_other_signature_holds(RSA, &[Digest::Sha256, Digest::Sha512].map(SignatureAlgorithm::RsaPkcs1));
}

#[test]
fn v_12_every_changed_bit_of_other_signatures_fails() {
    for spec in SIGNING.into_iter().filter(|spec| *spec != RSA) {
        let algorithm = sealpost_cms::default_signature_algorithm(alice(spec).key.public());
        no_other_signature_holds(spec, &[algorithm]);
    }
    no_other_signature_holds(RSA, &[SignatureAlgorithm::pss(Digest::Sha256)]);
}

#[test]
fn v_13_signing_time_is_a_claim_and_must_be_a_time() {
    let at = |time: wire::Time| good_and(oids::SIGNING_TIME, der(|w| time.write(w)));
    // A signature from before the certificate, or from the future, is as good: the time decides nothing.
    for time in [wire::Time(0), wire::Time(4_000_000_000)] {
        let alice = alice(P256);
        let message = Signed::of(TEXT, &[&alice.certificate], &[info(&alice, ECDSA, Some(at(time)), TEXT)]);
        let checked = read_signed(&message.to_der(), None).unwrap().only();
        assert!(checked.result.is_ok());
        assert_eq!(checked.signed_at, Some(time));
    }
}

#[test]
fn cms_07_signing_time_in_both_forms() {
    let time = |tag, text: &str| {
        fault_with(good_and(
            oids::SIGNING_TIME,
            der(|w| {
                w.element(tag, text.as_bytes());
            }),
        ))
    };
    let wrong = Some(SignatureFault::Attribute("signingTime"));
    assert_eq!(time(Tag::UTC_TIME, "261123223000Z"), None);
    assert_eq!(time(Tag::GENERALIZED_TIME, "20261123223000Z"), None);
    for text in ["2611232230Z", "261123223000+0100", "261323223000Z", "261123223000", ""] {
        assert_eq!(time(Tag::UTC_TIME, text), wrong, "{text}");
    }
    assert_eq!(time(Tag::GENERALIZED_TIME, "20261123223000.5Z"), wrong);
    assert_eq!(time(Tag::UTF8_STRING, "261123223000Z"), wrong);
}

#[test]
fn cms_06_once_with_one_value_and_signed() {
    let kinds = [
        (oids::CONTENT_TYPE, oid_value(oids::DATA), "contentType"),
        (oids::MESSAGE_DIGEST, octets(&crypto::digest(Digest::Sha256, TEXT)), "messageDigest"),
        (oids::SIGNING_TIME, der(|w| NOW.write(w)), "signingTime"),
        (oids::SMIME_CAPABILITIES, sealpost_cms::own_capabilities().to_vec(), "smimeCapabilities"),
        (oids::ENCRYPTION_KEY_PREFERENCE, vec![0x82, 1, 7], "smimeEncryptionKeyPreference"),
    ];
    let alice = alice(P256);
    for (oid, value, name) in kinds {
        let wrong = Some(SignatureFault::Attribute(name));
        let rest = || good().into_iter().filter(|a| a.oid != oid).collect::<Vec<_>>();
        let with = |values: &[Vec<u8>]| {
            fault_with(rest().into_iter().chain([Attribute { oid, values: values.to_vec() }]).collect())
        };
        assert_eq!(with(std::slice::from_ref(&value)), None, "{name}");
        assert_eq!(with(&[value.clone(), value.clone()]), wrong, "{name} twice the value");
        assert_eq!(with(&[]), wrong, "{name} without a value");
        let twice = [Attribute::new(oid, value.clone()), Attribute::new(oid, value.clone())];
        assert_eq!(fault_with(rest().into_iter().chain(twice).collect()), wrong, "{name} twice");
        let mut unsigned = info(&alice, ECDSA, Some(good()), TEXT);
        unsigned.unsigned = vec![Attribute::new(oid, value)];
        assert_eq!(fault_of(&Signed::of(TEXT, &[&alice.certificate], &[unsigned])), wrong, "{name} unsigned");
    }
}

#[test]
fn cms_11_a_countersignature_is_no_signature_of_the_content() {
    let (alice, bob) = (alice(P256), person("bob", P256));
    let mut signer = info(&alice, ECDSA, Some(good()), TEXT);
    // Bob countersigns Alice's signature: no content type, the digest of her signature octets.
    let digest = octets(&crypto::digest(Digest::Sha256, &signer.signature));
    let counter = info(&bob, ECDSA, Some(vec![Attribute::new(oids::MESSAGE_DIGEST, digest)]), b"");
    signer.unsigned = vec![Attribute::new(oids::COUNTERSIGNATURE, counter.to_der())];
    let read =
        read_signed(&Signed::of(TEXT, &[&bob.certificate, &alice.certificate], &[signer.clone()]).to_der(), None)
            .unwrap();
    assert_eq!(read.only().result.unwrap().certificate(), &alice.certificate);
    // Shown as a signature of the content it fails, as it does among the signed attributes.
    let promoted = Signed::of(TEXT, &[&bob.certificate], std::slice::from_ref(&counter));
    assert_eq!(fault_of(&promoted), Some(SignatureFault::Attribute("contentType")));
    let fault = fault_with(good_and(oids::COUNTERSIGNATURE, counter.to_der()));
    assert_eq!(fault, Some(SignatureFault::Attribute("countersignature")));
    // With Alice's signature broken, Bob's countersignature rescues nothing.
    signer.signature[20] ^= 1;
    let fault = fault_of(&Signed::of(TEXT, &[&bob.certificate, &alice.certificate], &[signer]));
    assert_eq!(fault, Some(SignatureFault::BadSignature));
}

#[test]
fn x_06_empty_digest_list_and_unknown_algorithms_are_no_verdict() {
    let alice = alice(P256);
    let signer = info(&alice, ECDSA, Some(good()), TEXT);
    let mut message = Signed::of(TEXT, &[&alice.certificate], std::slice::from_ref(&signer));
    message.digests.clear();
    assert_eq!(fault_of(&message), Some(SignatureFault::Attribute("digestAlgorithm")));
    let unknown = AlgorithmIdentifier::new(wire::Oid::from_contents(&[42, 3, 4, 5]).unwrap());
    for (digest, algorithm) in [(unknown.clone(), signer.algorithm.clone()), (signer.digest.clone(), unknown.clone())] {
        let mut message =
            Signed::of(TEXT, &[&alice.certificate], &[SignerInfo { digest, algorithm, ..signer.clone() }]);
        message.digests.push(unknown.clone());
        let fault = fault_of(&message).unwrap();
        assert!(matches!(fault, SignatureFault::Unsupported(_)) && !fault.is_bad(), "{fault:?}");
    }
    // Algorithm families that are known to the table of names and read by nobody here.
    for oid in [oids::SHA1, oids::DATA, oids::AES256_GCM, oids::RSAES_OAEP, oids::X25519] {
        let algorithm = AlgorithmIdentifier::new(oid);
        let message = Signed::of(TEXT, &[&alice.certificate], &[SignerInfo { algorithm, ..signer.clone() }]);
        assert!(fault_of(&message).is_some());
    }
}

#[test]
fn x_06_an_algorithm_of_another_key_is_refused() {
    let (rsa, ec) = (alice(RSA), alice(P256));
    let signer = info(&ec, ECDSA, Some(good()), TEXT);
    let (issuer, serial) = rsa.certificate.issuer_and_serial();
    let id = SignerId::IssuerSerial { issuer: issuer.to_vec(), serial: serial.to_vec() };
    let crossed = Signed::of(TEXT, &[&rsa.certificate], &[SignerInfo { signer: id, ..signer }]);
    assert!(fault_of(&crossed).is_some());
}

#[test]
fn x_07_content_inside_and_signers_added() {
    let (alice, eve) = (alice(P256), person("eve", P256));
    let honest = info(&alice, ECDSA, Some(good()), TEXT);
    // Alice's detached signature with Eve's content put inside: the content says so, and does not verify.
    let stuffed = read_signed(
        &Signed::of(b"Eve's text", &[&alice.certificate], std::slice::from_ref(&honest)).to_der(),
        Some(TEXT),
    );
    let stuffed = stuffed.unwrap();
    assert!(stuffed.facts.has_content && !stuffed.holds());
    // Eve signs too, before or after: everybody is told of, and nobody stands for another.
    let added = info(&eve, ECDSA, Some(good()), TEXT);
    for order in [[honest.clone(), added.clone()], [added, honest]] {
        let message = Signed::of(TEXT, &[&eve.certificate, &alice.certificate], &order);
        let read = read_signed(&message.to_der(), None).unwrap();
        let names: Vec<_> = read.all().into_iter().map(|c| c.result.unwrap().certificate().subject().clone()).collect();
        assert_eq!(names.len(), 2);
        assert_ne!(names[0], names[1]);
    }
}

#[test]
fn the_certificate_may_be_missing_and_at_hand() {
    let alice = alice(P256);
    let message = Signed::of(TEXT, &[], &[info(&alice, ECDSA, Some(good()), TEXT)]);
    let read = read_signed(&message.to_der(), None).unwrap();
    let SignerEntry::Info(signer) = &read.facts.signers[0] else { panic!() };
    assert_eq!(read.only().result.unwrap_err(), SignatureFault::NoCertificate);
    let others = [authority().certificate.clone(), alice.certificate.clone()];
    let policy = trust::Policy::standard();
    assert!(sealpost_cms::check_signer(signer, &read.facts, &others, &policy, NOW, false).result.is_ok());
    // What is plainly broken is broken whoever signed it.
    let broken = Signed { content: Some(b"other".to_vec()), ..message };
    assert_eq!(fault_of(&broken), Some(SignatureFault::DigestMismatch));
}

#[test]
fn cms_05_signers_by_key_identifier() {
    let alice = alice(P256);
    let mut signer = info(&alice, ECDSA, Some(good()), TEXT);
    signer.version = 3;
    signer.signer = SignerId::KeyId(alice.key.public().key_id().to_vec());
    assert_eq!(fault_of(&Signed::of(TEXT, &[&alice.certificate], &[signer.clone()])), None);
    signer.signer = SignerId::KeyId(vec![1, 2, 3]);
    let fault = fault_of(&Signed::of(TEXT, &[&alice.certificate], &[signer]));
    assert_eq!(fault, Some(SignatureFault::NoCertificate));
}

#[test]
fn cms_01_cms_02_attributes_in_ber_are_verified_as_der() {
    let alice = alice(P256);
    let signer = info(&alice, ECDSA, Some(good_and(oids::SIGNING_TIME, der(|w| NOW.write(w)))), TEXT);
    let signed = signer.signed.as_ref().unwrap();
    // The same attributes in another order and with an indefinite length.
    let mut ber = vec![0xa0, 0x80];
    signed.list().iter().rev().for_each(|a| ber.extend(a.to_der()));
    ber.extend([0, 0]);
    let raw = signer.to_der();
    let tagged = signed.der_tagged(Tag::context(0));
    let at = raw.windows(tagged.len()).position(|w| w == tagged).unwrap();
    let body = [&raw[header_length(&raw)..at], &ber, &raw[at + tagged.len()..]].concat();
    let mut message = Signed::of(TEXT, &[&alice.certificate], &[]);
    let definite = der(|w: &mut Writer| {
        w.element(Tag::SEQUENCE, &body);
    });
    for encoded in [definite, [&[0x30, 0x80][..], &body, &[0, 0]].concat()] {
        message.signers = vec![encoded];
        assert_eq!(fault_of(&message), None);
    }
}

fn header_length(bytes: &[u8]) -> usize {
    if bytes[1] & 0x80 == 0 { 2 } else { 2 + usize::from(bytes[1] & 0x7f) }
}

#[test]
fn own_messages_carry_every_attribute_of_the_standard() {
    let alice = alice(RSA);
    let message = sign_detached(vec![alice.signer()], options(), TEXT);
    let read = read_signed(&message, Some(TEXT)).unwrap();
    let SignerEntry::Info(signer) = &read.facts.signers[0] else { panic!() };
    let signed = signer.signed.as_ref().unwrap();
    for oid in [
        oids::CONTENT_TYPE,
        oids::MESSAGE_DIGEST,
        oids::SIGNING_TIME,
        oids::SMIME_CAPABILITIES,
        oids::ALGORITHM_PROTECTION,
        oids::SIGNING_CERTIFICATE_V2,
    ] {
        assert!(signed.single(oid).unwrap().is_some(), "{oid}");
    }
    assert_eq!(signer.unsigned, []);
}

/// RFC 5652 §5.2.1: what PKCS #7 signs of a value is what lies behind its tag and length, and that is what comes out. Data
/// is an OCTET STRING there too.
#[test]
fn values_of_pkcs7_are_signed_behind_their_length() {
    let alice = alice(P256);
    let kind = oids::DIGESTED_DATA;
    let signed = |value: &[u8], digested: &[u8], content_type: wire::Oid| {
        let list = vec![
            Attribute::new(oids::CONTENT_TYPE, oid_value(content_type)),
            Attribute::new(oids::MESSAGE_DIGEST, octets(&crypto::digest(Digest::Sha256, digested))),
        ];
        let made = info(&alice, ECDSA, Some(list), digested);
        Signed { content_type, is_value: true, ..Signed::of(value, &[&alice.certificate], &[made]) }
    };
    for (tag, length) in [(Tag::SEQUENCE, 5), (Tag::SEQUENCE, 300), (Tag::SET, 0), (Tag::UTF8_STRING, 70_000)] {
        let inside = vec![b'v'; length];
        let value = der(|w| {
            w.element(tag, &inside);
        });
        let read = read_signed(&signed(&value, &inside, kind).to_der(), None).unwrap();
        assert!(read.holds() && read.content == inside, "{tag:?} {length}");
        // The whole value is what CMS would digest.
        assert_eq!(fault_of(&signed(&value, &value, kind)), Some(SignatureFault::DigestMismatch));
        assert!(read_signed(&signed(&value, &inside, oids::DATA).to_der(), None).is_err());
    }
    // Of indefinite length there is no DER to digest, and half a value is none.
    assert!(read_signed(&signed(b"\x30\x80\x02\x01\x01\0\0", b"\x02\x01\x01", kind).to_der(), None).is_err());
    let message = signed(b"\x30\x03\x02\x01\x01", b"\x02\x01\x01", kind).to_der();
    for end in 0..message.len() {
        assert!(read_signed(&message[..end], None).is_err());
    }
    for bit in 0..message.len() * 8 {
        let mut flipped = message.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        if let Ok(read) = read_signed(&flipped, None)
            && read.content != b"\x02\x01\x01"
        {
            assert!(!read.holds(), "{bit}");
        }
    }
}
