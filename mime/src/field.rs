//! Raw UTF-8 header fields (RFC 6532) made ASCII (RFC 2047, RFC 2231), as far as they can be.

use std::fmt::Write;

use crate::address::{self, Entry, Mailbox};
use crate::content::is_token;
use crate::error::Error;
use crate::header::Field;
use crate::param;
use crate::words;
use crate::write::fold;

/// The field as pure ASCII, with CRLF line ends. An ASCII field comes back as it is. Otherwise: in address fields (From,
/// To, Cc, …) display names become encoded words; parameters of Content-Type and Content-Disposition follow RFC 2231;
/// anything else is taken as unstructured (RFC 2047 §5). Bytes that are no UTF-8 are read as Windows-1252.
///
/// # Errors
/// [`Error::NeedsSmtpUtf8`] for an address or message identifier that is not ASCII, [`Error::Address`] for an address
/// list that can't be read, [`Error::AmbiguousField`] for parameters that can't, [`Error::LineTooLong`].
pub fn encode_raw_field(field: &Field<'_>) -> Result<Vec<u8>, Error> {
    encoded(field, &|mailbox| match mailbox.needs_smtputf8() {
        true => Err(Error::NeedsSmtpUtf8 { address: mailbox.addr() }),
        false => Ok(mailbox.addr()),
    })
}

/// The same, but that an address may be beyond ASCII (RFC 6532 §3.2): the mail takes SMTPUTF8 then. `address` says how the
/// address of a mailbox is written.
///
/// # Errors
/// As [`encode_raw_field`], [`Error::NeedsSmtpUtf8`] for message identifiers alone: they should be ASCII (§3.3).
pub fn encode_international_field(field: &Field<'_>, address: &dyn Fn(&Mailbox) -> String) -> Result<Vec<u8>, Error> {
    encoded(field, &|mailbox| Ok(address(mailbox)))
}

type Written<'w> = dyn Fn(&Mailbox) -> Result<String, Error> + 'w;

fn encoded(field: &Field<'_>, address: &Written<'_>) -> Result<Vec<u8>, Error> {
    if field.raw().is_ascii() {
        return Ok(with_crlf(field.raw()));
    }
    let name = field.name();
    let text = field.text();
    let among = |names: &[&str]| names.iter().any(|n| field.is(n));
    let value = if among(ADDRESSES) {
        address_value(&text, address)?
    } else if among(IDENTIFIERS) {
        return Err(Error::NeedsSmtpUtf8 { address: text });
    } else if among(PARAMETERS) {
        let name = || name.to_owned();
        parameter_value(&text).ok_or_else(|| Error::AmbiguousField { name: name() })?
    } else {
        words::encode_unstructured(&text)
    };
    fold(name, &value)
}

fn address_value(text: &str, address: &Written<'_>) -> Result<String, Error> {
    let mut out = Vec::new();
    for entry in address::entries(text)? {
        match entry {
            Entry::One(mailbox) => out.push(mailbox_text(&mailbox, address)?),
            Entry::Group(name, members) => {
                let members: Result<Vec<String>, Error> = members.iter().map(|m| mailbox_text(m, address)).collect();
                out.push(format!("{}: {};", phrase(&name), members?.join(", ")));
            }
        }
    }
    Ok(out.join(", "))
}

fn mailbox_text(mailbox: &Mailbox, address: &Written<'_>) -> Result<String, Error> {
    let address = address(mailbox)?;
    Ok(match &mailbox.display {
        Some(name) => format!("{} <{address}>", phrase(name)),
        None => address,
    })
}

/// A display name as RFC 5322 phrase.
fn phrase(name: &str) -> String {
    let decoded = words::decode(name);
    if !decoded.is_ascii() {
        return words::encode_words(&decoded);
    }
    let atoms = decoded.split(' ').all(|w| !w.is_empty() && w.chars().all(address::is_atext));
    if atoms && !decoded.contains("=?") { decoded } else { address::quote(&decoded) }
}

fn parameter_value(text: &str) -> Option<String> {
    let parsed = param::parse(text);
    if parsed.ambiguous || !parsed.head.is_ascii() {
        return None;
    }
    let mut out = parsed.head;
    for (name, value) in &parsed.params {
        if !name.is_ascii() {
            return None;
        }
        // Writing to a String cannot fail.
        let _ = if is_token(value) {
            write!(out, "; {name}={value}")
        } else if value.bytes().all(|b| matches!(b, b' '..=b'~')) {
            write!(out, "; {name}={}", address::quote(value))
        } else {
            out.push_str(&extended(name, value));
            Ok(())
        };
    }
    Some(out)
}

/// RFC 2231: one `name*=`, or `name*0*=`, `name*1*=` … where it would be too long for a line.
fn extended(name: &str, value: &str) -> String {
    let mut pieces = vec![String::new()];
    for byte in value.bytes() {
        let unit = match byte {
            b if b.is_ascii_alphanumeric() || b"-._".contains(&b) => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        };
        match pieces.last_mut() {
            Some(last) if last.len() + unit.len() <= SECTION => last.push_str(&unit),
            _ => pieces.push(unit),
        }
    }
    if let [only] = pieces.as_slice() {
        return format!("; {name}*=utf-8''{only}");
    }
    let numbered = pieces.iter().enumerate().map(|(number, piece)| {
        let charset = if number == 0 { "utf-8''" } else { "" };
        format!("; {name}*{number}*={charset}{piece}")
    });
    numbered.collect()
}

fn with_crlf(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + 2);
    for line in raw.split_inclusive(|b| *b == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        out.extend_from_slice(text.strip_suffix(b"\r").unwrap_or(text));
        out.extend_from_slice(b"\r\n");
    }
    out
}

const ADDRESSES: &[&str] = &[
    "From",
    "To",
    "Cc",
    "Bcc",
    "Sender",
    "Reply-To",
    "Resent-From",
    "Resent-To",
    "Resent-Cc",
    "Resent-Bcc",
    "Resent-Sender",
    "Resent-Reply-To",
    "Mail-Followup-To",
    "Disposition-Notification-To",
];
const IDENTIFIERS: &[&str] = &["Message-ID", "In-Reply-To", "References", "Resent-Message-ID", "Return-Path"];
const PARAMETERS: &[&str] = &["Content-Type", "Content-Disposition"];
const SECTION: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Header, Limits, address_list};

    fn encode(field: &[u8]) -> Result<String, Error> {
        let header = Header::parse(field, &Limits::default()).unwrap();
        let first = header.fields().next().unwrap();
        encode_raw_field(&first).map(|b| String::from_utf8(b).unwrap())
    }

    fn back(field: &str) -> Header {
        assert!(field.is_ascii() && field.ends_with("\r\n"), "{field:?}");
        Header::parse(field.as_bytes(), &Limits::default()).unwrap()
    }

    #[test]
    fn addresses_beyond_ascii_stay_where_they_may() {
        let header = "From: Jürgen Groß <jürgen@x.example>, b@y.example\r\nReferences: <é@x>\r\nSubject: ü\r\n";
        let header = Header::parse(header.as_bytes(), &Limits::default()).unwrap();
        let written: Vec<_> = header.fields().map(|f| encode_international_field(&f, &Mailbox::addr)).collect();
        let from = String::from_utf8_lossy(written[0].as_ref().unwrap());
        assert!(from.starts_with("From: =?utf-8?") && from.ends_with(" <jürgen@x.example>, b@y.example\r\n"), "{from}");
        assert!(matches!(written[1], Err(Error::NeedsSmtpUtf8 { .. })));
        assert!(written[2].as_ref().unwrap().is_ascii());
    }

    #[test]
    fn unstructured_and_ascii() {
        assert_eq!(encode(b"A: x\n y").unwrap(), "A: x\r\n y\r\n");
        let h = back(&encode("Subject: Grüße,\r\n Welt".as_bytes()).unwrap());
        assert_eq!(h.get("Subject").unwrap().decoded(), "Grüße, Welt");
        let h = back(&encode(b"Subject: caf\xE9").unwrap());
        assert_eq!(h.get("Subject").unwrap().decoded(), "café");
    }

    #[test]
    fn addresses() {
        let text =
            "To: Jürgen Müller <j@x.example>, \"a, é\" <a@b.example>, Grüppe: c@d.example, \"q, r\" <e@f.example>;";
        let h = back(&encode(text.as_bytes()).unwrap());
        let list = address_list(&h.get("To").unwrap().unfolded()).unwrap();
        let names: Vec<&str> = list.iter().map(|m| m.display.as_deref().unwrap_or("-")).collect();
        assert_eq!(names, ["Jürgen Müller", "a, é", "-", "q, r"]);
        let addrs: Vec<String> = list.iter().map(Mailbox::addr).collect();
        assert_eq!(addrs, ["j@x.example", "a@b.example", "c@d.example", "e@f.example"]);
        let found = encode("From: A <jürgen@x.example>".as_bytes());
        assert!(matches!(found, Err(Error::NeedsSmtpUtf8 { address }) if address == "jürgen@x.example"));
        assert!(matches!(encode("Cc: é é".as_bytes()), Err(Error::Address { .. })));
        assert!(matches!(encode("References: <é@x>".as_bytes()), Err(Error::NeedsSmtpUtf8 { .. })));
    }

    #[test]
    fn parameters() {
        let long = "é".repeat(100);
        for name in ["Résumé 1.pdf", &long] {
            let text = format!("Content-Disposition: attachment; size=3; x=\"a b\"; filename=\"{name}\"");
            let h = back(&encode(text.as_bytes()).unwrap());
            assert_eq!(h.disposition().unwrap().filename.unwrap(), name);
        }
        let broken = encode("Content-Type: text/plain; name=é; name=b".as_bytes());
        assert!(matches!(broken, Err(Error::AmbiguousField { .. })));
    }
}
