//! Passwords of mail servers that the store keeps.

use crypto::Secret;

use crate::directory::Directory;
use crate::error::Result;
use crate::kept::Shelf;
use crate::submit::Server;

impl Directory {
    /// Keeps the password for this user of this server, in the place of one that was kept before.
    ///
    /// # Errors
    /// [`Error::Locked`](crate::Error::Locked) where the store has no key yet or its key is not to be had;
    /// [`Error::Io`](crate::Error::Io).
    pub fn keep_password(&self, server: &Server, password: &Secret) -> Result<()> {
        self.keep_secret(Shelf::Passwords, &purpose(server), password)
    }

    /// The password that is kept for this user of this server; `None` where none is, or where it was kept under a key that
    /// the store no longer has.
    ///
    /// # Errors
    /// [`Error::Locked`](crate::Error::Locked), [`Error::WrongPassphrase`](crate::Error::WrongPassphrase);
    /// [`Error::Io`](crate::Error::Io).
    pub fn kept_password(&self, server: &Server) -> Result<Option<Secret>> {
        self.kept_secret(Shelf::Passwords, &purpose(server))
    }

    /// Forgets it; says whether there was one.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io).
    pub fn forget_password(&self, server: &Server) -> Result<bool> {
        self.forget_secret(Shelf::Passwords, &purpose(server))
    }
}

/// What the sealed octets are bound to.
fn purpose(server: &Server) -> String {
    format!("password for {server}")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::error::Error;
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
        let file = directory.kept_file(Shelf::Passwords, &purpose(&one));
        assert!(!fs::read(&file).unwrap().windows(7).any(|w| w == b"planted"));
        fs::copy(&file, directory.kept_file(Shelf::Passwords, &purpose(&other))).unwrap();
        assert_eq!(directory.kept_password(&other).unwrap(), None, "it is bound to its server");
        let locked = Directory::open(folder.path(), Unlock::None).unwrap();
        assert!(matches!(locked.kept_password(&one), Err(Error::Locked)));
        assert!(directory.forget_password(&one).unwrap() && !directory.forget_password(&one).unwrap());
        assert_eq!(directory.kept_password(&one).unwrap(), None);
    }
}
