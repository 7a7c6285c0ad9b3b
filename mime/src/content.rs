//! Content-Type, Content-Transfer-Encoding and Content-Disposition as values.

use crate::param;
use crate::words;

/// A Content-Type (RFC 2045 §5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentType {
    /// The type, in lower case: `multipart` of multipart/signed.
    pub kind: String,
    /// The subtype, in lower case.
    pub subtype: String,
    /// Parameters in order: name in lower case, value unquoted and decoded (RFC 2231).
    pub params: Vec<(String, String)>,
    /// Two readers could understand the field differently: syntax broken, a parameter or the field twice.
    pub ambiguous: bool,
}

/// A Content-Disposition (RFC 2183).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disposition {
    /// `inline`, `attachment` or another word, in lower case.
    pub kind: String,
    /// The file name for people, decoded (RFC 2231, and RFC 2047 as many programs write it). Never a path to open.
    pub filename: Option<String>,
}

/// A Content-Transfer-Encoding (RFC 2045 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransferEncoding {
    /// `7bit`, the default.
    SevenBit,
    /// `8bit`.
    EightBit,
    /// `binary`.
    Binary,
    /// `quoted-printable`.
    QuotedPrintable,
    /// `base64`.
    Base64,
    /// Anything else, or two fields that differ.
    Unknown,
}

impl ContentType {
    /// Reads the unfolded value of the field. What can't be read gives text/plain with `ambiguous` set.
    #[must_use]
    pub fn parse(value: &str) -> ContentType {
        let parsed = param::parse(value);
        let (kind, subtype) = parsed.head.split_once('/').unwrap_or_default();
        if !is_token(kind) || !is_token(subtype) {
            return ContentType { ambiguous: true, ..ContentType::default() };
        }
        ContentType {
            kind: kind.to_ascii_lowercase(),
            subtype: subtype.to_ascii_lowercase(),
            params: parsed.params,
            ambiguous: parsed.ambiguous,
        }
    }

    /// Whether this is `kind/subtype`; both given in lower case.
    #[must_use]
    pub fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind == kind && self.subtype == subtype
    }

    /// The first parameter of that name, given in lower case.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|(n, _)| n == name)?;
        Some(&found.1)
    }
}

impl Default for ContentType {
    /// text/plain without parameters, what RFC 2045 §5.2 says of a part that names none.
    fn default() -> Self {
        ContentType { kind: "text".to_owned(), subtype: "plain".to_owned(), params: Vec::new(), ambiguous: false }
    }
}

impl Disposition {
    /// Reads the unfolded value of the field; None if there is no word to begin with.
    #[must_use]
    pub fn parse(value: &str) -> Option<Disposition> {
        let parsed = param::parse(value);
        if !is_token(&parsed.head) {
            return None;
        }
        let filename = parsed.params.iter().find(|(n, _)| n == "filename");
        Some(Disposition { kind: parsed.head.to_ascii_lowercase(), filename: filename.map(|(_, v)| words::decode(v)) })
    }
}

impl TransferEncoding {
    /// Reads the unfolded value of the field.
    #[must_use]
    pub fn parse(value: &str) -> TransferEncoding {
        let parsed = param::parse(value);
        if !parsed.params.is_empty() || parsed.ambiguous {
            return TransferEncoding::Unknown;
        }
        let named = |known: &TransferEncoding| known.name().is_some_and(|n| n.eq_ignore_ascii_case(&parsed.head));
        KNOWN_ENCODINGS.into_iter().find(named).unwrap_or(TransferEncoding::Unknown)
    }

    /// The token of the registry; None for `Unknown`.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            TransferEncoding::SevenBit => Some("7bit"),
            TransferEncoding::EightBit => Some("8bit"),
            TransferEncoding::Binary => Some("binary"),
            TransferEncoding::QuotedPrintable => Some("quoted-printable"),
            TransferEncoding::Base64 => Some("base64"),
            TransferEncoding::Unknown => None,
        }
    }
}

/// Those of RFC 2045 §6.1.
const KNOWN_ENCODINGS: [TransferEncoding; 5] = [
    TransferEncoding::SevenBit,
    TransferEncoding::EightBit,
    TransferEncoding::Binary,
    TransferEncoding::QuotedPrintable,
    TransferEncoding::Base64,
];

/// RFC 2045 §5.1 token.
pub(crate) fn is_token(text: &str) -> bool {
    let special = |b| {
        matches!(
            b,
            b'(' | b')' | b'<' | b'>' | b'@' | b',' | b';' | b':' | b'\\' | b'"' | b'/' | b'[' | b']' | b'?' | b'='
        )
    };
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && !special(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_mails_type() {
        let t = ContentType::parse(
            "Multipart/Signed; protocol=\"application/pkcs7-signature\"; MICALG=sha-256; boundary=\"=_b 1\"",
        );
        assert!(t.is("multipart", "signed") && !t.ambiguous);
        assert_eq!(t.param("protocol"), Some("application/pkcs7-signature"));
        assert_eq!(t.param("micalg"), Some("sha-256"));
        assert_eq!(t.param("boundary"), Some("=_b 1"));
        assert_eq!(t.param("charset"), None);
    }

    #[test]
    fn unreadable_is_ambiguous_text() {
        for bad in ["", "text", "text/", "/x", "te xt/plain", "a/b/c", "\"text/plain\"", "text/plain\u{e9}"] {
            let t = ContentType::parse(bad);
            assert!(t.ambiguous, "{bad}");
        }
        assert!(ContentType::parse("multipart/mixed; boundary=a; boundary=b").ambiguous);
        assert!(!ContentType::parse("text/plain (x) ; a=b").ambiguous);
    }

    #[test]
    fn dispositions() {
        let d = Disposition::parse("Attachment; filename=\"=?utf-8?B?w6kucGRm?=\"").unwrap();
        assert_eq!((d.kind.as_str(), d.filename.as_deref()), ("attachment", Some("é.pdf")));
        let d = Disposition::parse("inline").unwrap();
        assert_eq!((d.kind.as_str(), d.filename), ("inline", None));
        assert_eq!(Disposition::parse("; filename=x"), None);
    }

    #[test]
    fn transfer_encodings() {
        assert_eq!(TransferEncoding::parse("Quoted-Printable "), TransferEncoding::QuotedPrintable);
        assert_eq!(TransferEncoding::parse("base64; x=y"), TransferEncoding::Unknown);
        assert_eq!(TransferEncoding::parse("uuencode"), TransferEncoding::Unknown);
        assert_eq!(TransferEncoding::parse(""), TransferEncoding::Unknown);
    }
}
