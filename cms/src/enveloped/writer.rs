//! Writing EnvelopedData and AuthEnvelopedData as a stream.

use std::io::{self, Write};
use std::sync::OnceLock;

use crypto::{
    AgreementScheme, ContentCipher, Curve, Digest, Encryptor, KeyKind, KeyTransport, KeyWrap, PublicKey, Random,
    Secret, SystemRandom,
};
use wire::cms::{RecipientId, write_key_agreement, write_key_transport};
use wire::der::{Tag, Writer};
use wire::{AlgorithmIdentifier, Certificate, oids};

use crate::content::Framed;
use crate::enveloped::algorithm::ContentAlgorithm;
use crate::enveloped::kem;
use crate::enveloped::shape::Shape;
use crate::enveloped::shared;
use crate::error::Error;
use crate::keys::SharedSecret;

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

/// How a message is encrypted, and to whom.
#[derive(Debug, Clone)]
pub struct Encryption<'a> {
    /// The cipher of the content.
    pub cipher: ContentCipher,
    /// The holders of certificates.
    pub recipients: &'a [Recipient],
    /// The holders of secrets. One [`SharedSecret::ContentKey`] alone, without recipients, makes an EncryptedData.
    pub shared: &'a [SharedSecret],
    /// Derive the key of the content for its cipher (RFC 9709); not every program can read that.
    pub derive_key: bool,
    /// Who makes the keys of many recipients, where the caller has several threads for it. Each then draws its randomness
    /// from the system; the order of the recipients is the same.
    pub workers: Option<&'a dyn Workers>,
}

/// Threads that a caller has to spare. This crate starts none itself.
pub trait Workers: Sync + std::fmt::Debug {
    /// Calls `part` once with every number below `count`, in any order and on any thread, and returns once all of these
    /// calls have ended.
    fn run(&self, count: usize, part: &(dyn Fn(usize) + Sync));
}

/// A writer whose content ends up encrypted: EnvelopedData for CBC, AuthEnvelopedData for an AEAD, EncryptedData under
/// a content key agreed beforehand; DER while the content is small, BER with indefinite lengths once it streams.
pub struct EncryptWriter<W: Write> {
    framed: Framed<W>,
    encryptor: Encryptor,
    head: Head,
}

struct Head {
    shape: Shape,
    algorithm: ContentAlgorithm,
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
        EncryptWriter::begin(
            out,
            &Encryption { cipher, recipients, shared: &[], derive_key: false, workers: None },
            rng,
        )
    }

    /// Begins a message as `how` says.
    ///
    /// # Errors
    /// As [`EncryptWriter::new`]; [`Error::Malformed`] also for shared keys that do not fit the cipher, or each other.
    pub fn begin(out: W, how: &Encryption<'_>, rng: &mut dyn Random) -> Result<Self, Error> {
        let (cipher, recipients) = (how.cipher, how.recipients);
        let algorithm = ContentAlgorithm::fresh(cipher, how.derive_key, rng)?;
        if let ([], [SharedSecret::ContentKey(key)]) = (recipients, how.shared) {
            return EncryptWriter::under(out, algorithm, key);
        }
        let cek = crypto::random_secret(cipher.key_len(), rng)?;
        let mut infos = recipient_infos(recipients, how.workers, &cek, rng)?;
        for secret in how.shared {
            infos.push(shared::write(secret, &cek, rng)?);
        }
        if infos.is_empty() {
            return Err(Error::Malformed("no recipient"));
        }
        let by_key_id = recipients.iter().any(|r| r.use_key_id && r.certificate.subject_key_id().is_some());
        let version = if cipher.is_aead() { 0 } else { version(&infos, by_key_id) };
        let head = Head { shape: Shape::of(cipher.is_aead()), algorithm, version, recipients: infos };
        EncryptWriter::with(out, head, cek)
    }

    /// EncryptedData (RFC 5652 §8): no key is managed, so no AEAD may be used (RFC 5083 §2, RFC 5084 §1.4).
    fn under(out: W, algorithm: ContentAlgorithm, key: &Secret) -> Result<Self, Error> {
        if algorithm.cipher.is_aead() {
            return Err(Error::Malformed("an authenticated cipher needs a fresh key for each message"));
        }
        if key.len() != algorithm.cipher.key_len() {
            return Err(Error::Malformed("a content key of another length than the cipher's"));
        }
        let head = Head { shape: Shape::Encrypted, algorithm, version: 0, recipients: Vec::new() };
        EncryptWriter::with(out, head, key.clone())
    }

    fn with(out: W, head: Head, cek: Secret) -> Result<Self, Error> {
        let algorithm = &head.algorithm;
        let key = algorithm.key(cek)?;
        let encryptor = Encryptor::new(algorithm.cipher, &key, &algorithm.parameters.iv, &[])?;
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
            if self.head.shape.is_authenticated() {
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
                    head.write_recipients(w);
                    w.sequence(|w| {
                        w.oid(oids::DATA).raw(&head.algorithm.to_der()).element(Tag::context_primitive(0), &content);
                    });
                    if head.shape.is_authenticated() {
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
        match self.shape {
            Shape::AuthEnveloped => oids::AUTH_ENVELOPED_DATA,
            Shape::Enveloped => oids::ENVELOPED_DATA,
            Shape::Encrypted => oids::ENCRYPTED_DATA,
        }
    }

    /// The version and to whom.
    fn write_recipients(&self, w: &mut Writer) {
        w.uint(self.version);
        if self.shape != Shape::Encrypted {
            w.set_of(Tag::SET, self.recipients.clone());
        }
    }

    /// Everything before the first fragment, with indefinite lengths.
    fn streaming(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.raw(&[0x30, 0x80]).oid(self.content_type()).raw(&[0xa0, 0x80, 0x30, 0x80]);
        self.write_recipients(&mut w);
        w.raw(&[0x30, 0x80]).oid(oids::DATA).raw(&self.algorithm.to_der()).raw(&[0xa0, 0x80]);
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

/// EnvelopedData's version (RFC 5652 §6.1): 3 with a password or a choice that came later, 0 while all recipients are
/// of version 0, which agreement, shared keys and key identifiers are not, else 2. AuthEnvelopedData's is always 0
/// (RFC 5083 §2.1).
pub(super) fn version(infos: &[Vec<u8>], by_key_id: bool) -> u64 {
    let choices = || infos.iter().filter_map(|info| info.first().copied());
    if choices().any(|choice| matches!(choice, 0xa3 | 0xa4)) {
        3
    } else if by_key_id || choices().any(|choice| choice != Tag::SEQUENCE.0) {
        2
    } else {
        0
    }
}

/// The RecipientInfos of these recipients, in their order; of several failures the first recipient's.
pub(super) fn recipient_infos(
    recipients: &[Recipient],
    workers: Option<&dyn Workers>,
    cek: &Secret,
    rng: &mut dyn Random,
) -> Result<Vec<Vec<u8>>, Error> {
    let Some(workers) = workers.filter(|_| recipients.len() > SHARE) else {
        return recipients.iter().map(|recipient| recipient_info(recipient, cek, rng)).collect();
    };
    let shares: Vec<&[Recipient]> = recipients.chunks(SHARE).collect();
    let made: Vec<OnceLock<Result<Vec<Vec<u8>>, Error>>> = shares.iter().map(|_| OnceLock::new()).collect();
    workers.run(shares.len(), &|number| {
        if let (Some(share), Some(slot)) = (shares.get(number), made.get(number)) {
            let infos = share.iter().map(|recipient| recipient_info(recipient, cek, &mut SystemRandom));
            let _ = slot.set(infos.collect());
        }
    });
    let mut infos = Vec::with_capacity(recipients.len());
    for slot in made {
        infos.extend(slot.into_inner().ok_or(Error::Malformed("a recipient was left out"))??);
    }
    Ok(infos)
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
        kind @ (KeyKind::Ec(_) | KeyKind::Brainpool(_) | KeyKind::X25519 | KeyKind::X448) => {
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
        KeyKind::Brainpool(curve) => {
            let digest = match curve.field_len() {
                ..=32 => Digest::Sha256,
                33..=48 => Digest::Sha384,
                _ => Digest::Sha512,
            };
            (AgreementScheme::X963(digest), ec)
        }
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

/// Recipients whose keys are made at once by one of several workers.
const SHARE: usize = 8;
/// Octets taken at once, so that memory does not follow the caller's buffer.
const PIECE: usize = 64 * 1024;
