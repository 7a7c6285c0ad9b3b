//! What came of it.

use thiserror::Error;
use wire::crl::Reason;
use wire::{Certificate, Oid, Time};

use super::need::Need;
use crate::path_error::PathError;
use crate::revocation_policy::{RevocationMode, RevocationPolicy};

/// What is known of the certificates of a path, and what would help to know more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RevocationOutcome {
    /// Leaf first; the anchor, which nobody can revoke, is not among them.
    pub certificates: Vec<CertificateRevocation>,
    /// What could be fetched, nothing twice.
    pub needs: Vec<Need>,
}

/// What is known of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRevocation {
    /// The certificate.
    pub certificate: Certificate,
    /// Its state.
    pub state: RevocationState,
    /// Who says so.
    pub source: RevocationSource,
    /// As of when: thisUpdate of what says so.
    pub as_of: Option<Time>,
}

/// The state of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevocationState {
    /// It is not revoked, or its issuer says that it never tells (RFC 9608).
    Good,
    /// It was revoked, but after the moment for which the time stamp speaks.
    RevokedLater(Revoked),
    /// It is revoked.
    Revoked(Revoked),
    /// Nobody can tell; the most telling reason first.
    Undetermined(Vec<Doubt>),
}

/// Since when and why a certificate is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// Since when.
    pub at: Time,
    /// Why.
    pub reason: Reason,
    /// Since when its key is suspected, where that is told.
    pub invalid_since: Option<Time>,
}

/// Where a state comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationSource {
    /// A CRL, with a delta CRL or without.
    Crl,
    /// A responder.
    Ocsp,
    /// Its authority, which is the user's own.
    OwnAuthority,
    /// The certificate says that there is none (RFC 9608).
    NoneAvailable,
    /// Nothing.
    Nothing,
}

/// Why something at hand does not settle a certificate's state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Doubt {
    /// Nothing at hand speaks of the certificate.
    #[error("nothing at hand tells whether it is revoked")]
    Nothing,
    /// Not for every reason.
    #[error("what is at hand does not cover every reason for revocation")]
    SomeReasons,
    /// A delta CRL whose base is not at hand.
    #[error("there is a delta CRL and not the CRL that it adds to")]
    NoBase,
    /// The next update is overdue.
    #[error("the {what} should have been renewed by {next}")]
    Stale {
        /// CRL or OCSP answer.
        what: &'static str,
        /// When it ends.
        next: Time,
    },
    /// Older than the policy allows.
    #[error("the {what} of {of} is too old")]
    Old {
        /// CRL or OCSP answer.
        what: &'static str,
        /// Its thisUpdate.
        of: Time,
    },
    /// From the future.
    #[error("the {what} is of {of}, which is yet to come")]
    NotYet {
        /// CRL or OCSP answer.
        what: &'static str,
        /// Its thisUpdate.
        of: Time,
    },
    /// The certificate of its signer is not at hand.
    #[error("the certificate of \"{issuer}\", who signed the {what}, is not at hand")]
    NoSigner {
        /// CRL or OCSP answer.
        what: &'static str,
        /// Who signed it.
        issuer: String,
    },
    /// The signature does not hold.
    #[error("the signature on the {what} of \"{issuer}\" does not hold")]
    BadSignature {
        /// CRL or OCSP answer.
        what: &'static str,
        /// Who is said to have signed it.
        issuer: String,
    },
    /// Its signer may not sign it.
    #[error("\"{issuer}\" may not sign the {what}: {why}")]
    MayNotSign {
        /// CRL or OCSP answer.
        what: &'static str,
        /// Who signed it.
        issuer: String,
        /// What it lacks.
        why: &'static str,
    },
    /// There is no path from its signer to the anchor of the certificate's path.
    #[error("who signed the CRL is not trusted: {0}")]
    Untrusted(Box<PathError>),
    /// The certificate of its signer is revoked.
    #[error("the certificate of \"{issuer}\", who signed the {what}, is revoked")]
    SignerRevoked {
        /// CRL or OCSP answer.
        what: &'static str,
        /// Who signed it.
        issuer: String,
    },
    /// Whether the certificate of its signer is revoked cannot be told.
    #[error("whether the certificate of \"{issuer}\", who signed the {what}, is revoked cannot be told")]
    SignerUndetermined {
        /// CRL or OCSP answer.
        what: &'static str,
        /// Who signed it.
        issuer: String,
    },
    /// The policy refuses the algorithm or the key of its signature.
    #[error("{0}")]
    WeakAlgorithm(String),
    /// It has a critical extension that is not understood.
    #[error("the {what} has a critical extension that is not understood: {oid}")]
    UnknownCritical {
        /// CRL or OCSP answer.
        what: &'static str,
        /// The extension.
        oid: Oid,
    },
    /// The answer repeats another nonce than was sent (RFC 9654).
    #[error("the OCSP answer is one to another request")]
    OtherNonce,
    /// The responder does not know the certificate.
    #[error("the OCSP responder does not know the certificate")]
    UnknownThere,
    /// It is from after the certificate's end, when its issuer need no longer list it.
    #[error("the {what} is from after the certificate expired, and need no longer speak of it")]
    Archived {
        /// CRL or OCSP answer.
        what: &'static str,
    },
    /// The search met its limit of work.
    #[error("there is too much to look at")]
    Budget,
}

impl RevocationOutcome {
    /// The word of the verdict's JSON, a contract: `good`, `revoked`, `unknown`, or `not-checked` where there is no
    /// certificate that anybody could revoke.
    pub fn word(&self) -> &'static str {
        let any = |is: fn(&RevocationState) -> bool| self.certificates.iter().any(|c| is(&c.state));
        if self.certificates.is_empty() {
            "not-checked"
        } else if any(|state| matches!(state, RevocationState::Revoked(_))) {
            "revoked"
        } else if any(|state| matches!(state, RevocationState::Undetermined(_))) {
            "unknown"
        } else {
            "good"
        }
    }

    /// The first certificate that is revoked, from the leaf on.
    pub fn revoked(&self) -> Option<(&CertificateRevocation, Revoked)> {
        self.certificates.iter().find_map(|c| match c.state {
            RevocationState::Revoked(revoked) => Some((c, revoked)),
            _ => None,
        })
    }

    /// The first certificate of which nobody can tell, from the leaf on, and why.
    pub fn undetermined(&self) -> Option<(&CertificateRevocation, &Doubt)> {
        self.certificates.iter().find_map(|c| match &c.state {
            RevocationState::Undetermined(doubts) => Some((c, doubts.first().unwrap_or(&Doubt::Nothing))),
            _ => None,
        })
    }

    /// What it means under these rules: a revoked certificate is never believed, one of which nobody can tell is not in
    /// [`RevocationMode::Hard`].
    ///
    /// # Errors
    /// [`PathError::Revoked`], [`PathError::RevocationUnknown`].
    pub fn judge(&self, rules: &RevocationPolicy) -> Result<(), PathError> {
        if let Some((of, revoked)) = self.revoked() {
            let which = of.certificate.subject().to_string();
            return Err(PathError::Revoked { which, at: revoked.at, reason: revoked.reason });
        }
        match self.undetermined() {
            Some((of, doubt)) if rules.mode == RevocationMode::Hard => {
                let which = of.certificate.subject().to_string();
                Err(PathError::RevocationUnknown { which, why: doubt.to_string() })
            }
            _ => Ok(()),
        }
    }

    /// As of when the oldest of what says "good" speaks.
    pub fn as_of(&self) -> Option<Time> {
        self.certificates.iter().filter_map(|c| c.as_of).min()
    }
}

impl Doubt {
    /// How telling it is: the greatest is told.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Doubt::Nothing => 0,
            Doubt::NoBase => 1,
            Doubt::SomeReasons => 2,
            Doubt::NoSigner { .. } | Doubt::BadSignature { .. } => 3,
            Doubt::NotYet { .. } | Doubt::Stale { .. } | Doubt::Old { .. } | Doubt::Archived { .. } => 4,
            Doubt::MayNotSign { .. } | Doubt::Untrusted(_) | Doubt::OtherNonce | Doubt::UnknownThere => 5,
            Doubt::SignerUndetermined { .. } | Doubt::SignerRevoked { .. } | Doubt::UnknownCritical { .. } => 6,
            Doubt::WeakAlgorithm(_) => 7,
            Doubt::Budget => 8,
        }
    }
}
