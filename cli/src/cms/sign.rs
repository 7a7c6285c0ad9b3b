//! `sealpost cms sign`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::cms::{SignOptions, Signer, default_signature_algorithm};
use clap::Args;
use crypto::{Digest, KeyKind, PrivateKey, SignatureAlgorithm, SystemRandom};
use smime::stateless::{self, OutputForm};
use trust::{Policy, Use, usable_for_signing};
use wire::Certificate;

use super::key;
use super::request::Request;
use crate::common::error::{Exit, Failure, Result};
use crate::common::global::Global;
use crate::common::input::Input;
use crate::common::output::{Kind, Output};
use crate::common::policy;
use crate::common::secret::SecretSource;
use crate::open::failure;

/// Sign a file
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Sign {
    /// The signer's certificate; several signers are several pairs of --cert and --key
    #[arg(long, value_name = "FILE", required = true)]
    cert: Vec<PathBuf>,

    /// The signer's private key: a file, or in a token, by its PKCS #11 URI (pkcs11:…)
    #[arg(long, value_name = "FILE", required = true)]
    key: Vec<PathBuf>,

    /// Where the password of the key files comes from: a path, @ENV:NAME or @FD:N
    #[arg(long, value_name = "SOURCE")]
    key_password_file: Option<SecretSource>,

    /// Certificates to send along
    #[arg(long, value_name = "FILE")]
    chain: Vec<PathBuf>,

    /// Leave the content outside of the signature
    #[arg(long)]
    detached: bool,

    /// The digest: sha256, sha384, sha512, sha3-256, sha3-384, sha3-512, shake128 or shake256 [default: what fits the key]
    #[arg(long, value_name = "NAME")]
    digest: Option<Digest>,

    /// Sign with RSASSA-PSS
    #[arg(long)]
    pss: bool,

    /// Name the signer by key identifier
    #[arg(long)]
    key_id: bool,

    /// The form of the result: smime, der or pem
    #[arg(long, default_value = "smime")]
    form: OutputForm,

    #[command(flatten)]
    request: Request,

    /// What to sign; with --form smime a MIME entity
    file: Option<PathBuf>,
}

impl Sign {
    /// Signs.
    pub fn run(self, global: &Global) -> Result {
        if self.cert.len() != self.key.len() {
            return Err(Failure::usage("as many --cert as --key are needed, in the same order"));
        }
        let policy = policy::load(global)?;
        let mut pairs: Vec<(Certificate, Arc<dyn PrivateKey>)> = Vec::new();
        let mut chain = key::certificates(&self.chain, None)?;
        for (certificate, private) in self.cert.iter().zip(&self.key) {
            let password = self.key_password_file.as_ref();
            let (own, private, others) = pair(certificate, private, password, &policy, global)?;
            chain.extend(others);
            pairs.push((own, private));
        }
        let mut signers = Vec::new();
        for ((certificate, private), file) in pairs.iter().zip(&self.key) {
            let named = |failure: Failure| failure.of(file.display());
            let algorithm = self.algorithm(private.as_ref()).map_err(named)?;
            accepted(&policy, &algorithm, private.as_ref(), global).map_err(named)?;
            signers.push(Signer { certificate: certificate.clone(), key: private.as_ref(), algorithm });
        }
        let mut options = SignOptions { chain, use_key_id: self.key_id, ..SignOptions::at(global.now()) };
        if let Some((first, _)) = pairs.first() {
            options.attributes.extend(self.request.attribute(first, global)?);
        }
        let input = Input::open(self.file.as_deref())?;
        let kind = if self.form == OutputForm::Der { Kind::Binary } else { Kind::Foreign };
        let mut out = Output::open(global, kind)?;
        stateless::sign(&input, signers, options, self.detached, self.form, &mut out, &mut SystemRandom)
            .map_err(|error| failure::writing(error, Exit::CannotSign))?;
        out.commit()
    }

    fn algorithm(&self, private: &dyn PrivateKey) -> Result<SignatureAlgorithm> {
        let default = default_signature_algorithm(private.public());
        let digest = self.digest.unwrap_or(default.digest());
        if matches!(digest, Digest::Sha1 | Digest::Sha224) || self.digest == Some(Digest::Shake256Len) {
            return Err(Failure::new(Exit::Unsupported, format!("{digest} is not used to sign")));
        }
        match (private.public().kind(), self.pss) {
            (KeyKind::Rsa { .. }, true) => Ok(SignatureAlgorithm::pss(digest)),
            (KeyKind::Rsa { .. }, false) => Ok(SignatureAlgorithm::RsaPkcs1(digest)),
            (_, true) => Err(Failure::usage("--pss is for RSA keys")),
            (KeyKind::Ec(_), false) => Ok(SignatureAlgorithm::Ecdsa(digest)),
            (KeyKind::Ed25519, false) if self.digest.is_none_or(|d| d == Digest::Sha512) => {
                Ok(SignatureAlgorithm::Ed25519)
            }
            (KeyKind::Ed25519, false) => Err(Failure::usage("Ed25519 signs with sha512 only (RFC 8419)")),
            (KeyKind::Ed448, false) if self.digest.is_none() => Ok(SignatureAlgorithm::Ed448),
            (KeyKind::Ed448, false) => Err(Failure::usage("Ed448 signs with SHAKE256 only (RFC 8419)")),
            (KeyKind::SlhDsa(set), false) => Ok(SignatureAlgorithm::SlhDsa { set, digest }),
            (KeyKind::CompositeDsa(pair), false) => Ok(SignatureAlgorithm::CompositeDsa(pair)),
            (KeyKind::MlDsa(set), false) => Ok(SignatureAlgorithm::MlDsa { set, digest }),
            (kind, false) => Err(Failure::new(Exit::CannotSign, format!("a key of the kind {kind} cannot sign"))),
        }
    }
}

/// A certificate with its key, usable to sign, and the other certificates of the file.
pub fn pair(
    certificate: &Path,
    private: &Path,
    password: Option<&SecretSource>,
    policy: &Policy,
    global: &Global,
) -> Result<(Certificate, Arc<dyn PrivateKey>, Vec<Certificate>)> {
    let file = private.display();
    let mut found = key::certificates(&[certificate.to_owned()], password)?;
    let private = key::private(private, &found, password, global)?;
    let own = found.iter().find(|c| key::belongs(c, private.as_ref())).cloned().ok_or_else(|| {
        Failure::new(Exit::CannotSign, format!("{}: not the certificate of the key in {file}", certificate.display()))
    })?;
    usable_for_signing(&own, policy, global.now())
        .map_err(|why| Failure::new(Exit::CannotSign, format!("{}: {why}", certificate.display())))?;
    found.retain(|c| *c != own);
    Ok((own, private, found))
}

/// What the policy would not write is not written here either.
pub fn accepted(policy: &Policy, algorithm: &SignatureAlgorithm, private: &dyn PrivateKey, global: &Global) -> Result {
    let judgement = policy.judge_signature(Use::Sign, algorithm, &private.public().kind(), global.now());
    if judgement.is_accepted() { Ok(()) } else { Err(Failure::new(Exit::CannotSign, judgement.to_string())) }
}

const HELP: &str = "\
Examples:
  sealpost cms sign --cert alice.crt --key alice.key letter.txt -o signed.eml
  sealpost cms sign --cert alice.crt --key alice.key --detached --form der report.pdf -o report.p7s
  sealpost cms sign --cert alice.crt --key alice.key --request-receipt all letter.txt -o signed.eml

Exit status:
  0 done, 2 usage, 41 a file is damaged, 59 the output file exists, 61 a file is missing, 67 a key is locked,
  79 the key cannot sign";
