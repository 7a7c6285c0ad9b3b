//! Why no certificate was issued.

use thiserror::Error;
use trust::Violation;
use wire::Time;

/// Why no certificate was issued.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The key is of a kind that cannot do what the profile is for.
    #[error("a key of the kind {kind} cannot be certified for {wanted}")]
    KeyNotForProfile {
        /// The kind of the key.
        kind: String,
        /// What the certificate would be for.
        wanted: &'static str,
    },
    /// P-521, under the strict profile: SBR section 7.1.3.1 names it, and pkilint, by which others judge, does not.
    #[error("no certificate is issued for or by a key of P-521, for pkilint finds an error in it; choose p384")]
    P521,
    /// The signing key cannot sign certificates.
    #[error("a key of the kind {kind} cannot sign certificates")]
    CannotSign {
        /// The kind of the key.
        kind: String,
    },
    /// The issuer's certificate is not that of an authority, or not for its key.
    #[error("the issuer's certificate is not that of an authority with this key")]
    NoAuthority,
    /// A certificate that is to be renewed is of another authority, or not that of one address.
    #[error("the certificate is none of one address that this authority issued")]
    NotIssuedHere,
    /// The certificate would end before it begins, outlive its issuer, or last longer than the profile allows.
    #[error("the certificate cannot be valid from {not_before} to {not_after}")]
    Validity {
        /// The first second that was asked for.
        not_before: Time,
        /// The last second that was asked for.
        not_after: Time,
    },
    /// The name is empty, too long, or has control characters.
    #[error(
        "the name cannot be put into a certificate: it has 1 to 64 characters, none of which controls a terminal, and a \
         country two capital letters"
    )]
    Name,
    /// The certificate would break its profile.
    #[error("the certificate would break its profile: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Profile(Vec<Violation>),
    /// The key, the signature or the source of chance failed.
    #[error(transparent)]
    Crypto(#[from] crypto::Error),
    /// What was written cannot be read back.
    #[error(transparent)]
    Wire(#[from] wire::Error),
}
