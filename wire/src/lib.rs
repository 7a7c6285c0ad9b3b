//! Bytes to values and back: DER, BER, X.509, PKCS#8, PKCS#12 and CMS. It never judges.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::as_conversions, clippy::panic)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::as_conversions, clippy::panic)
)]

pub mod algorithm;
pub mod ber;
pub mod cms;
pub mod crl;
pub mod der;
mod error;
pub mod imap;
pub mod ldap;
mod name;
pub mod ocsp;
mod oid;
pub mod oids;
mod oids_cipher;
mod oids_kem;
mod oids_policy;
mod oids_revocation;
mod oids_signature;
mod pass_over;
pub mod pbe;
pub mod pem;
pub mod pem_stream;
mod pkcs11_uri;
pub mod pkcs12;
pub mod pkcs8;
mod rsa;
mod secret;
pub mod smtp;
mod spki;
mod text;
mod time;
pub mod tree;
pub mod trust_objects;
pub mod tsp;
pub mod x509;

pub use algorithm::AlgorithmIdentifier;
pub use crl::{Crl, fuzz_crl};
pub use error::{Error, Result};
pub use name::{Attribute, Name, NameBuilder};
pub use ocsp::fuzz_ocsp;
pub use oid::Oid;
pub use pass_over::{PassOver, read_past};
pub use pbe::Pbes2;
pub use pkcs8::{EncryptedPrivateKeyInfo, PrivateKeyInfo, fuzz_pkcs8};
pub use pkcs11_uri::{Pkcs11Uri, fuzz_pkcs11_uri};
pub use pkcs12::fuzz_pkcs12;
pub use rsa::RsaPrivateKey;
pub use spki::SubjectPublicKeyInfo;
pub use text::{from_hex, hex, unescaped};
pub use time::{Civil, Time};
pub use tsp::fuzz_tsp;
pub use x509::{Certificate, fuzz_x509};
