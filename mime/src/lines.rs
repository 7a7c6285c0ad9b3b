//! Mail as files keep it, read as mail is on the wire: every LF as CRLF, if the file's lines end so.

use std::io::{self, BufRead, Read};

/// How the lines of a stream end, by its first line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineStyle {
    /// CRLF, as RFC 5322 wants it.
    Crlf,
    /// LF alone, as maildirs keep it.
    Lf,
    /// No line end was seen yet.
    #[default]
    None,
}

/// Reads text whose lines end in LF as if they ended in CRLF; text whose first line ends in CRLF passes unchanged and
/// uncopied, a later bare LF included. In LF style a CR is an ordinary byte: CR LF comes out as CR CR LF, which a check
/// of the canonical form then finds.
///
/// One mixture is read: OpenSSL writes a multipart/signed in LF and the signed part within it in CRLF. Lines that end
/// in CRLF from a delimiter line on pass as they are up to the next delimiter line.
#[derive(Debug)]
pub struct LineEnds<R> {
    inner: R,
    style: LineStyle,
    /// Bytes to deliver before anything else of the inner reader: the first ones, and what was converted.
    own: Vec<u8>,
    at: usize,
    started: bool,
    lf: LfLines,
    /// The last byte delivered while no line end was seen was CR.
    after_cr: bool,
}

impl<R: BufRead> LineEnds<R> {
    /// Reads from `inner`, best a reader with a buffer of 128 KiB or more.
    pub fn new(inner: R) -> Self {
        LineEnds {
            inner,
            style: LineStyle::None,
            own: Vec::new(),
            at: 0,
            started: false,
            lf: LfLines::default(),
            after_cr: false,
        }
    }

    /// The style, known once the first line end was in the buffer.
    pub fn style(&self) -> LineStyle {
        self.style
    }

    /// The reader within; what was buffered here is lost.
    pub fn into_inner(self) -> R {
        self.inner
    }

    /// The reader within.
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.inner
    }

    /// The reader within, where what it delivers next comes out as it is, and next.
    pub fn unchanged(&self) -> Option<&R> {
        (self.style == LineStyle::Crlf && self.pending().is_empty()).then_some(&self.inner)
    }

    fn pending(&self) -> &[u8] {
        self.own.get(self.at..).unwrap_or_default()
    }

    /// Makes `own` hold the next bytes, or leaves it empty where the inner buffer can be delivered as it is.
    fn prepare(&mut self) -> io::Result<()> {
        if self.at < self.own.len() {
            return Ok(());
        }
        self.own.clear();
        self.at = 0;
        if !self.started {
            self.started = true;
            return self.first();
        }
        if self.style == LineStyle::None {
            self.style = settle(self.inner.fill_buf()?, self.after_cr);
        }
        if self.style == LineStyle::Lf {
            let buf = self.inner.fill_buf()?;
            let chunk = buf.get(..CHUNK).unwrap_or(buf);
            let taken = chunk.len();
            self.lf.convert(chunk, &mut self.own);
            self.inner.consume(taken);
        }
        Ok(())
    }

    /// Gathers the first bytes, so that the first buffer shows what [`crate::skip_prelude`] needs.
    fn first(&mut self) -> io::Result<()> {
        if self.inner.fill_buf()?.len() >= FIRST {
            return self.prepare();
        }
        let mut head = Vec::new();
        while head.len() < FIRST {
            let buf = self.inner.fill_buf()?;
            if buf.is_empty() {
                break;
            }
            let take = buf.len().min(FIRST - head.len());
            head.extend_from_slice(buf.get(..take).unwrap_or_default());
            self.inner.consume(take);
        }
        self.style = settle(&head, false);
        if self.style == LineStyle::Lf {
            self.lf.convert(&head, &mut self.own);
        } else {
            self.after_cr = head.last() == Some(&b'\r');
            self.own = head;
        }
        Ok(())
    }
}

impl<R: BufRead> BufRead for LineEnds<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.prepare()?;
        if self.at < self.own.len() {
            return Ok(self.pending());
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if self.at < self.own.len() {
            self.at = self.own.len().min(self.at + amount);
            return;
        }
        if self.style == LineStyle::None && amount > 0 {
            // The buffer is still there: the caller consumes what it was shown.
            if let Ok(buf) = self.inner.fill_buf() {
                self.after_cr = buf.get(amount - 1) == Some(&b'\r');
            }
        }
        self.inner.consume(amount);
    }
}

impl<R: BufRead> Read for LineEnds<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.prepare()?;
        if self.at >= self.own.len() && self.style == LineStyle::Crlf {
            return self.inner.read(out);
        }
        let got = self.fill_buf()?.read(out)?;
        self.consume(got);
        Ok(got)
    }
}

fn settle(buf: &[u8], after_cr: bool) -> LineStyle {
    match memchr::memchr(b'\n', buf) {
        None => LineStyle::None,
        Some(0) if after_cr => LineStyle::Crlf,
        Some(0) => LineStyle::Lf,
        Some(at) if buf.get(at - 1) == Some(&b'\r') => LineStyle::Crlf,
        Some(_) => LineStyle::Lf,
    }
}

/// Turns lines that end in LF into lines that end in CRLF.
#[derive(Debug, Default)]
struct LfLines {
    /// Octets of this line so far, of which the first two are counted, and how many of them are hyphens.
    begun: u8,
    hyphens: u8,
    /// The last octet of this line so far is CR.
    cr: bool,
    /// The line before this one began with two hyphens.
    after_delimiter: bool,
    island: Island,
}

/// Lines that end in CRLF among others.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Island {
    #[default]
    None,
    /// Since a delimiter line all ended in CRLF.
    Within,
    /// One ended in LF, whose line end belongs to the delimiter that has to follow.
    Closing,
}

impl LfLines {
    fn convert(&mut self, mut from: &[u8], to: &mut Vec<u8>) {
        to.reserve(from.len() + from.len() / 16);
        while let Some(at) = memchr::memchr(b'\n', from) {
            let (line, rest) = from.split_at_checked(at).unwrap_or_default();
            self.see(line);
            to.extend_from_slice(line);
            to.extend_from_slice(self.line_end());
            from = rest.get(1..).unwrap_or_default();
        }
        self.see(from);
        to.extend_from_slice(from);
    }

    fn see(&mut self, piece: &[u8]) {
        for byte in piece.iter().take(usize::from(2 - self.begun)) {
            self.hyphens += u8::from(*byte == b'-');
            self.begun += 1;
        }
        if let Some(last) = piece.last() {
            self.cr = *last == b'\r';
        }
    }

    /// What this line ends with, and what that makes of the next. A CR that stood before the LF is already out.
    fn line_end(&mut self) -> &'static [u8] {
        let delimiter = self.hyphens == 2;
        let (island, end): (_, &[u8]) = match (self.island, self.cr) {
            (Island::None, true) if self.after_delimiter => (Island::Within, b"\n"),
            (Island::Within, true) => (Island::Within, b"\n"),
            (Island::Within, false) if !delimiter => (Island::Closing, b"\r\n"),
            // Nothing was closed: the part has line ends of both kinds, which is left to be seen.
            (Island::Closing, false) if !delimiter => (Island::None, b"\n"),
            _ => (Island::None, b"\r\n"),
        };
        *self = LfLines { island, after_delimiter: delimiter, ..LfLines::default() };
        end
    }
}

/// What is converted at once: it and its copy fit the second cache.
const CHUNK: usize = 128 * 1024;
const FIRST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn through(text: &[u8], capacity: usize) -> (Vec<u8>, LineStyle) {
        let mut reader = LineEnds::new(io::BufReader::with_capacity(capacity, text));
        let mut out = Vec::new();
        loop {
            let buf = reader.fill_buf().unwrap();
            if buf.is_empty() {
                break;
            }
            // Odd amounts, so that buffers are left half read.
            let take = buf.len().div_ceil(2);
            out.extend_from_slice(&buf[..take]);
            reader.consume(take);
        }
        (out, reader.style())
    }

    #[test]
    fn every_style_in_every_chunking() {
        let long = "x".repeat(100);
        for (text, want, style) in [
            ("a\nb\n\n".to_owned(), "a\r\nb\r\n\r\n".to_owned(), LineStyle::Lf),
            ("\n".into(), "\r\n".into(), LineStyle::Lf),
            ("a\r\nb\nc\r".into(), "a\r\nb\nc\r".into(), LineStyle::Crlf),
            ("a\nb\r\nc\rd".into(), "a\r\nb\r\r\nc\rd".into(), LineStyle::Lf),
            // What OpenSSL writes: the signed part is in CRLF, what is around it in LF.
            (
                "h\n\n--b\nx\r\n\r\ny\r\n\n--b\nz\n".into(),
                "h\r\n\r\n--b\r\nx\r\n\r\ny\r\n\r\n--b\r\nz\r\n".into(),
                LineStyle::Lf,
            ),
            ("h\n--b\nx\r\ny\n--b\nz\n".into(), "h\r\n--b\r\nx\r\ny\r\n--b\r\nz\r\n".into(), LineStyle::Lf),
            // Both kinds within the part, one way and the other.
            ("h\n--b\nx\r\ny\nz\n--b\n".into(), "h\r\n--b\r\nx\r\ny\r\nz\n--b\r\n".into(), LineStyle::Lf),
            ("h\n--b\nx\ny\r\n--b\n".into(), "h\r\n--b\r\nx\r\ny\r\r\n--b\r\n".into(), LineStyle::Lf),
            ("h\n--b\nx\r\ny\nz\r\n--b\n".into(), "h\r\n--b\r\nx\r\ny\r\nz\r\r\n--b\r\n".into(), LineStyle::Lf),
            ("no end\r".into(), "no end\r".into(), LineStyle::None),
            (String::new(), String::new(), LineStyle::None),
            (format!("{long}\r\n{long}\n"), format!("{long}\r\n{long}\n"), LineStyle::Crlf),
            (format!("{long}\n{long}\n"), format!("{long}\r\n{long}\r\n"), LineStyle::Lf),
        ] {
            for capacity in [1, 2, 3, 7, 64, 101, 102, 4096] {
                let (out, found) = through(text.as_bytes(), capacity);
                assert_eq!((out, found), (want.clone().into_bytes(), style), "{text:?} {capacity}");
                let mut whole = String::new();
                let inner = io::BufReader::with_capacity(capacity, text.as_bytes());
                LineEnds::new(inner).read_to_string(&mut whole).unwrap();
                assert_eq!(whole, want);
            }
        }
    }
}
