//! Why a mail was not handed over, or a mailbox not read.

use std::io;

use super::delivery::Delivery;
use super::outgoing::MailFault;

/// Why a server could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// The name of the server has no address.
    #[error("the server {0} is not known")]
    UnknownHost(String),
    /// Without TLS only servers of this machine are used.
    #[error("{0} is not on this machine, and would be used without TLS")]
    NotThisMachine(String),
    /// The connection failed or was refused.
    #[error("{server}: {source}")]
    Connection {
        /// Host and port.
        server: String,
        /// What the system said.
        source: io::Error,
    },
    /// The server closed the connection, or it broke.
    #[error("the connection to {server} ended {during}")]
    Closed {
        /// Host and port.
        server: String,
        /// What was going on.
        during: &'static str,
    },
    /// The server did not answer, or not to its end, in time.
    #[error("{server} did not answer within {seconds} s {during}")]
    Timeout {
        /// Host and port.
        server: String,
        /// What was going on.
        during: &'static str,
        /// The limit.
        seconds: u64,
    },
    /// No TLS with this server: its certificate is not believed, or the two do not understand each other.
    #[error("no TLS with {server}: {why}")]
    Tls {
        /// Host and port.
        server: String,
        /// In the words of the library.
        why: String,
    },
    /// A file of certificates to believe has none.
    #[error("there is no certificate in {0}")]
    NoAnchor(String),
    /// The server does not offer STARTTLS, or somebody in between took the offer out.
    #[error("{0} does not offer STARTTLS")]
    NoStartTls(String),
    /// What came in the clear right after the answer to STARTTLS could be anybody's (RFC 3207 section 6, CVE-2011-0411).
    #[error("{0} sent something in the clear after the answer to STARTTLS")]
    Injected(String),
    /// The server speaks another protocol, or breaks it.
    #[error("{server} does not keep to the protocol: {what}")]
    Protocol {
        /// Host and port.
        server: String,
        /// In which way.
        what: String,
    },
    /// An answer longer than any such answer is.
    #[error("{server} answered more than {limit} octets")]
    TooLong {
        /// Host and port.
        server: String,
        /// The bound.
        limit: u64,
    },
    /// The server takes none of the ways of logging in that could be used.
    #[error("{server} takes no {wanted}; it offers {offered}")]
    NoMechanism {
        /// Host and port.
        server: String,
        /// What was wanted.
        wanted: String,
        /// What it offers.
        offered: String,
    },
    /// The user or the password is not right, in the server's words.
    #[error("{server} does not let {user} in: {text}")]
    LoginRefused {
        /// Host and port.
        server: String,
        /// Who.
        user: String,
        /// What the server said.
        text: String,
    },
    /// A user name or a password that cannot be sent.
    #[error("the user name or the password has a character that cannot be sent")]
    BadLogin,
    /// The server refused a command that the rest depends on.
    #[error("{server} refused {command}: {text}")]
    Refused {
        /// Host and port.
        server: String,
        /// The command's name.
        command: &'static str,
        /// Code and text.
        text: String,
        /// Whether it may be different later.
        transient: bool,
    },
    /// The server went while it was told who receives, and had refused some of them by then.
    #[error("{why}")]
    Cut {
        /// In which way it went.
        why: Box<SubmitError>,
        /// What it had said, to somebody that they are refused. Those who were accepted have nothing.
        told: Vec<Delivery>,
    },
    /// The mail needs something that the server does not offer.
    #[error("{server} does not offer {extension}, which this mail needs")]
    NotOffered {
        /// Host and port.
        server: String,
        /// The extension.
        extension: &'static str,
    },
    /// The mail is larger than the server takes.
    #[error("the mail has {size} octets, and {server} takes {limit}")]
    TooLarge {
        /// Host and port.
        server: String,
        /// Of the mail.
        size: u64,
        /// Of the server.
        limit: u64,
    },
    /// The mail cannot be sent as it is.
    #[error("{0}")]
    Mail(#[from] MailFault),
    /// The mail could not be read, or what was done not be noted.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl SubmitError {
    /// Whether this one mail was not begun, and the next one can be: the conversation goes on.
    pub fn concerns_one_mail(&self) -> bool {
        match self {
            SubmitError::NotOffered { .. } | SubmitError::TooLarge { .. } => true,
            // RFC 5321 section 3.8: with 421 the server goes.
            SubmitError::Refused { command: "the sender", text, .. } => !text.starts_with("421"),
            _ => false,
        }
    }

    /// What to do next, where there is something.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            SubmitError::UnknownHost(_) => "look at the host's name",
            SubmitError::NotThisMachine(_) => "use smtps:// or smtp://, imaps:// or imap://, which have TLS",
            SubmitError::Tls { .. } => {
                "for a server with certificates of its own, name its authority with --tls-trust FILE"
            }
            SubmitError::NoStartTls(_) => "use smtps:// (port 465), or ask who runs the server",
            SubmitError::Injected(_) => {
                "somebody may be in between: use smtps:// or imaps://, and tell who runs the server"
            }
            SubmitError::LoginRefused { .. } | SubmitError::BadLogin => {
                "look at the user name and where the password comes from"
            }
            SubmitError::NoMechanism { .. } => "choose another with --auth",
            SubmitError::Cut { why, .. } => return why.hint(),
            SubmitError::TooLarge { .. } => "send a link, or the parts in several mails",
            _ => return None,
        })
    }
}
