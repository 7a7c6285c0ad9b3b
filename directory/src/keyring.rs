//! What the front door asks of the directory.

use std::rc::Rc;
use std::sync::Arc;

use crypto::KeyKind;
use rusqlite::Connection;
use smime::{
    CmsError, KeyPlace, Keyring, KeyringError, Keys, KnownCapabilities, KnownCertificate, OwnKey, Remembered,
    SigningIdentity,
};
use trust::{Address, Fetch, Need, RevocationEvidence, Revoked};
use wire::cms::RecipientId;
use wire::{Certificate, Time};

use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::index::{Entry, Index, issued_by};
use crate::{capabilities, certificates, history};

impl Keys for Directory {
    fn find(&self, id: &RecipientId<'_>) -> std::result::Result<Vec<Arc<OwnKey>>, CmsError> {
        let found = || -> Result<Vec<Arc<OwnKey>>> {
            let index = self.own_keys()?;
            index.find(id).into_iter().filter_map(|entry| self.own_key(entry).transpose()).collect()
        };
        found().map_err(|e| KeyringError::from(e).into())
    }

    fn may_have(&self, serial_or_key_id: &[u8]) -> bool {
        // What went wrong is told when it is looked for.
        self.own_keys().map_or(true, |index| index.may_have(serial_or_key_id))
    }
}

impl Keyring for Directory {
    fn signing_identity(
        &self,
        address: &Address,
        now: Time,
    ) -> std::result::Result<Option<SigningIdentity>, KeyringError> {
        Ok(self.signer(address, now, |_| true)?)
    }

    fn signing_identities(
        &self,
        address: &Address,
        now: Time,
    ) -> std::result::Result<Vec<SigningIdentity>, KeyringError> {
        let mut found = Vec::with_capacity(2);
        for post_quantum in [false, true] {
            found.extend(self.signer(address, now, |kind| kind.is_post_quantum() == post_quantum)?);
        }
        Ok(found)
    }

    fn encryption_candidates(&self, address: &Address) -> std::result::Result<Vec<Certificate>, KeyringError> {
        Ok(self.store.read(|c| candidates(c, &address.folded()))?)
    }

    fn anchors(&self) -> std::result::Result<Vec<Certificate>, KeyringError> {
        Ok(self.anchors_of(true)?)
    }

    fn intermediates(&self) -> std::result::Result<Vec<Certificate>, KeyringError> {
        Ok(self.store.read(|c| ders(c, INTERMEDIATES, []))?)
    }

    fn is_distrusted(&self, certificate: &Certificate) -> bool {
        // A store that cannot be asked vouches for nothing.
        let sql = "SELECT count(*) FROM certificates WHERE fingerprint = ? AND mark = 'distrusted'";
        let count = self.store.read(|c| {
            let mut statement = c.prepare_cached(sql)?;
            Ok(statement.query_row([certificates::fingerprint(certificate)], |r| r.get::<_, i64>(0))?)
        });
        count.map_or(true, |count| count > 0)
    }

    fn revocation(&self, needs: &[Need], fetch: Fetch) -> std::result::Result<RevocationEvidence, KeyringError> {
        let gatherer = self.gatherer.borrow().clone();
        Ok(gatherer.map(|gatherer| gatherer.gather(Some(&self.store), needs, fetch)).unwrap_or_default())
    }

    fn revoked_here(&self, certificate: &Certificate) -> Option<Revoked> {
        self.revoked_by_own(certificate)
    }

    fn is_pinned(&self, certificate: &Certificate) -> bool {
        let print = certificates::fingerprint(certificate);
        self.store.read(|c| certificates::is_pinned(c, &print)).unwrap_or(false)
    }

    fn capabilities(&self, address: &Address) -> std::result::Result<Option<KnownCapabilities>, KeyringError> {
        Ok(self.store.read(|c| capabilities::known(c, address))?)
    }

    fn domain_anchors(&self, address: &Address, now: Time) -> std::result::Result<Vec<Certificate>, KeyringError> {
        Ok(self.domain_anchors_of(address, now)?)
    }

    fn remembered(&self, address: &Address) -> std::result::Result<Vec<Remembered>, KeyringError> {
        Ok(self.store.read(|c| history::remembered(c, &address.folded()))?)
    }

    fn known(&self, id: &RecipientId<'_>) -> std::result::Result<Vec<KnownCertificate>, KeyringError> {
        Ok(self.store.read(|c| known(c, id))?)
    }
}

impl From<Error> for KeyringError {
    fn from(error: Error) -> Self {
        match error {
            Error::Locked | Error::WrongPassphrase | Error::Token(_) => KeyringError::Locked,
            other => KeyringError::Failed(other.to_string()),
        }
    }
}

impl Directory {
    /// The addresses of the user's identities, retired ones too.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn own_addresses(&self) -> Result<Vec<String>> {
        self.store.read(|c| {
            let mut statement = c.prepare_cached("SELECT address FROM identities GROUP BY folded ORDER BY folded")?;
            Ok(statement.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The index of own keys, made when it is first asked for. Nothing is unlocked for it.
    fn own_keys(&self) -> Result<Rc<Index>> {
        if let Some(index) = &*self.index.borrow() {
            return Ok(Rc::clone(index));
        }
        let index = Rc::new(self.store.read(read_index)?);
        *self.index.borrow_mut() = Some(Rc::clone(&index));
        Ok(index)
    }

    /// The key of an entry, unlocked; `None` where it was destroyed meanwhile.
    fn own_key(&self, entry: &Entry) -> Result<Option<Arc<OwnKey>>> {
        if let Some(known) = self.loaded.borrow().get(&entry.row) {
            return Ok(Some(Arc::new(own(entry, Arc::clone(known)))));
        }
        let Some(key) = self.private_key(entry.row, &entry.certificate)? else { return Ok(None) };
        self.loaded.borrow_mut().insert(entry.row, Arc::clone(&key));
        Ok(Some(Arc::new(own(entry, key))))
    }

    fn signer(
        &self,
        address: &Address,
        now: Time,
        wanted: impl Fn(&KeyKind) -> bool,
    ) -> Result<Option<SigningIdentity>> {
        let found = self.store.read(|c| signing_row(c, &address.folded(), now, wanted))?;
        let Some(found) = found else { return Ok(None) };
        let chain = self.store.read(|c| ders(c, CHAIN, [found.identity, found.certificate]))?;
        let Some(key) = self.own_key(&found.entry)? else { return Ok(None) };
        Ok(Some(SigningIdentity { key, chain }))
    }
}

fn own(entry: &Entry, key: Arc<dyn crypto::PrivateKey>) -> OwnKey {
    OwnKey { name: entry.name.clone(), certificate: Some(entry.certificate.clone()), key }
}

fn read_index(c: &Connection) -> Result<Index> {
    let mut statement = c.prepare(
        "SELECT k.id, i.address, c.der, k.key_id
         FROM identity_keys l JOIN identities i ON i.id = l.identity
           JOIN keys k ON k.id = l.key JOIN certificates c ON c.id = l.certificate
         WHERE k.sealed IS NOT NULL GROUP BY c.id ORDER BY i.retired_at IS NOT NULL, i.id DESC",
    )?;
    let mut rows = statement.query([])?;
    let mut index = Index::default();
    while let Some(r) = rows.next()? {
        let certificate = certificates::parse(&r.get::<_, Vec<u8>>(2)?)?;
        let computed: Vec<u8> = r.get(3)?;
        index.add(Entry { row: r.get(0)?, name: r.get(1)?, certificate }, &computed);
    }
    Ok(index)
}

struct SigningRow {
    identity: i64,
    certificate: i64,
    entry: Entry,
}

/// The newest of the wanted kinds that is valid now; else the newest, so that the caller can say what is wrong with it.
fn signing_row(
    c: &Connection,
    folded: &str,
    now: Time,
    wanted: impl Fn(&KeyKind) -> bool,
) -> Result<Option<SigningRow>> {
    let mut statement = c.prepare_cached(
        "SELECT i.id, c.id, k.id, i.address, c.der
         FROM identities i JOIN identity_keys l ON l.identity = i.id
           JOIN keys k ON k.id = l.key JOIN certificates c ON c.id = l.certificate
         WHERE i.folded = ?1 AND i.retired_at IS NULL AND l.role IN ('sign', 'both') AND k.sealed IS NOT NULL
           AND c.mark <> 'distrusted'
         ORDER BY (c.not_before <= ?2 AND ?2 <= c.not_after) DESC, c.not_before DESC, i.id DESC",
    )?;
    let mut rows = statement.query((folded, now.0))?;
    while let Some(r) = rows.next()? {
        let certificate = certificates::parse(&r.get::<_, Vec<u8>>(4)?)?;
        if wanted(&trust::key_kind(certificate.public_key())) {
            let entry = Entry { row: r.get(2)?, name: r.get(3)?, certificate };
            return Ok(Some(SigningRow { identity: r.get(0)?, certificate: r.get(1)?, entry }));
        }
    }
    Ok(None)
}

/// Own and trusted certificates come first under the limit, so that a flood of others cannot push them out.
pub(crate) fn candidates(c: &Connection, folded: &str) -> Result<Vec<Certificate>> {
    let mut found = ders(c, CANDIDATES, [folded])?;
    found.sort_by_key(|certificate| std::cmp::Reverse(certificate.not_before()));
    Ok(found)
}

/// The certificates that an identifier names, whoever they belong to. A key that was ours and was destroyed is known by its
/// row, which stays.
fn known(c: &Connection, id: &RecipientId<'_>) -> Result<Vec<KnownCertificate>> {
    let (sql, octets) = match id {
        RecipientId::IssuerSerial { serial, .. } => (KNOWN_SERIAL, *serial),
        RecipientId::KeyId(key_id) => (KNOWN_KEY_ID, *key_id),
    };
    let mut statement = c.prepare_cached(sql)?;
    let mut rows = statement.query([octets])?;
    let mut found = Vec::new();
    while let Some(r) = rows.next()? {
        let certificate = certificates::parse(r.get_ref(0)?.as_blob().map_err(|_| Error::Damaged("certificate"))?)?;
        let key = match r.get::<_, Option<bool>>(1)? {
            Some(true) => KeyPlace::Here,
            Some(false) => KeyPlace::Destroyed,
            None => KeyPlace::Elsewhere,
        };
        if issued_by(&certificate, id) {
            found.push(KnownCertificate { certificate, key });
        }
    }
    Ok(found)
}

pub(crate) fn ders(c: &Connection, sql: &str, with: impl rusqlite::Params) -> Result<Vec<Certificate>> {
    let mut statement = c.prepare_cached(sql)?;
    let mut rows = statement.query(with)?;
    let mut found = Vec::new();
    while let Some(r) = rows.next()? {
        found.push(certificates::parse(r.get_ref(0)?.as_blob().map_err(|_| Error::Damaged("certificate"))?)?);
    }
    Ok(found)
}

/// A certificate whose only identities are retired is no longer encrypted to.
const CANDIDATES: &str = "
SELECT c.der FROM addresses a JOIN certificates c ON c.id = a.certificate
WHERE a.folded = ?1 AND a.standing = 'used' AND c.mark <> 'distrusted'
  AND (NOT EXISTS (SELECT 1 FROM identity_keys l WHERE l.certificate = c.id)
    OR EXISTS (SELECT 1 FROM identity_keys l JOIN identities i ON i.id = l.identity
               WHERE l.certificate = c.id AND i.retired_at IS NULL))
ORDER BY (c.origin = 'own') DESC, (c.mark = 'trusted') DESC, (c.origin = 'file') DESC, c.not_before DESC, c.id DESC
LIMIT 64";

/// Those that came with identities and from files before those that mails brought.
pub(crate) const INTERMEDIATES: &str = "
SELECT der FROM certificates WHERE authority = 1 AND mark = 'none'
  AND NOT EXISTS (SELECT 1 FROM system_anchors s WHERE s.certificate = certificates.id)
ORDER BY (origin = 'mail'), not_before DESC LIMIT 300";

/// Certificates of a serial number, with whether their key is here: null where it never was.
const KNOWN_SERIAL: &str = "
SELECT c.der, (SELECT max(k.sealed IS NOT NULL) FROM identity_keys l JOIN keys k ON k.id = l.key
               WHERE l.certificate = c.id)
FROM certificates c WHERE c.serial = ?1 ORDER BY c.id DESC LIMIT 16";

/// The same for those of a subject key identifier.
const KNOWN_KEY_ID: &str = "
SELECT c.der, (SELECT max(k.sealed IS NOT NULL) FROM identity_keys l JOIN keys k ON k.id = l.key
               WHERE l.certificate = c.id)
FROM certificates c WHERE c.key_id = ?1 ORDER BY c.id DESC LIMIT 16";

/// What goes along with a signature: the chain, and the certificate to encrypt to where it is another.
const CHAIN: &str = "
SELECT der FROM (
  SELECT c.der AS der, l.position AS place FROM identity_chain l JOIN certificates c ON c.id = l.certificate
  WHERE l.identity = ?1
  UNION ALL
  SELECT c.der, -1 FROM identity_keys l JOIN certificates c ON c.id = l.certificate
  WHERE l.identity = ?1 AND c.id <> ?2)
ORDER BY place";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anchors;
    use crate::lock::Unlock;
    use crate::testing::Folder;

    #[test]
    fn no_question_of_the_front_door_walks_through_every_certificate() {
        let folder = Folder::new();
        let directory = Directory::open(&folder.path().join("store"), Unlock::None).unwrap();
        let all =
            [capabilities::KNOWN, CANDIDATES, anchors::OWN, anchors::SYSTEM, anchors::DISTRUSTED, INTERMEDIATES, CHAIN];
        let own = [crate::authorities::OF_NAME, certificates::PLACED];
        let kept = [history::REMEMBERED, crate::sightings::SIGHTINGS, crate::sightings::STANDINGS];
        for sql in all.into_iter().chain([KNOWN_SERIAL, KNOWN_KEY_ID]).chain(kept).chain(own) {
            let plan = directory.store.read(|c| {
                let mut statement = c.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                for at in 1..=statement.parameter_count() {
                    statement.raw_bind_parameter(at, 1)?;
                }
                let mut rows = statement.raw_query();
                let mut plan = Vec::new();
                while let Some(row) = rows.next()? {
                    plan.push(row.get::<_, String>(3)?);
                }
                Ok(plan)
            });
            let plan = plan.unwrap();
            let walks = |line: &&String| *line == "SCAN c" || line.starts_with("SCAN certificates");
            let large: Vec<_> = plan.iter().filter(walks).filter(|l| !l.contains("INDEX")).collect();
            assert!(!plan.is_empty() && large.is_empty(), "{sql}: {plan:#?}");
        }
    }
}
