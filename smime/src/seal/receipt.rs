//! Asking for signed receipts (RFC 2634 §2.2).

use cms::{ReceiptRequest, ReceiptsFrom};
use crypto::Random;
use trust::Address;
use wire::Time;
use wire::cms::Attribute;

use crate::seal::error::SealError;
use crate::seal::people::Author;

/// The attribute by which the author asks every recipient for a receipt.
pub(crate) fn attribute(
    author: &Author,
    from: &Address,
    now: Time,
    rng: &mut dyn Random,
) -> Result<Attribute, SealError> {
    let signers = author.signers();
    let key = signers.first().map(|signer| crypto::certificate_fingerprint(&signer.certificate)).unwrap_or_default();
    let request = ReceiptRequest::new(&key, now, ReceiptsFrom::All, std::slice::from_ref(from), rng)?;
    Ok(request.attribute())
}
