//! `sealpost id request`.

use clap::Args;
use trust::Address;

use super::acme::AcmeOptions;
use super::kind::KeyKinds;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::store;

/// Ask an authority for the certificate of a new key
///
/// With --acme it is got at once, from any authority that proves addresses by mail (RFC 8823): the mail that it sends is
/// looked for in --mailbox and answered over --server. Run again, it goes on where it was ended, does nothing while the
/// certificate lasts, and gets a new one for a new key before it ends; the old key stays to read old mail.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Request {
    /// The mail address
    #[arg(value_parser = Address::parse_international)]
    address: Address,

    /// Your name, for people to read
    #[arg(long)]
    name: Option<String>,

    /// The kind of the key: rsa-2048, rsa-3072, rsa-4096, p256, p384, p521, or two with a plus sign between, such as
    /// ed25519+p256: one that signs, one that decrypts
    #[arg(long, value_name = "KIND", default_value = "p256")]
    key: KeyKinds,

    /// Keep the keys of the store under no passphrase, if this is its first key
    #[arg(long)]
    no_passphrase: bool,

    #[command(flatten)]
    acme: AcmeOptions,
}

impl Request {
    /// Gets the certificate and makes the identity of it.
    pub fn run(self, global: &Global) -> Result {
        if !self.acme.is_wanted() {
            return Err(Failure::usage("nothing says whom to ask").hint("name an ACME server with --acme URL"));
        }
        let directory = store::open_to_add(global, self.no_passphrase)?;
        self.acme.obtain(&self.address, self.name.as_deref(), self.key, &directory, global)
    }
}

const HELP: &str = "\
Examples:
  sealpost id request alice@example.org --acme https://ca.example/acme/directory --mailbox maildir:Maildir --server smtps://mail.example.org

Exit status:
  0 done, or nothing to do yet; 1 the server or the mail did not do it, 2 usage, 61 a file is not there, 67 the store is
  locked";
