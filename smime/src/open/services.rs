//! What signers say about the content and about each other, for reports: labels, lists, countersignatures.

use cms::{Countersigned, SecurityLabel, Services};
use trust::{Address, CertificateState, Clearance};
use wire::Certificate;
use wire::cms::SignerInfo;

use crate::open::labels;
use crate::report::{CounterReport, LabelReport, ListReport, SignerReport};
use crate::verdict::{Code, Finding, Severity};

/// Fills in what a signer whose signature holds says of the content, and tells whether its label stops whoever reads it
/// (RFC 2634 §3.1.2): only where there are clearances. `trusted` are the signer's addresses, if the certificate is. What
/// nobody signed says nothing.
pub(super) fn describe(
    info: &SignerInfo,
    who: &dyn std::fmt::Display,
    clearances: &[Clearance],
    trusted: &[Address],
    report: &mut SignerReport,
    findings: &mut Vec<Finding>,
) -> bool {
    let Some(signed) = &info.signed else { return false };
    let services = Services::of(signed);
    for name in &services.unreadable {
        let text = format!("the attribute {name} of {who} cannot be read");
        findings.push(Finding::new(Code::AttributeUnreadable, Severity::Warning, text));
    }
    let stops = label_finding(&services, who, clearances, trusted, findings);
    report.label = services.label.as_ref().map(label);
    report.equivalent_labels = services.equivalent.iter().map(label).collect();
    report.content_hint = services.hint.map(|hint| {
        let name = hint.content_type.name().map_or_else(|| hint.content_type.to_string(), str::to_owned);
        hint.description.map_or_else(|| name.clone(), |text| format!("{text} ({name})"))
    });
    report.content_identifier = services.identifier.map(|octets| wire::hex(&octets));
    report.refers_to = services.reference.map(|reference| wire::hex(&reference.content_id));
    let list = |passed: &cms::Expansion| ListReport { id: passed.list.to_string(), at: passed.at.to_string() };
    report.lists = services.lists.iter().map(list).collect();
    stops
}

fn label_finding(
    services: &Services,
    who: &dyn std::fmt::Display,
    clearances: &[Clearance],
    trusted: &[Address],
    findings: &mut Vec<Finding>,
) -> bool {
    let answer = if clearances.is_empty() { None } else { Some(labels::check(services, clearances, trusted)) };
    match (answer, &services.label) {
        (Some(Err(obstacle)), _) => {
            let hint = "what one is cleared for stands in policy.toml, as [[clearance]]";
            let text = format!("{who} {obstacle}");
            findings.push(Finding::new(Code::LabelNotCleared, Severity::Error, text).hint(hint));
            return true;
        }
        (Some(Ok(())), Some(label)) => {
            let text = format!("{who} labels it {}", labels::words(label));
            findings.push(Finding::new(Code::SecurityLabel, Severity::Note, text));
        }
        (None, Some(label)) => {
            let text = format!("{who} labels it {}: the rules of that policy are not known here", labels::words(label));
            findings.push(Finding::new(Code::SecurityLabel, Severity::Warning, text));
        }
        (_, None) => {}
    }
    false
}

/// The countersignatures of a signer, with the state of each certificate. One that fails takes nothing from the
/// signature, nor adds one that holds.
pub(super) fn describe_countersignatures(
    counters: &[Countersigned],
    state: &dyn Fn(&Certificate) -> CertificateState,
    findings: &mut Vec<Finding>,
) -> Vec<CounterReport> {
    counters.iter().map(|counter| countersignature(counter, state, findings)).collect()
}

fn countersignature(
    counter: &Countersigned,
    state: &dyn Fn(&Certificate) -> CertificateState,
    findings: &mut Vec<Finding>,
) -> CounterReport {
    let state = counter.certificate.as_ref().map_or(CertificateState::Missing, state);
    let signature = match &counter.result {
        Ok(()) => "good",
        Err(fault) if fault.is_bad() => "bad",
        Err(_) => "unsupported",
    };
    if let Err(fault) = &counter.result {
        let text = format!("a countersignature does not count: {fault}");
        findings.push(Finding::new(Code::CountersignatureBad, Severity::Warning, text));
    }
    findings.extend(counter.warnings.iter().map(|text| Finding::weak("a countersignature", text)));
    CounterReport {
        addresses: counter
            .certificate
            .iter()
            .flat_map(trust::certificate_addresses)
            .map(|address| address.to_string())
            .collect(),
        signature,
        certificate: state.word(),
        algorithm: counter.algorithm.clone(),
        fingerprint: counter.certificate.as_ref().map(fingerprint).unwrap_or_default(),
        signed_at: counter.signed_at.map(|time| time.to_string()),
    }
}

fn label(label: &SecurityLabel) -> LabelReport {
    LabelReport {
        policy: label.policy.to_string(),
        classification: label.classification_name(),
        privacy_mark: label.privacy_mark.clone(),
        categories: label.categories.iter().map(ToString::to_string).collect(),
    }
}

pub(super) fn fingerprint(certificate: &Certificate) -> String {
    ["sha256", &wire::hex(&crypto::certificate_fingerprint(certificate))].join(":")
}
