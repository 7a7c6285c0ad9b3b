//! A password that a program says, such as one that asks a keyring.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crypto::Secret;
use zeroize::Zeroizing;

use crate::common::error::{Exit, Failure, Result};

/// The first line that the program says, within so much time. It is started as it is, without a shell; what it says on its
/// standard error is the person's to see, and so is whatever it asks for on the terminal.
///
/// # Errors
/// Exit 61 where it cannot be started, fails, says nothing, or takes too long, which ends it.
pub fn said_by(program: &str, arguments: &[String], limit: Duration) -> Result<Secret> {
    let failed = |why: &dyn std::fmt::Display| Failure::new(Exit::InputMissing, format!("{program}: {why}"));
    let until = Instant::now() + limit;
    let child = Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = Running(child.map_err(|e| failed(&e))?);
    let (sender, receiver) = mpsc::sync_channel(1);
    if let Some(mut out) = child.0.stdout.take() {
        // Whoever it left behind may keep its output open for ever: only this thread would wait for that.
        thread::spawn(move || sender.send(first_line(&mut out)).ok());
    }
    let late = || failed(&format!("it gave no password within {} s", limit.as_secs()));
    let line = match receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
        Ok(line) => line.map_err(|e| failed(&e))?,
        Err(RecvTimeoutError::Timeout) => return Err(late()),
        Err(RecvTimeoutError::Disconnected) => return Err(failed(&"it gave no password")),
    };
    let status = loop {
        match child.0.try_wait().map_err(|e| failed(&e))? {
            Some(status) => break status,
            None if Instant::now() >= until => return Err(late()),
            None => thread::sleep(BETWEEN),
        }
    };
    if !status.success() {
        return Err(failed(&format!("it gave no password ({status})")));
    }
    let line = line.strip_suffix(b"\r").unwrap_or(&line);
    if line.is_empty() {
        return Err(failed(&"it gave no password"));
    }
    Ok(Secret::new(line.to_vec()))
}

/// What comes before the first line end. The rest is read and dropped, so that the program can say all of it.
fn first_line(out: &mut impl Read) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let mut said = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut piece = Zeroizing::new([0; 512]);
    let mut ended = false;
    loop {
        let count = match out.read(&mut piece[..]) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        let new = piece.get(..count).unwrap_or_default();
        if new.is_empty() {
            return Ok(said);
        }
        if ended {
            continue;
        }
        let end = new.iter().position(|b| *b == b'\n');
        let new = new.get(..end.unwrap_or(count)).unwrap_or(new);
        ended = end.is_some();
        if said.len() + new.len() > LONGEST {
            return Err(std::io::Error::other("its first line is too long for a password"));
        }
        said.extend_from_slice(new);
    }
}

/// A program that ends with this.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Octets of a password, or of a token.
const LONGEST: usize = 16 << 10;
const BETWEEN: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use super::*;

    fn said(script: &str, limit: Duration) -> std::result::Result<Vec<u8>, String> {
        let found = said_by("sh", &["-c".to_owned(), script.to_owned()], limit);
        found
            .map(|secret| secret.as_bytes().to_vec())
            .map_err(|failure| failure.message().unwrap_or_default().to_owned())
    }

    #[test]
    fn the_first_line_is_the_password() {
        let minute = Duration::from_secs(60);
        assert_eq!(said("printf 'open sesame\\r\\nuser: ali\\n'", minute).unwrap(), b"open sesame");
        assert_eq!(said("printf x", minute).unwrap(), b"x");
        // What it says beyond is taken from it, however much that is.
        assert_eq!(said("echo x; head -c 1000000 /dev/zero", minute).unwrap(), b"x");
        for nothing in ["", "echo", "exec >&-; sleep 0.1"] {
            assert_eq!(said(nothing, minute).unwrap_err(), "sh: it gave no password", "{nothing:?}");
        }
        let told = said("echo x; exit 3", minute).unwrap_err();
        assert!(told.contains("it gave no password (exit status: 3)"), "{told}");
        let told = said("head -c 20000 /dev/zero | tr '\\0' x", minute).unwrap_err();
        assert!(told.contains("too long"), "{told}");
        let missing = said_by("no-such-program", &[], minute);
        assert!(missing.unwrap_err().message().unwrap().starts_with("no-such-program: "));
    }

    #[test]
    fn nobody_is_waited_for_longer_than_that() {
        let limit = Duration::from_secs(1);
        // One that says nothing, one that goes on after its word, and one that leaves somebody behind.
        for endless in ["exec sleep 100", "echo x; exec >&-; exec sleep 100", "sleep 30 2>&- & exit 0"] {
            let begun = Instant::now();
            let told = said(endless, limit).unwrap_err();
            assert_eq!(told, "sh: it gave no password within 1 s", "{endless}");
            assert!(begun.elapsed() < Duration::from_secs(20), "{endless}: {:?}", begun.elapsed());
        }
    }
}
