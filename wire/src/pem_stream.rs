//! PEM blocks one after the other, of a text of any length.

use std::io::{self, BufRead};

use zeroize::Zeroizing;

use crate::error::Error;
use crate::pem::{MAX_TEXT, PemBlock, append, begins, parse};

/// The blocks of a text as they come, by the rules of [`parse`]; only one of them is in memory. After an error there is
/// nothing more.
#[derive(Debug)]
pub struct PemBlocks<R> {
    reader: R,
    line: Zeroizing<Vec<u8>>,
    over: bool,
}

/// Why there is no next block.
#[derive(Debug, thiserror::Error)]
pub enum PemError {
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is no block, or a longer one than is read.
    #[error(transparent)]
    Wire(#[from] Error),
}

impl<R: BufRead> PemBlocks<R> {
    /// Of a text that is read from here on.
    pub fn new(reader: R) -> Self {
        PemBlocks { reader, line: Zeroizing::default(), over: false }
    }

    fn next_block(&mut self) -> Result<Option<PemBlock>, PemError> {
        while self.read_line()? {
            if begins(&self.line) {
                return self.block().map(Some);
            }
        }
        Ok(None)
    }

    /// The block whose first line was read.
    fn block(&mut self) -> Result<PemBlock, PemError> {
        let mut text = Zeroizing::new(Vec::new());
        loop {
            append(&mut text, &self.line);
            append(&mut text, b"\n");
            if text.len() > MAX_TEXT {
                return Err(Error::LimitExceeded("PEM text").into());
            }
            let more = self.read_line()?;
            if !more || self.line.starts_with(b"-----") {
                append(&mut text, &self.line);
                break;
            }
        }
        // Without an end it is refused there.
        parse(&text)?.into_iter().next().ok_or(PemError::Wire(Error::BadText("PEM boundary")))
    }

    /// Reads a line without its end, which is CR or LF; whether there was one.
    fn read_line(&mut self) -> Result<bool, PemError> {
        self.line.clear();
        let mut some = false;
        loop {
            let octets = match self.reader.fill_buf() {
                Ok(octets) => octets,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            if octets.is_empty() {
                return Ok(some);
            }
            some = true;
            let end = memchr::memchr2(b'\n', b'\r', octets);
            append(&mut self.line, octets.get(..end.unwrap_or(octets.len())).unwrap_or_default());
            let read = end.map_or(octets.len(), |end| end + 1);
            self.reader.consume(read);
            if end.is_some() {
                return Ok(true);
            }
            if self.line.len() > MAX_TEXT {
                return Err(Error::LimitExceeded("PEM text").into());
            }
        }
    }
}

impl<R: BufRead> Iterator for PemBlocks<R> {
    type Item = Result<PemBlock, PemError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let next = self.next_block().transpose();
        self.over = !matches!(next, Some(Ok(_)));
        next
    }
}

/// Reads anything block by block, in small pieces: what can be read whole gives the same blocks. For fuzzing.
pub fn fuzz_pem_stream(text: &[u8]) {
    let pieces = io::BufReader::with_capacity(7, text);
    let streamed: Result<Vec<_>, _> = PemBlocks::new(pieces).collect();
    if let Ok(whole) = parse(text) {
        assert!(streamed.is_ok_and(|streamed| streamed == whole));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pem::encode;

    #[test]
    fn a_stream_gives_what_the_whole_text_has() {
        let text = "before\r\n-----BEGIN A----- \r\nAQ\r\n ID\r\n-----END A-----\r\nbetween -----BEGIN X-----\n\
            -----BEGIN B-----\rBA==\r-----END B-----";
        fuzz_pem_stream(text.as_bytes());
        let blocks: Vec<_> = PemBlocks::new(text.as_bytes()).map(Result::unwrap).collect();
        assert_eq!(blocks.len(), 2);
        for end in 0..text.len() {
            fuzz_pem_stream(&text.as_bytes()[..end]);
        }
        for at in 0..text.len() {
            let mut damaged = text.as_bytes().to_vec();
            damaged[at] ^= 0x21;
            fuzz_pem_stream(&damaged);
        }
    }

    #[test]
    fn more_blocks_than_are_read_at_once_and_an_error_ends_it() {
        let mut text = encode("CERTIFICATE", b"octets").repeat(3000);
        assert!(parse(text.as_bytes()).is_err());
        assert_eq!(PemBlocks::new(text.as_bytes()).filter(Result::is_ok).count(), 3000);
        text.push_str("-----BEGIN CERTIFICATE-----\nAQID\n");
        text.push_str(&encode("X", b""));
        let mut blocks = PemBlocks::new(text.as_bytes()).skip(3000);
        assert!(matches!(blocks.next(), Some(Err(PemError::Wire(_)))));
        assert!(blocks.next().is_none());
    }

    #[test]
    fn a_block_or_a_line_without_an_end_does_not_fill_memory() {
        struct Endless(&'static [u8]);
        impl io::Read for Endless {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                unreachable!()
            }
        }
        impl BufRead for Endless {
            fn fill_buf(&mut self) -> io::Result<&[u8]> {
                Ok(self.0)
            }
            fn consume(&mut self, _: usize) {}
        }
        static LINE: [u8; 65536] = [b'A'; 65536];
        assert!(matches!(
            PemBlocks::new(Endless(&LINE)).next(),
            Some(Err(PemError::Wire(Error::LimitExceeded("PEM text"))))
        ));
        let first = &b"-----BEGIN A-----\n"[..];
        let chained = io::Read::chain(first, Endless(&LINE));
        assert!(matches!(PemBlocks::new(chained).next(), Some(Err(PemError::Wire(_)))));
    }
}
