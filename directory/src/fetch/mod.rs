//! Fetching what certificates point to, under rules that keep whoever wrote the pointer from making use of it.
//!
//! A certificate in a mail is the sender's text: its pointers can name a host of the intranet, a port where something
//! else listens, an answer without end. So every address is checked after the name was resolved, and the one that was
//! checked is the one connected to; ports, redirects, sizes, times and counts have bounds. Everything is fetched one
//! after the other, so no host ever has two requests at once.

mod error;
mod fetcher;
mod http;
mod ldap;
mod rules;
mod wanted;

pub use error::FetchError;
pub use fetcher::{FetchOptions, Fetcher};
pub use rules::AllowedHost;
pub use wanted::Wanted;
