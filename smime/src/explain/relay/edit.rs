//! Texts with other octets at some places.

use std::ops::Deref;
use std::rc::Rc;

use super::change::{Change, Step};

/// A change of a text at one or several places; the ranges are sorted and do not touch.
#[derive(Debug, Clone)]
pub(crate) struct Move {
    pub step: Step,
    /// 0 for what relays do often, 1 for the rest.
    pub rank: usize,
    pub edits: Vec<Edit>,
}

/// Which moves are of use: those that are not would be made a million times for nothing.
#[derive(Clone, Copy)]
pub(crate) struct Sought<'s> {
    /// The highest rank.
    pub most: usize,
    /// Steps whose kinds are not looked for again.
    pub used: &'s [Step],
    /// Of moves that are more than this, none is.
    pub room: u64,
}

impl Sought<'_> {
    /// Whether a move of this kind and rank is.
    pub fn takes(&self, change: Change, rank: usize) -> bool {
        rank <= self.most && self.used.iter().all(|step| step.change != change)
    }
}

/// Moves that are of use.
pub(crate) struct Moves<'s> {
    sought: Sought<'s>,
    pub found: Vec<Move>,
}

impl<'s> Moves<'s> {
    /// None yet.
    pub fn new(sought: Sought<'s>) -> Self {
        Moves { sought, found: Vec::new() }
    }

    /// Whether a move of this kind and rank is of use.
    pub fn takes(&self, change: Change, rank: usize) -> bool {
        self.sought.takes(change, rank)
    }

    /// Whether so many moves of this kind and rank are.
    pub fn takes_many(&self, change: Change, rank: usize, count: usize) -> bool {
        self.takes(change, rank) && u64::try_from(count).is_ok_and(|count| count <= self.sought.room)
    }

    /// Keeps it, if it is of use and changes something.
    pub fn push(&mut self, next: Move) {
        if self.takes(next.step.change, next.rank) && !next.edits.is_empty() {
            self.found.push(next);
        }
    }
}

/// These octets are to be replaced by others.
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    pub start: usize,
    pub end: usize,
    pub with: With,
}

impl Edit {
    /// Replaces the octets from `start` to `end`.
    pub fn new(start: usize, end: usize, with: &[u8]) -> Self {
        Edit { start, end, with: With::of(with) }
    }
}

/// A few octets, as most replacements are, or many; a copy of either costs no memory.
#[derive(Debug, Clone)]
pub(crate) enum With {
    Short([u8; SHORT], usize),
    Long(Rc<[u8]>),
}

impl With {
    fn of(octets: &[u8]) -> Self {
        let mut short = [0; SHORT];
        match short.get_mut(..octets.len()) {
            Some(place) => {
                place.copy_from_slice(octets);
                With::Short(short, octets.len())
            }
            None => With::Long(octets.into()),
        }
    }
}

impl Deref for With {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            With::Short(octets, length) => part(octets, 0..*length),
            With::Long(octets) => octets,
        }
    }
}

const SHORT: usize = 16;

/// The octets of a range; none where it is not there.
pub(crate) fn part(text: &[u8], range: std::ops::Range<usize>) -> &[u8] {
    text.get(range).unwrap_or_default()
}

/// The text with these octets replaced.
pub(crate) fn applied<'e>(text: &[u8], edits: impl IntoIterator<Item = &'e Edit>) -> Vec<u8> {
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

/// Whether a line is one that programs put before a footer (RFC 3676 §4.3, or a rule).
pub(crate) fn is_rule(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    line == b"--" || (line.len() >= 10 && [b'_', b'-', b'=', b'*'].iter().any(|o| line.iter().all(|c| c == o)))
}
