//! Any BER, element by element, in constant memory, and past what is damaged.

use std::io::{self, BufRead, ErrorKind};

/// One element as it begins (X.690 §8.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Where its identifier octets are, counted from the first octet.
    pub offset: u64,
    /// How many elements it is in.
    pub depth: usize,
    /// The class: 0 universal, 1 application, 2 context-specific, 3 private.
    pub class: u8,
    /// Whether it holds elements.
    pub constructed: bool,
    /// The tag number.
    pub number: u32,
    /// Octets of identifier and length.
    pub header: u64,
    /// Octets of the contents; `None` for the indefinite form.
    pub length: Option<u64>,
}

/// What to do with the contents of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Look into them: a constructed element, or a string that holds elements in its own octets.
    Into,
    /// The same, and keep all its octets for its end, if there are no more than [`MAX_KEPT`].
    Keep,
    /// Pass them over.
    Over,
    /// The same, of an element that is not shown: it does not count as one of [`MAX_ELEMENTS`].
    Unseen,
}

/// Who is told what is found.
pub(super) trait Visitor {
    /// An element begins; `contents` are its first octets where it is primitive, at most [`MAX_SHOWN`].
    fn start(&mut self, start: &Start, contents: &[u8]) -> io::Result<Next>;
    /// An element that was looked into ended; `kept` are its octets where they were to be kept.
    fn end(&mut self, kept: Option<&[u8]>) -> io::Result<()>;
    /// Something is wrong or left out at this offset.
    fn trouble(&mut self, offset: u64, depth: usize, what: &str) -> io::Result<()>;
}

/// Walks over everything there is. `false` where not even one element begins.
///
/// # Errors
/// Where the input cannot be read or the visitor fails.
pub(super) fn walk<R: BufRead>(input: R, visitor: &mut dyn Visitor) -> io::Result<bool> {
    let mut walker = Walker { input: Input::new(input), frames: Vec::new(), elements: 0, kept: None };
    walker.run(visitor)
}

struct Walker<R> {
    input: Input<R>,
    frames: Vec<Frame>,
    elements: usize,
    kept: Option<Kept>,
}

/// An element whose contents are being looked into.
#[derive(Clone, Copy)]
struct Frame {
    /// Where it ends; `None` for the indefinite form.
    end: Option<u64>,
}

/// The octets of one element that is kept.
struct Kept {
    depth: usize,
    octets: Vec<u8>,
}

/// What came of reading a header.
enum Header {
    Start(Start, Vec<u8>),
    EndOfContents,
    Trouble(&'static str),
}

impl<R: BufRead> Walker<R> {
    fn run(&mut self, visitor: &mut dyn Visitor) -> io::Result<bool> {
        loop {
            while self.frames.last().is_some_and(|frame| frame.end.is_some_and(|end| end <= self.input.position)) {
                self.close(visitor)?;
            }
            let depth = self.frames.len();
            let begun = self.elements > 0;
            if begun && depth == 0 {
                return self.after(visitor).map(|()| true);
            }
            if self.elements >= MAX_ELEMENTS {
                visitor.trouble(self.input.position, depth, "there are more elements, which are not shown")?;
                return self.give_up(visitor).map(|()| true);
            }
            let offset = self.input.position;
            match self.header()? {
                Header::Start(start, header) => {
                    if !self.element(start, &header, visitor)? {
                        return self.give_up(visitor).map(|()| true);
                    }
                }
                Header::EndOfContents => self.close(visitor)?,
                Header::Trouble(_) if !begun => return Ok(false),
                Header::Trouble(what) => {
                    visitor.trouble(offset, depth, what)?;
                    if !self.recover(visitor)? {
                        return self.give_up(visitor).map(|()| true);
                    }
                }
            }
        }
    }

    fn element(&mut self, start: Start, header: &[u8], visitor: &mut dyn Visitor) -> io::Result<bool> {
        if let Some(kept) = &mut self.kept {
            kept.octets.extend_from_slice(header);
        }
        let shown = if start.constructed { 0 } else { start.length.unwrap_or(0).min(MAX_SHOWN) };
        let contents = self.input.peek(usize::try_from(shown).unwrap_or(0))?.to_vec();
        let next = visitor.start(&start, &contents)?;
        let (next, counts) = if next == Next::Unseen { (Next::Over, 0) } else { (next, 1) };
        self.elements += counts;
        let end = start.length.map(|length| self.input.position.saturating_add(length));
        let deep = self.frames.len() >= MAX_DEPTH;
        if deep && next != Next::Over && end.is_none() {
            visitor.end(None)?;
            visitor.trouble(self.input.position, self.frames.len() + 1, TOO_DEEP)?;
            return Ok(false);
        }
        if next == Next::Over || deep {
            if deep && next != Next::Over {
                visitor.trouble(self.input.position, self.frames.len() + 1, TOO_DEEP)?;
            }
            let missing = self.skip(start.length.unwrap_or(0))?;
            if next != Next::Over {
                visitor.end(None)?;
            }
            if missing > 0 {
                let text = format!("the end: {missing} octets are missing");
                visitor.trouble(self.input.position, self.frames.len(), &text)?;
            }
            return Ok(true);
        }
        let small = start.length.is_some_and(|length| length <= MAX_KEPT);
        if next == Next::Keep && small && self.kept.is_none() {
            self.kept = Some(Kept { depth: self.frames.len(), octets: header.to_vec() });
        }
        if start.class == 0 && start.number == 3 && !start.constructed {
            self.skip(start.length.unwrap_or(0).min(1))?; // the count of unused bits
        }
        self.frames.push(Frame { end });
        Ok(true)
    }

    /// Identifier and length octets, checked against what they are in.
    fn header(&mut self) -> io::Result<Header> {
        let offset = self.input.position;
        let room = self.limit().map(|end| end.saturating_sub(offset));
        let available = self.input.peek(MAX_HEADER)?.to_vec();
        let Some(parsed) = parse(&available) else {
            let cut = available.len() < MAX_HEADER;
            return Ok(Header::Trouble(if cut { "the end: an element is cut off" } else { "no element begins here" }));
        };
        let (class, constructed, number, header, length) = parsed;
        if (class, constructed, number) == (0, false, 0) {
            let marked = self.frames.last().is_some_and(|frame| frame.end.is_none());
            if !marked || length != Some(0) || room.is_some_and(|room| room < 2) {
                return Ok(Header::Trouble("no element begins here"));
            }
            self.skip(2)?;
            return Ok(Header::EndOfContents);
        }
        let octets = u64::try_from(header).unwrap_or(u64::MAX);
        if room.is_some_and(|room| octets.saturating_add(length.unwrap_or(0)) > room) {
            return Ok(Header::Trouble("an element that is longer than what it is in"));
        }
        let raw = available.get(..header).unwrap_or_default().to_vec();
        self.input.skip(octets)?;
        let start = Start { offset, depth: self.frames.len(), class, constructed, number, header: octets, length };
        Ok(Header::Start(start, raw))
    }

    /// Where the innermost element of definite length ends.
    fn limit(&self) -> Option<u64> {
        self.frames.iter().rev().find_map(|frame| frame.end)
    }

    fn close(&mut self, visitor: &mut dyn Visitor) -> io::Result<()> {
        self.frames.pop();
        let kept = self.kept.take_if(|kept| kept.depth >= self.frames.len());
        visitor.end(kept.as_ref().filter(|kept| kept.depth == self.frames.len()).map(|kept| kept.octets.as_slice()))
    }

    /// Goes on after the innermost element of definite length; `false` where there is none, or no more octets.
    fn recover(&mut self, visitor: &mut dyn Visitor) -> io::Result<bool> {
        while self.frames.last().is_some_and(|frame| frame.end.is_none()) {
            self.close(visitor)?;
        }
        let Some(end) = self.limit() else { return Ok(false) };
        let missing = self.skip(end.saturating_sub(self.input.position))?;
        Ok(missing == 0)
    }

    /// Ends everything that is open.
    fn give_up(&mut self, visitor: &mut dyn Visitor) -> io::Result<()> {
        while !self.frames.is_empty() {
            self.close(visitor)?;
        }
        Ok(())
    }

    /// What follows the outermost element.
    fn after(&mut self, visitor: &mut dyn Visitor) -> io::Result<()> {
        let offset = self.input.position;
        let missing = self.input.skip(u64::MAX)?;
        match u64::MAX - missing {
            0 => Ok(()),
            more => visitor.trouble(offset, 0, &format!("{more} octets follow the end")),
        }
    }

    /// Passes over so many octets; how many of them are missing.
    fn skip(&mut self, count: u64) -> io::Result<u64> {
        match &mut self.kept {
            Some(kept) => {
                let octets = usize::try_from(count).unwrap_or(usize::MAX);
                let taken = self.input.take(octets, &mut kept.octets)?;
                Ok(count - u64::try_from(taken).unwrap_or(count))
            }
            None => self.input.skip(count),
        }
    }
}

/// Class, constructed, number, octets of the header, octets of the contents.
type Parsed = (u8, bool, u32, usize, Option<u64>);

/// A header in these octets; `None` where it is cut off or none.
fn parse(octets: &[u8]) -> Option<Parsed> {
    let mut rest = octets.iter().copied();
    let first = rest.next()?;
    let mut header = 1;
    let mut number = u32::from(first & 0x1f);
    if number == 0x1f {
        number = 0;
        loop {
            let octet = rest.next()?;
            header += 1;
            number = number.checked_mul(128)?.checked_add(u32::from(octet & 0x7f))?;
            if octet & 0x80 == 0 {
                break;
            }
        }
    }
    let constructed = first & 0x20 != 0;
    let initial = rest.next()?;
    header += 1;
    let length = match initial {
        0x80 if constructed => None,
        0x80 | 0xff => return None,
        short if short < 0x80 => Some(u64::from(short)),
        long => {
            let mut length = 0u64;
            for _ in 0..(long & 0x7f) {
                header += 1;
                length = length.checked_mul(256)?.checked_add(u64::from(rest.next()?))?;
            }
            Some(length)
        }
    };
    Some((first >> 6, constructed, number, header, length))
}

/// A reader that can be looked ahead in and knows where it is.
struct Input<R> {
    inner: R,
    ahead: Vec<u8>,
    used: usize,
    position: u64,
}

impl<R: BufRead> Input<R> {
    fn new(inner: R) -> Self {
        Input { inner, ahead: Vec::new(), used: 0, position: 0 }
    }

    /// The next octets, fewer only at the end.
    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.ahead.len() - self.used < count {
            if self.used > 0 {
                self.ahead.drain(..self.used);
                self.used = 0;
            }
            let wanted = count - self.ahead.len();
            let available = fill(&mut self.inner)?;
            let taken = available.get(..wanted.min(available.len())).unwrap_or_default();
            if taken.is_empty() {
                break;
            }
            let length = taken.len();
            self.ahead.extend_from_slice(taken);
            self.inner.consume(length);
        }
        let ahead = self.ahead.get(self.used..).unwrap_or_default();
        Ok(ahead.get(..count).unwrap_or(ahead))
    }

    /// Passes over so many octets; how many of them are missing.
    fn skip(&mut self, mut count: u64) -> io::Result<u64> {
        while count > 0 {
            let passed = self.step(usize::try_from(count).unwrap_or(usize::MAX), &mut |_| {})?;
            if passed == 0 {
                break;
            }
            count -= u64::try_from(passed).unwrap_or(count);
        }
        Ok(count)
    }

    /// Takes so many octets; how many there were.
    fn take(&mut self, count: usize, out: &mut Vec<u8>) -> io::Result<usize> {
        let mut taken = 0;
        while taken < count {
            match self.step(count - taken, &mut |octets| out.extend_from_slice(octets))? {
                0 => break,
                more => taken += more,
            }
        }
        Ok(taken)
    }

    /// Passes over some of so many octets.
    fn step(&mut self, count: usize, see: &mut dyn FnMut(&[u8])) -> io::Result<usize> {
        let ahead = self.ahead.get(self.used..).unwrap_or_default();
        let passed = if ahead.is_empty() {
            let available = fill(&mut self.inner)?;
            let octets = available.get(..count.min(available.len())).unwrap_or_default();
            see(octets);
            let length = octets.len();
            self.inner.consume(length);
            length
        } else {
            let octets = ahead.get(..count.min(ahead.len())).unwrap_or_default();
            see(octets);
            let length = octets.len();
            self.used += length;
            length
        };
        self.position = self.position.saturating_add(u64::try_from(passed).unwrap_or(u64::MAX));
        Ok(passed)
    }
}

/// What is there; damage in an encoding below, such as base64, is the end.
fn fill<R: BufRead>(inner: &mut R) -> io::Result<&[u8]> {
    match inner.fill_buf() {
        Ok(octets) => Ok(octets),
        Err(error) if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) => Ok(&[]),
        Err(error) => Err(error),
    }
}

const TOO_DEEP: &str = "nested too deep to be shown";
/// Elements within elements (standards.md §19).
const MAX_DEPTH: usize = 32;
/// Elements of one file that are shown: a list of 100,000 revoked certificates has 700,000.
const MAX_ELEMENTS: usize = 1_000_000;
/// Octets of a primitive element that are shown to the visitor.
pub(super) const MAX_SHOWN: u64 = 256;
/// Octets of an element that can be kept.
pub(super) const MAX_KEPT: u64 = 64 * 1024;
/// Octets of identifier and length: a number of 32 bits and a length of 126 octets are more than anybody writes.
const MAX_HEADER: usize = 16;
