//! People with keys and certificates, and what they do with the library.

use std::collections::HashMap;
use std::io::{BufReader, Read, Write};
use std::sync::{Arc, LazyLock, Mutex};

use crypto::{
    CompositeDsa, ContentCipher, Curve, Digest, KeySpec, KeyTransport, MlDsa, MlKem, PrivateKey, SignatureAlgorithm,
    SoftKey, SystemRandom,
};
use sealpost_cms::{
    AttachedSigner, Checked, DetachedSigner, EncryptWriter, EnvelopedFacts, EnvelopedReader, Error, KeyList, Keys,
    Opening, OwnKey, Permit, Recipient, SignOptions, SignedFacts, SignedReader, Signer, SignerEntry, check_signer,
    default_signature_algorithm, enter,
};
use trust::Policy;
use wire::ber::BerReader;
use wire::x509::{Extension, GeneralName, KeyUsage, TbsCertificate, certificate_der, extension};
use wire::{Certificate, NameBuilder, Time, oids};

/// The moment at which all tests happen.
pub const NOW: Time = Time(1_795_000_000);

pub struct Person {
    pub name: String,
    pub key: Arc<dyn PrivateKey>,
    pub pkcs8: Vec<u8>,
    pub certificate: Certificate,
}

pub const P256: KeySpec = KeySpec::Ec(Curve::P256);
pub const RSA: KeySpec = KeySpec::Rsa(2048);
pub const SIGNING: [KeySpec; 8] = [
    RSA,
    P256,
    KeySpec::Ec(Curve::P384),
    KeySpec::Ec(Curve::P521),
    KeySpec::Ed25519,
    KeySpec::MlDsa(MlDsa::Dsa65),
    KeySpec::Ed448,
    KeySpec::CompositeDsa(CompositeDsa::MlDsa65P256),
];
pub const TAKING: [KeySpec; 7] = [
    RSA,
    P256,
    KeySpec::Ec(Curve::P384),
    KeySpec::Ec(Curve::P521),
    KeySpec::X25519,
    KeySpec::X448,
    KeySpec::MlKem(MlKem::MlKem768),
];

/// The person of this name with a key of this kind, made once.
pub fn person(name: &str, spec: KeySpec) -> Arc<Person> {
    static ALL: LazyLock<Mutex<HashMap<String, Arc<Person>>>> = LazyLock::new(Mutex::default);
    let title = format!("{name} {spec}");
    let mut all = ALL.lock().unwrap();
    let serial = u8::try_from(all.len() + 2).unwrap();
    all.entry(title.clone()).or_insert_with(|| Arc::new(make(&title, spec, serial))).clone()
}

pub fn alice(spec: KeySpec) -> Arc<Person> {
    person("alice", spec)
}

/// The authority that issued everybody's certificate.
pub fn authority() -> &'static Person {
    static CA: LazyLock<Person> = LazyLock::new(|| {
        let (key, pkcs8) = SoftKey::generate(P256, &mut SystemRandom).unwrap();
        let usage = extension::key_usage(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN);
        let extensions =
            vec![extension::basic_constraints(true, None), usage, extension::subject_key_id(&key.public().key_id())];
        let certificate = issue(&key, &key, "authority", 1, extensions);
        Person { name: "authority".into(), key: Arc::new(key), pkcs8: pkcs8.to_vec(), certificate }
    });
    &CA
}

fn make(title: &str, spec: KeySpec, serial: u8) -> Person {
    let (key, pkcs8) = SoftKey::generate(spec, &mut SystemRandom).unwrap();
    let ca = authority();
    let usage = match spec {
        KeySpec::Rsa(_) => KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT,
        KeySpec::Ec(_) => KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_AGREEMENT,
        KeySpec::Ed25519 | KeySpec::MlDsa(_) | KeySpec::Ed448 | KeySpec::SlhDsa(_) | KeySpec::CompositeDsa(_) => {
            KeyUsage::DIGITAL_SIGNATURE
        }
        KeySpec::X25519 | KeySpec::X448 => KeyUsage::KEY_AGREEMENT,
        KeySpec::MlKem(_) | KeySpec::CompositeKem(_) => KeyUsage::KEY_ENCIPHERMENT,
    };
    let extensions = vec![
        extension::key_usage(usage),
        extension::extended_key_usage(&[oids::EMAIL_PROTECTION]),
        extension::subject_key_id(&key.public().key_id()),
        extension::authority_key_id(&ca.key.public().key_id()),
        extension::subject_alt_name(&[GeneralName::Rfc822("alice@example.org".into())], false),
    ];
    let certificate = issue(ca.key.as_ref(), &key, title, serial, extensions);
    Person { name: title.into(), key: Arc::new(key), pkcs8: pkcs8.to_vec(), certificate }
}

/// A certificate for `key`, signed by the authority's key.
pub fn issue(
    signer: &dyn PrivateKey,
    key: &dyn PrivateKey,
    name: &str,
    serial: u8,
    extensions: Vec<Extension>,
) -> Certificate {
    let algorithm = SignatureAlgorithm::Ecdsa(Digest::Sha256);
    let tbs = TbsCertificate {
        serial: vec![serial],
        signature: algorithm.to_x509(),
        issuer: NameBuilder::new().common_name("authority").build(),
        not_before: Time(1_600_000_000),
        not_after: Time(2_200_000_000),
        subject: NameBuilder::new().common_name(name).build(),
        spki: key.public().spki().to_vec(),
        extensions,
    }
    .to_der();
    let signature = signer.sign(&algorithm, &tbs, &mut SystemRandom).unwrap();
    Certificate::from_der(&certificate_der(&tbs, &algorithm.to_x509(), &signature)).unwrap()
}

impl Person {
    pub fn signer(&self) -> Signer<'_> {
        self.signer_with(default_signature_algorithm(self.key.public()))
    }

    pub fn signer_with(&self, algorithm: SignatureAlgorithm) -> Signer<'_> {
        Signer { certificate: self.certificate.clone(), key: self.key.as_ref(), algorithm }
    }

    pub fn recipient(&self) -> Recipient {
        Recipient { certificate: self.certificate.clone(), transport: KeyTransport::RsaPkcs1, use_key_id: false }
    }

    pub fn own_key(&self) -> OwnKey {
        OwnKey { name: self.name.clone(), certificate: Some(self.certificate.clone()), key: self.key.clone() }
    }

    pub fn keys(&self) -> KeyList {
        KeyList::new(vec![self.own_key()])
    }
}

pub fn options() -> SignOptions {
    SignOptions::at(NOW)
}

pub fn sign_attached(signers: Vec<Signer<'_>>, options: SignOptions, content: &[u8]) -> Vec<u8> {
    let mut out = AttachedSigner::new(Vec::new(), signers, options).unwrap();
    out.write_all(content).unwrap();
    out.finish(&mut SystemRandom).unwrap()
}

pub fn sign_detached(signers: Vec<Signer<'_>>, options: SignOptions, content: &[u8]) -> Vec<u8> {
    let mut out = DetachedSigner::new(signers, options).unwrap();
    content.chunks(1000).for_each(|piece| out.update(piece));
    out.finish(&mut SystemRandom).unwrap()
}

/// A signed message as it was read.
pub struct Read1 {
    pub content: Vec<u8>,
    pub facts: SignedFacts,
}

impl Read1 {
    pub fn check(&self, entry: &SignerEntry) -> Option<Checked> {
        self.check_allowing(entry, false)
    }

    pub fn check_allowing(&self, entry: &SignerEntry, without_attributes: bool) -> Option<Checked> {
        let SignerEntry::Info(info) = entry else { return None };
        Some(check_signer(info, &self.facts, &[], &Policy::standard(), NOW, without_attributes))
    }

    pub fn all(&self) -> Vec<Checked> {
        self.facts.signers.iter().filter_map(|e| self.check(e)).collect()
    }

    /// The only signer, judged.
    pub fn only(&self) -> Checked {
        let mut all = self.all();
        assert_eq!((all.len(), self.facts.signers.len()), (1, 1));
        all.remove(0)
    }

    /// Whether there are signers and every one's signature holds.
    pub fn holds(&self) -> bool {
        let all = self.all();
        !all.is_empty() && all.len() == self.facts.signers.len() && all.iter().all(|c| c.result.is_ok())
    }
}

/// Reads a SignedData in small pieces; `detached` is the content of a detached signature.
pub fn read_signed(message: &[u8], detached: Option<&[u8]>) -> Result<Read1, Error> {
    let mut ber = BerReader::new(BufReader::with_capacity(997, message));
    let oid = enter(&mut ber)?;
    if oid != oids::SIGNED_DATA {
        return Err(Error::ContentType(oid));
    }
    let mut reader = SignedReader::new(ber, true).map_err(|b| b.error)?;
    let mut content = Vec::new();
    reader.read_to_end(&mut content).map_err(Error::from_io)?;
    let mut facts = reader.finish().0?;
    if let Some(detached) = detached
        && !facts.has_content
    {
        for algorithm in facts.digest_algorithms.clone() {
            if let Ok(digest) = Digest::of_old_mail(&algorithm) {
                facts.digests.push((digest, crypto::digest(digest, detached)));
            }
        }
        facts.start.update(detached);
    }
    Ok(Read1 { content, facts })
}

pub fn encrypt(cipher: ContentCipher, recipients: &[Recipient], content: &[u8]) -> Vec<u8> {
    let mut out = EncryptWriter::new(Vec::new(), cipher, recipients, &mut SystemRandom).unwrap();
    out.write_all(content).unwrap();
    out.finish().unwrap()
}

/// What the standard policy lets anybody decrypt.
pub fn permit() -> Permit<'static> {
    static POLICY: LazyLock<Policy> = LazyLock::new(Policy::standard);
    Permit::new(&POLICY, NOW)
}

/// What was delivered before the end, and how the layer ended.
pub struct Opened {
    pub content: Vec<u8>,
    pub end: Result<EnvelopedFacts, Error>,
}

/// Reads an encrypted message once with these authenticated attributes.
pub fn read_enveloped(message: &[u8], keys: &dyn Keys, attributes: Vec<u8>) -> Result<Opened, Error> {
    read_opening(message, Opening::Prove { keys, permit: permit(), rng: &mut SystemRandom, attributes, report: true })
}

/// Reads an encrypted message once in this way.
pub fn read_opening(message: &[u8], opening: Opening<'_>) -> Result<Opened, Error> {
    let mut ber = BerReader::new(BufReader::with_capacity(997, message));
    let kind = enter(&mut ber)?;
    let reader = match kind {
        oids::ENVELOPED_DATA => EnvelopedReader::new(ber, false, opening),
        oids::AUTH_ENVELOPED_DATA => EnvelopedReader::new(ber, true, opening),
        oids::ENCRYPTED_DATA => EnvelopedReader::encrypted(ber, opening),
        other => return Err(Error::ContentType(other)),
    };
    let mut reader = reader.map_err(|b| b.error)?;
    let mut content = Vec::new();
    let read = reader.read_to_end(&mut content).map_err(Error::from_io);
    let (end, _) = reader.finish();
    assert_eq!(read.is_ok(), end.is_ok(), "reading and ending agree");
    Ok(Opened { content, end })
}

/// Decrypts as a caller does: with authenticated attributes in a second reading; content only if proven.
pub fn decrypt(message: &[u8], keys: &dyn Keys) -> Result<(Vec<u8>, EnvelopedFacts), Error> {
    let mut opened = read_enveloped(message, keys, Vec::new())?;
    if let Err(Error::NeedsAttributes(attributes)) = opened.end {
        opened = read_enveloped(message, keys, attributes)?;
    }
    Ok((opened.content, opened.end?))
}

/// A letter of this many octets.
pub fn letter(length: usize) -> Vec<u8> {
    b"Content-Type: text/plain\r\n\r\nDear Bob, this is a letter.\r\n".iter().copied().cycle().take(length).collect()
}
