//! What people said that they can read, by the certificate that they said it with (CAP-01, A-04).

use rusqlite::{Connection, OptionalExtension, named_params};
use smime::{Capabilities, KnownCapabilities, LearnedCapabilities, Strengths};
use trust::Address;
use wire::Time;

use crate::certificates;
use crate::directory::Directory;
use crate::error::{Error, Result};

impl Directory {
    /// Remembers what the signer of a verified mail can read, if their certificate is here and not distrusted and
    /// nothing as new is known; whether it was remembered.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn learn_capabilities(&self, learned: &LearnedCapabilities, now: Time) -> Result<bool> {
        let list = learned.capabilities().to_der();
        if list.len() > MAX_LIST {
            return Ok(false);
        }
        self.store.write(|c| {
            let changed = c.prepare_cached(LEARN)?.execute(named_params! {
                ":fingerprint": certificates::fingerprint(learned.certificate()),
                ":list": list,
                ":signed_at": learned.signed_at().0,
                ":now": now.0,
                ":strengths": Strengths::of(learned.capabilities()).bits(),
            })?;
            Ok(changed > 0)
        })
    }
}

/// The newest list signed with a certificate that names the address.
pub(crate) fn known(c: &Connection, address: &Address) -> Result<Option<KnownCapabilities>> {
    let mut statement = c.prepare_cached(KNOWN)?;
    let row = statement.query_row([address.folded()], |r| {
        Ok((r.get::<_, Vec<u8>>(0)?, r.get::<_, Vec<u8>>(1)?, r.get(2)?, r.get(3)?, r.get(4)?))
    });
    let Some((certificate, list, signed_at, best, best_at)) = row.optional()? else { return Ok(None) };
    Ok(Some(KnownCapabilities {
        certificate: certificates::parse(&certificate)?,
        capabilities: Capabilities::from_der(&list).map_err(|_| Error::Damaged("list of capabilities"))?,
        signed_at: Time(signed_at),
        best: Strengths::from_bits(best),
        best_at: Time(best_at),
    }))
}

/// A list that is not newer changes nothing. `best_at` moves only with a list that lacks nothing of the best.
const LEARN: &str = "
INSERT INTO capabilities (certificate, list, signed_at, learned_at, best, best_at)
SELECT id, :list, :signed_at, :now, :strengths, :signed_at FROM certificates
WHERE fingerprint = :fingerprint AND mark <> 'distrusted'
ON CONFLICT (certificate) DO UPDATE SET
  list = excluded.list, signed_at = excluded.signed_at, learned_at = excluded.learned_at,
  best_at = CASE WHEN excluded.best & best = best THEN excluded.signed_at ELSE best_at END,
  best = best | excluded.best
WHERE excluded.signed_at > capabilities.signed_at";

pub(crate) const KNOWN: &str = "
SELECT c.der, k.list, k.signed_at, k.best, k.best_at
FROM addresses a JOIN certificates c ON c.id = a.certificate JOIN capabilities k ON k.certificate = c.id
WHERE a.folded = ?1 AND c.mark <> 'distrusted'
ORDER BY k.signed_at DESC, c.id DESC LIMIT 1";

/// Octets of a list that is kept.
const MAX_LIST: usize = 16 * 1024;
