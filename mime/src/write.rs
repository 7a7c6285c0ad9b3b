//! Writing header fields and boundaries.

use std::fmt::Write;

use crate::error::Error;

/// `Name: value` with CRLF, folded at white space so that lines have at most 76 characters where that is possible
/// (RFC 5322 §2.1.1 and §2.2.3, RFC 2047 §2). Unfolding gives `value` back exactly; white space around it is dropped.
///
/// # Errors
/// [`Error::ControlInHeader`] if the name is no field name or the value holds a control character other than TAB;
/// [`Error::LineTooLong`] if a word is too long for any line (998 bytes).
pub fn fold(name: &str, value: &str) -> Result<Vec<u8>, Error> {
    let good_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && b != b':');
    if !good_name || value.contains(|c: char| c.is_control() && c != '\t') {
        return Err(Error::ControlInHeader);
    }
    let mut out = format!("{name}:");
    let mut column = out.len();
    for (index, piece) in pieces(value.trim_matches([' ', '\t'])).enumerate() {
        let gap = if index == 0 { " " } else { "" };
        let width = gap.len() + piece.chars().count();
        // The first word stays beside the name unless only a line of its own can hold it.
        let must = index > 0 && column + width > COLUMNS;
        let helps = index == 0 && column + piece.len() + gap.len() > HARD;
        if must || helps {
            out.push_str("\r\n");
            column = 0;
        }
        out.push_str(gap);
        out.push_str(piece);
        column += gap.len() + piece.len();
        if column > HARD {
            return Err(Error::LineTooLong { line: 1, limit: HARD });
        }
    }
    out.push_str("\r\n");
    Ok(out.into_bytes())
}

/// A boundary (RFC 2046 §5.1.1) from random bytes, of which 16 are enough and at most 32 are used. It contains `=_`,
/// which neither quoted-printable nor base64 text can, and has to be quoted in the parameter.
#[must_use]
pub fn boundary(random: &[u8]) -> String {
    let mut out = String::from("=_");
    for byte in random.iter().take(32) {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// Words, each with the white space before it.
fn pieces(value: &str) -> impl Iterator<Item = &str> {
    let mut rest = value;
    std::iter::from_fn(move || {
        let text = rest.find(|c| c != ' ' && c != '\t')?;
        let after = rest.get(text..)?;
        let end = after.find([' ', '\t']).unwrap_or(after.len()) + text;
        let (piece, tail) = rest.split_at_checked(end)?;
        rest = tail;
        Some(piece)
    })
}

const COLUMNS: usize = 76;
/// RFC 5322 §2.1.1, without the CRLF.
const HARD: usize = 998;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Header, Limits};

    #[test]
    fn folded_fields_unfold_to_themselves() {
        let words = "word ".repeat(60);
        let wide = "x".repeat(200);
        for value in ["short", "", words.trim(), &format!("a  b\t {wide} c"), &wide, "é ü"] {
            let field = fold("Subject", value).unwrap();
            let header = Header::parse(&field, &Limits::default()).unwrap();
            assert_eq!(header.get("subject").unwrap().unfolded(), value);
            assert_eq!(header.fields().count(), 1);
            for line in field.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
                let spaces = line[1..].trim_ascii().iter().filter(|b| **b == b' ').count();
                assert!(line.len() <= 77 || spaces <= 1, "{line:?}");
                assert!(!line.trim_ascii().is_empty());
            }
        }
        let tight = fold("X", &format!("{} {}", "a".repeat(73), "b".repeat(75))).unwrap();
        assert_eq!(tight, format!("X: {}\r\n {}\r\n", "a".repeat(73), "b".repeat(75)).as_bytes());
    }

    #[test]
    fn nothing_slips_in() {
        for (name, value) in [("A", "x\r\nB: y"), ("A", "x\ny"), ("A", "\0"), ("A: b", "x"), ("", "x"), ("Ä", "x")] {
            assert!(matches!(fold(name, value), Err(Error::ControlInHeader)));
        }
        assert!(matches!(fold("A", &"x".repeat(999)), Err(Error::LineTooLong { .. })));
        assert!(fold("A", &"x".repeat(997)).is_ok());
    }

    #[test]
    fn boundaries_are_valid() {
        let b = boundary(&[0xAB; 40]);
        assert_eq!(b.len(), 66);
        assert!(crate::valid_boundary(&b));
        assert_eq!(boundary(&[0, 255]), "=_00ff");
    }
}
