//! An mbox: one file of all mails. A new one is written beside it and takes its place at the end, in one step. What was
//! written when a run died is taken up by the next one, as far as it is that of the same file.

use std::fs::{self, File, FileTimes, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::fchown;
use rustix::process::{Gid, Uid, geteuid};
use smime::DeskAt;

use super::mbox_lock::{DotLock, Held};
use super::mbox_scan::{Entry, Part, Scan};
use super::one::{Outcome, RekeyStep, Watch, renewed};
use crate::error::{Error, Result};
use crate::scratch;
use crate::source::{At, BUFFER};

pub(super) fn rekey(
    path: &Path,
    desk: &DeskAt<'_>,
    dry: bool,
    announce: &mut dyn FnMut(&Path),
    watch: &mut Watch<'_>,
) -> Result<()> {
    // What a link points to is replaced, not the link.
    let path = fs::canonicalize(path).map_err(Error::io(path))?;
    let io = |error| named(&path, error);
    if dry {
        let file = File::open(&path).map_err(io)?;
        let total = file.metadata().map_err(io)?.len();
        let mut scan = Scan::new(&file, 0);
        while let Some(entry) = scan.next().map_err(io)? {
            let mail = Part { file: &file, range: entry.mail.clone() };
            let outcome = renewed(&path, &mail, desk, true, &mut || Err(Error::NotAFolder(path.clone())))?;
            tell(watch, &entry, outcome, total);
        }
        return Ok(());
    }
    let mut held = Held::new(&path, announce)?;
    let Held { file, lock } = &mut held;
    let before = file.metadata().map_err(io)?;
    let next = Next::begin(&path, &before)?;
    let changed = next.fill(&path, (file, lock), desk, before.len(), watch)?;
    let after = file.metadata().map_err(io)?;
    if stamp(&before) != stamp(&after) || fs::metadata(&path).map_err(io)?.ino() != before.ino() {
        // Somebody wrote to it without asking for the lock.
        next.forget();
        return Err(Error::FolderInUse(path));
    }
    if !changed {
        next.forget();
        return Ok(());
    }
    next.put(&path, &before).map_err(io)
}

fn tell(watch: &mut Watch<'_>, entry: &Entry, outcome: Outcome, total: u64) {
    let name = entry.whole.start.to_string();
    watch(&RekeyStep { name: &name, outcome, done: entry.whole.end, total });
}

/// What is no mbox is told so.
fn named(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::InvalidData => Error::NotAFolder(path.to_owned()),
        _ => Error::io(path)(error),
    }
}

/// By what a file is known to be as it was.
fn stamp(of: &fs::Metadata) -> (u64, u64, i64, i64) {
    (of.ino(), of.len(), of.mtime(), of.mtime_nsec())
}

/// The file that is to take the place; its name says of which state of which file it is.
struct Next {
    file: File,
    name: PathBuf,
}

impl Next {
    /// Takes up what an earlier run began, or begins. What belongs to another state of the file is removed.
    fn begin(path: &Path, of: &fs::Metadata) -> Result<Next> {
        let folder = scratch::parent(path);
        let mut start = std::ffi::OsString::from(".");
        start.push(path.file_name().unwrap_or_default());
        start.push(MARK);
        let (ino, length, seconds, nanoseconds) = stamp(of);
        let mut own = start.clone();
        own.push(format!("{ino}-{length}-{seconds}.{nanoseconds:09}"));
        for entry in fs::read_dir(folder).map_err(Error::io(folder))? {
            let name = entry.map_err(Error::io(folder))?.file_name();
            if name.as_encoded_bytes().starts_with(start.as_encoded_bytes()) && name != own {
                let _ = fs::remove_file(folder.join(name));
            }
        }
        let name = folder.join(own);
        let open = |new: bool| {
            let mut how = OpenOptions::new();
            how.read(true).write(true).create_new(new).mode(0o600);
            how.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
            how.open(&name)
        };
        // Where others can make files, what lies there may be theirs.
        let own = |file: &File| file.metadata().is_ok_and(|m| m.uid() == geteuid().as_raw() && m.nlink() == 1);
        let file = match open(false) {
            Ok(file) if own(&file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => open(true).map_err(Error::io(&name))?,
            _ => {
                fs::remove_file(&name).map_err(Error::io(&name))?;
                open(true).map_err(Error::io(&name))?
            }
        };
        Ok(Next { file, name })
    }

    /// Writes what is not there yet; whether anything differs from the file as it was.
    fn fill(
        &self,
        path: &Path,
        (old, lock): (&File, &mut DotLock),
        desk: &DeskAt<'_>,
        total: u64,
        watch: &mut Watch<'_>,
    ) -> Result<bool> {
        let io = |error| named(path, error);
        let (at, end, mut changed) = self.taken_up(path, old, desk, total, watch)?;
        self.file.set_len(end).map_err(Error::io(&self.name))?;
        let mut scan = Scan::new(old, at);
        while let Some(entry) = scan.next().map_err(io)? {
            let mut out = &self.file;
            let mail = Part { file: old, range: entry.mail.clone() };
            let start = out.seek(SeekFrom::End(0)).map_err(Error::io(&self.name))?;
            let mut make = || {
                copy(old, entry.whole.start..entry.mail.start, &self.file).map_err(Error::io(&self.name))?;
                self.file.try_clone().map_err(Error::io(&self.name))
            };
            let outcome = renewed(path, &mail, desk, false, &mut make)?;
            let rest = if matches!(outcome, Outcome::Rekeyed { .. }) {
                changed = true;
                entry.mail.end..entry.whole.end
            } else {
                out.seek(SeekFrom::Start(start)).map_err(Error::io(&self.name))?;
                entry.whole.clone()
            };
            copy(old, rest, &self.file).map_err(Error::io(&self.name))?;
            tell(watch, &entry, outcome, total);
            lock.keep();
        }
        Ok(changed)
    }

    /// How far an earlier run came: each mail is the same as there, or is for the current key. The last one may be half
    /// of one.
    fn taken_up(
        &self,
        path: &Path,
        old: &File,
        desk: &DeskAt<'_>,
        total: u64,
        watch: &mut Watch<'_>,
    ) -> Result<(u64, u64, bool)> {
        let io = |error| named(path, error);
        let length = self.file.metadata().map_err(Error::io(&self.name))?.len();
        let (mut theirs, mut ours) = (Scan::new(&self.file, 0), Scan::new(old, 0));
        let mut changed = false;
        loop {
            let (end, at) = (theirs.position(), ours.position());
            // What is no mbox is nothing that an earlier run wrote whole.
            let Ok(Some(new)) = theirs.next() else { return Ok((at, end, changed)) };
            let Some(entry) = ours.next().map_err(io)? else { return Ok((at, end, changed)) };
            if new.whole.end == length {
                return Ok((at, end, changed));
            }
            let outcome = if same(&self.file, &new.whole, old, &entry.whole).map_err(io)? {
                let mail = Part { file: old, range: entry.mail.clone() };
                match renewed(path, &mail, desk, true, &mut || Err(Error::NotAFolder(path.to_owned())))? {
                    Outcome::Rekeyed { .. } => return Ok((at, end, changed)), // a key changed since
                    outcome => outcome,
                }
            } else {
                let (old_mail, new_mail) =
                    (Part { file: old, range: entry.mail.clone() }, Part { file: &self.file, range: new.mail.clone() });
                let nothing = &mut || Err(Error::NotAFolder(path.to_owned()));
                match (renewed(path, &new_mail, desk, true, nothing)?, renewed(path, &old_mail, desk, true, nothing)?) {
                    (Outcome::Current, outcome @ Outcome::Rekeyed { .. }) => outcome,
                    _ => return Ok((at, end, changed)),
                }
            };
            changed |= matches!(outcome, Outcome::Rekeyed { .. });
            tell(watch, &entry, outcome, total);
        }
    }

    /// Takes the place of the file, with its dates, rights and owner.
    fn put(&self, path: &Path, old: &fs::Metadata) -> io::Result<()> {
        let new = self.file.metadata()?;
        if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
            fchown(&self.file, Some(Uid::from_raw(old.uid())), Some(Gid::from_raw(old.gid())))?;
        }
        self.file.set_permissions(fs::Permissions::from_mode(old.mode() & 0o777))?;
        self.file.set_times(FileTimes::new().set_accessed(old.accessed()?).set_modified(old.modified()?))?;
        self.file.sync_all()?;
        fs::rename(&self.name, path)?;
        scratch::sync_folder(scratch::parent(path))
    }

    fn forget(&self) {
        let _ = fs::remove_file(&self.name);
    }
}

/// Copies a part of a file to where the other one stands.
fn copy(from: &File, range: Range<u64>, mut to: &File) -> io::Result<()> {
    let length = range.end - range.start;
    let mut from = At { file: from, position: range.start }.take(length);
    let mut buffer = vec![0; BUFFER.min(usize::try_from(length).unwrap_or(BUFFER))];
    let mut left = length;
    while left > 0 {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        to.write_all(&buffer[..read])?;
        left -= read as u64;
    }
    Ok(())
}

fn same(a: &File, in_a: &Range<u64>, b: &File, in_b: &Range<u64>) -> io::Result<bool> {
    if in_a.end - in_a.start != in_b.end - in_b.start {
        return Ok(false);
    }
    let mut left = in_a.end - in_a.start;
    let (mut a, mut b) = (At { file: a, position: in_a.start }, At { file: b, position: in_b.start });
    let (mut x, mut y) = (vec![0; BUFFER], vec![0; BUFFER]);
    while left > 0 {
        let count = usize::try_from(left).unwrap_or(BUFFER).min(BUFFER);
        a.read_exact(&mut x[..count])?;
        b.read_exact(&mut y[..count])?;
        if x[..count] != y[..count] {
            return Ok(false);
        }
        left -= count as u64;
    }
    Ok(true)
}

/// Stands in the name of what is to take the place of an mbox.
const MARK: &str = ".rekey-";
