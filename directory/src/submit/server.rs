//! Which server, who logs in, whom TLS believes, how long is waited.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crypto::Secret;

/// A server by its URL: `smtps://[USER@]HOST[:PORT]`, `smtp://…` (STARTTLS is required), `imaps://…`, `imap://…`; and
/// `smtp+plain://…`, `imap+plain://…` without TLS, for servers of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Which protocol it speaks.
    pub service: Service,
    /// How it is secured.
    pub security: Security,
    /// Its name or address, without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who logs in; nobody where it is `None`.
    pub user: Option<String>,
}

/// A protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Message submission (RFC 6409).
    Smtp,
    /// Mailboxes (RFC 9051).
    Imap,
}

/// How a connection is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first octet (RFC 8314 section 3).
    Implicit,
    /// STARTTLS, and nothing without it.
    StartTls,
    /// None; for servers of this machine alone.
    None,
}

/// A URL that names no server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadServer {
    /// It has another form.
    #[error("{0:?} is no server: write smtps://USER@HOST, smtp://USER@HOST (with STARTTLS), imaps:// or imap://")]
    Form(String),
    /// A password in a URL stands in lists of processes and in histories.
    #[error("a password does not belong into the URL of a server; give it with --password-file")]
    Password,
}

impl FromStr for Server {
    type Err = BadServer;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (server, path) = Server::parse(text)?;
        if path.is_empty() { Ok(server) } else { Err(BadServer::Form(text.to_owned())) }
    }
}

impl Server {
    /// Reads the URL of a server and what follows behind its next `/`, percent-decoded.
    ///
    /// # Errors
    /// [`BadServer`].
    pub fn parse(text: &str) -> Result<(Server, String), BadServer> {
        let wrong = || BadServer::Form(text.to_owned());
        let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
        let scheme = SCHEMES.iter().find(|(name, ..)| scheme.eq_ignore_ascii_case(name));
        let (_, service, security, usual) = *scheme.ok_or_else(wrong)?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) if user.contains(':') && !place.is_empty() => return Err(BadServer::Password),
            Some((user, place)) => (Some(decoded(user).filter(|u| !u.is_empty()).ok_or_else(wrong)?), place),
            None => (None, authority),
        };
        let (host, port) = match place.strip_prefix('[') {
            Some(rest) => {
                let (host, after) = rest.split_once(']').ok_or_else(wrong)?;
                host.parse::<std::net::Ipv6Addr>().map_err(|_| wrong())?;
                (host, after.strip_prefix(':').or(after.is_empty().then_some("")))
            }
            None => place.split_once(':').map_or((place, Some("")), |(host, port)| (host, Some(port))),
        };
        let number = |text: &str| match text {
            "" => Some(usual),
            text if text.bytes().all(|b| b.is_ascii_digit()) => text.parse::<u16>().ok().filter(|p| *p != 0),
            _ => None,
        };
        let port = port.and_then(number).ok_or_else(wrong)?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._:".contains(&b);
        if host.is_empty() || !host.bytes().all(plain) {
            return Err(wrong());
        }
        let server = Server { service, security, host: host.to_owned(), port, user };
        Ok((server, decoded(path).ok_or_else(wrong)?))
    }

    /// Host and port, for messages.
    pub fn place(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

impl fmt::Display for Server {
    /// The URL, from which the same is read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let same = |s: &&(&str, Service, Security, u16)| s.1 == self.service && s.2 == self.security;
        let scheme = SCHEMES.iter().find(same).map_or("smtps", |s| s.0);
        let user = self.user.as_ref().map(|user| encoded(user) + "@").unwrap_or_default();
        write!(f, "{scheme}://{user}{}", self.place())
    }
}

/// Octets of a URL that stand for others (RFC 3986 section 2.1); control characters are nobody's name.
fn decoded(text: &str) -> Option<String> {
    let octets = wire::unescaped(text.as_bytes(), b'%')?;
    String::from_utf8(octets).ok().filter(|text| !text.chars().any(char::is_control))
}

/// The inverse of [`decoded`].
pub(crate) fn encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// How somebody logs in.
#[derive(Debug, Clone)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password, or the access token of XOAUTH2.
    pub secret: Secret,
    /// The way; `None` takes PLAIN, else LOGIN.
    pub mechanism: Option<Mechanism>,
}

/// A way of logging in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// RFC 4616.
    Plain,
    /// Two questions, no RFC.
    Login,
    /// An OAuth 2.0 bearer token, as Google and Microsoft take it.
    XOauth2,
}

impl Mechanism {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Mechanism::Plain => "PLAIN",
            Mechanism::Login => "LOGIN",
            Mechanism::XOauth2 => "XOAUTH2",
        }
    }
}

impl FromStr for Mechanism {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Mechanism::Plain, Mechanism::Login, Mechanism::XOauth2];
        let found = all.into_iter().find(|m| m.name().eq_ignore_ascii_case(text));
        found.ok_or_else(|| "plain, login or xoauth2".to_owned())
    }
}

/// Whom TLS believes, and how long is waited.
#[derive(Debug, Clone)]
pub struct Reach {
    /// A PEM file of the only authorities to believe; the system's bundle where there is none.
    pub trust: Option<PathBuf>,
    /// For a connection, TLS included.
    pub connect: Duration,
    /// For an answer (RFC 5321 section 4.5.3.2 asks for five minutes).
    pub answer: Duration,
    /// For a piece of the mail to be taken (three minutes).
    pub piece: Duration,
    /// For the answer to the whole mail (ten minutes).
    pub last: Duration,
}

impl Default for Reach {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Reach { trust: None, connect: seconds(30), answer: seconds(300), piece: seconds(180), last: seconds(600) }
    }
}

impl Reach {
    /// The same where no single wait is longer than this.
    #[must_use]
    pub fn at_most(self, limit: Duration) -> Self {
        let Reach { trust, connect, answer, piece, last } = self;
        Reach {
            trust,
            connect: connect.min(limit),
            answer: answer.min(limit),
            piece: piece.min(limit),
            last: last.min(limit),
        }
    }
}

const SCHEMES: [(&str, Service, Security, u16); 6] = [
    ("smtps", Service::Smtp, Security::Implicit, 465),
    ("smtp", Service::Smtp, Security::StartTls, 587),
    ("smtp+plain", Service::Smtp, Security::None, 25),
    ("imaps", Service::Imap, Security::Implicit, 993),
    ("imap", Service::Imap, Security::StartTls, 143),
    ("imap+plain", Service::Imap, Security::None, 143),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_and_written() {
        for (text, port, user, again) in [
            ("smtps://mail.example.org", 465, None, "smtps://mail.example.org:465"),
            ("SMTP://alice@mail.example.org", 587, Some("alice"), "smtp://alice@mail.example.org:587"),
            ("smtp://alice%40example.org@h:2525", 2525, Some("alice@example.org"), "smtp://alice%40example.org@h:2525"),
            ("smtp://alice@example.org@h", 587, Some("alice@example.org"), "smtp://alice%40example.org@h:587"),
            ("imaps://a@[::1]:1993", 1993, Some("a"), "imaps://a@[::1]:1993"),
            ("smtp+plain://localhost:25", 25, None, "smtp+plain://localhost:25"),
        ] {
            let server: Server = text.parse().unwrap();
            assert_eq!((server.port, server.user.as_deref(), server.to_string().as_str()), (port, user, again));
            assert_eq!(server.to_string().parse::<Server>().unwrap(), server);
        }
        let (server, path) = Server::parse("imaps://a@h/Sent%20Mail/2026").unwrap();
        assert_eq!((server.service, path.as_str()), (Service::Imap, "Sent Mail/2026"));
    }

    #[test]
    fn what_is_no_server_is_refused() {
        assert_eq!("smtps://alice:pw@h".parse::<Server>(), Err(BadServer::Password));
        for wrong in [
            "",
            "h",
            "http://h",
            "smtp://",
            "smtp://@h",
            "smtp://h:",
            "smtp://h:0",
            "smtp://h:70000",
            "smtp://h:+1",
            "smtp://[::1",
            "smtp://[x]",
            "smtp://::1",
            "smtp://a b",
            "smtp://h\r\nQUIT",
            "smtp://u%0d@h",
            "smtp://u%4@h",
            "smtp://h/path",
            "smtp://[::1]x",
        ] {
            // A port that is left out after its colon is the usual one (RFC 3986 section 3.2.3).
            assert_eq!(wrong.parse::<Server>().is_err(), wrong != "smtp://h:", "{wrong:?}");
        }
    }
}
