//! EnvelopedData (RFC 5652 §6) and AuthEnvelopedData (RFC 5083).

mod algorithm;
mod describe;
mod kem;
mod reader;
mod recipients;
mod writer;

pub use describe::{EnvelopedDescription, describe_enveloped};
pub use reader::{ContentKey, EnvelopedFacts, EnvelopedReader, Opening};
pub use recipients::RecipientSeen;
pub use writer::{EncryptWriter, Recipient};
