//! What can be read from its beginning as often as needed.

use std::io::{self, BufRead};

/// Something that can be read twice: bytes, a file, a spooled pipe. Promise 2 needs it: the first
/// reading proves, the second releases.
pub trait Source {
    /// A reader from the beginning.
    ///
    /// # Errors
    /// Whatever opening or seeking failed with.
    fn open(&self) -> io::Result<Box<dyn BufRead + '_>>;

    /// The number of octets, where it is known.
    fn length(&self) -> Option<u64> {
        None
    }
}

impl Source for [u8] {
    fn open(&self) -> io::Result<Box<dyn BufRead + '_>> {
        Ok(Box::new(self))
    }

    fn length(&self) -> Option<u64> {
        u64::try_from(self.len()).ok()
    }
}

impl Source for &[u8] {
    fn open(&self) -> io::Result<Box<dyn BufRead + '_>> {
        Ok(Box::new(*self))
    }

    fn length(&self) -> Option<u64> {
        u64::try_from(self.len()).ok()
    }
}

impl Source for Vec<u8> {
    fn open(&self) -> io::Result<Box<dyn BufRead + '_>> {
        Ok(Box::new(self.as_slice()))
    }

    fn length(&self) -> Option<u64> {
        u64::try_from(self.len()).ok()
    }
}
