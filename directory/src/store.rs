//! The database file: made, guarded, opened; one transaction for each change.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB, OpenFlags, Transaction, TransactionBehavior};
use zeroize::Zeroizing;

use crate::error::{DatabaseFault, Error, Result};
use crate::schema;

/// The open database.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens the store in `folder`, making both if they are not there.
    pub fn open(folder: &Path) -> Result<Store> {
        guard_folder(folder)?;
        let path = folder.join(FILE);
        guard_file(&path)?;
        let named = |error: Error| error.at(&path);
        let connection = Connection::open_with_flags(&path, FLAGS).map_err(Error::from).map_err(named)?;
        configure(&connection).map_err(Error::from).map_err(named)?;
        schema::upgrade(&connection, &path).map_err(named)?;
        Ok(Store { connection, path })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The whole database as one read sees it, but for what was only fetched. Never read the file itself: closing it would drop the locks that
    /// this process holds on it (POSIX has them by process and file, not by handle).
    pub fn bytes(&self) -> Result<Zeroizing<Vec<u8>>> {
        let run = || {
            let mut second = self.second()?;
            let all = second.serialize(MAIN_DB)?;
            let mut copy = Connection::open_in_memory()?;
            copy.deserialize_read_exact(MAIN_DB, &all[..], all.len(), false)?;
            copy.execute_batch("DELETE FROM fetched; DELETE FROM discovered; VACUUM;")?;
            Ok(Zeroizing::new(copy.serialize(MAIN_DB)?.to_vec()))
        };
        run().map_err(|e: Error| e.at(&self.path))
    }

    /// Makes the database what these bytes say, in one step that other processes see as one change.
    pub fn replace(&self, bytes: &[u8]) -> Result<()> {
        let run = || {
            let mut from = Connection::open_in_memory()?;
            from.deserialize_read_exact(MAIN_DB, bytes, bytes.len(), true)?;
            schema::check(&from, &self.path)?;
            let mut second = self.second()?;
            match Backup::new(&from, &mut second)?.step(-1)? {
                StepResult::Done => Ok(()),
                _ => Err(Error::Database { path: PathBuf::new(), fault: DatabaseFault::Busy }),
            }
        };
        run().map_err(|e: Error| e.at(&self.path))
    }

    /// Another connection, for what must not happen inside a transaction of the first.
    fn second(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(&self.path, FLAGS)?;
        configure(&connection)?;
        Ok(connection)
    }

    /// Several reads of one state.
    pub fn read<T>(&self, reads: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let run = || {
            let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Deferred)?;
            reads(&transaction)
        };
        run().map_err(|e| e.at(&self.path))
    }

    /// One change, which happens wholly or not at all. It begins with the write lock, so that two processes that
    /// both read and then write wait for each other instead of failing.
    pub fn write<T>(&self, changes: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let run = || {
            let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
            let done = changes(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        run().map_err(|e: Error| e.at(&self.path))
    }
}

impl Store {
    /// One change of many rows: indexes grow at random places, which a larger part of the file in memory makes bearable.
    /// It is one transaction, so that pages which are new need no journal, and a crash leaves nothing of it.
    pub fn write_much<T>(&self, changes: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let size = |kib: i64| self.connection.pragma_update(None, "cache_size", -kib);
        size(MUCH).map_err(|e| Error::from(e).at(&self.path))?;
        let done = self.write(changes);
        let _ = size(USUAL);
        let _ = self.connection.release_memory();
        done
    }
}

/// Whether there is a store in a folder.
pub(crate) fn exists(folder: &Path) -> bool {
    folder.join(FILE).is_file()
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let fault = match error.sqlite_error_code() {
            Some(Code::NotADatabase) => return Error::NotAStore(PathBuf::new()),
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => DatabaseFault::Busy,
            Some(Code::DiskFull) => DatabaseFault::Full,
            Some(Code::DatabaseCorrupt) => DatabaseFault::Damaged,
            Some(Code::ReadOnly | Code::PermissionDenied) => DatabaseFault::ReadOnly,
            _ => DatabaseFault::Other(error.to_string()),
        };
        Error::Database { path: PathBuf::new(), fault }
    }
}

impl Error {
    /// Says which database it was.
    pub(crate) fn at(self, path: &Path) -> Error {
        match self {
            Error::Database { fault, .. } => Error::Database { path: path.to_owned(), fault },
            Error::NotAStore(_) => Error::NotAStore(path.to_owned()),
            other => other,
        }
    }
}

/// A rollback journal, not a write-ahead log: what survives a crash is one file, and a copy of it is a copy.
pub(crate) fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true)?;
    // EXTRA: FULL, and the folder is synced after the journal is gone. Deleted keys are overwritten.
    connection.execute_batch("PRAGMA synchronous = EXTRA; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;")
}

/// Makes the folder with mode 0700. One that is there and open to others is closed if it is empty and refused if
/// not: it may be shared on purpose.
fn guard_folder(folder: &Path) -> Result<()> {
    if let Some(parent) = folder.parent().filter(|p| !p.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(Error::io(parent))?;
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        other => return other.map_err(Error::io(folder)),
    }
    let mode = fs::metadata(folder).map_err(Error::io(folder))?.mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    if fs::read_dir(folder).map_err(Error::io(folder))?.next().is_some() {
        return Err(Error::TooOpen { path: folder.to_owned(), mode });
    }
    fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(Error::io(folder))
}

/// Makes the file with mode 0600 before the database library does with a wider one. Its journal gets the same.
pub(crate) fn guard_file(path: &Path) -> Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        other => return other.map(drop).map_err(Error::io(path)),
    }
    let mode = fs::metadata(path).map_err(Error::io(path))?.mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(Error::io(path))
}

const FILE: &str = "store.db";
pub(crate) const FLAGS: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);
/// KiB of the database that are kept in memory, as the library has it, and for a change of many rows.
const USUAL: i64 = 2000;
const MUCH: i64 = 96 << 10;
/// How long one process waits for another.
const PATIENCE: Duration = Duration::from_secs(20);

/// Several values as OCTET STRINGs one after the other.
pub(crate) fn pack(values: &[Vec<u8>]) -> Vec<u8> {
    let mut writer = wire::der::Writer::new();
    values.iter().for_each(|value| {
        writer.octet_string(value);
    });
    writer.into_bytes()
}

pub(crate) fn unpack(packed: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut reader = wire::der::Reader::new(packed);
    let mut values = Vec::new();
    while !reader.is_empty() {
        values.push(reader.octet_string().map_err(|_| Error::Damaged("what was fetched"))?.to_vec());
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Folder;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn folder_and_file_are_private_from_the_start() {
        let folder = Folder::new();
        let store = folder.path().join("a/b/store");
        Store::open(&store).unwrap();
        assert_eq!((mode(&store), mode(&store.join(FILE))), (0o700, 0o600));
        fs::set_permissions(store.join(FILE), Permissions::from_mode(0o644)).unwrap();
        Store::open(&store).unwrap();
        assert_eq!(mode(&store.join(FILE)), 0o600);
    }

    #[test]
    fn an_open_folder_is_closed_if_empty_and_refused_if_not() {
        let folder = Folder::new();
        let empty = folder.path().join("empty");
        fs::create_dir(&empty).unwrap();
        fs::set_permissions(&empty, Permissions::from_mode(0o755)).unwrap();
        Store::open(&empty).unwrap();
        assert_eq!(mode(&empty), 0o700);
        fs::set_permissions(&empty, Permissions::from_mode(0o750)).unwrap();
        assert!(matches!(Store::open(&empty), Err(Error::TooOpen { mode: 0o750, .. })));
        assert_eq!(mode(&empty), 0o750);
    }

    #[test]
    fn other_files_are_named_in_the_error() {
        let folder = Folder::new();
        let store = folder.path().join("store");
        DirBuilder::new().mode(0o700).create(&store).unwrap();
        fs::write(store.join(FILE), [b'x'; 4096]).unwrap();
        let Err(Error::NotAStore(path)) = Store::open(&store) else { panic!() };
        assert_eq!(path, store.join(FILE));
    }

    #[test]
    fn a_change_that_fails_did_not_happen() {
        let folder = Folder::new();
        let store = Store::open(&folder.path().join("s")).unwrap();
        let sql = "INSERT INTO identities (address, folded, created_at) VALUES ('a', 'a', 1)";
        let failed: Result<()> = store.write(|c| {
            c.execute(sql, [])?;
            Err(Error::Locked)
        });
        assert!(matches!(failed, Err(Error::Locked)));
        let count = |c: &Connection| Ok(c.query_row("SELECT count(*) FROM identities", [], |r| r.get::<_, i64>(0))?);
        assert_eq!(store.read(count).unwrap(), 0);
        store.write(|c| Ok(c.execute(sql, [])?)).unwrap();
        assert_eq!(store.read(count).unwrap(), 1);
    }
}
