//! What each certificate counts for at an address: what is new is kept beside what was there, until somebody accepts it.

use rusqlite::Connection;
use smime::{Harvest, Remembered, Standing, same_key, serve_alike};
use trust::Address;
use wire::{Certificate, Time};

use crate::certificates::{self, CertificateInfo, Mark, Origin};
use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::sightings::{Place, Source, place_row, saw, saw_at, standing};

/// What a certificate became when it was accepted.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The certificate that is used from now on.
    pub certificate: Certificate,
    /// The address for which it is.
    pub address: String,
    /// Those in whose place it stands.
    pub superseded: Vec<Certificate>,
}

impl Directory {
    /// Keeps what a verified mail shows of its sender, beside what is here; the certificates that are new.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn harvest(&self, harvest: &Harvest, now: Time) -> Result<Vec<Certificate>> {
        let place = Place { source: Source::Mail, detail: harvest.address().to_string() };
        self.keep(harvest.address(), harvest.certificates(), harvest.authorities(), &place, harvest.message_id(), now)
    }

    /// Keeps certificates of an address that were proven by whoever calls, each with the standing that
    /// [`smime::standing_of`] gave it, and the authorities of their paths; the certificates that are new. What is here
    /// keeps its standing, but for what the same mail or server settles.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn keep(
        &self,
        address: &Address,
        seen: &[Remembered],
        authorities: &[Certificate],
        place: &Place,
        message: Option<&str>,
        now: Time,
    ) -> Result<Vec<Certificate>> {
        if self.store.read(|c| nothing_new(c, address, seen, place, now))? {
            return Ok(Vec::new());
        }
        self.store.write(|c| {
            let mut new = Vec::new();
            for Remembered { certificate, standing } in seen {
                let (id, added) = certificates::insert(c, certificate, Mark::None, Origin::Mail, now)?;
                if added {
                    let sql = "UPDATE addresses SET standing = 'unbound', standing_at = ?2 WHERE certificate = ?1";
                    c.prepare_cached(sql)?.execute((id, now.0))?;
                    new.push(certificate.clone());
                }
                bind(c, address, id, *standing, now)?;
                saw(c, id, place, message, now)?;
            }
            for authority in authorities {
                let (id, added) = certificates::insert(c, authority, Mark::None, Origin::Mail, now)?;
                if added {
                    saw(c, id, place, message, now)?;
                }
            }
            Ok(new)
        })
    }

    /// Adds certificates of a file as they come, in one change; `each` is told of every one. One that is there keeps its
    /// mark and its standing. What an import may take of memory does not follow its length.
    ///
    /// # Errors
    /// Those of the iterator, after which nothing was changed; [`Error::Database`].
    pub fn import_all<E: From<Error>>(
        &self,
        certificates: &mut dyn Iterator<Item = std::result::Result<Certificate, E>>,
        origin: Origin,
        place: &Place,
        now: Time,
        each: &mut dyn FnMut(&Certificate, bool),
    ) -> std::result::Result<(), E> {
        let origin = origin.min(Origin::File);
        let mut failed = None;
        let done = self.store.write_much(|c| {
            let place = place_row(c, place)?;
            for certificate in certificates {
                let certificate = match certificate {
                    Ok(certificate) => certificate,
                    Err(error) => {
                        failed = Some(error);
                        return Err(Error::Damaged("import"));
                    }
                };
                let (id, new) = certificates::insert(c, &certificate, Mark::None, origin, now)?;
                saw_at(c, id, place, None, now)?;
                each(&certificate, new);
            }
            Ok(())
        });
        match failed {
            Some(error) => Err(error),
            None => done.map_err(E::from),
        }
    }

    /// Takes the certificates that a selector fits in the place of those that serve alike: of an address, all that have
    /// another key than before and wait; of a fingerprint, that one, at every address that it names.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such certificate; [`Error::BadSelector`], [`Error::Database`].
    pub fn accept(&self, selector: &str, now: Time) -> Result<Vec<Accepted>> {
        self.store.write(|c| accept(c, selector, now))
    }
}

/// Every certificate that names an address, with what it counts for there; those in use first, so that a flood of others
/// cannot push them out.
pub(crate) fn remembered(c: &Connection, folded: &str) -> Result<Vec<Remembered>> {
    let mut statement = c.prepare_cached(REMEMBERED)?;
    let mut rows = statement.query([folded])?;
    let mut found = Vec::new();
    while let Some(r) = rows.next()? {
        let certificate = certificates::parse(r.get_ref(0)?.as_blob().map_err(|_| Error::Damaged("certificate"))?)?;
        found.push(Remembered { certificate, standing: standing(&r.get::<_, String>(1)?)? });
    }
    Ok(found)
}

/// Whether all of these are here as they are and were seen at the place within the hour, so that nothing need be written.
fn nothing_new(c: &Connection, address: &Address, seen: &[Remembered], place: &Place, now: Time) -> Result<bool> {
    let sql = "SELECT count(*) FROM certificates x JOIN addresses a ON a.certificate = x.id
                 JOIN sightings s ON s.certificate = x.id JOIN places p ON p.id = s.place
               WHERE x.fingerprint = ?1 AND a.folded = ?2 AND (a.standing = ?3 OR a.standing = 'superseded')
                 AND p.source = ?4 AND p.detail = ?5 AND s.last_seen > ?6 AND s.first_seen <= ?7";
    let mut statement = c.prepare_cached(sql)?;
    for Remembered { certificate, standing } in seen {
        let row = (certificates::fingerprint(certificate), address.folded(), standing.word(), place.source.name());
        let (a, b, d, e) = row;
        let found: i64 = statement.query_row((a, b, d, e, &place.detail, now.0 - AN_HOUR, now.0), |r| r.get(0))?;
        if found == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Gives a certificate its standing at an address; one that was superseded or distrusted stays what it is.
fn bind(c: &Connection, address: &Address, certificate: i64, standing: Standing, now: Time) -> Result<()> {
    let word = match standing {
        Standing::Used | Standing::Changed => standing.word(),
        Standing::Superseded | Standing::Unbound | Standing::Distrusted => return Ok(()),
    };
    let sql = "UPDATE addresses SET standing = ?3, standing_at = ?4
               WHERE folded = ?1 AND certificate = ?2 AND standing IN ('unbound', 'changed') AND standing <> ?3";
    c.prepare_cached(sql)?.execute((address.folded(), certificate, word, now.0))?;
    Ok(())
}

fn accept(c: &Connection, selector: &str, now: Time) -> Result<Vec<Accepted>> {
    let found = certificates::find(c, selector)?;
    let wanted = if selector.contains('@') { Some(certificates::fold(selector)?) } else { None };
    let mut accepted = Vec::new();
    // The oldest first, so that the newest is what remains.
    for info in found.iter().rev().filter(|info| info.mark != Mark::Distrusted) {
        for (address, standing) in info.history.standings.clone() {
            let folded = certificates::fold(&address)?;
            let meant = match &wanted {
                Some(wanted) => *wanted == folded && standing == Standing::Changed,
                None => true,
            };
            if meant {
                accepted.push(take(c, info, (address, folded), now)?);
            }
        }
    }
    if found.is_empty() {
        return Err(Error::not_found("certificate", selector));
    }
    // What a later one of the same run replaced is not what is used.
    let last: Vec<Certificate> = accepted.iter().flat_map(|a| a.superseded.iter().cloned()).collect();
    accepted.retain(|a| !last.contains(&a.certificate));
    Ok(accepted)
}

/// Takes one certificate for an address; those with another key that serve alike are superseded. One's own stay.
fn take(c: &Connection, info: &CertificateInfo, (address, folded): (String, String), now: Time) -> Result<Accepted> {
    let sql = "UPDATE addresses SET standing = ?3, standing_at = ?4 WHERE folded = ?1 AND certificate =
                 (SELECT id FROM certificates WHERE fingerprint = ?2 AND origin <> 'own')";
    let mut statement = c.prepare_cached(sql)?;
    statement.execute((&folded, &info.fingerprint, Standing::Used.word(), now.0))?;
    let mut superseded = Vec::new();
    for known in remembered(c, &folded)?.into_iter().filter(|known| known.standing == Standing::Used) {
        let other = known.certificate;
        if serve_alike(&other, &info.certificate) && !same_key(&other, &info.certificate) {
            let print = certificates::fingerprint(&other);
            if statement.execute((&folded, &print, Standing::Superseded.word(), now.0))? > 0 {
                superseded.push(other);
            }
        }
    }
    Ok(Accepted { certificate: info.certificate.clone(), address, superseded })
}

pub(crate) const REMEMBERED: &str = "
SELECT c.der, CASE WHEN c.mark = 'distrusted' THEN 'distrusted' ELSE a.standing END
FROM addresses a JOIN certificates c ON c.id = a.certificate WHERE a.folded = ?1
ORDER BY (a.standing = 'used') DESC, (c.origin = 'own') DESC, (c.mark = 'trusted') DESC, c.not_before DESC, c.id DESC
LIMIT 64";

/// Seconds within which it is not written again that something was seen.
const AN_HOUR: i64 = 3600;
