//! Writing EnvelopedData and AuthEnvelopedData as a stream.

use std::io::{self, Write};

use crypto::{
    AgreementScheme, ContentCipher, Curve, Digest, Encryptor, KeyKind, KeyTransport, KeyWrap, PublicKey, Random, Secret,
};
use wire::cms::{RecipientId, write_key_agreement, write_key_transport};
use wire::der::{Tag, Writer};
use wire::{AlgorithmIdentifier, Certificate, oids};

use crate::content::Framed;
use crate::enveloped::kem;
use crate::error::Error;

/// Somebody to encrypt to.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// Their certificate; whether it may be used was judged before.
    pub certificate: Certificate,
    /// How the content key reaches an RSA key; the other kinds leave no choice.
    pub transport: KeyTransport,
    /// Name them by key identifier rather than by issuer and serial number.
    pub use_key_id: bool,
}

/// A writer whose content ends up encrypted: EnvelopedData for CBC, AuthEnvelopedData for an AEAD; DER
/// while the content is small, BER with indefinite lengths once it streams.
pub struct EncryptWriter<W: Write> {
    framed: Framed<W>,
    encryptor: Encryptor,
    head: Head,
}

struct Head {
    cipher: ContentCipher,
    iv: Vec<u8>,
    version: u64,
    /// The encoded RecipientInfos, in DER order.
    recipients: Vec<Vec<u8>>,
}

impl<W: Write> EncryptWriter<W> {
    /// Begins a message to these recipients under a fresh content key.
    ///
    /// # Errors
    /// [`Error::Malformed`] without a recipient, [`Error::Crypto`] for a key that cannot be encrypted to.
    pub fn new(out: W, cipher: ContentCipher, recipients: &[Recipient], rng: &mut dyn Random) -> Result<Self, Error> {
        if recipients.is_empty() {
            return Err(Error::Malformed("no recipient"));
        }
        let cek = crypto::random_secret(cipher.key_len(), rng)?;
        let mut iv = vec![0; cipher.iv_len()];
        rng.fill(&mut iv)?;
        let mut infos = Vec::with_capacity(recipients.len());
        for recipient in recipients {
            infos.push(recipient_info(recipient, &cek, rng)?);
        }
        let encryptor = Encryptor::new(cipher, &cek, &iv, &[])?;
        // AuthEnvelopedData is always 0 (RFC 5083 §2.1); EnvelopedData 0 while all recipients are
        // version 0, which agreement (0xa1) and key identifiers are not, 3 with an OtherRecipientInfo (0xa4)
        // (RFC 5652 §6.1).
        let other = infos.iter().any(|info| info.first() == Some(&Tag::context(4).0));
        let plain = infos.iter().all(|info| info.first() == Some(&Tag::SEQUENCE.0));
        let by_key_id = recipients.iter().any(|r| r.use_key_id && r.certificate.subject_key_id().is_some());
        let version = match cipher.is_aead() || (plain && !by_key_id) {
            true => 0,
            false if other => 3,
            false => 2,
        };
        let head = Head { cipher, iv, version, recipients: infos };
        Ok(EncryptWriter { framed: Framed::new(out), encryptor, head })
    }

    /// Writes the rest of the message.
    ///
    /// # Errors
    /// [`Error::Io`] from the writer below, [`Error::Crypto`] beyond what the cipher may encrypt.
    pub fn finish(mut self) -> Result<W, Error> {
        let tag = self.encryptor.finish(self.framed.pending())?;
        if self.framed.is_streaming() {
            let mut w = Writer::new();
            w.raw(&[0; 4]); // the content's [0] and EncryptedContentInfo
            if self.head.cipher.is_aead() {
                w.octet_string(&tag);
            }
            w.raw(&[0; 6]);
            return Ok(self.framed.finish(w.as_bytes())?);
        }
        let (content, mut out) = self.framed.into_small();
        let head = self.head;
        let mut w = Writer::new();
        w.sequence(|w| {
            w.oid(head.content_type()).nested(Tag::context(0), |w| {
                w.sequence(|w| {
                    w.uint(head.version).set_of(Tag::SET, head.recipients.clone()).sequence(|w| {
                        w.oid(oids::DATA).raw(&head.algorithm()).element(Tag::context_primitive(0), &content);
                    });
                    if head.cipher.is_aead() {
                        w.octet_string(&tag);
                    }
                });
            });
        });
        out.write_all(w.as_bytes())?;
        Ok(out)
    }
}

impl Head {
    fn content_type(&self) -> wire::Oid {
        if self.cipher.is_aead() { oids::AUTH_ENVELOPED_DATA } else { oids::ENVELOPED_DATA }
    }

    fn algorithm(&self) -> Vec<u8> {
        self.cipher.to_algorithm(&self.iv).to_der()
    }

    /// Everything before the first fragment, with indefinite lengths.
    fn streaming(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.raw(&[0x30, 0x80]).oid(self.content_type()).raw(&[0xa0, 0x80, 0x30, 0x80]).uint(self.version);
        w.set_of(Tag::SET, self.recipients.clone());
        w.raw(&[0x30, 0x80]).oid(oids::DATA).raw(&self.algorithm()).raw(&[0xa0, 0x80]);
        w.into_bytes()
    }
}

impl<W: Write> Write for EncryptWriter<W> {
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        let content = content.get(..content.len().min(PIECE)).unwrap_or(content);
        self.encryptor.update(content, self.framed.pending()).map_err(|e| Error::from(e).into_io())?;
        let head = &self.head;
        self.framed.advance(|| head.streaming())?;
        Ok(content.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The RecipientInfo that carries the content key to one recipient (§14 of the map: a KEK as strong as
/// the content key).
fn recipient_info(recipient: &Recipient, cek: &Secret, rng: &mut dyn Random) -> Result<Vec<u8>, Error> {
    let key = PublicKey::from_spki(recipient.certificate.public_key().der())?;
    let (issuer, serial) = recipient.certificate.issuer_and_serial();
    let id = match recipient.certificate.subject_key_id() {
        Some(id) if recipient.use_key_id => RecipientId::KeyId(id),
        _ => RecipientId::IssuerSerial { issuer, serial },
    };
    if let Some(mechanism) = key.kem() {
        return kem::write(&id, &key, mechanism, cek);
    }
    let mut w = Writer::new();
    match key.kind() {
        KeyKind::Rsa { .. } => {
            let encrypted = key.encrypt(&recipient.transport, cek.as_bytes(), rng)?;
            write_key_transport(&mut w, &id, &recipient.transport.to_algorithm(), &encrypted);
        }
        kind @ (KeyKind::Ec(_) | KeyKind::X25519 | KeyKind::X448) => {
            let (scheme, originator) = scheme(&kind);
            // A curve of 224 bits' strength deserves no weaker wrap.
            let wrap = if kind == KeyKind::X448 { KeyWrap::Aes256 } else { wrap_for(cek)? };
            let mut ukm = [0; 32];
            rng.fill(&mut ukm)?;
            let (point, shared) = key.agree_ephemeral()?;
            let kek = crypto::agreement_kek(scheme, &shared, wrap, Some(&ukm))?;
            let wrapped = wrap.wrap(&kek, cek.as_bytes())?;
            let algorithm = scheme.to_algorithm(wrap)?;
            write_key_agreement(&mut w, (&originator, &point), Some(&ukm), &algorithm, &[(id, wrapped)]);
        }
        _ => return Err(Error::Crypto(crypto::Error::KeyCannot("be encrypted to"))),
    }
    Ok(w.into_bytes())
}

/// The agreement scheme of a curve's strength (RFC 5753 §7, RFC 8418 §2), and the originator's algorithm.
fn scheme(kind: &KeyKind) -> (AgreementScheme, AlgorithmIdentifier) {
    let ec = AlgorithmIdentifier::new(oids::EC_PUBLIC_KEY);
    match kind {
        KeyKind::Ec(Curve::P384) => (AgreementScheme::X963(Digest::Sha384), ec),
        KeyKind::Ec(Curve::P521) => (AgreementScheme::X963(Digest::Sha512), ec),
        KeyKind::X448 => (AgreementScheme::Hkdf(Digest::Sha512), AlgorithmIdentifier::new(oids::X448)),
        KeyKind::X25519 => (AgreementScheme::Hkdf(Digest::Sha256), AlgorithmIdentifier::new(oids::X25519)),
        _ => (AgreementScheme::X963(Digest::Sha256), ec),
    }
}

/// AES key wrap of the content key's own size (RFC 8551 §2.3).
fn wrap_for(cek: &Secret) -> Result<KeyWrap, Error> {
    [KeyWrap::Aes128, KeyWrap::Aes192, KeyWrap::Aes256]
        .into_iter()
        .find(|wrap| wrap.key_len() == cek.len())
        .ok_or(Error::Malformed("content key of an odd size"))
}

/// Octets taken at once, so that memory does not follow the caller's buffer.
const PIECE: usize = 64 * 1024;
