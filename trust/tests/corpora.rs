//! Paths of x509-limbo and BoringSSL; those of NIST PKITS, which has CRLs for each, are with revocation. Exceptions are
//! listed with their reasons and fail both ways.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use sealpost_trust::{Evidence, PathError, Policy, ProvenPath, Purpose, validate};
use wire::{Certificate, Time};

#[path = "corpora_of/boringssl.rs"]
mod boringssl;

#[test]
fn limbo() {
    let Some(root) = corpus("x509-limbo") else { return };
    let file: serde_json::Value = serde_json::from_slice(&fs::read(root.join("limbo.json")).unwrap()).unwrap();
    let mut seen = Outcomes::default();
    for case in file["testcases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        if id.starts_with("webpki") || id.starts_with("online") {
            seen.left += 1;
            continue;
        }
        let list = |field: &str| -> Result<Vec<Certificate>, wire::Error> {
            case[field].as_array().unwrap().iter().map(|text| certificate(text.as_str().unwrap())).collect()
        };
        let peer = certificate(case["peer_certificate"].as_str().unwrap());
        // Where no time is given, any time within the certificates' does; fractions of a second are dropped.
        let now = case["validation_time"].as_str().unwrap_or("2026-11-23T00:00:00");
        let now = Time::parse_rfc3339(&format!("{}Z", now.get(..19).unwrap())).unwrap();
        let outcome = match (peer, list("untrusted_intermediates"), list("trusted_certs")) {
            (Ok(peer), Ok(pool), Ok(anchors)) => judge(&peer, &pool, &anchors, now),
            (Err(e), _, _) | (_, Err(e), _) | (_, _, Err(e)) => Err(format!("unreadable: {e}")),
        };
        seen.note(&format!("limbo {id}"), case["expected_result"] == "SUCCESS", outcome);
    }
    seen.compare("limbo", "webpki and online, which judge servers");
}

fn judge(leaf: &Certificate, pool: &[Certificate], anchors: &[Certificate], now: Time) -> Result<(), String> {
    judge_with(leaf, &Evidence { pool, anchors, distrusted: &[] }, now)
}

fn judge_with(leaf: &Certificate, evidence: &Evidence<'_>, now: Time) -> Result<(), String> {
    let result: Result<ProvenPath, PathError> = validate(leaf, Purpose::Any, evidence, &Policy::standard(), now);
    result.map(drop).map_err(|e| e.to_string())
}

fn certificate(pem: &str) -> Result<Certificate, wire::Error> {
    Certificate::from_der(&wire::pem::parse(pem.as_bytes())?[0].contents)
}

#[derive(Default)]
struct Outcomes {
    total: usize,
    left: usize,
    other: BTreeMap<String, (bool, String)>,
}

impl Outcomes {
    fn note(&mut self, id: &str, expected: bool, outcome: Result<(), String>) {
        self.total += 1;
        if outcome.is_ok() != expected {
            self.other.insert(id.to_owned(), (expected, outcome.err().unwrap_or_else(|| "accepted".to_owned())));
        }
    }

    /// What differs from the corpus must be what the list says, no less and no more.
    fn compare(&self, corpus: &str, why: &str) {
        let listed: BTreeMap<&str, &str> = EXCEPTIONS
            .lines()
            .skip(1)
            .filter(|line| line.split_once(' ').is_some_and(|(name, _)| name == corpus))
            .map(|line| {
                let fields: Vec<&str> = line.split('\t').collect();
                assert!(fields.len() == 4 && !fields[3].is_empty(), "{line}");
                (fields[0], fields[2])
            })
            .collect();
        let word = |accepted: bool| if accepted { "accept" } else { "reject" };
        let mut wrong = Vec::new();
        for (id, (expected, text)) in &self.other {
            if listed.get(id.as_str()) != Some(&word(!expected)) {
                wrong.push(format!("{id}\t{}\t{}\t{text}", word(*expected), word(!expected)));
            }
        }
        wrong.extend(listed.keys().filter(|id| !self.other.contains_key(**id)).map(|id| format!("{id} passes now")));
        let (total, other, left) = (self.total, self.other.len(), self.left);
        tell(&format!(
            "{corpus}: {} cases, {total} run, {} as expected, {other} exceptions, {left} left: {}",
            total + left,
            total - other,
            why
        ));
        assert!(wrong.is_empty(), "not as listed:\n{}", wrong.join("\n"));
    }
}

/// A line past the capture of the test harness, for counts are to be seen when all is well.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn corpus(name: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    let root = std::env::var_os("SEALPOST_CORPORA").map_or(default, PathBuf::from).join(name);
    if root.is_dir() {
        return Some(root);
    }
    assert_ne!(std::env::var("SEALPOST_REQUIRE").as_deref(), Ok("all"), "no corpora");
    tell("skipped: no corpora");
    None
}

const EXCEPTIONS: &str = include_str!("corpora.exceptions.tsv");
