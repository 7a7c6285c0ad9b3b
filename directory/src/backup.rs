//! A whole store in one sealed file.
//!
//! A backup is the database as one transaction sees it, under a password of its own: whoever has it and that password
//! still needs the store's passphrase for the private keys, if there is one.

use std::path::Path;

use crypto::Secret;
use crypto::password::{DEFAULT_ITERATIONS, open_under_passphrase, seal_under_passphrase};

use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::lock::Unlock;

impl Directory {
    /// Everything in the store, sealed under this password: identities, retired ones among them, certificates with
    /// their marks, authorities.
    ///
    /// # Errors
    /// [`Error::EmptyPassphrase`], [`Error::Database`], [`Error::Io`].
    pub fn backup(&self, password: &Secret) -> Result<Vec<u8>> {
        if password.is_empty() {
            return Err(Error::EmptyPassphrase);
        }
        let database = self.store.bytes()?;
        let mut rng = crypto::SystemRandom;
        let sealed = seal_under_passphrase(password.as_bytes(), DEFAULT_ITERATIONS, MAGIC, &database, &mut rng)?;
        Ok([MAGIC, &sealed].concat())
    }

    /// Makes the store in `folder` what it was when the backup was made. There must be none, or an empty one.
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`] where the password does not open it or it was changed, [`Error::NotEmpty`] where
    /// the store has something in it, [`Error::NewerSchema`], [`Error::Io`].
    pub fn restore(folder: &Path, backup: &[u8], password: &Secret) -> Result<Directory> {
        let sealed = backup.strip_prefix(MAGIC).ok_or(Error::Damaged("not a backup"))?;
        let database = open_under_passphrase(password.as_bytes(), MAGIC, sealed).map_err(|_| Error::WrongPassphrase)?;
        let present = Directory::open(folder, Unlock::None)?;
        let empty =
            present.identities()?.is_empty() && present.certificates()?.is_empty() && present.authorities()?.is_empty();
        if !empty {
            return Err(Error::NotEmpty(present.store.path().to_owned()));
        }
        present.store.replace(&database)?;
        drop(present);
        // Opened again: the backup may be of an older schema.
        Directory::open(folder, Unlock::None)
    }
}

/// Whether a file's contents begin like a backup.
pub fn is_backup(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

const MAGIC: &[u8] = b"SEALPOST BACKUP 1\n";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Folder;

    #[test]
    fn a_backup_restores_into_an_empty_store_only() {
        let (one, two) = (Folder::new(), Folder::new());
        let password = Secret::new(b"correct horse".to_vec());
        let made = Directory::open(&one.path().join("store"), Unlock::None).unwrap();
        crate::testing::add_authority(&made, "Backed up");
        let backup = made.backup(&password).unwrap();
        assert!(is_backup(&backup) && !backup.windows(9).any(|w| w == b"Backed up"));
        let target = two.path().join("store");
        let wrong = Directory::restore(&target, &backup, &Secret::new(b"wrong".to_vec()));
        assert!(matches!(wrong, Err(Error::WrongPassphrase)));
        let mut changed = backup.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(matches!(Directory::restore(&target, &changed, &password), Err(Error::WrongPassphrase)));
        let restored = Directory::restore(&target, &backup, &password).unwrap();
        assert_eq!(restored.authorities().unwrap().len(), 1);
        assert!(restored.authority("Backed up").is_ok());
        assert!(matches!(Directory::restore(&target, &backup, &password), Err(Error::NotEmpty(_))));
    }
}
