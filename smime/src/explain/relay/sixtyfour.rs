//! Base64 as other programs wrap it (RFC 2045 §6.8).

use std::io::Read;

use mime::Base64Reader;

use super::edit::{lines, part};

/// A body of base64 taken apart.
pub(super) struct Sixtyfour {
    /// What it encodes.
    pub octets: Vec<u8>,
    /// Its characters, without line ends.
    pub characters: Vec<u8>,
    /// The longest line.
    pub width: usize,
    /// Where its lines end, and what stands behind them begins.
    pub end: usize,
    /// Whether its last line has a line end.
    pub closed: bool,
}

impl Sixtyfour {
    /// The lines of base64 that a body begins with, if they are whole.
    pub fn of(body: &[u8]) -> Option<Sixtyfour> {
        let mut characters = Vec::with_capacity(body.len());
        let (mut width, mut end, mut closed) = (0, 0, false);
        for (start, stop, next) in lines(body, 0..body.len()) {
            let line = part(body, start..stop).trim_ascii_end();
            let clean = line.iter().all(|o| o.is_ascii_alphanumeric() || matches!(o, b'+' | b'/' | b'='));
            // The last of two signs of padding may stand on a line by itself.
            let padding = line == b"=" && characters.len() % 4 == 3;
            if line.is_empty() || !clean || (characters.last() == Some(&b'=') && !padding) {
                break;
            }
            characters.extend_from_slice(line);
            (width, end, closed) = (width.max(line.len()), next, next > stop);
        }
        let mut octets = Vec::new();
        Base64Reader::new(characters.as_slice()).read_to_end(&mut octets).ok()?;
        (!octets.is_empty() && characters.len() % 4 == 0).then_some(Sixtyfour {
            octets,
            characters,
            width,
            end,
            closed,
        })
    }
}

/// The characters in lines of this width; with a line end behind the last if `closed`.
pub(super) fn wrapped(characters: &[u8], width: usize, closed: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(characters.len() + characters.len() / 30 + 2);
    for (index, line) in characters.chunks(width.max(1)).enumerate() {
        if index > 0 {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(line);
    }
    if closed {
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// The characters that encode these octets.
pub(super) fn characters(octets: &[u8]) -> Vec<u8> {
    let digit = |value: u8| DIGITS.get(usize::from(value & 63)).copied().unwrap_or(b'=');
    let mut out = Vec::with_capacity(octets.len() / 3 * 4 + 4);
    for group in octets.chunks(3) {
        let at = |index: usize| group.get(index).copied().unwrap_or(0);
        let four = [at(0) >> 2, at(0) << 4 | at(1) >> 4, at(1) << 2 | at(2) >> 6, at(2)].map(digit);
        out.extend_from_slice(part(&four, 0..group.len() + 1));
        out.extend_from_slice(part(b"==", 0..3 - group.len()));
    }
    out
}

/// The widths of programs that are used much.
pub(super) const USUAL: [usize; 5] = [76, 72, 64, 60, 78];
/// The others that occur: the last ones are a single line, or as long as a line may be.
pub(super) fn others() -> impl Iterator<Item = usize> {
    (4..=100).rev().chain([988, 996, 998, 1000, usize::MAX]).filter(|width| !USUAL.contains(width))
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_reads_back() {
        for length in [1, 2, 3, 56, 57, 58, 200] {
            let octets: Vec<u8> = (0..length).map(|i| u8::try_from(i).unwrap()).collect();
            for width in USUAL.into_iter().chain(others()) {
                for closed in [false, true] {
                    let form = wrapped(&characters(&octets), width, closed);
                    let footer = [&form[..], if closed { b"-- \r\nlist" } else { b"" }].concat();
                    let read = Sixtyfour::of(&footer).unwrap();
                    assert_eq!((&read.octets, read.end, read.closed), (&octets, form.len(), closed));
                }
            }
        }
        // RFC 4648 §10.
        assert_eq!(characters(b"foob"), b"Zm9vYg==");
        assert!(Sixtyfour::of(b"no base64 at all").is_none());
    }
}
