//! Verifying and decrypting files.

use std::io::Read;

use cms::{
    AuthenticatedFacts, CompressedFacts, ContentKey, EnvelopedFacts, Inflated, Keys, NoReceipt, Permit, SignedFacts,
    Source,
};
use crypto::{Digest, Hasher, Random};
use mime::{Header, Limits, LineStyle};
use trust::{Fetch, Policy, RevocationEvidence};
use wire::{Certificate, Time};

use crate::keyring::NoKeyring;
use crate::open::begin::{walk_again, walk_inflating, walk_one};
use crate::open::judge::{Judge, Judged};
use crate::open::mail::Mail;
use crate::open::prove::{Blocks, multipart};
use crate::open::receipts;
use crate::open::stage::{LayerEnd, PartsEnd, Stage};
use crate::open::walk::{Body, End, Entity, Failure, LayerKind, MAX_INFLATED, Plan, Purpose, Walk};
use crate::open::{MessageKind, OpenError, is_damage};
use crate::report::{FindingReport, ReceiptReport, SignerReport};
use crate::verdict::{Code, Finding, Severity};

/// By what a signature is judged.
pub struct VerifyRequest<'a> {
    /// Which algorithms count.
    pub policy: &'a Policy,
    /// When.
    pub now: Time,
    /// Whom to believe.
    pub trust: Trust,
    /// Certificates beside those in the message: of signers who did not send theirs, and of authorities. None of them
    /// is believed for being here.
    pub certificates: Vec<Certificate>,
    /// Accept signatures without signed attributes, which forgeries thrive on (V-07).
    pub without_attributes: bool,
}

impl<'a> VerifyRequest<'a> {
    /// Who judges by these, and whether anybody is believed.
    pub(super) fn judge(self) -> (Judge<'a>, bool) {
        let (anchors, anybody) = match self.trust {
            Trust::Anchors(anchors) => (anchors, false),
            Trust::Anybody => (Vec::new(), true),
        };
        let judge = Judge {
            policy: self.policy,
            now: self.now,
            keyring: &NoKeyring,
            anchors,
            intermediates: self.certificates,
            from: None,
            without_attributes: self.without_attributes,
            any_content: true,
            known: RevocationEvidence::default(),
            fetch: Fetch::Never,
        };
        (judge, anybody)
    }
}

/// Whom to believe.
#[derive(Debug, Clone)]
pub enum Trust {
    /// Whoever has a path to one of these.
    Anchors(Vec<Certificate>),
    /// Anybody: only the signature itself is checked.
    Anybody,
}

/// A message whose signatures were checked.
pub struct Verified<'s> {
    message: Message<'s>,
    certificates: Vec<Certificate>,
    judged: Judged,
    receipt: Option<ReceiptReport>,
    accepted: bool,
}

/// A message that was decrypted and proven.
pub struct Decrypted<'s> {
    message: Message<'s>,
    facts: DecryptedFacts,
}

/// By what a message was opened with a key.
#[derive(Debug)]
pub enum DecryptedFacts {
    /// Encryption.
    Enveloped(Box<EnvelopedFacts>),
    /// A code by a shared key over a content in clear (RFC 5652 §9).
    Authenticated(AuthenticatedFacts),
}

/// A message that was decompressed and found whole.
pub struct Decompressed<'s> {
    message: Message<'s>,
    facts: CompressedFacts,
}

struct Message<'s> {
    source: &'s dyn Source,
    /// Where the content is, if it is not in the message.
    content: Option<&'s dyn Source>,
    keys: Vec<ContentKey>,
    blocks: Blocks,
    /// Where the structure of CMS stands, if the source has it as it is.
    body: Option<Body>,
    /// Octets that may come out of compression.
    inflated: Inflated,
}

impl<'s> Message<'s> {
    fn new(source: &'s dyn Source, blocks: Blocks, body: Option<Body>) -> Self {
        Message { source, content: None, keys: Vec::new(), blocks, body, inflated: MAX_INFLATED }
    }
}

/// Checks every signature of a message; `content` is what a detached signature signs.
///
/// # Errors
/// [`OpenError`] where it is no signed message or cannot be read; what is wrong with its signatures is in
/// the result.
pub fn verify<'s>(
    source: &'s dyn Source,
    content: Option<&'s dyn Source>,
    request: VerifyRequest<'_>,
    rng: &mut dyn Random,
) -> Result<Verified<'s>, OpenError> {
    verify_knowing(source, content, request, RevocationEvidence::default(), rng)
}

/// The same, knowing of revocation what is given here beside what came with the message.
///
/// # Errors
/// As [`verify`].
pub fn verify_knowing<'s>(
    source: &'s dyn Source,
    content: Option<&'s dyn Source>,
    request: VerifyRequest<'_>,
    known: RevocationEvidence,
    rng: &mut dyn Random,
) -> Result<Verified<'s>, OpenError> {
    let (mut judge, anybody) = request.judge();
    judge.known = known;
    verify_by(source, content, &judge, anybody, rng)
}

/// The same by this judge; `anybody` leaves out whose signature it is.
pub(crate) fn verify_by<'s>(
    source: &'s dyn Source,
    content: Option<&'s dyn Source>,
    judge: &Judge<'_>,
    anybody: bool,
    rng: &mut dyn Random,
) -> Result<Verified<'s>, OpenError> {
    let mut plan = Plan::default();
    let mut found = signed(source, content, &mut plan, rng)?;
    if matches!(found, Reading::Again) {
        found = signed(source, content, &mut plan, rng)?; // with the digests that the hints did not name
    }
    let (facts, mut findings, message) = match found {
        Reading::Signed(read) => *read,
        Reading::Digested => return digested(source, anybody, rng),
        Reading::Again => return Err(OpenError::Damaged("it keeps asking for more".to_owned())),
    };
    let mut judged = judge.layer(&facts);
    if anybody {
        judged.findings.retain(|finding| !is_about_trust(finding.code));
    }
    if facts.signers.is_empty() {
        findings.push(Finding::new(Code::SignatureBad, Severity::Error, "nobody signed it"));
    }
    let plain = findings.iter().all(|finding| finding.severity != Severity::Error);
    judged.findings.splice(0..0, findings);
    let believed = if anybody { judged.good } else { judged.trusted };
    let accepted = plain && !judged.bad && !judged.stopped && believed;
    // Only the innermost signature asks for receipts (RFC 2634 §2.2).
    let asked = judged.receipt.take().filter(|asked| !matches!(asked, Err(NoReceipt::NotRequested)));
    let asked = asked.filter(|_| !judged.bad && !judged.stopped && !message.holds_a_layer());
    let receipt = receipts::tell(asked, &mut judged.findings);
    Ok(Verified { message, certificates: facts.certificates, judged, receipt, accepted })
}

/// A DigestedData, which nobody signed: enough for who believes anybody, and for nobody else.
fn digested<'s>(source: &'s dyn Source, accepted: bool, rng: &mut dyn Random) -> Result<Verified<'s>, OpenError> {
    let mut blocks = Blocks::new(rng)?;
    let mut walk =
        walk_one(source, Purpose::Prove { keys: &NoKeyring, permit: Permit::none(), rng, plan: &Plan::default() })?;
    take(&mut walk, &mut blocks, |_| {})?;
    let Some(LayerEnd::Digested(facts)) = walk.stage.unwind().pop() else {
        return Err(OpenError::Damaged("this is not a CMS message".to_owned()));
    };
    let facts = facts.map_err(OpenError::from)?;
    let (code, severity) = match accepted {
        true => (Code::UnsignedText, Severity::Warning),
        false => (Code::SignatureBad, Severity::Error),
    };
    let text = format!("nobody signed it: its {} digest holds, which anybody can compute", facts.digest);
    let judged = Judged { findings: vec![Finding::new(code, severity, text)], ..Judged::default() };
    Ok(Verified {
        message: Message::new(source, blocks, walk.body),
        certificates: Vec::new(),
        judged,
        receipt: None,
        accepted,
    })
}

pub(super) fn is_about_trust(code: Code) -> bool {
    matches!(
        code,
        Code::CertificateUntrusted
            | Code::CertificateExpired
            | Code::CertificateWrongPurpose
            | Code::CertificateWeak
            | Code::CertificateRevoked
            | Code::RevocationUnknown
            | Code::TimeStampUnusable
    )
}

/// What signs the one outermost layer of a message.
///
/// # Errors
/// [`OpenError`] where it is no signed message or cannot be read; [`OpenError::Unproven`] for text that nobody can read
/// in one way alone.
pub(super) fn signed_facts(
    source: &dyn Source,
    content: Option<&dyn Source>,
    rng: &mut dyn Random,
) -> Result<SignedFacts, OpenError> {
    let mut plan = Plan::default();
    for _ in 0..2 {
        match signed(source, content, &mut plan, rng)? {
            Reading::Signed(read) => {
                let (facts, findings, _) = *read;
                let broken = findings.into_iter().find(|finding| finding.severity == Severity::Error);
                return broken.map_or(Ok(facts), |finding| Err(OpenError::Unproven(finding.text)));
            }
            Reading::Digested => return Err(OpenError::Unproven("nobody signed it".to_owned())),
            Reading::Again => {}
        }
    }
    Err(OpenError::Damaged("it keeps asking for more".to_owned()))
}

/// What came of reading a message that should be signed.
enum Reading<'s> {
    Signed(Box<(SignedFacts, Vec<Finding>, Message<'s>)>),
    /// It has a digest, and no signature.
    Digested,
    /// Another reading is needed, with more digests.
    Again,
}

/// Reads a signed message once.
fn signed<'s>(
    source: &'s dyn Source,
    content: Option<&'s dyn Source>,
    plan: &mut Plan,
    rng: &mut dyn Random,
) -> Result<Reading<'s>, OpenError> {
    let mut blocks = Blocks::new(rng)?;
    let mut walk = walk_one(source, Purpose::Prove { keys: &NoKeyring, permit: Permit::none(), rng, plan })?;
    match walk.kinds.first() {
        Some(LayerKind::Digested) => return Ok(Reading::Digested),
        None | Some(LayerKind::Signed | LayerKind::MultipartSigned) => {}
        Some(other) => return Err(OpenError::OtherKind { found: other.message(), wanted: MessageKind::Signed }),
    }
    take(&mut walk, &mut blocks, |_| {})?;
    let mut findings = Vec::new();
    let mut ends = walk.stage.unwind();
    let mut facts = match ends.pop() {
        Some(LayerEnd::Signed(facts)) => facts.map_err(OpenError::from)?,
        Some(LayerEnd::Parts(PartsEnd { second: Err(mime::Error::Io(error)), .. })) if !is_damage(&error) => {
            return Err(OpenError::Io(error));
        }
        Some(LayerEnd::Parts(end)) => {
            let wanted = plan.digests.len();
            let part = multipart(end, &mut plan.digests);
            if plan.digests.len() > wanted {
                return Ok(Reading::Again);
            }
            if part.broken_text {
                let text = "what is signed has line ends that are not CRLF, or NUL";
                findings.push(Finding::new(Code::LineEndsMixed, Severity::Error, text));
            }
            if part.unsigned_text {
                let text = "there is text around the signed part that nobody signed; it is left out";
                findings.push(Finding::new(Code::UnsignedText, Severity::Note, text));
            }
            part.facts.map_err(OpenError::Damaged)?
        }
        _ => return Err(OpenError::Damaged("this is not a CMS message".to_owned())),
    };
    let elsewhere = matches!(walk.end, End::NoContent);
    if elsewhere {
        let Some(content) = content else {
            if facts.signers.is_empty() {
                return Err(OpenError::OtherKind { found: MessageKind::Certificates, wanted: MessageKind::Signed });
            }
            return Err(OpenError::ContentMissing);
        };
        digest_content(content, &mut facts, &mut blocks)?;
    } else if content.is_some() {
        // Two contents, one of which would not be checked (CMS-08).
        return Err(OpenError::Damaged(
            "the message has a content of its own, beside the one that was named".to_owned(),
        ));
    }
    let content = content.filter(|_| elsewhere);
    let message = Message { content, ..Message::new(source, blocks, walk.body) };
    Ok(Reading::Signed(Box::new((facts, findings, message))))
}

/// Puts into the facts what is known of a content that is not in the message.
fn digest_content(content: &dyn Source, facts: &mut SignedFacts, blocks: &mut Blocks) -> Result<(), OpenError> {
    let mut hashers: Vec<Hasher> =
        facts.digest_algorithms.iter().filter_map(|a| Digest::of_old_mail(a).ok()).map(Hasher::new).collect();
    let mut reader = content.open().map_err(OpenError::Io)?;
    let seen = |block: &[u8]| {
        hashers.iter_mut().for_each(|h| h.update(block));
        facts.start.update(block);
    };
    blocks.take(&mut reader, seen).map_err(OpenError::Io)?;
    facts.digests = hashers.into_iter().map(|h| (h.digest(), h.finish())).collect();
    Ok(())
}

/// Decrypts a message with one of the keys and proves it, if the policy behind `permit` accepts how it is encrypted.
///
/// # Errors
/// [`OpenError::CannotDecrypt`] for every failure after a key was used, the others for what can be seen
/// without.
pub fn decrypt<'s>(
    source: &'s dyn Source,
    keys: &dyn Keys,
    permit: Permit<'_>,
    rng: &mut dyn Random,
) -> Result<Decrypted<'s>, OpenError> {
    decrypt_by(source, keys, permit, Plan::default(), rng)
}

/// The same, and reads also what protects nothing, as [`crate::DeskAt::import`] does.
///
/// # Errors
/// As [`decrypt`].
pub fn import<'s>(
    source: &'s dyn Source,
    keys: &dyn Keys,
    permit: Permit<'_>,
    rng: &mut dyn Random,
) -> Result<Decrypted<'s>, OpenError> {
    decrypt_by(source, keys, permit, Plan { import: true, ..Plan::default() }, rng)
}

fn decrypt_by<'s>(
    source: &'s dyn Source,
    keys: &dyn Keys,
    permit: Permit<'_>,
    mut plan: Plan,
    rng: &mut dyn Random,
) -> Result<Decrypted<'s>, OpenError> {
    for _ in 0..2 {
        let mut blocks = Blocks::new(rng)?;
        let mut walk = walk_one(source, Purpose::Prove { keys, permit, rng, plan: &plan })?;
        let taken = take(&mut walk, &mut blocks, |_| {});
        let mut ends = walk.stage.unwind();
        match ends.pop() {
            Some(LayerEnd::Enveloped(Ok(facts))) => {
                taken?;
                let keys = vec![facts.key.clone()];
                let facts = DecryptedFacts::Enveloped(Box::new(facts));
                return Ok(Decrypted { message: Message { keys, ..Message::new(source, blocks, walk.body) }, facts });
            }
            Some(LayerEnd::Authenticated(facts)) => {
                taken?;
                let facts = DecryptedFacts::Authenticated(facts?);
                return Ok(Decrypted { message: Message::new(source, blocks, walk.body), facts });
            }
            Some(LayerEnd::Enveloped(Err(cms::Error::NeedsAttributes(attributes)))) => {
                plan.attributes.push((0, attributes));
            }
            Some(LayerEnd::Enveloped(Err(error))) => return Err(error.into()),
            _ => {
                let found = walk.kinds.first().map(|kind| kind.message());
                return match (found, taken) {
                    (Some(MessageKind::Encrypted | MessageKind::Authenticated), Err(error)) => Err(error),
                    (Some(found), _) => Err(OpenError::OtherKind { found, wanted: MessageKind::Encrypted }),
                    (None, Err(error)) => Err(error),
                    (None, Ok(())) => Err(OpenError::Damaged("this is not a CMS message".to_owned())),
                };
            }
        }
    }
    Err(OpenError::CannotDecrypt)
}

/// Decompresses a message and checks that it is whole and no longer than `most` octets; where nobody says how many they
/// expect, than 256 MiB, a hundred times what went in and 1 MiB, as in mail.
///
/// # Errors
/// [`OpenError::Damaged`] where it is no such message or damaged; [`OpenError::TooLarge`] where it is longer.
pub fn decompress<'s>(
    source: &'s dyn Source,
    most: Option<u64>,
    rng: &mut dyn Random,
) -> Result<Decompressed<'s>, OpenError> {
    let most = most.map_or(MAX_INFLATED, Inflated::UpTo);
    let mut blocks = Blocks::new(rng)?;
    let purpose = Purpose::Prove { keys: &NoKeyring, permit: Permit::none(), rng, plan: &Plan::default() };
    let mut walk = walk_inflating(source, purpose, most)?;
    if let Some(other) = walk.kinds.first().filter(|kind| **kind != LayerKind::Compressed) {
        return Err(OpenError::OtherKind { found: other.message(), wanted: MessageKind::Compressed });
    }
    take(&mut walk, &mut blocks, |_| {})?;
    match walk.stage.unwind().pop() {
        Some(LayerEnd::Compressed(facts)) => {
            let message = Message { inflated: most, ..Message::new(source, blocks, walk.body) };
            Ok(Decompressed { message, facts: facts.map_err(OpenError::from)? })
        }
        _ => Err(OpenError::Damaged("this is not a CMS message".to_owned())),
    }
}

/// Reads the content to its end, or says why there is none.
pub(super) fn take(walk: &mut Walk<'_>, blocks: &mut Blocks, seen: impl FnMut(&[u8])) -> Result<(), OpenError> {
    match std::mem::replace(&mut walk.end, End::Payload) {
        End::Payload if walk.kinds.is_empty() => Err(OpenError::Damaged("this is not a CMS message".to_owned())),
        End::Payload => blocks.take_stage(&mut walk.stage, seen).map_err(|error| cms::Error::from_io(error).into()),
        End::NoContent => {
            walk.end = End::NoContent;
            Ok(())
        }
        End::Sealed(_) => Err(OpenError::Unsupported("this is an encrypted message".to_owned())),
        End::Failed(Failure::Cms(cms::Error::Damaged(wire::Error::UnexpectedTag { expected: OID, .. })))
            if walk.kinds.is_empty() =>
        {
            let text = "this is no CMS message, but something else in DER, such as a certificate or a key";
            Err(OpenError::Damaged(text.to_owned()))
        }
        End::Failed(Failure::Cms(error)) => Err(error.into()),
        End::Failed(Failure::Mime(error)) if walk.headers.is_empty() => {
            Err(OpenError::Damaged(format!("this is neither S/MIME, PEM nor DER: {error}")))
        }
        End::Failed(Failure::Mime(error)) => Err(error.into()),
        End::Failed(Failure::Ambiguous | Failure::TooDeep | Failure::File { .. }) => {
            Err(OpenError::Damaged("its structure can be understood in more than one way".to_owned()))
        }
    }
}

impl<'s> Verified<'s> {
    /// Whether a signature holds by somebody to be believed, and none fails.
    pub fn is_accepted(&self) -> bool {
        self.accepted
    }

    /// Every signer that was looked at.
    pub fn signers(&self) -> &[SignerReport] {
        &self.judged.reports
    }

    /// The signed receipt that the signature requests, if it holds and is the innermost one.
    pub fn receipt(&self) -> Option<&ReceiptReport> {
        self.receipt.as_ref()
    }

    /// What speaks against it and what else there is to know.
    pub fn findings(&self) -> &[Finding] {
        &self.judged.findings
    }

    /// The findings as the JSON contract has them.
    pub fn finding_reports(&self) -> Vec<FindingReport> {
        self.judged.findings.iter().map(crate::open::finding_report).collect()
    }

    /// The certificates that travel with the signatures. Nothing says whose they are but they themselves.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// What was signed, byte for byte.
    ///
    /// # Errors
    /// [`OpenError::Withheld`] where it is not accepted, [`OpenError::Changed`] or [`OpenError::Io`] where
    /// it cannot be read again.
    pub fn content(&self) -> Result<Mail<'_>, OpenError> {
        if self.accepted { self.message.release() } else { Err(OpenError::Withheld) }
    }
}

impl<'s> Decrypted<'s> {
    /// What the encryption, or the code, was.
    pub fn facts(&self) -> &DecryptedFacts {
        &self.facts
    }

    /// What was encrypted, byte for byte.
    ///
    /// # Errors
    /// [`OpenError::Changed`] or [`OpenError::Io`] where it cannot be read again.
    pub fn content(&self) -> Result<Mail<'_>, OpenError> {
        self.message.release()
    }
}

impl Decompressed<'_> {
    /// What the compression was.
    pub fn facts(&self) -> CompressedFacts {
        self.facts
    }

    /// What was compressed, byte for byte.
    ///
    /// # Errors
    /// [`OpenError::Changed`] or [`OpenError::Io`] where it cannot be read again.
    pub fn content(&self) -> Result<Mail<'_>, OpenError> {
        self.message.release()
    }
}

impl Message<'_> {
    /// Whether what it holds is a MIME entity that is a layer itself, as far as its beginning tells.
    fn holds_a_layer(&self) -> bool {
        let mut start = Vec::new();
        let read = self.release().map(|content| content.take(START).read_to_end(&mut start));
        matches!(read, Ok(Ok(_)))
            && Header::parse(&start, &Limits::default()).is_ok_and(|header| Entity::of(&header).is_layer())
    }

    fn release(&self) -> Result<Mail<'_>, OpenError> {
        let stage = match self.content {
            Some(content) => Stage::input(content.open().map_err(OpenError::Io)?),
            None if let Some(stage) = self.blocks.again(self.source).map_err(OpenError::Io)? => stage,
            None => {
                let (stage, end) = match self.body {
                    Some(body) => walk_again(self.source, body, &self.keys, self.inflated)?,
                    None => {
                        let purpose = Purpose::Release { keys: &self.keys };
                        let walk = walk_inflating(self.source, purpose, self.inflated)?;
                        (walk.stage, walk.end)
                    }
                };
                if !matches!(end, End::Payload) {
                    return Err(OpenError::Changed);
                }
                stage
            }
        };
        Ok(Mail::of(stage, &self.blocks, LineStyle::Crlf))
    }
}

/// With what a ContentInfo begins.
const OID: u8 = wire::der::Tag::OID.0;
/// Octets of a content's beginning that are looked at.
const START: u64 = 64 * 1024;

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    use crypto::{Curve, KeySpec, PrivateKey, SignatureAlgorithm, SoftKey, SystemRandom};
    use wire::cms::SignerInfo;
    use wire::der::{Reader, Tag};
    use wire::x509::{TbsCertificate, certificate_der};

    const NOW: Time = Time(1_795_000_000);

    pub fn self_signed(key: &SoftKey, name: &str) -> Certificate {
        let algorithm = SignatureAlgorithm::Ecdsa(Digest::Sha256);
        let name = wire::NameBuilder::new().common_name(name).build();
        let tbs = TbsCertificate {
            serial: vec![7],
            signature: algorithm.to_x509(),
            issuer: name.clone(),
            not_before: Time(0),
            not_after: Time::NO_END,
            subject: name,
            spki: key.public().spki().to_vec(),
            extensions: Vec::new(),
        }
        .to_der();
        let signature = key.sign(&algorithm, &tbs, &mut SystemRandom).unwrap();
        Certificate::from_der(&certificate_der(&tbs, &algorithm.to_x509(), &signature)).unwrap()
    }

    /// The honest detached message with its one SignerInfo replaced.
    fn with_signer(message: &[u8], change: impl Fn(SignerInfo) -> SignerInfo) -> Vec<u8> {
        let mut outer = Reader::new(message).sequence().unwrap();
        outer.oid().unwrap();
        let mut body = outer.nested(Tag::context(0)).unwrap().sequence().unwrap();
        let mut parts: Vec<Vec<u8>> = Vec::new();
        while !body.is_empty() {
            parts.push(body.any().unwrap().raw.to_vec());
        }
        let last = parts.pop().unwrap();
        let signer = Reader::new(&last).set().unwrap().any().unwrap().raw;
        let changed = change(SignerInfo::from_der(signer).unwrap()).to_der();
        let mut w = wire::der::Writer::new();
        w.sequence(|w| {
            w.oid(wire::oids::SIGNED_DATA).nested(Tag::context(0), |w| {
                w.sequence(|w| {
                    w.raw(&parts.concat()).element(Tag::SET, &changed);
                });
            });
        });
        w.into_bytes()
    }

    #[test]
    fn x_05_attributes_beside_their_own_signature_are_no_content() {
        let (key, _) = SoftKey::generate(KeySpec::Ec(Curve::P256), &mut SystemRandom).unwrap();
        let algorithm = SignatureAlgorithm::Ecdsa(Digest::Sha256);
        let signer = cms::Signer { certificate: self_signed(&key, "alice"), key: &key, algorithm };
        let options = cms::SignOptions::at(NOW);
        let mut out = cms::DetachedSigner::new(vec![signer], options).unwrap();
        out.update(b"what was signed");
        let honest = out.finish(&mut SystemRandom).unwrap();

        let policy = Policy::standard();
        let verdict = |message: &Vec<u8>, content: &Vec<u8>| {
            let request = VerifyRequest {
                policy: &policy,
                now: NOW,
                trust: Trust::Anybody,
                certificates: Vec::new(),
                without_attributes: true,
            };
            verify(message, Some(content), request, &mut SystemRandom).is_ok_and(|v| v.is_accepted())
        };
        assert!(verdict(&honest, &b"what was signed".to_vec()));
        let attributes = std::cell::RefCell::new(Vec::new());
        let forged = with_signer(&honest, |signer| {
            *attributes.borrow_mut() = signer.signed.as_ref().unwrap().der().to_vec();
            SignerInfo { signed: None, ..signer }
        });
        assert!(!verdict(&forged, &attributes.into_inner()));
        // The same door is open to what was honestly signed without attributes.
        let bare = key.sign(&algorithm, b"bare", &mut SystemRandom).unwrap();
        let message = with_signer(&honest, |s| SignerInfo { signed: None, signature: bare.clone(), ..s });
        assert!(verdict(&message, &b"bare".to_vec()));
    }
}
