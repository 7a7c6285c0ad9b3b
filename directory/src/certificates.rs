//! Certificates of other people, of authorities and of the user, and what the user thinks of them.

use std::fmt;

use rusqlite::{Connection, OptionalExtension, Row, named_params};
use trust::Address;
use wire::{Certificate, Time};

use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::hex;
use crate::sightings::{self, History};

/// What the user said about a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Nothing.
    None,
    /// It is an anchor: it vouches for itself and, where it is an authority's, for others.
    Trusted,
    /// It is not to be used, whoever vouches for it.
    Distrusted,
}

impl Mark {
    /// The word in the store and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Mark::None => "none",
            Mark::Trusted => "trusted",
            Mark::Distrusted => "distrusted",
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a certificate came here; a better origin replaces a worse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// From a mail that somebody sent: a candidate.
    Mail,
    /// With an identity or another certificate, as part of its path.
    Chain,
    /// From a file that the user named.
    File,
    /// It belongs to an authority in this store.
    Authority,
    /// It belongs to an identity in this store.
    Own,
}

impl Origin {
    /// The word in the store and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Origin::Mail => "mail",
            Origin::Chain => "chain",
            Origin::File => "file",
            Origin::Authority => "authority",
            Origin::Own => "own",
        }
    }

    pub(crate) const ALL: [Origin; 5] = [Origin::Mail, Origin::Chain, Origin::File, Origin::Authority, Origin::Own];
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A certificate in the store.
#[derive(Debug, Clone)]
pub struct CertificateInfo {
    /// SHA-256 over the DER, 64 hexadecimal digits in lower case.
    pub fingerprint: String,
    /// The certificate.
    pub certificate: Certificate,
    /// The addresses that it names, as it writes them.
    pub addresses: Vec<String>,
    /// What the user said about it.
    pub mark: Mark,
    /// The file of the system that says that it is an anchor for mail; what the user said wins over that.
    pub system: Option<String>,
    /// How it came here.
    pub origin: Origin,
    /// When it came here.
    pub added_at: Time,
    /// Where it was seen and when, what it counts for, what its owner can read.
    pub history: History,
}

impl CertificateInfo {
    /// Whether the user put it here by hand, or it is one of their own.
    pub fn is_pinned(&self) -> bool {
        self.mark == Mark::Trusted || self.origin >= Origin::File
    }

    /// Who makes it an anchor: the user, by a mark, or else the system.
    pub fn trusted_by(&self) -> Option<TrustedBy> {
        match (self.mark, &self.system) {
            (Mark::Trusted, _) => Some(TrustedBy::User),
            (Mark::None, Some(_)) => Some(TrustedBy::System),
            (Mark::None, None) | (Mark::Distrusted, _) => None,
        }
    }
}

/// Who makes a certificate an anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustedBy {
    /// The user said so.
    User,
    /// The system carries it with trust for mail.
    System,
}

impl TrustedBy {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            TrustedBy::User => "user",
            TrustedBy::System => "system",
        }
    }
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// SHA-256 over the DER, 64 hexadecimal digits in lower case.
    pub fingerprint: String,
    /// Whether it was not there before.
    pub new: bool,
}

impl Directory {
    /// Adds certificates in one change. One that is there keeps its mark.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn import_certificates(
        &self,
        certificates: &[Certificate],
        origin: Origin,
        now: Time,
    ) -> Result<Vec<Imported>> {
        let origin = origin.min(Origin::File);
        self.store.write(|c| {
            let one = |certificate| {
                let (_, new) = insert(c, certificate, Mark::None, origin, now)?;
                Ok(Imported { fingerprint: fingerprint(certificate), new })
            };
            certificates.iter().map(one).collect()
        })
    }

    /// Every certificate, those with addresses first, by address.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn certificates(&self) -> Result<Vec<CertificateInfo>> {
        self.store.read(|c| {
            let mut found = select(c, "1 = 1 ORDER BY id", [])?;
            found.sort_by_cached_key(|i| (i.addresses.is_empty(), i.addresses.first().cloned()));
            Ok(found)
        })
    }

    /// The certificates that a selector fits, newest first: an address, or a fingerprint's first 8 or more
    /// hexadecimal digits (colons, spaces and `sha256:` are skipped).
    ///
    /// # Errors
    /// [`Error::BadSelector`], [`Error::Database`].
    pub fn find_certificates(&self, selector: &str) -> Result<Vec<CertificateInfo>> {
        self.store.read(|c| find(c, selector))
    }

    /// The one certificate that a selector fits.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Ambiguous`], [`Error::BadSelector`], [`Error::Database`].
    pub fn certificate(&self, selector: &str) -> Result<CertificateInfo> {
        self.store.read(|c| find_one(c, selector))
    }

    /// Marks the one certificate that a selector fits as an anchor.
    ///
    /// # Errors
    /// As [`Directory::certificate`].
    pub fn trust(&self, selector: &str) -> Result<CertificateInfo> {
        self.set_mark(selector, Mark::Trusted)
    }

    /// Marks the one certificate that a selector fits as not to be used.
    ///
    /// # Errors
    /// As [`Directory::certificate`].
    pub fn distrust(&self, selector: &str) -> Result<CertificateInfo> {
        self.set_mark(selector, Mark::Distrusted)
    }

    /// Sets or takes away the mark of the one certificate that a selector fits.
    ///
    /// # Errors
    /// As [`Directory::certificate`].
    pub fn set_mark(&self, selector: &str, mark: Mark) -> Result<CertificateInfo> {
        self.store.write(|c| {
            let mut info = find_one(c, selector)?;
            c.execute("UPDATE certificates SET mark = ? WHERE fingerprint = ?", (mark.name(), &info.fingerprint))?;
            info.mark = mark;
            Ok(info)
        })
    }

    /// Forgets the one certificate that a selector fits, with its mark.
    ///
    /// # Errors
    /// As [`Directory::certificate`]; [`Error::InUse`] where an identity or an authority needs it.
    pub fn remove_certificate(&self, selector: &str) -> Result<CertificateInfo> {
        self.store.write(|c| {
            let info = find_one(c, selector)?;
            if let Some(user) = user(c, &info.fingerprint)? {
                return Err(Error::InUse(user));
            }
            c.execute("DELETE FROM certificates WHERE fingerprint = ?", [&info.fingerprint])?;
            Ok(info)
        })
    }
}

/// SHA-256 over the DER, 64 hexadecimal digits in lower case.
pub fn fingerprint(certificate: &Certificate) -> String {
    wire::hex(&crypto::fingerprint(certificate.der()))
}

/// Whether the user put a certificate here by hand, as [`CertificateInfo::is_pinned`] has it.
pub(crate) fn is_pinned(c: &Connection, fingerprint: &str) -> Result<bool> {
    let mut statement = c.prepare_cached(PLACED)?;
    let row = statement.query_row([fingerprint], |r| Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?)));
    let Some((mark, word)) = row.optional()? else { return Ok(false) };
    Ok(mark == Mark::Trusted.name() || origin(&word)? >= Origin::File)
}

/// How a certificate came here.
pub(crate) const PLACED: &str = "SELECT mark, origin FROM certificates WHERE fingerprint = ?1";

/// Adds a certificate unless it is there; its row number, and whether it is new.
pub(crate) fn insert(
    c: &Connection,
    certificate: &Certificate,
    mark: Mark,
    origin: Origin,
    now: Time,
) -> Result<(i64, bool)> {
    let fingerprint = fingerprint(certificate);
    if let Some((id, known)) = known(c, &fingerprint)? {
        if known < origin {
            c.execute("UPDATE certificates SET origin = ? WHERE id = ?", (origin.name(), id))?;
        }
        return Ok((id, false));
    }
    let (issuer, serial) = certificate.issuer_and_serial();
    c.prepare_cached(
        "INSERT INTO certificates (fingerprint, der, issuer, serial, subject, key_id, not_before, not_after,
           authority, mark, origin, added_at)
         VALUES (:fingerprint, :der, :issuer, :serial, :subject, :key_id, :not_before, :not_after,
           :authority, :mark, :origin, :added_at)",
    )?
    .execute(named_params! {
        ":fingerprint": fingerprint, ":der": certificate.der(), ":issuer": issuer, ":serial": serial,
        ":subject": certificate.subject().der(), ":key_id": certificate.subject_key_id(),
        ":not_before": certificate.not_before().0, ":not_after": certificate.not_after().0,
        ":authority": certificate.basic_constraints().is_some_and(|b| b.ca),
        ":mark": mark.name(), ":origin": origin.name(), ":added_at": now.0,
    })?;
    let id = c.last_insert_rowid();
    let mut address =
        c.prepare_cached("INSERT OR IGNORE INTO addresses (folded, certificate, address) VALUES (?, ?, ?)")?;
    for named in trust::certificate_addresses(certificate) {
        address.execute((named.folded(), id, named.to_string()))?;
    }
    Ok((id, true))
}

/// The certificates that fit an SQL condition.
pub(crate) fn select(c: &Connection, condition: &str, with: impl rusqlite::Params) -> Result<Vec<CertificateInfo>> {
    let sql = format!(
        "SELECT id, fingerprint, der, mark, origin, added_at FROM certificates AS certificate WHERE {condition}"
    );
    let mut statement = c.prepare_cached(&sql)?;
    let mut rows = statement.query(with)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(info(c, row)?);
    }
    Ok(found)
}

/// The certificate of a row.
pub(crate) fn parse(der: &[u8]) -> Result<Certificate> {
    Certificate::from_der(der).map_err(|_| Error::Damaged("certificate"))
}

/// An address as the store searches it.
pub(crate) fn fold(text: &str) -> Result<String> {
    Ok(Address::parse_international(text)?.folded())
}

fn known(c: &Connection, fingerprint: &str) -> Result<Option<(i64, Origin)>> {
    let mut statement = c.prepare_cached("SELECT id, origin FROM certificates WHERE fingerprint = ?")?;
    let row = statement.query_row([fingerprint], |r| Ok((r.get(0)?, r.get::<_, String>(1)?))).optional()?;
    row.map(|(id, word)| Ok((id, origin(&word)?))).transpose()
}

/// The certificates that a selector fits, newest first.
pub(crate) fn find(c: &Connection, selector: &str) -> Result<Vec<CertificateInfo>> {
    if selector.contains('@') {
        let of_address = "id IN (SELECT certificate FROM addresses WHERE folded = ?) ORDER BY not_before DESC, id DESC";
        return select(c, of_address, [fold(selector)?]);
    }
    let prefix = hex::prefix(selector).ok_or_else(|| Error::BadSelector(selector.to_owned()))?;
    // 'g' follows every hexadecimal digit: the range is what begins with the prefix, and the index finds it.
    select(c, "fingerprint >= ?1 AND fingerprint < ?1 || 'g' ORDER BY not_before DESC, id DESC", [prefix])
}

fn find_one(c: &Connection, selector: &str) -> Result<CertificateInfo> {
    let mut found = find(c, selector)?;
    match (found.pop(), found.len()) {
        (Some(info), 0) => Ok(info),
        (Some(_), more) => Err(Error::Ambiguous { selector: selector.to_owned(), count: more + 1 }),
        (None, _) => Err(Error::not_found("certificate", selector)),
    }
}

fn info(c: &Connection, row: &Row<'_>) -> Result<CertificateInfo> {
    let mut addresses = c.prepare_cached("SELECT address FROM addresses WHERE certificate = ? ORDER BY folded")?;
    let addresses = addresses.query_map([row.get::<_, i64>(0)?], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(CertificateInfo {
        fingerprint: row.get(1)?,
        certificate: parse(row.get_ref(2)?.as_blob().map_err(|_| Error::Damaged("certificate"))?)?,
        addresses,
        mark: mark(&row.get::<_, String>(3)?)?,
        system: system_source(c, row.get(0)?)?,
        origin: origin(&row.get::<_, String>(4)?)?,
        added_at: Time(row.get(5)?),
        history: sightings::history(c, &row.get::<_, String>(1)?)?,
    })
}

/// The file from which an anchor of the system was taken; `None` where it is none.
fn system_source(c: &Connection, certificate: i64) -> Result<Option<String>> {
    let mut statement = c.prepare_cached("SELECT source FROM system_anchors WHERE certificate = ?")?;
    Ok(statement.query_row([certificate], |r| r.get(0)).optional()?)
}

fn mark(word: &str) -> Result<Mark> {
    let marks = [Mark::None, Mark::Trusted, Mark::Distrusted];
    marks.into_iter().find(|m| m.name() == word).ok_or(Error::Damaged("mark"))
}

fn origin(word: &str) -> Result<Origin> {
    Origin::ALL.into_iter().find(|o| o.name() == word).ok_or(Error::Damaged("origin"))
}

/// The identity or authority that a certificate belongs to.
fn user(c: &Connection, fingerprint: &str) -> Result<Option<String>> {
    let sql = "SELECT i.address FROM identities i JOIN identity_keys k ON k.identity = i.id
                 JOIN certificates c ON c.id = k.certificate WHERE c.fingerprint = ?1
               UNION ALL
               SELECT i.address FROM identities i JOIN identity_chain k ON k.identity = i.id
                 JOIN certificates c ON c.id = k.certificate WHERE c.fingerprint = ?1
               UNION ALL
               SELECT a.name FROM authorities a JOIN certificates c ON c.id = a.certificate WHERE c.fingerprint = ?1";
    Ok(c.query_row(sql, [fingerprint], |r| r.get(0)).optional()?)
}
