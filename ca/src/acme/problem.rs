//! Why an ACME request was refused, as the client is told (RFC 8555 section 6.7, RFC 7807).

use serde_json::{Value, json};

/// A refusal: the HTTP status and the problem document.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The token of RFC 8555 section 6.7, without the URN's head.
    pub kind: &'static str,
    /// What happened and what to do next, for people.
    pub detail: String,
    /// Seconds until it is of use to ask again.
    pub retry_after: Option<i64>,
    /// The URL of what is in the way: the account that has the key already (section 7.3.5).
    pub location: Option<String>,
}

impl Problem {
    /// A refusal of this kind.
    pub fn new(status: u16, kind: &'static str, detail: impl Into<String>) -> Problem {
        Problem { status, kind, detail: detail.into(), retry_after: None, location: None }
    }

    /// The request is not one.
    pub fn malformed(detail: impl Into<String>) -> Problem {
        Problem::new(400, "malformed", detail)
    }

    /// Whoever asks may not.
    pub fn unauthorized(detail: impl Into<String>) -> Problem {
        Problem::new(403, "unauthorized", detail)
    }

    /// What failed is on this side.
    pub fn internal(detail: impl Into<String>) -> Problem {
        Problem::new(500, "serverInternal", detail)
    }

    /// Nothing is there, or nothing that the asking account may see: which of the two is not told.
    pub fn not_found() -> Problem {
        Problem::new(404, "malformed", "there is nothing of yours at this URL")
    }

    /// Too often; to be tried again in so many seconds.
    pub fn rate_limited(detail: impl Into<String>, seconds: i64) -> Problem {
        Problem { retry_after: Some(seconds), ..Problem::new(429, "rateLimited", detail) }
    }

    /// The problem document, also for the `error` of an order or a challenge.
    pub fn document(&self) -> Value {
        let mut document = json!({
            "type": format!("{URN}{}", self.kind),
            "detail": self.detail,
            "status": self.status,
        });
        if self.kind == "badSignatureAlgorithm" {
            document["algorithms"] = json!(ALGORITHMS); // section 6.2
        }
        document
    }
}

/// What all the types of section 6.7 begin with.
pub const URN: &str = "urn:ietf:params:acme:error:";
/// What a client may sign with.
pub const ALGORITHMS: [&str; 5] = ["ES256", "ES384", "ES512", "EdDSA", "RS256"];
