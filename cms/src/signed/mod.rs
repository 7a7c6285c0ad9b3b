//! SignedData (RFC 5652 §5).

mod attached;
mod attributes;
mod check;
mod countersignature;
mod detached;
mod reader;
mod signer;
mod stamp;
mod swap;

pub use attached::AttachedSigner;
pub use check::{Checked, SignatureFault, SignatureHolds, check_signer, said_capabilities, said_preference};
pub use countersignature::{Countersigned, check_countersignatures};
pub use detached::DetachedSigner;
pub use reader::{SignedFacts, SignedReader, SignerEntry};
pub use signer::{SignOptions, Signer, certs_only, default_signature_algorithm};
pub use stamp::{StampFault, TimeStamp, check_time_stamp};
pub use swap::ContentStart;
