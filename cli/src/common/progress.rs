//! How far a reading is, shown on a terminal once it takes longer than a second.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::time::{Duration, Instant};

/// A reader that tells how far it is.
pub struct Progress<R> {
    inner: R,
    total: Option<u64>,
    done: u64,
    /// `None` where nobody watches.
    next: Option<Instant>,
    shown: bool,
    what: &'static str,
}

impl<R: BufRead> Progress<R> {
    /// Watches over `inner`, which has `total` octets where that is known.
    pub fn new(inner: R, total: Option<u64>) -> Self {
        let next = io::stderr().is_terminal().then(|| Instant::now() + AFTER);
        Progress { inner, total, done: 0, next, shown: false, what: "read" }
    }

    /// Says what becomes of what is read.
    pub fn called(mut self, what: &'static str) -> Self {
        self.what = what;
        self
    }

    fn advance(&mut self, octets: usize) {
        self.done += octets as u64;
        if let Some(next) = self.next
            && Instant::now() >= next
        {
            self.next = Some(Instant::now() + BETWEEN);
            self.shown = true;
            let total = self.total.map(|t| format!(" of {}", mebibytes(t))).unwrap_or_default();
            let _ = write!(io::stderr(), "\r{}{total} MiB {} ", mebibytes(self.done), self.what);
        }
    }
}

impl<R: BufRead> Read for Progress<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let octets = self.inner.read(buffer)?;
        self.advance(octets);
        Ok(octets)
    }
}

impl<R: BufRead> BufRead for Progress<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, octets: usize) {
        self.inner.consume(octets);
        self.advance(octets);
    }
}

impl<R> Drop for Progress<R> {
    fn drop(&mut self) {
        if self.shown {
            let _ = io::stderr().write_all(b"\r\x1b[K");
        }
    }
}

fn mebibytes(octets: u64) -> u64 {
    octets >> 20
}

const AFTER: Duration = Duration::from_secs(1);
const BETWEEN: Duration = Duration::from_millis(200);
