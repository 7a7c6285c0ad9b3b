//! `sealpost cms expand`.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use ::cms::{ListId, MlReceiptPolicy, SignOptions, Signer, default_signature_algorithm};
use clap::Args;
use crypto::{ContentCipher, Digest, PrivateKey, SystemRandom};
use smime::stateless::{self, ExpandRequest, Expansion, Members, OutputForm, Trust, VerifyRequest};
use trust::{Address, Algorithm, Policy, Use};
use wire::Certificate;

use super::encrypt::{self, Rsa};
use super::key;
use super::labels::Labels;
use super::sign;
use crate::common::error::{Exit, Failure, Result};
use crate::common::global::Global;
use crate::common::input::Input;
use crate::common::jobs::Jobs;
use crate::common::output::{Kind, Output};
use crate::common::policy;
use crate::common::secret::SecretSource;
use crate::open::failure;

/// Pass a message on to the members of a mailing list (RFC 2634 section 4)
///
/// Signatures are verified first. What is encrypted to the list is encrypted to its members, signatures around that are
/// taken off, and the result is signed by the list, which notes itself in it: a message that it passed on before is a
/// loop, and refused. What the outer signature said is said again. A message that nobody encrypted is signed as it is.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Expand {
    /// The list's certificate; several signers are several pairs of --cert and --key
    #[arg(long, value_name = "FILE", required = true)]
    cert: Vec<PathBuf>,

    /// The list's private key, which signs
    #[arg(long, value_name = "FILE", required = true)]
    key: Vec<PathBuf>,

    /// Where the password of the key files comes from: a path, @ENV:NAME or @FD:N
    #[arg(long, value_name = "SOURCE")]
    key_password_file: Option<SecretSource>,

    /// Certificates to send along
    #[arg(long, value_name = "FILE")]
    chain: Vec<PathBuf>,

    /// What the list is known by: its address, or octets in hexadecimal [default: its first certificate, by issuer and
    /// serial number]
    #[arg(long, value_name = "ID")]
    list: Option<Name>,

    /// Certificates to believe about the message
    #[arg(long, value_name = "FILE", required_unless_present = "no_chain", conflicts_with = "no_chain")]
    trust: Vec<PathBuf>,

    /// Check signatures alone, whoever made them
    #[arg(long)]
    no_chain: bool,

    /// Certificates that are not in the message: a signer's own, or an authority's; none is believed for that
    #[arg(long, value_name = "FILE")]
    certs: Vec<PathBuf>,

    /// Private keys that open the message if it is encrypted, with their certificates or each with --cert's
    #[arg(long, value_name = "FILE")]
    decrypt_with: Vec<PathBuf>,

    /// The members' certificates, to encrypt to
    #[arg(long, value_name = "FILE")]
    to: Vec<PathBuf>,

    /// How the key reaches RSA members: oaep or pkcs1
    #[arg(long, value_name = "WAY", default_value = "oaep")]
    rsa: Rsa,

    /// Share the members out among so many threads
    #[arg(long, value_name = "N", default_value = "1")]
    jobs: Jobs,

    /// What the list wants about receipts that the sender requests: none, instead-of or in-addition-to (--receipt-to)
    #[arg(long, value_name = "POLICY")]
    receipts: Option<Receipts>,

    /// Where receipts are to be sent instead, or as well
    #[arg(long, value_name = "ADDRESS", requires = "receipts", value_parser = address)]
    receipt_to: Vec<Address>,

    #[command(flatten)]
    labels: Labels,

    /// Leave the content outside of the signature
    #[arg(long)]
    detached: bool,

    /// The form of the result: smime, der or pem
    #[arg(long, default_value = "smime")]
    form: OutputForm,

    /// The message: a mail, or a file of CMS that holds one
    file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy)]
enum Receipts {
    Nobody,
    InsteadOf,
    InAdditionTo,
}

impl FromStr for Receipts {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "none" => Ok(Receipts::Nobody),
            "instead-of" => Ok(Receipts::InsteadOf),
            "in-addition-to" => Ok(Receipts::InAdditionTo),
            _ => Err("none, instead-of or in-addition-to".to_owned()),
        }
    }
}

/// A certificate and its key.
type Pair = (Certificate, Arc<dyn PrivateKey>);

/// The octets that a list is known by.
#[derive(Debug, Clone)]
struct Name(Vec<u8>);

impl FromStr for Name {
    type Err = String;

    /// Of an address it is a digest, so that the name is as long as a key identifier and stays when certificates change.
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if text.contains('@') {
            let address = address(text)?.to_string().to_lowercase();
            let digest = crypto::digest(Digest::Sha256, address.as_bytes());
            return Ok(Name(digest.iter().copied().take(NAME).collect()));
        }
        match wire::from_hex(text.as_bytes()) {
            Some(octets) if (1..=MAX_NAME).contains(&octets.len()) => Ok(Name(octets)),
            _ => Err(format!("an address, or 1 to {MAX_NAME} octets in hexadecimal")),
        }
    }
}

fn address(text: &str) -> std::result::Result<Address, String> {
    Address::parse_international(text).map_err(|why| why.to_string())
}

impl Expand {
    /// Expands.
    pub fn run(self, global: &Global) -> Result {
        if self.cert.len() != self.key.len() {
            return Err(Failure::usage("as many --cert as --key are needed, in the same order"));
        }
        let policy = self.labels.with(policy::load(global)?);
        let (pairs, chain) = self.pairs(&policy, global)?;
        let mut signers = Vec::new();
        for (certificate, private) in &pairs {
            let algorithm = default_signature_algorithm(private.public());
            sign::accepted(&policy, &algorithm, private.as_ref(), global)?;
            signers.push(Signer { certificate: certificate.clone(), key: private.as_ref(), algorithm });
        }
        let certificates: Vec<Certificate> = pairs.iter().map(|(certificate, _)| certificate.clone()).collect();
        let request = self.request(&policy, &certificates, global)?;
        let keys = key::list(&self.decrypt_with, certificates, self.key_password_file.as_ref(), global)?;
        let input = Input::open(self.file.as_deref())?;
        let expansion = stateless::expand(&input, request, &keys, &mut SystemRandom).map_err(failure::opening)?;
        let recipients = self.recipients(&expansion, &policy, global)?;
        let kind = if self.form == OutputForm::Der { Kind::Binary } else { Kind::Foreign };
        let mut out = Output::open(global, kind)?;
        let members =
            Members { recipients: &recipients, workers: self.jobs.workers(), detached: self.detached, form: self.form };
        let options = SignOptions { chain, ..SignOptions::at(global.now()) };
        expansion
            .write(signers, options, &members, &mut out, &mut SystemRandom)
            .map_err(|error| failure::writing(error, Exit::CannotSign))?;
        out.commit()?;
        let lists = expansion.history().lists().iter().map(|passed| passed.list.to_string());
        global.detail(format!("passed on by {}", lists.collect::<Vec<_>>().join(", ")));
        Ok(())
    }

    fn pairs(&self, policy: &Policy, global: &Global) -> Result<(Vec<Pair>, Vec<Certificate>)> {
        let mut pairs = Vec::new();
        let mut chain = key::certificates(&self.chain, None)?;
        for (certificate, private) in self.cert.iter().zip(&self.key) {
            let password = self.key_password_file.as_ref();
            let (own, private, others) = sign::pair(certificate, private, password, policy, global)?;
            chain.extend(others);
            pairs.push((own, private));
        }
        Ok((pairs, chain))
    }

    fn request<'p>(&self, policy: &'p Policy, own: &[Certificate], global: &Global) -> Result<ExpandRequest<'p>> {
        let trust = if self.no_chain { Trust::Anybody } else { Trust::Anchors(key::certificates(&self.trust, None)?) };
        let certificates = key::certificates(&self.certs, None)?;
        let verify = VerifyRequest { policy, now: global.now(), trust, certificates, without_attributes: false };
        let own = match &self.list {
            Some(name) => vec![ListId::KeyId(name.0.clone())],
            None => own.iter().map(ListId::of).chain(own.iter().filter_map(ListId::of_key)).collect(),
        };
        let named = || match self.receipt_to.as_slice() {
            [] => Err(Failure::usage("say with --receipt-to where receipts go")),
            to => Ok(MlReceiptPolicy::entities(to)),
        };
        let receipts = match self.receipts {
            None => None,
            Some(Receipts::Nobody) if !self.receipt_to.is_empty() => {
                return Err(Failure::usage("--receipts none goes with no --receipt-to"));
            }
            Some(Receipts::Nobody) => Some(MlReceiptPolicy::None),
            Some(Receipts::InsteadOf) => Some(MlReceiptPolicy::InsteadOf(named()?)),
            Some(Receipts::InAdditionTo) => Some(MlReceiptPolicy::InAdditionTo(named()?)),
        };
        Ok(ExpandRequest { verify, own, receipts })
    }

    /// Who gets what is encrypted.
    fn recipients(&self, expansion: &Expansion<'_>, policy: &Policy, global: &Global) -> Result<Vec<::cms::Recipient>> {
        let Some(cipher) = expansion.cipher() else {
            if !self.to.is_empty() {
                global.say("note: the message is not encrypted, and is not encrypted to the members either");
            }
            return Ok(Vec::new());
        };
        if self.to.is_empty() {
            return Err(Failure::usage("the message is encrypted: say with --to who the members are"));
        }
        writable(cipher, policy, global)?;
        Ok(encrypt::recipients(&self.to, &self.rsa.transport(), false, policy, global)?.0)
    }
}

/// The content stays as its sender encrypted it, so that has to be a way in which one would write.
fn writable(cipher: ContentCipher, policy: &Policy, global: &Global) -> Result {
    let judgement = policy.judge(Use::Encrypt, &Algorithm::from(cipher), global.now());
    if judgement.is_accepted() {
        return Ok(());
    }
    Err(Failure::new(Exit::Unsupported, judgement)
        .hint("the sender chose the cipher; ask them to write in a better one"))
}

/// Octets of a name that is made of an address.
const NAME: usize = 20;
/// Octets of the name of a list.
const MAX_NAME: usize = 64;

const HELP: &str = "\
Examples:
  sealpost cms expand --cert list.crt --key list.key --trust roots.pem signed.eml -o passed.eml
  sealpost cms expand --cert list.crt --key list.key --trust roots.pem --decrypt-with list.pem --to bob.crt --to carol.crt to-list.eml -o passed.eml
  sealpost cms expand --cert list.crt --key list.key --trust roots.pem --list list@example.org --receipts none signed.eml -o passed.eml

Exit status:
  0 done, 1 a loop of lists, or another reason not to pass it on, 2 usage, 3 no signature that verifies, or a label that
  is not accepted, 13 algorithm not supported, 17 a member's certificate cannot be used, 29 cannot decrypt, 41 not a
  mail, or damaged, 59 the output file exists, 61 a file is missing, 67 a key is locked, 79 the key cannot sign";
