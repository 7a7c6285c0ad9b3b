//! Keys that wait for their certificates, and what an authority sends.

use ca::{Authority, CertificateProfile, Request};
use crypto::{Curve, KeySpec, PrivateKey, Secret, SoftKey, SystemRandom};
use directory::{Answered, Error, IdentityId, NewRequest, RequestId, Role};
use smime::Keyring;
use wire::{Certificate, Time};

use crate::people::{DAY, Folder, NOW, address, person, root};

/// Somebody's key, which is not in the store yet.
fn made() -> (SoftKey, Secret) {
    let (key, pkcs8) = SoftKey::generate(KeySpec::Ec(Curve::P256), &mut SystemRandom).unwrap();
    (key, Secret::from(pkcs8))
}

/// An authority, and what it issues.
struct Issuer(directory::NewKey);

impl Issuer {
    fn new() -> Issuer {
        Issuer(root("Elsewhere"))
    }

    fn issue(&self, of: &SoftKey, whose: &str, profile: CertificateProfile, days: i64) -> Certificate {
        let key = SoftKey::from_pkcs8(self.0.pkcs8.as_bytes()).unwrap();
        let request = Request {
            address: &address(whose),
            display_name: None,
            public_key: of.public(),
            profile,
            not_before: NOW,
            not_after: Time(NOW.0 + days * DAY),
        };
        Authority::new(self.0.certificate.clone(), &key).unwrap().issue(&request, &mut SystemRandom).unwrap()
    }
}

fn request(whose: &str, keys: &[(Role, &Secret)], renews: Option<IdentityId>) -> NewRequest {
    let keys = keys.iter().map(|(role, pkcs8)| (*role, (*pkcs8).clone())).collect();
    NewRequest { address: address(whose), display: Some("A Person".to_owned()), renews, keys }
}

const ALICE: &str = "alice@example.org";

#[test]
fn a_key_waits_until_its_certificate_comes() {
    let folder = Folder::new();
    let store = folder.open();
    let (authority, (key, pkcs8)) = (Issuer::new(), made());
    let id = store.keep_request(&request(ALICE, &[(Role::Both, &pkcs8)], None), NOW).unwrap();
    // Nobody signs or decrypts with it before, and it survives that the store is closed.
    assert!(store.identities().unwrap().is_empty());
    assert!(store.signing_identity(&address(ALICE), NOW).unwrap().is_none());
    drop(store);
    let store = folder.open();
    assert_eq!(store.request_keys(id).unwrap()[0].1.public().spki(), key.public().spki());
    assert_eq!((store.requests().unwrap()[0].id, id.to_string().as_str()), (id, "r1"));
    assert_eq!(RequestId::parse("r1"), Some(id));

    let certificate = authority.issue(&key, ALICE, CertificateProfile::MailBoth, 10);
    // The path comes in any order, and among what it has nothing to do with.
    let stranger = root("Somebody Else").certificate;
    let sent = [stranger.clone(), authority.0.certificate.clone(), certificate.clone()];
    let answered = store.answer(&sent, NOW).unwrap();
    let [Answered::Complete { identity, replaces: None }] = answered[..] else { panic!("{answered:?}") };
    let info = store.identity(identity).unwrap();
    assert_eq!((info.address.as_str(), info.display.as_deref()), (ALICE, Some("A Person")));
    assert_eq!(info.chain, [authority.0.certificate.clone(), stranger]);
    assert_eq!(info.keys[0].certificate, certificate);
    assert!(store.requests().unwrap().is_empty());
    assert!(store.signing_identity(&address(ALICE), NOW).unwrap().is_some());
    // Once more is no fault, and makes no second one.
    assert!(matches!(store.answer(&sent, NOW).unwrap()[..], [Answered::Known(id)] if id == identity));
    assert_eq!(store.identities().unwrap().len(), 1);
}

#[test]
fn of_two_keys_one_waits_for_the_other() {
    let folder = Folder::new();
    let store = folder.open();
    let (authority, (sign, sign8), (encrypt, encrypt8)) = (Issuer::new(), made(), made());
    let old = store.add_identity(&person(ALICE, NOW.0), NOW).unwrap();
    let new = request(ALICE, &[(Role::Sign, &sign8), (Role::Encrypt, &encrypt8)], Some(old));
    store.keep_request(&new, NOW).unwrap();
    // The certificate of the key that decrypts lets it sign alone: it waits on.
    let wrong = authority.issue(&encrypt, ALICE, CertificateProfile::MailSign, 10);
    assert!(matches!(store.answer(&[wrong], NOW), Err(Error::AnswerNotFor { purpose: "decrypt", .. })));
    let wrong = authority.issue(&encrypt, "bob@example.org", CertificateProfile::MailEncrypt, 10);
    assert!(matches!(store.answer(&[wrong], NOW), Err(Error::AnswerOfAnother { .. })));

    let encrypts = authority.issue(&encrypt, ALICE, CertificateProfile::MailEncrypt, 10);
    let answered = store.answer(std::slice::from_ref(&encrypts), NOW).unwrap();
    let [Answered::Awaited(info)] = &answered[..] else { panic!("{answered:?}") };
    let has: Vec<_> = info.keys.iter().map(|key| (key.role, key.certificate.is_some())).collect();
    assert_eq!(has, [(Role::Sign, false), (Role::Encrypt, true)]);
    assert!(store.identity(old).unwrap().retired_at.is_none());

    let signs = authority.issue(&sign, ALICE, CertificateProfile::MailSign, 10);
    let answered = store.answer(&[signs.clone(), authority.0.certificate.clone()], NOW).unwrap();
    let [Answered::Complete { identity, replaces }] = answered[..] else { panic!("{answered:?}") };
    assert_eq!(replaces, Some(old));
    assert!(store.identity(old).unwrap().retired_at.is_some());
    let info = store.identity(identity).unwrap();
    let has: Vec<_> = info.keys.into_iter().map(|key| (key.role, key.certificate)).collect();
    assert_eq!(has, [(Role::Sign, signs), (Role::Encrypt, encrypts)]);
}

#[test]
fn a_certificate_that_nobody_waits_for_is_refused_and_changes_nothing() {
    let folder = Folder::new();
    let store = folder.open();
    let (authority, (_, pkcs8), (other, _)) = (Issuer::new(), made(), made());
    store.keep_request(&request(ALICE, &[(Role::Both, &pkcs8)], None), NOW).unwrap();
    let certificate = authority.issue(&other, ALICE, CertificateProfile::MailBoth, 10);
    let refused = store.answer(&[authority.0.certificate.clone(), certificate], NOW).unwrap_err();
    assert!(matches!(&refused, Error::NoWaitingKey(of) if of == ALICE), "{refused}");
    assert!(refused.hint().unwrap().contains("cert import"));
    assert!(store.certificates().unwrap().is_empty());
    assert_eq!(store.requests().unwrap().len(), 1);
}

#[test]
fn a_newer_certificate_for_a_key_in_use_takes_the_place_of_the_old() {
    let folder = Folder::new();
    let store = folder.open();
    let (authority, (sign, sign8), (encrypt, encrypt8)) = (Issuer::new(), made(), made());
    let keys = [(Role::Sign, &sign8), (Role::Encrypt, &encrypt8)];
    store.keep_request(&request(ALICE, &keys, None), NOW).unwrap();
    let first = [
        authority.issue(&sign, ALICE, CertificateProfile::MailSign, 10),
        authority.issue(&encrypt, ALICE, CertificateProfile::MailEncrypt, 10),
        authority.0.certificate.clone(),
    ];
    let answered = store.answer(&first, NOW).unwrap();
    let [Answered::Complete { identity: old, .. }] = answered[..] else { panic!("{answered:?}") };

    let next = authority.issue(&sign, ALICE, CertificateProfile::MailSign, 20);
    let answered = store.answer(std::slice::from_ref(&next), NOW).unwrap();
    let [Answered::Renewed { identity, replaces }] = answered[..] else { panic!("{answered:?}") };
    assert_eq!(replaces, old);
    let info = store.identity(identity).unwrap();
    assert_eq!((&info.keys[0].certificate, &info.keys[1].certificate), (&next, &first[1]));
    assert_eq!(info.chain, std::slice::from_ref(&authority.0.certificate));
    assert!(store.identity(old).unwrap().retired_at.is_some());
    assert_eq!(store.signing_identity(&address(ALICE), NOW).unwrap().unwrap().key.certificate, Some(next));
    // An older one for the same key takes no place.
    let older = authority.issue(&sign, ALICE, CertificateProfile::MailSign, 5);
    assert!(matches!(store.answer(&[older], NOW).unwrap()[..], [Answered::Known(id)] if id == identity));
}

#[test]
fn a_forgotten_request_takes_its_key_along_and_no_other() {
    let folder = Folder::new();
    let store = folder.open();
    let (authority, (key, pkcs8), (_, more8)) = (Issuer::new(), made(), made());
    let first = store.keep_request(&request(ALICE, &[(Role::Both, &pkcs8)], None), NOW).unwrap();
    let again = store.keep_request(&request(ALICE, &[(Role::Sign, &pkcs8), (Role::Encrypt, &more8)], None), NOW);
    let again = again.unwrap();
    store.forget_request(again).unwrap();
    assert!(matches!(store.forget_request(again), Err(Error::NotFound { .. })));
    let certificate = authority.issue(&key, ALICE, CertificateProfile::MailBoth, 10);
    // The key of both is still there for the first.
    assert_eq!(store.request_keys(first).unwrap().len(), 1);
    store.answer(&[certificate], NOW).unwrap();
    assert!(store.signing_identity(&address(ALICE), NOW).unwrap().is_some());
    // Keys of a request outlive an identity that had them too.
    let id = store.identities().unwrap()[0].id;
    let waits = store.keep_request(&request(ALICE, &[(Role::Both, &pkcs8)], Some(id)), NOW).unwrap();
    store.destroy_key(id, NOW).unwrap();
    assert_eq!(store.request_keys(waits).unwrap().len(), 1);
    store.forget_request(waits).unwrap();
}
