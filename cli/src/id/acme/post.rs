//! The mails of a challenge as its client sees them: it is looked for, proven, and answered once.

use crypto::{Random, SystemRandom};
use directory::{Directory, Dsn, Envelope, Login, MailPlace, Outgoing, Reach, Server, Submission, SubmitError};
use smime::acme::{AcmeFault, Challenge};
use smime::{AuthservId, Desk};
use trust::{Address, Policy};
use wire::Time;

use crate::common::error::{Failure, Result};

/// What proves a challenge mail besides S/MIME.
pub enum Proof {
    /// S/MIME alone.
    Smime,
    /// DKIM, as the server of this name found.
    Dkim(AuthservId),
    /// Nothing has to.
    Nothing,
}

/// Over which servers mails go.
pub struct Post<'a> {
    pub directory: &'a Directory,
    pub policy: &'a Policy,
    pub address: &'a Address,
    pub server: Server,
    pub login: Option<Login>,
    pub reach: Reach,
    pub mailbox: MailPlace,
    pub mailbox_login: Option<Login>,
    pub proof: Proof,
}

/// What was in the mailbox.
pub enum Found {
    /// The challenge.
    Challenge(Challenge),
    /// Mails that are none; why the newest is not, if there is one.
    Nothing(Option<AcmeFault>),
}

impl Post<'_> {
    /// The mails of a challenge that are in the mailbox, by their fingerprints.
    ///
    /// # Errors
    /// The mailbox cannot be read.
    pub fn fingerprints(&self) -> Result<Vec<String>> {
        Ok(self.mails()?.iter().map(|mail| print(mail)).collect())
    }

    /// Looks for a challenge from this address that was not there before. Whatever else is there is passed over (RFC 8823
    /// section 3.1).
    ///
    /// # Errors
    /// The mailbox cannot be read.
    pub fn find(&self, from: &Address, before: &[String], now: Time) -> Result<Found> {
        let mut why = None;
        for mail in self.mails()?.into_iter().filter(|mail| !before.contains(&print(mail))) {
            let proven = self.proven(&mail, now).and_then(|challenge| {
                let named = |own: &Address, other, field| match own.same_mailbox(other) {
                    true => Ok(()),
                    false => Err(AcmeFault::Address(field)),
                };
                named(&challenge.from, from, "From")?;
                named(&challenge.to, self.address, "To")?;
                Ok(challenge)
            });
            match proven {
                Ok(challenge) => return Ok(Found::Challenge(challenge)),
                Err(fault) => why = why.or(Some(fault)),
            }
        }
        Ok(Found::Nothing(why))
    }

    fn mails(&self) -> Result<Vec<Vec<u8>>> {
        Ok(self.mailbox.find(self.mailbox_login.as_ref(), &self.reach, "Subject", "ACME:", MAX_CHALLENGE)?)
    }

    fn proven(&self, mail: &[u8], now: Time) -> std::result::Result<Challenge, AcmeFault> {
        if let Proof::Nothing = &self.proof {
            return Challenge::read_leniently(mail);
        }
        // What is none needs no proof.
        Challenge::read(mail)?;
        let desk = Desk::new(self.policy, self.directory).at(now);
        match (Challenge::verified(&mail, &desk), &self.proof) {
            (Ok(challenge), _) => Ok(challenge),
            (Err(_), Proof::Dkim(id)) => Challenge::signed_by_domain(mail, id),
            (Err(fault), _) => Err(fault),
        }
    }

    /// Answers it; `leaving` is called with `true` before the end of the mail is sent, without which nobody takes it for one,
    /// and can forbid it; and with `false` where the server has said that it did not take it.
    ///
    /// # Errors
    /// The server did not take it.
    pub fn answer(
        &self,
        challenge: &Challenge,
        digest: &str,
        now: Time,
        leaving: &mut dyn FnMut(bool) -> Result,
    ) -> Result {
        let mut random = [0; 16];
        SystemRandom.fill(&mut random).map_err(Failure::other)?;
        let id = format!("<{}@{}>", wire::hex(&random), self.address.domain());
        let answer = challenge.answer(digest, self.address, &id, now).map_err(Failure::other)?;
        let mail = Outgoing::check(&answer)?.map_err(SubmitError::from)?;
        let to = vec![challenge.answer_to.clone()];
        let envelope = Envelope { from: self.address.clone(), to, dsn: Dsn::default() };
        let mut open = Submission::open(&self.server, self.login.as_ref(), &self.reach)?;
        let mut forbidden = None;
        let sent = open.send(&envelope, &mail, &mut |_| {
            leaving(true).map_err(|failure| {
                forbidden = Some(failure);
                std::io::Error::other("it may not leave")
            })
        });
        let deliveries = forbidden.map_or_else(|| sent.map_err(Failure::from), Err)?;
        open.quit();
        match deliveries.iter().find(|delivery| !delivery.is_accepted()) {
            None => Ok(()),
            Some(refused) => {
                leaving(false)?;
                Err(Failure::other(format!("the answer to {} was refused: {}", refused.to, refused.reply)))
            }
        }
    }
}

fn print(mail: &[u8]) -> String {
    wire::hex(&crypto::fingerprint(mail))
}

/// Octets of a challenge mail.
const MAX_CHALLENGE: u64 = 1 << 20;
