//! CMS on files and pipes, without a store: one layer at a time, in S/MIME, PEM or BER.

mod expand;
mod form;
mod inspect;
mod pinned;
mod read;
mod receipt;
mod tree;
mod write;

pub use expand::{ExpandRequest, Expansion, Members, expand};
pub use form::OutputForm;
pub use inspect::{CertificateSeen, Inspection, SignerSeen, inspect};
pub use read::{
    Decompressed, Decrypted, DecryptedFacts, Trust, Verified, VerifyRequest, decompress, decrypt, import, verify,
};
pub use receipt::{Answer, ReceiptVerdict, answer, verify_receipt, write_hidden_receipt, write_receipt};
pub use tree::{tree, tree_kind};
pub use write::{compress, encrypt, encrypt_as, sign};
