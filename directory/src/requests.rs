//! Keys whose certificates an authority was asked for, and has not sent.

use std::fmt;
use std::sync::Arc;

use crypto::{PrivateKey, Secret};
use rusqlite::{Connection, OptionalExtension};
use trust::Address;
use wire::{Certificate, Time};

use crate::certificates;
use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::identities::{self, IdentityId, Role};
use crate::keys;

/// The number of a request in its store; never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub(crate) i64);

impl RequestId {
    /// The request that this text names as [`RequestId`] writes itself, whether it is there or not.
    pub fn parse(text: &str) -> Option<RequestId> {
        let digits = text.strip_prefix('r').filter(|rest| rest.bytes().all(|b| b.is_ascii_digit()))?;
        digits.parse().ok().map(RequestId)
    }
}

/// `r1`, which is the number of no identity.
impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}

/// What is asked for, with its keys.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// The address that the identity will have.
    pub address: Address,
    /// The name of the person.
    pub display: Option<String>,
    /// The identity that is retired when this one is complete: it still decrypts.
    pub renews: Option<IdentityId>,
    /// Each key as PKCS#8, DER, and what it is for; one key for each use.
    pub keys: Vec<(Role, Secret)>,
}

/// A request as reports show it.
#[derive(Debug, Clone)]
pub struct RequestInfo {
    /// Its number.
    pub id: RequestId,
    /// The address that was asked for.
    pub address: String,
    /// The name of the person.
    pub display: Option<String>,
    /// The identity that is retired when this one is complete.
    pub renews: Option<IdentityId>,
    /// When it was made.
    pub created_at: Time,
    /// Its keys.
    pub keys: Vec<WaitingKey>,
}

/// A key that waits for its certificate.
#[derive(Debug, Clone)]
pub struct WaitingKey {
    /// What it is for.
    pub role: Role,
    /// Its kind by name, such as `p256`.
    pub kind: String,
    /// The certificate, where it came and that of the other key did not.
    pub certificate: Option<Certificate>,
}

impl Directory {
    /// Keeps keys without certificates, which [`Directory::answer`] brings. Nothing signs or decrypts with them before.
    ///
    /// # Errors
    /// [`Error::NoKey`], [`Error::NotFound`] where there is no identity to renew, [`Error::Crypto`] for a key that
    /// cannot be read; [`Error::Locked`] or [`Error::WrongPassphrase`]; [`Error::Database`].
    pub fn keep_request(&self, new: &NewRequest, now: Time) -> Result<RequestId> {
        if new.keys.is_empty() {
            return Err(Error::NoKey);
        }
        if let Some(old) = new.renews {
            self.identity(old)?;
        }
        self.with_store_key(|store_key| {
            self.store.write(|c| {
                c.execute(
                    "INSERT INTO requests (address, display, renews, created_at) VALUES (?, ?, ?, ?)",
                    (new.address.to_string(), &new.display, new.renews.map(|old| old.0), now.0),
                )?;
                let id = c.last_insert_rowid();
                for (role, pkcs8) in &new.keys {
                    let (key, public) = keys::insert_alone(c, store_key, pkcs8, now)?;
                    let sql = "INSERT INTO request_keys (request, role, key, spki) VALUES (?, ?, ?, ?)";
                    c.execute(sql, (id, role.name(), key, public.spki()))?;
                }
                Ok(RequestId(id))
            })
        })
    }

    /// Every request that is not answered in full, the oldest first.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn requests(&self) -> Result<Vec<RequestInfo>> {
        self.store.read(|c| {
            let mut statement = c.prepare_cached("SELECT id FROM requests ORDER BY id")?;
            let ids: Vec<i64> = statement.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
            ids.into_iter().map(|id| info(c, RequestId(id))).collect()
        })
    }

    /// The private keys of a request, to sign what an authority is asked with.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Locked`] or [`Error::WrongPassphrase`]; [`Error::Database`].
    pub fn request_keys(&self, id: RequestId) -> Result<Vec<(Role, Arc<dyn PrivateKey>)>> {
        let store_key = self.store_key()?;
        self.store.read(|c| {
            let address = info(c, id)?.address;
            let mut statement =
                c.prepare_cached("SELECT role, key FROM request_keys WHERE request = ? ORDER BY role DESC")?;
            let mut rows = statement.query([id.0])?;
            let mut found = Vec::new();
            while let Some(r) = rows.next()? {
                let key = keys::load(c, &store_key, r.get(1)?)?.ok_or_else(|| Error::KeyDestroyed(address.clone()))?;
                found.push((identities::role(&r.get::<_, String>(0)?)?, key));
            }
            Ok(found)
        })
    }

    /// Forgets a request, and destroys its private keys, but those that something else uses. Needs no passphrase.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Database`].
    pub fn forget_request(&self, id: RequestId) -> Result<RequestInfo> {
        self.store.write(|c| {
            let info = info(c, id)?;
            c.execute(
                "UPDATE keys SET sealed = NULL
                 WHERE id IN (SELECT key FROM request_keys WHERE request = ?1)
                   AND id NOT IN (SELECT key FROM request_keys WHERE request <> ?1)
                   AND id NOT IN (SELECT key FROM identity_keys) AND id NOT IN (SELECT key FROM authorities)",
                [id.0],
            )?;
            c.execute("DELETE FROM requests WHERE id = ?", [id.0])?;
            Ok(info)
        })
    }
}

pub(crate) fn info(c: &Connection, id: RequestId) -> Result<RequestInfo> {
    let sql = "SELECT address, display, renews, created_at FROM requests WHERE id = ?";
    let head = c.prepare_cached(sql)?.query_row([id.0], |r| {
        Ok(RequestInfo {
            id,
            address: r.get(0)?,
            display: r.get(1)?,
            renews: r.get::<_, Option<i64>>(2)?.map(IdentityId),
            created_at: Time(r.get(3)?),
            keys: Vec::new(),
        })
    });
    let head = head.optional()?.ok_or_else(|| Error::not_found("request", id))?;
    let mut statement = c.prepare_cached(
        "SELECT w.role, k.kind, c.der FROM request_keys w JOIN keys k ON k.id = w.key
           LEFT JOIN certificates c ON c.id = w.certificate
         WHERE w.request = ? ORDER BY w.role DESC",
    )?;
    let mut rows = statement.query([id.0])?;
    let mut keys = Vec::new();
    while let Some(r) = rows.next()? {
        let certificate = r.get::<_, Option<Vec<u8>>>(2)?.map(|der| certificates::parse(&der)).transpose()?;
        keys.push(WaitingKey { role: identities::role(&r.get::<_, String>(0)?)?, kind: r.get(1)?, certificate });
    }
    Ok(RequestInfo { keys, ..head })
}
