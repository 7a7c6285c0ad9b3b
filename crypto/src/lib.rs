//! Algorithms by name, over chosen libraries, and the PrivateKey trait.
//!
//! No type of a cryptographic library leaves this crate. It has no clock and touches no disk; the random bytes that
//! it draws come from the [`Random`] passed in.

mod agreement;
mod block_tags;
mod content;
mod curve;
mod error;
mod hash;
pub mod kdf;
mod kem;
mod key;
mod mac;
pub mod names;
pub mod password;
mod random;
mod secret;
mod transport;
mod wrap;

pub use agreement::{Ephemeral, agreement_kek};
pub use block_tags::BlockTags;
pub use content::{Authenticator, Decryptor, Encryptor, open_once, seal_once};
pub use error::{Error, Result};
pub use hash::{DigestValue, Hasher, digest, fingerprint};
pub use kem::kem_kek;
pub use key::{
    HardKey, PrivateKey, PublicKey, SoftKey, TokenKey, certificate_fingerprint, fuzz_hss, fuzz_keys, fuzz_signatures,
};
pub use mac::Hmac;
pub use names::{
    AgreementScheme, Brainpool, CipherParameters, CompositeDsa, CompositeKem, ContentCipher, Curve, Digest, Kem,
    KemKdf, KeyKind, KeySpec, KeyTransport, KeyWrap, MlDsa, MlKem, OldCipher, SignatureAlgorithm, SlhDsa,
};
pub use random::{Random, SystemRandom, secret as random_secret};
pub use secret::{Secret, equal};
pub use transport::transport_cek;
