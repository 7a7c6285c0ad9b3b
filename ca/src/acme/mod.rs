//! An ACME server for mail addresses (RFC 8555, RFC 8823): requests in, answers out, and the challenge mails to be sent
//! as values. What it remembers is behind [`Store`], what issues behind [`Issuer`]. [`client`] is the other side.

mod account;
pub mod base64url;
mod certificate;
mod challenge;
pub mod client;
mod issuer;
mod jwk;
pub mod jws;
mod limits;
mod mails;
mod order;
mod problem;
mod records;
mod routes;
mod server;
mod token;

pub use issuer::{Issuer, IssuerError, Wanted};
pub use jwk::Jwk;
pub use jws::{Jws, Signer, fuzz_jws};
pub use mails::{ChallengeMail, MailRefused, ResponseMail};
pub use problem::{Problem, URN};
pub use records::{Record, Shelf, Store};
pub use server::{Answer, Context, Server, Settings};
pub use token::{Joining, answers, response};

#[cfg(test)]
mod tests;
