//! `sealpost ca revoke`.

use ::ca::Event;
use clap::{Args, ValueEnum};
use trust::Address;
use wire::crl;

use super::shared::Opened;
use crate::common::certificate;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;

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
        let mut opened = Opened::open(global, self.issuer.as_deref())?;
        let address = Address::parse_international(&self.certificate).ok();
        let digits = self.certificate.to_ascii_lowercase();
        let fits = |c: &wire::Certificate| match &address {
            Some(address) => trust::names_address(c, address),
            None => digits.len() >= 8 && wire::hex(c.serial()).starts_with(&digits),
        };
        let of_it: Vec<_> = opened.journal.journal().issued().filter(|i| fits(&i.certificate)).cloned().collect();
        if of_it.is_empty() {
            let why = format!("no certificate of {:?} was issued here", self.certificate);
            return Err(Failure::other(why).hint("`sealpost ca list` shows what was"));
        }
        if address.is_none() && of_it.len() > 1 {
            return Err(Failure::usage("several serial numbers begin like that").hint("give more digits"));
        }
        let open: Vec<_> = of_it.into_iter().filter(|i| i.revoked.is_none()).collect();
        if open.is_empty() {
            return Err(Failure::other("it is revoked already"));
        }
        let event = |i: &::ca::Issued| Event::Revoked {
            serial: i.certificate.serial().to_vec(),
            at: global.now(),
            reason: self.reason.reason(),
        };
        opened.journal.append(&open.iter().map(event).collect::<Vec<_>>())?;
        for issued in &open {
            let serial = wire::hex(issued.certificate.serial());
            global.say(format!("Revoked: {serial} of {}.", certificate::whose(&issued.certificate)));
        }
        global.say("`sealpost ca serve` tells it at once; a CRL that is published by hand has to be made anew.");
        Ok(())
    }
}

const HELP: &str = "\
Examples:
  sealpost ca revoke dave@example.org --reason key-compromise

Exit status:
  0 done, 1 there is no such certificate or it is revoked already, 2 usage, 67 the store is locked";
