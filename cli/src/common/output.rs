//! Where data goes: standard output, or a file that appears only when it is complete.

use std::fs::File;
use std::io::{self, BufRead, BufWriter, IsTerminal, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use directory::OutputFile;
use trust::Address;

use super::error::{Exit, Failure, Result};
use super::global::Global;
use super::signals::Unfinished;
use super::terminal::Escaped;

/// What is about to be written, for a terminal takes only text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text of ours: nothing in it needs escaping.
    Text,
    /// Text of others, such as a mail.
    Foreign,
    /// Bytes that are no text.
    Binary,
}

/// An output that is being written.
pub struct Output {
    way: Way,
}

enum Way {
    Standard(BufWriter<File>),
    Terminal(BufWriter<Escaped<File>>),
    /// The guard is dropped last: until then a signal removes the file.
    File(BufWriter<OutputFile>, Option<Unfinished>),
}

impl Output {
    /// Begins the output that `-o` names, else standard output.
    ///
    /// # Errors
    /// Exit 59 where the file exists and `--force` is not given; exit 2 where a terminal would get binary data.
    pub fn open(global: &Global, kind: Kind) -> Result<Output> {
        match &global.output {
            Some(path) if path.as_os_str() != "-" => Output::file(path, global.force),
            _ => Output::standard(kind),
        }
    }

    /// Begins a file.
    ///
    /// # Errors
    /// Exit 59 where it exists and `force` is not given.
    pub fn file(path: &Path, force: bool) -> Result<Output> {
        let mut guard = None;
        let file = OutputFile::create_announced(path, force, &mut |name| guard = Some(Unfinished::new(name)))?;
        if let Some(guard) = &guard {
            guard.made();
        }
        Ok(Output { way: Way::File(BufWriter::with_capacity(BUFFER, file), guard) })
    }

    fn standard(kind: Kind) -> Result<Output> {
        let stdout = io::stdout();
        // Not through the standard library's line buffer, which would cut the data at every line.
        let file = File::from(stdout.as_fd().try_clone_to_owned()?);
        let way = match (kind, stdout.is_terminal()) {
            (Kind::Binary, true) => {
                let refused = Failure::usage("this is no text and standard output is a terminal");
                return Err(refused.hint("name a file with -o FILE, or send it into a pipe"));
            }
            (Kind::Foreign, true) => Way::Terminal(BufWriter::new(Escaped::new(file))),
            _ => Way::Standard(BufWriter::with_capacity(BUFFER, file)),
        };
        Ok(Output { way })
    }

    /// Everything is written: puts a file in its place. An output that is dropped before leaves no file.
    ///
    /// # Errors
    /// Where the rest cannot be written.
    pub fn commit(self) -> Result {
        match self.way {
            Way::Standard(mut out) => out.flush()?,
            Way::Terminal(out) => drop(out.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?),
            Way::File(out, guard) => {
                out.into_inner().map_err(io::IntoInnerError::into_error)?.commit()?;
                drop(guard);
            }
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.way {
            Way::Standard(out) => out.write(bytes),
            Way::Terminal(out) => out.write(bytes),
            Way::File(out, _) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.way {
            Way::Standard(out) => out.flush(),
            Way::Terminal(out) => out.flush(),
            Way::File(out, _) => out.flush(),
        }
    }
}

/// Copies all of `from`, in the pieces that it has.
///
/// # Errors
/// Where it cannot be read or written.
pub fn pour(from: &mut dyn BufRead, out: &mut Output) -> io::Result<()> {
    loop {
        let piece = from.fill_buf()?;
        if piece.is_empty() {
            return Ok(());
        }
        out.write_all(piece)?;
        let used = piece.len();
        from.consume(used);
    }
}

/// Writes a whole text to where `-o` says.
///
/// # Errors
/// As [`Output::open`].
pub fn text(global: &Global, text: &str) -> Result {
    let mut out = Output::open(global, Kind::Text)?;
    out.write_all(text.as_bytes())?;
    out.commit()
}

/// Writes a JSON report to standard output, while `-o` has the data.
///
/// # Errors
/// Where it cannot be written.
pub fn report(text: &str) -> Result {
    let mut out = Output::standard(Kind::Text)?;
    out.write_all(text.as_bytes())?;
    out.commit()
}

/// The file of an address in a folder. A local part may have a slash in it.
pub fn file_of(folder: &Path, address: &Address, end: &str) -> PathBuf {
    let name: String = address.to_string().chars().map(|c| if c == '/' || c == '\\' { '_' } else { c }).collect();
    folder.join(format!("{name}{end}"))
}

impl From<directory::Error> for Failure {
    fn from(error: directory::Error) -> Failure {
        let exit = match &error {
            directory::Error::OutputExists(_) => Exit::OutputExists,
            directory::Error::Locked
            | directory::Error::WrongPassphrase
            | directory::Error::Passphrase(_)
            | directory::Error::Token(_) => Exit::Locked,
            _ => Exit::Other,
        };
        Failure::new(exit, &error).hint_if(error.hint())
    }
}

const BUFFER: usize = 128 << 10;
