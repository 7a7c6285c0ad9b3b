//! Which header fields are protected, and how they stand inside and outside of a sealed mail (RFC 9788).

use mime::{
    Error, Field, Header, LEGACY_DISPLAY, Mailbox, TransferEncoding, charset_for_legacy_display, decode_words,
    encode_international_field, fold, retyped,
};

use trust::Address;

use crate::report::FieldReport;

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

/// A field by its name and unfolded value, as RFC 9788 §4.2.1 compares them.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl Pair {
    /// The name and the value of a field.
    pub(crate) fn of(field: &Field<'_>) -> Pair {
        Pair { name: field.name().to_owned(), value: field.unfolded() }
    }

    /// What an HP-Outer field tells: split at the first colon and the white space behind it (RFC 9788 §2.2).
    pub(crate) fn told(field: &Field<'_>) -> Pair {
        let text = field.unfolded();
        let (name, value) = text.split_once(':').unwrap_or((&text, ""));
        let blank = [' ', '\t'];
        Pair { name: name.trim_matches(blank).to_owned(), value: value.trim_matches(blank).to_owned() }
    }

    /// Whether it has this name.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// With its state, for people.
    pub(crate) fn report(&self, state: &'static str) -> FieldReport {
        FieldReport { name: self.name.clone(), value: decode_words(&self.value), state }
    }
}

impl PartialEq for Pair {
    /// Wherever a field was folded and however it is encoded, it says the same: to call that hidden would promise too
    /// much.
    fn eq(&self, other: &Pair) -> bool {
        fn words(text: &str) -> impl Iterator<Item = &str> {
            text.split([' ', '\t']).filter(|word| !word.is_empty())
        }
        let plain = |text: &str| !text.contains("=?");
        self.is(&other.name)
            && (words(&self.value).eq(words(&other.value))
                || !(plain(&self.value) && plain(&other.value))
                    && words(&decode_words(&self.value)).eq(words(&decode_words(&other.value))))
    }
}

/// Whether both are one mailbox (RFC 9788 section 4.4.5): the domain in its ASCII form, letter case of ASCII ignored.
pub(crate) fn same_mailbox(one: &Mailbox, other: &Mailbox) -> bool {
    match (Address::parse_international(&one.addr()), Address::parse_international(&other.addr())) {
        (Ok(one), Ok(other)) => one.same_mailbox(&other),
        _ => one.same_mailbox(other),
    }
}

/// A header field to be written: ASCII but for the local parts of addresses, without control characters, in lines with CRLF
/// that relays leave alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    name: String,
    /// Without folding.
    value: String,
    raw: Vec<u8>,
}

impl Line {
    /// A field of this name with this unfolded value.
    ///
    /// # Errors
    /// [`Error::ControlInHeader`], [`Error::LineTooLong`].
    pub(crate) fn new(name: &str, value: &str) -> Result<Line, Error> {
        let raw = fold(name, value)?;
        Ok(Line { name: name.to_owned(), value: value.to_owned(), raw })
    }

    /// The field as it was, unless it is raw UTF-8, too wide, or has white space where a relay drops it: then the same
    /// field, encoded and folded. What is not ASCII in it afterwards is local parts of addresses, which nothing encodes
    /// (RFC 6532 section 3.2); domains get their A-labels.
    ///
    /// # Errors
    /// As [`encode_international_field`]; [`Error::ControlInHeader`].
    pub(crate) fn from_field(field: &Field<'_>) -> Result<Line, Error> {
        let raw = encode_international_field(field, &|mailbox| {
            let address = Address::parse_international(&mailbox.addr());
            address.map_or_else(|_| mailbox.addr(), |address| address.to_string())
        })?;
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

    /// Name and value, to be compared.
    pub(crate) fn pair(&self) -> Pair {
        Pair { name: self.name.clone(), value: self.value.clone() }
    }

    /// The unfolded value.
    pub(crate) fn value(&self) -> &str {
        &self.value
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

/// What the Content-Type of the payload's root says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// `hp` (RFC 9788 section 2.1.1).
    pub(crate) how: Protection,
    /// The root is text with a Legacy Display Element in it (section 2.1.2).
    pub(crate) legacy: bool,
}

/// The Content-Type field of the payload's root: the mail's own with its marks set. A mail without the field gets
/// text/plain in UTF-8. What it may have said of an older scheme or of an element that is not there would be false.
///
/// # Errors
/// [`Error::AmbiguousField`] where two readers could understand the mail's field differently.
pub(crate) fn marked_content_type(header: &Header, mark: Mark) -> Result<Vec<u8>, Error> {
    let charset = charset_for_legacy_display(header).filter(|_| mark.legacy && header.count(CONTENT_TYPE) > 0);
    let mut params: Vec<_> = charset.map(|charset| ("charset", Some(charset))).into_iter().collect();
    params.push((LEGACY_DISPLAY, mark.legacy.then_some("1")));
    params.extend([("protected-headers", None), ("hp", Some(mark.how.word()))]);
    retyped(header, &params)
}

/// The structural fields of the payload's root, Content-Type last but for the transfer encoding, which `encoding`
/// replaces.
///
/// # Errors
/// As [`marked_content_type`] and [`Line::from_field`].
pub(crate) fn payload_structure(
    header: &Header,
    mark: Mark,
    encoding: Option<TransferEncoding>,
) -> Result<Vec<u8>, Error> {
    let mut out = MIME_VERSION.as_bytes().to_vec();
    for field in header.fields().filter(|f| is_structural(f.name())) {
        if !field.is("MIME-Version") && !field.is(CONTENT_TYPE) && !field.is(TRANSFER_ENCODING) {
            out.extend_from_slice(Line::from_field(&field)?.raw());
        }
    }
    out.extend(marked_content_type(header, mark)?);
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
/// RFC 5322 section 2.1.1.
const COLUMNS: usize = 78;

#[cfg(test)]
mod tests {
    use super::*;
    use mime::{ContentType, Limits};

    const CIPHER: Mark = Mark { how: Protection::Cipher, legacy: false };

    fn header(text: &str) -> Header {
        Header::parse(text.as_bytes(), &Limits::default()).unwrap()
    }

    fn line(text: &str) -> Result<String, Error> {
        let header = header(text);
        let field = header.fields().next().unwrap();
        Ok(String::from_utf8(Line::from_field(&field)?.raw().to_vec()).unwrap())
    }

    fn marked(text: &str) -> Result<String, Error> {
        Ok(header(&String::from_utf8(marked_content_type(&header(text), CIPHER)?).unwrap())
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
        // Nothing encodes a local part; a domain has another form.
        assert_eq!(line("From: Ü <ü@b.c>\r\n").unwrap(), "From: =?utf-8?B?w5w=?= <ü@b.c>\r\n");
        assert_eq!(line("Cc: a@bü.c\r\n").unwrap(), "Cc: a@xn--b-eha.c\r\n");
        assert!(matches!(line("References: <ü@b.c>\r\n"), Err(Error::NeedsSmtpUtf8 { .. })));
    }

    #[test]
    fn the_transfer_encoding_is_replaced_and_other_content_fields_stay() {
        let text = "MIME-Version: 1.0 (x)\r\nContent-Transfer-Encoding: 8bit\r\nContent-Language: de\r\nX: y\r\n";
        let as_is = payload_structure(&header(text), Mark { how: Protection::Clear, legacy: false }, None).unwrap();
        let new = payload_structure(
            &header(text),
            Mark { how: Protection::Clear, legacy: false },
            Some(TransferEncoding::Base64),
        )
        .unwrap();
        let names = |b: &[u8]| section(b).into_iter().map(|(n, _)| n).collect::<Vec<_>>();
        let expected = ["MIME-Version", "Content-Language", "Content-Type", "Content-Transfer-Encoding"];
        assert_eq!(names(&as_is), expected);
        assert_eq!(names(&new), expected);
        assert_eq!(section(&as_is)[3].1, "8bit");
        assert_eq!(section(&new)[3].1, "base64");
    }
}
