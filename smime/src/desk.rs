//! The desk: where mail is opened and sealed under one policy, with one keyring, at one time.

use cms::Source;
use crypto::SystemRandom;
use trust::Policy;
use wire::Time;

use crate::explain::{self, Explanation};
use crate::keyring::Keyring;
use crate::open::judge::Judge;
use crate::open::walk::Plan;
use crate::open::{self, OpenError, Opened};
use crate::rekey::{self, Kept};
use crate::seal::{DeliveryPlan, DeliveryWish, SealError, Sealing};
use crate::stateless::{Verified, verify_by};

/// A policy and a keyring; [`Desk::at`] says what time it is, which nothing here can know.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    policy: &'a Policy,
    keyring: &'a dyn Keyring,
}

/// A desk at a point in time.
#[derive(Clone, Copy)]
pub struct DeskAt<'a> {
    desk: Desk<'a>,
    now: Time,
}

impl<'a> Desk<'a> {
    /// A desk under this policy with these people's keys.
    pub fn new(policy: &'a Policy, keyring: &'a dyn Keyring) -> Self {
        Desk { policy, keyring }
    }

    /// At this time everything is judged.
    pub fn at(self, now: Time) -> DeskAt<'a> {
        DeskAt { desk: self, now }
    }
}

impl<'a> DeskAt<'a> {
    /// Reads a mail, opens every layer of its envelope and judges it.
    ///
    /// # Errors
    /// [`OpenError`] only where it is no mail or cannot be read; see there.
    pub fn open<'s>(&self, mail: &'s dyn Source) -> Result<Opened<'s>, OpenError> {
        open::open(mail, self.desk.keyring, self.desk.policy, self.now, Plan::default(), &mut SystemRandom)
    }

    /// The same, and reads also what protects nothing: ciphers that anybody can break, and authenticated ciphers in
    /// EnvelopedData, as old versions of Bouncy Castle wrote them (E-05). Such mail is always `unauthenticated`.
    ///
    /// # Errors
    /// As [`DeskAt::open`].
    pub fn import<'s>(&self, mail: &'s dyn Source) -> Result<Opened<'s>, OpenError> {
        let plan = Plan { import: true, ..Plan::default() };
        open::open(mail, self.desk.keyring, self.desk.policy, self.now, plan, &mut SystemRandom)
    }

    /// Checks the signatures of a file that is no mail, by whom the keyring believes; `content` is what a detached
    /// signature signs. Nothing ties its signers to a sender.
    ///
    /// # Errors
    /// As [`stateless::verify`](crate::stateless::verify).
    pub fn verify<'s>(&self, file: &'s dyn Source, content: Option<&'s dyn Source>) -> Result<Verified<'s>, OpenError> {
        let mut judge = Judge::new(self.desk.policy, self.now, self.desk.keyring, None)?;
        judge.any_content = true;
        verify_by(file, content, &judge, false, &mut SystemRandom)
    }

    /// Explains a mail: what it is made of, who can open it, what a relay changed. `name` is what it is called in the
    /// commands of hints. Of a clear-signed text whose digest is broken at most 32 MiB are held and looked at; everything
    /// else is read in constant memory.
    ///
    /// # Errors
    /// [`OpenError`] only where it is no mail or cannot be read.
    pub fn explain(&self, mail: &dyn Source, name: &str) -> Result<Explanation, OpenError> {
        let Desk { policy, keyring } = self.desk;
        explain::explain(mail, &explain::Scene { keyring, policy, now: self.now, name, budget: Default::default() })
    }

    /// Plans who gets which copy of a mail, under what protection and why; nothing is sealed yet.
    ///
    /// # Errors
    /// As [`DeliveryPlan::of`].
    pub fn plan(&self, mail: &dyn Source, wish: &DeliveryWish) -> Result<DeliveryPlan, SealError> {
        DeliveryPlan::of(mail, wish, self.desk.policy, self.desk.keyring, self.now)
    }

    /// Looks at a mail that was kept, and opens it if it is encrypted to an older key of ours, so that it can be written to
    /// the current one.
    ///
    /// # Errors
    /// [`OpenError`] only where nothing can be said of any mail: the key is locked, the keyring or the reading fails.
    pub fn kept<'s>(&self, mail: &'s dyn Source) -> Result<Kept<'s>, OpenError>
    where
        'a: 's,
    {
        let scene = rekey::Scene { keyring: self.desk.keyring, policy: self.desk.policy, now: self.now };
        rekey::look(mail, scene, &mut SystemRandom)
    }

    /// Begins to seal a mail: say who signs and who is to read it, then finish.
    pub fn seal<'m>(&self, mail: &'m dyn Source) -> Sealing<'m>
    where
        'a: 'm,
    {
        Sealing::new(self.desk.policy, self.desk.keyring, self.now, mail)
    }
}
