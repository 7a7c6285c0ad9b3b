//! Reading again what was read before.

use std::io::{self, BufRead};

/// A reader that can pass over octets more cheaply than it makes them.
pub trait PassOver: BufRead {
    /// Passes over `count` octets, which somebody read and checked before; gives back how many there were.
    ///
    /// # Errors
    /// Those of the reader.
    fn pass_over(&mut self, count: u64) -> io::Result<u64> {
        read_past(self, count)
    }
}

/// Passes over `count` octets by reading them; gives back how many there were.
///
/// # Errors
/// Those of the reader.
pub fn read_past<R: BufRead + ?Sized>(reader: &mut R, count: u64) -> io::Result<u64> {
    let mut left = count;
    while left > 0 {
        let available = reader.fill_buf()?.len();
        if available == 0 {
            break;
        }
        let used = usize::try_from(left).unwrap_or(usize::MAX).min(available);
        reader.consume(used);
        left -= u64::try_from(used).unwrap_or(left);
    }
    Ok(count - left)
}

impl PassOver for &[u8] {}

impl<R: io::Read> PassOver for io::BufReader<R> {}

impl<T: AsRef<[u8]>> PassOver for io::Cursor<T> {}

impl<P: PassOver + ?Sized> PassOver for Box<P> {
    fn pass_over(&mut self, count: u64) -> io::Result<u64> {
        (**self).pass_over(count)
    }
}
