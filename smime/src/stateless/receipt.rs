//! Signed receipts (RFC 2634 §2) on files: one is made for a message, or compared with what was sent.

use std::io::{Read, Write};

use cms::{
    AttachedSigner, Entity, Keys, Permit, Receipt, ReceiptMismatch, Recipient, Requested, SignOptions, SignatureHolds,
    SignedFacts, Signer, SignerEntry, Source, addresses, check_receipt, content_hint, request_of, requested,
};
use crypto::{ContentCipher, Random};
use mime::LineStyle;
use trust::Address;
use wire::cms::SignerInfo;
use wire::{Certificate, oids};

use crate::open::judge::Judge;
use crate::open::mail::{Head, Mail};
use crate::open::prove::{Layer, Proof, prove};
use crate::open::walk::Plan;
use crate::open::{MessageKind, OpenError};
use crate::report::{FindingReport, SignerReport};
use crate::stateless::form::{Body, OutputForm};
use crate::stateless::read::{VerifyRequest, signed_facts};
use crate::stateless::write::{encrypt, sign};
use crate::verdict::{Code, Finding, Severity};

/// A receipt that a message asks for, and that may be given.
#[derive(Debug)]
pub struct Answer {
    requested: Requested,
    to: Vec<Entity>,
}

/// A receipt, compared with what was sent.
#[derive(Debug)]
pub struct ReceiptVerdict {
    accepted: bool,
    signers: Vec<SignerReport>,
    findings: Vec<Finding>,
}

/// Finds out whether the owner of `own` is asked for a receipt for a message, by a signature that holds and that
/// `request` believes. The innermost signature asks; a mailing list's word is taken from the outermost that has it.
/// `keys` open what is encrypted; `content` is what a detached signature signs.
///
/// # Errors
/// [`OpenError::NoReceipt`] where none may be given, [`OpenError::Unproven`] where no signature asks that holds, others
/// where the message cannot be read.
pub fn answer(
    source: &dyn Source,
    content: Option<&dyn Source>,
    request: VerifyRequest<'_>,
    keys: &dyn Keys,
    own: &Certificate,
    rng: &mut dyn Random,
) -> Result<Answer, OpenError> {
    let layers = signatures(source, content, (keys, Permit::new(request.policy, request.now)), rng)?;
    let Some(innermost) = layers.last() else { return Err(unsigned()) };
    let (judge, anybody) = request.judge();
    if innermost.content_type == oids::RECEIPT {
        return Err(OpenError::NoReceipt(cms::NoReceipt::IsReceipt));
    }
    for layer in layers.iter().filter(|_| !judge.policy.clearances().is_empty()) {
        let judged = judge.layer(layer);
        if let Some(finding) = judged.findings.into_iter().find(|finding| finding.code == Code::LabelNotCleared) {
            return Err(OpenError::NotCleared(finding.text)); // processing stops (RFC 2634 §3.1.2)
        }
    }
    let believed = believed(&judge, anybody, innermost)?;
    let signers: Vec<_> = believed.iter().map(|(info, holds)| (*info, holds)).collect();
    let requested = requested(innermost.content_type, &signers).map_err(OpenError::NoReceipt)?;
    // The outermost that has one: a gateway may have signed around it.
    let history = layers.iter().find_map(|layer| history(&judge, anybody, layer).transpose()).transpose()?;
    let to = requested.recipients(own, history.as_deref()).map_err(OpenError::NoReceipt)?;
    Ok(Answer { requested, to })
}

/// Writes the receipt, signed by whom it was asked from.
///
/// # Errors
/// As [`crate::stateless::sign`].
pub fn write_receipt(
    answer: &Answer,
    signer: Signer<'_>,
    options: SignOptions,
    form: OutputForm,
    out: &mut dyn Write,
    rng: &mut dyn Random,
) -> Result<(), cms::Error> {
    let mut attributes = options.attributes;
    attributes.push(answer.requested.attribute());
    let options = SignOptions { content_type: oids::RECEIPT, attributes, ..options };
    let mut writer = AttachedSigner::new(Body::new(out, form, "signed-receipt")?, vec![signer], options)?;
    writer.write_all(&answer.requested.receipt.to_der())?;
    writer.finish(rng)?.finish()?;
    Ok(())
}

/// Writes the receipt encrypted to these, and signed once more around that, with a hint of what it is (RFC 2634 §2.4
/// number 11); `signers` are the same signer twice.
///
/// # Errors
/// As [`crate::stateless::sign`] and [`crate::stateless::encrypt`].
pub fn write_hidden_receipt(
    answer: &Answer,
    signers: [Signer<'_>; 2],
    options: &SignOptions,
    recipients: &[Recipient],
    form: OutputForm,
    out: &mut dyn Write,
    rng: &mut dyn Random,
) -> Result<(), cms::Error> {
    let [inside, outside] = signers;
    let (mut receipt, mut hidden) = (Vec::new(), Vec::new());
    write_receipt(answer, inside, options.clone(), OutputForm::Smime, &mut receipt, rng)?;
    encrypt(&receipt, recipients, ContentCipher::Aes256Gcm, OutputForm::Smime, &mut hidden, rng)?;
    let options = SignOptions { attributes: vec![content_hint(oids::RECEIPT)], ..options.clone() };
    sign(&hidden, vec![outside], options, false, form, out, rng)
}

/// Compares a receipt with the message that was sent; `content` is what that signs, if it is detached. Either may be
/// encrypted to one of `keys`.
///
/// # Errors
/// [`OpenError`] where either cannot be read, or `receipt` is none; what is wrong with it is in the result.
pub fn verify_receipt(
    receipt: &dyn Source,
    original: &dyn Source,
    content: Option<&dyn Source>,
    request: VerifyRequest<'_>,
    keys: &dyn Keys,
    rng: &mut dyn Random,
) -> Result<ReceiptVerdict, OpenError> {
    let permit = Permit::new(request.policy, request.now);
    let proof = prove(receipt, keys, permit, Plan::default(), rng)?;
    let Some(Layer::Signed(facts)) = proof.layers.last().filter(|layer| is_receipt(layer)) else {
        let found = proof.layers.last().map_or(MessageKind::Mail, kind);
        return Err(OpenError::OtherKind { found, wanted: MessageKind::Receipt });
    };
    let says = Receipt::from_der(&small_content(receipt, &proof)?)
        .map_err(|error| OpenError::Damaged(format!("the receipt cannot be read: {error}")))?;
    let layers = signatures(original, content, (keys, permit), rng)?;
    let sent = layers.last().ok_or_else(unsigned)?;
    let (judge, anybody) = request.judge();
    let mut judged = judge.layer(facts);
    if anybody {
        judged.findings.retain(|finding| !super::read::is_about_trust(finding.code));
    }
    if facts.signers.is_empty() {
        judged.findings.push(Finding::new(Code::SignatureBad, Severity::Error, "nobody signed the receipt"));
    }
    let believed = if anybody { judged.good } else { judged.trusted };
    let mut findings = judged.findings;
    match sent_by(&says, sent) {
        None => findings.push(mismatch(ReceiptMismatch::NotRequested)),
        Some(by) => {
            if let Some(fault) = judge.check(by, sent).result.err().filter(cms::SignatureFault::is_bad) {
                let text = format!("the message that was sent is damaged, or not what was signed: {fault}");
                findings.push(Finding::new(Code::SignatureBad, Severity::Error, text));
            }
            for info in infos(facts) {
                let found = check_receipt(&says, info, by).into_iter().map(mismatch);
                let new: Vec<Finding> = found.filter(|finding| !findings.contains(finding)).collect();
                findings.extend(new);
            }
        }
    }
    let clean = findings.iter().all(|finding| finding.severity != Severity::Error);
    Ok(ReceiptVerdict { accepted: clean && believed && !judged.bad, signers: judged.reports, findings })
}

impl Answer {
    /// The mail addresses that the receipt is to be sent to.
    pub fn to(&self) -> Vec<Address> {
        addresses(&self.to)
    }
}

impl ReceiptVerdict {
    /// Whether it is a receipt for what was sent, by somebody to be believed.
    pub fn is_accepted(&self) -> bool {
        self.accepted
    }

    /// Who signed the receipt.
    pub fn signers(&self) -> &[SignerReport] {
        &self.signers
    }

    /// What speaks against it.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The findings as the JSON contract has them.
    pub fn finding_reports(&self) -> Vec<FindingReport> {
        self.findings.iter().map(crate::open::finding_report).collect()
    }
}

fn unsigned() -> OpenError {
    OpenError::Unproven("nobody signed the message".to_owned())
}

/// The signed layers of a message, the outermost first: of all that can be opened if it holds mail, else the one.
fn signatures(
    source: &dyn Source,
    content: Option<&dyn Source>,
    (keys, permit): (&dyn Keys, Permit<'_>),
    rng: &mut dyn Random,
) -> Result<Vec<SignedFacts>, OpenError> {
    if content.is_none() {
        match prove(source, keys, permit, Plan::default(), rng) {
            Ok(proof) if proof.ambiguous || proof.broken_text => {
                return Err(OpenError::Damaged("it can be understood in more than one way".to_owned()));
            }
            Ok(proof) if !proof.no_content && !proof.layers.is_empty() => {
                return proof.layers.into_iter().filter_map(signed_layer).collect();
            }
            // What is signed may be no mail, and is then the one layer.
            Ok(_) | Err(OpenError::Damaged(_) | OpenError::NotMail(_) | OpenError::NotEntity) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(vec![signed_facts(source, content, rng)?])
}

fn signed_layer(layer: Layer) -> Option<Result<SignedFacts, OpenError>> {
    match layer {
        Layer::Signed(facts) => Some(Ok(facts)),
        Layer::Multipart(part) if part.broken_text => {
            Some(Err(OpenError::Unproven("what is signed has line ends that are not CRLF, or NUL".to_owned())))
        }
        Layer::Multipart(part) => Some(part.facts.map_err(OpenError::Damaged)),
        _ => None,
    }
}

/// The signers of a layer whose signatures hold and who are believed.
///
/// # Errors
/// [`OpenError::Unproven`] where there is none, or where any signature fails.
fn believed<'f>(
    judge: &Judge<'_>,
    anybody: bool,
    facts: &'f SignedFacts,
) -> Result<Vec<(&'f SignerInfo, SignatureHolds)>, OpenError> {
    let mut found = Vec::new();
    let mut why = "nobody signed it".to_owned();
    for entry in &facts.signers {
        let SignerEntry::Info(info) = entry else {
            return Err(OpenError::Unproven("a signature cannot be read".to_owned()));
        };
        match judge.check(info, facts).result {
            Ok(holds) => match judge.path(holds.certificate(), facts) {
                Err(error) if !anybody => why = format!("the signer's certificate is not trusted: {error}"),
                _ => found.push((&**info, holds)),
            },
            Err(fault) if fault.is_bad() => return Err(OpenError::Unproven(fault.to_string())),
            Err(fault) => why = fault.to_string(),
        }
    }
    if found.is_empty() { Err(OpenError::Unproven(why)) } else { Ok(found) }
}

/// The expansion history in a layer of signature. Whoever could put one around a message of somebody else's could
/// have its receipts sent to himself: it needs a signature that is believed.
fn history(judge: &Judge<'_>, anybody: bool, facts: &SignedFacts) -> Result<Option<Vec<u8>>, OpenError> {
    let of = |info: &SignerInfo| {
        let signed = info.signed.as_ref();
        signed.is_some_and(|signed| signed.all(oids::ML_EXPANSION_HISTORY).next().is_some())
    };
    if !infos(facts).any(of) {
        return Ok(None);
    }
    let believed = believed(judge, anybody, facts)?;
    let signed = believed.iter().filter_map(|(info, _)| info.signed.as_ref());
    let values: Vec<&[u8]> = signed.filter_map(|s| s.single(oids::ML_EXPANSION_HISTORY).ok().flatten()).collect();
    // Where one signer has it all have, and the same (RFC 2634 §1.3.4).
    match values.as_slice() {
        [first, others @ ..] if others.iter().all(|other| other == first) => Ok(Some(first.to_vec())),
        _ => Err(OpenError::NoReceipt(cms::NoReceipt::Unreadable)),
    }
}

fn infos(facts: &SignedFacts) -> impl Iterator<Item = &SignerInfo> {
    facts.signers.iter().filter_map(|entry| match entry {
        SignerEntry::Info(info) => Some(&**info),
        SignerEntry::Unreadable(_) => None,
    })
}

/// The signer of what was sent for whom the receipt is: by the signature's value, else by the content's name, else the
/// first who asked for one, so that what differs can be told.
fn sent_by<'f>(receipt: &Receipt, sent: &'f SignedFacts) -> Option<&'f SignerInfo> {
    let asks = |info: &SignerInfo| info.signed.as_ref().and_then(|signed| request_of(signed).ok().flatten());
    infos(sent)
        .find(|info| info.signature == receipt.of.signature)
        .or_else(|| infos(sent).find(|info| asks(info).is_some_and(|r| r.content_id == receipt.of.content_id)))
        .or_else(|| infos(sent).find(|info| asks(info).is_some()))
}

fn mismatch(how: ReceiptMismatch) -> Finding {
    let code = match how {
        ReceiptMismatch::ContentIdentifier => Code::ReceiptContentIdentifier,
        ReceiptMismatch::Signature => Code::ReceiptSignatureValue,
        ReceiptMismatch::MessageDigest | ReceiptMismatch::DigestMissing => Code::ReceiptMessageDigest,
        ReceiptMismatch::ContentType => Code::ReceiptContentType,
        _ => Code::ReceiptNotRequested,
    };
    Finding::new(code, Severity::Error, how.to_string())
}

fn is_receipt(layer: &Layer) -> bool {
    matches!(layer, Layer::Signed(facts) if facts.content_type == oids::RECEIPT && facts.has_content)
}

fn kind(layer: &Layer) -> MessageKind {
    match layer {
        Layer::Signed(_) | Layer::Multipart(_) => MessageKind::Signed,
        Layer::Enveloped(_) => MessageKind::Encrypted,
        Layer::Compressed => MessageKind::Compressed,
        _ => MessageKind::Mail,
    }
}

/// What was proven, if it is small.
fn small_content(source: &dyn Source, proof: &Proof) -> Result<Vec<u8>, OpenError> {
    let mail = Mail::new(source, &proof.content_keys(), &proof.blocks, Head::default(), LineStyle::Crlf)?;
    let mut content = Vec::new();
    mail.take(MAX_RECEIPT + 1).read_to_end(&mut content).map_err(OpenError::Io)?;
    if u64::try_from(content.len()).is_ok_and(|length| length <= MAX_RECEIPT) {
        Ok(content)
    } else {
        Err(OpenError::Damaged("the receipt is too long for one".to_owned()))
    }
}

/// Octets of a receipt: a signature of up to 64 KiB, and what is around it.
const MAX_RECEIPT: u64 = 68 * 1024;
