//! One verdict from everything that was found.

use cms::RecipientSeen;
use mime::{Header, address_list};
use trust::Policy;
use wire::Time;

use crate::keyring::Keyring;
use crate::learned::LearnedCapabilities;
use crate::open::error::OpenError;
use crate::open::findings::{
    encryption_findings, header_findings, kind_findings, mismatch, payload_findings, signed_findings,
    structure_findings,
};
use crate::open::headers::{self, Protection};
use crate::open::judge::{Judge, Judged, sender};
use crate::open::prove::{Layer, Multipart, Proof, is_signature};
use crate::open::walk::{LayerKind, Way};
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
    /// What the sender can read; nothing unless the mail is verified.
    pub learned: Vec<LearnedCapabilities>,
}

/// Judges a proven mail.
///
/// # Errors
/// [`OpenError::Keyring`] where the keyring fails, [`OpenError::Unsupported`] for a mail without content.
pub(super) fn judge(proof: &Proof, keyring: &dyn Keyring, policy: &Policy, now: Time) -> Result<Judgement, OpenError> {
    let empty = Header::default();
    let payload = proof.payload().unwrap_or(&empty);
    // A file by itself has no header outside: there is but one, and all of it was protected.
    let outer = if proof.way == Way::File { payload } else { proof.headers.first().unwrap_or(&empty) };
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
    let mut judged = signers(proof, &judge, &mut findings);
    let mut learned = std::mem::take(&mut judged.judged.learned);
    let confidentiality = confidentiality(proof, &judged.good_layers);
    encryption_findings(proof, confidentiality, &mut findings);
    let outcome = Outcome { judged, signature_layers: proof.layers.iter().any(is_signature) || proof.ambiguous };
    let verdict = verdict(outcome, proof, &judge, effective, &mut findings);
    let (verdict, signers) = verdict;
    if !matches!(verdict, Verdict::Verified { .. }) {
        learned.clear();
    }
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
    Ok(Judgement { verdict, report, findings, header, cbc, learned })
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
        all.learned.extend(judged.learned);
        if all.verified.is_none() {
            all.verified = judged.verified;
            all.signed_at = judged.signed_at;
        }
    }
    findings.append(&mut all.findings);
    AllJudged { judged: all, good_layers }
}

/// `authenticated` where every layer of encryption is an AEAD or holds exactly one signed layer whose
/// signature is good; a signature around the encryption proves nothing about who encrypted, and what was opened on
/// import proves nothing at all.
fn confidentiality(proof: &Proof, good_layers: &[bool]) -> &'static str {
    let mut encrypted = false;
    for (index, layer) in proof.layers.iter().enumerate() {
        if let Layer::Enveloped(facts) = layer {
            encrypted = true;
            let covered = good_layers.get(index + 1).copied().unwrap_or(false);
            if facts.imported || (!facts.authenticated && !covered) {
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
        let sender = matches!(f.code, Code::FromUnusable | Code::DisplayName | Code::SenderDiffers | Code::Forwarded);
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
        Layer::Compressed => plain_layer(LayerKind::Compressed),
        Layer::Digested => plain_layer(LayerKind::Digested),
        Layer::Authenticated(facts) => LayerReport {
            kind: LayerKind::Authenticated.word(),
            cipher: None,
            opened_with: Some(facts.opened_with.clone()),
            recipients: facts.recipients.iter().map(recipient_report).collect(),
        },
        Layer::Enveloped(facts) => LayerReport {
            kind: if facts.authenticated { LayerKind::AuthEnveloped.word() } else { LayerKind::Enveloped.word() },
            cipher: Some(facts.cipher.to_string()),
            opened_with: Some(facts.opened_with.clone()),
            recipients: facts.recipients().iter().map(recipient_report).collect(),
        },
    }
}

fn recipient_report(seen: &RecipientSeen) -> RecipientReport {
    RecipientReport { id: seen.id.clone(), algorithm: seen.algorithm.clone(), local: seen.local.clone() }
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
