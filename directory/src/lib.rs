//! Where certificates, keys and anchors rest: the store on disk, spools and output files.
//!
//! The directory decides nothing about belief: it keeps what the user marked and hands out candidates.

#[cfg(not(unix))]
compile_error!("sealpost runs on Linux and macOS; Windows is not supported yet");

mod acme;
mod agent;
mod agent_socket;
mod anchors;
mod answers;
mod authorities;
mod backup;
mod cache;
mod capabilities;
mod certificates;
mod directory;
mod discover;
mod error;
mod fetch;
mod gather;
mod hex;
mod history;
mod identities;
mod index;
mod inquiry;
mod journal_file;
mod kept;
mod keyring;
mod keys;
mod listen;
mod lock;
mod outbox;
mod output;
mod passwords;
mod rekey;
mod requests;
mod schema;
mod scratch;
mod seal;
mod sightings;
mod source;
mod spool;
mod store;
mod submit;
mod system;
#[cfg(test)]
mod testing;
mod timed;
mod tls;
mod token;
mod token_keys;

pub use acme::{AcmeHttp, AcmeRecords};
pub use agent::Agent;
pub use agent_socket::AgentSocket;
pub use anchors::SystemChange;
pub use answers::Answered;
pub use authorities::{AuthorityInfo, StoredAuthority};
pub use backup::is_backup;
pub use certificates::{CertificateInfo, Imported, Mark, Origin, TrustedBy, fingerprint};
pub use directory::Directory;
pub use discover::{
    Bogus, Candidate, DiscoverError, Discovery, FoundBy, Outcome, SeekOptions, Seeker, Step, Taken, ldif, smimea_owner,
    smimea_records, store_files,
};
pub use error::{DatabaseFault, Error, Result};
pub use fetch::{AllowedHost, FetchError, FetchOptions, Fetcher, Wanted};
pub use gather::{FetchNote, FetchedFrom, Gatherer};
pub use history::Accepted;
pub use identities::{ExportedIdentity, IdentityId, IdentityInfo, KeyInfo, NewIdentity, Role};
pub use inquiry::{Answer, InDoubt, Inquiry, inquire};
pub use journal_file::JournalFile;
pub use keys::NewKey;
pub use listen::{ListenLimits, Listener, Served};
pub use lock::{Protection, Unlock};
pub use outbox::{Job, JobCopy, JobDraft, JobPlan, Progressed};
pub use output::OutputFile;
pub use rekey::{Outcome as RekeyOutcome, RekeyCounts, RekeyStep, Watch as RekeyWatch, rekey};
pub use requests::{NewRequest, RequestId, RequestInfo, WaitingKey};
pub use sightings::{History, Place, Sighting, Source};
pub use source::FileSource;
pub use spool::Spool;
pub use submit::{
    BadServer, Delivery, Dsn, Envelope, EnvelopeId, Imap, Login, MAX_FOUND, MailFault, MailPlace, Maildir, Mechanism,
    Notify, Outgoing, Reach, Ret, Security, Server, Service, Submission, SubmitError, submit,
};
pub use system::{SystemAnchor, SystemAnchors, system_anchors};
pub use token::{AskPin, FoundKey, PinAsked, PinTeller, TokenError, token_key, token_keys};
pub use token_keys::NewTokenKey;
