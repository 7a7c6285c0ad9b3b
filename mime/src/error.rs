//! The one error type of this crate.

use std::io;

/// Why a piece of mail could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A header section is longer than [`crate::Limits::header_bytes`].
    #[error("the header section is longer than {limit} bytes")]
    HeaderTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// A line is longer than its limit ([`crate::Limits::line_bytes`] on reading, 998 on writing).
    #[error("line {line} of the header is longer than {limit} bytes")]
    LineTooLong {
        /// The line, counted from 1.
        line: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// A line is neither a header field nor its continuation (RFC 5322 §2.2), or holds a NUL.
    #[error("line {line} is not a header line")]
    NotAHeader {
        /// The line, counted from 1.
        line: usize,
    },
    /// There is no header field at all, which no mail lacks (RFC 5322 §3.6).
    #[error("it has no header")]
    NoHeader,
    /// An address list does not follow RFC 5322 §3.4, obsolete forms allowed.
    #[error("the address list cannot be read at character {at}")]
    Address {
        /// Where, in characters from 0.
        at: usize,
    },
    /// A boundary parameter breaks RFC 2046 §5.1.1 (1 to 70 characters of bcharsnospace and inner spaces).
    #[error("the multipart boundary is not valid")]
    Boundary,
    /// A multipart/signed is not two parts with a closing delimiter (RFC 1847 §2.1).
    #[error("the multipart is malformed: {0}")]
    Multipart(MultipartFault),
    /// A base64 body is damaged (RFC 2045 §6.8).
    #[error("the base64 text is damaged: {0}")]
    Base64(Base64Fault),
    /// A TNEF stream is damaged (MS-OXTNEF §2.1).
    #[error("the TNEF stream is damaged: {0}")]
    Tnef(&'static str),
    /// A TNEF stream without S/MIME in it (MS-OXOSMIME §2.1.3).
    #[error("there is no S/MIME message in this TNEF stream (winmail.dat)")]
    NoMessage,
    /// Parts nest deeper than [`crate::Limits::depth`].
    #[error("MIME parts nest deeper than {limit}")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// More parts than [`crate::Limits::parts`].
    #[error("the message has more than {limit} MIME parts")]
    TooManyParts {
        /// The limit.
        limit: usize,
    },
    /// A control character (CR and LF among them) or a bad name would have been written into a header.
    #[error("a header field would contain a control character or a bad name")]
    ControlInHeader,
    /// A field that would have to be rewritten can be understood in two ways.
    #[error("the parameters of the field {name} are ambiguous")]
    AmbiguousField {
        /// Its name.
        name: String,
    },
    /// An address whose local part or domain is not ASCII can't be written without SMTPUTF8 (RFC 6531).
    #[error("the address {address} needs SMTPUTF8")]
    NeedsSmtpUtf8 {
        /// The address as it was written.
        address: String,
    },
    /// The body that is rewritten is not the body that was surveyed.
    #[error("the message changed between survey and rewriting")]
    Changed,
    /// The survey found something that may not be recoded, so there is nothing to rewrite.
    #[error("a part that may not be recoded is not 7-bit")]
    Blocked,
    /// The underlying reader or writer failed.
    #[error(transparent)]
    Io(io::Error),
}

/// What is wrong with a multipart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MultipartFault {
    /// No delimiter line at all.
    #[error("it has no parts")]
    NoParts,
    /// It closes after the first part.
    #[error("it has one part where two are needed")]
    OnePart,
    /// A third part begins.
    #[error("it has more than two parts")]
    ThirdPart,
    /// It ends without the closing delimiter.
    #[error("it ends without its closing delimiter")]
    Unclosed,
    /// The second part is longer than 16 MiB.
    #[error("its second part is too long")]
    SecondPartTooLong,
    /// The second part has a transfer encoding nobody knows.
    #[error("its second part has an unknown transfer encoding")]
    UnknownEncoding,
}

/// What is wrong with a base64 text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Base64Fault {
    /// A byte that is neither of the alphabet nor white space, padding in the middle, or stray bits at the end.
    #[error("foreign characters")]
    Foreign,
    /// It ends within a group of four characters.
    #[error("it ends too early")]
    Truncated,
    /// Something follows the padding.
    #[error("data after the end")]
    AfterEnd,
}

impl From<io::Error> for Error {
    /// An `io::Error` that carries an [`Error`] gives it back; any other becomes [`Error::Io`].
    fn from(e: io::Error) -> Self {
        match e.downcast::<Error>() {
            Ok(inner) => inner,
            Err(e) => Error::Io(e),
        }
    }
}

impl From<Error> for io::Error {
    /// The error as `InvalidData` that carries it; [`Error::Io`] gives back what it holds.
    fn from(e: Error) -> Self {
        match e {
            Error::Io(e) => e,
            other => io::Error::new(io::ErrorKind::InvalidData, other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_the_way_through_io() {
        let e: io::Error = Error::NotAHeader { line: 7 }.into();
        assert_eq!(e.kind(), io::ErrorKind::InvalidData);
        assert!(matches!(Error::from(e), Error::NotAHeader { line: 7 }));
        let plain = Error::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(matches!(plain, Error::Io(e) if e.kind() == io::ErrorKind::BrokenPipe));
    }
}
