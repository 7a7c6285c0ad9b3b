//! DigestedData (RFC 5652 §7), to read: a content with its digest, which shows damage and nothing else.

use std::io::{self, BufRead, Read};

use crypto::{Digest, Hasher};
use wire::ber::BerReader;
use wire::der::{Reader, Tag};
use wire::{AlgorithmIdentifier, Oid};

use crate::content::{self, Broken};
use crate::error::Error;

/// A reader over the content of DigestedData. Whether it is whole is known at its end only.
///
/// ```text
/// DigestedData ::= SEQUENCE { version CMSVersion, digestAlgorithm DigestAlgorithmIdentifier,
///   encapContentInfo EncapsulatedContentInfo, digest Digest }
/// ```
#[derive(Debug)]
pub struct DigestedReader<R> {
    ber: BerReader<R>,
    content_type: Oid,
    hasher: Hasher,
    length: u64,
}

/// What a DigestedData was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigestedFacts {
    /// What the content is said to be.
    pub content_type: Oid,
    /// The digest that holds. It is nobody's: whoever changes the content can change it too.
    pub digest: Digest,
    /// Octets of the content.
    pub length: u64,
}

impl<R: BufRead> DigestedReader<R> {
    /// Begins at a DigestedData, the ContentInfo around which was entered by [`crate::enter`].
    ///
    /// # Errors
    /// [`Broken`] with the reader below: [`Error::Unsupported`] for an unknown digest, [`Error::Damaged`] for what is
    /// no such structure, [`Error::Malformed`] where the content is elsewhere.
    pub fn new(mut ber: BerReader<R>) -> Result<Self, Broken<R>> {
        match head(&mut ber) {
            Ok((digest, content_type)) => {
                Ok(DigestedReader { ber, content_type, hasher: Hasher::new(digest), length: 0 })
            }
            Err(error) => Err(Broken { error, inner: ber.into_inner() }),
        }
    }

    /// Reads the rest of the content if any and says whether its digest holds and nothing follows.
    pub fn finish(mut self) -> (Result<DigestedFacts, Error>, R) {
        loop {
            match self.fill_buf().map(<[u8]>::len) {
                Ok(0) => break,
                Ok(count) => self.consume(count),
                Err(error) => return (Err(Error::from_io(error)), self.ber.into_inner()),
            }
        }
        let tail = tail(&mut self.ber);
        let facts = tail.and_then(|stated| {
            let digest = self.hasher.digest();
            match *self.hasher.finish() == *stated {
                true => Ok(DigestedFacts { content_type: self.content_type, digest, length: self.length }),
                false => Err(Error::Malformed("the content is not what its digest says")),
            }
        });
        (facts, self.ber.into_inner())
    }
}

fn head<R: BufRead>(ber: &mut BerReader<R>) -> Result<(Digest, Oid), Error> {
    ber.enter(Tag::SEQUENCE)?;
    Reader::lenient(&content::small(ber)?).uint()?; // the version decides nothing (CMS-03)
    let digest = Digest::of_old_mail(&AlgorithmIdentifier::from_der(&content::small(ber)?)?)?;
    ber.enter(Tag::SEQUENCE)?;
    let content_type = content::oid(&content::small(ber)?)?;
    if ber.peek()?.is_none() {
        return Err(Error::Malformed("a digest of a content that is elsewhere"));
    }
    ber.enter(Tag::context(0))?;
    ber.begin_octets(Tag::OCTET_STRING)?;
    Ok((digest, content_type))
}

/// Everything after the content octets: the digest, and the ends of all frames.
fn tail<R: BufRead>(ber: &mut BerReader<R>) -> Result<Vec<u8>, Error> {
    ber.leave()?; // [0]
    ber.leave()?; // EncapsulatedContentInfo
    let element = content::small(ber)?;
    let mut reader = Reader::lenient(&element);
    let digest = reader.octet_string()?.to_vec();
    ber.leave()?;
    content::leave(ber)?;
    Ok(digest)
}

impl<R: BufRead> BufRead for DigestedReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.ber.octets()
    }

    fn consume(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        // The octets are still in the buffer below: showing them again costs nothing.
        if let Ok(octets) = self.ber.octets() {
            self.hasher.update(octets.get(..count).unwrap_or(octets));
            self.length = self.length.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        }
        self.ber.consume_octets(count);
    }
}

impl<R: BufRead> Read for DigestedReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}
