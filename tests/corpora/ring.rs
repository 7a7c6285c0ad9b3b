//! A store in memory, filled from the files of a corpus.

use std::path::Path;
use std::sync::Arc;

use crypto::SoftKey;
use crypto::password::{Pkcs12Contents, open_pkcs12};
use smime::{CmsError, Keyring, KeyringError, Keys, OwnKey, SigningIdentity};
use trust::{Address, names_address};
use wire::cms::RecipientId;
use wire::{Certificate, Time};

#[derive(Default)]
pub struct Ring {
    pub own: Vec<Arc<OwnKey>>,
    pub anchors: Vec<Certificate>,
    pub intermediates: Vec<Certificate>,
}

impl Ring {
    /// A ring that trusts the certificates of this file.
    pub fn trusting(anchors: &Path) -> Ring {
        Ring { anchors: certificates(&std::fs::read(anchors).unwrap()), ..Ring::default() }
    }

    /// Takes a key and its certificate in PEM.
    pub fn add(&mut self, key: &[u8], certificate: &[u8]) {
        self.try_add(key, certificate).unwrap();
    }

    /// As [`Ring::add`]; the error is the key's.
    pub fn try_add(&mut self, key: &[u8], certificate: &[u8]) -> Result<(), crypto::Error> {
        let block = wire::pem::parse(key).unwrap().into_iter().find(|b| b.label.ends_with("PRIVATE KEY")).unwrap();
        let key = SoftKey::from_pkcs8(&block.contents)?;
        let certificate = certificates(certificate).into_iter().find(|c| *c.public_key().der() == *spki(&key));
        self.own_key(key, certificate);
        Ok(())
    }

    /// Takes the keys of a PKCS#12 file with their certificates; the error is the first key's that is of no use.
    pub fn add_pkcs12(&mut self, contents: &Pkcs12Contents) -> Result<(), crypto::Error> {
        let certificates = pkcs12_certificates(contents);
        for key in &contents.keys {
            let key = SoftKey::from_info(&key.info)?;
            let certificate = certificates.iter().find(|c| *c.public_key().der() == *spki(&key)).cloned();
            self.own_key(key, certificate);
        }
        Ok(())
    }

    fn own_key(&mut self, key: SoftKey, certificate: Option<Certificate>) {
        let name = certificate.as_ref().unwrap().subject().to_string();
        self.own.push(Arc::new(OwnKey { name, certificate, key: Arc::new(key) }));
    }
}

/// Opens a PKCS#12 file.
pub fn pkcs12(file: &Path, password: &str) -> Pkcs12Contents {
    open_pkcs12(&std::fs::read(file).unwrap(), password.as_bytes())
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

pub fn pkcs12_certificates(contents: &Pkcs12Contents) -> Vec<Certificate> {
    contents.certificates.iter().map(|c| Certificate::from_der(&c.der).unwrap()).collect()
}

pub fn certificates(pem: &[u8]) -> Vec<Certificate> {
    let blocks = wire::pem::parse(pem).unwrap();
    blocks.iter().filter(|b| b.label == "CERTIFICATE").map(|b| Certificate::from_der(&b.contents).unwrap()).collect()
}

fn spki(key: &SoftKey) -> Vec<u8> {
    crypto::PrivateKey::public(key).spki().to_vec()
}

impl Keys for Ring {
    fn find(&self, id: &RecipientId<'_>) -> Result<Vec<Arc<OwnKey>>, CmsError> {
        let named = |own: &&Arc<OwnKey>| match (id, &own.certificate) {
            (RecipientId::IssuerSerial { issuer, serial }, Some(c)) => c.issuer_and_serial() == (*issuer, *serial),
            (RecipientId::KeyId(id), Some(c)) => c.subject_key_id() == Some(*id),
            _ => false,
        };
        Ok(self.own.iter().filter(named).cloned().collect())
    }
}

impl Ring {
    fn named(&self, address: &Address) -> impl Iterator<Item = &Arc<OwnKey>> {
        self.own.iter().filter(|own| own.certificate.as_ref().is_some_and(|c| names_address(c, address)))
    }
}

impl Keyring for Ring {
    fn signing_identity(&self, address: &Address, _: Time) -> Result<Option<SigningIdentity>, KeyringError> {
        let signs = |own: &&Arc<OwnKey>| {
            let usage = own.certificate.as_ref().and_then(Certificate::key_usage);
            usage.is_none_or(|usage| usage.has(wire::x509::KeyUsage::DIGITAL_SIGNATURE))
        };
        let chain = self.intermediates.clone();
        Ok(self.named(address).find(signs).map(|key| SigningIdentity { key: key.clone(), chain }))
    }

    fn encryption_candidates(&self, address: &Address) -> Result<Vec<Certificate>, KeyringError> {
        Ok(self.named(address).filter_map(|own| own.certificate.clone()).collect())
    }

    fn anchors(&self) -> Result<Vec<Certificate>, KeyringError> {
        Ok(self.anchors.clone())
    }

    fn intermediates(&self) -> Result<Vec<Certificate>, KeyringError> {
        Ok(self.intermediates.clone())
    }

    fn is_distrusted(&self, _: &Certificate) -> bool {
        false
    }
}
