//! The one error type of this crate.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::token::TokenError;

/// Why the directory did not do what it was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be used.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A spool could not take what was read: most often a full disk.
    #[error("{} cannot hold the message: {source} ({wanted} bytes wanted)", folder.display())]
    Spool {
        /// The folder of the spool.
        folder: PathBuf,
        /// The bytes that it should have held when it failed; the message may be longer.
        wanted: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The disk of a folder of mail has no room for a mail or, of an mbox, for all of it a second time.
    #[error("{} cannot hold the mail anew: {source} ({wanted} bytes wanted)", folder.display())]
    FolderFull {
        /// The maildir, or the folder that holds the mbox.
        folder: PathBuf,
        /// About as many bytes as are to be written; what was there stays until they are.
        wanted: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The output exists and was not to be replaced (exit 59).
    #[error("{} exists", .0.display())]
    OutputExists(PathBuf),
    /// The output is a symbolic link that somebody else made; it is not followed.
    #[error("{} is a symbolic link of another user", .0.display())]
    ForeignLink(PathBuf),
    /// A folder or file that others can read or write, where keys would lie.
    #[error("{} is open to other users (mode {mode:03o})", path.display())]
    TooOpen {
        /// The folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The folder for sockets is not the user's alone, so that whoever answers there is not to be believed.
    #[error("{} is not a folder that is yours alone", .0.display())]
    ForeignFolder(PathBuf),
    /// The system does not let memory be kept from its swap space.
    #[error("the key cannot be kept from swap space: {0}")]
    NotLockedInMemory(String),
    /// A database that this program did not make.
    #[error("{} is not a store of this program", .0.display())]
    NotAStore(PathBuf),
    /// A store that a newer program made.
    #[error("{} has schema {found}, this program knows schema {known}", path.display())]
    NewerSchema {
        /// The store.
        path: PathBuf,
        /// The schema number found.
        found: i64,
        /// The newest schema number that this program can read.
        known: i64,
    },
    /// The database failed.
    #[error("{}: {fault}", path.display())]
    Database {
        /// The store.
        path: PathBuf,
        /// In which way.
        fault: DatabaseFault,
    },
    /// A store that is to be restored into has something in it.
    #[error("{} is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// A folder that is no delivery that was begun.
    #[error("{} is no plan of a delivery", .0.display())]
    NotAJob(PathBuf),
    /// A delivery that another process is at work on.
    #[error("another process is at work on {}", .0.display())]
    JobBusy(PathBuf),
    /// A row of the store is not what its column promises.
    #[error("the store is damaged: {0}")]
    Damaged(&'static str),
    /// A private key is needed, it is under a passphrase, and there is none and nobody to ask (exit 67).
    #[error("the key is locked")]
    Locked,
    /// The passphrase of the store, or the password of a backup, is not the right one (exit 67).
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// The passphrase could not be asked for.
    #[error("the passphrase could not be read: {0}")]
    Passphrase(io::Error),
    /// An empty passphrase, which would protect nothing.
    #[error("the passphrase is empty")]
    EmptyPassphrase,
    /// Nothing in the store has this name, number, address or fingerprint.
    #[error("{what} {selector:?} is not in the store")]
    NotFound {
        /// What was looked for, in words.
        what: &'static str,
        /// How it was named.
        selector: String,
    },
    /// A selector that fits several.
    #[error("{selector:?} fits {count} certificates")]
    Ambiguous {
        /// The selector.
        selector: String,
        /// How many it fits.
        count: usize,
    },
    /// Text that is neither an address nor a fingerprint of at least 8 hexadecimal digits.
    #[error("{0:?} is neither an address nor a fingerprint of at least 8 digits")]
    BadSelector(String),
    /// A server's address cannot be listened at.
    #[error("cannot listen at {address}: {source}")]
    Listen {
        /// The address with its port.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// The journal of an authority is not to be believed.
    #[error("{}: {fault}", path.display())]
    Journal {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: ca::JournalError,
    },
    /// The journal of an authority is gone.
    #[error("{} is not there: nobody knows what the authority issued and revoked", .0.display())]
    JournalMissing(PathBuf),
    /// An authority of this name exists.
    #[error("an authority named {0:?} exists")]
    AuthorityExists(String),
    /// The private key of an authority is kept elsewhere.
    #[error("the key of the authority {0:?} is not in this store")]
    AuthorityAway(String),
    /// A certificate that belongs to an identity or an authority of the store cannot be removed alone.
    #[error("the certificate belongs to {0}")]
    InUse(String),
    /// The private key was destroyed.
    #[error("the key of {0} was destroyed")]
    KeyDestroyed(String),
    /// A certificate whose public key is not that of the private key beside it.
    #[error("the certificate and the private key do not belong together")]
    KeyMismatch,
    /// A key of an outside account has that name already.
    #[error("a key was handed out as {0:?} before")]
    NameTaken(String),
    /// An identity without any key.
    #[error("an identity needs a key")]
    NoKey,
    /// Certificates came, and no key in the store waits for any of them.
    #[error("no key here waits for the certificate of {0}")]
    NoWaitingKey(String),
    /// The certificate that came for a key that waits is for another address than was asked for.
    #[error("the certificate is for {named}, and {asked} was asked for")]
    AnswerOfAnother {
        /// Whom it names.
        named: String,
        /// Whom it should name.
        asked: String,
    },
    /// The certificate that came for a key that waits does not let it do what it was asked for.
    #[error("the certificate of {address} does not let its key {purpose}, which was asked for")]
    AnswerNotFor {
        /// Whose it is.
        address: String,
        /// What the key is for: `sign`, `decrypt`, or both; `serve for mail` where it is for none of them.
        purpose: &'static str,
    },
    /// Bytes that are no backup of this program.
    #[error("this is no backup of a store, or it is damaged")]
    NotABackup,
    /// A backup that a newer program wrote.
    #[error("the backup has format {0}, which this program does not know")]
    NewerBackup(u32),
    /// Another process changed the store's protection at the same moment.
    #[error("the store was changed by another process; try again")]
    ChangedMeanwhile,
    /// What was named is neither a maildir nor an mbox.
    #[error("{} is neither a maildir nor an mbox", .0.display())]
    NotAFolder(PathBuf),
    /// Another program holds a folder of mail, or changed it while it was read.
    #[error("{} is in use by another program", .0.display())]
    FolderInUse(PathBuf),
    /// A mail that nothing can be said of, for a reason that is not its own.
    #[error("{}: {why}", path.display())]
    CannotRead {
        /// Which one.
        path: PathBuf,
        /// What the front door said.
        why: Box<smime::OpenError>,
    },
    /// A key in a token cannot be used (exit 67).
    #[error(transparent)]
    Token(#[from] TokenError),
    /// A private key lives in a token, which does not give it away.
    #[error("the private key is in a token and cannot leave it")]
    InToken,
    /// A cryptographic operation failed.
    #[error(transparent)]
    Crypto(#[from] crypto::Error),
    /// A certificate or key is malformed.
    #[error(transparent)]
    Wire(#[from] wire::Error),
    /// An address is malformed.
    #[error(transparent)]
    Trust(#[from] trust::Error),
}

/// How a database failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatabaseFault {
    /// Another process held it for longer than this one waits.
    Busy,
    /// The disk is full.
    Full,
    /// Its file is damaged.
    Damaged,
    /// It cannot be written.
    ReadOnly,
    /// Anything else, in the words of the library.
    Other(String),
}

impl fmt::Display for DatabaseFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DatabaseFault::Busy => f.write_str("another process is using the store"),
            DatabaseFault::Full => f.write_str("the disk is full"),
            DatabaseFault::Damaged => f.write_str("the store is damaged"),
            DatabaseFault::ReadOnly => f.write_str("the store cannot be written"),
            DatabaseFault::Other(text) => f.write_str(text),
        }
    }
}

impl Error {
    /// For `map_err` on calls about one path.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Error {
        let path = path.to_owned();
        |source| Error::Io { path, source }
    }

    /// For something that was looked for by this selector.
    pub(crate) fn not_found(what: &'static str, selector: impl fmt::Display) -> Error {
        Error::NotFound { what, selector: selector.to_string() }
    }

    /// What to do about it, where that is known: one sentence for people.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Error::Spool { .. } => "free some space, or name another folder in SEALPOST_SPOOL",
            Error::FolderFull { .. } => {
                "free some space and run it again: it goes on where it stopped, and nothing is lost"
            }
            Error::OutputExists(_) => "name another file, or replace it with --force",
            Error::ForeignLink(_) => "name the file that it points to",
            Error::TooOpen { .. } => {
                "take the rights of others away with chmod 700, or name another folder with --store"
            }
            Error::NotAStore(_) | Error::NotEmpty(_) => "name another folder with --store",
            Error::NewerSchema { .. } => "install the newer sealpost that made it, or restore an older backup",
            Error::NewerBackup(_) => "install the newer sealpost that wrote it",
            Error::Database { fault: DatabaseFault::Full, .. } => "free some space and try again; nothing was changed",
            Error::Database { fault: DatabaseFault::Busy, .. } | Error::ChangedMeanwhile | Error::FolderInUse(_) => {
                "try again"
            }
            Error::NotAFolder(_) => "a maildir has the folders cur, new and tmp; an mbox begins with \"From \"",
            Error::Locked => {
                "name a file with the passphrase in --store-password-file, or run `sealpost unlock` first, on a terminal"
            }
            Error::ForeignFolder(_) => "set XDG_RUNTIME_DIR to a folder of yours with mode 0700",
            Error::NotLockedInMemory(_) => "raise the limit that `ulimit -l` shows",
            Error::Token(fault) => return fault.hint(),
            Error::InToken => "its certificate can be had with --public",
            Error::Journal { .. } => {
                "issue nothing more; compare with a backup of the folder, and revoke what nobody remembers issuing"
            }
            Error::JournalMissing(_) => {
                "put the folder back from a backup; only for an authority that never issued anything, an empty file will do"
            }
            Error::Listen { .. } => "choose another address with --listen",
            Error::AuthorityAway(_) => "bring it back with `sealpost ca import FILE`",
            Error::AuthorityExists(_) | Error::NameTaken(_) => "choose another name",
            Error::NoWaitingKey(_) => {
                "import it into the store where `sealpost id request` made its key; `sealpost cert import` takes the \
                 certificates of other people"
            }
            Error::AnswerOfAnother { .. } | Error::AnswerNotFor { .. } => {
                "the key still waits: ask the authority for another certificate"
            }
            Error::Ambiguous { .. } => "give more digits of the fingerprint",
            Error::InUse(_) => "remove the identity with `sealpost id remove`",
            _ => return None,
        })
    }
}

/// Shorthand for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;
