//! `sealpost cms`: CMS on files and pipes, without a store.

mod certs;
mod compress;
mod decompress;
mod decrypt;
mod encrypt;
mod expand;
mod inspect;
mod key;
mod labels;
mod receipt;
mod request;
mod shared;
mod sign;
mod tree;
mod verify;
mod verify_receipt;

use clap::Subcommand;

use crate::common::error::Result;
use crate::common::global::Global;

/// CMS on files and pipes; needs no store
#[derive(Subcommand)]
pub enum Verb {
    Sign(sign::Sign),
    Verify(verify::Verify),
    Receipt(receipt::Receipt),
    VerifyReceipt(verify_receipt::VerifyReceipt),
    Expand(expand::Expand),
    Encrypt(encrypt::Encrypt),
    Decrypt(decrypt::Decrypt),
    Compress(compress::Compress),
    Decompress(decompress::Decompress),
    Inspect(inspect::Inspect),
    Certs(certs::Certs),
}

impl Verb {
    /// Does what it says.
    pub fn run(self, global: &Global) -> Result {
        match self {
            Verb::Sign(verb) => global.no_json().and_then(|()| verb.run(global)),
            Verb::Verify(verb) => verb.run(global),
            Verb::Receipt(verb) => global.no_json().and_then(|()| verb.run(global)),
            Verb::VerifyReceipt(verb) => verb.run(global),
            Verb::Expand(verb) => global.no_json().and_then(|()| verb.run(global)),
            Verb::Encrypt(verb) => global.no_json().and_then(|()| verb.run(global)),
            Verb::Decrypt(verb) => global.no_json().and_then(|()| verb.run(global)),
            Verb::Compress(verb) => global.no_json().and_then(|()| verb.run(global)),
            Verb::Decompress(verb) => global.no_json().and_then(|()| verb.run(global)),
            Verb::Inspect(verb) => verb.run(global),
            Verb::Certs(verb) => global.no_json().and_then(|()| verb.run(global)),
        }
    }
}
