//! Mail in: every layer of the envelope opened and proven, one verdict, and the content released only
//! after that.

mod agreement;
pub(crate) mod begin;
mod conclude;
mod error;
mod findings;
pub(crate) mod form;
mod harvest;
mod headers;
pub(crate) mod judge;
pub(crate) mod labels;
mod layers;
pub(crate) mod mail;
mod partial;
pub(crate) mod pem;
pub(crate) mod prove;
pub(crate) mod receipts;
mod results;
mod rfc8551;
mod services;
pub(crate) mod stage;
pub(crate) mod walk;

use cms::{Permit, Source};
use crypto::Random;
use trust::{Address, Policy};
use wire::Time;

pub use error::{MessageKind, OpenError};
pub use mail::Mail;
pub use partial::SignedPart;
pub use results::{AuthservId, fuzz_results};

pub(crate) use conclude::finding_report;
pub(crate) use error::is_damage;

use crate::keyring::{Keyring, NoKeyring};
use crate::learned::LearnedCapabilities;
use crate::remembered::Harvest;
use crate::reply::{ReferencePolicy, ReplyHeaders, Response};
use crate::report::Report;
use crate::verdict::{Finding, Verdict};

/// A mail that was read, proven and judged.
pub struct Opened<'s> {
    source: &'s dyn Source,
    proof: prove::Proof,
    judgement: conclude::Judgement,
    parts: Vec<SignedPart<'s>>,
}

/// Reads and judges a mail at `now`.
///
/// # Errors
/// [`OpenError`] only where there is no mail to judge or it cannot be read; what is wrong with signatures
/// is in the verdict.
pub(crate) fn open<'s>(
    source: &'s dyn Source,
    keyring: &dyn Keyring,
    policy: &Policy,
    now: Time,
    plan: walk::Plan,
    rng: &mut dyn Random,
) -> Result<Opened<'s>, OpenError> {
    let proof = prove::prove(source, keyring, Permit::new(policy, now), plan, rng)?;
    let mut judgement = conclude::judge(&proof, keyring, policy, now)?;
    let parts = partial::signed_parts(source, &proof, keyring, (policy, now), rng)?;
    for part in &parts {
        let finding = part.finding();
        judgement.report.parts.push(part.line());
        judgement.report.findings.push(finding_report(&finding));
        judgement.findings.push(finding);
    }
    Ok(Opened { source, proof, judgement, parts })
}

impl Opened<'_> {
    /// What was proven, layer by layer.
    pub(crate) fn proof(&self) -> &prove::Proof {
        &self.proof
    }

    /// Whom to believe.
    pub fn verdict(&self) -> &Verdict {
        &self.judgement.verdict
    }

    /// Everything there is to say, as the JSON contract has it.
    pub fn report(&self) -> &Report {
        &self.judgement.report
    }

    /// Whatever a person should know, the most important first.
    pub fn findings(&self) -> &[Finding] {
        &self.judgement.findings
    }

    /// Parts that are signed while the mail is not. The mail as it is given out holds them among what nobody signed.
    pub fn signed_parts(&self) -> &[SignedPart<'_>] {
        &self.parts
    }

    /// The certificates that travel with its signatures. They are candidates: nothing says whose they are but they
    /// themselves.
    pub fn certificates(&self) -> Vec<wire::Certificate> {
        let facts = self.proof.layers.iter().filter_map(|layer| match layer {
            prove::Layer::Signed(facts) => Some(facts),
            prove::Layer::Multipart(part) => part.facts.as_ref().ok(),
            _ => None,
        });
        facts.flat_map(|facts| facts.certificates.iter().cloned()).collect()
    }

    /// What the sender can read, by their own signed word; nothing unless the verdict is verified (CAP-01).
    pub fn capabilities(&self) -> &[LearnedCapabilities] {
        &self.judgement.learned
    }

    /// What the sender's certificates are, with proven paths, for a store to remember; none unless the verdict is
    /// verified.
    pub fn harvest(&self) -> Option<&Harvest> {
        self.judgement.harvest.as_ref()
    }

    /// The header of an answer to it, by whoever has these addresses: made of what the sender protected and of nothing
    /// that somebody on the way could have changed, with what must not be given away in it (RFC 9788 section 6).
    pub fn reply_headers(&self, how: Response, own: &[Address]) -> ReplyHeaders {
        self.judgement.referenced.answer(how, own)
    }

    /// What any answer to it has to hide, for a header that another program wrote.
    pub fn reference_policy(&self, own: &[Address]) -> ReferencePolicy {
        self.judgement.referenced.policy(&[Response::Reply, Response::ReplyAll, Response::Forward], own)
    }

    /// Whether every layer of encryption proves its content, and there is one: what `--require
    /// encrypted` asks for.
    pub fn is_authentically_encrypted(&self) -> bool {
        self.judgement.report.confidentiality == "authenticated"
    }

    /// The opened mail. Nothing of it is released before its proof, and nothing that differs from what
    /// was proven.
    ///
    /// # Errors
    /// [`OpenError::Withheld`] for a broken mail, [`OpenError::NotCleared`] for a label beyond the policy's clearances;
    /// [`OpenError::Changed`] or [`OpenError::Io`] where it
    /// cannot be read again.
    pub fn mail(&self) -> Result<Mail<'_>, OpenError> {
        match self.judgement.verdict {
            Verdict::Broken { .. } => Err(OpenError::Withheld),
            _ if self.judgement.stopped => {
                Err(OpenError::NotCleared("its label is beyond the clearance: its content is withheld".to_owned()))
            }
            _ => self.release(),
        }
    }

    /// The opened mail also where the verdict is broken, if it was sent in clear or every layer of
    /// encryption is authenticated by itself; never the plaintext of CBC.
    ///
    /// # Errors
    /// As [`Opened::mail`].
    pub fn broken_mail(&self) -> Result<Mail<'_>, OpenError> {
        if self.judgement.cbc || self.judgement.stopped || self.proof.ambiguous {
            return self.mail();
        }
        self.release()
    }

    fn release(&self) -> Result<Mail<'_>, OpenError> {
        let keys = self.proof.content_keys();
        let within = |wrapped: &mime::Header| wrapped.raw().len() + wrapped.blank_line().len();
        let head = mail::Head {
            header: self.judgement.header.clone(),
            skip: self.proof.wrapped.as_ref().map_or(0, within),
            undisplayed: self.judgement.undisplayed.clone(),
        };
        Mail::new(self.source, &keys, &self.proof.blocks, head, self.proof.style)
    }
}

/// Opens the data as a mail with no keys at hand; never panics.
pub fn fuzz_open(data: &[u8]) {
    let now = Time(1_800_000_000);
    if let Ok(opened) =
        open(&data, &NoKeyring, &Policy::standard(), now, walk::Plan::default(), &mut crypto::SystemRandom)
        && let Ok(mut mail) = opened.mail()
    {
        let _ = std::io::copy(&mut mail, &mut std::io::sink());
    }
}
