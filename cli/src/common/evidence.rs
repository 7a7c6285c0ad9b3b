//! CRLs and OCSP answers from files.

use std::path::{Path, PathBuf};

use trust::{OcspAnswer, RevocationEvidence};
use wire::ocsp::{BasicOcspResponse, OcspResponse};
use wire::{Crl, pem};

use crate::common::error::{Exit, Failure, Result};
use crate::common::input;

/// Reads the files that `--crl` and `--ocsp` name.
///
/// # Errors
/// As [`crls`] and [`answers`].
pub fn read(lists: &[PathBuf], answered: &[PathBuf]) -> Result<RevocationEvidence> {
    let mut known = RevocationEvidence::default();
    for path in lists {
        known.crls.extend(crls(path)?);
    }
    for path in answered {
        known.ocsp.extend(answers(path)?);
    }
    Ok(known)
}

/// The CRLs of a file, in DER or PEM.
///
/// # Errors
/// Exit 41 for a file that holds none, exit 61 for one that is missing.
pub fn crls(path: &Path) -> Result<Vec<Crl>> {
    contents(path, "X509 CRL", "CRL", Crl::from_der)
}

/// The OCSP answers of a file, in DER or PEM.
///
/// # Errors
/// As [`crls`].
pub fn answers(path: &Path) -> Result<Vec<OcspAnswer>> {
    Ok(contents(path, "OCSP RESPONSE", "OCSP answer", answer)?.into_iter().map(OcspAnswer::kept).collect())
}

fn answer(der: &[u8]) -> wire::Result<BasicOcspResponse> {
    match OcspResponse::from_der(der) {
        Ok(whole) => whole.basic.ok_or(wire::Error::Unsupported("OCSP answer without an answer in it")),
        Err(error) => BasicOcspResponse::from_der(der).map_err(|_| error),
    }
}

/// One in DER, or the blocks with this label in PEM.
fn contents<T>(path: &Path, label: &str, what: &str, read: fn(&[u8]) -> wire::Result<T>) -> Result<Vec<T>> {
    let bytes = input::small(path)?;
    let damaged =
        |why: &dyn std::fmt::Display| Failure::new(Exit::Damaged, format!("{}: no {what}: {why}", path.display()));
    if !pem::looks_like_pem(&bytes) {
        return read(&bytes).map(|one| vec![one]).map_err(|e| damaged(&e));
    }
    let blocks = pem::parse(&bytes).map_err(|e| damaged(&e))?;
    let found = blocks.iter().filter(|block| block.label == label).map(|block| read(&block.contents));
    match found.collect::<wire::Result<Vec<T>>>().map_err(|e| damaged(&e))? {
        none if none.is_empty() => Err(damaged(&"there is none in it")),
        found => Ok(found),
    }
}
