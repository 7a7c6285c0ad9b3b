//! One mail: written anew, read back, and only then good enough to take a place.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crypto::ContentCipher;
use smime::{DeskAt, Kept, OpenError, Source, WhyLeft};

use crate::error::{Error, Result};
use crate::source::{BUFFER, FileSource};

/// What came of a mail.
#[derive(Debug)]
pub enum Outcome {
    /// It is not encrypted.
    Plain,
    /// It is encrypted to the current key.
    Current,
    /// It stays as it is.
    Left(WhyLeft),
    /// It is written to the current key, or would be.
    Rekeyed {
        /// The cipher that it had.
        was: ContentCipher,
        /// The cipher that it has.
        now: ContentCipher,
    },
}

/// One mail that was dealt with.
#[derive(Debug)]
pub struct RekeyStep<'a> {
    /// Its file, or the place of its first octet in the file of all.
    pub name: &'a str,
    /// What came of it.
    pub outcome: Outcome,
    /// How far it is: mails of a maildir, octets of an mbox.
    pub done: u64,
    /// Of how many.
    pub total: u64,
}

/// Who is told of each step.
pub type Watch<'w> = dyn FnMut(&RekeyStep<'_>) + 'w;

/// Looks at a mail and writes it to the file that `make` makes, if it is for an older key; that file then is on the disk,
/// and was read back: it opens with the keys at hand and holds the same octets.
pub(super) fn renewed(
    name: &Path,
    mail: &dyn Source,
    desk: &DeskAt<'_>,
    dry: bool,
    make: &mut dyn FnMut() -> Result<File>,
) -> Result<Outcome> {
    let failed = |error| cannot_read(name, error);
    let old = match desk.kept(mail).map_err(failed)? {
        Kept::Plain => return Ok(Outcome::Plain),
        Kept::Current => return Ok(Outcome::Current),
        Kept::Left(why) => return Ok(Outcome::Left(why)),
        Kept::Old(old) => old,
    };
    let outcome = Outcome::Rekeyed { was: old.was(), now: old.cipher() };
    if dry {
        return Ok(outcome);
    }
    let file = make()?;
    let start = file.metadata().map_err(Error::io(name))?.len();
    let mut out = BufWriter::with_capacity(BUFFER, &file);
    old.write(&mut out).map_err(failed)?;
    out.flush().map_err(Error::io(name))?;
    drop(out);
    file.sync_all().map_err(Error::io(name))?;
    let written = FileSource::part(file, start).map_err(Error::io(name))?;
    if old.is_in(&written).map_err(failed)? { Ok(outcome) } else { Err(failed(OpenError::Changed)) }
}

/// What stops all of it.
pub(super) fn cannot_read(name: &Path, error: OpenError) -> Error {
    match error {
        OpenError::Locked => Error::Locked,
        OpenError::Io(source) => Error::Io { path: name.to_owned(), source },
        error => Error::CannotRead { path: name.to_owned(), why: Box::new(error) },
    }
}
