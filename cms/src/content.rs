//! ContentInfo (RFC 5652 §3), the outermost structure.

use std::io::{BufRead, Write};

use wire::Oid;
use wire::ber::{self, BerReader};
use wire::der::{Reader, Tag, Writer};

use crate::error::Error;

/// A layer that could not be begun, with the reader below it, so that what lies below can still be
/// read to its end and proven or not.
#[derive(Debug)]
pub struct Broken<R> {
    /// What is wrong.
    pub error: Error,
    /// The reader the layer was to be read from.
    pub inner: R,
}

/// Enters a ContentInfo and its `[0] EXPLICIT` content, and says what it holds.
///
/// # Errors
/// [`Error::Damaged`] where it is no ContentInfo.
pub fn enter<R: BufRead>(reader: &mut BerReader<R>) -> Result<Oid, Error> {
    reader.enter(Tag::SEQUENCE)?;
    let oid = oid(&reader.element(MAX_SMALL)?)?;
    reader.enter(Tag::context(0))?;
    Ok(oid)
}

/// Leaves both frames of [`enter`]; nothing may follow (CMS-08), not even a line end: text forms have those, not BER.
pub(crate) fn leave<R: BufRead>(reader: &mut BerReader<R>) -> Result<(), Error> {
    reader.leave()?;
    reader.leave()?;
    if reader.peek()?.is_some() {
        return Err(Error::Damaged(wire::Error::TrailingBytes));
    }
    Ok(())
}

/// An OBJECT IDENTIFIER that is a whole element.
pub(crate) fn oid(element: &[u8]) -> Result<Oid, Error> {
    let mut reader = Reader::lenient(element);
    Ok(reader.oid()?)
}

/// A small element of any BER form, at most 64 KiB, with minimal definite lengths throughout.
pub(crate) fn small<R: BufRead>(reader: &mut BerReader<R>) -> Result<Vec<u8>, Error> {
    Ok(ber::to_definite(reader.element(MAX_SMALL)?)?.into_owned())
}

/// Writes a content that may turn out small or large: held back while it is small, so that it can have
/// definite lengths (DER), and streamed in fragments once it is not.
#[derive(Debug)]
pub(crate) struct Framed<W> {
    out: W,
    pending: Vec<u8>,
    streaming: bool,
}

impl<W: Write> Framed<W> {
    /// Begins with nothing held back.
    pub fn new(out: W) -> Self {
        Framed { out, pending: Vec::new(), streaming: false }
    }

    /// Whether the head was written and the content goes out in fragments.
    pub fn is_streaming(&self) -> bool {
        self.streaming
    }

    /// Where content is appended.
    pub fn pending(&mut self) -> &mut Vec<u8> {
        &mut self.pending
    }

    /// Sends content on its way if there is enough; `head` is what stands before the first fragment.
    pub fn advance(&mut self, head: impl FnOnce() -> Vec<u8>) -> std::io::Result<()> {
        if self.pending.len() < FRAGMENT {
            return Ok(());
        }
        if !self.streaming {
            self.out.write_all(&head())?;
            self.streaming = true;
        }
        self.fragment()
    }

    fn fragment(&mut self) -> std::io::Result<()> {
        let mut header = Vec::with_capacity(6);
        header.push(Tag::OCTET_STRING.0);
        write_length(&mut header, self.pending.len());
        self.out.write_all(&header)?;
        self.out.write_all(&self.pending)?;
        self.pending.clear();
        Ok(())
    }

    /// Ends a streamed content: the last fragment, then these bytes.
    pub fn finish(mut self, tail: &[u8]) -> std::io::Result<W> {
        if !self.pending.is_empty() {
            self.fragment()?;
        }
        self.out.write_all(tail)?;
        Ok(self.out)
    }

    /// Takes a content that stayed small, and where to write it.
    pub fn into_small(self) -> (Vec<u8>, W) {
        (self.pending, self.out)
    }
}

/// A minimal definite length.
fn write_length(out: &mut Vec<u8>, length: usize) {
    let mut w = Writer::new();
    w.uint(u64::try_from(length).unwrap_or(u64::MAX));
    let digits = Reader::new(w.as_bytes()).unsigned().unwrap_or_default();
    if length >= 0x80 {
        out.push(0x80 | u8::try_from(digits.len()).unwrap_or(8));
    } else if digits.is_empty() {
        out.push(0);
    }
    out.extend_from_slice(digits);
}

/// Octets of structures that are small by nature: algorithms, identifiers, attributes.
const MAX_SMALL: usize = 64 * 1024;
/// Octets held back before the content is streamed, and of each fragment.
const FRAGMENT: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_minimal() {
        for (length, bytes) in [(0, vec![0]), (127, vec![127]), (128, vec![0x81, 128]), (65536, vec![0x83, 1, 0, 0])] {
            let mut out = Vec::new();
            write_length(&mut out, length);
            assert_eq!(out, bytes);
        }
    }
}
