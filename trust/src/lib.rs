//! May this key be believed for this use, now? Policy table, certificate profile, path.
//!
//! The crate judges and never parses; *now* is an argument of everything that depends on it.

mod algorithm;
mod clause;
mod clause_checks;
mod clearance;
mod constraints;
mod dane;
mod discovery_policy;
mod error;
mod fuzz;
mod hcp;
mod hosts;
mod idna;
mod mailbox;
mod path;
mod path_error;
mod pkix;
mod policies;
mod policy;
mod policy_toml;
mod profile;
mod purpose;
mod request;
mod revocation;
mod revocation_policy;
mod settle;
mod smime_br;
mod smime_br_subject;
mod standard;
mod writing;

pub use algorithm::Algorithm;
pub use clause::{Generation, Profile, ProfileClause, SmimeBr, Validation, Violation};
pub use clearance::{Clearance, Levels, NotCleared, classification_word};
pub use dane::{DaneRecord, DaneUsage, DaneWord, dane_anchors, dane_names_authority, dane_word};
pub use discovery_policy::{Discover, DiscoveryPolicy};
pub use error::{AddressFault, Error};
pub use fuzz::fuzz_path;
pub use hcp::HeaderConfidentiality;
pub use mailbox::{Address, certificate_addresses, names_address};
pub use path::{
    Evidence, MAX_CHAIN, MAX_POOL, MAX_SIGNATURE_CHECKS, ProvenPath, validate, validate_judging, validate_with,
};
pub use path_error::{CertificateState, Clause, PathError, PolicyFault};
pub use policy::{Judgement, Policy, Row, Standing, Use};
pub use policy_toml::MAX_POLICY_BYTES;
pub use profile::{MAX_LEAF_DAYS, check_profile, profile_clauses};
pub use purpose::{Purpose, is_for_mail, key_kind, usable_for_encryption, usable_for_signing};
pub use request::{PathProfile, Request};
pub use revocation::{
    CertificateRevocation, CrlNeed, Doubt, IssuerNeed, Need, OcspAnswer, OcspNeed, RevocationEvidence,
    RevocationOutcome, RevocationSource, RevocationState, Revoked, When, check_revocation, missing_issuers,
    settle_revocation,
};
pub use revocation_policy::{Fetch, RevocationMode, RevocationPolicy};
pub use settle::{Candidate, Getting, Question};
pub use writing::WritingProfile;
