//! Requests and answers of HTTP as plain values: what `ca serve` and the ACME server are asked and what they say.
//! `directory` has the listener.

/// A request that was read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method, as it was sent: in capitals.
    pub method: String,
    /// The path as it was sent, percent signs and all; begins with a slash.
    pub path: String,
    /// What stands behind the question mark.
    pub query: Option<String>,
    /// The fields: names in lower case, values as they were sent, without the space around them.
    pub headers: Vec<(String, String)>,
    /// The body, within the listener's bound.
    pub body: Vec<u8>,
    /// The address of whoever asks, without the port.
    pub peer: String,
}

impl HttpRequest {
    /// A request without fields and body, from this machine.
    pub fn new(method: &str, target: &str) -> HttpRequest {
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        HttpRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.map(str::to_owned),
            headers: Vec::new(),
            body: Vec::new(),
            peer: "127.0.0.1".to_owned(),
        }
    }

    /// The first field of this name, given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What is answered. The listener adds Date, Content-Length and Connection, and leaves the body of an answer to HEAD out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// The fields.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    /// An answer with a body of this media type.
    pub fn new(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> HttpAnswer {
        HttpAnswer { status, headers: vec![("Content-Type", media_type.to_owned())], body: body.into() }
    }

    /// A line of text for whoever reads it.
    pub fn text(status: u16, line: &str) -> HttpAnswer {
        HttpAnswer::new(status, "text/plain; charset=utf-8", format!("{line}\n"))
    }

    /// The same with one field more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> HttpAnswer {
        self.headers.push((name, value.into()));
        self
    }
}
