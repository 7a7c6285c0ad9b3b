//! Where the mails of an mbox begin and end (RFC 4155): before each stands a line that begins with `From `, behind an empty
//! line or at the beginning of the file. Lines within mails that begin so are quoted in files of every kind but mboxcl2; one
//! that is not only cuts a mail in two, each of which is copied as it is.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::ops::Range;

use smime::Source;

use crate::source::{At, BUFFER};

/// One mail in an mbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// All of it, the line before it and the empty line behind it included.
    pub whole: Range<u64>,
    /// The mail itself.
    pub mail: Range<u64>,
}

/// Goes from mail to mail in constant memory.
pub(super) struct Scan<'f> {
    reader: BufReader<At<'f>>,
    /// Where the reader is: at the beginning of an entry, behind its first line if `begun` is its length.
    at: u64,
    begun: u64,
}

impl<'f> Scan<'f> {
    /// Begins at an entry.
    pub fn new(file: &'f File, at: u64) -> Scan<'f> {
        let reader = BufReader::with_capacity(BUFFER, At { file, position: at });
        Scan { reader, at, begun: 0 }
    }

    /// Where the next entry begins.
    pub fn position(&self) -> u64 {
        self.at
    }

    /// The next entry; `None` at the end.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] where none begins.
    pub fn next(&mut self) -> io::Result<Option<Entry>> {
        let start = self.at;
        let mut line = Line::default();
        if self.begun == 0 {
            line.read(&mut self.reader)?;
            match line.length {
                0 => return Ok(None),
                _ if !line.is_from => return Err(io::ErrorKind::InvalidData.into()),
                length => self.begun = length,
            }
        }
        let body = start + self.begun;
        let mut at = body;
        let mut blank = 0; // octets of the empty line just before
        loop {
            line.read(&mut self.reader)?;
            if line.length == 0 || (line.is_from && blank > 0) {
                (self.at, self.begun) = (at, line.length);
                return Ok(Some(Entry { whole: start..at, mail: body..(at - blank).max(body) }));
            }
            at += line.length;
            blank = if line.is_blank { line.length } else { 0 };
        }
    }
}

#[derive(Default)]
struct Line {
    length: u64,
    is_from: bool,
    is_blank: bool,
}

impl Line {
    /// Reads a line of any length; of length 0 at the end.
    fn read(&mut self, reader: &mut impl BufRead) -> io::Result<()> {
        let mut start: Vec<u8> = Vec::with_capacity(FROM.len());
        self.length = 0;
        loop {
            let piece = reader.fill_buf()?;
            let end = piece.iter().position(|octet| *octet == b'\n').map(|at| at + 1);
            let used = end.unwrap_or(piece.len());
            let room = FROM.len() - start.len();
            start.extend(&piece[..used.min(room)]);
            self.length += used as u64;
            reader.consume(used);
            if end.is_some() || used == 0 {
                self.is_from = start == FROM;
                self.is_blank = start == b"\n" || start == b"\r\n";
                return Ok(());
            }
        }
    }
}

/// A part of a file.
pub(super) struct Part<'f> {
    pub file: &'f File,
    pub range: Range<u64>,
}

impl Source for Part<'_> {
    fn open(&self) -> io::Result<Box<dyn BufRead + '_>> {
        let at = At { file: self.file, position: self.range.start };
        let length = self.range.end - self.range.start;
        Ok(Box::new(io::Read::take(BufReader::with_capacity(BUFFER, at), length)))
    }

    fn length(&self) -> Option<u64> {
        Some(self.range.end - self.range.start)
    }
}

const FROM: &[u8] = b"From ";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Folder;

    fn entries(text: &[u8]) -> io::Result<Vec<Entry>> {
        let folder = Folder::new();
        std::fs::write(folder.path().join("m"), text)?;
        let file = File::open(folder.path().join("m"))?;
        let mut scan = Scan::new(&file, 0);
        std::iter::from_fn(|| scan.next().transpose()).collect()
    }

    #[test]
    fn every_octet_belongs_to_one_mail() {
        let text = b"From a\nA: b\n\nbody\nFrom here on\n\nFrom b\n\nFrom c\r\nA: b\r\n\r\n\r\nFrom d\nno end";
        let found = entries(text).unwrap();
        let wholes: Vec<_> = found.iter().map(|e| (e.whole.start, e.whole.end)).collect();
        let starts: Vec<u64> = [0, 32, 40].into_iter().collect();
        assert_eq!(wholes.iter().map(|w| w.0).take(3).collect::<Vec<_>>(), starts);
        assert!(wholes.windows(2).all(|w| w[0].1 == w[1].0));
        assert_eq!(wholes.last().unwrap().1, text.len() as u64);
        let mail = |i: usize| &text[found[i].mail.start as usize..found[i].mail.end as usize];
        assert_eq!(mail(0), b"A: b\n\nbody\nFrom here on\n");
        assert_eq!(mail(1), b"");
        assert_eq!(mail(2), b"A: b\r\n\r\n");
        assert_eq!(mail(3), b"no end");
        assert!(entries(b"").unwrap().is_empty());
        assert!(entries(b"Subject: no mbox\n\n").is_err());
        for length in 0..text.len() {
            if let Ok(found) = entries(&text[..length]) {
                assert_eq!(found.iter().map(|e| e.whole.end - e.whole.start).sum::<u64>(), length as u64);
            }
        }
    }
}
