//! A maildir: each mail is a file, whose name says its flags. A new file is written in `tmp`, and the two change places in
//! one step, so that a mail program that renames the old one meanwhile makes neither two of it nor none.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, FileTimes};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FlockOperation, RenameFlags, fchown, flock, renameat_with};
use rustix::io::Errno;
use rustix::process::{Gid, Uid};
use smime::DeskAt;

use super::one::{Outcome, RekeyStep, Watch, renewed};
use crate::error::{Error, Result};
use crate::scratch;
use crate::source::FileSource;

pub(super) fn rekey(
    folder: &Path,
    desk: &DeskAt<'_>,
    dry: bool,
    announce: &mut dyn FnMut(&Path),
    watch: &mut Watch<'_>,
) -> Result<()> {
    let places = ["new", "cur"].map(|place| folder.join(place));
    let scratch = folder.join("tmp");
    if !places.iter().chain([&scratch]).all(|place| place.is_dir()) {
        return Err(Error::NotAFolder(folder.to_owned()));
    }
    let _held = if dry { None } else { Some(hold(&scratch)?) };
    let mut names = Vec::new();
    for place in &places {
        for entry in fs::read_dir(place).map_err(Error::io(place))? {
            let entry = entry.map_err(Error::io(place))?;
            if !entry.file_name().as_encoded_bytes().starts_with(b".") {
                names.push(entry.path());
            }
        }
    }
    names.sort_unstable();
    let total = names.len() as u64;
    for (done, path) in (1..).zip(names) {
        let Some((path, mail)) = find(folder, path)? else { continue }; // somebody removed it
        let mut fresh = None;
        let mut make = || {
            let (file, name) = scratch::create(&scratch, SUFFIX).map_err(Error::io(&scratch))?;
            let second = file.try_clone().map_err(Error::io(&name))?;
            announce(&name);
            fresh = Some(Fresh { file, name });
            Ok(second)
        };
        let outcome = renewed(&path, &mail, desk, dry, &mut make)?;
        if let (Outcome::Rekeyed { .. }, Some(fresh)) = (&outcome, fresh) {
            fresh.put(folder, path.clone(), &mail)?;
        }
        let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy();
        watch(&RekeyStep { name: &name, outcome, done, total });
    }
    Ok(())
}

/// One at a time: what another one that died left in `tmp` is then nobody's. Ends with the file.
fn hold(scratch: &Path) -> Result<File> {
    let held = File::open(scratch).map_err(Error::io(scratch))?;
    match flock(&held, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => return Err(Error::FolderInUse(scratch.to_owned())),
        // Some file systems have no such locks.
        Err(Errno::NOTSUP | Errno::NOSYS | Errno::INVAL | Errno::NOLCK) | Ok(()) => {}
        Err(error) => return Err(Error::io(scratch)(error.into())),
    }
    for entry in fs::read_dir(scratch).map_err(Error::io(scratch))? {
        let name = entry.map_err(Error::io(scratch))?.file_name();
        let octets = name.as_encoded_bytes();
        if octets.starts_with(b".sealpost-") && octets.ends_with(SUFFIX.as_bytes()) {
            let left = scratch.join(&name);
            fs::remove_file(&left).map_err(Error::io(&left))?;
        }
    }
    Ok(held)
}

/// The mail of this name, open; where a mail program renamed it, by its other name.
fn find(folder: &Path, path: PathBuf) -> Result<Option<(PathBuf, FileSource)>> {
    let mut path = path;
    for _ in 0..TRIES {
        match FileSource::open(&path) {
            Ok(Ok(mail)) => return Ok(Some((path, mail))),
            Ok(Err(_)) => return Ok(None), // no regular file
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => match renamed(folder, &path)? {
                Some(other) => path = other,
                None => return Ok(None),
            },
            Err(error) => return Err(Error::io(&path)(error)),
        }
    }
    Ok(None)
}

/// The file whose name is the same up to the flags: mail programs change those, and move what is new to `cur`.
fn renamed(folder: &Path, path: &Path) -> Result<Option<PathBuf>> {
    let wanted = unique(path.file_name().unwrap_or_default());
    for place in ["cur", "new"] {
        let place = folder.join(place);
        for entry in fs::read_dir(&place).map_err(Error::io(&place))? {
            let name: OsString = entry.map_err(Error::io(&place))?.file_name();
            if unique(&name) == wanted {
                return Ok(Some(place.join(name)));
            }
        }
    }
    Ok(None)
}

fn unique(name: &OsStr) -> &[u8] {
    let octets = name.as_encoded_bytes();
    octets.split(|octet| *octet == b':').next().unwrap_or(octets)
}

/// A file in `tmp` that is removed, unless a mail is in it by then: the old one goes the same way.
struct Fresh {
    file: File,
    name: PathBuf,
}

impl Fresh {
    /// Changes places with the mail that was read.
    fn put(self, folder: &Path, path: PathBuf, mail: &FileSource) -> Result<()> {
        let old = mail.metadata().map_err(Error::io(&path))?;
        self.like(&old).map_err(Error::io(&path))?;
        let mut path = path;
        for _ in 0..TRIES {
            match self.exchange(&path, old.ino()) {
                Ok(()) => {
                    let place = scratch::parent(&path);
                    return scratch::sync_folder(place).map_err(Error::io(place));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => match renamed(folder, &path)? {
                    Some(other) => path = other,
                    None => return Ok(()), // removed meanwhile: so is the new one
                },
                Err(error) => return Err(Error::io(&path)(error)),
            }
        }
        Err(Error::FolderInUse(path))
    }

    /// Dates, rights and owner are the old one's.
    fn like(&self, old: &fs::Metadata) -> io::Result<()> {
        let new = self.file.metadata()?;
        if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
            fchown(&self.file, Some(Uid::from_raw(old.uid())), Some(Gid::from_raw(old.gid())))?;
        }
        self.file.set_permissions(fs::Permissions::from_mode(old.mode() & 0o777))?;
        self.file.set_times(FileTimes::new().set_accessed(old.accessed()?).set_modified(old.modified()?))?;
        self.file.sync_all()
    }

    fn exchange(&self, path: &Path, old: u64) -> io::Result<()> {
        let swap = || renameat_with(CWD, &self.name, CWD, path, RenameFlags::EXCHANGE).map_err(io::Error::from);
        match swap() {
            Ok(()) if fs::symlink_metadata(&self.name)?.ino() == old => Ok(()),
            Ok(()) => {
                swap()?; // a file that was not read: somebody put it there
                Err(io::Error::other("the mail was replaced by another program while it was read"))
            }
            Err(error) if matches!(Errno::from_io_error(&error), Some(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP)) => {
                // A file system that cannot do both in one step: a mail program may come between these two.
                if fs::symlink_metadata(path)?.ino() != old {
                    return Err(io::Error::other("the mail was replaced by another program while it was read"));
                }
                fs::rename(&self.name, path)
            }
            Err(error) => Err(error),
        }
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next one that holds the folder.
        let _ = fs::remove_file(&self.name);
    }
}

const SUFFIX: &str = ".rekey";
/// How often a mail program may rename a mail while it is looked for.
const TRIES: usize = 5;
