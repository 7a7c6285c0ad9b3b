//! Texts with other octets at some places.

use super::change::Step;

/// A change of a text at one or several places; the ranges are sorted and do not touch.
#[derive(Debug, Clone)]
pub(crate) struct Move {
    pub step: Step,
    /// 0 for what relays do often, 1 for the rest.
    pub rank: usize,
    pub edits: Vec<Edit>,
}

/// These octets are to be replaced by others.
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    pub start: usize,
    pub end: usize,
    pub with: Vec<u8>,
}

impl Edit {
    /// Replaces the octets from `start` to `end`.
    pub fn new(start: usize, end: usize, with: &[u8]) -> Self {
        Edit { start, end, with: with.to_vec() }
    }
}

/// The octets of a range; none where it is not there.
pub(crate) fn part(text: &[u8], range: std::ops::Range<usize>) -> &[u8] {
    text.get(range).unwrap_or_default()
}

/// The text with these octets replaced.
pub(crate) fn applied(text: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 64);
    let mut at = 0;
    for edit in edits {
        out.extend_from_slice(part(text, at..edit.start));
        out.extend_from_slice(&edit.with);
        at = edit.end;
    }
    out.extend_from_slice(text.get(at..).unwrap_or_default());
    out
}

/// The lines of a range: where each begins, where its text ends, and where it ends with its line end.
pub(crate) fn lines(text: &[u8], range: std::ops::Range<usize>) -> Vec<(usize, usize, usize)> {
    let mut out = Vec::new();
    let mut at = range.start;
    let end = range.end.min(text.len());
    while at < end {
        let rest = part(text, at..end);
        let next = memchr::memchr(b'\n', rest).map_or(end, |found| at + found + 1);
        let line = part(text, at..next);
        let line = line.strip_suffix(b"\n").map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line));
        out.push((at, at + line.len(), next));
        at = next;
    }
    out
}
