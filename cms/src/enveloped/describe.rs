//! What can be seen of an encrypted message without a key.

use std::io::BufRead;

use wire::ber::BerReader;
use wire::der::{Reader, Tag};
use wire::{AlgorithmIdentifier, Oid};

use crate::content;
use crate::enveloped::algorithm::ContentAlgorithm;
use crate::enveloped::recipients::{RecipientSeen, Recipients};
use crate::enveloped::shape::Shape;
use crate::error::Error;
use crate::keys::KeyList;

/// An encrypted message seen from outside.
#[derive(Debug, Clone)]
pub struct EnvelopedDescription {
    /// The version it states.
    pub version: u64,
    /// All recipients.
    pub recipients: Vec<RecipientSeen>,
    /// What the content is said to be.
    pub content_type: Oid,
    /// The cipher by name, or its object identifier where it is unknown.
    pub cipher: String,
    /// Octets of encrypted content.
    pub length: u64,
    /// Octets of the authentication tag, where there is one.
    pub tag_len: usize,
}

/// Reads an EnvelopedData, or an AuthEnvelopedData if `authenticated`, to its end, the ContentInfo around
/// which was entered by [`crate::enter`].
///
/// # Errors
/// [`Error::Damaged`] where it is no such structure.
pub fn describe_enveloped<R: BufRead>(
    ber: &mut BerReader<R>,
    authenticated: bool,
) -> Result<EnvelopedDescription, Error> {
    describe(ber, Shape::of(authenticated))
}

/// Reads an EncryptedData (RFC 5652 §8) to its end, in the same way.
///
/// # Errors
/// As [`describe_enveloped`].
pub fn describe_encrypted<R: BufRead>(ber: &mut BerReader<R>) -> Result<EnvelopedDescription, Error> {
    describe(ber, Shape::Encrypted)
}

fn describe<R: BufRead>(ber: &mut BerReader<R>, shape: Shape) -> Result<EnvelopedDescription, Error> {
    ber.enter(Tag::SEQUENCE)?;
    let version = Reader::lenient(&content::small(ber)?).uint()?;
    if ber.peek()? == Some(Tag::context(0)) {
        ber.skip()?;
    }
    let mut recipients = Recipients::default();
    if shape != Shape::Encrypted {
        recipients.read(ber, &KeyList::default(), true)?;
    }
    ber.enter(Tag::SEQUENCE)?;
    let content_type = content::oid(&content::small(ber)?)?;
    let algorithm = content::small(ber)?;
    let cipher = match ContentAlgorithm::read(&algorithm) {
        Ok(algorithm) => algorithm.name(),
        Err(_) => {
            let oid = AlgorithmIdentifier::from_der(&algorithm)?.oid;
            oid.name().map_or_else(|| oid.to_string(), str::to_owned)
        }
    };
    let mut length = 0u64;
    if ber.peek()?.is_some() {
        ber.begin_octets(Tag::context_primitive(0))?;
        loop {
            let count = ber.octets()?.len();
            if count == 0 {
                break;
            }
            ber.consume_octets(count);
            length = length.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        }
    }
    ber.leave()?;
    let mut tag_len = 0;
    while let Some(tag) = ber.peek()? {
        if shape.is_authenticated() && tag == Tag::OCTET_STRING {
            tag_len = Reader::lenient(&content::small(ber)?).octet_string()?.len();
        } else {
            ber.skip()?;
        }
    }
    ber.leave()?;
    content::leave(ber)?;
    Ok(EnvelopedDescription { version, recipients: recipients.seen(), content_type, cipher, length, tag_len })
}
