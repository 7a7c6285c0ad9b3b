//! Holding an mbox as mail programs do: a file beside it named with `.lock`, and a lock by fcntl. Each of the two is what
//! some programs look at, and the order is the usual one.

use std::fs::{self, File, FileTimes, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use crate::error::{Error, Result};

/// An mbox that nobody else writes to. The lock by fcntl ends when any handle of the file is closed in this process, so this
/// is the only one.
pub(super) struct Held {
    pub file: File,
    pub lock: DotLock,
}

/// The file beside it; it goes with the value.
pub(super) struct DotLock {
    name: PathBuf,
    touched: Instant,
}

impl Held {
    /// Waits for both; `announce` hears the name of the file beside it once there is one.
    ///
    /// # Errors
    /// [`Error::FolderInUse`] where another program holds it for too long; [`Error::Io`].
    pub fn new(path: &Path, announce: &mut dyn FnMut(&Path)) -> Result<Held> {
        let until = Instant::now() + PATIENCE;
        let lock = DotLock::new(path, until)?;
        announce(&lock.name);
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(Error::io(path))?;
        loop {
            match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Held { file, lock }),
                Err(Errno::ACCESS | Errno::AGAIN) if Instant::now() < until => std::thread::sleep(BETWEEN),
                Err(Errno::ACCESS | Errno::AGAIN) => return Err(Error::FolderInUse(path.to_owned())),
                Err(error) => return Err(Error::io(path)(error.into())),
            }
        }
    }
}

impl DotLock {
    fn new(path: &Path, until: Instant) -> Result<DotLock> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let name = PathBuf::from(name);
        loop {
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&name) {
                Ok(mut made) => {
                    let lock = DotLock { name, touched: Instant::now() };
                    // Others look whether its process still lives.
                    writeln!(made, "{}", std::process::id()).map_err(Error::io(&lock.name))?;
                    return Ok(lock);
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists && is_left_over(&name) => {
                    let _ = fs::remove_file(&name);
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists && Instant::now() < until => {
                    std::thread::sleep(BETWEEN);
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                    return Err(Error::FolderInUse(path.to_owned()));
                }
                Err(e) => return Err(Error::io(&name)(e)),
            }
        }
    }

    /// Some programs take a lock that is minutes old for one that was forgotten.
    pub fn keep(&mut self) {
        if self.touched.elapsed() > REFRESH {
            self.touched = Instant::now();
            if let Ok(file) = OpenOptions::new().write(true).open(&self.name) {
                let _ = file.set_times(FileTimes::new().set_modified(SystemTime::now()));
            }
        }
    }
}

impl Drop for DotLock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.name);
    }
}

/// A lock whose process is gone: one that this program, or another that writes its number, left behind.
fn is_left_over(lock: &Path) -> bool {
    let text = fs::read_to_string(lock).unwrap_or_default();
    let pid = text.trim().parse().ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| test_kill_process(pid) == Err(Errno::SRCH))
}

/// How long another program may hold it.
const PATIENCE: Duration = Duration::from_secs(20);
const BETWEEN: Duration = Duration::from_millis(100);
const REFRESH: Duration = Duration::from_secs(30);
