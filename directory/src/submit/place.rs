//! Where mail is filed and looked for: a maildir or a mailbox on an IMAP server.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use wire::Time;

use super::error::SubmitError;
use super::imap::Imap;
use super::maildir::Maildir;
use super::outgoing::Outgoing;
use super::server::{BadServer, Login, Reach, Server, Service, encoded};

/// A place for mail: `maildir:PATH`, or `imaps://USER@HOST/MAILBOX` (`imap://` with STARTTLS).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailPlace {
    /// A maildir.
    Maildir(PathBuf),
    /// A mailbox.
    Imap {
        /// On which server.
        server: Server,
        /// Its name; `INBOX` is everybody's.
        mailbox: String,
    },
}

impl FromStr for MailPlace {
    type Err = BadServer;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("maildir:").filter(|path| !path.is_empty()) {
            return Ok(MailPlace::Maildir(path.into()));
        }
        let (server, mailbox) = Server::parse(text)?;
        if server.service != Service::Imap || server.user.is_none() || mailbox.is_empty() {
            return Err(BadServer::Form(text.to_owned()));
        }
        Ok(MailPlace::Imap { server, mailbox })
    }
}

impl fmt::Display for MailPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MailPlace::Maildir(path) => write!(f, "maildir:{}", path.display()),
            MailPlace::Imap { server, mailbox } => write!(f, "{server}/{}", encoded(mailbox)),
        }
    }
}

impl MailPlace {
    /// The server that wants a login; none for a maildir.
    pub fn server(&self) -> Option<&Server> {
        match self {
            MailPlace::Maildir(_) => None,
            MailPlace::Imap { server, .. } => Some(server),
        }
    }

    /// Files a mail as read, dated `at` or else as of now.
    ///
    /// # Errors
    /// [`SubmitError`]; a mailbox without a login is [`SubmitError::BadLogin`].
    pub fn file(
        &self,
        login: Option<&Login>,
        reach: &Reach,
        mail: &Outgoing<'_>,
        at: Option<Time>,
    ) -> Result<(), SubmitError> {
        match self {
            MailPlace::Maildir(path) => Maildir::new(path).file(mail, at).map_err(|e| named(e, path)),
            MailPlace::Imap { server, mailbox } => {
                let mut imap = Imap::open(server, login.ok_or(SubmitError::BadLogin)?, reach)?;
                imap.append(mailbox, mail, at)?;
                imap.quit();
                Ok(())
            }
        }
    }

    /// The newest mails in whose header the field contains the text; see [`Imap::find`] and [`Maildir::find`].
    ///
    /// # Errors
    /// As [`MailPlace::file`].
    pub fn find(
        &self,
        login: Option<&Login>,
        reach: &Reach,
        field: &str,
        text: &str,
        most: u64,
    ) -> Result<Vec<Vec<u8>>, SubmitError> {
        match self {
            MailPlace::Maildir(path) => Maildir::new(path).find(field, text, most).map_err(|e| named(e, path)),
            MailPlace::Imap { server, mailbox } => {
                let mut imap = Imap::open(server, login.ok_or(SubmitError::BadLogin)?, reach)?;
                let found = imap.find(mailbox, field, text, most)?;
                imap.quit();
                Ok(found)
            }
        }
    }

    /// What arrived: of a maildir what [`Maildir::take`] takes, of a mailbox the newest, which are found again each time.
    ///
    /// # Errors
    /// As [`MailPlace::file`].
    pub fn arrived(
        &self,
        login: Option<&Login>,
        reach: &Reach,
        field: &str,
        text: &str,
        most: u64,
    ) -> Result<Vec<Vec<u8>>, SubmitError> {
        match self {
            MailPlace::Maildir(path) => Maildir::new(path).take(field, text, most).map_err(|e| named(e, path)),
            MailPlace::Imap { .. } => self.find(login, reach, field, text, most),
        }
    }
}

fn named(error: std::io::Error, path: &Path) -> SubmitError {
    std::io::Error::new(error.kind(), format!("{}: {error}", path.display())).into()
}
