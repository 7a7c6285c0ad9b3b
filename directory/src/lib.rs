//! Where certificates, keys and anchors rest: the store on disk, spools and output files.
//!
//! The directory decides nothing about belief: it keeps what the user marked and hands out candidates.

#[cfg(not(unix))]
compile_error!("sealpost runs on Linux and macOS; Windows is not supported yet");

mod agent;
mod agent_socket;
mod authorities;
mod backup;
mod capabilities;
mod certificates;
mod directory;
mod error;
mod hex;
mod identities;
mod index;
mod keyring;
mod keys;
mod lock;
mod output;
mod schema;
mod scratch;
mod seal;
mod source;
mod spool;
mod store;
#[cfg(test)]
mod testing;

pub use agent::Agent;
pub use agent_socket::AgentSocket;
pub use authorities::{AuthorityInfo, StoredAuthority};
pub use backup::is_backup;
pub use certificates::{CertificateInfo, Imported, Mark, Origin, fingerprint};
pub use directory::Directory;
pub use error::{DatabaseFault, Error, Result};
pub use identities::{ExportedIdentity, IdentityId, IdentityInfo, KeyInfo, NewIdentity, Role};
pub use keys::NewKey;
pub use lock::{Protection, Unlock};
pub use output::OutputFile;
pub use source::FileSource;
pub use spool::Spool;
