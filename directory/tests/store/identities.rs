//! Identities, authorities and certificates: kept, found, retired, destroyed.

use ca::CertificateProfile;
use directory::{Error, Mark, NewIdentity, Origin, Role, fingerprint};
use wire::Time;

use crate::people::{Folder, NOW, contents, holds, key, person};

#[test]
fn an_identity_comes_back_as_it_went_in() {
    let folder = Folder::new();
    let new = person("Alice@Example.org", NOW.0);
    let id = folder.open().add_identity(&new, NOW).unwrap();
    let store = folder.open();
    let found = store.find_identities("alice@example.ORG").unwrap();
    assert_eq!(found.len(), 1);
    let info = &found[0];
    assert_eq!((info.id, info.created_at, info.retired_at), (id, NOW, None));
    assert_eq!((info.address.as_str(), info.display.as_deref()), ("Alice@Example.org", Some("A Person")));
    assert_eq!(info.keys.iter().map(|k| k.role).collect::<Vec<_>>(), [Role::Sign, Role::Encrypt]);
    assert_eq!(store.find_identities(&info.keys[1].fingerprint[..8]).unwrap().len(), 1);
    assert_eq!(store.find_identities(&id.to_string()).unwrap().len(), 1);
    let exported = store.export(id).unwrap();
    let pkcs8: Vec<_> = exported.pkcs8.iter().map(|k| k.clone().unwrap()).collect();
    assert_eq!(pkcs8, [new.sign.clone().unwrap().pkcs8, new.encrypt.clone().unwrap().pkcs8]);
    assert_eq!(store.add_identity(&new, NOW).unwrap(), id, "the same identity was made twice");
}

#[test]
fn keys_and_certificates_must_belong_together() {
    let folder = Folder::new();
    let store = folder.open();
    let mut mixed = person("a@example.org", NOW.0);
    mixed.sign.as_mut().unwrap().certificate = mixed.encrypt.as_ref().unwrap().certificate.clone();
    assert!(matches!(store.add_identity(&mixed, NOW), Err(Error::KeyMismatch)));
    let none = NewIdentity { sign: None, encrypt: None, ..mixed };
    assert!(matches!(store.add_identity(&none, NOW), Err(Error::NoKey)));
    assert!(store.identities().unwrap().is_empty() && store.certificates().unwrap().is_empty());
}

#[test]
fn retired_is_kept_and_destroyed_is_gone() {
    let folder = Folder::new();
    let store = folder.open();
    let new = person("a@example.org", NOW.0);
    let id = store.add_identity(&new, NOW).unwrap();
    store.retire(id, Time(NOW.0 + 5)).unwrap();
    store.retire(id, Time(NOW.0 + 9)).unwrap();
    assert_eq!(store.identity(id).unwrap().retired_at, Some(Time(NOW.0 + 5)));
    assert!(store.export(id).unwrap().pkcs8.iter().all(Option::is_some));

    let sealed = |all: &[u8]| {
        let connection = rusqlite::Connection::open(folder.store().join("store.db")).unwrap();
        let mut statement = connection.prepare("SELECT sealed FROM keys WHERE sealed IS NOT NULL").unwrap();
        let rows: Vec<Vec<u8>> = statement.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
        assert!(rows.iter().all(|row| holds(all, row)));
        rows
    };
    let before = sealed(&contents(&folder.store()));
    assert_eq!(before.len(), 2);
    store.destroy_key(id, NOW).unwrap();
    let after = contents(&folder.store());
    assert!(before.iter().all(|row| !holds(&after, row)), "a destroyed key is still in the file");
    assert!(store.export(id).unwrap().pkcs8.iter().all(Option::is_none));
    assert!(store.identity(id).unwrap().keys.iter().all(|k| k.destroyed));
    // What was destroyed comes back with the file that it once came from.
    assert_eq!(store.add_identity(&new, NOW).unwrap(), id);
    assert_eq!(store.identity(id).unwrap().retired_at, None);
    assert!(store.export(id).unwrap().pkcs8.iter().all(Option::is_some));
    // A number of another store means nothing here.
    let elsewhere = Folder::new().open();
    assert!(matches!(elsewhere.retire(id, NOW), Err(Error::NotFound { .. })));
    assert!(matches!(elsewhere.destroy_key(id, NOW), Err(Error::NotFound { .. })));
}

#[test]
fn a_key_that_an_authority_uses_is_not_destroyed_with_an_identity() {
    let folder = Folder::new();
    let store = folder.open();
    let shared = key("a@example.org", CertificateProfile::MailBoth, NOW.0);
    store.add_authority("Ours", &shared, NOW).unwrap();
    assert!(matches!(store.add_authority("Ours", &shared, NOW), Err(Error::AuthorityExists(_))));
    let person = NewIdentity { sign: Some(shared.clone()), encrypt: None, ..person("a@example.org", NOW.0) };
    let id = store.add_identity(&person, NOW).unwrap();
    assert_eq!(store.identity(id).unwrap().keys[0].role, Role::Both);
    store.destroy_key(id, NOW).unwrap();
    let authority = store.authority("Ours").unwrap();
    assert_eq!(authority.certificate, shared.certificate);
    assert_eq!(authority.key.public().octets(), shared.certificate.public_key().key());
    assert!(matches!(store.authority("Theirs"), Err(Error::NotFound { .. })));
    assert_eq!(store.authorities().unwrap().len(), 1);
}

#[test]
fn certificates_are_found_by_address_and_fingerprint_and_keep_their_marks() {
    let folder = Folder::new();
    let store = folder.open();
    let old = key("Bob@Example.net", CertificateProfile::MailBoth, NOW.0).certificate;
    let new = key("bob@example.net", CertificateProfile::MailBoth, NOW.0 + 50).certificate;
    let both = [old.clone(), new.clone()];
    let imported = store.import_certificates(&both, Origin::Mail, NOW).unwrap();
    assert!(imported.iter().all(|i| i.new));
    let found = store.find_certificates("BOB@example.net").unwrap();
    assert_eq!(found.iter().map(|i| &i.certificate).collect::<Vec<_>>(), [&new, &old], "newest first");
    assert!(matches!(store.trust("bob@example.net"), Err(Error::Ambiguous { count: 2, .. })));

    let print = fingerprint(&old);
    let pasted: String =
        print.to_uppercase().as_bytes().chunks(2).map(|c| format!("{}{}:", c[0] as char, c[1] as char)).collect();
    assert_eq!(store.certificate(pasted.trim_end_matches(':')).unwrap().certificate, old);
    store.trust(&print[..8]).unwrap();
    let again = store.import_certificates(&both, Origin::Own, NOW).unwrap();
    assert!(again.iter().all(|i| !i.new));
    let kept = store.certificate(&print).unwrap();
    assert_eq!(
        (kept.mark, kept.origin, kept.addresses),
        (Mark::Trusted, Origin::File, vec!["Bob@Example.net".to_owned()])
    );
    assert_eq!(store.distrust(&print).unwrap().mark, Mark::Distrusted);
    store.remove_certificate(&print).unwrap();
    assert!(matches!(store.certificate(&print), Err(Error::NotFound { .. })));
    for bad in ["abcdef0", "%", "", "zzzzzzzz", "' OR 1=1 --"] {
        assert!(matches!(store.certificate(bad), Err(Error::BadSelector(_))), "{bad}");
    }
    assert_eq!(store.certificates().unwrap().len(), 1);
}

#[test]
fn a_certificate_in_use_is_not_removed() {
    let folder = Folder::new();
    let store = folder.open();
    let id = store.add_identity(&person("a@example.org", NOW.0), NOW).unwrap();
    let print = store.identity(id).unwrap().keys[0].fingerprint.clone();
    assert!(matches!(store.remove_certificate(&print), Err(Error::InUse(who)) if who == "a@example.org"));
}
