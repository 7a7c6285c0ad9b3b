//! `sealpost cert publish`.

use std::fmt;
use std::path::PathBuf;

use ::cms::{SignOptions, Signer, default_signature_algorithm};
use clap::{Args, ValueEnum};
use crypto::SystemRandom;
use directory::{CertificateInfo, Directory, Gatherer, InDoubt, Inquiry, inquire, ldif, smimea_records, store_files};
use smime::stateless::OutputForm;
use smime::{Keyring, Standing};
use trust::{
    Address, DaneRecord, Fetch, PathError, Policy, ProvenPath, Purpose, Request, RevocationEvidence,
    usable_for_encryption,
};
use wire::{Certificate, Time};

use crate::common::error::{Exit, Failure, Result};
use crate::common::global::Global;
use crate::common::{certificate, output, policy, store};

/// Print what makes a certificate findable: records for the DNS, a change for a directory, files for a store
///
/// The newest certificates of the address that one encrypts to are meant; those that are over, revoked or replaced are told
/// and left out. SMIMEA records (RFC 8162) say nothing unless the
/// zone is signed. The LDIF replaces what the entry has; with the key at hand it brings a signed list of what its owner
/// reads (userSMIMECertificate) as well. A store by HTTP (RFC 4387) gives ATTRIBUTE/VALUE to who asks for
/// search.cgi?ATTRIBUTE=VALUE.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Publish {
    /// Whose
    #[arg(value_name = "ADDRESS", value_parser = address)]
    address: Address,

    /// For which kind of place
    #[arg(long = "for", value_enum, value_name = "PLACE", default_value_t = Place::Smimea)]
    place: Place,

    /// What the record says: 3 this certificate, 1 this certificate with its path, 2 and 0 the authority above it
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(0..=3))]
    usage: u8,

    /// What of the certificate the record has: 0 all of it, 1 its key
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=1))]
    selector: u8,

    /// How the record has it: 0 whole, so that it can be found; 1 its SHA-256; 2 its SHA-512
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=2))]
    matching: u8,

    /// Seconds for which an answer counts
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u32).range(..=MAX_TTL))]
    ttl: u32,

    /// The entry of the directory [default: mail=ADDRESS]
    #[arg(long, value_name = "DN")]
    entry: Option<String>,

    /// The folder for the files of a store
    #[arg(long, value_name = "DIR", required_if_eq("place", "http"))]
    out_dir: Option<PathBuf>,
}

/// A kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Place {
    /// Records in the DNS
    Smimea,
    /// A directory
    Ldap,
    /// A store by HTTP
    Http,
}

impl Publish {
    /// Prints it.
    pub fn run(self, global: &Global) -> Result {
        global.no_json()?;
        let directory = store::open(global)?;
        let policy = policy::load(global)?;
        let mut usable: Vec<Certificate> = Vec::new();
        for info in directory.find_certificates(&self.address.folded())? {
            match fault(&directory, &policy, &info, &self.address, global.now())? {
                // One that only signs is not meant, and no fault of anybody's.
                Some(Fault::Path(PathError::WrongPurpose { .. })) => {}
                Some(fault) => {
                    global.say(format!("note: {} is not published: {fault}", certificate::print(&info.certificate)));
                }
                None if usable.len() < MOST => usable.push(info.certificate),
                None => {}
            }
        }
        if usable.is_empty() {
            let failure = Failure::other(format!("no certificate of {} here can be encrypted to", self.address));
            return Err(failure.hint("`sealpost cert list` shows what is here"));
        }
        match self.place {
            Place::Smimea => self.smimea(global, &directory, &policy, &usable),
            Place::Ldap => self.ldap(global, &directory, &usable),
            Place::Http => self.http(global, &usable),
        }
    }

    fn smimea(&self, global: &Global, directory: &Directory, policy: &Policy, usable: &[Certificate]) -> Result {
        let mut records = Vec::new();
        for leaf in usable {
            let named = match self.usage {
                1 | 3 => leaf.clone(),
                _ => above(directory, policy, leaf, global.now())?,
            };
            let record = DaneRecord::of(&named, self.usage, self.selector, self.matching);
            let record = record.ok_or_else(|| Failure::usage("there is no such record"))?;
            if !records.contains(&record) {
                records.push(record);
            }
        }
        if self.matching != 0 || self.selector != 0 {
            global.say("note: such a record only confirms a certificate that was got elsewhere");
        }
        output::text(global, &smimea_records(&self.address, &records, self.ttl))
    }

    fn ldap(&self, global: &Global, directory: &Directory, usable: &[Certificate]) -> Result {
        let entry = self.entry.clone().unwrap_or_else(|| format!("mail={}", escaped(&self.address.to_string())));
        let signed = self.signed(global, directory)?;
        if signed.is_none() {
            global.say("note: its key is not here, so that there is no userSMIMECertificate");
        }
        output::text(global, &ldif(&entry, usable, signed.as_deref()))
    }

    /// RFC 2798 section 2.8: a SignedData without content, with the chain and the capabilities.
    fn signed(&self, global: &Global, directory: &Directory) -> Result<Option<Vec<u8>>> {
        let Some(identity) = directory.signing_identity(&self.address, global.now()).map_err(Failure::other)? else {
            return Ok(None);
        };
        let Some(certificate) = identity.key.certificate.clone() else { return Ok(None) };
        let algorithm = default_signature_algorithm(identity.key.key.public());
        let signer = Signer { certificate, key: identity.key.key.as_ref(), algorithm };
        let options = SignOptions { chain: identity.chain, ..SignOptions::at(global.now()) };
        let mut der = Vec::new();
        let nothing: &[u8] = b"";
        smime::stateless::sign(&nothing, vec![signer], options, true, OutputForm::Der, &mut der, &mut SystemRandom)
            .map_err(Failure::other)?;
        Ok(Some(der))
    }

    fn http(&self, global: &Global, usable: &[Certificate]) -> Result {
        let Some(folder) = &self.out_dir else { return Err(Failure::usage("name a folder with --out-dir")) };
        let Some(newest) = usable.first() else { return Ok(()) };
        for (name, contents) in store_files(&self.address, newest) {
            let path = folder.join(&name);
            let failed = |error: std::io::Error| Failure::other(format!("{}: {error}", path.display()));
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(failed)?;
            }
            // A certificate gives way to the newer one; a server may be reading it meanwhile.
            if std::fs::read(&path).is_ok_and(|there| Certificate::from_der(&there).is_err()) {
                let failure =
                    Failure::new(Exit::OutputExists, format!("{} exists, and is no certificate", path.display()));
                return Err(failure.hint("name another folder with --out-dir"));
            }
            let beside = path.with_file_name(format!("{BESIDE}{}", std::process::id()));
            std::fs::write(&beside, contents).and_then(|()| std::fs::rename(&beside, &path)).map_err(failed)?;
            global.detail(format!("written: {}", path.display()));
        }
        global.say(format!("{} can be asked for below {}", certificate::print(newest), folder.display()));
        Ok(())
    }
}

/// Why a certificate is not published.
enum Fault {
    /// What it counts for at the address.
    Standing(Standing),
    /// Its identity has newer keys.
    Retired,
    /// It may not be encrypted to.
    Path(PathError),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Standing(standing) => write!(f, "it {standing}"),
            Fault::Retired => f.write_str("its key was replaced by a newer one"),
            Fault::Path(error) => error.fmt(f),
        }
    }
}

/// What would keep others from encrypting to it, or should: it is over, revoked as far as is known here, distrusted, or
/// another took its place. Whether it has a path is for those to judge who find it.
fn fault(
    directory: &Directory,
    policy: &Policy,
    info: &CertificateInfo,
    address: &Address,
    now: Time,
) -> Result<Option<Fault>> {
    let certificate = &info.certificate;
    if let Err(error) = usable_for_encryption(certificate, policy, now) {
        return Ok(Some(Fault::Path(error)));
    }
    let folded = address.folded();
    let here = |text: &str| Address::parse_international(text).is_ok_and(|named| named.folded() == folded);
    let standing = info.history.standings.iter().find(|(text, _)| here(text)).map(|(_, standing)| *standing);
    if let Some(standing) = standing.filter(|standing| *standing != Standing::Used) {
        return Ok(Some(Fault::Standing(standing)));
    }
    if !directory.encryption_candidates(address).map_err(Failure::other)?.contains(certificate) {
        return Ok(Some(Fault::Retired));
    }
    match path(directory, policy, certificate, &directory.anchors_of(true)?, now)? {
        Err(error @ (PathError::Revoked { .. } | PathError::Distrusted { .. })) => Ok(Some(Fault::Path(error))),
        _ => Ok(None),
    }
}

/// Whether a certificate has a path to one of these, by what is here; nobody is asked.
fn path(
    directory: &Directory,
    policy: &Policy,
    leaf: &Certificate,
    anchors: &[Certificate],
    now: Time,
) -> Result<std::result::Result<ProvenPath, PathError>> {
    let inquiry = Inquiry {
        leaf,
        request: &Request::new(Purpose::EncryptMail),
        pool: &directory.intermediates().map_err(Failure::other)?,
        anchors,
        distrusted: &directory.distrusted()?,
        evidence: RevocationEvidence::default(),
        policy,
        now,
        how: Fetch::Cached,
        doubt: Some(InDoubt::Tolerated),
    };
    Ok(inquire(&inquiry, Some(directory), &Gatherer::new(Vec::new(), now).offline(true)).path)
}

/// The authority that issued a certificate, which has to be here. Anybody can found one of the same name: its key counts.
fn above(directory: &Directory, policy: &Policy, leaf: &Certificate, now: Time) -> Result<Certificate> {
    let mut known = directory.intermediates().map_err(Failure::other)?;
    known.extend(directory.anchors_of(true)?);
    let mut issuer = None;
    for named in known.into_iter().filter(|c| c.subject() == leaf.issuer() && c != leaf) {
        let found = path(directory, policy, leaf, std::slice::from_ref(&named), now)?;
        if found.is_ok_and(|path| path.chain().len() == 2) {
            issuer = Some(named);
            break;
        }
    }
    issuer.ok_or_else(|| {
        Failure::other(format!("the certificate of {} is not here", leaf.issuer()))
            .hint("`sealpost cert import FILE` takes it")
    })
}

/// RFC 4514 section 2.4: what would end the value or mean something in it.
fn escaped(value: &str) -> String {
    let mut text = String::new();
    for c in value.chars() {
        if ",+\"\\<>;=# ".contains(c) {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

fn address(text: &str) -> std::result::Result<Address, String> {
    Address::parse_international(text).map_err(|error| error.to_string())
}

/// RFC 2181 section 8.
const MAX_TTL: i64 = 0x7fff_ffff;
/// The name of a file that is being written.
const BESIDE: &str = ".new-";
/// Certificates of one address that are published.
const MOST: usize = 4;

const HELP: &str = "\
Examples:
  sealpost cert publish alice@example.org
  sealpost cert publish alice@example.org --usage 2 --matching 1
  sealpost cert publish alice@example.org --for ldap --entry uid=alice,ou=people,dc=example,dc=org
  sealpost cert publish alice@example.org --for http --out-dir store

Exit status:
  0 done, 1 there is no such certificate, 2 usage, 59 a file of that name is no certificate";
