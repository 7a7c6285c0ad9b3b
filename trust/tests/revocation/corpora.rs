//! NIST PKITS, every row with its CRLs and with nothing believed of which nobody can tell; x509-limbo's group `crl`;
//! the CRLs and OCSP answers of the other collections, which have to be readable.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use sealpost_trust::{
    Evidence, Policy, Purpose, RevocationEvidence, RevocationMode, RevocationPolicy, When, check_revocation, validate,
};
use wire::ocsp::OcspResponse;
use wire::{Certificate, Crl, Time};

fn strict() -> Policy {
    Policy::standard().with_revocation(RevocationPolicy { mode: RevocationMode::Hard, ..RevocationPolicy::default() })
}

fn judge(leaf: &Certificate, evidence: &Evidence<'_>, crls: Vec<Crl>, now: Time) -> Result<(), String> {
    let policy = strict();
    let path = validate(leaf, Purpose::Any, evidence, &policy, now).map_err(|e| e.to_string())?;
    let known = RevocationEvidence { crls, ..RevocationEvidence::default() };
    let outcome = check_revocation(&path, evidence, &known, &policy, When::now(now));
    outcome.judge(policy.revocation()).map_err(|e| e.to_string())
}

/// C-01: sections 4.1 to 4.7, of which DSA alone is listed as an exception.
#[test]
fn c_01_pkits_with_revocation() {
    let Some(root) = corpus("pkits") else { return };
    let now = Time::parse_rfc3339("2026-11-23").unwrap();
    let table = fs::read_to_string(root.join("expected.tsv")).unwrap();
    let (mut right, mut wrong) = (0, Vec::new());
    for line in table.lines().filter(|l| l.starts_with("4.")) {
        let fields: Vec<&str> = line.split('\t').collect();
        let file =
            |folder: &str, name: &str, end: &str| fs::read(root.join(folder).join(format!("{name}.{end}"))).unwrap();
        let chain: Result<Vec<_>, _> =
            fields[9].split(',').map(|name| Certificate::from_der(&file("certs", name, "crt"))).collect();
        // One list has a signature of a broken octet, and nobody can read it: it is as good as none.
        let list = |name: &str| match Crl::from_der(&file("crls", name, "crl")) {
            Ok(crl) => Some(crl),
            Err(error) => {
                assert_eq!(name, "BadCRLSignatureCACRL", "{error}");
                None
            }
        };
        let crls: Vec<Crl> = fields[10].split(',').filter_map(list).collect();
        let outcome = match chain {
            Err(error) => Err(error.to_string()),
            Ok(chain) => {
                let (anchor, rest) = chain.split_first().unwrap();
                let (leaf, pool) = rest.split_last().unwrap();
                let evidence = Evidence { pool, anchors: std::slice::from_ref(anchor), distrusted: &[] };
                judge(leaf, &evidence, crls, now)
            }
        };
        if outcome.is_ok() == (fields[3] == "true") {
            right += 1;
        } else {
            wrong.push((format!("pkits {}", fields[0]), outcome));
        }
    }
    tell(&format!(
        "pkits with revocation: {} cases, {right} as expected, {} exceptions",
        right + wrong.len(),
        wrong.len()
    ));
    let listed = EXCEPTIONS.lines().filter_map(|line| line.split('\t').next()).filter(|id| id.starts_with("pkits "));
    let found: Vec<&str> = wrong.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(found, listed.collect::<Vec<_>>(), "{wrong:#?}");
    assert!(wrong.iter().all(|(_, outcome)| outcome.as_ref().is_err_and(|why| why.contains("dsa"))), "{wrong:#?}");
}

/// Beside those of the paths without lists.
const EXCEPTIONS: &str = include_str!("../corpora.exceptions.tsv");

#[test]
fn r_01_limbo_crls() {
    let Some(root) = corpus("x509-limbo") else { return };
    let file: serde_json::Value = serde_json::from_slice(&fs::read(root.join("limbo.json")).unwrap()).unwrap();
    let mut run = 0;
    for case in file["testcases"].as_array().unwrap() {
        let empty = Vec::new();
        let texts = |field: &str| case[field].as_array().unwrap_or(&empty).iter().map(|t| pem(t.as_str().unwrap()));
        let crls: Vec<Crl> = texts("crls").map(|der| Crl::from_der(&der).unwrap()).collect();
        if crls.is_empty() {
            continue;
        }
        let list = |field| texts(field).map(|der| Certificate::from_der(&der).unwrap()).collect::<Vec<_>>();
        let (pool, anchors) = (list("untrusted_intermediates"), list("trusted_certs"));
        let peer = Certificate::from_der(&pem(case["peer_certificate"].as_str().unwrap())).unwrap();
        let now = case["validation_time"].as_str().and_then(|text| text.get(..19)).unwrap();
        let now = Time::parse_rfc3339(&format!("{now}Z")).unwrap();
        let evidence = Evidence { pool: &pool, anchors: &anchors, distrusted: &[] };
        let outcome = judge(&peer, &evidence, crls, now);
        assert_eq!(outcome.is_ok(), case["expected_result"] == "SUCCESS", "{} {outcome:?}", case["id"]);
        run += 1;
    }
    tell(&format!("limbo with CRLs: {run} cases, all as expected"));
    assert!(run > 0);
}

/// Whatever the collections call a CRL or an OCSP answer is read; what is no answer is told as such.
#[test]
fn lists_and_answers_of_other_collections_are_read() {
    let mut counts = [0; 3];
    for folder in ["rfc4134", "asn1crypto", "rustcrypto-formats/x509-cert/tests/examples"] {
        let Some(root) = corpus(folder) else { return };
        for file in files(&root).iter().filter(|f| f.extension().is_some_and(|e| e == "crl")) {
            let crl = Crl::from_der(&fs::read(file).unwrap()).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            assert!(crl.this_update() < Time::NO_END);
            counts[0] += 1;
        }
    }
    let Some(root) = corpus("rustcrypto-formats/x509-ocsp/tests/examples") else { return };
    for file in files(&root) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let answer = match name.as_str() {
            _ if name.ends_with("-res.der") => true,
            "ocsp-internal-error.der" | "ocsp-malformed.der" | "ocsp-try-later.der" => false,
            "ocsp-sig-required.der" | "ocsp-unauthorized.der" => false,
            _ => continue,
        };
        let response = OcspResponse::from_der(&fs::read(&file).unwrap()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(response.basic.is_some(), answer, "{name}");
        counts[if answer { 1 } else { 2 }] += 1;
    }
    tell(&format!("collections: {} CRLs, {} OCSP answers, {} refusals, all read", counts[0], counts[1], counts[2]));
    assert!(counts.iter().all(|count| *count > 0));
}

fn pem(text: &str) -> Vec<u8> {
    wire::pem::parse(text.as_bytes()).unwrap()[0].contents.to_vec()
}

fn files(root: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// A line past the capture of the test harness, for counts are to be seen when all is well.
pub fn tell(line: &str) {
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
