//! What to do about each signer's certificate: one thing, as a command.

use super::report::SignerExplained;
use super::scene::Scene;
use crate::report::SignerReport;

pub(super) fn explained(reports: Vec<SignerReport>, scene: &Scene<'_>) -> Vec<SignerExplained> {
    reports.into_iter().map(|report| SignerExplained { hint: hint(&report, scene.name), report }).collect()
}

fn hint(report: &SignerReport, name: &str) -> String {
    let digits = report.fingerprint.trim_start_matches("sha256:").get(..16).unwrap_or_default();
    match report.certificate {
        "missing" => format!("get the certificate from {} and: sealpost cert import FILE", who(report)),
        "untrusted" => format!(
            "confirm the fingerprint {} with {} by telephone, then: sealpost cert import {name} && sealpost cert trust {digits}",
            report.fingerprint,
            who(report),
        ),
        "expired" => match &report.signed_at {
            Some(time) => format!("judge it as of when it says that it was signed: sealpost open --at {time} {name}"),
            None => format!("ask {} for a mail that is signed with a newer certificate", who(report)),
        },
        "revoked" => {
            format!("do not rely on it; ask {} by another way, and: sealpost cert distrust {digits}", who(report))
        }
        "wrong-purpose" => {
            format!("see what it is for: sealpost cert import {name} && sealpost cert show {digits}")
        }
        "weak" => "see what the policy says: sealpost policy show --use verify".to_owned(),
        _ => String::new(),
    }
}

fn who(report: &SignerReport) -> &str {
    report.addresses.first().map_or("the signer", String::as_str)
}
