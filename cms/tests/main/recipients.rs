//! From RecipientInfos to the content key: rows K-01 to K-08, CMS-04, CMS-05, X-01, X-18.

use std::cell::Cell;
use std::io::Write;
use std::sync::Arc;

use crypto::{
    AgreementScheme, ContentCipher, Curve, Digest, KeySpec, KeyTransport, KeyWrap, PrivateKey, PublicKey, Secret,
    SignatureAlgorithm, SystemRandom,
};
use sealpost_cms::{EncryptWriter, Encryption, Error, KeyList, Keys, Opening, OwnKey, Permit, Recipient, Workers};
use trust::Policy;
use wire::cms::{RecipientId, write_key_transport};
use wire::der::Tag;
use wire::{AlgorithmIdentifier, oids};

use crate::forge::{Agreement, Enveloped, der, issuer_serial, transport};
use crate::people::*;

const CEK: [u8; 32] = [0x5a; 32];
const TEXT: &[u8] = b"Content-Type: text/plain\r\n\r\nsecret\r\n";
const X963: AgreementScheme = AgreementScheme::X963(Digest::Sha256);

fn gcm() -> Enveloped {
    Enveloped::of(ContentCipher::Aes256Gcm, &CEK, TEXT, &[])
}

fn cbc() -> Enveloped {
    Enveloped::of(ContentCipher::Aes256Cbc, &CEK, TEXT, &[])
}

fn opens(message: &Enveloped, keys: &dyn Keys) -> bool {
    decrypt(&message.to_der(), keys).is_ok_and(|(content, _)| content == TEXT)
}

/// The failure of a message whose key was used, in the words that people read.
fn failure(message: &Enveloped, keys: &dyn Keys) -> (String, String) {
    match decrypt(&message.to_der(), keys) {
        Ok((content, _)) => panic!("opened as {content:02x?}"),
        Err(error) => (error.to_string(), format!("{error:?}")),
    }
}

/// A key that counts what it is asked to do.
struct Counting {
    inner: Arc<dyn PrivateKey>,
    uses: Arc<std::sync::atomic::AtomicUsize>,
}

impl PrivateKey for Counting {
    fn public(&self) -> &PublicKey {
        self.inner.public()
    }
    fn sign(&self, a: &SignatureAlgorithm, m: &[u8], r: &mut dyn crypto::Random) -> crypto::Result<Vec<u8>> {
        self.inner.sign(a, m, r)
    }
    fn decrypt(&self, how: &KeyTransport, ciphertext: &[u8]) -> crypto::Result<Secret> {
        self.uses.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        self.inner.decrypt(how, ciphertext)
    }
    fn agree(&self, peer: &[u8]) -> crypto::Result<Secret> {
        self.uses.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        self.inner.agree(peer)
    }
    fn decapsulate(&self, kem: crypto::Kem, ciphertext: &[u8]) -> crypto::Result<Secret> {
        self.uses.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        self.inner.decapsulate(kem, ciphertext)
    }
    fn implicit_rejection(&self, ciphertext: &[u8], length: usize) -> Option<Secret> {
        self.inner.implicit_rejection(ciphertext, length)
    }
}

fn counting(who: &Person) -> (OwnKey, Arc<std::sync::atomic::AtomicUsize>) {
    let uses = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let key = Counting { inner: who.key.clone(), uses: uses.clone() };
    (OwnKey { key: Arc::new(key), ..who.own_key() }, uses)
}

fn uncertified(who: &Person) -> KeyList {
    KeyList::new(vec![OwnKey { certificate: None, ..who.own_key() }])
}

/// Every way in which key management can fail, by name.
fn broken_recipients(rsa: &Person, ec: &Person, x: &Person) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let flip = |mut info: Vec<u8>, from_end: usize| {
        let at = info.len() - 1 - from_end;
        info[at] ^= 1;
        info
    };
    for how in [KeyTransport::RsaPkcs1, KeyTransport::oaep(Digest::Sha256), KeyTransport::oaep(Digest::Sha1)] {
        found.push((format!("{how} padding"), flip(transport(rsa, &CEK, &how), 9)));
        for length in [0, 1, 16, 24, 31, 33, 64] {
            found.push((format!("{how} key of {length}"), transport(rsa, &vec![0x5a; length], &how)));
        }
        for length in [0, 1, 255, 257] {
            let info = der(|w| write_key_transport(w, &issuer_serial(rsa), &how.to_algorithm(), &vec![1; length]));
            found.push((format!("{how} of {length} octets"), info));
        }
        let above = der(|w| write_key_transport(w, &issuer_serial(rsa), &how.to_algorithm(), &[0xff; 256]));
        found.push((format!("{how} above the modulus"), above));
        let to_ec = der(|w| write_key_transport(w, &issuer_serial(ec), &how.to_algorithm(), &[1; 256]));
        found.push((format!("{how} to a curve"), to_ec));
    }
    for (who, scheme) in [(ec, X963), (x, AgreementScheme::Hkdf(Digest::Sha256))] {
        let pair = (scheme, KeyWrap::Aes256);
        found.push(("wrapped key".to_owned(), flip(Agreement::with(who, pair, None, &CEK).to_der(), 3)));
        let short = Agreement::with(who, pair, None, &CEK[..16]).to_der();
        found.push(("wrapped key of another length".to_owned(), short));
        for length in [0, 7, 8, 16, 24, 39, 41, 48, 1000] {
            let mut agreement = Agreement::with(who, pair, None, &CEK);
            agreement.keys[0].1 = vec![7; length];
            found.push((format!("wrapped key of {length} octets"), agreement.to_der()));
        }
        for point in [vec![], vec![4; 65], vec![0; 32], vec![2; 33], vec![0], vec![4; 64], vec![9; 31]] {
            if who.key.public().kind() == crypto::KeyKind::X25519 && point.len() == 32 {
                continue;
            }
            let agreement = Agreement { point, ..Agreement::with(who, pair, None, &CEK) };
            found.push(("public value".to_owned(), agreement.to_der()));
        }
        let wrong = AlgorithmIdentifier::new(oids::RSA_ENCRYPTION);
        let agreement = Agreement { originator: wrong, ..Agreement::with(who, pair, None, &CEK) };
        found.push(("originator of another kind".to_owned(), agreement.to_der()));
        let mut to_rsa = Agreement::with(who, pair, None, &CEK);
        to_rsa.keys[0].0 = issuer_serial(rsa);
        found.push(("agreement with an RSA key".to_owned(), to_rsa.to_der()));
    }
    let zero = Agreement {
        point: vec![0; 32],
        ..Agreement::with(x, (AgreementScheme::Hkdf(Digest::Sha256), KeyWrap::Aes256), None, &CEK)
    };
    found.push(("zero secret".to_owned(), zero.to_der()));
    found
}

#[test]
fn x_01_every_key_failure_of_an_aead_is_the_same_failure() {
    let (rsa, ec, x) = (alice(RSA), alice(P256), alice(KeySpec::X25519));
    let keys = KeyList::new(vec![rsa.own_key(), ec.own_key(), x.own_key()]);
    // The same as a tag that does not hold under the right key.
    let mut bad_tag = gcm().to(&[transport(&rsa, &CEK, &KeyTransport::RsaPkcs1)]);
    bad_tag.mac[0] ^= 1;
    let expected = failure(&bad_tag, &keys);
    assert_eq!(expected, (Error::CannotDecrypt.to_string(), "CannotDecrypt".to_owned()));
    for (name, info) in broken_recipients(&rsa, &ec, &x) {
        assert_eq!(failure(&gcm().to(&[info]), &keys), expected, "{name}");
    }
}

#[test]
fn x_01_every_key_failure_of_cbc_is_the_same_failure_or_noise() {
    let (rsa, ec, x) = (alice(RSA), alice(P256), alice(KeySpec::X25519));
    let keys = KeyList::new(vec![rsa.own_key(), ec.own_key(), x.own_key()]);
    let mut bad_padding = cbc().to(&[transport(&rsa, &CEK, &KeyTransport::RsaPkcs1)]);
    let last = bad_padding.content.as_mut().unwrap();
    let at = last.len() - 17;
    last[at] ^= 0x80;
    let expected = failure(&bad_padding, &keys);
    assert_eq!(expected.1, "CannotDecrypt");
    for (name, info) in broken_recipients(&rsa, &ec, &x) {
        // A random key has good padding once in 256 times: then there is noise, which CBC cannot tell.
        match decrypt(&cbc().to(&[info]).to_der(), &keys) {
            Ok((content, facts)) => assert!(content != TEXT && !facts.authenticated, "{name}"),
            Err(error) => assert_eq!((error.to_string(), format!("{error:?}")), expected, "{name}"),
        }
    }
}

#[test]
fn k_01_bad_padding_becomes_the_same_random_key_each_time() {
    let rsa = alice(RSA);
    let mut info = transport(&rsa, &CEK, &KeyTransport::RsaPkcs1);
    let at = info.len() - 5;
    info[at] ^= 1;
    let message = cbc().to(&[info]).to_der();
    // What is delivered before the end is noise of the right length, repeatable, and never the text.
    let noise = |_| read_enveloped(&message, &rsa.keys(), Vec::new()).unwrap().content;
    let runs: Vec<_> = (0..3).map(noise).collect();
    assert!(runs.iter().all(|run| *run == runs[0] && !run.windows(6).any(|w| w == b"secret")));
    assert!(runs[0].len() >= TEXT.len() / 16 * 16 - 16, "the content was decrypted with something");
}

#[test]
fn k_02_a_second_recipient_is_no_oracle() {
    let (rsa, bob) = (alice(RSA), person("bob", RSA));
    for how in [KeyTransport::RsaPkcs1, KeyTransport::oaep(Digest::Sha256)] {
        let (mine, others) = (transport(&rsa, &CEK, &how), transport(&bob, &CEK, &how));
        // With a certificate only the matching recipient is tried.
        let (own, uses) = counting(&rsa);
        let keys = KeyList::new(vec![own]);
        assert!(opens(&gcm().to(&[others.clone(), mine.clone(), others.clone()]), &keys));
        assert_eq!(uses.load(std::sync::atomic::Ordering::SeqCst), 1);
        // Without one every recipient is tried, whatever those before it gave, and the real key wins.
        for order in [[others.clone(), mine.clone()], [mine.clone(), others.clone()]] {
            let (own, uses) = counting(&rsa);
            let keys = KeyList::new(vec![OwnKey { certificate: None, ..own }]);
            assert!(opens(&gcm().to(&order), &keys), "{how}");
            assert_eq!(uses.load(std::sync::atomic::Ordering::SeqCst), 2);
            assert!(opens(&cbc().to(&order), &keys), "{how}");
        }
        // A second recipient of our own that fails does not tell from one that does not.
        let wrong = transport(&rsa, &CEK[..16], &how);
        assert!(opens(&gcm().to(&[wrong.clone(), mine.clone()]), &rsa.keys()));
        assert!(opens(&gcm().to(&[mine, wrong]), &rsa.keys()));
    }
}

#[test]
fn k_04_oaep_with_every_digest_and_without_parameters() {
    let rsa = alice(RSA);
    for digest in [Digest::Sha1, Digest::Sha256, Digest::Sha384, Digest::Sha512] {
        let how = KeyTransport::oaep(digest);
        assert!(opens(&gcm().to(&[transport(&rsa, &CEK, &how)]), &rsa.keys()), "{how}");
        let to = Recipient { transport: how, ..rsa.recipient() };
        let message = encrypt(ContentCipher::Aes256Gcm, &[to], TEXT);
        assert_eq!(decrypt(&message, &rsa.keys()).unwrap().1.recipients()[0].algorithm, format!("rsa-oaep-{digest}"));
    }
    // Absent parameters are seen, and refused, without the key.
    let info = der(|w| {
        write_key_transport(w, &issuer_serial(&rsa), &AlgorithmIdentifier::new(oids::RSAES_OAEP), &[1; 256]);
    });
    let error = decrypt(&gcm().to(&[info]).to_der(), &rsa.keys()).unwrap_err();
    assert!(matches!(error, Error::Malformed(_)), "{error:?}");
}

#[test]
fn k_05_originators_of_every_legal_form_and_no_other() {
    for curve in [Curve::P256, Curve::P384, Curve::P521] {
        let who = alice(KeySpec::Ec(curve));
        let with = |originator: AlgorithmIdentifier| {
            let agreement = Agreement::with(&who, (X963, KeyWrap::Aes256), None, &CEK);
            opens(&gcm().to(&[Agreement { originator, ..agreement }.to_der()]), &who.keys())
        };
        let named = |c: Curve| AlgorithmIdentifier::with(oids::EC_PUBLIC_KEY, crate::forge::oid_value(c.oid()));
        assert!(with(AlgorithmIdentifier::new(oids::EC_PUBLIC_KEY)));
        assert!(with(AlgorithmIdentifier::with_null(oids::EC_PUBLIC_KEY)));
        assert!(with(named(curve)));
        let other = if curve == Curve::P256 { Curve::P384 } else { Curve::P256 };
        assert!(!with(named(other)), "parameters of another curve");
        assert!(!with(AlgorithmIdentifier::new(oids::X25519)));
    }
}

#[test]
fn k_05_points_off_the_curve_and_of_other_forms_are_refused() {
    let who = alice(P256);
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut agreement = Agreement::with(&who, (X963, KeyWrap::Aes256), None, &CEK);
        change(&mut agreement.point);
        opens(&gcm().to(&[agreement.to_der()]), &who.keys())
    };
    assert!(with(&|_| ()));
    assert!(!with(&|p| p[64] ^= 1), "off the curve");
    assert!(!with(&|p| p[0] = 6), "hybrid");
    assert!(!with(&|p| p.push(0)), "too long");
    assert!(!with(&|p| *p = vec![0]), "the point at infinity");
}

#[test]
fn k_06_every_scheme_wrap_and_keying_material_of_the_curves() {
    for curve in [Curve::P256, Curve::P384, Curve::P521] {
        let who = alice(KeySpec::Ec(curve));
        for digest in [Digest::Sha1, Digest::Sha224, Digest::Sha256, Digest::Sha384, Digest::Sha512] {
            for wrap in [KeyWrap::Aes128, KeyWrap::Aes192, KeyWrap::Aes256] {
                for ukm in [None, Some(&b""[..]), Some(b"unique"), Some(&[7; 1000])] {
                    let info = Agreement::with(&who, (AgreementScheme::X963(digest), wrap), ukm, &CEK).to_der();
                    assert!(opens(&gcm().to(&[info]), &who.keys()), "{curve} {digest} {wrap}");
                }
            }
        }
        // The keying material enters the key: changing it fails.
        let mut agreement = Agreement::with(&who, (X963, KeyWrap::Aes256), Some(b"one"), &CEK);
        agreement.ukm = Some(b"two");
        assert!(!opens(&gcm().to(&[agreement.to_der()]), &who.keys()));
    }
    // What is written: each curve's own digest, the wrap of the content key's size, fresh keying material.
    for (curve, name) in [
        (Curve::P256, oids::ECDH_SHA256_KDF),
        (Curve::P384, oids::ECDH_SHA384_KDF),
        (Curve::P521, oids::ECDH_SHA512_KDF),
    ] {
        let who = alice(KeySpec::Ec(curve));
        for (cipher, wrap) in
            [(ContentCipher::Aes128Cbc, oids::AES128_WRAP), (ContentCipher::Aes256Gcm, oids::AES256_WRAP)]
        {
            let message = encrypt(cipher, &[who.recipient()], TEXT);
            let algorithm = AlgorithmIdentifier::with(name, AlgorithmIdentifier::new(wrap).to_der()).to_der();
            assert!(message.windows(algorithm.len()).any(|w| w == algorithm), "{curve} {cipher}");
        }
    }
}

#[test]
fn k_07_x25519_and_x448_with_hkdf_and_without_the_zero_secret() {
    for (spec, length) in [(KeySpec::X25519, 32), (KeySpec::X448, 56)] {
        let who = alice(spec);
        for digest in [Digest::Sha256, Digest::Sha384, Digest::Sha512] {
            for ukm in [None, Some(&b"salt"[..])] {
                let pair = (AgreementScheme::Hkdf(digest), KeyWrap::Aes256);
                assert!(opens(&gcm().to(&[Agreement::with(&who, pair, ukm, &CEK).to_der()]), &who.keys()), "{digest}");
            }
        }
        let pair = (AgreementScheme::Hkdf(Digest::Sha256), KeyWrap::Aes256);
        // Points of low order (RFC 7748 §6.1): the secret would be zero.
        for first in [0, 1] {
            let mut point = vec![0; length];
            point[0] = first;
            let agreement = Agreement { point, ..Agreement::with(&who, pair, None, &CEK) };
            assert_eq!(failure(&gcm().to(&[agreement.to_der()]), &who.keys()).1, "CannotDecrypt");
        }
        // Parameters must be absent (RFC 8410 §3), and the originator of the same curve.
        for originator in [AlgorithmIdentifier::with_null(originator_of(&who)), AlgorithmIdentifier::new(oids::ED25519)]
        {
            let agreement = Agreement { originator, ..Agreement::with(&who, pair, None, &CEK) };
            assert_eq!(failure(&gcm().to(&[agreement.to_der()]), &who.keys()).1, "CannotDecrypt");
        }
    }
}

fn originator_of(who: &Person) -> wire::Oid {
    who.key.public().algorithm().oid
}

/// The cofactor of the curves is 1: what is agreed is the same under both names (RFC 5753 §7.1.4).
#[test]
fn k_06_cofactor_agreement_is_read() {
    let cofactor = [
        (oids::ECDH_COFACTOR_SHA1_KDF, Digest::Sha1),
        (oids::ECDH_COFACTOR_SHA224_KDF, Digest::Sha224),
        (oids::ECDH_COFACTOR_SHA256_KDF, Digest::Sha256),
        (oids::ECDH_COFACTOR_SHA384_KDF, Digest::Sha384),
        (oids::ECDH_COFACTOR_SHA512_KDF, Digest::Sha512),
    ];
    for curve in Curve::ALL {
        let who = alice(KeySpec::Ec(curve));
        for (oid, digest) in cofactor {
            let agreement = Agreement::with(&who, (AgreementScheme::X963(digest), KeyWrap::Aes256), Some(b"u"), &CEK);
            let scheme = AlgorithmIdentifier { oid, ..agreement.scheme.clone() };
            assert!(opens(&gcm().to(&[Agreement { scheme, ..agreement }.to_der()]), &who.keys()), "{curve} {digest}");
        }
        // RFC 8418 defines its HKDF for these curves too.
        for digest in [Digest::Sha256, Digest::Sha384, Digest::Sha512] {
            let pair = (AgreementScheme::Hkdf(digest), KeyWrap::Aes256);
            assert!(opens(&gcm().to(&[Agreement::with(&who, pair, Some(b"u"), &CEK).to_der()]), &who.keys()));
        }
    }
}

#[test]
fn k_08_one_agreement_for_several_recipients_in_both_forms() {
    let (a, b, c) = (alice(P256), person("bob", P256), person("carol", P256));
    let ephemeral = crypto::Ephemeral::new(&a.key.public().kind()).unwrap();
    let wrapped = |who: &Person| {
        let shared = ephemeral.agree(who.key.public()).unwrap();
        let kek = crypto::agreement_kek(X963, &shared, KeyWrap::Aes256, None).unwrap();
        KeyWrap::Aes256.wrap(&kek, &CEK).unwrap()
    };
    let mut agreement = Agreement::with(&a, (X963, KeyWrap::Aes256), None, &CEK);
    agreement.point = ephemeral.public().to_vec();
    let id = b.certificate.subject_key_id().unwrap();
    agreement.keys =
        vec![(issuer_serial(&a), wrapped(&a)), (RecipientId::KeyId(id), wrapped(&b)), (issuer_serial(&c), wrapped(&c))];
    let message = gcm().to(&[agreement.to_der()]);
    for who in [&a, &b, &c] {
        assert!(opens(&message, &who.keys()), "{}", who.name);
        assert!(opens(&message, &uncertified(who)), "{} without a certificate", who.name);
    }
    assert_eq!(decrypt(&message.to_der(), &b.keys()).unwrap().1.recipients().len(), 3);
    // A RecipientKeyIdentifier may carry a date and another attribute, which are hints.
    let dated = der(|w| {
        w.nested(Tag::context(0), |w| {
            w.octet_string(id).element(Tag::GENERALIZED_TIME, b"20260101000000Z");
        });
    });
    let raw = agreement.to_der();
    let one = der(|w| {
        w.sequence(|w| {
            w.raw(&dated).octet_string(&wrapped(&b));
        });
    });
    let mut reader = wire::der::Reader::new(&raw);
    let mut inner = reader.nested(Tag::context(1)).unwrap();
    let mut rebuilt = Vec::new();
    for _ in 0..3 {
        rebuilt.extend_from_slice(inner.any().unwrap().raw); // version, originator, algorithm
    }
    let info = der(|w| {
        w.nested(Tag::context(1), |w| {
            w.raw(&rebuilt).element(Tag::SEQUENCE, &one);
        });
    });
    assert!(opens(&gcm().to(&[info]), &b.keys()));
}

#[test]
fn cms_04_what_is_unknown_is_passed_over() {
    let who = alice(P256);
    let good = Agreement::with(&who, (X963, KeyWrap::Aes256), None, &CEK).to_der();
    let other = der(|w| {
        w.nested(Tag::context(4), |w| {
            w.oid(oids::ORI_KEM).octet_string(b"kem");
        });
    });
    let unknown_scheme = Agreement {
        scheme: AlgorithmIdentifier::with(oids::DATA, AlgorithmIdentifier::new(oids::AES256_WRAP).to_der()),
        ..Agreement::with(&who, (X963, KeyWrap::Aes256), None, &CEK)
    };
    let strange = [
        other,
        vec![0xa2, 2, 5, 0],
        vec![0xa3, 2, 5, 0],
        vec![0xa9, 2, 5, 0],
        vec![0x30, 3, 2, 1, 9],
        vec![0xa1, 3, 2, 1, 3],
        unknown_scheme.to_der(),
    ];
    for odd in &strange {
        for order in [[odd.clone(), good.clone()], [good.clone(), odd.clone()]] {
            assert!(opens(&gcm().to(&order), &who.keys()), "{odd:02x?}");
        }
        let alone = decrypt(&gcm().to(std::slice::from_ref(odd)).to_der(), &who.keys()).unwrap_err();
        assert!(matches!(alone, Error::NotForUs { recipients: 1, .. } | Error::Unsupported(_)), "{odd:02x?} {alone:?}");
    }
    assert!(opens(&gcm().to(&strange).to(&[good]), &who.keys()));
}

#[test]
fn cms_05_recipients_by_issuer_and_serial_and_by_key_identifier() {
    for spec in TAKING {
        let who = alice(spec);
        for use_key_id in [false, true] {
            let to = Recipient { use_key_id, ..who.recipient() };
            let message = encrypt(ContentCipher::Aes128Gcm, &[to], TEXT);
            assert!(decrypt(&message, &who.keys()).is_ok(), "{spec}");
            // A key without a certificate is found by the identifier that its octets have, or is tried.
            assert!(decrypt(&message, &uncertified(&who)).is_ok(), "{spec}");
        }
    }
}

#[test]
fn x_18_private_keys_are_used_four_times_at_most() {
    let (rsa, ec, kem) = (alice(RSA), alice(P256), alice(KeySpec::MlKem(crypto::MlKem::MlKem768)));
    let bad_rsa = vec![transport(&rsa, &CEK[..16], &KeyTransport::RsaPkcs1); 40];
    let bad_ec = vec![Agreement::with(&ec, (X963, KeyWrap::Aes256), None, &CEK[..16]).to_der(); 40];
    let bad_kem = vec![crate::kem::honest_of(&kem, &CEK[..16]); 40];
    for (who, infos) in [(&rsa, bad_rsa), (&ec, bad_ec), (&kem, bad_kem)] {
        for certified in [true, false] {
            let (mut own, uses) = counting(who);
            own.certificate = own.certificate.filter(|_| certified);
            let error = decrypt(&gcm().to(&infos).to_der(), &KeyList::new(vec![own])).unwrap_err();
            assert!(matches!(error, Error::CannotDecrypt));
            assert_eq!(uses.load(std::sync::atomic::Ordering::SeqCst), 4);
        }
    }
}

#[test]
fn x_18_many_recipients_are_scanned_and_bounded() {
    let (who, other) = (alice(P256), person("bob", P256));
    let theirs = Agreement::with(&other, (X963, KeyWrap::Aes256), None, &CEK).to_der();
    let mine = Agreement::with(&who, (X963, KeyWrap::Aes256), None, &CEK).to_der();
    let mut infos = vec![theirs; 4999];
    infos.push(mine.clone());
    let (own, uses) = counting(&who);
    assert!(opens(&gcm().to(&infos), &KeyList::new(vec![own])));
    assert_eq!(uses.load(std::sync::atomic::Ordering::SeqCst), 1);
    infos.push(mine);
    let error = decrypt(&gcm().to(&infos).to_der(), &who.keys()).unwrap_err();
    assert!(matches!(error, Error::Damaged(wire::Error::LimitExceeded(_))), "{error:?}");
}

#[test]
fn x_18_one_agreement_with_many_keys_is_bounded_work() {
    let who = alice(P256);
    let mut agreement = Agreement::with(&who, (X963, KeyWrap::Aes256), None, &CEK);
    agreement.keys = vec![(issuer_serial(&who), vec![7; 40]); 10_000];
    let (own, uses) = counting(&who);
    let error = decrypt(&gcm().to(&[agreement.to_der()]).to_der(), &KeyList::new(vec![own])).unwrap_err();
    assert!(matches!(error, Error::CannotDecrypt), "{error:?}");
    assert!(uses.load(std::sync::atomic::Ordering::SeqCst) <= 4);
}

/// Keys of which one is locked.
struct OneLocked<'a>(&'a Person, Option<&'a Person>, Cell<usize>);

impl Keys for OneLocked<'_> {
    fn find(&self, id: &RecipientId<'_>) -> Result<Vec<Arc<OwnKey>>, Error> {
        self.2.set(self.2.get() + 1);
        if *id == issuer_serial(self.0) {
            return Err(Error::Locked);
        }
        Ok(self.1.filter(|p| *id == issuer_serial(p)).map(|p| Arc::new(p.own_key())).into_iter().collect())
    }
}

#[test]
fn a_locked_key_is_told_of_only_where_no_other_opens() {
    let (a, b) = (alice(P256), person("bob", P256));
    let message = encrypt(ContentCipher::Aes256Gcm, &[a.recipient(), b.recipient()], TEXT);
    assert!(decrypt(&message, &OneLocked(&a, Some(&b), Cell::new(0))).is_ok());
    let keys = OneLocked(&a, None, Cell::new(0));
    assert!(matches!(decrypt(&message, &keys).unwrap_err(), Error::Locked));
    assert_eq!(keys.2.get(), 2, "each recipient is looked up once");
}

/// Several threads make what one makes: the same recipients, each of whom can read it; and the first
/// failure is the one that is told.
#[test]
fn workers_change_nothing_but_the_time() {
    let people = [alice(P256), alice(KeySpec::Ec(Curve::P384)), alice(KeySpec::X25519), alice(KeySpec::Rsa(2048))];
    let all: Vec<Recipient> = (0..70).map(|i| people[i % people.len()].recipient()).collect();
    let cipher = ContentCipher::Aes256Gcm;
    let made = |recipients: &[Recipient], workers: Option<&Threads>| {
        let workers = workers.map(|workers| workers as &dyn Workers);
        let how = Encryption { cipher, recipients, shared: &[], derive_key: false, workers };
        let mut out = EncryptWriter::begin(Vec::new(), &how, &mut SystemRandom)?;
        out.write_all(b"for all").unwrap();
        out.finish()
    };
    let seen = |message: &[u8], keys: &KeyList| {
        let (content, facts) = decrypt(message, keys).unwrap();
        assert_eq!(content, b"for all");
        // DER puts them in the order of their octets, which begin with ephemeral keys (X.690 §11.6).
        let mut list: Vec<_> = facts.recipients().into_iter().map(|r| (r.id, r.algorithm)).collect();
        list.sort();
        list
    };
    let alone = seen(&made(&all, None).unwrap(), &people[0].keys());
    assert_eq!(alone.len(), 70);
    for threads in [1, 2, 3, 64] {
        let message = made(&all, Some(&Threads(threads))).unwrap();
        for person in &people {
            assert_eq!(seen(&message, &person.keys()), alone, "{threads}");
        }
    }
    let mut wrong = all.clone();
    wrong[37] = alice(KeySpec::Ed25519).recipient();
    for workers in [None, Some(&Threads(2))] {
        assert!(matches!(made(&wrong, workers), Err(Error::Crypto(crypto::Error::KeyCannot(_)))), "{workers:?}");
    }
    // Workers that do not do their work are an error too.
    assert!(matches!(made(&all, Some(&Threads(0))), Err(Error::Malformed(_))));
}

#[derive(Debug)]
struct Threads(usize);

impl Workers for Threads {
    fn run(&self, count: usize, part: &(dyn Fn(usize) + Sync)) {
        std::thread::scope(|scope| {
            for first in 0..self.0 {
                scope.spawn(move || (first..count).step_by(self.0).for_each(part));
            }
        });
    }
}

/// The standard table without the rows of this name.
fn without(name: &str) -> Policy {
    Policy::new(Policy::standard().rows().iter().filter(|row| row.algorithm != name).cloned().collect())
}

/// What the policy does not accept for decrypt is refused before a key is used, in the policy's words.
#[test]
fn what_the_policy_rejects_is_refused_without_the_key() {
    let (rsa, ec) = (alice(RSA), alice(P256));
    let agreement = Agreement::with(&ec, (X963, KeyWrap::Aes256), None, &CEK).to_der();
    let by_rsa = |how: KeyTransport| transport(&rsa, &CEK, &how);
    for (who, info, name) in [
        (&rsa, by_rsa(KeyTransport::RsaPkcs1), "aes-256-gcm"),
        (&rsa, by_rsa(KeyTransport::RsaPkcs1), "rsa-pkcs1"),
        (&rsa, by_rsa(KeyTransport::RsaPkcs1), "rsa"),
        (&rsa, by_rsa(KeyTransport::oaep(Digest::Sha384)), "rsa-oaep-sha384"),
        (&ec, agreement.clone(), "ecdh-x963-sha256"),
        (&ec, agreement.clone(), "aes-256-wrap"),
        (&ec, agreement.clone(), "p256"),
    ] {
        let (own, uses) = counting(who);
        let keys = KeyList::new(vec![own]);
        let policy = without(name);
        let message = gcm().to(&[info]).to_der();
        let refused = read_permitted(&message, &keys, Permit::new(&policy, NOW)).unwrap_err();
        let said = matches!(&refused, Error::Refused(text) if text.starts_with(name) && text.contains("decrypt"));
        assert!(said, "{name} {refused:?}");
        assert_eq!(uses.load(std::sync::atomic::Ordering::SeqCst), 0, "{name}");
        assert!(read_permitted(&message, &keys, permit()).is_ok());
        assert!(read_permitted(&message, &keys, Permit::none()).is_err());
    }
    // Another recipient of ours opens it all the same.
    let keys = KeyList::new(vec![rsa.own_key(), ec.own_key()]);
    let both = gcm().to(&[by_rsa(KeyTransport::RsaPkcs1), agreement]).to_der();
    let policy = without("rsa-pkcs1");
    assert_eq!(read_permitted(&both, &keys, Permit::new(&policy, NOW)).unwrap(), Vec::<String>::new());
}

/// What it accepts with a warning is told with what opened the message.
#[test]
fn what_the_policy_warns_of_is_told() {
    let old = alice(RSA);
    let standard = Policy::standard();
    let rows = standard.rows().iter().cloned().map(|row| match (row.use_, &*row.algorithm) {
        (trust::Use::Decrypt, "rsa" | "rsa-pkcs1" | "aes-256-gcm") => {
            trust::Row { standing: trust::Standing::Warn, ..row }
        }
        _ => row,
    });
    let warned = Policy::new(rows.collect());
    let message = gcm().to(&[transport(&old, &CEK, &KeyTransport::RsaPkcs1)]).to_der();
    let told = read_permitted(&message, &old.keys(), Permit::new(&warned, NOW)).unwrap();
    assert_eq!(
        told,
        [
            "aes-256-gcm is weak but accepted for decrypt (RFC 8551 §2.7)",
            "rsa-pkcs1 is weak but accepted for decrypt (RFC 8551 §2.3)",
            "rsa-2048 is weak but accepted for decrypt (RFC 8551 §4.5)"
        ]
    );
}

/// The warnings of a message that opens.
fn read_permitted(message: &[u8], keys: &dyn Keys, permit: Permit<'_>) -> Result<Vec<String>, Error> {
    let opening = Opening::Prove { keys, permit, rng: &mut SystemRandom, attributes: Vec::new(), report: true };
    read_opening(message, opening)?.end.map(|facts| facts.warnings)
}
