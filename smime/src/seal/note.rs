//! What the sender should know about a sealed mail.

use std::fmt;

use crypto::ContentCipher;
use trust::Address;
use wire::Time;

use crate::seal::known::Names;

/// Something that was done otherwise than usual, or made because it was missing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealNote {
    /// The lines of the input end in LF; they were read as CRLF, and the outer lines written as they came.
    LineEnds,
    /// A byte order mark or an mbox `From ` line before the mail was left out.
    Prelude,
    /// A Date was made.
    MadeDate,
    /// A Message-ID was made.
    MadeMessageId,
    /// An address in the header is beyond ASCII (RFC 6532 section 3.2): only servers with SMTPUTF8 take the mail.
    International,
    /// A part that may not be changed is not 7-bit, so that the signature is opaque: only S/MIME programs show the mail.
    SignedOpaque,
    /// Without a signature nobody can know who sent the mail (E-12, RFC 8551 section 6).
    NotSigned,
    /// The mail is already signed or encrypted: it was put into another layer as it is, and its header stays readable.
    AlreadySealed,
    /// A signed receipt is requested (RFC 2634 §2.2.2).
    ReceiptRequested,
    /// No part of the mail is a text that what is hidden of its header can be repeated in (RFC 9788 section 5.2.4).
    NoLegacyDisplay,
    /// Some readers are known to read a better cipher, which these do not (standards.md section 14).
    Weakened {
        /// The cipher that all get.
        cipher: ContentCipher,
        /// Because of whom.
        by: Vec<Address>,
    },
    /// The mail can be read by whoever breaks the keys of these with a quantum computer.
    NotPostQuantum {
        /// Whose keys they are.
        by: Vec<Address>,
    },
    /// These have two keys and get the mail under both: whoever breaks the classical one with a quantum computer reads
    /// what others get under a post-quantum key alone.
    ClassicalBeside {
        /// Whose keys they are.
        of: Vec<Address>,
    },
    /// Somebody lists less than they once did.
    Downgraded {
        /// Who.
        who: Address,
        /// When the better list was signed.
        better_at: Time,
        /// When the list that counts was signed.
        signed_at: Time,
    },
}

impl SealNote {
    /// The word for programs; a contract.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            SealNote::LineEnds => "line-ends",
            SealNote::Prelude => "prelude",
            SealNote::MadeDate => "made-date",
            SealNote::MadeMessageId => "made-message-id",
            SealNote::International => "international",
            SealNote::SignedOpaque => "signed-opaque",
            SealNote::NotSigned => "not-signed",
            SealNote::AlreadySealed => "already-sealed",
            SealNote::ReceiptRequested => "receipt-requested",
            SealNote::NoLegacyDisplay => "no-legacy-display",
            SealNote::Weakened { .. } => "weakened",
            SealNote::NotPostQuantum { .. } => "not-post-quantum",
            SealNote::ClassicalBeside { .. } => "classical-beside",
            SealNote::Downgraded { .. } => "downgraded",
        }
    }
}

impl fmt::Display for SealNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SealNote::LineEnds => "the lines of the mail end in LF and were read as CRLF",
            SealNote::Prelude => "a byte order mark or mbox line before the mail was left out",
            SealNote::MadeDate => "the mail had no Date: one was made",
            SealNote::MadeMessageId => "the mail had no Message-ID: one was made",
            SealNote::International => "an address in its header is not in ASCII: only servers with SMTPUTF8 take the mail",
            SealNote::NoLegacyDisplay => {
                "the mail has no text to repeat its hidden header in: programs without header protection do not show it"
            }
            SealNote::SignedOpaque => {
                "a part that may not be changed is not 7-bit: the mail is signed opaque, only S/MIME programs show it"
            }
            SealNote::NotSigned => "the mail is not signed: its readers cannot know who sent it",
            SealNote::AlreadySealed => {
                "the mail is already signed or encrypted: it is kept as it is, and its subject stays readable outside"
            }
            SealNote::ReceiptRequested => {
                "a signed receipt is requested: keep the sealed mail, for a receipt is compared with it"
            }
            SealNote::Weakened { cipher, by } => {
                let who = Names(by);
                return write!(f, "all readers get {cipher}, because {who} cannot be expected to read better");
            }
            SealNote::ClassicalBeside { of } => {
                let who = Names(of);
                return write!(f, "a quantum computer could read it by the second, classical key of {who}; --profile pq-preferred leaves that out");
            }
            SealNote::NotPostQuantum { by } => {
                return write!(f, "no key that withstands quantum computers is known of {}", Names(by));
            }
            SealNote::Downgraded { who, better_at, signed_at } => {
                return write!(f, "{who} listed stronger algorithms on {better_at} than on {signed_at}, which counts");
            }
        })
    }
}
