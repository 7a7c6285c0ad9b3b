//! multipart/signed (RFC 1847 §2.1): the exact bytes of the first part, then the second.

use std::io::{self, BufRead, Read};

use crate::base64::Base64Reader;
use crate::content::TransferEncoding;
use crate::error::{Error, MultipartFault};
use crate::header::Header;
use crate::limits::Limits;
use crate::quoted::QuotedPrintableReader;
use crate::split::{Splitter, Stop};

/// Reads the first part of a multipart/signed in CRLF form: header and body exactly as they arrived, without the CRLF
/// before the delimiter, which belongs to the delimiter. [`SignedParts::finish`] then gives the second part. Until then
/// nothing is known about how the multipart ends, so nothing read here may be believed.
#[derive(Debug)]
pub struct SignedParts<R: BufRead> {
    splitter: Splitter<R>,
    limits: Limits,
    defects: Vec<Defect>,
}

/// The second part of a multipart/signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondPart {
    /// Its header.
    pub header: Header,
    /// Its body with the transfer encoding undone, at most 16 MiB.
    pub body: Vec<u8>,
    /// What is odd but harmless about the multipart.
    pub defects: Vec<Defect>,
}

/// Something odd about a multipart that its reader should hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Defect {
    /// Text before the first delimiter, which nobody signed.
    Preamble,
    /// Text behind the closing delimiter, which nobody signed.
    Epilogue,
}

impl<R: BufRead> SignedParts<R> {
    /// Reads `inner`, the body of the multipart, up to its first part.
    ///
    /// # Errors
    /// [`Error::Boundary`], [`Error::Multipart`] if there is no part at all, [`Error::Io`]; each with the inner reader,
    /// so that what lies below can still be read to its end.
    pub fn new(inner: R, boundary: &str, limits: &Limits) -> Result<Self, (Error, R)> {
        let mut splitter = Splitter::new(inner, boundary)?;
        let mut defects = Vec::new();
        match to_first_part(&mut splitter) {
            Ok(preamble) => defects.extend(preamble.then_some(Defect::Preamble)),
            Err(error) => return Err((error, splitter.epilogue().1)),
        }
        Ok(SignedParts { splitter, limits: *limits, defects })
    }

    /// The inner reader, and how many bytes were taken from it that did not come out yet.
    pub fn unread(&self) -> (&R, usize) {
        self.splitter.unread()
    }

    /// Skips what is left of the first part, reads the second and everything behind it. Gives the inner reader back,
    /// at its end unless there was an error.
    ///
    /// The error is [`Error::Multipart`] where there are not exactly two parts and a closing delimiter, and whatever
    /// the second part's header and transfer encoding make.
    pub fn finish(mut self) -> (Result<SecondPart, Error>, R) {
        let second = self.second();
        let (rest, mut inner) = self.splitter.epilogue();
        let result = second.and_then(|(header, body)| {
            let mut defects = self.defects;
            // Both are read: the input has to be consumed whole.
            if drain(&mut rest.as_slice())? | drain(&mut inner)? {
                defects.push(Defect::Epilogue);
            }
            Ok(SecondPart { header, body, defects })
        });
        (result, inner)
    }

    fn second(&mut self) -> Result<(Header, Vec<u8>), Error> {
        match self.splitter.next()? {
            Stop::Delimiter(_) => {}
            Stop::Close(_) => return Err(Error::Multipart(MultipartFault::OnePart)),
            Stop::End => return Err(Error::Multipart(MultipartFault::Unclosed)),
        }
        let header = Header::read(&mut self.splitter, &self.limits)?;
        let body = decoded(&mut self.splitter, header.transfer_encoding())?;
        match self.splitter.next()? {
            Stop::Close(_) => Ok((header, body)),
            Stop::Delimiter(_) => Err(Error::Multipart(MultipartFault::ThirdPart)),
            Stop::End => Err(Error::Multipart(MultipartFault::Unclosed)),
        }
    }
}

/// Skips the preamble and says whether there was one.
fn to_first_part<R: BufRead>(splitter: &mut Splitter<R>) -> Result<bool, Error> {
    let preamble = drain(splitter)?;
    match splitter.next()? {
        Stop::Delimiter(_) => Ok(preamble),
        _ => Err(Error::Multipart(MultipartFault::NoParts)),
    }
}

impl<R: BufRead> BufRead for SignedParts<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.splitter.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.splitter.consume(amount);
    }
}

impl<R: BufRead> Read for SignedParts<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.splitter.read(out)
    }
}

fn decoded(from: &mut dyn BufRead, encoding: TransferEncoding) -> Result<Vec<u8>, Error> {
    match encoding {
        TransferEncoding::Base64 => bounded_base64(Base64Reader::new(from)),
        TransferEncoding::QuotedPrintable => bounded(&mut QuotedPrintableReader::new(from)),
        TransferEncoding::Unknown => Err(Error::Multipart(MultipartFault::UnknownEncoding)),
        _ => bounded(from),
    }
}

fn bounded(from: &mut dyn BufRead) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    loop {
        let buf = match from.fill_buf() {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        if buf.is_empty() {
            return Ok(out);
        }
        check_room(&out, buf)?;
        out.extend_from_slice(buf);
        let len = buf.len();
        from.consume(len);
    }
}

fn bounded_base64<R: BufRead>(mut from: Base64Reader<R>) -> Result<Vec<u8>, Error> {
    let mut out = from.take_decoded()?; // all of it, nearly always
    loop {
        let piece = from.take_decoded()?;
        check_room(&out, &piece)?;
        if piece.is_empty() {
            return Ok(out);
        }
        out.extend_from_slice(&piece);
    }
}

fn check_room(out: &[u8], more: &[u8]) -> Result<(), Error> {
    let fits = out.len() + more.len() <= SECOND;
    fits.then_some(()).ok_or(Error::Multipart(MultipartFault::SecondPartTooLong))
}

/// Reads to the end; whether there was anything but white space.
fn drain(from: &mut dyn BufRead) -> io::Result<bool> {
    let mut text = false;
    loop {
        let buf = from.fill_buf()?;
        if buf.is_empty() {
            return Ok(text);
        }
        text = text || !buf.iter().all(u8::is_ascii_whitespace);
        let len = buf.len();
        from.consume(len);
    }
}

/// The longest second part, in bytes.
const SECOND: usize = 16 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n\r\n--b\r\n\
        Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\nMAA=\r\n\r\n--b--\r\n";

    fn run(text: &[u8], capacity: usize) -> Result<(Vec<u8>, SecondPart), Error> {
        let inner = io::BufReader::with_capacity(capacity, text);
        let mut parts = SignedParts::new(inner, "b", &Limits::default()).map_err(|(error, _)| error)?;
        let mut first = Vec::new();
        parts.read_to_end(&mut first)?;
        Ok((first, parts.finish().0?))
    }

    #[test]
    fn exact_bytes_in_every_chunking() {
        for capacity in 1..GOOD.len() {
            let (first, second) = run(GOOD.as_bytes(), capacity).unwrap();
            assert_eq!(first, b"Content-Type: text/plain\r\n\r\nHello\r\n");
            assert_eq!(second.body, [0x30, 0]);
            assert!(second.header.content_type().is("application", "pkcs7-signature"));
            assert_eq!(second.defects, []);
        }
    }

    #[test]
    fn truncated_anywhere_is_an_error() {
        // Without the last CRLF the closing delimiter is still whole.
        for len in 0..GOOD.len() - 2 {
            assert!(run(&GOOD.as_bytes()[..len], 4096).is_err(), "{len}");
        }
        assert!(run(&GOOD.as_bytes()[..GOOD.len() - 2], 4096).is_ok());
    }

    #[test]
    fn malformed_multiparts() {
        use MultipartFault::{NoParts, OnePart, SecondPartTooLong, ThirdPart, Unclosed, UnknownEncoding};
        let long = format!("--b\r\n\r\n--b\r\n\r\n{}\r\n--b--\r\n", "x".repeat(16 * 1024 * 1024 + 1));
        for (text, want) in [
            ("", NoParts),
            ("--b--\r\n", NoParts),
            ("--b\r\nx\r\n--b--\r\n", OnePart),
            ("--b\r\nx\r\n--b\r\n\r\ny\r\n--b\r\n\r\nz\r\n--b--\r\n", ThirdPart),
            ("--b\r\nx\r\n--b\r\n\r\ny\r\n", Unclosed),
            ("--b\r\nx", Unclosed),
            ("--b\r\nx\r\n--b\r\nContent-Transfer-Encoding: x\r\n\r\n\r\n--b--\r\n", UnknownEncoding),
            (&long, SecondPartTooLong),
        ] {
            let found = run(text.as_bytes(), 4096);
            assert!(matches!(found, Err(Error::Multipart(f)) if f == want), "{want:?}");
        }
    }

    #[test]
    fn unsigned_text_around_is_told() {
        let text = format!("hello{GOOD}bye");
        let (_, second) = run(text.as_bytes(), 4096).unwrap();
        assert_eq!(second.defects, [Defect::Preamble, Defect::Epilogue]);
        let unread = SignedParts::new(GOOD.as_bytes(), "b", &Limits::default()).unwrap();
        let (second, rest) = unread.finish();
        assert_eq!((second.unwrap().body.len(), rest.len()), (2, 0));
    }
}
