//! Key files that other programs wrote, each against `key_files.tsv`: path, password, what comes of it. A file that
//! opens where it should not, or otherwise than stated, fails as much as one that does not open.
#![allow(clippy::disallowed_methods)] // tests read corpora

mod tell;

use std::path::{Path, PathBuf};

use sealpost_crypto::password::{decrypt_legacy_pem, decrypt_pkcs8, open_pkcs12};
use sealpost_crypto::{Error, PrivateKey, Result, SoftKey};
use wire::{EncryptedPrivateKeyInfo, PrivateKeyInfo, pem};

use tell::tell;

#[test]
fn i_08_key_files_of_other_programs() {
    let Some(corpora) = corpora() else { return };
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in include_str!("key_files.tsv").lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        assert_eq!(fields.len(), 3, "{line}");
        let actual = describe(&corpora.join(fields[0]), fields[1].as_bytes());
        if actual != fields[2] {
            wrong.push(format!("{}\t{}\t{actual}", fields[0], fields[1]));
        }
        // A wrong password is the one failure, unless the file is refused before any is used.
        let blind = describe(&corpora.join(fields[0]), b"not the password");
        let visible = [blind.as_str(), "failed"].contains(&actual.as_str());
        assert!(visible || ["failed", "unsupported"].contains(&blind.as_str()), "{}: {blind}", fields[0]);
        count += 1;
    }
    tell(&format!("key files: {count}"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The kinds of the keys and the number of certificates, or why there are none.
fn describe(path: &Path, password: &[u8]) -> String {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    match open(path, &bytes, password) {
        Ok((keys, certificates)) => {
            let kinds: Vec<String> = keys.iter().map(kind).collect();
            format!("{} + {certificates}", kinds.join(" "))
        }
        Err(Error::Failed) => "failed".to_owned(),
        Err(Error::Unsupported { .. }) => "unsupported".to_owned(),
        Err(_) => "malformed".to_owned(),
    }
}

fn open(path: &Path, bytes: &[u8], password: &[u8]) -> Result<(Vec<PrivateKeyInfo>, usize)> {
    if path.extension().is_some_and(|e| e == "p12" || e == "pfx") {
        let contents = open_pkcs12(bytes, password)?;
        return Ok((contents.keys.into_iter().map(|k| k.info).collect(), contents.certificates.len()));
    }
    if !pem::looks_like_pem(bytes) {
        if let Ok(key) = dsa(bytes) {
            return Ok((vec![key], 0));
        }
        let encrypted = EncryptedPrivateKeyInfo::from_der(bytes).map(|e| decrypt_pkcs8(&e, password));
        return Ok((vec![encrypted.unwrap_or_else(|_| Ok(PrivateKeyInfo::from_der(bytes)?))?], 0));
    }
    let mut keys = Vec::new();
    for block in pem::parse(bytes)? {
        let plain = match block.dek_info()? {
            Some(_) => decrypt_legacy_pem(&block, password)?,
            None => block.contents.clone(),
        };
        match block.label.as_str() {
            "PRIVATE KEY" => keys.push(PrivateKeyInfo::from_der(&plain)?),
            "ENCRYPTED PRIVATE KEY" => {
                keys.push(decrypt_pkcs8(&EncryptedPrivateKeyInfo::from_der(&plain)?, password)?);
            }
            "RSA PRIVATE KEY" => keys.push(PrivateKeyInfo::from_rsa_private_key(&plain)?),
            "DSA PRIVATE KEY" => keys.push(dsa(&plain)?),
            "EC PRIVATE KEY" => keys.push(PrivateKeyInfo::from_ec_private_key(&plain)?),
            _ => {}
        }
    }
    Ok((keys, 0))
}

/// A DSA key is no use here; that it was decrypted shows in its numbers: version, p, q, g, y, x.
fn dsa(plain: &[u8]) -> Result<PrivateKeyInfo> {
    let mut outer = wire::der::Reader::new(plain);
    let mut numbers = outer.sequence()?;
    numbers.uint()?;
    for _ in 0..5 {
        numbers.unsigned()?;
    }
    numbers.finish()?;
    Ok(PrivateKeyInfo::new(wire::AlgorithmIdentifier::new(wire::oids::DSA), plain.to_vec().into()))
}

fn kind(info: &PrivateKeyInfo) -> String {
    match SoftKey::from_info(info) {
        Ok(key) => key.public().kind().to_string(),
        Err(error) => format!("({error})"),
    }
}

fn corpora() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    let folder = std::env::var_os("SEALPOST_CORPORA").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("SEALPOST_REQUIRE").is_none_or(|r| r != "all"), "no corpora");
    tell("skipped: no corpora");
    None
}
