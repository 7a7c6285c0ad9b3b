//! The call that seals a mail.

use std::io::{self, BufRead, Write};

use cms::{Source, Workers};
use crypto::{ContentCipher, Random, SystemRandom};
use mime::LineStyle;
use trust::{Address, HeaderConfidentiality, Policy, WritingProfile};
use wire::Time;

use crate::confidentiality::Confidentiality;
use crate::headers::{Line, Mark, Pair, Protection};
use crate::keyring::Keyring;
use crate::reply::ReferencePolicy;
use crate::seal::choose::{Choice, Reader, Rules, choose};
use crate::seal::compose::{complete, compose};
use crate::seal::delivery::{PlannedCopy, Protected};
use crate::seal::error::{Refusal, SealError};
use crate::seal::known::Person;
use crate::seal::letter::Letter;
use crate::seal::note::SealNote;
use crate::seal::people::Judge;
use crate::seal::plan::{Plan, parse_address};
use crate::seal::receipt;
use crate::seal::write::{Encryption, Job};

/// A mail that is about to be sealed. Unless told otherwise it is signed by the identity of its From address, and
/// encrypted to everyone in To and Cc and to the sender.
///
/// [`Sealing::finish`] gives it in memory; [`Sealing::write_to`] streams it in constant memory. Nothing is written
/// before every recipient and the identity were found.
pub struct Sealing<'a> {
    judge: Judge<'a>,
    mail: &'a dyn Source,
    random: Option<&'a mut dyn Random>,
    mode: Mode,
    sender: Option<Address>,
    extra: Vec<Address>,
    /// Who can read the mail, once they were found for the choices above.
    persons: Option<Vec<Person>>,
    profile: WritingProfile,
    workers: Option<&'a dyn Workers>,
    /// Whether a signed receipt is requested.
    receipt: bool,
    /// Whether the length is hidden.
    padded: bool,
    headers: HeaderConfidentiality,
    /// Whether programs without header protection are shown what is hidden.
    legacy: bool,
    /// What the mail that is answered asks for.
    answered: Option<ReferencePolicy>,
    /// The copy that this is, of a mail that is delivered in several.
    copy: Option<PlannedCopy>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Both,
    Wrapped,
    SignOnly,
    EncryptOnly,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealFacts {
    /// The author, who signed if anybody did.
    pub from: Address,
    /// The recipients of To, Cc and [`Sealing::encrypt_to`].
    pub recipients: Vec<Address>,
    /// Who can read it, the sender among them; empty if it is not encrypted.
    pub readers: Vec<Reader>,
    /// The signature's algorithm, such as `ecdsa-p256-sha256`; none if it is not signed.
    pub signature: Option<String>,
    /// Whether what is encrypted was signed once more.
    pub wrapped: bool,
    /// The cipher; none if it is not encrypted.
    pub cipher: Option<ContentCipher>,
    /// What it is encrypted with, and why; none if it is not encrypted.
    pub choice: Option<Choice>,
    /// Octets that were added to hide the length, if it was.
    pub padding: Option<u64>,
    /// What the sender should know.
    pub notes: Vec<SealNote>,
}

/// A sealed mail in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    bytes: Vec<u8>,
    facts: SealFacts,
}

impl<'a> Sealing<'a> {
    /// Begins to seal this mail under this policy at this time.
    #[must_use]
    pub fn new(policy: &'a Policy, keyring: &'a dyn Keyring, now: Time, mail: &'a dyn Source) -> Self {
        Sealing {
            judge: Judge { policy, keyring, now },
            mail,
            random: None,
            mode: Mode::Both,
            sender: None,
            extra: Vec::new(),
            persons: None,
            profile: policy.writing(),
            receipt: false,
            padded: false,
            headers: policy.headers(),
            legacy: false,
            answered: None,
            copy: None,
            workers: None,
        }
    }

    /// Has the recipients' keys made by these workers, where there are many. Each then draws its randomness from the
    /// system.
    #[must_use]
    pub fn workers(mut self, workers: Option<&'a dyn Workers>) -> Self {
        self.workers = workers;
        self
    }

    /// Chooses the identity; it must be the From address of the mail.
    ///
    /// # Errors
    /// [`SealError::Refused`] if that is no address. Whether it is the From address is seen later.
    pub fn sign_as(mut self, address: &str) -> Result<Self, SealError> {
        self.sender = Some(parse_address(address)?);
        self.persons = None;
        Ok(self)
    }

    /// Adds recipients whom no field of the mail names; no field is written for them. An empty list is allowed.
    ///
    /// # Errors
    /// As [`Sealing::finish`], as far as the header, the recipients and their certificates are concerned.
    pub fn encrypt_to<I>(mut self, addresses: I) -> Result<Self, SealError>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        for address in addresses {
            self.extra.push(parse_address(address.as_ref())?);
        }
        let plan = self.plan(&Letter::open(self.mail)?)?;
        self.persons = Some(self.find_persons(&plan)?);
        Ok(self)
    }

    /// Signs without encrypting.
    #[must_use]
    pub fn sign_only(mut self) -> Self {
        self.mode = Mode::SignOnly;
        self.persons = None;
        self
    }

    /// Encrypts without signing: nobody will know who sent it.
    #[must_use]
    pub fn encrypt_only(mut self) -> Self {
        self.mode = Mode::EncryptOnly;
        self.persons = None;
        self
    }

    /// Signs, encrypts, and signs what is encrypted once more, so that whoever carries the mail can see that it arrives
    /// as it was sent without reading it (RFC 2634 section 1.1). Both signatures are by the same identity.
    #[must_use]
    pub fn triple_wrap(mut self) -> Self {
        self.mode = Mode::Wrapped;
        self.persons = None;
        self
    }

    /// Writes by this profile instead of the policy's.
    #[must_use]
    pub fn profile(mut self, profile: WritingProfile) -> Self {
        self.profile = profile;
        self
    }

    /// Requests a signed receipt of every recipient, to be sent to the author (RFC 2634 §2.2); a mail that nobody signs
    /// requests none.
    #[must_use]
    pub fn request_receipt(mut self) -> Self {
        self.receipt = true;
        self
    }

    /// Hides how long the mail is: inside the encryption it is filled up, to 4 KiB at least and otherwise by a twelfth at
    /// most. It is read once more for this. A mail that is not encrypted is not padded.
    #[must_use]
    pub fn pad(mut self) -> Self {
        self.padded = true;
        self
    }

    /// Hides these fields outside, instead of those that the policy says (RFC 9788 section 3.2).
    #[must_use]
    pub fn header_confidentiality(mut self, headers: HeaderConfidentiality) -> Self {
        self.headers = headers;
        self
    }

    /// Repeats what is hidden of the header at the beginning of the text, for programs that decrypt and show no
    /// protected header (RFC 9788 section 5.2.2). A mail that is not encrypted hides nothing and repeats nothing.
    #[must_use]
    pub fn legacy_display(mut self) -> Self {
        self.legacy = true;
        self
    }

    /// Hides what the mail hid that this one answers ([`crate::Opened::reply_headers`]), whatever the policy says; and
    /// refuses to send any of it unencrypted.
    #[must_use]
    pub fn answering(mut self, policy: ReferencePolicy) -> Self {
        self.answered = Some(policy);
        self
    }

    /// Seals one copy of a mail that is delivered in several: for its recipients and the sender, whoever else is in To and
    /// Cc; without the field Bcc, and with CRLF, as it is sent.
    #[must_use]
    pub fn copy(mut self, copy: &PlannedCopy) -> Self {
        self.mode = match copy.protection {
            Protected::Sealed => Mode::Both,
            Protected::Encrypted => Mode::EncryptOnly,
            Protected::Signed => Mode::SignOnly,
        };
        self.copy = Some(copy.clone());
        self.persons = None;
        self
    }

    /// Draws from this source of chance instead of the system's.
    #[must_use]
    pub fn random(mut self, random: &'a mut dyn Random) -> Self {
        self.random = Some(random);
        self
    }

    /// Seals into memory.
    ///
    /// # Errors
    /// [`SealError`]: each with a hint and an exit status.
    pub fn finish(self) -> Result<Sealed, SealError> {
        let mut bytes = Vec::new();
        let facts = self.write_to(&mut bytes)?;
        Ok(Sealed { bytes, facts })
    }

    /// Seals as a stream, reading the mail twice. Until the first byte is written everything that can fail before has
    /// failed; what remains is reading, writing, and a key that refuses to sign at the end.
    ///
    /// # Errors
    /// [`SealError`]: each with a hint and an exit status.
    pub fn write_to(mut self, out: &mut dyn Write) -> Result<SealFacts, SealError> {
        let mut system = SystemRandom;
        let taken = self.random.take();
        let rng: &mut dyn Random = match taken {
            Some(given) => given,
            None => &mut system,
        };
        let (job, facts) = self.prepare(rng)?;
        job.write(out, rng)?;
        Ok(facts)
    }

    /// Reads the mail once and decides everything.
    fn prepare(mut self, rng: &mut dyn Random) -> Result<(Job<'a>, SealFacts), SealError> {
        let letter = Letter::open(self.mail)?;
        let mut plan = self.plan(&letter)?;
        let persons = match self.persons.take() {
            Some(found) => found,
            None => self.find_persons(&plan)?,
        };
        let signs = self.mode != Mode::EncryptOnly;
        let author = if signs { Some(self.judge.author(&plan.from)?) } else { None };
        let Judge { policy, now, .. } = self.judge;
        let receipt = author.as_ref().filter(|_| self.receipt);
        let receipt = receipt.map(|author| receipt::attribute(author, &plan.from, now, rng)).transpose()?;
        let rules = Rules { policy, now, profile: self.profile, signed: signs };
        let chosen = if self.mode == Mode::SignOnly { None } else { Some(choose(&persons, rules)?) };
        let mut notes = complete(&mut plan, self.judge.now, rng)?;
        let (header, prelude) = (letter.header.clone(), letter.prelude);
        let first_style = if self.copy.is_some() { LineStyle::Crlf } else { letter.style() };
        let confidentiality = Confidentiality { policy: self.headers, reference: self.answered.as_ref() };
        let how = if chosen.is_some() { Protection::Cipher } else { Protection::Clear };
        let displayed = self.displayed(&plan, how, &confidentiality)?;
        let findings = letter.survey(&displayed)?;
        if findings.survey.blocked() && findings.broken {
            return Err(SealError::Damaged);
        }
        let mark = Mark { how, legacy: findings.displayed.root };
        let composed = compose(&plan, &header, mark, &confidentiality, findings.survey.root_transfer_encoding())?;
        for (applies, note) in [
            (first_style == LineStyle::Lf, SealNote::LineEnds),
            (prelude.byte_order_mark || prelude.mbox_line, SealNote::Prelude),
            (signs && findings.survey.blocked(), SealNote::SignedOpaque),
            (!signs, SealNote::NotSigned),
            (plan.sealed_already, SealNote::AlreadySealed),
            (receipt.is_some(), SealNote::ReceiptRequested),
            (!displayed.is_empty() && findings.displayed.parts == 0, SealNote::NoLegacyDisplay),
        ] {
            notes.extend(applies.then_some(note));
        }
        let (mut readers, mut choice, mut encryption) = (Vec::new(), None, None);
        if let Some(chosen) = chosen {
            notes.extend(chosen.notes);
            readers = chosen.readers;
            encryption = Some(Encryption {
                cipher: chosen.choice.cipher,
                derived: chosen.choice.derived,
                recipients: chosen.recipients,
                workers: self.workers,
            });
            choice = Some(chosen.choice);
        }
        let mut facts = SealFacts {
            signature: author.as_ref().map(|a| a.algorithm()),
            from: plan.from,
            recipients: plan.recipients,
            wrapped: self.mode == Mode::Wrapped,
            cipher: choice.as_ref().map(|c| c.cipher),
            choice,
            padding: None,
            notes,
            readers,
        };
        let mut attributes = author.as_ref().map(|author| author.attributes()).unwrap_or_default();
        attributes.extend(receipt);
        let mut job = Job {
            mail: self.mail,
            now: self.judge.now,
            style: first_style,
            survey: findings.survey,
            displayed,
            composed,
            author,
            attributes,
            encryption,
            wrapped: self.mode == Mode::Wrapped,
        };
        if self.padded && job.encryption.is_some() {
            facts.padding = Some(job.pad()?);
        }
        Ok((job, facts))
    }

    /// The fields that are repeated at the beginning of the text; none where nothing of it may change.
    ///
    /// # Errors
    /// [`Refusal::WouldReveal`] where the mail that is answered hid something that this one would send as it is.
    fn displayed(
        &self,
        plan: &Plan,
        how: Protection,
        confidentiality: &Confidentiality<'_>,
    ) -> Result<Vec<(String, String)>, SealError> {
        // Whoever encrypts what is a layer already hides nothing of its header (see `compose`).
        let hides = how == Protection::Cipher && !plan.sealed_already;
        if !hides
            && let Some(policy) = &self.answered
            && let Some(line) = plan.lines.iter().find(|line| policy.outside(&line.pair()).is_some())
        {
            return Err(Refusal::WouldReveal { name: line.name().to_owned() }.into());
        }
        if self.legacy && hides { Ok(confidentiality.hidden(&plan.lines)?) } else { Ok(Vec::new()) }
    }

    fn plan(&self, letter: &Letter<'_>) -> Result<Plan, SealError> {
        let Some(copy) = &self.copy else { return Plan::of(&letter.header, self.sender.as_ref(), &self.extra) };
        let mut plan = Plan::of_copy(&letter.header, self.sender.as_ref(), &copy.to, false)?;
        for Pair { name, value } in &copy.made {
            plan.lines.push(Line::new(name, value)?);
        }
        Ok(plan)
    }

    /// Everyone who must be able to read the mail: the recipients, and the sender (E-09).
    fn find_persons(&self, plan: &Plan) -> Result<Vec<Person>, SealError> {
        if self.mode == Mode::SignOnly {
            return Ok(Vec::new());
        }
        let mut addresses: Vec<&Address> = plan.recipients.iter().collect();
        if !addresses.iter().any(|a| a.same_mailbox(&plan.from)) {
            addresses.push(&plan.from);
        }
        self.judge.persons(&addresses, &plan.from)
    }
}

impl Sealed {
    /// The mail.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The mail, without the facts.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// What was done.
    #[must_use]
    pub fn facts(&self) -> &SealFacts {
        &self.facts
    }

    /// What the sender should know.
    #[must_use]
    pub fn notes(&self) -> &[SealNote] {
        &self.facts.notes
    }
}

impl AsRef<[u8]> for Sealed {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Source for Sealed {
    fn open(&self) -> io::Result<Box<dyn BufRead + '_>> {
        self.bytes.open()
    }

    fn length(&self) -> Option<u64> {
        self.bytes.length()
    }
}
