//! Public and private keys.

mod private;
mod public;

pub use private::PrivateKey;
pub use public::PublicKey;
