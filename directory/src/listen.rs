//! The listener of `ca serve` and of the ACME server: HTTP/1.1 (RFC 9112), one request for each connection, with a
//! bound on everything. TLS is a proxy's to add.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use ca::{HttpAnswer, HttpRequest};

use crate::error::{Error, Result};
use crate::timed::Timed;

/// What a listener bears.
#[derive(Debug, Clone)]
pub struct ListenLimits {
    /// Octets of request line and fields.
    pub head: usize,
    /// Octets of a body.
    pub body: usize,
    /// From the connection to the last octet of the answer.
    pub time: Duration,
    /// Connections at a time; one more is told to come back.
    pub connections: usize,
}

impl Default for ListenLimits {
    fn default() -> Self {
        ListenLimits { head: 16 << 10, body: 64 << 10, time: Duration::from_secs(20), connections: 64 }
    }
}

/// A socket that listens, before the first request is answered.
pub struct Listener {
    socket: TcpListener,
    limits: ListenLimits,
}

/// What a listener serves for.
pub trait Served {
    /// The answer to a request; with `None` the serving ends.
    fn answer(&mut self, request: &HttpRequest) -> Option<HttpAnswer>;

    /// What is to be done besides, now and then; with `false` the serving ends.
    fn besides(&mut self) -> bool;
}

/// A request on its way to the handler, with the way back.
type Asked = (HttpRequest, SyncSender<HttpAnswer>);

impl Listener {
    /// Listens at an address with a port, `127.0.0.1:8560`; port 0 takes a free one.
    ///
    /// # Errors
    /// [`Error::Listen`] where the address is none of this machine, or taken.
    pub fn bind(address: &str, limits: ListenLimits) -> Result<Listener> {
        let failed = |source| Error::Listen { address: address.to_owned(), source };
        let addresses: Vec<SocketAddr> = address.to_socket_addrs().map_err(failed)?.collect();
        let socket = TcpListener::bind(&*addresses).map_err(failed)?;
        Ok(Listener { socket, limits })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// What the system says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Answers for as long as the handler wants. Connections have threads of their own; the handler runs on the caller's, one
    /// request after the other, so that it may use what cannot be shared. With `None` it ends the serving.
    pub fn serve(self, handler: impl FnMut(&HttpRequest) -> Option<HttpAnswer>) {
        struct Nothing<H>(H);
        impl<H: FnMut(&HttpRequest) -> Option<HttpAnswer>> Served for Nothing<H> {
            fn answer(&mut self, request: &HttpRequest) -> Option<HttpAnswer> {
                (self.0)(request)
            }

            fn besides(&mut self) -> bool {
                true
            }
        }
        self.serve_for(&mut Nothing(handler), Duration::from_secs(3600));
    }

    /// The same, and has besides done so often what else there is to do.
    pub fn serve_for(self, served: &mut dyn Served, every: Duration) {
        // What waits in the channel is bounded by the connections.
        let (sender, receiver): (SyncSender<Asked>, Receiver<Asked>) = mpsc::sync_channel(self.limits.connections);
        let Listener { socket, limits } = self;
        thread::spawn(move || accept(&socket, &limits, &sender));
        let mut last = Instant::now();
        loop {
            match receiver.recv_timeout(every.saturating_sub(last.elapsed())) {
                Ok((request, back)) => {
                    let Some(answer) = served.answer(&request) else { return };
                    // Who asked may have gone.
                    let _ = back.send(answer);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if last.elapsed() >= every {
                last = Instant::now();
                if !served.besides() {
                    return;
                }
            }
        }
    }
}

fn accept(socket: &TcpListener, limits: &ListenLimits, handler: &SyncSender<Asked>) {
    let open = Arc::new(AtomicUsize::new(0));
    loop {
        let (stream, peer) = match socket.accept() {
            Ok(accepted) => accepted,
            // Most often no descriptor is left: wait for one.
            Err(_) => {
                thread::sleep(Duration::from_millis(50));
                continue;
            }
        };
        if open.fetch_add(1, Ordering::SeqCst) >= limits.connections {
            open.fetch_sub(1, Ordering::SeqCst);
            refuse_at_once(&stream);
            continue;
        }
        let (handler, limits, taken) = (handler.clone(), limits.clone(), Arc::clone(&open));
        let work = move || {
            // What fails on one connection is that peer's loss.
            let _ = converse(stream, peer, &limits, &handler);
            taken.fetch_sub(1, Ordering::SeqCst);
        };
        if thread::Builder::new().spawn(work).is_err() {
            open.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

fn refuse_at_once(stream: &TcpStream) {
    let _ = stream.set_nonblocking(true);
    let _ = (&mut &*stream).write_all(
        b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
}

/// Up to 4 KiB more.
fn read_more(stream: &mut Timed, into: &mut Vec<u8>) -> io::Result<usize> {
    let mut piece = [0; 4096];
    let read = stream.read(&mut piece)?;
    into.extend_from_slice(&piece[..read]);
    Ok(read)
}

/// Why a request is answered without its handler.
enum Refused {
    Status(u16),
    Io(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Refused {
        Refused::Io(error)
    }
}

fn converse(stream: TcpStream, peer: SocketAddr, limits: &ListenLimits, handler: &SyncSender<Asked>) -> io::Result<()> {
    let mut stream = Timed { stream, until: Instant::now() + limits.time };
    let (method, answer) = match read_request(&mut stream, peer, limits) {
        Ok(request) => {
            let (back, answer) = mpsc::sync_channel(1);
            let method = request.method.clone();
            let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
            handler.send((request, back)).map_err(|_| gone())?;
            (method, answer.recv_timeout(stream.left()?).map_err(|_| gone())?)
        }
        Err(Refused::Status(status)) => (String::new(), HttpAnswer::text(status, phrase(status))),
        Err(Refused::Io(error)) => return Err(error),
    };
    write_answer(&mut stream, &method, &answer)?;
    // Closing with octets unread resets the connection, and the answer with it: what is still on its way is taken
    // first, within the bounds that every request has.
    stream.stream.shutdown(std::net::Shutdown::Write)?;
    let mut rest = Vec::new();
    while rest.len() < limits.body && read_more(&mut stream, &mut rest)? > 0 {}
    Ok(())
}

fn read_request(
    stream: &mut Timed,
    peer: SocketAddr,
    limits: &ListenLimits,
) -> std::result::Result<HttpRequest, Refused> {
    let mut bytes = Vec::new();
    let (mut request, head) = loop {
        if let Some(found) = parse_head(&bytes, peer)? {
            break found;
        }
        if bytes.len() >= limits.head {
            return Err(Refused::Status(431));
        }
        if read_more(stream, &mut bytes)? == 0 {
            return Err(Refused::Io(io::ErrorKind::UnexpectedEof.into()));
        }
    };
    let length = body_length(&request, limits.body).map_err(Refused::Status)?;
    let mut body = bytes.split_off(head);
    if body.len() < length && request.header("expect").is_some_and(|e| e.eq_ignore_ascii_case("100-continue")) {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    while body.len() < length {
        if read_more(stream, &mut body)? == 0 {
            return Err(Refused::Io(io::ErrorKind::UnexpectedEof.into()));
        }
    }
    body.truncate(length);
    request.body = body;
    Ok(request)
}

/// Request line and fields, and how long they are; nothing where there is more to come.
fn parse_head(bytes: &[u8], peer: SocketAddr) -> std::result::Result<Option<(HttpRequest, usize)>, Refused> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut parsed = httparse::Request::new(&mut fields);
    let length = match parsed.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Refused::Status(431)),
        Err(_) => return Err(Refused::Status(400)),
    };
    let (Some(method), Some(target)) = (parsed.method, parsed.path) else { return Err(Refused::Status(400)) };
    // The absolute form is for proxies (RFC 9112 section 3.2.2); a server has to understand it all the same.
    let target = match target.strip_prefix("http://").or_else(|| target.strip_prefix("https://")) {
        Some(rest) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => target,
    };
    if !target.starts_with('/') {
        return Err(Refused::Status(400));
    }
    let mut request = HttpRequest::new(method, target);
    request.peer = peer.ip().to_canonical().to_string();
    for field in parsed.headers.iter() {
        let value = std::str::from_utf8(field.value).map_err(|_| Refused::Status(400))?;
        request.headers.push((field.name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    Ok(Some((request, length)))
}

/// RFC 9112 section 6.3. Whoever cannot say the length beforehand is refused: two ways to say it are one too many, as two
/// servers in a row that read them differently show.
fn body_length(request: &HttpRequest, most: usize) -> std::result::Result<usize, u16> {
    if request.header("transfer-encoding").is_some() {
        return Err(411);
    }
    let mut lengths = request.headers.iter().filter(|(name, _)| name == "content-length").map(|(_, value)| value);
    let Some(length) = lengths.next() else { return Ok(0) };
    if lengths.next().is_some() || length.is_empty() || !length.bytes().all(|b| b.is_ascii_digit()) {
        return Err(400);
    }
    length.parse().ok().filter(|length| *length <= most).ok_or(413)
}

fn write_answer(stream: &mut Timed, method: &str, answer: &HttpAnswer) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", answer.status, phrase(answer.status));
    for (name, value) in &answer.headers {
        // A value with a line end in it would be a second field, or a second answer.
        let value: String = value.chars().filter(|c| !c.is_control()).collect();
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if answer.status != 204 && answer.status != 304 {
        head.push_str(&format!("Content-Length: {}\r\n", answer.body.len()));
    }
    head.push_str("Connection: close\r\n\r\n");
    let mut bytes = head.into_bytes();
    if method != "HEAD" {
        bytes.extend_from_slice(&answer.body);
    }
    stream.write_all(&bytes)
}

fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        411 => "Length Required",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Other",
    }
}

const MAX_FIELDS: usize = 64;
