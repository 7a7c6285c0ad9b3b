//! A connection that ends at a given moment whatever the other side does.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::error::FetchError;
use super::rules::{AllowedHost, check_addresses, is_allowed};
use super::wanted::SECONDS;

/// Resolves, checks what came, and connects to what was checked.
pub(crate) fn connect(host: &str, port: u16, allowed: &[AllowedHost], deadline: Instant) -> Result<Timed, FetchError> {
    let addresses = resolve(host, port, deadline)?;
    if !is_allowed(allowed, host, port) {
        check_addresses(host, &addresses)?;
    }
    let mut last = FetchError::UnknownHost(host.to_owned());
    for address in addresses.iter().take(MAX_ADDRESSES) {
        let left = remaining(deadline).ok_or(FetchError::Timeout(SECONDS))?;
        match TcpStream::connect_timeout(address, left) {
            Ok(stream) => return Ok(Timed { stream, deadline }),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                last = FetchError::Timeout(SECONDS);
            }
            Err(error) => last = FetchError::Connection(error.to_string()),
        }
    }
    Err(last)
}

/// The system's resolver knows no time limit: it is asked on a thread of its own, which ends when it answers.
fn resolve(host: &str, port: u16, deadline: Instant) -> Result<Vec<SocketAddr>, FetchError> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let name = host.to_owned();
    thread::spawn(move || sender.send((name.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>)).ok());
    let left = remaining(deadline).ok_or(FetchError::Timeout(SECONDS))?;
    match receiver.recv_timeout(left) {
        Ok(Ok(found)) if !found.is_empty() => Ok(found),
        Ok(_) => Err(FetchError::UnknownHost(host.to_owned())),
        Err(_) => Err(FetchError::Timeout(SECONDS)),
    }
}

fn remaining(deadline: Instant) -> Option<Duration> {
    deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
}

/// A stream each of whose reads and writes ends at the deadline.
#[derive(Debug)]
pub(crate) struct Timed {
    stream: TcpStream,
    deadline: Instant,
}

impl Timed {
    fn left(&self) -> io::Result<Duration> {
        remaining(self.deadline).ok_or_else(|| io::ErrorKind::TimedOut.into())
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        self.stream.read(buffer)
    }
}

impl Write for Timed {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

const MAX_ADDRESSES: usize = 16;
