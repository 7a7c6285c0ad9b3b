//! Algorithms by name: closed enums between object identifiers, command-line names and the code that does them.

mod agreement;
mod brainpool;
mod cipher;
mod composite_dsa;
mod composite_kem;
mod digest;
mod fuzz;
mod kem;
mod key;
mod ml_dsa;
mod ml_kem;
mod old_cipher;
mod pss;
mod signature;
mod slh_dsa;
mod transport;
mod wrap;

pub use agreement::AgreementScheme;
pub use brainpool::Brainpool;
pub use cipher::{CipherParameters, ContentCipher};
pub use composite_dsa::CompositeDsa;
pub use composite_kem::CompositeKem;
pub use digest::Digest;
pub use fuzz::fuzz_algorithms;
pub use kem::{Kem, KemKdf};
pub use key::{Curve, KeyKind, KeySpec};
pub use ml_dsa::MlDsa;
pub use ml_kem::MlKem;
pub use old_cipher::OldCipher;
pub use signature::SignatureAlgorithm;
pub use slh_dsa::SlhDsa;
pub use transport::KeyTransport;
pub use wrap::KeyWrap;

pub(crate) use composite_dsa::Traditional;
pub(crate) use old_cipher::{BlockMode, Engine};
pub(crate) use pss::PssParameters;
