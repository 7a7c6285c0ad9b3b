//! The structures around CMS content (RFC 5652 §5.3, §6.2): what signs it and who can open it. The
//! content itself streams through [`crate::ber::BerReader`].

mod attribute;
mod kem_recipient;
mod recipient;
mod recipient_id;
mod shared_recipient;
mod signer;

pub use attribute::{Attribute, SignedAttributes};
pub use kem_recipient::{KemRecipient, write_kem};
pub use recipient::{
    KeyAgreeRecipient, KeyTransRecipient, Originator, RecipientEncryptedKey, RecipientInfo, may_be_for,
    write_key_agreement, write_key_transport,
};
pub use recipient_id::RecipientId;
pub use shared_recipient::{KekRecipient, PasswordRecipient, write_kek, write_password};
pub use signer::{SignerId, SignerInfo};

/// Exercises every parser of this module; never panics.
pub fn fuzz_cms(data: &[u8]) {
    let _ = crate::ber::parse(data, SignerInfo::from_der);
    let _ = SignedAttributes::from_ber(data);
    if let Ok(definite) = crate::ber::to_definite(data) {
        let whole = match RecipientInfo::from_der(&definite) {
            Ok(RecipientInfo::KeyTransport(r)) => vec![r.recipient],
            Ok(RecipientInfo::KeyAgreement(r)) => r.keys().map(|key| key.recipient).collect(),
            Ok(RecipientInfo::Kem(r)) => vec![r.recipient],
            _ => Vec::new(),
        };
        for id in whole {
            let (RecipientId::IssuerSerial { serial: told, .. } | RecipientId::KeyId(told)) = id;
            // The short way overlooks nobody whom the long one finds.
            assert!(may_be_for(&definite, |id| id == told));
        }
    }
}
