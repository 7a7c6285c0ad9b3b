//! New files that nobody else can read or guess the name of.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crypto::{Random, SystemRandom};

/// Makes a file of mode 0600 in `folder` whose name begins with `.sealpost-` and ends with `suffix`.
pub(crate) fn create(folder: &Path, suffix: &str) -> io::Result<(File, PathBuf)> {
    create_announced(folder, suffix, &mut |_| {})
}

/// The same, and its name is told before there is such a file.
pub(crate) fn create_announced(
    folder: &Path,
    suffix: &str,
    announce: &mut dyn FnMut(&Path),
) -> io::Result<(File, PathBuf)> {
    loop {
        let path = folder.join(format!(".sealpost-{}{suffix}", word()?));
        announce(&path);
        match OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
}

/// Makes a file of mode 0600 in `folder` that has no name: it is gone when it is closed, however that comes.
pub(crate) fn unnamed(folder: &Path) -> io::Result<File> {
    let (file, path) = create(folder, ".spool")?;
    std::fs::remove_file(path)?;
    Ok(file)
}

/// Makes what was renamed or created in `folder` survive a power cut.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some file systems cannot; theirs is no promise to keep.
        Err(e) if e.kind() == io::ErrorKind::InvalidInput => Ok(()),
        other => other,
    }
}

/// The folder that holds `path`.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Sixteen hexadecimal digits that nobody can guess.
pub(crate) fn word() -> io::Result<String> {
    let mut bytes = [0; 8];
    SystemRandom.fill(&mut bytes).map_err(|_| io::Error::other("no randomness"))?;
    Ok(wire::hex(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn files_are_private_and_differ() {
        let folder = crate::testing::Folder::new();
        let (a, first) = create(folder.path(), ".part").unwrap();
        let (_, second) = create(folder.path(), ".part").unwrap();
        assert_ne!(first, second);
        assert_eq!(a.metadata().unwrap().mode() & 0o777, 0o600);
        let gone = unnamed(folder.path()).unwrap();
        assert_eq!(gone.metadata().unwrap().nlink(), 0);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
