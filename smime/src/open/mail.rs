//! The second reading: what was proven is released, block by block, if it is still the same.

use std::io::{self, BufRead, Read};

use cms::{ContentKey, Source};
use mime::{LineStyle, ToLf};

use crate::open::error::OpenError;
use crate::open::prove::{Blocks, fill};
use crate::open::stage::Stage;
use crate::open::walk::{End, Purpose, walk};

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
        let walk = walk(source, Purpose::Release { keys })?;
        if !matches!(walk.end, End::Payload) {
            return Err(OpenError::Changed);
        }
        Ok(Mail::of(walk.stage, blocks, header, style))
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
        let more = fill(&mut self.stage, &mut self.block)?;
        let expected = self.blocks.list.get(self.next);
        let same = match (more, expected) {
            (true, Some(expected)) => crypto::equal(&self.blocks.tag(self.next, &self.block)?, expected),
            (false, None) => true,
            _ => false,
        };
        if !same {
            self.block.clear();
            return Err(io::Error::other(OpenError::Changed));
        }
        self.next += usize::from(more);
        Ok(())
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
}
