//! `sealpost-gpgsm --verify`: the verdict in gpgsm's lines, words and exit codes.

use std::path::{Path, PathBuf};

use smime::report::SignerReport;
use smime::stateless::Verified;
use smime::{Desk, OpenError, Severity};
use wire::Certificate;

use super::status::{Status, fingerprint, moment, numbers, signer, text};
use crate::common::certificate::whose;
use crate::common::error::{Exit, Failure, Result};
use crate::common::global::Global;
use crate::common::input::Input;
use crate::common::output::{self, Kind, Output};
use crate::common::{policy, store};
use crate::open::failure;

/// Verifies the first file, over the second where it is detached. Whether it is to be believed is told by the status
/// lines too; `Ok(false)` where it is bad.
pub fn run(files: &[PathBuf], global: &Global, status: &mut Status) -> Result<bool> {
    let (signature, content) = match files {
        [] => (None, None),
        [signature] => (Some(signature), None),
        [signature, content] => (Some(signature), Some(content)),
        _ => return Err(Failure::usage("--verify takes the signature, and at most one content")),
    };
    let standard = |file: Option<&PathBuf>| file.is_some_and(|file| file == Path::new("-"));
    if standard(signature) && standard(content) {
        return Err(Failure::usage("only one of the two can be standard input"));
    }
    let directory = store::open(global)?;
    let policy = policy::load(global)?;
    let input = Input::open(signature.map(PathBuf::as_path))?;
    let content = content.map(|path| Input::open(Some(path))).transpose()?;
    let content = content.as_ref().map(|input| input as &dyn ::cms::Source);
    let verified = Desk::new(&policy, &directory).at(global.now()).verify(&input, content);
    let verified = match verified {
        Ok(verified) => verified,
        Err(error) => {
            status.line("NODATA", "4")?;
            return Err(match error {
                OpenError::ContentMissing => Failure::new(Exit::InputMissing, error)
                    .hint("name what it signs behind it: sealpost-gpgsm --verify SIGNATURE FILE"),
                other => failure::opening(other),
            });
        }
    };
    let bad = verified.signers().iter().any(|report| report.signature == "bad");
    for report in verified.signers() {
        told(report, verified.is_accepted(), status)?;
        say(report, global);
    }
    for finding in verified.findings() {
        if finding.severity != Severity::Note {
            global.say(finding.to_string());
        }
    }
    match (verified.is_accepted(), bad) {
        (true, _) => {
            if global.output.is_some() {
                let mut out = Output::open(global, Kind::Foreign)?;
                output::pour(&mut verified.content().map_err(failure::opening)?, &mut out).map_err(failure::reading)?;
                out.commit()?;
            }
            Ok(true)
        }
        (false, true) => Ok(false),
        (false, false) => Err(Failure::other(why(&verified))),
    }
}

/// The lines about one signature.
fn told(report: &SignerReport, accepted: bool, status: &mut Status) -> Result {
    status.line("NEWSIG", "")?;
    let when = report.signed_at.as_deref().map(moment);
    let numbers = numbers(&report.algorithm);
    let Some(certificate) = &report.held else {
        // 9: the certificate is missing.
        let when = when.as_deref().unwrap_or("0");
        return status.line("ERRSIG", &format!("0 {numbers} 00 {when} 9"));
    };
    let who = signer(certificate);
    match (report.signature, report.certificate) {
        ("bad", _) => return status.line("BADSIG", &who),
        ("good", "expired") => status.line("EXPKEYSIG", &who)?,
        ("good", "revoked") => status.line("REVKEYSIG", &who)?,
        ("good", _) => status.line("GOODSIG", &who)?,
        _ => {
            // 4: the algorithm is not supported, or not believed.
            let (key, when) = (fingerprint(certificate), when.as_deref().unwrap_or("0"));
            return status.line("ERRSIG", &format!("{key} {numbers} 00 {when} 4"));
        }
    }
    status.line("VALIDSIG", &valid(certificate, report, when.as_deref(), &numbers))?;
    match report.certificate {
        "trusted" if accepted => status.line("TRUST_FULLY", "0 shell"),
        "trusted" | "untrusted" | "expired" => status.line("TRUST_UNDEFINED", ""),
        _ => status.line("TRUST_NEVER", ""),
    }
}

/// Fingerprint, day, moment, end of the certificate, two numbers of OpenPGP, algorithms, class.
fn valid(certificate: &Certificate, report: &SignerReport, when: Option<&str>, numbers: &str) -> String {
    let day: String = report.signed_at.as_deref().unwrap_or("0").chars().take(10).collect();
    let ends = moment(&certificate.not_after().to_string());
    format!("{} {day} {} {ends} 0 0 {numbers} 00", fingerprint(certificate), when.unwrap_or("0"))
}

/// The same for people: what `git log --show-signature` shows.
fn say(report: &SignerReport, global: &Global) {
    let Some(certificate) = &report.held else { return };
    let who = format!("{} ({})", whose(certificate), text(&certificate.subject().to_string()));
    match (report.signature, report.signed_at.as_deref()) {
        ("good", Some(when)) => {
            global.say(format!("Good signature of {when} by {who}, certificate {}", report.certificate));
        }
        ("good", None) => global.say(format!("Good signature by {who}, certificate {}", report.certificate)),
        ("bad", _) => global.say(format!("BAD signature by {who}")),
        _ => global.say(format!("Signature by {who}: not checked")),
    }
    global.say(format!("fingerprint {}", report.fingerprint));
}

fn why(verified: &Verified<'_>) -> String {
    let error = verified.findings().iter().find(|finding| finding.severity == Severity::Error);
    error.map_or_else(|| "no signature is to be believed".to_owned(), |finding| finding.text.clone())
}
