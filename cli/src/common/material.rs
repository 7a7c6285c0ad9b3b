//! Files of certificates and keys: PEM, DER, certs-only and PKCS#12, recognised by what is in them.

use crypto::Secret;
use crypto::password::{self, Pkcs12Contents};
use smime::stateless::certs_only;
use wire::pem::{self, PemBlock};
use wire::pkcs12::Pfx;
use wire::{Certificate, EncryptedPrivateKeyInfo, PrivateKeyInfo};
use zeroize::Zeroizing;

use super::error::{Exit, Failure, Result};

/// What a file holds.
#[derive(Default)]
pub struct Material {
    /// Private keys, as PKCS#8.
    pub keys: Vec<Secret>,
    /// Certificates, in the order of the file.
    pub certificates: Vec<Certificate>,
}

/// Where a file's password comes from when it turns out to need one.
pub type Password<'a> = &'a dyn Fn() -> Result<Secret>;

/// Reads a file's contents; `name` is what errors call it.
///
/// # Errors
/// Exit 41 where it is none of these, exit 67 where the password does not open it, exit 13 where it is protected in
/// a way that is not supported.
pub fn read(name: &str, bytes: &[u8], ask: Password<'_>) -> Result<Material> {
    let mut found = Material::default();
    if pem::looks_like_pem(bytes) {
        for block in pem::parse(bytes).map_err(|e| damaged(name, e))? {
            found.add_block(name, &block, ask)?;
        }
    } else {
        found.add_der(name, bytes, ask)?;
    }
    if bytes.is_empty() {
        return Err(damaged(name, EMPTY));
    }
    if found.keys.is_empty() && found.certificates.is_empty() {
        return Err(damaged(name, "neither certificate nor key in it"));
    }
    Ok(found)
}

/// The certificates of a file's contents. Private keys beside them in PEM are passed over, and no password is asked
/// for; PKCS#12 encrypts certificates too.
///
/// # Errors
/// As [`read`].
pub fn certificates(name: &str, bytes: &[u8], ask: Password<'_>) -> Result<Vec<Certificate>> {
    let mut found = Material::default();
    if pem::looks_like_pem(bytes) {
        for block in pem::parse(bytes).map_err(|e| damaged(name, e))? {
            if !block.label.ends_with("PRIVATE KEY") {
                found.add_block(name, &block, ask)?;
            }
        }
    } else {
        found.add_der(name, bytes, ask)?;
    }
    match (found.certificates.is_empty(), bytes.is_empty()) {
        (false, _) => Ok(found.certificates),
        (true, true) => Err(damaged(name, EMPTY)),
        (true, false) => Err(damaged(name, "no certificate in it")),
    }
}

/// The certificates of one block of PEM; none where it is a key.
///
/// # Errors
/// As [`read`].
pub fn block_certificates(name: &str, block: &PemBlock) -> Result<Vec<Certificate>> {
    let mut found = Material::default();
    if !block.label.ends_with("PRIVATE KEY") {
        let no_password = || Err(damaged(name, "it is encrypted"));
        found.add_block(name, block, &no_password)?;
    }
    Ok(found.certificates)
}

impl Material {
    fn add_block(&mut self, name: &str, block: &PemBlock, ask: Password<'_>) -> Result {
        let damaged = |e: wire::Error| damaged(name, e);
        let encrypted = block.dek_info().map_err(damaged)?.is_some();
        let contents = match encrypted {
            true => password::decrypt_legacy_pem(block, ask()?.as_bytes()).map_err(|e| locked(name, e))?,
            false => block.contents.clone(),
        };
        match block.label.as_str() {
            "CERTIFICATE" | "X509 CERTIFICATE" => self.add_certificate(name, &contents)?,
            "TRUSTED CERTIFICATE" => self.add_certificate(name, first_element(&contents).map_err(damaged)?)?,
            "PKCS7" | "PKCS #7 SIGNED DATA" | "CMS" => {
                self.certificates.extend(certs_only(&contents).ok_or_else(|| no_certificates(name))?)
            }
            "PRIVATE KEY" => self.add_key(&PrivateKeyInfo::from_der(&contents).map_err(damaged)?),
            "RSA PRIVATE KEY" => self.add_key(&PrivateKeyInfo::from_rsa_private_key(&contents).map_err(damaged)?),
            "EC PRIVATE KEY" => self.add_key(&PrivateKeyInfo::from_ec_private_key(&contents).map_err(damaged)?),
            "ENCRYPTED PRIVATE KEY" => {
                let info = EncryptedPrivateKeyInfo::from_der(&contents).map_err(|error| costly(name, error))?;
                self.add_key(&decrypt(name, &info, ask)?);
            }
            "DSA PRIVATE KEY" => {
                return Err(Failure::new(Exit::Unsupported, format!("{name}: a DSA key, which nothing here uses")));
            }
            // Parameters of a curve, requests and what else tools put into the same file.
            _ => {}
        }
        Ok(())
    }

    fn add_der(&mut self, name: &str, bytes: &[u8], ask: Password<'_>) -> Result {
        if let Ok(certificate) = Certificate::from_der(bytes) {
            self.certificates.push(certificate);
        } else if let Ok(info) = PrivateKeyInfo::from_der(bytes)
            .or_else(|_| PrivateKeyInfo::from_rsa_private_key(bytes))
            .or_else(|_| PrivateKeyInfo::from_ec_private_key(bytes))
        {
            self.add_key(&info);
        } else if let Ok(info) = EncryptedPrivateKeyInfo::from_der(bytes) {
            self.add_key(&decrypt(name, &info, ask)?);
        } else if Pfx::from_der(bytes).is_ok() {
            let contents = password::open_pkcs12(bytes, ask()?.as_bytes()).map_err(|e| locked(name, e))?;
            self.add_pkcs12(name, &contents)?;
        } else if let Some(certificates) = certs_only(bytes) {
            self.certificates.extend(certificates);
        } else {
            let errors = [EncryptedPrivateKeyInfo::from_der(bytes).err(), Pfx::from_der(bytes).err()];
            let limit = errors.into_iter().flatten().find(|error| matches!(error, wire::Error::LimitExceeded(_)));
            return limit.map_or(Ok(()), |error| Err(costly(name, error)));
        }
        Ok(())
    }

    fn add_pkcs12(&mut self, name: &str, contents: &Pkcs12Contents) -> Result {
        contents.keys.iter().for_each(|key| self.add_key(&key.info));
        contents.certificates.iter().try_for_each(|c| self.add_certificate(name, &c.der))
    }

    fn add_certificate(&mut self, name: &str, der: &[u8]) -> Result {
        self.certificates.push(Certificate::from_der(der).map_err(|e| damaged(name, e))?);
        Ok(())
    }

    fn add_key(&mut self, info: &PrivateKeyInfo) {
        self.keys.push(Secret::from(info.to_der()));
    }
}

fn decrypt(name: &str, info: &EncryptedPrivateKeyInfo, ask: Password<'_>) -> Result<PrivateKeyInfo> {
    password::decrypt_pkcs8(info, ask()?.as_bytes()).map_err(|e| locked(name, e))
}

fn locked(name: &str, error: crypto::Error) -> Failure {
    match error {
        crypto::Error::Failed => Failure::new(Exit::Locked, format!("the password does not open {name}")),
        crypto::Error::Unsupported { .. } => Failure::new(Exit::Unsupported, format!("{name}: {error}")),
        crypto::Error::Wire(inner) => costly(name, inner),
        other => damaged(name, other),
    }
}

/// What opening would cost more than anybody's file is worth is told with a way out.
fn costly(name: &str, error: wire::Error) -> Failure {
    let failure = damaged(name, &error);
    match error {
        wire::Error::LimitExceeded("iterations" | "scrypt memory") => {
            failure.hint("export it again from where it came from, with fewer iterations or less memory")
        }
        _ => failure,
    }
}

/// OpenSSL's own form of a certificate: whom its owner trusted follows it, which is nobody's word here.
fn first_element(bytes: &[u8]) -> std::result::Result<&[u8], wire::Error> {
    Ok(wire::der::Reader::new(bytes).any()?.raw)
}

fn no_certificates(name: &str) -> Failure {
    damaged(name, "no certificates in it")
}

fn damaged(name: &str, why: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Damaged, format!("{name}: {why}"))
}

const EMPTY: &str = "the file is empty";

/// A block of PEM that is wiped when it is dropped.
pub fn pem(label: &str, contents: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(pem::encode(label, contents))
}
