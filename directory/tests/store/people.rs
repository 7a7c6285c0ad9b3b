//! Folders and people for the tests.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use ca::{CertificateProfile, self_signed};
use crypto::{Curve, KeySpec, Secret, SoftKey, SystemRandom};
use directory::{Directory, NewIdentity, NewKey, Unlock};
use trust::Address;
use wire::Time;

pub const NOW: Time = Time(1_795_000_000);
pub const DAY: i64 = 86_400;

/// A folder that is removed when dropped.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("sealpost-store-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    pub fn open(&self) -> Directory {
        Directory::open(&self.store(), Unlock::None).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

/// A key with a certificate of its own, valid from `begins` for ten days.
pub fn key(text: &str, profile: CertificateProfile, begins: i64) -> NewKey {
    let (key, pkcs8) = SoftKey::generate(KeySpec::Ec(Curve::P256), &mut SystemRandom).unwrap();
    let validity = (Time(begins), Time(begins + 10 * DAY));
    let certificate = self_signed(&key, &address(text), None, profile, validity, &mut SystemRandom).unwrap();
    NewKey { pkcs8: Secret::from(pkcs8), certificate }
}

/// An authority's key with its certificate.
pub fn root(name: &str) -> NewKey {
    let (key, pkcs8) = SoftKey::generate(KeySpec::Ec(Curve::P256), &mut SystemRandom).unwrap();
    NewKey { pkcs8: Secret::from(pkcs8), certificate: ca::root(name, &key, NOW, &mut SystemRandom).unwrap() }
}

/// A person with two keys, valid from `begins` for ten days.
pub fn person(text: &str, begins: i64) -> NewIdentity {
    NewIdentity {
        address: address(text),
        display: Some("A Person".to_owned()),
        sign: Some(key(text, CertificateProfile::MailSign, begins)),
        encrypt: Some(key(text, CertificateProfile::MailEncrypt, begins)),
        chain: Vec::new(),
    }
}

/// Every octet of every file in the store's folder.
pub fn contents(store: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(store).unwrap();
    files.flat_map(|f| std::fs::read(f.unwrap().path()).unwrap()).collect()
}

pub fn holds(all: &[u8], part: &[u8]) -> bool {
    all.windows(part.len()).any(|window| window == part)
}
