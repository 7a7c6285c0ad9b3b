//! Every certificate, key and PKCS#12 file of the corpora is read; those that cannot be are listed in
//! `x509.exceptions.tsv` with the reason, and the list must be exact both ways.

// The room has no disk and no environment; its tests need both to find the corpora.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use sealpost_wire::pkcs8::fuzz_pkcs8;
use sealpost_wire::pkcs12::{Pfx, SafePart, fuzz_pkcs12};
use sealpost_wire::x509::fuzz_x509;
use sealpost_wire::{
    Certificate, EncryptedPrivateKeyInfo, Error, Pbes2, PrivateKeyInfo, SubjectPublicKeyInfo, oids, pem,
};

#[test]
fn every_certificate_key_and_file_reads_or_is_listed() {
    let Some(root) = corpora() else { return };
    let mut run = Run::default();
    for folder in FOLDERS {
        for file in files(&root.join(folder)) {
            let id = file.strip_prefix(&root).unwrap().display().to_string();
            run.files += 1;
            run.file(&id, &fs::read(&file).unwrap());
        }
    }
    let counts: Vec<String> = run.counts.iter().map(|(kind, count)| format!("{count} of kind {kind}")).collect();
    let (all, other) = (run.counts.values().sum::<usize>(), run.failures.len());
    tell(&format!(
        "parsing: {} files with {all} values, {} read, {other} exceptions: {}",
        run.files,
        all - other,
        counts.join(", ")
    ));
    for (kind, least) in LEAST {
        assert!(run.counts.get(kind).copied().unwrap_or(0) >= *least, "too few of {kind}: {:?}", run.counts);
    }
    run.compare(&fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/x509.exceptions.tsv")).unwrap());
}

#[derive(Default)]
struct Run {
    files: usize,
    counts: BTreeMap<&'static str, usize>,
    failures: BTreeMap<String, Error>,
}

impl Run {
    fn file(&mut self, id: &str, bytes: &[u8]) {
        let suffix = Path::new(id).extension().and_then(|e| e.to_str()).unwrap_or("");
        if bytes.windows(11).any(|w| w == b"-----BEGIN ") {
            // JSON holds PEM with escaped line ends.
            let text = String::from_utf8_lossy(bytes).replace("\\n", "\n").replace('"', "\n");
            for (n, block) in blocks(&text).enumerate() {
                self.block(&format!("{id}#{n}"), block);
            }
        } else if matches!(suffix, "crt" | "cer") {
            self.note(id, "certificate", certificate(bytes));
        } else if matches!(suffix, "p12" | "pfx") {
            self.note(id, "PKCS#12", pkcs12(bytes));
        }
    }

    fn block(&mut self, id: &str, text: &str) {
        let block = match pem::parse(text.as_bytes()) {
            Ok(mut blocks) if blocks.len() == 1 => blocks.remove(0),
            Ok(_) => return,
            Err(error) => return self.note(id, "PEM", Err(error)),
        };
        let encrypted = match block.dek_info() {
            Ok(info) => info.is_some(),
            Err(error) => return self.note(id, "PEM", Err(error)),
        };
        let bytes = &block.contents;
        match block.label.as_str() {
            "CERTIFICATE" | "X509 CERTIFICATE" => self.note(id, "certificate", certificate(bytes)),
            "PKCS12" => self.note(id, "PKCS#12", pkcs12(bytes)),
            "PUBLIC KEY" => self.note(id, "public key", SubjectPublicKeyInfo::from_der(bytes).map(drop)),
            "PRIVATE KEY" => self.note(id, "private key", private_key(PrivateKeyInfo::from_der, bytes)),
            "ENCRYPTED PRIVATE KEY" => self.note(id, "encrypted key", encrypted_key(bytes)),
            "RSA PRIVATE KEY" if !encrypted => {
                self.note(id, "RSA key", private_key(PrivateKeyInfo::from_rsa_private_key, bytes));
            }
            "EC PRIVATE KEY" if !encrypted => {
                self.note(id, "EC key", private_key(PrivateKeyInfo::from_ec_private_key, bytes));
            }
            _ => {}
        }
    }

    fn note(&mut self, id: &str, kind: &'static str, result: Result<(), Error>) {
        *self.counts.entry(kind).or_default() += 1;
        if let Err(error) = result {
            self.failures.insert(id.to_owned(), error);
        }
    }

    /// Both ways: a failure that is not listed, and a listed one that reads or fails otherwise.
    fn compare(&self, exceptions: &str) {
        let listed: BTreeMap<&str, &str> = exceptions
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| {
                let fields: Vec<&str> = line.split('\t').collect();
                assert!(fields.len() == 4 && fields[1] == "ok" && !fields[3].is_empty(), "bad line: {line}");
                (fields[0], fields[2])
            })
            .collect();
        let actual: BTreeMap<&str, String> = self.failures.iter().map(|(id, e)| (id.as_str(), e.to_string())).collect();
        let mut wrong = Vec::new();
        for (id, error) in &actual {
            match listed.get(id) {
                Some(said) if said == error => {}
                Some(said) => wrong.push(format!("{id}\tlisted as: {said}\tis: {error}")),
                None => wrong.push(format!("{id}\tok\t{error}\tnot listed")),
            }
        }
        for id in listed.keys().filter(|id| !actual.contains_key(*id)) {
            wrong.push(format!("{id}\tlisted, but reads or is not there"));
        }
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    }
}

fn certificate(bytes: &[u8]) -> Result<(), Error> {
    let certificate = Certificate::from_der(bytes)?;
    fuzz_x509(bytes);
    if certificate.public_key().algorithm.oid == oids::RSA_ENCRYPTION {
        assert!(certificate.public_key().rsa_modulus_bits().is_some(), "{certificate:?}");
    }
    Ok(())
}

fn private_key(read: fn(&[u8]) -> Result<PrivateKeyInfo, Error>, bytes: &[u8]) -> Result<(), Error> {
    let key = read(bytes)?;
    fuzz_pkcs8(bytes);
    assert_eq!(PrivateKeyInfo::from_der(&key.to_der())?.key, key.key);
    Ok(())
}

fn encrypted_key(bytes: &[u8]) -> Result<(), Error> {
    let key = EncryptedPrivateKeyInfo::from_der(bytes)?;
    assert_eq!(EncryptedPrivateKeyInfo::from_der(&key.to_der()).as_ref(), Ok(&key));
    parameters(&key.algorithm)
}

fn pkcs12(bytes: &[u8]) -> Result<(), Error> {
    let pfx = Pfx::from_der(bytes)?;
    fuzz_pkcs12(bytes);
    for part in &pfx.parts {
        match part {
            SafePart::Encrypted { algorithm, .. } => parameters(algorithm)?,
            SafePart::Data(contents) => drop(sealpost_wire::pkcs12::SafeContents::parse(contents)?),
            SafePart::Unknown(_) => return Err(Error::Unsupported("PKCS#12 content")),
        }
    }
    Ok(())
}

fn parameters(algorithm: &sealpost_wire::AlgorithmIdentifier) -> Result<(), Error> {
    if algorithm.oid == oids::PBES2 {
        let pbes2 = Pbes2::from_algorithm(algorithm)?;
        assert_eq!(Pbes2::from_algorithm(&pbes2.to_algorithm()), Ok(pbes2));
    }
    Ok(())
}

/// The text from each BEGIN line to the end of its END line.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("-----BEGIN ").filter_map(|(start, _)| {
        let rest = &text[start..];
        let alone = text[..start].ends_with('\n') || start == 0;
        let whole = rest.lines().next().is_some_and(|line| line.trim_end().ends_with("-----"));
        let end = rest.find("-----END ").map_or(rest.len(), |at| rest[at..].find('\n').map_or(rest.len(), |n| at + n));
        (alone && whole).then_some(&rest[..end])
    })
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() { waiting.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// A line past the capture of the test harness, for counts are to be seen when all is well.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn corpora() -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    let root = std::env::var_os("SEALPOST_CORPORA").map_or_else(default, PathBuf::from);
    if root.is_dir() {
        return Some(root);
    }
    assert!(std::env::var("SEALPOST_REQUIRE").as_deref() != Ok("all"), "no corpora at {}", root.display());
    tell("skipped: no corpora");
    None
}

const FOLDERS: &[&str] = &[
    "asn1crypto",
    "boringssl-pki",
    "mimekit",
    "openssl",
    "openssl-keys",
    "oscrypto",
    "pkits",
    "pqc",
    "rfc4134",
    "rfc9216",
    "roots",
    "rustcrypto-formats",
    "thunderbird",
    "x509-limbo",
];
/// So that the test cannot pass by finding nothing.
const LEAST: &[(&str, usize)] = &[("certificate", 500), ("private key", 20), ("PKCS#12", 30), ("EC key", 10)];
