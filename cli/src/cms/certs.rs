//! `sealpost cms certs`.

use std::path::PathBuf;

use clap::Args;
use crypto::SystemRandom;
use smime::stateless::{self, Trust, VerifyRequest};
use wire::Certificate;

use crate::common::error::{Exit, Failure, Result};
use crate::common::global::Global;
use crate::common::input::Input;
use crate::common::output::{self, Kind, Output};
use crate::common::{certificate, input, material, policy};
use crate::open::failure;

/// Take the certificates out of a signed message, as PEM; whose they are, only they themselves say
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Certs {
    /// Only those of whoever signed it, whose signature has to hold
    #[arg(long)]
    signer: bool,

    /// Write the addresses that they name, one a line, instead of them
    #[arg(long)]
    addresses: bool,

    /// What a detached signature signs
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,

    /// The signed message, or a file of certificates
    file: Option<PathBuf>,
}

impl Certs {
    /// Writes them.
    pub fn run(self, global: &Global) -> Result {
        let found = self.found(global)?;
        let text = match self.addresses {
            true => found.iter().flat_map(certificate::addresses).map(|address| address + "\n").collect::<String>(),
            false => found.iter().map(certificate::pem).collect(),
        };
        if text.is_empty() {
            let what = if found.is_empty() { "there is no certificate in it" } else { "they name no address" };
            return Err(Failure::new(Exit::Damaged, what));
        }
        let mut out = Output::open(global, Kind::Foreign)?;
        output::pour(&mut text.as_bytes(), &mut out)?;
        out.commit()
    }

    fn found(&self, global: &Global) -> Result<Vec<Certificate>> {
        if let (false, Some(path)) = (self.signer, &self.file)
            && let Ok(found) = certificates(path)
        {
            return Ok(found);
        }
        let input = Input::open(self.file.as_deref())?;
        let content = self.content.as_deref().map(|path| Input::open(Some(path))).transpose()?;
        let policy = policy::load(global)?;
        let request = VerifyRequest {
            policy: &policy,
            now: global.now(),
            trust: Trust::Anybody,
            certificates: Vec::new(),
            without_attributes: false,
        };
        let content = content.as_ref().map(|input| input as &dyn ::cms::Source);
        let verified = stateless::verify(&input, content, request, &mut SystemRandom).map_err(failure::opening)?;
        if !self.signer {
            return Ok(verified.certificates().to_vec());
        }
        if !verified.is_accepted() {
            return Err(Failure::new(Exit::NoSignature, "no signature holds"));
        }
        let good = verified.signers().iter().filter(|signer| signer.signature == "good");
        Ok(good.filter_map(|signer| signer.held.clone()).collect())
    }
}

/// The certificates of a file that is no message.
fn certificates(path: &std::path::Path) -> Result<Vec<Certificate>> {
    let bytes = input::small(path)?;
    if wire::pem::looks_like_pem(&bytes) || bytes.first() == Some(&0x30) {
        return material::certificates(&path.display().to_string(), &bytes, &key_of_nobody);
    }
    Err(Failure::new(Exit::Damaged, "not a file of certificates"))
}

fn key_of_nobody() -> Result<crypto::Secret> {
    Err(Failure::usage("it is under a password: `sealpost id import` reads it"))
}

const HELP: &str = "\
Examples:
  sealpost cms certs signed.eml -o roots.pem --force
  sealpost cms certs --signer --addresses signed.eml

Exit status:
  0 done, 2 usage, 3 no signature holds, 41 not a signed message, or without a certificate, 59 the output file exists,
  61 the input is missing";
