//! The front door: mail in, a verdict out; mail out, sealed mail.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::as_conversions, clippy::panic)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::as_conversions, clippy::panic)
)]

mod headers;
mod keyring;
mod seal;

pub use keyring::{Keyring, KeyringError, SigningIdentity};
pub use seal::{Reader, Refusal, SealError, SealFacts, SealNote, Sealed, Sealing, Unusable, WhyUnusable};
