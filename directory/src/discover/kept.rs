//! What places answered before, so that they are not told twice whom somebody writes to.

use rusqlite::OptionalExtension;
use wire::Time;

use super::report::FoundBy;
use crate::error::Result;
use crate::store::{Store, pack, unpack};

/// An answer that still counts.
pub(crate) struct Kept {
    /// The values, none where the place has nothing; or why it failed.
    pub what: std::result::Result<Vec<Vec<u8>>, String>,
    /// When it came.
    pub at: Time,
}

impl Store {
    /// What a place answered before, if that still counts.
    pub(crate) fn discovered(&self, by: FoundBy, place: &str, now: Time) -> Result<Option<Kept>> {
        let sql = "SELECT body, failure, asked_at FROM discovered
                   WHERE source = ?1 AND place = ?2 AND asked_at <= ?3 AND ?3 < fresh_until";
        let row = self.read(|c| {
            let mut statement = c.prepare_cached(sql)?;
            let row = statement.query_row((by.name(), place, now.0), |r| {
                Ok((r.get::<_, Option<Vec<u8>>>(0)?, r.get::<_, Option<String>>(1)?, r.get(2)?))
            });
            Ok(row.optional()?)
        })?;
        let Some((body, failure, at)) = row else { return Ok(None) };
        let what = match body {
            Some(body) => Ok(unpack(&body)?),
            None => Err(failure.unwrap_or_default()),
        };
        Ok(Some(Kept { what, at: Time(at) }))
    }

    /// Keeps what a place answered for so many seconds, a week at most; forgets what counts no longer, and the oldest
    /// beyond the bound.
    pub(crate) fn keep_discovered(
        &self,
        by: FoundBy,
        place: &str,
        what: std::result::Result<&[Vec<u8>], &str>,
        (now, seconds): (Time, i64),
    ) -> Result<()> {
        let until = now.0.saturating_add(seconds.clamp(0, LONGEST));
        self.write(|c| {
            let sql = "INSERT INTO discovered (source, place, body, failure, asked_at, fresh_until)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                       ON CONFLICT (source, place) DO UPDATE SET body = ?3, failure = ?4, asked_at = ?5, fresh_until = ?6";
            let row = (by.name(), place, what.ok().map(pack), what.err(), now.0, until);
            c.prepare_cached(sql)?.execute(row)?;
            c.execute("DELETE FROM discovered WHERE fresh_until <= ?", [now.0])?;
            let sql = "DELETE FROM discovered WHERE id NOT IN (
                         SELECT id FROM discovered ORDER BY asked_at DESC, id DESC LIMIT ?)";
            c.execute(sql, [MAX_ROWS])?;
            Ok(())
        })
    }
}

/// Seconds for which anything counts.
const LONGEST: i64 = 7 * 86_400;
/// Answers that are kept; each has at most some 100 KiB.
const MAX_ROWS: i64 = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Folder;

    const NOW: Time = Time(1_795_000_000);

    #[test]
    fn di_08_an_answer_counts_until_its_end_and_no_longer_than_a_week() {
        let folder = Folder::new();
        let store = Store::open(&folder.path().join("s")).unwrap();
        let at = |seconds: i64| {
            let kept = store.discovered(FoundBy::Smimea, "x", Time(NOW.0 + seconds)).unwrap();
            kept.map(|kept| (kept.what, kept.at.0 - NOW.0))
        };
        assert_eq!(at(0), None);
        store.keep_discovered(FoundBy::Smimea, "x", Ok(&[vec![1], vec![]]), (NOW, 300)).unwrap();
        assert_eq!(at(299), Some((Ok(vec![vec![1], vec![]]), 0)));
        assert_eq!((at(300), at(-1)), (None, None));
        assert!(store.discovered(FoundBy::Cert, "x", NOW).unwrap().is_none());
        // That it fails now takes away what was believed for its sake.
        store.keep_discovered(FoundBy::Smimea, "x", Err("forged"), (Time(NOW.0 + 10), 60)).unwrap();
        assert_eq!(at(20), Some((Err("forged".into()), 10)));
        store.keep_discovered(FoundBy::Smimea, "x", Ok(&[]), (Time(NOW.0 + 20), i64::MAX)).unwrap();
        assert_eq!((at(20 + LONGEST - 1), at(20 + LONGEST)), (Some((Ok(vec![]), 20)), None));
        let many = "INSERT INTO discovered (source, place, body, asked_at, fresh_until)
                    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 + 5)
                    SELECT 'ldap', i, x'', ?2 + i, ?2 + 90000 FROM n";
        store.write(|c| Ok(c.execute(many, (MAX_ROWS, NOW.0)).map(drop)?)).unwrap();
        store.keep_discovered(FoundBy::Ldap, "last", Ok(&[]), (Time(NOW.0 + 20_000), LONGEST)).unwrap();
        assert!(store.discovered(FoundBy::Ldap, "last", Time(NOW.0 + 20_000)).unwrap().is_some());
        assert!(store.discovered(FoundBy::Ldap, "3", Time(NOW.0 + 20_000)).unwrap().is_none(), "the oldest");
        let rows = store.read(|c| Ok(c.query_row("SELECT count(*) FROM discovered", [], |r| r.get::<_, i64>(0))?));
        assert_eq!(rows.unwrap(), MAX_ROWS);
    }
}
