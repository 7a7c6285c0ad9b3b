//! `sealpost ca acme`.

mod house;
mod issuing;
mod mails;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use ::ca::acme::{Server, Settings};
use clap::Args;
use directory::{AcmeRecords, ListenLimits, Listener, MailPlace};
use smime::AuthservId;
use trust::Address;

use super::shared::Opened;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::secret::SecretSource;
use crate::common::{policy, store};
use crate::send::settings::{self, Submitting};
use house::{House, Proof};
use issuing::Issuing;
use mails::{Mails, Way};

/// Certify by ACME (RFC 8555): whoever answers a mail to an address gets its certificate (RFC 8823)
///
/// Challenge mails are signed by S/MIME as the address in --from; if no identity of it is in the store, one is made and
/// certified. Answers are taken from a mailbox of its own: a maildir, or INBOX by IMAP. HTTPS is for a proxy before it to add,
/// which hands on path and body as they are; --url is what clients see. It runs until it is ended.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Acme {
    /// The address that challenge mails come from and answers go to
    #[arg(long, value_name = "ADDRESS", value_parser = Address::parse)]
    from: Address,

    /// Where answers arrive: maildir:PATH, or imaps://USER@HOST/INBOX
    #[arg(long, value_name = "PLACE")]
    mailbox: MailPlace,

    /// Where the password for that mailbox comes from, if it is another
    #[arg(long, value_name = "SOURCE")]
    mailbox_password_file: Option<SecretSource>,

    /// Believe From where the server of this name wrote into the mail that DKIM proves it (Authentication-Results); it has
    /// to take out what claims to be its own
    #[arg(long, value_name = "ID", required_unless_present = "trust_from")]
    authserv_id: Option<AuthservId>,

    /// Believe From as it stands: the mail server lets nobody write to this mailbox as another
    #[arg(long, conflicts_with = "authserv_id")]
    trust_from: bool,

    /// The address to listen at; with port 0 a free one is taken and told
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8561")]
    listen: String,

    /// The URL as clients see it, https:// [default: http://HOST:PORT/acme, for this machine alone]
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// Certify addresses of this domain alone; may be given again
    #[arg(long, value_name = "DOMAIN")]
    domain: Vec<String>,

    /// Take only accounts that are bound to a key of `ca eab`
    #[arg(long)]
    eab: bool,

    /// The URL of terms that accounts have to agree to
    #[arg(long, value_name = "URL")]
    terms: Option<String>,

    /// How many days the certificates are valid
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=825))]
    days: u16,

    /// How often the mailbox is looked at, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    poll: u64,

    #[command(flatten)]
    submitting: Submitting,

    /// Which authority, if there are several
    #[arg(long, value_name = "CA")]
    issuer: Option<String>,
}

impl Acme {
    /// Listens, sends, reads and answers.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open(global)?;
        let opened = Opened::to_issue(&directory, global, self.issuer.as_deref())?;
        let records = AcmeRecords::open(&directory, &opened.stored.certificate)?;
        let settings = settings::Settings::for_program(
            self.submitting.clone(),
            self.mailbox_password_file.clone(),
            global,
            &self.from,
        )?;
        let server = settings.server()?;
        let login = settings.login(&server, &directory)?;
        let mailbox_login = settings.sent_login(&self.mailbox, &server, login.as_ref(), &directory)?;
        let listener = Listener::bind(&self.listen, ListenLimits::default())?;
        let base = self.base(&listener)?;
        let way = Way {
            server,
            login,
            reach: settings.reach(),
            from: self.from.clone(),
            mailbox: self.mailbox.clone(),
            mailbox_login,
            every: Duration::from_secs(self.poll),
        };
        let mut house = House {
            global,
            directory: &directory,
            policy: policy::load(global)?,
            server: Server::new(Settings {
                base: base.clone(),
                from: self.from.clone(),
                domains: self.domain,
                external_required: self.eab,
                terms: self.terms,
            }),
            records,
            issuing: Issuing { opened: RefCell::new(opened), days: self.days },
            mails: Mails::start(way),
            proof: self.authserv_id.map_or(Proof::From, Proof::Dkim),
            seen: VecDeque::new(),
            broken: None,
        };
        global.say(format!("listening at http://{}", listener.address()?));
        house.signer(&self.from)?;
        global.say(format!("the ACME directory is {base}/directory"));
        listener.serve_for(&mut house, TICK);
        Err(house.broken.unwrap_or_else(|| Failure::other("the listener ended")))
    }

    /// What URLs begin with. RFC 8555 section 6.1 wants HTTPS; without it nobody but this machine may ask.
    fn base(&self, listener: &Listener) -> Result<String> {
        let address = listener.address()?;
        let near = address.ip().is_loopback();
        let base = self.url.clone().unwrap_or_else(|| format!("http://{address}/acme"));
        let base = base.trim_end_matches('/').to_owned();
        let named = base.split_once("://").filter(|(_, rest)| !rest.is_empty() && !rest.starts_with('/'));
        match named {
            Some(("https", _)) => Ok(base),
            Some(("http", _)) if near => Ok(base),
            _ => Err(Failure::usage("ACME is spoken by HTTPS (RFC 8555 section 6.1)").hint(
                "put a proxy that has TLS before it and name its URL with --url https://HOST/acme, or listen at 127.0.0.1",
            )),
        }
    }
}

/// How often it is looked whether mails have news.
const TICK: Duration = Duration::from_millis(200);

const HELP: &str = "\
Examples:
  sealpost ca acme --issuer \"Example CA\" --listen 127.0.0.1:0 --from acme@example.org --mailbox maildir:answers --trust-from --server smtp+plain://127.0.0.1:2525

Exit status:
  1 it cannot listen there, or the journal was changed, 2 usage, 67 the store is locked";
