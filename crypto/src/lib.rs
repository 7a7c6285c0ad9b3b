//! Algorithms by name, over chosen libraries, and the PrivateKey trait.
//!
//! No type of a cryptographic library leaves this crate. It has no clock and touches no disk; the random bytes that
//! it draws come from the [`Random`] passed in.

mod error;
mod hash;
mod key;
pub mod names;
mod random;
mod secret;

pub use error::{Error, Result};
pub use hash::{DigestValue, Hasher, digest, fingerprint};
pub use key::{PrivateKey, PublicKey, SoftKey};
pub use names::{
    AgreementScheme, CipherParameters, ContentCipher, Curve, Digest, KeyKind, KeySpec, KeyTransport, KeyWrap,
    SignatureAlgorithm,
};
pub use random::{Random, SystemRandom, secret as random_secret};
pub use secret::{Secret, equal};
