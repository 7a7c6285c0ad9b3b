//! Charsets by the names that mail has for them: those of the WHATWG Encoding Standard, which `encoding_rs` decodes.

use encoding_rs::Encoding;

/// Text of `bytes` in the charset `name` (RFC 2978 names, any case). An unknown charset is read as UTF-8, and what is
/// no character of it becomes U+FFFD.
pub(crate) fn decode(name: &str, bytes: &[u8]) -> String {
    // Without a mark it is in network order (RFC 2781 section 4.3).
    let marked = |mark: &[u8]| bytes.starts_with(mark);
    if name.eq_ignore_ascii_case("utf-16") && !marked(&[0xFF, 0xFE]) {
        return encoding_rs::UTF_16BE.decode_with_bom_removal(bytes).0.into_owned();
    }
    match Encoding::for_label(name.as_bytes()) {
        Some(encoding) => encoding.decode_with_bom_removal(bytes).0.into_owned(),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Whether ASCII text is the same in the charset, so that markup and line ends are found in it.
pub(crate) fn contains_ascii(name: &str) -> bool {
    Encoding::for_label(name.as_bytes()).is_some_and(Encoding::is_ascii_compatible)
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
        assert_eq!(decode("utf-16", &[0x00, 0x41]), "A");
        assert_eq!(decode("UTF-16", &[0xFF, 0xFE, 0x41, 0x00]), "A");
        assert_eq!(decode("koi8-r", b"\xF0\xD2\xC9"), "При");
        assert_eq!(decode("ISO-2022-JP", b"\x1b$BF|K\\\x1b(B"), "日本");
        assert_eq!(decode("gb18030", b"\xd6\xd0"), "中");
        // Seven-bit text that another reader could take for markup stays what it is.
        assert_eq!(decode("utf-7", b"+ADw-b+AD4-"), "+ADw-b+AD4-");
        assert!(contains_ascii("iso-8859-2") && !contains_ascii("utf-16le") && !contains_ascii("iso-2022-jp"));
        assert_eq!(decode("nobody-knows", b"\xFFa"), "\u{FFFD}a");
        assert_eq!(guess(b"caf\xE9"), "café");
        assert_eq!(HIGH_1252.chars().count(), 32);
    }
}
