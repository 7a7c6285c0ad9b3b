//! Keys of identities that live in tokens: the store remembers where, and the token keeps them.

use std::io;
use std::rc::Rc;
use std::sync::Arc;

use crypto::{PrivateKey, PublicKey};
use rusqlite::{Connection, OptionalExtension};
use wire::{Certificate, Pkcs11Uri, Time};

use crate::certificates::{self, Mark, Origin};
use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::identities::{self, IdentityId, NewIdentity, Role};
use crate::keys;
use crate::token::{PinAsked, PinTeller, TokenError, token_key};

/// A key of a new identity that lives in a token.
#[derive(Debug, Clone)]
pub struct NewTokenKey {
    /// What it is for.
    pub role: Role,
    /// Where it is.
    pub uri: Pkcs11Uri,
    /// Its certificate.
    pub certificate: Certificate,
}

impl Directory {
    /// Who is asked for the PINs of tokens from now on. Without one they have none.
    pub fn set_pin_teller(&self, teller: Rc<PinTeller>) {
        *self.pins.borrow_mut() = Some(teller);
    }

    /// Why the last key in a token could not be used, which a
    /// [`KeyringError::Locked`](smime::KeyringError::Locked) cannot tell.
    pub fn token_fault(&self) -> Option<TokenError> {
        self.token_fault.borrow().clone()
    }

    /// Adds an identity whose keys are in tokens; `new` has none of its own. It needs no passphrase: what is kept is no
    /// secret. Whether the keys are there was seen by whoever found them ([`token_keys`](crate::token_keys)).
    ///
    /// # Errors
    /// [`Error::NoKey`], [`Error::Crypto`] for a public key that cannot be read; [`Error::Database`].
    pub fn add_token_identity(&self, new: &NewIdentity, keys: &[NewTokenKey], now: Time) -> Result<IdentityId> {
        if keys.is_empty() {
            return Err(Error::NoKey);
        }
        let id = self.store.write(|c| {
            let mut rows = Vec::new();
            for key in keys {
                let certificate = certificates::insert(c, &key.certificate, Mark::None, Origin::Own, now)?.0;
                rows.push((key.role, insert(c, &key.uri, &key.certificate, now)?, certificate));
            }
            identities::insert(c, new, &rows, now)
        })?;
        self.forget_index();
        Ok(id)
    }

    /// The private key of a row, whose certificate this is, from its token or from here; `None` where it was destroyed.
    pub(crate) fn private_key(&self, row: i64, certificate: &Certificate) -> Result<Option<Arc<dyn PrivateKey>>> {
        if let Some(uri) = self.store.read(|c| place(c, row))? {
            return self.token_key(&uri, certificate).map(Some);
        }
        let store_key = self.store_key()?;
        self.store.read(|c| keys::load(c, &store_key, row))
    }

    /// The key of this certificate, by its token.
    fn token_key(&self, uri: &str, certificate: &Certificate) -> Result<Arc<dyn PrivateKey>> {
        let uri = Pkcs11Uri::parse(uri).map_err(|_| Error::Damaged("place of a key in a token"))?;
        let teller = self.pins.borrow().clone();
        let pin = |asked: &PinAsked<'_>| match &teller {
            Some(teller) => teller(asked),
            None => Err(io::Error::other("nobody is there to ask")),
        };
        token_key(&uri, certificate, &pin).map_err(|fault| {
            *self.token_fault.borrow_mut() = Some(fault.clone());
            Error::Token(fault)
        })
    }
}

/// Adds where a key is; one whose private half the store has itself stays as it is.
pub(crate) fn insert(c: &Connection, uri: &Pkcs11Uri, certificate: &Certificate, now: Time) -> Result<i64> {
    let public = PublicKey::new(certificate.public_key().clone())?;
    let name = wire::hex(&crypto::fingerprint(public.spki()));
    let known: Option<(i64, Option<Vec<u8>>)> = c
        .query_row("SELECT id, sealed FROM keys WHERE fingerprint = ?", [&name], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()?;
    let id = match known {
        Some((id, Some(sealed))) if !sealed.is_empty() => return Ok(id),
        Some((id, _)) => {
            c.execute("UPDATE keys SET sealed = X'' WHERE id = ?", [id])?;
            id
        }
        None => {
            c.execute(
                "INSERT INTO keys (fingerprint, kind, key_id, sealed, added_at) VALUES (?, ?, ?, X'', ?)",
                (&name, public.kind().to_string(), &public.key_id()[..], now.0),
            )?;
            c.last_insert_rowid()
        }
    };
    let sql = "INSERT INTO token_keys (key, uri) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET uri = ?2";
    c.execute(sql, (id, uri.to_string()))?;
    Ok(id)
}

/// Where a key is, if it is in a token and was not forgotten.
fn place(c: &Connection, key: i64) -> Result<Option<String>> {
    let mut statement = c.prepare_cached(
        "SELECT t.uri FROM token_keys t JOIN keys k ON k.id = t.key WHERE k.id = ? AND k.sealed IS NOT NULL",
    )?;
    Ok(statement.query_row([key], |r| r.get(0)).optional()?)
}
