//! The server at work: requests are answered, challenge mails signed and sent, answers taken.

use std::collections::VecDeque;

use ::ca::acme::{ChallengeMail, Context, Issuer, IssuerError, MailRefused, ResponseMail, Server, Wanted};
use ::ca::{CertificateProfile, HttpAnswer, HttpRequest};
use crypto::{Curve, KeySpec, Random, Secret, SoftKey, SystemRandom};
use directory::{AcmeRecords, Directory, IdentityInfo, NewIdentity, NewKey, Role, Served};
use smime::acme::{ChallengeDraft, Response};
use smime::{AuthservId, Desk};
use trust::{Address, Policy};
use wire::Time;

use super::issuing::Issuing;
use super::mails::{Mails, News, Parcel};
use crate::common::clock;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::seal;

/// Who is believed to have written an answer.
pub enum Proof {
    /// Whose domain signed it by DKIM, as the server of this name found.
    Dkim(AuthservId),
    /// Whoever its From names: the mail server lets nobody write as another.
    From,
}

/// The server with all that it needs.
pub struct House<'a> {
    pub global: &'a Global,
    pub directory: &'a Directory,
    pub policy: Policy,
    pub server: Server,
    pub records: AcmeRecords,
    pub issuing: Issuing,
    pub mails: Mails,
    pub proof: Proof,
    /// Mails that were looked at: a mailbox shows them again.
    pub seen: VecDeque<[u8; 32]>,
    /// Why the serving ended.
    pub broken: Option<Failure>,
}

impl Served for House<'_> {
    fn answer(&mut self, request: &HttpRequest) -> Option<HttpAnswer> {
        if let Err(error) = self.issuing.opened.borrow_mut().journal.refresh() {
            self.broken = Some(error.into());
            return None;
        }
        let (store, issuer, now) = (&self.records, &self.issuing, self.now());
        let mut context = Context { now, random: &mut SystemRandom, store, issuer };
        let answer = self.server.handle(request, &mut context);
        if answer.http.status >= 500 {
            self.global.say(format!("{} failed: {}", request.path, String::from_utf8_lossy(&answer.http.body)));
        }
        if let Some(mail) = answer.mail {
            match self.challenge(&mail) {
                Ok(signed) => {
                    if !self.mails.send(Parcel { to: mail.to, part1: mail.part1, mail: signed }) {
                        self.broken = Some(Failure::other("no more mails can be sent"));
                    }
                }
                Err(failure) => {
                    let why = failure.message().unwrap_or_default();
                    self.global.say(format!("the challenge mail to {} cannot be signed: {why}", mail.to));
                    self.left(&mail.part1, false);
                }
            }
        }
        Some(answer.http)
    }

    fn besides(&mut self) -> bool {
        for news in self.mails.news() {
            match news {
                News::Said(words) => self.global.say(words),
                News::Arrived(mail) => self.arrived(&mail),
                News::Left { part1, sent } => self.left(&part1, sent),
            }
        }
        self.broken.is_none()
    }
}

impl House<'_> {
    fn now(&self) -> Time {
        self.global.at.unwrap_or_else(clock::now)
    }

    /// A challenge mail was sent, or was not.
    fn left(&mut self, part1: &str, sent: bool) {
        let (store, issuer, now) = (&self.records, &self.issuing, self.now());
        let mut context = Context { now, random: &mut SystemRandom, store, issuer };
        if let Err(why) = self.server.mailed(part1, sent, &mut context) {
            self.global.say(format!("that a challenge mail was sent cannot be recorded: {why}"));
        }
    }

    /// The mail, signed by the server's own identity (RFC 8823 section 3.1).
    fn challenge(&self, mail: &ChallengeMail) -> Result<Vec<u8>> {
        let now = self.now();
        let mut random = [0; 16];
        SystemRandom.fill(&mut random).map_err(Failure::other)?;
        let draft = ChallengeDraft {
            from: &mail.from,
            to: &mail.to,
            reply_to: None,
            part1: &mail.part1,
            message_id: &format!("<{}@{}>", wire::hex(&random), mail.from.domain()),
            now,
            expires: mail.expires,
        };
        let written = draft.write().map_err(Failure::other)?;
        self.signer(&mail.from)?;
        let sealing = Desk::new(&self.policy, self.directory).at(now).seal(&written).sign_only();
        let sealing = sealing.sign_as(&mail.from.to_string()).map_err(seal::failed)?;
        Ok(sealing.finish().map_err(seal::failed)?.into_bytes())
    }

    /// Sees to it that an identity of the address can sign: one that is here, or one that this authority certifies now.
    pub fn signer(&self, from: &Address) -> Result {
        let now = self.now();
        let lasts = |info: &IdentityInfo| {
            info.keys.iter().any(|key| {
                key.role != Role::Encrypt && !key.destroyed && key.certificate.not_after().0 > now.0 + LONG_ENOUGH
            })
        };
        let mut own = self.directory.find_identities(&from.to_string())?;
        own.retain(|info| info.retired_at.is_none());
        if own.iter().any(lasts) {
            return Ok(());
        }
        let (key, pkcs8) = SoftKey::generate(KeySpec::Ec(Curve::P256), &mut SystemRandom).map_err(Failure::other)?;
        let public = crypto::PrivateKey::public(&key);
        let wanted = Wanted { address: from, key: public, profile: CertificateProfile::MailSign };
        let issued = self.issuing.issue(&wanted, now, &mut SystemRandom).map_err(|e| match e {
            IssuerError::Refused(why) | IssuerError::Failed(why) => Failure::other(why),
            IssuerError::AlreadyRevoked => Failure::other("it is revoked"),
        });
        let mut chain = issued?;
        let certificate = chain.remove(0);
        let sign = Some(NewKey { pkcs8: Secret::from(pkcs8), certificate });
        let new = NewIdentity { address: from.clone(), display: None, sign, encrypt: None, chain };
        match own.first() {
            Some(old) => self.directory.renew_identity(old.id, &new, now)?,
            None => self.directory.add_identity(&new, now)?,
        };
        self.global.say(format!("a key that signs challenge mails as {from} was made and certified"));
        Ok(())
    }

    /// A mail that may be an answer. Whatever it is, nobody is answered (RFC 8823 section 3.2).
    fn arrived(&mut self, mail: &[u8]) {
        let print = crypto::fingerprint(mail);
        if self.seen.contains(&print) {
            return;
        }
        self.seen.push_back(print);
        if self.seen.len() > MAX_SEEN {
            self.seen.pop_front();
        }
        let response = match Response::read(mail) {
            Ok(response) => response,
            Err(fault) => return self.global.detail(format!("a mail is no answer to a challenge: {fault}")),
        };
        let from = match &self.proof {
            Proof::From => Ok(response.from.clone()),
            Proof::Dkim(id) => {
                Response::signed_by_domain(mail, id).map(|proven| proven.from).map_err(|e| e.to_string())
            }
        };
        let part1 = response.part1.trim_end_matches('=').to_owned();
        let read = ResponseMail { from, part1, digest: response.digest };
        let (store, issuer, now) = (&self.records, &self.issuing, self.now());
        let mut context = Context { now, random: &mut SystemRandom, store, issuer };
        match self.server.answered(&read, &mut context) {
            Ok(address) => self.global.say(format!("{address} answered its challenge")),
            Err(why) => {
                let words = format!("an answer from {} does not count: {why}", response.from);
                // Anybody can write such, and old ones are found again.
                if why == MailRefused::Unknown { self.global.detail(words) } else { self.global.say(words) }
            }
        }
    }
}

/// Seconds that the certificate of whoever signs challenge mails has to last: thirty days.
const LONG_ENOUGH: i64 = 30 * 86_400;
const MAX_SEEN: usize = 1000;
