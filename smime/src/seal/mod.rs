//! Sealing: a mail goes in, the same mail signed and encrypted for all its recipients comes out.
//!
//! | module | what it does |
//! |---|---|
//! | `error`, `note` | why a mail is not sealed, with hints; what the sender should know |
//! | `plan` | what the header says about author and recipients; what is refused |
//! | `people` | the certificates, the identity and the algorithms |
//! | `letter` | the input, read from its beginning as often as needed |
//! | `compose` | both header sections |
//! | `write` | the streams |
//! | `sealing` | the call |

mod compose;
mod error;
mod letter;
mod note;
mod people;
mod plan;
mod sealing;
mod write;

pub use error::{Refusal, SealError, Unusable, WhyUnusable};
pub use note::SealNote;
pub use people::Reader;
pub use sealing::{SealFacts, Sealed, Sealing};
