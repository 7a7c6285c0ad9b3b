//! `sealpost ca issue`.

use std::path::{Path, PathBuf};

use ::ca::{CertificateProfile, Event, Request};
use clap::Args;
use crypto::password::{self, Pkcs12Certificate, Pkcs12Contents, Pkcs12Key};
use crypto::{KeySpec, PrivateKey, PublicKey, Secret, SoftKey, SystemRandom};
use serde_json::json;
use std::io::Write as _;
use trust::Address;
use wire::{Certificate, PrivateKeyInfo, Time};

use super::shared::{Opened, ready};
use crate::common::certificate;
use crate::common::error::{Exit, Failure, Result};
use crate::common::global::Global;
use crate::common::material::pem;
use crate::common::output::Output;
use crate::common::secret::{SecretSource, read_or_choose};
use crate::common::{input, output, report};
use crate::id::KeyKinds;

/// Certify addresses: make a key and a certificate for each, as PEM files
///
/// Certificates are of the mailbox-validated strict profile of the CA/Browser Forum. ADDRESS.pem has the certificate,
/// ADDRESS.key.pem the key, under a password. With two keys, one that signs and one that decrypts, there is .sign
/// and .encrypt before .pem. Whoever runs this has to know that the addresses belong to those who get the keys.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Issue {
    /// The mail addresses
    #[arg(required_unless_present = "csv", value_parser = address)]
    addresses: Vec<Address>,

    /// More addresses: the first column of a CSV file
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,

    /// The kind of the keys: rsa-3072, rsa-4096, p256, p384, p521, or two with a plus sign between, such as
    /// ed25519+p256 or ml-dsa-65+ml-kem-768
    #[arg(long, value_name = "KIND", default_value = "p256", conflicts_with = "csr")]
    key: KeyKinds,

    /// Two keys for each address, one that signs and one that decrypts
    #[arg(long, conflicts_with = "csr")]
    dual: bool,

    /// Certify the key of this request (PKCS#10), which its owner keeps; nothing else in it counts
    #[arg(long, value_name = "FILE")]
    csr: Option<PathBuf>,

    /// Write keys and certificates as PKCS#12 instead: ADDRESS.p12
    #[arg(long, conflicts_with_all = ["csr", "no_passphrase"])]
    p12: bool,

    /// Where the files go
    #[arg(long, value_name = "DIR", default_value = ".")]
    out_dir: PathBuf,

    /// How many days the certificates are valid
    #[arg(long, default_value_t = 730, value_parser = clap::value_parser!(u16).range(1..=825))]
    days: u16,

    /// Which authority, if there are several
    #[arg(long, value_name = "CA")]
    issuer: Option<String>,

    /// Write the keys as they are, under no password
    #[arg(long)]
    no_passphrase: bool,

    /// Where the password of the keys' files comes from: a path, @ENV:NAME or @FD:N
    #[arg(long, value_name = "SOURCE", conflicts_with = "no_passphrase")]
    key_password_file: Option<SecretSource>,
}

/// A certificate for one address, with the key if it was made here.
struct Made {
    /// What stands before `.pem`.
    part: &'static str,
    pkcs8: Option<Secret>,
    certificate: Certificate,
}

impl Issue {
    /// Issues, writes the journal, then the files: nothing leaves that the journal does not know.
    pub fn run(self, global: &Global) -> Result {
        let addresses = self.all_addresses()?;
        self.refuse_existing(&addresses)?;
        let password = match self.no_passphrase || self.csr.is_some() {
            true => None,
            false => Some(read_or_choose(self.key_password_file.as_ref(), "New password of the keys", OPTION)?),
        };
        let mut opened = Opened::open(global, self.issuer.as_deref())?;
        let mut made = Vec::new();
        for address in &addresses {
            made.push(self.make(&opened, address, global.now())?);
        }
        let events: Vec<_> = made.iter().flatten().map(|m| Event::Issued(m.certificate.clone())).collect();
        opened.journal.append(&events)?;
        std::fs::create_dir_all(&self.out_dir)?;
        for (address, made) in addresses.iter().zip(&made) {
            self.write(address, made, &opened.stored.certificate, password.as_ref())?;
            global.say(format!("{address}: {} certified.", if made.len() == 2 { "two keys are" } else { "a key is" }));
        }
        if global.json {
            let all: Vec<_> = made.iter().flatten().map(|m| certificate::json(&m.certificate)).collect();
            return output::text(global, &report::json(json!({ "authority": opened.stored.name, "issued": all })));
        }
        Ok(())
    }

    fn all_addresses(&self) -> Result<Vec<Address>> {
        let mut all = self.addresses.clone();
        if let Some(path) = &self.csv {
            let damaged = |why: String| Failure::new(Exit::Damaged, format!("{}: {why}", path.display()));
            let bytes = input::small(path)?;
            let text = std::str::from_utf8(&bytes).map_err(|e| damaged(e.to_string()))?;
            for (number, line) in text.lines().enumerate() {
                let first = line.split([',', ';', '\t']).next().unwrap_or_default().trim().trim_matches('"');
                if first.is_empty() || (number == 0 && !first.contains('@')) {
                    continue;
                }
                all.push(address(first).map_err(|e| damaged(format!("line {}: {e}", number + 1)))?);
            }
        }
        for (i, one) in all.iter().enumerate() {
            if all[..i].iter().any(|before| before.same_mailbox(one)) {
                return Err(Failure::usage(format!("{one} is named twice")));
            }
        }
        match (all.len(), &self.csr) {
            (0, _) => Err(Failure::usage("no address is named")),
            (2.., Some(_)) => Err(Failure::usage("a request is for one address")),
            _ => Ok(all),
        }
    }

    /// Before anything is issued: a certificate whose file cannot be written is one too many.
    fn refuse_existing(&self, addresses: &[Address]) -> Result {
        for address in addresses {
            for end in [".pem", ".key.pem", ".sign.pem", ".sign.key.pem", ".encrypt.pem", ".encrypt.key.pem", ".p12"] {
                let path = self.path(address, end);
                if path.exists() {
                    let why = format!("{} exists", path.display());
                    return Err(Failure::new(Exit::OutputExists, why).hint("name another folder with --out-dir"));
                }
            }
        }
        Ok(())
    }

    fn make(&self, opened: &Opened, address: &Address, now: Time) -> Result<Vec<Made>> {
        if let Some(path) = &self.csr {
            let key = requested(path)?;
            let certificate = self.certify(opened, address, &key, profile(&key), now)?;
            return Ok(vec![Made { part: "", pkcs8: None, certificate }]);
        }
        let generate = |spec: KeySpec, part, profile| -> Result<Made> {
            let (key, pkcs8) = SoftKey::generate(spec, &mut SystemRandom).map_err(Failure::other)?;
            let certificate = self.certify(opened, address, key.public(), profile, now)?;
            Ok(Made { part, pkcs8: Some(Secret::from(pkcs8)), certificate })
        };
        if self.dual || self.key.sign != self.key.encrypt {
            let sign = generate(self.key.sign, ".sign", CertificateProfile::MailSign)?;
            return Ok(vec![sign, generate(self.key.encrypt, ".encrypt", CertificateProfile::MailEncrypt)?]);
        }
        Ok(vec![generate(self.key.sign, "", CertificateProfile::MailBoth)?])
    }

    fn certify(
        &self,
        opened: &Opened,
        address: &Address,
        public_key: &PublicKey,
        profile: CertificateProfile,
        not_before: Time,
    ) -> Result<Certificate> {
        let wished = Time(not_before.0.saturating_add(i64::from(self.days) * 86_400 - 1));
        let not_after = wished.min(opened.stored.certificate.not_after());
        let request = Request { address, display_name: None, public_key, profile, not_before, not_after };
        ready(&opened.stored)?
            .strict(opened.service(address.domain())?)
            .issue(&request, &mut SystemRandom)
            .map_err(|e| Failure::usage(e).of(address))
    }

    fn write(&self, address: &Address, made: &[Made], issuer: &Certificate, password: Option<&Secret>) -> Result {
        let save = |end: String, bytes: &[u8]| -> Result {
            let mut out = Output::file(&self.path(address, &end), false)?;
            out.write_all(bytes)?;
            out.commit()
        };
        if let (true, Some(password)) = (self.p12, password) {
            return save(".p12".to_owned(), &p12(address, made, issuer, password)?);
        }
        for one in made {
            if let Some(pkcs8) = &one.pkcs8 {
                let text = match password {
                    None => pem("PRIVATE KEY", pkcs8.as_bytes()),
                    Some(password) => {
                        let iterations = password::DEFAULT_ITERATIONS;
                        let sealed = password::encrypt_pkcs8(
                            pkcs8.as_bytes(),
                            password.as_bytes(),
                            iterations,
                            &mut SystemRandom,
                        );
                        pem("ENCRYPTED PRIVATE KEY", &sealed.map_err(Failure::other)?.to_der())
                    }
                };
                save(format!("{}.key.pem", one.part), text.as_bytes())?;
            }
            let text = certificate::pem(&one.certificate);
            save(format!("{}.pem", one.part), text.as_bytes())?;
        }
        Ok(())
    }

    fn path(&self, address: &Address, end: &str) -> PathBuf {
        // A local part may have a slash in it, and begin with a dot or a hyphen.
        let name: String = address.to_string().chars().map(|c| if c == '/' || c == '\\' { '_' } else { c }).collect();
        self.out_dir.join(format!("{name}{end}"))
    }
}

/// The key of a request file, PEM or DER, once its signature holds.
fn requested(path: &Path) -> Result<PublicKey> {
    let damaged = |why: String| Failure::new(Exit::Damaged, format!("{}: {why}", path.display()));
    let bytes = input::small(path)?;
    if !wire::pem::looks_like_pem(&bytes) {
        return ::ca::csr_key(&bytes).map_err(|e| damaged(e.to_string()));
    }
    let blocks = wire::pem::parse(&bytes).map_err(|e| damaged(e.to_string()))?;
    let labels = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];
    let block = blocks.iter().find(|block| labels.contains(&block.label.as_str()));
    let block = block.ok_or_else(|| damaged("no certification request in it".to_owned()))?;
    ::ca::csr_key(&block.contents).map_err(|e| damaged(e.to_string()))
}

/// What a key can do: both, if it can, or signing.
fn profile(key: &PublicKey) -> CertificateProfile {
    match key.kind() {
        crypto::KeyKind::Rsa { .. } | crypto::KeyKind::Ec(_) => CertificateProfile::MailBoth,
        _ => CertificateProfile::MailSign,
    }
}

fn p12(
    address: &Address,
    made: &[Made],
    issuer: &Certificate,
    password: &Secret,
) -> Result<zeroize::Zeroizing<Vec<u8>>> {
    let name = Some(address.to_string());
    let id = |c: &Certificate| crypto::fingerprint(c.der())[..20].to_vec();
    let mut contents = Pkcs12Contents { keys: Vec::new(), certificates: Vec::new() };
    for one in made {
        let local_key_id = Some(id(&one.certificate));
        if let Some(pkcs8) = &one.pkcs8 {
            let info = PrivateKeyInfo::from_der(pkcs8.as_bytes()).map_err(Failure::other)?;
            contents.keys.push(Pkcs12Key { info, local_key_id: local_key_id.clone(), friendly_name: name.clone() });
        }
        let der = one.certificate.der().to_vec();
        contents.certificates.push(Pkcs12Certificate { der, friendly_name: name.clone(), local_key_id });
    }
    let der = issuer.der().to_vec();
    contents.certificates.push(Pkcs12Certificate { der, friendly_name: None, local_key_id: None });
    password::write_pkcs12(&contents, password.as_bytes(), &mut SystemRandom).map_err(Failure::other)
}

fn address(text: &str) -> std::result::Result<Address, String> {
    Address::parse_international(text).map_err(|e| e.to_string())
}

const OPTION: &str = "--key-password-file";

const HELP: &str = "\
Examples:
  sealpost ca issue alice@example.org --key-password-file @ENV:FILE_PASSWORD --out-dir alice
  sealpost ca issue erin@example.org --csr erin.csr
  sealpost ca issue --csv staff.csv --dual --p12 --key-password-file @ENV:FILE_PASSWORD --out-dir staff

Exit status:
  0 done, 1 there is no such authority, 2 usage or a key that the profile does not allow, 41 no request or no addresses
  in the file, 59 an output file exists, 61 a file is not there, 67 a password is missing or the store is locked";
