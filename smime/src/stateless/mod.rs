//! CMS on files and pipes, without a store: one layer at a time, in S/MIME, PEM or BER.

mod form;
mod read;
mod write;

pub use form::OutputForm;
pub use read::{Decrypted, Trust, Verified, VerifyRequest, decrypt, verify};
pub use write::{encrypt, sign};
