//! Keys and certificates from files, as the cms verbs name them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::cms::{KeyList, OwnKey};
use crypto::{PrivateKey, PublicKey, Secret, SoftKey};
use smime::stateless::Trust;
use wire::Certificate;

use crate::common::error::{Exit, Failure, Result};
use crate::common::global::Global;
use crate::common::input;
use crate::common::material::{self, Material};
use crate::common::secret::{SecretSource, read_or_ask};
use crate::common::token;

/// Reads a file of keys and certificates; its password is asked for only if it needs one.
pub fn material(path: &Path, password: Option<&SecretSource>) -> Result<Material> {
    let name = path.display().to_string();
    material::read(&name, &input::small(path)?, &|| ask(&name, password))
}

/// Every certificate of these files; keys beside them are passed over.
pub fn certificates(paths: &[PathBuf], password: Option<&SecretSource>) -> Result<Vec<Certificate>> {
    let mut found = Vec::new();
    for path in paths {
        let name = path.display().to_string();
        found.extend(material::certificates(&name, &input::small(path)?, &|| ask(&name, password))?);
    }
    Ok(found)
}

/// Whom to believe, as `--trust` and `--no-chain` say.
pub fn trust(anchors: &[PathBuf], anybody: bool) -> Result<Trust> {
    match (anchors, anybody) {
        (_, true) => Ok(Trust::Anybody),
        ([], false) => Err(Failure::usage("nothing says whom to believe").hint(
            "name the certificates to believe with --trust FILE; --no-chain checks the signature alone, whoever made it",
        )),
        (anchors, false) => Ok(Trust::Anchors(certificates(anchors, None)?)),
    }
}

fn ask(name: &str, password: Option<&SecretSource>) -> Result<Secret> {
    read_or_ask(password, &format!("Password of {name}"), "--key-password-file")
}

/// The private key of a file, or of one of these certificates in a token.
pub fn private(
    path: &Path,
    known: &[Certificate],
    password: Option<&SecretSource>,
    global: &Global,
) -> Result<Arc<dyn PrivateKey>> {
    if let Some(uri) = token::uri(path)? {
        let mut found = token::keys(&uri, known, password, global)?;
        found.retain(|found| known.iter().any(|certificate| belongs(certificate, found.key.as_ref())));
        let none = "no private key of the certificate is in the token";
        return found.pop().map(|found| found.key).ok_or_else(|| Failure::new(Exit::CannotSign, none));
    }
    match material(path, password)?.keys.as_slice() {
        [] => Err(Failure::new(Exit::Damaged, format!("{}: no private key in it", path.display()))),
        [key, ..] => Ok(Arc::new(soft(&path.display(), key)?)),
    }
}

/// A private key from PKCS#8, and the file that it is from.
pub fn soft(name: &dyn std::fmt::Display, pkcs8: &Secret) -> Result<SoftKey> {
    SoftKey::from_pkcs8(pkcs8.as_bytes()).map_err(|error| {
        let exit = if matches!(error, crypto::Error::Unsupported { .. }) { Exit::Unsupported } else { Exit::Damaged };
        Failure::new(exit, format!("{name}: private key: {error}"))
    })
}

/// Every private key of these files and tokens with its certificate, from there or from those given.
pub fn list(
    paths: &[PathBuf],
    mut certificates: Vec<Certificate>,
    password: Option<&SecretSource>,
    global: &Global,
) -> Result<KeyList> {
    let mut private: Vec<(String, Arc<dyn PrivateKey>)> = Vec::new();
    for path in paths {
        if let Some(uri) = token::uri(path)? {
            for found in token::keys(&uri, &certificates, password, global)? {
                certificates.extend(found.certificates);
                private.push((found.token, found.key));
            }
            continue;
        }
        let found = material(path, password)?;
        if found.keys.is_empty() {
            return Err(Failure::usage(format!("{}: no private key in it", path.display())));
        }
        certificates.extend(found.certificates);
        for pkcs8 in &found.keys {
            private.push((path.display().to_string(), Arc::new(soft(&path.display(), pkcs8)?)));
        }
    }
    let own = |(name, key): (String, Arc<dyn PrivateKey>)| OwnKey {
        name,
        certificate: certificates.iter().find(|c| belongs(c, key.as_ref())).cloned(),
        key,
    };
    Ok(KeyList::new(private.into_iter().map(own).collect()))
}

/// Whether the certificate is this key's.
pub fn belongs(certificate: &Certificate, key: &dyn PrivateKey) -> bool {
    PublicKey::from_spki(certificate.public_key().der()).is_ok_and(|public| public.spki() == key.public().spki())
}
