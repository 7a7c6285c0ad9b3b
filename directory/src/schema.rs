//! The tables of the store and how an older store becomes a newer one.

mod discovery;
mod history;
mod requests;
mod tokens;

use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::error::{DatabaseFault, Error, Result};
use crate::scratch;

/// Brings the database to the newest schema, in one transaction. An older store is copied first, to the file
/// `store.db.vN.bak` beside it.
pub(crate) fn upgrade(connection: &Connection, path: &Path) -> Result<()> {
    upgrade_by(connection, path, STEPS)
}

/// Whether a database is a store that this program can read or upgrade; `path` is for the error.
pub(crate) fn check(connection: &Connection, path: &Path) -> Result<()> {
    version(connection, path, STEPS.len() as i64).map(drop)
}

fn upgrade_by(connection: &Connection, path: &Path, steps: &[&str]) -> Result<()> {
    let known = steps.len() as i64;
    if version(connection, path, known)? == known {
        return Ok(());
    }
    // Only one of several processes does it; the others wait here and find it done.
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let found = version(&transaction, path, known)?;
    if found > 0 && found < known {
        copy_beside(path, found)?;
    }
    for step in steps.iter().skip(usize::try_from(found).unwrap_or_default()) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", known)?;
    Ok(transaction.commit()?)
}

/// The schema number, once it is sure that the database is ours and not newer than we are.
fn version(connection: &Connection, path: &Path, known: i64) -> Result<i64> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let found = number("user_version")?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if (tables > 0 || found != 0) && number("application_id")? != APPLICATION {
        return Err(Error::NotAStore(path.to_owned()));
    }
    if found > known {
        return Err(Error::NewerSchema { path: path.to_owned(), found, known });
    }
    Ok(found.max(0))
}

/// A copy while the caller's transaction holds the write lock and has changed nothing yet. It is read through a
/// connection of its own: the database library copies from none that is writing.
fn copy_beside(path: &Path, version: i64) -> Result<()> {
    let folder = scratch::parent(path);
    let (file, temporary) = scratch::create(folder, ".bak").map_err(Error::io(folder))?;
    let copied = (|| {
        let from = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut copy = Connection::open(&temporary)?;
        // Every page in one step, which fails rather than waits for ever.
        let step = Backup::new(&from, &mut copy)?.step(-1)?;
        copy.close().map_err(|(_, e)| e)?;
        if step != StepResult::Done {
            return Err(Error::Database { path: path.to_owned(), fault: DatabaseFault::Busy });
        }
        file.sync_all().map_err(Error::io(&temporary))?;
        std::fs::rename(&temporary, copy_name(path, version)).map_err(Error::io(&temporary))?;
        scratch::sync_folder(folder).map_err(Error::io(folder))
    })();
    if copied.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    copied
}

fn copy_name(path: &Path, version: i64) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".v{version}.bak"));
    name.into()
}

/// Step N leads from schema N to N + 1. A step that was released is never changed: whoever needs another table adds a step.
const STEPS: &[&str] = &[
    CREATE,
    CAPABILITIES,
    PREFERENCE,
    REVOCATION,
    history::TABLES,
    tokens::TABLES,
    discovery::TABLES,
    requests::TABLES,
];

const CREATE: &str = "
-- How the private keys are protected: at most one row, made with the first private key.
CREATE TABLE store (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  protection TEXT NOT NULL CHECK (protection IN ('passphrase', 'none')),
  salt BLOB NOT NULL,
  iterations INTEGER NOT NULL,
  key BLOB NOT NULL,           -- the store key, sealed under the passphrase or as it is
  key_check BLOB NOT NULL      -- SHA-256 over it: tells one store key from the next
) STRICT;

-- Private keys, PKCS#8 sealed under the store key; NULL once destroyed.
CREATE TABLE keys (
  id INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL UNIQUE,  -- SHA-256 of the SubjectPublicKeyInfo, hexadecimal
  kind TEXT NOT NULL,
  key_id BLOB NOT NULL,              -- RFC 5280 section 4.2.1.2 (1)
  sealed BLOB,
  added_at INTEGER NOT NULL
) STRICT;

CREATE TABLE certificates (
  id INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL UNIQUE,  -- SHA-256 of the DER, hexadecimal
  der BLOB NOT NULL,
  issuer BLOB NOT NULL,
  serial BLOB NOT NULL,
  subject BLOB NOT NULL,
  key_id BLOB,                       -- the extension subjectKeyIdentifier
  not_before INTEGER NOT NULL,
  not_after INTEGER NOT NULL,
  authority INTEGER NOT NULL,        -- basicConstraints says cA
  mark TEXT NOT NULL CHECK (mark IN ('none', 'trusted', 'distrusted')),
  origin TEXT NOT NULL CHECK (origin IN ('own', 'authority', 'file', 'chain', 'mail')),
  added_at INTEGER NOT NULL
) STRICT;
CREATE INDEX certificates_serial ON certificates (serial, issuer);
CREATE INDEX certificates_key_id ON certificates (key_id) WHERE key_id IS NOT NULL;
CREATE INDEX certificates_subject ON certificates (subject) WHERE authority = 1;
CREATE INDEX certificates_authority ON certificates (not_before) WHERE authority = 1;
CREATE INDEX certificates_mark ON certificates (mark) WHERE mark <> 'none';

-- The addresses that a certificate names. 'folded' is what is searched: ASCII in lower case.
CREATE TABLE addresses (
  folded TEXT NOT NULL,
  certificate INTEGER NOT NULL REFERENCES certificates (id) ON DELETE CASCADE,
  address TEXT NOT NULL,
  PRIMARY KEY (folded, certificate)
) STRICT, WITHOUT ROWID;
CREATE INDEX addresses_certificate ON addresses (certificate);

CREATE TABLE identities (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  address TEXT NOT NULL,
  folded TEXT NOT NULL,
  display TEXT,
  created_at INTEGER NOT NULL,
  retired_at INTEGER
) STRICT;
CREATE INDEX identities_folded ON identities (folded);

CREATE TABLE identity_keys (
  identity INTEGER NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('sign', 'encrypt', 'both')),
  key INTEGER NOT NULL REFERENCES keys (id),
  certificate INTEGER NOT NULL REFERENCES certificates (id),
  PRIMARY KEY (identity, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_keys_key ON identity_keys (key);
CREATE INDEX identity_keys_certificate ON identity_keys (certificate);

-- Certificates that an identity sends along, its issuer first.
CREATE TABLE identity_chain (
  identity INTEGER NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  certificate INTEGER NOT NULL REFERENCES certificates (id),
  PRIMARY KEY (identity, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_chain_certificate ON identity_chain (certificate);

CREATE TABLE authorities (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  key INTEGER NOT NULL REFERENCES keys (id),
  certificate INTEGER NOT NULL REFERENCES certificates (id),
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX authorities_key ON authorities (key);
CREATE INDEX authorities_certificate ON authorities (certificate);
";

const CAPABILITIES: &str = "
-- What the owner of a certificate last said, in a verified mail, that they can read.
CREATE TABLE capabilities (
  certificate INTEGER PRIMARY KEY REFERENCES certificates (id) ON DELETE CASCADE,
  list BLOB NOT NULL,                -- SMIMECapabilities, DER
  signed_at INTEGER NOT NULL,
  learned_at INTEGER NOT NULL,
  best INTEGER NOT NULL,             -- the strong things that any list of theirs had, as bits
  best_at INTEGER NOT NULL           -- when a list was signed that had them all
) STRICT;
";

const PREFERENCE: &str = "
-- The certificate that its owner asked to be encrypted to in the same mail.
ALTER TABLE capabilities ADD COLUMN preferred INTEGER REFERENCES certificates (id) ON DELETE SET NULL;
CREATE INDEX capabilities_preferred ON capabilities (preferred) WHERE preferred IS NOT NULL;
";

const REVOCATION: &str = "
-- What was fetched: a cache, nothing of which is believed for being here.
CREATE TABLE fetched (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('crl', 'ocsp', 'issuer')),
  url TEXT NOT NULL,
  question TEXT NOT NULL,            -- an OCSP request: SHA-256 over what it asks, hexadecimal; else empty
  body BLOB,                         -- NULL where nothing came
  failure TEXT,                      -- why nothing came
  size INTEGER NOT NULL,
  fetched_at INTEGER NOT NULL,
  fresh_until INTEGER NOT NULL,      -- until then it is not fetched again
  UNIQUE (kind, url, question)
) STRICT;
CREATE INDEX fetched_at ON fetched (fetched_at);

-- Anchors for mail that the system carries; a mark in 'certificates' wins over them.
CREATE TABLE system_anchors (
  certificate INTEGER PRIMARY KEY REFERENCES certificates (id) ON DELETE CASCADE,
  source TEXT NOT NULL,              -- the file that says so
  taken_at INTEGER NOT NULL
) STRICT;
";

/// PRAGMA application_id: `SPst`.
const APPLICATION: i64 = 0x5350_7374;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use ca::CertificateProfile;
    use crypto::{Curve, KeySpec, Secret, SoftKey, SystemRandom};
    use trust::Address;
    use wire::{Pkcs11Uri, Time};

    use super::*;
    use crate::testing::Folder;
    use crate::{Directory, NewIdentity, NewKey, NewTokenKey, Origin, Place, Role, Source, Unlock};

    const NEXT: &str = "ALTER TABLE identities ADD COLUMN colour TEXT; UPDATE identities SET colour = 'red';";

    /// The steps with others after them.
    fn steps<'a>(more: &[&'a str]) -> Vec<&'a str> {
        STEPS.iter().chain(more).copied().collect()
    }

    fn store(folder: &Folder) -> (PathBuf, Connection) {
        let path = folder.path().join("store.db");
        let connection = Connection::open(&path).unwrap();
        upgrade(&connection, &path).unwrap();
        (path, connection)
    }

    fn insert(connection: &Connection) {
        let sql = "INSERT INTO identities (address, folded, created_at) VALUES ('a@b.c', 'a@b.c', 1)";
        connection.execute(sql, []).unwrap();
    }

    #[test]
    fn an_older_store_is_copied_then_upgraded() {
        let folder = Folder::new();
        let (path, connection) = store(&folder);
        insert(&connection);
        upgrade_by(&connection, &path, &steps(&[NEXT])).unwrap();
        let colour: String = connection.query_row("SELECT colour FROM identities", [], |r| r.get(0)).unwrap();
        assert_eq!(colour, "red");
        let backup = folder.path().join(format!("store.db.v{}.bak", STEPS.len()));
        let copy = Connection::open(&backup).unwrap();
        let count: i64 = copy.query_row("SELECT count(*) FROM identities", [], |r| r.get(0)).unwrap();
        assert_eq!(count, 1);
        assert!(copy.prepare("SELECT colour FROM identities").is_err());
        upgrade(&copy, &path).unwrap();
        let mode = std::fs::metadata(&backup).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
        // The upgraded store is now newer than this program.
        let Err(Error::NewerSchema { found, known, .. }) = upgrade(&connection, &path) else { panic!() };
        assert_eq!((found, known), (STEPS.len() as i64 + 1, STEPS.len() as i64));
    }

    #[test]
    fn a_step_that_fails_leaves_the_store_as_it_was() {
        let folder = Folder::new();
        let (path, connection) = store(&folder);
        insert(&connection);
        let broken = format!("{NEXT} SELECT nonsense FROM nowhere;");
        assert!(upgrade_by(&connection, &path, &steps(&[&broken])).is_err());
        assert!(connection.prepare("SELECT colour FROM identities").is_err());
        upgrade(&connection, &path).unwrap();
    }

    #[test]
    fn a_store_of_the_first_schema_gets_a_place_for_capabilities() {
        let folder = Folder::new();
        let path = folder.path().join("store.db");
        let connection = Connection::open(&path).unwrap();
        upgrade_by(&connection, &path, &STEPS[..1]).unwrap();
        insert(&connection);
        assert!(connection.prepare("SELECT list FROM capabilities").is_err());
        upgrade(&connection, &path).unwrap();
        assert!(connection.prepare("SELECT list, preferred FROM capabilities").is_ok());
        let count: i64 = connection.query_row("SELECT count(*) FROM identities", [], |r| r.get(0)).unwrap();
        assert_eq!(count, 1);
        assert!(folder.path().join("store.db.v1.bak").exists());
    }

    /// A store of schema `version` with what one of the newest schema has, as far as there is a place for it.
    fn as_of(version: usize, newest: &Path, path: &Path) {
        let connection = Connection::open(path).unwrap();
        upgrade_by(&connection, path, &STEPS[..version]).unwrap();
        connection.execute("ATTACH ? AS newest", [newest.to_str().unwrap()]).unwrap();
        let list = |sql: &str| -> Vec<String> {
            let mut statement = connection.prepare(sql).unwrap();
            statement.query_map([], |r| r.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
        };
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        for table in list("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'") {
            let columns = list(&format!("SELECT name FROM pragma_table_info('{table}')")).join(", ");
            let copy = format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newest.{table}");
            connection.execute(&copy, []).unwrap();
        }
    }

    /// Schema 5 as it is in use: somebody's key, and a contact with a certificate that was seen at a place.
    #[test]
    fn a_store_of_the_fifth_schema_keeps_all_it_has_and_takes_keys_in_tokens() {
        let (folder, now) = (Folder::new(), Time(1_800_000_000));
        let [newest, older] = ["newest", "older"].map(|name| folder.path().join(name));
        let key = |address: &str| {
            let (key, pkcs8) = SoftKey::generate(KeySpec::Ec(Curve::P256), &mut SystemRandom).unwrap();
            let (address, validity) = (Address::parse(address).unwrap(), (now, Time(now.0 + 1000)));
            let both = CertificateProfile::MailBoth;
            let certificate = ca::self_signed(&key, &address, None, both, validity, &mut SystemRandom).unwrap();
            (address, NewKey { pkcs8: Secret::from(pkcs8), certificate })
        };
        let identity = |address, sign| NewIdentity { address, display: None, sign, encrypt: None, chain: Vec::new() };
        let ((alice, hers), (bob, his)) = (key("alice@example.org"), key("bob@example.net"));
        let directory = Directory::open(&newest, Unlock::None).unwrap();
        directory.add_identity(&identity(alice, Some(hers)), now).unwrap();
        let place = Place { source: Source::File, detail: "bob.pem".to_owned() };
        let mut seen = [Ok::<_, Error>(his.certificate.clone())].into_iter();
        directory.import_all(&mut seen, Origin::File, &place, now, &mut |_, _| ()).unwrap();
        drop(directory);
        std::fs::create_dir(&older).unwrap();
        std::fs::set_permissions(&older, std::fs::Permissions::from_mode(0o700)).unwrap();
        let path = older.join("store.db");
        as_of(5, &newest.join("store.db"), &path);
        let rows = |path: &Path| {
            let connection = Connection::open(path).unwrap();
            let tables = ["keys", "certificates", "addresses", "identities", "identity_keys", "places", "sightings"];
            tables.map(|table| {
                connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get::<_, i64>(0)).unwrap()
            })
        };
        assert_eq!(rows(&path), [1, 2, 2, 1, 1, 1, 1]);

        let directory = Directory::open(&older, Unlock::None).unwrap();
        assert_eq!((rows(&path), rows(&older.join("store.db.v5.bak"))), (rows(&newest.join("store.db")), rows(&path)));
        let id = directory.identities().unwrap()[0].id;
        assert!(directory.export(id).unwrap().pkcs8.iter().all(Option::is_some));
        let uri = Pkcs11Uri::parse("pkcs11:token=Bob").unwrap();
        let token = NewTokenKey { role: Role::Both, uri, certificate: his.certificate };
        let id = directory.add_token_identity(&identity(bob, None), &[token], now).unwrap();
        drop(directory);
        let directory = Directory::open(&older, Unlock::None).unwrap();
        assert_eq!(directory.identity(id).unwrap().keys[0].token.as_deref(), Some("pkcs11:token=Bob"));
    }

    #[test]
    fn a_store_that_remembers_people_gets_a_place_for_what_was_asked_about_them() {
        let folder = Folder::new();
        let path = folder.path().join("store.db");
        let connection = Connection::open(&path).unwrap();
        let before = STEPS.iter().position(|step| *step == discovery::TABLES).unwrap();
        upgrade_by(&connection, &path, &STEPS[..before]).unwrap();
        let data =
            "INSERT INTO certificates VALUES (7, 'ab', x'01', x'02', x'03', x'04', NULL, 5, 6, 0, 'none', 'mail', 8);
                    INSERT INTO addresses VALUES ('a@b.c', 7, 'A@b.c', 'changed', 9);
                    INSERT INTO places VALUES (3, 'mail', 'a@b.c');
                    INSERT INTO sightings VALUES (7, 3, 8, 9, '<1@x>', '<2@x>');
                    INSERT INTO keys VALUES (4, 'cd', 'p256', x'06', x'', 8);
                    INSERT INTO token_keys VALUES (4, 'pkcs11:token=Bob');
                    INSERT INTO fetched VALUES (1, 'crl', 'http://x/', '', x'05', NULL, 1, 8, 99);";
        connection.execute_batch(data).unwrap();
        assert!(connection.prepare("SELECT body FROM discovered").is_err());
        upgrade(&connection, &path).unwrap();
        connection
            .execute_batch(
                "INSERT INTO discovered (source, place, body, asked_at, fresh_until) VALUES ('ldap', 'x', x'', 1, 2)",
            )
            .unwrap();
        let row = |sql: &str| connection.query_row(sql, [], |r| Ok(format!("{:?} {:?}", r.get_ref(0)?, r.get_ref(1)?)));
        let kept = "SELECT a.standing, s.last_in FROM certificates c JOIN addresses a ON a.certificate = c.id
                    JOIN sightings s ON s.certificate = c.id JOIN places p ON p.id = s.place
                    WHERE c.der = x'01' AND p.detail = 'a@b.c' AND a.standing_at = 9";
        assert_eq!(row(kept).unwrap(), "Text([99, 104, 97, 110, 103, 101, 100]) Text([60, 50, 64, 120, 62])");
        assert_eq!(row("SELECT size, fresh_until FROM fetched").unwrap(), "Integer(1) Integer(99)");
        assert_eq!(row("SELECT key, length(uri) FROM token_keys").unwrap(), "Integer(4) Integer(16)");
        assert!(copy_name(&path, before as i64).exists());
    }

    #[test]
    fn what_others_made_is_left_alone() {
        let folder = Folder::new();
        let path = folder.path().join("store.db");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        assert!(matches!(upgrade(&connection, &path), Err(Error::NotAStore(_))));
    }
}
