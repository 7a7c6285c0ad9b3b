//! How many threads a verb may use.

use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::cms::Workers;

/// A number of threads, at least one and at most [`MAX_JOBS`].
#[derive(Debug, Clone, Copy)]
pub struct Jobs(usize);

impl Jobs {
    /// Those who do the work, if there are several.
    pub fn workers(&self) -> Option<&dyn Workers> {
        (self.0 > 1).then_some(self as &dyn Workers)
    }
}

impl FromStr for Jobs {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.parse().ok().filter(|number| (1..=MAX_JOBS).contains(number));
        number.map(Jobs).ok_or_else(|| format!("a number from 1 to {MAX_JOBS}"))
    }
}

impl Workers for Jobs {
    /// Each thread takes the next part that nobody has taken, so that none waits while there is work.
    fn run(&self, count: usize, part: &(dyn Fn(usize) + Sync)) {
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    break;
                }
                part(number);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..self.0.min(count) {
                scope.spawn(work);
            }
            work();
        });
    }
}

/// More threads than that help nobody.
pub const MAX_JOBS: usize = 64;
