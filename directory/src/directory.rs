//! The open directory.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::io::Write;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use crypto::{PrivateKey, Secret};
use trust::DaneRecord;

use crate::error::{Error, Result};
use crate::gather::Gatherer;
use crate::index::Index;
use crate::journal_file::Revocations;
use crate::lock::{self, Protection, StoreKey, Unlock};
use crate::store::{self, Store};
use crate::token::{PinTeller, TokenError};

/// The keys, certificates and marks of one user, in one folder.
///
/// Several processes may have the same folder open; each change is one transaction, which a crash at any moment
/// leaves done or not begun.
pub struct Directory {
    pub(crate) store: Store,
    unlock: Unlock,
    key: RefCell<Option<Rc<StoreKey>>>,
    pub(crate) index: RefCell<Option<Rc<Index>>>,
    /// Private keys that were opened, by row.
    pub(crate) loaded: RefCell<HashMap<i64, Arc<dyn PrivateKey>>>,
    wrong: Cell<bool>,
    /// How what is missing about revocation is got.
    pub(crate) gatherer: RefCell<Option<Rc<Gatherer>>>,
    /// Who tells the PINs of tokens.
    pub(crate) pins: RefCell<Option<Rc<PinTeller>>>,
    pub(crate) token_fault: RefCell<Option<TokenError>>,
    /// What domains said of addresses in this run, by owner name: it counts for the run, also where it may not be kept.
    pub(crate) heard: RefCell<HashMap<String, Vec<DaneRecord>>>,
    /// What authorities of the user's own revoked, as far as it was read: serial numbers by the fingerprint of the authority.
    pub(crate) journals: RefCell<HashMap<String, Revocations>>,
}

impl Directory {
    /// Opens the directory in `folder`; makes the folder (mode 0700) and the store (0600) if they are not there,
    /// and upgrades a store of an older program after a copy beside it. Asks for nothing.
    ///
    /// # Errors
    /// [`Error::TooOpen`], [`Error::NotAStore`], [`Error::NewerSchema`], [`Error::Io`], [`Error::Database`].
    pub fn open(folder: &Path, unlock: Unlock) -> Result<Directory> {
        let store = Store::open(folder)?;
        Ok(Directory {
            store,
            unlock,
            key: RefCell::new(None),
            index: RefCell::new(None),
            loaded: RefCell::default(),
            wrong: Cell::new(false),
            gatherer: RefCell::default(),
            pins: RefCell::default(),
            token_fault: RefCell::default(),
            heard: RefCell::default(),
            journals: RefCell::default(),
        })
    }

    /// Whether there is a store in `folder`; nothing is made by asking.
    pub fn exists(folder: &Path) -> bool {
        store::exists(folder)
    }

    /// How the front door gets what it lacks about revocation from now on. Without one it gets nothing.
    pub fn set_gatherer(&self, gatherer: Rc<Gatherer>) {
        *self.gatherer.borrow_mut() = Some(gatherer);
    }

    /// Asks for the passphrase now, where there is one, instead of when a private key is first needed.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::WrongPassphrase`], [`Error::Passphrase`]; [`Error::Database`].
    pub fn unlock(&self) -> Result<()> {
        if self.protection()? == Protection::Undecided { Ok(()) } else { self.store_key().map(drop) }
    }

    /// Hands the key of the store on to an [agent](crate::Agent), which reads it at the other end of `to`.
    ///
    /// # Errors
    /// As [`Directory::unlock`]; [`Error::Io`] where nobody reads it.
    pub fn lend_key(&self, to: &mut dyn Write) -> Result<()> {
        self.store_key()?.lend(to).map_err(Error::io(self.store.path()))
    }

    /// How the private keys are protected. For [`Protection::Undecided`] the first private key added decides, by
    /// the [`Unlock`] given: ask twice then.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn protection(&self) -> Result<Protection> {
        self.store.read(lock::protection)
    }

    /// Puts the private keys under this passphrase, or under none.
    ///
    /// # Errors
    /// [`Error::Locked`] or [`Error::WrongPassphrase`] for the present one, [`Error::EmptyPassphrase`] for the new.
    pub fn change_passphrase(&self, passphrase: Option<&Secret>) -> Result<()> {
        let current = self.store_key_or_make()?;
        let next = lock::change(&self.store, &current, passphrase)?;
        *self.key.borrow_mut() = Some(Rc::new(next));
        Ok(())
    }

    /// Whether a private key can be used without asking.
    pub fn is_unlocked(&self) -> bool {
        self.key.borrow().is_some()
    }

    /// Whether the last attempt to unlock failed because the passphrase is wrong: what a
    /// [`KeyringError::Locked`](smime::KeyringError::Locked) cannot tell.
    pub fn passphrase_was_wrong(&self) -> bool {
        self.wrong.get()
    }

    /// The key that opens private keys; asks for the passphrase the first time.
    pub(crate) fn store_key(&self) -> Result<Rc<StoreKey>> {
        self.cached(lock::open)
    }

    /// The same where a private key is to be added, which may be the first.
    pub(crate) fn store_key_or_make(&self) -> Result<Rc<StoreKey>> {
        self.cached(lock::open_or_make)
    }

    fn cached(&self, open: fn(&Store, &Unlock) -> Result<StoreKey>) -> Result<Rc<StoreKey>> {
        if let Some(key) = &*self.key.borrow() {
            return Ok(Rc::clone(key));
        }
        let opened = open(&self.store, &self.unlock);
        self.wrong.set(matches!(opened, Err(Error::WrongPassphrase)));
        let key = Rc::new(opened?);
        *self.key.borrow_mut() = Some(Rc::clone(&key));
        Ok(key)
    }

    /// Runs a change that needs the store key, again if another process replaced that key meanwhile.
    pub(crate) fn with_store_key<T>(&self, run: impl Fn(&StoreKey) -> Result<T>) -> Result<T> {
        match run(&*self.store_key_or_make()?) {
            Err(Error::ChangedMeanwhile) => {
                *self.key.borrow_mut() = None;
                run(&*self.store_key_or_make()?)
            }
            other => other,
        }
    }

    /// Forgets what was remembered about the identities: they changed.
    pub(crate) fn forget_index(&self) {
        *self.index.borrow_mut() = None;
        self.loaded.borrow_mut().clear();
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory").field("store", &self.store).field("unlock", &self.unlock).finish_non_exhaustive()
    }
}
