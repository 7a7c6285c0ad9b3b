//! The file of an authority's journal, beside the store, and that of the CRL that it signed last.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ca::{Event, Journal, JournalError};
use trust::Revoked;
use wire::{Certificate, Crl};

use crate::error::{Error, Result};
use crate::output::OutputFile;
use crate::scratch;
use crate::source::read_if_there;

/// A journal with its file.
pub struct JournalFile {
    file: File,
    path: PathBuf,
    journal: Journal,
}

/// Signs a list of what a journal says, knowing the one before.
type Signing<'s, E> = dyn FnMut(&Journal, Option<&Crl>) -> std::result::Result<Crl, E> + 's;

impl JournalFile {
    /// Makes the journal of an authority that is about to be kept in the store's folder, or opens the one that is there.
    ///
    /// # Errors
    /// [`Error::Journal`] where a line was changed; [`Error::Io`].
    pub fn create(store: &Path, authority: &Certificate) -> Result<JournalFile> {
        let folder = store.join(FOLDER);
        match std::fs::DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(Error::io(&folder)(error)),
            _ => {}
        }
        let opened = JournalFile::read(&folder, authority, true)?;
        scratch::sync_folder(&folder).map_err(Error::io(&folder))?;
        Ok(opened)
    }

    /// Opens the journal of the authority with this certificate in the store's folder.
    ///
    /// # Errors
    /// [`Error::JournalMissing`]: without it, what was revoked would be valid again; [`Error::Journal`] where a line was
    /// changed or taken off the end; [`Error::Io`].
    pub fn open(store: &Path, authority: &Certificate) -> Result<JournalFile> {
        JournalFile::read(&store.join(FOLDER), authority, false)
    }

    fn read(folder: &Path, authority: &Certificate, create: bool) -> Result<JournalFile> {
        let path = path(folder, authority);
        // Before the journal, which only grows.
        let mark = match std::fs::read_to_string(path.with_extension(MARK)) {
            Ok(mark) => Some(mark).filter(|mark| !mark.is_empty()),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(Error::io(&path)(error)),
        };
        let mut options = OpenOptions::new();
        let create = create && mark.is_none();
        let mut file = match options.read(true).write(true).create(create).truncate(false).mode(0o600).open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound && !create => return Err(Error::JournalMissing(path)),
            other => other.map_err(Error::io(&path))?,
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(Error::io(&path))?;
        let read = match mark {
            Some(mark) => Journal::read_since(&mark, &bytes),
            None => Journal::read(&bytes),
        };
        match read {
            Ok(journal) => Ok(JournalFile { file, path, journal }),
            Err(fault) => Err(Error::Journal { path, fault }),
        }
    }

    /// What it says, as far as it was read.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Reads what other processes appended.
    ///
    /// # Errors
    /// As [`JournalFile::open`].
    pub fn refresh(&mut self) -> Result<()> {
        let length = self.journal.length() as u64;
        if self.file.metadata().map_err(Error::io(&self.path))?.len() < length {
            return Err(Error::Journal { path: self.path.clone(), fault: JournalError::Shortened });
        }
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(length)).map_err(Error::io(&self.path))?;
        self.file.read_to_end(&mut bytes).map_err(Error::io(&self.path))?;
        self.take(&bytes)
    }

    /// Appends what was done. It is on the disk when this returns, and one process writes at a time. A torn last line of a
    /// process that was killed is cut off.
    ///
    /// # Errors
    /// As [`JournalFile::open`].
    pub fn append(&mut self, events: &[Event]) -> Result<()> {
        self.file.lock().map_err(Error::io(&self.path))?;
        let written = self.append_locked(events);
        let _ = self.file.unlock();
        written
    }

    fn append_locked(&mut self, events: &[Event]) -> Result<()> {
        self.refresh()?;
        let end = self.journal.length() as u64;
        let lines = self.journal.lines(events);
        let write = || {
            self.file.set_len(end)?;
            (&self.file).seek(SeekFrom::Start(end))?;
            (&self.file).write_all(lines.as_bytes())?;
            self.file.sync_all()
        };
        write().map_err(Error::io(&self.path))?;
        self.take(lines.as_bytes())?;
        // What was written counts: an older mark is as true, and no reason to say that it failed.
        let _ = self.keep_mark();
        Ok(())
    }

    /// It need not survive a power cut, for which nobody should wait: an older one is as true, and one that is empty none.
    fn keep_mark(&self) -> std::io::Result<()> {
        let (mut file, path) = scratch::create(scratch::parent(&self.path), ".mark")?;
        let kept = file.write_all(self.journal.mark().as_bytes());
        let kept = kept.and_then(|()| std::fs::rename(&path, self.path.with_extension(MARK)));
        if kept.is_err() {
            let _ = std::fs::remove_file(&path);
        }
        kept
    }

    /// Has a CRL signed of what the journal says now, knowing the one before, and keeps it for whoever publishes it without the
    /// key. Nobody else's is signed meanwhile: each has a number of its own.
    ///
    /// # Errors
    /// As [`JournalFile::open`]; within, why it was not signed.
    pub fn sign_crl<E>(&mut self, sign: &mut Signing<'_, E>) -> Result<std::result::Result<Crl, E>> {
        self.file.lock().map_err(Error::io(&self.path))?;
        let signed = self.sign_locked(sign);
        let _ = self.file.unlock();
        signed
    }

    fn sign_locked<E>(&mut self, sign: &mut Signing<'_, E>) -> Result<std::result::Result<Crl, E>> {
        self.refresh()?;
        let last = self.kept_crl()?.and_then(|der| Crl::from_der(&der).ok());
        let signed = sign(&self.journal, last.as_ref());
        if let Ok(crl) = &signed {
            self.keep_crl(crl.der())?;
        }
        Ok(signed)
    }

    fn keep_crl(&self, der: &[u8]) -> Result<()> {
        let path = self.path.with_extension(LIST);
        let mut file = OutputFile::create(&path, true)?;
        file.write_all(der).map_err(Error::io(&path))?;
        file.commit()
    }

    /// The CRL that was kept last, DER; `None` where none was.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn kept_crl(&self) -> Result<Option<Vec<u8>>> {
        read_if_there(&self.path.with_extension(LIST))
    }

    fn take(&mut self, bytes: &[u8]) -> Result<()> {
        self.journal.extend(bytes).map_err(|fault| Error::Journal { path: self.path.clone(), fault })
    }
}

/// What an authority of this store revoked, by serial number, contents octets.
pub(crate) type Revocations = HashMap<Vec<u8>, Revoked>;

/// Looks through the lines of a journal: whoever encrypts or judges has no time to prove all of it, and a line that is not
/// proven revokes as well. One that cannot be read says nothing; whoever works with the authority hears of it.
pub(crate) fn revoked(store: &Path, authority: &Certificate) -> Revocations {
    let Ok(file) = File::open(path(&store.join(FOLDER), authority)) else { return Revocations::new() };
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let (mut found, mut line) = (Revocations::new(), Vec::new());
    while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        found.extend(Journal::revoked_in(&line));
        line.clear();
    }
    found
}

fn path(folder: &Path, authority: &Certificate) -> PathBuf {
    folder.join(wire::hex(&crypto::fingerprint(authority.der()))).with_extension(JOURNAL)
}

/// Beside the store.
pub(crate) const FOLDER: &str = "authorities";
/// The end of the name of a journal, behind the fingerprint of its authority.
pub(crate) const JOURNAL: &str = "journal";
/// The end of the name of the file that says how far the journal reached when it was last written.
const MARK: &str = "mark";
/// That of the CRL.
pub(crate) const LIST: &str = "crl";
