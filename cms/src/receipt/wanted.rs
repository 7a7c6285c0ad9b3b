//! Whether a receipt is to be given, and to whom (RFC 2634 §2.3, §2.5).

use trust::{Address, certificate_addresses};
use wire::cms::{Attribute, SignerInfo};
use wire::x509::GeneralName;
use wire::{Certificate, Oid, oids};

use crate::receipt::content::{Receipt, digest_attribute, message_signature_digest};
use crate::receipt::entities::{Entity, addresses};
use crate::receipt::history::last_receipt_policy;
use crate::receipt::policy::MlReceiptPolicy;
use crate::receipt::request::{ReceiptRequest, ReceiptsFrom, request_of};
use crate::signed::SignatureHolds;

/// A receipt that is asked for by a signature that holds.
#[derive(Debug, Clone)]
pub struct Requested {
    /// What is asked.
    pub request: ReceiptRequest,
    /// What a receipt signs.
    pub receipt: Receipt,
    digest: Vec<u8>,
}

/// Why no receipt is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoReceipt {
    /// Nobody whose signature holds asks for one.
    #[error("no receipt is requested by a signature that verifies")]
    NotRequested,
    /// The message is a receipt itself.
    #[error("the message is a receipt itself, and no receipt is given for those")]
    IsReceipt,
    /// Several signers ask for different things.
    #[error("the signers request different receipts, so none may be given")]
    Different,
    /// A request, or what a mailing list says about it, cannot be read.
    #[error("the request for a receipt cannot be read")]
    Unreadable,
    /// A mailing list on the way withdrew the request.
    #[error("the mailing list that sent the message wants no receipts")]
    ListForbids,
    /// Only those who got the message without a mailing list are asked.
    #[error(
        "a receipt is requested only of those to whom the message was addressed, and it came by way of a mailing list"
    )]
    NotFirstTier,
    /// Others are asked.
    #[error("a receipt is requested of others")]
    NotListed,
}

/// The one receipt that the signers of a layer ask for. `signers` are those whose signatures over this content type
/// hold, with the proof of it; others are not to be listened to (RFC 2634 §2.3).
///
/// # Errors
/// [`NoReceipt::NotRequested`], [`NoReceipt::IsReceipt`], [`NoReceipt::Different`] or [`NoReceipt::Unreadable`].
pub fn requested(content_type: Oid, signers: &[(&SignerInfo, &SignatureHolds)]) -> Result<Requested, NoReceipt> {
    if content_type == oids::RECEIPT {
        return Err(NoReceipt::IsReceipt);
    }
    let mut found: Option<(&[u8], Requested)> = None;
    for (info, _) in signers {
        let Some(signed) = &info.signed else { continue };
        let Some(value) = signed.single(oids::RECEIPT_REQUEST).map_err(|_| NoReceipt::Unreadable)? else { continue };
        match &found {
            Some((first, _)) if *first == value => continue,
            Some(_) => return Err(NoReceipt::Different),
            None => {}
        }
        let request = request_of(signed).ok().flatten().ok_or(NoReceipt::Unreadable)?;
        let receipt = Receipt::of(info, &request).ok_or(NoReceipt::Unreadable)?;
        let digest = message_signature_digest(info).ok_or(NoReceipt::Unreadable)?;
        found = Some((value, Requested { request, receipt, digest }));
    }
    found.map(|(_, requested)| requested).ok_or(NoReceipt::NotRequested)
}

impl Requested {
    /// To whom the owner of this certificate is to send a receipt. `history` is the value of mlExpansionHistory in the
    /// outermost signature, if there is one: the last list in it may change what the sender asked for.
    ///
    /// # Errors
    /// [`NoReceipt`] where none is to be sent.
    pub fn recipients(&self, own: &Certificate, history: Option<&[u8]>) -> Result<Vec<Entity>, NoReceipt> {
        let policy = history.map(last_receipt_policy).transpose().map_err(|_| NoReceipt::Unreadable)?.flatten();
        if policy == Some(MlReceiptPolicy::None) {
            return Err(NoReceipt::ListForbids);
        }
        match &self.request.from {
            ReceiptsFrom::All => {}
            ReceiptsFrom::FirstTier if history.is_some() => return Err(NoReceipt::NotFirstTier),
            ReceiptsFrom::FirstTier => {}
            ReceiptsFrom::Listed(list) if names(list, own) => {}
            ReceiptsFrom::Listed(_) => return Err(NoReceipt::NotListed),
        }
        Ok(match policy {
            Some(MlReceiptPolicy::InsteadOf(instead)) => instead,
            Some(MlReceiptPolicy::InAdditionTo(more)) => [&self.request.to[..], &more].concat(),
            _ => self.request.to.clone(),
        })
    }

    /// The attribute of the receipt's signer that says which message it is for (RFC 2634 §2.4 number 5).
    pub fn attribute(&self) -> Attribute {
        digest_attribute(&self.digest)
    }
}

/// Whether one of the entities is the owner of the certificate: by a mail address or by the subject's name.
fn names(entities: &[Entity], own: &Certificate) -> bool {
    let own_addresses = certificate_addresses(own);
    let is_own = |address: &Address| own_addresses.iter().any(|a| a.same_mailbox(address));
    addresses(entities).iter().any(is_own)
        || entities.iter().flatten().any(|name| matches!(name, GeneralName::Directory(name) if name == own.subject()))
}
