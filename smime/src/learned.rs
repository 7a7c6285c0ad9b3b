//! What a mail tells about what its signer can read (RFC 8551 §2.7.1).

use cms::{Capabilities, KeyPreference, SignatureHolds, said_capabilities, said_preference};
use wire::cms::SignerInfo;
use wire::{Certificate, Time};

/// The capabilities that the signer of a verified mail stated. Made only where the signature holds and is tied to
/// the sender (CAP-01).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearnedCapabilities {
    certificate: Certificate,
    capabilities: Capabilities,
    preference: Option<KeyPreference>,
    signed_at: Time,
}

impl LearnedCapabilities {
    /// Of a signer of whom the caller knows that the signature holds and is the sender's; `None` where there is no
    /// list, or no time by which it could be told from an older one, or one that has not come yet.
    pub(crate) fn of(info: &SignerInfo, holds: &SignatureHolds, signed_at: Option<Time>, now: Time) -> Option<Self> {
        let signed_at = signed_at.filter(|at| at.0 <= now.0.saturating_add(MAX_AHEAD))?;
        let (capabilities, preference) = (said_capabilities(info)?, said_preference(info));
        Some(LearnedCapabilities { certificate: holds.certificate().clone(), capabilities, preference, signed_at })
    }

    /// The certificate of the key that signed them.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The list.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Which certificate its signer wants to be encrypted to; nothing says yet that it is theirs.
    pub fn preference(&self) -> Option<&KeyPreference> {
        self.preference.as_ref()
    }

    /// When its signer says it was signed; at most a day after the mail was opened.
    pub fn signed_at(&self) -> Time {
        self.signed_at
    }
}

/// Seconds by which a signer's clock may be ahead of ours.
const MAX_AHEAD: i64 = 86_400;
