//! What a mail says about signed receipts (RFC 2634 §2).

use cms::{NoReceipt, ReceiptsFrom, Requested, addresses};
use wire::{Oid, oids};

use crate::report::ReceiptReport;
use crate::verdict::{Code, Finding, Severity};

/// Tells that a receipt is requested by the innermost signature, which holds.
pub(crate) fn tell(asked: Option<Result<Requested, NoReceipt>>, findings: &mut Vec<Finding>) -> Option<ReceiptReport> {
    match asked? {
        Ok(requested) => {
            let to: Vec<String> = addresses(&requested.request.to).iter().map(ToString::to_string).collect();
            let requested_from = match requested.request.from {
                ReceiptsFrom::All => "all",
                ReceiptsFrom::FirstTier => "first-tier",
                ReceiptsFrom::Listed(_) => "listed",
            };
            let text = format!("its signer requests a signed receipt, to be sent to {}", to.join(", "));
            let hint = "`sealpost cms receipt` makes one; it tells that and when the mail was read";
            findings.push(Finding::new(Code::ReceiptRequested, Severity::Note, text).hint(hint));
            Some(ReceiptReport { requested_from, to })
        }
        Err(why @ (NoReceipt::Different | NoReceipt::Unreadable)) => {
            findings.push(Finding::new(Code::ReceiptRequestUnusable, Severity::Note, why.to_string()));
            None
        }
        Err(_) => None,
    }
}

/// What is signed is no mail.
pub(super) fn not_mail(content_type: Oid) -> Finding {
    if content_type == oids::RECEIPT {
        let text = "it is no mail, but a signed receipt for one";
        return Finding::new(Code::Receipt, Severity::Error, text)
            .hint("`sealpost cms verify-receipt --original SENT.eml` compares it with the mail that was sent");
    }
    let text = "what is signed says that it is something else than a mail";
    Finding::new(Code::SignatureBad, Severity::Error, text)
}
