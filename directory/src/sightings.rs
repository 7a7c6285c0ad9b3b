//! Where certificates were seen, and what is known of them beside themselves.

use std::fmt;

use rusqlite::{Connection, OptionalExtension};
use smime::{Capabilities, Standing};
use wire::Time;

use crate::error::{Error, Result};

/// A kind of place that certificates come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// A file that the user named.
    File,
    /// A verified mail that was opened.
    Mail,
    /// The issuer of an identity, by ACME.
    Acme,
    /// A directory server.
    Ldap,
    /// SMIMEA records of the DNS (RFC 8162).
    Smimea,
    /// CERT records of the DNS (RFC 4398).
    CertRecord,
    /// An HTTP certificate store (RFC 4387).
    Http,
}

impl Source {
    /// The word in the store and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Source::File => "file",
            Source::Mail => "mail",
            Source::Acme => "acme",
            Source::Ldap => "ldap",
            Source::Smimea => "smimea",
            Source::CertRecord => "cert-record",
            Source::Http => "http",
        }
    }
}

/// A place that a certificate comes from: what kind it is, and which one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// What kind of place.
    pub source: Source,
    /// The name of the file, the address in From, the URL of the server.
    pub detail: String,
}

/// When a certificate was seen at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The kind of place, a word of [`Source::name`].
    pub source: String,
    /// The name of the file, the address in From, the URL of the server.
    pub detail: String,
    /// When it was first seen there.
    pub first_seen: Time,
    /// When it was last seen there, to the hour.
    pub last_seen: Time,
    /// The Message-IDs of the first and of the last mail that had it.
    pub messages: (Option<String>, Option<String>),
}

/// What is known of a certificate beside itself.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Where it was seen, the first place first; empty for one that was here before such things were kept, or that
    /// belongs to an identity.
    pub sightings: Vec<Sighting>,
    /// What it counts for at each address that it names.
    pub standings: Vec<(String, Standing)>,
    /// The list of what its owner can read, as SMIMECapabilities, and when it was signed.
    pub capabilities: Option<(Capabilities, Time)>,
}

/// Remembers that a certificate was seen.
pub(crate) fn saw(c: &Connection, certificate: i64, place: &Place, message: Option<&str>, now: Time) -> Result<()> {
    let place = place_row(c, place)?;
    saw_at(c, certificate, place, message, now)
}

/// The same at a place of this row.
pub(crate) fn saw_at(c: &Connection, certificate: i64, place: i64, message: Option<&str>, now: Time) -> Result<()> {
    let sql = "INSERT INTO sightings (certificate, place, first_seen, last_seen, first_in, last_in)
               VALUES (?1, ?2, ?3, ?3, ?4, ?4)
               ON CONFLICT (certificate, place) DO UPDATE SET
                 first_in = CASE WHEN ?3 < first_seen THEN ?4 ELSE first_in END,
                 last_in = CASE WHEN ?3 >= last_seen THEN ?4 ELSE last_in END,
                 first_seen = min(first_seen, ?3), last_seen = max(last_seen, ?3)";
    c.prepare_cached(sql)?.execute((certificate, place, now.0, message))?;
    Ok(())
}

/// The row of a place, made where there is none.
pub(crate) fn place_row(c: &Connection, place: &Place) -> Result<i64> {
    let detail: String = place.detail.chars().take(MAX_DETAIL).collect();
    let mut statement = c.prepare_cached("SELECT id FROM places WHERE source = ? AND detail = ?")?;
    if let Some(id) = statement.query_row((place.source.name(), &detail), |r| r.get(0)).optional()? {
        return Ok(id);
    }
    c.execute("INSERT INTO places (source, detail) VALUES (?, ?)", (place.source.name(), &detail))?;
    Ok(c.last_insert_rowid())
}

/// What is known of a certificate beside itself.
pub(crate) fn history(c: &Connection, fingerprint: &str) -> Result<History> {
    let mut statement = c.prepare_cached(SIGHTINGS)?;
    let sighting = |r: &rusqlite::Row<'_>| {
        Ok(Sighting {
            source: r.get(0)?,
            detail: r.get(1)?,
            first_seen: Time(r.get(2)?),
            last_seen: Time(r.get(3)?),
            messages: (r.get(4)?, r.get(5)?),
        })
    };
    let sightings = statement.query_map([fingerprint], sighting)?.collect::<rusqlite::Result<_>>()?;
    let mut statement = c.prepare_cached(STANDINGS)?;
    let rows: Vec<(String, String)> =
        statement.query_map([fingerprint], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    let standings = rows.into_iter().map(|(address, word)| Ok((address, standing(&word)?))).collect::<Result<_>>()?;
    let sql = "SELECT k.list, k.signed_at FROM capabilities k JOIN certificates c ON c.id = k.certificate
               WHERE c.fingerprint = ?";
    let row: Option<(Vec<u8>, i64)> =
        c.prepare_cached(sql)?.query_row([fingerprint], |r| Ok((r.get(0)?, r.get(1)?))).optional()?;
    let list = |der: &[u8]| Capabilities::from_der(der).map_err(|_| Error::Damaged("list of capabilities"));
    let capabilities = row.map(|(der, at)| Ok::<_, Error>((list(&der)?, Time(at)))).transpose()?;
    Ok(History { sightings, standings, capabilities })
}

/// The standing that a word of the store stands for.
pub(crate) fn standing(word: &str) -> Result<Standing> {
    let all = [Standing::Used, Standing::Changed, Standing::Superseded, Standing::Unbound, Standing::Distrusted];
    all.into_iter().find(|standing| standing.word() == word).ok_or(Error::Damaged("standing"))
}

/// The words of the store and of reports.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

pub(crate) const SIGHTINGS: &str = "
SELECT p.source, p.detail, s.first_seen, s.last_seen, s.first_in, s.last_in
FROM certificates c JOIN sightings s ON s.certificate = c.id JOIN places p ON p.id = s.place
WHERE c.fingerprint = ?1 ORDER BY s.first_seen, p.id";

pub(crate) const STANDINGS: &str = "
SELECT a.address, CASE WHEN c.mark = 'distrusted' THEN 'distrusted' ELSE a.standing END
FROM certificates c JOIN addresses a ON a.certificate = c.id WHERE c.fingerprint = ?1 ORDER BY a.folded";

/// Characters of the name of a place.
const MAX_DETAIL: usize = 500;
