//! Where data comes from: a file or standard input, either of which can be read twice.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use ::cms::Source;
use directory::{FileSource, Spool};
use zeroize::Zeroizing;

use super::error::{Exit, Failure, Result};
use super::progress::Progress;

/// An input that can be read twice. Standard input and pipes are spooled as they came.
pub struct Input {
    place: Place,
}

enum Place {
    File(FileSource),
    Spool(Spool),
}

impl Input {
    /// Opens FILE; `-` or none is standard input.
    ///
    /// # Errors
    /// Exit 61 where it is not there or cannot be read; exit 1 where the spool cannot hold it.
    pub fn open(path: Option<&Path>) -> Result<Input> {
        let (name, file) = match path {
            Some(path) if path != Path::new("-") => (path.display().to_string(), File::open(path)),
            _ => ("standard input".to_owned(), io::stdin().as_fd().try_clone_to_owned().map(File::from)),
        };
        let missing = |e: io::Error| Failure::new(Exit::InputMissing, format!("{name}: {e}"));
        let place = match FileSource::from_file(file.map_err(missing)?).map_err(missing)? {
            Ok(file) => Place::File(file),
            Err(pipe) => Place::Spool(Spool::from_reader(pipe, &spool_folder())?),
        };
        Ok(Input { place })
    }
}

impl Source for Input {
    fn open(&self) -> io::Result<Box<dyn BufRead + '_>> {
        let reader: Box<dyn BufRead + '_> = match &self.place {
            Place::File(file) => Box::new(file.reader()),
            Place::Spool(spool) => spool.reader(),
        };
        Ok(Box::new(Progress::new(reader, self.length())))
    }

    fn length(&self) -> Option<u64> {
        Some(match &self.place {
            Place::File(file) => file.len(),
            Place::Spool(spool) => spool.len(),
        })
    }
}

/// Reads a small file whole, such as a certificate or a key.
///
/// # Errors
/// Exit 61 where it is not there, exit 41 where it is longer than any such file.
pub fn small(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    Begun::open(path)?.whole()
}

/// A file or standard input, and what was read of it by now.
pub struct Begun {
    name: String,
    /// How long it is, if that is known.
    length: Option<u64>,
    begin: Zeroizing<Vec<u8>>,
    reader: Box<dyn Read>,
}

impl Begun {
    /// Reads nothing yet.
    ///
    /// # Errors
    /// Exit 61 where it is not there.
    pub fn open(path: &Path) -> Result<Begun> {
        let begin = Zeroizing::new(Vec::new());
        if path == Path::new("-") {
            return Ok(Begun {
                name: "standard input".to_owned(),
                length: None,
                begin,
                reader: Box::new(io::stdin().lock()),
            });
        }
        let name = path.display().to_string();
        let file = File::open(path).map_err(|e| Failure::new(Exit::InputMissing, format!("{name}: {e}")))?;
        let length = file.metadata().ok().filter(|about| about.is_file()).map(|about| about.len());
        Ok(Begun { name, length, begin, reader: Box::new(file) })
    }

    /// Its beginning, up to so many octets.
    ///
    /// # Errors
    /// Exit 61 where it cannot be read.
    pub fn begin(&mut self, most: u64) -> Result<&[u8]> {
        let missing = |e| Failure::new(Exit::InputMissing, format!("{}: {e}", self.name));
        self.reader.by_ref().take(most).read_to_end(&mut self.begin).map_err(missing)?;
        Ok(&self.begin)
    }

    /// All of it as a stream, and how long that is.
    pub fn stream(self) -> (impl Read, Option<u64>) {
        (io::Cursor::new(self.begin).chain(self.reader), self.length)
    }

    /// All of it.
    ///
    /// # Errors
    /// Exit 61 where it cannot be read, exit 41 where it is longer than any small file.
    pub fn whole(mut self) -> Result<Zeroizing<Vec<u8>>> {
        let too_long = || {
            let bound = SMALL >> 20;
            let what = "no file of certificates, keys or revocation lists is read beyond that";
            Failure::new(Exit::Damaged, format!("{} is longer than {bound} MiB: {what}", self.name))
        };
        if self.length.is_some_and(|length| length > SMALL) {
            return Err(too_long());
        }
        // All of a file at once: what grows is copied and leaves what it held behind.
        let all = self.length.and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
        let mut bytes = Zeroizing::new(Vec::with_capacity(all.saturating_add(1)));
        bytes.extend_from_slice(&self.begin);
        let missing = |e| Failure::new(Exit::InputMissing, format!("{}: {e}", self.name));
        let most = (SMALL + 1).saturating_sub(bytes.len() as u64);
        self.reader.by_ref().take(most).read_to_end(&mut bytes).map_err(missing)?;
        if bytes.len() as u64 > SMALL { Err(too_long()) } else { Ok(bytes) }
    }
}

/// The folder that a pipe's contents are kept in: SEALPOST_SPOOL, else TMPDIR, else /var/tmp.
fn spool_folder() -> PathBuf {
    let named = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    named("SEALPOST_SPOOL").or_else(|| named("TMPDIR")).unwrap_or_else(|| "/var/tmp".into())
}

/// Octets of a file of certificates or keys.
const SMALL: u64 = 64 << 20;
