//! How much of a search has its turn. What multiplies to few candidates is tried before what multiplies to many, so that
//! one combination of kinds which has a million cannot keep the search from all the others that have a thousand.

/// The combinations whose number of candidates is above one bound and not above another: each bound is shared among
/// the branches of a search, so that passes with rooms that adjoin each other try every combination once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    pub above: u64,
    pub most: u64,
}

impl Room {
    /// For all of them.
    pub const ALL: Room = Room { above: 0, most: u64::MAX };

    /// For those of at most so many candidates.
    pub const fn up_to(most: u64) -> Room {
        Room { above: 0, most }
    }

    /// For those of more than so many, and at most so many.
    pub const fn between(above: u64, most: u64) -> Room {
        Room { above, most }
    }

    /// What each of so many branches has of it.
    pub fn among(self, branches: usize) -> Room {
        let share = u64::try_from(branches.max(1)).unwrap_or(u64::MAX);
        let most = if self.most == u64::MAX { self.most } else { self.most / share };
        Room { above: self.above / share, most }
    }

    /// Whether it is the turn of a combination of so many candidates.
    pub fn has(self, candidates: u64) -> bool {
        (candidates > self.above || self.above < LEAST) && candidates <= self.most
    }

    /// Whether it is the turn of a text as it is.
    pub fn has_one(self) -> bool {
        self.above == 0 && self.most > 0
    }

    /// Whether so little fits that it is not worth to look what there is.
    pub fn is_small(self) -> bool {
        self.most < LEAST
    }

    /// Whether nothing fits.
    pub fn is_none(self) -> bool {
        self.most == 0
    }
}

/// To find the places of a text costs more than this many candidates.
const LEAST: u64 = 8;
