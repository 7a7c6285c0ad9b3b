//! Authorities of the user's own, which `--issuer` names: roots, and those below them.

use std::sync::Arc;

use crypto::{PrivateKey, Secret};
use rusqlite::{Connection, OptionalExtension};
use trust::Revoked;
use wire::{Certificate, Pkcs11Uri, Time};

use crate::certificates::{self, Mark, Origin};
use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::journal_file;
use crate::keys::{self, NewKey};
use crate::token_keys;

/// An authority, ready to issue.
pub struct StoredAuthority {
    /// Its name in this store.
    pub name: String,
    /// Its certificate.
    pub certificate: Certificate,
    /// Its private key.
    pub key: Arc<dyn PrivateKey>,
}

/// An authority as reports show it.
#[derive(Debug, Clone)]
pub struct AuthorityInfo {
    /// Its name in this store.
    pub name: String,
    /// Its certificate; that of a root is an anchor of this store.
    pub certificate: Certificate,
    /// Whether its private key is here.
    pub has_key: bool,
    /// When it was made.
    pub created_at: Time,
}

impl Directory {
    /// Adds an authority under a name that no other has.
    ///
    /// # Errors
    /// [`Error::AuthorityExists`], [`Error::KeyMismatch`]; [`Error::Locked`] or [`Error::WrongPassphrase`];
    /// [`Error::Database`].
    pub fn add_authority(&self, name: &str, key: &NewKey, now: Time) -> Result<()> {
        self.with_store_key(|store_key| {
            self.store.write(|c| {
                let row = keys::insert(c, store_key, key, now)?;
                insert(c, name, row, &key.certificate, now)
            })
        })
    }

    /// Adds an authority whose key is in a token, where it was seen by whoever made its certificate. It needs no passphrase.
    ///
    /// # Errors
    /// [`Error::AuthorityExists`]; [`Error::Crypto`] for a public key that cannot be read; [`Error::Database`].
    pub fn add_token_authority(&self, name: &str, uri: &Pkcs11Uri, certificate: &Certificate, now: Time) -> Result<()> {
        self.store.write(|c| {
            let row = token_keys::insert(c, uri, certificate, now)?;
            insert(c, name, row, certificate, now)
        })
    }

    /// The authority of this name, with its key.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::AuthorityAway`]; [`Error::Locked`] or [`Error::WrongPassphrase`]; [`Error::Token`];
    /// [`Error::Database`].
    pub fn authority(&self, name: &str) -> Result<StoredAuthority> {
        let sql = "SELECT a.key, c.der FROM authorities a JOIN certificates c ON c.id = a.certificate WHERE a.name = ?";
        let found: Option<(i64, Vec<u8>)> =
            self.store.read(|c| Ok(c.query_row(sql, [name], |r| Ok((r.get(0)?, r.get(1)?))).optional()?))?;
        let (row, der) = found.ok_or_else(|| Error::not_found("authority", name))?;
        let certificate = certificates::parse(&der)?;
        let key = self.private_key(row, &certificate)?.ok_or_else(|| Error::AuthorityAway(name.to_owned()))?;
        Ok(StoredAuthority { name: name.to_owned(), certificate, key })
    }

    /// Every authority, by name.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn authorities(&self) -> Result<Vec<AuthorityInfo>> {
        self.store.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT a.name, c.der, a.created_at, k.sealed IS NOT NULL FROM authorities a
                   JOIN certificates c ON c.id = a.certificate JOIN keys k ON k.id = a.key
                 ORDER BY a.name",
            )?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(r) = rows.next()? {
                let certificate = certificates::parse(&r.get::<_, Vec<u8>>(1)?)?;
                let (name, created_at) = (r.get(0)?, Time(r.get(2)?));
                found.push(AuthorityInfo { name, certificate, has_key: r.get(3)?, created_at });
            }
            Ok(found)
        })
    }

    /// Since when and why an authority of this store revoked a certificate of its own, by its journal.
    pub(crate) fn revoked_by_own(&self, certificate: &Certificate) -> Option<Revoked> {
        let of_name = self.store.read(|c| crate::keyring::ders(c, OF_NAME, [certificate.issuer().der()])).ok()?;
        let folder = self.store.path().parent()?;
        of_name.iter().find_map(|authority| {
            let mut known = self.journals.borrow_mut();
            let own = known.entry(certificates::fingerprint(authority));
            own.or_insert_with(|| journal_file::revoked(folder, authority)).get(certificate.serial()).cloned()
        })
    }

    /// The private key of an authority, PKCS#8, to be written to a file.
    ///
    /// # Errors
    /// As [`Directory::authority`].
    pub fn export_authority(&self, name: &str) -> Result<Secret> {
        let row = self.authority_key(name)?;
        let store_key = self.store_key()?;
        let pkcs8 = self.store.read(|c| keys::pkcs8(c, &store_key, row))?;
        pkcs8.ok_or_else(|| Error::AuthorityAway(name.to_owned()))
    }

    /// Destroys the private key of an authority here; its certificate and its journal stay. Needs no passphrase.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::InUse`] where an identity has the same key; [`Error::Database`].
    pub fn destroy_authority_key(&self, name: &str) -> Result<()> {
        let row = self.authority_key(name)?;
        self.store.write(|c| {
            let sql = "SELECT i.address FROM identity_keys k JOIN identities i ON i.id = k.identity WHERE k.key = ?";
            if let Some(user) = c.query_row(sql, [row], |r| r.get(0)).optional()? {
                return Err(Error::InUse(user));
            }
            c.execute("UPDATE keys SET sealed = NULL WHERE id = ?", [row])?;
            Ok(())
        })
    }

    /// Brings the private key of an authority back.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::KeyMismatch`] where it is another's; [`Error::Locked`] or
    /// [`Error::WrongPassphrase`]; [`Error::Database`].
    pub fn restore_authority_key(&self, name: &str, pkcs8: &Secret, now: Time) -> Result<()> {
        let row = self.authority_key(name)?;
        self.with_store_key(|store_key| {
            self.store.write(|c| match keys::insert_alone(c, store_key, pkcs8, now)?.0 == row {
                true => Ok(()),
                false => Err(Error::KeyMismatch),
            })
        })
    }

    fn authority_key(&self, name: &str) -> Result<i64> {
        let sql = "SELECT key FROM authorities WHERE name = ?";
        let row = self.store.read(|c| Ok(c.query_row(sql, [name], |r| r.get(0)).optional()?))?;
        row.ok_or_else(|| Error::not_found("authority", name))
    }
}

fn insert(c: &Connection, name: &str, key: i64, certificate: &Certificate, now: Time) -> Result<()> {
    let taken: Option<i64> =
        c.query_row("SELECT 1 FROM authorities WHERE name = ?", [name], |r| r.get(0)).optional()?;
    if taken.is_some() {
        return Err(Error::AuthorityExists(name.to_owned()));
    }
    let certificate = certificates::insert(c, certificate, Mark::None, Origin::Authority, now)?.0;
    c.execute(
        "INSERT INTO authorities (name, key, certificate, created_at) VALUES (?, ?, ?, ?)",
        (name, key, certificate, now.0),
    )?;
    Ok(())
}

/// The certificates of the user's own authorities of a name.
pub(crate) const OF_NAME: &str = "
SELECT c.der FROM certificates c JOIN authorities a ON a.certificate = c.id WHERE c.subject = ?1 AND c.authority = 1";
