//! `sealpost open`, and what reading messages fails with.

pub mod failure;
mod text;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use directory::Directory;
use smime::report::{LayerReport, Report, SignerReport};
use smime::{AuthservId, Code, Desk, Mail, OpenError, Opened, Severity, Verdict};

use crate::common::certificate;
use crate::common::error::{Exit, Failure, Result};
use crate::common::fetching::{self, Fetching};
use crate::common::global::Global;
use crate::common::input::Input;
use crate::common::output::{self, Kind, Output};
use crate::common::{policy, store};

/// Open a mail: the mail goes to standard output, the verdict to standard error
///
/// Every layer of signature and encryption is unwrapped and judged. With --json the verdict goes to standard output
/// and the mail to where -o says.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Open {
    /// Give the mail out only if it is: signed (verified) or encrypted (authenticated)
    #[arg(long, value_name = "WHAT")]
    require: Vec<Requirement>,

    /// Give out a broken mail as well, if it was sent in clear or its encryption is authenticated
    #[arg(long)]
    show_broken: bool,

    /// Open also what protects nothing: single DES, RC4, ECB, RC2 of 40 bits, GCM in EnvelopedData, and the like; always
    /// unauthenticated
    #[arg(long)]
    import_damaged: bool,

    #[command(flatten)]
    fetching: Fetching,

    /// Write the verdict into the mail, as Authentication-Results under this identifier (RFC 7281); fields that claim to
    /// be of it already are taken out
    #[arg(long, value_name = "ID")]
    authentication_results: Option<AuthservId>,

    /// Give out what the mail says instead of the mail: its text, safe to show on a terminal, and the names of what is
    /// attached
    #[arg(long)]
    text: bool,

    /// Do not keep the sender's certificates of a verified mail; `harvest = false` in policy.toml does so always
    #[arg(long)]
    no_harvest: bool,

    /// The mail
    file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Requirement {
    Signed,
    Encrypted,
}

impl FromStr for Requirement {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "signed" => Ok(Requirement::Signed),
            "encrypted" => Ok(Requirement::Encrypted),
            _ => Err("signed or encrypted".to_owned()),
        }
    }
}

impl Open {
    /// Opens.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open(global)?;
        let policy = policy::load(global)?;
        let gatherer = self.fetching.prepare(global, &policy, &directory)?;
        let input = Input::open(self.file.as_deref())?;
        let desk = Desk::new(&policy, &directory).at(global.now());
        let opened = if self.import_damaged { desk.import(&input) } else { desk.open(&input) };
        let mut opened = opened.map_err(failure::opening)?;
        if let Some(id) = &self.authentication_results {
            opened.add_authentication_results(id);
        }
        tell(global, &opened);
        fetching::tell(global, &gatherer);
        if policy.harvest() && !self.no_harvest {
            harvest(global, &directory, &opened);
        }
        learn(global, &directory, &opened);
        if global.json {
            let json = serde_json::to_string_pretty(opened.report()).map_err(Failure::other)?;
            output::report(&format!("{json}\n"))?;
        }
        self.check(&opened)?;
        if global.json && global.output.is_none() {
            return Ok(());
        }
        let mut mail = self.mail(&opened).map_err(failure::opening)?;
        if self.text {
            output::text(global, &text::of(mail, &opened).map_err(failure::reading)?)?;
        } else {
            let mut out = Output::open(global, Kind::Foreign)?;
            output::pour(&mut mail, &mut out).map_err(failure::reading)?;
            out.commit()?;
        }
        match opened.verdict() {
            Verdict::Broken { .. } => Err(Failure::told(Exit::NoSignature)),
            _ => Ok(()),
        }
    }

    fn mail<'a>(&self, opened: &'a Opened<'_>) -> std::result::Result<Mail<'a>, OpenError> {
        if self.show_broken { opened.broken_mail() } else { opened.mail() }
    }

    fn check(&self, opened: &Opened<'_>) -> Result {
        let verified = matches!(opened.verdict(), Verdict::Verified { .. });
        let refuse = |why: &str| Err(Failure::new(Exit::NoSignature, why));
        if self.require.contains(&Requirement::Signed) && !verified {
            return refuse("the mail is not verified, as --require signed asks");
        }
        if self.require.contains(&Requirement::Encrypted) && !opened.is_authentically_encrypted() {
            return refuse("the mail is not encrypted and authenticated, as --require encrypted asks");
        }
        match opened.verdict() {
            Verdict::Broken { .. } if !self.show_broken => Err(Failure::told(Exit::NoSignature)),
            _ => Ok(()),
        }
    }
}

/// Keeps what a verified mail shows of its sender's certificates. The mail is opened all the same where the store takes
/// nothing in.
fn harvest(global: &Global, directory: &Directory, opened: &Opened<'_>) {
    let Some(harvest) = opened.harvest() else { return };
    match directory.harvest(harvest, global.now()) {
        Ok(new) => new.iter().for_each(|c| {
            global.detail(format!("kept for {}: the certificate {}", harvest.address(), certificate::print(c)));
        }),
        Err(error) => global.say(format!("note: the sender's certificate was not kept: {error}")),
    }
}

fn learn(global: &Global, directory: &Directory, opened: &Opened<'_>) {
    for learned in opened.capabilities() {
        match directory.learn_capabilities(learned, global.now()) {
            Ok(true) => global.detail("what the signer can read was remembered"),
            Ok(false) => {}
            Err(error) => global.say(format!("note: what the signer can read was not remembered: {error}")),
        }
    }
}

/// The verdict in words.
fn tell(global: &Global, opened: &Opened<'_>) {
    global.say(&opened.report().summary);
    let summary = &opened.report().summary;
    for finding in opened.findings() {
        let told = matches!(finding.code, Code::ReceiptRequested | Code::PartlySigned);
        let shown = finding.severity != Severity::Note || told || global.verbose;
        if shown && !summary.contains(&finding.text) {
            global.say(finding.to_string());
        }
        if shown && !finding.hint.is_empty() {
            global.say(format!("hint: {}", finding.hint));
        }
    }
    layers(global, opened.report());
    for signer in &opened.report().signers {
        global.detail(format!(
            "signer {}: signature {}, certificate {}, {}, {}",
            signer.addresses.join(", "),
            signer.signature,
            signer.certificate,
            signer.algorithm,
            signer.fingerprint
        ));
        services(global, signer);
    }
}

/// What signers said besides.
fn services(global: &Global, signer: &SignerReport) {
    for counter in &signer.countersignatures {
        let whose = counter.addresses.join(", ");
        let (signature, certificate) = (counter.signature, counter.certificate);
        global.detail(format!("countersigned by {whose}: signature {signature}, certificate {certificate}"));
    }
    for list in &signer.lists {
        global.detail(format!("passed on by the mailing list {} at {}", list.id, list.at));
    }
    if let Some(hint) = &signer.content_hint {
        global.detail(format!("said to be {hint}"));
    }
}

/// One line for each layer; said unasked where a signature around the encryption has a word of its own.
fn layers(global: &Global, report: &Report) {
    let signature = |layer: &LayerReport| layer.verdict.is_some();
    let around = report.layers.iter().skip_while(|layer| !signature(layer)).any(|layer| layer.cipher.is_some());
    for (index, layer) in report.layers.iter().enumerate() {
        let word = layer.verdict.or(layer.confidentiality).unwrap_or("protects nothing");
        let mut line = format!("layer {}, {}: {word}", index + 1, layer.kind);
        let signers = report.signers.iter().filter(|signer| signer.layer == index && signer.signature == "good");
        let names: Vec<String> = signers.map(|signer| signer.addresses.join(", ")).collect();
        if !names.is_empty() {
            let _ = write!(line, ", signed by {}", names.join(" and by "));
        }
        if let Some(cipher) = &layer.cipher {
            let _ = write!(line, ", {cipher}");
        }
        if around { global.say(line) } else { global.detail(line) }
    }
}

const HELP: &str = "\
Examples:
  sealpost open sealed.eml -o letter.eml
  sealpost open --require signed --require encrypted sealed.eml -o letter.eml
  sealpost open --json sealed.eml -o letter.eml
  sealpost open --authentication-results mx.example.net sealed.eml -o letter.eml
  sealpost open --text sealed.eml
  sealpost open --no-harvest sealed.eml -o letter.eml

Exit status:
  0 verified, unverified or unsigned: see the verdict; 2 usage; 3 broken, --require not met, or a label beyond the
  clearances of policy.toml: no mail is written; 13 algorithm not supported; 29 cannot decrypt; 41 not a mail, or
  damaged; 59 the output file exists; 61 the input is missing; 67 a key is locked. Nothing is written before all of it is proven.";
