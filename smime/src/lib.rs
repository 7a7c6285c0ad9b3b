//! The front door: mail in, a verdict out; mail out, sealed mail.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::as_conversions, clippy::panic)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::as_conversions, clippy::panic)
)]

pub mod acme;
mod belief;
mod confidentiality;
mod desk;
mod explain;
mod headers;
mod keyring;
mod learned;
mod open;
mod rekey;
mod remembered;
mod reply;
pub mod report;
mod seal;
pub mod stateless;
mod strengths;
mod verdict;

// A store implements and hands out these without knowing the room they come from.
pub use cms::{Capabilities, Error as CmsError, KeyPreference, Keys, OwnKey, SharedKind, Source};
pub use desk::{Desk, DeskAt};
pub use explain::{
    CertificateKnown, Change, Explanation, LayerExplained, RecipientExplained, SignerExplained, Way, WayStep,
    fuzz_explain,
};
pub use keyring::{KeyPlace, Keyring, KeyringError, KnownCapabilities, KnownCertificate, NoKeyring, SigningIdentity};
pub use learned::LearnedCapabilities;
pub use open::{AuthservId, Mail, MessageKind, OpenError, Opened, SignedPart, fuzz_open, fuzz_results};
pub use rekey::{Kept, OldMail, WhyLeft};
pub use remembered::{Harvest, Remembered, Standing, same_key, serve_alike, standing_of};
pub use reply::{ReferencePolicy, ReplyHeaders, Response, fuzz_respond};
pub use seal::{
    Choice, Clear, DeliveryPlan, DeliveryWish, Knowledge, NotUsed, Obstacle, PlannedCopy, Protected, Reader, Refusal,
    SealError, SealFacts, SealNote, Sealed, Sealing, Unusable, WhyCipher, WhyInTheWay, WhyNotUsed, WhyUnusable,
};
pub use strengths::Strengths;
pub use verdict::{Code, Finding, Severity, Verdict, VerifiedSigner};
