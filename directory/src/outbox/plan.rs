//! What a job says.

use trust::Address;

use crate::submit::{Dsn, MailPlace, Server};

/// What is to be done, and how far it is.
#[derive(Debug, Clone)]
pub struct JobPlan {
    /// Who sends.
    pub from: Address,
    /// Over which server.
    pub server: Server,
    /// Where the sender's own copy goes.
    pub sent: Option<MailPlace>,
    /// What is asked for about delivery.
    pub dsn: Dsn,
    /// The copies.
    pub copies: Vec<JobCopy>,
    /// Whether the sender's own copy is in its place.
    pub filed: bool,
}

/// One copy.
#[derive(Debug, Clone)]
pub struct JobCopy {
    /// Who gets it, and how far that is.
    pub to: Vec<(Address, Progressed)>,
}

/// What became of a recipient so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progressed {
    /// Nothing was sent yet.
    Waiting,
    /// It was sent to its end, and no answer noted: it may have arrived.
    Uncertain,
    /// The server took it.
    Accepted,
    /// The server refused it, with these words.
    Refused(String),
}
