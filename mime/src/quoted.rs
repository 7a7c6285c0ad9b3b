//! The quoted-printable transfer encoding (RFC 2045 §6.7) as streams.

use std::io::{self, BufRead, Read, Write};

/// Reads a quoted-printable body decoded. It never fails: what is no valid escape stays as it is, and white space at
/// line ends, which a relay may have added, is dropped (RFC 2045 §6.7 rule 3).
#[derive(Debug)]
pub struct QuotedPrintableReader<R> {
    inner: R,
    decoder: Decoder,
    at: usize,
    eof: bool,
}

/// Writes text as quoted-printable that relays leave alone: lines of at most 76 characters, no white space at line
/// ends, no line that begins with `From ` or a dot. CRLF in the input is a line end; any other CR or LF is escaped.
/// Call [`QuotedPrintableWriter::finish`] at the end.
#[derive(Debug)]
pub struct QuotedPrintableWriter<W> {
    inner: W,
    line: Vec<u8>,
    out: Vec<u8>,
    cr: bool,
}

impl<R: BufRead> QuotedPrintableReader<R> {
    /// Reads from `inner` until its end.
    pub fn new(inner: R) -> Self {
        QuotedPrintableReader { inner, decoder: Decoder::default(), at: 0, eof: false }
    }

    /// The reader within; what was buffered here is lost.
    pub fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: BufRead> BufRead for QuotedPrintableReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at >= self.decoder.out.len() && !self.eof {
            self.decoder.clear();
            self.at = 0;
            let buf = self.inner.fill_buf()?;
            let chunk = buf.get(..CHUNK).unwrap_or(buf);
            let taken = chunk.len();
            if taken == 0 {
                self.decoder.end();
                self.eof = true;
            } else {
                self.decoder.feed(chunk);
                self.inner.consume(taken);
            }
        }
        Ok(self.decoder.out.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.at = self.decoder.out.len().min(self.at + amount);
    }
}

impl<R: BufRead> Read for QuotedPrintableReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let got = self.fill_buf()?.read(out)?;
        self.consume(got);
        Ok(got)
    }
}

/// Undoes quoted-printable, fed piece by piece.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    out: Vec<u8>,
    /// White space, an escape or a CR whose meaning the next bytes decide.
    held: Vec<u8>,
}

impl Decoder {
    pub(crate) fn feed(&mut self, data: &[u8]) {
        data.iter().for_each(|b| self.push(*b));
    }

    /// What was decoded since [`Decoder::clear`].
    pub(crate) fn taken(&self) -> &[u8] {
        &self.out
    }

    pub(crate) fn clear(&mut self) {
        self.out.clear();
    }

    fn push(&mut self, byte: u8) {
        let plain = !matches!(byte, b'=' | b' ' | b'\t' | b'\r' | b'\n');
        if self.held.is_empty() && plain {
            self.out.push(byte);
            return;
        }
        if byte == b'\n' {
            self.line_end();
            return;
        }
        let escape = self.held.first() == Some(&b'=');
        match (self.held.last(), byte) {
            (Some(b'\r'), _) => self.restart(byte),
            (_, b'\r') => self.held.push(byte),
            (_, b' ' | b'\t') if !escape || self.held.iter().skip(1).all(is_blank) => {
                self.held.push(byte);
                if self.held.len() > MAX_HELD {
                    self.flush();
                }
            }
            _ if escape => self.escape(byte),
            _ => self.restart(byte),
        }
    }

    /// Takes what follows `=`.
    fn escape(&mut self, byte: u8) {
        if !byte.is_ascii_hexdigit() {
            self.restart(byte);
            return;
        }
        match *self.held.as_slice() {
            [_] => self.held.push(byte),
            [_, high] if high.is_ascii_hexdigit() => {
                let value = hex(high) << 4 | hex(byte);
                self.held.clear();
                self.out.push(value);
            }
            _ => self.restart(byte),
        }
    }

    /// What was held is ordinary text after all; `byte` is looked at afresh.
    fn restart(&mut self, byte: u8) {
        self.flush();
        if matches!(byte, b'=' | b' ' | b'\t' | b'\r') {
            self.held.push(byte);
        } else {
            self.out.push(byte);
        }
    }

    fn line_end(&mut self) {
        let crlf = self.held.last() == Some(&b'\r');
        if crlf {
            self.held.pop();
        }
        match self.held.split_first() {
            Some((b'=', rest)) if rest.iter().all(is_blank) => self.held.clear(),
            _ => {
                self.drop_blanks();
                self.flush();
                self.out.extend_from_slice(if crlf { b"\r\n" } else { b"\n" });
            }
        }
    }

    /// Decides about what was held back at the end of the input.
    pub(crate) fn end(&mut self) {
        match self.held.split_first() {
            Some((b'=', rest)) if rest.iter().all(is_blank) => self.held.clear(),
            _ => {
                self.drop_blanks();
                self.flush();
            }
        }
    }

    fn drop_blanks(&mut self) {
        while self.held.last().is_some_and(is_blank) {
            self.held.pop();
        }
    }

    fn flush(&mut self) {
        self.out.append(&mut self.held);
    }
}

impl<W: Write> QuotedPrintableWriter<W> {
    /// Writes to `inner`.
    pub fn new(inner: W) -> Self {
        QuotedPrintableWriter { inner, line: Vec::new(), out: Vec::new(), cr: false }
    }

    /// The writer within.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.inner
    }

    /// Writes what is left, and gives back the writer within. No line end is added.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finish(mut self) -> io::Result<W> {
        if self.cr {
            self.escaped(b'\r');
        }
        self.end_line(b"");
        self.inner.write_all(&self.out)?;
        Ok(self.inner)
    }

    fn push(&mut self, byte: u8) {
        if std::mem::take(&mut self.cr) {
            if byte == b'\n' {
                self.end_line(b"\r\n");
                return;
            }
            self.escaped(b'\r');
        }
        match byte {
            b'\r' => self.cr = true,
            b'=' => self.escaped(byte),
            b' '..=b'~' | b'\t' => {
                self.room(1);
                self.line.push(byte);
            }
            _ => self.escaped(byte),
        }
    }

    fn escaped(&mut self, byte: u8) {
        self.room(3);
        self.line.extend_from_slice(&escape_of(byte));
    }

    fn room(&mut self, need: usize) {
        if self.line.len() + need > WIDTH {
            self.end_line(b"=\r\n");
        }
    }

    /// Moves the line to the output, escaping what a relay might touch.
    fn end_line(&mut self, ending: &[u8]) {
        let text = self.line.as_slice();
        let first = text.first().copied();
        let from = text.starts_with(b"From ");
        let (head, text) = match (first, text.split_first()) {
            (Some(b), Some((_, rest))) if from || b == b'.' => (Some(b), rest),
            _ => (None, text),
        };
        if let Some(byte) = head {
            self.out.extend_from_slice(&escape_of(byte));
        }
        match text.split_last() {
            Some((blank @ (b' ' | b'\t'), rest)) if ending != b"=\r\n" => {
                self.out.extend_from_slice(rest);
                self.out.extend_from_slice(&escape_of(*blank));
            }
            _ => self.out.extend_from_slice(text),
        }
        self.out.extend_from_slice(ending);
        self.line.clear();
    }
}

impl<W: Write> Write for QuotedPrintableWriter<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let chunk = data.get(..CHUNK).unwrap_or(data);
        chunk.iter().for_each(|b| self.push(*b));
        let out = std::mem::take(&mut self.out);
        self.inner.write_all(&out)?;
        self.out = out;
        self.out.clear();
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => 0,
    }
}

fn escape_of(byte: u8) -> [u8; 3] {
    let digit = |n: u8| if n < 10 { b'0' + n } else { b'A' + n - 10 };
    [b'=', digit(byte >> 4), digit(byte & 15)]
}

const CHUNK: usize = 64 * 1024;
/// White space that is held back before it is given up as text.
const MAX_HELD: usize = 64 * 1024;
/// 76 less `=`, and two characters each for an escaped first and last byte.
const WIDTH: usize = 71;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], capacity: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let inner = io::BufReader::with_capacity(capacity, text);
        QuotedPrintableReader::new(inner).read_to_end(&mut out).unwrap();
        out
    }

    fn write(text: &[u8], chunk: usize) -> Vec<u8> {
        let mut writer = QuotedPrintableWriter::new(Vec::new());
        text.chunks(chunk).for_each(|c| writer.write_all(c).unwrap());
        writer.finish().unwrap()
    }

    #[test]
    fn reading() {
        for (text, want) in [
            (&b"a=3Db=C3=A9=0d"[..], &b"a=b\xC3\xA9\r"[..]),
            (b"soft=\r\nbreak=  \r\n.\r\n", b"softbreak.\r\n"),
            (b"trailing \t\r\nx \ny ", b"trailing\r\nx\ny"),
            (b"bad =4 =G1 == =", b"bad =4 =G1 == "),
            (b"=3", b"=3"),
            (b"a \r b", b"a \r b"),
            (b"= x=\n=41", b"= xA"),
            (b"==41=\r=42", b"=A=\rB"),
            (b"\n=\n\n", b"\n\n"),
        ] {
            for capacity in [1, 2, 3, 100] {
                assert_eq!(read(text, capacity), want, "{:?}", String::from_utf8_lossy(text));
            }
        }
    }

    #[test]
    fn writing_is_relay_proof_and_reads_back() {
        let long = format!("{}\r\nFrom {}\r\n.{} \r\n", "é".repeat(90), "x ".repeat(100), "y".repeat(69));
        for text in [
            &b"From me\r\nFrom\r\n.\r\n..x\r\nend \r\n\r\n tab\t\r\n"[..],
            b"bare\rcr\nlf\0nul\r",
            b"=equal=",
            long.as_bytes(),
            &[0xFF; 200],
            b"",
            b"ends with space ",
        ] {
            let written = write(text, 1000);
            assert_eq!(written, write(text, 1));
            assert_eq!(read(&written, 100), text);
            for line in written.split(|b| *b == b'\n') {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                assert!(line.len() <= 76 && line.iter().all(|b| matches!(b, b' '..=b'~' | b'\t')));
                assert!(!line.starts_with(b"From ") && !line.starts_with(b"."));
                assert!(!line.ends_with(b" ") && !line.ends_with(b"\t"));
            }
        }
    }
}
