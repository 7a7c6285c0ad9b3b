//! Keeping what was found and taken.

use rusqlite::Connection;
use trust::{Address, DaneRecord, dane_anchors};
use wire::{Certificate, Time};

use super::names::smimea_owner;
use super::report::FoundBy;
use crate::certificates::{self, Mark, Origin};
use crate::directory::Directory;
use crate::error::Result;
use crate::keyring;

impl Directory {
    /// Keeps a certificate that was taken, as a candidate with no mark, and the authorities between it and its anchor; and
    /// where it was seen. Its anchor is not kept: nobody becomes one by being found.
    pub(crate) fn keep_found(
        &self,
        certificate: &Certificate,
        between: &[Certificate],
        (by, place): (FoundBy, &str),
        now: Time,
    ) -> Result<()> {
        self.store.write(|c| {
            let (row, _) = certificates::insert(c, certificate, Mark::None, Origin::Mail, now)?;
            for authority in between {
                certificates::insert(c, authority, Mark::None, Origin::Mail, now)?;
            }
            sighted(c, row, (by, place), now)
        })
    }

    /// Whether a certificate was found by one of the network's places, and by which.
    pub(crate) fn found_by(&self, certificate: &Certificate) -> Result<Option<String>> {
        let sql = "SELECT p.source FROM sightings s JOIN places p ON p.id = s.place
                     JOIN certificates c ON c.id = s.certificate
                   WHERE c.fingerprint = ? AND p.source IN ('ldap', 'smimea', 'cert', 'http')
                   ORDER BY s.last_seen DESC LIMIT 1";
        self.store.read(|c| {
            let mut statement = c.prepare_cached(sql)?;
            let mut rows = statement.query([certificates::fingerprint(certificate)])?;
            Ok(rows.next()?.map(|r| r.get(0)).transpose()?)
        })
    }

    /// What the domain of an address said of it by DNSSEC, as long as that counts.
    pub(crate) fn domain_records(&self, address: &Address, now: Time) -> Result<Vec<DaneRecord>> {
        let kept = self.store.discovered(FoundBy::Smimea, &smimea_owner(address), now)?;
        let values = kept.and_then(|kept| kept.what.ok()).unwrap_or_default();
        Ok(values.iter().filter_map(|value| record(value)).collect())
    }

    /// The certificates that this makes anchors for mail to the address.
    pub(crate) fn domain_anchors_of(&self, address: &Address, now: Time) -> Result<Vec<Certificate>> {
        let records = self.domain_records(address, now)?;
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let mut at_hand: Vec<Certificate> =
            records.iter().filter_map(|record| Certificate::from_der(record.whole()?).ok()).collect();
        at_hand.extend(self.store.read(|c| keyring::candidates(c, &address.folded()))?);
        at_hand.extend(self.store.read(|c| keyring::ders(c, keyring::INTERMEDIATES, []))?);
        Ok(dane_anchors(&records, &at_hand))
    }
}

/// The data of an SMIMEA record (RFC 6698 section 2.1).
pub(crate) fn record(data: &[u8]) -> Option<DaneRecord> {
    let [usage, selector, matching, data @ ..] = data else { return None };
    Some(DaneRecord { usage: *usage, selector: *selector, matching: *matching, data: data.to_vec() })
}

fn sighted(c: &Connection, certificate: i64, (by, place): (FoundBy, &str), now: Time) -> Result<()> {
    c.execute("INSERT OR IGNORE INTO places (source, detail) VALUES (?, ?)", (by.name(), place))?;
    c.execute(
        "INSERT INTO sightings (certificate, place, first_seen, last_seen)
         SELECT ?1, id, ?4, ?4 FROM places WHERE source = ?2 AND detail = ?3
         ON CONFLICT (certificate, place) DO UPDATE SET last_seen = max(last_seen, ?4)",
        (certificate, by.name(), place, now.0),
    )?;
    Ok(())
}
