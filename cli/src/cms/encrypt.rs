//! `sealpost cms encrypt`.

use std::path::PathBuf;
use std::str::FromStr;

use ::cms::{EncryptWriter, Encryption, Recipient};
use clap::Args;
use crypto::{ContentCipher, Digest, KeyKind, KeyTransport, SystemRandom};
use smime::stateless::{self, OutputForm};
use trust::{Algorithm, Policy, Use, usable_for_encryption};
use wire::oids;

use super::key;
use super::shared::Shared;
use crate::common::certificate;
use crate::common::error::{Exit, Failure, Result};
use crate::common::global::Global;
use crate::common::input::Input;
use crate::common::jobs::Jobs;
use crate::common::output::{Kind, Output};
use crate::common::policy;
use crate::open::failure;

/// Encrypt a file
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Encrypt {
    /// The recipients' certificates
    #[arg(long, value_name = "FILE")]
    to: Vec<PathBuf>,

    #[command(flatten)]
    shared: Shared,

    /// The cipher: aes-{128,192,256}-{cbc,gcm,ccm} or chacha20-poly1305; under --content-key-file one of -cbc [default:
    /// aes-256-gcm, or aes-cbc of the content key's length]
    #[arg(long, value_name = "NAME")]
    cipher: Option<ContentCipher>,

    /// How the key reaches RSA recipients whose key leaves the choice: oaep or pkcs1
    #[arg(long, value_name = "WAY", default_value = "oaep")]
    rsa: Rsa,

    /// Name the recipients by key identifier
    #[arg(long)]
    key_id: bool,

    /// Share the recipients out among so many threads
    #[arg(long, value_name = "N", default_value = "1")]
    jobs: Jobs,

    /// The form of the result: smime, der or pem
    #[arg(long, default_value = "smime")]
    form: OutputForm,

    /// What to encrypt; with --form smime a MIME entity
    file: Option<PathBuf>,
}

/// How the content key reaches RSA keys.
#[derive(Debug, Clone, Copy)]
pub enum Rsa {
    /// RSAES-OAEP with SHA-256.
    Oaep,
    /// RSAES-PKCS1-v1_5.
    Pkcs1,
}

impl Rsa {
    /// The algorithm.
    pub fn transport(self) -> KeyTransport {
        match self {
            Rsa::Oaep => KeyTransport::oaep(Digest::Sha256),
            Rsa::Pkcs1 => KeyTransport::RsaPkcs1,
        }
    }
}

impl FromStr for Rsa {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "oaep" => Ok(Rsa::Oaep),
            "pkcs1" => Ok(Rsa::Pkcs1),
            _ => Err("oaep or pkcs1".to_owned()),
        }
    }
}

impl Encrypt {
    /// Encrypts.
    pub fn run(self, global: &Global) -> Result {
        if self.to.is_empty() && !self.shared.is_given() {
            return Err(Failure::usage("there is nobody to encrypt to").hint(
                "name certificates with --to FILE, or what both sides hold with --password-file, --kek-file or \
                 --content-key-file SOURCE",
            ));
        }
        let policy = policy::load(global)?;
        let shared = self.shared.secrets()?;
        if self.shared.has_content_key() && (shared.len() > 1 || !self.to.is_empty()) {
            return Err(Failure::usage("--content-key-file is the key itself, and goes with no recipients"));
        }
        let cipher = self.shared.cipher(self.cipher, &shared)?;
        let judgement = policy.judge(Use::Encrypt, &Algorithm::from(cipher), global.now());
        if !judgement.is_accepted() {
            return Err(Failure::new(Exit::Unsupported, judgement));
        }
        let (recipients, files) = recipients(&self.to, &self.rsa.transport(), self.key_id, &policy, global)?;
        let input = Input::open(self.file.as_deref())?;
        let kind = if self.form == OutputForm::Der { Kind::Binary } else { Kind::Foreign };
        let mut out = Output::open(global, kind)?;
        let how = Encryption {
            cipher,
            recipients: &recipients,
            shared: &shared,
            derive_key: false,
            workers: self.jobs.workers(),
        };
        stateless::encrypt_as(&input, &how, self.form, &mut out, &mut SystemRandom)
            .map_err(|error| self.refused(error, &recipients, &files, cipher))?;
        out.commit()
    }

    /// Says who it is that cannot be encrypted to: the first to whom nothing can be encrypted alone.
    fn refused(&self, error: ::cms::Error, all: &[Recipient], files: &[PathBuf], cipher: ContentCipher) -> Failure {
        let alone = |one: &Recipient| {
            let recipients = std::slice::from_ref(one);
            let how = Encryption { cipher, recipients, shared: &[], derive_key: false, workers: None };
            EncryptWriter::begin(std::io::sink(), &how, &mut SystemRandom).is_ok()
        };
        let is_theirs =
            matches!(error, ::cms::Error::Crypto(_) | ::cms::Error::Malformed(_) | ::cms::Error::Unsupported(_));
        let found = all.iter().zip(files).filter(|_| is_theirs).find(|(one, _)| !alone(one));
        let Some((who, file)) = found else { return failure::writing(error, Exit::CannotEncrypt) };
        let whose = certificate::whose(&who.certificate);
        let text = format!("{}: {whose} cannot be encrypted to in this way: {error}", file.display());
        let failure = Failure::new(Exit::CannotEncrypt, text);
        match trust::key_kind(who.certificate.public_key()) {
            KeyKind::Rsa { .. } => failure.hint(
                "`sealpost cms inspect` shows what its key is for; --rsa chooses between OAEP with SHA-256 and PKCS #1 v1.5, \
                 and where it takes neither another certificate is needed",
            ),
            _ => failure.hint("`sealpost cms inspect` shows what its key is for; ask for another certificate"),
        }
    }
}

/// Whom the certificates of these files name, if each file has one to encrypt to, and the file of each.
pub fn recipients(
    paths: &[PathBuf],
    transport: &KeyTransport,
    use_key_id: bool,
    policy: &Policy,
    global: &Global,
) -> Result<(Vec<Recipient>, Vec<PathBuf>)> {
    let (mut recipients, mut files) = (Vec::new(), Vec::new());
    for path in paths {
        let found = key::certificates(std::slice::from_ref(path), None)?;
        let judge = |c: &wire::Certificate| usable_for_encryption(c, policy, global.now());
        // A person's file has the certificate that signs and those of issuers beside the one to encrypt to.
        let faults: Vec<String> = found.iter().filter_map(|c| judge(c).err()).map(|why| why.to_string()).collect();
        if !faults.is_empty() && faults.len() == found.len() {
            return Err(cannot(path, found.first(), faults.join("; ")));
        }
        for certificate in found.into_iter().filter(|c| judge(c).is_ok()) {
            let transport = transport_to(&certificate, transport, policy, global)
                .map_err(|why| cannot(path, Some(&certificate), why))?;
            files.push(path.clone());
            recipients.push(Recipient { certificate, transport, use_key_id });
        }
    }
    Ok((recipients, files))
}

/// Says whose certificate, in which file, cannot be used.
fn cannot(path: &std::path::Path, certificate: Option<&wire::Certificate>, why: String) -> Failure {
    let whose = certificate.map_or_else(|| "nobody".to_owned(), certificate::whose);
    let text = format!("{}: {whose} cannot be encrypted to: {why}", path.display());
    Failure::new(Exit::CannotEncrypt, text).hint(
        "`sealpost cms inspect` shows what its key is for; ask for another certificate, or accept it in policy.toml",
    )
}

/// The way asked for, or the only one that the key allows (RFC 4055 section 4.1), if the policy accepts it.
fn transport_to(
    certificate: &wire::Certificate,
    asked: &KeyTransport,
    policy: &Policy,
    global: &Global,
) -> std::result::Result<KeyTransport, String> {
    let key = certificate.public_key();
    let only = KeyTransport::only_for(&key.algorithm).map_err(|error| error.to_string())?;
    let transport = only.unwrap_or_else(|| asked.clone());
    let judgement = policy.judge(Use::Encrypt, &Algorithm::from(&transport), global.now());
    let transports = matches!(trust::key_kind(key), KeyKind::Rsa { .. }) && key.algorithm.oid != oids::RSA_KEM_SPKI;
    if transports && !judgement.is_accepted() { Err(judgement.to_string()) } else { Ok(transport) }
}

const HELP: &str = "\
Examples:
  sealpost cms encrypt --to bob.crt letter.txt -o sealed.eml
  sealpost cms encrypt --to bob.crt --to carol.crt --cipher aes-256-cbc --form der letter.txt -o sealed.p7m
  sealpost cms encrypt --password-file letter.pass letter.txt -o locked.eml

Exit status:
  0 done, 2 usage, 13 the cipher is not used to encrypt, 17 a recipient's certificate cannot be used,
  41 a file is damaged, 59 the output file exists, 61 a file is missing";
