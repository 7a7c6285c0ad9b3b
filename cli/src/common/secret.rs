//! Where a password comes from: a file, an environment variable, a file descriptor. Never an argument.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::str::FromStr;

use crypto::Secret;
use zeroize::Zeroizing;

use super::error::{Exit, Failure, Result};
use super::prompt;

/// The value of the options that name a password's source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// A file's contents.
    File(PathBuf),
    /// `@ENV:NAME`: an environment variable.
    Environment(OsString),
    /// `@FD:N`: what an open file descriptor gives until its end.
    Descriptor(u32),
}

impl FromStr for SecretSource {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if let Some(name) = text.strip_prefix("@ENV:") {
            return Ok(SecretSource::Environment(name.into()));
        }
        if let Some(number) = text.strip_prefix("@FD:") {
            return number.parse().map(SecretSource::Descriptor).map_err(|_| "no number of a descriptor".to_owned());
        }
        if text.starts_with('@') {
            return Err("a source is a path, @ENV:NAME or @FD:N (write ./@… for such a path)".to_owned());
        }
        Ok(SecretSource::File(text.into()))
    }
}

impl SecretSource {
    /// Reads it. A final line end is dropped.
    ///
    /// # Errors
    /// Exit 61 where it is not there, exit 1 where it is too long.
    pub fn read(&self) -> Result<Secret> {
        let bytes = self.bytes()?;
        Ok(Secret::new(without_line_end(&bytes).to_vec()))
    }

    /// Reads a key: so many octets as they are, or in hexadecimal.
    ///
    /// # Errors
    /// As [`SecretSource::read`]; exit 41 for what is neither.
    pub fn read_key(&self) -> Result<Secret> {
        let bytes = self.bytes()?;
        key(&bytes).ok_or_else(|| {
            Failure::new(Exit::Damaged, format!("{self}: a key is 16, 24 or 32 octets, as they are or in hexadecimal"))
        })
    }

    fn bytes(&self) -> Result<Zeroizing<Vec<u8>>> {
        match self {
            SecretSource::Environment(name) => {
                let value = std::env::var_os(name).ok_or_else(|| self.missing("the variable is not set"))?;
                Ok(Zeroizing::new(value.into_vec()))
            }
            SecretSource::File(path) => self.read_file(path),
            SecretSource::Descriptor(number) => self.read_file(&PathBuf::from(format!("/dev/fd/{number}"))),
        }
    }

    fn read_file(&self, path: &PathBuf) -> Result<Zeroizing<Vec<u8>>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST));
        let file = File::open(path).map_err(|e| self.missing(e))?;
        file.take(LONGEST as u64).read_to_end(&mut bytes).map_err(|e| self.missing(e))?;
        if bytes.len() == LONGEST {
            return Err(Failure::other(format!("the password in {self} is too long")));
        }
        Ok(bytes)
    }

    fn missing(&self, why: impl std::fmt::Display) -> Failure {
        Failure::new(Exit::InputMissing, format!("cannot read a password from {self}: {why}"))
    }
}

impl std::fmt::Display for SecretSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SecretSource::File(path) => write!(f, "{}", path.display()),
            SecretSource::Environment(name) => write!(f, "@ENV:{}", name.display()),
            SecretSource::Descriptor(number) => write!(f, "@FD:{number}"),
        }
    }
}

/// The secret from its source, or else from the person at the terminal.
///
/// # Errors
/// Exit 67 with `option` in the hint where there is neither.
pub fn read_or_ask(source: Option<&SecretSource>, question: &str, option: &str) -> Result<Secret> {
    match source {
        Some(source) => source.read(),
        None => prompt::secret(question).map(Secret::from).map_err(|_| nobody(question, option)),
    }
}

/// The same for a secret that is new: the person at the terminal types it twice.
///
/// # Errors
/// Exit 67 where nobody can be asked, exit 2 where it is empty or the two differ.
pub fn read_or_choose(source: Option<&SecretSource>, question: &str, option: &str) -> Result<Secret> {
    let chosen = read_or_ask(source, question, option)?;
    if chosen.is_empty() {
        return Err(Failure::usage(format!("{question}: it is empty")));
    }
    if source.is_none() && read_or_ask(None, "Again", option)? != chosen {
        return Err(Failure::usage("the two are not the same"));
    }
    Ok(chosen)
}

fn nobody(question: &str, option: &str) -> Failure {
    Failure::new(Exit::Locked, format!("{question}: there is no terminal to ask on"))
        .hint(format!("give it with {option} FILE, {option} @ENV:NAME or {option} @FD:N"))
}

/// Hexadecimal first: octets that happen to be digits throughout do not happen.
fn key(bytes: &[u8]) -> Option<Secret> {
    let is_key = |length| matches!(length, 16 | 24 | 32);
    let text = bytes.trim_ascii();
    if is_key(text.len() / 2) && text.iter().all(u8::is_ascii_hexdigit) {
        return wire::from_hex(text).map(Secret::new);
    }
    is_key(bytes.len()).then(|| Secret::new(bytes.to_vec()))
}

fn without_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// Octets, line end included.
const LONGEST: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_told_apart() {
        assert_eq!("@FD:3".parse(), Ok(SecretSource::Descriptor(3)));
        assert_eq!("@ENV:A".parse(), Ok(SecretSource::Environment("A".into())));
        assert_eq!("./@x".parse(), Ok(SecretSource::File("./@x".into())));
        assert!("@FD:x".parse::<SecretSource>().is_err());
        assert!("@file".parse::<SecretSource>().is_err());
    }

    #[test]
    fn keys_are_octets_or_hexadecimal() {
        assert_eq!(key(b"000102030405060708090a0b0c0d0e0F\n"), Some(Secret::new((0..16).collect())));
        assert_eq!(key(&[b'\n'; 32]), Some(Secret::new(vec![b'\n'; 32])));
        for bad in [&b""[..], &[0; 15], &[0; 33], b"00010203", b"000102030405060708090a0b0c0d0e0g"] {
            assert_eq!(key(bad).is_some(), bad.len() == 32, "{bad:?}");
        }
        assert_eq!(wire::from_hex(b"0aF"), None);
    }

    #[test]
    fn one_line_end_is_dropped() {
        assert_eq!(without_line_end(b"a b\r\n"), b"a b");
        assert_eq!(without_line_end(b"a\n\n"), b"a\n");
        assert_eq!(without_line_end(b"a "), b"a ");
    }
}
