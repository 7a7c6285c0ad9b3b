//! A whole store in one sealed file.
//!
//! A backup is the database as one transaction sees it, with the journals of its authorities, under a password of its own:
//! whoever has it and that password still needs the store's passphrase for the private keys, if there is one.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use crypto::Secret;
use crypto::password::{DEFAULT_ITERATIONS, open_under_passphrase, seal_under_passphrase};
use zeroize::Zeroizing;

use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::journal_file::{FOLDER, JOURNAL, LIST};
use crate::lock::Unlock;
use crate::output::OutputFile;
use crate::scratch;
use crate::source::read_if_there;

impl Directory {
    /// Everything in the store, sealed under this password: identities, retired ones among them, certificates with
    /// their marks, authorities with their journals and lists. What ACME remembers of accounts and orders is not in it.
    ///
    /// # Errors
    /// [`Error::EmptyPassphrase`], [`Error::Database`], [`Error::Io`].
    pub fn backup(&self, password: &Secret) -> Result<Vec<u8>> {
        if password.is_empty() {
            return Err(Error::EmptyPassphrase);
        }
        let mut all = Zeroizing::new(Vec::new());
        // First, so that no journal lacks what the database knows.
        put(&mut all, "", &self.store.bytes()?);
        let folder = scratch::parent(self.store.path()).join(FOLDER);
        for authority in self.authorities()? {
            for name in names(&authority.certificate) {
                if let Some(bytes) = read_if_there(&folder.join(&name))? {
                    put(&mut all, &name, &bytes);
                }
            }
        }
        let mut rng = crypto::SystemRandom;
        let sealed = seal_under_passphrase(password.as_bytes(), DEFAULT_ITERATIONS, MAGIC, &all, &mut rng)?;
        Ok([MAGIC, &sealed].concat())
    }

    /// Makes the store in `folder` what it was when the backup was made. There must be none, or an empty one.
    ///
    /// # Errors
    /// [`Error::NotABackup`], [`Error::NewerBackup`]; [`Error::WrongPassphrase`] where the password does not open it or it was
    /// changed, [`Error::NotEmpty`] where the store or a journal beside it has something else in it, [`Error::NewerSchema`],
    /// [`Error::Io`].
    pub fn restore(folder: &Path, backup: &[u8], password: &Secret) -> Result<Directory> {
        let (magic, sealed) = split(backup)?;
        let all = open_under_passphrase(password.as_bytes(), magic, sealed).map_err(|_| Error::WrongPassphrase)?;
        let parts = if magic == MAGIC { parts(&all)? } else { vec![("", &all[..])] };
        let present = Directory::open(folder, Unlock::None)?;
        let empty =
            present.identities()?.is_empty() && present.certificates()?.is_empty() && present.authorities()?.is_empty();
        if !empty {
            return Err(Error::NotEmpty(present.store.path().to_owned()));
        }
        let (database, journals) = parts.split_first().ok_or(Error::NotABackup)?;
        // Before the authorities are there that they belong to.
        for (name, bytes) in journals {
            put_back(folder, name, bytes)?;
        }
        present.store.replace(database.1)?;
        drop(present);
        // Opened again: the backup may be of an older schema.
        Directory::open(folder, Unlock::None)
    }
}

/// Whether a file's contents begin like a backup.
pub fn is_backup(bytes: &[u8]) -> bool {
    bytes.starts_with(HEAD)
}

/// Its first line, which says of what format it is, and what is sealed behind it.
fn split(backup: &[u8]) -> Result<(&'static [u8], &[u8])> {
    for magic in [MAGIC, OLD_MAGIC] {
        if let Some(sealed) = backup.strip_prefix(magic) {
            return Ok((magic, sealed));
        }
    }
    let format = backup.strip_prefix(HEAD).and_then(|rest| rest.split(|b| *b == b'\n').next());
    let format = format.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    Err(format.map_or(Error::NotABackup, Error::NewerBackup))
}

/// The files of an authority beside the database.
fn names(authority: &wire::Certificate) -> [String; 2] {
    let print = wire::hex(&crypto::fingerprint(authority.der()));
    [JOURNAL, LIST].map(|end| format!("{print}.{end}"))
}

/// A name and contents, each with its length before it: four octets and eight.
fn put(all: &mut Vec<u8>, name: &str, bytes: &[u8]) {
    all.extend_from_slice(&(name.len() as u32).to_be_bytes());
    all.extend_from_slice(name.as_bytes());
    all.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    all.extend_from_slice(bytes);
}

fn parts(mut all: &[u8]) -> Result<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    loop {
        let (part, rest) = first_part(all).ok_or(Error::NotABackup)?;
        parts.push(part);
        if rest.is_empty() {
            return Ok(parts);
        }
        all = rest;
    }
}

fn first_part(all: &[u8]) -> Option<(Part<'_>, &[u8])> {
    let (length, rest) = all.split_first_chunk()?;
    let (name, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    let (length, rest) = rest.split_first_chunk()?;
    let (bytes, rest) = rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)?;
    Some(((std::str::from_utf8(name).ok()?, bytes), rest))
}

/// The name of a file, and what is in it.
type Part<'a> = (&'a str, &'a [u8]);

/// Writes a file of an authority. A journal that goes on where that of the backup ends stays: what it has more was
/// done since.
fn put_back(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let known = |c: char| c.is_ascii_hexdigit();
    let (print, end) = name.split_once('.').ok_or(Error::NotABackup)?;
    if ![JOURNAL, LIST].contains(&end) || print.len() != 64 || !print.chars().all(known) {
        return Err(Error::NotABackup);
    }
    let folder = folder.join(FOLDER);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(Error::io(&folder))?;
    let path = folder.join(name);
    let there = read_if_there(&path)?.unwrap_or_default();
    if !there.is_empty() && (end == LIST || there.starts_with(bytes)) {
        return Ok(());
    }
    if !bytes.starts_with(&there) {
        return Err(Error::NotEmpty(path));
    }
    let mut file = OutputFile::create(&path, true)?;
    file.write_all(bytes).map_err(Error::io(&path))?;
    file.commit()
}

const HEAD: &[u8] = b"SEALPOST BACKUP ";
const MAGIC: &[u8] = b"SEALPOST BACKUP 2\n";
/// The database alone.
const OLD_MAGIC: &[u8] = b"SEALPOST BACKUP 1\n";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::JournalFile;
    use crate::testing::Folder;
    use ca::{Event, Service};

    fn make(folder: &Path) -> &Path {
        fs::DirBuilder::new().mode(0o700).create(folder).unwrap();
        folder
    }

    #[test]
    fn a_backup_restores_into_an_empty_store_only() {
        let (one, two) = (Folder::new(), Folder::new());
        let password = Secret::new(b"correct horse".to_vec());
        let made = Directory::open(&one.path().join("store"), Unlock::None).unwrap();
        crate::testing::add_authority(&made, "Backed up");
        let certificate = made.authority("Backed up").unwrap().certificate;
        let mut journal = JournalFile::create(&one.path().join("store"), &certificate).unwrap();
        let publishes = |n: u32| [Event::Publishes(Service::at(&format!("http://ca{n}.example.org")).unwrap())];
        journal.append(&publishes(1)).unwrap();
        let backup = made.backup(&password).unwrap();
        assert!(is_backup(&backup) && !backup.windows(9).any(|w| w == b"Backed up"));
        let target = two.path().join("store");
        let wrong = Directory::restore(&target, &backup, &Secret::new(b"wrong".to_vec()));
        assert!(matches!(wrong, Err(Error::WrongPassphrase)));
        let mut changed = backup.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(matches!(Directory::restore(&target, &changed, &password), Err(Error::WrongPassphrase)));
        let restored = Directory::restore(&target, &backup, &password).unwrap();
        assert_eq!(restored.authorities().unwrap().len(), 1);
        assert!(restored.authority("Backed up").is_ok());
        assert!(matches!(Directory::restore(&target, &backup, &password), Err(Error::NotEmpty(_))));
        let length = |store: &Path| JournalFile::open(store, &certificate).unwrap().journal().length();
        assert_eq!(length(&target), journal.journal().length());
        // A journal that is there and knows more stays; one that knows something else is in the way.
        let old = length(&target);
        JournalFile::open(&target, &certificate).unwrap().append(&publishes(2)).unwrap();
        let other = two.path().join("other");
        fs::rename(target.join(FOLDER), make(&other).join(FOLDER)).unwrap();
        Directory::restore(&other, &backup, &password).unwrap();
        assert!(length(&other) > old);
        let third = two.path().join("third");
        JournalFile::create(make(&third), &certificate).unwrap().append(&publishes(3)).unwrap();
        assert!(matches!(Directory::restore(&third, &backup, &password), Err(Error::NotEmpty(_))));
    }

    #[test]
    fn a_backup_of_the_database_alone_is_restored_and_a_cut_one_is_not() {
        let (one, two) = (Folder::new(), Folder::new());
        let password = Secret::new(b"correct horse".to_vec());
        let made = Directory::open(&one.path().join("store"), Unlock::None).unwrap();
        crate::testing::add_authority(&made, "Old");
        let seal = |magic: &[u8], all: &[u8]| {
            let mut rng = crypto::SystemRandom;
            [magic, &seal_under_passphrase(password.as_bytes(), DEFAULT_ITERATIONS, magic, all, &mut rng).unwrap()]
                .concat()
        };
        let old = seal(OLD_MAGIC, &made.store.bytes().unwrap());
        let restored = Directory::restore(&two.path().join("store"), &old, &password).unwrap();
        assert!(restored.authority("Old").is_ok());
        for (bytes, newer) in [(&b"SEALPOST BACKUP 3\n.."[..], true), (b"SEALPOST BACKUP x\n", false), (b"", false)] {
            let refused = Directory::restore(&two.path().join("other"), bytes, &password);
            assert!(matches!((refused, newer), (Err(Error::NewerBackup(3)), true) | (Err(Error::NotABackup), false)));
        }
        let mut all = Vec::new();
        put(&mut all, "", b"x");
        put(&mut all, "../store.db", b"y");
        for end in 0..all.len() {
            assert_eq!(parts(&all[..end]).is_ok(), end == 4 + 8 + 1, "{end}");
        }
        assert_eq!(parts(&all).unwrap(), [("", &b"x"[..]), ("../store.db", b"y")]);
        let elsewhere = Directory::restore(&two.path().join("other"), &seal(MAGIC, &all), &password);
        assert!(matches!(elsewhere, Err(Error::NotABackup)));
    }
}
