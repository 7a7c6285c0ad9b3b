//! Why a mail was not sealed, and what to do about it.

use std::fmt;
use std::io;

use trust::{Address, AddressFault, Algorithm, PathError, WritingProfile};

use crate::keyring::KeyringError;
use crate::remembered::Standing;

/// Why a mail was not sealed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The mail, or what is asked for, is nothing that is sealed.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// These recipients cannot be encrypted to; all of them are named.
    #[error("{}", lines(.0))]
    Recipients(Vec<Unusable>),
    /// The profile cannot be kept to with these recipients; all of them are named.
    #[error("{}", lines(.who))]
    InTheWay {
        /// The profile.
        profile: WritingProfile,
        /// Who stands in its way.
        who: Vec<Obstacle>,
    },
    /// There is no identity that can sign for the address.
    #[error("there is no identity to sign as {0}")]
    NoIdentity(Address),
    /// The sender has no identity at all, and could not read the own copy.
    #[error("there is no identity of {0}, who could not read what they send")]
    NoOwnCopy(Address),
    /// The identity of the address cannot sign now.
    #[error("the identity {address} cannot sign: {fault}")]
    CannotSign {
        /// Whose it is.
        address: Address,
        /// What speaks against its certificate.
        fault: PathError,
    },
    /// The policy refuses the signature algorithm of the identity.
    #[error("{0}")]
    Weak(String),
    /// The policy accepts none of the ciphers that recipients can be expected to read.
    #[error("the policy accepts no cipher to encrypt with, not even {0}")]
    NoCipher(Algorithm),
    /// The store of keys and certificates failed, or is locked.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The input is no mail, or beyond the limits.
    #[error("this is no mail: {0}")]
    NotMail(mime::Error),
    /// A part that may not be changed has a NUL or mixed line ends, which no signature can carry.
    #[error("a part of the mail that may not be changed has NUL characters or mixed line ends")]
    Damaged,
    /// Signing or encrypting failed.
    #[error(transparent)]
    Cms(cms::Error),
    /// The source of randomness failed.
    #[error(transparent)]
    Random(crypto::Error),
    /// Reading or writing failed.
    #[error(transparent)]
    Io(io::Error),
}

/// What is refused before anything is read but the header.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No From field, or none with an address.
    #[error("the mail has no From address")]
    NoFrom,
    /// More than one From field or From address.
    #[error("the mail has more than one From address")]
    SeveralFrom,
    /// The identity that was asked for is not the From address.
    #[error("the mail is From {from}, not from {asked}")]
    FromMismatch {
        /// The identity asked for.
        asked: Address,
        /// The address in the mail.
        from: Address,
    },
    /// Nobody to send to.
    #[error("the mail has no recipient")]
    NoRecipient,
    /// More recipients than readers look through (standards.md section 19).
    #[error("the mail has more than {limit} recipients")]
    TooManyRecipients {
        /// The limit.
        limit: usize,
    },
    /// The mail has Resent-* fields (RFC 5322 section 3.6.6).
    #[error("the mail has the field {name}")]
    ResentFields {
        /// The first of them.
        name: String,
    },
    /// The mail has a Bcc field.
    #[error("the mail has a Bcc field")]
    BccPresent,
    /// A message identifier that is not ASCII (RFC 6532 section 3.3 advises against it).
    #[error("the identifier {text} is not in ASCII")]
    IdentifierNotAscii {
        /// The identifiers of the field.
        text: String,
    },
    /// An address that nobody can be certified for.
    #[error("\"{address}\" is no mail address: {fault}")]
    BadAddress {
        /// The address as it was written.
        address: String,
        /// What is wrong with it.
        fault: AddressFault,
    },
    /// A field that is not the list of addresses that it has to be.
    #[error("the addresses in the field {field} cannot be read")]
    UnreadableAddresses {
        /// The field's name.
        field: String,
    },
    /// The Content-Type is there twice, or can be read in two ways.
    #[error("the Content-Type of the mail can be read in two ways")]
    AmbiguousContentType,
    /// A field with control characters, or with a word that fits on no line.
    #[error("the field {name} cannot be written in a mail")]
    UnwritableField {
        /// The field's name.
        name: String,
    },
    /// The mail that is answered hid what would stand in this field for everybody to read (RFC 9788 section 6.1).
    #[error("the field {name} has what the mail that is answered kept secret, and would be sent unencrypted")]
    WouldReveal {
        /// The field's name.
        name: String,
    },
}

/// One recipient that cannot be encrypted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// Who.
    pub address: Address,
    /// Why.
    pub why: WhyUnusable,
}

/// One reader who stands in the way of what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// Who.
    pub address: Address,
    /// Why.
    pub why: WhyInTheWay,
    /// Whether it is the sender, whose own copy would be the weak one.
    pub own: bool,
}

/// Why somebody stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhyInTheWay {
    /// No key of theirs withstands quantum computers.
    NotPostQuantum,
    /// They are known to read no cipher that authenticates.
    NoAuthenticated,
    /// They are known to read no cipher that the others read and that may be written.
    NoCipher,
}

/// Why there is no certificate to encrypt to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhyUnusable {
    /// None that names the address is known.
    NoCertificate,
    /// None that is known can be used; this is what speaks against the newest.
    Refused {
        /// SHA-256 over its DER.
        fingerprint: [u8; 32],
        /// What speaks against it.
        fault: PathError,
        /// The others, and what speaks against each.
        others: Box<[NotUsed]>,
    },
    /// All that are known are kept back.
    KeptBack(Box<[NotUsed]>),
}

/// A certificate that is not encrypted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotUsed {
    /// SHA-256 over its DER.
    pub fingerprint: [u8; 32],
    /// Why.
    pub why: WhyNotUsed,
}

/// Why a certificate is not encrypted to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhyNotUsed {
    /// It cannot be used.
    Fault(PathError),
    /// It is not what is used for the address.
    Standing(Standing),
}

impl SealError {
    /// What to do next, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            SealError::Refused(refusal) => Some(refusal.hint()),
            SealError::Recipients(list) => Some(list.iter().map(Unusable::hint).collect::<Vec<_>>().join("\n")),
            SealError::InTheWay { who, .. } => Some(who.iter().map(Obstacle::hint).collect::<Vec<_>>().join("\n")),
            SealError::NoIdentity(address) | SealError::NoOwnCopy(address) => Some(format!(
                "make one with `sealpost id new {address}`, or bring yours with `sealpost id import FILE`"
            )),
            SealError::CannotSign { fault: PathError::WeakAlgorithm { .. }, address } => {
                Some(format!("{POLICY}, or make a new one with `sealpost id new {address}`"))
            }
            SealError::CannotSign { address, .. } => Some(format!("make a new one with `sealpost id new {address}`")),
            SealError::Weak(_) | SealError::NoCipher(_) => Some("see `sealpost policy show`".to_owned()),
            SealError::Keyring(KeyringError::Locked) | SealError::Cms(cms::Error::Locked) => Some(
                "give the passphrase with --store-password-file, or run `sealpost unlock` first, on a terminal"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    /// The exit status that the program gives (design.md section 3).
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            SealError::Refused(_) => 2,
            SealError::Recipients(_) | SealError::NoOwnCopy(_) | SealError::InTheWay { .. } => 17,
            SealError::NoIdentity(_) | SealError::CannotSign { .. } | SealError::Weak(_) => 79,
            SealError::NoCipher(_) => 13,
            SealError::Keyring(KeyringError::Locked) => 67,
            SealError::Cms(cms::Error::Locked) => 67,
            SealError::NotMail(_) | SealError::Damaged => 41,
            SealError::Cms(cms::Error::Unsupported(_)) => 13,
            SealError::Keyring(_) | SealError::Cms(_) | SealError::Random(_) | SealError::Io(_) => 1,
        }
    }
}

impl From<mime::Error> for SealError {
    fn from(error: mime::Error) -> Self {
        match error {
            mime::Error::Io(error) => SealError::Io(error),
            mime::Error::NeedsSmtpUtf8 { address } => Refusal::IdentifierNotAscii { text: address }.into(),
            other => SealError::NotMail(other),
        }
    }
}

impl From<cms::Error> for SealError {
    fn from(error: cms::Error) -> Self {
        match error {
            cms::Error::Io(error) => SealError::from(error),
            other => SealError::Cms(other),
        }
    }
}

impl From<io::Error> for SealError {
    /// An [`io::Error`] that carries an error of the rooms below gives it back.
    fn from(error: io::Error) -> Self {
        match mime::Error::from(error) {
            mime::Error::Io(error) => match cms::Error::from_io(error) {
                cms::Error::Io(error) => SealError::Io(error),
                other => SealError::Cms(other),
            },
            other => other.into(),
        }
    }
}

impl Refusal {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Refusal::NoFrom | Refusal::SeveralFrom => "give the mail one From field with one address".to_owned(),
            Refusal::FromMismatch { from, .. } => format!("use --from {from}, or change the From field"),
            Refusal::NoRecipient => "add To or Cc to the mail, or name recipients with --to ADDRESS".to_owned(),
            Refusal::TooManyRecipients { .. } => "send it to fewer recipients at once".to_owned(),
            Refusal::ResentFields { .. } => {
                "a resent mail keeps its author's seal: remove the Resent-* fields".to_owned()
            }
            Refusal::BccPresent => {
                "a sealed mail tells every reader who else can read it: remove Bcc, and seal a copy for each of them \
                 with --to ADDRESS"
                    .to_owned()
            }
            Refusal::IdentifierNotAscii { .. } => "write Message-ID, In-Reply-To and References in ASCII".to_owned(),
            Refusal::BadAddress { .. } => "write it as name@example.org".to_owned(),
            Refusal::UnreadableAddresses { field } => format!("write {field} as: Name <name@example.org>, …"),
            Refusal::AmbiguousContentType => "give the mail one well-formed Content-Type field".to_owned(),
            Refusal::UnwritableField { name } => format!("remove or shorten the field {name}"),
            Refusal::WouldReveal { name } => format!("encrypt the answer, or write another {name}"),
        }
    }
}

impl Unusable {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> String {
        let address = &self.address;
        let others = match &self.why {
            WhyUnusable::NoCertificate => &[][..],
            WhyUnusable::Refused { others, .. } | WhyUnusable::KeptBack(others) => others,
        };
        if let Some(other) = others.iter().find(|other| other.why == WhyNotUsed::Standing(Standing::Changed)) {
            let prefix = other.prefix();
            return format!(
                "compare the fingerprint of their new key with {address}, then run `sealpost cert accept {prefix}`"
            );
        }
        match &self.why {
            WhyUnusable::Refused { fingerprint, fault: PathError::NoIssuer { .. }, .. } => {
                let prefix: String = wire::hex(fingerprint).chars().take(16).collect();
                format!("compare the fingerprint of {address} with them, then run `sealpost cert trust {prefix}`")
            }
            WhyUnusable::KeptBack(_) => {
                format!("take one of them with `sealpost cert accept`, or import another certificate of {address}")
            }
            WhyUnusable::NoCertificate => {
                format!(
                    "find it with `sealpost cert find {address}`, or import it with `sealpost cert import FILE`; a mail that \
                     {address} signed has it"
                )
            }
            WhyUnusable::Refused { fault: PathError::WeakAlgorithm { .. }, .. } => {
                format!(
                    "{POLICY}, or import a certificate of {address} with another key with `sealpost cert import FILE`"
                )
            }
            WhyUnusable::Refused { .. } => {
                format!(
                    "find a newer one with `sealpost cert find {address}`, or import it with `sealpost cert import FILE`"
                )
            }
        }
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be encrypted to: ", self.address)?;
        match &self.why {
            WhyUnusable::NoCertificate => f.write_str("no certificate of theirs is known"),
            WhyUnusable::Refused { fault, others, .. } => {
                fault.fmt(f)?;
                others.iter().try_for_each(|other| write!(f, "\n  {other}"))
            }
            WhyUnusable::KeptBack(others) => {
                f.write_str("none of their certificates is used")?;
                others.iter().try_for_each(|other| write!(f, "\n  {other}"))
            }
        }
    }
}

impl NotUsed {
    fn prefix(&self) -> String {
        wire::hex(&self.fingerprint).chars().take(16).collect()
    }
}

impl fmt::Display for NotUsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            WhyNotUsed::Fault(fault) => write!(f, "sha256:{}: {fault}", self.prefix()),
            WhyNotUsed::Standing(standing) => write!(f, "sha256:{} {standing}", self.prefix()),
        }
    }
}

impl Obstacle {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> String {
        let address = &self.address;
        match self.why {
            WhyInTheWay::NotPostQuantum if self.own => {
                format!("make a key for your own copy with `sealpost id new {address} --key ml-dsa-65+ml-kem-768`")
            }
            WhyInTheWay::NotPostQuantum => {
                format!("ask {address} for a certificate with an ML-KEM key, or use --profile pq-preferred")
            }
            WhyInTheWay::NoAuthenticated => {
                format!("sign the mail and use --profile compat, or send it to {address} by itself")
            }
            WhyInTheWay::NoCipher => format!("ask {address} for a signed mail from a newer program"),
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = &self.address;
        match self.why {
            WhyInTheWay::NotPostQuantum => {
                write!(f, "{address} has no certificate whose key withstands quantum computers, as pq-required asks")
            }
            WhyInTheWay::NoAuthenticated => {
                write!(f, "{address} reads no cipher that authenticates, by what they said in their last signed mail")
            }
            WhyInTheWay::NoCipher => {
                write!(f, "{address} reads no cipher that is written and that the other readers read")
            }
        }
    }
}

/// What is accepted is said by the policy, and may be said otherwise.
const POLICY: &str = "the policy refuses it (`sealpost policy show`): accept it in policy.toml in the store's folder";

fn lines<T: fmt::Display>(list: &[T]) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
