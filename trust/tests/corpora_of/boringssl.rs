//! BoringSSL's certificates: chains, single certificates and extensions, names that are one, signatures.

use std::fs;
use std::path::{Path, PathBuf};

use crypto::{PublicKey, SignatureAlgorithm};
use sealpost_trust::Evidence;
use wire::der::Reader;
use wire::x509::{Extension, TbsCertificate, certificate_der};
use wire::{AlgorithmIdentifier, Certificate, Name, NameBuilder, SubjectPublicKeyInfo, Time, oids};

use super::{Outcomes, corpus, judge_with};

#[test]
fn boringssl_chains() {
    let Some(root) = corpus("boringssl-pki/verify_certificate_chain_unittest") else { return };
    let mut seen = Outcomes::default();
    for file in files(&root, "test") {
        let text = fs::read_to_string(&file).unwrap();
        let (fields, errors) = text.split_once("expected_errors:").unwrap();
        let field = |name: &str| {
            let line = fields.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.unwrap_or_else(|| panic!("{name} of {}", file.display())).trim()
        };
        let errors: Vec<&str> = errors.lines().filter(|line| line.starts_with("ERROR")).collect();
        let of_purpose = |line: &&str| line.contains("xtended key usage") || line.contains("rcsMlsClient");
        // Purposes of servers and clients are not ours to judge.
        let strict = field("key_purpose").contains("STRICT");
        if !errors.is_empty() && (strict || errors.iter().all(of_purpose)) {
            seen.left += 1;
            continue;
        }
        let blocks = wire::pem::parse(&fs::read(file.parent().unwrap().join(field("chain"))).unwrap()).unwrap();
        let chain: Result<Vec<_>, _> = blocks.iter().map(|block| Certificate::from_der(&block.contents)).collect();
        let outcome = match chain {
            Err(error) => Err(format!("unreadable: {error}")),
            Ok(chain) => {
                let (trust, last) = (field("last_cert_trust"), std::slice::from_ref(chain.last().unwrap()));
                let trusted = trust.contains("ANCHOR") || trust == "TRUSTED_LEAF";
                let evidence = Evidence {
                    pool: &chain[1..],
                    anchors: if trusted { last } else { &[] },
                    distrusted: if trust == "DISTRUSTED" { last } else { &[] },
                };
                judge_with(&chain[0], &evidence, time(field("utc_time")))
            }
        };
        seen.note(&format!("boringssl {}", id(&file)), errors.is_empty(), outcome);
    }
    seen.compare("boringssl", "purposes of servers and clients");
}

/// The time of a test; most are judged at the same one.
fn time(text: &str) -> Time {
    let text = if text == "DEFAULT" { "211005120000Z" } else { text };
    let two = |at: usize| &text[at..at + 2];
    let written = format!("20{}-{}-{}T{}:{}:{}Z", two(0), two(2), two(4), two(6), two(8), two(10));
    Time::parse_rfc3339(&written).unwrap()
}

/// Whole certificates and single extensions: read and not refused for what an extension of theirs says, or not.
#[test]
fn boringssl_certificates() {
    let Some(root) = corpus("boringssl-pki") else { return };
    let mut seen = Outcomes::default();
    for file in [
        files(&root.join("parse_certificate_unittest"), "pem"),
        files(&root.join("certificate_policies_unittest"), "pem"),
    ]
    .concat()
    {
        let text = format!("\n{}", fs::read_to_string(&file).unwrap());
        let block = |label: &str| {
            let (_, rest) = text.split_once(&format!("\n-----BEGIN {label}-----"))?;
            let (body, _) = rest.split_once("-----END")?;
            let pem = format!("-----BEGIN {label}-----{body}-----END {label}-----\n");
            Some(wire::pem::parse(pem.as_bytes()).unwrap()[0].contents.to_vec())
        };
        let name = file.file_name().unwrap().to_str().unwrap();
        // What is inside of these is not what a certificate holds.
        if name.starts_with("tbs_") || ["cert_skeleton.pem", "cert_version3.pem"].contains(&name) {
            seen.left += 1;
            continue;
        }
        let half = ["extra_contents", "issuer_only", "serial_only"].iter().any(|start| name.starts_with(start));
        let refused = block("ERRORS").is_some() || name.starts_with("invalid") || half;
        let der = match (block("CERTIFICATE"), block("TBS CERTIFICATE")) {
            (Some(der), _) => der,
            (_, Some(tbs)) => certificate_der(&tbs, &AlgorithmIdentifier::new(oids::ED25519), &[0; 64]),
            _ => {
                let found = [
                    ("AUTHORITY_KEY_IDENTIFIER", oids::AUTHORITY_KEY_IDENTIFIER),
                    ("CERTIFICATE POLICIES", oids::CERTIFICATE_POLICIES),
                ]
                .into_iter()
                .find_map(|(label, oid)| Some((oid, block(label)?)));
                let (oid, value) = found.unwrap_or_else(|| panic!("{name}"));
                with_extension(Extension { oid, critical: false, value })
            }
        };
        let outcome = Certificate::from_der(&der).map(drop).map_err(|error| error.to_string());
        seen.note(&format!("boringssl-file {}", id(&file)), !refused, outcome);
    }
    seen.compare("boringssl-file", "skeletons, whose fields hold nothing");
}

fn with_extension(extension: Extension) -> Vec<u8> {
    let algorithm = AlgorithmIdentifier::new(oids::ED25519);
    let tbs = TbsCertificate {
        serial: vec![1; 8],
        signature: algorithm.clone(),
        issuer: NameBuilder::new().common_name("x").build(),
        not_before: Time(0),
        not_after: Time(1),
        subject: NameBuilder::new().common_name("x").build(),
        spki: SubjectPublicKeyInfo::new(algorithm.clone(), vec![7; 32]).der().to_vec(),
        extensions: vec![extension],
    };
    certificate_der(&tbs.to_der(), &algorithm, &[0; 64])
}

/// Names that differ in string type, case or white space are one, and those with another attribute are not.
#[test]
fn boringssl_names() {
    let Some(root) = corpus("boringssl-pki/verify_name_match_unittest/names") else { return };
    let mut seen = Outcomes::default();
    let read = |file: &Path| {
        let blocks = wire::pem::parse(&fs::read(file).unwrap()).unwrap();
        Name::from_der(&blocks.iter().find(|b| b.label == "NAME").unwrap().contents)
    };
    let base = read(&root.join("ascii-UTF8-unmangled.pem")).unwrap();
    let bmp = read(&root.join("unicode_bmp-UTF8-unmangled.pem")).unwrap();
    let supplementary = read(&root.join("unicode_supplementary-UTF8-unmangled.pem")).unwrap();
    for file in files(&root, "pem") {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let read = read(&file);
        let case = format!("boringssl-name {name}");
        let equal = |other: &Name| match &read {
            Ok(read) if read.matches(other) && other.matches(read) => Ok(()),
            Ok(_) => Err("another name".to_owned()),
            Err(error) => Err(format!("unreadable: {error}")),
        };
        if name.starts_with("invalid") {
            seen.note(&case, false, read.as_ref().map(drop).map_err(ToString::to_string));
        } else if let Some(kind) = name.strip_prefix("ascii-").filter(|kind| !kind.contains("sorting")) {
            let same = ["unmangled", "case_swap", "extra_whitespace"].iter().any(|end| kind.ends_with(end));
            seen.note(&case, same, equal(&base));
        } else if name.starts_with("unicode_bmp") {
            seen.note(&case, true, equal(&bmp));
        } else if name.starts_with("unicode_supplementary") {
            seen.note(&case, true, equal(&supplementary));
        } else if let Some((stem, "_1" | "_2")) = name.split_at_checked(name.len() - 2) {
            let other = self::read_name(&root.join(format!("{stem}_1.pem")));
            seen.note(&case, true, equal(&other));
        } else if name == "unicode-mixed-normalized" {
            seen.note(&case, true, equal(&read_name(&root.join("unicode-mixed-unnormalized.pem"))));
        } else {
            seen.note(&case, true, read.as_ref().map(drop).map_err(ToString::to_string));
        }
    }
    seen.compare("boringssl-name", "none");
}

fn read_name(file: &Path) -> Name {
    let blocks = wire::pem::parse(&fs::read(file).unwrap()).unwrap();
    Name::from_der(&blocks.iter().find(|b| b.label == "NAME").unwrap().contents).unwrap()
}

/// Signatures over data, by key and algorithm as they would stand in certificates.
#[test]
fn boringssl_signatures() {
    let Some(root) = corpus("boringssl-pki/verify_signed_data_unittest") else { return };
    let mut seen = Outcomes::default();
    for file in files(&root, "pem") {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let blocks = wire::pem::parse(&fs::read(&file).unwrap()).unwrap();
        let block = |label: &str| blocks.iter().find(|b| b.label == label).unwrap().contents.clone();
        let verify = || -> Result<(), String> {
            let key = PublicKey::from_spki(&block("PUBLIC KEY")).map_err(|e| e.to_string())?;
            let algorithm = AlgorithmIdentifier::from_der(&block("ALGORITHM")).map_err(|e| e.to_string())?;
            let how = SignatureAlgorithm::from_x509(&algorithm).map_err(|e| e.to_string())?;
            let signature = block("SIGNATURE");
            let octets = Reader::new(&signature).bit_string_octets().map_err(|e| e.to_string())?.to_vec();
            key.verify(&how, &block("DATA"), &octets).map_err(|e| e.to_string())
        };
        seen.note(&format!("boringssl-signature {name}"), HOLD.contains(&name), verify());
    }
    seen.compare("boringssl-signature", "none");
}

/// The files hold their expectations in prose; these are the signatures that hold.
const HOLD: [&str; 10] = [
    "ecdsa-prime256v1-sha512",
    "ecdsa-secp384r1-sha256",
    "mldsa-44",
    "mldsa-65",
    "mldsa-87",
    "rsa-pkcs1-sha1",
    "rsa-pkcs1-sha256",
    "rsa-pss-sha256",
    "rsa-pss-sha256-using-pss-key-with-params",
    "rsa2048-pkcs1-sha512",
];

fn id(file: &Path) -> String {
    let mut parts: Vec<&str> = file.iter().rev().take(2).map(|part| part.to_str().unwrap()).collect();
    parts.reverse();
    parts.join("/").rsplit_once('.').unwrap().0.to_owned()
}

fn files(root: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}
