//! A maildir: a mail is written to `tmp` and renamed into place when all of it is on the disk, so that nobody sees half of
//! one; or looked for by a field of its header.

use std::fs::{self, DirBuilder, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wire::Time;

use super::imap::MAX_FOUND;
use super::outgoing::Outgoing;
use crate::scratch;

/// A folder with `tmp`, `new` and `cur` in it.
#[derive(Debug, Clone)]
pub struct Maildir(PathBuf);

impl Maildir {
    /// The maildir at this path; nothing is looked at yet.
    pub fn new(path: &Path) -> Maildir {
        Maildir(path.to_owned())
    }

    /// Files a mail as read. The folders are made if they are not there. `at` becomes the file's time, which programs take
    /// for the time of arrival.
    ///
    /// # Errors
    /// What the system says, or that the mail changed; nothing is filed then.
    pub fn file(&self, mail: &Outgoing<'_>, at: Option<Time>) -> io::Result<()> {
        for name in ["tmp", "new", "cur"] {
            DirBuilder::new().recursive(true).mode(0o700).create(self.0.join(name))?;
        }
        let tmp = self.0.join("tmp");
        let (mut file, path) = scratch::create(&tmp, ".mail")?;
        let written = self.write(mail, at, &mut file, &path);
        if written.is_err() {
            // Nothing can be done about a failure here.
            let _ = fs::remove_file(&path);
        }
        written
    }

    fn write(&self, mail: &Outgoing<'_>, at: Option<Time>, file: &mut File, path: &Path) -> io::Result<()> {
        mail.pour::<super::error::SubmitError>(false, &mut |piece| Ok(file.write_all(piece)?))
            .map_err(io::Error::other)?;
        let at = at.and_then(|at| UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(at.0).ok()?)));
        if let Some(at) = at {
            file.set_modified(at)?;
        }
        file.sync_all()?;
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        let unique = path.file_stem().map(|n| n.to_string_lossy().replace(".sealpost-", "")).unwrap_or_default();
        let cur = self.0.join("cur");
        // The information `2,S`: it was seen. The name is one that nobody has, for nobody could guess it.
        fs::rename(path, cur.join(format!("{seconds}.{unique}.sealpost:2,S")))?;
        scratch::sync_folder(&cur)
    }

    /// Takes what arrived: the mails of `new` in whose header the field contains the text, without regard to letter case, at
    /// most [`MAX_FOUND`] of them and none longer than `most` octets. They are moved to `cur` as read.
    ///
    /// # Errors
    /// Where the folders cannot be read or written.
    pub fn take(&self, field: &str, text: &str, most: u64) -> io::Result<Vec<Vec<u8>>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(self.0.join("new"))? {
            let path = entry?.path();
            let (Ok(Some(mail)), Some(name)) = (read_if(&path, field, text, most), path.file_name()) else { continue };
            let mut name = name.to_owned();
            name.push(":2,S");
            fs::rename(&path, self.0.join("cur").join(name))?;
            found.push(mail);
            if found.len() == MAX_FOUND {
                break;
            }
        }
        Ok(found)
    }

    /// The newest mails in whose header the field contains the text, without regard to letter case; at most [`MAX_FOUND`],
    /// none longer than `most` octets, the newest first. They stay as they are.
    ///
    /// # Errors
    /// Where the folders cannot be read; a mail that goes meanwhile is passed over.
    pub fn find(&self, field: &str, text: &str, most: u64) -> io::Result<Vec<Vec<u8>>> {
        let mut files: Vec<(SystemTime, PathBuf)> = Vec::new();
        for name in ["new", "cur"] {
            for entry in fs::read_dir(self.0.join(name))? {
                let path = entry?.path();
                let Ok(about) = fs::metadata(&path) else { continue };
                if about.is_file() && about.len() <= most {
                    files.push((about.modified().unwrap_or(UNIX_EPOCH), path));
                }
            }
        }
        files.sort_by(|a, b| b.cmp(a));
        let mut found = Vec::new();
        for (_, path) in files {
            if found.len() == MAX_FOUND {
                break;
            }
            if let Ok(Some(mail)) = read_if(&path, field, text, most) {
                found.push(mail);
            }
        }
        Ok(found)
    }
}

/// The mail, if a field of its header contains the text.
fn read_if(path: &Path, field: &str, text: &str, most: u64) -> io::Result<Option<Vec<u8>>> {
    let header = header(BufReader::new(File::open(path)?.take(MAX_HEADER)))?;
    let text = text.to_ascii_lowercase();
    let fits = |line: &String| {
        line.split_once(':').is_some_and(|(name, value)| {
            name.trim_end().eq_ignore_ascii_case(field) && value.to_ascii_lowercase().contains(&text)
        })
    };
    if !header.iter().any(fits) {
        return Ok(None);
    }
    let mut mail = Vec::new();
    File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut mail)?;
    Ok(Some(mail).filter(|mail| mail.len() as u64 <= most))
}

/// The fields of a header, unfolded (RFC 5322 section 2.2.3).
fn header(mut reader: impl BufRead) -> io::Result<Vec<String>> {
    let mut fields: Vec<String> = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        reader.read_until(b'\n', &mut line)?;
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if text.is_empty() {
            return Ok(fields);
        }
        let text = String::from_utf8_lossy(text);
        match fields.last_mut().filter(|_| text.starts_with([' ', '\t'])) {
            Some(last) => last.push_str(&text),
            None => fields.push(text.into_owned()),
        }
    }
}

/// Octets of a header.
const MAX_HEADER: u64 = 256 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    fn file(maildir: &Maildir, mail: &[u8]) {
        maildir.file(&Outgoing::check(&mail).unwrap().unwrap(), Some(Time(1_000_000_000))).unwrap();
    }

    #[test]
    fn a_mail_is_filed_whole_and_found_by_its_header() {
        let folder = crate::testing::Folder::new();
        let path = folder.path().join("Sent");
        let maildir = Maildir::new(&path);
        let mail = b"From: a@x.y\r\nSubject: ACME:\r\n abc123\r\n\r\nSubject: other\r\n";
        file(&maildir, mail);
        file(&maildir, b"Subject: nothing\r\n\r\n");
        let names = |name: &str| fs::read_dir(path.join(name)).unwrap().map(|e| e.unwrap()).collect::<Vec<_>>();
        assert_eq!((names("cur").len(), names("tmp").len(), names("new").len()), (2, 0, 0));
        for entry in names("cur") {
            assert!(entry.file_name().to_str().unwrap().ends_with(":2,S"));
            let about = entry.metadata().unwrap();
            assert_eq!((about.mode() & 0o777, about.mtime()), (0o600, 1_000_000_000));
        }
        assert_eq!(maildir.find("subject", "acme: ABC", 1000).unwrap(), [mail]);
        assert!(maildir.find("Subject", "other", 1000).unwrap().is_empty(), "that is its body");
        assert!(maildir.find("Subject", "ACME", 10).unwrap().is_empty(), "too long");
        assert!(maildir.find("Sub", "ACME", 1000).unwrap().is_empty());
    }

    #[test]
    fn what_arrived_is_taken_once() {
        let folder = crate::testing::Folder::new();
        let path = folder.path().join("in");
        let maildir = Maildir::new(&path);
        file(&maildir, b"Subject: Re: ACME: old\r\n\r\n");
        for (name, mail) in [("1.a", "Subject: Re: ACME: x\n\n"), ("2.b", "Subject: y\n\n")] {
            fs::write(path.join("new").join(name), mail).unwrap();
        }
        assert_eq!(maildir.take("Subject", "acme:", 1000).unwrap(), [b"Subject: Re: ACME: x\n\n"]);
        assert!(maildir.take("Subject", "acme:", 1000).unwrap().is_empty());
        assert!(path.join("cur/1.a:2,S").is_file() && path.join("new/2.b").is_file());
    }

    #[test]
    fn what_is_no_maildir_is_told() {
        let folder = crate::testing::Folder::new();
        assert!(Maildir::new(folder.path()).find("Subject", "x", 10).is_err());
    }
}
