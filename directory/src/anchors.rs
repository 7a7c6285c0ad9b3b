//! Anchors for mail in the store that the system carries, beside those that the user marked.

use rusqlite::Connection;
use wire::{Certificate, Time};

use crate::certificates::{self, Mark, Origin};
use crate::directory::Directory;
use crate::error::Result;
use crate::keyring::ders;
use crate::system::SystemAnchor;

/// What taking the system's anchors changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SystemChange {
    /// Anchors that were not there before.
    pub new: usize,
    /// Anchors that the system no longer has.
    pub gone: usize,
    /// Anchors of the system that the user distrusts, and that therefore count for nothing.
    pub distrusted: usize,
}

impl Directory {
    /// Makes these the system's anchors, in the place of those taken before. What the user said of a certificate wins:
    /// a distrusted one stays so.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub fn set_system_anchors(&self, anchors: &[SystemAnchor], now: Time) -> Result<SystemChange> {
        self.store.write(|c| {
            let before = rows(c)?;
            c.execute("DELETE FROM system_anchors", [])?;
            let add = "INSERT OR IGNORE INTO system_anchors (certificate, source, taken_at) VALUES (?, ?, ?)";
            for anchor in anchors {
                let row = certificates::insert(c, &anchor.certificate, Mark::None, Origin::File, now)?.0;
                c.prepare_cached(add)?.execute((row, anchor.source.to_string_lossy(), now.0))?;
            }
            let after = rows(c)?;
            let distrusted = "SELECT count(*) FROM system_anchors s JOIN certificates c ON c.id = s.certificate
                              WHERE c.mark = 'distrusted'";
            Ok(SystemChange {
                new: after.iter().filter(|row| !before.contains(row)).count(),
                gone: before.iter().filter(|row| !after.contains(row)).count(),
                distrusted: c.query_row(distrusted, [], |r| r.get::<_, i64>(0))?.try_into().unwrap_or_default(),
            })
        })
    }

    /// The anchors, of the user and of the system or of the user alone.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub fn anchors_of(&self, system_too: bool) -> Result<Vec<Certificate>> {
        self.store.read(|c| {
            let mut found = ders(c, OWN, [])?;
            if system_too {
                found.extend(ders(c, SYSTEM, [])?);
            }
            Ok(found)
        })
    }

    /// What the user said is never to be used.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub fn distrusted(&self) -> Result<Vec<Certificate>> {
        self.store.read(|c| ders(c, DISTRUSTED, []))
    }
}

fn rows(c: &Connection) -> Result<Vec<i64>> {
    let mut statement = c.prepare_cached("SELECT certificate FROM system_anchors")?;
    Ok(statement.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// What the user marked, the roots of own authorities, and the user's own certificates, which vouch for themselves
/// alone. A certificate that came along in a path is no anchor. The second condition on the mark is what the index
/// on it asks for.
pub(crate) const OWN: &str = "
SELECT c.der FROM certificates c WHERE c.mark = 'trusted' AND c.mark <> 'none'
UNION
SELECT c.der FROM authorities a JOIN certificates c ON c.id = a.certificate WHERE c.mark <> 'distrusted'
UNION
SELECT c.der FROM identity_keys l JOIN certificates c ON c.id = l.certificate
WHERE c.mark <> 'distrusted' AND c.authority = 0";

/// Those that are not among the user's own already. CROSS keeps the database from walking through every certificate.
pub(crate) const SYSTEM: &str = "
SELECT c.der FROM system_anchors s CROSS JOIN certificates c ON c.id = s.certificate
WHERE c.mark = 'none' AND NOT EXISTS (SELECT 1 FROM authorities a WHERE a.certificate = c.id)";

/// The second condition is what the index on marks asks for.
pub(crate) const DISTRUSTED: &str = "SELECT c.der FROM certificates c WHERE c.mark = 'distrusted' AND c.mark <> 'none'";
