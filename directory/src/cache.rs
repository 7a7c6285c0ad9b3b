//! What was fetched before, so that it is fetched once: CRLs, OCSP answers and certificates of issuers by their URL, and
//! for a short while that something could not be had. Nothing here is believed: it is judged anew each time.

use rusqlite::{Connection, OptionalExtension};
use wire::Time;

use crate::error::Result;
use crate::fetch::Wanted;
use crate::store::{Store, pack, unpack};

/// Something that was fetched before, or was not to be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// What came, or why nothing did.
    pub what: std::result::Result<Vec<Vec<u8>>, String>,
    /// When.
    pub at: Time,
    /// Whether it need not be fetched again yet.
    pub fresh: bool,
}

impl Store {
    /// What a URL led to before.
    pub(crate) fn kept(&self, url: &str, wanted: &Wanted, now: Time) -> Result<Option<Kept>> {
        let sql = "SELECT body, failure, fetched_at, fresh_until FROM fetched
                   WHERE kind = ? AND url = ? AND question = ?";
        let row = self.read(|c| {
            let mut statement = c.prepare_cached(sql)?;
            let key = (kind(wanted), url, question(wanted));
            let row = statement.query_row(key, |r| {
                let (body, failure): (Option<Vec<u8>>, Option<String>) = (r.get(0)?, r.get(1)?);
                Ok((body, failure, r.get(2)?, r.get(3)?))
            });
            Ok(row.optional()?)
        })?;
        let Some((body, failure, at, until)) = row else { return Ok(None) };
        let what = match body {
            Some(body) => Ok(unpack(&body)?),
            None => Err(failure.unwrap_or_default()),
        };
        Ok(Some(Kept { what, at: Time(at), fresh: at <= now.0 && now.0 < until }))
    }

    /// Keeps what a URL led to, and forgets the oldest beyond the bounds. What came is kept until `until`, though no
    /// longer than a week; that nothing came for a minute, and not in the place of something.
    pub(crate) fn keep(
        &self,
        url: &str,
        wanted: &Wanted,
        what: std::result::Result<&[Vec<u8>], &str>,
        (now, until): (Time, Time),
    ) -> Result<()> {
        let body = what.ok().map(pack);
        let until = if body.is_some() { until.0.min(now.0 + LONGEST) } else { now.0 + FAILED };
        let size = body.as_ref().map_or(0, Vec::len) + url.len() + ROW;
        self.write(|c| {
            let sql = "INSERT INTO fetched (kind, url, question, body, failure, size, fetched_at, fresh_until)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                       ON CONFLICT (kind, url, question) DO UPDATE SET body = ?4, failure = ?5, size = ?6,
                         fetched_at = ?7, fresh_until = ?8 WHERE ?4 IS NOT NULL OR body IS NULL";
            let size = i64::try_from(size).unwrap_or(i64::MAX);
            let row = (kind(wanted), url, question(wanted), &body, what.err(), size, now.0, until);
            c.prepare_cached(sql)?.execute(row)?;
            shrink(c, MAX_SIZE, MAX_ROWS)
        })
    }
}

/// The newest rows that fit into the bounds stay.
fn shrink(c: &Connection, size: i64, rows: i64) -> Result<()> {
    let (found, octets): (i64, i64) =
        c.query_row("SELECT count(*), coalesce(sum(size), 0) FROM fetched", [], |r| Ok((r.get(0)?, r.get(1)?)))?;
    if found <= rows && octets <= size {
        return Ok(());
    }
    let sql = "DELETE FROM fetched WHERE id NOT IN (
                 SELECT id FROM (SELECT id, row_number() OVER newest AS place, sum(size) OVER newest AS total
                   FROM fetched WINDOW newest AS (ORDER BY fetched_at DESC, id DESC))
                 WHERE place <= ? AND total <= ?)";
    c.execute(sql, (rows, size))?;
    Ok(())
}

fn kind(wanted: &Wanted) -> &'static str {
    match wanted {
        Wanted::Crl => "crl",
        Wanted::Issuer => "issuer",
        // These rest in a table of their own.
        Wanted::Person => "person",
        Wanted::Ocsp(_) => "ocsp",
    }
}

fn question(wanted: &Wanted) -> String {
    match wanted {
        Wanted::Ocsp(request) => wire::hex(&crypto::fingerprint(request)),
        Wanted::Crl | Wanted::Issuer | Wanted::Person => String::new(),
    }
}

/// Seconds for which something is kept at most before it is fetched again: a revocation may come before the day for
/// which the next list was announced.
const LONGEST: i64 = 7 * 86_400;
/// Seconds for which a failure is remembered.
const FAILED: i64 = 60;
/// Octets and rows of the whole cache.
const MAX_SIZE: i64 = 128 << 20;
const MAX_ROWS: i64 = 2000;
/// Octets that a row costs besides.
const ROW: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Folder;

    const NOW: Time = Time(1_795_000_000);

    #[test]
    fn what_came_is_kept_until_its_end_and_a_failure_for_a_minute() {
        let folder = Folder::new();
        let store = Store::open(&folder.path().join("s")).unwrap();
        let (crl, url) = (Wanted::Crl, "http://a.example/x.crl");
        assert_eq!(store.kept(url, &crl, NOW).unwrap(), None);
        store.keep(url, &crl, Err("no connection"), (NOW, NOW)).unwrap();
        let kept = store.kept(url, &crl, NOW).unwrap().unwrap();
        assert_eq!(kept, Kept { what: Err("no connection".into()), at: NOW, fresh: true });
        assert!(!store.kept(url, &crl, Time(NOW.0 + 60)).unwrap().unwrap().fresh);

        let values = vec![b"one".to_vec(), b"two".to_vec()];
        store.keep(url, &crl, Ok(&values), (NOW, Time(NOW.0 + 3600))).unwrap();
        let at = |seconds| store.kept(url, &crl, Time(NOW.0 + seconds)).unwrap().unwrap();
        assert_eq!(at(3599), Kept { what: Ok(values.clone()), at: NOW, fresh: true });
        assert!(!at(3600).fresh && !at(-1).fresh);
        // A failure takes nothing away.
        store.keep(url, &crl, Err("no"), (Time(NOW.0 + 7200), NOW)).unwrap();
        assert_eq!(at(7200).what, Ok(values.clone()));
        // Nothing is kept for longer than a week, whatever it says.
        store.keep(url, &crl, Ok(&values), (NOW, Time(NOW.0 + 10 * LONGEST))).unwrap();
        assert!(at(LONGEST - 1).fresh && !at(LONGEST).fresh);
        // Another question is another row.
        let (a, b) = (Wanted::Ocsp(b"a".to_vec()), Wanted::Ocsp(b"b".to_vec()));
        store.keep(url, &a, Ok(&values), (NOW, NOW)).unwrap();
        assert!(store.kept(url, &a, NOW).unwrap().is_some());
        assert!(store.kept(url, &b, NOW).unwrap().is_none());
    }

    #[test]
    fn the_oldest_goes_when_there_is_too_much() {
        let folder = Folder::new();
        let store = Store::open(&folder.path().join("s")).unwrap();
        let count = || -> (i64, i64) {
            let read = |c: &Connection| {
                Ok(c.query_row("SELECT count(*), min(fetched_at) FROM fetched", [], |r| Ok((r.get(0)?, r.get(1)?)))?)
            };
            store.read(read).unwrap()
        };
        for i in 0..20 {
            let at = Time(NOW.0 + i);
            store.keep(&format!("http://a/{i:02}"), &Wanted::Crl, Ok(&[vec![0; 789]]), (at, at)).unwrap();
        }
        assert_eq!(count().0, 20);
        store.write(|c| shrink(c, i64::MAX, 15)).unwrap();
        assert_eq!(count(), (15, NOW.0 + 5));
        store.write(|c| shrink(c, 10_100, i64::MAX)).unwrap();
        assert_eq!(count(), (10, NOW.0 + 10));
    }

    #[test]
    fn a_backup_has_nothing_of_it() {
        let folder = Folder::new();
        let store = Store::open(&folder.path().join("s")).unwrap();
        let before = store.bytes().unwrap().len();
        store.keep("http://a/", &Wanted::Crl, Ok(&[vec![7; 1 << 20]]), (NOW, NOW)).unwrap();
        assert!(store.bytes().unwrap().len() < before + 65_536);
        assert!(store.kept("http://a/", &Wanted::Crl, NOW).unwrap().is_some());
    }
}
