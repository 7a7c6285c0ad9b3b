//! Certificate revocation lists (RFC 5280 §5): reading over the original bytes, and a search that needs no value for
//! each entry.

mod build;
mod entry;
mod index;
mod list;
mod scope;

pub use build::TbsCrl;
pub use entry::{Reason, RevokedEntry};
pub use list::{Crl, MAX_CRL, MAX_CRL_ENTRIES, fuzz_crl};
pub use scope::IssuingDistributionPoint;
