//! What a relay did to a signed text: changes that relays are known to make are undone, one after the other and in
//! compositions, until the digest is the one that was signed.
//!
//! A candidate counts only where its digest is exactly the signed one, so that a cause that is not one would be a
//! collision. What is bounded is the work: see [`Budget`].

mod change;
mod charset;
mod combine;
mod edit;
mod entity;
mod header;
mod leaf;
mod local;
mod oracle;
mod quoted;
mod room;
mod search;
mod sixtyfour;
mod undone;

pub use change::Change;
pub(crate) use change::{Note, Step};
pub(crate) use entity::entities;
pub(crate) use oracle::{Budget, MAX_LENGTH};
pub(crate) use search::{Outcome, search};
