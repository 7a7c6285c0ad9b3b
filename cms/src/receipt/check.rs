//! Whether a receipt is for what was sent (RFC 2634 §2.6).

use wire::cms::SignerInfo;
use wire::der::Reader;
use wire::oids;

use crate::receipt::content::{Receipt, message_signature_digest};
use crate::receipt::request::request_of;

/// How a receipt differs from what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptMismatch {
    /// The sender asked for no receipt.
    #[error("the message that was sent requests no receipt")]
    NotRequested,
    /// Another content is named.
    #[error("the receipt names another content identifier")]
    ContentIdentifier,
    /// Another signature was received than sent.
    #[error("the receipt holds another signature value than was sent")]
    Signature,
    /// The signed attributes that were received, and with them the content, are not those that were sent.
    #[error("the receipt holds another digest of the message than was sent")]
    MessageDigest,
    /// Another type of content was received.
    #[error("the receipt names another content type than was sent")]
    ContentType,
    /// The receipt's signer leaves out msgSigDigest, has it twice, or has something else in its place.
    #[error("the receipt has no single digest of the message")]
    DigestMissing,
}

/// Everything in which a receipt differs from what this signer sent; nothing if it is the receipt for it. `signer` is
/// the SignerInfo of the receipt, whose signature over the receipt is checked elsewhere.
pub fn check_receipt(receipt: &Receipt, signer: &SignerInfo, sent: &SignerInfo) -> Vec<ReceiptMismatch> {
    let request = sent.signed.as_ref().and_then(|signed| request_of(signed).ok().flatten());
    let Some((request, expected)) = request.and_then(|r| Receipt::of(sent, &r).map(|e| (r, e))) else {
        return vec![ReceiptMismatch::NotRequested];
    };
    let mut found = Vec::new();
    let mut differs = |differs: bool, how| found.extend(differs.then_some(how));
    differs(receipt.of.content_id != request.content_id, ReceiptMismatch::ContentIdentifier);
    differs(receipt.of.signature != expected.of.signature, ReceiptMismatch::Signature);
    differs(receipt.of.content_type != expected.of.content_type, ReceiptMismatch::ContentType);
    let digest = signer.signed.as_ref().and_then(|s| s.single(oids::MSG_SIG_DIGEST).ok().flatten());
    let digest = digest.and_then(|value| {
        let mut r = Reader::lenient(value);
        let digest = r.octet_string().ok()?;
        r.is_empty().then_some(digest)
    });
    match digest {
        None => found.push(ReceiptMismatch::DigestMissing),
        Some(digest) if message_signature_digest(sent).is_some_and(|expected| expected == digest) => {}
        Some(_) => found.push(ReceiptMismatch::MessageDigest),
    }
    found
}
