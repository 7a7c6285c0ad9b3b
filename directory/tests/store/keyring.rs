//! What the front door gets: own keys by what a message names, signers, candidates, anchors.

use ca::CertificateProfile;
use directory::{Directory, NewIdentity, Origin, fingerprint};
use smime::{Keyring, Keys};
use wire::cms::RecipientId;
use wire::{Certificate, Time};

use crate::people::{DAY, Folder, NOW, address, key, person, root};

fn by_serial(store: &Directory, certificate: &Certificate) -> usize {
    let (issuer, serial) = certificate.issuer_and_serial();
    store.find(&RecipientId::IssuerSerial { issuer, serial }).unwrap().len()
}

#[test]
fn own_keys_are_found_by_serial_and_key_identifier_retired_or_not() {
    let folder = Folder::new();
    let store = folder.open();
    let new = person("a@example.org", NOW.0);
    let certificate = new.encrypt.clone().unwrap().certificate;
    assert_eq!(by_serial(&store, &certificate), 0);
    let id = store.add_identity(&new, NOW).unwrap();
    assert_eq!(by_serial(&store, &certificate), 1, "the index did not notice the new identity");
    let key_id = certificate.subject_key_id().unwrap();
    let found = store.find(&RecipientId::KeyId(key_id)).unwrap();
    assert_eq!((found.len(), found[0].name.as_str()), (1, "a@example.org"));
    assert_eq!(found[0].certificate.as_ref(), Some(&certificate));
    assert_eq!(found[0].key.public().octets(), certificate.public_key().key());

    let (issuer, serial) = certificate.issuer_and_serial();
    let stranger = key("a@example.org", CertificateProfile::MailBoth, NOW.0).certificate;
    assert_eq!(by_serial(&store, &stranger), 0);
    let other_issuer = key("x@example.org", CertificateProfile::MailBoth, NOW.0).certificate;
    let issuer_of_another = other_issuer.issuer().der();
    assert!(store.find(&RecipientId::IssuerSerial { issuer: issuer_of_another, serial }).unwrap().is_empty());
    assert!(store.find(&RecipientId::IssuerSerial { issuer, serial: &serial[1..] }).unwrap().is_empty());
    assert!(store.find(&RecipientId::KeyId(&[])).unwrap().is_empty());

    store.retire(id, NOW).unwrap();
    assert_eq!(by_serial(&store, &certificate), 1, "a retired key decrypts");
    store.destroy_key(id, NOW).unwrap();
    assert_eq!(by_serial(&store, &certificate), 0, "a destroyed key was used");
}

#[test]
fn the_newest_valid_identity_signs() {
    let folder = Folder::new();
    let store = folder.open();
    let alice = address("a@example.org");
    assert!(store.signing_identity(&alice, NOW).unwrap().is_none());
    let begins = [NOW.0 - 20 * DAY, NOW.0 - 5 * DAY, NOW.0 - 2 * DAY, NOW.0 + DAY];
    let people: Vec<NewIdentity> = begins.iter().map(|b| person("a@example.org", *b)).collect();
    let signs = |at: i64| {
        let found = store.signing_identity(&alice, Time(at)).unwrap()?;
        let certificate = found.key.certificate.clone().unwrap();
        assert_eq!(found.key.key.public().octets(), certificate.public_key().key());
        let index = people.iter().position(|p| p.sign.as_ref().unwrap().certificate == certificate).unwrap();
        assert!(found.chain.contains(&people[index].encrypt.as_ref().unwrap().certificate));
        Some(index)
    };
    let ids: Vec<_> = people.iter().map(|p| store.add_identity(p, NOW).unwrap()).collect();
    assert_eq!(signs(NOW.0), Some(2));
    assert_eq!(signs(NOW.0 - 15 * DAY), Some(0));
    assert_eq!(signs(NOW.0 + 100 * DAY), Some(3), "none is valid: the newest, to say so");
    store.retire(ids[2], NOW).unwrap();
    assert_eq!(signs(NOW.0), Some(1));
    store.distrust(&fingerprint(&people[1].sign.as_ref().unwrap().certificate)).unwrap();
    assert_eq!(signs(NOW.0), Some(3));
    assert!(store.signing_identity(&address("b@example.org"), NOW).unwrap().is_none());
}

#[test]
fn candidates_come_newest_first_and_a_flood_does_not_drown_the_known_ones() {
    let folder = Folder::new();
    let store = folder.open();
    let bob = address("BOB@example.net");
    let known = key("bob@example.net", CertificateProfile::MailBoth, NOW.0).certificate;
    let flood: Vec<Certificate> =
        (1..=70).map(|i| key("bob@example.net", CertificateProfile::MailBoth, NOW.0 + i).certificate).collect();
    store.import_certificates(&flood, Origin::Mail, NOW).unwrap();
    store.import_certificates(std::slice::from_ref(&known), Origin::File, NOW).unwrap();
    let found = store.encryption_candidates(&bob).unwrap();
    assert!(found.len() <= 64 && found.contains(&known));
    assert!(found.is_sorted_by(|a, b| a.not_before() >= b.not_before()));
    store.distrust(&fingerprint(&known)).unwrap();
    assert!(!store.encryption_candidates(&bob).unwrap().contains(&known));
    assert!(store.is_distrusted(&known) && !store.is_distrusted(&flood[0]));
}

#[test]
fn nothing_is_encrypted_to_a_retired_identity() {
    let folder = Folder::new();
    let store = folder.open();
    let alice = address("a@example.org");
    let new = person("a@example.org", NOW.0);
    let id = store.add_identity(&new, NOW).unwrap();
    assert_eq!(store.encryption_candidates(&alice).unwrap().len(), 2);
    store.retire(id, NOW).unwrap();
    assert!(store.encryption_candidates(&alice).unwrap().is_empty());
    assert_eq!(store.own_addresses().unwrap(), ["a@example.org"]);
}

#[test]
fn anchors_are_what_the_user_said_and_what_is_the_users() {
    let folder = Folder::new();
    let store = folder.open();
    let ours = root("Ours");
    let of_a_chain = root("Theirs").certificate;
    let contact = key("b@example.org", CertificateProfile::MailBoth, NOW.0).certificate;
    let mut new = person("a@example.org", NOW.0);
    new.chain = vec![of_a_chain.clone()];
    store.add_identity(&new, NOW).unwrap();
    store.add_authority("Ours", &ours, NOW).unwrap();
    store.import_certificates(std::slice::from_ref(&contact), Origin::File, NOW).unwrap();
    let anchors = store.anchors().unwrap();
    assert!(anchors.contains(&ours.certificate) && anchors.contains(&new.sign.as_ref().unwrap().certificate));
    assert!(!anchors.contains(&of_a_chain), "an imported chain became an anchor");
    assert!(!anchors.contains(&contact));
    assert!(store.intermediates().unwrap().contains(&of_a_chain));
    let signer = store.signing_identity(&address("a@example.org"), NOW).unwrap().unwrap();
    assert!(signer.chain.contains(&of_a_chain));

    store.trust(&fingerprint(&contact)).unwrap();
    assert!(store.anchors().unwrap().contains(&contact));
    for certificate in [&contact, &ours.certificate, &of_a_chain] {
        store.distrust(&fingerprint(certificate)).unwrap();
    }
    let left = [store.anchors().unwrap(), store.intermediates().unwrap()].concat();
    assert!(![&contact, &ours.certificate, &of_a_chain].into_iter().any(|c| left.contains(c)));
}
