//! The form in which a file holds a message: one recognition for everything that reads one.

use std::io::{self, BufRead, Cursor, Read};

use mime::Base64Reader;

use crate::open::pem::{BOM, label};

/// The form that a CMS message is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A mail, or nothing that is known.
    Smime,
    /// Lines of PEM (RFC 7468), maybe behind text.
    Pem,
    /// The bare structure.
    Ber,
    /// The bare structure in base64, without any line around it.
    Base64,
    /// A TNEF stream (MS-OXTNEF).
    Tnef,
}

impl Form {
    /// Of something whose first octets are at hand, as far as they tell.
    pub fn of(start: &[u8]) -> Form {
        Form::decide(start, true).unwrap_or(Form::Smime)
    }

    /// `None` where more octets have to be seen; `all` says that there are no more.
    fn decide(start: &[u8], all: bool) -> Option<Form> {
        match start {
            [0x30, second, ..] if !second.is_ascii_graphic() => Some(Form::Ber),
            // A short one: no header has the octet that an OBJECT IDENTIFIER begins with.
            [0x30, _, 0x06, ..] => Some(Form::Ber),
            _ if start.starts_with(&TNEF) => Some(Form::Tnef),
            _ => Form::of_text(start.strip_prefix(BOM).unwrap_or(start), all),
        }
    }

    /// A mail has a header section, down to an empty line. Before PEM there may be any text but that.
    fn of_text(text: &[u8], all: bool) -> Option<Form> {
        if base64(text.trim_ascii_start(), all)? {
            return Some(Form::Base64);
        }
        let (mut fields, mut header) = (0, true);
        let mut rest = text;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
            let (line, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            rest = after;
            if !all && !line.ends_with(b"\n") {
                return None;
            }
            let line = line.trim_ascii_end();
            if label(line).is_some() {
                return Some(Form::Pem);
            }
            if line.is_empty() && header && fields > 0 {
                return Some(Form::Smime);
            }
            if has_controls(line) {
                return Some(Form::Smime);
            }
            let folded = fields > 0 && matches!(line.first(), Some(b' ' | b'\t'));
            let mbox = fields == 0 && line.starts_with(b"From ");
            header &= line.is_empty() || folded || mbox || is_field(line);
            fields += usize::from(header && !line.is_empty());
        }
        all.then_some(Form::Smime)
    }
}

/// The form of what this reads, and the reader as it was. What stands before PEM is looked at for 64 KiB.
///
/// # Errors
/// Those of the reader.
pub(crate) fn recognise<'a>(mut input: Box<dyn BufRead + 'a>) -> io::Result<(Form, Box<dyn BufRead + 'a>)> {
    let start = input.fill_buf()?;
    if let Some(form) = Form::decide(start.get(..LOOK).unwrap_or(start), start.len() >= LOOK) {
        return Ok((form, input));
    }
    let mut start = Vec::new();
    let look = u64::try_from(LOOK).unwrap_or(u64::MAX);
    (&mut input).take(look).read_to_end(&mut start)?;
    Ok((Form::of(&start), Box::new(Cursor::new(start).chain(input))))
}

/// Whether there are octets that no text has. Written for the compiler's vectors: no branches.
fn has_controls(line: &[u8]) -> bool {
    line.iter().fold(false, |found, octet| found | (*octet <= 8) | (octet.wrapping_sub(14) <= 17))
}

/// Whether a line is a header field (RFC 5322 §2.2, §4.5).
fn is_field(line: &[u8]) -> bool {
    let Some(colon) = memchr::memchr(b':', line) else { return false };
    let name = line.get(..colon).unwrap_or_default().trim_ascii_end();
    !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
}

/// Whether a text is the base64 of a structure by how it begins; `None` where too little of it is at hand.
fn base64(text: &[u8], all: bool) -> Option<bool> {
    let mut characters = Vec::new();
    for octet in text.iter().filter(|octet| !octet.is_ascii_whitespace()).take(CHARACTERS) {
        if !(octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/')) {
            return Some(false);
        }
        characters.push(*octet);
    }
    if characters.len() < CHARACTERS {
        return if all || characters.first().is_some_and(|first| *first != b'M') { Some(false) } else { None };
    }
    let mut octets = Vec::new();
    let decoded = Base64Reader::new(characters.as_slice()).read_to_end(&mut octets);
    Some(decoded.is_ok() && begins_structure(&octets))
}

/// Whether this begins a SEQUENCE whose first element is an OBJECT IDENTIFIER, as a ContentInfo has it (RFC 5652 §3), or
/// else an INTEGER or a SEQUENCE, as keys, PKCS#12 and certificates do.
fn begins_structure(octets: &[u8]) -> bool {
    let [0x30, length, rest @ ..] = octets else { return false };
    let more = match length {
        0..=0x80 => 0,
        0x81..=0x84 => usize::from(length & 0x7f),
        _ => return false,
    };
    matches!(rest.get(more), Some(0x02 | 0x06 | 0x30))
}

/// Octets that may stand before a PEM block.
const LOOK: usize = 64 * 1024;
/// Characters of base64 that are looked at.
const CHARACTERS: usize = 32;
/// TNEF_SIGNATURE, 0x223E9F78, the least octet first.
const TNEF: [u8; 4] = [0x78, 0x9f, 0x3e, 0x22];

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = "-----BEGIN CMS-----\nMIAGCSqGSIb3DQEHAqCAMIACAQExDzANBglghkgB\n-----END CMS-----\n";
    const CMS: &str = "MIAGCSqGSIb3DQEHAqCAMIACAQExDzANBglghkgB";

    /// However much of it is shown at once, and nothing of it is lost.
    fn form(text: &str) -> Form {
        let mut seen = Vec::new();
        for buffer in [1, 3, 40, 1 << 20] {
            let input = Box::new(io::BufReader::with_capacity(buffer, text.as_bytes()));
            let (form, mut input) = recognise(input).unwrap();
            let mut all = String::new();
            input.read_to_string(&mut all).unwrap();
            assert_eq!(all, text);
            seen.push(form);
        }
        assert!(seen.iter().all(|form| *form == seen[0]), "{text:?}: {seen:?}");
        seen[0]
    }

    #[test]
    fn pem_is_found_behind_text_and_never_in_a_mail() {
        let certificate = "Certificate:\n    Data:\n        Version: 3 (0x2)\n";
        for before in
            ["", "\n\n", "a letter, and its signature:\n\n", "\u{feff}", certificate, "Bag Attributes\n  x: y\n"]
        {
            assert_eq!(form(&format!("{before}{PEM}")), Form::Pem, "{before:?}");
        }
        for before in
            ["Subject: x\n\n", "From a@b.c Mon\nSubject: x\r\n y\r\n\r\nSee:\r\n", "Subject : x\n\n", "a\0b\n"]
        {
            assert_eq!(form(&format!("{before}{PEM}")), Form::Smime, "{before:?}");
        }
        assert_eq!(form(&format!("{}{PEM}", "text\n".repeat(10_000))), Form::Pem);
        assert_eq!(form(&format!("{}{PEM}", "text\n".repeat(20_000))), Form::Smime);
        assert_eq!(form("x -----BEGIN CMS-----\n"), Form::Smime);
    }

    #[test]
    fn base64_is_told_by_what_is_in_it() {
        for text in
            [CMS.to_owned(), format!("\r\n{CMS}\r\n"), format!("\u{feff}{CMS}="), format!("MIAG\n{}", &CMS[4..])]
        {
            assert_eq!(form(&text), Form::Base64, "{text:?}");
        }
        for text in ["", "M", "MIAGCSqGSIb3DQEHAq", "Message", &CMS.replace("MIA", "MIB"), &CMS.replacen("Sq", ": ", 1)]
        {
            assert_eq!(form(text), Form::Smime, "{text:?}");
        }
        assert_eq!(form(&"QUFB".repeat(20)), Form::Smime);
    }

    #[test]
    fn binary_forms_are_told_by_their_first_octets() {
        assert_eq!(Form::of(b"\x30\x80\x06\x09"), Form::Ber);
        assert_eq!(Form::of(b"\x30\x24\x06\x09"), Form::Ber);
        assert_eq!(Form::of(b"0: a header\r\n\r\n"), Form::Smime);
        assert_eq!(Form::of(b"\x78\x9f\x3e\x22\x01\x00"), Form::Tnef);
        assert_eq!(Form::of(b""), Form::Smime);
    }
}
