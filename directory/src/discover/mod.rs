//! Finding other people's certificates: in the store, in directories, in the DNS, in certificate stores.
//!
//! Whoever is asked may lie, and some of the answers come from whoever can write to a wire. So nothing is believed for
//! where it came from: each certificate is judged as one that a stranger sent, by its path, its address and its use. The
//! one exception is what the domain of the address says by proven DNSSEC (RFC 8162, usages 2 and 3).

mod bogus;
mod dns;
mod error;
mod judge;
mod keep;
mod kept;
mod names;
mod places;
mod publish;
mod report;
mod seek;

pub use bogus::Bogus;
pub use error::DiscoverError;
pub use names::smimea_owner;
pub use publish::{ldif, smimea_records, store_files};
pub use report::{Candidate, Discovery, FoundBy, Outcome, Step, Taken};
pub use seek::{SeekOptions, Seeker};
