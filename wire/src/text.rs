//! The string types of ASN.1 as text (X.680 §41).

use crate::der::Tag;

/// Octets in hexadecimal, two small digits for each.
pub fn hex(octets: &[u8]) -> String {
    let digits = octets.iter().flat_map(|octet| [octet >> 4, octet & 15]);
    // A thousand of these are made for the recipients of one message: no formatting machinery.
    let mut text = String::with_capacity(2 * octets.len());
    text.extend(digits.map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or('?')));
    text
}

/// Octets from pairs of hexadecimal digits, in capitals or not; `None` for anything else.
pub fn from_hex(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then_some(())?;
    pairs.iter().map(octet).collect()
}

/// What stands behind escapes of a sign and two hexadecimal digits: `%41` in URLs (RFC 3986 §2.1), `\\41` in filters of
/// LDAP (RFC 4515 §3). `None` where an escape is cut or has other digits.
pub fn unescaped(text: &[u8], sign: u8) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        octets.push(if *first == sign {
            let (digits, behind) = rest.split_first_chunk()?;
            rest = behind;
            octet(digits)?
        } else {
            *first
        });
    }
    Some(octets)
}

fn octet([high, low]: &[u8; 2]) -> Option<u8> {
    let digit = |d: u8| char::from(d).to_digit(16).and_then(|d| u8::try_from(d).ok());
    Some(digit(*high)? << 4 | digit(*low)?)
}

/// The text of a string type, and whether nothing was replaced; `None` for other types.
/// Octets above 0x7f in the ASCII types and in TeletexString are read as ISO 8859-1, as everybody does.
pub(crate) fn decode(tag: Tag, contents: &[u8]) -> Option<(String, bool)> {
    match tag {
        Tag::UTF8_STRING => Some(match std::str::from_utf8(contents) {
            Ok(text) => (text.to_owned(), true),
            Err(_) => (String::from_utf8_lossy(contents).into_owned(), false),
        }),
        Tag::TELETEX_STRING => Some((latin1(contents), true)),
        Tag::PRINTABLE_STRING | Tag::IA5_STRING | NUMERIC_STRING | VISIBLE_STRING => {
            Some((latin1(contents), contents.is_ascii()))
        }
        Tag::BMP_STRING => Some(bmp(contents)),
        Tag::UNIVERSAL_STRING => Some(universal(contents)),
        _ => None,
    }
}

/// Whether a PrintableString can hold the text (X.680 §41.4).
pub(crate) fn is_printable(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&b))
}

/// Characters that reorder or hide what a reader sees of a line.
pub(crate) fn changes_direction(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{61c}' | '\u{feff}')
}

/// UTF-16 in big-endian order, which BMPString holds in practice; the flag says that nothing was replaced.
pub(crate) fn bmp(contents: &[u8]) -> (String, bool) {
    let (pairs, rest) = contents.as_chunks::<2>();
    let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
    gather(char::decode_utf16(units).map(Result::ok), rest.is_empty())
}

fn universal(contents: &[u8]) -> (String, bool) {
    let (quads, rest) = contents.as_chunks::<4>();
    gather(quads.iter().map(|quad| char::from_u32(u32::from_be_bytes(*quad))), rest.is_empty())
}

fn gather(chars: impl Iterator<Item = Option<char>>, whole: bool) -> (String, bool) {
    let mut exact = whole;
    let text = chars
        .map(|c| {
            exact &= c.is_some();
            c.unwrap_or(char::REPLACEMENT_CHARACTER)
        })
        .collect();
    (text, exact)
}

fn latin1(contents: &[u8]) -> String {
    contents.iter().map(|b| char::from(*b)).collect()
}

const NUMERIC_STRING: Tag = Tag(0x12);
const VISIBLE_STRING: Tag = Tag(0x1a);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_digits() {
        assert_eq!(from_hex(b"00fFa1").as_deref(), Some(&[0, 255, 0xa1][..]));
        assert_eq!(from_hex(b"").as_deref(), Some(&[][..]));
        for bad in [&b"0"[..], b"0g", b"+1", b"0 "] {
            assert_eq!(from_hex(bad), None);
        }
        assert_eq!(unescaped(b"a%4a%FFb", b'%').as_deref(), Some(&b"aJ\xffb"[..]));
        assert_eq!(unescaped(b"%41", b'\\').as_deref(), Some(&b"%41"[..]));
        for bad in [&b"%"[..], b"a%4", b"%4g", b"%%41"] {
            assert_eq!(unescaped(bad, b'%'), None);
        }
    }

    #[test]
    fn decodes_each_type() {
        let text = |tag, bytes: &[u8]| decode(tag, bytes).unwrap();
        assert_eq!(text(Tag::UTF8_STRING, "ü".as_bytes()), ("ü".to_owned(), true));
        assert_eq!(text(Tag::UTF8_STRING, b"a\xff"), ("a\u{fffd}".to_owned(), false));
        assert_eq!(text(Tag::TELETEX_STRING, b"\xfc"), ("ü".to_owned(), true));
        assert_eq!(text(Tag::PRINTABLE_STRING, b"\xfc"), ("ü".to_owned(), false));
        assert_eq!(text(Tag::BMP_STRING, &[0, 0xfc, 0xd8, 0x3d, 0xde, 0]), ("ü😀".to_owned(), true));
        assert_eq!(text(Tag::BMP_STRING, &[0xd8, 0x3d, 0]), ("\u{fffd}".to_owned(), false));
        assert_eq!(text(Tag::UNIVERSAL_STRING, &[0, 1, 0xf6, 0]), ("😀".to_owned(), true));
        assert_eq!(decode(Tag::OCTET_STRING, b"a"), None);
    }
}
