//! What an ACME client has to know again: its account's key, and how far an order is.

use crypto::Secret;

use crate::directory::Directory;
use crate::error::Result;
use crate::kept::Shelf;

impl Directory {
    /// Keeps it under this name, in the place of what was kept before; it is sealed as private keys are. A store without any
    /// key yet gets its key by this.
    ///
    /// # Errors
    /// [`Error::Locked`](crate::Error::Locked), [`Error::WrongPassphrase`](crate::Error::WrongPassphrase);
    /// [`Error::Io`](crate::Error::Io).
    pub fn keep_acme(&self, name: &str, state: &Secret) -> Result<()> {
        self.keep_secret(Shelf::Acme, name, state)
    }

    /// What is kept under this name.
    ///
    /// # Errors
    /// As [`Directory::keep_acme`].
    pub fn kept_acme(&self, name: &str) -> Result<Option<Secret>> {
        self.kept_secret(Shelf::Acme, name)
    }

    /// Forgets it; says whether there was something.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io).
    pub fn forget_acme(&self, name: &str) -> Result<bool> {
        self.forget_secret(Shelf::Acme, name)
    }
}
