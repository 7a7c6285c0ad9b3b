//! Where the agent of a store listens, and what is said there.
//!
//! A request is five octets, the protocol and one letter: `K` asks for the key, `E` asks the agent to end. The answer is
//! the same letter, and the key behind it where it was asked for. Each side looks who the other is.

use std::env;
use std::fs::{self, DirBuilder, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crypto::Secret;
use rustix::process::geteuid;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// The socket of the one agent that a store may have. Its folder is open to its user alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentSocket {
    path: PathBuf,
}

impl AgentSocket {
    /// The socket for the store in `store`; its folder is made if it is not there: `sealpost` in XDG_RUNTIME_DIR where
    /// that is a folder of the user alone, else `/tmp/sealpost-UID`.
    ///
    /// # Errors
    /// [`Error::Io`] where there is no such store, [`Error::ForeignFolder`] where others can get at the folder.
    pub fn of(store: &Path) -> Result<AgentSocket> {
        let folder = folder();
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            other => other.map_err(Error::io(&folder))?,
        }
        AgentSocket::find(store)?.ok_or(Error::ForeignFolder(folder))
    }

    /// The same where its folder is there already.
    ///
    /// # Errors
    /// As [`AgentSocket::of`].
    pub fn find(store: &Path) -> Result<Option<AgentSocket>> {
        let folder = folder();
        match fs::symlink_metadata(&folder) {
            Err(_) => return Ok(None),
            Ok(found) if !is_private(&found) => return Err(Error::ForeignFolder(folder)),
            Ok(_) => {}
        }
        let store = fs::canonicalize(store).map_err(Error::io(store))?;
        let name = wire::hex(&crypto::fingerprint(store.as_os_str().as_bytes()));
        let short = name.get(..DIGITS).unwrap_or(&name);
        Ok(Some(AgentSocket { path: folder.join(format!("agent-{short}")) }))
    }

    /// The socket's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Asks the agent for its key.
    pub(crate) fn key(&self, length: usize) -> Option<Secret> {
        let mut stream = self.ask(KEY)?;
        let mut key = Zeroizing::new(vec![0; length]);
        stream.read_exact(&mut key).ok()?;
        Some(key.into())
    }

    /// Asks the agent to forget its key and to end. Whether there was one.
    pub fn end(&self) -> bool {
        self.ask(END).is_some()
    }

    /// A connection on which the agent answers this request.
    fn ask(&self, request: u8) -> Option<UnixStream> {
        let mut stream = UnixStream::connect(&self.path).ok()?;
        if !is_same_user(&stream) {
            return None;
        }
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.set_write_timeout(Some(PATIENCE)).ok()?;
        let mut said = [0; PROTOCOL.len() + 1];
        said[..PROTOCOL.len()].copy_from_slice(PROTOCOL);
        said[PROTOCOL.len()] = request;
        stream.write_all(&said).ok()?;
        let mut answer = [0];
        stream.read_exact(&mut answer).ok()?;
        (answer[0] == request).then_some(stream)
    }
}

/// Whether who is at the other end is the user of this process. Where the system does not say it, the folder of the
/// socket does: nobody else gets into it.
#[cfg(target_os = "linux")]
pub(crate) fn is_same_user(stream: &UnixStream) -> bool {
    rustix::net::sockopt::socket_peercred(stream).is_ok_and(|peer| peer.uid == geteuid())
}

/// As on Linux.
#[cfg(not(target_os = "linux"))]
pub(crate) fn is_same_user(_stream: &UnixStream) -> bool {
    true
}

fn folder() -> PathBuf {
    let named = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_absolute());
    let runtime = named.filter(|folder| fs::metadata(folder).is_ok_and(|found| is_private(&found)));
    match runtime {
        Some(runtime) => runtime.join("sealpost"),
        None => PathBuf::from(format!("/tmp/sealpost-{}", geteuid().as_raw())),
    }
}

/// A folder of this user that nobody else can get into. A link to one is none.
fn is_private(found: &Metadata) -> bool {
    found.is_dir() && found.uid() == geteuid().as_raw() && found.mode() & 0o077 == 0
}

/// What every request begins with.
pub(crate) const PROTOCOL: &[u8; 4] = b"SPA1";
/// The request for the key.
pub(crate) const KEY: u8 = b'K';
/// The request to end.
pub(crate) const END: u8 = b'E';
/// Hexadecimal digits of the store's folder in the name: a path of a socket has 100 octets or so.
const DIGITS: usize = 16;
/// How long the other side may take.
const PATIENCE: Duration = Duration::from_secs(5);
