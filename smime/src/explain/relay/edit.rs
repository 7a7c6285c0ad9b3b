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

/// Moves that are of use: held, so that they can be combined with each other, or tried each as it is found.
pub(crate) struct Moves<'s> {
    sought: Sought<'s>,
    /// Tries one, and says whether to go on.
    tried: Option<&'s mut dyn FnMut(&Move) -> bool>,
    pub found: Vec<Move>,
    /// What those that are held cost, in the memory of an [`Edit`], and what they may cost.
    held: usize,
    most: usize,
    over: bool,
}

impl<'s> Moves<'s> {
    /// None yet; those that are found are held.
    pub fn held(sought: Sought<'s>) -> Self {
        Moves { sought, tried: None, found: Vec::new(), held: 0, most: MAX_HELD, over: false }
    }

    /// Those that are found are tried, and cost no memory: a text has many more places than there is room for.
    pub fn tried(sought: Sought<'s>, tried: &'s mut dyn FnMut(&Move) -> bool) -> Self {
        Moves { tried: Some(tried), ..Moves::held(sought) }
    }

    /// From here on others are found, which have room of their own: what is many must not keep out what is few.
    pub fn begin(&mut self) {
        self.most = MAX_HELD.min(self.held + MAX_HELD_ALIKE);
    }

    /// Whether a move of this kind and rank is of use.
    pub fn takes(&self, change: Change, rank: usize) -> bool {
        !self.over && self.held < self.most && self.sought.takes(change, rank)
    }

    /// Whether so many moves of this kind and rank are.
    pub fn takes_many(&self, change: Change, rank: usize, count: usize) -> bool {
        self.takes(change, rank) && u64::try_from(count).is_ok_and(|count| count <= self.sought.room)
    }

    /// Holds it or tries it, if it is of use and changes something.
    pub fn push(&mut self, next: Move) {
        if !self.takes(next.step.change, next.rank) || next.edits.is_empty() {
            return;
        }
        if let Some(tried) = &mut self.tried {
            self.over = !tried(&next);
            return;
        }
        let cost = MOVE + next.edits.iter().map(|edit| 1 + edit.with.len() / EDIT).sum::<usize>();
        if self.held + cost <= self.most {
            self.held += cost;
            self.found.push(next);
        }
    }
}

/// What all moves of a text may cost that are held at once, and those of one function: some megabytes.
const MAX_HELD: usize = 1 << 17;
const MAX_HELD_ALIKE: usize = 1 << 16;
/// What a move costs beside its edits, and the octets of an edit.
const MOVE: usize = 2;
const EDIT: usize = 48;

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
