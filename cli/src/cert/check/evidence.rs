//! What is at hand about the certificate: files that were named, and the store.

use std::path::Path;

use directory::Directory;
use smime::Keyring;
use trust::RevocationEvidence;
use wire::{Certificate, pem};

use super::options::Check;
use crate::common::error::{Exit, Failure, Result};
use crate::common::{evidence, input, material};

/// What is at hand.
pub struct AtHand {
    pub leaf: Certificate,
    pub pool: Vec<Certificate>,
    /// Those that were named, the user's, the system's.
    pub anchors: Vec<Certificate>,
    pub distrusted: Vec<Certificate>,
    pub evidence: RevocationEvidence,
    /// How many of the anchors were named, and how many of those after them are the user's own.
    named: usize,
    own: usize,
    /// Files of evidence that could not be read: what is missing by that is judged as missing.
    pub unreadable: Vec<String>,
}

impl AtHand {
    /// Reads all of it. The certificate itself and its anchors have to be readable; a certificate or a CRL that only
    /// might have helped is passed over and told, as it would be in a message.
    pub fn read(check: &Check, directory: Option<&Directory>) -> Result<AtHand> {
        let mut all = leaf(&check.certificate, directory)?;
        let leaf = all.remove(0);
        let mut at_hand = AtHand {
            leaf,
            pool: all,
            anchors: Vec::new(),
            distrusted: Vec::new(),
            evidence: RevocationEvidence::default(),
            named: 0,
            own: 0,
            unreadable: Vec::new(),
        };
        for path in &check.trust {
            at_hand.anchors.extend(certificates(path)?);
        }
        at_hand.named = at_hand.anchors.len();
        for path in &check.chain {
            let found = at_hand.pass_over(certificates(path))?;
            at_hand.pool.extend(found);
        }
        for path in &check.crl {
            let found = at_hand.pass_over(evidence::crls(path))?;
            at_hand.evidence.crls.extend(found);
        }
        for path in &check.ocsp {
            let found = at_hand.pass_over(evidence::answers(path))?;
            at_hand.evidence.ocsp.extend(found);
        }
        if let Some(directory) = directory {
            at_hand.of_store(directory, check.no_system_trust)?;
        }
        Ok(at_hand)
    }

    fn of_store(&mut self, directory: &Directory, no_system: bool) -> Result {
        let own = directory.anchors_of(false)?;
        self.own = own.len();
        self.anchors.extend(own);
        if !no_system {
            let all = directory.anchors_of(true)?;
            self.anchors.extend(all.into_iter().skip(self.own));
        }
        self.distrusted = directory.distrusted()?;
        self.pool.extend(directory.intermediates().map_err(Failure::other)?);
        Ok(())
    }

    /// Who makes this certificate an anchor.
    pub fn trusted_by(&self, anchor: &Certificate) -> &'static str {
        match self.anchors.iter().position(|known| known == anchor) {
            Some(at) if at < self.named => "option",
            Some(at) if at < self.named + self.own => "user",
            Some(_) => "system",
            None => "nobody",
        }
    }

    fn pass_over<T>(&mut self, found: Result<Vec<T>>) -> Result<Vec<T>> {
        match found {
            Err(failure) if failure.exit() == Exit::Damaged => {
                self.unreadable.extend(failure.message().map(str::to_owned));
                Ok(Vec::new())
            }
            other => other,
        }
    }
}

/// The certificates of a file, or one of the store.
fn leaf(path: &Path, directory: Option<&Directory>) -> Result<Vec<Certificate>> {
    if path != Path::new("-")
        && !path.is_file()
        && let (Some(directory), Some(selector)) = (directory, path.to_str())
        && let Ok(found) = directory.find_certificates(selector)
        && let Some(newest) = found.into_iter().next()
    {
        return Ok(vec![newest.certificate]);
    }
    let found = certificates(path);
    match &found {
        // A certificate that breaks the rules of its form is judged by that; what is none at all is no input.
        Err(failure) if failure.exit() == Exit::Damaged && path != Path::new("-") => {
            let Some(why) = malformed(&input::small(path)?) else { return found };
            let told = format!("{}: the certificate is malformed: {why}", path.display());
            Err(Failure::new(Exit::NoSignature, told).hint("do not believe it; ask its owner for it again"))
        }
        _ => found,
    }
}

/// Why what looks like a certificate is none.
fn malformed(bytes: &[u8]) -> Option<wire::Error> {
    if !pem::looks_like_pem(bytes) {
        let begins_as_one = wire::der::Reader::lenient(bytes).sequence().is_ok();
        return Certificate::from_der(bytes).err().filter(|_| begins_as_one);
    }
    let blocks = pem::parse(bytes).ok()?;
    let first = blocks.iter().find(|block| block.label.ends_with("CERTIFICATE"))?;
    Certificate::from_der(&first.contents).err()
}

fn certificates(path: &Path) -> Result<Vec<Certificate>> {
    let name = path.display().to_string();
    let no_password = || Err(Failure::usage(format!("{name} is encrypted; name a file of certificates alone")));
    material::certificates(&name, &input::small(path)?, &no_password)
}
