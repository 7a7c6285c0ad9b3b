//! From RecipientInfos to the content key (RFC 5652 §6.2; K-01 to K-10 of the map).

use std::borrow::Cow;
use std::io::BufRead;
use std::sync::Arc;

use crypto::{AgreementScheme, Kem, KeyKind, KeyTransport, KeyWrap, Random, Secret};
use trust::Algorithm;
use wire::ber::{self, BerReader};
use wire::cms::{KeyAgreeRecipient, Originator, RecipientId, RecipientInfo, may_be_for};
use wire::der::Tag;
use wire::{AlgorithmIdentifier, oids};

use crate::enveloped::kem::KemHow;
use crate::enveloped::opened::Opened;
use crate::enveloped::recipient_key::RecipientKey;
use crate::enveloped::shared;
use crate::error::{Error, SharedKind};
use crate::keys::{Keys, OwnKey, names};
use crate::permit::Permit;

/// One recipient of a message, as its RecipientInfo tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientSeen {
    /// The identifier: `issuer-serial:<serial in hex>` or `key-id:<hex>`.
    pub id: String,
    /// How the key reaches them, such as `rsa-pkcs1`, `rsa-oaep-sha256`, `ecdh-p256`, `x25519`,
    /// `ml-kem-768`.
    pub algorithm: String,
    /// The name of our own key it is for.
    pub local: Option<String>,
    /// The certificate whose key it is for; `None` where it is for a secret that both sides hold.
    pub certificate: Option<RecipientKey>,
}

/// RecipientInfos as they are scanned: raw, so that a thousand cost no thousand parses, with the few
/// that our keys can open.
#[derive(Debug, Default)]
pub(crate) struct Recipients {
    /// How many there are.
    count: usize,
    /// Octets of all of them.
    octets: usize,
    /// Whether those are kept that no key is named for.
    everyone: bool,
    raw: Vec<u8>,
    /// The place among all of each that is kept, and where it ends in `raw`.
    kept: Vec<(usize, usize)>,
    /// The kinds of secrets among them.
    secrets: Vec<SharedKind>,
    candidates: Vec<(usize, Arc<OwnKey>)>,
    /// A key that would fit and is locked; reported only if no other opens the message.
    locked: bool,
}

impl Recipients {
    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Takes in every RecipientInfo that is here as a whole, and says how many octets they are. What is unknown is remembered
    /// and passed over (CMS-04).
    pub fn take_all(&mut self, elements: &[u8], keys: &dyn Keys) -> Result<usize, Error> {
        let mut rest = elements;
        if self.everyone && self.count == 0 && elements.len() >= MANY {
            // Whatever their number is said to be: room for a thousand, so that what is there need not be moved.
            self.raw.reserve(ROOM);
            self.kept.reserve(1024);
        }
        while let Some((element, after)) = ber::first_element(rest, MAX_RECIPIENT) {
            rest = after;
            self.octets += element.len();
            if self.count >= MAX_RECIPIENTS || self.octets > MAX_RECIPIENTS_LENGTH {
                return Err(Error::Damaged(wire::Error::LimitExceeded("recipients")));
            }
            self.note_secret(element);
            let before = self.candidates.len();
            if may_be_for(element, |id| keys.may_have(id)) {
                self.candidates_of(element, keys)?;
            }
            if self.everyone || self.candidates.len() > before {
                self.raw.extend_from_slice(element);
                self.kept.push((self.count, self.raw.len()));
            }
            self.count += 1;
        }
        Ok(elements.len() - rest.len())
    }

    fn note_secret(&mut self, element: &[u8]) {
        let kind = match element.first().map(|tag| Tag(*tag)) {
            Some(KEK) => SharedKind::Kek,
            Some(PASSWORD) => SharedKind::Password,
            _ => return,
        };
        if !self.secrets.contains(&kind) {
            self.secrets.push(kind);
        }
    }

    /// Remembers the keys that this next one names.
    fn candidates_of(&mut self, element: &[u8], keys: &dyn Keys) -> Result<(), Error> {
        let index = self.count;
        match RecipientInfo::from_der(&definite(element)) {
            Ok(RecipientInfo::KeyTransport(r)) => self.look_up(index, &r.recipient, keys)?,
            Ok(RecipientInfo::KeyAgreement(r)) => {
                for key in r.keys().take(MAX_RECIPIENTS) {
                    self.look_up(index, &key.recipient, keys)?;
                }
            }
            Ok(RecipientInfo::Kem(r)) => self.look_up(index, &r.recipient, keys)?,
            _ => {}
        }
        Ok(())
    }

    fn look_up(&mut self, index: usize, id: &RecipientId<'_>, keys: &dyn Keys) -> Result<(), Error> {
        match keys.find(id) {
            Ok(found) => {
                for own in found {
                    // One agreement may name a key thousands of times: it is one candidate all the same.
                    let mut here = self.candidates.iter().rev().take_while(|(i, _)| *i == index);
                    if !here.any(|(_, other)| same(other, &own)) {
                        self.candidates.push((index, own));
                    }
                }
            }
            Err(Error::Locked) => self.locked = true,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Takes in all of a message, at least one (RFC 5652 §6.1). `everyone` says that those are to be kept too whom no key
    /// is for: a report wants to name them.
    pub fn read<R: BufRead>(&mut self, ber: &mut BerReader<R>, keys: &dyn Keys, everyone: bool) -> Result<(), Error> {
        self.everyone = everyone || !keys.shared().is_empty() || !keys.uncertified().is_empty();
        ber.enter(Tag::SET)?;
        while ber.peek()?.is_some() {
            let used = self.take_all(ber.window()?, keys)?;
            ber.consume_elements(used);
            if used == 0 {
                self.take_all(&ber.element(MAX_RECIPIENT)?, keys)?;
            }
        }
        ber.leave()?;
        if self.is_empty() { Err(Error::Malformed("encrypted to nobody")) } else { Ok(()) }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// One of those that are kept with definite lengths, as it is parsed.
    fn element(&self, index: usize) -> Cow<'_, [u8]> {
        let at = self.kept.binary_search_by_key(&index, |(index, _)| *index).ok();
        let start = at.map(|at| at.checked_sub(1).and_then(|before| self.kept.get(before)).map_or(0, |(_, end)| *end));
        let end = at.and_then(|at| self.kept.get(at)).map(|(_, end)| *end);
        let raw = start.zip(end).and_then(|(start, end)| self.raw.get(start..end));
        definite(raw.unwrap_or_default())
    }

    /// Each recipient for people and reports, of those that are kept.
    pub fn seen(&self) -> Vec<RecipientSeen> {
        let mut out = Vec::with_capacity(self.kept.len());
        // Most recipients of a message are reached the same way.
        let mut last = (Vec::new(), String::new());
        for (index, _) in self.kept.iter().copied() {
            if out.len() >= MAX_RECIPIENTS {
                break;
            }
            let local = |id: &RecipientId<'_>| {
                let mut mine = self.candidates.iter().filter(|(i, _)| *i == index);
                mine.find(|(_, own)| names(own, id)).map(|(_, own)| own.name.clone())
            };
            let element = self.element(index);
            match RecipientInfo::from_der(&element).ok() {
                Some(RecipientInfo::KeyTransport(r)) => {
                    if last.0 != r.algorithm {
                        last = (r.algorithm.to_vec(), transport_name(r.algorithm));
                    }
                    let (id, local) = (id_text(&r.recipient), local(&r.recipient));
                    out.push(RecipientSeen {
                        id,
                        algorithm: last.1.clone(),
                        local,
                        certificate: Some(RecipientKey::of(&r.recipient)),
                    });
                }
                Some(RecipientInfo::KeyAgreement(r)) => {
                    let algorithm = agreement_name(&r);
                    let room = MAX_RECIPIENTS - out.len();
                    out.extend(r.keys().take(room).map(|k| RecipientSeen {
                        id: id_text(&k.recipient),
                        algorithm: algorithm.clone(),
                        local: local(&k.recipient),
                        certificate: Some(RecipientKey::of(&k.recipient)),
                    }));
                }
                Some(RecipientInfo::Kem(r)) => {
                    let (id, local) = (id_text(&r.recipient), local(&r.recipient));
                    let certificate = Some(RecipientKey::of(&r.recipient));
                    out.push(RecipientSeen { id, algorithm: kem_name(r.kem), local, certificate });
                }
                other => {
                    let id = other.as_ref().map(shared::id).unwrap_or_default();
                    out.push(RecipientSeen { id, algorithm: other_name(other), local: None, certificate: None });
                }
            }
        }
        out
    }

    /// The content key, of so many octets, and the name of the key that opened it. `doomed` says that every attempt failed
    /// and the key is a random one: the caller goes on as if nothing had happened and fails at the end,
    /// like every other failure.
    ///
    /// What the policy refuses is passed over like what is not supported: no key is used on it.
    pub fn content_key(
        &self,
        length: usize,
        keys: &dyn Keys,
        permit: Permit<'_>,
        rng: &mut dyn Random,
    ) -> Result<Opened, Error> {
        let uncertified = if self.candidates.is_empty() { keys.uncertified() } else { Vec::new() };
        let secrets = keys.shared();
        // Nobody needs the others, unless keys are tried that no recipient names.
        let everyone = !uncertified.is_empty() || !secrets.is_empty();
        let whole = if everyone { self.len() } else { 0 };
        let all: Vec<_> = (0..whole).map(|index| self.element(index)).collect();
        let infos = || all.iter().filter_map(|element| RecipientInfo::from_der(element).ok());
        let named: Vec<_> = self.candidates.iter().map(|(index, own)| (self.element(*index), own)).collect();
        let mut attempts: Vec<_> = named
            .iter()
            .filter_map(|(element, own)| Some((RecipientInfo::from_der(element).ok()?, Arc::clone(own))))
            .collect();
        for own in &uncertified {
            attempts.extend(infos().filter(|info| fits(info, own)).map(|info| (info, Arc::clone(own))));
        }
        let shared = shared::candidates(infos(), secrets);
        if attempts.is_empty() && shared.is_empty() {
            let (recipients, secrets) = (self.len(), self.secrets.clone());
            return Err(if self.locked { Error::Locked } else { Error::NotForUs { recipients, secrets } });
        }
        let mut opened: Option<Opened> = None;
        let mut unsupported = Error::CannotDecrypt;
        let mut operations = 0;
        for (info, own) in &attempts {
            let how = How::of(info).and_then(|how| Ok((permit.judge(&how.algorithms(own))?, how)));
            let (warnings, how) = match how {
                Ok(how) => how,
                Err(error) => {
                    unsupported = error; // the others still count (CMS-04)
                    continue;
                }
            };
            operations += 1;
            if operations > MAX_OPERATIONS {
                break;
            }
            // Every attempt is made, whatever the ones before it gave (K-02).
            let attempt = attempt(info, &how, own, length, rng)?;
            if opened.as_ref().is_none_or(|best| best.substituted && !attempt.substituted) {
                opened = Some(Opened { warnings, ..attempt });
            }
        }
        for (info, secret) in shared.iter().take(MAX_OPERATIONS) {
            match shared::attempt(info, secret, length, permit, rng)? {
                Ok(attempt) if opened.as_ref().is_none_or(|best| best.substituted && !attempt.substituted) => {
                    opened = Some(attempt);
                }
                Ok(_) => {}
                Err(error) => unsupported = error,
            }
        }
        opened.ok_or(unsupported)
    }
}

/// With lengths that are definite: names are compared byte by byte with a certificate's.
fn definite(element: &[u8]) -> Cow<'_, [u8]> {
    if !has_end_mark(element) || ber::is_definite(element) {
        return Cow::Borrowed(element);
    }
    ber::to_definite(element).unwrap_or(Cow::Borrowed(element))
}

/// Whether there are two zeros, as an end mark has (X.690 §8.1.5): where there are none, no length is indefinite.
fn has_end_mark(element: &[u8]) -> bool {
    memchr::memchr_iter(0, element).any(|at| element.get(at + 1) == Some(&0))
}

/// How one RecipientInfo carries the key: what can be seen, and refused, without using a key.
enum How {
    Transport(KeyTransport),
    Agreement(AgreementScheme, KeyWrap),
    Kem(KemHow),
}

impl How {
    fn of(info: &RecipientInfo<'_>) -> Result<How, Error> {
        match info {
            RecipientInfo::KeyTransport(r) => {
                Ok(How::Transport(KeyTransport::from_algorithm(&AlgorithmIdentifier::from_der(r.algorithm)?)?))
            }
            RecipientInfo::KeyAgreement(KeyAgreeRecipient {
                originator: Originator::Key { .. }, algorithm, ..
            }) => {
                let (scheme, wrap) = AgreementScheme::from_algorithm(&AlgorithmIdentifier::from_der(algorithm)?)?;
                Ok(How::Agreement(scheme, wrap))
            }
            RecipientInfo::Kem(r) => Ok(How::Kem(KemHow::of(r)?)),
            _ => Err(Error::Unsupported("this kind of recipient".to_owned())),
        }
    }

    /// Everything in it that the policy has a say on, the key included.
    fn algorithms(&self, own: &OwnKey) -> Vec<Algorithm> {
        let key = Algorithm::from(&own.key.public().kind());
        match self {
            How::Transport(transport) => vec![Algorithm::from(transport), key],
            How::Agreement(scheme, wrap) => vec![Algorithm::from(scheme), Algorithm::from(*wrap), key],
            How::Kem(how) => vec![Algorithm::from(how.wrap), key],
        }
    }
}

fn attempt(
    info: &RecipientInfo<'_>,
    how: &How,
    own: &OwnKey,
    length: usize,
    rng: &mut dyn Random,
) -> Result<Opened, Error> {
    let (result, rejected) = match (info, how) {
        (RecipientInfo::KeyTransport(r), How::Transport(how)) => {
            let cek = crypto::transport_cek(own.key.as_ref(), how, r.encrypted_key, length, rng);
            // For PKCS#1 v1.5 a failure is a substituted key, which only its repetition tells apart.
            (cek, own.key.implicit_rejection(r.encrypted_key, length))
        }
        (RecipientInfo::KeyAgreement(r), How::Agreement(scheme, wrap)) => {
            (agreement(r, (*scheme, *wrap), own, length), None)
        }
        (RecipientInfo::Kem(r), How::Kem(how)) => (how.open(r, own, length), None),
        _ => (Err(crypto::Error::Failed), None),
    };
    let name = own.name.clone();
    Ok(match result {
        Ok(cek) if cek.len() == length => {
            let substituted = rejected.is_some_and(|other| other == cek);
            Opened { cek, name, doomed: false, substituted, warnings: Vec::new() }
        }
        _ => Opened::of(Err(crypto::Error::Failed), name, length, rng)?,
    })
}

fn agreement(
    r: &KeyAgreeRecipient<'_>,
    (scheme, wrap): (AgreementScheme, KeyWrap),
    own: &OwnKey,
    length: usize,
) -> Result<Secret, crypto::Error> {
    let Originator::Key { algorithm, key } = &r.originator else { return Err(crypto::Error::Failed) };
    originator_fits(&AlgorithmIdentifier::from_der(algorithm)?, &own.key.public().kind())?;
    let shared = own.key.agree(key)?;
    let kek = crypto::agreement_kek(scheme, &shared, wrap, r.ukm)?;
    let mut result = Err(crypto::Error::Failed);
    // With a certificate only the keys wrapped for it are tried; without, any, within a bound.
    let mine = r.keys().filter(|k| own.certificate.is_none() || names(own, &k.recipient));
    for wrapped in mine.take(MAX_OPERATIONS) {
        if let Ok(cek) = wrap.unwrap(&kek, wrapped.encrypted_key)
            && cek.len() == length
        {
            result = Ok(cek);
        }
    }
    result
}

/// The originator's algorithm is the recipient's: absent, NULL or the same curve for ECDH (RFC 5753
/// §7.1.1), exactly X25519 or X448 for these (RFC 8418 §2).
fn originator_fits(algorithm: &AlgorithmIdentifier, kind: &KeyKind) -> Result<(), crypto::Error> {
    let of_curve = |curve: wire::Oid| {
        let named = wire::der::Writer::new().oid(curve).as_bytes().to_vec();
        algorithm.oid == oids::EC_PUBLIC_KEY
            && (algorithm.has_no_parameters() || algorithm.parameters.as_deref() == Some(named.as_slice()))
    };
    let fits = match kind {
        KeyKind::Ec(curve) => of_curve(curve.oid()),
        KeyKind::Brainpool(curve) => of_curve(curve.oid()),
        KeyKind::X25519 => algorithm.oid == oids::X25519 && algorithm.parameters.is_none(),
        KeyKind::X448 => algorithm.oid == oids::X448 && algorithm.parameters.is_none(),
        _ => false,
    };
    if fits { Ok(()) } else { Err(crypto::Error::Failed) }
}

/// Whether keys of this kind agree on keys.
fn agrees(kind: &KeyKind) -> bool {
    matches!(kind, KeyKind::Ec(_) | KeyKind::Brainpool(_) | KeyKind::X25519 | KeyKind::X448)
}

fn fits(info: &RecipientInfo<'_>, own: &OwnKey) -> bool {
    match (info, own.key.public().kind()) {
        (RecipientInfo::KeyTransport(_), KeyKind::Rsa { .. }) => true,
        (RecipientInfo::KeyAgreement(r), kind) if agrees(&kind) => {
            matches!(&r.originator, Originator::Key { algorithm, .. }
                if AlgorithmIdentifier::from_der(algorithm).is_ok_and(|a| originator_fits(&a, &kind).is_ok()))
        }
        (RecipientInfo::Kem(r), kind) => {
            let kem = AlgorithmIdentifier::from_der(r.kem).ok().and_then(|a| Kem::from_algorithm(&a).ok());
            kem.is_some_and(|kem| match kem {
                Kem::Rsa => matches!(kind, KeyKind::Rsa { .. }),
                other => Kem::for_key(&kind) == Some(other),
            })
        }
        _ => false,
    }
}

fn same(a: &OwnKey, b: &OwnKey) -> bool {
    a.certificate == b.certificate && a.key.public().spki() == b.key.public().spki()
}

fn id_text(id: &RecipientId<'_>) -> String {
    let (kind, octets) = match id {
        RecipientId::IssuerSerial { serial, .. } => ("issuer-serial:", *serial),
        RecipientId::KeyId(id) => ("key-id:", *id),
    };
    [kind, &wire::hex(octets)].concat()
}

fn transport_name(algorithm: &[u8]) -> String {
    let known = AlgorithmIdentifier::from_der(algorithm).ok().and_then(|a| KeyTransport::from_algorithm(&a).ok());
    known.map_or_else(|| "unknown".to_owned(), |k| k.to_string())
}

fn kem_name(algorithm: &[u8]) -> String {
    let known = AlgorithmIdentifier::from_der(algorithm).ok().and_then(|a| Kem::from_algorithm(&a).ok());
    known.map_or_else(|| "unknown".to_owned(), |k| k.to_string())
}

fn agreement_name(r: &KeyAgreeRecipient<'_>) -> String {
    let Originator::Key { algorithm, key } = &r.originator else { return "static".to_owned() };
    match AlgorithmIdentifier::from_der(algorithm).map(|a| a.oid) {
        Ok(oids::X25519) => "x25519".to_owned(),
        Ok(oids::X448) => "x448".to_owned(),
        Ok(oids::EC_PUBLIC_KEY) => match key.len() {
            65 => "ecdh-p256".to_owned(),
            97 => "ecdh-p384".to_owned(),
            133 => "ecdh-p521".to_owned(),
            _ => "ecdh".to_owned(),
        },
        _ => "unknown".to_owned(),
    }
}

fn other_name(info: Option<RecipientInfo<'_>>) -> String {
    match info {
        Some(RecipientInfo::Kek(_)) => "kek".to_owned(),
        Some(RecipientInfo::Password(_)) => "password".to_owned(),
        Some(RecipientInfo::Other(oid)) => oid.name().map_or_else(|| oid.to_string(), str::to_owned),
        _ => "unknown".to_owned(),
    }
}

/// KEKRecipientInfo and PasswordRecipientInfo in the CHOICE of RFC 5652 §6.2.
const KEK: Tag = Tag::context(2);
const PASSWORD: Tag = Tag::context(3);
/// Octets of one RecipientInfo: one key agreement may serve thousands.
const MAX_RECIPIENT: usize = 2 * 1024 * 1024;
/// Octets of RecipientInfos at hand that more will follow.
const MANY: usize = 8 * 1024;
/// Octets that are made room for then.
const ROOM: usize = 512 * 1024;
/// RecipientInfos scanned (standards.md §19).
const MAX_RECIPIENTS: usize = 5000;
/// Octets of all RecipientInfos.
const MAX_RECIPIENTS_LENGTH: usize = 8 * 1024 * 1024;
/// Private-key operations per message (standards.md §19).
const MAX_OPERATIONS: usize = 4;
