//! Mails made by hand, sound and unsound ones.

use std::io::Write;

use cms::{AttachedSigner, DetachedSigner, EncryptWriter, Recipient, SignOptions, Signer};
use crypto::{ContentCipher, Digest, KeyTransport, SignatureAlgorithm, SystemRandom};
use sealpost_smime::{Desk, OpenError};
use trust::Policy;
use wire::cms::{Attribute, SignedAttributes, SignerId, SignerInfo};
use wire::der::{Tag, Writer};
use wire::{AlgorithmIdentifier, Certificate, Oid, oids};

use crate::ring::{NOW, Person, Ring};

/// The header of a mail from Alice to Bob, without its structure.
pub const HEAD: &str = "From: Alice <alice@example.org>\r\nTo: Bob <bob@example.net>\r\nSubject: Hello\r\n\
    Date: Mon, 23 Nov 2026 09:59:00 +0000\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n";

/// The smallest payload.
pub const PAYLOAD: &str = "Content-Type: text/plain; charset=utf-8\r\n\r\nMeet at noon.\r\n";

/// What opening came to.
#[derive(Debug)]
pub struct Seen {
    pub verdict: &'static str,
    pub confidentiality: &'static str,
    pub layers: Vec<&'static str>,
    pub codes: Vec<&'static str>,
    pub report: sealpost_smime::report::Report,
    /// What [`sealpost_smime::Opened::mail`] gives, as text; `Err` is why nothing.
    pub mail: Result<String, String>,
    /// The same for `broken_mail`.
    pub broken: Result<String, String>,
}

impl Seen {
    pub fn has(&self, code: &str) -> bool {
        self.codes.contains(&code)
    }

    pub fn text(&self) -> &str {
        self.mail.as_deref().unwrap_or_default()
    }
}

/// Opens a mail with what this ring holds.
pub fn try_open(mail: &[u8], ring: &Ring) -> Result<Seen, OpenError> {
    let policy = Policy::standard();
    let opened = Desk::new(&policy, ring).at(NOW).open(&mail)?;
    let report = opened.report().clone();
    let read = |mail: Result<sealpost_smime::Mail<'_>, OpenError>| {
        let mut out = Vec::new();
        let mut mail = mail.map_err(|error| error.to_string())?;
        std::io::Read::read_to_end(&mut mail, &mut out).map_err(|error| error.to_string())?;
        Ok(String::from_utf8_lossy(&out).into_owned())
    };
    Ok(Seen {
        verdict: report.verdict,
        confidentiality: report.confidentiality,
        layers: report.layers.iter().map(|layer| layer.kind).collect(),
        codes: report.findings.iter().map(|finding| finding.code).collect(),
        mail: read(opened.mail()),
        broken: read(opened.broken_mail()),
        report,
    })
}

pub fn open(mail: impl AsRef<[u8]>, ring: &Ring) -> Seen {
    try_open(mail.as_ref(), ring).unwrap()
}

/// A mail whose body is CMS in base64.
pub fn smime(head: &str, smime_type: &str, cms: &[u8]) -> String {
    let mut mail = format!(
        "{head}Content-Type: application/pkcs7-mime; smime-type={smime_type}; name=\"smime.p7m\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n"
    );
    mail.push_str(&base64(cms));
    mail
}

/// Lines of base64 that end in CRLF.
pub fn base64(bytes: &[u8]) -> String {
    let pem = wire::pem::encode("X", bytes);
    pem.lines().filter(|line| !line.starts_with('-')).map(|line| format!("{line}\r\n")).collect()
}

/// A multipart/signed of this part and signature.
pub fn clear(head: &str, part: &str, signature: &[u8]) -> String {
    clear_with(head, "sha-256", part, signature)
}

pub fn clear_with(head: &str, micalg: &str, part: &str, signature: &[u8]) -> String {
    format!(
        "{head}Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg={micalg}; boundary=b1\r\n\
         \r\n--b1\r\n{part}\r\n--b1\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--b1--\r\n",
        base64(signature)
    )
}

fn signer(person: &Person) -> Signer<'_> {
    let algorithm = cms::default_signature_algorithm(person.own.key.public());
    Signer { certificate: person.certificate.clone(), key: &*person.own.key, algorithm }
}

fn options() -> SignOptions {
    SignOptions::at(NOW)
}

/// An opaque SignedData.
pub fn opaque(content: &[u8], people: &[&Person]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = AttachedSigner::new(&mut out, people.iter().map(|p| signer(p)).collect(), options()).unwrap();
    writer.write_all(content).unwrap();
    writer.finish(&mut SystemRandom).unwrap();
    out
}

/// A detached SignedData.
pub fn detached(content: &[u8], people: &[&Person]) -> Vec<u8> {
    let mut signer = DetachedSigner::new(people.iter().map(|p| signer(p)).collect(), options()).unwrap();
    signer.update(content);
    signer.finish(&mut SystemRandom).unwrap()
}

/// A whole clear-signed mail.
pub fn clear_mail(part: &str, people: &[&Person]) -> String {
    clear(HEAD, part, &detached(part.as_bytes(), people))
}

/// A whole opaque signed mail.
pub fn opaque_mail(content: &str, people: &[&Person]) -> String {
    smime(HEAD, "signed-data", &opaque(content.as_bytes(), people))
}

/// Encrypted CMS.
pub fn sealed(content: &[u8], cipher: ContentCipher, people: &[&Person]) -> Vec<u8> {
    let recipients: Vec<_> = people
        .iter()
        .map(|person| Recipient {
            certificate: person.certificate.clone(),
            transport: KeyTransport::RsaPkcs1,
            use_key_id: false,
        })
        .collect();
    let mut out = Vec::new();
    let mut writer = EncryptWriter::new(&mut out, cipher, &recipients, &mut SystemRandom).unwrap();
    writer.write_all(content).unwrap();
    writer.finish().unwrap();
    out
}

pub const CBC: ContentCipher = ContentCipher::Aes256Cbc;
pub const GCM: ContentCipher = ContentCipher::Aes256Gcm;

/// An encrypted mail with this head.
pub fn sealed_mail(head: &str, content: &str, cipher: ContentCipher, people: &[&Person]) -> String {
    let kind = if cipher.is_aead() { "authEnveloped-data" } else { "enveloped-data" };
    smime(head, kind, &sealed(content.as_bytes(), cipher, people))
}

/// What whoever has this key gets of an encrypted mail: the entity as it was encrypted, unjudged.
pub fn decrypted(mail: &str, person: &Person) -> String {
    let own = cms::OwnKey {
        name: person.own.name.clone(),
        certificate: person.own.certificate.clone(),
        key: person.own.key.clone(),
    };
    let (keys, policy, mail) = (cms::KeyList::new(vec![own]), Policy::standard(), mail.as_bytes());
    let permit = cms::Permit::new(&policy, NOW);
    let decrypted = sealpost_smime::stateless::decrypt(&mail, &keys, permit, &mut SystemRandom).unwrap();
    let mut out = String::new();
    std::io::Read::read_to_string(&mut decrypted.content().unwrap(), &mut out).unwrap();
    out
}

/// An encrypted entity within another layer.
pub fn sealed_entity(content: &str, cipher: ContentCipher, people: &[&Person]) -> String {
    sealed_mail("", content, cipher, people)
}

/// A SignedData put together element by element.
pub struct Forge {
    pub content_type: Oid,
    pub content: Option<Vec<u8>>,
    pub announced: Vec<AlgorithmIdentifier>,
    pub certificates: Vec<Certificate>,
    pub infos: Vec<Vec<u8>>,
}

impl Forge {
    /// With this content, attached, and no signer.
    pub fn of(content: &[u8]) -> Forge {
        Forge {
            content_type: oids::DATA,
            content: Some(content.to_vec()),
            announced: vec![Digest::Sha256.algorithm_identifier()],
            certificates: Vec::new(),
            infos: Vec::new(),
        }
    }

    pub fn signed_by(mut self, person: &Person, info: Vec<u8>) -> Forge {
        self.certificates.push(person.certificate.clone());
        self.infos.push(info);
        self
    }

    pub fn to_der(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.oid(oids::SIGNED_DATA).nested(Tag::context(0), |w| {
                w.sequence(|w| {
                    w.uint(1);
                    w.set_of(Tag::SET, self.announced.iter().map(AlgorithmIdentifier::to_der).collect());
                    w.sequence(|w| {
                        w.oid(self.content_type);
                        if let Some(content) = &self.content {
                            w.nested(Tag::context(0), |w| {
                                w.octet_string(content);
                            });
                        }
                    });
                    let certificates = self.certificates.iter().map(|c| c.der().to_vec()).collect();
                    w.set_of(Tag::context(0), certificates);
                    w.set_of(Tag::SET, self.infos.clone());
                });
            });
        });
        w.into_bytes()
    }
}

/// A signed attribute whose value this writes.
pub fn attribute(oid: Oid, write: impl FnOnce(&mut Writer)) -> Attribute {
    let mut w = Writer::new();
    write(&mut w);
    Attribute::new(oid, w.into_bytes())
}

/// The attributes that must be there, for this content.
pub fn attributes(content: &[u8]) -> Vec<Attribute> {
    let digest = crypto::digest(Digest::Sha256, content);
    vec![
        attribute(oids::CONTENT_TYPE, |w| {
            w.oid(oids::DATA);
        }),
        attribute(oids::MESSAGE_DIGEST, |w| {
            w.octet_string(&digest);
        }),
        attribute(oids::SIGNING_TIME, |w| NOW.write(w)),
    ]
}

/// A SignerInfo whose signature over these attributes holds, whatever they say.
pub fn info(person: &Person, attributes: Vec<Attribute>) -> Vec<u8> {
    let signed = SignedAttributes::new(attributes);
    let signature = person.own.key.sign(&algorithm(), signed.der(), &mut SystemRandom).unwrap();
    signer_info(person, Some(signed), signature)
}

/// A SignerInfo over the bare content.
pub fn bare_info(person: &Person, content: &[u8]) -> Vec<u8> {
    let signature = person.own.key.sign(&algorithm(), content, &mut SystemRandom).unwrap();
    signer_info(person, None, signature)
}

fn signer_info(person: &Person, signed: Option<SignedAttributes>, signature: Vec<u8>) -> Vec<u8> {
    let (issuer, serial) = person.certificate.issuer_and_serial();
    SignerInfo {
        version: 1,
        signer: SignerId::IssuerSerial { issuer: issuer.to_vec(), serial: serial.to_vec() },
        digest: Digest::Sha256.algorithm_identifier(),
        signed,
        algorithm: algorithm().to_cms(),
        signature,
        unsigned: Vec::new(),
    }
    .to_der()
}

fn algorithm() -> SignatureAlgorithm {
    SignatureAlgorithm::Ecdsa(Digest::Sha256)
}

/// An EnvelopedData or AuthEnvelopedData taken apart.
#[derive(Clone)]
pub struct Container {
    pub kind: Oid,
    pub recipients: Vec<u8>,
    pub algorithm: Vec<u8>,
    pub content: Vec<u8>,
    pub mac: Option<Vec<u8>>,
}

impl Container {
    pub fn of(der: &[u8]) -> Container {
        let mut outer = wire::der::Reader::new(der).sequence().unwrap();
        let kind = outer.oid().unwrap();
        let mut data = outer.nested(Tag::context(0)).unwrap().sequence().unwrap();
        data.uint().unwrap();
        let recipients = data.expect(Tag::SET).unwrap().raw.to_vec();
        let mut info = data.sequence().unwrap();
        info.oid().unwrap();
        let algorithm = info.any().unwrap().raw.to_vec();
        let content = info.expect(Tag::context_primitive(0)).unwrap().contents.to_vec();
        let mac = data.octet_string().ok().map(<[u8]>::to_vec);
        Container { kind, recipients, algorithm, content, mac }
    }

    pub fn to_der(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.oid(self.kind).nested(Tag::context(0), |w| {
                w.sequence(|w| {
                    w.uint(0).raw(&self.recipients).sequence(|w| {
                        w.oid(oids::DATA).raw(&self.algorithm).element(Tag::context_primitive(0), &self.content);
                    });
                    if let Some(mac) = &self.mac {
                        w.octet_string(mac);
                    }
                });
            });
        });
        w.into_bytes()
    }

    /// As a mail.
    pub fn mail(&self) -> String {
        smime(HEAD, "enveloped-data", &self.to_der())
    }
}
