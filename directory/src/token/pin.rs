//! Who is asked for PINs.

use std::io;

use crypto::Secret;

/// What is asked when a PIN is needed.
#[derive(Debug)]
pub struct PinAsked<'a> {
    /// The label of the token.
    pub token: &'a str,
    /// The `pin-source` of the URI (RFC 7512 section 2.4), where it has one.
    pub source: Option<&'a str>,
}

/// Who answers. Asked once for a token in a process: a wrong PIN is never tried again.
pub type AskPin<'p> = dyn Fn(&PinAsked<'_>) -> io::Result<Secret> + 'p;

/// The same for as long as a [`Directory`](crate::Directory) is open.
pub type PinTeller = dyn Fn(&PinAsked<'_>) -> io::Result<Secret>;
