//! `sealpost ca issue`.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use ::ca::{CertificateProfile, Event, Request, Requested};
use clap::Args;
use crypto::{KeySpec, PrivateKey, PublicKey, SystemRandom};
use serde_json::json;
use trust::Address;
use wire::{Certificate, Time};

use super::made::{self, Files, Made, make_folder, refuse_existing};
use super::shared::{Opened, ready};
use crate::common::certificate;
use crate::common::error::{Exit, Failure, Result};
use crate::common::global::Global;
use crate::common::output::file_of;
use crate::common::secret::{SecretSource, read_or_choose};
use crate::common::{input, output, report, store};
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

    /// The kind of the keys: rsa-3072, rsa-4096, p256, p384, or two with a plus sign between, such as
    /// ed25519+p256 or ml-dsa-65+ml-kem-768
    #[arg(long, value_name = "KIND", default_value = "p256", conflicts_with = "csr")]
    key: KeyKinds,

    /// Two keys for each address, one that signs and one that decrypts
    #[arg(long, conflicts_with = "csr")]
    dual: bool,

    /// Certify the key of this request (PKCS#10), which its owner keeps, for the use that it asks for; whom it names does not
    /// count. Two of them, one to sign and one to encrypt, may be given
    #[arg(long, value_name = "FILE")]
    csr: Vec<PathBuf>,

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

impl Issue {
    /// Issues, writes the journal, then the files: nothing leaves that the journal does not know. Before the first of it all
    /// of them are made, so that one that cannot be keeps the others from being half of a list.
    pub fn run(self, global: &Global) -> Result {
        let addresses = self.all_addresses()?;
        addresses.iter().try_for_each(|address| refuse_existing(&self.out_dir, address))?;
        let requested = self.csr.iter().map(|path| requested(path)).collect::<Result<Vec<_>>>()?;
        let password = match self.no_passphrase || !self.csr.is_empty() {
            true => None,
            false => Some(read_or_choose(self.key_password_file.as_ref(), "New password of the keys", OPTION)?),
        };
        let mut opened = Opened::to_issue(&store::open(global)?, global, self.issuer.as_deref())?;
        let validity = opened.validity(global, i64::from(self.days) * 86_400);
        let mut made = Vec::new();
        for address in &addresses {
            made.push(match requested.is_empty() {
                true => self.make(&opened, address, validity)?,
                false => certify_requests(&opened, address, &requested, validity)?,
            });
        }
        make_folder(&self.out_dir)?;
        let (folder, password, chain) = (&self.out_dir, password.as_ref(), &opened.chain()[..]);
        let files = Files { folder, password, p12: self.p12, chain };
        // One after the other: a run that is ended amid many leaves one at most that the journal has and nobody else.
        for (address, made) in addresses.iter().zip(&made) {
            let events: Vec<_> = made.iter().map(|m| Event::Issued(m.certificate.clone())).collect();
            opened.journal.append(&events)?;
            files.write(address, made)?;
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
            // Spreadsheets write a mark of the byte order first.
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            for (number, line) in text.lines().enumerate() {
                let first = line.split([',', ';', '\t']).next().unwrap_or_default().trim().trim_matches('"');
                if first.is_empty() || (number == 0 && !first.contains('@')) {
                    continue;
                }
                all.push(address(first).map_err(|e| damaged(format!("line {}: {e}", number + 1)))?);
            }
        }
        let (mut known, mut files) = (HashSet::new(), HashMap::new());
        for one in &all {
            if !known.insert(one.folded()) {
                return Err(Failure::usage(format!("{one} is named twice")));
            }
            if let Some(other) = files.insert(file_of(&self.out_dir, one, ""), one) {
                return Err(Failure::usage(format!("the files of {other} and {one} would have the same name"))
                    .hint("certify them one after the other, into folders of their own"));
            }
        }
        match (all.len(), self.csr.len()) {
            (0, _) => Err(Failure::usage("no address is named")),
            (2.., 1..) => Err(Failure::usage("a request is for one address")),
            _ => Ok(all),
        }
    }

    fn make(&self, opened: &Opened, address: &Address, validity: (Time, Time)) -> Result<Vec<Made>> {
        let generate = |spec: KeySpec, profile| -> Result<Made> {
            let (key, pkcs8) = made::generate(spec)?;
            let certificate = certify(opened, address, key.public(), profile, validity)?;
            Ok(Made { profile, pkcs8: Some(pkcs8), certificate })
        };
        if self.dual || self.key.sign != self.key.encrypt {
            let sign = generate(self.key.sign, CertificateProfile::MailSign)?;
            return Ok(vec![sign, generate(self.key.encrypt, CertificateProfile::MailEncrypt)?]);
        }
        Ok(vec![generate(self.key.sign, CertificateProfile::MailBoth)?])
    }
}

/// The keys that somebody asks for: one, or two for two uses.
fn certify_requests(
    opened: &Opened,
    address: &Address,
    requested: &[Requested],
    validity: (Time, Time),
) -> Result<Vec<Made>> {
    if let [one, other] = requested
        && (one.profile == other.profile || [one, other].iter().any(|r| r.profile == CertificateProfile::MailBoth))
    {
        return Err(Failure::usage("of two requests, one has to ask for signing and one for encryption")
            .hint("certify them one after the other, into folders of their own"));
    }
    let mut made = Vec::new();
    for request in requested {
        let certificate = certify(opened, address, &request.key, request.profile, validity)?;
        made.push(Made { profile: request.profile, pkcs8: None, certificate });
    }
    // A request alone has the plain name, whatever it is for.
    if let [only] = &mut made[..] {
        only.profile = CertificateProfile::MailBoth;
    }
    Ok(made)
}

fn certify(
    opened: &Opened,
    address: &Address,
    public_key: &PublicKey,
    profile: CertificateProfile,
    (not_before, not_after): (Time, Time),
) -> Result<Certificate> {
    let request = Request { address, display_name: None, public_key, profile, not_before, not_after };
    ready(&opened.stored)?
        .strict(opened.service(address.domain())?)
        .issue(&request, &mut SystemRandom)
        .map_err(|e| Failure::usage(e).of(address))
}

/// What a request file asks for, PEM or DER, once its signature holds.
fn requested(path: &Path) -> Result<Requested> {
    let damaged = |why: String| Failure::new(Exit::Damaged, format!("{}: {why}", path.display()));
    let bytes = input::small(path)?;
    if !wire::pem::looks_like_pem(&bytes) {
        return ::ca::requested(&bytes).map_err(|e| damaged(e.to_string()));
    }
    let blocks = wire::pem::parse(&bytes).map_err(|e| damaged(e.to_string()))?;
    let labels = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];
    let block = blocks.iter().find(|block| labels.contains(&block.label.as_str()));
    let block = block.ok_or_else(|| damaged("no certification request in it".to_owned()))?;
    ::ca::requested(&block.contents).map_err(|e| damaged(e.to_string()))
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
