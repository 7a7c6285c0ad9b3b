//! How many threads a verb may use.

use std::num::NonZeroUsize;
use std::str::FromStr;

/// A number of threads, at least one and at most [`MAX_JOBS`].
#[derive(Debug, Clone, Copy)]
pub struct Jobs(NonZeroUsize);

impl Jobs {
    /// The number.
    pub fn get(self) -> usize {
        self.0.get()
    }
}

impl FromStr for Jobs {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.parse().ok().filter(|number: &NonZeroUsize| number.get() <= MAX_JOBS);
        number.map(Jobs).ok_or_else(|| format!("a number from 1 to {MAX_JOBS}"))
    }
}

/// More threads than that help nobody.
pub const MAX_JOBS: usize = 64;
