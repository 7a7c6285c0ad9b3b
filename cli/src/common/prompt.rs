//! Asking the person at the terminal. Standard input is for data and is never asked.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::signals;
use super::terminal::escape;

/// Asks for a secret without showing it.
///
/// # Errors
/// Where there is no terminal.
pub fn secret(question: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut terminal = open()?;
    terminal.write_all(format!("{}: ", escape(question)).as_bytes())?;
    let before = tcgetattr(&terminal)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    signals::restore_terminal(Some(before.clone()));
    tcsetattr(&terminal, OptionalActions::Flush, &silent)?;
    let answer = line(&terminal);
    tcsetattr(&terminal, OptionalActions::Flush, &before)?;
    signals::restore_terminal(None);
    terminal.write_all(b"\n")?;
    answer
}

/// Asks a question that only the word `yes` affirms.
///
/// # Errors
/// Where there is no terminal.
pub fn confirm(question: &str) -> io::Result<bool> {
    let mut terminal = open()?;
    terminal.write_all(format!("{} Type yes to go on: ", escape(question)).as_bytes())?;
    Ok(line(&terminal)?.trim_ascii() == b"yes")
}

fn open() -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open("/dev/tty")
}

fn line(terminal: &File) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut answer = Zeroizing::new(Vec::with_capacity(LONGEST));
    BufReader::new(terminal.take(LONGEST as u64)).read_until(b'\n', &mut answer)?;
    if answer.last() == Some(&b'\n') {
        answer.pop();
    }
    Ok(answer)
}

/// Octets of an answer.
const LONGEST: usize = 4096;
