//! Choosing certificates, and showing them.

use directory::{CertificateInfo, Directory, Mark};
use serde_json::{Value, json};

use crate::common::certificate;
use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::{output, report};

/// The certificates that a selector fits: all of an address, or those whose fingerprint begins so.
///
/// # Errors
/// Where there is none.
pub fn some(directory: &Directory, selector: &str) -> Result<Vec<CertificateInfo>> {
    let found = directory.find_certificates(selector)?;
    if found.is_empty() {
        return Err(Failure::other(format!("no certificate here is {selector}"))
            .hint("`sealpost cert list` shows all of them; `sealpost cert import FILE` adds more"));
    }
    Ok(found)
}

/// Sets the mark of these certificates, and reports them.
///
/// # Errors
/// Where the store fails.
pub fn mark(global: &Global, directory: &Directory, found: &[CertificateInfo], mark: Mark, what: &str) -> Result {
    let mut marked = Vec::new();
    for info in found {
        marked.push(directory.set_mark(&info.fingerprint, mark)?);
        global.say(format!(
            "{what}: {} {}",
            certificate::print(&info.certificate),
            certificate::whose(&info.certificate)
        ));
    }
    report(global, &marked)
}

/// Reports certificates as JSON, if that is wanted.
///
/// # Errors
/// Where it cannot be written.
pub fn report(global: &Global, found: &[CertificateInfo]) -> Result {
    if !global.json {
        return Ok(());
    }
    let certificates: Vec<Value> = found.iter().map(json).collect();
    output::text(global, &report::json(json!({ "certificates": certificates })))
}

/// A certificate of the store in a report. The names are a contract.
pub fn json(info: &CertificateInfo) -> Value {
    let mut value = certificate::json(&info.certificate);
    value["mark"] = json!(info.mark.name());
    value["trusted_by"] = json!(info.trusted_by().map(|by| by.name()));
    value["system_source"] = json!(info.system);
    value["origin"] = json!(info.origin.name());
    value["added_at"] = json!(info.added_at.to_string());
    value
}
