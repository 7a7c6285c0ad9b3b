//! The one error type of this crate.

use thiserror::Error;

/// Why bytes could not be read as the structure they should be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The input ended inside an element.
    #[error("truncated")]
    Truncated,
    /// An element had another tag than the one its place in the structure demands.
    #[error("unexpected tag {found:#04x}, expected {expected:#04x}")]
    UnexpectedTag {
        /// The identifier octet that DER prescribes here.
        expected: u8,
        /// The identifier octet that was there.
        found: u8,
    },
    /// A length that is malformed, not minimal where DER demands it, or beyond its container.
    #[error("bad length")]
    BadLength,
    /// A tag in the multi-octet form, which no structure of this field uses.
    #[error("unsupported tag form")]
    BadTag,
    /// Bytes after the end of the structure.
    #[error("trailing bytes")]
    TrailingBytes,
    /// A value that its type forbids.
    #[error("bad value for {0}")]
    BadValue(&'static str),
    /// A bound of the table of limits was met.
    #[error("too large: {0}")]
    LimitExceeded(&'static str),
    /// Text that should be PEM, base64 or UTF-8 and is not.
    #[error("bad text encoding: {0}")]
    BadText(&'static str),
    /// A structure, version or algorithm that this library does not read.
    #[error("unsupported {0}")]
    Unsupported(&'static str),
}

/// Shorthand for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;
