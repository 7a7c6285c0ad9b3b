//! Signed receipts (RFC 2634 §2): who asks for one, whether it is to be given, and whether it is the right one; and the
//! mailing lists that a message came through, which have a say in that (§4).

mod check;
mod content;
mod entities;
mod history;
mod policy;
mod request;
mod wanted;

pub use check::{ReceiptMismatch, check_receipt};
pub use content::{ContentReference, Receipt, content_hint, message_signature_digest};
pub use entities::{Entity, addresses};
pub use history::{Expansion, ExpansionHistory, ListId, NoExpansion, last_receipt_policy};
pub use policy::MlReceiptPolicy;
pub use request::{ReceiptRequest, ReceiptsFrom, request_of};
pub use wanted::{NoReceipt, Requested, requested};

/// Reads arbitrary bytes as each structure of receipts, for the fuzz target `receipt`. What is read must be written as
/// the same value again.
///
/// # Panics
/// Where it is not.
pub fn fuzz_receipt(data: &[u8]) {
    let same = match ReceiptRequest::from_der(data) {
        Ok(request) => ReceiptRequest::from_der(&request.to_der()) == Ok(request),
        Err(_) => true,
    } && match Receipt::from_der(data) {
        Ok(receipt) => receipt.to_der() == data,
        Err(_) => true,
    } && match ContentReference::from_der(data) {
        Ok(reference) => ContentReference::from_der(&reference.to_der()) == Ok(reference),
        Err(_) => true,
    } && match MlReceiptPolicy::from_der(data) {
        Ok(policy) => MlReceiptPolicy::from_der(&policy.to_der()) == Ok(policy),
        Err(_) => true,
    } && match ExpansionHistory::from_der(data) {
        Ok(history) => ExpansionHistory::from_der(&history.to_der()) == Ok(history),
        Err(_) => true,
    };
    assert!(same, "what was read is written as something else");
    let _ = last_receipt_policy(data);
}
