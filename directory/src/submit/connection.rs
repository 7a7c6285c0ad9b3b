//! A connection to a mail server: in the clear or by TLS, every wait of which has an end and every line a bound.

use std::io::{self, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use rustls::{ClientConnection, StreamOwned};

use super::error::SubmitError;
use super::server::{Reach, Security, Server};
use crate::timed::{self, NoConnection, Timed};
use crate::tls;

/// An open connection.
pub(crate) struct Connection {
    way: Way,
    server: Server,
    /// What came and was not taken yet stands from `start` on.
    buffer: Vec<u8>,
    start: usize,
    /// What is going on, and how long it may take, for whoever is told that it took too long.
    during: &'static str,
    limit: Duration,
}

enum Way {
    Clear(Timed),
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
}

impl Connection {
    /// Connects; with TLS from the beginning where the server is one for that.
    pub fn open(server: &Server, reach: &Reach) -> Result<Connection, SubmitError> {
        let until = Instant::now() + reach.connect;
        let mut connection = Connection {
            way: Way::Clear(connect(server, until, reach.connect)?),
            server: server.clone(),
            buffer: Vec::new(),
            start: 0,
            during: "while connecting",
            limit: reach.connect,
        };
        if server.security == Security::Implicit {
            connection = connection.with_tls(reach)?;
        }
        Ok(connection)
    }

    /// Goes on by TLS. Nothing may have come that was not read: it was not the server's that TLS will prove (RFC 3207
    /// section 4.2).
    pub fn with_tls(self, reach: &Reach) -> Result<Connection, SubmitError> {
        if !self.unread().is_empty() {
            return Err(SubmitError::Injected(self.server.place()));
        }
        let Connection { way, server, .. } = self;
        let failed = |why: String| SubmitError::Tls { server: server.place(), why };
        let Way::Clear(mut stream) = way else { return Err(failed("it is there already".to_owned())) };
        stream.until = Instant::now() + reach.connect;
        let session = tls::client(&server.host, believed(reach.trust.as_deref())?).map_err(failed)?;
        let mut stream = StreamOwned::new(session, stream);
        let during = "while TLS began";
        while stream.conn.is_handshaking() {
            if let Err(error) = stream.conn.complete_io(&mut stream.sock) {
                return Err(match error.kind() {
                    io::ErrorKind::InvalidData => failed(error.to_string()),
                    _ => told(&error, &server, during, reach.connect),
                });
            }
        }
        let way = Way::Tls(Box::new(stream));
        Ok(Connection { way, server, buffer: Vec::new(), start: 0, during, limit: reach.connect })
    }

    /// The server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// From now on so much time is left, until this is said again.
    pub fn within(&mut self, limit: Duration, during: &'static str) {
        (self.during, self.limit) = (during, limit);
        let until = Instant::now() + limit;
        match &mut self.way {
            Way::Clear(stream) => stream.until = until,
            Way::Tls(stream) => stream.sock.until = until,
        }
    }

    /// Sends all of it.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), SubmitError> {
        let sent = match &mut self.way {
            Way::Clear(stream) => stream.write_all(bytes),
            Way::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
        };
        sent.map_err(|error| self.told(&error))
    }

    /// What came and was not taken yet.
    pub fn unread(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// The next line without its line end.
    pub fn line(&mut self, most: usize) -> Result<Vec<u8>, SubmitError> {
        let mut seen = self.start;
        loop {
            let unseen = self.buffer.get(seen..).unwrap_or_default();
            if let Some(at) = unseen.iter().position(|b| *b == b'\n') {
                let end = seen + at;
                let line = self.buffer.get(self.start..end).unwrap_or_default();
                let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
                self.start = end + 1;
                return Ok(line);
            }
            if self.buffer.len() - self.start > most {
                return Err(SubmitError::TooLong { server: self.server.place(), limit: most as u64 });
            }
            self.buffer.drain(..self.start);
            self.start = 0;
            seen = self.buffer.len();
            self.fill()?;
        }
    }

    /// The next so many octets.
    pub fn exactly(&mut self, count: u64) -> Result<Vec<u8>, SubmitError> {
        let mut out = Vec::new();
        loop {
            let missing = usize::try_from(count).unwrap_or(usize::MAX) - out.len();
            let here = self.buffer.get(self.start..).unwrap_or_default();
            let taken = here.get(..missing).unwrap_or(here);
            out.extend_from_slice(taken);
            self.start += taken.len();
            if out.len() as u64 == count {
                return Ok(out);
            }
            self.buffer.clear();
            self.start = 0;
            self.fill()?;
        }
    }

    fn fill(&mut self) -> Result<(), SubmitError> {
        let mut piece = [0; PIECE];
        let read = match &mut self.way {
            Way::Clear(stream) => stream.read(&mut piece),
            Way::Tls(stream) => stream.read(&mut piece),
        };
        match read {
            Ok(0) => Err(SubmitError::Closed { server: self.server.place(), during: self.during }),
            Ok(count) => {
                self.buffer.extend_from_slice(piece.get(..count).unwrap_or_default());
                Ok(())
            }
            Err(error) => Err(self.told(&error)),
        }
    }

    fn told(&self, error: &io::Error) -> SubmitError {
        told(error, &self.server, self.during, self.limit)
    }
}

fn told(error: &io::Error, server: &Server, during: &'static str, limit: Duration) -> SubmitError {
    let place = server.place();
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            SubmitError::Timeout { server: place, during, seconds: limit.as_secs() }
        }
        io::ErrorKind::InvalidData => SubmitError::Tls { server: place, why: error.to_string() },
        // TLS that ends without saying so is cut (RFC 8446 section 6.1); whoever cuts it is not told from a crash.
        _ => SubmitError::Closed { server: place, during },
    }
}

/// Whom TLS believes: who stands in the file and nobody else, or else the system's bundle for servers.
fn believed(file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, SubmitError> {
    let Some(path) = file else { return Ok(tls::server_roots()) };
    let bytes = std::fs::read(path).map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", path.display())))?;
    let found = tls::certificates(&bytes);
    if found.is_empty() { Err(SubmitError::NoAnchor(path.display().to_string())) } else { Ok(found) }
}

fn connect(server: &Server, until: Instant, limit: Duration) -> Result<Timed, SubmitError> {
    let failed = |fault| match fault {
        NoConnection::UnknownHost => SubmitError::UnknownHost(server.host.clone()),
        NoConnection::Late => told(&io::ErrorKind::TimedOut.into(), server, "while connecting", limit),
        NoConnection::Failed(source) => SubmitError::Connection { server: server.place(), source },
    };
    let addresses = timed::resolve(&server.host, server.port, until).map_err(failed)?;
    if server.security == Security::None && !addresses.iter().all(|a| a.ip().is_loopback()) {
        return Err(SubmitError::NotThisMachine(server.host.clone()));
    }
    Timed::connect(&addresses, until).map_err(failed)
}

const PIECE: usize = 16 << 10;
