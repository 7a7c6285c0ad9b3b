//! AuthenticatedData (RFC 5652 §9), to read: a content in clear, with a code by a key that its readers share.

use std::io::{self, BufRead, Read};

use crypto::{Digest, DigestValue, Hasher, Hmac, Random};
use wire::ber::BerReader;
use wire::cms::SignedAttributes;
use wire::der::{Reader, Tag};
use wire::{AlgorithmIdentifier, Oid, oids};

use crate::content::{self, Broken};
use crate::enveloped::describe::EnvelopedDescription;
use crate::enveloped::opened::Opened;
use crate::enveloped::recipients::{RecipientSeen, Recipients};
use crate::error::Error;
use crate::keys::{KeyList, Keys};
use crate::permit::Permit;

/// A reader over the content of AuthenticatedData. It is unproven until [`AuthenticatedReader::finish`] says otherwise.
///
/// ```text
/// AuthenticatedData ::= SEQUENCE { version CMSVersion, originatorInfo [0] IMPLICIT OriginatorInfo OPTIONAL,
///   recipientInfos RecipientInfos, macAlgorithm MessageAuthenticationCodeAlgorithm,
///   digestAlgorithm [1] DigestAlgorithmIdentifier OPTIONAL, encapContentInfo EncapsulatedContentInfo,
///   authAttrs [2] IMPLICIT AuthAttributes OPTIONAL, mac MessageAuthenticationCode,
///   unauthAttrs [3] IMPLICIT UnauthAttributes OPTIONAL }
/// ```
pub struct AuthenticatedReader<R> {
    ber: BerReader<R>,
    content_type: Oid,
    mac: Digest,
    /// `None` where the content was proven before.
    proof: Option<Proof>,
}

/// What a proof needs.
struct Proof {
    recipients: Recipients,
    opened_with: String,
    warnings: Vec<String>,
    doomed: bool,
    /// Of the attributes where the content is digested, else of the content.
    code: Hmac,
    /// Of the content, where there are attributes.
    hasher: Option<Hasher>,
}

/// What an AuthenticatedData was.
#[derive(Debug, Clone)]
pub struct AuthenticatedFacts {
    /// What the content is said to be.
    pub content_type: Oid,
    /// The digest of the HMAC that holds. Whoever is among the recipients could have made it.
    pub mac: Digest,
    /// The name of the key that opened it; empty where nothing was proven.
    pub opened_with: String,
    /// All recipients.
    pub recipients: Vec<RecipientSeen>,
    /// What the policy warns of in how the key was had, in its words.
    pub warnings: Vec<String>,
}

impl<R: BufRead> AuthenticatedReader<R> {
    /// Begins at an AuthenticatedData, the ContentInfo around which was entered by [`crate::enter`], and looks up the
    /// key of its code.
    ///
    /// # Errors
    /// [`Broken`] with the reader below: [`Error::NotForUs`] or [`Error::Locked`] without a key,
    /// [`Error::Unsupported`] for its algorithms, [`Error::Refused`] for those that the policy rejects,
    /// [`Error::Damaged`] for what is no such structure, [`Error::Malformed`] where the content is elsewhere.
    pub fn new(
        mut ber: BerReader<R>,
        keys: &dyn Keys,
        permit: Permit<'_>,
        rng: &mut dyn Random,
    ) -> Result<Self, Broken<R>> {
        match proving(&mut ber, keys, permit, rng) {
            Ok((content_type, mac, proof)) => Ok(AuthenticatedReader { ber, content_type, mac, proof: Some(proof) }),
            Err(error) => Err(Broken { error, inner: ber.into_inner() }),
        }
    }

    /// The same without a key, for the second reading of a content that the first has proven.
    ///
    /// # Errors
    /// As [`AuthenticatedReader::new`], but for those about keys.
    pub fn without_proof(mut ber: BerReader<R>) -> Result<Self, Broken<R>> {
        match head(&mut ber, &mut |ber| Ok(ber.skip()?)) {
            Ok(Head { content_type, mac, .. }) => Ok(AuthenticatedReader { ber, content_type, mac, proof: None }),
            Err(error) => Err(Broken { error, inner: ber.into_inner() }),
        }
    }

    /// Reads the rest of the content if any and says whether its code holds.
    pub fn finish(mut self) -> (Result<AuthenticatedFacts, Error>, R) {
        let end = self.conclude();
        // What is wrong behind the content shows as any other failure does, once a key was used (promise 5).
        let end = end.map_err(|error| if matches!(error, Error::Io(_)) { error } else { Error::CannotDecrypt });
        (end, self.ber.into_inner())
    }

    fn conclude(&mut self) -> Result<AuthenticatedFacts, Error> {
        loop {
            match self.fill_buf().map_err(Error::from_io)?.len() {
                0 => break,
                count => self.consume(count),
            }
        }
        let facts = |recipients, opened_with, warnings| AuthenticatedFacts {
            content_type: self.content_type,
            mac: self.mac,
            opened_with,
            recipients,
            warnings,
        };
        let Some(proof) = self.proof.take() else { return Ok(facts(Vec::new(), String::new(), Vec::new())) };
        let Proof { recipients, opened_with, warnings, doomed, mut code, hasher } = proof;
        let (attributes, stated) = tail(&mut self.ber)?;
        // V-14: a digest without attributes would be of nothing, and the code then of another thing.
        match (hasher, &attributes) {
            (Some(hasher), Some(attributes)) => {
                agrees(attributes, self.content_type, &hasher.finish())?;
                code.update(attributes.der());
            }
            (None, None) => {}
            _ => return Err(Error::Malformed("a digest without attributes, or attributes without a digest")),
        }
        // The whole of it: a code that was cut is none (RFC 2104 §5 leaves that to who agreed on it).
        let holds = crypto::equal(&code.finish(), &stated);
        if holds && !doomed { Ok(facts(recipients.seen(), opened_with, warnings)) } else { Err(Error::CannotDecrypt) }
    }
}

/// Reads an AuthenticatedData to its end without a key, the ContentInfo around which was entered by [`crate::enter`].
/// The name of its code stands for that of a cipher.
///
/// # Errors
/// As [`AuthenticatedReader::new`], but for those about keys.
pub fn describe_authenticated<R: BufRead>(ber: &mut BerReader<R>) -> Result<EnvelopedDescription, Error> {
    let mut recipients = Recipients::default();
    let Head { version, content_type, mac, .. } =
        head(ber, &mut |ber| recipients.read(ber, &KeyList::default(), true))?;
    let mut length = 0u64;
    loop {
        let count = ber.octets()?.len();
        if count == 0 {
            break;
        }
        ber.consume_octets(count);
        length = length.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }
    let (_, code) = tail(ber)?;
    let (recipients, cipher, tag_len) = (recipients.seen(), format!("hmac-{mac}"), code.len());
    Ok(EnvelopedDescription { version, recipients, content_type, cipher, length, tag_len })
}

struct Head {
    version: u64,
    content_type: Oid,
    mac: Digest,
    digest: Option<Digest>,
}

fn proving<R: BufRead>(
    ber: &mut BerReader<R>,
    keys: &dyn Keys,
    permit: Permit<'_>,
    rng: &mut dyn Random,
) -> Result<(Oid, Digest, Proof), Error> {
    let mut recipients = Recipients::default();
    let head = head(ber, &mut |ber| recipients.read(ber, keys, true))?;
    // Everything that can be seen without the key was read before the key is used.
    let opened = recipients.content_key(head.mac.len(), keys, permit, rng)?;
    let code = Hmac::new(head.mac, &opened.cek);
    let hasher = head.digest.map(Hasher::new);
    let Opened { name: opened_with, doomed, warnings, .. } = opened;
    let proof = Proof { recipients, opened_with, warnings, doomed, code, hasher };
    Ok((head.content_type, head.mac, proof))
}

/// Everything before the content octets; `to_whom` reads the RecipientInfos.
fn head<R: BufRead>(
    ber: &mut BerReader<R>,
    to_whom: &mut dyn FnMut(&mut BerReader<R>) -> Result<(), Error>,
) -> Result<Head, Error> {
    ber.enter(Tag::SEQUENCE)?;
    let version = Reader::lenient(&content::small(ber)?).uint()?; // decides nothing (CMS-03)
    if ber.peek()? == Some(Tag::context(0)) {
        ber.skip()?;
    }
    to_whom(ber)?;
    let mac = Digest::from_hmac(&AlgorithmIdentifier::from_der(&content::small(ber)?)?)?;
    let mut digest = None;
    if ber.peek()? == Some(Tag::context(1)) {
        let element = content::small(ber)?;
        let mut reader = Reader::lenient(&element);
        let mut fields = reader.nested(Tag::context(1))?;
        let oid = fields.oid()?;
        let parameters = if fields.is_empty() { None } else { Some(fields.any()?.raw.to_vec()) };
        let algorithm = parameters.map_or_else(|| AlgorithmIdentifier::new(oid), |p| AlgorithmIdentifier::with(oid, p));
        digest = Some(Digest::from_algorithm(&algorithm)?);
    }
    ber.enter(Tag::SEQUENCE)?;
    let content_type = content::oid(&content::small(ber)?)?;
    if ber.peek()?.is_none() {
        return Err(Error::Malformed("a code of a content that is elsewhere"));
    }
    ber.enter(Tag::context(0))?;
    ber.begin_octets(Tag::OCTET_STRING)?;
    Ok(Head { version, content_type, mac, digest })
}

/// Everything after the content octets: the attributes, the code, and the ends of all frames.
fn tail<R: BufRead>(ber: &mut BerReader<R>) -> Result<(Option<SignedAttributes>, Vec<u8>), Error> {
    ber.leave()?; // [0]
    ber.leave()?; // EncapsulatedContentInfo
    let attributes = match ber.peek()? {
        Some(tag) if tag == Tag::context(2) => Some(SignedAttributes::from_ber(&ber.element(MAX_ATTRIBUTES)?)?),
        _ => None,
    };
    let element = content::small(ber)?;
    let code = Reader::lenient(&element).octet_string()?.to_vec();
    if ber.peek()? == Some(Tag::context(3)) {
        ber.skip()?; // in the hands of whoever changed the message last (E-14)
    }
    ber.leave()?;
    content::leave(ber)?;
    Ok((attributes, code))
}

/// The attributes that RFC 5652 §9.2 demands are those of the content.
fn agrees(attributes: &SignedAttributes, content_type: Oid, digest: &DigestValue) -> Result<(), Error> {
    let stated = attributes.single(oids::CONTENT_TYPE)?.map(content::oid).transpose()?;
    let value = attributes.single(oids::MESSAGE_DIGEST)?.ok_or(Error::Malformed("no message digest"))?;
    let value = Reader::lenient(value).octet_string()?;
    if stated == Some(content_type) && crypto::equal(value, digest) {
        Ok(())
    } else {
        Err(Error::Malformed("the content is not what was authenticated"))
    }
}

impl<R: BufRead> BufRead for AuthenticatedReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.ber.octets()
    }

    fn consume(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        // The octets are still in the buffer below: showing them again costs nothing.
        if let (Ok(octets), Some(proof)) = (self.ber.octets(), &mut self.proof) {
            let used = octets.get(..count).unwrap_or(octets);
            match &mut proof.hasher {
                Some(hasher) => hasher.update(used),
                None => proof.code.update(used),
            }
        }
        self.ber.consume_octets(count);
    }
}

impl<R: BufRead> Read for AuthenticatedReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

/// Octets of authenticated attributes.
const MAX_ATTRIBUTES: usize = 64 * 1024;
