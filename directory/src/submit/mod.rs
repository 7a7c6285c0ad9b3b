//! Handing mail over: submission by SMTP, and the copy in a mailbox or a maildir.
//!
//! Servers are hostile input: every wait has an end, every answer a bound, and nothing that came in the clear counts once
//! TLS has begun. Mail is streamed: it is read twice, once to see that nothing in it can be taken for a command.

mod connection;
mod delivery;
mod error;
mod imap;
mod maildir;
mod outgoing;
mod place;
mod sasl;
mod server;
mod smtp;

pub use delivery::Delivery;
pub use error::SubmitError;
pub use imap::{Imap, MAX_FOUND};
pub use maildir::Maildir;
pub use outgoing::{MailFault, Outgoing};
pub use place::MailPlace;
pub use server::{BadServer, Login, Mechanism, Reach, Security, Server, Service};
pub use smtp::{Dsn, Envelope, EnvelopeId, Notify, Ret, Submission, submit};
