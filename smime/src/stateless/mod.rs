//! CMS on files and pipes, without a store: one layer at a time, in S/MIME, PEM or BER.

mod certs;
mod expand;
mod form;
mod inspect;
pub(crate) mod pinned;
mod read;
mod receipt;
mod structures;
mod write;

pub use certs::certs_only;
pub use expand::{ExpandRequest, Expansion, Members, expand};
pub use form::OutputForm;
pub use inspect::{CertificateSeen, Inspection, SignerSeen, inspect};
pub(crate) use read::verify_by;
pub use read::{
    Decompressed, Decrypted, DecryptedFacts, Trust, Verified, VerifyRequest, decompress, decrypt, import, verify,
    verify_knowing,
};
pub use receipt::{Answer, ReceiptVerdict, answer, verify_receipt, write_hidden_receipt, write_receipt};
pub use structures::{Structure, Structures, fuzz_structures};
pub use write::{compress, encrypt, encrypt_as, sign};
