//! The crate's error for texts that it reads; certification paths have [`crate::PathError`].

use thiserror::Error;

/// Why a policy or an address could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The policy is no TOML of the expected shape.
    #[error("the policy cannot be read: {0}")]
    PolicySyntax(String),
    /// A row of the policy has a value that means nothing.
    #[error("row {row} of the policy has a bad value for \"{field}\"")]
    PolicyRow {
        /// The row's number, from 1.
        row: usize,
        /// The field's name.
        field: &'static str,
    },
    /// The policy names no known profile.
    #[error("the policy has a bad value for \"profile\"")]
    PolicyProfile,
    /// The policy names no known policy for headers.
    #[error("the policy has a bad value for \"hcp\"")]
    PolicyHeaders,
    /// A clearance of the policy has a value that means nothing.
    #[error("clearance {number} of the policy has a bad value for \"{field}\"")]
    PolicyClearance {
        /// The clearance's number, from 1.
        number: usize,
        /// The field's name.
        field: &'static str,
    },
    /// The policy is longer than [`crate::MAX_POLICY_BYTES`].
    #[error("the policy is too long")]
    PolicyTooLong,
    /// A word that names none of the five uses.
    #[error("no such use: sign, verify, encrypt, decrypt or certify")]
    UnknownUse,
    /// A word that names no standing.
    #[error("no such standing: prefer, accept, warn or reject")]
    UnknownStanding,
    /// A word that names no profile.
    #[error("no such profile: compat, strict, pq-preferred or pq-required")]
    UnknownProfile,
    /// The table `[revocation]` of the policy has a value that means nothing.
    #[error("the table \"revocation\" of the policy has a bad value for \"{0}\"")]
    PolicyRevocation(&'static str),
    /// The table `[discovery]` of the policy has a value that means nothing.
    #[error("the table \"discovery\" of the policy has a bad value for \"{0}\"")]
    PolicyDiscovery(&'static str),
    /// A word that says nothing of when a place is asked for certificates.
    #[error("no such time: off, find or seal")]
    UnknownDiscover,
    /// A word that says neither of what it means that nobody can tell.
    #[error("no such mode: soft or hard")]
    UnknownMode,
    /// A word that says nothing of where revocation is looked up.
    #[error("no such way: never, cached or fetch")]
    UnknownFetch,
    /// A word that names no policy for headers.
    #[error("no such policy for headers: baseline or shy")]
    UnknownHeaderConfidentiality,
    /// A text that is no object identifier of a security policy.
    #[error("not the object identifier of a security policy, such as 1.2.3.4")]
    LabelPolicy,
    /// A text that is no classification.
    #[error(
        "no such classification: unmarked, unclassified, restricted, confidential, secret, \"top secret\" or 0 to 256"
    )]
    Classification,
    /// The text is no address.
    #[error("not a mail address: {0}")]
    Address(AddressFault),
}

/// What is wrong with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddressFault {
    /// There is no `@`.
    #[error("it has no @")]
    NoAt,
    /// There are several `@`.
    #[error("it has more than one @")]
    ManyAts,
    /// A NUL, control, space or direction-changing character, or a byte order mark.
    #[error("it has a character that is not allowed")]
    Character,
    /// A part or the whole is longer than RFC 5321 section 4.5.3.1 allows.
    #[error("it is too long")]
    TooLong,
    /// The part before the `@` is empty or no dot-atom or quoted string.
    #[error("the part before the @ is malformed")]
    LocalPart,
    /// The part after the `@` is no host name; a dot at its end counts.
    #[error("the part after the @ is no host name")]
    Domain,
    /// It is not ASCII where only ASCII is allowed.
    #[error("it is not ASCII")]
    NotAscii,
}
