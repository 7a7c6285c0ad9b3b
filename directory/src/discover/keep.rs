//! Keeping what was found and taken, and what a domain said.

use smime::{Remembered, Standing, standing_of};
use trust::{Address, DaneRecord, dane_anchors};
use wire::{Certificate, Time};

use super::judge::Judge;
use super::names::smimea_owner;
use super::report::FoundBy;
use crate::directory::Directory;
use crate::error::Result;
use crate::sightings::{Place, Source};
use crate::{history, keyring};

/// What a place had and what was taken of it.
#[derive(Default)]
pub(crate) struct Takings {
    /// The certificates, with what each counts for from now on.
    pub seen: Vec<Remembered>,
    /// The authorities between them and their anchors. The anchors of the user are not kept: nobody becomes one by being
    /// found.
    pub between: Vec<Certificate>,
}

impl Directory {
    /// What certificates that were proven for an address count for there: by what is here before any of them is kept, so
    /// that two of one answer are no change of each other.
    pub(crate) fn standings(
        &self,
        address: &Address,
        certificates: &[&Certificate],
        judge: &Judge<'_>,
    ) -> Result<Vec<Standing>> {
        if certificates.is_empty() {
            return Ok(Vec::new());
        }
        let remembered = self.store.read(|c| history::remembered(c, &address.folded()))?;
        let standing = |c: &&Certificate| standing_of(c, &remembered, &|old| judge.was_believed(old)).0;
        Ok(certificates.iter().map(standing).collect())
    }

    /// Keeps what was taken of a place, as what a verified mail shows is kept: beside what is here, with where it came
    /// from.
    pub(crate) fn keep_found(
        &self,
        address: &Address,
        takings: &Takings,
        (by, place): (FoundBy, &str),
        now: Time,
    ) -> Result<()> {
        let Some(source) = source(by).filter(|_| !takings.seen.is_empty()) else { return Ok(()) };
        let place = Place { source, detail: place.to_owned() };
        self.keep(address, &takings.seen, &takings.between, &place, None, now).map(drop)
    }

    /// What the domain of an address said of it by DNSSEC, as long as that counts.
    pub(crate) fn domain_records(&self, address: &Address, now: Time) -> Result<Vec<DaneRecord>> {
        if let Some(heard) = self.heard.borrow().get(&smimea_owner(address)) {
            return Ok(heard.clone());
        }
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

/// The kind of place as the history has it; none for the store itself.
pub(crate) fn source(by: FoundBy) -> Option<Source> {
    match by {
        FoundBy::Ldap => Some(Source::Ldap),
        FoundBy::Smimea => Some(Source::Smimea),
        FoundBy::Cert => Some(Source::CertRecord),
        FoundBy::Http => Some(Source::Http),
        FoundBy::Pinned | FoundBy::Harvested | FoundBy::Kept => None,
    }
}
