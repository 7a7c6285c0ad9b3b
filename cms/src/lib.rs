//! Sign, verify, encrypt, decrypt and compress CMS (RFC 5652, RFC 5083) as streams, in constant memory.
//!
//! Readers are [`std::io::BufRead`]: what they deliver is unproven until [`SignedReader::finish`] or
//! [`EnvelopedReader::finish`] has said how the layer ended. Writers are [`std::io::Write`]; their
//! `finish` writes what belongs after the content.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::as_conversions, clippy::panic)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::as_conversions, clippy::panic)
)]

mod capabilities;
mod compressed;
mod content;
mod digested;
mod enveloped;
mod error;
mod fuzz;
mod keys;
mod permit;
mod preference;
mod receipt;
mod services;
mod signed;
mod source;

pub use capabilities::{Capabilities, fuzz_capabilities, own_capabilities};
pub use compressed::{CompressWriter, CompressedFacts, CompressedReader, Inflated, fuzz_compressed};
pub use content::{Broken, enter};
pub use digested::{DigestedFacts, DigestedReader};
pub use enveloped::{
    AuthenticatedFacts, AuthenticatedReader, ContentKey, EncryptWriter, Encryption, EnvelopedDescription,
    EnvelopedFacts, EnvelopedReader, Opening, Readdressed, Recipient, RecipientKey, RecipientSeen, Workers,
    describe_authenticated, describe_encrypted, describe_enveloped,
};
pub use error::{Error, SharedKind};
pub use fuzz::fuzz_layers;
pub use keys::{KeyList, Keys, OwnKey, SharedSecret};
pub use permit::Permit;
pub use preference::KeyPreference;
pub use receipt::{
    ContentReference, Entity, Expansion, ExpansionHistory, ListId, MlReceiptPolicy, NoExpansion, NoReceipt, Receipt,
    ReceiptMismatch, ReceiptRequest, ReceiptsFrom, Requested, addresses, check_receipt, content_hint, fuzz_receipt,
    last_receipt_policy, message_signature_digest, request_of, requested,
};
pub use services::{ContentHint, SecurityLabel, Services, fuzz_services};
pub use signed::{
    AttachedSigner, Checked, ContentStart, Countersigned, DetachedSigner, SignOptions, SignatureFault, SignatureHolds,
    SignedFacts, SignedReader, Signer, SignerEntry, StampFault, TimeStamp, certs_only, check_countersignatures,
    check_signer, check_time_stamp, default_signature_algorithm, said_capabilities, said_preference,
};
pub use source::Source;
