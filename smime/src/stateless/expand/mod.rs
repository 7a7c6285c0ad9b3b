//! Mailing lists (RFC 2634 §4): a message that came for a list is made ready for its members.

mod decide;
mod layer;
mod write;

pub use decide::{ExpandRequest, Expansion, expand};
pub use write::Members;
