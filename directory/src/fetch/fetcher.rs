//! What one operation may ask for, and how often.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::error::FetchError;
use super::rules::AllowedHost;
use super::wanted::{SECONDS, Wanted};
use super::{http, ldap};

/// What the user allows.
#[derive(Debug, Clone, Default)]
pub struct FetchOptions {
    /// Hosts that are asked although their address or port would forbid it.
    pub allowed: Vec<AllowedHost>,
}

/// Fetches for one operation, such as the sealing of a mail: at most [`MAX_REQUESTS`] requests of [`SECONDS`] seconds
/// each, redirects included, and [`TOTAL_SECONDS`] seconds for all of them. A host that ran out of time is not asked
/// again.
#[derive(Debug)]
pub struct Fetcher {
    allowed: Arc<[AllowedHost]>,
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    requests: u32,
    spent: Duration,
    silent: HashSet<String>,
}

impl Fetcher {
    /// One with its whole budget.
    pub fn new(options: FetchOptions) -> Fetcher {
        Fetcher { allowed: options.allowed.into(), state: RefCell::default() }
    }

    /// Asks a URL. By LDAP there may be several values.
    ///
    /// # Errors
    /// [`FetchError`].
    pub fn fetch(&self, url: &str, wanted: &Wanted) -> Result<Vec<Vec<u8>>, FetchError> {
        let (scheme, rest) = url.split_once(':').ok_or(FetchError::BadUrl)?;
        let scheme = scheme.to_ascii_lowercase();
        if !["http", "https", "ldap", "ldaps"].contains(&scheme.as_str()) {
            return Err(FetchError::Scheme(scheme.chars().filter(char::is_ascii_graphic).take(20).collect()));
        }
        let host = rest.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default().to_ascii_lowercase();
        let left = self.begin(&host)?;
        let began = Instant::now();
        let deadline = began + left;
        let found = match (scheme.starts_with("http"), wanted) {
            (true, _) => {
                let request = http::Request { wanted, allowed: &self.allowed, deadline };
                http::get(url, &request).map(|body| vec![body])
            }
            (false, Wanted::Ocsp(_)) => Err(FetchError::Scheme(scheme)),
            (false, _) => ldap::search(url, wanted, &self.allowed, deadline),
        };
        let mut state = self.state.borrow_mut();
        state.spent += began.elapsed();
        if matches!(found, Err(FetchError::Timeout(_))) {
            state.silent.insert(host);
        }
        found
    }

    fn begin(&self, host: &str) -> Result<Duration, FetchError> {
        let mut state = self.state.borrow_mut();
        if state.silent.contains(host) {
            return Err(FetchError::Silent(host.to_owned()));
        }
        if state.requests >= MAX_REQUESTS {
            return Err(FetchError::Count);
        }
        let left = Duration::from_secs(TOTAL_SECONDS).saturating_sub(state.spent);
        if left.is_zero() {
            return Err(FetchError::Exhausted);
        }
        state.requests += 1;
        Ok(left.min(Duration::from_secs(SECONDS)))
    }
}

/// Seconds for all requests of an operation.
pub const TOTAL_SECONDS: u64 = 10;
/// Requests of an operation.
pub const MAX_REQUESTS: u32 = 24;
