//! A mail server for tests that says what it is told to: it answers each line by a script, well or badly.
#![allow(dead_code)]

pub mod real;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What is said to a line.
#[derive(Clone, Debug)]
pub enum Say {
    /// This, with its line end.
    Line(String),
    /// These octets.
    Bytes(Vec<u8>),
    /// The answer to DATA; then the mail is read, and the script is asked what to say to `.`.
    Data,
    /// The same; of the mail nothing is read for so long.
    DataLater(Duration),
    /// The same as `Data`; the connection is closed after so many octets of the mail.
    DataThenClose(usize),
    /// This, and then TLS begins.
    Tls(Vec<u8>),
    /// This, with its line end, and then the connection is closed.
    Goodbye(&'static str),
    /// Nothing: the connection is closed.
    Close,
    /// Nothing for a minute.
    Never,
    /// An octet every 100 milliseconds.
    Drip,
    /// Lines without end, each beginning with this.
    Endless(&'static str),
    /// One line without end.
    LongLine,
}

pub fn line(text: &str) -> Say {
    Say::Line(text.to_owned())
}

/// Both directions of a connection.
pub trait Wire: Read + Write + Send {}
impl<T: Read + Write + Send> Wire for T {}

/// How TLS begins on a connection, where the server has it.
pub type Secure = Arc<dyn Fn(TcpStream) -> Box<dyn Wire> + Send + Sync>;

/// A server; it lives as long as the test's process.
pub struct MailServer {
    pub port: u16,
    log: Arc<Mutex<Vec<String>>>,
    mails: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl MailServer {
    /// Answers each line by the script, which is asked about the line `` (empty) for the greeting. `implicit`: TLS from the
    /// beginning.
    pub fn start(
        secure: Option<Secure>,
        implicit: bool,
        script: impl Fn(&str) -> Say + Send + Sync + 'static,
    ) -> MailServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (log, mails) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
        let server = MailServer { port, log: Arc::clone(&log), mails: Arc::clone(&mails) };
        let script = Arc::new(script);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, mails, script) = (Arc::clone(&log), Arc::clone(&mails), Arc::clone(&script));
                let secure = secure.clone();
                thread::spawn(move || {
                    // The other side may go at any time.
                    let _ = serve(stream.unwrap(), secure, implicit, &*script, &log, &mails);
                });
            }
        });
        server
    }

    /// The lines that came, and `<TLS>` where TLS began.
    pub fn lines(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// The mails that came to their end, as they stood on the wire without the final dot.
    pub fn mails(&self) -> Vec<Vec<u8>> {
        self.mails.lock().unwrap().clone()
    }
}

/// A script for SMTP that takes everything, but for what `twist` says.
pub fn smtp(extensions: &'static [&'static str], twist: impl Fn(&str) -> Option<Say>) -> impl Fn(&str) -> Say {
    move |command: &str| {
        if let Some(say) = twist(command) {
            return say;
        }
        let verb = command.split(' ').next().unwrap_or_default();
        match verb {
            "" => line("220 mail.example.org ESMTP"),
            "EHLO" => {
                let all: Vec<&str> = ["mail.example.org"].into_iter().chain(extensions.iter().copied()).collect();
                let last = all.len() - 1;
                let lines =
                    all.iter().enumerate().map(|(i, e)| format!("250{}{e}\r\n", if i == last { ' ' } else { '-' }));
                Say::Bytes(lines.collect::<String>().into_bytes())
            }
            "STARTTLS" => Say::Tls(b"220 go ahead\r\n".to_vec()),
            "AUTH" => line("235 2.7.0 welcome"),
            "DATA" => Say::Data,
            "QUIT" => line("221 bye"),
            _ => line("250 2.0.0 ok"),
        }
    }
}

fn serve(
    stream: TcpStream,
    secure: Option<Secure>,
    implicit: bool,
    script: &dyn Fn(&str) -> Say,
    log: &Mutex<Vec<String>>,
    mails: &Mutex<Vec<Vec<u8>>>,
) -> std::io::Result<()> {
    let raw = stream.try_clone()?;
    let wire: Box<dyn Wire> = if implicit { secure.as_ref().unwrap()(stream) } else { Box::new(stream) };
    let mut reader = BufReader::with_capacity(1 << 16, wire);
    let mut asked = String::new();
    loop {
        match script(&asked) {
            Say::Line(text) => write!(reader.get_mut(), "{text}\r\n")?,
            Say::Bytes(bytes) => reader.get_mut().write_all(&bytes)?,
            Say::Tls(bytes) => {
                reader.get_mut().write_all(&bytes)?;
                reader.get_mut().flush()?;
                log.lock().unwrap().push("<TLS>".into());
                reader = BufReader::new(secure.as_ref().unwrap()(raw.try_clone()?));
            }
            say @ (Say::Data | Say::DataLater(_)) => {
                write!(reader.get_mut(), "354 go\r\n")?;
                reader.get_mut().flush()?;
                if let Say::DataLater(wait) = say {
                    thread::sleep(wait);
                }
                let mail = data(&mut reader)?;
                mails.lock().unwrap().push(mail);
                asked = ".".into();
                continue;
            }
            Say::DataThenClose(count) => {
                write!(reader.get_mut(), "354 go\r\n")?;
                reader.get_mut().flush()?;
                return reader.read_exact(&mut vec![0; count]);
            }
            Say::Goodbye(text) => {
                write!(reader.get_mut(), "{text}\r\n")?;
                return reader.get_mut().flush();
            }
            Say::Close => return Ok(()),
            Say::Never => {
                thread::sleep(Duration::from_secs(60));
                return Ok(());
            }
            Say::Drip => loop {
                reader.get_mut().write_all(b"2")?;
                reader.get_mut().flush()?;
                thread::sleep(Duration::from_millis(100));
            },
            Say::Endless(start) => {
                let lines = format!("{start}{}\r\n", "x".repeat(500)).repeat(100);
                loop {
                    reader.get_mut().write_all(lines.as_bytes())?;
                }
            }
            Say::LongLine => loop {
                reader.get_mut().write_all(&[b'x'; 65536])?;
            },
        }
        reader.get_mut().flush()?;
        let mut next = Vec::new();
        if reader.read_until(b'\n', &mut next)? == 0 {
            return Ok(());
        }
        asked = String::from_utf8_lossy(&next).trim_end_matches(['\r', '\n']).to_owned();
        log.lock().unwrap().push(asked.clone());
        // The script is asked about the greeting by an empty line, and never else.
        if asked.is_empty() {
            asked.push('\0');
        }
    }
}

/// A mail up to the line with the single dot.
fn data(reader: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut mail = Vec::new();
    loop {
        let start = mail.len();
        if reader.read_until(b'\n', &mut mail)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if &mail[start..] == b".\r\n" {
            mail.truncate(start);
            return Ok(mail);
        }
    }
}

/// Whether a program of this package is there. Says so if it is not, and fails where everything is required.
fn has(program: &str, package: &str) -> bool {
    let found = real::found(program).is_some();
    if !found {
        skip(&format!("install {package}"));
    }
    found
}

/// Says why a test is left out; fails where everything is required.
fn skip(why: &str) {
    assert_ne!(std::env::var("SEALPOST_REQUIRE").as_deref(), Ok("all"), "{why}");
    eprintln!("skipped: {why}");
}
