//! What is said of the certificate: a report for people, and the same as JSON.

use std::fmt::Write as _;

use directory::{Answer, FetchNote};
use serde_json::{Value, json};
use trust::{CertificateRevocation, CertificateState, RevocationSource, RevocationState};
use wire::Certificate;

use super::advice::advice;
use super::evidence::AtHand;
use super::options::{Check, For};
use crate::common::{certificate, report, terminal};

/// All that is said.
pub struct Report<'a> {
    at_hand: &'a AtHand,
    answer: &'a Answer,
    notes: &'a [FetchNote],
    state: CertificateState,
    purpose: For,
    findings: Vec<Finding>,
}

struct Finding {
    code: &'static str,
    severity: &'static str,
    text: String,
    hint: String,
}

impl<'a> Report<'a> {
    /// Puts it together.
    pub fn new(check: &Check, at_hand: &'a AtHand, answer: &'a Answer, notes: &'a [FetchNote]) -> Self {
        let state = answer.path.as_ref().map_or_else(CertificateState::from, |_| CertificateState::Trusted);
        let findings = Vec::new();
        let mut report = Report { at_hand, answer, notes, state, purpose: check.purpose, findings };
        if let Err(error) = &answer.path {
            let (code, hint) = advice(check, error);
            report.add(code, "error", error.to_string(), hint);
        }
        for note in notes {
            if let Err(why) = &note.outcome {
                let hint = why.hint().unwrap_or_default();
                report.add("fetch-failed", "warning", format!("{}: {why}", note.url), hint);
            }
        }
        for why in &at_hand.unreadable {
            report.add("file-unreadable", "warning", why.clone(), String::new());
        }
        if let Ok(path) = &answer.path {
            for warning in path.warnings() {
                report.add("weak-algorithm", "warning", warning.clone(), String::new());
            }
            report.doubts();
        }
        if check.no_revocation {
            let text = "whether it is revoked was not asked, as --no-revocation says";
            report.add("revocation-not-checked", "note", text.to_owned(), String::new());
        }
        report
    }

    /// What cannot be told and is believed all the same.
    fn doubts(&mut self) {
        let Some(outcome) = &self.answer.revocation else { return };
        for of in &outcome.certificates {
            if matches!(of.state, RevocationState::Undetermined(_)) {
                let text = format!(
                    "whether the certificate of \"{}\" is revoked cannot be told: its issuer does not say where to ask",
                    of.certificate.subject()
                );
                let hint = "if its issuer keeps a CRL, name it with --crl";
                self.add("revocation-unknown", "warning", text, hint.to_owned());
            }
        }
    }

    fn add(&mut self, code: &'static str, severity: &'static str, text: String, hint: String) {
        self.findings.push(Finding { code, severity, text, hint });
    }

    /// For people.
    pub fn words(&self, verbose: bool) -> String {
        let mut out = format!("{}\n", terminal::escape(&self.summary()));
        for (place, of) in self.chain().enumerate() {
            let line = format!("  {}: {}, {}", place + 1, certificate::whose(of), certificate::print(of));
            let _ = writeln!(out, "{}", terminal::escape(&line));
            let ends = format!("     valid {} to {}", of.not_before(), of.not_after());
            let _ = writeln!(out, "{ends}, {}", terminal::escape(&self.standing(of)));
        }
        if verbose {
            for note in self.notes {
                if let Ok(from) = note.outcome {
                    let _ = writeln!(out, "{}: {}", from.name(), terminal::escape(&note.url));
                }
            }
        }
        for finding in &self.findings {
            let _ = writeln!(out, "{}: {}", finding.severity, terminal::escape(&finding.text));
            if !finding.hint.is_empty() {
                let _ = writeln!(out, "hint: {}", terminal::escape(&finding.hint));
            }
        }
        out
    }

    /// As JSON. The names are a contract.
    pub fn json(&self) -> String {
        let policies = self.answer.path.as_ref().map(|path| path.policies().to_vec()).unwrap_or_default();
        let findings = self
            .findings
            .iter()
            .map(|f| json!({ "code": f.code, "severity": f.severity, "text": f.text, "hint": f.hint }));
        let notes = self.notes.iter().map(|note| match &note.outcome {
            Ok(from) => json!({ "url": note.url, "outcome": from.name() }),
            Err(why) => json!({ "url": note.url, "outcome": "failed", "why": why.to_string() }),
        });
        report::json(json!({
            "summary": self.summary(),
            "certificate": self.state.word(),
            "revocation": self.answer.revocation.as_ref().map_or("not-checked", |outcome| outcome.word()),
            "subject": certificate::json(&self.at_hand.leaf),
            "path": self.chain().map(|of| self.link(of)).collect::<Vec<_>>(),
            "policies": policies.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "findings": findings.collect::<Vec<_>>(),
            "fetched": notes.collect::<Vec<_>>(),
        }))
    }

    fn summary(&self) -> String {
        let whose = certificate::whose(&self.at_hand.leaf);
        let purpose = if self.purpose == For::Mail { " for mail" } else { "" };
        match &self.answer.path {
            Ok(path) if path.chain().len() > 1 => {
                format!("{whose}: trusted{purpose}, by {}", path.anchor().subject())
            }
            Ok(_) => format!("{whose}: trusted{purpose}, an anchor itself"),
            Err(_) => format!("{whose}: not to be believed{purpose} ({})", self.state),
        }
    }

    /// The path as far as it is known.
    fn chain(&self) -> impl Iterator<Item = &Certificate> {
        let chain = &self.answer.chain;
        let alone = chain.is_empty().then_some(&self.at_hand.leaf);
        alone.into_iter().chain(chain)
    }

    fn is_anchor(&self, certificate: &Certificate) -> bool {
        self.answer.chain.last() == Some(certificate)
    }

    fn revocation(&self, certificate: &Certificate) -> Option<&CertificateRevocation> {
        let outcome = self.answer.revocation.as_ref()?;
        outcome.certificates.iter().find(|of| of.certificate == *certificate)
    }

    fn standing(&self, certificate: &Certificate) -> String {
        if self.is_anchor(certificate) {
            return match self.at_hand.trusted_by(certificate) {
                "option" => "an anchor by --trust".to_owned(),
                "system" => "an anchor of the system".to_owned(),
                _ => "an anchor of yours".to_owned(),
            };
        }
        let Some(of) = self.revocation(certificate) else { return "revocation not asked".to_owned() };
        let by = match of.source {
            RevocationSource::Crl => "by the CRL",
            RevocationSource::Ocsp => "by OCSP",
            RevocationSource::OwnAuthority => "by your own authority",
            RevocationSource::NoneAvailable => "which its issuer never tells (RFC 9608)",
            RevocationSource::Nothing => "",
        };
        let as_of = of.as_of.map(|time| format!(" of {time}")).unwrap_or_default();
        match &of.state {
            RevocationState::Good => format!("not revoked {by}{as_of}"),
            RevocationState::Revoked(revoked) | RevocationState::RevokedLater(revoked) => {
                format!("revoked on {} ({}) {by}{as_of}", revoked.at, revoked.reason.name())
            }
            RevocationState::Undetermined(doubts) => {
                let doubts: Vec<String> = doubts.iter().map(ToString::to_string).collect();
                format!("revocation unknown: {}", doubts.join("; "))
            }
        }
    }

    fn link(&self, certificate: &Certificate) -> Value {
        let anchor = self.is_anchor(certificate);
        let mut link = json!({
            "fingerprint": certificate::print(certificate),
            "subject": certificate.subject().to_string(),
            "issuer": certificate.issuer().to_string(),
            "not_before": certificate.not_before().to_string(),
            "not_after": certificate.not_after().to_string(),
            "anchor": anchor,
            "trusted_by": anchor.then(|| self.at_hand.trusted_by(certificate)),
        });
        if let Some(of) = self.revocation(certificate) {
            link["revocation"] = revocation(of);
        }
        link
    }
}

/// The report of a certificate that cannot be read as one.
pub fn malformed(why: &str) -> String {
    let hint = "do not believe it; ask its owner for it again";
    report::json(json!({
        "summary": why,
        "certificate": CertificateState::Untrusted.word(),
        "revocation": "not-checked",
        "path": [],
        "policies": [],
        "findings": [{ "code": "certificate-malformed", "severity": "error", "text": why, "hint": hint }],
        "fetched": [],
    }))
}

fn revocation(of: &CertificateRevocation) -> Value {
    let source = match of.source {
        RevocationSource::Crl => "crl",
        RevocationSource::Ocsp => "ocsp",
        RevocationSource::OwnAuthority => "own-authority",
        RevocationSource::NoneAvailable => "none-available",
        RevocationSource::Nothing => "none",
    };
    let mut value = json!({ "source": source, "as_of": of.as_of.map(|time| time.to_string()) });
    match &of.state {
        RevocationState::Good => value["state"] = json!("good"),
        RevocationState::Revoked(revoked) | RevocationState::RevokedLater(revoked) => {
            value["state"] = json!("revoked");
            value["revoked_at"] = json!(revoked.at.to_string());
            value["reason"] = json!(revoked.reason.name());
        }
        RevocationState::Undetermined(doubts) => {
            value["state"] = json!("unknown");
            value["why"] = json!(doubts.iter().map(ToString::to_string).collect::<Vec<_>>());
        }
    }
    value
}
