//! The header of an opened mail: which fields count (RFC 9788 §4), and how they are written again.

use mime::{Field, Header};

use crate::headers::{PADDING, is_structural};

/// Where the fields that count come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protection {
    /// From the payload, hidden and protected by encryption.
    Cipher,
    /// From the payload, protected by a signature or by encryption that hides nothing.
    Clear,
    /// From the outside: nothing protects them.
    None,
}

impl Protection {
    /// Its word in the report; a contract.
    pub fn word(self) -> &'static str {
        match self {
            Protection::Cipher => "cipher",
            Protection::Clear => "clear",
            Protection::None => "none",
        }
    }
}

/// What the `hp` parameter of the payload's Content-Type says; honoured only there and only inside an
/// envelope (H-02, X-24).
pub(super) fn protection(payload: &Header, encrypted: bool, enveloped: bool) -> Protection {
    let content_type = payload.content_type();
    let hp = content_type.param("hp").map(str::to_ascii_lowercase);
    match hp.as_deref() {
        Some("cipher") if encrypted => Protection::Cipher,
        Some("cipher" | "clear") if enveloped => Protection::Clear,
        _ => Protection::None,
    }
}

/// The header of the mail as it is given out: what counts, then the payload's structure.
pub(super) fn restored(outer: &Header, payload: &Header, protection: Protection) -> Vec<u8> {
    let mut out = Vec::new();
    match protection {
        Protection::None => {
            write(&mut out, outer.fields().filter(|f| !is_structural(f.name())));
        }
        Protection::Cipher | Protection::Clear => {
            // Fields outside that the sender did not protect are not to be shown (H-08), but for the
            // traces that transports add.
            write(&mut out, outer.fields().filter(|f| is_trace(f)));
            let inside =
                |f: &Field<'_>| !is_structural(f.name()) && !is_trace(f) && !f.is("HP-Outer") && !f.is(PADDING);
            write(&mut out, payload.fields().filter(inside));
        }
    }
    out.extend_from_slice(b"MIME-Version: 1.0\r\n");
    for field in payload.fields().filter(|f| is_structural(f.name()) && !f.is("MIME-Version")) {
        match field.is("Content-Type").then(|| without_hp(&field)).flatten() {
            Some(rewritten) => out.extend_from_slice(&rewritten),
            None => write(&mut out, std::iter::once(field)),
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}

fn write<'a>(out: &mut Vec<u8>, fields: impl Iterator<Item = Field<'a>>) {
    for field in fields {
        let raw = field.raw();
        for (at, byte) in raw.iter().enumerate() {
            // To some programs a lone CR begins a new field.
            let lone = *byte == b'\r' && raw.get(at + 1) != Some(&b'\n');
            out.push(if lone { b' ' } else { *byte });
        }
        if !field.raw().ends_with(b"\n") {
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// Fields that hosts on the way add.
fn is_trace(field: &Field<'_>) -> bool {
    let name = field.name().to_ascii_lowercase();
    TRACE.contains(&name.as_str()) || name.starts_with("list-") || name.starts_with("arc-")
}

/// The Content-Type field without its `hp` parameter, which tells about a protection that the mail as
/// given out no longer has; `None` where it has none.
fn without_hp(field: &Field<'_>) -> Option<Vec<u8>> {
    let value = field.unfolded();
    let mut kept: Vec<&str> = Vec::new();
    let mut start = 0;
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in value.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => {
                kept.extend(value.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    kept.extend(value.get(start..));
    let all = kept.len();
    let name = |segment: &str| segment.split('=').next().unwrap_or_default().trim().to_ascii_lowercase();
    kept.retain(|segment| name(segment) != "hp");
    if kept.len() == all {
        return None;
    }
    let joined = kept.iter().map(|s| s.trim()).collect::<Vec<_>>().join("; ");
    mime::fold("Content-Type", &joined).ok()
}

const TRACE: [&str; 9] = [
    "return-path",
    "received",
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "authentication-results",
    "received-spf",
    "dkim-signature",
    "archived-at",
];

#[cfg(test)]
mod tests {
    use super::*;
    use mime::Limits;

    fn header(text: &str) -> Header {
        Header::parse(text.as_bytes(), &Limits::default()).unwrap()
    }

    #[test]
    fn h_08_outer_fields_do_not_stand_for_protected_ones() {
        let outer =
            header("Received: by a\r\nSubject: [...]\r\nReply-To: mallory@example.org\r\nFrom: a@example.org\r\n\r\n");
        let payload = header(
            "Content-Type: text/plain; hp=\"cipher\"; charset=utf-8\r\nSubject: real\r\nFrom: a@example.org\r\nHP-Outer: Subject: [...]\r\n\r\n",
        );
        assert_eq!(protection(&payload, true, true), Protection::Cipher);
        let text = String::from_utf8(restored(&outer, &payload, Protection::Cipher)).unwrap();
        assert_eq!(
            text,
            "Received: by a\r\nSubject: real\r\nFrom: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        );
    }

    #[test]
    fn x_24_hp_cipher_without_encryption_hides_nothing() {
        let payload = header("Content-Type: text/plain; hp=cipher\r\n\r\n");
        assert_eq!(protection(&payload, false, true), Protection::Clear);
        assert_eq!(protection(&payload, false, false), Protection::None);
    }
}
