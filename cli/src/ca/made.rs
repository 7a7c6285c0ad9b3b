//! What an authority made for an address, on its way into files.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use ::ca::CertificateProfile;
use crypto::password::{self, Pkcs12Certificate, Pkcs12Contents, Pkcs12Key};
use crypto::{KeySpec, Secret, SoftKey, SystemRandom};
use trust::Address;
use wire::{Certificate, PrivateKeyInfo};
use zeroize::Zeroizing;

use super::shared::is_its_own;
use crate::common::certificate;
use crate::common::error::{Exit, Failure, Result};
use crate::common::material::pem;
use crate::common::output::{Output, file_of};

/// A certificate for one address, with the key if it was made here.
pub struct Made {
    /// What it is for, which decides what stands before `.pem`.
    pub profile: CertificateProfile,
    /// The key.
    pub pkcs8: Option<Secret>,
    /// The certificate.
    pub certificate: Certificate,
}

/// A key that was made for somebody.
pub fn generate(spec: KeySpec) -> Result<(SoftKey, Secret)> {
    let (key, pkcs8) = SoftKey::generate(spec, &mut SystemRandom).map_err(Failure::other)?;
    Ok((key, Secret::from(pkcs8)))
}

/// Where what is made goes, and how.
pub struct Files<'a> {
    /// The folder.
    pub folder: &'a Path,
    /// The password of the keys.
    pub password: Option<&'a Secret>,
    /// As PKCS#12, keys and certificates together.
    pub p12: bool,
    /// From the issuer to the root.
    pub chain: &'a [Certificate],
}

impl Files<'_> {
    /// Writes them.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub fn write(&self, address: &Address, made: &[Made]) -> Result {
        let save = |end: String, bytes: &[u8]| -> Result {
            let mut out = Output::file(&file_of(self.folder, address, &end), false)?;
            out.write_all(bytes)?;
            out.commit()
        };
        if let (true, Some(password)) = (self.p12, self.password) {
            let pairs: Vec<_> = made.iter().map(|one| (&one.certificate, one.pkcs8.as_ref())).collect();
            return save(".p12".to_owned(), &p12(&address.to_string(), &pairs, self.chain, password)?);
        }
        for one in made {
            let part = part(one.profile);
            if let Some(pkcs8) = &one.pkcs8 {
                save(format!("{part}.key.pem"), key_pem(pkcs8, self.password)?.as_bytes())?;
            }
            // What leads to the root, which whoever trusts it has.
            let between = self.chain.iter().filter(|above| !is_its_own(above));
            let text: String = std::iter::once(&one.certificate).chain(between).map(certificate::pem).collect();
            save(format!("{part}.pem"), text.as_bytes())?;
        }
        Ok(())
    }
}

/// Before anything is issued too.
///
/// # Errors
/// Where there can be no such folder.
pub fn make_folder(folder: &Path) -> Result {
    std::fs::create_dir_all(folder).map_err(|e| Failure::other(format!("{}: {e}", folder.display())))
}

/// Before anything is issued: a certificate whose file cannot be written is one too many.
///
/// # Errors
/// Exit 59.
pub fn refuse_existing(folder: &Path, address: &Address) -> Result {
    for end in [".pem", ".key.pem", ".sign.pem", ".sign.key.pem", ".encrypt.pem", ".encrypt.key.pem", ".p12"] {
        let path: PathBuf = file_of(folder, address, end);
        if path.exists() {
            let why = format!("{} exists", path.display());
            return Err(Failure::new(Exit::OutputExists, why).hint("name another folder with --out-dir"));
        }
    }
    Ok(())
}

fn part(profile: CertificateProfile) -> &'static str {
    match profile {
        CertificateProfile::MailSign => ".sign",
        CertificateProfile::MailEncrypt => ".encrypt",
        _ => "",
    }
}

fn key_pem(pkcs8: &Secret, password: Option<&Secret>) -> Result<Zeroizing<String>> {
    let Some(password) = password else { return Ok(pem("PRIVATE KEY", pkcs8.as_bytes())) };
    let iterations = password::DEFAULT_ITERATIONS;
    let sealed = password::encrypt_pkcs8(pkcs8.as_bytes(), password.as_bytes(), iterations, &mut SystemRandom);
    Ok(pem("ENCRYPTED PRIVATE KEY", &sealed.map_err(Failure::other)?.to_der()))
}

/// PKCS#12 of certificates with their keys, and of what leads to the root.
///
/// # Errors
/// A key that cannot be read.
pub fn p12(
    name: &str,
    pairs: &[(&Certificate, Option<&Secret>)],
    chain: &[Certificate],
    password: &Secret,
) -> Result<Zeroizing<Vec<u8>>> {
    let friendly_name = Some(name.to_owned());
    let mut contents = Pkcs12Contents { keys: Vec::new(), certificates: Vec::new() };
    for (certificate, pkcs8) in pairs {
        let local_key_id = Some(crypto::fingerprint(certificate.der())[..20].to_vec());
        if let Some(pkcs8) = pkcs8 {
            let info = PrivateKeyInfo::from_der(pkcs8.as_bytes()).map_err(Failure::other)?;
            let (local_key_id, friendly_name) = (local_key_id.clone(), friendly_name.clone());
            contents.keys.push(Pkcs12Key { info, local_key_id, friendly_name });
        }
        let (der, friendly_name) = (certificate.der().to_vec(), friendly_name.clone());
        contents.certificates.push(Pkcs12Certificate { der, friendly_name, local_key_id });
    }
    for above in chain {
        let der = above.der().to_vec();
        contents.certificates.push(Pkcs12Certificate { der, friendly_name: None, local_key_id: None });
    }
    password::write_pkcs12(&contents, password.as_bytes(), &mut SystemRandom).map_err(Failure::other)
}
