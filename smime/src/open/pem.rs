//! The blocks of a PEM file as a stream: RFC 7468, read laxly, and the headers of RFC 1421 that old private keys have.

use std::io::{self, BufRead, Read};

use cms::Source;

/// A PEM file, block after block. It delivers the base64 text of the block that [`PemBlocks::advance`] went to.
///
/// A line is looked at in its first 1024 octets, and after 1000 blocks there is an end.
pub(crate) struct PemBlocks<'a> {
    input: Box<dyn BufRead + 'a>,
    /// Octets that were looked at and are still to be read, before those of `input`.
    pending: Vec<u8>,
    shown: usize,
    /// Whether the text of a block is being delivered.
    inside: bool,
    count: usize,
}

/// What a block says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PemHead {
    /// The label, such as `CMS`.
    pub label: String,
    /// The cipher that `DEK-Info` names where `Proc-Type` says that it is encrypted (RFC 1421 §4.6.1).
    pub cipher: Option<String>,
}

impl<'a> PemBlocks<'a> {
    /// Stands before the first block, whatever text is before that.
    pub fn new(input: Box<dyn BufRead + 'a>) -> Self {
        PemBlocks { input, pending: Vec::new(), shown: 0, inside: false, count: 0 }
    }

    /// Stands in the first block of CMS, or in the first of all where there is none.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn of_message(source: &'a dyn Source) -> io::Result<Self> {
        let mut blocks = PemBlocks::new(source.open()?);
        while let Some(head) = blocks.advance()? {
            if matches!(head.label.as_str(), "CMS" | "PKCS7" | "PKCS #7 SIGNED DATA") {
                return Ok(blocks);
            }
        }
        let mut blocks = PemBlocks::new(source.open()?);
        blocks.advance()?;
        Ok(blocks)
    }

    /// Goes to the next block, past whatever is left of this one. `None` at the end.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn advance(&mut self) -> io::Result<Option<PemHead>> {
        self.inside = false;
        while self.count < MAX_BLOCKS
            && let Some(line) = self.line()?
        {
            if let Some(label) = label(&line) {
                self.count += 1;
                let cipher = self.headers()?;
                self.inside = true;
                return Ok(Some(PemHead { label, cipher }));
            }
        }
        Ok(None)
    }

    /// The headers of RFC 1421 behind the first line, if there are any: the cipher that they name.
    fn headers(&mut self) -> io::Result<Option<String>> {
        let (mut encrypted, mut cipher, mut any) = (false, None, false);
        for _ in 0..MAX_HEADERS {
            let Some(line) = self.start_of_line()? else { break };
            let folded = any && matches!(line.first(), Some(b' ' | b'\t'));
            let Some(colon) = memchr::memchr(b':', &line).filter(|_| !line.starts_with(b"-")) else {
                // Base64, or the empty line between the two.
                if folded {
                    self.rest_of_line()?;
                    continue;
                }
                self.give_back(line);
                break;
            };
            any = true;
            let (name, value) = line.split_at_checked(colon).unwrap_or_default();
            let value = String::from_utf8_lossy(value.get(1..).unwrap_or_default()).trim().to_owned();
            if name.eq_ignore_ascii_case(b"Proc-Type") {
                encrypted = value.replace(' ', "").eq_ignore_ascii_case("4,ENCRYPTED");
            } else if name.eq_ignore_ascii_case(b"DEK-Info") {
                cipher = value.split(',').next().map(|name| name.trim().to_owned());
            }
            if !line.ends_with(b"\n") {
                self.rest_of_line()?;
            }
        }
        Ok(if encrypted { Some(cipher.unwrap_or_default()) } else { None })
    }

    /// The next line, or as much of it as can matter.
    fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let line = self.start_of_line()?;
        if line.as_ref().is_some_and(|line| !line.ends_with(b"\n")) {
            self.rest_of_line()?;
        }
        Ok(line)
    }

    fn start_of_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        while line.len() < MAX_LINE && !line.ends_with(b"\n") {
            let octets = self.octets()?;
            let most = octets.get(..octets.len().min(MAX_LINE.saturating_sub(line.len()))).unwrap_or_default();
            let taken = memchr::memchr(b'\n', most).map_or(most.len(), |at| at.saturating_add(1));
            if taken == 0 {
                break;
            }
            line.extend_from_slice(most.get(..taken).unwrap_or_default());
            self.take(taken);
        }
        Ok((!line.is_empty()).then_some(line))
    }

    fn rest_of_line(&mut self) -> io::Result<()> {
        loop {
            let octets = self.octets()?;
            let (taken, ended) = match memchr::memchr(b'\n', octets) {
                Some(at) => (at.saturating_add(1), true),
                None => (octets.len(), octets.is_empty()),
            };
            self.take(taken);
            if ended {
                return Ok(());
            }
        }
    }

    fn give_back(&mut self, octets: Vec<u8>) {
        // Never while some are pending: a line was taken, so that there is room for it.
        let rest = self.pending.get(self.shown..).unwrap_or_default();
        self.pending = [octets.as_slice(), rest].concat();
        self.shown = 0;
    }

    fn octets(&mut self) -> io::Result<&[u8]> {
        match self.shown < self.pending.len() {
            true => Ok(self.pending.get(self.shown..).unwrap_or_default()),
            false => self.input.fill_buf(),
        }
    }

    fn take(&mut self, count: usize) {
        match self.shown < self.pending.len() {
            true => self.shown = self.pending.len().min(self.shown.saturating_add(count)),
            false => self.input.consume(count),
        }
    }
}

impl BufRead for PemBlocks<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if !self.inside {
            return Ok(&[]);
        }
        let octets = self.octets()?;
        // A hyphen is no base64: it begins the last line.
        let ended = matches!(octets.first(), None | Some(b'-'));
        if ended {
            self.inside = false;
            return Ok(&[]);
        }
        let octets = self.octets()?;
        Ok(octets.get(..memchr::memchr(b'-', octets).unwrap_or(octets.len())).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.take(count);
    }
}

impl Read for PemBlocks<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

/// The label of a line that begins a block.
pub(crate) fn label(line: &[u8]) -> Option<String> {
    let line = line.strip_prefix(BOM).unwrap_or(line);
    let label = line.trim_ascii_end().strip_prefix(b"-----BEGIN ")?.strip_suffix(b"-----")?;
    let label = std::str::from_utf8(label).ok()?;
    let plain = label.len() <= MAX_LABEL && label.bytes().all(|octet| (0x20..0x7f).contains(&octet));
    plain.then(|| label.to_owned())
}

/// What some programs put before UTF-8.
pub(crate) const BOM: &[u8] = b"\xEF\xBB\xBF";
/// Blocks of a file.
const MAX_BLOCKS: usize = 1000;
/// Headers of a block.
const MAX_HEADERS: usize = 32;
/// Octets of a line that are looked at.
const MAX_LINE: usize = 1024;
/// Characters of a label.
const MAX_LABEL: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    /// Label, cipher and text of every block, read through buffers of this size.
    fn blocks(text: &str, buffer: usize) -> Vec<(String, Option<String>, String)> {
        let mut blocks = PemBlocks::new(Box::new(io::BufReader::with_capacity(buffer, text.as_bytes())));
        let mut found = Vec::new();
        while let Some(head) = blocks.advance().unwrap() {
            let mut text = String::new();
            blocks.read_to_string(&mut text).unwrap();
            found.push((head.label, head.cipher, text.split_whitespace().collect()));
        }
        found
    }

    fn block(label: &str, cipher: Option<&str>, text: &str) -> (String, Option<String>, String) {
        (label.to_owned(), cipher.map(str::to_owned), text.to_owned())
    }

    #[test]
    fn blocks_are_found_whatever_stands_around_them() {
        let text = "Bag Attributes: <None>\n\n-----BEGIN A----- \r\nAQ\r\n ID\r\n-----END A-----\r\nx -----BEGIN C-----\n\
                    -----BEGIN K-----\nProc-Type: 4, ENCRYPTED\nDEK-Info: AES-128-CBC,\n 00ff\n\nBA==\n-----END K-----\n\
                    -----BEGIN E-----\n-----END E-----\n-----BEGIN F-----\n-----BEGIN B-----\nBB==\n-----END B-----";
        let expected = [
            block("A", None, "AQID"),
            block("K", Some("AES-128-CBC"), "BA=="),
            block("E", None, ""),
            block("F", None, ""),
            block("B", None, "BB=="),
        ];
        for buffer in [1, 2, 3, 7, 64, 4096] {
            assert_eq!(blocks(text, buffer), expected, "{buffer}");
        }
        assert_eq!(blocks("no block\n", 5), []);
        let long = format!(
            "-----BEGIN A-----\n{}\n-----END A-----\n{}\n-----BEGIN B-----\nAA==",
            "QUFB".repeat(1000),
            "x".repeat(5000)
        );
        let found = blocks(&long, 100);
        assert_eq!((found.len(), found[0].2.len(), found[1].2.as_str()), (2, 4000, "AA=="));
    }

    #[test]
    fn a_block_may_be_left_before_its_end_and_there_is_an_end_to_them() {
        let many = "-----BEGIN A-----\nAQID\n-----END A-----\n".repeat(MAX_BLOCKS + 5);
        let mut blocks = PemBlocks::new(Box::new(many.as_bytes()));
        let mut count = 0;
        while blocks.advance().unwrap().is_some() {
            count += 1;
        }
        assert_eq!(count, MAX_BLOCKS);
        for end in 0..60 {
            assert!(self::blocks(&many[..end], 3).len() < 3);
        }
    }
}
