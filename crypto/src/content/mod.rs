//! Content encryption as streams and at once.

mod aes;
mod block;
mod block_gcm;
mod cbc;
mod ccm;
mod decrypt;
mod encrypt;
mod feedback;
mod ghash;
mod legacy;
mod limits;
mod mac;
mod once;
mod poly;
mod rc4;
mod seed;
mod stream;

pub use decrypt::{Authenticator, Decryptor};
pub use encrypt::Encryptor;
pub use once::{open_once, seal_once};

pub(crate) use block::{Block, Cbc, engine};
pub(crate) use cbc::{cbc_decrypt, des_ede3_cbc_decrypt, rc2_cbc_decrypt};
pub(crate) use rc4::Rc4;
