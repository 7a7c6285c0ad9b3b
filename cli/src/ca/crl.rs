//! `sealpost ca crl`.

use clap::Args;
use crypto::SystemRandom;

use super::shared::{Opened, ready};
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::output;

/// Write the list of what is revoked, as PEM
///
/// It is good for seven days, and that of a root with authorities below for 364: `sealpost ca serve` hands that one out
/// as it was signed last, and the root's key can be elsewhere until then.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Crl {
    /// Which authority, if there are several
    #[arg(long, value_name = "CA")]
    issuer: Option<String>,
}

impl Crl {
    /// Signs it and writes it.
    pub fn run(self, global: &Global) -> Result {
        global.no_json()?;
        let Opened { stored, mut journal, .. } = Opened::open(global, self.issuer.as_deref())?;
        let authority = ready(&stored)?;
        let list = journal
            .sign_crl(&mut |journal, last| ::ca::crl(&authority, journal, last, global.now(), &mut SystemRandom))?;
        let list = list.map_err(Failure::other)?;
        output::text(global, &wire::pem::encode("X509 CRL", list.der()))
    }
}

const HELP: &str = "\
Examples:
  sealpost ca crl -o our-ca.crl --force

Exit status:
  0 done, 1 there is no such authority, 2 usage, 59 the output file exists, 67 the store is locked";
