//! Asking for signed receipts, as `cms sign` does.

use std::str::FromStr;

use ::cms::{ReceiptRequest, ReceiptsFrom};
use clap::Args;
use crypto::SystemRandom;
use trust::{Address, certificate_addresses};
use wire::Certificate;
use wire::cms::Attribute;

use crate::common::error::{Exit, Failure, Result};
use crate::common::global::Global;
use crate::open::failure;

/// The options that ask for receipts.
#[derive(Args)]
pub struct Request {
    /// Ask for a signed receipt (RFC 2634): all, first-tier (who gets it not by way of a mailing list), or addresses
    #[arg(long, value_name = "WHO")]
    request_receipt: Vec<Asked>,

    /// Where receipts are to be sent [default: the addresses of the first certificate]
    #[arg(long, value_name = "ADDRESS", requires = "request_receipt", value_parser = address)]
    receipt_to: Vec<Address>,
}

/// Who is asked.
#[derive(Debug, Clone)]
enum Asked {
    All,
    FirstTier,
    One(Address),
}

impl FromStr for Asked {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "all" => Ok(Asked::All),
            "first-tier" => Ok(Asked::FirstTier),
            text => Ok(Asked::One(address(text).map_err(|why| format!("all, first-tier or an address: {why}"))?)),
        }
    }
}

fn address(text: &str) -> std::result::Result<Address, String> {
    Address::parse_international(text).map_err(|why| why.to_string())
}

impl Request {
    /// The attribute that asks, if anybody is asked; `sender` is the first signer's certificate.
    pub fn attribute(&self, sender: &Certificate, global: &Global) -> Result<Option<Attribute>> {
        let from = match self.request_receipt.as_slice() {
            [] => return Ok(None),
            [Asked::All] => ReceiptsFrom::All,
            [Asked::FirstTier] => ReceiptsFrom::FirstTier,
            several => ReceiptsFrom::addresses(&addresses(several)?),
        };
        let to = if self.receipt_to.is_empty() { certificate_addresses(sender) } else { self.receipt_to.clone() };
        if to.is_empty() {
            return Err(Failure::usage("the certificate names no address: say with --receipt-to where receipts go"));
        }
        let key = crypto::fingerprint(sender.der());
        let request = ReceiptRequest::new(&key, global.now(), from, &to, &mut SystemRandom);
        Ok(Some(request.map_err(|error| failure::writing(error, Exit::Usage))?.attribute()))
    }
}

fn addresses(asked: &[Asked]) -> Result<Vec<Address>> {
    let one = |asked: &Asked| match asked {
        Asked::One(address) => Ok(address.clone()),
        Asked::All | Asked::FirstTier => Err(Failure::usage("all and first-tier go with nobody else")),
    };
    asked.iter().map(one).collect()
}
