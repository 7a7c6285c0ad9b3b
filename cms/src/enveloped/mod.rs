//! EnvelopedData (RFC 5652 §6), AuthEnvelopedData (RFC 5083), EncryptedData (RFC 5652 §8) and AuthenticatedData (RFC 5652 §9).

mod algorithm;
mod authenticated;
mod describe;
mod kem;
mod opened;
mod readdress;
mod reader;
mod recipient_key;
mod recipients;
mod shape;
mod shared;
mod writer;

pub use authenticated::{AuthenticatedFacts, AuthenticatedReader, describe_authenticated};
pub use describe::{EnvelopedDescription, describe_encrypted, describe_enveloped};
pub use readdress::Readdressed;
pub(crate) use readdress::fuzz_readdressed;
pub use reader::{ContentKey, EnvelopedFacts, EnvelopedReader, Opening};
pub use recipient_key::RecipientKey;
pub use recipients::RecipientSeen;
pub use writer::{EncryptWriter, Encryption, Recipient, Workers};
