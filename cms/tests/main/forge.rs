//! Messages put together from parts that no honest writer puts together.

use crypto::{ContentCipher, Digest, KeyTransport, KeyWrap, Secret, SignatureAlgorithm, SystemRandom};
use wire::cms::{Attribute, RecipientId, SignedAttributes, SignerId, SignerInfo, write_key_transport};
use wire::der::{Tag, Writer};
use wire::{AlgorithmIdentifier, Certificate, Oid, oids};

use crate::people::Person;

pub fn der(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut w = Writer::new();
    write(&mut w);
    w.into_bytes()
}

/// A ContentInfo around this content.
pub fn content_info(oid: Oid, content: &[u8]) -> Vec<u8> {
    der(|w| {
        w.sequence(|w| {
            w.oid(oid).nested(Tag::context(0), |w| {
                w.raw(content);
            });
        });
    })
}

/// The parts of a SignedData.
#[derive(Clone)]
pub struct Signed {
    pub version: u64,
    pub digests: Vec<AlgorithmIdentifier>,
    pub content_type: Oid,
    pub content: Option<Vec<u8>>,
    /// The content is a whole element of PKCS #7, and no OCTET STRING is put around it.
    pub is_value: bool,
    pub certificates: Vec<Vec<u8>>,
    /// Encoded elements that stand between certificates and signers.
    pub crls: Vec<u8>,
    pub signers: Vec<Vec<u8>>,
}

impl Signed {
    pub fn of(content: &[u8], certificates: &[&Certificate], signers: &[SignerInfo]) -> Signed {
        Signed {
            version: 1,
            digests: [Digest::Sha256, Digest::Sha384, Digest::Sha512, Digest::Shake256Len]
                .map(|d| d.algorithm_identifier())
                .to_vec(),
            content_type: oids::DATA,
            content: Some(content.to_vec()),
            is_value: false,
            certificates: certificates.iter().map(|c| c.der().to_vec()).collect(),
            crls: Vec::new(),
            signers: signers.iter().map(SignerInfo::to_der).collect(),
        }
    }

    pub fn to_der(&self) -> Vec<u8> {
        let body = der(|w| {
            w.sequence(|w| {
                w.uint(self.version).set_of(Tag::SET, self.digests.iter().map(|d| d.to_der()).collect());
                w.sequence(|w| {
                    w.oid(self.content_type);
                    if let Some(content) = &self.content {
                        w.nested(Tag::context(0), |w| {
                            if self.is_value {
                                w.raw(content)
                            } else {
                                w.octet_string(content)
                            };
                        });
                    }
                });
                if !self.certificates.is_empty() {
                    w.element(Tag::context(0), &self.certificates.concat());
                }
                w.raw(&self.crls).element(Tag::SET, &self.signers.concat());
            });
        });
        content_info(oids::SIGNED_DATA, &body)
    }
}

pub fn oid_value(oid: Oid) -> Vec<u8> {
    der(|w| {
        w.oid(oid);
    })
}

pub fn octets(octets: &[u8]) -> Vec<u8> {
    der(|w| {
        w.octet_string(octets);
    })
}

/// The two attributes without which there is no signature.
pub fn attributes(content: &[u8], digest: Digest) -> Vec<Attribute> {
    vec![
        Attribute::new(oids::CONTENT_TYPE, oid_value(oids::DATA)),
        Attribute::new(oids::MESSAGE_DIGEST, octets(&crypto::digest(digest, content))),
    ]
}

/// A SignerInfo over exactly these attributes, or over the bare content.
pub fn info(
    person: &Person,
    algorithm: SignatureAlgorithm,
    attributes: Option<Vec<Attribute>>,
    content: &[u8],
) -> SignerInfo {
    let signed = attributes.map(SignedAttributes::new);
    let message = signed.as_ref().map_or(content, SignedAttributes::der);
    let (issuer, serial) = person.certificate.issuer_and_serial();
    SignerInfo {
        version: 1,
        signer: SignerId::IssuerSerial { issuer: issuer.to_vec(), serial: serial.to_vec() },
        digest: algorithm.digest().algorithm_identifier(),
        signature: person.key.sign(&algorithm, message, &mut SystemRandom).unwrap(),
        signed,
        algorithm: algorithm.to_cms(),
        unsigned: Vec::new(),
    }
}

/// The parts of an EnvelopedData or AuthEnvelopedData.
#[derive(Clone)]
pub struct Enveloped {
    pub authenticated: bool,
    pub version: u64,
    /// Encoded RecipientInfos.
    pub recipients: Vec<Vec<u8>>,
    pub content_type: Oid,
    pub algorithm: AlgorithmIdentifier,
    pub content: Option<Vec<u8>>,
    /// DER of the authenticated attributes under the SET tag.
    pub attributes: Vec<u8>,
    pub mac: Vec<u8>,
    /// Whole elements after everything else.
    pub rest: Vec<u8>,
}

impl Enveloped {
    /// What an honest writer makes of this content and content key, without recipients.
    pub fn of(cipher: ContentCipher, cek: &[u8], content: &[u8], attributes: &[u8]) -> Enveloped {
        let iv = vec![9; cipher.iv_len()];
        let mut encrypted = Vec::new();
        let mut encryptor = crypto::Encryptor::new(cipher, &Secret::new(cek.to_vec()), &iv, attributes).unwrap();
        encryptor.update(content, &mut encrypted).unwrap();
        let mac = encryptor.finish(&mut encrypted).unwrap();
        Enveloped {
            authenticated: cipher.is_aead(),
            version: 0,
            recipients: Vec::new(),
            content_type: oids::DATA,
            algorithm: cipher.to_algorithm(&iv),
            content: Some(encrypted),
            attributes: attributes.to_vec(),
            mac,
            rest: Vec::new(),
        }
    }

    pub fn to(mut self, recipients: &[Vec<u8>]) -> Enveloped {
        self.recipients.extend_from_slice(recipients);
        self
    }

    pub fn to_der(&self) -> Vec<u8> {
        let body = der(|w| {
            w.sequence(|w| {
                w.uint(self.version).element(Tag::SET, &self.recipients.concat()).sequence(|w| {
                    w.oid(self.content_type);
                    self.algorithm.write(w);
                    if let Some(content) = &self.content {
                        w.element(Tag::context_primitive(0), content);
                    }
                });
                if self.authenticated {
                    if let Some((_, rest)) = self.attributes.split_first() {
                        w.raw(&[0xa1]).raw(rest);
                    }
                    w.octet_string(&self.mac);
                }
                w.raw(&self.rest);
            });
        });
        content_info(if self.authenticated { oids::AUTH_ENVELOPED_DATA } else { oids::ENVELOPED_DATA }, &body)
    }
}

pub fn issuer_serial(person: &Person) -> RecipientId<'_> {
    let (issuer, serial) = person.certificate.issuer_and_serial();
    RecipientId::IssuerSerial { issuer, serial }
}

/// Key transport of whatever octets.
pub fn transport(person: &Person, cek: &[u8], how: &KeyTransport) -> Vec<u8> {
    let encrypted = person.key.public().encrypt(how, cek, &mut SystemRandom).unwrap();
    der(|w| write_key_transport(w, &issuer_serial(person), &how.to_algorithm(), &encrypted))
}

/// One key agreement as a writer may make it.
pub struct Agreement<'a> {
    pub scheme: AlgorithmIdentifier,
    pub originator: AlgorithmIdentifier,
    pub point: Vec<u8>,
    pub ukm: Option<&'a [u8]>,
    pub keys: Vec<(RecipientId<'a>, Vec<u8>)>,
}

impl<'a> Agreement<'a> {
    /// An honest agreement with one person under this scheme.
    pub fn with(
        person: &'a Person,
        (scheme, wrap): (crypto::AgreementScheme, KeyWrap),
        ukm: Option<&'a [u8]>,
        cek: &[u8],
    ) -> Agreement<'a> {
        let (point, shared) = person.key.public().agree_ephemeral().unwrap();
        let kek = crypto::agreement_kek(scheme, &shared, wrap, ukm).unwrap();
        Agreement {
            scheme: AlgorithmIdentifier::with(scheme_oid(scheme), AlgorithmIdentifier::new(wrap.oid()).to_der()),
            originator: AlgorithmIdentifier::new(match person.key.public().kind() {
                crypto::KeyKind::X25519 => oids::X25519,
                crypto::KeyKind::X448 => oids::X448,
                _ => oids::EC_PUBLIC_KEY,
            }),
            point,
            ukm,
            keys: vec![(issuer_serial(person), wrap.wrap(&kek, cek).unwrap())],
        }
    }

    pub fn to_der(&self) -> Vec<u8> {
        der(|w| {
            wire::cms::write_key_agreement(w, (&self.originator, &self.point), self.ukm, &self.scheme, &self.keys);
        })
    }
}

/// Also of the scheme that is only read.
fn scheme_oid(scheme: crypto::AgreementScheme) -> Oid {
    scheme.oid().unwrap_or(oids::ECDH_SHA1_KDF)
}
