//! Passwords of mail servers that the store keeps, each in a file under the store's key.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use crypto::Secret;

use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::output::OutputFile;
use crate::scratch;
use crate::submit::Server;

impl Directory {
    /// Keeps the password for this user of this server, in the place of one that was kept before.
    ///
    /// # Errors
    /// [`Error::Locked`] where the store has no key yet or its key is not to be had; [`Error::Io`].
    pub fn keep_password(&self, server: &Server, password: &Secret) -> Result<()> {
        let path = self.password_file(server);
        let sealed = self.store_key()?.seal(&purpose(server), password.as_bytes())?;
        let folder = scratch::parent(&path);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(Error::io(folder))?;
        let mut file = OutputFile::create(&path, true)?;
        file.write_all(&sealed).map_err(Error::io(&path))?;
        file.commit()
    }

    /// The password that is kept for this user of this server; `None` where none is, or where it was kept under a key that
    /// the store no longer has.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::WrongPassphrase`]; [`Error::Io`].
    pub fn kept_password(&self, server: &Server) -> Result<Option<Secret>> {
        let path = self.password_file(server);
        let sealed = match fs::read(&path) {
            Ok(sealed) => sealed,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::io(&path)(e)),
        };
        Ok(self.store_key()?.open(&purpose(server), &sealed).ok())
    }

    /// Forgets it; says whether there was one.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn forget_password(&self, server: &Server) -> Result<bool> {
        let path = self.password_file(server);
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(e) => Err(Error::io(&path)(e)),
        }
    }

    /// The name tells nobody which server it is for.
    fn password_file(&self, server: &Server) -> PathBuf {
        let name = wire::hex(&crypto::fingerprint(purpose(server).as_bytes()));
        scratch::parent(self.store.path()).join("passwords").join(name)
    }
}

/// What the sealed octets are bound to: one file in the place of another gives nothing.
fn purpose(server: &Server) -> String {
    format!("password for {server}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::Unlock;

    #[test]
    fn a_password_is_kept_sealed_for_one_user_of_one_server() {
        let folder = crate::testing::Folder::new();
        let passphrase = || Unlock::Passphrase(Secret::new(b"open sesame".to_vec()));
        let directory = Directory::open(folder.path(), passphrase()).unwrap();
        let (one, other): (Server, Server) = ("smtps://a@h".parse().unwrap(), "smtps://b@h".parse().unwrap());
        let password = Secret::new(b"planted-secret".to_vec());
        assert!(matches!(directory.keep_password(&one, &password), Err(Error::Locked)), "there is no key yet");
        crate::testing::add_authority(&directory, "CA");
        directory.keep_password(&one, &password).unwrap();
        assert_eq!(directory.kept_password(&one).unwrap(), Some(password.clone()));
        assert_eq!(directory.kept_password(&other).unwrap(), None);
        let file = directory.password_file(&one);
        assert!(!fs::read(&file).unwrap().windows(7).any(|w| w == b"planted"));
        fs::copy(&file, directory.password_file(&other)).unwrap();
        assert_eq!(directory.kept_password(&other).unwrap(), None, "it is bound to its server");
        let locked = Directory::open(folder.path(), Unlock::None).unwrap();
        assert!(matches!(locked.kept_password(&one), Err(Error::Locked)));
        assert!(directory.forget_password(&one).unwrap() && !directory.forget_password(&one).unwrap());
        assert_eq!(directory.kept_password(&one).unwrap(), None);
    }
}
