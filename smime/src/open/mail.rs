//! The second reading: what was proven is released, block by block, if it is still the same.

use std::io::{self, BufRead, Chain, Cursor, Read};

use cms::{ContentKey, Source};
use mime::{Header, LineStyle, ToLf, WithoutLegacyDisplay};

use crate::open::begin::walk;
use crate::open::error::OpenError;
use crate::open::prove::{Blocks, append};
use crate::open::stage::Stage;
use crate::open::walk::{End, Purpose};

/// A reader over proven content: the opened mail, header first, with the line ends that the input had.
pub struct Mail<'a>(Lines<'a>);

enum Lines<'a> {
    Crlf(Given<'a>),
    Lf(ToLf<Given<'a>>),
}

/// A header in place of the mail's own, and the body.
type Given<'a> = Chain<Cursor<Vec<u8>>, Body<'a>>;

enum Body<'a> {
    Whole(Box<Release<'a>>),
    /// Without the copies of header fields that other programs need (H-07).
    Undisplayed(Box<WithoutLegacyDisplay<Release<'a>>>),
}

/// Delivers each block whose tag is the one that the proof kept.
struct Release<'a> {
    stage: Stage<'a>,
    blocks: &'a Blocks,
    next: usize,
    /// What is being delivered.
    block: Vec<u8>,
    position: usize,
    /// Octets at the beginning that are left out.
    skip: usize,
}

/// What stands in place of a payload's own header.
#[derive(Default)]
pub(crate) struct Head {
    /// The header section with its empty line.
    pub(crate) header: Vec<u8>,
    /// Octets of the payload's body that this header stands for too: that of a mail within.
    pub(crate) skip: usize,
    /// The header of the entity whose Legacy Display Elements are left out; none where they stay.
    pub(crate) undisplayed: Option<Header>,
}

impl<'a> Mail<'a> {
    /// Reads the mail again, behind this head.
    pub(crate) fn new(
        source: &'a dyn Source,
        keys: &[ContentKey],
        blocks: &'a Blocks,
        head: Head,
        style: LineStyle,
    ) -> Result<Self, OpenError> {
        if let Some(stage) = blocks.again(source).map_err(OpenError::Io)? {
            return Mail::behind(stage, blocks, head, style);
        }
        let walk = walk(source, Purpose::Release { keys })?;
        match walk.end {
            End::Payload => Mail::behind(walk.stage, blocks, head, style),
            // Certificates alone: there is a header, and nothing under it.
            End::NoContent if blocks.list.is_empty() => {
                Mail::behind(Stage::input(Box::new(io::empty())), blocks, head, style)
            }
            _ => Err(OpenError::Changed),
        }
    }

    /// Releases what this stage delivers, as it is.
    pub(crate) fn of(stage: Stage<'a>, blocks: &'a Blocks, style: LineStyle) -> Self {
        Mail::lines(Vec::new(), Body::Whole(Box::new(Release::new(stage, blocks, 0))), style)
    }

    fn behind(stage: Stage<'a>, blocks: &'a Blocks, head: Head, style: LineStyle) -> Result<Self, OpenError> {
        let release = Release::new(stage, blocks, head.skip);
        let body = match head.undisplayed {
            None => Body::Whole(Box::new(release)),
            Some(root) => Body::Undisplayed(Box::new(WithoutLegacyDisplay::new(release, &root)?)),
        };
        Ok(Mail::lines(head.header, body, style))
    }

    fn lines(header: Vec<u8>, body: Body<'a>, style: LineStyle) -> Self {
        let given = Cursor::new(header).chain(body);
        Mail(match style {
            LineStyle::Lf => Lines::Lf(ToLf::new(given)),
            _ => Lines::Crlf(given),
        })
    }
}

impl<'a> Release<'a> {
    fn new(stage: Stage<'a>, blocks: &'a Blocks, skip: usize) -> Self {
        Release { stage, blocks, next: 0, block: Vec::new(), position: 0, skip }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.position = 0;
        self.block.clear();
        let mut block = std::mem::take(&mut self.block);
        // What came before a failure was compared with nothing: whoever reads on gets none of it.
        self.proven(&mut block)?;
        self.position = std::mem::take(&mut self.skip);
        self.block = block;
        Ok(())
    }

    /// Puts the next block behind what is there, if it is the one that was proven; `false` at the end. Where it fails,
    /// nothing is put there.
    fn proven(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        let before = out.len();
        let same = append(&mut self.stage, out).and_then(|more| {
            let block = out.get(before..).unwrap_or_default();
            match (more, self.blocks.list.get(self.next)) {
                (true, Some(expected)) if crypto::equal(&self.blocks.tag(self.next, block)?, expected) => Ok(true),
                (false, None) => Ok(false),
                _ => Err(io::Error::other(OpenError::Changed)),
            }
        });
        match same {
            Ok(more) => self.next += usize::from(more),
            Err(_) => out.truncate(before),
        }
        same
    }
}

impl BufRead for Body<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self {
            Body::Whole(r) => r.fill_buf(),
            Body::Undisplayed(r) => r.fill_buf(),
        }
    }

    fn consume(&mut self, count: usize) {
        match self {
            Body::Whole(r) => r.consume(count),
            Body::Undisplayed(r) => r.consume(count),
        }
    }
}

impl Read for Body<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }

    fn read_to_end(&mut self, out: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Body::Whole(r) => r.read_to_end(out),
            Body::Undisplayed(r) => r.read_to_end(out),
        }
    }
}

impl BufRead for Release<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.position >= self.block.len() {
            let before = self.next;
            self.refill()?;
            if self.next == before {
                break; // the end
            }
        }
        Ok(self.block.get(self.position..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.position = self.block.len().min(self.position.saturating_add(count));
    }
}

impl Read for Release<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }

    /// Block by block to where they are wanted.
    fn read_to_end(&mut self, out: &mut Vec<u8>) -> io::Result<usize> {
        let before = out.len();
        if self.skip > 0 {
            self.refill()?;
        }
        out.extend_from_slice(self.block.get(self.position..).unwrap_or_default());
        self.position = self.block.len();
        while self.proven(out)? {}
        Ok(out.len() - before)
    }
}

impl BufRead for Mail<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match &mut self.0 {
            Lines::Crlf(r) => r.fill_buf(),
            Lines::Lf(r) => r.fill_buf(),
        }
    }

    fn consume(&mut self, count: usize) {
        match &mut self.0 {
            Lines::Crlf(r) => r.consume(count),
            Lines::Lf(r) => r.consume(count),
        }
    }
}

impl Read for Mail<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }

    fn read_to_end(&mut self, out: &mut Vec<u8>) -> io::Result<usize> {
        match &mut self.0 {
            Lines::Crlf(r) => r.read_to_end(out),
            Lines::Lf(r) => r.read_to_end(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives some octets, then fails for ever.
    struct Failing(&'static [u8]);

    impl Read for Failing {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let count = self.fill_buf()?.read(out)?;
            self.consume(count);
            Ok(count)
        }
    }

    impl BufRead for Failing {
        fn fill_buf(&mut self) -> io::Result<&[u8]> {
            if self.0.is_empty() { Err(io::Error::other("failed")) } else { Ok(self.0) }
        }

        fn consume(&mut self, count: usize) {
            self.0 = &self.0[count..];
        }
    }

    #[test]
    fn e_03_a_reader_that_reads_on_behind_a_failure_gets_nothing() {
        let blocks = Blocks::new(&mut crypto::SystemRandom).unwrap();
        for style in [LineStyle::Crlf, LineStyle::Lf] {
            let stage = Stage::input(Box::new(Failing(b"never compared with anything\r\n")));
            let mut mail = Mail::of(stage, &blocks, style);
            let (mut out, mut failures) = (Vec::new(), 0);
            for _ in 0..20 {
                let mut buffer = [0; 64];
                match mail.read(&mut buffer) {
                    Ok(count) => out.extend_from_slice(&buffer[..count]),
                    Err(_) => failures += 1,
                }
            }
            assert!(failures > 0 && !String::from_utf8_lossy(&out).contains("never"), "{out:?}");
            let stage = Stage::input(Box::new(Failing(b"never compared with anything\r\n")));
            let mut all = Vec::new();
            assert!(Mail::of(stage, &blocks, style).read_to_end(&mut all).is_err());
            assert!(!String::from_utf8_lossy(&all).contains("never"), "{all:?}");
        }
    }

    #[test]
    fn at_once_and_piece_by_piece_come_the_same_octets() {
        let text: &[u8] = b"A: b\r\n\r\nbody\r\n";
        for (skip, style, want) in [
            (0, LineStyle::Crlf, "C: d\r\n\r\nA: b\r\n\r\nbody\r\n"),
            (8, LineStyle::Crlf, "C: d\r\n\r\nbody\r\n"),
            (8, LineStyle::Lf, "C: d\n\nbody\n"),
        ] {
            let mut blocks = Blocks::new(&mut crypto::SystemRandom).unwrap();
            blocks.take(&mut &*text, |_| {}).unwrap();
            let mail = || {
                let head = Head { header: b"C: d\r\n\r\n".to_vec(), skip, undisplayed: None };
                Mail::behind(Stage::input(Box::new(text)), &blocks, head, style).unwrap()
            };
            let (mut at_once, mut pieces) = (Vec::new(), Vec::new());
            mail().read_to_end(&mut at_once).unwrap();
            for octet in mail().bytes() {
                pieces.push(octet.unwrap());
            }
            assert_eq!((at_once.as_slice(), pieces.as_slice()), (want.as_bytes(), want.as_bytes()), "{skip}");
        }
    }
}
