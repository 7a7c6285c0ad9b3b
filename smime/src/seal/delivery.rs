//! Who gets which copy of a mail, under what protection and why: decided before anything is sealed or sent.
//!
//! Everyone in To and Cc gets one copy, those of Bcc one each, for the recipients of a message can be seen by all who have it
//! (RFC 5652 section 6.2, RFC 5322 section 3.6.3). Whoever cannot be encrypted to is named; that they get a copy that
//! everybody can read takes the sender's word.

use std::fmt;

use cms::Source;
use crypto::SystemRandom;
use trust::{Address, Policy, WritingProfile};
use wire::Time;

use crate::headers::{Line, Pair};
use crate::keyring::Keyring;
use crate::seal::choose::{Choice, Reader, Rules, choose};
use crate::seal::compose::complete;
use crate::seal::error::{SealError, Unusable};
use crate::seal::known::Names;
use crate::seal::letter::Letter;
use crate::seal::note::SealNote;
use crate::seal::people::Judge;
use crate::seal::plan::{Plan, addresses, named};

/// What is to be done with a mail.
#[derive(Debug, Clone, Default)]
pub struct DeliveryWish {
    /// The identity; it must be the From address.
    pub from: Option<Address>,
    /// Recipients whom no field names.
    pub to: Vec<Address>,
    /// Recipients of whom the others are not to know, beside those of the field Bcc.
    pub bcc: Vec<Address>,
    /// How it is protected.
    pub protection: Protected,
    /// Who may get it unencrypted, if they cannot be encrypted to.
    pub clear: Clear,
    /// How boldly it is encrypted, where the policy does not say.
    pub profile: Option<WritingProfile>,
}

/// How a copy is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protected {
    /// Signed and encrypted.
    #[default]
    Sealed,
    /// Encrypted and not signed.
    Encrypted,
    /// Signed, for everybody to read.
    Signed,
}

/// Who may get a mail unencrypted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Clear {
    /// Nobody.
    #[default]
    Nobody,
    /// These.
    These(Vec<Address>),
    /// Everybody.
    Anybody,
}

/// Who gets what, and why.
#[derive(Debug, Clone)]
pub struct DeliveryPlan {
    /// Who sends.
    pub from: Address,
    /// The copies, none of which goes to nobody.
    pub copies: Vec<PlannedCopy>,
    /// Those who would get it unencrypted and may not; nothing is sent while there is one.
    pub refused: Vec<Unusable>,
    /// What the sender should know.
    pub notes: Vec<SealNote>,
    /// Date and Message-ID where the mail has none: the same in every copy.
    made: Vec<Pair>,
    /// Everyone whom To and Cc do not name, for the sender's own copy.
    bcc: Option<Pair>,
    /// How the sender's own copy is protected.
    own: Protected,
}

/// One copy of a mail.
#[derive(Debug, Clone)]
pub struct PlannedCopy {
    /// Who gets it; nobody for the sender's own.
    pub to: Vec<Address>,
    /// Whether the others are not to know of it.
    pub hidden: bool,
    /// How it is protected.
    pub protection: Protected,
    /// What it is encrypted with, and why; none if it is not.
    pub choice: Option<Choice>,
    /// Who can read it, the sender among them; empty if it is not encrypted.
    pub readers: Vec<Reader>,
    /// Why it is not encrypted, for each of whom that was not the sender's wish.
    pub unusable: Vec<Unusable>,
    pub(crate) made: Vec<Pair>,
}

impl DeliveryPlan {
    /// Plans. Nothing is signed, and no private key asked for.
    ///
    /// # Errors
    /// [`SealError`], as sealing it would give; a recipient who cannot be encrypted to is no error here, the sender is.
    pub fn of(
        mail: &dyn Source,
        wish: &DeliveryWish,
        policy: &Policy,
        keyring: &dyn Keyring,
        now: Time,
    ) -> Result<DeliveryPlan, SealError> {
        let header = Letter::open(mail)?.header;
        let hidden = hidden(&header, wish)?;
        let alone = hidden.iter().chain(&wish.to).cloned().collect::<Vec<_>>();
        let mut plan = Plan::of_copy(&header, wish.from.as_ref(), &alone, true)?;
        let recipients = std::mem::take(&mut plan.recipients);
        let is_hidden = |a: &Address| hidden.iter().any(|h| h.same_mailbox(a));
        let shown = named(&header)?;
        let visible: Vec<Address> = recipients
            .iter()
            .filter(|a| !is_hidden(a) || wish.to.iter().chain(&shown).any(|b| b.same_mailbox(a)))
            .cloned()
            .collect();
        let hidden: Vec<Address> =
            recipients.iter().filter(|a| !visible.iter().any(|v| v.same_mailbox(a))).cloned().collect();
        let had = plan.lines.len();
        let notes = complete(&mut plan, now, &mut SystemRandom)?;
        let made = plan.lines.get(had..).unwrap_or_default().iter().map(Line::pair).collect();
        let bcc = unnamed(&header, &recipients, &shown, plan.sealed_already);
        let own = if wish.protection == Protected::Encrypted { Protected::Encrypted } else { Protected::Sealed };
        let mut out = DeliveryPlan { from: plan.from, copies: Vec::new(), refused: Vec::new(), notes, made, bcc, own };
        let judge = Judge { policy, keyring, now };
        let rules = Rules {
            policy,
            now,
            profile: wish.profile.unwrap_or(policy.writing()),
            signed: wish.protection == Protected::Sealed,
        };
        out.add(visible, false, wish, judge, rules)?;
        for address in hidden {
            out.add(vec![address], true, wish, judge, rules)?;
        }
        Ok(out)
    }

    /// The sender's own copy: encrypted to the sender alone. Whom To and Cc do not name stands in its field Bcc, within what
    /// is encrypted, so that the sender knows later who got it; not where the mail is itself a layer of S/MIME, whose inside
    /// stays as it is.
    #[must_use]
    pub fn own_copy(&self) -> PlannedCopy {
        let made = self.made.iter().chain(&self.bcc).cloned().collect();
        let (to, protection) = (Vec::new(), self.own);
        PlannedCopy { to, hidden: false, protection, choice: None, readers: Vec::new(), unusable: Vec::new(), made }
    }

    /// All who get a copy that everybody on its way can read.
    pub fn in_clear(&self) -> impl Iterator<Item = &Address> {
        self.copies.iter().filter(|c| c.protection == Protected::Signed).flat_map(|c| &c.to)
    }

    /// The copies for these: one for those who can be encrypted to, one for those who cannot.
    fn add(
        &mut self,
        mut to: Vec<Address>,
        hidden: bool,
        wish: &DeliveryWish,
        judge: Judge<'_>,
        rules: Rules<'_>,
    ) -> Result<(), SealError> {
        if to.is_empty() {
            return Ok(());
        }
        let copy = |to, protection| PlannedCopy {
            to,
            hidden,
            protection,
            choice: None,
            readers: Vec::new(),
            unusable: Vec::new(),
            made: self.made.clone(),
        };
        if wish.protection == Protected::Signed {
            self.copies.push(copy(to, Protected::Signed));
            return Ok(());
        }
        let from = self.from.clone();
        let persons = |to: &[Address]| {
            let mut all: Vec<&Address> = to.iter().collect();
            if !all.iter().any(|a| a.same_mailbox(&from)) {
                all.push(&from);
            }
            judge.persons(&all, &from)
        };
        let mut unusable = Vec::new();
        let mut found = persons(&to);
        if let Err(SealError::Recipients(list)) = found {
            if list.iter().any(|one| one.address.same_mailbox(&from)) {
                return Err(SealError::Recipients(list));
            }
            to.retain(|a| !list.iter().any(|one| one.address.same_mailbox(a)));
            unusable = list;
            found = persons(&to);
        }
        let found = found?;
        if !to.is_empty() {
            let chosen = choose(&found, rules)?;
            self.notes.extend(chosen.notes.into_iter().filter(|note| !self.notes.contains(note)).collect::<Vec<_>>());
            let mut sealed = copy(to, wish.protection);
            (sealed.choice, sealed.readers) = (Some(chosen.choice), chosen.readers);
            self.copies.push(sealed);
        }
        if !unusable.is_empty() {
            let mut clear = copy(unusable.iter().map(|one| one.address.clone()).collect(), Protected::Signed);
            let may = |address: &Address| match &wish.clear {
                Clear::Nobody => false,
                Clear::These(list) => list.iter().any(|one| one.same_mailbox(address)),
                Clear::Anybody => true,
            };
            self.refused.extend(unusable.iter().filter(|one| !may(&one.address)).cloned());
            clear.unusable = unusable;
            self.copies.push(clear);
        }
        Ok(())
    }
}

/// Everyone of whom the others are not to know.
fn hidden(header: &mime::Header, wish: &DeliveryWish) -> Result<Vec<Address>, SealError> {
    // RFC 5322 section 3.6.3: it may be empty.
    let fields = header.all("Bcc").filter(|field| !field.unfolded().trim().is_empty());
    Ok([wish.bcc.clone(), addresses(fields)?].concat())
}

/// The field Bcc of the sender's own copy: what the mail's own says, and whoever else gets it without being named. Addresses
/// beyond ASCII are left out: no field of a sealed mail has such.
fn unnamed(header: &mime::Header, all: &[Address], shown: &[Address], sealed_already: bool) -> Option<Pair> {
    let own = || header.all("Bcc").filter(|field| !field.unfolded().trim().is_empty());
    let said = addresses(own()).unwrap_or_default();
    let is_in = |list: &[Address], one: &Address| list.iter().any(|other| other.same_mailbox(one));
    let others = all.iter().filter(|one| one.is_ascii() && !is_in(shown, one) && !is_in(&said, one));
    // With names and groups, where it can be written again as it is.
    let written: Result<Vec<_>, _> = own().map(|f| Line::from_field(&f).map(|line| line.value().to_owned())).collect();
    let mut list = written.unwrap_or_else(|_| said.iter().map(ToString::to_string).collect());
    list.extend(others.map(ToString::to_string));
    (!list.is_empty() && !sealed_already).then(|| Pair { name: "Bcc".to_owned(), value: list.join(", ") })
}

impl Protected {
    /// As a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Protected::Sealed => "signed-and-encrypted",
            Protected::Encrypted => "encrypted",
            Protected::Signed => "signed",
        }
    }
}

impl fmt::Display for DeliveryPlan {
    /// A line or more for each copy, without a line end at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "From {}, {}", self.from, Count(self.copies.len(), "copy", "copies"))?;
        for copy in &self.copies {
            write!(f, "\n{copy}")?;
        }
        Ok(())
    }
}

impl fmt::Display for PlannedCopy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = if self.hidden { " (Bcc: a copy of their own)" } else { "" };
        write!(f, "to {}{seen}\n  ", Names(&self.to))?;
        match (self.protection, &self.choice) {
            (Protected::Signed, _) => f.write_str("IN CLEAR, signed: everybody on its way can read it")?,
            (Protected::Sealed, Some(choice)) => write!(f, "signed and encrypted with {choice}")?,
            (Protected::Encrypted, Some(choice)) => write!(f, "encrypted with {choice}, not signed")?,
            (protection, None) => f.write_str(protection.word())?,
        }
        for one in &self.unusable {
            write!(f, "\n  {one}")?;
        }
        for reader in &self.readers {
            write!(f, "\n  {} by {} ({})", reader.address, reader.how, reader.knowledge)?;
        }
        Ok(())
    }
}

/// A number of things.
struct Count(usize, &'static str, &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, if self.0 == 1 { self.1 } else { self.2 })
    }
}
