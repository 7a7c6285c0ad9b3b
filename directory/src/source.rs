//! Files that can be read again from their beginning.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::os::unix::fs::FileExt;
use std::path::Path;

use smime::Source;

/// A regular file, held open: it is the same file at each reading, whatever its name means by then.
#[derive(Debug)]
pub struct FileSource {
    file: File,
    /// Where it begins: not 0 for an inherited file that was read in part.
    start: u64,
    length: u64,
}

impl FileSource {
    /// Opens a file by its name. `Err` of the inner result: it is no regular file (a pipe, a device) and must
    /// be spooled; here it is, open.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: &Path) -> io::Result<Result<FileSource, File>> {
        FileSource::from_file(File::open(path)?)
    }

    /// Takes a file that is open, such as standard input, from its current position.
    ///
    /// # Errors
    /// What the system says; a folder is [`io::ErrorKind::IsADirectory`].
    pub fn from_file(mut file: File) -> io::Result<Result<FileSource, File>> {
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !metadata.is_file() {
            return Ok(Err(file));
        }
        let start = file.stream_position()?;
        Ok(Ok(FileSource { file, start, length: metadata.len().saturating_sub(start) }))
    }

    /// What a file has behind this place.
    pub(crate) fn part(file: File, start: u64) -> io::Result<FileSource> {
        let length = file.metadata()?.len().saturating_sub(start);
        Ok(FileSource { file, start, length })
    }

    /// What the system says of the file that is read.
    pub(crate) fn metadata(&self) -> io::Result<std::fs::Metadata> {
        self.file.metadata()
    }

    /// A reader from the beginning; several may be in use at once.
    pub fn reader(&self) -> impl BufRead + '_ {
        BufReader::with_capacity(BUFFER, At { file: &self.file, position: self.start })
    }

    /// The length in bytes when it was opened.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether it was empty when it was opened.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

/// What a file has in it; nothing where there is none.
pub(crate) fn read_if_there(path: &Path) -> crate::error::Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some).map_err(crate::error::Error::io(path)),
    }
}

impl Source for FileSource {
    fn open(&self) -> io::Result<Box<dyn BufRead + '_>> {
        Ok(Box::new(self.reader()))
    }

    fn length(&self) -> Option<u64> {
        Some(self.length)
    }
}

/// Reads a file at a position of its own, so that readers do not disturb each other.
pub(crate) struct At<'a> {
    pub file: &'a File,
    pub position: u64,
}

impl Read for At<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}

/// Octets read at a time.
pub(crate) const BUFFER: usize = 128 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_twice_and_side_by_side_from_where_it_was() {
        let folder = crate::testing::Folder::new();
        let path = folder.path().join("mail");
        let bytes: Vec<u8> = (0..300_000u32).map(|i| (i % 251) as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        let source = FileSource::open(&path).unwrap().unwrap();
        assert_eq!(source.len(), 300_000);
        let (mut a, mut b) = (source.reader(), source.reader());
        let mut half = vec![0; 150_000];
        a.read_exact(&mut half).unwrap();
        let mut whole = Vec::new();
        b.read_to_end(&mut whole).unwrap();
        a.read_to_end(&mut half).unwrap();
        assert!(half == bytes && whole == bytes);

        let mut file = File::open(&path).unwrap();
        file.seek(io::SeekFrom::Start(299_998)).unwrap();
        let rest = FileSource::from_file(file).unwrap().unwrap();
        let mut tail = Vec::new();
        rest.reader().read_to_end(&mut tail).unwrap();
        assert_eq!((rest.len(), &tail[..]), (2, &bytes[299_998..]));
    }

    #[test]
    fn what_is_no_file_is_handed_back() {
        assert!(FileSource::open(Path::new("/dev/null")).unwrap().is_err());
        let folder = crate::testing::Folder::new();
        assert_eq!(FileSource::open(folder.path()).unwrap_err().kind(), io::ErrorKind::IsADirectory);
        assert_eq!(FileSource::open(&folder.path().join("x")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
