//! Why a place gave no answer.

use thiserror::Error;

use super::bogus::Bogus;
use crate::fetch::FetchError;

/// Why a place gave no answer. Each is one line that goes behind the name of the place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DiscoverError {
    /// By LDAP or HTTP.
    #[error("{0}")]
    Fetch(#[from] FetchError),
    /// It failed shortly before, and is not asked again yet.
    #[error("it failed a moment ago: {0}")]
    Remembered(String),
    /// The file of anchors cannot be used.
    #[error("DNSSEC has nothing to begin from: {0}")]
    Anchors(String),
    /// The system names no resolver, or none that can be used.
    #[error("there is no resolver to ask: {0}")]
    NoResolver(String),
    /// The name of the address is none of the DNS.
    #[error("the address has no name in the DNS: {0}")]
    Name(String),
    /// The answer is forged, or the zone is broken.
    #[error("the answer contradicts DNSSEC: {0}")]
    Bogus(#[from] Bogus),
    /// Nobody signed the answer.
    #[error("the answer is not signed (DNSSEC), so that anybody could have made it")]
    Insecure,
    /// An alias leads to itself, or on and on.
    #[error("its aliases (CNAME) lead nowhere")]
    Aliases,
    /// Neither of UDP and TCP brings a whole answer.
    #[error("the resolver cuts its answer short, and gives no whole one by TCP")]
    Truncated,
    /// It took longer than allowed.
    #[error("no answer that fits the question within {0} seconds")]
    Timeout(u64),
    /// The resolver did not answer before, in the same run.
    #[error("the resolver did not answer a moment ago, so it is not asked again")]
    Silent,
    /// The resolver says that it cannot.
    #[error("the resolver answers {0}")]
    Refused(String),
    /// What came cannot be read, or nothing came.
    #[error("the resolver cannot be asked: {0}")]
    Broken(String),
}
