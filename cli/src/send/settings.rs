//! Over which server a mail goes, where its copy goes, and where the passwords come from: options, then `send.toml`.

use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use crypto::Secret;
use directory::{Directory, Login, MailPlace, Mechanism, Reach, Server};
use serde::Deserialize;
use trust::Address;

use super::command::said_by;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::secret::{self, SecretSource};

/// A section of `send.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Section {
    /// Whose mail it is for; everybody's where it is missing.
    from: Option<String>,
    server: Option<String>,
    password: Option<String>,
    password_command: Option<Vec<String>>,
    auth: Option<String>,
    sent: Option<String>,
    sent_password: Option<String>,
    sent_password_command: Option<Vec<String>>,
    tls_trust: Option<PathBuf>,
    timeout: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    identity: Vec<Section>,
}

/// The section for this sender: the first that names the address, else the first for everybody. None where there is no file.
///
/// # Errors
/// Exit 2 where the file cannot be read as such.
pub fn load(global: &Global, from: &Address) -> Result<Section> {
    let Some(path) = global.store_folder().map(|folder| folder.join(FILE)) else { return Ok(Section::default()) };
    let wrong = |why: &dyn std::fmt::Display| Failure::usage(format!("{}: {why}", path.display()));
    let mut text = String::new();
    match std::fs::File::open(&path) {
        Ok(file) => file.take(LONGEST).read_to_string(&mut text).map_err(|e| wrong(&e))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Section::default()),
        Err(error) => return Err(wrong(&error)),
    };
    let file: File = toml::from_str(&text).map_err(|e| wrong(&e.message()))?;
    let mut named = Vec::new();
    for section in file.identity {
        let whose = section.from.as_deref().map(Address::parse_international).transpose().map_err(|e| wrong(&e))?;
        named.push((whose, section));
    }
    let theirs = named.iter().position(|(whose, _)| whose.as_ref().is_some_and(|w| w.same_mailbox(from)));
    let chosen = theirs.or_else(|| named.iter().position(|(whose, _)| whose.is_none()));
    Ok(chosen.map(|at| named.swap_remove(at).1).unwrap_or_default())
}

/// The options about the submission server that say the same as `send.toml`, and win over it.
#[derive(Debug, Clone, clap::Args)]
pub struct Submitting {
    /// The submission server: smtps://USER@HOST, or smtp://USER@HOST with STARTTLS [default: that of send.toml]
    #[arg(long, value_name = "URL")]
    server: Option<Server>,

    /// Where the password (or the token of XOAUTH2) comes from: a path, @ENV:NAME or @FD:N [default: send.toml, then what
    /// the store keeps, then a prompt]
    #[arg(long, value_name = "SOURCE")]
    password_file: Option<SecretSource>,

    /// How to log in: plain, login or xoauth2 [default: plain, else login]
    #[arg(long, value_name = "NAME")]
    auth: Option<Mechanism>,

    /// The authorities that vouch for the servers, instead of the system's
    #[arg(long, value_name = "FILE")]
    pub tls_trust: Option<PathBuf>,

    /// Wait no longer than this for anything, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: Option<u64>,

    /// Keep the password in the store, once the server took it
    #[arg(long)]
    remember_password: bool,
}

/// The options that say the same as `send.toml`, and win over it.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    #[command(flatten)]
    submitting: Submitting,

    /// Where your own copy goes: maildir:PATH, imaps://USER@HOST/MAILBOX, or none [default: that of send.toml]
    #[arg(long, value_name = "PLACE")]
    sent: Option<String>,

    /// Where the password for that mailbox comes from, if it is another
    #[arg(long, value_name = "SOURCE")]
    sent_password_file: Option<SecretSource>,
}

impl Options {
    /// The server, where the command line names one.
    pub fn named_server(&self) -> Option<&Server> {
        self.submitting.server.as_ref()
    }
}

/// What holds for one mail.
pub struct Settings {
    options: Options,
    section: Section,
    /// What the option for the password of the other mailbox is called.
    mailbox_option: &'static str,
}

impl Settings {
    /// For a mail of this sender.
    ///
    /// # Errors
    /// As [`load`].
    pub fn of(options: Options, global: &Global, from: &Address) -> Result<Settings> {
        Ok(Settings { options, section: load(global, from)?, mailbox_option: "--sent-password-file" })
    }

    /// For mails that a program sends and answers, whose place is `mailbox`: its login is what [`Settings::sent_login`] says.
    ///
    /// # Errors
    /// As [`load`].
    pub fn for_program(
        submitting: Submitting,
        mailbox_password: Option<SecretSource>,
        global: &Global,
        from: &Address,
    ) -> Result<Settings> {
        let options = Options { submitting, sent: None, sent_password_file: mailbox_password };
        Ok(Settings { mailbox_option: "--mailbox-password-file", ..Settings::of(options, global, from)? })
    }

    /// The server.
    ///
    /// # Errors
    /// Exit 2 where nothing names one, or a password is given and nobody is named whose it is.
    pub fn server(&self) -> Result<Server> {
        let server = match (&self.options.submitting.server, &self.section.server) {
            (Some(server), _) => server.clone(),
            (None, Some(text)) => text.parse().map_err(in_file)?,
            (None, None) => {
                return Err(Failure::usage("nothing says which server the mail goes to").hint(format!(
                    "name it with --server smtps://USER@HOST, or in {FILE} in the store's folder (see `sealpost send --help`)"
                )));
            }
        };
        if server.user.is_none() && self.options.submitting.password_file.is_some() {
            return Err(Failure::usage(format!("nothing says whose password that is for {server}"))
                .hint("write the user into the URL of the server: smtps://USER@HOST"));
        }
        match server.service {
            directory::Service::Smtp => Ok(server),
            directory::Service::Imap => Err(Failure::usage(format!("{server} is no server to send by"))),
        }
    }

    /// The place for the sender's own copy, if there is one; a maildir by its whole path, for a delivery may go on from
    /// another folder.
    ///
    /// # Errors
    /// Exit 2 for what is no place.
    pub fn sent(&self) -> Result<Option<MailPlace>> {
        Ok(match self.named_place()? {
            Some(MailPlace::Maildir(path)) => Some(MailPlace::Maildir(std::path::absolute(path)?)),
            other => other,
        })
    }

    fn named_place(&self) -> Result<Option<MailPlace>> {
        match (self.options.sent.as_deref(), self.section.sent.as_deref()) {
            (Some("none"), _) | (None, None | Some("none")) => Ok(None),
            (Some(text), _) => text.parse().map(Some).map_err(|e| Failure::usage(format!("--sent: {e}"))),
            (None, Some(text)) => text.parse().map(Some).map_err(in_file),
        }
    }

    /// Whom TLS believes, how long is waited.
    pub fn reach(&self) -> Reach {
        let trust = self.options.submitting.tls_trust.clone().or_else(|| self.section.tls_trust.clone());
        let reach = Reach { trust, ..Reach::default() };
        match self.options.submitting.timeout.or(self.section.timeout) {
            Some(seconds) => reach.at_most(Duration::from_secs(seconds)),
            None => reach,
        }
    }

    /// The login for the submission server; none where its URL has no user.
    ///
    /// # Errors
    /// Exit 61, 67 or 1 where the password is not to be had; exit 2 for an unknown way of logging in.
    pub fn login(&self, server: &Server, directory: &Directory) -> Result<Option<Login>> {
        let Some(user) = server.user.clone() else { return Ok(None) };
        let sources = Sources {
            option: self.options.submitting.password_file.as_ref(),
            name: "--password-file",
            source: self.section.password.as_deref(),
            command: self.section.password_command.as_deref(),
            limit: self.patience(),
        };
        Ok(Some(Login { user, secret: sources.read(server, directory)?, mechanism: self.mechanism()? }))
    }

    /// The login for the mailbox of the copy: the same where it is the same user of the same host.
    ///
    /// # Errors
    /// As [`Settings::login`].
    pub fn sent_login(
        &self,
        place: &MailPlace,
        server: &Server,
        login: Option<&Login>,
        directory: &Directory,
    ) -> Result<Option<Login>> {
        let Some((mailbox, user)) = place.server().and_then(|s| Some((s, s.user.clone()?))) else { return Ok(None) };
        let sources = Sources {
            option: self.options.sent_password_file.as_ref(),
            name: self.mailbox_option,
            source: self.section.sent_password.as_deref(),
            command: self.section.sent_password_command.as_deref(),
            limit: self.patience(),
        };
        let same = mailbox.host.eq_ignore_ascii_case(&server.host) && mailbox.user == server.user;
        match login.filter(|_| same && sources.are_none()) {
            Some(login) => Ok(Some(login.clone())),
            None => Ok(Some(Login { user, secret: sources.read(mailbox, directory)?, mechanism: self.mechanism()? })),
        }
    }

    /// The server took the password: keeps it where that was asked for.
    ///
    /// # Errors
    /// Where the store has no key, or cannot be written.
    pub fn took(&self, server: &Server, login: Option<&Login>, directory: &Directory) -> Result {
        match login.filter(|_| self.options.submitting.remember_password) {
            Some(login) => Ok(directory.keep_password(server, &login.secret)?),
            None => Ok(()),
        }
    }

    /// How long a program that gives a password may take.
    fn patience(&self) -> Duration {
        let said = self.options.submitting.timeout.or(self.section.timeout).map(Duration::from_secs);
        said.map_or(PATIENCE, |said| said.min(PATIENCE))
    }

    fn mechanism(&self) -> Result<Option<Mechanism>> {
        match (self.options.submitting.auth, &self.section.auth) {
            (Some(mechanism), _) => Ok(Some(mechanism)),
            (None, Some(text)) => text.parse().map(Some).map_err(in_file),
            (None, None) => Ok(None),
        }
    }
}

/// Where a password may come from.
struct Sources<'a> {
    option: Option<&'a SecretSource>,
    name: &'static str,
    source: Option<&'a str>,
    command: Option<&'a [String]>,
    /// How long the command may take.
    limit: Duration,
}

impl Sources<'_> {
    fn are_none(&self) -> bool {
        self.option.is_none() && self.source.is_none() && self.command.is_none()
    }

    fn read(&self, server: &Server, directory: &Directory) -> Result<Secret> {
        if let Some(source) = self.option {
            return source.read();
        }
        if let Some(text) = self.source {
            return text.parse::<SecretSource>().map_err(in_file)?.read();
        }
        if let Some(command) = self.command {
            let (program, arguments) = command.split_first().ok_or_else(|| in_file("password-command is empty"))?;
            return said_by(program, arguments, self.limit);
        }
        if let Some(kept) = directory.kept_password(server)? {
            return Ok(kept);
        }
        secret::read_or_ask(None, &format!("Password for {server}"), self.name)
    }
}

fn in_file(why: impl std::fmt::Display) -> Failure {
    Failure::usage(format!("{FILE}: {why}"))
}

const FILE: &str = "send.toml";
/// Octets of the file.
const LONGEST: u64 = 1 << 20;
/// What a program that gives a password may take: somebody may have to unlock a keyring.
const PATIENCE: Duration = Duration::from_secs(120);
