//! Legacy Display Elements (RFC 9788 §2.1.2): copies of header fields at the beginning of a mail's text, for programs
//! that show no protected header. Put in where a mail is written, and taken out where one is read.

use std::io::{self, BufRead, Read, Write};

use crate::base64::{Base64Reader, Base64Writer};
use crate::charset;
use crate::content::TransferEncoding;
use crate::error::Error;
use crate::header::Header;
use crate::html::{body_start, divs_of_class, escaped};
use crate::limits::Limits;
use crate::quoted::{QuotedPrintableReader, QuotedPrintableWriter};
use crate::retype::retyped;
use crate::walk::{Kind, Part, Visitor, Walk};

/// The parameter of a part that has such an element (RFC 9788 §2.1.2).
pub const LEGACY_DISPLAY: &str = "hp-legacy-display";

/// Reads the body of an entity, in CRLF form, with every such element taken out, and its parameter with it. The header
/// of the entity itself is the caller's. Attached messages and what is signed or encrypted by itself stay as they are,
/// and so does a part of more than [`GATHERED`] octets.
pub struct WithoutLegacyDisplay<R>(Edited<R, Removing>);

/// Reads the body of an entity, in CRLF form, with such an element put into every part that is the text of the mail
/// itself (RFC 9788 §5.2.4).
pub struct WithLegacyDisplay<R>(Edited<R, Inserting>);

/// What became of the parts of a mail that such an element was put into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Displayed {
    /// The entity is itself such a part: its header needs the parameter, and a charset that has all characters.
    pub root: bool,
    /// How many parts have it, the entity itself included.
    pub parts: usize,
}

impl<R: BufRead> WithoutLegacyDisplay<R> {
    /// Reads the body that `inner` delivers, of the entity that `root` begins.
    ///
    /// # Errors
    /// None today; the walk may refuse a root.
    pub fn new(inner: R, root: &Header) -> Result<Self, Error> {
        Ok(WithoutLegacyDisplay(Edited::new(inner, root, Removing)?))
    }
}

impl<R: BufRead> WithLegacyDisplay<R> {
    /// Puts in these fields: names and values for people.
    ///
    /// # Errors
    /// As [`WithoutLegacyDisplay::new`].
    pub fn new(inner: R, root: &Header, fields: &[(String, String)]) -> Result<Self, Error> {
        let lines = fields.iter().map(|(name, value)| format!("{name}: {}", one_line(value))).collect();
        Ok(WithLegacyDisplay(Edited::new(inner, root, Inserting { lines, displayed: Displayed::default() })?))
    }

    /// What was done so far; the whole of it once the body is at its end.
    pub fn displayed(&mut self) -> Displayed {
        self.0.walk.visitor().edit.displayed
    }
}

/// Whether the header is that of a part whose text such an element can be put into, and the charset that it then has
/// to have.
#[must_use]
pub fn charset_for_legacy_display(header: &Header) -> Option<&'static str> {
    let content = header.content_type();
    match content.param("charset").unwrap_or("us-ascii").to_ascii_lowercase().as_str() {
        "us-ascii" | "ascii" => Some("utf-8"),
        _ => None,
    }
}

/// A value on one line (RFC 9788 §10.3).
fn one_line(value: &str) -> String {
    value.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What is done to a part that is gathered.
trait Edit {
    /// Whether the part is one to act on.
    fn wants(&self, part: &Part<'_>) -> bool;
    /// The part's text, decoded, as it is to be; `None` where it stays.
    fn edit(&mut self, html: bool, header: &Header, text: &[u8]) -> Option<Vec<u8>>;
    /// The part's Content-Type field as it is to be.
    fn field(&self, header: &Header) -> Option<Vec<u8>>;
    /// The part was edited.
    fn done(&mut self, number: usize);
}

#[derive(Debug)]
struct Removing;

#[derive(Debug)]
struct Inserting {
    lines: Vec<String>,
    displayed: Displayed,
}

impl Edit for Removing {
    fn wants(&self, part: &Part<'_>) -> bool {
        let marked = |header: &Header| header.content_type().param(LEGACY_DISPLAY) == Some("1");
        !part.place.attached && part.header.is_some_and(marked)
    }

    fn edit(&mut self, html: bool, _: &Header, text: &[u8]) -> Option<Vec<u8>> {
        if html {
            let mut rest = text.to_vec();
            let found = divs_of_class(text, CLASS);
            found.iter().rev().for_each(|range| drop(rest.drain(range.clone())));
            return (!found.is_empty()).then_some(rest);
        }
        let mut lines = text.split_inclusive(|b| *b == b'\n');
        let mut gone = 0;
        let blank = lines.any(|line| {
            gone += line.len();
            matches!(line, b"\n" | b"\r\n")
        });
        blank.then(|| text.get(gone..).unwrap_or_default().to_vec())
    }

    fn field(&self, header: &Header) -> Option<Vec<u8>> {
        retyped(header, &[(LEGACY_DISPLAY, None)]).ok()
    }

    fn done(&mut self, _: usize) {}
}

impl Edit for Inserting {
    fn wants(&self, part: &Part<'_>) -> bool {
        let attached = |header: &Header| header.disposition().is_some_and(|d| d.kind != "inline");
        part.place.main && part.header.is_none_or(|header| !attached(header) && !header.content_type().ambiguous)
    }

    fn edit(&mut self, html: bool, header: &Header, text: &[u8]) -> Option<Vec<u8>> {
        let content = header.content_type();
        let charset = content.param("charset").unwrap_or("us-ascii").to_ascii_lowercase();
        if html {
            // References say every character in any charset.
            let lines: Vec<String> = self.lines.iter().map(|line| references(&escaped(line))).collect();
            let element = format!("<div class=\"{CLASS}\">\r\n<pre>{}</pre>\r\n</div>", lines.join("\r\n"));
            let at = body_start(text);
            let (before, behind) = text.split_at_checked(at)?;
            return charset::contains_ascii(&charset).then(|| [before, element.as_bytes(), behind].concat());
        }
        let mut element = Vec::new();
        for line in &self.lines {
            element.extend(encoded(line, &charset)?);
            element.extend_from_slice(b"\r\n");
        }
        element.extend_from_slice(b"\r\n");
        element.extend_from_slice(text);
        Some(element)
    }

    fn field(&self, header: &Header) -> Option<Vec<u8>> {
        let charset = charset_for_legacy_display(header).map(|charset| ("charset", Some(charset)));
        let params: Vec<_> = charset.into_iter().chain([(LEGACY_DISPLAY, Some("1"))]).collect();
        retyped(header, &params).ok()
    }

    fn done(&mut self, number: usize) {
        self.displayed.parts += 1;
        self.displayed.root |= number == 0;
    }
}

/// The line in the charset of a part; `None` where that is none that contains ASCII. A character that the charset may
/// not have is a question mark: it is a decoration (RFC 9788 §2.1.2).
fn encoded(line: &str, charset: &str) -> Option<Vec<u8>> {
    match charset {
        "us-ascii" | "ascii" | "utf-8" | "utf8" => Some(line.as_bytes().to_vec()),
        "iso-8859-1" | "latin1" => Some(line.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect()),
        other if charset::contains_ascii(other) => {
            Some(line.chars().map(|c| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(b'?')).collect())
        }
        _ => None,
    }
}

/// What is not ASCII as numeric character references.
fn references(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() { out.push(c) } else { out.push_str(&format!("&#{};", u32::from(c))) }
    }
    out
}

/// Reads a body in which parts are edited.
struct Edited<R, E> {
    inner: R,
    walk: Walk<Editor<E>>,
    at: usize,
    end: bool,
}

/// Writes what it is told of, and gathers the parts that are edited.
#[derive(Debug)]
struct Editor<E> {
    edit: E,
    out: Vec<u8>,
    gathering: Option<Gathering>,
}

#[derive(Debug)]
struct Gathering {
    number: usize,
    header: Header,
    /// The header as it arrived.
    raw: Vec<u8>,
    body: Vec<u8>,
}

impl<R: BufRead, E: Edit> Edited<R, E> {
    fn new(inner: R, root: &Header, edit: E) -> Result<Self, Error> {
        let editor = Editor { edit, out: Vec::new(), gathering: None };
        Ok(Edited { inner, walk: Walk::lenient(root, &Limits::default(), editor)?, at: 0, end: false })
    }

    fn fill(&mut self) -> io::Result<()> {
        while self.at >= self.walk.visitor().out.len() && !self.end {
            self.walk.visitor().out.clear();
            self.at = 0;
            let piece = self.inner.fill_buf()?;
            let len = piece.len();
            let walked = if len == 0 { self.walk.end() } else { self.walk.take(piece) };
            self.end = len == 0;
            self.inner.consume(len);
            walked.map_err(|error| match error {
                Error::Io(error) => error,
                error => io::Error::other(error),
            })?;
        }
        Ok(())
    }

    fn buffer(&mut self) -> &[u8] {
        let at = self.at;
        self.walk.visitor().out.get(at..).unwrap_or_default()
    }

    fn consume(&mut self, count: usize) {
        self.at = self.walk.visitor().out.len().min(self.at.saturating_add(count));
    }
}

impl<E> Editor<E> {
    /// Gives up on a part that is too long: it stays as it is.
    fn overflow(&mut self) {
        if let Some(gathered) = self.gathering.take_if(|g| g.body.len() > GATHERED) {
            self.out.extend_from_slice(&gathered.raw);
            self.out.extend_from_slice(&gathered.body);
        }
    }
}

impl<E: Edit> Visitor for Editor<E> {
    fn open(&mut self, part: &Part<'_>) -> Result<(), Error> {
        let empty = Header::default();
        let header = part.header.unwrap_or(&empty);
        let content = header.content_type();
        let text = content.is("text", "plain") || content.is("text", "html");
        let encoded = header.transfer_encoding() != TransferEncoding::Unknown;
        if text && encoded && *part.kind == Kind::Leaf && self.edit.wants(part) {
            let (number, header, raw) = (part.number, header.clone(), part.raw.to_vec());
            self.gathering = Some(Gathering { number, header, raw, body: Vec::new() });
        } else {
            self.out.extend_from_slice(part.raw);
        }
        Ok(())
    }

    fn text(&mut self, content: &[u8]) -> Result<(), Error> {
        self.gathering.as_mut().map_or(&mut self.out, |g| &mut g.body).extend_from_slice(content);
        self.overflow();
        Ok(())
    }

    fn line_end(&mut self) -> Result<(), Error> {
        self.text(b"\r\n")
    }

    fn close(&mut self, at_end: bool) -> Result<(), Error> {
        let Some(Gathering { number, header, raw, body }) = self.gathering.take() else { return Ok(()) };
        let encoding = header.transfer_encoding();
        let html = header.content_type().subtype == "html";
        let edited = decoded(&body, encoding).and_then(|text| self.edit.edit(html, &header, &text));
        let field = if number == 0 { Some(Vec::new()) } else { self.edit.field(&header) };
        let (Some(edited), Some(field)) = (edited, field) else {
            self.out.extend_from_slice(&raw);
            self.out.extend_from_slice(&body);
            return Ok(());
        };
        if number > 0 {
            self.out.extend_from_slice(&field);
            for other in header.fields().filter(|f| !f.is("Content-Type")) {
                self.out.extend_from_slice(other.raw());
            }
            self.out.extend_from_slice(if header.blank_line().is_empty() { b"\r\n" } else { header.blank_line() });
        }
        let mut written = encoded_as(&edited, encoding)?;
        if encoding == TransferEncoding::Base64 && !at_end && written.ends_with(b"\r\n") {
            // It belongs to the delimiter.
            written.truncate(written.len() - 2);
        }
        self.out.append(&mut written);
        self.edit.done(number);
        Ok(())
    }

    fn delimiter(&mut self, after_line: bool, line: &[u8]) -> Result<(), Error> {
        if after_line {
            self.out.extend_from_slice(b"\r\n");
        }
        self.out.extend_from_slice(line);
        Ok(())
    }
}

/// The text of an encoded part; `None` where it is damaged.
fn decoded(body: &[u8], encoding: TransferEncoding) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    match encoding {
        TransferEncoding::Base64 => Base64Reader::new(body).read_to_end(&mut text).ok()?,
        TransferEncoding::QuotedPrintable => QuotedPrintableReader::new(body).read_to_end(&mut text).ok()?,
        _ => return Some(body.to_vec()),
    };
    Some(text)
}

fn encoded_as(text: &[u8], encoding: TransferEncoding) -> Result<Vec<u8>, Error> {
    Ok(match encoding {
        TransferEncoding::Base64 => {
            let mut writer = Base64Writer::new(Vec::new());
            writer.write_all(text)?;
            writer.finish()?
        }
        TransferEncoding::QuotedPrintable => {
            let mut writer = QuotedPrintableWriter::new(Vec::new());
            writer.write_all(text)?;
            writer.finish()?
        }
        _ => text.to_vec(),
    })
}

macro_rules! reads {
    ($($name:ident)*) => {$(
        impl<R: BufRead> BufRead for $name<R> {
            fn fill_buf(&mut self) -> io::Result<&[u8]> {
                self.0.fill()?;
                Ok(self.0.buffer())
            }

            fn consume(&mut self, count: usize) {
                self.0.consume(count);
            }
        }

        impl<R: BufRead> Read for $name<R> {
            fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
                let count = self.fill_buf()?.read(out)?;
                self.consume(count);
                Ok(count)
            }
        }
    )*};
}

reads!(WithLegacyDisplay WithoutLegacyDisplay);

/// Octets of a part, as it is encoded, that are gathered before it is edited.
pub const GATHERED: usize = 2 * 1024 * 1024;
/// RFC 9788 §5.2.3.
const CLASS: &str = "header-protection-legacy-display";

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn root(mail: &str) -> (Header, &[u8]) {
        let mut rest = mail.as_bytes();
        let header = Header::read(&mut rest, &Limits::default()).unwrap();
        (header, rest)
    }

    fn without(mail: &str) -> String {
        let (header, body) = root(mail);
        let mut all = Vec::new();
        for capacity in [1, 7, 64, 100_000] {
            let mut out = String::new();
            let inner = BufReader::with_capacity(capacity, body);
            WithoutLegacyDisplay::new(inner, &header).unwrap().read_to_string(&mut out).unwrap();
            all.push(out);
        }
        assert!(all.iter().all(|one| *one == all[0]), "{all:?}");
        all.swap_remove(0)
    }

    fn with(mail: &str, fields: &[(&str, &str)]) -> (String, Displayed) {
        let (header, body) = root(mail);
        let fields: Vec<_> = fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let mut reader = WithLegacyDisplay::new(body, &header, &fields).unwrap();
        let mut out = String::new();
        reader.read_to_string(&mut out).unwrap();
        (out, reader.displayed())
    }

    /// The examples of RFC 9788 sections 5.2.2 and 5.2.3.
    #[test]
    fn h_06_the_element_is_put_in_as_the_rfc_does() {
        let fields = [("Subject", "Thursday's\r\n meeting"), ("Cc", "alice@example.net")];
        let (text, done) = with("Content-Type: text/plain; charset=UTF-8\r\n\r\nI think.\r\n", &fields);
        assert_eq!(text, "Subject: Thursday's meeting\r\nCc: alice@example.net\r\n\r\nI think.\r\n");
        assert_eq!(done, Displayed { root: true, parts: 1 });
        let html =
            "Content-Type: text/html\r\n\r\n<html><head></head><body x='>'>\r\n<p>I think.</p></body></html>\r\n";
        let (text, _) = with(html, &[("Subject", "<b>'\"& \u{e9}</b></pre></div>")]);
        assert_eq!(
            text,
            "<html><head></head><body x='>'><div class=\"header-protection-legacy-display\">\r\n<pre>Subject: \
             &lt;b&gt;&apos;&quot;&amp; &#233;&lt;/b&gt;&lt;/pre&gt;&lt;/div&gt;</pre>\r\n</div>\r\n<p>I think.</p></body></html>\r\n"
        );
    }

    const TREE: &str = "Content-Type: multipart/mixed; boundary=o\r\n\r\npreamble\r\n--o\r\n\
        Content-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\n\r\none\r\n--i\r\n\
        Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Transfer-Encoding: base64\r\n\
        Content-Type: text/html\r\n\r\nPHA+\r\n--r\r\n\r\nno\r\n--r--\r\n--i--\r\n--o\r\n\r\nfooter\r\n--o\r\n\
        Content-Type: text/html; hp-legacy-display=1\r\nContent-Disposition: attachment\r\n\r\n<p>\r\n--o\r\n\
        Content-Type: message/rfc822\r\n\r\nSubject: x\r\nContent-Type: text/plain; hp-legacy-display=1\r\n\r\nA: b\r\n\r\nc\r\n--o--\r\nend\r\n";

    #[test]
    fn h_06_only_the_text_of_the_mail_itself_gets_one() {
        let (text, done) = with(TREE, &[("Subject", "s")]);
        assert_eq!(done, Displayed { root: false, parts: 2 });
        let plain = "--i\r\nContent-Type: text/plain; charset=\"utf-8\"; hp-legacy-display=\"1\"\r\n\r\nSubject: s\r\n\r\none\r\n--i\r\n";
        assert!(text.contains(plain), "{text}");
        assert!(text.contains("Content-Type: text/html; charset=\"utf-8\"; hp-legacy-display=\"1\"\r\n"), "{text}");
        assert!(text.contains("\r\n--r\r\n\r\nno\r\n--r--\r\n--i--\r\n--o\r\n\r\nfooter\r\n--o\r\n"), "{text}");
        // And what was put in is taken out again, elsewhere where a part says so, but not from an attached message.
        let mail = format!("Content-Type: multipart/mixed; boundary=o\r\n\r\n{text}");
        let again = without(&mail);
        assert!(again.contains("\r\n\r\none\r\n--i\r\n") && again.contains("\r\n\r\nPHA+\r\n--r\r\n"), "{again}");
        assert!(again.contains("Subject: x\r\nContent-Type: text/plain; hp-legacy-display=1\r\n\r\nA: b\r\n\r\nc"));
        assert_eq!(again.matches("legacy").count(), 2, "{again}");
    }

    #[test]
    fn h_07_what_is_marked_loses_its_element_and_what_is_not_keeps_everything() {
        let plain = |kind: &str, body: &str| without(&format!("Content-Type: {kind}\r\n\r\n{body}"));
        let marked = "text/plain; hp-legacy-display=\"1\"";
        assert_eq!(plain(marked, "Subject: x\r\n\r\nHello\r\n\r\nBye\r\n"), "Hello\r\n\r\nBye\r\n");
        assert_eq!(plain(marked, "\r\nHello"), "Hello");
        for (kind, body) in [
            ("text/plain", "Subject: x\r\n\r\nHello\r\n"),
            ("text/plain; hp-legacy-display=2", "Subject: x\r\n\r\nHello\r\n"),
            ("text/csv; hp-legacy-display=1", "Subject: x\r\n\r\nHello\r\n"),
            // Without an empty line there is no element, only a part that says so.
            (marked, "Subject: x\r\n \r\nHello\r\n"),
            ("text/html; hp-legacy-display=1", "<div class=header-protection-legacy-display>never closed"),
            ("text/html", "<div class=header-protection-legacy-display>x</div>y"),
        ] {
            assert_eq!(plain(kind, body), body, "{kind}");
        }
        let html = "<body><div class=\"header-protection-legacy-display\">\r\n<pre>Subject: x</pre></div>\r\n<p>y</p>";
        assert_eq!(plain("text/html; hp-legacy-display=1", html), "<body>\r\n<p>y</p>");
        let quoted = "Content-Type: text/plain; hp-legacy-display=1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
            Subject: =C3=\r\n=A9\r\n\r\nGr=C3=BC=C3=9Fe\r\n";
        assert_eq!(without(quoted), "Gr=C3=BC=C3=9Fe\r\n");
    }

    #[test]
    fn what_is_not_edited_passes_byte_for_byte() {
        let (_, body) = root(TREE);
        let plain = TREE.replace("hp-legacy-display=1", "x=1");
        let (_, want) = root(&plain);
        assert_eq!(without(&plain).as_bytes(), want);
        let long = format!("A: b\r\n\r\n{}", "long line\r\n".repeat(GATHERED / 11));
        assert_eq!(without(&format!("Content-Type: text/plain; hp-legacy-display=1\r\n\r\n{long}")), long);
        assert!(!body.is_empty());
        // What is beyond every limit passes as well.
        let open = |n: usize| format!("--b{n}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n", n + 1);
        let deep: String = (0..40).map(open).collect();
        let many = "--b0\r\n\r\nx\r\n".repeat(1500);
        let wide = format!("--b0\r\nX: {}\r\n\r\ntext\r\n--b0--\r\n", "y ".repeat(200_000));
        for body in [deep, many, wide] {
            assert_eq!(without(&format!("Content-Type: multipart/mixed; boundary=b0\r\n\r\n{body}")), body);
        }
    }
}
