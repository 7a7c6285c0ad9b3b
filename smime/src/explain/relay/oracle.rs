//! Whether a candidate is what was signed: digests that begin where the candidate begins to differ.

use std::borrow::Cow;
use std::rc::Rc;

use crypto::{Digest, Hasher};

use super::edit::{Edit, applied, part};

/// How much may be tried (standards.md §19).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    /// Candidates whose digest is computed.
    pub trials: u64,
    /// Octets that are digested or written for them.
    pub octets: u64,
    /// The longest text that is searched at all.
    pub length: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { trials: 2_000_000, octets: 6 << 30, length: MAX_LENGTH }
    }
}

/// Knows the digest, and counts what was asked.
#[derive(Debug)]
pub(crate) struct Oracle {
    digest: Digest,
    wanted: Vec<u8>,
    budget: Budget,
    /// What was signed, once it is found: other ways to it are compared with it, which costs less than a digest.
    known: Option<Rc<[u8]>>,
    pub trials: u64,
    pub octets: u64,
}

impl Oracle {
    /// Of a text that had this digest.
    pub fn new(digest: Digest, wanted: &[u8], budget: Budget) -> Self {
        Oracle { digest, wanted: wanted.to_vec(), budget, known: None, trials: 0, octets: 0 }
    }

    /// Whether all that may be tried was.
    pub fn spent(&self) -> bool {
        self.trials >= self.budget.trials || self.octets >= self.budget.octets
    }

    /// The longest text that is searched.
    pub fn length(&self) -> usize {
        self.budget.length
    }

    /// Whether these octets are what was signed.
    pub fn is(&mut self, text: &[u8]) -> bool {
        if let Some(known) = &self.known {
            self.trials += 1;
            return **known == *text;
        }
        let mut hasher = Hasher::new(self.digest);
        hasher.update(text);
        self.count(text.len());
        let found = self.ends(hasher);
        if found {
            self.known = Some(text.into());
        }
        found
    }

    /// Work that was done for a candidate.
    pub fn count(&mut self, octets: usize) {
        self.octets = self.octets.saturating_add(u64::try_from(octets).unwrap_or(u64::MAX));
    }

    fn ends(&mut self, hasher: Hasher) -> bool {
        self.trials += 1;
        hasher.finish().as_ref() == self.wanted
    }
}

/// A text with the digest's state at every so many octets. Its places are those of a text that it was made from.
pub(crate) struct Text<'t> {
    bytes: Cow<'t, [u8]>,
    states: Vec<Hasher>,
    step: usize,
    /// Where octets were replaced: the place in the text before, and how many were taken and put up to here.
    moved: Vec<(usize, usize, usize)>,
}

impl<'t> Text<'t> {
    /// Digests it once.
    pub fn new(bytes: &'t [u8], oracle: &mut Oracle) -> Self {
        let step = (bytes.len() / MAX_STATES).next_multiple_of(BLOCK).max(2 * BLOCK);
        Text::from(Cow::Borrowed(bytes), vec![Hasher::new(oracle.digest)], step, oracle)
    }

    /// Digests what is behind the last of these states.
    fn from(bytes: Cow<'t, [u8]>, mut states: Vec<Hasher>, step: usize, oracle: &mut Oracle) -> Self {
        if oracle.known.is_some() {
            return Text { bytes, states, step, moved: Vec::new() };
        }
        let from = states.len().saturating_sub(1) * step;
        if let Some(mut hasher) = states.last().cloned() {
            for chunk in bytes.get(from..).unwrap_or_default().chunks_exact(step) {
                hasher.update(chunk);
                states.push(hasher.clone());
            }
        }
        oracle.count(bytes.len().saturating_sub(from) + states.len() * COPY);
        Text { bytes, states, step, moved: Vec::new() }
    }

    /// The text with these octets replaced; its places stay those of this one.
    pub fn patched(&self, edits: &[&Edit], oracle: &mut Oracle) -> Text<'static> {
        let first = edits.first().map_or(0, |edit| edit.start);
        let known = self.states.get(..=first / self.step).unwrap_or(&self.states).to_vec();
        let bytes = applied(&self.bytes, edits.iter().copied());
        let (mut taken, mut put) = (0, 0);
        let moved = edits.iter().map(|edit| {
            taken += edit.end - edit.start;
            put += edit.with.len();
            (edit.start, taken, put)
        });
        let moved = moved.collect();
        Text { moved, ..Text::from(Cow::Owned(bytes), known, self.step, oracle) }
    }

    /// Where a place is now, which is behind all that was replaced at places before it.
    fn place(&self, at: usize, before: impl Fn(usize) -> bool) -> usize {
        let count = self.moved.partition_point(|(start, ..)| before(*start));
        let moved = count.checked_sub(1).and_then(|last| self.moved.get(last));
        moved.map_or(at, |(_, taken, put)| (at + put).saturating_sub(*taken))
    }

    fn state(&self, at: usize) -> Option<Hasher> {
        let index = (at / self.step).min(self.states.len().saturating_sub(1));
        let mut hasher = self.states.get(index)?.clone();
        hasher.update(part(&self.bytes, index * self.step..at));
        Some(hasher)
    }

    /// What is before a place of this text itself.
    pub fn until(&self, at: usize) -> &[u8] {
        part(&self.bytes, 0..at)
    }

    /// Whether the text is what was signed once these octets are replaced, none of which were before.
    pub fn with(&self, edits: &[Edit], oracle: &mut Oracle) -> bool {
        let Some(first) = edits.first() else { return false };
        let place = |edit: &Edit, at: usize| self.place(at, |start| start < edit.start);
        if let Some(known) = oracle.known.clone() {
            oracle.trials += 1;
            let taken: usize = edits.iter().map(|edit| edit.end - edit.start).sum();
            let put: usize = edits.iter().map(|edit| edit.with.len()).sum();
            return self.bytes.len() + put == known.len() + taken && self.replaced(edits) == *known;
        }
        let mut from = place(first, first.start);
        let Some(mut hasher) = self.state(from) else { return false };
        oracle.count(self.bytes.len().saturating_sub(from) + self.step / 2 + COPY);
        for edit in edits {
            hasher.update(part(&self.bytes, from..place(edit, edit.start)));
            hasher.update(&edit.with);
            from = place(edit, edit.end);
        }
        hasher.update(self.bytes.get(from..).unwrap_or_default());
        let found = oracle.ends(hasher);
        if found {
            oracle.known = Some(self.replaced(edits).into());
        }
        found
    }

    /// The text with these octets replaced.
    fn replaced(&self, edits: &[Edit]) -> Vec<u8> {
        let placed = edits.iter().map(|edit| {
            let place = |at: usize| self.place(at, |start| start < edit.start);
            Edit { start: place(edit.start), end: place(edit.end), with: edit.with.clone() }
        });
        applied(&self.bytes, &placed.collect::<Vec<Edit>>())
    }

    /// The first of these positions, which are sorted and behind all that was replaced, where the text has to end, and
    /// these octets to follow, to be what was signed; as a place of this text itself.
    pub fn cut(&self, positions: impl Iterator<Item = usize>, end: &[u8], oracle: &mut Oracle) -> Option<usize> {
        let mut positions = positions.map(|at| self.place(at, |start| start <= at)).peekable();
        if let Some(known) = oracle.known.clone() {
            let is = |at: usize| known.strip_suffix(end).is_some_and(|before| *before == *part(&self.bytes, 0..at));
            return positions.find(|at| {
                oracle.trials += 1;
                at + end.len() == known.len() && is(*at)
            });
        }
        let mut at = *positions.peek()?;
        let mut hasher = self.state(at)?;
        for position in positions {
            hasher.update(part(&self.bytes, at..position));
            oracle.count(position.saturating_sub(at) + COPY);
            at = position;
            let mut whole = hasher.clone();
            whole.update(end);
            if oracle.ends(whole) {
                oracle.known = Some([part(&self.bytes, 0..position), end].concat().into());
                return Some(position);
            }
            if oracle.spent() {
                return None;
            }
        }
        None
    }
}

/// The longest text that is held whole.
pub(crate) const MAX_LENGTH: usize = 1 << 20;
/// States that are kept of a text, and the octets of a block, which they are no fewer than apart.
const MAX_STATES: usize = 4096;
const BLOCK: usize = 64;
/// What a copy of a state costs, in octets.
const COPY: usize = 128;
