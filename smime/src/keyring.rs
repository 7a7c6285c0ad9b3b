//! What the front door needs to know about people: their keys, certificates and anchors.

use std::sync::Arc;

use cms::{Capabilities, Keys, OwnKey};
use thiserror::Error;
use trust::{Address, Fetch, Need, RevocationEvidence, Revoked};
use wire::cms::RecipientId;
use wire::{Certificate, Time};

use crate::remembered::Remembered;
use crate::strengths::Strengths;

/// Where identities, certificates and anchors rest. Implemented by a store; [`Keys`] finds decryption keys.
pub trait Keyring: Keys {
    /// The identity that signs for an address at `now`: the newest that is valid then; `None` where there
    /// is none at all.
    ///
    /// # Errors
    /// [`KeyringError::Locked`] where its key is locked, [`KeyringError::Failed`] where the store failed.
    fn signing_identity(&self, address: &Address, now: Time) -> Result<Option<SigningIdentity>, KeyringError>;

    /// The identities that sign for an address together, the one that everybody verifies first: one, or a classical
    /// and a post-quantum one; empty where there is none at all.
    ///
    /// # Errors
    /// As [`Keyring::signing_identity`], which is all that a keyring without pairs answers.
    fn signing_identities(&self, address: &Address, now: Time) -> Result<Vec<SigningIdentity>, KeyringError> {
        Ok(self.signing_identity(address, now)?.into_iter().collect())
    }

    /// Certificates that name the address and are not distrusted, own ones and others', newest first.
    /// Whether they may be used is the caller's to judge.
    ///
    /// # Errors
    /// [`KeyringError::Failed`] where the store failed.
    fn encryption_candidates(&self, address: &Address) -> Result<Vec<Certificate>, KeyringError>;

    /// The certificates that the user trusts.
    ///
    /// # Errors
    /// [`KeyringError::Failed`] where the store failed.
    fn anchors(&self) -> Result<Vec<Certificate>, KeyringError>;

    /// Certificates of authorities that may stand between a signer and an anchor, a few hundred at most.
    ///
    /// # Errors
    /// [`KeyringError::Failed`] where the store failed.
    fn intermediates(&self) -> Result<Vec<Certificate>, KeyringError>;

    /// Whether the user said never to trust this certificate.
    fn is_distrusted(&self, certificate: &Certificate) -> bool;

    /// What is known of these needs: CRLs, OCSP answers and certificates of their signers, kept or fetched as `fetch`
    /// says; nothing of it is believed for being there. What cannot be had is left out, which is no error. A keyring
    /// without a memory or a network answers nothing.
    ///
    /// # Errors
    /// [`KeyringError::Failed`] where the store failed.
    fn revocation(&self, needs: &[Need], fetch: Fetch) -> Result<RevocationEvidence, KeyringError> {
        let _ = (needs, fetch);
        Ok(RevocationEvidence::default())
    }

    /// Since when and why an authority of the user's own revoked a certificate of its own, whether or not a CRL of it says
    /// so yet; nothing where none did, which is all that a keyring without authorities answers.
    fn revoked_here(&self, certificate: &Certificate) -> Option<Revoked> {
        let _ = certificate;
        None
    }

    /// Whether the user put a certificate here by hand, so that it is encrypted to before what mails and servers brought;
    /// a keyring that does not tell them apart says no.
    fn is_pinned(&self, certificate: &Certificate) -> bool {
        let _ = certificate;
        false
    }

    /// What the owner of the address last said, in a verified mail, that they can read (CAP-01); `None` where
    /// nothing is known, which is all that a keyring without a memory answers.
    ///
    /// # Errors
    /// [`KeyringError::Failed`] where the store failed.
    fn capabilities(&self, address: &Address) -> Result<Option<KnownCapabilities>, KeyringError> {
        let _ = address;
        Ok(None)
    }

    /// Certificates that count as anchors for mail to this one address and for no other: what its domain says of it by
    /// DNSSEC at `now` (RFC 8162, usages 2 and 3); empty where it says nothing, which is all that a keyring without a
    /// memory answers. They vouch for no signature.
    ///
    /// # Errors
    /// [`KeyringError::Failed`] where the store failed.
    fn domain_anchors(&self, address: &Address, now: Time) -> Result<Vec<Certificate>, KeyringError> {
        let _ = (address, now);
        Ok(Vec::new())
    }

    /// Every certificate that names the address, with what it counts for there: those that
    /// [`Keyring::encryption_candidates`] gives and those that it keeps back; empty where nothing is known, which is all
    /// that a keyring without a memory answers.
    ///
    /// # Errors
    /// [`KeyringError::Failed`] where the store failed.
    fn remembered(&self, address: &Address) -> Result<Vec<Remembered>, KeyringError> {
        let _ = address;
        Ok(Vec::new())
    }

    /// The certificates that an identifier of a recipient names, whoever they belong to; empty where nothing is known,
    /// which is all that a keyring without a memory answers.
    ///
    /// # Errors
    /// [`KeyringError::Failed`] where the store failed.
    fn known(&self, id: &RecipientId<'_>) -> Result<Vec<KnownCertificate>, KeyringError> {
        let _ = id;
        Ok(Vec::new())
    }
}

/// A certificate that is remembered, and where its key is.
#[derive(Debug, Clone)]
pub struct KnownCertificate {
    /// The certificate.
    pub certificate: Certificate,
    /// Where its key is.
    pub key: KeyPlace,
}

/// Where the key of a certificate is; the better places first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyPlace {
    /// It is one of ours, and here.
    Here,
    /// It was one of ours, and was destroyed.
    Destroyed,
    /// It is somebody else's, or never came here.
    Elsewhere,
}

/// A key that signs for an address.
#[derive(Debug, Clone)]
pub struct SigningIdentity {
    /// The key with its certificate, which is always there.
    pub key: Arc<OwnKey>,
    /// Certificates to send along: intermediates, and the encryption certificate if it is another.
    pub chain: Vec<Certificate>,
}

/// What is remembered of somebody's capabilities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCapabilities {
    /// The certificate under which they were signed.
    pub certificate: Certificate,
    /// The list.
    pub capabilities: Capabilities,
    /// When its signer says it was signed.
    pub signed_at: Time,
    /// Everything that this certificate's owner ever listed.
    pub best: Strengths,
    /// When a list had all of [`KnownCapabilities::best`] for the last time, as far as one had.
    pub best_at: Time,
    /// The certificate that they asked to be encrypted to beside the list (RFC 8551 §2.5.3); it names one of their
    /// addresses.
    pub preferred: Option<Certificate>,
}

/// Why a keyring could not answer.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// A key is there and nobody unlocked it.
    #[error("the key is locked")]
    Locked,
    /// The store failed, in its own words.
    #[error("{0}")]
    Failed(String),
}

impl From<KeyringError> for cms::Error {
    fn from(error: KeyringError) -> Self {
        match error {
            KeyringError::Locked => cms::Error::Locked,
            KeyringError::Failed(text) => cms::Error::Keys(text),
        }
    }
}

/// A keyring without anybody in it: for who has no store.
#[derive(Debug, Clone, Copy)]
pub struct NoKeyring;

impl Keys for NoKeyring {
    fn find(&self, _: &RecipientId<'_>) -> Result<Vec<Arc<OwnKey>>, cms::Error> {
        Ok(Vec::new())
    }
}

impl Keyring for NoKeyring {
    fn signing_identity(&self, _: &Address, _: Time) -> Result<Option<SigningIdentity>, KeyringError> {
        Ok(None)
    }

    fn encryption_candidates(&self, _: &Address) -> Result<Vec<Certificate>, KeyringError> {
        Ok(Vec::new())
    }

    fn anchors(&self) -> Result<Vec<Certificate>, KeyringError> {
        Ok(Vec::new())
    }

    fn intermediates(&self) -> Result<Vec<Certificate>, KeyringError> {
        Ok(Vec::new())
    }

    fn is_distrusted(&self, _: &Certificate) -> bool {
        false
    }
}
