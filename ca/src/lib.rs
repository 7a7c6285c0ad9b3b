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
mod respond;
mod root;
mod service;

pub use answer::answer;
pub use csr::{csr, csr_key};
pub use error::Error;
pub use http::{HttpAnswer, HttpRequest};
pub use issue::{Authority, CertificateProfile, Request, self_signed};
pub use journal::{Event, Issued, Journal, JournalError};
pub use respond::{crl, respond};
pub use root::{personal_root, root};
pub use service::Service;
