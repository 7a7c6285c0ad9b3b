//! The mail that is sealed, read from its beginning as often as needed.

use std::io::{self, BufRead, Read};

use cms::Source;
use mime::{
    Displayed, Header, Limits, LineEnds, LineStyle, Prelude, Survey, TextCheck, WithLegacyDisplay, skip_prelude,
};

use crate::seal::error::SealError;

/// A mail whose header was read; the reader stands at the body and delivers it with CRLF.
pub(crate) struct Letter<'s> {
    pub(crate) header: Header,
    pub(crate) prelude: Prelude,
    body: LineEnds<Box<dyn BufRead + 's>>,
}

/// The body of a letter with what is repeated at the beginning of its text.
pub(crate) type Shown<'b> = WithLegacyDisplay<&'b mut dyn BufRead>;

/// What one reading of the body found.
pub(crate) struct Findings {
    pub(crate) survey: Survey,
    /// NUL, or line ends that are not all CRLF.
    pub(crate) broken: bool,
    /// The parts that the repeated fields were put into.
    pub(crate) displayed: Displayed,
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

    /// The same with these fields repeated in it.
    pub(crate) fn displaying(&mut self, fields: &[(String, String)]) -> Result<Shown<'_>, SealError> {
        let Letter { header, body, .. } = self;
        let body: &mut dyn BufRead = body;
        Ok(WithLegacyDisplay::new(body, header, fields)?)
    }

    /// Reads the body to its end, with these fields repeated in it, if there are any.
    pub(crate) fn survey(mut self, fields: &[(String, String)]) -> Result<Findings, SealError> {
        let header = self.header.clone();
        let mut displayed = Displayed::default();
        let mut checked = Checked { inner: &mut self.body, check: TextCheck::new() };
        let survey = if fields.is_empty() {
            Survey::of(&header, &mut checked, &Limits::default())?
        } else {
            let mut shown = WithLegacyDisplay::new(&mut checked, &header, fields)?;
            let survey = Survey::of(&header, &mut shown, &Limits::default())?;
            displayed = shown.displayed();
            survey
        };
        Ok(Findings { survey, broken: checked.check.broken(), displayed })
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
