//! The charsets that can be read without tables: UTF-8, US-ASCII, ISO-8859-1, ISO-8859-15, Windows-1252, UTF-16.

/// Text of `bytes` in the charset `name` (RFC 2978 names, any case). An unknown charset is read as UTF-8, and what is
/// no UTF-8 becomes U+FFFD.
pub(crate) fn decode(name: &str, bytes: &[u8]) -> String {
    match name.to_ascii_lowercase().as_str() {
        "iso-8859-1" | "iso_8859-1" | "latin1" | "l1" | "windows-1252" | "cp1252" | "iso8859-1" => {
            bytes.iter().map(|b| windows_1252(*b)).collect()
        }
        "iso-8859-15" | "iso_8859-15" | "latin-9" | "latin9" => bytes.iter().map(|b| latin_9(*b)).collect(),
        "utf-16be" | "utf-16" => utf_16(bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Text of bytes whose charset nobody named: UTF-8 if they are, else Windows-1252.
pub(crate) fn guess(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|b| windows_1252(*b)).collect(),
    }
}

fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9F => {
            let at = usize::from(byte - 0x80);
            HIGH_1252.chars().nth(at).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        other => char::from(other),
    }
}

fn latin_9(byte: u8) -> char {
    match byte {
        0xA4 => '€',
        0xA6 => 'Š',
        0xA8 => 'š',
        0xB4 => 'Ž',
        0xB8 => 'ž',
        0xBC => 'Œ',
        0xBD => 'œ',
        0xBE => 'Ÿ',
        other => char::from(other),
    }
}

fn utf_16(bytes: &[u8]) -> String {
    let units = bytes.chunks(2).map(|pair| match pair {
        [hi, lo] => u16::from_be_bytes([*hi, *lo]),
        _ => 0xFFFD,
    });
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Windows-1252 0x80..=0x9F; unassigned bytes as U+FFFD.
const HIGH_1252: &str = "€\u{FFFD}‚ƒ„…†‡ˆ‰Š‹Œ\u{FFFD}Ž\u{FFFD}\u{FFFD}‘’“”•–—˜™š›œ\u{FFFD}žŸ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_charsets() {
        assert_eq!(decode("ISO-8859-1", b"caf\xE9"), "café");
        assert_eq!(decode("windows-1252", b"\x80 \x9F"), "€ Ÿ");
        assert_eq!(decode("iso-8859-15", b"\xA4"), "€");
        assert_eq!(decode("utf-8", "ü".as_bytes()), "ü");
        assert_eq!(decode("utf-16be", &[0x00, 0x41, 0xD8]), "A\u{FFFD}");
        assert_eq!(decode("nobody-knows", b"\xFFa"), "\u{FFFD}a");
        assert_eq!(guess(b"caf\xE9"), "café");
        assert_eq!(HIGH_1252.chars().count(), 32);
    }
}
