//! Choosing certificates, and showing them.

use directory::{CertificateInfo, Directory, Mark, Origin, Sighting, Source};
use serde_json::{Value, json};
use smime::{Capabilities, Standing};
use wire::Time;

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
    value["origin"] = json!(origin(info));
    value["added_at"] = json!(info.added_at.to_string());
    let history = &info.history;
    let times = |at: &dyn Fn(&Sighting) -> Time| history.sightings.iter().map(at).collect::<Vec<Time>>();
    let first = times(&|s| s.first_seen).into_iter().min().unwrap_or(info.added_at);
    let last = times(&|s| s.last_seen).into_iter().max().unwrap_or(info.added_at);
    value["first_seen"] = json!(first.to_string());
    value["last_seen"] = json!(last.to_string());
    value["sources"] = history.sightings.iter().map(source_json).collect();
    let standing =
        |(address, standing): &(String, Standing)| json!({ "address": address, "standing": standing.word() });
    value["standings"] = history.standings.iter().map(standing).collect();
    value["capabilities"] = match &history.capabilities {
        Some((list, at)) => json!({ "list": capability_names(list), "signed_at": at.to_string() }),
        None => Value::Null,
    };
    value
}

/// How it came here: what was found is told by the kind of place where it was first seen.
pub fn origin(info: &CertificateInfo) -> &str {
    let found = |seen: &&Sighting| info.origin == Origin::Mail && seen.source != Source::File.name();
    let seen = info.history.sightings.first().filter(found);
    seen.map_or(info.origin.name(), |seen| seen.source.as_str())
}

fn source_json(seen: &Sighting) -> Value {
    json!({
        "source": seen.source,
        "detail": seen.detail,
        "first_seen": seen.first_seen.to_string(),
        "last_seen": seen.last_seen.to_string(),
        "first_in": seen.messages.0,
        "last_in": seen.messages.1,
    })
}

/// What a list says that its owner can read, by the names of the algorithms.
pub fn capability_names(list: &Capabilities) -> Vec<String> {
    list.0.iter().map(|known| known.oid.name().map_or_else(|| known.oid.to_string(), str::to_owned)).collect()
}

/// What is known of a certificate beside itself, in lines of a name and a value.
pub fn history_fields(info: &CertificateInfo) -> Vec<(&'static str, String)> {
    let mut fields = Vec::new();
    for (address, standing) in info.history.standings.iter().filter(|(_, standing)| *standing != Standing::Used) {
        fields.push(("standing", format!("{}: for {address} it {standing}", standing.word())));
    }
    for seen in &info.history.sightings {
        let mut text = format!("{} {}, first {}", seen.source, seen.detail, seen.first_seen);
        text.extend(seen.messages.0.iter().map(|id| format!(" in {id}")));
        if seen.last_seen != seen.first_seen {
            text.push_str(&format!(", last {}", seen.last_seen));
            text.extend(seen.messages.1.iter().map(|id| format!(" in {id}")));
        }
        fields.push(("seen", text));
    }
    if let Some((list, at)) = &info.history.capabilities {
        fields.push(("reads", format!("{}, by their mail of {at}", capability_names(list).join(", "))));
    }
    fields
}
