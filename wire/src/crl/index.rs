//! A search over the entries of a list that holds twelve octets for each and no value.

use super::entry::{RawEntry, RevokedEntry, issuer_names};
use crate::der::Reader;
use crate::error::{Error, Result};
use crate::oid::Oid;
use crate::x509::GeneralName;

/// The entries by serial number. Made once, when the list is read; every entry was checked then.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Of each entry the key of its serial number, in ascending order, ...
    keys: Vec<u64>,
    /// ... and where in the list it begins.
    offsets: Vec<u32>,
    /// Where in the list the entries begin at which the certificate issuer changes (RFC 5280 §5.3.3).
    issuers: Vec<u32>,
    /// A critical extension of an entry that nobody here knows: the list must not be used (§5.3).
    pub unknown_critical: Option<Oid>,
}

impl Index {
    /// From the contents of revokedCertificates.
    pub fn new(list: &[u8], extensions_allowed: bool, most: usize) -> Result<Index> {
        let mut index = Index::default();
        // An entry has at least 19 octets, so a short list cannot ask for much.
        let expected = (list.len() / 19).min(most);
        let mut pairs: Vec<(u64, u32)> = Vec::with_capacity(expected);
        let mut reader = Reader::new(list);
        while !reader.is_empty() {
            if pairs.len() == most {
                return Err(Error::LimitExceeded("CRL entries"));
            }
            let offset = position(list, reader.rest())?;
            let entry = RawEntry::read(&mut reader)?;
            pairs.push((key(entry.serial), offset));
            if entry.has_extensions() {
                if !extensions_allowed {
                    return Err(Error::BadValue("extensions in a CRL of version 1"));
                }
                index.remark(&entry, offset)?;
            }
        }
        pairs.sort_unstable();
        index.keys = pairs.iter().map(|(key, _)| *key).collect();
        index.offsets = pairs.iter().map(|(_, offset)| *offset).collect();
        Ok(index)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.offsets.len()
    }

    /// The entries with this serial number, each with the names of the certificate issuer that holds for it; `None`
    /// is the issuer of the list.
    pub fn find<'a>(
        &'a self,
        list: &'a [u8],
        serial: &'a [u8],
    ) -> impl Iterator<Item = (RevokedEntry, Option<Vec<GeneralName>>)> + 'a {
        let wanted = key(serial);
        let first = self.keys.partition_point(|key| *key < wanted);
        let same = self.keys.iter().zip(&self.offsets).skip(first).take_while(move |(key, _)| **key == wanted);
        same.filter_map(move |(_, offset)| {
            let rest = list.get(usize::try_from(*offset).ok()?..)?;
            let raw = RawEntry::read(&mut Reader::new(rest)).ok()?;
            if raw.serial != serial {
                return None;
            }
            // All were read when the index was made, so nothing is lost here.
            Some((raw.entry().ok()?, self.issuer_at(list, *offset)))
        })
    }

    fn issuer_at(&self, list: &[u8], offset: u32) -> Option<Vec<GeneralName>> {
        let changes = self.issuers.partition_point(|at| *at <= offset);
        let at = self.issuers.get(changes.checked_sub(1)?)?;
        let raw = RawEntry::read(&mut Reader::new(list.get(usize::try_from(*at).ok()?..)?)).ok()?;
        issuer_names(raw.remarks().ok()?.issuer?).ok()
    }

    fn remark(&mut self, entry: &RawEntry<'_>, offset: u32) -> Result<()> {
        let remarks = entry.remarks()?;
        if self.unknown_critical.is_none() {
            self.unknown_critical = remarks.unknown_critical;
        }
        if let Some(names) = remarks.issuer {
            issuer_names(names)?;
            self.issuers.push(offset);
        }
        Ok(())
    }
}

/// A digest of a serial number that need not be strong (FNV-1a): entries of one key are compared whole, and lists are
/// looked into only after their signature.
fn key(serial: &[u8]) -> u64 {
    serial.iter().fold(0xcbf2_9ce4_8422_2325, |sum, octet| (sum ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3))
}

fn position(list: &[u8], rest: &[u8]) -> Result<u32> {
    u32::try_from(list.len().saturating_sub(rest.len())).map_err(|_| TOO_LONG)
}

const TOO_LONG: Error = Error::LimitExceeded("CRL");
