//! `sealpost cms verify-receipt`.

use std::path::PathBuf;

use clap::Args;
use crypto::SystemRandom;
use serde_json::json;
use smime::Severity;
use smime::stateless::{self, ReceiptVerdict, VerifyRequest};

use super::key;
use crate::common::error::{Exit, Failure, Result};
use crate::common::global::Global;
use crate::common::input::Input;
use crate::common::output;
use crate::common::secret::SecretSource;
use crate::common::{policy, report};
use crate::open::failure;

/// Verify a signed receipt against the message that was sent
#[derive(Args)]
#[command(after_help = HELP)]
pub struct VerifyReceipt {
    /// The message that was sent and that asked for the receipt
    #[arg(long, value_name = "FILE")]
    original: PathBuf,

    /// What that message signs, if its signature is detached
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,

    /// Certificates to believe about the receipt
    #[arg(long, value_name = "FILE", conflicts_with = "no_chain")]
    trust: Vec<PathBuf>,

    /// Check the signature alone, whoever made it
    #[arg(long)]
    no_chain: bool,

    /// Private keys that open the message or the receipt if it is encrypted, with or without their certificates
    #[arg(long, value_name = "FILE")]
    decrypt_with: Vec<PathBuf>,

    /// Where the password of the key files comes from: a path, @ENV:NAME or @FD:N
    #[arg(long, value_name = "SOURCE")]
    key_password_file: Option<SecretSource>,

    /// The receipt: S/MIME, PEM, DER or BER
    file: Option<PathBuf>,
}

impl VerifyReceipt {
    /// Verifies.
    pub fn run(self, global: &Global) -> Result {
        let trust = key::trust(&self.trust, self.no_chain)?;
        let policy = policy::load(global)?;
        let keys = key::list(&self.decrypt_with, Vec::new(), self.key_password_file.as_ref(), global)?;
        let receipt = Input::open(self.file.as_deref())?;
        let original = Input::open(Some(&self.original))?;
        let content = self.content.as_deref().map(|path| Input::open(Some(path))).transpose()?;
        let content = content.as_ref().map(|input| input as &dyn ::cms::Source);
        let now = global.now();
        let request =
            VerifyRequest { policy: &policy, now, trust, certificates: Vec::new(), without_attributes: false };
        let verdict = stateless::verify_receipt(&receipt, &original, content, request, &keys, &mut SystemRandom);
        let verdict = verdict.map_err(failure::opening)?;
        tell(global, &verdict);
        if global.json {
            output::report(&report::json(json!({
                "accepted": verdict.is_accepted(),
                "signers": verdict.signers(),
                "findings": verdict.finding_reports(),
            })))?;
        }
        if verdict.is_accepted() {
            return Ok(());
        }
        let why = verdict.findings().iter().find(|f| f.severity == Severity::Error);
        let text = why.map_or_else(|| "no signature verifies".to_owned(), |f| f.text.clone());
        Err(Failure::new(Exit::NoSignature, text))
    }
}

fn tell(global: &Global, verdict: &ReceiptVerdict) {
    if verdict.is_accepted() {
        for signer in verdict.signers().iter().filter(|s| s.signature == "good") {
            let named = !signer.addresses.is_empty();
            let who = if named { signer.addresses.join(", ") } else { signer.fingerprint.clone() };
            let when = signer.signed_at.as_ref().map(|at| format!(", signed at {at}")).unwrap_or_default();
            global.say(format!("{who} has received the message{when} (certificate {})", signer.certificate));
        }
    }
    let first = verdict.findings().iter().find(|f| f.severity == Severity::Error);
    for finding in verdict.findings().iter().filter(|finding| Some(*finding) != first) {
        global.say(finding.to_string());
    }
}

const HELP: &str = "\
Examples:
  sealpost cms verify-receipt --trust roots.pem --original asked.eml received.eml
  sealpost cms verify-receipt --no-chain --original asked.eml --json received.eml

Exit status:
  0 it is a receipt for the message, 2 usage, 3 it is not, or by nobody to be believed, 13 algorithm not supported,
  29 cannot decrypt, 41 not a receipt, 61 a file is missing, 67 a key is locked";
