//! Private keys at rest.

use std::sync::Arc;

use crypto::{PrivateKey, PublicKey, Secret, SoftKey};
use rusqlite::{Connection, OptionalExtension};
use wire::{Certificate, Time};

use crate::error::{Error, Result};
use crate::lock::StoreKey;

/// A private key to be added, with its certificate.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The key as PKCS#8 PrivateKeyInfo or OneAsymmetricKey (RFC 5958 section 2), DER.
    pub pkcs8: Secret,
    /// The certificate of its public half.
    pub certificate: Certificate,
}

/// Adds a private key with its certificate, as [`insert_alone`] does. Its row number.
pub(crate) fn insert(c: &Connection, store_key: &StoreKey, new: &NewKey, now: Time) -> Result<i64> {
    let (row, public) = insert_alone(c, store_key, &new.pkcs8, now)?;
    if PublicKey::new(new.certificate.public_key().clone())?.octets() != public.octets() {
        return Err(Error::KeyMismatch);
    }
    Ok(row)
}

/// Adds a private key, sealed; one that was destroyed comes back, and one in a token has no need of it any more. Its row
/// number, and its public half.
pub(crate) fn insert_alone(
    c: &Connection,
    store_key: &StoreKey,
    pkcs8: &Secret,
    now: Time,
) -> Result<(i64, PublicKey)> {
    store_key.still_current(c)?;
    let key = SoftKey::from_pkcs8(pkcs8.as_bytes())?;
    let public = key.public();
    let name = wire::hex(&crypto::fingerprint(public.spki()));
    let sealed = store_key.seal(&name, pkcs8.as_bytes())?;
    let known = "SELECT id, length(coalesce(sealed, X'')) > 0 FROM keys WHERE fingerprint = ?";
    let known: Option<(i64, bool)> = c.query_row(known, [&name], |r| Ok((r.get(0)?, r.get(1)?))).optional()?;
    if let Some((id, here)) = known {
        if !here {
            c.execute("UPDATE keys SET sealed = ? WHERE id = ?", (sealed, id))?;
            c.execute("DELETE FROM token_keys WHERE key = ?", [id])?;
        }
        return Ok((id, public.clone()));
    }
    c.execute(
        "INSERT INTO keys (fingerprint, kind, key_id, sealed, added_at) VALUES (?, ?, ?, ?, ?)",
        (&name, public.kind().to_string(), &public.key_id()[..], sealed, now.0),
    )?;
    Ok((c.last_insert_rowid(), public.clone()))
}

/// The PKCS#8 of a key; `None` where it was destroyed.
pub(crate) fn pkcs8(c: &Connection, store_key: &StoreKey, id: i64) -> Result<Option<Secret>> {
    let sql = "SELECT fingerprint, sealed FROM keys WHERE id = ?";
    let (name, sealed): (String, Option<Vec<u8>>) = c.query_row(sql, [id], |r| Ok((r.get(0)?, r.get(1)?)))?;
    match sealed {
        Some(sealed) if sealed.is_empty() => Err(Error::InToken),
        sealed => sealed.map(|sealed| store_key.open(&name, &sealed)).transpose(),
    }
}

/// The key ready for use; `None` where it was destroyed.
pub(crate) fn load(c: &Connection, store_key: &StoreKey, id: i64) -> Result<Option<Arc<dyn PrivateKey>>> {
    let Some(pkcs8) = pkcs8(c, store_key, id)? else { return Ok(None) };
    Ok(Some(Arc::new(SoftKey::from_pkcs8(pkcs8.as_bytes())?)))
}
