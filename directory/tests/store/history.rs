//! What a certificate counts for at each address that it names, where it was seen, and what is accepted.

use ca::CertificateProfile;
use crypto::{Curve, KeySpec, PrivateKey, SoftKey, SystemRandom};
use directory::{Directory, Error, Origin, Place, Source, fingerprint};
use smime::{Keyring, Remembered, Standing, standing_of};
use wire::x509::{GeneralName, KeyUsage, TbsCertificate, certificate_der, extension};
use wire::{Certificate, NameBuilder, Time};

use crate::people::{DAY, Folder, NOW, address, key};

fn by_mail(from: &str) -> Place {
    Place { source: Source::Mail, detail: from.to_owned() }
}

/// A certificate of a new key that names both of these.
fn of_two(one: &str, other: &str, begins: i64) -> Certificate {
    let (key, _) = SoftKey::generate(KeySpec::Ec(Curve::P256), &mut SystemRandom).unwrap();
    let how = cms_algorithm(&key);
    let name = NameBuilder::new().common_name("Two Addresses").build();
    let names = [GeneralName::Rfc822(one.to_owned()), GeneralName::Rfc822(other.to_owned())];
    let tbs = TbsCertificate {
        serial: begins.to_be_bytes().to_vec(),
        signature: how.to_x509(),
        issuer: name.clone(),
        not_before: Time(begins),
        not_after: Time(begins + 10 * DAY),
        subject: name,
        spki: key.public().spki().to_vec(),
        extensions: vec![
            extension::key_usage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_AGREEMENT),
            extension::subject_alt_name(&names, false),
        ],
    }
    .to_der();
    let signature = key.sign(&how, &tbs, &mut SystemRandom).unwrap();
    Certificate::from_der(&certificate_der(&tbs, &how.to_x509(), &signature)).unwrap()
}

fn cms_algorithm(key: &SoftKey) -> crypto::SignatureAlgorithm {
    crypto::SignatureAlgorithm::for_key(&key.public().kind(), crypto::Digest::Sha256).unwrap()
}

/// Keeps a certificate as a mail from this address brings it.
fn shows(store: &Directory, from: &str, certificate: &Certificate, message: &str, now: Time) -> Standing {
    let remembered = store.remembered(&address(from)).unwrap();
    let (standing, _) = standing_of(certificate, &remembered, &|_| true);
    let seen = [Remembered { certificate: certificate.clone(), standing }];
    store.keep(&address(from), &seen, &[], &by_mail(from), Some(message), now).unwrap();
    standing
}

fn candidates(store: &Directory, text: &str) -> Vec<Certificate> {
    store.encryption_candidates(&address(text)).unwrap()
}

#[test]
fn di_06_what_one_address_shows_says_nothing_of_another_that_it_names() {
    let folder = Folder::new();
    let store = folder.open();
    let both = of_two("a@example.org", "b@example.org", NOW.0);
    assert_eq!(shows(&store, "a@example.org", &both, "<1@x>", NOW), Standing::Used);
    assert_eq!(candidates(&store, "a@example.org"), std::slice::from_ref(&both));
    assert!(candidates(&store, "b@example.org").is_empty());
    let kept = store.remembered(&address("b@example.org")).unwrap();
    assert_eq!(kept[0].standing, Standing::Unbound);
    assert_eq!(shows(&store, "b@example.org", &both, "<2@x>", NOW), Standing::Used);
    assert_eq!(candidates(&store, "b@example.org"), std::slice::from_ref(&both));
    let history = store.certificate(&fingerprint(&both)).unwrap().history;
    let seen: Vec<_> =
        history.sightings.iter().map(|s| (s.detail.as_str(), s.messages.0.as_deref().unwrap())).collect();
    assert_eq!(seen, [("a@example.org", "<1@x>"), ("b@example.org", "<2@x>")]);
}

#[test]
fn di_06_another_key_waits_beside_the_one_in_use() {
    let folder = Folder::new();
    let store = folder.open();
    let certificate = |begins| key("a@example.org", CertificateProfile::MailBoth, begins).certificate;
    let (first, second, third) = (certificate(NOW.0), certificate(NOW.0 + DAY), certificate(NOW.0 + 2 * DAY));
    assert_eq!(shows(&store, "a@example.org", &first, "<1@x>", NOW), Standing::Used);
    for (other, id) in [(&second, "<2@x>"), (&third, "<3@x>"), (&second, "<4@x>")] {
        assert_eq!(shows(&store, "a@example.org", other, id, NOW), Standing::Changed);
        assert_eq!(candidates(&store, "a@example.org"), std::slice::from_ref(&first));
    }
    // Whoever is asked is asked for the old and the new; the newest is what remains.
    let accepted = store.accept("a@example.org", NOW).unwrap();
    assert_eq!(accepted.len(), 1);
    assert_eq!(accepted[0].certificate, third);
    assert_eq!(candidates(&store, "a@example.org"), std::slice::from_ref(&third));
    for old in [&first, &second] {
        assert_eq!(shows(&store, "a@example.org", old, "<5@x>", NOW), Standing::Superseded);
    }
    assert!(store.accept("a@example.org", NOW).unwrap().is_empty());
    assert!(matches!(store.accept("b@example.org", NOW), Err(Error::NotFound { .. })));
    let back = store.accept(&fingerprint(&first), NOW).unwrap();
    assert_eq!((&back[0].certificate, back[0].superseded.as_slice()), (&first, &[third][..]));
    assert_eq!(candidates(&store, "a@example.org"), std::slice::from_ref(&first));
    // Nobody accepts what is distrusted.
    store.distrust(&fingerprint(&second)).unwrap();
    assert!(store.accept(&fingerprint(&second), NOW).unwrap().is_empty());
    assert_eq!(shows(&store, "a@example.org", &second, "<6@x>", NOW), Standing::Distrusted);
}

#[test]
fn di_06_what_signs_and_what_is_encrypted_to_are_no_change_of_each_other() {
    let folder = Folder::new();
    let store = folder.open();
    for profile in [CertificateProfile::MailSign, CertificateProfile::MailEncrypt] {
        let certificate = key("a@example.org", profile, NOW.0).certificate;
        assert_eq!(shows(&store, "a@example.org", &certificate, "<1@x>", NOW), Standing::Used);
    }
    // What nobody ever believed is in nobody's way.
    let other = key("a@example.org", CertificateProfile::MailBoth, NOW.0).certificate;
    let remembered = store.remembered(&address("a@example.org")).unwrap();
    assert_eq!(standing_of(&other, &remembered, &|_| false), (Standing::Used, None));
    let (standing, old) = standing_of(&other, &remembered, &|_| true);
    assert!(standing == Standing::Changed && old.is_some());
}

#[test]
fn what_was_seen_again_within_the_hour_is_not_written_again() {
    let folder = Folder::new();
    let store = folder.open();
    let certificate = key("a@example.org", CertificateProfile::MailBoth, NOW.0).certificate;
    let times = [0, 3000, 3700, -100];
    for (at, id) in times.iter().zip(["<1@x>", "<2@x>", "<3@x>", "<0@x>"]) {
        shows(&store, "a@example.org", &certificate, id, Time(NOW.0 + at));
    }
    let history = store.certificate(&fingerprint(&certificate)).unwrap().history;
    let [seen] = history.sightings.as_slice() else { panic!("{history:?}") };
    assert_eq!((seen.first_seen.0 - NOW.0, seen.last_seen.0 - NOW.0), (-100, 3700));
    assert_eq!(seen.messages, (Some("<0@x>".to_owned()), Some("<3@x>".to_owned())));
}

#[test]
fn an_import_that_fails_in_its_middle_took_nothing() {
    let folder = Folder::new();
    let store = folder.open();
    let certificate = key("a@example.org", CertificateProfile::MailBoth, NOW.0).certificate;
    let place = Place { source: Source::File, detail: "some.pem".to_owned() };
    let mut count = 0;
    let mut import = |list: Vec<Result<Certificate, Error>>| {
        store.import_all(&mut list.into_iter(), Origin::File, &place, NOW, &mut |_, new| count += usize::from(new))
    };
    assert!(matches!(import(vec![Ok(certificate.clone()), Err(Error::Locked)]), Err(Error::Locked)));
    assert!(store.certificates().unwrap().is_empty());
    import(vec![Ok(certificate.clone()), Ok(certificate.clone())]).unwrap();
    assert_eq!(count, 2);
    let info = store.certificate(&fingerprint(&certificate)).unwrap();
    assert_eq!(
        (info.history.sightings[0].source.as_str(), info.history.sightings[0].detail.as_str()),
        ("file", "some.pem")
    );
    assert_eq!(info.history.standings, [("a@example.org".to_owned(), Standing::Used)]);
}
