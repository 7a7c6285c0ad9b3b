//! What reading and writing messages fails with, as exit codes.

use std::io;

use smime::{MessageKind, OpenError, SharedKind};

use crate::common::error::{Exit, Failure};

/// A message that could not be opened.
pub fn opening(error: OpenError) -> Failure {
    match error {
        // One text, whatever the cause (promise 5).
        OpenError::CannotDecrypt => Failure::cannot_decrypt(),
        OpenError::NotForUs { ref secrets, .. } => {
            let whose = "`sealpost cms inspect` shows for whom it is; the key that opens it may be on another machine";
            let hint = match secrets.as_slice() {
                [] => whose,
                [SharedKind::Password] => "`sealpost cms decrypt --password-file SOURCE` opens it with its password",
                [SharedKind::Kek] => {
                    "`sealpost cms decrypt --kek-file SOURCE` opens it with the key that both sides hold"
                }
                _ => {
                    "`sealpost cms decrypt` opens it with its password (--password-file) or with the key that both sides \
                     hold (--kek-file)"
                }
            };
            Failure::new(Exit::CannotDecrypt, &error).hint(hint)
        }
        OpenError::NeedsImport(_) => Failure::new(Exit::Unsupported, error)
            .hint("--import-damaged opens it; take nothing in it for secret, or for what was sent"),
        OpenError::Refused(_) => Failure::new(Exit::Unsupported, error).hint(
            "`sealpost policy show --use decrypt` lists what is accepted; a policy.toml of one's own can say otherwise",
        ),
        OpenError::NoContentKey => Failure::new(Exit::CannotDecrypt, error)
            .hint("`sealpost cms decrypt --content-key-file FILE` opens it with that key"),
        OpenError::OtherKind { found, .. } => {
            let verb = match found {
                MessageKind::Signed | MessageKind::Digested => "`sealpost cms verify` checks it",
                MessageKind::Encrypted | MessageKind::Authenticated => "`sealpost cms decrypt` opens it",
                MessageKind::Compressed => "`sealpost cms decompress` opens it",
                MessageKind::Certificates => "`sealpost cert import` takes them",
                _ => "`sealpost cms inspect` shows what is in it",
            };
            Failure::new(Exit::Damaged, error).hint(verb)
        }
        OpenError::NotEntity => Failure::new(Exit::Damaged, error)
            .hint("`sealpost cms verify` and `sealpost cms decrypt` give out what is in it"),
        OpenError::BareData => Failure::new(Exit::Damaged, error).hint("`sealpost cms inspect` shows what is in it"),
        OpenError::ContentMissing => Failure::new(Exit::InputMissing, error)
            .hint("`sealpost cms verify --content FILE` checks it against what it signs"),
        OpenError::TooLarge { .. } => Failure::new(Exit::Damaged, error)
            .hint("if that much is expected, `sealpost cms decompress --max-size BYTES` lets it out"),
        OpenError::NotMail(_) | OpenError::Damaged(_) => Failure::new(Exit::Damaged, error),
        OpenError::Unsupported(_) => Failure::new(Exit::Unsupported, error)
            .hint("the program that wrote it may read it; `sealpost cms inspect` shows what it is"),
        OpenError::Locked => Failure::new(Exit::Locked, error)
            .hint("give the passphrase with --store-password-file, or run `sealpost unlock` first, on a terminal"),
        OpenError::NoReceipt(_) | OpenError::NoExpansion(_) => Failure::other(error),
        OpenError::NotCleared(_) => Failure::new(Exit::NoSignature, error)
            .hint("--accept-label of `sealpost cms`, or [[clearance]] in policy.toml, says which labels are accepted"),
        OpenError::Unproven(_) => Failure::new(Exit::NoSignature, error),
        OpenError::Withheld => Failure::new(Exit::NoSignature, error),
        OpenError::Io(error) => error.into(),
        other => Failure::other(other),
    }
}

/// A proven message that could not be read again, such as a file that changed meanwhile.
pub fn reading(error: io::Error) -> Failure {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<OpenError>()) {
        Some(inner) => Failure::other(inner),
        None => error.into(),
    }
}

/// A message that could not be written; `refused` is for what key or certificate cannot do.
pub fn writing(error: ::cms::Error, refused: Exit) -> Failure {
    match error {
        ::cms::Error::Io(error) => error.into(),
        ::cms::Error::Crypto(_) | ::cms::Error::Malformed(_) => Failure::new(refused, error),
        ::cms::Error::Unsupported(_) => Failure::new(Exit::Unsupported, error),
        ::cms::Error::Locked => Failure::new(Exit::Locked, error)
            .hint("give the passphrase with --store-password-file, or run `sealpost unlock` first, on a terminal"),
        other => Failure::other(other),
    }
}
