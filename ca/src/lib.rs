//! Issuing certificates for addresses: the profile table and the issuer. No sockets.
//!
//! Whatever is issued keeps the clauses of [`trust::check_profile`], which the verifier reports on too. Reserved
//! policy identifiers of the CA/Browser Forum are not asserted: they promise a CRL service and a validation of the
//! mailbox by rules that a private authority need not keep.

pub mod acme;
mod answer;
mod csr;
mod error;
mod http;
mod issue;
mod journal;
mod renew;
mod respond;
mod root;
mod service;

pub use answer::Publisher;
pub use csr::{Requested, csr, fuzz_csr, requested};
pub use error::Error;
pub use http::{HttpAnswer, HttpRequest};
pub use issue::{Authority, CertificateProfile, Request, key_usage, self_signed};
pub use journal::{Event, Issued, Journal, JournalError, fuzz_journal};
pub use renew::profile;
pub use respond::{crl, respond};
pub use root::{AuthorityName, issuing, named_root, personal_root, root};
pub use service::Service;
