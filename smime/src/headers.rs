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
const CONTENT_TYPE: &str = "Content-Type";
const TRANSFER_ENCODING: &str = "Content-Transfer-Encoding";
/// RFC 9788 section 3.2.1: three dots in brackets.
const HIDDEN_SUBJECT: &str = "[...]";
/// RFC 5322 section 2.1.1.
const COLUMNS: usize = 78;
