//! The user's own keys in memory, found by what a RecipientInfo says.

use std::collections::HashMap;

use wire::cms::RecipientId;
use wire::{Certificate, Name};

/// Finds own keys without touching the store: a message may have thousands of recipients.
#[derive(Debug, Default)]
pub(crate) struct Index {
    entries: Vec<Entry>,
    serials: HashMap<Vec<u8>, Vec<usize>>,
    key_ids: HashMap<Vec<u8>, Vec<usize>>,
}

/// An own key.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Its row in the table of keys.
    pub row: i64,
    /// The address of its identity.
    pub name: String,
    /// Its certificate.
    pub certificate: Certificate,
}

impl Index {
    /// Adds a key. `computed` is the key identifier for a certificate that has none.
    pub fn add(&mut self, entry: Entry, computed: &[u8]) {
        let at = self.entries.len();
        self.serials.entry(entry.certificate.serial().to_vec()).or_default().push(at);
        let key_id = entry.certificate.subject_key_id().unwrap_or(computed).to_vec();
        self.key_ids.entry(key_id).or_default().push(at);
        self.entries.push(entry);
    }

    /// Whether some key has this serial number or key identifier.
    pub fn may_have(&self, serial_or_key_id: &[u8]) -> bool {
        self.serials.contains_key(serial_or_key_id) || self.key_ids.contains_key(serial_or_key_id)
    }

    /// The keys whose certificate this names.
    pub fn find(&self, id: &RecipientId<'_>) -> Vec<&Entry> {
        let found = match id {
            RecipientId::IssuerSerial { serial, .. } => self.serials.get(*serial),
            RecipientId::KeyId(key_id) => self.key_ids.get(*key_id),
        };
        let entries = found.into_iter().flatten().filter_map(|at| self.entries.get(*at));
        entries.filter(|entry| issued_by(&entry.certificate, id)).collect()
    }
}

/// Some senders write an issuer's name in string types of their own: names are compared as paths compare them.
pub(crate) fn issued_by(certificate: &Certificate, id: &RecipientId<'_>) -> bool {
    let RecipientId::IssuerSerial { issuer, .. } = id else { return true };
    let own = certificate.issuer();
    own.der() == *issuer || Name::from_der(issuer).is_ok_and(|name| name.matches(own))
}
