//! Why a certificate is not believed, and the word that the verdict has for it.

use std::fmt;

use thiserror::Error;
use wire::crl::Reason;
use wire::{Oid, Time};

/// Why no path was proven. Of the many failures of a search the most telling one is given: the one that
/// came closest to a path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PathError {
    /// No certificate at hand issued this one, and it is no anchor.
    #[error("{}", missing(subject, issuer))]
    NoIssuer {
        /// The subject of the certificate at which the search ended.
        subject: String,
        /// The name of the issuer that is missing.
        issuer: String,
        /// The key identifier that the missing issuer has.
        aki: Option<Vec<u8>>,
    },
    /// A certificate's time is over.
    #[error("the certificate of \"{which}\" expired on {not_after}")]
    Expired {
        /// Its last second.
        not_after: Time,
        /// Its subject.
        which: String,
    },
    /// A certificate's time has not begun.
    #[error("the certificate of \"{which}\" is not valid before {not_before}")]
    NotYetValid {
        /// Its first second.
        not_before: Time,
        /// Its subject.
        which: String,
    },
    /// A certificate is not for this use.
    #[error("the certificate of \"{which}\" is not for this use: {clause}")]
    WrongPurpose {
        /// What says so.
        clause: Clause,
        /// Its subject.
        which: String,
    },
    /// The issuer is no certification authority (RFC 5280 section 6.1.4 (k)).
    #[error("\"{which}\" is no certification authority")]
    NotACa {
        /// The issuer's subject.
        which: String,
    },
    /// More authorities than pathLenConstraint or the limit of ten certificates allows.
    #[error("the path is longer than allowed")]
    PathTooLong,
    /// The issuer's key did not make the signature, or its two algorithm fields differ.
    #[error("the signature on the certificate of \"{which}\" does not hold")]
    BadSignature {
        /// The subject of the certificate that carries the signature.
        which: String,
    },
    /// The policy refuses an algorithm or a key.
    #[error("{judgement}")]
    WeakAlgorithm {
        /// The policy's sentence with its source.
        judgement: String,
    },
    /// A critical extension that this library does not process (RFC 5280 section 4.2).
    #[error("the certificate has a critical extension that is not understood: {0}")]
    UnknownCritical(Oid),
    /// A name lies outside what an authority may issue for (RFC 5280 section 4.2.1.10).
    #[error("an authority may not issue for a name in the certificate of \"{which}\"")]
    NameConstraint {
        /// The subject of the certificate with the name.
        which: String,
    },
    /// No certificate policy that was asked for holds for the whole path (RFC 5280 section 6.1).
    #[error("the policies of the path do not hold at the certificate of \"{which}\": {fault}")]
    Policy {
        /// What is wrong with them.
        fault: PolicyFault,
        /// The subject of the certificate at which they fail.
        which: String,
    },
    /// A certificate does not keep a clause of the profile that was asked for.
    #[error("the certificate of \"{which}\" does not keep its profile: {violation}")]
    Profile {
        /// The clause with its source.
        violation: String,
        /// The certificate's subject.
        which: String,
    },
    /// The certificate is not for the mailbox that was asked for.
    #[error("the certificate of \"{which}\" does not name {address}")]
    OtherAddress {
        /// The mailbox.
        address: String,
        /// The certificate's subject.
        which: String,
    },
    /// A certificate of the path was revoked.
    #[error("{}", revoked(which, *at, *reason))]
    Revoked {
        /// Its subject.
        which: String,
        /// Since when.
        at: Time,
        /// Why.
        reason: Reason,
    },
    /// Nobody can tell whether a certificate of the path is revoked, and the policy wants to know.
    #[error("whether the certificate of \"{which}\" is revoked cannot be told: {why}")]
    RevocationUnknown {
        /// Its subject.
        which: String,
        /// Why not.
        why: String,
    },
    /// The search met its limit of work.
    #[error("there are too many certificates to try")]
    Budget,
    /// A certificate that was marked as not to be trusted.
    #[error("the certificate of \"{which}\" is marked as not trusted")]
    Distrusted {
        /// Its subject.
        which: String,
    },
}

impl PathError {
    /// How telling the failure is: of two the greater one is given.
    pub(crate) fn rank(&self) -> u8 {
        match self {
            PathError::NoIssuer { .. } => 0,
            PathError::BadSignature { .. } => 1,
            PathError::NotACa { .. } => 2,
            PathError::UnknownCritical(_) => 3,
            PathError::PathTooLong => 4,
            PathError::WrongPurpose { .. } => 5,
            PathError::NameConstraint { .. } => 6,
            PathError::Policy { .. } => 7,
            PathError::Profile { .. } => 8,
            PathError::OtherAddress { .. } => 9,
            PathError::NotYetValid { .. } => 10,
            PathError::Expired { .. } => 11,
            PathError::WeakAlgorithm { .. } => 12,
            PathError::Distrusted { .. } => 13,
            PathError::Revoked { .. } => 14,
            PathError::RevocationUnknown { .. } => 15,
            PathError::Budget => 16,
        }
    }
}

fn revoked(which: &str, at: Time, reason: Reason) -> String {
    let why = if reason == Reason::Unspecified { String::new() } else { format!(" ({reason})") };
    format!("the certificate of \"{which}\" was revoked on {at}{why}")
}

fn missing(subject: &str, issuer: &str) -> String {
    if subject == issuer {
        format!("\"{subject}\" vouches only for itself and is not among those trusted")
    } else {
        format!("the certificate of \"{subject}\" was issued by \"{issuer}\", whose certificate is not at hand")
    }
}

/// What keeps a certificate from a use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Clause {
    /// keyUsage has neither digitalSignature nor nonRepudiation (RFC 8550 section 4.4.2).
    NoSigning,
    /// keyUsage lacks keyEncipherment, which RSA needs (RFC 8550 section 4.4.2).
    NoKeyEncipherment,
    /// keyUsage has more than keyEncipherment, which keys for encapsulation must not (RFC 9935 section 5, RFC 9690
    /// section 2.3).
    MoreThanKeyEncipherment,
    /// keyUsage has more than what signs, which HSS keys must not (RFC 9802 section 5).
    MoreThanSigning,
    /// keyUsage lacks keyAgreement, which elliptic curves need (RFC 5753 section 7.1).
    NoKeyAgreement,
    /// decipherOnly: nobody may encrypt to the key (RFC 5280 section 4.2.1.3).
    DecipherOnly,
    /// The key's algorithm cannot do it.
    KeyKind,
    /// extKeyUsage has neither emailProtection nor anyExtendedKeyUsage (RFC 8550 section 4.4.4).
    NoEmailProtection,
    /// keyUsage of an authority lacks keyCertSign (RFC 5280 section 6.1.4 (n)).
    NoCertSigning,
    /// keyUsage of who signs a CRL lacks cRLSign (RFC 5280 section 6.3.3 (f)).
    NoCrlSigning,
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Clause::NoSigning => "its key usage has neither digitalSignature nor nonRepudiation (RFC 8550 §4.4.2)",
            Clause::NoKeyEncipherment => "its key usage lacks keyEncipherment (RFC 8550 §4.4.2)",
            Clause::MoreThanKeyEncipherment => {
                "its key usage has more than keyEncipherment (RFC 9935 §5, RFC 9690 §2.3)"
            }
            Clause::MoreThanSigning => "its key usage has more than signing (RFC 9802 §5)",
            Clause::NoKeyAgreement => "its key usage lacks keyAgreement (RFC 5753 §7.1)",
            Clause::DecipherOnly => "its key usage is decipherOnly (RFC 5280 §4.2.1.3)",
            Clause::KeyKind => "its key is of a kind that cannot do it",
            Clause::NoEmailProtection => "its extended key usage lacks emailProtection (RFC 8550 §4.4.4)",
            Clause::NoCertSigning => "its key usage lacks keyCertSign (RFC 5280 §6.1.4)",
            Clause::NoCrlSigning => "its key usage lacks cRLSign (RFC 5280 §6.3.3)",
        })
    }
}

/// What is wrong with the policies of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyFault {
    /// A policy is required, and none that is acceptable holds from the anchor down to here.
    NoneAcceptable,
    /// An authority maps anyPolicy (RFC 5280 section 6.1.4 (a)).
    MapsAny,
    /// A policy stands twice in one certificate (RFC 5280 section 4.2.1.4).
    Repeated,
    /// anyPolicy has a qualifier that it must not have (RFC 5280 section 4.2.1.4).
    QualifiesAny,
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PolicyFault::NoneAcceptable => {
                "one is required, and none that is acceptable holds down to here (RFC 5280 §6.1.5)"
            }
            PolicyFault::MapsAny => "it maps anyPolicy (RFC 5280 §6.1.4)",
            PolicyFault::QualifiesAny => "anyPolicy has a qualifier of another kind than its two (RFC 5280 §4.2.1.4)",
            PolicyFault::Repeated => "it names a policy twice (RFC 5280 §4.2.1.4)",
        })
    }
}

/// How a certificate stands, in the words of the verdict's JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CertificateState {
    /// There is a proven path to an anchor.
    Trusted,
    /// There is none.
    Untrusted,
    /// There would be one at another time.
    Expired,
    /// Its issuer took it back.
    Revoked,
    /// It is not for mail, or not for this use.
    WrongPurpose,
    /// There is no certificate.
    Missing,
    /// The policy refuses an algorithm or key of the path.
    Weak,
}

impl CertificateState {
    /// The word in JSON; a contract.
    pub fn word(self) -> &'static str {
        match self {
            CertificateState::Trusted => "trusted",
            CertificateState::Untrusted => "untrusted",
            CertificateState::Expired => "expired",
            CertificateState::Revoked => "revoked",
            CertificateState::WrongPurpose => "wrong-purpose",
            CertificateState::Missing => "missing",
            CertificateState::Weak => "weak",
        }
    }
}

impl fmt::Display for CertificateState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl From<&PathError> for CertificateState {
    fn from(error: &PathError) -> Self {
        match error {
            PathError::Expired { .. } | PathError::NotYetValid { .. } => CertificateState::Expired,
            PathError::WrongPurpose { .. } => CertificateState::WrongPurpose,
            PathError::WeakAlgorithm { .. } => CertificateState::Weak,
            PathError::Revoked { .. } => CertificateState::Revoked,
            PathError::NoIssuer { .. }
            | PathError::RevocationUnknown { .. }
            | PathError::NotACa { .. }
            | PathError::PathTooLong
            | PathError::BadSignature { .. }
            | PathError::UnknownCritical(_)
            | PathError::NameConstraint { .. }
            | PathError::Policy { .. }
            | PathError::Profile { .. }
            | PathError::OtherAddress { .. }
            | PathError::Budget
            | PathError::Distrusted { .. } => CertificateState::Untrusted,
        }
    }
}
