//! A Content-Type field with other parameters, everything else in it as it was.

use crate::content::ContentType;
use crate::error::Error;
use crate::field::encode_raw_field;
use crate::header::{Field, Header};
use crate::limits::Limits;
use crate::write::fold;

/// The Content-Type field of the header with these parameters set, or taken away where there is no value; whatever
/// stood there under their names is gone. A header without the field gets text/plain in UTF-8 (what it is by
/// RFC 2045 §5.2, but for the charset).
///
/// # Errors
/// [`Error::AmbiguousField`] where two readers could understand the header's own field differently;
/// [`Error::LineTooLong`].
pub fn retyped(header: &Header, params: &[(&str, Option<&str>)]) -> Result<Vec<u8>, Error> {
    let ambiguous = || Error::AmbiguousField { name: CONTENT_TYPE.to_owned() };
    let value = match header.get(CONTENT_TYPE) {
        None => "text/plain; charset=\"utf-8\"".to_owned(),
        Some(_) if header.content_type().ambiguous => return Err(ambiguous()),
        Some(field) => ascii(&field)?,
    };
    let mut wanted = ContentType::parse(&value);
    let mut appended = value.trim_end_matches([' ', '\t', ';']).to_owned();
    let mut simple = true;
    for (name, set) in params {
        simple &= wanted.param(name).is_none();
        wanted.params.retain(|(known, _)| known != name);
        if let Some(set) = set {
            wanted.params.push(((*name).to_owned(), (*set).to_owned()));
            appended.push_str(&format!("; {name}=\"{set}\""));
        }
    }
    let text = if simple && ContentType::parse(&appended) == wanted { appended } else { rebuilt(&wanted)? };
    if ContentType::parse(&text) != wanted {
        return Err(ambiguous());
    }
    fold(CONTENT_TYPE, &text)
}

/// The value as ASCII on one line.
fn ascii(field: &Field<'_>) -> Result<String, Error> {
    let raw = encode_raw_field(field)?;
    let text = String::from_utf8(raw).map_err(|_| Error::ControlInHeader)?;
    let (_, value) = text.split_once(':').ok_or(Error::ControlInHeader)?;
    let value = value.replace("\r\n", "");
    Ok(value.trim_matches([' ', '\t']).to_owned())
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
    ascii(&field)
}

const CONTENT_TYPE: &str = "Content-Type";

#[cfg(test)]
mod tests {
    use super::*;

    fn set(field: &str, params: &[(&str, Option<&str>)]) -> Result<String, Error> {
        let header = Header::parse(field.as_bytes(), &Limits::default())?;
        let field = retyped(&header, params)?;
        Ok(Header::parse(&field, &Limits::default())?.get(CONTENT_TYPE).unwrap().unfolded())
    }

    #[test]
    fn parameters_are_set_replaced_and_taken_away() {
        for (field, params, want) in [
            ("A: b\r\n", vec![("x", Some("1"))], "text/plain; charset=\"utf-8\"; x=\"1\""),
            ("Content-Type: Text/HTML; charset=a (c)\r\n", vec![("x", Some("1"))], "Text/HTML; charset=a (c); x=\"1\""),
            ("Content-Type: a/b; x=2; y=3\r\n", vec![("x", Some("1"))], "a/b; y=\"3\"; x=\"1\""),
            ("Content-Type: a/b; x=2; y=3\r\n", vec![("x", None)], "a/b; y=\"3\""),
            ("Content-Type: a/b; y=3\r\n", vec![("x", None)], "a/b; y=3"),
            ("Content-Type: a/b; x*=utf-8''%41; Y=3\r\n", vec![("x", None), ("y", Some("4"))], "a/b; y=\"4\""),
        ] {
            assert_eq!(set(field, &params).unwrap(), want, "{field}");
        }
        for field in ["Content-Type: text\r\n", "Content-Type: a/b; x=1; x=2\r\n"] {
            assert!(matches!(set(field, &[("x", None)]), Err(Error::AmbiguousField { .. })), "{field}");
        }
    }
}
