//! Sealing: a mail goes in, the same mail signed and encrypted for all its recipients comes out.
//!
//! | module | what it does |
//! |---|---|
//! | `error`, `note` | why a mail is not sealed, with hints; what the sender should know |
//! | `plan` | what the header says about author and recipients; what is refused |
//! | `people` | the certificates and the identity |
//! | `known` | what is known of a reader |
//! | `choose` | the cipher and the key management |
//! | `letter` | the input, read from its beginning as often as needed |
//! | `compose` | both header sections |
//! | `padding` | hiding the length |
//! | `write` | the streams |
//! | `sealing` | the call |
//! | `delivery` | which copies a mail is sent in, and to whom |

pub(crate) mod choose;
mod compose;
mod delivery;
mod error;
mod known;
mod letter;
mod note;
mod padding;
pub(crate) mod people;
mod plan;
mod receipt;
mod sealing;
mod write;

pub use choose::{Choice, Reader, WhyCipher};
pub use delivery::{Clear, DeliveryPlan, DeliveryWish, PlannedCopy, Protected};
pub use error::{NotUsed, Obstacle, Refusal, SealError, Unusable, WhyInTheWay, WhyNotUsed, WhyUnusable};
pub use known::Knowledge;
pub use note::SealNote;
pub use sealing::{SealFacts, Sealed, Sealing};
