//! The records of an ACME server: a database beside the authority's journal, in which nothing but the keys of outside
//! accounts is secret. Those are sealed.

use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::rc::Rc;

use ca::acme::{Record, Shelf, Store};
use crypto::Secret;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use wire::{Certificate, Time};

use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::lock::StoreKey;
use crate::{scratch, store};

/// The records of the ACME server of one authority.
pub struct AcmeRecords {
    connection: Connection,
    path: PathBuf,
    key: Rc<StoreKey>,
}

impl AcmeRecords {
    /// Opens those of the authority with this certificate; makes them if there are none.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::WrongPassphrase`]; [`Error::NewerSchema`], [`Error::Io`], [`Error::Database`].
    pub fn open(directory: &Directory, authority: &Certificate) -> Result<AcmeRecords> {
        let key = directory.store_key()?;
        let folder = scratch::parent(directory.store.path()).join("authorities");
        match std::fs::DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(Error::io(&folder)(error)),
            _ => {}
        }
        let path = folder.join(format!("{}.acme", wire::hex(&crypto::fingerprint(authority.der()))));
        store::guard_file(&path)?;
        let named = |error: Error| error.at(&path);
        let open = || -> Result<Connection> {
            let connection = Connection::open_with_flags(&path, store::FLAGS)?;
            store::configure(&connection)?;
            let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
            match found {
                0 => {
                    let made = Transaction::new_unchecked(&connection, TransactionBehavior::Immediate)?;
                    made.execute_batch(TABLES)?;
                    made.commit()?;
                }
                KNOWN => {}
                _ => return Err(Error::NewerSchema { path: path.clone(), found, known: KNOWN }),
            }
            Ok(connection)
        };
        let connection = open().map_err(named)?;
        Ok(AcmeRecords { connection, path, key })
    }

    /// Hands out a key of an outside account under a name that no other has (RFC 8555 section 7.3.4).
    ///
    /// # Errors
    /// [`Error::NameTaken`], [`Error::Database`].
    pub fn add_external(&self, name: &str, secret: &Secret) -> Result<()> {
        let sealed = self.key.seal(&purpose(name), secret.as_bytes())?;
        let sql = "INSERT OR IGNORE INTO records (shelf, id, value) VALUES (?, ?, ?)";
        let added = self.connection.execute(sql, (Shelf::External.name(), name, wire::hex(&sealed)));
        match added.map_err(|e| Error::from(e).at(&self.path))? {
            0 => Err(Error::NameTaken(name.to_owned())),
            _ => Ok(()),
        }
    }

    /// Takes it back: no more accounts are bound to it. Says whether there was one.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn remove_external(&self, name: &str) -> Result<bool> {
        let sql = "DELETE FROM records WHERE shelf = ? AND id = ?";
        let removed = self.connection.execute(sql, (Shelf::External.name(), name));
        removed.map(|count| count > 0).map_err(|e| Error::from(e).at(&self.path))
    }

    /// The names that were handed out.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn externals(&self) -> Result<Vec<String>> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let mut statement = self.connection.prepare("SELECT id FROM records WHERE shelf = ? ORDER BY id")?;
            statement.query_map([Shelf::External.name()], |row| row.get(0))?.collect()
        };
        read().map_err(|e| Error::from(e).at(&self.path))
    }

    fn value(&self, shelf: Shelf, id: &str) -> Result<Option<String>> {
        let sql = "SELECT value FROM records WHERE shelf = ? AND id = ?";
        let found: Option<String> =
            self.connection.prepare_cached(sql)?.query_row((shelf.name(), id), |row| row.get(0)).optional()?;
        match (shelf, found) {
            (Shelf::External, Some(sealed)) => {
                let sealed = wire::from_hex(sealed.as_bytes()).ok_or(Error::Damaged("external account"))?;
                let secret = self.key.open(&purpose(id), &sealed)?;
                Ok(Some(ca::acme::base64url::encode(secret.as_bytes())))
            }
            (_, found) => Ok(found),
        }
    }

    fn put(&self, records: &[Record], now: Time) -> Result<()> {
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        for record in records {
            let (shelf, id) = (record.shelf.name(), &record.id);
            match &record.value {
                Some(value) => {
                    let sql = "INSERT OR REPLACE INTO records (shelf, id, value, expires) VALUES (?, ?, ?, ?)";
                    transaction.prepare_cached(sql)?.execute((shelf, id, value, record.expires.map(|at| at.0)))?;
                }
                None => {
                    let sql = "DELETE FROM records WHERE shelf = ? AND id = ?";
                    transaction.prepare_cached(sql)?.execute((shelf, id))?;
                }
            }
        }
        transaction.prepare_cached("DELETE FROM records WHERE expires < ?")?.execute([now.0])?;
        Ok(transaction.commit()?)
    }
}

impl Store for AcmeRecords {
    fn get(&self, shelf: Shelf, id: &str) -> std::result::Result<Option<String>, String> {
        self.value(shelf, id).map_err(|e| e.at(&self.path).to_string())
    }

    fn write(&self, records: &[Record], now: Time) -> std::result::Result<(), String> {
        self.put(records, now).map_err(|e| e.at(&self.path).to_string())
    }
}

/// What a sealed key is bound to.
fn purpose(name: &str) -> String {
    format!("external account {name}")
}

const TABLES: &str = "
CREATE TABLE records (
  shelf TEXT NOT NULL,               -- the words of ca::acme::Shelf
  id TEXT NOT NULL,
  value TEXT NOT NULL,               -- JSON; of an external account the sealed key, hexadecimal
  expires INTEGER,                   -- from then on it is forgotten
  PRIMARY KEY (shelf, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX records_expires ON records (expires) WHERE expires IS NOT NULL;
PRAGMA user_version = 1;
";
const KNOWN: i64 = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::Unlock;

    fn record(shelf: Shelf, id: &str, value: Option<&str>, expires: Option<i64>) -> Record {
        Record { shelf, id: id.to_owned(), value: value.map(str::to_owned), expires: expires.map(Time) }
    }

    #[test]
    fn records_are_kept_until_they_expire_and_outside_keys_are_sealed() {
        let folder = crate::testing::Folder::new();
        let directory = Directory::open(folder.path(), Unlock::None).unwrap();
        crate::testing::add_authority(&directory, "CA");
        let certificate = directory.authority("CA").unwrap().certificate;
        let open = || AcmeRecords::open(&directory, &certificate).unwrap();
        let records = open();
        let first = [
            record(Shelf::Account, "a", Some("1"), None),
            record(Shelf::Order, "a", Some("2"), Some(100)),
            record(Shelf::Order, "b", Some("3"), Some(200)),
        ];
        records.write(&first, Time(0)).unwrap();
        records
            .write(&[record(Shelf::Account, "a", Some("4"), None), record(Shelf::Order, "b", None, None)], Time(1))
            .unwrap();
        drop(records);
        let records = open();
        let get = |shelf, id: &str| records.get(shelf, id).unwrap();
        assert_eq!(get(Shelf::Account, "a").as_deref(), Some("4"));
        assert_eq!((get(Shelf::Order, "a").as_deref(), get(Shelf::Order, "b")), (Some("2"), None));
        records.write(&[], Time(101)).unwrap();
        assert_eq!(get(Shelf::Order, "a"), None);
        let secret = Secret::new(b"planted-secret-of-32-octets-here".to_vec());
        records.add_external("staff-7", &secret).unwrap();
        assert!(matches!(records.add_external("staff-7", &secret), Err(Error::NameTaken(_))));
        assert_eq!(get(Shelf::External, "staff-7").unwrap(), ca::acme::base64url::encode(secret.as_bytes()));
        assert_eq!(records.externals().unwrap(), ["staff-7"]);
        let bytes = std::fs::read(&records.path).unwrap();
        assert!(!bytes.windows(7).any(|w| w == b"planted"));
        assert!(records.remove_external("staff-7").unwrap() && !records.remove_external("staff-7").unwrap());
        assert_eq!(get(Shelf::External, "staff-7"), None);
    }
}
