//! Textual encodings: RFC 7468, read laxly, and the encapsulated headers of RFC 1421 that old private
//! keys carry.

use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::text;

/// One `-----BEGIN label-----` block. The contents are wiped when dropped, for they may be a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PemBlock {
    /// The label, such as `CERTIFICATE`.
    pub label: String,
    /// RFC 1421 headers (`Proc-Type`, `DEK-Info`) with their values, unfolded, in file order.
    pub headers: Vec<(String, String)>,
    /// The decoded bytes.
    pub contents: Zeroizing<Vec<u8>>,
}

impl PemBlock {
    /// The value of a header, found without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The algorithm name and the IV of `DEK-Info` where `Proc-Type` says `4,ENCRYPTED` (RFC 1421
    /// §4.6.1), the old encryption of private keys. The IV must be hexadecimal.
    pub fn dek_info(&self) -> Result<Option<(String, Vec<u8>)>> {
        let encrypted =
            self.header("Proc-Type").is_some_and(|v| v.replace(' ', "").eq_ignore_ascii_case("4,ENCRYPTED"));
        if !encrypted {
            return Ok(None);
        }
        let info = self.header("DEK-Info").ok_or(Error::BadText("DEK-Info"))?;
        let (name, iv) = info.split_once(',').ok_or(Error::BadText("DEK-Info"))?;
        let iv = text::from_hex(iv.trim().as_bytes()).ok_or(Error::BadText("DEK-Info"))?;
        Ok(Some((name.trim().to_owned(), iv)))
    }
}

/// Finds every block of a text. Text around blocks is ignored (RFC 7468 §2); line ends may be LF, CR or
/// CRLF; white space inside the base64 and at line ends is skipped.
///
/// At most 1000 blocks and 16 MiB of text.
pub fn parse(text: &[u8]) -> Result<Vec<PemBlock>> {
    if text.len() > MAX_TEXT {
        return Err(Error::LimitExceeded("PEM text"));
    }
    let mut blocks = Vec::new();
    let mut lines = text.split(|b| matches!(b, b'\n' | b'\r')).map(<[u8]>::trim_ascii_end);
    while let Some(line) = lines.next() {
        let Some(label) = boundary(line, b"-----BEGIN ") else { continue };
        if blocks.len() == MAX_BLOCKS {
            return Err(Error::LimitExceeded("PEM blocks"));
        }
        blocks.push(read_block(label, &mut lines)?);
    }
    Ok(blocks)
}

/// Writes one block with lines of 64 characters (RFC 7468 §2).
pub fn encode(label: &str, contents: &[u8]) -> String {
    let base64 = Zeroizing::new(base64_simd::STANDARD.encode_to_string(contents));
    // Reserved whole, so that no copy of a key stays behind in a buffer that was outgrown.
    let mut out = String::with_capacity(base64.len() + base64.len() / LINE + 2 * label.len() + 40);
    out.push_str("-----BEGIN ");
    out.push_str(label);
    out.push_str("-----\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(LINE).unwrap_or((rest, ""));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out.push_str("-----END ");
    out.push_str(label);
    out.push_str("-----\n");
    out
}

/// Whether a line of these bytes begins a block.
pub fn looks_like_pem(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, b"-----BEGIN ").any(|at| {
        let starts_line = at.checked_sub(1).and_then(|i| bytes.get(i)).is_none_or(|b| matches!(b, b'\n' | b'\r'));
        let line = bytes.get(at..).and_then(|rest| rest.split(|b| matches!(b, b'\n' | b'\r')).next());
        starts_line && line.is_some_and(|line| boundary(line.trim_ascii_end(), b"-----BEGIN ").is_some())
    })
}

/// Whether this line begins a block.
pub(crate) fn begins(line: &[u8]) -> bool {
    boundary(line.trim_ascii_end(), b"-----BEGIN ").is_some()
}

/// Reads anything as a text with blocks; each of them is written and read again. For fuzzing.
pub fn fuzz_pem(text: &[u8]) {
    let Ok(blocks) = parse(text) else { return };
    for block in blocks {
        let _ = block.dek_info();
        let again = parse(encode(&block.label, &block.contents).as_bytes());
        assert!(again.is_ok_and(
            |again| matches!(again.as_slice(), [one] if one.label == block.label && one.contents == block.contents)
        ));
    }
}

fn boundary<'a>(line: &'a [u8], start: &[u8]) -> Option<&'a str> {
    let label = line.strip_prefix(start)?.strip_suffix(b"-----")?;
    let label = std::str::from_utf8(label).ok()?;
    let plain = label.len() <= MAX_LABEL && label.bytes().all(|b| (0x20..0x7f).contains(&b));
    plain.then_some(label)
}

fn read_block<'a>(label: &str, lines: &mut impl Iterator<Item = &'a [u8]>) -> Result<PemBlock> {
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut body = Zeroizing::new(Vec::new());
    for line in lines {
        if line.starts_with(b"-----") {
            if boundary(line, b"-----END ") != Some(label) {
                return Err(Error::BadText("PEM boundary"));
            }
            return finish_block(label, headers, &body);
        }
        if !body.is_empty() {
            append(&mut body, line);
        } else if line.contains(&b':') {
            headers.push(header(line)?);
            if headers.len() > MAX_HEADERS {
                return Err(Error::LimitExceeded("PEM headers"));
            }
        } else if let (Some(b' ' | b'\t'), Some((_, value))) = (line.first(), headers.last_mut()) {
            value.push_str(std::str::from_utf8(line.trim_ascii()).map_err(|_| BAD_HEADER)?);
        } else {
            append(&mut body, line);
        }
    }
    Err(Error::BadText("PEM without an end"))
}

/// Grows by copying into a new buffer, so that the one outgrown is wiped too.
pub(crate) fn append(body: &mut Zeroizing<Vec<u8>>, line: &[u8]) {
    if body.capacity() - body.len() < line.len() {
        let mut grown = Zeroizing::new(Vec::with_capacity((body.len() + line.len()).saturating_mul(2)));
        grown.extend_from_slice(body);
        *body = grown;
    }
    body.extend_from_slice(line);
}

fn finish_block(label: &str, headers: Vec<(String, String)>, body: &[u8]) -> Result<PemBlock> {
    let contents = base64_simd::forgiving_decode_to_vec(body).map_err(|_| Error::BadText("base64"))?;
    Ok(PemBlock { label: label.to_owned(), headers, contents: Zeroizing::new(contents) })
}

fn header(line: &[u8]) -> Result<(String, String)> {
    let line = std::str::from_utf8(line).map_err(|_| BAD_HEADER)?;
    let (name, value) = line.split_once(':').ok_or(BAD_HEADER)?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

const BAD_HEADER: Error = Error::BadText("PEM header");
/// Octets of a text that is read at once, or of one block.
pub(crate) const MAX_TEXT: usize = 16 << 20;
const MAX_BLOCKS: usize = 1000;
const MAX_HEADERS: usize = 32;
const MAX_LABEL: usize = 64;
const LINE: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_at_every_length() {
        for length in 0..200u8 {
            let bytes: Vec<u8> = (0..length).collect();
            let text = encode("X509 CRL", &bytes);
            assert!(text.lines().all(|l| l.len() <= 64));
            let blocks = parse(text.as_bytes()).unwrap();
            assert_eq!(blocks.len(), 1);
            assert_eq!(blocks[0].label, "X509 CRL");
            assert_eq!(*blocks[0].contents, bytes);
            assert!(looks_like_pem(text.as_bytes()));
        }
    }

    #[test]
    fn reads_around_text_line_ends_and_spaces() {
        let text = b"Bag Attributes\r\n  x\r\n-----BEGIN A----- \r\nAQ\r\n ID\r\n-----END A-----\r\ntext -----BEGIN C-----\n-----BEGIN B-----\nBA==\n-----END B-----";
        let blocks = parse(text).unwrap();
        assert_eq!(blocks.len(), 2);
        assert_eq!(*blocks[0].contents, [1, 2, 3]);
        assert_eq!(*blocks[1].contents, [4]);
    }

    #[test]
    fn reads_the_headers_of_an_old_key() {
        let text = b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00ff10\n\nAQID\n-----END RSA PRIVATE KEY-----\n";
        let block = parse(text).unwrap().remove(0);
        assert_eq!(block.dek_info(), Ok(Some(("AES-128-CBC".to_owned(), vec![0, 0xff, 0x10]))));
        assert_eq!(*block.contents, [1, 2, 3]);
        let odd = PemBlock {
            headers: vec![("proc-type".into(), "4, ENCRYPTED".into()), ("DEK-Info".into(), "X,0".into())],
            ..block
        };
        assert_eq!(odd.dek_info(), Err(Error::BadText("DEK-Info")));
    }

    #[test]
    fn refuses_what_is_cut_or_mismatched() {
        let whole = encode("A", &[9; 60]);
        for end in "-----BEGIN A-----".len()..whole.len() - 1 {
            assert!(parse(&whole.as_bytes()[..end]).is_err(), "{end}");
        }
        assert!(parse(b"-----BEGIN A-----\nAQID\n-----END B-----\n").is_err());
        assert!(parse(b"-----BEGIN A-----\nAQ!D\n-----END A-----\n").is_err());
        assert!(parse(encode("A", b"").repeat(1001).as_bytes()).is_err());
        assert!(!looks_like_pem(b"x -----BEGIN A-----\n"));
        assert!(!looks_like_pem(b"-----BEGIN A\n-----"));
    }
}
