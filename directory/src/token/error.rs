//! What goes wrong with tokens before a key is used. Afterwards there is one failure ([`crypto::Error::Failed`]).

use thiserror::Error;

/// Why a key in a token cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// There is no module to ask.
    #[error("there is no PKCS #11 module {0}")]
    NoModule(String),
    /// The module does not work.
    #[error("the PKCS #11 module {path}: {why}")]
    Module {
        /// Its file.
        path: String,
        /// In the words of the library.
        why: String,
    },
    /// No token fits the URI.
    #[error("no token that is there fits {0}")]
    Absent(String),
    /// Several do.
    #[error("{count} tokens fit {uri}")]
    Several {
        /// The URI.
        uri: String,
        /// How many.
        count: usize,
    },
    /// The PIN is wrong; it was tried once.
    #[error("the PIN of the token {0:?} is wrong; it was tried once and is not tried again")]
    WrongPin(String),
    /// The token takes no PIN any more.
    #[error("the PIN of the token {0:?} is locked")]
    PinLocked(String),
    /// One more wrong PIN would lock it.
    #[error("the token {0:?} takes one more PIN before it locks itself; nothing is tried")]
    LastTry(String),
    /// Nobody told the PIN.
    #[error("the PIN of the token {token:?} could not be had: {why}")]
    NoPin {
        /// The token.
        token: String,
        /// What the one who was asked said.
        why: String,
    },
    /// There is no such private key.
    #[error("the token {0:?} has no such private key of a kind that is known")]
    NoKey(String),
    /// The key is not the certificate's.
    #[error("the token {0:?} does not have the private key of the certificate")]
    NotItsKey(String),
    /// A public key or certificate in it is malformed.
    #[error("a key in the token: {0}")]
    Key(crypto::Error),
    /// Anything else, in the words of the library.
    #[error("the token {token:?}: {why}")]
    Failed {
        /// The token.
        token: String,
        /// In which way.
        why: String,
    },
}

impl TokenError {
    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            TokenError::NoModule(_) => "name its file with ?module-path= in the URI",
            TokenError::Absent(_) => {
                "plug it in, or look at the names with `p11tool --list-tokens` or `pkcs11-tool -L`"
            }
            TokenError::Several { .. } => "add serial= or token= to the URI",
            TokenError::WrongPin(_) => "look at the source of the PIN before you try again: tokens lock themselves",
            TokenError::PinLocked(_) => "unlock it with its PUK, by the program that came with it",
            TokenError::LastTry(_) => "log in to it once by the program that came with it",
            TokenError::NoPin { .. } => {
                "give it with --pin-file FILE, @ENV:NAME or @FD:N, or with pin-source in the URI"
            }
            TokenError::NoKey(_) | TokenError::NotItsKey(_) => {
                "look at its keys with `pkcs11-tool --login --list-objects`"
            }
            _ => return None,
        })
    }
}
