//! TNEF (application/ms-tnef, winmail.dat), as far as it wraps S/MIME: the one attachment that holds the message
//! (MS-OXTNEF §2.1, MS-OXOSMIME §2.1.3).

use std::io::{self, BufRead, Read};

use crate::error::Error;

/// Reads the octets of the attachment in which a TNEF stream carries an S/MIME message: a CMS structure, or an entity
/// that is multipart/signed. What else the stream has is passed over.
///
/// Nothing is held but a few octets; attributes are bounded in number (10,000) and by the input in length.
/// Checksums are not looked at: they tell nothing that the CMS structure inside does not tell better.
#[derive(Debug)]
pub struct TnefReader<R> {
    inner: R,
    /// The first octets of the attachment, which were looked at to know what it is.
    start: Vec<u8>,
    shown: usize,
    /// Octets of the attachment that are still in `inner`.
    left: u64,
}

impl<R: BufRead> TnefReader<R> {
    /// Stands at the attachment; `None` where this is no TNEF stream, or none that carries such a message.
    ///
    /// # Errors
    /// Where it cannot be read, and [`Error::Tnef`] inside an [`io::Error`] where it ends early or goes on for ever.
    pub fn open(mut inner: R) -> io::Result<Option<Self>> {
        let mut opening = [0; 6];
        if fill(&mut inner, &mut opening)? < opening.len() || !opening.starts_with(&SIGNATURE) {
            return Ok(None);
        }
        let (mut of_class, mut titled) = (false, false);
        for _ in 0..MAX_ATTRIBUTES {
            let mut head = [0; 9];
            match fill(&mut inner, &mut head)? {
                0 => return Ok(None),
                9 => {}
                _ => return Err(ends_early()),
            }
            let [_, a, b, c, d, e, f, g, h] = head;
            let (attribute, length) = (u32::from_le_bytes([a, b, c, d]), u64::from(u32::from_le_bytes([e, f, g, h])));
            match attribute {
                MESSAGE_CLASS => of_class = text(&mut inner, length)?.contains("ipm.note.smime"),
                ATTACHMENT_BEGINS => {
                    titled = false;
                    skip(&mut inner, length)?;
                }
                ATTACHMENT_TITLE => titled = text(&mut inner, length)?.trim_end_matches('\0').ends_with(".p7m"),
                ATTACHMENT_DATA => {
                    let mut start = vec![0; usize::try_from(length).unwrap_or(LOOK).min(LOOK)];
                    if fill(&mut inner, &mut start)? < start.len() {
                        return Err(ends_early());
                    }
                    let left = length.saturating_sub(u64::try_from(start.len()).unwrap_or_default());
                    if of_class || titled || is_smime(&start) {
                        return Ok(Some(TnefReader { inner, start, shown: 0, left }));
                    }
                    skip(&mut inner, left)?;
                }
                _ => skip(&mut inner, length)?,
            }
            skip(&mut inner, CHECKSUM)?;
        }
        Err(io::Error::other(Error::Tnef("too many attributes")))
    }

    /// The reader below, somewhere in the stream.
    pub fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: BufRead> BufRead for TnefReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.shown < self.start.len() {
            return Ok(self.start.get(self.shown..).unwrap_or_default());
        }
        if self.left == 0 {
            return Ok(&[]);
        }
        let available = self.inner.fill_buf()?;
        if available.is_empty() {
            return Err(ends_early());
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        Ok(available.get(..most).unwrap_or(available))
    }

    fn consume(&mut self, count: usize) {
        if self.shown < self.start.len() {
            self.shown = self.start.len().min(self.shown.saturating_add(count));
        } else {
            self.left = self.left.saturating_sub(u64::try_from(count).unwrap_or(u64::MAX));
            self.inner.consume(count);
        }
    }
}

impl<R: BufRead> Read for TnefReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

/// Whether something begins as a ContentInfo of CMS does (RFC 5652 §3), or as an entity that is multipart/signed.
fn is_smime(start: &[u8]) -> bool {
    let type_at = |at: usize| {
        let oid = start.get(at..).unwrap_or_default();
        oid.starts_with(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07")
            || oid.starts_with(b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09")
    };
    let cms = start.first() == Some(&0x30) && (2..=6).any(type_at);
    cms || start.to_ascii_lowercase().starts_with(b"content-type: multipart/signed")
}

/// A short text in lower case; what is longer is cut.
fn text<R: BufRead>(inner: &mut R, length: u64) -> io::Result<String> {
    let mut octets = vec![0; usize::try_from(length).unwrap_or(MAX_TEXT).min(MAX_TEXT)];
    if fill(inner, &mut octets)? < octets.len() {
        return Err(ends_early());
    }
    skip(inner, length.saturating_sub(u64::try_from(octets.len()).unwrap_or_default()))?;
    Ok(String::from_utf8_lossy(&octets).to_ascii_lowercase())
}

fn skip<R: BufRead>(inner: &mut R, length: u64) -> io::Result<()> {
    let passed = io::copy(&mut inner.by_ref().take(length), &mut io::sink())?;
    if passed < length { Err(ends_early()) } else { Ok(()) }
}

/// Fills the buffer as far as the input reaches.
fn fill<R: BufRead>(inner: &mut R, out: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = out.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match inner.read(rest)? {
            0 => break,
            count => done += count,
        }
    }
    Ok(done)
}

fn ends_early() -> io::Error {
    io::Error::other(Error::Tnef("it ends early"))
}

/// Attributes of a stream that are looked at.
const MAX_ATTRIBUTES: usize = 10_000;
/// TNEF_SIGNATURE, 0x223E9F78, the least octet first.
const SIGNATURE: [u8; 4] = [0x78, 0x9f, 0x3e, 0x22];
const MESSAGE_CLASS: u32 = 0x0007_8008;
const ATTACHMENT_BEGINS: u32 = 0x0006_9002;
const ATTACHMENT_TITLE: u32 = 0x0001_8010;
const ATTACHMENT_DATA: u32 = 0x0006_800f;
/// Octets behind each attribute.
const CHECKSUM: u64 = 2;
/// Octets of a text that are looked at.
const MAX_TEXT: usize = 1024;
/// Octets of an attachment that are looked at.
const LOOK: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(level: u8, id: u32, data: &[u8]) -> Vec<u8> {
        let sum = data.iter().fold(0u16, |sum, octet| sum.wrapping_add(u16::from(*octet)));
        let length = u32::try_from(data.len()).unwrap().to_le_bytes();
        [&[level][..], &id.to_le_bytes(), &length, data, &sum.to_le_bytes()].concat()
    }

    /// A stream as Exchange writes it: a version, a class, then attachments, each with its title behind its data.
    fn stream(class: &str, attachments: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = [&SIGNATURE[..], &[1, 0]].concat();
        out.extend(attribute(1, 0x0008_9006, &[0, 0, 1, 0]));
        out.extend(attribute(1, MESSAGE_CLASS, format!("{class}\0").as_bytes()));
        for (title, data) in attachments {
            out.extend(attribute(2, ATTACHMENT_BEGINS, &[0; 14]));
            out.extend(attribute(2, ATTACHMENT_DATA, data));
            out.extend(attribute(2, ATTACHMENT_TITLE, format!("{title}\0").as_bytes()));
        }
        out
    }

    fn read(stream: &[u8]) -> io::Result<Option<Vec<u8>>> {
        // Small buffers, so that every border is met.
        let Some(mut reader) = TnefReader::open(io::BufReader::with_capacity(3, stream))? else { return Ok(None) };
        let mut out = Vec::new();
        reader.read_to_end(&mut out)?;
        Ok(Some(out))
    }

    const CMS: &[u8] = b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03 and what follows, which is long enough";

    #[test]
    fn f_13_the_attachment_that_is_the_message_is_found() {
        let found = |bytes: Vec<u8>| read(&bytes).unwrap();
        assert_eq!(found(stream("IPM.Note.SMIME", &[("smime.p7m", b"short")])), Some(b"short".to_vec()));
        let clear = b"Content-Type: multipart/signed; boundary=x\r\n\r\n".as_slice();
        assert_eq!(found(stream("IPM.Note", &[("photo.jpg", b"\xff\xd8"), ("x", clear)])), Some(clear.to_vec()));
        assert_eq!(found(stream("IPM.Note", &[("photo.jpg", b"\xff\xd8"), ("a", CMS)])), Some(CMS.to_vec()));
        assert_eq!(found(stream("IPM.Note", &[("photo.jpg", b"\xff\xd8"), ("a.txt", b"0123")])), None);
        assert_eq!(found(stream("IPM.Note", &[])), None);
        assert_eq!(found(b"no TNEF at all".to_vec()), None);
        assert_eq!(found(Vec::new()), None);
    }

    #[test]
    fn every_truncation_ends_and_gives_nothing_whole() {
        let whole = stream("IPM.Note", &[("photo.jpg", b"\xff\xd8"), ("smime.p7m", CMS)]);
        let end = whole.windows(CMS.len()).position(|window| window == CMS).unwrap() + CMS.len();
        for length in 0..end {
            assert!(!matches!(read(&whole[..length]), Ok(Some(_))), "{length}");
        }
        assert_eq!(read(&whole[..end]).unwrap(), Some(CMS.to_vec()));
    }

    #[test]
    fn lengths_that_lie_and_streams_without_end_are_refused() {
        let mut lying = stream("IPM.Note", &[("a", CMS)]);
        let at = lying.windows(4).position(|window| window == ATTACHMENT_DATA.to_le_bytes()).unwrap() + 4;
        lying[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(read(&lying).is_err());
        let many = [stream("IPM.Note", &[]), attribute(1, 0x0002_8005, &[]).repeat(MAX_ATTRIBUTES + 1)].concat();
        assert!(read(&many).is_err());
    }
}
