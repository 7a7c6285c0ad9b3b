//! Secrets that the store keeps beside its database, each in a file under the store's key: passwords of mail servers, and
//! what an ACME client has to know again.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use crypto::Secret;

use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::output::OutputFile;
use crate::scratch;
use crate::source::read_if_there;

/// A folder of such files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shelf {
    Passwords,
    Acme,
}

impl Directory {
    /// Keeps a secret under this name, in the place of one that was kept before.
    pub(crate) fn keep_secret(&self, shelf: Shelf, name: &str, secret: &Secret) -> Result<()> {
        let path = self.kept_file(shelf, name);
        let key = match shelf {
            Shelf::Passwords => self.store_key()?,
            // A store may begin with it.
            Shelf::Acme => self.store_key_or_make()?,
        };
        let sealed = key.seal(name, secret.as_bytes())?;
        let folder = scratch::parent(&path);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(Error::io(folder))?;
        let mut file = OutputFile::create(&path, true)?;
        file.write_all(&sealed).map_err(Error::io(&path))?;
        file.commit()
    }

    /// The secret of this name; `None` where none is kept, or where it was kept under a key that the store no longer has.
    pub(crate) fn kept_secret(&self, shelf: Shelf, name: &str) -> Result<Option<Secret>> {
        let path = self.kept_file(shelf, name);
        let Some(sealed) = read_if_there(&path)? else { return Ok(None) };
        Ok(self.store_key()?.open(name, &sealed).ok())
    }

    /// Forgets it; says whether there was one.
    pub(crate) fn forget_secret(&self, shelf: Shelf, name: &str) -> Result<bool> {
        let path = self.kept_file(shelf, name);
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(e) => Err(Error::io(&path)(e)),
        }
    }

    /// What the file is called tells nobody what it is for. One file in the place of another gives nothing: it is sealed for
    /// its name.
    pub(crate) fn kept_file(&self, shelf: Shelf, name: &str) -> PathBuf {
        let folder = match shelf {
            Shelf::Passwords => "passwords",
            Shelf::Acme => "acme",
        };
        let name = wire::hex(&crypto::fingerprint(name.as_bytes()));
        scratch::parent(self.store.path()).join(folder).join(name)
    }
}
