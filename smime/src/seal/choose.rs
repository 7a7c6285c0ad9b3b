//! Which cipher and which key management a mail gets, from what is known of everyone who is to read it (RFC 8551
//! §2.7.1; standards.md §14). Pure: persons in, a choice or the names of those who stand in its way out.

use std::fmt;

use cms::Recipient;
use crypto::{ContentCipher, Digest, KeyKind, KeyTransport};
use trust::{Address, Algorithm, Policy, Use, WritingProfile};
use wire::{Certificate, Time, oids};

use crate::seal::error::{Obstacle, SealError, WhyInTheWay};
use crate::seal::known::{Knowledge, Names, Person, is_post_quantum};
use crate::seal::note::SealNote;

/// What decides.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) now: Time,
    pub(crate) profile: WritingProfile,
    /// Whether there is a signature inside: without one, only a cipher that authenticates is written.
    pub(crate) signed: bool,
}

/// A person with a certificate that the mail is encrypted to. Who has two keys, one of them post-quantum, is there
/// twice while both are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Who.
    pub address: Address,
    /// The certificate.
    pub certificate: Certificate,
    /// How the content key reaches them, such as `rsa-oaep-sha256`, `p256`, `ml-kem-768`.
    pub how: String,
    /// What that and the cipher were chosen by.
    pub knowledge: Knowledge,
}

/// What a mail is encrypted with, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What was asked for.
    pub profile: WritingProfile,
    /// The cipher.
    pub cipher: ContentCipher,
    /// Whether the content key is derived for the cipher (RFC 9709): all readers do so.
    pub derived: bool,
    /// Why it is this cipher.
    pub why: WhyCipher,
}

/// Why a mail got its cipher.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhyCipher {
    /// It is the best that all of them are known to read.
    AllRead,
    /// These are known to read nothing better.
    Known(Vec<Address>),
    /// Of these nothing is known, and the profile takes what everybody reads.
    Unknown(Vec<Address>),
    /// There is no signature inside, so that the cipher has to authenticate.
    NotSigned,
    /// The profile or the policy allows no cipher that does not authenticate.
    Demanded,
}

/// A choice with everyone it is for.
pub(crate) struct Chosen {
    pub(crate) choice: Choice,
    pub(crate) readers: Vec<Reader>,
    pub(crate) recipients: Vec<Recipient>,
    pub(crate) notes: Vec<SealNote>,
}

/// Decides for a message to all of these.
pub(crate) fn choose(persons: &[Person], rules: Rules<'_>) -> Result<Chosen, SealError> {
    if rules.profile == WritingProfile::PqRequired {
        refuse(persons, WhyInTheWay::NotPostQuantum, |person| !person.is_post_quantum())?;
    }
    let (cipher, why) = rules.cipher(persons)?;
    let derived = persons.iter().all(Person::derives_keys);
    let (mut readers, mut recipients) = (Vec::new(), Vec::new());
    let mut seen = std::collections::HashSet::new();
    for person in persons {
        for certificate in rules.certificates(person, persons) {
            let transport = rules.transport(person, certificate);
            let how = match trust::key_kind(certificate.public_key()) {
                KeyKind::Rsa { .. } if certificate.public_key().algorithm.oid == oids::RSA_KEM_SPKI => {
                    "rsa-kem".to_owned()
                }
                KeyKind::Rsa { .. } => transport.to_string(),
                kind => kind.to_string(),
            };
            let (address, knowledge) = (person.address.clone(), person.knowledge);
            readers.push(Reader { address, certificate: certificate.clone(), how, knowledge });
            if seen.insert(certificate.der()) {
                recipients.push(Recipient { certificate: certificate.clone(), transport, use_key_id: false });
            }
        }
    }
    let notes = notes(persons, rules.profile, cipher);
    Ok(Chosen { choice: Choice { profile: rules.profile, cipher, derived, why }, readers, recipients, notes })
}

impl Rules<'_> {
    /// The best cipher that all read and the policy accepts.
    fn cipher(self, persons: &[Person]) -> Result<(ContentCipher, WhyCipher), SealError> {
        let accepted = |c: &ContentCipher| self.accepts(&Algorithm::from(*c));
        let allowed: Vec<ContentCipher> = BEST_FIRST.into_iter().filter(accepted).collect();
        let strict = self.profile == WritingProfile::Strict || allowed.iter().all(|c| c.is_aead());
        let aead_only = strict || !self.signed;
        let bold = aead_only || self.profile == WritingProfile::PqRequired;
        let unknown: &[ContentCipher] = if bold { &BEST_FIRST } else { &EVERYBODY_READS };
        let wanted: Vec<ContentCipher> = allowed.into_iter().filter(|c| c.is_aead() || !aead_only).collect();
        if wanted.is_empty() {
            return Err(SealError::NoCipher(Algorithm::from(ContentCipher::Aes256Gcm)));
        }
        let read: Vec<Vec<ContentCipher>> = persons.iter().map(|person| person.ciphers(unknown)).collect();
        let readers = |cipher: ContentCipher| read.iter().filter(|ciphers| ciphers.contains(&cipher)).count();
        // The first of those that most read; where not all do, the others stand in the way.
        let mut best = (ContentCipher::Aes256Gcm, 0);
        for cipher in wanted {
            let count = readers(cipher);
            if count > best.1 {
                best = (cipher, count);
            }
        }
        let lacking: Vec<_> = persons.iter().zip(&read).filter(|(_, c)| !c.contains(&best.0)).map(|(p, _)| p).collect();
        if !lacking.is_empty() {
            let why = if aead_only { WhyInTheWay::NoAuthenticated } else { WhyInTheWay::NoCipher };
            return Err(in_the_way(lacking, why, self.profile));
        }
        Ok((best.0, self.why(best.0, persons, strict)))
    }

    fn why(self, cipher: ContentCipher, persons: &[Person], strict: bool) -> WhyCipher {
        let who = |weak: &dyn Fn(&Person) -> bool| -> Vec<Address> {
            persons.iter().filter(|p| weak(p)).map(|p| p.address.clone()).collect()
        };
        // Of whom nothing is known, nothing is read here but what is better than the choice.
        let better = |person: &Person| person.ciphers(&BEST_FIRST).iter().any(|c| c.is_aead());
        let unknown = who(&|p| p.ciphers(&[]).is_empty() && better(p));
        let known = who(&|p| !better(p));
        match cipher.is_aead() {
            true if !unknown.is_empty() && strict => WhyCipher::Demanded,
            true if !unknown.is_empty() && !self.signed => WhyCipher::NotSigned,
            true => WhyCipher::AllRead,
            false if !known.is_empty() => WhyCipher::Known(known),
            false if !unknown.is_empty() => WhyCipher::Unknown(unknown),
            false => WhyCipher::Demanded,
        }
    }

    /// The certificates of a person that are used: their post-quantum one with the other beside it, for what they
    /// still read mail with, where the profile is patient; else the better one alone. The sender's copy has the other
    /// beside it only where it weakens nobody.
    fn certificates<'p>(self, person: &'p Person, persons: &[Person]) -> impl Iterator<Item = &'p Certificate> {
        let mut others = persons.iter().filter(|p| !p.is_own()).peekable();
        let patient = !person.is_own() || others.peek().is_none() || others.any(Person::has_classical);
        let all = self.profile == WritingProfile::Compat && patient;
        let one = person.certificates.iter().find(|c| is_post_quantum(c)).or(person.certificates.first());
        person.certificates.iter().filter(move |c| all || Some(*c) == one)
    }

    /// By its own parameters to a key that is for nothing but OAEP, which was judged with its certificate; OAEP with
    /// SHA-256 for who is known to read it, where the profile demands it, and where the policy refuses what everybody
    /// reads: PKCS#1 v1.5.
    fn transport(self, person: &Person, certificate: &Certificate) -> KeyTransport {
        let oaep = KeyTransport::oaep(Digest::Sha256);
        if let Ok(Some(only)) = KeyTransport::only_for(&certificate.public_key().algorithm) {
            return only;
        }
        let demanded = self.profile == WritingProfile::Strict || person.reads_oaep() || person.is_own();
        let accepted = |transport: &KeyTransport| self.accepts(&Algorithm::from(transport));
        if (demanded && accepted(&oaep)) || !accepted(&KeyTransport::RsaPkcs1) { oaep } else { KeyTransport::RsaPkcs1 }
    }

    fn accepts(self, algorithm: &Algorithm) -> bool {
        self.policy.judge(Use::Encrypt, algorithm, self.now).is_accepted()
    }
}

/// What the sender is told without asking: nobody is weakened in silence by somebody else.
fn notes(persons: &[Person], profile: WritingProfile, cipher: ContentCipher) -> Vec<SealNote> {
    let others = || persons.iter().filter(|p| !p.is_own());
    let names = |weak: &dyn Fn(&&Person) -> bool| -> Vec<Address> {
        others().filter(|p| weak(p)).map(|p| p.address.clone()).collect()
    };
    let mut notes = Vec::new();
    let reads_aead = |p: &&Person| p.ciphers(&[]).iter().any(|c| c.is_aead());
    if !cipher.is_aead() && others().any(|p| reads_aead(&p)) {
        notes.push(SealNote::Weakened { cipher, by: names(&|p| !reads_aead(p)) });
    }
    let weak: Vec<_> = persons.iter().filter(|p| !p.is_post_quantum()).map(|p| p.address.clone()).collect();
    let beside = names(&|p| p.is_post_quantum() && p.has_classical());
    if !weak.is_empty() && (profile == WritingProfile::PqPreferred || others().any(Person::is_post_quantum)) {
        notes.push(SealNote::NotPostQuantum { by: weak });
    } else if profile == WritingProfile::Compat && !beside.is_empty() && others().any(|p| !p.has_classical()) {
        notes.push(SealNote::ClassicalBeside { of: beside });
    }
    for person in others() {
        if let Knowledge::Mail { signed_at, better_at: Some(better_at) } = person.knowledge {
            notes.push(SealNote::Downgraded { who: person.address.clone(), better_at, signed_at });
        }
    }
    notes
}

fn refuse(persons: &[Person], why: WhyInTheWay, stands: impl Fn(&Person) -> bool) -> Result<(), SealError> {
    let who: Vec<&Person> = persons.iter().filter(|p| stands(p)).collect();
    if who.is_empty() { Ok(()) } else { Err(in_the_way(who, why, WritingProfile::PqRequired)) }
}

fn in_the_way(who: Vec<&Person>, why: WhyInTheWay, profile: WritingProfile) -> SealError {
    let obstacle = |p: &Person| Obstacle { address: p.address.clone(), why, own: p.is_own() };
    SealError::InTheWay { profile, who: who.into_iter().map(obstacle).collect() }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let derived = if self.derived { " with cek-hkdf-sha256" } else { "" };
        write!(f, "{}{derived}, profile {}: {}", self.cipher, self.profile, self.why)
    }
}

impl fmt::Display for WhyCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WhyCipher::AllRead => f.write_str("the best that all readers are known to read"),
            WhyCipher::Known(who) => write!(f, "nothing better is read by {}", Names(who)),
            WhyCipher::Unknown(who) => write!(f, "it is not known what {} can read", Names(who)),
            WhyCipher::NotSigned => f.write_str("without a signature the cipher has to authenticate"),
            WhyCipher::Demanded => f.write_str("profile and policy ask for it, whatever the readers can read"),
        }
    }
}

const BEST_FIRST: [ContentCipher; 6] = [
    ContentCipher::Aes256Gcm,
    ContentCipher::ChaCha20Poly1305,
    ContentCipher::Aes128Gcm,
    ContentCipher::Aes256Cbc,
    ContentCipher::Aes192Cbc,
    ContentCipher::Aes128Cbc,
];
/// RFC 5751 §2.7 and RFC 8551 §2.7: what even programs read that know nothing newer.
const EVERYBODY_READS: [ContentCipher; 2] = [ContentCipher::Aes256Cbc, ContentCipher::Aes128Cbc];
