//! `sealpost cms receipt`.

use std::path::PathBuf;

use ::cms::{SignOptions, Signer, default_signature_algorithm};
use clap::Args;
use crypto::{Digest, KeyTransport, SystemRandom};
use smime::stateless::{self, OutputForm, VerifyRequest};

use super::encrypt;
use super::key;
use super::sign;
use crate::common::error::{Exit, Result};
use crate::common::global::Global;
use crate::common::input::Input;
use crate::common::output::{Kind, Output};
use crate::common::policy;
use crate::common::secret::SecretSource;
use crate::open::failure;

/// Make the signed receipt that a message asks for
///
/// The signature that asks is verified first. No receipt is made where none is asked of you, for another receipt, where
/// the signers ask for different ones, or where a mailing list on the way wants none.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Receipt {
    /// Your certificate, by which you are known to be asked
    #[arg(long, value_name = "FILE")]
    cert: PathBuf,

    /// Your private key, which signs the receipt
    #[arg(long, value_name = "FILE")]
    key: PathBuf,

    /// Where the password of the key files comes from: a path, @ENV:NAME or @FD:N
    #[arg(long, value_name = "SOURCE")]
    key_password_file: Option<SecretSource>,

    /// Certificates to believe about the message
    #[arg(long, value_name = "FILE", conflicts_with = "no_chain")]
    trust: Vec<PathBuf>,

    /// Check the signature alone, whoever made it
    #[arg(long)]
    no_chain: bool,

    /// Private keys that open the message if it is encrypted, with their certificates or each with --cert's
    #[arg(long, value_name = "FILE")]
    decrypt_with: Vec<PathBuf>,

    /// Certificates to encrypt the receipt to; it is then signed outside as well
    #[arg(long, value_name = "FILE")]
    encrypt_to: Vec<PathBuf>,

    /// What a detached signature signs
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,

    /// The form of the result: smime, der or pem
    #[arg(long, default_value = "smime")]
    form: OutputForm,

    /// The message: S/MIME, PEM, DER or BER
    file: Option<PathBuf>,
}

impl Receipt {
    /// Makes the receipt.
    pub fn run(self, global: &Global) -> Result {
        let trust = key::trust(&self.trust, self.no_chain)?;
        let policy = policy::load(global)?;
        let password = self.key_password_file.as_ref();
        let (own, private, chain) = sign::pair(&self.cert, &self.key, password, &policy, global)?;
        let algorithm = default_signature_algorithm(private.public());
        sign::accepted(&policy, &algorithm, private.as_ref(), global)?;
        let keys = key::list(&self.decrypt_with, vec![own.clone()], password, global)?;
        let input = Input::open(self.file.as_deref())?;
        let content = self.content.as_deref().map(|path| Input::open(Some(path))).transpose()?;
        let content = content.as_ref().map(|input| input as &dyn ::cms::Source);
        let now = global.now();
        let request =
            VerifyRequest { policy: &policy, now, trust, certificates: Vec::new(), without_attributes: false };
        let answer = stateless::answer(&input, content, request, &keys, &own, &mut SystemRandom);
        let answer = answer.map_err(failure::opening)?;
        let (recipients, _) =
            encrypt::recipients(&self.encrypt_to, &KeyTransport::oaep(Digest::Sha256), false, &policy, global)?;
        let kind = if self.form == OutputForm::Der { Kind::Binary } else { Kind::Foreign };
        let mut out = Output::open(global, kind)?;
        let signer = || Signer { certificate: own.clone(), key: private.as_ref(), algorithm };
        let options = SignOptions { chain, ..SignOptions::at(now) };
        let (form, rng) = (self.form, &mut SystemRandom);
        let written = match recipients.as_slice() {
            [] => stateless::write_receipt(&answer, signer(), options, form, &mut out, rng),
            to => stateless::write_hidden_receipt(&answer, [signer(), signer()], &options, to, form, &mut out, rng),
        };
        written.map_err(|error| failure::writing(error, Exit::CannotSign))?;
        out.commit()?;
        let to: Vec<String> = answer.to().iter().map(ToString::to_string).collect();
        global.say(format!("send the receipt to {}", to.join(", ")));
        Ok(())
    }
}

const HELP: &str = "\
Examples:
  sealpost cms receipt --cert alice.crt --key alice.key --trust roots.pem asking.eml -o receipt.eml
  sealpost cms receipt --cert alice.crt --key alice.key --trust roots.pem --encrypt-to bob.crt asking.eml -o hidden.eml

Exit status:
  0 done, 1 no receipt may be given, 2 usage, 3 no signature that verifies, or a label beyond the clearances of
  policy.toml, 13 algorithm not supported, 17 a certificate to encrypt to cannot be used, 29 cannot decrypt, 41 not a
  signed message, 59 the output file exists, 61 a file is missing, 67 a key is locked, 79 the key cannot sign";
