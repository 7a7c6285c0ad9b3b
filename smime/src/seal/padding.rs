//! Padding inside what is encrypted: the length of a ciphertext tells the length of the mail (standards row E-13).
//!
//! It is a header field of the payload, so that every program that reads the mail passes over it, and so that a
//! signature covers it; nothing follows the CMS.

use std::io::{self, Write};

use crate::headers::PADDING;
use crate::seal::error::SealError;
use crate::seal::write::Job;

impl Job<'_> {
    /// Fills the payload up to a length that many mails have; gives the octets that were added. Reads the mail once.
    ///
    /// # Errors
    /// As far as the mail cannot be read.
    pub(super) fn pad(&mut self) -> Result<u64, SealError> {
        let mut counter = Counter(0);
        self.write_payload(&mut counter)?;
        let missing = padded(counter.0.saturating_add(SHORTEST)) - counter.0;
        let at = self.composed.payload.len().saturating_sub(LINE_END.len());
        self.composed.payload.splice(at..at, field(missing));
        Ok(missing)
    }
}

/// The next length that is written. Steps grow with the mail, as in the Padmé scheme of Nikitin and others (2019), where
/// a length tells no more than its magnitude and few bits; they are at least 4 KiB, so that short mails are all alike,
/// and at most 32 KiB, which a header section holds.
fn padded(length: u64) -> u64 {
    let magnitude = length.max(2).ilog2();
    let step = 1 << (magnitude - (magnitude.ilog2() + 1)).clamp(12, 15);
    length.next_multiple_of(step)
}

/// A field of exactly so many octets, at least [`SHORTEST`]; its lines have at most [`LINE`].
fn field(octets: u64) -> Vec<u8> {
    let mut left = usize::try_from(octets).unwrap_or(usize::MAX);
    let mut out = Vec::with_capacity(left);
    let mut start = format!("{PADDING}: ");
    while left > 0 {
        // No remainder is too short for a line of its own.
        let line = if left > LINE && left < LINE + SHORTEST_MORE { LINE - SHORTEST_MORE } else { left.min(LINE) };
        out.extend_from_slice(start.as_bytes());
        out.resize(out.len() + line.saturating_sub(start.len() + LINE_END.len()), b'x');
        out.extend_from_slice(LINE_END);
        left -= line;
        " ".clone_into(&mut start);
    }
    out
}

struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const LINE_END: &[u8] = b"\r\n";
/// Octets of a line, its end included (RFC 5322 section 2.1.1).
const LINE: usize = 78;
/// The field with one octet of padding: name, colon, space, octet, line end.
const SHORTEST: u64 = 21;
/// A line of continuation with one octet.
const SHORTEST_MORE: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e_13_lengths_grow_in_steps_and_the_overhead_stays_small() {
        assert_eq!([1, 4096, 4097, 100_000].map(padded), [4096, 4096, 8192, 102_400]);
        for length in (1..40).flat_map(|bits| [(1_u64 << bits) - 1, 1 << bits, (1 << bits) + 1]) {
            let result = padded(length);
            assert!(result >= length && result - length < 32 * 1024, "{length} becomes {result}");
            assert!(length < 64 * 1024 || (result - length) * 12 <= length, "{length} becomes {result}");
        }
    }

    #[test]
    fn e_13_a_field_of_every_length() {
        assert_eq!(SHORTEST, u64::try_from(PADDING.len() + ": x\r\n".len()).unwrap());
        for octets in SHORTEST..1000 {
            let field = field(octets);
            assert_eq!(u64::try_from(field.len()).unwrap(), octets);
            for line in field.split_inclusive(|b| *b == b'\n') {
                assert!(line.ends_with(b"x\r\n") && line.len() <= LINE, "{octets}: {line:?}");
            }
        }
    }
}
