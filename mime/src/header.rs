//! A header section as it arrived (RFC 5322 §2.2): its raw bytes, and its fields as spans of them.

use std::io::BufRead;
use std::ops::Range;

use crate::charset;
use crate::content::{ContentType, Disposition, TransferEncoding};
use crate::error::Error;
use crate::limits::Limits;
use crate::words;

/// A header section: the raw bytes exactly as read, without the empty line that ends it, and its fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    raw: Vec<u8>,
    spans: Vec<Span>,
    blank: &'static [u8],
}

/// One header field, borrowed from its [`Header`].
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    name: &'a str,
    raw: &'a [u8],
    value: &'a [u8],
}

/// The fields of a [`Header`] in their order.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    header: &'a Header,
    spans: std::slice::Iter<'a, Span>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    whole: Range<usize>,
    name: Range<usize>,
    value: Range<usize>,
}

impl Header {
    /// Reads a header section and the empty line behind it; the reader then stands at the body. The end of the input
    /// before an empty line is allowed: the body is empty then. Lines may end in CRLF or LF.
    ///
    /// # Errors
    /// [`Error::HeaderTooLong`], [`Error::LineTooLong`], [`Error::NotAHeader`], [`Error::Io`].
    pub fn read<R: BufRead + ?Sized>(from: &mut R, limits: &Limits) -> Result<Header, Error> {
        let mut raw = Vec::with_capacity(512);
        let mut line = 0;
        loop {
            let start = raw.len();
            line += 1;
            read_line(from, &mut raw, start, line, limits)?;
            let last = raw.get(start..).unwrap_or_default();
            if matches!(last, b"" | b"\r\n" | b"\n") {
                let blank: &[u8] = match last {
                    b"\r\n" => b"\r\n",
                    b"\n" => b"\n",
                    _ => b"",
                };
                raw.truncate(start);
                return Header::from_parts(raw, blank);
            }
        }
    }

    /// Reads a header section held in memory; what follows an empty line is ignored. See [`Header::read`].
    ///
    /// # Errors
    /// As [`Header::read`].
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Header, Error> {
        let mut rest = bytes;
        Header::read(&mut rest, limits)
    }

    /// The header section exactly as read, line ends included, without the empty line.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The empty line that ended the section: `\r\n`, `\n`, or nothing where the input ended first.
    #[must_use]
    pub fn blank_line(&self) -> &[u8] {
        self.blank
    }

    /// All fields, in order.
    #[must_use]
    pub fn fields(&self) -> Fields<'_> {
        Fields { header: self, spans: self.spans.iter() }
    }

    /// The first field of that name, letter case ignored.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Field<'_>> {
        self.fields().find(|f| f.is(name))
    }

    /// All fields of that name, letter case ignored, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Field<'a>> {
        self.fields().filter(move |f| f.is(name))
    }

    /// How many fields have that name, letter case ignored.
    #[must_use]
    pub fn count(&self, name: &str) -> usize {
        self.fields().filter(|f| f.is(name)).count()
    }

    /// The Content-Type (RFC 2045 §5). Absent: text/plain (§5.2). Unreadable or there twice: the first, or
    /// text/plain, marked [`ContentType::ambiguous`].
    #[must_use]
    pub fn content_type(&self) -> ContentType {
        let mut all = self.fields().filter(|f| f.is("Content-Type"));
        let Some(first) = all.next() else {
            return ContentType::default();
        };
        let mut found = ContentType::parse(&first.unfolded());
        found.ambiguous |= all.next().is_some();
        found
    }

    /// The Content-Transfer-Encoding (RFC 2045 §6). Absent: 7bit. Two that differ: `Unknown`.
    #[must_use]
    pub fn transfer_encoding(&self) -> TransferEncoding {
        let mut found = None;
        for field in self.fields() {
            if field.is("Content-Transfer-Encoding") {
                let this = TransferEncoding::parse(&field.unfolded());
                match found {
                    Some(earlier) if earlier != this => return TransferEncoding::Unknown,
                    _ => found = Some(this),
                }
            }
        }
        found.unwrap_or(TransferEncoding::SevenBit)
    }

    /// The Content-Disposition (RFC 2183), if there is one that can be read.
    #[must_use]
    pub fn disposition(&self) -> Option<Disposition> {
        Disposition::parse(&self.get("Content-Disposition")?.unfolded())
    }

    fn from_parts(raw: Vec<u8>, blank: &'static [u8]) -> Result<Header, Error> {
        let mut spans: Vec<Span> = Vec::new();
        let mut at = 0;
        let mut number = 0;
        while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
            let line = rest.get(..=memchr::memchr(b'\n', rest).unwrap_or(rest.len() - 1)).unwrap_or(rest);
            number += 1;
            let bad = Error::NotAHeader { line: number };
            let end = at + line.len();
            if memchr::memchr(0, line).is_some() {
                return Err(bad);
            }
            if matches!(line.first(), Some(b' ' | b'\t')) {
                let Some(open) = spans.last_mut() else {
                    return Err(bad);
                };
                open.whole.end = end;
                open.value.end = end;
            } else {
                spans.push(field_span(line, at).ok_or(bad)?);
            }
            at = end;
        }
        Ok(Header { raw, spans, blank })
    }
}

impl<'a> Field<'a> {
    /// The name as written, without white space before the colon.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Whether the field has this name, letter case ignored.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The whole field as it arrived: name, colon, value, folding and the last line end.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// What stands behind the colon, as it arrived: folding and the last line end included.
    #[must_use]
    pub fn value_raw(&self) -> &'a [u8] {
        self.value
    }

    /// The value without folding (RFC 5322 §2.2.3) and without white space around it. Bytes that are no UTF-8 become
    /// U+FFFD, other line ends a space.
    #[must_use]
    pub fn unfolded(&self) -> String {
        unfold(&String::from_utf8_lossy(self.value))
    }

    /// The value unfolded; raw bytes that are no UTF-8 are read as Windows-1252.
    pub(crate) fn text(&self) -> String {
        unfold(&charset::guess(self.value))
    }

    /// The value for people: unfolded, encoded words decoded (RFC 2047), control characters as U+FFFD. Raw bytes that
    /// are no UTF-8 are read as Windows-1252.
    #[must_use]
    pub fn decoded(&self) -> String {
        words::decode(&self.text())
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        let span = self.spans.next()?;
        let raw = &self.header.raw;
        Some(Field {
            name: std::str::from_utf8(raw.get(span.name.clone())?).ok()?,
            raw: raw.get(span.whole.clone())?,
            value: raw.get(span.value.clone())?,
        })
    }
}

/// Appends one line with its line end to `raw`; nothing at the end of the input.
fn read_line<R: BufRead + ?Sized>(
    from: &mut R,
    raw: &mut Vec<u8>,
    start: usize,
    line: usize,
    limits: &Limits,
) -> Result<(), Error> {
    loop {
        let buf = match from.fill_buf() {
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        let (take, done) = match memchr::memchr(b'\n', buf) {
            Some(at) => (at + 1, true),
            None => (buf.len(), buf.is_empty()),
        };
        if raw.len() - start + take > limits.line_bytes {
            let limit = limits.line_bytes;
            return Err(Error::LineTooLong { line, limit });
        }
        if raw.len() + take > limits.header_bytes {
            let limit = limits.header_bytes;
            return Err(Error::HeaderTooLong { limit });
        }
        raw.extend_from_slice(buf.get(..take).unwrap_or_default());
        from.consume(take);
        if done {
            return Ok(());
        }
    }
}

/// `Name: value` at offset `at`; white space between name and colon is obs-optional (RFC 5322 §4.5.3).
fn field_span(line: &[u8], at: usize) -> Option<Span> {
    let colon = memchr::memchr(b':', line)?;
    let before = line.get(..colon)?;
    let name = before.trim_ascii_end();
    let good = !name.is_empty() && name.iter().all(|b| (33..=126).contains(b));
    let gap = before.get(name.len()..)?;
    if !good || !gap.iter().all(|b| matches!(b, b' ' | b'\t')) {
        return None;
    }
    let end = at + line.len();
    Some(Span { whole: at..end, name: at..at + name.len(), value: at + colon + 1..end })
}

fn unfold(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        rest = after;
        let line = line.strip_suffix('\n').unwrap_or(line);
        let mut line = line.strip_suffix('\r').unwrap_or(line);
        if out.is_empty() {
            line = line.trim_start_matches([' ', '\t', '\r']);
        }
        match memchr::memchr(b'\r', line.as_bytes()) {
            None => out.push_str(line),
            Some(_) => out.push_str(&line.replace('\r', " ")),
        }
    }
    let trimmed = out.trim_end_matches([' ', '\t']).len();
    out.truncate(trimmed);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &[u8]) -> Result<Header, Error> {
        Header::parse(text, &Limits::default())
    }

    #[test]
    fn spans_and_values() {
        let text = b"Subject: one\r\n two\r\nTo : a@b\r\nSUBJECT:\tx \r\n\r\nbody";
        let mut rest = &text[..];
        let header = Header::read(&mut rest, &Limits::default()).unwrap();
        assert_eq!(rest, b"body");
        assert_eq!(header.raw(), &text[..text.len() - 6]);
        assert_eq!(header.blank_line(), b"\r\n");
        assert_eq!(header.count("subject"), 2);
        let subject = header.get("Subject").unwrap();
        assert_eq!(subject.raw(), b"Subject: one\r\n two\r\n");
        assert_eq!(subject.value_raw(), b" one\r\n two\r\n");
        assert_eq!(subject.unfolded(), "one two");
        assert_eq!(header.get("to").unwrap().name(), "To");
        assert_eq!(header.all("Subject").nth(1).unwrap().unfolded(), "x");
        assert_eq!(unfold(" \r \r\n\t\ra\rb\r\r\n c\r \r\n"), "a b  c");
        let together: Vec<u8> = header.fields().flat_map(|f| f.raw().to_vec()).collect();
        assert_eq!(together, header.raw());
    }

    #[test]
    fn ends_without_blank_line() {
        let header = parse(b"A: 1\nB: 2").unwrap();
        assert_eq!(header.blank_line(), b"");
        assert_eq!(header.get("b").unwrap().unfolded(), "2");
        assert_eq!(parse(b"\r\nA: 1\r\n").unwrap().fields().count(), 0);
        assert_eq!(parse(b"").unwrap(), Header::default());
    }

    #[test]
    fn what_is_no_header() {
        for (text, line) in [
            (&b"A: 1\r\nno colon\r\n\r\n"[..], 2),
            (b" starts with a space: 1\r\n", 1),
            (b"A: 1\0\r\n", 1),
            (b": no name\r\n", 1),
            (b"two words: 1\r\n", 1),
            (b"N\xC3\xA4me: 1\r\n", 1),
            (b"From someone@x Mon Jan 1\r\n", 1),
            (b"\xEF\xBB\xBFA: 1\r\n", 1),
        ] {
            let found = parse(text);
            assert!(matches!(found, Err(Error::NotAHeader { line: l }) if l == line), "{found:?}");
        }
    }

    #[test]
    fn bounds_hold_exactly() {
        let limits = Limits { header_bytes: 20, line_bytes: 12, ..Limits::default() };
        assert!(Header::parse(b"A: 4567890\r\nB: 56\r\n\r\n", &limits).is_err());
        assert!(Header::parse(b"A: 4567890\r\nB: 4\r\n\r\n", &limits).is_ok());
        let long = Header::parse(b"A: 45678901\r\n\r\n", &limits);
        assert!(matches!(long, Err(Error::LineTooLong { line: 1, limit: 12 })));
    }

    #[test]
    fn any_chunking_reads_the_same() {
        let text = b"A: 1\r\n x\r\nB: 2\r\n\r\nrest";
        let whole = parse(text).unwrap();
        for size in 1..text.len() {
            let mut reader = std::io::BufReader::with_capacity(size, &text[..]);
            assert_eq!(Header::read(&mut reader, &Limits::default()).unwrap(), whole);
        }
    }

    #[test]
    fn encodings_and_types() {
        let h = parse(b"Content-Transfer-Encoding: BASE64 (x)\r\nContent-Type: a/b\r\nContent-type: c/d\r\n").unwrap();
        assert_eq!(h.transfer_encoding(), TransferEncoding::Base64);
        assert!(h.content_type().ambiguous && h.content_type().is("a", "b"));
        let h = parse(b"Content-Transfer-Encoding: 8bit\r\nContent-Transfer-Encoding: 7bit\r\n").unwrap();
        assert_eq!(h.transfer_encoding(), TransferEncoding::Unknown);
        assert!(h.content_type().is("text", "plain") && !h.content_type().ambiguous);
    }

    #[test]
    fn decoded_for_people() {
        let h = parse(b"S: =?utf-8?q?caf=C3=A9?=\r\nR: caf\xE9\r\n").unwrap();
        assert_eq!(h.get("S").unwrap().decoded(), "café");
        assert_eq!(h.get("R").unwrap().decoded(), "café");
        assert_eq!(h.get("R").unwrap().unfolded(), "caf\u{FFFD}");
    }
}
