//! `sealpost cms verify`.

use std::path::PathBuf;

use clap::Args;
use crypto::SystemRandom;
use serde_json::json;
use smime::stateless::{self, Verified, VerifyRequest};
use smime::{Code, Severity};

use super::key;
use super::labels::Labels;
use crate::common::error::{Exit, Failure, Result};
use crate::common::evidence;
use crate::common::global::Global;
use crate::common::input::Input;
use crate::common::output::{self, Kind, Output};
use crate::common::policy;
use crate::common::report;
use crate::open::failure;

/// Verify a signature; the content goes to standard output once it is proven
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Verify {
    /// Certificates to believe
    #[arg(long, value_name = "FILE", conflicts_with = "no_chain")]
    trust: Vec<PathBuf>,

    /// Check the signature alone, whoever made it
    #[arg(long)]
    no_chain: bool,

    /// Certificates that are not in the message: a signer's own, or an authority's; none is believed for that
    #[arg(long, value_name = "FILE")]
    certs: Vec<PathBuf>,

    /// CRLs to judge certificates by, beside those in the message
    #[arg(long, value_name = "FILE", conflicts_with = "no_chain")]
    crl: Vec<PathBuf>,

    /// OCSP answers to judge certificates by, beside those in the message
    #[arg(long, value_name = "FILE", conflicts_with = "no_chain")]
    ocsp: Vec<PathBuf>,

    /// What a detached signature signs
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,

    /// Accept a signature without signed attributes, which can be forged from others (RFC 8933)
    #[arg(long)]
    no_attributes: bool,

    #[command(flatten)]
    labels: Labels,

    /// The signed message: S/MIME, PEM, DER or BER
    file: Option<PathBuf>,
}

impl Verify {
    /// Verifies.
    pub fn run(self, global: &Global) -> Result {
        let trust = key::trust(&self.trust, self.no_chain)?;
        let input = Input::open(self.file.as_deref())?;
        let content = match &self.content {
            Some(path) => Some(Input::open(Some(path))?),
            None => None,
        };
        let certificates = key::certificates(&self.certs, None)?;
        let known = evidence::read(&self.crl, &self.ocsp)?;
        let policy = self.labels.with(policy::load(global)?);
        let request = VerifyRequest {
            policy: &policy,
            now: global.now(),
            trust,
            certificates,
            without_attributes: self.no_attributes,
        };
        let content = content.as_ref().map(|input| input as &dyn ::cms::Source);
        let verified = stateless::verify_knowing(&input, content, request, known, &mut SystemRandom);
        let verified = verified.map_err(failure::opening)?;
        tell(global, &verified, self.no_attributes);
        if global.json {
            let mut body = json!({
                "accepted": verified.is_accepted(),
                "signers": verified.signers(),
                "findings": verified.finding_reports(),
            });
            if let (Some(receipt), Some(fields)) = (verified.receipt(), body.as_object_mut()) {
                fields.insert("receipt".to_owned(), json!(receipt));
            }
            output::report(&report::json(body))?;
        }
        if !verified.is_accepted() {
            let why = verified.findings().iter().find(|f| f.severity == Severity::Error);
            let text = why.map_or_else(|| "no signature verifies".to_owned(), |f| f.text.clone());
            return Err(Failure::new(Exit::NoSignature, text));
        }
        if global.json && global.output.is_none() {
            return Ok(());
        }
        let mut out = Output::open(global, Kind::Foreign)?;
        output::pour(&mut verified.content().map_err(failure::opening)?, &mut out).map_err(failure::reading)?;
        out.commit()
    }
}

fn tell(global: &Global, verified: &Verified<'_>, without_attributes: bool) {
    for signer in verified.signers().iter().filter(|s| s.signature == "good") {
        let who = if signer.addresses.is_empty() { signer.fingerprint.clone() } else { signer.addresses.join(", ") };
        global.say(format!("good signature by {who} ({}, certificate {})", signer.algorithm, signer.certificate));
        if without_attributes {
            global.say("warning: signatures without signed attributes were let through");
        }
        global.detail(format!("certificate {}", signer.fingerprint));
    }
    for finding in verified.findings().iter().filter(|f| f.severity != Severity::Error) {
        global.say(finding.to_string());
        if finding.code == Code::ReceiptRequested {
            global.say(format!("hint: {}", finding.hint));
        }
    }
}

const HELP: &str = "\
Examples:
  sealpost cms verify --trust roots.pem signed.eml -o letter.txt
  sealpost cms verify --trust roots.pem --certs alice.crt signed.eml -o letter.txt
  sealpost cms verify --trust roots.pem --crl ca.crl signed.eml -o letter.txt
  sealpost cms verify --no-chain --content report.pdf report.p7s -o verified.pdf

Exit status:
  0 done, 2 usage, 3 no signature that verifies, or a label beyond the clearance, 13 algorithm not
  supported, 41 not a signed message, 59 the output file exists, 61 a file is missing";
