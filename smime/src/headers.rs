//! Which header fields are protected, and how they stand inside and outside of a sealed mail (RFC 9788).

use mime::{ContentType, Error, Field, Header, Limits, TransferEncoding, encode_raw_field, fold};

/// Whether the field tells of the structure of its own part and not of the mail (RFC 9788 section 1.1.1): MIME-Version
/// and every Content-*.
pub(crate) fn is_structural(name: &str) -> bool {
    let content = name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("Content-"));
    content || name.eq_ignore_ascii_case("MIME-Version")
}

/// What the `hp` parameter of the payload says (RFC 9788 section 2.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    /// The mail is encrypted, whether signed or not.
    Cipher,
    /// The mail is signed only.
    Clear,
}

impl Protection {
    /// The value of the parameter.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Protection::Cipher => "cipher",
            Protection::Clear => "clear",
        }
    }
}

/// A header field to be written: ASCII, without control characters, in lines with CRLF that relays leave alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    name: String,
    /// Without folding.
    value: String,
    raw: Vec<u8>,
}

impl Line {
    /// A field of this name with this unfolded ASCII value.
    ///
    /// # Errors
    /// [`Error::ControlInHeader`], [`Error::LineTooLong`].
    pub(crate) fn new(name: &str, value: &str) -> Result<Line, Error> {
        let raw = fold(name, value)?;
        Ok(Line { name: name.to_owned(), value: value.to_owned(), raw })
    }

    /// The field as it was, unless it is raw UTF-8, too wide, or has white space where a relay drops it: then the same
    /// field, encoded and folded.
    ///
    /// # Errors
    /// As [`encode_raw_field`]; [`Error::ControlInHeader`].
    pub(crate) fn from_field(field: &Field<'_>) -> Result<Line, Error> {
        let raw = encode_raw_field(field)?;
        let text = String::from_utf8(raw).map_err(|_| Error::ControlInHeader)?;
        let (_, value) = text.split_once(':').ok_or(Error::ControlInHeader)?;
        let value = value.replace("\r\n", "");
        let value = value.trim_matches([' ', '\t']);
        if value.contains(|c: char| c.is_control() && c != '\t') {
            return Err(Error::ControlInHeader);
        }
        let mut good = text.as_bytes().get(field.name().len()) == Some(&b':');
        for line in text.split_terminator("\r\n") {
            good &= line.len() <= COLUMNS && !line.ends_with([' ', '\t']);
        }
        if !good || !text.ends_with("\r\n") {
            return Line::new(field.name(), value);
        }
        Ok(Line { name: field.name().to_owned(), value: value.to_owned(), raw: text.into_bytes() })
    }

    /// The name as written.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether the field has this name, letter case ignored.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The whole field with folding and line ends.
    pub(crate) fn raw(&self) -> &[u8] {
        &self.raw
    }
}

/// The two header sections of a protected mail, without the structural fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sections {
    /// On the payload's root: every field, and for encrypted mail HP-Outer for every field outside.
    pub(crate) payload: Vec<u8>,
    /// On the outside.
    pub(crate) outside: Vec<u8>,
}

/// Composes the two sections of the mail's non-structural fields (RFC 9788 section 5.2.1), with the baseline
/// confidentiality policy where it is encrypted.
///
/// # Errors
/// [`Error::LineTooLong`].
pub(crate) fn protect(lines: &[Line], how: Protection) -> Result<Sections, Error> {
    let mut out = Sections::default();
    let mut outer = Vec::new();
    for line in lines {
        out.payload.extend_from_slice(line.raw());
        match how {
            Protection::Cipher => outer.extend(baseline(line)?),
            Protection::Clear => outer.push(line.clone()),
        }
    }
    for line in &outer {
        out.outside.extend_from_slice(line.raw());
        if how == Protection::Cipher {
            out.payload.extend(fold(HP_OUTER, &format!("{}: {}", line.name, line.value))?);
        }
    }
    Ok(out)
}

/// What of the field stands outside under hcp_baseline (RFC 9788 section 3.2.1): the subject becomes `[...]`, Comments
/// and Keywords are left out, everything else stays.
fn baseline(line: &Line) -> Result<Option<Line>, Error> {
    if line.is("Subject") {
        return Line::new(line.name(), HIDDEN_SUBJECT).map(Some);
    }
    let hidden = line.is("Comments") || line.is("Keywords");
    Ok((!hidden).then(|| line.clone()))
}

/// The Content-Type field of the payload's root: the mail's own, its `hp` parameter set. A mail without the field gets
/// text/plain in UTF-8.
///
/// # Errors
/// [`Error::AmbiguousField`] where two readers could understand the mail's field differently.
pub(crate) fn marked_content_type(header: &Header, how: Protection) -> Result<Vec<u8>, Error> {
    let ambiguous = || Error::AmbiguousField { name: CONTENT_TYPE.to_owned() };
    let hp = how.word();
    let Some(field) = header.get(CONTENT_TYPE) else {
        return fold(CONTENT_TYPE, &format!("text/plain; charset=\"utf-8\"; hp=\"{hp}\""));
    };
    if header.content_type().ambiguous {
        return Err(ambiguous());
    }
    let value = Line::from_field(&field)?.value;
    let mut wanted = ContentType::parse(&value);
    let had_one = wanted.param("hp").is_some();
    wanted.params.retain(|(name, _)| name != "hp");
    wanted.params.push(("hp".to_owned(), hp.to_owned()));
    let appended = format!("{}; hp=\"{hp}\"", value.trim_end_matches([' ', '\t', ';']));
    let text = if !had_one && ContentType::parse(&appended) == wanted { appended } else { rebuilt(&wanted)? };
    if ContentType::parse(&text) != wanted {
        return Err(ambiguous());
    }
    fold(CONTENT_TYPE, &text)
}

/// The value written anew from what was read.
fn rebuilt(content: &ContentType) -> Result<String, Error> {
    let mut text = format!("{CONTENT_TYPE}: {}/{}", content.kind, content.subtype);
    for (name, value) in &content.params {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        text.push_str(&format!("; {name}=\"{value}\""));
    }
    text.push_str("\r\n");
    let header = Header::parse(text.as_bytes(), &Limits::default())?;
    let field = header.get(CONTENT_TYPE).ok_or(Error::ControlInHeader)?;
    Ok(Line::from_field(&field)?.value)
}

/// The structural fields of the payload's root, Content-Type last but for the transfer encoding, which `encoding`
/// replaces.
///
/// # Errors
/// As [`marked_content_type`] and [`Line::from_field`].
pub(crate) fn payload_structure(
    header: &Header,
    how: Protection,
    encoding: Option<TransferEncoding>,
) -> Result<Vec<u8>, Error> {
    let mut out = MIME_VERSION.as_bytes().to_vec();
    for field in header.fields().filter(|f| is_structural(f.name())) {
        if !field.is("MIME-Version") && !field.is(CONTENT_TYPE) && !field.is(TRANSFER_ENCODING) {
            out.extend_from_slice(Line::from_field(&field)?.raw());
        }
    }
    out.extend(marked_content_type(header, how)?);
    match encoding.and_then(TransferEncoding::name) {
        Some(name) => out.extend(fold(TRANSFER_ENCODING, name)?),
        None => {
            for field in header.all(TRANSFER_ENCODING) {
                out.extend_from_slice(Line::from_field(&field)?.raw());
            }
        }
    }
    Ok(out)
}

/// The MIME-Version field (RFC 2045 section 4).
pub(crate) const MIME_VERSION: &str = "MIME-Version: 1.0\r\n";
/// The field that tells inside what stood outside (RFC 9788 section 2.2).
pub(crate) const HP_OUTER: &str = "HP-Outer";
/// The field of the payload that hides how long the mail is; no part of the mail.
pub(crate) const PADDING: &str = "Sealpost-Padding";
const CONTENT_TYPE: &str = "Content-Type";
const TRANSFER_ENCODING: &str = "Content-Transfer-Encoding";
/// RFC 9788 section 3.2.1: three dots in brackets.
const HIDDEN_SUBJECT: &str = "[...]";
/// RFC 5322 section 2.1.1.
const COLUMNS: usize = 78;

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Header {
        Header::parse(text.as_bytes(), &Limits::default()).unwrap()
    }

    fn lines(text: &str) -> Vec<Line> {
        let header = header(text);
        let fields = header.fields().filter(|f| !is_structural(f.name()) && !f.is(HP_OUTER));
        fields.map(|f| Line::from_field(&f).unwrap()).collect()
    }

    fn line(text: &str) -> Result<String, Error> {
        let header = header(text);
        let field = header.fields().next().unwrap();
        Ok(String::from_utf8(Line::from_field(&field)?.raw().to_vec()).unwrap())
    }

    fn marked(text: &str) -> Result<String, Error> {
        Ok(header(&String::from_utf8(marked_content_type(&header(text), Protection::Cipher)?).unwrap())
            .get("Content-Type")
            .unwrap()
            .unfolded())
    }

    fn section(bytes: &[u8]) -> Vec<(String, String)> {
        let header = Header::parse(bytes, &Limits::default()).unwrap();
        header.fields().map(|f| (f.name().to_owned(), f.unfolded())).collect()
    }

    #[test]
    fn h_01_structural_is_mime_version_and_every_content_field() {
        for name in ["MIME-Version", "mime-version", "Content-Type", "CONTENT-X", "Content-"] {
            assert!(is_structural(name), "{name}");
        }
        for name in ["Subject", "Content", "X-Content-Type", "MIME-Versions", "Контент-Type"] {
            assert!(!is_structural(name), "{name}");
        }
    }

    #[test]
    fn h_03_and_h_04_each_outer_field_is_told_inside_and_the_baseline_hides() {
        let text = "subject: The plan\r\nFrom: a@b.c\r\nComments: x\r\nKEYWORDS: y\r\nX-Own: z\r\nSubject: again\r\n";
        let sections = protect(&lines(text), Protection::Cipher).unwrap();
        let outside = "subject: [...]\r\nFrom: a@b.c\r\nX-Own: z\r\nSubject: [...]\r\n";
        assert_eq!(String::from_utf8(sections.outside).unwrap(), outside);
        let outer = "HP-Outer: subject: [...]\r\nHP-Outer: From: a@b.c\r\nHP-Outer: X-Own: z\r\n\
            HP-Outer: Subject: [...]\r\n";
        assert_eq!(String::from_utf8(sections.payload).unwrap(), format!("{text}{outer}"));

        let clear = protect(&lines(text), Protection::Clear).unwrap();
        assert_eq!(clear.payload, text.as_bytes());
        assert_eq!(clear.outside, text.as_bytes());
    }

    #[test]
    fn h_03_a_folded_field_is_told_with_its_whole_value() {
        let text = format!("References: <{}@example.org>\r\n\t<b@example.org>  <c@example.org>\r\n", "a".repeat(60));
        let sections = protect(&lines(&text), Protection::Cipher).unwrap();
        let told = section(&sections.payload);
        let (_, value) = section(&sections.outside).remove(0);
        assert_eq!(told.last().unwrap(), &("HP-Outer".to_owned(), format!("References: {value}")));
        assert!(value.contains(">\t<b@example.org>  <c"));
    }

    #[test]
    fn h_02_the_payload_says_hp_once_whatever_stood_there() {
        let cases = [
            ("Subject: x\r\n", "text/plain; charset=\"utf-8\"; hp=\"cipher\""),
            ("Content-Type: text/html\r\n", "text/html; hp=\"cipher\""),
            ("Content-Type: Text/HTML;\r\n charset=utf-8 ; \r\n", "Text/HTML; charset=utf-8; hp=\"cipher\""),
            ("Content-Type: text/plain; hp=clear; charset=x\r\n", "text/plain; charset=x; hp=\"cipher\""),
            ("Content-Type: text/plain; hp*=us-ascii''clear\r\n", "text/plain; hp=\"cipher\""),
            (
                "Content-Type: multipart/mixed; boundary=\"a  b;\"\r\n",
                "multipart/mixed; boundary=\"a  b;\"; hp=\"cipher\"",
            ),
        ];
        for (text, expected) in cases {
            let got = marked(text).unwrap();
            let (got, expected) = (ContentType::parse(&got), ContentType::parse(expected));
            assert_eq!(got, expected, "{text}");
            assert!(!got.ambiguous);
        }
        let named = marked("Content-Type: text/plain; hp=clear; name*=utf-8''%E2%82%AC%20x\r\n").unwrap();
        let named = ContentType::parse(&named);
        assert_eq!((named.param("name"), named.param("hp")), (Some("€ x"), Some("cipher")));
        for text in
            ["Content-Type: text\r\n", "Content-Type: a/b\r\nContent-Type: a/b\r\n", "Content-Type: a/b; x=1; x=2\r\n"]
        {
            assert!(matches!(marked(text), Err(Error::AmbiguousField { .. })), "{text}");
        }
    }

    #[test]
    fn a_line_stays_as_it_is_unless_a_relay_would_change_it() {
        let kept = ["Subject: a\r\n b\r\n", "X:1\r\n", "Cc:\r\n", "To:\ta@b.c,\r\n\td@e.f\r\n"];
        for text in kept {
            assert_eq!(line(text).unwrap(), text);
        }
        let changed = [
            ("Subject: a \r\n", "Subject: a\r\n"),
            ("Subject : a\r\n", "Subject: a\r\n"),
            ("Subject: a\r\n \r\n b\r\n", "Subject: a  b\r\n"),
            ("Subject: a\n b\n", "Subject: a\r\n b\r\n"),
            ("Subject: Grüße\r\n", "Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n"),
        ];
        for (text, expected) in changed {
            assert_eq!(line(text).unwrap().to_lowercase(), expected.to_lowercase(), "{text:?}");
        }
        let wide = line(&format!("Subject: {}\r\n", "word ".repeat(40))).unwrap();
        assert!(wide.lines().all(|l| l.len() <= 78) && wide.lines().count() > 2);
        for text in ["Subject: a\rb\r\n", "Subject: a\u{7}\r\n", "Subject: a\r\r\n"] {
            assert!(matches!(line(text), Err(Error::ControlInHeader)), "{text:?}");
        }
        let endless = format!("Subject: {}\r\n", "x".repeat(1000));
        assert!(matches!(line(&endless), Err(Error::LineTooLong { .. })));
        assert!(matches!(line("From: ü@b.c\r\n"), Err(Error::NeedsSmtpUtf8 { .. })));
    }

    #[test]
    fn the_transfer_encoding_is_replaced_and_other_content_fields_stay() {
        let text = "MIME-Version: 1.0 (x)\r\nContent-Transfer-Encoding: 8bit\r\nContent-Language: de\r\nX: y\r\n";
        let as_is = payload_structure(&header(text), Protection::Clear, None).unwrap();
        let new = payload_structure(&header(text), Protection::Clear, Some(TransferEncoding::Base64)).unwrap();
        let names = |b: &[u8]| section(b).into_iter().map(|(n, _)| n).collect::<Vec<_>>();
        let expected = ["MIME-Version", "Content-Language", "Content-Type", "Content-Transfer-Encoding"];
        assert_eq!(names(&as_is), expected);
        assert_eq!(names(&new), expected);
        assert_eq!(section(&as_is)[3].1, "8bit");
        assert_eq!(section(&new)[3].1, "base64");
    }

    /// The samples of RFC 9788 appendix C: composing what they protect gives what they have, inside and outside.
    #[test]
    #[allow(clippy::disallowed_methods)]
    fn h_05_the_samples_of_the_rfc_are_composed_alike() {
        let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpora");
        let folder = std::env::var("SEALPOST_CORPORA").unwrap_or_else(|_| default.to_owned());
        let samples = [
            ("smime-signed-enc-hp-baseline", Protection::Cipher),
            ("smime-signed-enc-hp-baseline-reply", Protection::Cipher),
            ("smime-multipart-hp", Protection::Clear),
        ];
        for (sample, how) in samples {
            let read = |kind: &str| std::fs::read(format!("{folder}/rfc9788/{kind}/{sample}.eml"));
            let (Ok(payload), Ok(mail)) = (read("payload"), read("eml")) else {
                assert_ne!(std::env::var("SEALPOST_REQUIRE").as_deref(), Ok("all"), "no corpora");
                println!("skipped: no corpora");
                return;
            };
            let plain = |bytes: &[u8]| -> Vec<(String, String)> {
                section(bytes).into_iter().filter(|(name, _)| !is_structural(name)).collect()
            };
            let own = header(&String::from_utf8(payload.clone()).unwrap());
            let fields = own.fields().filter(|f| !is_structural(f.name()) && !f.is(HP_OUTER));
            let lines: Vec<Line> = fields.map(|f| Line::from_field(&f).unwrap()).collect();
            let sections = protect(&lines, how).unwrap();
            assert_eq!(section(&sections.payload), plain(&payload), "{sample}");
            assert_eq!(section(&sections.outside), plain(&mail), "{sample}");
            let marked = ContentType::parse(&section(&marked_content_type(&own, how).unwrap())[0].1);
            assert_eq!(marked, own.content_type(), "{sample}");
        }
    }
}
