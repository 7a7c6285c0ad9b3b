//! Why a mail could not be opened at all.

use std::io;

use cms::SharedKind;
use thiserror::Error;

/// Why there is neither content nor verdict.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It is no mail: no header that RFC 5322 §2.2 knows.
    #[error("this is not a mail message: {0}")]
    NotMail(mime::Error),
    /// The S/MIME structure is damaged in plain sight.
    #[error("the message is damaged: {0}")]
    Damaged(String),
    /// More comes out of compression than was allowed.
    #[error("more than {limit} octets come out of what is compressed in this message")]
    TooLarge {
        /// How much was allowed.
        limit: u64,
    },
    /// An algorithm or structure that cannot be read, in plain sight.
    #[error("{0}")]
    Unsupported(String),
    /// A message of another kind than the one asked for.
    #[error("this is {found}, not {wanted}")]
    OtherKind {
        /// What it is.
        found: MessageKind,
        /// What it would have to be.
        wanted: MessageKind,
    },
    /// A detached signature, and nothing that it could be of (RFC 5652 §5.2).
    #[error("the signature is detached: what it signs is not in it")]
    ContentMissing,
    /// A file of CMS that holds something else than a MIME entity, such as a signed document.
    #[error("this is no mail, but a file that was signed or encrypted")]
    NotEntity,
    /// A signed receipt that may not be given (RFC 2634 §2.3).
    #[error("{0}")]
    NoReceipt(cms::NoReceipt),
    /// A label that holds is beyond what one is cleared for (RFC 2634 §3.1.2).
    #[error("{0}")]
    NotCleared(String),
    /// A mailing list may not pass the message on (RFC 2634 §4).
    #[error("{0}")]
    NoExpansion(cms::NoExpansion),
    /// No signature holds by somebody who is believed, or one fails.
    #[error("no signature verifies: {0}")]
    Unproven(String),
    /// A content of type data by itself.
    #[error("this is data alone, which nobody signed and nothing encrypts (RFC 5652 section 4)")]
    BareData,
    /// The policy does not let it be decrypted, in its words; no key was used.
    #[error("{0}")]
    Refused(String),
    /// Readable, but for nobody who does not insist ([`crate::DeskAt::import`]).
    #[error("{0} protects nothing in this place, and such a message is opened only where somebody insists")]
    NeedsImport(crypto::ContentCipher),
    /// The one failure of whatever a private key was used on.
    #[error("cannot decrypt this message")]
    CannotDecrypt,
    /// No key at hand is one of the recipients'.
    #[error("cannot decrypt this message: {}", not_for_us(*recipients, secrets))]
    NotForUs {
        /// How many keys the message was encrypted to.
        recipients: usize,
        /// The kinds of secrets among them that both sides hold.
        secrets: Vec<SharedKind>,
    },
    /// The content key was agreed beforehand and is not here.
    #[error("cannot decrypt this message: its key was agreed beforehand, and is not here")]
    NoContentKey,
    /// The key is there and locked.
    #[error("the key that opens this message is locked")]
    Locked,
    /// The keyring failed, in its own words.
    #[error("{0}")]
    Keyring(String),
    /// Chance failed.
    #[error("no randomness")]
    Random,
    /// The mail changed between the reading that proved it and the one that releases it.
    #[error("the file changed while it was read; nothing more of it was written")]
    Changed,
    /// The verdict is `broken`, and only [`crate::Opened::broken_mail`] gives such content out.
    #[error("the message is broken: its content is withheld")]
    Withheld,
    /// Reading failed.
    #[error("cannot read: {0}")]
    Io(io::Error),
}

/// What a message is at its outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageKind {
    /// A mail (RFC 5322).
    Mail,
    /// SignedData, or multipart/signed.
    Signed,
    /// EnvelopedData, AuthEnvelopedData or EncryptedData.
    Encrypted,
    /// CompressedData.
    Compressed,
    /// DigestedData.
    Digested,
    /// AuthenticatedData.
    Authenticated,
    /// A signed receipt (RFC 2634 §2).
    Receipt,
    /// SignedData that nobody signed, for the sake of its certificates (RFC 8551 §3.7).
    Certificates,
}

impl std::fmt::Display for MessageKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            MessageKind::Mail => "a mail",
            MessageKind::Signed => "a signed message",
            MessageKind::Encrypted => "an encrypted message",
            MessageKind::Compressed => "a compressed message",
            MessageKind::Digested => "a digested message",
            MessageKind::Authenticated => "an authenticated message",
            MessageKind::Receipt => "a signed receipt",
            MessageKind::Certificates => "a set of certificates",
        })
    }
}

impl From<cms::Error> for OpenError {
    fn from(error: cms::Error) -> Self {
        match error {
            cms::Error::CannotDecrypt => OpenError::CannotDecrypt,
            cms::Error::NotForUs { recipients, secrets } => OpenError::NotForUs { recipients, secrets },
            cms::Error::TooLarge { limit } => OpenError::TooLarge { limit },
            cms::Error::NeedsImport(cipher) => OpenError::NeedsImport(cipher),
            cms::Error::Refused(text) => OpenError::Refused(text),
            cms::Error::NoContentKey => OpenError::NoContentKey,
            cms::Error::Locked => OpenError::Locked,
            cms::Error::Keys(text) => OpenError::Keyring(text),
            cms::Error::ContentType(wire::oids::DATA) => OpenError::BareData,
            cms::Error::Unsupported(_) | cms::Error::ContentType(_) => OpenError::Unsupported(error.to_string()),
            cms::Error::Io(error) => from_io(error),
            other => OpenError::Damaged(other.to_string()),
        }
    }
}

impl From<mime::Error> for OpenError {
    fn from(error: mime::Error) -> Self {
        match error {
            mime::Error::Io(error) => from_io(error),
            other => OpenError::Damaged(other.to_string()),
        }
    }
}

fn not_for_us(recipients: usize, secrets: &[SharedKind]) -> String {
    match (recipients, secrets) {
        (1, [SharedKind::Password]) => "it is under a password, and none is given here".to_owned(),
        (1, [SharedKind::Kek]) => {
            "it is under a key that both sides hold, and none of its name is given here".to_owned()
        }
        (1, _) => "none of the keys here is its recipient's".to_owned(),
        (many, _) => format!("none of the keys here is one of its {many} recipients'"),
    }
}

fn from_io(error: io::Error) -> OpenError {
    if is_damage(&error) { OpenError::Damaged(error.to_string()) } else { OpenError::Io(error) }
}

/// Damage that a reader below reported travels inside an [`io::Error`]; any other is the input's failure.
pub(crate) fn is_damage(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(|inner| inner.is::<mime::Error>() || inner.is::<cms::Error>() || inner.is::<wire::Error>())
}
