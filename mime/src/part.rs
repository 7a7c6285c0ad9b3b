//! One part of a multipart, wherever it stands (RFC 2046 §5.1).

use std::io::{self, BufRead, Read};

use crate::error::Error;
use crate::header::Header;
use crate::limits::Limits;
use crate::split::{Splitter, Stop};

/// Reads the body of one part of a multipart.
#[derive(Debug)]
pub struct PartReader<R>(Splitter<R>);

impl<R: BufRead> PartReader<R> {
    /// Looks among the parts of the body that `inner` reads for the first whose header is `wanted`, and stands at its
    /// body. `None` where there is none; parts within parts are not looked at.
    ///
    /// # Errors
    /// [`Error::Boundary`], [`Error::TooManyParts`], and what a header of a part can fail with.
    pub fn find(
        inner: R,
        boundary: &str,
        limits: &Limits,
        wanted: impl Fn(&Header) -> bool,
    ) -> Result<Option<(Header, Self)>, Error> {
        let mut splitter = Splitter::new(inner, boundary).map_err(|(error, _)| error)?;
        for _ in 0..limits.parts {
            if !matches!(splitter.next()?, Stop::Delimiter(_)) {
                return Ok(None);
            }
            let header = Header::read(&mut splitter, limits)?;
            if wanted(&header) {
                return Ok(Some((header, PartReader(splitter))));
            }
        }
        Err(Error::TooManyParts { limit: limits.parts })
    }

    /// The reader below, somewhere behind the part's beginning.
    pub fn into_inner(self) -> R {
        self.0.epilogue().1
    }
}

impl<R: BufRead> BufRead for PartReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.0.consume(count);
    }
}

impl<R: BufRead> Read for PartReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_part_that_is_wanted_is_read_to_its_end() {
        let body: &[u8] =
            b"before\r\n--x\r\nContent-Type: text/plain\r\n\r\none\r\n--x\r\nContent-Type: a/b\r\n\r\ntwo\r\n--x--\r\n";
        let find = |body, boundary: &str, subtype: &str| {
            PartReader::find(body, boundary, &Limits::default(), |header| header.content_type().is("a", subtype))
        };
        let (header, mut part) = find(body, "x", "b").unwrap().unwrap();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        assert_eq!((header.raw(), text.as_str()), (&b"Content-Type: a/b\r\n"[..], "two"));
        assert!(find(body, "x", "c").unwrap().is_none());
        assert!(find(body, "y", "b").unwrap().is_none());
        assert!(find(body, "", "b").is_err());
        let many = b"--x\r\n\r\n".repeat(Limits::default().parts + 1);
        assert!(find(&many, "x", "b").is_err());
    }
}
