//! People with keys, in memory.

use std::sync::Arc;

use cms::{Keys, OwnKey};
use crypto::{Curve, Digest, KeyKind, KeySpec, PrivateKey, SignatureAlgorithm, SoftKey, SystemRandom};
use sealpost_smime::{Keyring, KeyringError, KnownCapabilities, SigningIdentity};
use trust::{Address, names_address};
use wire::cms::RecipientId;
use wire::x509::{GeneralName, KeyUsage, TbsCertificate, certificate_der, extension};
use wire::{Certificate, NameBuilder, Time, oids};

/// 2026-11-23T10:00:00Z.
pub const NOW: Time = Time(1_795_428_000);
pub const DAY: i64 = 86_400;

/// Somebody with one key for everything and a certificate that it signs itself.
pub struct Person {
    pub own: Arc<OwnKey>,
    pub certificate: Certificate,
    pub pkcs8: Vec<u8>,
}

/// A store.
#[derive(Default)]
pub struct Ring {
    pub own: Vec<Arc<OwnKey>>,
    pub known: Vec<Certificate>,
    pub anchors: Vec<Certificate>,
    pub distrusted: Vec<Certificate>,
    pub told: Vec<KnownCapabilities>,
    /// What goes along with a signature.
    pub chain: Vec<Certificate>,
    pub locked: bool,
}

pub fn person(address: &str) -> Person {
    make(address, KeySpec::Ec(Curve::P256), 300, KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_AGREEMENT)
}

pub fn make(address: &str, spec: KeySpec, days: i64, usage: KeyUsage) -> Person {
    certified(address, spec, days, usage, None, Vec::new())
}

/// Somebody whose certificate somebody else's key signs; the issuer is named as if it were its own.
pub fn issued(address: &str, spec: KeySpec, usage: KeyUsage, issuer: &Person) -> Person {
    certified(address, spec, 300, usage, Some(issuer), Vec::new())
}

/// Somebody whose certificate states these capabilities (RFC 4262).
pub fn stating(address: &str, spec: KeySpec, capabilities: &[u8]) -> Person {
    let usage = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_AGREEMENT;
    certified(address, spec, 300, usage, None, vec![extension::smime_capabilities(capabilities)])
}

fn certified(
    address: &str,
    spec: KeySpec,
    days: i64,
    usage: KeyUsage,
    issuer: Option<&Person>,
    more: Vec<wire::x509::Extension>,
) -> Person {
    let (key, pkcs8) = SoftKey::generate(spec, &mut SystemRandom).unwrap();
    let signing: &dyn PrivateKey = issuer.map_or(&key, |issuer| &*issuer.own.key);
    let algorithm = match signing.public().kind() {
        KeyKind::Rsa { .. } => SignatureAlgorithm::RsaPkcs1(Digest::Sha256),
        kind => SignatureAlgorithm::for_key(&kind, Digest::Sha256).unwrap(),
    };
    let name = NameBuilder::new().common_name(address).build();
    let mut serial = [1; 12];
    crypto::Random::fill(&mut SystemRandom, &mut serial[1..]).unwrap();
    let mut extensions = vec![
        extension::key_usage(usage),
        extension::extended_key_usage(&[oids::EMAIL_PROTECTION]),
        extension::subject_alt_name(&[GeneralName::Rfc822(address.to_owned())], false),
    ];
    extensions.extend(more);
    let tbs = TbsCertificate {
        serial: serial.to_vec(),
        signature: algorithm.to_x509(),
        issuer: name.clone(),
        not_before: Time(NOW.0 - 400 * DAY),
        not_after: Time(NOW.0 + days * DAY),
        subject: name,
        spki: key.public().spki().to_vec(),
        extensions,
    }
    .to_der();
    let signature = signing.sign(&algorithm, &tbs, &mut SystemRandom).unwrap();
    let certificate = Certificate::from_der(&certificate_der(&tbs, &algorithm.to_x509(), &signature)).unwrap();
    let own = OwnKey { name: address.to_owned(), certificate: Some(certificate.clone()), key: Arc::new(key) };
    Person { own: Arc::new(own), certificate, pkcs8: pkcs8.to_vec() }
}

impl Person {
    /// The same key in a certificate of its own, whose key has this algorithm and which began so many days ago.
    pub fn again(&self, algorithm: Option<wire::AlgorithmIdentifier>, days: i64) -> Certificate {
        let old = &self.certificate;
        let key = old.public_key();
        let spki = match algorithm {
            Some(algorithm) => wire::SubjectPublicKeyInfo::new(algorithm, key.key()),
            None => key.clone(),
        };
        let signature = SignatureAlgorithm::for_key(&self.own.key.public().kind(), Digest::Sha256).unwrap();
        let mut serial = [1; 12];
        crypto::Random::fill(&mut SystemRandom, &mut serial[1..]).unwrap();
        let address = trust::certificate_addresses(old).remove(0).to_string();
        let tbs = TbsCertificate {
            serial: serial.to_vec(),
            signature: signature.to_x509(),
            issuer: old.subject().clone(),
            not_before: Time(NOW.0 - days * DAY),
            not_after: old.not_after(),
            subject: old.subject().clone(),
            spki: spki.der().to_vec(),
            extensions: vec![
                extension::key_usage(old.key_usage().unwrap()),
                extension::extended_key_usage(&[oids::EMAIL_PROTECTION]),
                extension::subject_alt_name(&[GeneralName::Rfc822(address)], false),
            ],
        }
        .to_der();
        let made = self.own.key.sign(&signature, &tbs, &mut SystemRandom).unwrap();
        Certificate::from_der(&certificate_der(&tbs, &signature.to_x509(), &made)).unwrap()
    }
}

impl Ring {
    /// The store of one person, who trusts these others.
    pub fn of(owner: &Person, others: &[&Person]) -> Ring {
        let mut ring = Ring { own: vec![owner.own.clone()], ..Ring::default() };
        ring.known.push(owner.certificate.clone());
        for other in others {
            ring.known.push(other.certificate.clone());
            ring.anchors.push(other.certificate.clone());
        }
        ring
    }
}

impl Keys for Ring {
    fn find(&self, id: &RecipientId<'_>) -> Result<Vec<Arc<OwnKey>>, cms::Error> {
        let RecipientId::IssuerSerial { issuer, serial } = id else { return Ok(Vec::new()) };
        let names = |c: &Certificate| c.issuer_and_serial() == (*issuer, *serial);
        Ok(self.own.iter().filter(|o| o.certificate.as_ref().is_some_and(names)).cloned().collect())
    }
}

impl Keyring for Ring {
    fn signing_identity(&self, address: &Address, _: Time) -> Result<Option<SigningIdentity>, KeyringError> {
        if self.locked {
            return Err(KeyringError::Locked);
        }
        let named = |own: &&Arc<OwnKey>| own.certificate.as_ref().is_some_and(|c| names_address(c, address));
        Ok(self.own.iter().find(named).map(|key| SigningIdentity { key: key.clone(), chain: self.chain.clone() }))
    }

    fn encryption_candidates(&self, address: &Address) -> Result<Vec<Certificate>, KeyringError> {
        Ok(self.known.iter().filter(|c| names_address(c, address)).cloned().collect())
    }

    fn anchors(&self) -> Result<Vec<Certificate>, KeyringError> {
        Ok(self.anchors.clone())
    }

    fn intermediates(&self) -> Result<Vec<Certificate>, KeyringError> {
        Ok(Vec::new())
    }

    fn is_distrusted(&self, certificate: &Certificate) -> bool {
        self.distrusted.contains(certificate)
    }

    fn capabilities(&self, address: &Address) -> Result<Option<KnownCapabilities>, KeyringError> {
        Ok(self.told.iter().find(|known| names_address(&known.certificate, address)).cloned())
    }
}
