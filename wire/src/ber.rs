//! BER as a stream (X.690 §8): a pull reader that never holds a content octet string, and a
//! normaliser to definite lengths for the small structures around it.
//!
//! Errors travel as [`io::Error`] of kind `InvalidData` that carry this crate's [`Error`], so that a
//! reader can sit between other readers; [`error_of`] gives it back.

use std::borrow::Cow;
use std::io::{self, BufRead};

use crate::der::{Tag, parse_header, write_length};
use crate::error::{Error, Result};
use crate::pass_over::{PassOver, read_past};

/// The error of this crate inside an [`io::Error`], if that is what it carries.
pub fn error_of(error: &io::Error) -> Option<&Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref::<Error>())
}

/// Wraps an error of this crate for a [`io::Read`] boundary.
pub fn io_error(error: Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// Where a constructed element ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// At this offset of the input.
    At(u64),
    /// At end-of-contents octets (X.690 §8.1.5).
    Marked,
}

/// A pull reader over BER. Constructed elements are entered and left; small elements are taken
/// whole; one OCTET STRING at a time is streamed with [`BerReader::octets`].
#[derive(Debug)]
pub struct BerReader<R> {
    source: R,
    position: u64,
    frames: Vec<End>,
    octets: Option<Octets>,
}

/// The OCTET STRING being streamed.
#[derive(Debug)]
struct Octets {
    /// Unread octets of the current fragment.
    remaining: u64,
    /// How many of the reader's frames belong to this string.
    frames: usize,
    fragments: u64,
    total: u64,
}

impl<R: BufRead> BerReader<R> {
    /// Reads from the beginning of `source`.
    pub fn new(source: R) -> Self {
        BerReader { source, position: 0, frames: Vec::new(), octets: None }
    }

    /// Octets consumed so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Gives the source back, wherever reading stands.
    pub fn into_inner(self) -> R {
        self.source
    }

    /// The source, wherever reading stands.
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.source
    }

    /// The tag of the next element of the current frame; `None` at the frame's end (at the outermost
    /// level: the end of the input).
    pub fn peek(&mut self) -> io::Result<Option<Tag>> {
        if let Some(End::At(end)) = self.frames.last()
            && self.position >= *end
        {
            return Ok(None);
        }
        match (self.source.fill_buf()?.first(), self.frames.last()) {
            (None, None) | (Some(0), Some(End::Marked)) => Ok(None),
            (None, Some(_)) => Err(io_error(Error::Truncated)),
            (Some(tag), _) => Ok(Some(Tag(*tag))),
        }
    }

    /// Enters the next element, which must be constructed and have this tag.
    pub fn enter(&mut self, tag: Tag) -> io::Result<()> {
        let (found, end) = self.header()?;
        if found != tag {
            return Err(io_error(Error::UnexpectedTag { expected: tag.0, found: found.0 }));
        }
        self.push(end)
    }

    /// Leaves the current frame, of which everything must have been read.
    pub fn leave(&mut self) -> io::Result<()> {
        if self.peek()?.is_some() {
            return Err(io_error(Error::TrailingBytes));
        }
        self.pop()
    }

    /// Takes the next element whole, at most `limit` octets of it, as one with definite lengths
    /// outside; inside it may still hold indefinite ones (see [`parse`]).
    pub fn element(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        if let Some(element) = self.element_at_hand(limit)? {
            return Ok(element);
        }
        let start = self.position;
        let (tag, end) = self.header()?;
        let mut contents = Vec::new();
        match end {
            End::At(end) => self.copy(end.saturating_sub(self.position), limit, &mut contents)?,
            End::Marked => {
                let depth = self.frames.len();
                self.push(end)?;
                while self.frames.len() > depth {
                    let used = usize::try_from(self.position - start).unwrap_or(usize::MAX);
                    if used > limit {
                        return Err(io_error(Error::LimitExceeded("element")));
                    }
                    if self.peek()?.is_none() {
                        self.pop()?;
                        if self.frames.len() > depth {
                            contents.extend_from_slice(&[0, 0]);
                        }
                        continue;
                    }
                    let (tag, end) = self.header()?;
                    contents.push(tag.0);
                    match end {
                        End::Marked => {
                            contents.push(0x80);
                            self.push(end)?;
                        }
                        End::At(end) => {
                            let length = end.saturating_sub(self.position);
                            write_length(&mut contents, usize::try_from(length).unwrap_or(usize::MAX));
                            self.copy(length, limit, &mut contents)?;
                        }
                    }
                }
            }
        }
        let mut out = Vec::with_capacity(contents.len() + 6);
        out.push(tag.0);
        write_length(&mut out, contents.len());
        out.extend_from_slice(&contents);
        Ok(out)
    }

    /// Takes the next element whole if it has a definite length and at most `limit` octets of contents; `None` where it
    /// has not, and it is skipped.
    pub fn element_within(&mut self, limit: usize) -> io::Result<Option<Vec<u8>>> {
        let (tag, end) = self.header()?;
        let End::At(end) = end else {
            self.push(end)?;
            while self.peek()?.is_some() {
                self.skip()?;
            }
            self.pop()?;
            return Ok(None);
        };
        let length = end.saturating_sub(self.position);
        if usize::try_from(length).map_or(true, |length| length > limit) {
            self.discard(length)?;
            return Ok(None);
        }
        let mut contents = Vec::new();
        self.copy(length, limit, &mut contents)?;
        let mut out = Vec::with_capacity(contents.len() + 6);
        out.push(tag.0);
        write_length(&mut out, contents.len());
        out.extend_from_slice(&contents);
        Ok(Some(out))
    }

    /// The next element, if all of it is in the buffer below with a minimal definite length: as most are.
    /// Whatever is wrong with it, the way of [`BerReader::element`] tells.
    fn element_at_hand(&mut self, limit: usize) -> io::Result<Option<Vec<u8>>> {
        let Some((element, _)) = first_element(self.window()?, limit) else { return Ok(None) };
        let element = element.to_vec();
        self.consume_elements(element.len());
        Ok(Some(element))
    }

    /// Octets to the end of the innermost frame that has one.
    fn room(&self) -> u64 {
        let end = self.frames.iter().rev().find_map(|frame| match frame {
            End::At(end) => Some(*end),
            End::Marked => None,
        });
        end.map_or(u64::MAX, |end| end.saturating_sub(self.position))
    }

    /// What is at hand of the current frame, so that many small elements are taken in one stride ([`first_element`]); empty
    /// where nothing is. Say with [`BerReader::consume_elements`] how much was taken.
    pub fn window(&mut self) -> io::Result<&[u8]> {
        let room = usize::try_from(self.room()).unwrap_or(usize::MAX);
        let available = self.source.fill_buf()?;
        Ok(available.get(..room.min(available.len())).unwrap_or_default())
    }

    /// Marks octets that [`BerReader::window`] showed as used: whole elements.
    pub fn consume_elements(&mut self, octets: usize) {
        self.source.consume(octets);
        self.position = self.position.saturating_add(u64::try_from(octets).unwrap_or(u64::MAX));
    }

    /// Skips the next element, whatever its size.
    pub fn skip(&mut self) -> io::Result<()> {
        let depth = self.frames.len();
        loop {
            if self.frames.len() > depth && self.peek()?.is_none() {
                self.pop()?;
            } else {
                let (_, end) = self.header()?;
                match end {
                    End::Marked => self.push(end)?,
                    End::At(end) => self.discard(end.saturating_sub(self.position))?,
                }
            }
            if self.frames.len() == depth {
                return Ok(());
            }
        }
    }

    /// Skips the next element as one that somebody read and checked before: where its length is told, the reader below
    /// may pass over it without making its octets.
    pub fn skip_known(&mut self) -> io::Result<()>
    where
        R: PassOver,
    {
        match self.header()? {
            (_, End::At(end)) => {
                let count = end.saturating_sub(self.position);
                let passed = self.source.pass_over(count)?;
                self.position += passed;
                if passed == count { Ok(()) } else { Err(io_error(Error::Truncated)) }
            }
            (_, end) => {
                self.push(end)?;
                while self.peek()?.is_some() {
                    self.skip()?;
                }
                self.pop()
            }
        }
    }

    /// Begins to stream the next element, an OCTET STRING whose primitive form has this tag (the
    /// universal one, or an IMPLICIT one), in whichever form it is.
    pub fn begin_octets(&mut self, primitive: Tag) -> io::Result<()> {
        let (found, end) = self.header()?;
        let mut octets = Octets { remaining: 0, frames: 0, fragments: 0, total: 0 };
        if found == primitive {
            let End::At(end) = end else { return Err(io_error(Error::BadLength)) };
            octets.remaining = end.saturating_sub(self.position);
        } else if found.0 == primitive.0 | 0x20 {
            self.push(end)?;
            octets.frames = 1;
        } else {
            return Err(io_error(Error::UnexpectedTag { expected: primitive.0, found: found.0 }));
        }
        self.octets = Some(octets);
        Ok(())
    }

    /// Begins to stream the contents octets of the next element, whatever its tag, as if they were a string's. Its length
    /// must be definite: what lies inside is not looked at.
    pub fn begin_contents(&mut self) -> io::Result<()> {
        let (_, End::At(end)) = self.header()? else { return Err(io_error(Error::BadLength)) };
        let remaining = end.saturating_sub(self.position);
        self.octets = Some(Octets { remaining, frames: 0, fragments: 0, total: 0 });
        Ok(())
    }

    /// The next octets of the string being streamed, without copying; empty at its end. Call
    /// [`BerReader::consume_octets`] with how many were used.
    pub fn octets(&mut self) -> io::Result<&[u8]> {
        let remaining = self.next_fragment()?;
        if remaining == 0 {
            return Ok(&[]);
        }
        let available = self.source.fill_buf()?;
        if available.is_empty() {
            return Err(io_error(Error::Truncated));
        }
        let count = usize::try_from(remaining).unwrap_or(usize::MAX).min(available.len());
        Ok(available.get(..count).unwrap_or_default())
    }

    /// Marks octets that [`BerReader::octets`] showed as used.
    pub fn consume_octets(&mut self, count: usize) {
        let count64 = u64::try_from(count).unwrap_or(u64::MAX);
        if let Some(octets) = &mut self.octets {
            octets.remaining = octets.remaining.saturating_sub(count64);
            octets.total = octets.total.saturating_add(count64);
        }
        self.source.consume(count);
        self.position = self.position.saturating_add(count64);
    }

    /// Moves to a fragment with octets left and says how many; 0 at the end of the string, which is
    /// then left.
    fn next_fragment(&mut self) -> io::Result<u64> {
        loop {
            let Some(octets) = &self.octets else { return Ok(0) };
            if octets.remaining > 0 {
                return Ok(octets.remaining);
            }
            if octets.frames == 0 {
                self.octets = None;
                return Ok(0);
            }
            if self.peek()?.is_none() {
                self.pop()?;
                if let Some(octets) = &mut self.octets {
                    octets.frames -= 1;
                }
                continue;
            }
            self.enter_fragment()?;
        }
    }

    fn enter_fragment(&mut self) -> io::Result<()> {
        let (tag, end) = self.header()?;
        let position = self.position;
        let Some(octets) = &mut self.octets else { return Ok(()) };
        octets.fragments += 1;
        if octets.fragments > FREE_FRAGMENTS && octets.total / octets.fragments < LEAST_AVERAGE {
            return Err(io_error(Error::LimitExceeded("OCTET STRING fragments")));
        }
        match (tag, end) {
            (Tag::OCTET_STRING, End::At(end)) => octets.remaining = end.saturating_sub(position),
            (Tag(0x24), _) => {
                octets.frames += 1;
                self.push(end)?;
            }
            _ => return Err(io_error(Error::UnexpectedTag { expected: Tag::OCTET_STRING.0, found: tag.0 })),
        }
        Ok(())
    }

    /// Identifier and length octets; checks the length against the enclosing frame.
    fn header(&mut self) -> io::Result<(Tag, End)> {
        let tag = Tag(self.byte()?);
        if tag.0 & 0x1f == 0x1f || tag.0 == 0 {
            return Err(io_error(Error::BadTag));
        }
        let first = self.byte()?;
        if first == 0x80 {
            return if tag.is_constructed() { Ok((tag, End::Marked)) } else { Err(io_error(Error::BadLength)) };
        }
        let mut length = u64::from(first);
        if first & 0x80 != 0 {
            length = 0;
            let count = first & 0x7f;
            if count > 8 {
                return Err(io_error(Error::BadLength));
            }
            for _ in 0..count {
                length = (length << 8) | u64::from(self.byte()?);
            }
        }
        let end = self.position.checked_add(length).ok_or_else(|| io_error(Error::BadLength))?;
        if let Some(End::At(limit)) = self.frames.iter().rev().find(|frame| matches!(frame, End::At(_)))
            && end > *limit
        {
            return Err(io_error(Error::BadLength));
        }
        Ok((tag, End::At(end)))
    }

    fn push(&mut self, end: End) -> io::Result<()> {
        if self.frames.len() >= MAX_DEPTH {
            return Err(io_error(Error::LimitExceeded("BER depth")));
        }
        self.frames.push(end);
        Ok(())
    }

    /// Drops the innermost frame, whose end was reached.
    fn pop(&mut self) -> io::Result<()> {
        if self.frames.pop() == Some(End::Marked) && (self.byte()?, self.byte()?) != (0, 0) {
            return Err(io_error(Error::BadLength));
        }
        match self.frames.last() {
            Some(End::At(end)) if self.position > *end => Err(io_error(Error::BadLength)),
            _ => Ok(()),
        }
    }

    fn byte(&mut self) -> io::Result<u8> {
        let byte = self.source.fill_buf()?.first().copied().ok_or_else(|| io_error(Error::Truncated))?;
        self.source.consume(1);
        self.position += 1;
        Ok(byte)
    }

    /// Appends the next `count` octets, growing only as they arrive.
    fn copy(&mut self, count: u64, limit: usize, out: &mut Vec<u8>) -> io::Result<()> {
        let mut count = usize::try_from(count).unwrap_or(usize::MAX);
        if count.saturating_add(out.len()) > limit {
            return Err(io_error(Error::LimitExceeded("element")));
        }
        while count > 0 {
            let available = self.source.fill_buf()?;
            let taken = available.get(..count.min(available.len())).unwrap_or_default();
            if taken.is_empty() {
                return Err(io_error(Error::Truncated));
            }
            out.extend_from_slice(taken);
            let used = taken.len();
            self.source.consume(used);
            self.position += u64::try_from(used).unwrap_or(0);
            count -= used;
        }
        Ok(())
    }

    fn discard(&mut self, count: u64) -> io::Result<()> {
        let passed = read_past(&mut self.source, count)?;
        self.position += passed;
        if passed == count { Ok(()) } else { Err(io_error(Error::Truncated)) }
    }
}

/// The first of these elements if all of it is here, with at most `limit` octets of contents and a length that is definite
/// and minimal, and what follows it. Whatever is wrong with another, [`BerReader::element`] tells.
#[inline]
pub fn first_element(bytes: &[u8], limit: usize) -> Option<(&[u8], &[u8])> {
    let (header, length) = parse_header(bytes, true).ok()?;
    if length > limit || bytes.first() == Some(&0) {
        return None;
    }
    bytes.split_at_checked(header.saturating_add(length))
}

/// Parses a small structure that may be BER: first as it is, then, if it does not parse, with every
/// length made definite and every constructed string joined.
pub fn parse<T>(bytes: &[u8], parser: impl Fn(&[u8]) -> Result<T>) -> Result<T> {
    match parser(bytes) {
        Ok(value) => Ok(value),
        Err(error) => match to_definite(bytes) {
            Ok(Cow::Owned(definite)) => parser(&definite),
            _ => Err(error),
        },
    }
}

/// Whether [`to_definite`] has nothing to do: minimal definite lengths and no constructed OCTET STRING,
/// as far as can be seen without looking at how elements nest.
pub fn is_definite(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(tag) = rest.first().map(|b| Tag(*b)) {
        let Ok((header, length)) = parse_header(rest, true) else { return false };
        let skipped = if tag.is_constructed() { header } else { header.saturating_add(length) };
        let Some(after) = rest.get(skipped..) else { return false };
        if tag.0 == 0x24 {
            return false;
        }
        rest = after;
    }
    true
}

/// Rewrites one BER element with minimal definite lengths; constructed OCTET STRINGs become primitive
/// ones. The order of SET OF is left alone. What DER allows comes out as it went in, and is not copied.
pub fn to_definite<'a>(bytes: impl Into<Cow<'a, [u8]>>) -> Result<Cow<'a, [u8]>> {
    let bytes = bytes.into();
    if one_definite(&bytes) {
        return Ok(bytes);
    }
    let (out, rest) = definite(&bytes, 0)?;
    if rest.is_empty() { Ok(Cow::Owned(out)) } else { Err(Error::TrailingBytes) }
}

/// Whether this is one element that [`definite`] would leave as it is: nearly always so, and then nothing is moved.
fn one_definite(bytes: &[u8]) -> bool {
    parse_header(bytes, true).is_ok_and(|(header, length)| header.checked_add(length) == Some(bytes.len()))
        && all_definite(bytes, 0)
}

/// Whether these elements, one after the other, are left as they are.
fn all_definite(mut bytes: &[u8], depth: usize) -> bool {
    while let Some(tag) = bytes.first().map(|b| Tag(*b)) {
        // Most elements are short and primitive.
        if let [_, length @ ..0x80, contents @ ..] = bytes
            && !tag.is_constructed()
            && tag.0 & 0x1f != 0x1f
        {
            let Some(rest) = contents.get(usize::from(*length)..) else { return false };
            bytes = rest;
            continue;
        }
        let Ok((header, length)) = parse_header(bytes, true) else { return false };
        let inside = bytes.get(header..).unwrap_or_default();
        let Some((contents, rest)) = inside.split_at_checked(length) else { return false };
        if tag.is_constructed() && (tag.0 == 0x24 || depth >= MAX_DEPTH || !all_definite(contents, depth + 1)) {
            return false;
        }
        bytes = rest;
    }
    true
}

/// One element rewritten, and what follows it.
fn definite(bytes: &[u8], depth: usize) -> Result<(Vec<u8>, &[u8])> {
    if depth > MAX_DEPTH {
        return Err(Error::LimitExceeded("BER depth"));
    }
    let tag = Tag(*bytes.first().ok_or(Error::Truncated)?);
    let (contents, rest) = if bytes.get(1) == Some(&0x80) {
        if !tag.is_constructed() || tag.0 & 0x1f == 0x1f {
            return Err(Error::BadLength);
        }
        definite_children(bytes.get(2..).unwrap_or_default(), true, tag, depth)?
    } else {
        let (header, length) = parse_header(bytes, false)?;
        let end = header.checked_add(length).ok_or(Error::BadLength)?;
        let contents = bytes.get(header..end).ok_or(Error::Truncated)?;
        let rest = bytes.get(end..).unwrap_or_default();
        if tag.is_constructed() {
            (definite_children(contents, false, tag, depth)?.0, rest)
        } else {
            (contents.to_vec(), rest)
        }
    };
    let tag = if tag.0 == 0x24 { Tag::OCTET_STRING } else { tag };
    let mut out = Vec::with_capacity(contents.len() + 6);
    out.push(tag.0);
    write_length(&mut out, contents.len());
    out.extend_from_slice(&contents);
    Ok((out, rest))
}

/// The contents of a constructed element rewritten: its children one after the other, or, for a
/// constructed OCTET STRING, their contents joined.
fn definite_children(bytes: &[u8], marked: bool, parent: Tag, depth: usize) -> Result<(Vec<u8>, &[u8])> {
    let mut out = Vec::new();
    let mut rest = bytes;
    loop {
        if marked && let Some(after) = rest.strip_prefix(&[0, 0]) {
            return Ok((out, after));
        }
        if rest.is_empty() {
            return if marked { Err(Error::Truncated) } else { Ok((out, rest)) };
        }
        let (child, after) = definite(rest, depth + 1)?;
        rest = after;
        if parent.0 == 0x24 {
            let (header, _) = parse_header(&child, true)?;
            if child.first() != Some(&Tag::OCTET_STRING.0) {
                return Err(Error::BadValue("OCTET STRING"));
            }
            out.extend_from_slice(child.get(header..).unwrap_or_default());
        } else {
            out.extend_from_slice(&child);
        }
    }
}

/// Exercises the reader and the normaliser; never panics.
pub fn fuzz_ber(data: &[u8]) {
    let _ = to_definite(data);
    let mut walk = BerReader::new(data);
    while walk.skip().is_ok() && walk.peek().is_ok_and(|tag| tag.is_some()) {}
    let mut streamed = BerReader::new(data);
    if streamed.begin_octets(Tag::OCTET_STRING).is_ok() {
        while let Ok(count) = streamed.octets().map(<[u8]>::len)
            && count > 0
        {
            streamed.consume_octets(count);
        }
    }
    let _ = BerReader::new(data).element(1 << 16);
}

/// Levels of constructed elements (standards.md §19).
const MAX_DEPTH: usize = 32;
/// Fragments of one OCTET STRING before their average size matters.
const FREE_FRAGMENTS: u64 = 1_000_000;
/// Octets that each fragment must carry on average after that: work stays in proportion to size.
const LEAST_AVERAGE: u64 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn read_octets(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut r = BerReader::new(bytes);
        r.begin_octets(Tag::OCTET_STRING)?;
        let mut out = Vec::new();
        loop {
            let part = r.octets()?.to_vec();
            if part.is_empty() {
                break;
            }
            r.consume_octets(part.len());
            out.extend(part);
        }
        assert!(r.peek()?.is_none());
        Ok(out)
    }

    const NESTED: [u8; 17] = [0x24, 0x80, 0x04, 1, b'a', 0x24, 0x06, 0x04, 1, b'b', 0x04, 1, b'c', 0x04, 0, 0, 0];

    #[test]
    fn streams_every_form_of_octet_string() {
        assert_eq!(read_octets(&[4, 3, 1, 2, 3]).unwrap(), [1, 2, 3]);
        assert_eq!(read_octets(&[4, 0]).unwrap(), []);
        let good = NESTED.to_vec();
        assert_eq!(read_octets(&good).unwrap(), b"abc");
        assert_eq!(*to_definite(&good).unwrap(), [4, 3, b'a', b'b', b'c']);
        assert!(is_definite(&to_definite(&good).unwrap()) && !is_definite(&good));
        for loose in
            [&[0x30, 0x81, 3, 4, 1, 1][..], &[0x30, 4, 4, 0x81, 1, 1], &[0x24, 3, 4, 1, 1], &[0x30, 3, 4, 2, 1]]
        {
            assert!(!is_definite(loose), "{loose:02x?}");
        }
    }

    #[test]
    fn an_element_at_hand_is_the_one_that_arrives_in_pieces() {
        let read = |bytes: &[u8], capacity, limit| {
            let mut r = BerReader::new(io::BufReader::with_capacity(capacity, bytes));
            let mut take = || -> io::Result<(Vec<u8>, u64, Option<Tag>)> {
                r.enter(Tag::SEQUENCE)?;
                Ok((r.element(limit)?, r.position(), r.peek()?))
            };
            take().map_err(|error| error_of(&error).cloned())
        };
        let inner: [&[u8]; 8] = [
            &[4, 2, 1, 2],
            &[4, 0],
            &[0x30, 0],
            &[0x30, 2, 5, 0],
            &[4, 0x81, 2, 1, 2],
            &[0x30, 0x80, 5, 0, 0, 0],
            &[0x1f, 1, 0],
            &[0, 1, 5],
        ];
        for element in inner {
            // Within a frame that fits, that has more, that is too short, and that has its end marked.
            for frame in
                [vec![0x30, element.len() as u8], vec![0x30, element.len() as u8 + 2], vec![0x30, 1], vec![0x30, 0x80]]
            {
                let bytes = [&frame, element, &[0, 0]].concat();
                for limit in [0, 1, 2, 100] {
                    for end in 0..=bytes.len() {
                        let bytes = &bytes[..end];
                        assert_eq!(read(bytes, 100, limit), read(bytes, 1, limit), "{bytes:02x?} {limit}");
                    }
                }
            }
        }
        assert_eq!(read(&[0x30, 4, 4, 2, 1, 2], 100, 2), Ok((vec![4, 2, 1, 2], 6, None)));
    }

    #[test]
    fn all_elements_of_a_frame_are_shown_and_passed_over_alike() {
        let inner: [&[u8]; 4] = [&[4, 2, 1, 2], &[0x30, 0x80, 5, 0, 0, 0], &[4, 0x81, 2, 1, 2], &[0x30, 2, 5, 0]];
        let contents = inner.concat();
        for frame in [vec![0x31, contents.len() as u8], vec![0x31, 0x80]] {
            let bytes = [&frame[..], &contents, &[0, 0], &[5, 0]].concat();
            let bytes = if frame[1] == 0x80 { bytes } else { [&frame[..], &contents, &[5, 0]].concat() };
            for capacity in [1, 7, 100] {
                let mut r = BerReader::new(io::BufReader::with_capacity(capacity, &bytes[..]));
                r.enter(Tag::SET).unwrap();
                let mut shown = Vec::new();
                while r.peek().unwrap().is_some() {
                    let taken = first_element(r.window().unwrap(), 100).map(|(element, _)| element.to_vec());
                    match &taken {
                        Some(element) => r.consume_elements(element.len()),
                        None => shown.push(to_definite(r.element(100).unwrap()).unwrap().into_owned()),
                    }
                    shown.extend(taken);
                }
                r.leave().unwrap();
                assert_eq!(shown, [&[4, 2, 1, 2][..], &[0x30, 2, 5, 0], &[4, 2, 1, 2], &[0x30, 2, 5, 0]]);
                assert_eq!(r.peek().unwrap(), Some(Tag::NULL));
                let mut r = BerReader::new(io::BufReader::with_capacity(capacity, &bytes[..]));
                r.skip_known().unwrap();
                assert_eq!(r.peek().unwrap(), Some(Tag::NULL));
                for end in 1..bytes.len() - 2 {
                    assert!(BerReader::new(&bytes[..end]).skip_known().is_err(), "{end}");
                }
            }
        }
    }

    #[test]
    fn truncation_is_always_an_error() {
        let good = NESTED.to_vec();
        for end in 0..good.len() {
            assert!(read_octets(&good[..end]).is_err(), "{end}");
            assert!(to_definite(&good[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn x_14_depth_is_bounded() {
        let deep = [0x30u8, 0x80].repeat(5000);
        assert_eq!(to_definite(&deep), Err(Error::LimitExceeded("BER depth")));
        let error = BerReader::new(&deep[..]).skip().unwrap_err();
        assert_eq!(error_of(&error), Some(&Error::LimitExceeded("BER depth")));
        let error = BerReader::new(&deep[..]).element(1 << 20).unwrap_err();
        assert_eq!(error_of(&error), Some(&Error::LimitExceeded("BER depth")));
    }

    #[test]
    fn x_15_tiny_fragments_are_bounded() {
        let mut bytes = vec![0x24, 0x80];
        for _ in 0..1_000_002 {
            bytes.extend([4, 1, 0]);
        }
        bytes.extend([0, 0]);
        let error = read_octets(&bytes).unwrap_err();
        assert_eq!(error_of(&error), Some(&Error::LimitExceeded("OCTET STRING fragments")));
    }

    #[test]
    fn x_15_huge_lengths_allocate_nothing() {
        let huge = [0x04, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        assert!(BerReader::new(&huge[..]).element(1 << 20).is_err());
        let beyond_frame = [0x30, 0x03, 0x04, 0x05, 0, 0, 0, 0, 0];
        let mut r = BerReader::new(&beyond_frame[..]);
        r.enter(Tag::SEQUENCE).unwrap();
        assert!(r.skip().is_err());
    }

    #[test]
    fn an_element_with_marked_ends_is_taken_whole() {
        let bytes = [0x30, 0x80, 0x30, 0x80, 2, 1, 5, 0, 0, 4, 1, 9, 0, 0, 5, 0];
        let mut r = BerReader::new(&bytes[..]);
        let element = r.element(100).unwrap();
        assert_eq!(*to_definite(&element).unwrap(), [0x30, 8, 0x30, 3, 2, 1, 5, 4, 1, 9]);
        assert_eq!(r.peek().unwrap(), Some(Tag::NULL));
        assert!(BerReader::new(&bytes[..]).element(3).is_err());
    }
}
