//! Who issues and revokes for the server.

use crypto::{PublicKey, Random};
use trust::Address;
use wire::{Certificate, Time};

use crate::issue::CertificateProfile;

/// What a finalized order asks for.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The proven address.
    pub address: &'a Address,
    /// The key of the request, whose holder signed it.
    pub key: &'a PublicKey,
    /// What the certificate is for (RFC 8823 section 3.3).
    pub profile: CertificateProfile,
}

/// Why nothing was issued or revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssuerError {
    /// The request is at fault; the words reach the client.
    Refused(String),
    /// The certificate was revoked before.
    AlreadyRevoked,
    /// Something failed here; the words are for the log.
    Failed(String),
}

/// An authority as the server uses it.
pub trait Issuer {
    /// Issues: the certificate first, then those that lead to the root, without the root or with it.
    ///
    /// # Errors
    /// [`IssuerError`].
    fn issue(&self, wanted: &Wanted<'_>, now: Time, rng: &mut dyn Random) -> Result<Vec<Certificate>, IssuerError>;

    /// Revokes a certificate that it issued, with a reason of RFC 5280 section 5.3.1.
    ///
    /// # Errors
    /// [`IssuerError`].
    fn revoke(&self, certificate: &Certificate, reason: u8, now: Time) -> Result<(), IssuerError>;
}
