//! A certificate by ACME (RFC 8555) for whoever can answer the mail to its address (RFC 8823).

mod order;
mod post;
mod state;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ::ca::acme::Joining;
use ::ca::acme::client::{Client, ClientError};
use clap::{Args, ValueEnum};
use crypto::{Secret, SystemRandom};
use directory::{AcmeHttp, Directory, IdentityInfo, MailPlace, NewIdentity, NewKey, Role};
use serde_json::json;
use smime::AuthservId;
use trust::Address;
use wire::{Certificate, Time};

use super::kind::KeyKinds;
use super::select;
use crate::common::certificate;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::secret::SecretSource;
use crate::common::{output, policy, report};
use crate::send::settings::{Settings, Submitting};
use order::Ordering;
use post::{Post, Proof};
use state::{Account, Order};

/// How a certificate is asked for by ACME.
#[derive(Debug, Args)]
pub struct AcmeOptions {
    /// Get the certificate by ACME from the server with this directory, https://; whoever runs this command has to be able
    /// to send and to read mail of the address
    #[arg(long, value_name = "URL", requires = "mailbox")]
    acme: Option<String>,

    /// Where the challenge mail arrives: maildir:PATH, or imaps://USER@HOST/INBOX
    #[arg(long, value_name = "PLACE", requires = "acme")]
    mailbox: Option<MailPlace>,

    /// Where the password for that mailbox comes from, if it is another
    #[arg(long, value_name = "SOURCE", requires = "acme")]
    mailbox_password_file: Option<SecretSource>,

    /// The name of the key that binds the account to one that the authority knows
    #[arg(long, value_name = "KID", requires_all = ["acme", "eab_key_file"])]
    eab_kid: Option<String>,

    /// Where that key comes from, in base64url: a path, @ENV:NAME or @FD:N
    #[arg(long, value_name = "SOURCE", requires = "eab_kid")]
    eab_key_file: Option<SecretSource>,

    /// Agree to the terms that the server names
    #[arg(long, requires = "acme")]
    agree_terms: bool,

    /// Believe a challenge mail also where the server of this name wrote into it that DKIM proves it; it has to take out
    /// what claims to be its own [default: only what S/MIME proves is answered]
    #[arg(long, value_name = "ID", requires = "acme")]
    authserv_id: Option<AuthservId>,

    /// Answer a challenge mail that nothing proves, or that does not say to come from a program, against RFC 8823 section 3.1
    #[arg(long, requires = "acme", conflicts_with = "authserv_id")]
    unproven_challenge: bool,

    /// How the authority joins the two parts of a token, where it makes a difference
    #[arg(long, value_enum, default_value_t = TokenJoining::Texts)]
    token_joining: TokenJoining,

    /// Begin when the certificate ends within so many days; before that nothing is done [default: 30, or a third of its time
    /// where that is less]
    #[arg(long, value_name = "DAYS", requires = "acme", value_parser = clap::value_parser!(u16).range(0..=825))]
    renew_days: Option<u16>,

    /// Wait so long for mail and server, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    wait: u64,

    #[command(flatten)]
    submitting: Submitting,
}

/// RFC 8823 section 3 step 6 can be read in two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TokenJoining {
    /// The texts, one after the other
    Texts,
    /// The octets that they stand for
    Octets,
}

impl AcmeOptions {
    /// Whether it is asked for by ACME.
    pub fn is_wanted(&self) -> bool {
        self.acme.is_some()
    }

    /// Gets the certificates of new keys for this address, and makes the identity of them, in the place of the one that was
    /// there.
    ///
    /// # Errors
    /// Exit 2 for what makes no sense; exit 1 where server or mail did not do it. What was reached is kept for the next run.
    pub fn obtain(
        &self,
        address: &Address,
        display: Option<&str>,
        kinds: KeyKinds,
        directory: &Directory,
        global: &Global,
    ) -> Result {
        let url = self.acme.as_deref().unwrap_or_default();
        let now = global.now();
        let old = in_use(directory, address)?;
        let begun = Order::begun(url, address, directory)?;
        if let (None, Some(old)) = (&begun, &old)
            && let Some((from, end)) = self.lasts(old)
            && now < from
        {
            return nothing_to_do(old, from, end, global);
        }
        let policy = policy::load(global)?;
        let post = self.post(address, directory, &policy, global)?;
        let mut http = AcmeHttp::new(self.trust().map(PathBuf::as_path), self.limit());
        let mut account = Account::of(url, directory)?;
        let key = account.key()?;
        let mut random = SystemRandom;
        let mut client = Client::open(url, &key, &mut http, &mut random)?;
        self.register(&mut client, &mut account, address, directory)?;
        let mut state = begun.map_or_else(|| Order::new(kinds), Ok)?;
        state.keep(url, address, directory)?;
        let until = Instant::now() + Duration::from_secs(self.wait);
        for at in 0..state.keys.len() {
            let mut ordering =
                Ordering { global, directory, url, address, post: &post, joining: self.joining(), until };
            ordering.complete(&mut client, &mut state, at)?;
        }
        let new = identity(&state, address, display.or(old.as_ref().and_then(|old| old.display.as_deref())))?;
        let id = match &old {
            Some(old) => directory.renew_identity(old.id, &new, now)?,
            None => directory.add_identity(&new, now)?,
        };
        Order::forget(url, address, directory)?;
        tell(&directory.identity(id)?, old.as_ref(), global)
    }

    /// Makes or finds the account; its key is kept before the server knows it.
    fn register(
        &self,
        client: &mut Client<'_>,
        account: &mut Account,
        address: &Address,
        directory: &Directory,
    ) -> Result {
        let url = self.acme.as_deref().unwrap_or_default();
        if !account.made {
            if let Some(terms) = client.terms().filter(|_| !self.agree_terms) {
                return Err(Failure::usage(format!("the authority's terms at {terms} are to be agreed to"))
                    .hint("read them, and say --agree-terms"));
            }
            if client.external_required() && self.eab_kid.is_none() {
                return Err(Failure::usage("the authority takes only accounts that are bound to one that it knows")
                    .hint("get a key from it, and give it with --eab-kid and --eab-key-file"));
            }
            account.keep(url, directory)?;
        }
        let secret = self.eab_key_file.as_ref().map(external_key).transpose()?;
        let external = self.eab_kid.as_deref().zip(secret.as_ref());
        client.account(std::slice::from_ref(address), self.agree_terms, external)?;
        account.made = true;
        account.keep(url, directory)
    }

    fn post<'a>(
        &self,
        address: &'a Address,
        directory: &'a Directory,
        policy: &'a trust::Policy,
        global: &Global,
    ) -> Result<Post<'a>> {
        let mailbox = self.mailbox.clone().ok_or_else(|| Failure::usage("--mailbox is missing"))?;
        let password = self.mailbox_password_file.clone();
        let settings = Settings::for_program(self.submitting.clone(), password, global, address)?;
        let server = settings.server()?;
        let login = settings.login(&server, directory)?;
        let mailbox_login = settings.sent_login(&mailbox, &server, login.as_ref(), directory)?;
        let proof = match (&self.authserv_id, self.unproven_challenge) {
            (Some(id), _) => Proof::Dkim(id.clone()),
            (None, true) => Proof::Nothing,
            (None, false) => Proof::Smime,
        };
        Ok(Post { directory, policy, address, server, login, reach: settings.reach(), mailbox, mailbox_login, proof })
    }

    fn trust(&self) -> Option<&PathBuf> {
        self.submitting.tls_trust.as_ref()
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(self.submitting.timeout.unwrap_or(60))
    }

    fn joining(&self) -> Joining {
        match self.token_joining {
            TokenJoining::Texts => Joining::Texts,
            TokenJoining::Octets => Joining::Octets,
        }
    }

    /// From when on it is renewed, and until when it lasts; nothing where it certified itself, which is no reason to wait.
    fn lasts(&self, old: &IdentityInfo) -> Option<(Time, Time)> {
        let certified = old.keys.iter().all(|key| key.certificate.issuer() != key.certificate.subject());
        let first = old.keys.iter().map(|key| &key.certificate).min_by_key(|certificate| certificate.not_after())?;
        let (begin, end) = (first.not_before(), first.not_after());
        // One that lasts for days alone is not to be had anew each day.
        let usual = (end.0 - begin.0).div_euclid(3).min(RENEW_DAYS * DAY);
        let before = self.renew_days.map_or(usual, |days| i64::from(days) * DAY);
        certified.then_some((Time(end.0.saturating_sub(before)), end))
    }
}

fn nothing_to_do(old: &IdentityInfo, from: Time, end: Time, global: &Global) -> Result {
    if global.json {
        return output::text(global, &report::json(json!({ "identity": select::json(old), "replaces": null })));
    }
    let [from, end] = [from, end].map(certificate::day);
    global.say(format!("{} has a certificate until {end}; there is nothing to do before {from}.", old.address));
    Ok(())
}

/// The identity of the address that signs now.
fn in_use(directory: &Directory, address: &Address) -> Result<Option<IdentityInfo>> {
    let mut all = directory.find_identities(&address.to_string())?;
    all.retain(|info| info.retired_at.is_none());
    Ok(all.into_iter().next())
}

fn external_key(source: &SecretSource) -> Result<Secret> {
    let text = source.read()?;
    let text = std::str::from_utf8(text.as_bytes()).unwrap_or_default().trim().trim_end_matches('=').to_owned();
    let octets = ::ca::acme::base64url::decode(&text).filter(|octets| !octets.is_empty());
    octets.map(Secret::new).ok_or_else(|| Failure::usage("the key of --eab-key-file is not in base64url"))
}

/// The identity of an order that is done.
fn identity(state: &Order, address: &Address, display: Option<&str>) -> Result<NewIdentity> {
    let mut new = NewIdentity {
        address: address.clone(),
        display: display.map(str::to_owned),
        sign: None,
        encrypt: None,
        chain: Vec::new(),
    };
    for part in &state.keys {
        let read = |text: &String| ::ca::acme::base64url::decode(text).and_then(|der| Certificate::from_der(&der).ok());
        let certificates: Option<Vec<Certificate>> = part.chain.iter().flatten().map(read).collect();
        let mut certificates = certificates.unwrap_or_default().into_iter();
        let certificate =
            certificates.next().ok_or_else(|| Failure::other("a certificate that was kept is damaged"))?;
        let key = NewKey { pkcs8: part.pkcs8()?, certificate };
        match part.role() {
            Role::Encrypt => new.encrypt = Some(key),
            Role::Sign | Role::Both => new.sign = Some(key),
        }
        for above in certificates {
            if !new.chain.contains(&above) {
                new.chain.push(above);
            }
        }
    }
    Ok(new)
}

fn tell(info: &IdentityInfo, old: Option<&IdentityInfo>, global: &Global) -> Result {
    if global.json {
        let body = json!({ "identity": select::json(info), "replaces": old.map(|old| old.id.to_string()) });
        return output::text(global, &report::json(body));
    }
    global.say(format!("{} can sign and be written to. Certificates:", info.address));
    for key in &info.keys {
        global.say(format!("  {:<8} {:<11} {}", key.role.name(), key.kind, certificate::print(&key.certificate)));
    }
    if old.is_some() {
        global.say("The old keys stay to read old mail; `sealpost mail rekey FOLDER` moves kept mail to the new ones.");
    }
    Ok(())
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Failure {
        let hint = match &error {
            ClientError::Refused { kind, .. } if kind == "rateLimited" => Some("wait, and run the same command again"),
            ClientError::Refused { kind, .. } if kind == "externalAccountRequired" => {
                Some("get a key from the authority, and give it with --eab-kid and --eab-key-file")
            }
            _ => None,
        };
        Failure::other(&error).hint_if(hint)
    }
}

const RENEW_DAYS: i64 = 30;
const DAY: i64 = 86_400;
