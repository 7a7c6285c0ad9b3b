//! What came from a pipe, kept as it arrived so that it can be read twice.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use smime::Source;

use crate::error::{Error, Result};
use crate::scratch;
use crate::source::{At, BUFFER};

/// Bytes that were read once and can be read again. Up to 1 MiB they stay in memory; more lies in a file of mode
/// 0600 that has no name any more, so that nothing of it is left however the program ends.
#[derive(Debug)]
pub struct Spool {
    place: Place,
    length: u64,
}

#[derive(Debug)]
enum Place {
    Memory(Vec<u8>),
    File(File),
}

impl Spool {
    /// Reads `input` to its end. `folder` is where a file is made if it is needed; nothing is made otherwise.
    ///
    /// # Errors
    /// [`Error::Spool`] where the folder cannot be written or is full, with the bytes wanted; [`Error::Io`] with
    /// the path `-` where the input cannot be read.
    pub fn from_reader(mut input: impl Read, folder: &Path) -> Result<Spool> {
        let read = |e| Error::Io { path: "-".into(), source: e };
        let mut head = Vec::new();
        input.by_ref().take(IN_MEMORY).read_to_end(&mut head).map_err(read)?;
        if (head.len() as u64) < IN_MEMORY {
            let length = head.len() as u64;
            return Ok(Spool { place: Place::Memory(head), length });
        }
        let mut length = head.len() as u64;
        let failed = |wanted| {
            let folder = folder.to_owned();
            move |source| Error::Spool { folder, wanted, source }
        };
        let mut file = scratch::unnamed(folder).map_err(failed(length))?;
        file.write_all(&head).map_err(failed(length))?;
        let mut buffer = head;
        buffer.truncate(BUFFER);
        loop {
            let count = match input.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(read(e)),
            };
            length += count as u64;
            file.write_all(&buffer[..count]).map_err(failed(length))?;
        }
        Ok(Spool { place: Place::File(file), length })
    }

    /// A reader from the beginning; several may be in use at once.
    pub fn reader(&self) -> Box<dyn BufRead + '_> {
        match &self.place {
            Place::Memory(bytes) => Box::new(&bytes[..]),
            Place::File(file) => Box::new(BufReader::with_capacity(BUFFER, At { file, position: 0 })),
        }
    }

    /// The length in bytes.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether the input was empty.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

impl Source for Spool {
    fn open(&self) -> io::Result<Box<dyn BufRead + '_>> {
        Ok(self.reader())
    }

    fn length(&self) -> Option<u64> {
        Some(self.length)
    }
}

/// What is shorter than this makes no file.
const IN_MEMORY: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(spool: &Spool) -> Vec<u8> {
        let mut all = Vec::new();
        spool.reader().read_to_end(&mut all).unwrap();
        all
    }

    #[test]
    fn short_and_long_are_read_twice_and_leave_nothing() {
        let folder = crate::testing::Folder::new();
        for length in [0, 1, IN_MEMORY - 1, IN_MEMORY, IN_MEMORY + 1, 3 * IN_MEMORY + 17] {
            let bytes: Vec<u8> = (0..length).map(|i| (i % 253) as u8).collect();
            let spool = Spool::from_reader(&bytes[..], folder.path()).unwrap();
            assert_eq!(spool.len(), length);
            assert_eq!(spool.is_empty(), length == 0);
            assert!(read(&spool) == bytes && read(&spool) == bytes, "{length}");
            assert_eq!(matches!(spool.place, Place::File(_)), length >= IN_MEMORY);
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn a_short_input_needs_no_folder_and_a_long_one_names_it() {
        let nowhere = Path::new("/nonexistent/spool");
        assert!(Spool::from_reader(&b"short"[..], nowhere).is_ok());
        let error = Spool::from_reader(io::repeat(7).take(2 << 20), nowhere).unwrap_err();
        let Error::Spool { folder, wanted, .. } = &error else { panic!("{error}") };
        assert_eq!((folder.as_path(), *wanted), (nowhere, IN_MEMORY));
        assert!(error.to_string().contains("/nonexistent/spool"));
    }

    #[test]
    fn a_failing_input_is_told_from_a_failing_disk() {
        struct Fails;
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
        let folder = crate::testing::Folder::new();
        for input in [Box::new(Fails) as Box<dyn Read>, Box::new(io::repeat(1).take(2 << 20).chain(Fails))] {
            assert!(matches!(Spool::from_reader(input, folder.path()), Err(Error::Io { .. })));
        }
    }
}
