//! Which certificate a content key was encrypted to, to be remembered longer than the message is held.

use wire::cms::RecipientId;

/// A [`RecipientId`] by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecipientKey {
    /// The issuer's Name (DER) and the serial number (contents octets of its INTEGER).
    IssuerSerial {
        /// DER of the issuer's Name.
        issuer: Vec<u8>,
        /// Contents octets of the INTEGER.
        serial: Vec<u8>,
    },
    /// The subject key identifier.
    KeyId(Vec<u8>),
}

impl RecipientKey {
    pub(crate) fn of(id: &RecipientId<'_>) -> Self {
        match id {
            RecipientId::IssuerSerial { issuer, serial } => {
                RecipientKey::IssuerSerial { issuer: issuer.to_vec(), serial: serial.to_vec() }
            }
            RecipientId::KeyId(id) => RecipientKey::KeyId(id.to_vec()),
        }
    }

    /// What it names.
    pub fn id(&self) -> RecipientId<'_> {
        match self {
            RecipientKey::IssuerSerial { issuer, serial } => RecipientId::IssuerSerial { issuer, serial },
            RecipientKey::KeyId(id) => RecipientId::KeyId(id),
        }
    }
}
