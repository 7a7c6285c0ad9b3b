//! CRLF to LF, for files whose lines end so.

use std::io::{self, BufRead, Read, Write};

/// A writer that turns CRLF into LF; any other CR or LF passes unchanged. Call [`CrlfToLf::finish`] at the end.
#[derive(Debug)]
pub struct CrlfToLf<W> {
    inner: W,
    joiner: Joiner,
}

/// A reader that turns CRLF into LF; any other CR or LF passes unchanged.
#[derive(Debug)]
pub struct ToLf<R> {
    inner: R,
    joiner: Joiner,
    at: usize,
}

#[derive(Debug, Default)]
struct Joiner {
    out: Vec<u8>,
    /// A CR that waits for what follows.
    cr: bool,
}

impl<W: Write> CrlfToLf<W> {
    /// Writes to `inner`.
    pub fn new(inner: W) -> Self {
        CrlfToLf { inner, joiner: Joiner::default() }
    }

    /// Writes a CR that waited for its LF, and gives back the writer within.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finish(mut self) -> io::Result<W> {
        if self.joiner.cr {
            self.inner.write_all(b"\r")?;
        }
        Ok(self.inner)
    }
}

impl<W: Write> Write for CrlfToLf<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let chunk = data.get(..CHUNK).unwrap_or(data);
        self.joiner.push(chunk);
        self.inner.write_all(&self.joiner.out)?;
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: BufRead> ToLf<R> {
    /// Reads from `inner`.
    pub fn new(inner: R) -> Self {
        ToLf { inner, joiner: Joiner::default(), at: 0 }
    }

    /// The reader within; what was buffered here is lost.
    pub fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: BufRead> BufRead for ToLf<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at >= self.joiner.out.len() {
            let buf = self.inner.fill_buf()?;
            let chunk = buf.get(..CHUNK).unwrap_or(buf);
            let taken = chunk.len();
            self.at = 0;
            if taken == 0 {
                self.joiner.end();
                break;
            }
            self.joiner.push(chunk);
            self.inner.consume(taken);
        }
        Ok(self.joiner.out.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.at = self.joiner.out.len().min(self.at + amount);
    }
}

impl<R: BufRead> Read for ToLf<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let got = self.fill_buf()?.read(out)?;
        self.consume(got);
        Ok(got)
    }
}

impl Joiner {
    /// Makes `out` the conversion of `chunk`, the CR that waited included.
    fn push(&mut self, chunk: &[u8]) {
        self.out.clear();
        let Some(first) = chunk.first() else { return };
        if self.cr && *first != b'\n' {
            self.out.push(b'\r');
        }
        self.cr = false;
        let mut rest = chunk;
        while let Some(at) = memchr::memchr(b'\r', rest) {
            let (before, tail) = rest.split_at_checked(at).unwrap_or_default();
            self.out.extend_from_slice(before);
            match tail.get(1) {
                Some(b'\n') => {}
                Some(_) => self.out.push(b'\r'),
                None => self.cr = true,
            }
            rest = tail.get(1..).unwrap_or_default();
        }
        self.out.extend_from_slice(rest);
    }

    fn end(&mut self) {
        self.out.clear();
        if std::mem::take(&mut self.cr) {
            self.out.push(b'\r');
        }
    }
}

const CHUNK: usize = 128 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pairs_change() {
        let text = b"a\r\nb\r\r\nc\rd\n\r\n\n\r";
        let want = b"a\nb\r\nc\rd\n\n\n\r";
        for size in 1..=text.len() {
            let mut writer = CrlfToLf::new(Vec::new());
            for piece in text.chunks(size) {
                writer.write_all(piece).unwrap();
            }
            assert_eq!(writer.finish().unwrap(), want);
            let mut out = Vec::new();
            let inner = io::BufReader::with_capacity(size, &text[..]);
            ToLf::new(inner).read_to_end(&mut out).unwrap();
            assert_eq!(out, want);
        }
    }
}
