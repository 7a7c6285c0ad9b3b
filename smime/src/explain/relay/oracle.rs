//! Whether a candidate is what was signed: digests that begin where the candidate begins to differ.

use crypto::{Digest, Hasher};

use super::edit::{Edit, part};

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
    pub trials: u64,
    pub octets: u64,
}

impl Oracle {
    /// Of a text that had this digest.
    pub fn new(digest: Digest, wanted: &[u8], budget: Budget) -> Self {
        Oracle { digest, wanted: wanted.to_vec(), budget, trials: 0, octets: 0 }
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
        let mut hasher = Hasher::new(self.digest);
        hasher.update(text);
        self.count(text.len());
        self.ends(hasher)
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

/// A text with the digest's state at every so many octets.
pub(crate) struct Text<'t> {
    bytes: &'t [u8],
    states: Vec<Hasher>,
}

impl<'t> Text<'t> {
    /// Digests it once.
    pub fn new(bytes: &'t [u8], oracle: &mut Oracle) -> Self {
        let mut hasher = Hasher::new(oracle.digest);
        let mut states = vec![hasher.clone()];
        for chunk in bytes.chunks_exact(STEP) {
            hasher.update(chunk);
            states.push(hasher.clone());
        }
        oracle.count(bytes.len());
        Text { bytes, states }
    }

    fn state(&self, at: usize) -> Option<Hasher> {
        let index = (at / STEP).min(self.states.len().saturating_sub(1));
        let mut hasher = self.states.get(index)?.clone();
        hasher.update(part(self.bytes, index * STEP..at));
        Some(hasher)
    }

    /// Whether the text is what was signed once these octets are replaced.
    pub fn with(&self, edits: &[&Edit], oracle: &mut Oracle) -> bool {
        let Some(first) = edits.first() else { return false };
        let Some(mut hasher) = self.state(first.start) else { return false };
        let mut from = first.start;
        oracle.count(self.bytes.len().saturating_sub(from) + STEP / 2);
        for edit in edits {
            hasher.update(part(self.bytes, from..edit.start));
            hasher.update(&edit.with);
            from = edit.end;
        }
        hasher.update(self.bytes.get(from..).unwrap_or_default());
        oracle.ends(hasher)
    }

    /// The first of these positions, which are sorted, where the text has to end, and these octets to follow, to be what was
    /// signed.
    pub fn cut(&self, positions: impl Iterator<Item = usize>, end: &[u8], oracle: &mut Oracle) -> Option<usize> {
        let mut positions = positions.peekable();
        let mut at = *positions.peek()?;
        let mut hasher = self.state(at)?;
        for position in positions {
            hasher.update(part(self.bytes, at..position));
            oracle.count(position.saturating_sub(at) + COPY);
            at = position;
            let mut whole = hasher.clone();
            whole.update(end);
            if oracle.ends(whole) {
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
pub(crate) const MAX_LENGTH: usize = 32 << 20;
/// Octets between two states that are kept.
const STEP: usize = 1024;
/// What a copy of a state costs, in octets.
const COPY: usize = 128;
