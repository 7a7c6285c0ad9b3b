//! CMS on files and pipes, without a store: one layer at a time, in S/MIME, PEM or BER.

mod form;
mod inspect;
mod read;
mod write;

pub use form::OutputForm;
pub use inspect::{CertificateSeen, Inspection, SignerSeen, inspect};
pub use read::{Decrypted, Trust, Verified, VerifyRequest, decrypt, verify};
pub use write::{encrypt, encrypt_as, sign};
