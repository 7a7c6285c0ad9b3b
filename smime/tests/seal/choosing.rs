//! Which cipher and key management a mail gets, by what is known of each reader (standards.md section 14).

use cms::Capabilities;
use crypto::{ContentCipher, Curve, KeySpec, MlKem};
use sealpost_smime::{
    Knowledge, KnownCapabilities, Obstacle, SealError, SealNote, Sealed, Sealing, Strengths, WhyCipher, WhyInTheWay,
};
use trust::{Address, Policy, WritingProfile};
use wire::x509::KeyUsage;
use wire::{AlgorithmIdentifier, Oid, Time, oids};

use crate::ring::{DAY, NOW, Person, Ring, make, person};
use crate::unseal::{clear_facts, decrypt};

const GCM: ContentCipher = ContentCipher::Aes256Gcm;
const CBC: ContentCipher = ContentCipher::Aes256Cbc;
const MAIL: &[u8] = b"From: alice@example.org\r\nTo: bob@example.net, carol@example.net\r\nSubject: x\r\n\r\nHi\r\n";
const TO_BOB: &[u8] = b"From: alice@example.org\r\nTo: bob@example.net\r\nSubject: x\r\n\r\nHi\r\n";

fn rsa(address: &str) -> Person {
    make(address, KeySpec::Rsa(2048), 300, KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT)
}

pub fn list(oids: &[Oid]) -> Capabilities {
    Capabilities(oids.iter().map(|oid| AlgorithmIdentifier::new(*oid)).collect())
}

/// What this person said a day ago.
fn told(person: &Person, capabilities: Capabilities) -> KnownCapabilities {
    let best = Strengths::of(&capabilities);
    let signed_at = Time(NOW.0 - DAY);
    KnownCapabilities {
        certificate: person.certificate.clone(),
        capabilities,
        signed_at,
        best,
        best_at: signed_at,
        preferred: None,
    }
}

fn own() -> Capabilities {
    Capabilities::from_der(cms::own_capabilities()).unwrap()
}

fn seal(ring: &Ring, mail: &[u8], profile: WritingProfile) -> Result<Sealed, SealError> {
    seal_with(ring, mail, |s| s.profile(profile))
}

fn seal_with(ring: &Ring, mail: &[u8], how: impl Fn(Sealing<'_>) -> Sealing<'_>) -> Result<Sealed, SealError> {
    how(Sealing::new(&Policy::standard(), ring, NOW, &mail)).finish()
}

fn how(sealed: &Sealed, who: &str) -> Vec<String> {
    let readers = sealed.facts().readers.iter();
    readers.filter(|r| r.address.to_string() == who).map(|r| r.how.clone()).collect()
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

#[test]
fn a_known_reader_gets_the_best_that_they_said_they_read_and_an_unknown_one_what_everybody_reads() {
    let (alice, bob, carol) = (person("alice@example.org"), rsa("bob@example.net"), rsa("carol@example.net"));
    let mut ring = Ring::of(&alice, &[&bob, &carol]);
    let sealed = seal(&ring, MAIL, WritingProfile::Compat).unwrap();
    let both = vec![address("bob@example.net"), address("carol@example.net")];
    let choice = sealed.facts().choice.clone().unwrap();
    assert_eq!((choice.cipher, choice.derived, choice.why), (CBC, false, WhyCipher::Unknown(both)));
    assert_eq!(how(&sealed, "bob@example.net"), ["rsa-pkcs1"]);
    assert!(!sealed.notes().iter().any(|n| matches!(n, SealNote::Weakened { .. })), "nobody is weakened");

    ring.told = vec![told(&bob, own()), told(&carol, list(&[oids::AES128_GCM, oids::AES256_GCM]))];
    let sealed = seal(&ring, MAIL, WritingProfile::Compat).unwrap();
    let choice = sealed.facts().choice.clone().unwrap();
    assert_eq!((choice.cipher, choice.derived, choice.why), (GCM, false, WhyCipher::AllRead));
    assert_eq!(
        (how(&sealed, "bob@example.net"), how(&sealed, "carol@example.net")),
        (vec!["rsa-oaep-sha256".to_owned()], vec!["rsa-pkcs1".to_owned()])
    );
    for reader in [&alice, &bob, &carol] {
        assert_eq!(decrypt(sealed.as_bytes(), &Ring::of(reader, &[])).unwrap().1, GCM);
    }
}

#[test]
fn e_08_the_content_key_is_derived_where_all_readers_say_that_they_do_so() {
    let (alice, bob) = (person("alice@example.org"), person("bob@example.net"));
    let mut ring = Ring::of(&alice, &[&bob]);
    ring.told = vec![told(&bob, own())];
    let sealed = seal(&ring, TO_BOB, WritingProfile::Compat).unwrap();
    assert!(sealed.facts().choice.clone().unwrap().derived);
    let oid = AlgorithmIdentifier::new(oids::CEK_HKDF_SHA256).to_der().split_off(2);
    assert!(der(&sealed).windows(oid.len()).any(|w| w == oid));
    assert_eq!(decrypt(sealed.as_bytes(), &Ring::of(&bob, &[])).unwrap().1, GCM);
    let mut fewer = own();
    fewer.0.retain(|c| c.oid != oids::CEK_HKDF_SHA256);
    ring.told = vec![told(&bob, fewer)];
    let sealed = seal(&ring, TO_BOB, WritingProfile::Compat).unwrap();
    assert!(!sealed.facts().choice.clone().unwrap().derived);
    assert!(!der(&sealed).windows(oid.len()).any(|w| w == oid));
}

fn der(sealed: &Sealed) -> Vec<u8> {
    let text = String::from_utf8(sealed.as_bytes().to_vec()).unwrap();
    let body = text.split_once("\r\n\r\n").unwrap().1;
    wire::pem::parse(format!("-----BEGIN X-----\n{}\n-----END X-----\n", body.trim()).as_bytes()).unwrap()[0]
        .contents
        .to_vec()
}

#[test]
fn nobody_is_weakened_in_silence() {
    let (alice, bob, carol) = (person("alice@example.org"), person("bob@example.net"), person("carol@example.net"));
    let mut ring = Ring::of(&alice, &[&bob, &carol]);
    ring.told = vec![told(&bob, own()), told(&carol, list(&[oids::AES128_CBC, oids::DES_EDE3_CBC]))];
    let sealed = seal(&ring, MAIL, WritingProfile::Compat).unwrap();
    let by = vec![address("carol@example.net")];
    let weakest = ContentCipher::Aes128Cbc;
    assert_eq!(sealed.facts().cipher, Some(weakest));
    assert_eq!(sealed.facts().choice.clone().unwrap().why, WhyCipher::Known(by.clone()));
    assert!(sealed.notes().contains(&SealNote::Weakened { cipher: weakest, by }), "{:?}", sealed.notes());
    // In strict the weak one is named and nothing is written; so without a signature, where CBC proves nothing.
    let in_the_way = |result: Result<Sealed, SealError>| match result {
        Err(error @ SealError::InTheWay { .. }) => {
            assert_eq!(error.exit_code(), 17);
            assert!(error.to_string().starts_with("carol@example.net reads no cipher that authenticates"), "{error}");
            assert!(!error.to_string().contains("bob@") && error.hint().is_some());
        }
        other => panic!("{other:?}"),
    };
    in_the_way(seal(&ring, MAIL, WritingProfile::Strict));
    in_the_way(seal_with(&ring, MAIL, |s| s.encrypt_only()));
    // Nothing but Triple DES is nothing at all.
    ring.told = vec![told(&carol, list(&[oids::DES_EDE3_CBC, oids::RC2_CBC]))];
    let Err(SealError::InTheWay { who, .. }) = seal(&ring, MAIL, WritingProfile::Compat) else { panic!() };
    assert_eq!(who, [Obstacle { address: address("carol@example.net"), why: WhyInTheWay::NoCipher, own: false }]);
}

#[test]
fn strict_takes_what_authenticates_for_those_of_whom_nothing_is_known() {
    let (alice, bob, carol) = (person("alice@example.org"), rsa("bob@example.net"), person("carol@example.net"));
    let ring = Ring::of(&alice, &[&bob, &carol]);
    let sealed = seal(&ring, MAIL, WritingProfile::Strict).unwrap();
    assert_eq!((sealed.facts().cipher, how(&sealed, "bob@example.net")), (Some(GCM), vec!["rsa-oaep-sha256".into()]));
    assert_eq!(sealed.facts().choice.clone().unwrap().why, WhyCipher::Demanded);
    let by_policy = Policy::standard().with_writing(WritingProfile::Strict);
    let sealed = Sealing::new(&by_policy, &ring, NOW, &MAIL).finish().unwrap();
    assert_eq!(sealed.facts().cipher, Some(GCM));
}

#[test]
fn cap_02_lists_are_matched_by_what_they_mean() {
    let (alice, bob) = (person("alice@example.org"), rsa("bob@example.net"));
    let mut ring = Ring::of(&alice, &[&bob]);
    let mut seen = |capabilities: Vec<AlgorithmIdentifier>| {
        ring.told = vec![told(&bob, Capabilities(capabilities))];
        let sealed = seal(&ring, TO_BOB, WritingProfile::Compat).unwrap();
        (sealed.facts().cipher.unwrap(), how(&sealed, "bob@example.net").remove(0))
    };
    let pkcs1 = |cipher| (cipher, "rsa-pkcs1".to_owned());
    let oaep = |cipher| (cipher, "rsa-oaep-sha256".to_owned());
    assert_eq!(seen(vec![AlgorithmIdentifier::with_null(oids::AES256_GCM)]), pkcs1(GCM));
    // An algorithm that needs parameters of another kind is another one.
    assert_eq!(seen(vec![AlgorithmIdentifier::with(oids::AES256_GCM, vec![2, 1, 128])]).0, CBC);
    // A list that names no cipher says nothing of ciphers.
    assert_eq!(seen(vec![AlgorithmIdentifier::new(oids::SHA256)]), pkcs1(CBC));
    let transport = crypto::KeyTransport::oaep(crypto::Digest::Sha256).to_algorithm();
    assert_eq!(seen(vec![transport]), oaep(CBC));
    assert_eq!(seen(vec![AlgorithmIdentifier::with(oids::RSAES_OAEP, vec![0x30, 0])]), pkcs1(CBC));
    assert_eq!(seen(own().0), oaep(GCM));
}

#[test]
fn a_04_what_is_old_or_of_a_former_key_is_dropped_and_a_shorter_list_is_told() {
    let (alice, bob) = (person("alice@example.org"), person("bob@example.net"));
    let mut ring = Ring::of(&alice, &[&bob]);
    let mut knowledge = |known: KnownCapabilities| {
        ring.told = vec![known];
        let sealed = seal(&ring, TO_BOB, WritingProfile::Compat).unwrap();
        let of_bob = sealed.facts().readers.iter().find(|r| r.address.to_string() == "bob@example.net").unwrap();
        (of_bob.knowledge, sealed.notes().to_vec())
    };
    let fresh = told(&bob, own());
    let at = fresh.signed_at;
    assert_eq!(knowledge(fresh.clone()).0, Knowledge::Mail { signed_at: at, better_at: None });
    let old = KnownCapabilities { signed_at: Time(NOW.0 - 3 * 366 * DAY), ..fresh.clone() };
    assert_eq!(knowledge(old).0, Knowledge::Nothing);
    let ahead = KnownCapabilities { signed_at: Time(NOW.0 + 2 * DAY), ..fresh.clone() };
    assert_eq!(knowledge(ahead).0, Knowledge::Nothing);
    // Signed with another key, before the certificate that is encrypted to now began to be valid.
    let former = person("bob@example.net");
    let with_former = told(&former, own());
    assert!(matches!(knowledge(with_former.clone()).0, Knowledge::Mail { .. }));
    let before = KnownCapabilities { signed_at: Time(NOW.0 - 500 * DAY), ..with_former };
    assert_eq!(knowledge(before.clone()).0, Knowledge::Nothing);
    let same_key = KnownCapabilities { certificate: bob.certificate.clone(), ..before };
    assert!(matches!(knowledge(same_key).0, Knowledge::Mail { .. }));
    let shorter =
        KnownCapabilities { best_at: Time(5), best: Strengths::AEAD, ..told(&bob, list(&[oids::AES256_CBC])) };
    let (known, notes) = knowledge(shorter);
    assert_eq!(known, Knowledge::Mail { signed_at: at, better_at: Some(Time(5)) });
    let note = SealNote::Downgraded { who: address("bob@example.net"), better_at: Time(5), signed_at: at };
    assert!(notes.contains(&note), "{notes:?}");
}

/// A second certificate of somebody, for a key that encapsulates, signed by their first.
fn pq(who: &Person, address: &str) -> Person {
    crate::ring::issued(address, KeySpec::MlKem(MlKem::MlKem768), KeyUsage::KEY_ENCIPHERMENT, who)
}

#[test]
fn a_02_a_pair_of_certificates_is_used_together_while_the_profile_is_patient() {
    let (alice, bob) = (person("alice@example.org"), person("bob@example.net"));
    let quantum = pq(&bob, "bob@example.net");
    let mut ring = Ring::of(&alice, &[&bob, &quantum]);
    let by = |profile| seal(&ring, TO_BOB, profile).unwrap();
    let sealed = by(WritingProfile::Compat);
    assert_eq!(
        (how(&sealed, "bob@example.net"), sealed.facts().cipher),
        (vec!["ml-kem-768".into(), "p256".into()], Some(GCM))
    );
    for key in [&bob, &quantum] {
        decrypt(sealed.as_bytes(), &Ring::of(key, &[])).unwrap();
    }
    let sealed = by(WritingProfile::PqPreferred);
    assert_eq!(how(&sealed, "bob@example.net"), ["ml-kem-768"]);
    // Alice's own copy is the weak one, and she is told.
    assert_eq!(sealed.notes().last(), Some(&SealNote::NotPostQuantum { by: vec![address("alice@example.org")] }));
    let Err(SealError::InTheWay { who, .. }) = seal(&ring, TO_BOB, WritingProfile::PqRequired) else { panic!() };
    assert_eq!(who, [Obstacle { address: address("alice@example.org"), why: WhyInTheWay::NotPostQuantum, own: true }]);
    let own = pq(&alice, "alice@example.org");
    ring.own.push(own.own.clone());
    ring.known.push(own.certificate.clone());
    let sealed = seal(&ring, TO_BOB, WritingProfile::PqRequired).unwrap();
    assert!(sealed.facts().readers.iter().all(|r| r.how == "ml-kem-768"), "{:?}", sealed.facts().readers);
    assert!(decrypt(sealed.as_bytes(), &Ring::of(&bob, &[])).is_err());
    decrypt(sealed.as_bytes(), &Ring::of(&quantum, &[])).unwrap();
}

/// the sender's own classical key is left out where all others have better, and a reader's is told of.
#[test]
fn a_01_nobody_is_weakened_in_silence_by_a_pair_of_keys() {
    let (alice, bob, carol) = (person("alice@example.org"), person("bob@example.net"), person("carol@example.net"));
    let mut ring = Ring::of(&alice, &[&bob, &carol]);
    let quantum = ["bob@example.net", "carol@example.net"].map(|who| pq(&bob, who));
    for one in &quantum {
        ring.known.push(one.certificate.clone());
        ring.anchors.push(one.certificate.clone());
    }
    ring.known.retain(|c| *c != bob.certificate);
    let own = pq(&alice, "alice@example.org");
    let by = |ring: &Ring, mail| seal(ring, mail, WritingProfile::Compat).unwrap();
    // Alice has only a classical key: Bob, who has only a better one, gains nothing by it.
    let sealed = by(&ring, TO_BOB);
    assert_eq!(sealed.notes().last(), Some(&SealNote::NotPostQuantum { by: vec![address("alice@example.org")] }));
    ring.own.push(own.own.clone());
    ring.known.push(own.certificate.clone());
    let sealed = by(&ring, TO_BOB);
    assert_eq!(how(&sealed, "alice@example.org"), ["ml-kem-768"]);
    assert!(!sealed.notes().iter().any(|note| note.code().contains("quantum")), "{:?}", sealed.notes());
    let sealed = by(&ring, MAIL);
    assert_eq!(
        (how(&sealed, "bob@example.net"), how(&sealed, "alice@example.org").len()),
        (vec!["ml-kem-768".into()], 2)
    );
    assert_eq!(sealed.notes().last(), Some(&SealNote::ClassicalBeside { of: vec![address("carol@example.net")] }));
}

#[test]
fn a_01_pq_required_names_all_who_stand_in_the_way_and_writes_nothing() {
    let (alice, bob, carol) = (person("alice@example.org"), person("bob@example.net"), person("carol@example.net"));
    let mut ring = Ring::of(&alice, &[&bob, &carol]);
    let own = pq(&alice, "alice@example.org");
    ring.own.push(own.own.clone());
    ring.known.push(own.certificate.clone());
    let mut out = Vec::new();
    let policy = Policy::standard();
    let sealing = Sealing::new(&policy, &ring, NOW, &MAIL).profile(WritingProfile::PqRequired);
    let error = sealing.write_to(&mut out).unwrap_err();
    assert_eq!((error.exit_code(), out.len()), (17, 0));
    let told = error.to_string();
    assert!(told.contains("bob@example.net has no") && told.contains("carol@example.net has no"), "{told}");
    assert!(!told.contains("alice"));
    // Where some have such a key and others none, the sender is told in every profile.
    let quantum = pq(&bob, "bob@example.net");
    ring.known.push(quantum.certificate.clone());
    ring.anchors.push(quantum.certificate.clone());
    let sealed = seal(&ring, MAIL, WritingProfile::Compat).unwrap();
    assert_eq!(sealed.notes().last(), Some(&SealNote::NotPostQuantum { by: vec![address("carol@example.net")] }));
}

#[test]
fn cap_03_a_certificate_says_what_its_owner_reads_where_no_mail_does() {
    let alice = person("alice@example.org");
    let bob = crate::ring::stating("bob@example.net", KeySpec::Ec(Curve::P256), &list(&[oids::AES256_GCM]).to_der());
    let mut ring = Ring::of(&alice, &[&bob]);
    let sealed = seal(&ring, TO_BOB, WritingProfile::Compat).unwrap();
    assert_eq!(sealed.facts().cipher, Some(GCM));
    assert!(sealed.facts().readers.iter().any(|r| r.knowledge == Knowledge::Certificate));
    ring.told = vec![told(&bob, list(&[oids::AES256_CBC]))];
    let sealed = seal(&ring, TO_BOB, WritingProfile::Compat).unwrap();
    assert_eq!(sealed.facts().cipher, Some(CBC), "the mail knows better");
}

/// K-04: a key that is for OAEP alone is written to by its own parameters, label included, whatever the profile.
#[test]
fn k_04_a_key_for_oaep_alone_gets_its_own_parameters() {
    let (alice, bob) = (person("alice@example.org"), rsa("bob@example.net"));
    let labelled = crypto::KeyTransport::RsaOaep {
        digest: crypto::Digest::Sha512,
        mgf: crypto::Digest::Sha512,
        label: b"label".to_vec(),
    };
    let of = crypto::KeyTransport::oaep;
    for transport in [of(crypto::Digest::Sha1), of(crypto::Digest::Sha384), labelled] {
        let certificate = bob.again(Some(transport.to_algorithm()), 1);
        let mut ring = Ring::of(&alice, &[]);
        ring.known.push(certificate.clone());
        ring.anchors.push(certificate.clone());
        for profile in [WritingProfile::Compat, WritingProfile::Strict] {
            let sealed = seal(&ring, TO_BOB, profile).unwrap();
            assert_eq!(how(&sealed, "bob@example.net"), [transport.to_string()]);
            let reader = cms::OwnKey {
                name: "bob".to_owned(),
                certificate: Some(certificate.clone()),
                key: bob.own.key.clone(),
            };
            let reader = Ring { own: vec![std::sync::Arc::new(reader)], ..Ring::default() };
            decrypt(sealed.as_bytes(), &reader).unwrap();
        }
    }
    // What the policy refuses names the person.
    let certificate = bob.again(Some(of(crypto::Digest::Sha384).to_algorithm()), 1);
    let mut ring = Ring::of(&alice, &[]);
    ring.known.push(certificate.clone());
    ring.anchors.push(certificate);
    let policy = Policy::from_toml(&Policy::standard().to_toml().replace("\"rsa-oaep-sha384\"", "\"none\"")).unwrap();
    let error = Sealing::new(&policy, &ring, NOW, &TO_BOB).finish().unwrap_err().to_string();
    assert!(error.contains("bob@example.net") && error.contains("rsa-oaep-sha384"), "{error}");
}

/// Standards.md section 14, D-02: the class of the key, then what its owner asked for, then P-384, then the newest.
#[test]
fn d_02_the_key_that_a_verified_mail_asks_for_wins_within_its_class() {
    let (alice, bob) = (person("alice@example.org"), person("bob@example.net"));
    let agrees = |spec| make("bob@example.net", spec, 300, KeyUsage::KEY_AGREEMENT);
    let (p384, p521) = (agrees(KeySpec::Ec(Curve::P384)), agrees(KeySpec::Ec(Curve::P521)));
    let (newest, older) = (bob.again(None, 1), bob.again(None, 2));
    let mut ring = Ring::of(&alice, &[&bob]);
    for certificate in [&newest, &older] {
        ring.known.push(certificate.clone());
        ring.anchors.push(certificate.clone());
    }
    let to = |ring: &Ring| {
        let sealed = seal(ring, TO_BOB, WritingProfile::Compat).unwrap();
        let readers = sealed.facts().readers.clone();
        readers.into_iter().find(|r| r.address.to_string() == "bob@example.net").unwrap().certificate
    };
    assert_eq!(to(&ring), newest);
    ring.told = vec![KnownCapabilities { preferred: Some(older.clone()), ..told(&bob, own()) }];
    assert_eq!(to(&ring), older);
    // A stronger curve of the same class gives way to what was asked for, and goes before the others.
    for other in [&p384, &p521] {
        ring.known.push(other.certificate.clone());
        ring.anchors.push(other.certificate.clone());
    }
    assert_eq!(to(&ring), older);
    ring.told.clear();
    assert_eq!(to(&ring), p384.certificate);
    // Who is no longer believed asks for nothing.
    let former =
        KnownCapabilities { preferred: Some(older), signed_at: Time(NOW.0 - 3 * 366 * DAY), ..told(&bob, own()) };
    ring.told = vec![former];
    assert_eq!(to(&ring), p384.certificate);
}

/// D-01: who signs with one key and is encrypted to with another says which.
#[test]
fn d_01_a_signature_names_the_other_key_to_encrypt_to() {
    let (alice, bob) = (person("alice@example.org"), person("bob@example.net"));
    let signs = make("alice@example.org", KeySpec::Ed25519, 300, KeyUsage::DIGITAL_SIGNATURE);
    let mut ring = Ring::of(&signs, &[&bob]);
    ring.known.push(alice.certificate.clone());
    ring.chain = vec![alice.certificate.clone()];
    let preference = |ring: &Ring| {
        let sealed = seal_with(ring, TO_BOB, |s| s.sign_only()).unwrap();
        let (_, facts) = clear_facts(sealed.as_bytes());
        let cms::SignerEntry::Info(info) = &facts.signers[0] else { panic!() };
        cms::KeyPreference::of(info.signed.as_ref().unwrap())
    };
    assert!(preference(&ring).is_some_and(|named| named.names(&alice.certificate)));
    ring.chain.clear();
    assert_eq!(preference(&ring), None);
    assert_eq!(preference(&Ring::of(&alice, &[&bob])), None, "one key for both");
}
