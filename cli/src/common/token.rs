//! Keys in tokens, as the command line names them, and where their PINs come from.

use std::io;
use std::path::Path;

use crypto::Secret;
use directory::{FoundKey, PinAsked, TokenError};
use wire::{Certificate, Pkcs11Uri};

use super::error::{Exit, Failure, Result};
use super::global::Global;
use super::prompt;
use super::secret::SecretSource;

/// The URI, where an argument is one rather than a file.
///
/// # Errors
/// Exit 2 for a URI that makes no sense.
pub fn uri(argument: &Path) -> Result<Option<Pkcs11Uri>> {
    match argument.to_str().filter(|text| Pkcs11Uri::is_one(text)) {
        Some(text) => parse(text).map(Some).map_err(Failure::usage),
        None => Ok(None),
    }
}

/// Reads a URI of an option.
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse(text: &str) -> std::result::Result<Pkcs11Uri, String> {
    Pkcs11Uri::parse(text).map_err(|error| match error {
        wire::Error::Unsupported(what) if what.contains("pin-value") => {
            "a PIN is never an argument: name a file with pin-source, or use --pin-file".to_owned()
        }
        error => error.to_string(),
    })
}

/// Tells the PIN of a token: from its URI's `pin-source`, from `--pin-file`, or from the person at the terminal.
///
/// # Errors
/// Where there is none of them.
pub fn pin(given: Option<&SecretSource>, asked: &PinAsked<'_>) -> io::Result<Secret> {
    let source = match asked.source {
        Some(text) => Some(of_uri(text)?),
        None => given.cloned(),
    };
    match source {
        Some(source) => source.read().map_err(|f| io::Error::other(f.message().unwrap_or_default().to_owned())),
        None => {
            let answer = prompt::secret(&format!("PIN of the token {}", asked.token));
            answer.map(Secret::from).map_err(|_| io::Error::other("there is no terminal to ask on"))
        }
    }
}

/// A file by its URI or its path (RFC 7512 section 2.4); no program is run.
fn of_uri(text: &str) -> io::Result<SecretSource> {
    let path = text.strip_prefix("file://").or(text.strip_prefix("file:")).unwrap_or(text);
    if path.starts_with('/') {
        return Ok(SecretSource::File(path.into()));
    }
    Err(io::Error::other("pin-source is to be a file with its whole path"))
}

/// The one key that a URI names; the PIN is told by what stands in it, or by `--pin-file`.
///
/// # Errors
/// Exit 2 where several fit, and as [`keys`].
pub fn one_key(uri: &Pkcs11Uri, global: &Global) -> Result<FoundKey> {
    let mut found = keys(uri, &[], None, global)?;
    match (found.pop(), found.is_empty()) {
        (Some(key), true) => Ok(key),
        _ => Err(Failure::usage("several private keys of the token fit the URI")
            .hint("name one of them with ;id= or ;object= in it; `pkcs11-tool --login --list-objects` shows them")),
    }
}

/// The keys that a URI names, for a verb that needs no store; `password` is what unlocks key files, and tells the PIN where
/// nothing else does.
///
/// # Errors
/// Exit 67 where the token does not let anybody in, exit 1 for what else is wrong with it.
pub fn keys(
    uri: &Pkcs11Uri,
    known: &[Certificate],
    password: Option<&SecretSource>,
    global: &Global,
) -> Result<Vec<FoundKey>> {
    let given = global.pin_file.as_ref().or(password);
    directory::token_keys(uri, known, &|asked: &PinAsked<'_>| pin(given, asked)).map_err(failure)
}

/// What went wrong with a token.
pub fn failure(fault: TokenError) -> Failure {
    let exit = match fault {
        TokenError::WrongPin(_) | TokenError::PinLocked(_) | TokenError::LastTry(_) | TokenError::NoPin { .. } => {
            Exit::Locked
        }
        _ => Exit::Other,
    };
    Failure::new(exit, &fault).hint_if(fault.hint())
}
