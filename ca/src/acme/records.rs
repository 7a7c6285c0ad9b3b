//! What the server remembers, and where: the storage is a trait, so that this room has no disk.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wire::Time;

use super::problem::Problem;

/// A kind of record; the identifiers of each are a space of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shelf {
    /// Accounts.
    Account,
    /// From the thumbprint of a key to the account that has it.
    AccountKey,
    /// The orders of an account, a list of their identifiers.
    AccountOrders,
    /// Orders.
    Order,
    /// Authorizations, each with its one challenge.
    Authorization,
    /// From the first part of a token to its authorization.
    Token,
    /// Issued certificates.
    Certificate,
    /// From the fingerprint of a certificate to its identifier.
    Fingerprint,
    /// That an account has proven an address: the account's identifier, a space, the address.
    Proven,
    /// Keys agreed upon outside (RFC 8555 section 7.3.4) by their names; the value is base64url. Whoever keeps the
    /// storage puts them there.
    External,
}

impl Shelf {
    /// The word in the storage.
    pub const fn name(self) -> &'static str {
        match self {
            Shelf::Account => "account",
            Shelf::AccountKey => "account-key",
            Shelf::AccountOrders => "account-orders",
            Shelf::Order => "order",
            Shelf::Authorization => "authorization",
            Shelf::Token => "token",
            Shelf::Certificate => "certificate",
            Shelf::Fingerprint => "fingerprint",
            Shelf::Proven => "proven",
            Shelf::External => "external",
        }
    }
}

/// A record to be written over what has its identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What kind it is.
    pub shelf: Shelf,
    /// Its identifier.
    pub id: String,
    /// JSON; `None` takes it away.
    pub value: Option<String>,
    /// From then on it may be forgotten.
    pub expires: Option<Time>,
}

/// Where the server's records rest. Errors are words for the log: clients are told that it failed and no more.
pub trait Store {
    /// A record's value.
    ///
    /// # Errors
    /// The storage cannot be read.
    fn get(&self, shelf: Shelf, id: &str) -> Result<Option<String>, String>;

    /// Writes all of them or none, and may forget what has expired at `now`.
    ///
    /// # Errors
    /// The storage cannot be written; then none of the records is.
    fn write(&self, records: &[Record], now: Time) -> Result<(), String>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Pending,
    Processing,
    Ready,
    Valid,
    Invalid,
    Deactivated,
    Expired,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Account {
    pub id: String,
    pub jwk: Value,
    pub status: Status,
    pub contact: Vec<String>,
    /// The name of the outside key that it is bound to.
    pub external: Option<String>,
    pub agreed: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Order {
    pub id: String,
    pub account: String,
    pub address: String,
    pub status: Status,
    pub expires: i64,
    pub authorization: String,
    pub certificate: Option<String>,
    pub error: Option<Value>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Authorization {
    pub id: String,
    pub account: String,
    pub order: String,
    pub address: String,
    pub status: Status,
    pub expires: i64,
    /// The challenge's own status; `Processing` once the client has said that it answered.
    pub challenge: Status,
    pub validated: Option<i64>,
    pub error: Option<Value>,
    /// By mail. Made when the authorization was first asked for, and the mail sent.
    pub part1: Option<String>,
    /// Whether the mail server took that mail.
    #[serde(default)]
    pub mailed: bool,
    /// Over HTTPS.
    pub part2: String,
    /// Whether a mail answered, and rightly: known before the client says so over HTTPS where mail is faster.
    pub answered: Option<bool>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Issued {
    pub account: String,
    pub address: String,
    /// The certificate and its issuers, PEM.
    pub chain: String,
}

/// Reads a record.
pub(super) fn read<T: DeserializeOwned>(store: &dyn Store, shelf: Shelf, id: &str) -> Result<Option<T>, Problem> {
    let text = store.get(shelf, id).map_err(Problem::internal)?;
    let parsed = text.map(|text| serde_json::from_str(&text)).transpose();
    parsed.map_err(|_| Problem::internal(format!("a record on the shelf {} cannot be read", shelf.name())))
}

/// A record of a value.
pub(super) fn record<T: Serialize>(shelf: Shelf, id: &str, value: &T, expires: Option<i64>) -> Result<Record, Problem> {
    let value = serde_json::to_string(value).map_err(|e| Problem::internal(e.to_string()))?;
    Ok(Record { shelf, id: id.to_owned(), value: Some(value), expires: expires.map(Time) })
}

/// Takes a record away.
pub(super) fn forget(shelf: Shelf, id: &str) -> Record {
    Record { shelf, id: id.to_owned(), value: None, expires: None }
}
