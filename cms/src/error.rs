//! The one error type of this crate.

use std::io;

use thiserror::Error as ThisError;
use wire::Oid;

/// Why a message could not be read or written.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// Bytes that are not the structure they should be; seen without any key.
    #[error("damaged message: {0}")]
    Damaged(#[from] wire::Error),
    /// The one failure of a layer on which a private key or a password was used (promise 5).
    #[error("cannot decrypt this message")]
    CannotDecrypt,
    /// No key at hand is one of the recipients'; seen without any key.
    #[error("this message is encrypted to others: none of its {recipients} recipients has a key here")]
    NotForUs {
        /// How many keys the message was encrypted to.
        recipients: usize,
        /// The kinds of secrets among them that both sides hold.
        secrets: Vec<SharedKind>,
    },
    /// The content key was agreed beforehand and is not here; seen without any key.
    #[error("this message is encrypted under a key that was agreed beforehand and is not here")]
    NoContentKey,
    /// The key is there and nobody unlocked it.
    #[error("the key is locked")]
    Locked,
    /// The passphrase or its source was wrong or unusable, or the store failed.
    #[error("{0}")]
    Keys(String),
    /// An algorithm or structure that this library does not read; seen without any key.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// The policy does not let a key be used for this; seen without any key, and said in its words.
    #[error("{0}")]
    Refused(String),
    /// Readable, but for nobody who does not insist ([`crate::Opening::Import`]); seen without any key.
    #[error("{0} protects nothing in this place, and such a message is opened only where somebody insists")]
    NeedsImport(crypto::ContentCipher),
    /// A content type that is not the one asked for, or none that is known.
    #[error("content of the type {} cannot be read here", named(.0))]
    ContentType(Oid),
    /// A rule of the container that is broken in plain sight.
    #[error("damaged message: {0}")]
    Malformed(&'static str),
    /// More comes out of compression than was allowed.
    #[error("more than {limit} octets come out of the compressed content")]
    TooLarge {
        /// How much was allowed.
        limit: u64,
    },
    /// A key or certificate that cannot do what is asked when writing.
    #[error("{0}")]
    Crypto(crypto::Error),
    /// Authenticated attributes follow the content: the content must be read again with them.
    #[error("the content has authenticated attributes")]
    NeedsAttributes(Vec<u8>),
    /// Reading or writing failed.
    #[error(transparent)]
    Io(io::Error),
}

/// A secret that both sides hold, by its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SharedKind {
    /// A password (RFC 5652 §6.2.4).
    Password,
    /// A key-encryption key (RFC 5652 §6.2.3).
    Kek,
}

impl Error {
    /// Takes this crate's (or the wire crate's) error out of an [`io::Error`] that carried it.
    pub fn from_io(error: io::Error) -> Error {
        if let Some(wire) = wire::ber::error_of(&error) {
            return Error::Damaged(wire.clone());
        }
        if !error.get_ref().is_some_and(|inner| inner.is::<Error>()) {
            return Error::Io(error);
        }
        match error.into_inner().map(|inner| inner.downcast::<Error>()) {
            Some(Ok(own)) => *own,
            _ => Error::Malformed("unreadable"),
        }
    }

    /// Wraps it for a [`io::Read`] boundary.
    pub fn into_io(self) -> io::Error {
        match self {
            Error::Io(error) => error,
            other => io::Error::new(io::ErrorKind::InvalidData, other),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::from_io(error)
    }
}

impl From<crypto::Error> for Error {
    fn from(error: crypto::Error) -> Self {
        match error {
            crypto::Error::Unsupported { .. } => Error::Unsupported(error.subject()),
            crypto::Error::Failed => Error::CannotDecrypt,
            crypto::Error::Wire(error) => Error::Damaged(error),
            crypto::Error::BadParameters(what) => Error::Malformed(what),
            other => Error::Crypto(other),
        }
    }
}

/// Its name, where it has one, and its digits.
fn named(oid: &Oid) -> String {
    oid.name().map_or_else(|| oid.to_string(), |name| format!("{name} ({oid})"))
}
