//! Why something was not fetched.

use std::net::SocketAddr;

use thiserror::Error;

/// Why something was not fetched. Each is one line that goes behind the URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No URL, or one with a name and password, or without a host.
    #[error("this is no address that anything can be fetched from")]
    BadUrl,
    /// Neither http, https, ldap nor ldaps.
    #[error("nothing is fetched by {0}: only by http, https and, from hosts that were allowed, ldap and ldaps")]
    Scheme(String),
    /// A port that pointers in certificates may not name.
    #[error("port {port} of {host} is not asked: only 80 and 443 are")]
    Port {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// A directory server that the user did not list.
    #[error("{host}:{port} is a directory server that was not allowed")]
    Directory {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// An address that only reaches what is near: the intranet, the machine itself, a cloud's metadata.
    #[error("{host} is at {}, which is {range}: not asked", address.ip())]
    Address {
        /// The host.
        host: String,
        /// Where it is, and the port that was to be asked.
        address: SocketAddr,
        /// What is there.
        range: &'static str,
    },
    /// The name has no address.
    #[error("the host {0} is not known")]
    UnknownHost(String),
    /// Nobody answers there.
    #[error("no connection: {0}")]
    Connection(String),
    /// It took longer than allowed.
    #[error("no whole answer within {0} seconds")]
    Timeout(u64),
    /// An earlier request to this host in the same operation ran out of time.
    #[error("{0} did not answer a moment ago, so it is not asked again")]
    Silent(String),
    /// The answer was no success.
    #[error("the server answers {0}")]
    Status(u16),
    /// A directory server's result code (RFC 4511 section 4.1.9).
    #[error("the directory server answers with result {0}")]
    LdapResult(u64),
    /// The directory has no such entry, or no such attribute in it; the store has no such certificate.
    #[error("there is nothing")]
    NothingThere,
    /// A redirect to another scheme, or to no URL.
    #[error("a redirect to {0} is not followed")]
    Redirect(String),
    /// Too many redirects.
    #[error("more than {0} redirects")]
    Redirects(u32),
    /// The answer is larger than allowed.
    #[error("the answer is larger than {0} octets")]
    TooLarge(u64),
    /// What stands before it has too many fields or octets.
    #[error("the header of the answer is too large")]
    LargeHeader,
    /// What came is not what was asked for.
    #[error("what came is no {0}")]
    Malformed(&'static str),
    /// An OCSP responder gives no answer.
    #[error("the responder answers {0}")]
    Responder(&'static str),
    /// The operation has asked for as much as it may.
    #[error("as many requests as one operation may make were made")]
    Count,
    /// All requests of the operation together took too long.
    #[error("the time for all requests together is used up")]
    Exhausted,
    /// TLS failed.
    #[error("no secure connection: {0}")]
    Tls(String),
    /// It failed shortly before, and is not asked again yet.
    #[error("it failed at {at}: {why}")]
    Remembered {
        /// When.
        at: wire::Time,
        /// In which way.
        why: String,
    },
}

impl FetchError {
    /// What to do about it, where the user can.
    pub fn hint(&self) -> Option<String> {
        match self {
            FetchError::Port { host, port } | FetchError::Directory { host, port } => {
                Some(format!("if you know this host, allow it with --allow-host {}", bracketed(host, *port)))
            }
            FetchError::Address { host, address, .. } => {
                Some(format!("if you know this host, allow it with --allow-host {}", bracketed(host, address.port())))
            }
            _ => None,
        }
    }
}

fn bracketed(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
