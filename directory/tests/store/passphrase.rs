//! What the passphrase protects, and when it is asked for.

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use crypto::Secret;
use directory::{Directory, Error, Origin, Protection, Unlock};
use smime::{Keyring, KeyringError};

use crate::people::{Folder, NOW, address, contents, holds, person};

fn secret(text: &str) -> Secret {
    Secret::new(text.as_bytes().to_vec())
}

fn open(folder: &Folder, unlock: Unlock) -> Directory {
    Directory::open(&folder.store(), unlock).unwrap()
}

#[test]
fn it_is_asked_for_once_and_only_when_a_private_key_is_needed() {
    let folder = Folder::new();
    let new = person("a@example.org", NOW.0);
    let id = open(&folder, Unlock::Passphrase(secret("tulip"))).add_identity(&new, NOW).unwrap();
    let asked = Rc::new(Cell::new(0));
    let counter = Rc::clone(&asked);
    let store = open(
        &folder,
        Unlock::Ask(Box::new(move || {
            counter.set(counter.get() + 1);
            Ok(secret("tulip"))
        })),
    );
    let others = person("b@example.org", NOW.0).sign.unwrap().certificate;
    store.import_certificates(&[others], Origin::File, NOW).unwrap();
    assert_eq!(
        (store.identities().unwrap().len(), store.encryption_candidates(&address("a@example.org")).unwrap().len()),
        (1, 2)
    );
    store.trust("b@example.org").unwrap();
    assert_eq!((asked.get(), store.is_unlocked()), (0, false));
    store.export(id).unwrap();
    assert!(store.signing_identity(&address("a@example.org"), NOW).unwrap().is_some());
    assert_eq!(asked.get(), 1);
    assert!(!holds(&contents(&folder.store()), &new.sign.unwrap().pkcs8.as_bytes()[36..68]));
}

#[test]
fn a_wrong_one_a_missing_one_and_an_empty_one() {
    let folder = Folder::new();
    let empty = open(&folder, Unlock::Passphrase(secret("")));
    assert!(matches!(empty.add_identity(&person("a@example.org", NOW.0), NOW), Err(Error::EmptyPassphrase)));
    assert_eq!(empty.protection().unwrap(), Protection::Undecided);
    let id =
        open(&folder, Unlock::Passphrase(secret("tulip"))).add_identity(&person("a@example.org", NOW.0), NOW).unwrap();

    let wrong = open(&folder, Unlock::Passphrase(secret("Tulip")));
    assert!(matches!(wrong.export(id), Err(Error::WrongPassphrase)));
    assert!(wrong.passphrase_was_wrong());
    assert!(matches!(wrong.add_identity(&person("b@example.org", NOW.0), NOW), Err(Error::WrongPassphrase)));
    let locked = |store: Directory| {
        assert!(matches!(store.unlock(), Err(Error::Locked)));
        let failed = store.signing_identity(&address("a@example.org"), NOW);
        assert!(matches!(failed, Err(KeyringError::Locked)));
        assert!(!store.passphrase_was_wrong());
    };
    locked(open(&folder, Unlock::None));
    locked(open(&folder, Unlock::Ask(Box::new(|| Err(io::ErrorKind::NotFound.into())))));
    let failing = open(&folder, Unlock::Ask(Box::new(|| Err(io::ErrorKind::UnexpectedEof.into()))));
    assert!(matches!(failing.export(id), Err(Error::Passphrase(_))));
}

#[test]
fn it_can_be_changed_taken_away_and_put_on() {
    let folder = Folder::new();
    let store = open(&folder, Unlock::Passphrase(secret("tulip")));
    let new = person("a@example.org", NOW.0);
    let id = store.add_identity(&new, NOW).unwrap();
    store.change_passphrase(Some(&secret("rose"))).unwrap();
    let reads = |unlock| open(&folder, unlock).export(id).map(|e| e.pkcs8[0].clone().unwrap());
    let key = new.sign.clone().unwrap().pkcs8;
    assert!(matches!(reads(Unlock::Passphrase(secret("tulip"))), Err(Error::WrongPassphrase)));
    assert_eq!(reads(Unlock::Passphrase(secret("rose"))).unwrap(), key);

    store.change_passphrase(None).unwrap();
    assert_eq!((store.protection().unwrap(), reads(Unlock::None).unwrap()), (Protection::None, key.clone()));
    let connection = rusqlite::Connection::open(folder.store().join("store.db")).unwrap();
    let lay_open: Vec<u8> = connection.query_row("SELECT key FROM store", [], |r| r.get(0)).unwrap();
    // Another process has the key that lies open in its memory when a passphrase is put on.
    let other = open(&folder, Unlock::Passphrase(secret("lily")));
    other.unlock().unwrap();
    store.change_passphrase(Some(&secret("lily"))).unwrap();
    assert!(!holds(&contents(&folder.store()), &lay_open), "the store key that lay open is still there");
    assert!(matches!(reads(Unlock::None), Err(Error::Locked)));
    assert_eq!(reads(Unlock::Passphrase(secret("lily"))).unwrap(), key);
    let late = other.add_identity(&person("b@example.org", NOW.0), NOW).unwrap();
    assert!(open(&folder, Unlock::Passphrase(secret("lily"))).export(late).is_ok());
    assert!(other.export(id).is_ok());
}

/// What is kept of a key in a token is where it is: another passphrase leaves it as it is, and nothing can be exported.
#[test]
fn a_key_in_a_token_needs_no_passphrase_and_survives_another() {
    use directory::{Error, NewIdentity, NewTokenKey, Role};
    let folder = Folder::new();
    let directory = folder.open();
    let new = person("alice@example.org", NOW.0);
    let uri = wire::Pkcs11Uri::parse("pkcs11:token=Alice;id=%01?module-path=/none.so&pin-source=/p").unwrap();
    let certificate = |key: &Option<directory::NewKey>| key.as_ref().unwrap().certificate.clone();
    let keys = [(Role::Sign, certificate(&new.sign)), (Role::Encrypt, certificate(&new.encrypt))]
        .map(|(role, certificate)| NewTokenKey { role, uri: uri.clone(), certificate });
    let bare = NewIdentity { sign: None, encrypt: None, ..new.clone() };
    assert!(matches!(directory.add_token_identity(&bare, &[], NOW), Err(Error::NoKey)));
    let id = directory.add_token_identity(&bare, &keys, NOW).unwrap();
    assert_eq!(directory.protection().unwrap(), directory::Protection::Undecided);
    directory.add_identity(&person("bob@example.net", NOW.0), NOW).unwrap();
    directory.change_passphrase(Some(&crypto::Secret::new(b"tulip".to_vec()))).unwrap();
    directory.change_passphrase(None).unwrap();
    let info = directory.identity(id).unwrap();
    assert!(info.keys.iter().all(|key| key.token.as_deref() == Some(&*uri.to_string()) && !key.destroyed));
    assert!(matches!(directory.export(id), Err(Error::InToken)));
    // The module is not there: that is told, and no PIN was asked for.
    use smime::Keyring;
    let signing = directory.signing_identity(&new.address, NOW);
    assert!(matches!(signing, Err(smime::KeyringError::Locked)));
    assert!(matches!(directory.token_fault(), Some(directory::TokenError::NoModule(path)) if path == "/none.so"));
    directory.destroy_key(id, NOW).unwrap();
    assert!(directory.identity(id).unwrap().keys.iter().all(|key| key.destroyed));
    assert!(directory.signing_identity(&new.address, NOW).unwrap().is_none());
    directory.add_token_identity(&bare, &keys, NOW).unwrap();
    assert!(directory.identity(id).unwrap().keys.iter().all(|key| !key.destroyed));
    // Whoever imports the keys themselves has them here from then on, in the one that was in the token too.
    directory.add_identity(&new, NOW).unwrap();
    assert!(directory.signing_identity(&new.address, NOW).unwrap().is_some());
    assert!(directory.export(id).unwrap().pkcs8.iter().all(Option::is_some));
}
