//! Reading EnvelopedData and AuthEnvelopedData as a stream.

use std::io::{self, BufRead, Read};

use crypto::{CipherParameters, ContentCipher, Decryptor, Random, Secret};
use trust::Algorithm;
use wire::ber::BerReader;
use wire::cms::SignedAttributes;
use wire::der::{Reader, Tag};
use wire::{Oid, PassOver, oids};

use crate::content::{self, Broken};
use crate::enveloped::algorithm::ContentAlgorithm;
use crate::enveloped::recipients::{RecipientSeen, Recipients};
use crate::enveloped::shape::Shape;
use crate::enveloped::shared;
use crate::error::Error;
use crate::keys::Keys;
use crate::permit::Permit;

/// A reader over decrypted content. It is unproven until [`EnvelopedReader::finish`] says otherwise.
///
/// ```text
/// EnvelopedData ::= SEQUENCE { version CMSVersion, originatorInfo [0] IMPLICIT OriginatorInfo OPTIONAL,
///   recipientInfos RecipientInfos, encryptedContentInfo EncryptedContentInfo,
///   unprotectedAttrs [1] IMPLICIT UnprotectedAttributes OPTIONAL }
/// AuthEnvelopedData ::= SEQUENCE { version CMSVersion, originatorInfo [0] IMPLICIT OriginatorInfo OPTIONAL,
///   recipientInfos RecipientInfos, authEncryptedContentInfo EncryptedContentInfo,
///   authAttrs [1] IMPLICIT AuthAttributes OPTIONAL, mac MessageAuthenticationCode,
///   unauthAttrs [2] IMPLICIT UnauthAttributes OPTIONAL }
/// EncryptedData ::= SEQUENCE { version CMSVersion, encryptedContentInfo EncryptedContentInfo,
///   unprotectedAttrs [1] IMPLICIT UnprotectedAttributes OPTIONAL }
/// ```
pub struct EnvelopedReader<R> {
    ber: BerReader<R>,
    head: Head,
    decryptor: Option<Decryptor>,
    /// The last octets of a content whose tag stands behind it.
    held: Vec<u8>,
    plain: Vec<u8>,
    position: usize,
    /// What ended the layer; the failure is given out once and then kept.
    end: Option<Result<(), Failure>>,
}

/// Why the content is not what it should be, in a form that can be repeated.
#[derive(Debug, Clone)]
enum Failure {
    CannotDecrypt,
    NeedsAttributes(Vec<u8>),
    Io(io::ErrorKind),
}

#[derive(Debug)]
struct Head {
    authenticated: bool,
    content_type: Oid,
    cipher: ContentCipher,
    tag_len: usize,
    key: ContentKey,
    opened_with: String,
    warnings: Vec<String>,
    doomed: bool,
    recipients: Recipients,
    proving: bool,
    /// See [`EnvelopedFacts::imported`].
    imported: bool,
}

/// What opened a layer: kept in memory between the reading that proves and the one that releases.
#[derive(Debug, Clone)]
pub struct ContentKey {
    cek: Secret,
    /// The key that the recipients were given, of which that one may be derived (RFC 9709).
    given: Secret,
    attributes: Vec<u8>,
}

/// How a layer is to be opened.
pub enum Opening<'k> {
    /// With one of these keys, proving the content. `attributes` are the authenticated attributes in
    /// DER that an earlier reading found after the content ([`Error::NeedsAttributes`]), else empty.
    Prove {
        /// Where keys are looked up.
        keys: &'k dyn Keys,
        /// What they may be used on.
        permit: Permit<'k>,
        /// For the keys that stand in for what could not be decrypted.
        rng: &'k mut dyn Random,
        /// Authenticated attributes, DER.
        attributes: Vec<u8>,
        /// Whether [`EnvelopedFacts::recipients`] will be asked for.
        report: bool,
    },
    /// The same, and also what is opened for nobody who does not insist: ciphers that anybody can break, and an AEAD
    /// within EnvelopedData, its tag behind the content, as old versions of Bouncy Castle wrote it (E-05).
    Import {
        /// Where keys are looked up.
        keys: &'k dyn Keys,
        /// What they may be used on.
        permit: Permit<'k>,
        /// For the keys that stand in for what could not be decrypted.
        rng: &'k mut dyn Random,
        /// Authenticated attributes, DER.
        attributes: Vec<u8>,
        /// Whether [`EnvelopedFacts::recipients`] will be asked for.
        report: bool,
    },
    /// With the key of a reading that proved the content; nothing is proven again.
    Release(&'k ContentKey),
}

/// What a layer of encryption was.
#[derive(Debug)]
pub struct EnvelopedFacts {
    /// AuthEnvelopedData with an AEAD, rather than EnvelopedData or EncryptedData.
    pub authenticated: bool,
    /// What the content is said to be.
    pub content_type: Oid,
    /// It was opened only because [`Opening::Import`] insists: whatever it proves, it is `unauthenticated`.
    pub imported: bool,
    /// The cipher.
    pub cipher: ContentCipher,
    /// Octets of the authentication tag; 0 where there is none.
    pub tag_len: usize,
    /// The name of the key that opened it.
    pub opened_with: String,
    /// What the policy accepts of cipher, key management and key and warns of, in its words.
    pub warnings: Vec<String>,
    recipients: Recipients,
    /// What releases the content in a second reading.
    pub key: ContentKey,
}

impl ContentKey {
    /// The key that the recipients were given.
    pub(super) fn given(&self) -> &Secret {
        &self.given
    }
}

impl EnvelopedFacts {
    /// Whether it is encrypted to somebody, rather than under a key agreed beforehand (EncryptedData).
    pub fn has_recipients(&self) -> bool {
        !self.recipients.is_empty()
    }

    /// All recipients, described for people, if that was said to be wanted. It takes its time where there are many:
    /// nothing but reports needs it.
    pub fn recipients(&self) -> Vec<RecipientSeen> {
        self.recipients.seen()
    }
}

impl<R: PassOver> EnvelopedReader<R> {
    /// Begins at an EnvelopedData, or an AuthEnvelopedData if `authenticated`, the ContentInfo around
    /// which was entered by [`crate::enter`].
    ///
    /// # Errors
    /// [`Broken`] with the reader below: [`Error::NotForUs`] or [`Error::Locked`] without a key,
    /// [`Error::Unsupported`] for its algorithms, [`Error::Refused`] and [`Error::NeedsImport`] for those that the
    /// policy rejects, [`Error::Damaged`] for what is no such structure.
    pub fn new(ber: BerReader<R>, authenticated: bool, opening: Opening<'_>) -> Result<Self, Broken<R>> {
        EnvelopedReader::begin(ber, Shape::of(authenticated), opening)
    }

    /// Begins at an EncryptedData, whose key is one of [`Keys::shared`].
    ///
    /// # Errors
    /// As [`EnvelopedReader::new`], and [`Error::NoContentKey`].
    pub fn encrypted(ber: BerReader<R>, opening: Opening<'_>) -> Result<Self, Broken<R>> {
        EnvelopedReader::begin(ber, Shape::Encrypted, opening)
    }

    fn begin(mut ber: BerReader<R>, shape: Shape, opening: Opening<'_>) -> Result<Self, Broken<R>> {
        let head = match Head::read(&mut ber, shape, opening) {
            Ok(head) => head,
            Err(error) => return Err(Broken { error, inner: ber.into_inner() }),
        };
        match head.0.decryptor(&head.1) {
            Ok(decryptor) => Ok(EnvelopedReader {
                ber,
                head: head.0,
                decryptor: Some(decryptor),
                held: Vec::new(),
                plain: Vec::new(),
                position: 0,
                end: None,
            }),
            Err(error) => Err(Broken { error, inner: ber.into_inner() }),
        }
    }
}

impl<R: BufRead> EnvelopedReader<R> {
    /// What the content is said to be.
    pub fn content_type(&self) -> Oid {
        self.head.content_type
    }

    /// Reads the rest of the content if any and says whether all of it is proven: the tag holds, or for
    /// CBC the padding is right (which proves nothing; see [`EnvelopedFacts::authenticated`]).
    pub fn finish(mut self) -> (Result<EnvelopedFacts, Error>, R) {
        let end = loop {
            self.position = self.plain.len();
            match self.refill() {
                Ok(true) => {}
                Ok(false) => break Ok(()),
                Err(error) => break Err(Error::from_io(error)),
            }
        };
        let facts = end.map(|()| EnvelopedFacts {
            authenticated: self.head.authenticated,
            content_type: self.head.content_type,
            imported: self.head.imported,
            cipher: self.head.cipher,
            tag_len: self.head.tag_len,
            opened_with: self.head.opened_with.clone(),
            warnings: std::mem::take(&mut self.head.warnings),
            recipients: std::mem::take(&mut self.head.recipients),
            key: self.head.key.clone(),
        });
        (facts, self.ber.into_inner())
    }

    /// Gives back the reader below without looking at the rest.
    pub fn into_inner(self) -> R {
        self.ber.into_inner()
    }

    /// Decrypts the next piece; `false` at the proven end.
    fn refill(&mut self) -> io::Result<bool> {
        match &self.end {
            Some(Ok(())) => return Ok(false),
            Some(Err(failure)) => return Err(failure.clone().into_error().into_io()),
            None => {}
        }
        self.plain.clear();
        self.position = 0;
        match self.step() {
            Ok(true) => {}
            Ok(false) => self.end = Some(Ok(())),
            Err(error) => {
                self.plain.clear();
                let failure = Failure::of(error);
                self.end = Some(Err(failure.clone()));
                return Err(failure.into_error().into_io());
            }
        }
        Ok(!self.plain.is_empty())
    }

    /// One piece into `plain`; `false` when the content ended and what follows it was read and checked.
    fn step(&mut self) -> Result<bool, Error> {
        while self.plain.is_empty() {
            let octets = self.ber.octets()?;
            let count = octets.len().min(PIECE);
            if count == 0 {
                self.conclude()?;
                return Ok(false);
            }
            if let (Some(decryptor), Some(mut piece)) = (&mut self.decryptor, octets.get(..count)) {
                let joined;
                if self.head.tag_is_inside() {
                    self.held.extend_from_slice(piece);
                    let tag = self.held.split_off(self.held.len().saturating_sub(self.head.tag_len));
                    joined = std::mem::replace(&mut self.held, tag);
                    piece = &joined;
                }
                decryptor.update(piece, &mut self.plain)?;
            }
            self.ber.consume_octets(count);
        }
        Ok(true)
    }

    /// Everything after the content octets: attributes, tag, the ends of all frames, and the proof.
    fn conclude(&mut self) -> Result<(), Error> {
        let mut mac = Vec::new();
        if self.head.proving {
            let tail = self.tail();
            // What is wrong after the content shows without the key (exit 41), but only if the layer
            // itself could be opened would anyone get here: the uniform failure comes first.
            mac = tail?;
        }
        if self.head.tag_is_inside() {
            mac = std::mem::take(&mut self.held);
        }
        if let Some(decryptor) = self.decryptor.take() {
            decryptor.finish(&mac, &mut self.plain).map_err(|_| Error::CannotDecrypt)?;
        }
        if self.head.doomed { Err(Error::CannotDecrypt) } else { Ok(()) }
    }

    fn tail(&mut self) -> Result<Vec<u8>, Error> {
        self.ber.leave()?; // EncryptedContentInfo
        let mut mac = Vec::new();
        if self.head.authenticated {
            if self.ber.peek()? == Some(Tag::context(1)) {
                let attributes = SignedAttributes::from_ber(&self.ber.element(MAX_ATTRIBUTES)?)?;
                self.content_type_fits(Some(&attributes))?;
                let attributes = attributes.der().to_vec();
                if attributes != self.head.key.attributes {
                    return Err(Error::NeedsAttributes(attributes));
                }
            } else if !self.head.key.attributes.is_empty() {
                return Err(Error::Malformed("authenticated attributes vanished"));
            } else {
                self.content_type_fits(None)?;
            }
            let element = content::small(&mut self.ber)?;
            mac = Reader::lenient(&element).octet_string()?.to_vec();
            if mac.len() != self.head.tag_len {
                return Err(Error::Malformed("authentication tag of another length than announced"));
            }
        }
        let unprotected = if self.head.authenticated { Tag::context(2) } else { Tag::context(1) };
        if self.ber.peek()? == Some(unprotected) {
            self.ber.skip()?; // in the hands of whoever changed the message last (E-14)
        }
        self.ber.leave()?;
        content::leave(&mut self.ber)?;
        Ok(mac)
    }

    /// The tag covers the content type only as an attribute, which stands there for every type but data
    /// (RFC 5083 §2.1, RFC 5652 §11.1).
    fn content_type_fits(&self, attributes: Option<&SignedAttributes>) -> Result<(), Error> {
        let stated = match attributes {
            Some(attributes) => attributes.single(oids::CONTENT_TYPE)?.map(content::oid).transpose()?,
            None => None,
        };
        if stated.unwrap_or(oids::DATA) == self.head.content_type {
            Ok(())
        } else {
            Err(Error::Malformed("the content type is not what was authenticated"))
        }
    }
}

impl Head {
    fn read<R: PassOver>(
        ber: &mut BerReader<R>,
        shape: Shape,
        opening: Opening<'_>,
    ) -> Result<(Head, CipherParameters), Error> {
        ber.enter(Tag::SEQUENCE)?;
        Reader::lenient(&content::small(ber)?).uint()?; // the version decides nothing (CMS-03)
        let authenticated = shape.is_authenticated();
        let recipients = if shape == Shape::Encrypted { Recipients::default() } else { to_whom(ber, &opening)? };
        ber.enter(Tag::SEQUENCE)?;
        let content_type = content::oid(&content::small(ber)?)?;
        let algorithm = ContentAlgorithm::read(&content::small(ber)?)?;
        let cipher = algorithm.cipher;
        let insists = matches!(opening, Opening::Import { .. });
        let mut imported = cipher.is_aead() && shape == Shape::Enveloped;
        if cipher.is_aead() != authenticated && !imported {
            return Err(Error::Unsupported(format!("{cipher} in this kind of container")));
        }
        let mut warnings = Vec::new();
        if let Opening::Prove { permit, .. } | Opening::Import { permit, .. } = &opening {
            match permit.judge(&[Algorithm::from(cipher)]) {
                Ok(warned) => warnings = warned,
                // Whoever insists has what anybody can break, and nothing else that the policy rejects.
                Err(_) if cipher.is_broken() => imported = true,
                Err(refused) => return Err(refused),
            }
        }
        if imported && matches!(opening, Opening::Prove { .. }) {
            return Err(Error::NeedsImport(cipher));
        }
        if ber.peek()?.is_none() {
            return Err(Error::Malformed("encrypted content is absent"));
        }
        // Everything that can be seen without the key is read before the key is used.
        ber.begin_octets(Tag::context_primitive(0))?;
        let proving = !matches!(opening, Opening::Release(_));
        let (key, opened_with, doomed) = match opening {
            Opening::Prove { keys, permit, rng, attributes, .. }
            | Opening::Import { keys, permit, rng, attributes, .. } => {
                let mut open = |length| match shape {
                    Shape::Encrypted => shared::content_key(length, keys.shared(), rng),
                    _ => recipients.content_key(length, keys, permit, rng),
                };
                let mut opened = open(cipher.key_len())?;
                // Where the length of the key is told by nothing but the key, others are tried for who insists.
                for length in cipher.other_key_lens().iter().filter(|_| insists) {
                    if opened.substituted {
                        opened = open(*length)?;
                        imported |= !opened.substituted;
                    }
                }
                warnings.append(&mut opened.warnings);
                let (given, cek) = (opened.cek.clone(), algorithm.key(opened.cek)?);
                (ContentKey { cek, given, attributes }, opened.name, opened.doomed)
            }
            Opening::Release(key) => (key.clone(), String::new(), false),
        };
        let parameters = algorithm.parameters;
        let tag_len = parameters.tag_len;
        let head = Head {
            authenticated,
            content_type,
            cipher,
            tag_len,
            key,
            opened_with,
            warnings,
            doomed,
            recipients,
            proving,
            imported,
        };
        Ok((head, parameters))
    }

    /// Whether the tag of an AEAD is the end of the content.
    fn tag_is_inside(&self) -> bool {
        self.imported && !self.authenticated && self.cipher.is_aead()
    }

    fn decryptor(&self, parameters: &CipherParameters) -> Result<Decryptor, Error> {
        let (cek, attributes) = (&self.key.cek, &self.key.attributes);
        Ok(if self.proving {
            Decryptor::new(self.cipher, parameters, cek, attributes)?
        } else {
            Decryptor::without_proof(self.cipher, parameters, cek)?
        })
    }
}

/// The originatorInfo, which decides nothing, and the RecipientInfos with the keys that they name.
fn to_whom<R: PassOver>(ber: &mut BerReader<R>, opening: &Opening<'_>) -> Result<Recipients, Error> {
    if ber.peek()? == Some(Tag::context(0)) {
        ber.skip()?;
    }
    let mut recipients = Recipients::default();
    match opening {
        Opening::Prove { keys, report, .. } | Opening::Import { keys, report, .. } => {
            recipients.read(ber, *keys, *report)?
        }
        Opening::Release(_) => ber.skip_known()?,
    }
    Ok(recipients)
}

impl Failure {
    fn of(error: Error) -> Failure {
        match error {
            Error::NeedsAttributes(attributes) => Failure::NeedsAttributes(attributes),
            Error::Io(error) => Failure::Io(error.kind()),
            _ => Failure::CannotDecrypt,
        }
    }

    fn into_error(self) -> Error {
        match self {
            // Structure that breaks after a key was used is the uniform failure too (promise 5).
            Failure::CannotDecrypt => Error::CannotDecrypt,
            Failure::NeedsAttributes(attributes) => Error::NeedsAttributes(attributes),
            Failure::Io(kind) => Error::Io(kind.into()),
        }
    }
}

impl<R: BufRead> BufRead for EnvelopedReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.position >= self.plain.len() && self.refill()? {}
        Ok(self.plain.get(self.position..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.position = self.plain.len().min(self.position.saturating_add(count));
    }
}

impl<R: BufRead> Read for EnvelopedReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

/// Octets of authenticated attributes.
const MAX_ATTRIBUTES: usize = 64 * 1024;
/// Octets decrypted at once: enough to be fast, small enough to stay in cache.
const PIECE: usize = 128 * 1024;
