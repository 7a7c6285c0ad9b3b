//! Where a search stands: what was undone on the way to the text at hand, and what is known by now.

use super::change::{Change, Step};
use super::oracle::Oracle;

pub(super) struct Search {
    pub oracle: Oracle,
    /// The explanations so far.
    pub found: Vec<Vec<Step>>,
    /// What was undone so far.
    pub steps: Vec<Step>,
    /// How many kinds of changes a composition has to have.
    pub kinds: usize,
    /// How unusual all changes together may be.
    pub slack: usize,
    /// Whether what was found is enough.
    pub stop: bool,
}

impl Search {
    /// At its beginning.
    pub fn new(oracle: Oracle) -> Self {
        Search { oracle, found: Vec::new(), steps: Vec::new(), kinds: 0, slack: 0, stop: false }
    }

    /// Whether nothing more is to be tried.
    pub fn over(&self) -> bool {
        self.stop || self.oracle.spent()
    }

    /// Whether a change of this kind was undone.
    pub fn used(&self, change: Change) -> bool {
        self.steps.iter().any(|step| step.change == change)
    }

    /// How many kinds are missing.
    pub fn left(&self) -> usize {
        self.kinds.saturating_sub(kinds(&self.steps).len())
    }

    /// Remembers what was undone, with these steps, unless another way of the same kinds is known.
    pub fn record(&mut self, more: &[&Step]) {
        let mut steps = self.steps.clone();
        steps.extend(more.iter().map(|step| (*step).clone()));
        if self.found.iter().all(|known| kinds(known) != kinds(&steps)) {
            self.found.push(steps);
        }
        self.stop |= self.kinds > 1;
    }
}

fn kinds(steps: &[Step]) -> Vec<Change> {
    let mut kinds: Vec<Change> = steps.iter().map(|step| step.change).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// What the moves of a text cost to make, in octets that are digested, for each of its own.
pub(super) const PLACES: usize = 64;
