//! `sealpost ca revoke`.

use ::ca::Event;
use clap::{Args, ValueEnum};
use directory::JournalFile;
use wire::crl;

use super::shared::{Selector, chosen};
use crate::common::certificate;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::store;

/// Revoke certificates: from now on CRL and OCSP say so
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Revoke {
    /// A serial number in hexadecimal, of which 8 or more digits will do, or an address: all of its certificates
    certificate: String,

    /// Why
    #[arg(long, value_enum, default_value_t = Why::Unspecified)]
    reason: Why,

    /// Which authority, if there are several
    #[arg(long, value_name = "CA")]
    issuer: Option<String>,
}

/// A hold is not among them: the strict profile has none (SBR section 7.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Why {
    Unspecified,
    KeyCompromise,
    AffiliationChanged,
    Superseded,
    CessationOfOperation,
    PrivilegeWithdrawn,
}

impl Why {
    fn reason(self) -> crl::Reason {
        match self {
            Why::Unspecified => crl::Reason::Unspecified,
            Why::KeyCompromise => crl::Reason::KeyCompromise,
            Why::AffiliationChanged => crl::Reason::AffiliationChanged,
            Why::Superseded => crl::Reason::Superseded,
            Why::CessationOfOperation => crl::Reason::CessationOfOperation,
            Why::PrivilegeWithdrawn => crl::Reason::PrivilegeWithdrawn,
        }
    }
}

impl Revoke {
    /// Writes it into the journal.
    pub fn run(self, global: &Global) -> Result {
        let info = chosen(&store::open(global)?, self.issuer.as_deref())?;
        let mut journal = JournalFile::open(&store::folder(global)?, &info.certificate)?;
        let of_it = Selector::new(&self.certificate).find(journal.journal())?;
        let open: Vec<_> = of_it.into_iter().filter(|i| i.revoked.is_none()).collect();
        if open.is_empty() {
            return Err(Failure::other("it is revoked already"));
        }
        let event = |i: &::ca::Issued| Event::Revoked {
            serial: i.certificate.serial().to_vec(),
            at: global.now(),
            reason: self.reason.reason(),
        };
        journal.append(&open.iter().map(event).collect::<Vec<_>>())?;
        for issued in &open {
            let serial = wire::hex(issued.certificate.serial());
            global.say(format!("Revoked: {serial} of {}.", certificate::whose(&issued.certificate)));
        }
        if open.iter().any(|i| i.certificate.basic_constraints().is_some_and(|b| b.ca)) {
            let crl = format!("`sealpost ca crl --issuer {:?}`", info.name);
            global.say(format!(
                "Nobody hears of it before {crl} has signed a new list, for which its key has to be here."
            ));
            return Ok(());
        }
        global.say("`sealpost ca serve` tells it at once; a CRL that is published by hand has to be made anew.");
        Ok(())
    }
}

const HELP: &str = "\
Examples:
  sealpost ca revoke dave@example.org --reason key-compromise

Exit status:
  0 done, 1 there is no such certificate or it is revoked already, 2 usage";
