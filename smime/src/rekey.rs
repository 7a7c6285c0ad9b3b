//! Kept mail under a newer key: the outer encryption of a mail is replaced, and what it holds stays octet for octet.
//!
//! Nothing becomes better proven by this: what only an unauthenticated cipher held is written in CBC again, unless a good
//! signature within covers all of it (RFC 8551 §6 on why CBC proves nothing).

use std::fmt;
use std::io::{self, BufRead, Write};

use cms::{EncryptWriter, Encryption, Permit, Recipient, Source};
use crypto::{ContentCipher, Random, SystemRandom};
use mime::{Base64Writer, CrlfToLf, Header, Limits, TransferEncoding};
use trust::{Address, Algorithm, Policy, Use, certificate_addresses};
use wire::{Certificate, Time, oids};

use crate::keyring::{KeyPlace, Keyring};
use crate::open::begin::{walk, walk_one};
use crate::open::walk::{End, LayerKind, Plan, Purpose, Way};
use crate::open::{self, OpenError};
use crate::seal::SealError;
use crate::seal::choose::{Rules, choose};
use crate::seal::people::Judge;
use crate::stateless::pinned::Pinned;
use crate::stateless::{Decrypted, DecryptedFacts, decrypt};

/// What a kept mail is to whoever changed a key.
pub enum Kept<'s> {
    /// It is not encrypted.
    Plain,
    /// It is encrypted to the keys of ours that are current, and to no older one.
    Current,
    /// It stays as it is.
    Left(WhyLeft),
    /// It is encrypted to an older key of ours.
    Old(OldMail<'s>),
}

/// Why an encrypted mail stays as it is.
#[derive(Debug)]
#[non_exhaustive]
pub enum WhyLeft {
    /// Its encryption is not its outermost layer: it stands in another mail, or a signature is around it.
    NotOutermost,
    /// It is a file of CMS, or begins with what belongs to a mailbox: no mail whose header could stay.
    NotMail,
    /// What is encrypted is said to be something else than a MIME entity.
    NotEntity,
    /// It is for none of the keys here.
    NotOurs,
    /// There is no key that has taken the place of the one it is for.
    NoCurrentKey(Vec<Address>),
    /// It proves nothing by itself, and the policy writes no cipher that is as weak.
    NoCipher,
    /// It cannot be opened.
    CannotOpen(OpenError),
    /// It cannot be written to the current key.
    CannotSeal(SealError),
}

impl WhyLeft {
    /// The word for it in reports.
    pub fn code(&self) -> &'static str {
        match self {
            WhyLeft::NotOutermost => "not-outermost",
            WhyLeft::NotMail => "not-a-mail",
            WhyLeft::NotEntity => "not-an-entity",
            WhyLeft::NotOurs => "not-ours",
            WhyLeft::NoCurrentKey(_) => "no-current-key",
            WhyLeft::NoCipher => "no-cipher",
            WhyLeft::CannotOpen(_) => "cannot-open",
            WhyLeft::CannotSeal(_) => "cannot-seal",
        }
    }
}

impl fmt::Display for WhyLeft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WhyLeft::NotOutermost => f.write_str("its encryption is not its outermost layer"),
            WhyLeft::NotMail => f.write_str("it is no mail with a header of its own"),
            WhyLeft::NotEntity => f.write_str("what is encrypted is no MIME entity"),
            WhyLeft::NotOurs => f.write_str("it is encrypted to none of the keys here"),
            WhyLeft::NoCurrentKey(of) => {
                f.write_str("there is no current key of ")?;
                for (i, address) in of.iter().enumerate() {
                    write!(f, "{}{address}", if i == 0 { "" } else { " or " })?;
                }
                Ok(())
            }
            WhyLeft::NoCipher => {
                f.write_str("it proves nothing, and the policy writes no cipher that does not authenticate")
            }
            WhyLeft::CannotOpen(error) => error.fmt(f),
            WhyLeft::CannotSeal(error) => error.fmt(f),
        }
    }
}

/// A mail that is encrypted to an older key and was opened; it can be written to the current one.
pub struct OldMail<'s> {
    scene: Scene<'s>,
    source: Pinned<'s>,
    header: Header,
    was: ContentCipher,
    cipher: ContentCipher,
    recipients: Vec<Recipient>,
}

/// By what a mail is judged.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) keyring: &'a dyn Keyring,
    pub(crate) policy: &'a Policy,
    pub(crate) now: Time,
}

/// Looks at a kept mail, and opens it if it is for an older key.
///
/// # Errors
/// [`OpenError`] where nothing can be said of any mail: [`OpenError::Locked`], [`OpenError::Keyring`],
/// [`OpenError::Random`], and [`OpenError::Io`].
pub(crate) fn look<'s>(source: &'s dyn Source, scene: Scene<'s>, rng: &mut dyn Random) -> Result<Kept<'s>, OpenError> {
    let walk = walk_one(source, Purpose::Inspect)?;
    let outermost = match walk.kinds.first() {
        Some(LayerKind::Enveloped | LayerKind::AuthEnveloped) => true,
        Some(LayerKind::Encrypted) => return Ok(Kept::Left(WhyLeft::NotOurs)),
        _ => false,
    };
    let End::Sealed(seen) = walk.end else {
        if outermost {
            return failed(scene.opened(source, rng).err());
        }
        return beneath(source);
    };
    if walk.way != Way::Mail {
        return Ok(Kept::Left(if walk.way.is_file() { WhyLeft::NotMail } else { WhyLeft::NotOutermost }));
    }
    let named: Vec<_> = seen.recipients.iter().filter_map(|one| one.certificate.as_ref()).collect();
    let ours = scene.ours(named.iter().map(|key| key.id()))?;
    if ours.is_empty() {
        return Ok(Kept::Left(WhyLeft::NotOurs));
    }
    let addresses = addresses(&ours);
    let judge = Judge { policy: scene.policy, keyring: scene.keyring, now: scene.now };
    let mut persons = Vec::new();
    for address in &addresses {
        // Somebody else's certificate for the address is no key of ours.
        persons.extend(judge.persons(&[address], address).unwrap_or_default().into_iter().filter(|p| p.is_own()));
    }
    let current = |certificate: &Certificate| persons.iter().any(|person| person.certificates.contains(certificate));
    if persons.is_empty() {
        return Ok(Kept::Left(WhyLeft::NoCurrentKey(addresses)));
    }
    if ours.iter().all(current) {
        return Ok(Kept::Current);
    }
    if seen.content_type != oids::DATA {
        return Ok(Kept::Left(WhyLeft::NotEntity));
    }
    let source = Pinned::new(source, rng)?;
    let Some(header) = header(&source)? else { return Ok(Kept::Left(WhyLeft::NotMail)) };
    let (was, proven) = match scene.proven(&source, rng) {
        Ok(proven) => proven,
        Err(error) => return failed(Some(error)),
    };
    let rules = Rules { policy: scene.policy, now: scene.now, profile: scene.policy.writing(), signed: false };
    let chosen = match choose(&persons, rules) {
        Ok(chosen) => chosen,
        Err(error) => return Ok(Kept::Left(WhyLeft::CannotSeal(error))),
    };
    let cipher = if proven { Some(chosen.choice.cipher) } else { scene.unauthenticated() };
    let Some(cipher) = cipher else { return Ok(Kept::Left(WhyLeft::NoCipher)) };
    Ok(Kept::Old(OldMail { scene, source, header, was, cipher, recipients: chosen.recipients }))
}

impl Scene<'_> {
    /// The certificates among these recipients whose keys are here.
    fn ours<'r>(
        self,
        recipients: impl Iterator<Item = wire::cms::RecipientId<'r>>,
    ) -> Result<Vec<Certificate>, OpenError> {
        let failed = |error: crate::KeyringError| OpenError::from(cms::Error::from(error));
        let mut found: Vec<Certificate> = Vec::new();
        for id in recipients {
            let known = self.keyring.known(&id).map_err(failed)?;
            if known.is_empty() {
                // One without a memory has keys all the same.
                found.extend(self.keyring.find(&id)?.iter().filter_map(|own| own.certificate.clone()));
            }
            let here = known.into_iter().filter(|known| known.key == KeyPlace::Here);
            found.extend(here.map(|known| known.certificate));
        }
        found.dedup();
        Ok(found)
    }

    fn opened<'s>(self, source: &'s dyn Source, rng: &mut dyn Random) -> Result<Decrypted<'s>, OpenError> {
        decrypt(source, self.keyring, Permit::new(self.policy, self.now), rng)
    }

    /// The cipher of a mail that was opened whole, and whether its content is proven: by the cipher, or by a good
    /// signature directly within that covers all of it.
    fn proven(self, source: &dyn Source, rng: &mut dyn Random) -> Result<(ContentCipher, bool), OpenError> {
        let decrypted = self.opened(source, rng)?;
        let DecryptedFacts::Enveloped(facts) = decrypted.facts() else { return Err(OpenError::CannotDecrypt) };
        if facts.authenticated {
            return Ok((facts.cipher, true));
        }
        let opened = open::open(source, self.keyring, self.policy, self.now, Plan::default(), rng);
        // What is within need be no mail that anybody can read: then nothing proves it.
        let covered = opened.is_ok_and(|opened| {
            let outermost = opened.report().layers.first();
            outermost.is_some_and(|layer| layer.confidentiality == Some("authenticated"))
        });
        Ok((facts.cipher, covered))
    }

    /// The cipher that is written where nothing is proven.
    fn unauthenticated(self) -> Option<ContentCipher> {
        let accepted =
            |c: &ContentCipher| self.policy.judge(Use::Encrypt, &Algorithm::from(*c), self.now).is_accepted();
        [ContentCipher::Aes256Cbc, ContentCipher::Aes128Cbc].into_iter().find(accepted)
    }
}

/// A mail whose outermost layer is no encryption may have some within a signature, which cannot be replaced.
fn beneath<'s>(source: &dyn Source) -> Result<Kept<'s>, OpenError> {
    let walk = walk(source, Purpose::Inspect)?;
    let encrypted = matches!(walk.end, End::Sealed(_));
    Ok(if encrypted { Kept::Left(WhyLeft::NotOutermost) } else { Kept::Plain })
}

/// A failure of this one mail leaves it; one of the keyring is everybody's.
fn failed<'s>(error: Option<OpenError>) -> Result<Kept<'s>, OpenError> {
    match error.unwrap_or(OpenError::CannotDecrypt) {
        error @ (OpenError::Locked | OpenError::Keyring(_) | OpenError::Random | OpenError::Io(_)) => Err(error),
        error => Ok(Kept::Left(WhyLeft::CannotOpen(error))),
    }
}

/// The addresses that these certificates name, each once.
fn addresses(certificates: &[Certificate]) -> Vec<Address> {
    let mut found: Vec<Address> = Vec::new();
    for address in certificates.iter().flat_map(certificate_addresses) {
        if !found.iter().any(|known| known.same_mailbox(&address)) {
            found.push(address);
        }
    }
    found
}

/// The header as it stands; `None` where something else stands before it.
fn header(source: &dyn Source) -> Result<Option<Header>, OpenError> {
    let mut input = source.open().map_err(OpenError::Io)?;
    let before = mime::skip_prelude(&mut input).map_err(OpenError::Io)?;
    if before.byte_order_mark || before.mbox_line {
        return Ok(None);
    }
    Header::read(&mut input, &Limits::default()).map(Some).map_err(OpenError::from)
}

impl OldMail<'_> {
    /// The cipher that it has.
    pub fn was(&self) -> ContentCipher {
        self.was
    }

    /// The cipher that it gets.
    pub fn cipher(&self) -> ContentCipher {
        self.cipher
    }

    /// The certificates that it is encrypted to from now on.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.recipients.iter().map(|recipient| &recipient.certificate)
    }

    /// Writes it, under its own header. Only what the header says of the encryption follows it, and fields that tell the
    /// length of the former body are left out.
    ///
    /// # Errors
    /// [`OpenError::Changed`] or [`OpenError::Io`] where it cannot be read again or written,
    /// [`OpenError::CannotDecrypt`] where it no longer opens.
    pub fn write(&self, out: &mut dyn Write) -> Result<(), OpenError> {
        let rng = &mut SystemRandom;
        let decrypted = self.scene.opened(&self.source, rng)?;
        let mut content = decrypted.content()?;
        self.write_header(out).map_err(OpenError::Io)?;
        let how = Encryption {
            cipher: self.cipher,
            recipients: &self.recipients,
            shared: &[],
            derive_key: false,
            workers: None,
        };
        if self.line_end() == b"\n" {
            let mut lf = CrlfToLf::new(out);
            encrypt(&mut content, &how, &mut lf, rng)?;
            lf.finish().map_err(OpenError::Io)?;
        } else {
            encrypt(&mut content, &how, out, rng)?;
        }
        Ok(())
    }

    /// Whether what was written opens with the keys at hand and holds the same octets.
    ///
    /// # Errors
    /// As [`OldMail::write`].
    pub fn is_in(&self, written: &dyn Source) -> Result<bool, OpenError> {
        let rng = &mut SystemRandom;
        let (old, new) = (self.scene.opened(&self.source, rng)?, self.scene.opened(written, rng)?);
        let (mut old, mut new) = (old.content()?, new.content()?);
        loop {
            let (a, b) = (old.fill_buf().map_err(read)?, new.fill_buf().map_err(read)?);
            let length = a.len().min(b.len());
            if length == 0 {
                return Ok(a.is_empty() && b.is_empty());
            }
            if a.get(..length) != b.get(..length) {
                return Ok(false);
            }
            old.consume(length);
            new.consume(length);
        }
    }

    fn line_end(&self) -> &[u8] {
        match self.header.blank_line() {
            b"\n" => b"\n",
            _ => b"\r\n",
        }
    }

    fn write_header(&self, out: &mut dyn Write) -> io::Result<()> {
        let kind = if self.cipher.is_aead() { "authEnveloped-data" } else { "enveloped-data" };
        let same = self.was.is_aead() == self.cipher.is_aead();
        let end = self.line_end();
        let mut encoded = false;
        for field in self.header.fields() {
            if field.is("Content-Type") && !same {
                // RFC 8551 §3.2.2.
                write!(out, "Content-Type: application/pkcs7-mime; smime-type={kind};")?;
                out.write_all(end)?;
                out.write_all(b" name=\"smime.p7m\"")?;
                out.write_all(end)?;
            } else if field.is("Content-Transfer-Encoding") {
                if !encoded && self.header.transfer_encoding() == TransferEncoding::Base64 {
                    out.write_all(field.raw())?;
                } else if !encoded {
                    out.write_all(b"Content-Transfer-Encoding: base64")?;
                    out.write_all(end)?;
                }
                encoded = true;
            } else if !OF_THE_BODY.iter().any(|name| field.is(name)) {
                out.write_all(field.raw())?;
            }
        }
        if !encoded {
            out.write_all(b"Content-Transfer-Encoding: base64")?;
            out.write_all(end)?;
        }
        out.write_all(end)
    }
}

fn encrypt(
    content: &mut dyn BufRead,
    how: &Encryption<'_>,
    out: &mut dyn Write,
    rng: &mut dyn Random,
) -> Result<(), OpenError> {
    let mut writer = EncryptWriter::begin(Base64Writer::new(out), how, rng)?;
    loop {
        let piece = content.fill_buf().map_err(read)?;
        if piece.is_empty() {
            break;
        }
        writer.write_all(piece).map_err(OpenError::Io)?;
        let length = piece.len();
        content.consume(length);
    }
    writer.finish()?.finish().map_err(OpenError::Io)?;
    Ok(())
}

/// What the second reading says travels inside an [`io::Error`].
fn read(error: io::Error) -> OpenError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<OpenError>()) {
        Some(OpenError::Changed) => OpenError::Changed,
        _ => cms::Error::from_io(error).into(),
    }
}

/// Fields that tell the length or the digest of a body (mboxcl; RFC 1864), whose body it is no more.
const OF_THE_BODY: [&str; 3] = ["Content-Length", "Lines", "Content-MD5"];
