//! One answer by HTTP.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::http::Uri;
use ureq::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, config::Config};

use super::error::FetchError;
use super::rules::{AllowedHost, check_addresses, is_allowed};
use super::wanted::{SECONDS, Wanted};
use crate::tls;

/// What a request needs besides its URL.
pub(crate) struct Request<'a> {
    pub wanted: &'a Wanted,
    pub allowed: &'a Arc<[AllowedHost]>,
    pub deadline: Instant,
}

/// Asks, and follows redirects, each of which is judged as the first address was.
pub(crate) fn get(url: &str, request: &Request<'_>) -> Result<Vec<u8>, FetchError> {
    let mut uri = parse(url)?;
    for _ in 0..=MAX_REDIRECTS {
        check_port(&uri, request.allowed)?;
        match ask(&uri, request)? {
            Answer::Body(body) => return Ok(body),
            Answer::Elsewhere(to) => uri = follow(&uri, &to)?,
        }
    }
    Err(FetchError::Redirects(MAX_REDIRECTS))
}

enum Answer {
    Body(Vec<u8>),
    Elsewhere(String),
}

fn parse(url: &str) -> Result<Uri, FetchError> {
    let uri: Uri = url.parse().map_err(|_| FetchError::BadUrl)?;
    let named = uri.authority().is_some_and(|a| !a.as_str().contains('@') && !a.host().is_empty());
    let scheme = matches!(uri.scheme_str(), Some("http" | "https"));
    if url.len() > MAX_URL || !named || !scheme { Err(FetchError::BadUrl) } else { Ok(uri) }
}

/// Host without brackets, and port.
fn place(uri: &Uri) -> (&str, u16) {
    let host = uri.host().unwrap_or_default();
    let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    (host, uri.port_u16().unwrap_or(usual))
}

fn check_port(uri: &Uri, allowed: &[AllowedHost]) -> Result<(), FetchError> {
    // A port that is no number reads as none.
    let odd =
        uri.authority().is_some_and(|a| a.as_str().ends_with(':') || (a.port().is_none() && has_port(a.as_str())));
    let (host, port) = place(uri);
    match port {
        _ if odd => Err(FetchError::BadUrl),
        80 | 443 => Ok(()),
        _ if is_allowed(allowed, host, port) => Ok(()),
        _ => Err(FetchError::Port { host: host.to_owned(), port }),
    }
}

fn has_port(authority: &str) -> bool {
    authority.rsplit_once(']').map_or(authority, |(_, rest)| rest).contains(':')
}

fn ask(uri: &Uri, request: &Request<'_>) -> Result<Answer, FetchError> {
    let agent = agent(uri, request)?;
    let sent = match request.wanted {
        Wanted::Ocsp(question) => {
            let post = agent.post(uri).header(CONTENT_TYPE, "application/ocsp-request");
            post.header(ACCEPT, "application/ocsp-response").send(question.as_slice())
        }
        Wanted::Crl | Wanted::Issuer | Wanted::Person => agent.get(uri).call(),
    };
    let mut response = sent.map_err(|e| told(e, uri))?;
    let status = response.status().as_u16();
    let repeats = match request.wanted {
        // A question that would become another by being redirected is not asked again.
        Wanted::Ocsp(_) => matches!(status, 307 | 308),
        Wanted::Crl | Wanted::Issuer | Wanted::Person => matches!(status, 301 | 302 | 303 | 307 | 308),
    };
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    if let Some(to) = header(LOCATION).filter(|_| repeats) {
        return Ok(Answer::Elsewhere(to.to_owned()));
    }
    // RFC 4387 section 2: that nothing matches is told as HTTP tells it.
    if *request.wanted == Wanted::Person && matches!(status, 204 | 404 | 410) {
        return Err(FetchError::NothingThere);
    }
    if status != 200 {
        return Err(FetchError::Status(status));
    }
    let limit = request.wanted.limit();
    if header(CONTENT_LENGTH).and_then(|l| l.parse::<u64>().ok()).is_some_and(|length| length > limit) {
        return Err(FetchError::TooLarge(limit));
    }
    let body = response.body_mut().with_config().limit(limit.saturating_add(1)).read_to_vec();
    match body.map_err(|e| told(e, uri)) {
        Ok(body) if body.len() as u64 > limit => Err(FetchError::TooLarge(limit)),
        Err(FetchError::TooLarge(_)) => Err(FetchError::TooLarge(limit)),
        other => other.map(Answer::Body),
    }
}

/// Made anew for each request: no connection outlives its checks, and no proxy or cookie has a say.
fn agent(uri: &Uri, request: &Request<'_>) -> Result<Agent, FetchError> {
    let left = request.deadline.checked_duration_since(Instant::now()).filter(|left| *left > Duration::from_millis(1));
    let left = left.ok_or(FetchError::Timeout(SECONDS))?;
    let tls = TlsConfig::builder().provider(TlsProvider::Rustls).unversioned_rustls_crypto_provider(tls::provider());
    let trusted = if uri.scheme_str() == Some("https") { tls::server_roots() } else { Vec::new() };
    let trusted: Vec<_> = trusted.iter().map(|c| Certificate::from_der(c).to_owned()).collect();
    let config = Config::builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .timeout_global(Some(left))
        .max_response_header_size(MAX_HEADER)
        .max_idle_connections(0)
        .user_agent("sealpost")
        .tls_config(tls.root_certs(RootCerts::Specific(Arc::new(trusted))).build())
        .build();
    let resolver = Checked { allowed: Arc::clone(request.allowed), system: DefaultResolver::default() };
    Ok(Agent::with_parts(config, DefaultConnector::default(), resolver))
}

/// The system's resolver, whose answers are checked before anything connects to them; the connector takes these very
/// addresses and never resolves.
struct Checked {
    allowed: Arc<[AllowedHost]>,
    system: DefaultResolver,
}

impl Resolver for Checked {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.system.resolve(uri, config, timeout)?;
        let (host, port) = place(uri);
        if !is_allowed(&self.allowed, host, port) {
            check_addresses(host, found.iter()).map_err(|refused| ureq::Error::Other(Box::new(refused)))?;
        }
        Ok(found)
    }
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked").finish_non_exhaustive()
    }
}

/// RFC 3986 section 5.2, as far as servers use it: a whole URL, or a path from the root.
fn follow(from: &Uri, to: &str) -> Result<Uri, FetchError> {
    let refused = || FetchError::Redirect(to.chars().take(200).collect());
    let whole = match (to.starts_with('/') && !to.starts_with("//"), from.scheme_str(), from.authority()) {
        (true, Some(scheme), Some(authority)) => format!("{scheme}://{authority}{to}"),
        _ => to.to_owned(),
    };
    let uri = parse(&whole).map_err(|_| refused())?;
    if uri.scheme() == from.scheme() { Ok(uri) } else { Err(refused()) }
}

fn told(error: ureq::Error, uri: &Uri) -> FetchError {
    match error {
        ureq::Error::Timeout(_) => FetchError::Timeout(SECONDS),
        ureq::Error::HostNotFound => FetchError::UnknownHost(place(uri).0.to_owned()),
        ureq::Error::BodyExceedsLimit(limit) => FetchError::TooLarge(limit),
        ureq::Error::LargeResponseHeader(..) => FetchError::LargeHeader,
        ureq::Error::Protocol(error) if error.to_string().contains("too many headers") => FetchError::LargeHeader,
        ureq::Error::BadUri(_) => FetchError::BadUrl,
        ureq::Error::Rustls(error) => FetchError::Tls(error.to_string()),
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => FetchError::Timeout(SECONDS),
        ureq::Error::Io(error) => io_error(&error, uri),
        ureq::Error::Other(error) => match error.downcast::<FetchError>() {
            Ok(refused) => *refused,
            Err(other) => FetchError::Connection(other.to_string()),
        },
        other => FetchError::Connection(other.to_string()),
    }
}

/// The resolver of the system reports an unknown name as an error of its own kind, with a text.
fn io_error(error: &std::io::Error, uri: &Uri) -> FetchError {
    let text = error.to_string();
    match error.kind() {
        // What the library of TLS refuses comes as an error of reading.
        std::io::ErrorKind::InvalidData => FetchError::Tls(text),
        _ if text.contains("failed to lookup") => FetchError::UnknownHost(place(uri).0.to_owned()),
        _ => FetchError::Connection(text),
    }
}

const MAX_REDIRECTS: u32 = 3;
const MAX_URL: usize = 2048;
const MAX_HEADER: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_05_ports_and_odd_addresses() {
        let allowed = ["intranet.example:8080".parse().unwrap()];
        let judge = |url: &str| parse(url).and_then(|uri| check_port(&uri, &allowed));
        for asked in [
            "http://a.example/x.crl",
            "http://a.example:80",
            "https://a.example:443/",
            "http://[2606::1]/",
            "https://a.example/",
            "http://intranet.example:8080/x",
            "http://a.example:443/",
        ] {
            assert_eq!(judge(asked), Ok(()), "{asked}");
        }
        for refused in ["http://a.example:22/", "http://a.example:8080/", "http://[2606::1]:25/", "http://a.example:0/"]
        {
            assert!(matches!(judge(refused), Err(FetchError::Port { .. })), "{refused}");
        }
        for bad in [
            "",
            "x",
            "/x",
            "http:///x",
            "http://a@b/",
            "http://a:b@c/",
            "http://a.example:/",
            "http://a b/",
            "http://a.example:99999/",
            "http://a.example:8x/",
            "http://a\r\nHost: b/",
        ] {
            assert_eq!(judge(bad), Err(FetchError::BadUrl), "{bad:?}");
        }
    }

    #[test]
    fn r_05_redirects_stay_with_their_scheme() {
        let from = parse("http://a.example:80/x/y").unwrap();
        assert_eq!(follow(&from, "/z").unwrap(), "http://a.example:80/z");
        assert_eq!(follow(&from, "http://b.example/").unwrap(), "http://b.example/");
        for refused in ["https://a.example/", "file:///etc/passwd", "gopher://a/", "//b.example/", "z", "", "ldap://a/"]
        {
            assert!(matches!(follow(&from, refused), Err(FetchError::Redirect(_))), "{refused}");
        }
    }
}
