//! Encoded words (RFC 2047), both ways.

use std::fmt::Write;

use crate::charset;

/// `text` for an unstructured header field or a display name: unchanged while it is printable ASCII that nobody would
/// take for an encoded word; otherwise the words from the first to the last that need it are encoded in UTF-8, each
/// encoded word at most 60 characters (RFC 2047 §2 allows 75), B or Q, whichever is shorter.
#[must_use]
pub fn encode_unstructured(text: &str) -> String {
    let Some((start, end)) = needy(text) else {
        return text.to_owned();
    };
    let before = text.get(..start).unwrap_or_default();
    let middle = text.get(start..end).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    format!("{before}{}{after}", encode_words(middle))
}

/// `text` wholly as encoded words, separated by single spaces.
pub(crate) fn encode_words(text: &str) -> String {
    let q_cost: usize = text.bytes().map(q_len).sum();
    let use_q = q_cost <= text.len().div_ceil(3) * 4;
    let mut out = String::new();
    let mut chunk = String::new();
    let mut cost = 0;
    for c in text.chars() {
        let more = c.encode_utf8(&mut [0; 4]).bytes().map(q_len).sum::<usize>();
        let full = if use_q { cost + more > PAYLOAD } else { chunk.len() + c.len_utf8() > PAYLOAD / 4 * 3 };
        if full {
            push_word(&mut out, &chunk, use_q);
            chunk.clear();
            cost = 0;
        }
        chunk.push(c);
        cost += more;
    }
    push_word(&mut out, &chunk, use_q);
    out
}

/// Decodes the encoded words in an unfolded value for people. Words that can't be decoded stay as they are; control
/// characters become U+FFFD.
#[must_use]
pub fn decode(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    // Bytes of a run of adjacent words in one charset: a character may be split over two of them (seen in the wild).
    let mut run: Option<(String, Vec<u8>)> = None;
    while let Some(start) = rest.find("=?") {
        let (between, tail) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let Some((charset, bytes, used)) = decode_word(tail) else {
            flush(&mut out, &mut run);
            out.push_str(between);
            out.push_str("=?");
            rest = tail.get(2..).unwrap_or_default();
            continue;
        };
        let adjacent = run.is_some() && between.trim_matches([' ', '\t']).is_empty();
        match &mut run {
            Some((name, held)) if adjacent && name.eq_ignore_ascii_case(charset) => {
                held.extend_from_slice(&bytes);
            }
            _ => {
                flush(&mut out, &mut run);
                if !adjacent {
                    out.push_str(between);
                }
                run = Some((charset.to_owned(), bytes));
            }
        }
        rest = tail.get(used..).unwrap_or_default();
    }
    flush(&mut out, &mut run);
    out.push_str(rest);
    out.chars().map(visible).collect()
}

fn visible(c: char) -> char {
    match c {
        '\t' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

fn flush(out: &mut String, run: &mut Option<(String, Vec<u8>)>) {
    if let Some((name, bytes)) = run.take() {
        out.push_str(&charset::decode(&name, &bytes));
    }
}

/// `=?charset?encoding?text?=` at the start of `from`: charset, bytes, length of the word.
fn decode_word(from: &str) -> Option<(&str, Vec<u8>, usize)> {
    // Without this bound, many starts without an end would cost the square of their number.
    let from = (LONGEST - 3..=LONGEST).rev().find_map(|n| from.get(..n)).unwrap_or(from);
    let inner = from.strip_prefix("=?")?;
    let (charset, rest) = inner.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let (text, _) = rest.split_once("?=")?;
    let blank = |s: &str| s.contains([' ', '\t']);
    if charset.is_empty() || charset.len() > 60 || blank(charset) || !charset.is_ascii() {
        return None;
    }
    // RFC 2047 forbids spaces inside; Q words with them are common enough to be read, but not across a next word.
    let bytes = match encoding {
        "q" | "Q" if !text.contains("=?") => q_decode(text),
        "b" | "B" if !blank(text) => b_decode(text)?,
        _ => return None,
    };
    let used = 2 + charset.len() + 1 + encoding.len() + 1 + text.len() + 2;
    // RFC 2231 §5: a language may follow the charset.
    let name = charset.split_once('*').map_or(charset, |(name, _)| name);
    Some((name, bytes, used))
}

fn b_decode(text: &str) -> Option<Vec<u8>> {
    base64_simd::forgiving_decode_to_vec(text.trim_end_matches('=').as_bytes()).ok()
}

fn q_decode(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let Some((first, rest)) = bytes.split_first() {
        bytes = rest;
        let hex = rest.get(..2).and_then(hex_pair);
        match (*first, hex) {
            (b'=', Some(byte)) => {
                out.push(byte);
                bytes = rest.get(2..).unwrap_or_default();
            }
            (b'_', _) => out.push(b' '),
            (other, _) => out.push(other),
        }
    }
    out
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    let mut value = 0u8;
    for byte in pair {
        let digit = u8::try_from(char::from(*byte).to_digit(16)?).ok()?;
        value = (value << 4) | digit;
    }
    Some(value)
}

fn push_word(out: &mut String, chunk: &str, use_q: bool) {
    if chunk.is_empty() {
        return;
    }
    if !out.is_empty() {
        out.push(' ');
    }
    if use_q {
        out.push_str("=?utf-8?Q?");
        for byte in chunk.bytes() {
            match byte {
                b' ' => out.push('_'),
                b if q_len(b) == 1 => out.push(char::from(b)),
                b => {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "={b:02X}");
                }
            }
        }
    } else {
        out.push_str("=?utf-8?B?");
        out.push_str(&base64_simd::STANDARD.encode_to_string(chunk.as_bytes()));
    }
    out.push_str("?=");
}

/// The strictest set of RFC 2047 §5 (3), so that the word fits a phrase too.
fn q_len(byte: u8) -> usize {
    match byte {
        b' ' | b'!' | b'*' | b'+' | b'-' | b'/' => 1,
        b if b.is_ascii_alphanumeric() => 1,
        _ => 3,
    }
}

/// From the start of the first word that needs encoding to the end of the last.
fn needy(text: &str) -> Option<(usize, usize)> {
    let mut found: Option<(usize, usize)> = None;
    let mut at = 0;
    for piece in text.split_inclusive([' ', '\t']) {
        let word = piece.trim_end_matches([' ', '\t']);
        let bad = |c: char| !c.is_ascii() || c.is_control();
        // A word that no line can hold is encoded too, since encoded words can be broken.
        if word.contains(bad) || word.contains("=?") || word.len() > 900 {
            let start = found.map_or(at, |f| f.0);
            found = Some((start, at + word.len()));
        }
        at += piece.len();
    }
    found
}

/// Whole groups of four for B. Short enough that with `=?utf-8?Q?`, `?=` and a field name it stays in a line of 76
/// characters (RFC 2047 §2).
const PAYLOAD: usize = 48;
/// The longest encoded word that is decoded; RFC 2047 says 75, writers in the wild say more.
const LONGEST: usize = 2000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_2047_section_8() {
        for (from, to) in [
            ("(=?ISO-8859-1?Q?a?=)", "(a)"),
            ("=?ISO-8859-1?Q?a?= b", "a b"),
            ("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
            ("=?ISO-8859-1?Q?a?=  \t =?ISO-8859-1?Q?b?=", "ab"),
            ("=?ISO-8859-1?Q?a_b?=", "a b"),
            ("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"),
            ("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=", "If you can read this yo"),
            ("=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore"),
            ("=?x?z?a?= =?", "=?x?z?a?= =?"),
            ("=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),
            ("a\u{1b}[2J =?utf-8?q?=0D=0A?=", "a\u{FFFD}[2J \u{FFFD}\u{FFFD}"),
        ] {
            assert_eq!(decode(from), to, "{from}");
        }
    }

    #[test]
    fn what_is_encoded_comes_back() {
        let long = "Приветствие ".repeat(30);
        for text in [
            "café",
            "Re: grüße an alle",
            "=?utf-8?q?fake?=",
            long.trim_end(),
            "日本語のとても長い件名がここにあります。そしてまだ続きます。",
            "a é b",
            "plain",
            "",
            "tab\tand é",
        ] {
            let encoded = encode_unstructured(text);
            assert!(encoded.is_ascii(), "{encoded}");
            assert_eq!(decode(&encoded), text.replace('\t', " "), "{encoded}");
            assert!(encoded.split(' ').filter(|w| w.starts_with("=?")).all(|w| w.len() <= 60));
        }
        assert_eq!(encode_unstructured("Re: plain text"), "Re: plain text");
        assert_eq!(encode_unstructured("Re: grüsse now"), "Re: =?utf-8?Q?gr=C3=BCsse?= now");
    }
}
