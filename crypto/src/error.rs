//! The one error type of this crate.

use thiserror::Error;
use wire::Oid;

/// Why a cryptographic operation did not happen.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The one failure of everything that a private key, a content key or a password was used on. It carries
    /// no detail: whoever can tell wrong padding from a wrong tag or a wrong length has an oracle (RFC 3218 §2.3.2).
    #[error("cannot decrypt")]
    Failed,
    /// A signature that does not hold over this message under this public key.
    #[error("the signature does not hold")]
    BadSignature,
    /// An algorithm, parameter or structure this library does not implement; seen without any key.
    #[error("{what} is not supported{}", named(oid.as_ref()))]
    Unsupported {
        /// What kind of thing it is, in words.
        what: &'static str,
        /// Its object identifier, where it has one.
        oid: Option<Oid>,
    },
    /// A key that is malformed or fails its validation.
    #[error("bad key: {0}")]
    BadKey(&'static str),
    /// Algorithm parameters that their specification forbids.
    #[error("bad parameters: {0}")]
    BadParameters(&'static str),
    /// A key of a kind, or with restrictions, that forbid this operation.
    #[error("this key cannot {0}")]
    KeyCannot(&'static str),
    /// Bytes that are not the structure they should be.
    #[error(transparent)]
    Wire(#[from] wire::Error),
    /// The source of randomness failed.
    #[error("no randomness")]
    Random,
}

impl Error {
    /// [`Error::Unsupported`] for something with an object identifier.
    pub const fn unsupported(what: &'static str, oid: Oid) -> Self {
        Error::Unsupported { what, oid: Some(oid) }
    }

    /// What is not supported, with its name and digits, in a sentence of one's own.
    pub fn subject(&self) -> String {
        match self {
            Error::Unsupported { what, oid } => format!("{what}{}", named(oid.as_ref())),
            other => other.to_string(),
        }
    }

    /// [`Error::Unsupported`] for something without one.
    pub const fn unsupported_here(what: &'static str) -> Self {
        Error::Unsupported { what, oid: None }
    }
}

/// Its name, where people know it by one, and its digits.
fn named(oid: Option<&Oid>) -> String {
    oid.map(|oid| oid.name().map_or_else(|| format!(" ({oid})"), |name| format!(" ({name}, {oid})")))
        .unwrap_or_default()
}

/// Shorthand for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;
