//! The store key: what the passphrase opens, and what opens each private key.

use std::fmt;
use std::io::{self, Write};

use crypto::{Digest, Random, Secret, SystemRandom, kdf};
use rusqlite::{Connection, OptionalExtension, named_params};
use zeroize::Zeroizing;

use crate::agent_socket::AgentSocket;
use crate::error::{Error, Result};
use crate::seal;
use crate::store::Store;

/// Where the passphrase of a store comes from.
pub enum Unlock {
    /// This passphrase.
    Passphrase(Secret),
    /// There is none. A store that holds no private key yet will keep its keys without one; the keys of a store
    /// under a passphrase stay locked.
    None,
    /// Ask when a private key is needed, and not before; at most once if the answer is right. An error of kind
    /// [`io::ErrorKind::NotFound`] says that there is nobody to ask.
    Ask(Box<dyn Fn() -> io::Result<Secret>>),
    /// The same where no [agent](crate::Agent) holds the key of this store.
    AgentOrAsk(Box<dyn Fn() -> io::Result<Secret>>),
}

impl fmt::Debug for Unlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unlock::Passphrase(_) => "Passphrase",
            Unlock::None => "None",
            Unlock::Ask(_) => "Ask",
            Unlock::AgentOrAsk(_) => "AgentOrAsk",
        })
    }
}

/// How the private keys of a store are protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// There is no private key yet; the first one decides.
    Undecided,
    /// By a passphrase.
    Passphrase,
    /// By the permissions of the file alone.
    None,
}

/// The key that every private key of the store is sealed under.
pub(crate) struct StoreKey {
    key: Secret,
    check: Vec<u8>,
}

impl StoreKey {
    fn new(key: Secret) -> Self {
        let check = crypto::fingerprint(key.as_bytes()).to_vec();
        StoreKey { key, check }
    }

    fn random() -> Result<Self> {
        Ok(StoreKey::new(crypto::random_secret(KEY_LENGTH, &mut SystemRandom)?))
    }

    /// Seals bytes that belong to `name`.
    pub fn seal(&self, name: &str, bytes: &[u8]) -> Result<Vec<u8>> {
        seal::seal(&self.key, name.as_bytes(), bytes)
    }

    /// Opens what was sealed for the same `name`.
    pub fn open(&self, name: &str, sealed: &[u8]) -> Result<Secret> {
        seal::open(&self.key, name.as_bytes(), sealed).map_err(|_| Error::Damaged("sealed key"))
    }

    /// Writes the key itself, to an agent and nowhere else.
    pub fn lend(&self, to: &mut dyn Write) -> io::Result<()> {
        to.write_all(self.key.as_bytes())?;
        to.flush()
    }

    /// Inside a change: whether this is still the key of the store.
    pub fn still_current(&self, c: &Connection) -> Result<()> {
        let check: Option<Vec<u8>> = c.query_row("SELECT key_check FROM store", [], |r| r.get(0)).optional()?;
        if check.is_some_and(|check| check == self.check) { Ok(()) } else { Err(Error::ChangedMeanwhile) }
    }
}

/// How the store is protected now.
pub(crate) fn protection(c: &Connection) -> Result<Protection> {
    let word: Option<String> = c.query_row("SELECT protection FROM store", [], |r| r.get(0)).optional()?;
    Ok(match word.as_deref() {
        None => Protection::Undecided,
        Some("passphrase") => Protection::Passphrase,
        Some(_) => Protection::None,
    })
}

/// The store key of a store that has one.
pub(crate) fn open(store: &Store, unlock: &Unlock) -> Result<StoreKey> {
    let row = store.read(read)?.ok_or(Error::Locked)?;
    if let Some(key) = from_agent(store, unlock, &row) {
        return Ok(key);
    }
    row.open(|| match unlock {
        Unlock::None => Err(Error::Locked),
        Unlock::Passphrase(passphrase) => Ok(passphrase.clone()),
        Unlock::Ask(ask) | Unlock::AgentOrAsk(ask) => asked(ask),
    })
}

/// The store key; made where there is none, protected as `unlock` says.
pub(crate) fn open_or_make(store: &Store, unlock: &Unlock) -> Result<StoreKey> {
    if store.read(protection)? == Protection::Undecided {
        let passphrase = match unlock {
            Unlock::None => None,
            Unlock::Passphrase(passphrase) => Some(passphrase.clone()),
            Unlock::Ask(ask) | Unlock::AgentOrAsk(ask) => Some(asked(ask)?),
        };
        let made = StoreKey::random()?;
        let row = Row::protect(&made, passphrase.as_ref())?;
        let ours = store.write(|c| {
            let free = protection(c)? == Protection::Undecided;
            if free {
                row.write(c)?;
            }
            Ok(free)
        })?;
        if ours {
            return Ok(made);
        }
    }
    open(store, unlock)
}

/// Puts the store under another passphrase, or under none. Keys that lay open before get a new store key, for the
/// old one may have been copied.
pub(crate) fn change(store: &Store, current: &StoreKey, passphrase: Option<&Secret>) -> Result<StoreKey> {
    let open_before = store.read(protection)? == Protection::None;
    let next = if open_before { StoreKey::random()? } else { StoreKey::new(current.key.clone()) };
    let row = Row::protect(&next, passphrase)?;
    store.write(|c| {
        current.still_current(c)?;
        if open_before {
            seal_again(c, current, &next)?;
        }
        row.write(c)
    })?;
    Ok(next)
}

fn seal_again(c: &Connection, current: &StoreKey, next: &StoreKey) -> Result<()> {
    let mut keys = c.prepare("SELECT id, fingerprint, sealed FROM keys WHERE length(sealed) > 0")?;
    let mut rows = keys.query([])?;
    while let Some(row) = rows.next()? {
        let (id, name, sealed): (i64, String, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let sealed = next.seal(&name, current.open(&name, &sealed)?.as_bytes())?;
        c.execute("UPDATE keys SET sealed = ? WHERE id = ?", (sealed, id))?;
    }
    Ok(())
}

/// The key that an agent holds, if it is the key of this store. Whatever is wrong with the agent, the passphrase is
/// the way that is left.
fn from_agent(store: &Store, unlock: &Unlock, row: &Row) -> Option<StoreKey> {
    if !matches!(unlock, Unlock::AgentOrAsk(_)) || row.protection == "none" {
        return None;
    }
    let socket = AgentSocket::find(store.path().parent()?).ok().flatten()?;
    let key = StoreKey::new(socket.key(KEY_LENGTH)?);
    (key.check == row.check).then_some(key)
}

fn asked(ask: &dyn Fn() -> io::Result<Secret>) -> Result<Secret> {
    ask().map_err(|e| if e.kind() == io::ErrorKind::NotFound { Error::Locked } else { Error::Passphrase(e) })
}

/// The row of the table `store`.
struct Row {
    protection: String,
    salt: Vec<u8>,
    iterations: u32,
    key: Zeroizing<Vec<u8>>,
    check: Vec<u8>,
}

impl Row {
    fn protect(key: &StoreKey, passphrase: Option<&Secret>) -> Result<Row> {
        let check = key.check.clone();
        let Some(passphrase) = passphrase else {
            let key = Zeroizing::new(key.key.as_bytes().to_vec());
            return Ok(Row { protection: "none".into(), salt: Vec::new(), iterations: 0, key, check });
        };
        if passphrase.is_empty() {
            return Err(Error::EmptyPassphrase);
        }
        let mut salt = vec![0; SALT_LENGTH];
        SystemRandom.fill(&mut salt)?;
        let wrapping = derive(passphrase, &salt, ITERATIONS)?;
        let key = seal::seal(&wrapping, PURPOSE, key.key.as_bytes())?;
        Ok(Row { protection: "passphrase".into(), salt, iterations: ITERATIONS, key: Zeroizing::new(key), check })
    }

    fn open(self, passphrase: impl FnOnce() -> Result<Secret>) -> Result<StoreKey> {
        let key = if self.protection == "none" {
            Secret::from(self.key)
        } else {
            if self.iterations > MAX_ITERATIONS {
                return Err(Error::Damaged("iterations"));
            }
            let wrapping = derive(&passphrase()?, &self.salt, self.iterations)?;
            seal::open(&wrapping, PURPOSE, &self.key).map_err(|_| Error::WrongPassphrase)?
        };
        let key = StoreKey::new(key);
        if key.check == self.check { Ok(key) } else { Err(Error::Damaged("store key")) }
    }

    fn write(&self, c: &Connection) -> Result<()> {
        c.execute(
            "INSERT INTO store (id, protection, salt, iterations, key, key_check)
             VALUES (1, :protection, :salt, :iterations, :key, :key_check)
             ON CONFLICT (id) DO UPDATE SET protection = :protection, salt = :salt, iterations = :iterations,
               key = :key, key_check = :key_check",
            named_params! {
                ":protection": self.protection, ":salt": self.salt, ":iterations": self.iterations,
                ":key": &self.key[..], ":key_check": self.check,
            },
        )?;
        Ok(())
    }
}

fn read(c: &Connection) -> Result<Option<Row>> {
    let sql = "SELECT protection, salt, iterations, key, key_check FROM store";
    let row = c.query_row(sql, [], |r| {
        let key = Zeroizing::new(r.get(3)?);
        Ok(Row { protection: r.get(0)?, salt: r.get(1)?, iterations: r.get(2)?, key, check: r.get(4)? })
    });
    Ok(row.optional()?)
}

/// The key that a passphrase or password stands for: PBKDF2 with HMAC-SHA-256 (RFC 8018 section 5.2).
pub(crate) fn derive(passphrase: &Secret, salt: &[u8], iterations: u32) -> Result<Secret> {
    Ok(kdf::pbkdf2(Digest::Sha256, passphrase.as_bytes(), salt, iterations, KEY_LENGTH)?)
}

/// Octets of the store key: AES-256.
pub(crate) const KEY_LENGTH: usize = 32;
/// Octets of a salt.
pub(crate) const SALT_LENGTH: usize = 16;
/// What each guess costs; few in unit tests, which guess often.
pub(crate) const ITERATIONS: u32 = if cfg!(test) { 1000 } else { 600_000 };
/// More are refused unread (standards.md, I-08).
pub(crate) const MAX_ITERATIONS: u32 = 10_000_000;
/// What the sealed store key is bound to.
const PURPOSE: &[u8] = b"sealpost store key";
