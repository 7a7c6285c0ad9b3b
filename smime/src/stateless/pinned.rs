//! An input that is read several times, and is the same each time.

use std::io::{self, BufRead};

use cms::Source;
use crypto::Random;
use mime::LineStyle;

use crate::open::OpenError;
use crate::open::mail::Mail;
use crate::open::prove::Blocks;
use crate::open::stage::Stage;

/// A source of which a keyed tag of each MiB is kept: what was judged in one reading is what a later one delivers, or
/// that one fails.
pub(crate) struct Pinned<'s> {
    source: &'s dyn Source,
    blocks: Blocks,
}

impl<'s> Pinned<'s> {
    /// Reads it once.
    ///
    /// # Errors
    /// [`OpenError::Io`] where it cannot be read, [`OpenError::Random`] without randomness.
    pub fn new(source: &'s dyn Source, rng: &mut dyn Random) -> Result<Self, OpenError> {
        let mut blocks = Blocks::new(rng)?;
        blocks.take(&mut source.open().map_err(OpenError::Io)?, |_| {}).map_err(OpenError::Io)?;
        Ok(Pinned { source, blocks })
    }
}

impl Source for Pinned<'_> {
    fn open(&self) -> io::Result<Box<dyn BufRead + '_>> {
        let stage = Stage::input(self.source.open()?);
        Ok(Box::new(Mail::of(stage, &self.blocks, LineStyle::Crlf)))
    }

    fn length(&self) -> Option<u64> {
        self.source.length()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::io::Read;

    /// Another content from the second time on.
    struct Turncoat(Cell<bool>);

    impl Source for Turncoat {
        fn open(&self) -> io::Result<Box<dyn BufRead + '_>> {
            let content: &[u8] = if self.0.replace(true) { b"something else" } else { b"what was judged" };
            Ok(Box::new(content))
        }

        fn length(&self) -> Option<u64> {
            None
        }
    }

    #[test]
    fn ess_05_what_changed_after_it_was_judged_is_not_passed_on() {
        let turncoat = Turncoat(Cell::new(false));
        let pinned = Pinned::new(&turncoat, &mut crypto::SystemRandom).unwrap();
        let mut out = Vec::new();
        let error = pinned.open().unwrap().read_to_end(&mut out).unwrap_err();
        assert!(matches!(error.get_ref().and_then(|e| e.downcast_ref()), Some(OpenError::Changed)) && out.is_empty());
        let whole = b"what was judged".to_vec();
        let pinned = Pinned::new(&whole, &mut crypto::SystemRandom).unwrap();
        for _ in 0..2 {
            out.clear();
            pinned.open().unwrap().read_to_end(&mut out).unwrap();
            assert_eq!(out, whole);
        }
    }
}
