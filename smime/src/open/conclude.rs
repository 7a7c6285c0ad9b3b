//! One verdict from everything that was found.

use mime::{Header, address_list};
use trust::Policy;
use wire::Time;

use crate::keyring::Keyring;
use crate::learned::LearnedCapabilities;
use crate::open::error::OpenError;
use crate::open::findings::{
    downgraded, encryption_findings, from_findings, header_findings, kind_findings, mismatch, payload_findings,
    signed_findings, structure_findings,
};
use crate::open::harvest;
use crate::open::headers::{Heads, Protection, Scheme};
use crate::open::judge::{Judge, sender};
use crate::open::layers::Layers;
use crate::open::prove::{Layer, Proof, is_signature};
use crate::open::receipts;
use crate::remembered::Harvest;
use crate::reply::{self, Referenced};
use crate::report::{FindingReport, HeaderReport, Report};
use crate::verdict::{Code, Finding, Severity, Verdict};

/// The verdict with everything that is derived from the same facts.
pub(super) struct Judgement {
    pub verdict: Verdict,
    pub report: Report,
    pub findings: Vec<Finding>,
    /// The header of the mail as it is given out.
    pub header: Vec<u8>,
    /// The root of what is given out without Legacy Display Elements; none where nothing encrypts.
    pub undisplayed: Option<Header>,
    /// What an answer refers to.
    pub referenced: Referenced,
    /// A label is beyond what one is cleared for.
    pub stopped: bool,
    /// Some layer of encryption proves nothing by itself.
    pub cbc: bool,
    /// What the sender can read; nothing unless the mail is verified.
    pub learned: Vec<LearnedCapabilities>,
    /// What the sender's certificates are; none unless the mail is verified.
    pub harvest: Option<Harvest>,
}

/// Judges a proven mail.
///
/// # Errors
/// [`OpenError::Keyring`] where the keyring fails, [`OpenError::Unsupported`] for a mail without content.
pub(super) fn judge(proof: &Proof, keyring: &dyn Keyring, policy: &Policy, now: Time) -> Result<Judgement, OpenError> {
    let empty = Header::default();
    let heads = Heads::of(proof, &empty);
    let effective = &*heads.effective;

    let mut findings = Vec::new();
    let from = sender(effective, &mut findings);
    let judge = Judge::new(policy, now, keyring, from)?;
    structure_findings(proof, &mut findings);
    kind_findings(proof, &mut findings);
    payload_findings(&heads, &mut findings);
    header_findings(&heads, &mut findings);
    let mut layers = Layers::judge(proof, &judge, &mut findings);
    let mut learned = std::mem::take(&mut layers.judged.learned);
    let confidentiality = layers.confidentiality();
    encryption_findings(proof, confidentiality, &mut findings);
    let blocked = blocked(&findings);
    let verdict = verdict(&mut layers, proof, &judge, blocked, &mut findings);
    let verified = matches!(verdict, Verdict::Verified { .. });
    if verified {
        signed_findings(layers.judged.signed_at, effective, &mut findings);
        // Of the signer that counts; of the others their reports tell.
        if layers.judged.revocation != "not-checked" {
            findings.retain(|finding| finding.code != Code::RevocationNotChecked);
        }
    }
    let from_outside = from_findings(&heads, verified, &mut findings);
    let harvest = match &verdict {
        Verdict::Verified { signer } => {
            let shown = std::mem::take(&mut layers.judged.shown);
            Some(harvest::harvest(&judge.believer(), signer.address(), effective, shown, &mut findings)?)
        }
        _ => None,
    };
    if !verified {
        learned.clear();
    }
    let cbc = proof.layers.iter().any(|layer| matches!(layer, Layer::Enveloped(facts) if !facts.authenticated));
    if cbc {
        findings.extend(learned.iter().find_map(downgraded));
    }
    let hidden = cbc && matches!(verdict, Verdict::Broken { .. });
    if hidden {
        // What exactly broke would tell whoever changed the ciphertext something about the plaintext.
        findings.retain(|finding| finding.severity != Severity::Error);
        let text = "what was decrypted is not what was signed";
        findings.push(Finding::new(Code::SignatureBad, Severity::Error, text));
    }
    let stopped = layers.judged.stopped;
    let asked = layers.judged.receipt.take().filter(|_| !stopped && !matches!(verdict, Verdict::Broken { .. }));
    let receipt = receipts::tell(asked, &mut findings);
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
        layers: layers.reports(proof, blocked, hidden),
        signers: layers.judged.reports,
        headers: header_report(&heads, verified, from_outside),
        receipt,
        parts: Vec::new(),
        findings: findings.iter().map(finding_report).collect(),
    };
    let header = if heads.enveloped { heads.restored(from_outside) } else { [heads.outer.raw(), b"\r\n"].concat() };
    let undisplayed = heads.may_display().then(|| heads.root.clone());
    let referenced = referenced(&heads);
    Ok(Judgement { verdict, report, findings, header, undisplayed, referenced, stopped, cbc, learned, harvest })
}

fn verdict(
    layers: &mut Layers,
    proof: &Proof,
    judge: &Judge<'_>,
    blocked: bool,
    findings: &mut Vec<Finding>,
) -> Verdict {
    let broken_structure = proof.ambiguous
        || proof.broken_text
        || proof.layers.iter().any(|layer| match layer {
            Layer::Multipart(part) => part.facts.is_err() || part.broken_text,
            _ => false,
        });
    let nobody = Vec::new;
    if !proof.ambiguous && !proof.layers.iter().any(is_signature) {
        return Verdict::Unsigned;
    }
    if broken_structure || layers.judged.bad {
        return Verdict::Broken { findings: nobody() };
    }
    if layers.judged.reports.is_empty() {
        return Verdict::Unsigned; // SignedData without a signer signs nothing (V-01)
    }
    match layers.judged.verified.take() {
        Some(signer) if !blocked => Verdict::Verified { signer },
        _ => {
            let mut authors = layers.authors().filter(|author| author.signature == "good").peekable();
            if authors.peek().is_some() && !authors.any(|author| author.matches_from) {
                findings.push(mismatch(judge, layers.authors()));
            }
            Verdict::Unverified { findings: nobody() }
        }
    }
}

/// Whether what the header says of the sender cannot be relied on, or what it is about is not to be seen.
fn blocked(findings: &[Finding]) -> bool {
    findings.iter().any(|f| {
        let sender = matches!(f.code, Code::FromUnusable | Code::DisplayName | Code::SenderDiffers | Code::Forwarded);
        let form = matches!(f.code, Code::DuplicateHeader | Code::AmbiguousStructure | Code::LineEndsMixed);
        let label = f.code == Code::LabelNotCleared;
        (sender || form || label) && f.severity == Severity::Error
    })
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

/// What an answer refers to.
fn referenced(heads: &Heads<'_>) -> Referenced {
    Referenced {
        protected: if heads.scheme == Some(Scheme::HeaderProtection) {
            heads.protected.clone()
        } else {
            reply::unprotected(&heads.effective)
        },
        outer: heads.told.clone(),
        hidden: heads.protection == Protection::Cipher,
        encrypted: heads.encrypted,
    }
}

fn header_report(heads: &Heads<'_>, verified: bool, from_outside: bool) -> HeaderReport {
    let header = &*heads.effective;
    let text = |name: &str| header.get(name).map(|f| f.decoded()).unwrap_or_default();
    let to = header.get("To").map(|f| f.unfolded()).unwrap_or_default();
    let from = if from_outside { heads.outer.get("From").map(|f| f.decoded()) } else { None };
    HeaderReport {
        protection: heads.protection.word(),
        scheme: heads.scheme.map(Scheme::word),
        states: heads.states(verified),
        from: from.unwrap_or_else(|| text("From")),
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
