//! Folders of kept mail, moved to the current key one mail at a time. What is a mail's is decided by the front door
//! ([`smime::Kept`]); what is a folder's is here: names, flags, dates, locks, and that a crash at any moment loses nothing.

mod maildir;
mod mbox;
mod mbox_lock;
mod mbox_scan;
mod one;

use std::fs::Metadata;
use std::io;
use std::path::Path;

use smime::DeskAt;

use crate::error::{Error, Result};
use crate::scratch;

pub use one::{Outcome, RekeyStep, Watch};

/// How many mails of a folder came to which end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RekeyCounts {
    /// All that were looked at.
    pub mails: u64,
    /// Written to the current key, or, where nothing is written, those that would be.
    pub rekeyed: u64,
    /// Encrypted to the current key already.
    pub current: u64,
    /// Not encrypted.
    pub plain: u64,
    /// Encrypted and left as they were.
    pub left: u64,
}

/// Writes the mails of a folder, a maildir or an mbox, that are encrypted to an older key of ours to the current one. Each
/// mail is as it was or under the new key, whenever this ends; names, flags and dates stay. `dry` changes nothing, and needs
/// the keys all the same. `announce` hears the name of each file that is in
/// the way if this is interrupted, once it is there.
///
/// # Errors
/// [`Error::NotAFolder`] for what is neither, [`Error::FolderInUse`] where another program holds it,
/// [`Error::Locked`], [`Error::CannotRead`], [`Error::FolderFull`], [`Error::Io`]. What was done until then stays done.
pub fn rekey(
    folder: &Path,
    desk: &DeskAt<'_>,
    dry: bool,
    announce: &mut dyn FnMut(&Path),
    watch: &mut Watch<'_>,
) -> Result<RekeyCounts> {
    let found = std::fs::metadata(folder).map_err(Error::io(folder))?;
    let mut counts = RekeyCounts::default();
    let mut count = |step: &RekeyStep<'_>| {
        counts.add(&step.outcome);
        watch(step);
    };
    let done = if found.is_dir() {
        maildir::rekey(folder, desk, dry, announce, &mut count)
    } else if found.is_file() {
        mbox::rekey(folder, desk, dry, announce, &mut count)
    } else {
        Err(Error::NotAFolder(folder.to_owned()))
    };
    done.map_err(|error| full(folder, &found, error))?;
    Ok(counts)
}

/// A full disk is told as one, with what it has no room for.
fn full(folder: &Path, found: &Metadata, error: Error) -> Error {
    match error {
        Error::Io { path, source } if source.kind() == io::ErrorKind::StorageFull => {
            let (folder, length) = if found.is_dir() {
                (folder, std::fs::metadata(path).map_or(0, |mail| mail.len()))
            } else {
                (scratch::parent(folder), found.len())
            };
            Error::FolderFull { folder: folder.to_owned(), wanted: length, source }
        }
        error => error,
    }
}

impl RekeyCounts {
    fn add(&mut self, outcome: &Outcome) {
        self.mails += 1;
        *match outcome {
            Outcome::Plain => &mut self.plain,
            Outcome::Current => &mut self.current,
            Outcome::Left(_) => &mut self.left,
            Outcome::Rekeyed { .. } => &mut self.rekeyed,
        } += 1;
    }
}
