//! The two mails of a challenge as values: the one to be sent and the one that answers (RFC 8823).

use trust::Address;
use wire::Time;

/// A challenge mail to be written and sent (RFC 8823 section 3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChallengeMail {
    /// Whom it asks.
    pub to: Address,
    /// Where it comes from and the answer goes to.
    pub from: Address,
    /// The first part of the token, for the subject.
    pub part1: String,
    /// Until when an answer counts.
    pub expires: Time,
}

/// An answering mail as it was read (RFC 8823 section 3.2). Whoever reads it has checked that it is no mail of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseMail {
    /// Who wrote it, and that a DKIM signature by this address's domain covers what RFC 8823 wants covered; `Err` is why
    /// that is not so.
    pub from: Result<Address, String>,
    /// The first part of the token, from the subject.
    pub part1: String,
    /// The digest, from the body.
    pub digest: String,
}

/// Why an answering mail counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailRefused {
    /// Nobody was asked with that token, or it was answered.
    #[error("its token is not one that is waited for")]
    Unknown,
    /// Its sender is not proven.
    #[error("its sender is not proven: {0}")]
    Unproven(String),
    /// It comes from another address than the one that was asked.
    #[error("it comes from {0}, which was not asked")]
    Sender(Address),
    /// Too late.
    #[error("it came after the challenge had expired")]
    Expired,
    /// The digest is wrong; the challenge has failed, for there is one guess and no more (RFC 8823 section 6).
    #[error("its digest is wrong, so the challenge has failed")]
    Digest,
    /// The storage failed.
    #[error("it could not be looked up or recorded: {0}")]
    Storage(String),
}
