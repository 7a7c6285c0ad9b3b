//! The agent: a process that keeps the key of one store for a while, so that the passphrase is asked for once.
//!
//! What it keeps opens private keys and is not the passphrase. It lies in memory that is never swapped out, no core is
//! dumped of the process, and whoever is not its user gets no answer.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use zeroize::Zeroize;

use crate::agent_socket::{AgentSocket, END, KEY, PROTOCOL, is_same_user};
use crate::error::{Error, Result};
use crate::lock::KEY_LENGTH;

/// An agent that listens.
pub struct Agent {
    socket: AgentSocket,
    listener: UnixListener,
    /// The file of the socket: another one of this name is another agent's.
    inode: u64,
    key: LockedKey,
    until: Deadline,
}

impl Agent {
    /// Reads the key of the store from `from`, which [`Directory::lend_key`](crate::Directory::lend_key) writes it to,
    /// and begins to listen. An agent that is there already ends.
    ///
    /// # Errors
    /// [`Error::NotLockedInMemory`], and [`Error::Io`] where the key or the socket fails.
    pub fn start(socket: AgentSocket, from: &mut dyn Read, lasting: Duration) -> Result<Agent> {
        forbid_dumps().map_err(|e| Error::NotLockedInMemory(e.to_string()))?;
        let key = LockedKey::read(from)?;
        socket.end();
        let path = socket.path().to_owned();
        let run = || {
            // Beside its place and then into it, so that there is never a socket that others could connect to.
            let mut beside = path.clone().into_os_string();
            beside.push(format!("-{}", std::process::id()));
            let beside = PathBuf::from(beside);
            let listener = UnixListener::bind(&beside)?;
            fs::set_permissions(&beside, fs::Permissions::from_mode(0o600))?;
            listener.set_nonblocking(true)?;
            let inode = fs::symlink_metadata(&beside)?.ino();
            fs::rename(&beside, &path)?;
            Ok((listener, inode))
        };
        let (listener, inode) = run().map_err(Error::io(&path))?;
        Ok(Agent { socket, listener, inode, key, until: Deadline::after(lasting) })
    }

    /// Answers until its time is over, until it is asked to end, or until another took its place.
    pub fn serve(self) {
        while let Some(left) = self.until.left() {
            let timeout = Timespec::try_from(left.min(STEP)).ok();
            let mut listening = [PollFd::new(&self.listener, PollFlags::IN)];
            let ready = poll(&mut listening, timeout.as_ref());
            if !self.is_in_place() {
                break;
            }
            match ready {
                Ok(0) => continue,
                Ok(_) => {}
                // Interrupted, or out of memory: not for long.
                Err(_) => std::thread::sleep(PAUSE),
            }
            match self.listener.accept() {
                Ok((stream, _)) => {
                    if let Some(stream) = self.answer(stream) {
                        self.end(Some(stream));
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => std::thread::sleep(PAUSE),
            }
        }
        self.end(None);
    }

    /// Serves one client, whatever it does. The client, where it asks for the end.
    fn answer(&self, mut stream: UnixStream) -> Option<UnixStream> {
        if !is_same_user(&stream) || stream.set_nonblocking(false).is_err() {
            return None;
        }
        stream.set_write_timeout(Some(PATIENCE)).ok()?;
        let mut request = [0; PROTOCOL.len() + 1];
        read_within(&mut stream, &mut request, PATIENCE).ok()?;
        match request.split_last() {
            Some((&KEY, protocol)) if protocol == PROTOCOL => {
                // The time may have come while the client was waited for.
                self.until.left()?;
                let _ = stream.write_all(&[KEY]).and_then(|()| stream.write_all(&self.key.bytes));
                None
            }
            Some((&END, protocol)) if protocol == PROTOCOL => Some(stream),
            _ => None,
        }
    }

    /// Wipes the key, and says so where somebody asked for it.
    fn end(self, asked: Option<UnixStream>) {
        if self.is_in_place() {
            let _ = fs::remove_file(self.socket.path());
        }
        drop(self.key);
        if let Some(mut stream) = asked {
            let _ = stream.write_all(&[END]);
        }
    }

    fn is_in_place(&self) -> bool {
        fs::symlink_metadata(self.socket.path()).is_ok_and(|found| found.ino() == self.inode)
    }
}

/// The key, in memory that is not swapped out. It is wiped before that memory is given back.
struct LockedKey {
    bytes: Box<[u8]>,
    _locked: region::LockGuard,
}

impl LockedKey {
    /// Reads it to where it stays: there is no second copy.
    fn read(from: &mut dyn Read) -> Result<LockedKey> {
        let bytes = vec![0; KEY_LENGTH].into_boxed_slice();
        let locked =
            region::lock(bytes.as_ptr(), bytes.len()).map_err(|error| Error::NotLockedInMemory(error.to_string()))?;
        let mut key = LockedKey { bytes, _locked: locked };
        from.read_exact(&mut key.bytes).map_err(Error::io("the key of the store".as_ref()))?;
        Ok(key)
    }
}

impl Drop for LockedKey {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

/// When the time is over: by the clock that nobody can set back, and by the one that goes on while the machine sleeps.
struct Deadline {
    steady: Instant,
    clock: SystemTime,
}

impl Deadline {
    fn after(lasting: Duration) -> Deadline {
        Deadline { steady: Instant::now() + lasting, clock: SystemTime::now() + lasting }
    }

    /// What is left of it; `None` at its end.
    fn left(&self) -> Option<Duration> {
        let steady = self.steady.checked_duration_since(Instant::now())?;
        let clock = self.clock.duration_since(SystemTime::now()).ok()?;
        Some(steady.min(clock)).filter(|left| !left.is_zero())
    }
}

/// Reads all of `into` within this time, however slowly it comes.
fn read_within(stream: &mut UnixStream, into: &mut [u8], within: Duration) -> io::Result<()> {
    let until = Instant::now() + within;
    let mut filled = 0;
    while filled < into.len() {
        let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero());
        stream.set_read_timeout(Some(left.ok_or(io::ErrorKind::TimedOut)?))?;
        match stream.read(&mut into[filled..])? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => filled += count,
        }
    }
    Ok(())
}

/// No core of this process, and nobody of the same user looks into it (`ptrace`, `/proc/PID/mem`).
fn forbid_dumps() -> rustix::io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// How long one client may take: the others wait.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the clock and the socket's file are looked at.
const STEP: Duration = Duration::from_secs(5);
/// After what should not happen.
const PAUSE: Duration = Duration::from_millis(50);
