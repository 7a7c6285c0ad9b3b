//! Keys under passwords: encrypted PKCS#8, PKCS#12, the old encryption of PEM, and the store's own wrapping.

mod block_modes;
mod fuzz;
mod password_digest;
mod pbes1;
mod pbes2;
mod pem;
mod pkcs12;
mod pkcs12_kdf;
mod pkcs12_mac;
mod pkcs12_pbe;
mod pwri;
mod seal;
mod work;

pub use fuzz::fuzz_passwords;
pub use pbes2::{DEFAULT_ITERATIONS, decrypt_pkcs8, encrypt_pkcs8};
pub use pem::decrypt_legacy_pem;
pub use pkcs12::{Pkcs12Certificate, Pkcs12Contents, Pkcs12Key, open_pkcs12, write_pkcs12};
pub use pwri::{PasswordWrap, wrap_under_password};
pub use seal::{open_secret, open_under_passphrase, seal_secret, seal_under_passphrase};
