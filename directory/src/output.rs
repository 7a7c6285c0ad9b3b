//! Output files: written beside their target and renamed into place when all of it is there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::scratch;

/// A file being written. Until [`OutputFile::commit`] its target is as it was; dropped before, nothing is left.
///
/// A target that is a device or a pipe cannot be renamed over and is written as the bytes come.
#[derive(Debug)]
pub struct OutputFile {
    file: File,
    /// `None` for a device or a pipe.
    renamed: Option<Renamed>,
    target: PathBuf,
}

#[derive(Debug)]
struct Renamed {
    temporary: PathBuf,
    replace: bool,
    done: bool,
}

impl OutputFile {
    /// Begins an output of mode 0600. `force`: a file of this name is replaced at the end; what a symbolic link
    /// of this user or of root points to is replaced, not the link.
    ///
    /// # Errors
    /// [`Error::OutputExists`] without `force` where the name is taken, be it by a dangling link;
    /// [`Error::ForeignLink`] with `force` for a link that somebody else made; [`Error::Io`] where the folder
    /// cannot be written or the target is a folder.
    pub fn create(path: &Path, force: bool) -> Result<OutputFile> {
        OutputFile::create_announced(path, force, &mut |_| {})
    }

    /// The same; the name that is written to for now is told before there is such a file, so that whoever cleans up
    /// after a signal knows it in time. A device or a pipe has none, and may take long to open.
    ///
    /// # Errors
    /// As [`OutputFile::create`].
    pub fn create_announced(path: &Path, force: bool, announce: &mut dyn FnMut(&Path)) -> Result<OutputFile> {
        let target = match fs::symlink_metadata(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => path.to_owned(),
            Err(e) => return Err(Error::io(path)(e)),
            Ok(found) => {
                if let Some(special) = special(path)? {
                    return Ok(OutputFile { file: special, renamed: None, target: path.to_owned() });
                }
                if !force {
                    return Err(Error::OutputExists(path.to_owned()));
                }
                if found.is_symlink() { follow(path, found.uid())? } else { path.to_owned() }
            }
        };
        let (file, temporary) =
            scratch::create_announced(scratch::parent(&target), ".part", announce).map_err(Error::io(&target))?;
        let renamed = Some(Renamed { temporary, replace: force, done: false });
        Ok(OutputFile { file, renamed, target })
    }

    /// The name that is written to for now.
    pub fn temporary(&self) -> Option<&Path> {
        self.renamed.as_ref().map(|r| r.temporary.as_path())
    }

    /// Puts all that was written on the disk and gives it its name, in one step that nobody sees half of.
    ///
    /// # Errors
    /// [`Error::OutputExists`] where somebody took the name meanwhile, [`Error::Io`] else; nothing is left then.
    pub fn commit(mut self) -> Result<()> {
        self.file.flush().map_err(Error::io(&self.target))?;
        let Some(renamed) = &mut self.renamed else { return Ok(()) };
        self.file.sync_all().map_err(Error::io(&self.target))?;
        if renamed.replace {
            fs::rename(&renamed.temporary, &self.target).map_err(Error::io(&self.target))?;
        } else {
            rename_new(&renamed.temporary, &self.target)?;
        }
        renamed.done = true;
        scratch::sync_folder(scratch::parent(&self.target)).map_err(Error::io(&self.target))
    }
}

impl OutputFile {
    /// A full disk is told with the folder and what it could not take; other failures are as they are.
    fn named(&self, error: io::Error, wanted: usize) -> io::Error {
        if error.kind() != io::ErrorKind::StorageFull {
            return error;
        }
        let folder = scratch::parent(&self.target).display();
        io::Error::new(
            io::ErrorKind::StorageFull,
            format!("{folder} cannot hold the output: {error} ({wanted} bytes wanted)"),
        )
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(|error| self.named(error, bytes.len()))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        if let Some(renamed) = self.renamed.as_ref().filter(|r| !r.done) {
            // Nothing can be done about a failure here.
            let _ = fs::remove_file(&renamed.temporary);
        }
    }
}

/// Opens a target that exists and is neither file nor folder.
fn special(path: &Path) -> Result<Option<File>> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::io(path)(e)),
    };
    if metadata.is_dir() {
        return Err(Error::io(path)(io::ErrorKind::IsADirectory.into()));
    }
    if metadata.is_file() {
        return Ok(None);
    }
    OpenOptions::new().write(true).open(path).map(Some).map_err(Error::io(path))
}

/// What a link points to, if it can be trusted: in a folder that others can write, theirs lead anywhere.
fn follow(link: &Path, owner: u32) -> Result<PathBuf> {
    if owner != 0 && owner != rustix::process::geteuid().as_raw() {
        return Err(Error::ForeignLink(link.to_owned()));
    }
    fs::canonicalize(link).map_err(Error::io(link))
}

/// Renames to a name that nobody has. Where the system cannot do that in one step, a second name is made, which
/// fails if it is taken, and the first one dropped.
fn rename_new(from: &Path, to: &Path) -> Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    let linked = match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            fs::hard_link(from, to).and_then(|()| fs::remove_file(from))
        }
        other => other.map_err(io::Error::from),
    };
    linked.map_err(|e| match e.kind() {
        io::ErrorKind::AlreadyExists => Error::OutputExists(to.to_owned()),
        _ => Error::io(to)(e),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn write(path: &Path, force: bool, text: &str) -> Result<()> {
        let mut out = OutputFile::create(path, force)?;
        out.write_all(text.as_bytes()).unwrap();
        out.commit()
    }

    #[test]
    fn nothing_shows_before_the_commit_and_nothing_stays_without_it() {
        let folder = crate::testing::Folder::new();
        let path = folder.path().join("out");
        let mut out = OutputFile::create(&path, false).unwrap();
        out.write_all(b"half").unwrap();
        let temporary = out.temporary().unwrap().to_owned();
        assert!(!path.exists() && temporary.parent() == path.parent());
        assert_eq!(fs::metadata(&temporary).unwrap().mode() & 0o777, 0o600);
        drop(out);
        assert_eq!(names(folder.path()), [""; 0]);
        write(&path, false, "whole").unwrap();
        assert_eq!(names(folder.path()), ["out"]);
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_name_is_told_before_there_is_a_file() {
        let folder = crate::testing::Folder::new();
        let mut told = None;
        let out = OutputFile::create_announced(&folder.path().join("out"), false, &mut |name| {
            assert!(!name.exists());
            told = Some(name.to_owned());
        });
        assert_eq!(out.unwrap().temporary(), told.as_deref());
        OutputFile::create_announced(Path::new("/dev/null"), false, &mut |_| panic!()).unwrap();
    }

    #[test]
    fn a_name_that_is_taken_is_refused_at_the_start_and_at_the_end() {
        let folder = crate::testing::Folder::new();
        let path = folder.path().join("out");
        let mut late = OutputFile::create(&path, false).unwrap();
        late.write_all(b"late").unwrap();
        fs::write(&path, "first").unwrap();
        assert!(matches!(OutputFile::create(&path, false), Err(Error::OutputExists(_))));
        assert!(matches!(late.commit(), Err(Error::OutputExists(_))));
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(names(folder.path()), ["out"]);
        write(&path, true, "forced").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"forced");
    }

    #[test]
    fn links_are_refused_without_force_and_followed_with_it() {
        let folder = crate::testing::Folder::new();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        symlink("real", &link).unwrap();
        assert!(matches!(OutputFile::create(&link, false), Err(Error::OutputExists(_))), "dangling");
        assert!(matches!(OutputFile::create(&link, true), Err(Error::Io { .. })), "dangling");
        fs::write(&real, "old").unwrap();
        write(&link, true, "new").unwrap();
        assert_eq!(fs::read(&real).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(matches!(follow(&link, 0xffff_fffe), Err(Error::ForeignLink(_))));
    }

    #[test]
    fn devices_and_pipes_are_written_as_they_are() {
        let mut full = OutputFile::create(Path::new("/dev/full"), false).unwrap();
        assert_eq!(full.temporary(), None);
        assert_eq!(full.write_all(b"x").unwrap_err().kind(), io::ErrorKind::StorageFull);
        write(Path::new("/dev/null"), false, "x").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn folders_are_named_in_the_error() {
        let folder = crate::testing::Folder::new();
        assert!(matches!(OutputFile::create(folder.path(), true), Err(Error::Io { .. })));
        let missing = folder.path().join("no/out");
        let Err(Error::Io { path, .. }) = OutputFile::create(&missing, false) else { panic!() };
        assert_eq!(path, missing);
    }
}
