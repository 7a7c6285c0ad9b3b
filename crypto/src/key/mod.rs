//! Public and private keys.

mod brainpool;
mod composite;
mod composite_dsa;
mod composite_private;
mod ed448;
mod encapsulate;
mod encrypt;
mod fuzz;
mod hss;
mod ml_dsa;
mod ml_kem;
mod old;
mod padding;
mod private;
mod public;
mod rsa_private;
mod rsa_public;
mod rsa_raw;
mod slh_dsa;
mod soft;
mod token;
mod verify;
mod x448;

pub use fuzz::{fuzz_hss, fuzz_keys, fuzz_signatures};
pub use private::PrivateKey;
pub use public::{PublicKey, certificate_fingerprint};
pub use soft::SoftKey;
pub use token::{HardKey, TokenKey};

pub(crate) use brainpool::BrainpoolPrivate;
pub(crate) use public::agreement_algorithm;
pub(crate) use x448::X448Private;
