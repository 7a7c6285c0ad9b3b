//! One order from its beginning to its certificates.

use std::thread;
use std::time::{Duration, Instant};

use ::ca::acme::client::{Authorized, Client, ClientError, Ordered, Progress};
use ::ca::acme::{Joining, response};
use crypto::{PrivateKey, PublicKey, SystemRandom};
use directory::{Directory, Role};
use trust::Address;
use wire::{Certificate, Time};

use super::post::{Found, Post};
use super::state::Order;
use crate::common::clock;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::id::usage::{Usage, profile, usage};

/// What an order needs.
pub struct Ordering<'a> {
    pub global: &'a Global,
    pub directory: &'a Directory,
    pub url: &'a str,
    pub address: &'a Address,
    pub post: &'a Post<'a>,
    pub joining: Joining,
    /// No longer is waited.
    pub until: Instant,
}

impl Ordering<'_> {
    /// Has the key with this number certified, from where an earlier run left it.
    ///
    /// # Errors
    /// Exit 1 where server or mail did not do it in time; what was reached is kept.
    pub fn complete(&mut self, client: &mut Client<'_>, state: &mut Order, at: usize) -> Result {
        let Some(part) = state.keys.get_mut(at).filter(|part| part.chain.is_none()) else { return Ok(()) };
        let order = match part.order.clone() {
            Some(url) => match client.ordered(&url) {
                Err(ClientError::Refused { kind, detail, .. }) if GONE.contains(&kind.as_str()) => {
                    self.failed(Some(&detail))?;
                    return Ok(());
                }
                other => other?,
            },
            None => {
                part.before = self.post.fingerprints()?;
                let order = client.order(self.address)?;
                part.order = Some(order.url.clone());
                state.keep(self.url, self.address, self.directory)?;
                order
            }
        };
        if order.progress == Progress::Pending {
            for url in &order.authorizations {
                self.authorize(client, state, at, url)?;
            }
        }
        let order = self.awaited(client, order, Progress::Ready)?;
        let Some(part) = state.keys.get_mut(at) else { return Ok(()) };
        let (key, role) = (part.key()?, part.role());
        let order = match order.progress {
            Progress::Ready => {
                // RFC 8823 section 3.3: no key usage asks for both.
                let asked = Some(role).filter(|role| *role != Role::Both);
                let usage = asked.map(|role| ::ca::key_usage(&key.public().kind(), profile(role))).transpose();
                let usage = usage.map_err(Failure::usage)?;
                let csr = ::ca::csr(&key, self.address, usage, &mut SystemRandom).map_err(Failure::usage)?;
                client.finalize(&order, &csr)?
            }
            _ => order,
        };
        let order = self.awaited(client, order, Progress::Valid)?;
        let url = order.certificate.ok_or_else(|| Failure::other("the order is done and has no certificate"))?;
        let chain = client.certificate(&url)?;
        self.check(&chain, key.public(), role)?;
        if let Some(part) = state.keys.get_mut(at) {
            part.chain = Some(chain.iter().map(|one| ::ca::acme::base64url::encode(one.der())).collect());
        }
        state.keep(self.url, self.address, self.directory)
    }

    /// Proves the address: waits for the mail, answers it, tells the server so, and waits for its word.
    fn authorize(&mut self, client: &mut Client<'_>, state: &mut Order, at: usize, url: &str) -> Result {
        let mut authorized = client.authorization(url)?;
        if !authorized.address.same_mailbox(self.address) {
            return Err(Failure::other(format!(
                "the server wants {} to be proven, which was not ordered",
                authorized.address
            )));
        }
        if authorized.progress == Progress::Pending && !state.keys.get(at).is_some_and(|part| part.answered) {
            self.answer(client, state, at, &authorized)?;
        }
        if authorized.progress == Progress::Pending && authorized.challenge_progress == Progress::Pending {
            client.answered(&authorized.challenge)?;
        }
        while authorized.progress == Progress::Pending {
            self.pause(authorized.retry_after, "the answer was sent, and the authority has not said that it came")?;
            authorized = client.authorization(url)?;
        }
        match authorized.progress {
            Progress::Valid => Ok(()),
            _ => self.failed(authorized.error.as_deref()),
        }
    }

    fn answer(&mut self, client: &Client<'_>, state: &mut Order, at: usize, authorized: &Authorized) -> Result {
        self.global.say(format!("waiting for the mail from {}", authorized.from));
        let before = state.keys.get(at).map(|part| part.before.clone()).unwrap_or_default();
        let challenge = loop {
            match self.post.find(&authorized.from, &before, self.now())? {
                Found::Challenge(challenge) => break challenge,
                Found::Nothing(None) => {
                    self.pause(None, &format!("no challenge mail from {} came", authorized.from))?;
                }
                Found::Nothing(Some(fault)) => {
                    let why = format!("a mail that came from {} is not answered: {fault}", authorized.from);
                    self.pause(None, &why)?;
                }
            }
        };
        let digest = response(self.joining, &challenge.part1, &authorized.part2, &client.thumbprint());
        let digest = digest.ok_or_else(|| Failure::other("a part of the token is not in base64url"))?;
        let (url, address, directory) = (self.url, self.address, self.directory);
        self.post.answer(&challenge, &digest, self.now(), &mut |leaves| {
            // RFC 8823 section 3 step 6: once, whatever becomes of it; but for one that was refused.
            if let Some(part) = state.keys.get_mut(at) {
                part.answered = leaves;
            }
            state.keep(url, address, directory)
        })?;
        self.global.say(format!("the mail was answered to {}", challenge.answer_to));
        Ok(())
    }

    /// Waits until the order is as far as this.
    fn awaited(&mut self, client: &mut Client<'_>, order: Ordered, wanted: Progress) -> Result<Ordered> {
        let mut order = order;
        loop {
            match order.progress {
                Progress::Invalid => {
                    self.failed(order.error.as_deref())?;
                }
                Progress::Valid => return Ok(order),
                progress if progress == wanted => return Ok(order),
                _ => {
                    order = client.ordered(&order.url)?;
                    if order.progress != wanted && !matches!(order.progress, Progress::Valid | Progress::Invalid) {
                        self.pause(order.retry_after, "the authority has not finished the order")?;
                    }
                }
            }
        }
    }

    /// Nothing can come of this order: the next run makes another.
    fn failed(&self, why: Option<&str>) -> Result {
        Order::forget(self.url, self.address, self.directory)?;
        let why = why.unwrap_or("it does not say why");
        Err(Failure::other(format!("the authority gives no certificate for {}: {why}", self.address))
            .hint("run the same command again: it orders anew"))
    }

    fn pause(&self, server: Option<u64>, waited_for: &str) -> Result {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Failure::other(waited_for)
                .hint("run the same command again: it goes on from here; --wait SECONDS has it wait longer"));
        }
        let wished = server.map_or(PAUSE, |seconds| Duration::from_secs(seconds.clamp(1, 60)));
        thread::sleep(wished.min(left));
        Ok(())
    }

    fn now(&self) -> Time {
        self.global.at.unwrap_or_else(clock::now)
    }

    /// What came is for this key, this address and this use.
    fn check(&self, chain: &[Certificate], key: &PublicKey, role: Role) -> Result {
        let own = chain.first().filter(|own| PublicKey::certified(own).is_some_and(|certified| certified == *key));
        let own = own.filter(|own| trust::names_address(own, self.address)).ok_or_else(|| {
            Failure::other(format!("the certificate that came is not for this key and {}", self.address))
        })?;
        let Usage { signs, encrypts } = usage(own);
        let serves = match role {
            Role::Sign => signs,
            Role::Encrypt => encrypts,
            Role::Both => signs || encrypts,
        };
        match serves && trust::is_for_mail(own) {
            true => Ok(()),
            false => Err(Failure::other(format!(
                "the certificate that came does not let its key serve for mail of {}",
                self.address
            ))),
        }
    }
}

/// What a server says of an order that is no more, or no longer this account's.
const GONE: [&str; 3] = ["malformed", "unauthorized", "accountDoesNotExist"];
/// Between two looks at mailbox or server.
const PAUSE: Duration = Duration::from_secs(2);
