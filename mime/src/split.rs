//! The parts of a multipart, byte by byte as they are (RFC 2046 §5.1).

use std::io::{self, BufRead, Read};

use memchr::memmem::Finder;

use crate::error::Error;

/// Whether `text` may be a boundary (RFC 2046 §5.1.1): 1 to 70 characters of a small set, no space at the end.
#[must_use]
pub fn valid_boundary(text: &str) -> bool {
    let good = |b: u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&b);
    (1..=70).contains(&text.len()) && text.bytes().all(good) && !text.ends_with(' ')
}

/// Reads the stretch before the next delimiter line and then stands before it; [`Splitter::next`] goes on behind it.
///
/// The buffers of the inner reader are handed on as they are. Only where one ends within something that could be a
/// delimiter are a few bytes carried over.
#[derive(Debug)]
pub(crate) struct Splitter<R> {
    inner: R,
    delimiter: Delimiter,
    /// Bytes already taken from `inner`. The first `shown` are given to the caller or never to be.
    carry: Vec<u8>,
    shown: usize,
    /// Bytes known to be content: of `carry` behind `shown` while it is not empty, else of the inner buffer.
    safe: usize,
    /// What stands behind the safe bytes, once it is known.
    stop: Option<Stop>,
}

/// How a stretch ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A delimiter line of so many bytes, the CRLF before it included.
    Delimiter(usize),
    /// A closing delimiter line of so many bytes.
    Close(usize),
    /// The end of the input.
    End,
}

impl<R: BufRead> Splitter<R> {
    /// Stands at the preamble of the body that `inner` reads.
    pub(crate) fn new(inner: R, boundary: &str) -> Result<Self, (Error, R)> {
        if !valid_boundary(boundary) {
            return Err((Error::Boundary, inner));
        }
        let mut splitter =
            Splitter { inner, delimiter: Delimiter::new(boundary), carry: Vec::new(), shown: 0, safe: 0, stop: None };
        splitter.begin();
        Ok(splitter)
    }

    /// Drains the stretch and steps over the delimiter line behind it; tells which it was.
    pub(crate) fn next(&mut self) -> io::Result<Stop> {
        loop {
            let len = self.fill_buf()?.len();
            if len == 0 {
                break;
            }
            self.consume(len);
        }
        let stop = self.stop.unwrap_or(Stop::End);
        if let Stop::Delimiter(len) | Stop::Close(len) = stop {
            if self.carry.is_empty() {
                self.inner.consume(len);
            } else {
                self.carry.drain(..(self.shown + len).min(self.carry.len()));
            }
            self.begin();
        }
        Ok(stop)
    }

    /// The inner reader, and how many bytes were taken from it that did not come out yet.
    pub(crate) fn unread(&self) -> (&R, usize) {
        (&self.inner, self.carry.len().saturating_sub(self.shown))
    }

    /// What is left of the input, delimiters no longer looked for. Only behind [`Stop::Close`].
    pub(crate) fn epilogue(self) -> (Vec<u8>, R) {
        let start = self.carry.get(self.shown..).unwrap_or_default().to_vec();
        (start, self.inner)
    }

    /// Pretends a line end before the first byte, so that a delimiter may stand right there.
    fn begin(&mut self) {
        self.carry.splice(..0, *b"\r\n");
        self.shown = 2;
        self.safe = 0;
        self.stop = None;
    }

    /// Looks further until content or a stop is known.
    fn prepare(&mut self) -> io::Result<()> {
        while self.safe == 0 && self.stop.is_none() {
            if self.carry.is_empty() {
                let buf = self.inner.fill_buf()?;
                if buf.is_empty() {
                    self.stop = Some(Stop::End);
                    break;
                }
                (self.safe, self.stop) = scan(&self.delimiter, buf);
                if self.safe == 0 && self.stop.is_none() {
                    self.carry_more()?;
                }
            } else {
                self.prepare_carry()?;
            }
        }
        Ok(())
    }

    fn prepare_carry(&mut self) -> io::Result<()> {
        let (safe, stop) = scan(&self.delimiter, &self.carry);
        // The pretended line end is never content.
        let content = safe.saturating_sub(self.shown);
        if content > 0 || stop.is_some() {
            self.safe = content;
            self.stop = stop.map(|s| trim(s, safe, self.shown));
            return Ok(());
        }
        if safe >= self.carry.len() {
            self.carry.clear();
            self.shown = 0;
            return Ok(());
        }
        if !self.carry_more()? {
            let len = self.carry.len();
            let ended = at_end(&self.delimiter, &self.carry);
            match ended {
                Some((at, stop)) => {
                    self.safe = at.saturating_sub(self.shown);
                    self.stop = Some(trim(stop, at, self.shown));
                }
                None => {
                    self.safe = len.saturating_sub(self.shown);
                    self.stop = Some(Stop::End);
                }
            }
        }
        Ok(())
    }

    /// Takes some more bytes over; false at the end of the input.
    fn carry_more(&mut self) -> io::Result<bool> {
        let buf = self.inner.fill_buf()?;
        let chunk = buf.get(..CARRY).unwrap_or(buf);
        let taken = chunk.len();
        self.carry.extend_from_slice(chunk);
        self.inner.consume(taken);
        Ok(taken > 0)
    }
}

impl<R: BufRead> BufRead for Splitter<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.prepare()?;
        if self.safe == 0 {
            return Ok(&[]);
        }
        if self.carry.is_empty() {
            let buf = self.inner.fill_buf()?;
            return Ok(buf.get(..self.safe).unwrap_or(buf));
        }
        let end = self.shown + self.safe;
        Ok(self.carry.get(self.shown..end).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        let amount = amount.min(self.safe);
        self.safe -= amount;
        if self.carry.is_empty() {
            self.inner.consume(amount);
            return;
        }
        self.shown += amount;
        if self.shown >= self.carry.len() {
            self.carry.clear();
            self.shown = 0;
        } else if self.safe == 0 && self.stop.is_none() {
            // What is left may be the start of a delimiter.
            self.carry.drain(..self.shown);
            self.shown = 0;
        }
    }
}

impl<R: BufRead> Read for Splitter<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let got = self.fill_buf()?.read(out)?;
        self.consume(got);
        Ok(got)
    }
}

/// The line that is looked for.
#[derive(Debug)]
struct Delimiter {
    /// `\r\n--boundary`
    line: Vec<u8>,
    /// Finds what all of them begin with. Mail has it in few other places, and so short a text is found the fastest.
    start: Finder<'static>,
}

impl Delimiter {
    fn new(boundary: &str) -> Delimiter {
        Delimiter { line: [START, boundary.as_bytes()].concat(), start: Finder::new(START) }
    }
}

/// How many first bytes of `buf` are content for sure, and the stop behind them if it is whole.
fn scan(delimiter: &Delimiter, buf: &[u8]) -> (usize, Option<Stop>) {
    let needle = delimiter.line.as_slice();
    let mut from = 0;
    while let Some(found) = delimiter.start.find(buf.get(from..).unwrap_or_default()) {
        let at = from + found;
        let Some(rest) = buf.get(at..).unwrap_or_default().strip_prefix(needle) else {
            from = at + START.len();
            continue;
        };
        match line_behind(rest) {
            Line::Delimiter(len) => return (at, Some(Stop::Delimiter(needle.len() + len))),
            Line::Close(len) => return (at, Some(Stop::Close(needle.len() + len))),
            Line::Unfinished => return (at, None),
            Line::Other => from = at + needle.len(),
        }
    }
    // CR stands only at the start of the needle, so only the last CR can begin an unfinished one.
    let tail = buf.len().saturating_sub(needle.len() - 1);
    let rest = buf.get(tail..).unwrap_or_default();
    let held = memchr::memrchr(b'\r', rest).filter(|at| needle.starts_with(rest.get(*at..).unwrap_or_default()));
    (held.map_or(buf.len(), |at| tail + at), None)
}

/// A delimiter line that the end of the input ends, if `buf` ends so; where it starts.
fn at_end(delimiter: &Delimiter, buf: &[u8]) -> Option<(usize, Stop)> {
    let (at, stop) = scan(delimiter, buf);
    if stop.is_some() {
        return stop.map(|s| (at, s));
    }
    let line = buf.get(at..)?.strip_prefix(delimiter.line.as_slice())?;
    let len = buf.len() - at;
    let close = line.strip_prefix(b"--");
    let padding = close.unwrap_or(line).iter().all(|b| matches!(b, b' ' | b'\t'));
    match (padding, close) {
        (true, Some(_)) => Some((at, Stop::Close(len))),
        (true, None) => Some((at, Stop::Delimiter(len))),
        (false, _) => None,
    }
}

enum Line {
    Delimiter(usize),
    Close(usize),
    /// It may become either.
    Unfinished,
    /// A longer line that only starts like a delimiter.
    Other,
}

/// What follows `--boundary`: an optional `--`, padding, CRLF.
fn line_behind(rest: &[u8]) -> Line {
    let (close, padded) = match rest {
        [] | [b'-'] => return Line::Unfinished,
        [b'-', b'-', padded @ ..] => (true, padded),
        other => (false, other),
    };
    let blanks = padded.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    if blanks > PADDING {
        return Line::Other;
    }
    let len = rest.len() - padded.len() + blanks + 2;
    match padded.get(blanks..).unwrap_or_default() {
        [] | [b'\r'] => Line::Unfinished,
        [b'\r', b'\n', ..] if close => Line::Close(len),
        [b'\r', b'\n', ..] => Line::Delimiter(len),
        _ => Line::Other,
    }
}

/// The length of a stop that begins before what was shown already (the pretended line end).
fn trim(stop: Stop, at: usize, shown: usize) -> Stop {
    let cut = shown.saturating_sub(at);
    match stop {
        Stop::Delimiter(len) => Stop::Delimiter(len.saturating_sub(cut)),
        Stop::Close(len) => Stop::Close(len.saturating_sub(cut)),
        Stop::End => Stop::End,
    }
}

/// What every delimiter line begins with, the line end before it included.
const START: &[u8] = b"\r\n--";
/// Bytes carried over at once; more than a delimiter line of ordinary length.
const CARRY: usize = 256;
/// White space behind a boundary that is still transport padding.
const PADDING: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    /// All stretches and how each ended.
    fn split(text: &[u8], capacity: usize) -> Vec<(String, &'static str)> {
        let inner = io::BufReader::with_capacity(capacity, text);
        let mut splitter = Splitter::new(inner, "b").unwrap();
        let mut out = Vec::new();
        loop {
            let mut content = String::new();
            splitter.read_to_string(&mut content).unwrap();
            let stop = splitter.next().unwrap();
            let name = match stop {
                Stop::Delimiter(_) => "part",
                Stop::Close(_) => "close",
                Stop::End => "end",
            };
            out.push((content, name));
            if stop == Stop::End {
                return out;
            }
        }
    }

    #[test]
    fn stretches_in_every_chunking() {
        for (text, want) in [
            (
                "--b\r\none\r\n--b\r\ntwo\r\n--b--\r\n",
                vec![("", "part"), ("one", "part"), ("two", "close"), ("", "end")],
            ),
            ("pre\r\n--b \t\r\n\r\n--b--", vec![("pre", "part"), ("", "close"), ("", "end")]),
            ("--b\r\n--b\r\n--b--\r\n", vec![("", "part"), ("", "part"), ("", "close"), ("", "end")]),
            (
                "--b\r\nx\r\n--bb\r\n--b-\r\n-b\n--b\r\n--b--x\r\n--b--\r\nepi",
                vec![("", "part"), ("x\r\n--bb\r\n--b-\r\n-b\n--b\r\n--b--x", "close"), ("epi", "end")],
            ),
            ("--b\r\nx\r\r\n--b\r\r\n\r\n--b", vec![("", "part"), ("x\r\r\n--b\r\r\n", "part"), ("", "end")]),
            ("none\r\n", vec![("none\r\n", "end")]),
            ("", vec![("", "end")]),
            ("--b\r\nx\r\n--b--  ", vec![("", "part"), ("x", "close"), ("", "end")]),
            ("--b\r\nx\r\n--", vec![("", "part"), ("x\r\n--", "end")]),
            ("x--b\r\n\r\n--b\r\n", vec![("x--b\r\n", "part"), ("", "end")]),
        ] {
            for capacity in (1..text.len() + 2).chain([4096]) {
                let found = split(text.as_bytes(), capacity);
                let found: Vec<(&str, &str)> = found.iter().map(|(a, b)| (a.as_str(), *b)).collect();
                assert_eq!(found, want, "{text:?} {capacity}");
            }
        }
    }

    #[test]
    fn endless_padding_is_content() {
        let text = format!("--b\r\nx\r\n--b{}\r\n--b--\r\n", " ".repeat(1001));
        for capacity in [1, 100, 5000] {
            assert_eq!(split(text.as_bytes(), capacity)[1].1, "close");
            assert_eq!(split(text.as_bytes(), capacity)[1].0.len(), 1007);
        }
    }

    #[test]
    fn boundaries() {
        for (text, good) in
            [("", false), ("a b", true), ("a ", false), ("é", false), ("=_:'()+,-./?", true), ("a\"", false)]
        {
            assert_eq!(valid_boundary(text), good, "{text}");
        }
        assert!(valid_boundary(&"x".repeat(70)) && !valid_boundary(&"x".repeat(71)));
        assert!(matches!(Splitter::new(&b""[..], "a*"), Err((Error::Boundary, _))));
    }

    /// The same by looking at every line.
    fn naive(text: &[u8]) -> Vec<(String, &'static str)> {
        let mut out = Vec::new();
        let mut content: Vec<u8> = Vec::new();
        let mut rest = text;
        let mut line_start = true;
        while !rest.is_empty() {
            let end = rest.windows(2).position(|w| w == b"\r\n").map_or(rest.len(), |at| at + 2);
            let (line, tail) = rest.split_at(end);
            rest = tail;
            let bare = line.strip_suffix(b"\r\n").unwrap_or(line);
            let behind = bare.strip_prefix(b"--b").filter(|_| line_start);
            let stop = behind.and_then(|b| match b.strip_prefix(b"--") {
                Some(p) if p.iter().all(|c| *c == b' ') => Some("close"),
                _ => b.iter().all(|c| *c == b' ').then_some("part"),
            });
            line_start = line.ends_with(b"\r\n");
            match stop {
                Some(stop) => {
                    if content.ends_with(b"\r\n") {
                        content.truncate(content.len() - 2);
                    }
                    out.push((String::from_utf8(std::mem::take(&mut content)).unwrap(), stop));
                    line_start = true;
                }
                None => content.extend_from_slice(line),
            }
        }
        out.push((String::from_utf8(content).unwrap(), "end"));
        out
    }

    #[test]
    fn agrees_with_a_reader_of_lines() {
        let pieces = ["\r\n", "--", "b", "\r", "\n", "-", " ", "x", "\r\n--b", "\r\n--b--\r\n", "\r\n--b\r\n"];
        let mut state = 7u32;
        let mut next = |n: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as usize % n
        };
        for _ in 0..3000 {
            let text: String = (0..next(14)).map(|_| pieces[next(pieces.len())]).collect();
            let want = naive(text.as_bytes());
            for capacity in [1, 2, 3, 5, 8, 13, 1000] {
                assert_eq!(split(text.as_bytes(), capacity), want, "{text:?} {capacity}");
            }
        }
    }
}
