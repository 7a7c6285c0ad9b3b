//! Servers for tests, on threads of the test: one that speaks HTTP well or badly, and one that speaks LDAP.
#![allow(dead_code)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What a server does with a request.
#[derive(Clone)]
pub enum Answer {
    Bytes(Vec<u8>),
    Status(u16),
    Redirect(u16, String),
    /// Announces this many octets and sends zeros until the other side goes.
    Long(u64),
    /// The same without a word on the length.
    Endless,
    /// An octet every 200 milliseconds.
    Drip,
    /// Takes the request and says nothing.
    Never,
    /// Header lines without end.
    Headers,
}

/// A server; it lives as long as the test's process.
pub struct Web {
    pub port: u16,
    log: Arc<Mutex<Vec<String>>>,
}

impl Web {
    /// Answers by path and body.
    pub fn start(answer: impl Fn(&str, &[u8]) -> Answer + Send + Sync + 'static) -> Web {
        Web::at("127.0.0.1:0", answer)
    }

    pub fn at(address: &str, answer: impl Fn(&str, &[u8]) -> Answer + Send + Sync + 'static) -> Web {
        let listener = TcpListener::bind(address).unwrap();
        let port = listener.local_addr().unwrap().port();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (answer, shared) = (Arc::new(answer), Arc::clone(&log));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&shared));
                thread::spawn(move || serve(stream.unwrap(), &*answer, &log));
            }
        });
        Web { port, log }
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The requests so far: method and path.
    pub fn requests(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, answer: &dyn Fn(&str, &[u8]) -> Answer, log: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap_or(0);
    let words: Vec<&str> = line.split_whitespace().collect();
    let [method, path, _] = words[..] else { return };
    let mut length = 0;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header).unwrap_or(0) == 0 || header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    log.lock().unwrap().push(format!("{method} {path}"));
    // The other side may go at any time.
    let _ = reply(stream, answer(path, &body));
}

fn reply(mut stream: TcpStream, answer: Answer) -> std::io::Result<()> {
    let zeros = [0; 65536];
    match answer {
        Answer::Bytes(bytes) => {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", bytes.len())?;
            stream.write_all(&bytes)
        }
        Answer::Status(status) => write!(stream, "HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n"),
        Answer::Redirect(status, to) => {
            write!(stream, "HTTP/1.1 {status} There\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
        }
        Answer::Long(length) => {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n")?;
            loop {
                stream.write_all(&zeros)?;
            }
        }
        Answer::Endless => {
            write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            loop {
                stream.write_all(&zeros)?;
            }
        }
        Answer::Drip => {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")?;
            loop {
                stream.write_all(b"x")?;
                thread::sleep(Duration::from_millis(200));
            }
        }
        Answer::Never => {
            thread::sleep(Duration::from_secs(60));
            Ok(())
        }
        Answer::Headers => {
            write!(stream, "HTTP/1.1 200 OK\r\n")?;
            loop {
                write!(stream, "X-More: {}\r\n", "x".repeat(1000))?;
            }
        }
    }
}

/// A directory server that answers each search with these values of one attribute, or with a result code where there
/// are none; it writes lengths in five octets, as Active Directory does. The number of its port.
pub fn ldap(attribute: &'static str, values: Vec<Vec<u8>>, code: u8) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = converse(stream.unwrap(), attribute, &values, code);
        }
    });
    port
}

fn converse(mut stream: TcpStream, attribute: &str, values: &[Vec<u8>], code: u8) -> std::io::Result<()> {
    let message = |id: u8, operation: Vec<u8>| tlv(0x30, [tlv(2, vec![id]), operation].concat());
    let result = |tag, code| tlv(tag, [tlv(10, vec![code]), tlv(4, vec![]), tlv(4, vec![])].concat());
    assert_eq!(receive(&mut stream)?[3], 0x60);
    stream.write_all(&message(1, result(0x61, 0)))?;
    assert_eq!(receive(&mut stream)?[3], 0x63);
    if !values.is_empty() {
        let set = tlv(0x31, values.iter().flat_map(|v| tlv(4, v.clone())).collect());
        let one = tlv(0x30, [tlv(4, attribute.as_bytes().to_vec()), set].concat());
        let entry = tlv(0x64, [tlv(4, b"cn=x".to_vec()), tlv(0x30, one)].concat());
        stream.write_all(&message(2, entry))?;
    }
    stream.write_all(&message(2, result(0x65, code)))
}

/// The contents of one message.
fn receive(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut header = [0; 2];
    stream.read_exact(&mut header)?;
    let mut length = usize::from(header[1]);
    if length > 0x80 {
        let mut octets = vec![0; length & 0x7f];
        stream.read_exact(&mut octets)?;
        length = octets.iter().fold(0, |sum, o| sum << 8 | usize::from(*o));
    }
    let mut contents = vec![0; length];
    stream.read_exact(&mut contents)?;
    Ok(contents)
}

fn tlv(tag: u8, contents: Vec<u8>) -> Vec<u8> {
    let length = u32::try_from(contents.len()).unwrap().to_be_bytes();
    [&[tag, 0x84][..], &length, &contents].concat()
}
