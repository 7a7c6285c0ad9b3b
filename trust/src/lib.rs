//! May this key be believed for this use, now? Policy table, certificate profile, path.
//!
//! The crate judges and never parses; *now* is an argument of everything that depends on it.

mod algorithm;
mod clearance;
mod constraints;
mod error;
mod hcp;
mod mailbox;
mod path;
mod path_error;
mod policy;
mod policy_toml;
mod profile;
mod purpose;
mod standard;
mod writing;

pub use algorithm::Algorithm;
pub use clearance::{Clearance, Levels, NotCleared, classification_word};
pub use error::{AddressFault, Error};
pub use hcp::HeaderConfidentiality;
pub use mailbox::{Address, certificate_addresses, names_address};
pub use path::{Evidence, MAX_CHAIN, MAX_POOL, MAX_SIGNATURE_CHECKS, ProvenPath, validate};
pub use path_error::{CertificateState, Clause, PathError};
pub use policy::{Judgement, Policy, Row, Standing, Use};
pub use policy_toml::MAX_POLICY_BYTES;
pub use profile::{MAX_LEAF_DAYS, Profile, ProfileClause, Violation, check_profile, profile_clauses};
pub use purpose::{Purpose, key_kind, usable_for_encryption, usable_for_signing};
pub use writing::WritingProfile;
