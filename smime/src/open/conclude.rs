//! One verdict from everything that was found.

use cms::EnvelopedFacts;
use mime::{Header, LineStyle, TextCheck, address_list, parse_date};
use trust::Policy;
use wire::Time;

use crate::keyring::Keyring;
use crate::open::error::OpenError;
use crate::open::headers::{self, Protection};
use crate::open::judge::{Judge, Judged, sender};
use crate::open::prove::{Layer, Multipart, Proof, is_signature};
use crate::open::walk::LayerKind;
use crate::report::{FindingReport, HeaderReport, LayerReport, RecipientReport, Report};
use crate::verdict::{Code, Finding, Severity, Verdict};

/// The verdict with everything that is derived from the same facts.
pub(super) struct Judgement {
    pub verdict: Verdict,
    pub report: Report,
    pub findings: Vec<Finding>,
    /// The header of the mail as it is given out.
    pub header: Vec<u8>,
    /// Some layer of encryption proves nothing by itself.
    pub cbc: bool,
}

/// Judges a proven mail.
///
/// # Errors
/// [`OpenError::Keyring`] where the keyring fails, [`OpenError::Unsupported`] for a mail without content.
pub(super) fn judge(proof: &Proof, keyring: &dyn Keyring, policy: &Policy, now: Time) -> Result<Judgement, OpenError> {
    let empty = Header::default();
    let outer = proof.headers.first().unwrap_or(&empty);
    let payload = proof.payload().unwrap_or(&empty);
    let encrypted = proof.layers.iter().any(|layer| matches!(layer, Layer::Enveloped(_)));
    let protection = headers::protection(payload, encrypted, !proof.layers.is_empty());
    let effective = if protection == Protection::None { outer } else { payload };

    let mut findings = Vec::new();
    let from = sender(effective, &mut findings);
    let judge = Judge::new(policy, now, keyring, from)?;
    structure_findings(proof, &mut findings);
    kind_findings(proof, &mut findings);
    payload_findings(outer, payload, &mut findings);
    header_findings(outer, effective, protection, !proof.layers.is_empty(), &mut findings);
    let judged = signers(proof, &judge, &mut findings);
    let confidentiality = confidentiality(proof, &judged.good_layers);
    encryption_findings(proof, confidentiality, &mut findings);
    let outcome = Outcome { judged, signature_layers: proof.layers.iter().any(is_signature) || proof.ambiguous };
    let verdict = verdict(outcome, proof, &judge, effective, &mut findings);
    let (verdict, signers) = verdict;
    let cbc = proof.layers.iter().any(|layer| matches!(layer, Layer::Enveloped(facts) if !facts.authenticated));
    if cbc && matches!(verdict, Verdict::Broken { .. }) {
        // What exactly broke would tell whoever changed the ciphertext something about the plaintext.
        findings.retain(|finding| finding.severity != Severity::Error);
        let text = "what was decrypted is not what was signed";
        findings.push(Finding::new(Code::SignatureBad, Severity::Error, text));
    }
    findings.sort_by_key(|finding| match finding.severity {
        Severity::Error => 0,
        Severity::Warning => 1,
        Severity::Note => 2,
    });
    let verdict = with_findings(verdict, &findings);
    let report = Report {
        sealpost: 1,
        summary: summary(&verdict, confidentiality, &findings),
        verdict: verdict.word(),
        confidentiality,
        layers: proof.layers.iter().map(layer_report).collect(),
        signers,
        headers: header_report(effective, protection),
        findings: findings.iter().map(finding_report).collect(),
    };
    let header = if proof.layers.is_empty() {
        [outer.raw(), b"\r\n"].concat()
    } else {
        headers::restored(outer, payload, protection)
    };
    Ok(Judgement { verdict, report, findings, header, cbc })
}

/// What came of all signers.
struct AllJudged {
    judged: Judged,
    /// For each layer whether all of its content is covered by a signature that holds and none fails.
    good_layers: Vec<bool>,
}

struct Outcome {
    judged: AllJudged,
    signature_layers: bool,
}

fn signers(proof: &Proof, judge: &Judge<'_>, findings: &mut Vec<Finding>) -> AllJudged {
    let mut all = Judged::default();
    let mut good_layers = Vec::with_capacity(proof.layers.len());
    for layer in &proof.layers {
        let (facts, whole) = match layer {
            Layer::Signed(facts) => (facts, true),
            // Text around the parts is not signed, and never given out either.
            Layer::Multipart(Multipart { facts: Ok(facts), broken_text, .. }) => (facts, !broken_text),
            _ => {
                good_layers.push(false);
                continue;
            }
        };
        let judged = judge.layer(facts);
        good_layers.push(whole && judged.good && !judged.bad);
        all.reports.extend(judged.reports);
        all.findings.extend(judged.findings);
        all.good |= judged.good;
        all.bad |= judged.bad;
        if all.verified.is_none() {
            all.verified = judged.verified;
            all.signed_at = judged.signed_at;
        }
    }
    findings.append(&mut all.findings);
    AllJudged { judged: all, good_layers }
}

/// `authenticated` where every layer of encryption is an AEAD or holds exactly one signed layer whose
/// signature is good; a signature around the encryption proves nothing about who encrypted.
fn confidentiality(proof: &Proof, good_layers: &[bool]) -> &'static str {
    let mut encrypted = false;
    for (index, layer) in proof.layers.iter().enumerate() {
        if let Layer::Enveloped(facts) = layer {
            encrypted = true;
            let covered = good_layers.get(index + 1).copied().unwrap_or(false);
            if !facts.authenticated && !covered {
                return "unauthenticated";
            }
        }
    }
    if encrypted { "authenticated" } else { "none" }
}

fn verdict(
    outcome: Outcome,
    proof: &Proof,
    judge: &Judge<'_>,
    effective: &Header,
    findings: &mut Vec<Finding>,
) -> (Verdict, Vec<crate::report::SignerReport>) {
    let AllJudged { judged, .. } = outcome.judged;
    let broken_structure = proof.ambiguous
        || proof.broken_text
        || proof.layers.iter().any(|layer| match layer {
            Layer::Multipart(part) => part.facts.is_err() || part.broken_text,
            _ => false,
        });
    let blocked = findings.iter().any(|f| {
        let sender = matches!(f.code, Code::FromUnusable | Code::DisplayName | Code::SenderDiffers);
        let form = matches!(f.code, Code::DuplicateHeader | Code::AmbiguousStructure | Code::LineEndsMixed);
        (sender || form) && f.severity == Severity::Error
    });
    let nobody = Vec::new;
    let verdict = if !outcome.signature_layers {
        Verdict::Unsigned
    } else if broken_structure || judged.bad {
        Verdict::Broken { findings: nobody() }
    } else if judged.reports.is_empty() {
        Verdict::Unsigned // SignedData without a signer signs nothing (V-01)
    } else {
        match judged.verified {
            Some(signer) if !blocked => {
                signed_findings(judged.signed_at, effective, findings);
                Verdict::Verified { signer }
            }
            _ => {
                if judged.good && !judged.reports.iter().any(|r| r.matches_from && r.signature == "good") {
                    findings.push(mismatch(judge, &judged.reports));
                }
                Verdict::Unverified { findings: nobody() }
            }
        }
    };
    (verdict, judged.reports)
}

fn with_findings(verdict: Verdict, all: &[Finding]) -> Verdict {
    let errors = || all.iter().filter(|f| f.severity == Severity::Error).cloned().collect();
    match verdict {
        Verdict::Unverified { .. } => Verdict::Unverified { findings: errors() },
        Verdict::Broken { .. } => Verdict::Broken { findings: errors() },
        other => other,
    }
}

fn mismatch(judge: &Judge<'_>, signers: &[crate::report::SignerReport]) -> Finding {
    let named: Vec<&str> = signers.iter().flat_map(|s| s.addresses.iter().map(String::as_str)).collect();
    let signer =
        if named.is_empty() { "somebody whose certificate names no address".to_owned() } else { named.join(", ") };
    let from = judge.from.as_ref().map_or_else(|| "somebody unknown".to_owned(), ToString::to_string);
    Finding::new(
        Code::FromMismatch,
        Severity::Error,
        format!("the mail says it is from {from}, but {signer} signed it"),
    )
    .hint("do not take it for a mail from the address it shows")
}

/// What is worth saying about a verified signature.
fn signed_findings(signed_at: Option<Time>, effective: &Header, findings: &mut Vec<Finding>) {
    findings.push(Finding::new(
        Code::RevocationNotChecked,
        Severity::Note,
        "whether the signer's certificate was revoked was not checked",
    ));
    let date = effective.get("Date").and_then(|f| parse_date(&f.unfolded()));
    if let (Some(signed), Some(date)) = (signed_at, date)
        && signed.0.abs_diff(date) > AN_HOUR
    {
        let text = format!("it was signed at {signed}, but its Date is {}", Time(date));
        findings.push(Finding::new(Code::SigningTimeDiffers, Severity::Warning, text));
    }
}

fn structure_findings(proof: &Proof, findings: &mut Vec<Finding>) {
    if proof.style == LineStyle::Lf && !proof.layers.is_empty() {
        let text = "its lines end in LF and were read as ending in CRLF";
        findings.push(Finding::new(Code::LineEnds, Severity::Note, text));
    }
    if proof.ambiguous {
        let text = "it says that it is signed, but its structure can be understood in more than one way";
        findings.push(Finding::new(Code::AmbiguousStructure, Severity::Error, text));
    }
    if proof.no_content {
        let text = "it carries certificates and no mail";
        findings
            .push(Finding::new(Code::CertificatesOnly, Severity::Note, text).hint("`sealpost cert import` takes them"));
    }
    if proof.broken_text {
        findings.push(mixed_lines());
    }
    for layer in &proof.layers {
        let Layer::Multipart(part) = layer else { continue };
        if let Err(reason) = &part.facts {
            findings.push(Finding::new(
                Code::SignatureBad,
                Severity::Error,
                format!("its signature cannot be read: {reason}"),
            ));
        }
        if part.broken_text {
            findings.push(mixed_lines());
        }
        if part.unsigned_text {
            let text = "there is text around the signed part that nobody signed; it is left out";
            findings.push(Finding::new(Code::UnsignedText, Severity::Note, text));
        }
    }
}

fn mixed_lines() -> Finding {
    let text = "what is signed has line ends that are not CRLF, or NUL, which programs understand differently";
    Finding::new(Code::LineEndsMixed, Severity::Error, text)
}

/// smime-type says what the content says or it is told (F-01); it never decides anything.
fn kind_findings(proof: &Proof, findings: &mut Vec<Finding>) {
    for (index, (layer, header)) in proof.layers.iter().zip(&proof.headers).enumerate() {
        let content_type = header.content_type();
        let Some(said) = content_type.param("smime-type") else { continue };
        let empty = proof.no_content && index + 1 == proof.layers.len();
        let right: &[&str] = match layer {
            Layer::Signed(_) if empty => &["certs-only", "signed-data"],
            Layer::Signed(_) => &["signed-data"],
            Layer::Enveloped(facts) if facts.authenticated => &["authenveloped-data"],
            Layer::Enveloped(_) => &["enveloped-data"],
            Layer::Multipart(_) => continue,
        };
        if !right.iter().any(|right| right.eq_ignore_ascii_case(said)) {
            let text = "it says that it is another kind of message than it is";
            findings.push(Finding::new(Code::SmimeTypeDiffers, Severity::Warning, text));
        }
    }
}

/// What two programs could understand differently about the header and the payload.
fn payload_findings(outer: &Header, payload: &Header, findings: &mut Vec<Finding>) {
    for name in ["Content-Type", "Content-Transfer-Encoding"] {
        if payload.count(name) > 1 {
            let text = format!("the field {name} stands more than once");
            findings.push(Finding::new(Code::DuplicateHeader, Severity::Error, text));
        }
    }
    if payload.content_type().ambiguous && payload.count("Content-Type") == 1 {
        let text = "the type of its content can be understood in more than one way";
        findings.push(Finding::new(Code::AmbiguousStructure, Severity::Error, text));
    }
    let mut text = TextCheck::new();
    text.update(outer.raw());
    if text.bare_cr() {
        let text = "its header has line ends that programs understand differently";
        findings.push(Finding::new(Code::LineEndsMixed, Severity::Error, text));
    }
}

fn header_findings(
    outer: &Header,
    effective: &Header,
    protection: Protection,
    enveloped: bool,
    findings: &mut Vec<Finding>,
) {
    for name in ["Subject", "Date", "Message-ID", "Sender", "Reply-To", "To", "Cc"] {
        if effective.count(name) > 1 {
            let text = format!("the field {name} stands more than once");
            findings.push(Finding::new(Code::DuplicateHeader, Severity::Error, text));
        }
    }
    let single = |header: &Header, name: &str| {
        let value = header.get(name).map(|f| f.unfolded()).unwrap_or_default();
        address_list(&value).ok().and_then(|list| list.into_iter().next())
    };
    if let (Some(sender), Some(from)) = (single(effective, "Sender"), single(effective, "From"))
        && !sender.same_mailbox(&from)
    {
        let text = format!("sent by {} on behalf of {}", sender.addr(), from.addr());
        let severity = if enveloped { Severity::Error } else { Severity::Warning };
        findings.push(Finding::new(Code::SenderDiffers, severity, text));
    }
    if protection == Protection::None {
        if enveloped {
            let text = "its header (From, To, Subject, Date) is covered by neither signature nor encryption";
            findings.push(Finding::new(Code::HeaderUnprotected, Severity::Note, text));
        }
        return;
    }
    if protection == Protection::Clear
        && effective.content_type().param("hp").is_some_and(|hp| hp.eq_ignore_ascii_case("cipher"))
    {
        let text = "it says that its header is hidden by encryption, and is not encrypted";
        findings.push(Finding::new(Code::HeaderProtectionFalse, Severity::Warning, text));
    }
    let (shown, inside) = (single(outer, "From"), single(effective, "From"));
    if let (Some(shown), Some(inside)) = (&shown, &inside)
        && !shown.same_mailbox(inside)
    {
        let text = format!("outside it says it is from {}, inside from {}", shown.addr(), inside.addr());
        findings.push(Finding::new(Code::HeaderDiffers, Severity::Warning, text));
    }
}

fn encryption_findings(proof: &Proof, confidentiality: &str, findings: &mut Vec<Finding>) {
    if confidentiality == "unauthenticated" {
        let text =
            "its encryption does not prove that the content is what was sent: it may have been changed on the way";
        findings.push(Finding::new(Code::Unauthenticated, Severity::Warning, text));
    }
    let short = |facts: &EnvelopedFacts| facts.authenticated && facts.tag_len < 16;
    if proof.layers.iter().any(|layer| matches!(layer, Layer::Enveloped(facts) if short(facts))) {
        let text = "its authentication tag is shorter than 16 octets";
        findings.push(Finding::new(Code::ShortTag, Severity::Warning, text));
    }
}

fn summary(verdict: &Verdict, confidentiality: &str, findings: &[Finding]) -> String {
    let encrypted = match confidentiality {
        "none" => ", not encrypted",
        _ => ", encrypted to you",
    };
    match verdict {
        Verdict::Verified { signer } => format!("Signed by {}{encrypted}.", signer.address()),
        Verdict::Unsigned => format!("Not signed{encrypted}."),
        Verdict::Unverified { .. } | Verdict::Broken { .. } => {
            let broken = matches!(verdict, Verdict::Broken { .. });
            let lead = if broken { "BROKEN" } else { "Not verified" };
            let reason = findings.iter().find(|f| f.severity == Severity::Error).map(|f| f.text.as_str());
            format!("{lead}: {}{encrypted}.", reason.unwrap_or("the signer is unknown"))
        }
    }
}

fn layer_report(layer: &Layer) -> LayerReport {
    match layer {
        Layer::Signed(_) => plain_layer(LayerKind::Signed),
        Layer::Multipart(_) => plain_layer(LayerKind::MultipartSigned),
        Layer::Enveloped(facts) => LayerReport {
            kind: if facts.authenticated { LayerKind::AuthEnveloped.word() } else { LayerKind::Enveloped.word() },
            cipher: Some(facts.cipher.to_string()),
            opened_with: Some(facts.opened_with.clone()),
            recipients: facts
                .recipients
                .iter()
                .map(|r| RecipientReport { id: r.id.clone(), algorithm: r.algorithm.clone(), local: r.local.clone() })
                .collect(),
        },
    }
}

fn plain_layer(kind: LayerKind) -> LayerReport {
    LayerReport { kind: kind.word(), cipher: None, opened_with: None, recipients: Vec::new() }
}

fn header_report(header: &Header, protection: Protection) -> HeaderReport {
    let text = |name: &str| header.get(name).map(|f| f.decoded()).unwrap_or_default();
    let to = header.get("To").map(|f| f.unfolded()).unwrap_or_default();
    HeaderReport {
        protection: protection.word(),
        from: text("From"),
        to: address_list(&to).unwrap_or_default().iter().map(mime::Mailbox::addr).collect(),
        subject: text("Subject"),
        date: text("Date"),
    }
}

pub(crate) fn finding_report(finding: &Finding) -> FindingReport {
    FindingReport {
        code: finding.code.word(),
        severity: finding.severity.word(),
        text: finding.text.clone(),
        hint: finding.hint.clone(),
    }
}

/// Seconds between signing time and Date from which on it is told (V-13).
const AN_HOUR: u64 = 3600;
