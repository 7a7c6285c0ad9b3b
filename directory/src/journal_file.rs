//! The file of an authority's journal, beside the store, and that of the CRL that it signed last.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ca::{Event, Journal};
use trust::Revoked;
use wire::{Certificate, Crl};

use crate::error::{Error, Result};
use crate::output::OutputFile;
use crate::scratch;

/// A journal with its file.
pub struct JournalFile {
    file: File,
    path: PathBuf,
    journal: Journal,
}

impl JournalFile {
    /// Opens the journal of the authority with this certificate in the store's folder; makes it if there is none.
    ///
    /// # Errors
    /// [`Error::Journal`] where a line was changed; [`Error::Io`].
    pub fn open(store: &Path, authority: &Certificate) -> Result<JournalFile> {
        let folder = store.join(FOLDER);
        match std::fs::DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(Error::io(&folder)(error)),
            _ => {}
        }
        let path = path(store, authority);
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(Error::io(&path))?;
        scratch::sync_folder(&folder).map_err(Error::io(&folder))?;
        let mut opened = JournalFile { file, path, journal: Journal::default() };
        opened.refresh()?;
        Ok(opened)
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
        self.take(lines.as_bytes())
    }

    /// Keeps a CRL that was signed, for whoever publishes it without the key.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn keep_crl(&self, crl: &Crl) -> Result<()> {
        let path = self.crl_path();
        let mut file = OutputFile::create(&path, true)?;
        file.write_all(crl.der()).map_err(Error::io(&path))?;
        file.commit()
    }

    /// The CRL that was kept last, DER; `None` where none was.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn kept_crl(&self) -> Result<Option<Vec<u8>>> {
        let path = self.crl_path();
        match std::fs::read(&path) {
            Ok(der) => Ok(Some(der)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io(&path)(error)),
        }
    }

    fn crl_path(&self) -> PathBuf {
        self.path.with_extension("crl")
    }

    fn take(&mut self, bytes: &[u8]) -> Result<()> {
        self.journal.extend(bytes).map_err(|fault| Error::Journal { path: self.path.clone(), fault })
    }
}

/// What the journal of an authority of this store says of revocation, for one run. Looking through its lines is quick however
/// many there are; the whole is read and checked only where one of them matters.
pub(crate) struct OwnJournal {
    path: PathBuf,
    /// The serial numbers of which a line says so.
    revoked: HashSet<Vec<u8>>,
    whole: Option<Option<Journal>>,
}

impl OwnJournal {
    /// Of an authority in the store's folder; nothing is made by asking. One that cannot be read says nothing.
    pub fn of(store: &Path, authority: &Certificate) -> OwnJournal {
        let path = path(store, authority);
        let revoked = File::open(&path).map(revoked).unwrap_or_default();
        OwnJournal { path, revoked, whole: None }
    }

    /// Since when and why a certificate is revoked, if it is one of these and was.
    pub fn revocation(&mut self, certificate: &Certificate) -> Option<Revoked> {
        if !self.revoked.contains(certificate.serial()) {
            return None;
        }
        let read = || Journal::read(&std::fs::read(&self.path).ok()?).ok();
        self.whole.get_or_insert_with(read).as_ref()?.revocation(certificate)
    }
}

fn revoked(journal: File) -> HashSet<Vec<u8>> {
    let lines = BufReader::with_capacity(1 << 16, journal).split(b'\n');
    lines.map_while(std::io::Result::ok).filter_map(|line| Journal::revoked_in(&line)).collect()
}

fn path(store: &Path, authority: &Certificate) -> PathBuf {
    store.join(FOLDER).join(format!("{}.journal", wire::hex(&crypto::fingerprint(authority.der()))))
}

/// Beside the store.
const FOLDER: &str = "authorities";
