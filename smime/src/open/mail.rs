//! The second reading: what was proven is released, block by block, if it is still the same.

use std::io::{self, BufRead, Read};

use cms::{ContentKey, Source};
use mime::{LineStyle, ToLf};

use crate::open::begin::walk;
use crate::open::error::OpenError;
use crate::open::prove::{Blocks, append};
use crate::open::stage::Stage;
use crate::open::walk::{End, Purpose};

/// A reader over proven content: the opened mail, header first, with the line ends that the input had.
pub struct Mail<'a>(Lines<'a>);

enum Lines<'a> {
    Crlf(Release<'a>),
    Lf(ToLf<Release<'a>>),
}

/// Delivers the header, then each block whose tag is the one that the proof kept.
struct Release<'a> {
    stage: Stage<'a>,
    blocks: &'a Blocks,
    next: usize,
    /// What is being delivered: the header first, then one block at a time.
    block: Vec<u8>,
    position: usize,
}

impl<'a> Mail<'a> {
    /// Reads the mail again. `header` is what stands in place of its own.
    pub(crate) fn new(
        source: &'a dyn Source,
        keys: &[ContentKey],
        blocks: &'a Blocks,
        header: Vec<u8>,
        style: LineStyle,
    ) -> Result<Self, OpenError> {
        if let Some(stage) = blocks.again(source).map_err(OpenError::Io)? {
            return Ok(Mail::of(stage, blocks, header, style));
        }
        let walk = walk(source, Purpose::Release { keys })?;
        match walk.end {
            End::Payload => Ok(Mail::of(walk.stage, blocks, header, style)),
            // Certificates alone: there is a header, and nothing under it.
            End::NoContent if blocks.list.is_empty() => {
                Ok(Mail::of(Stage::input(Box::new(io::empty())), blocks, header, style))
            }
            _ => Err(OpenError::Changed),
        }
    }

    /// Releases what this stage delivers, behind this header.
    pub(crate) fn of(stage: Stage<'a>, blocks: &'a Blocks, header: Vec<u8>, style: LineStyle) -> Self {
        let release = Release { stage, blocks, next: 0, block: header, position: 0 };
        Mail(match style {
            LineStyle::Lf => Lines::Lf(ToLf::new(release)),
            _ => Lines::Crlf(release),
        })
    }
}

impl Release<'_> {
    fn refill(&mut self) -> io::Result<()> {
        self.position = 0;
        self.block.clear();
        let mut block = std::mem::take(&mut self.block);
        // What came before a failure was compared with nothing: whoever reads on gets none of it.
        self.proven(&mut block)?;
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

impl BufRead for Release<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.position >= self.block.len() {
            self.refill()?;
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

    fn read_to_end(&mut self, out: &mut Vec<u8>) -> io::Result<usize> {
        let before = out.len();
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

    /// Block by block to where they are wanted.
    fn read_to_end(&mut self, out: &mut Vec<u8>) -> io::Result<usize> {
        match &mut self.0 {
            Lines::Crlf(release) => release.read_to_end(out),
            Lines::Lf(lines) => lines.read_to_end(out),
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
            let mut mail = Mail::of(stage, &blocks, b"Subject: proven\r\n\r\n".to_vec(), style);
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
            let mut mail = Mail::of(stage, &blocks, b"Subject: proven\r\n\r\n".to_vec(), style);
            let mut out = Vec::new();
            assert!(mail.read_to_end(&mut out).is_err() && !String::from_utf8_lossy(&out).contains("never"), "{out:?}");
        }
    }
}
