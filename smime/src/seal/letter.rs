//! The mail that is sealed, read from its beginning as often as needed.

use std::io::{self, BufRead, Read};

use cms::Source;
use mime::{Header, Limits, LineEnds, LineStyle, Prelude, Survey, TextCheck, skip_prelude};

use crate::seal::error::SealError;

/// A mail whose header was read; the reader stands at the body and delivers it with CRLF.
pub(crate) struct Letter<'s> {
    pub(crate) header: Header,
    pub(crate) prelude: Prelude,
    body: LineEnds<Box<dyn BufRead + 's>>,
}

/// What one reading of the body found.
pub(crate) struct Findings {
    pub(crate) survey: Survey,
    /// NUL, or line ends that are not all CRLF.
    pub(crate) broken: bool,
}

impl<'s> Letter<'s> {
    /// Opens the source and reads the header; what stands before the mail is skipped.
    pub(crate) fn open(source: &'s dyn Source) -> Result<Self, SealError> {
        let mut body = LineEnds::new(source.open()?);
        let prelude = skip_prelude(&mut body)?;
        let header = Header::read(&mut body, &Limits::default())?;
        Ok(Letter { header, prelude, body })
    }

    /// How the lines of the input end.
    pub(crate) fn style(&self) -> LineStyle {
        self.body.style()
    }

    /// The body from where it stands, with CRLF.
    pub(crate) fn body(&mut self) -> &mut dyn BufRead {
        &mut self.body
    }

    /// Reads the body to its end.
    pub(crate) fn survey(self) -> Result<Findings, SealError> {
        let mut checked = Checked { inner: self.body, check: TextCheck::new() };
        let survey = Survey::of(&self.header, &mut checked, &Limits::default())?;
        Ok(Findings { survey, broken: checked.check.broken() })
    }
}

/// Shows everything that is read to a check.
struct Checked<R> {
    inner: R,
    check: TextCheck,
}

impl<R: BufRead> BufRead for Checked<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        // The buffer is still there: the caller consumes what it was shown.
        if let Ok(buf) = self.inner.fill_buf() {
            self.check.update(buf.get(..amount).unwrap_or(buf));
        }
        self.inner.consume(amount);
    }
}

impl<R: BufRead> Read for Checked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let got = self.fill_buf()?.read(out)?;
        self.consume(got);
        Ok(got)
    }
}
