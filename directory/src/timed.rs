//! A connection that ends at a given moment whatever the other side does.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A stream each of whose reads and writes ends at a given moment.
#[derive(Debug)]
pub(crate) struct Timed {
    /// The stream.
    pub stream: TcpStream,
    /// The moment.
    pub until: Instant,
}

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum NoConnection {
    /// Nobody has the name.
    UnknownHost,
    /// It took too long.
    Late,
    /// What the system says.
    Failed(io::Error),
}

/// The addresses of a host, at least one. The system's resolver knows no time limit: it is asked on a thread of its own,
/// which ends when it answers.
pub(crate) fn resolve(host: &str, port: u16, until: Instant) -> Result<Vec<SocketAddr>, NoConnection> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let name = host.to_owned();
    thread::spawn(move || sender.send((name.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>)).ok());
    let left = remaining(until).map_err(|_| NoConnection::Late)?;
    match receiver.recv_timeout(left) {
        Ok(Ok(found)) if !found.is_empty() => Ok(found),
        Ok(_) => Err(NoConnection::UnknownHost),
        Err(_) => Err(NoConnection::Late),
    }
}

impl Timed {
    /// Connects to the first of these addresses that answers.
    pub fn connect(addresses: &[SocketAddr], until: Instant) -> Result<Timed, NoConnection> {
        let mut last = NoConnection::UnknownHost;
        for address in addresses.iter().take(MAX_ADDRESSES) {
            let left = remaining(until).map_err(|_| NoConnection::Late)?;
            match TcpStream::connect_timeout(address, left) {
                Ok(stream) => {
                    // What is written is whole commands. The end of a mail that waits for the acknowledgement of what came
                    // before would leave in its own time, also where its sender was killed meanwhile.
                    stream.set_nodelay(true).map_err(NoConnection::Failed)?;
                    return Ok(Timed { stream, until });
                }
                Err(error) if error.kind() == io::ErrorKind::TimedOut => last = NoConnection::Late,
                Err(error) => last = NoConnection::Failed(error),
            }
        }
        Err(last)
    }

    /// What is left of its time.
    pub fn left(&self) -> io::Result<Duration> {
        remaining(self.until)
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.stream.set_read_timeout(Some(self.left()?))?;
            // A call with a limit is not begun again by the system after a signal, which says nothing about the other side.
            match self.stream.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }
}

impl Write for Timed {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        loop {
            self.stream.set_write_timeout(Some(self.left()?))?;
            match self.stream.write(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

fn remaining(until: Instant) -> io::Result<Duration> {
    let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero());
    left.ok_or_else(|| io::ErrorKind::TimedOut.into())
}

const MAX_ADDRESSES: usize = 16;
