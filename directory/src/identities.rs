//! The user's own identities: an address with its private keys and certificates.

use std::fmt;

use crypto::Secret;
use rusqlite::{Connection, OptionalExtension};
use trust::Address;
use wire::{Certificate, Time};

use crate::certificates::{self, Mark, Origin};
use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::hex;
use crate::keys::{self, NewKey};

/// The number of an identity in its store; never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentityId(pub(crate) i64);

impl fmt::Display for IdentityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What an identity is made from.
#[derive(Debug, Clone)]
pub struct NewIdentity {
    /// The address that it is for.
    pub address: Address,
    /// The name of the person.
    pub display: Option<String>,
    /// The key that signs; it decrypts too if `encrypt` is absent.
    pub sign: Option<NewKey>,
    /// The key that decrypts.
    pub encrypt: Option<NewKey>,
    /// Certificates to send along, the issuer of its own first. They are not trusted by this.
    pub chain: Vec<Certificate>,
}

/// What a key of an identity is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It signs.
    Sign,
    /// It decrypts.
    Encrypt,
    /// It does both, as far as its kind allows.
    Both,
}

impl Role {
    /// The word in the store and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Sign => "sign",
            Role::Encrypt => "encrypt",
            Role::Both => "both",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An identity as reports show it.
#[derive(Debug, Clone)]
pub struct IdentityInfo {
    /// Its number.
    pub id: IdentityId,
    /// Its address.
    pub address: String,
    /// The name of the person.
    pub display: Option<String>,
    /// When it came here.
    pub created_at: Time,
    /// Since when it no longer signs or receives; it still decrypts.
    pub retired_at: Option<Time>,
    /// Its keys.
    pub keys: Vec<KeyInfo>,
    /// Certificates that it sends along.
    pub chain: Vec<Certificate>,
}

/// A key of an identity as reports show it.
#[derive(Debug, Clone)]
pub struct KeyInfo {
    /// What it is for.
    pub role: Role,
    /// Its kind by name, such as `p256`.
    pub kind: String,
    /// Whether the private key was destroyed.
    pub destroyed: bool,
    /// Its certificate.
    pub certificate: Certificate,
    /// SHA-256 over the certificate's DER, 64 hexadecimal digits in lower case.
    pub fingerprint: String,
    /// Where the private key is, if it is in a token: a PKCS #11 URI.
    pub token: Option<String>,
    pub(crate) key: i64,
}

/// An identity with its private keys, to be written to a file.
#[derive(Debug, Clone)]
pub struct ExportedIdentity {
    /// The identity.
    pub info: IdentityInfo,
    /// Its private keys, in the order of [`IdentityInfo::keys`]; `None` where one was destroyed.
    pub pkcs8: Vec<Option<Secret>>,
}

impl Directory {
    /// Adds an identity. One with the same address and the same certificates is not made twice: its destroyed
    /// keys come back, and it is no longer retired.
    ///
    /// # Errors
    /// [`Error::NoKey`], [`Error::KeyMismatch`], [`Error::Crypto`] for a key that cannot be read; [`Error::Locked`]
    /// or [`Error::WrongPassphrase`]; [`Error::Database`].
    pub fn add_identity(&self, new: &NewIdentity, now: Time) -> Result<IdentityId> {
        self.add_instead(new, None, now)
    }

    /// Adds an identity in the place of another, which is retired by the same change: it still decrypts.
    ///
    /// # Errors
    /// As [`Directory::add_identity`]; [`Error::NotFound`] where there is no other.
    pub fn renew_identity(&self, old: IdentityId, new: &NewIdentity, now: Time) -> Result<IdentityId> {
        self.add_instead(new, Some(old), now)
    }

    fn add_instead(&self, new: &NewIdentity, old: Option<IdentityId>, now: Time) -> Result<IdentityId> {
        let roles = roles(new)?;
        let id = self.with_store_key(|store_key| {
            self.store.write(|c| {
                let mut rows = Vec::new();
                for (role, key) in &roles {
                    let certificate = certificates::insert(c, &key.certificate, Mark::None, Origin::Own, now)?.0;
                    rows.push((*role, keys::insert(c, store_key, key, now)?, certificate));
                }
                let id = insert(c, new, &rows, now)?;
                old.filter(|old| *old != id).map_or(Ok(()), |old| retire(c, old, now))?;
                Ok(id)
            })
        })?;
        self.forget_index();
        Ok(id)
    }

    /// Every identity, by address, those in use before retired ones.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn identities(&self) -> Result<Vec<IdentityInfo>> {
        self.store.read(|c| {
            let ids = ids(c, "SELECT id FROM identities ORDER BY folded, retired_at IS NOT NULL, id DESC", [])?;
            ids.into_iter().map(|id| info(c, id)).collect()
        })
    }

    /// The identities that a selector fits: an address, a number, or the first 8 or more digits of a
    /// certificate's fingerprint.
    ///
    /// # Errors
    /// [`Error::BadSelector`], [`Error::Database`].
    pub fn find_identities(&self, selector: &str) -> Result<Vec<IdentityInfo>> {
        self.store.read(|c| {
            let found = if selector.contains('@') {
                let sql = "SELECT id FROM identities WHERE folded = ? ORDER BY retired_at IS NOT NULL, id DESC";
                ids(c, sql, [certificates::fold(selector)?])?
            } else if selector.len() < 8 && selector.bytes().all(|b| b.is_ascii_digit()) {
                ids(c, "SELECT id FROM identities WHERE id = ?", [selector])?
            } else {
                let prefix = hex::prefix(selector).ok_or_else(|| Error::BadSelector(selector.to_owned()))?;
                let sql = "SELECT DISTINCT k.identity FROM identity_keys k JOIN certificates c ON c.id = k.certificate
                           WHERE c.fingerprint >= ?1 AND c.fingerprint < ?1 || 'g' ORDER BY k.identity DESC";
                ids(c, sql, [prefix])?
            };
            found.into_iter().map(|id| info(c, id)).collect()
        })
    }

    /// One identity.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Database`].
    pub fn identity(&self, id: IdentityId) -> Result<IdentityInfo> {
        self.store.read(|c| info(c, id))
    }

    /// Takes an identity out of use: it signs no more and nothing is encrypted to it, but it still decrypts.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Database`].
    pub fn retire(&self, id: IdentityId, now: Time) -> Result<()> {
        self.store.write(|c| retire(c, id, now))?;
        self.forget_index();
        Ok(())
    }

    /// Retires an identity and destroys its private keys, but those that another identity, an authority or a request uses.
    /// What was encrypted to them can never be read again. Needs no passphrase.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Database`].
    pub fn destroy_key(&self, id: IdentityId, now: Time) -> Result<()> {
        self.store.write(|c| {
            retire(c, id, now)?;
            c.execute(
                "UPDATE keys SET sealed = NULL
                 WHERE id IN (SELECT key FROM identity_keys WHERE identity = ?1)
                   AND id NOT IN (SELECT key FROM identity_keys WHERE identity <> ?1)
                   AND id NOT IN (SELECT key FROM authorities) AND id NOT IN (SELECT key FROM request_keys)",
                [id.0],
            )?;
            Ok(())
        })?;
        self.forget_index();
        Ok(())
    }

    /// An identity with its private keys.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::InToken`]; [`Error::Locked`] or [`Error::WrongPassphrase`]; [`Error::Database`].
    pub fn export(&self, id: IdentityId) -> Result<ExportedIdentity> {
        if self.identity(id)?.keys.iter().any(|key| key.token.is_some()) {
            return Err(Error::InToken);
        }
        let store_key = self.store_key()?;
        self.store.read(|c| {
            let info = info(c, id)?;
            let pkcs8 = info.keys.iter().map(|k| keys::pkcs8(c, &store_key, k.key)).collect::<Result<_>>()?;
            Ok(ExportedIdentity { info, pkcs8 })
        })
    }
}

/// The keys of a new identity with what each is for.
fn roles(new: &NewIdentity) -> Result<Vec<(Role, &NewKey)>> {
    match (&new.sign, &new.encrypt) {
        (Some(both), None) => Ok(vec![(Role::Both, both)]),
        (Some(sign), Some(encrypt)) => Ok(vec![(Role::Sign, sign), (Role::Encrypt, encrypt)]),
        (None, Some(encrypt)) => Ok(vec![(Role::Encrypt, encrypt)]),
        (None, None) => Err(Error::NoKey),
    }
}

/// Adds the rows of an identity whose keys and certificates are there: role, key, certificate.
pub(crate) fn insert(c: &Connection, new: &NewIdentity, rows: &[(Role, i64, i64)], now: Time) -> Result<IdentityId> {
    let folded = new.address.folded();
    if let Some(id) = same(c, &folded, rows)? {
        c.execute("UPDATE identities SET retired_at = NULL WHERE id = ?", [id.0])?;
        return Ok(id);
    }
    c.execute(
        "INSERT INTO identities (address, folded, display, created_at) VALUES (?, ?, ?, ?)",
        (new.address.to_string(), folded, &new.display, now.0),
    )?;
    let id = c.last_insert_rowid();
    for (role, key, certificate) in rows {
        c.execute(
            "INSERT INTO identity_keys (identity, role, key, certificate) VALUES (?, ?, ?, ?)",
            (id, role.name(), key, certificate),
        )?;
    }
    for (position, certificate) in new.chain.iter().enumerate() {
        let row = certificates::insert(c, certificate, Mark::None, Origin::Chain, now)?.0;
        let sql = "INSERT INTO identity_chain (identity, position, certificate) VALUES (?, ?, ?)";
        c.execute(sql, (id, i64::try_from(position).unwrap_or(i64::MAX), row))?;
    }
    Ok(IdentityId(id))
}

/// The identity of this address that has just these certificates.
fn same(c: &Connection, folded: &str, rows: &[(Role, i64, i64)]) -> Result<Option<IdentityId>> {
    let mut wanted: Vec<i64> = rows.iter().map(|(_, _, certificate)| *certificate).collect();
    wanted.sort_unstable();
    for id in ids(c, "SELECT id FROM identities WHERE folded = ? ORDER BY id DESC", [folded])? {
        let mut statement =
            c.prepare_cached("SELECT certificate FROM identity_keys WHERE identity = ? ORDER BY certificate")?;
        let has: Vec<i64> = statement.query_map([id.0], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
        if has == wanted {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

pub(crate) fn retire(c: &Connection, id: IdentityId, now: Time) -> Result<()> {
    let sql = "UPDATE identities SET retired_at = coalesce(retired_at, ?) WHERE id = ?";
    if c.execute(sql, (now.0, id.0))? == 0 { Err(Error::not_found("identity", id)) } else { Ok(()) }
}

fn ids(c: &Connection, sql: &str, with: impl rusqlite::Params) -> Result<Vec<IdentityId>> {
    let mut statement = c.prepare_cached(sql)?;
    Ok(statement.query_map(with, |r| r.get(0).map(IdentityId))?.collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn info(c: &Connection, id: IdentityId) -> Result<IdentityInfo> {
    let sql = "SELECT address, display, created_at, retired_at FROM identities WHERE id = ?";
    let head = c.prepare_cached(sql)?.query_row([id.0], |r| {
        Ok(IdentityInfo {
            id,
            address: r.get(0)?,
            display: r.get(1)?,
            created_at: Time(r.get(2)?),
            retired_at: r.get::<_, Option<i64>>(3)?.map(Time),
            keys: Vec::new(),
            chain: Vec::new(),
        })
    });
    let head = head.optional()?.ok_or_else(|| Error::not_found("identity", id))?;
    Ok(IdentityInfo { keys: key_infos(c, id)?, chain: chain(c, id)?, ..head })
}

fn key_infos(c: &Connection, id: IdentityId) -> Result<Vec<KeyInfo>> {
    let mut statement = c.prepare_cached(
        "SELECT i.role, k.kind, k.sealed IS NULL, c.der, c.fingerprint, k.id, t.uri
         FROM identity_keys i JOIN keys k ON k.id = i.key JOIN certificates c ON c.id = i.certificate
           LEFT JOIN token_keys t ON t.key = k.id
         WHERE i.identity = ? ORDER BY i.role DESC",
    )?;
    let mut rows = statement.query([id.0])?;
    let mut found = Vec::new();
    while let Some(r) = rows.next()? {
        found.push(KeyInfo {
            role: role(&r.get::<_, String>(0)?)?,
            kind: r.get(1)?,
            destroyed: r.get(2)?,
            certificate: certificates::parse(&r.get::<_, Vec<u8>>(3)?)?,
            fingerprint: r.get(4)?,
            key: r.get(5)?,
            token: r.get(6)?,
        });
    }
    Ok(found)
}

fn chain(c: &Connection, id: IdentityId) -> Result<Vec<Certificate>> {
    let mut statement = c.prepare_cached(
        "SELECT c.der FROM identity_chain i JOIN certificates c ON c.id = i.certificate
         WHERE i.identity = ? ORDER BY i.position",
    )?;
    let ders: Vec<Vec<u8>> = statement.query_map([id.0], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    ders.iter().map(|der| certificates::parse(der)).collect()
}

pub(crate) fn role(word: &str) -> Result<Role> {
    let roles = [Role::Sign, Role::Encrypt, Role::Both];
    roles.into_iter().find(|r| r.name() == word).ok_or(Error::Damaged("role"))
}
