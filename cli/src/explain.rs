//! `sealpost explain`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use smime::{Desk, Explanation, Keyring, LayerExplained, NoKeyring, SignerExplained, Way};

use crate::common::error::{Failure, Result};
use crate::common::global::Global;
use crate::common::input::Input;
use crate::common::{output, policy, store, terminal};
use crate::open::failure;

/// Explain a mail: what it is made of, who can open it, which key is missing, what a relay broke
///
/// Where the text of a clear-signed mail is not what was signed, changes that relays are known to make are undone, alone
/// and up to three together, until the digest is the one that was signed. Only then is a cause named. At most two million
/// candidates are tried, on a signed text of at most 1 MiB and 30,000 lines, which is held in memory for that with a few
/// copies; all else of a mail may be of any size and is not.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Explain {
    /// The mail
    file: Option<PathBuf>,
}

impl Explain {
    /// Explains.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open_if_there(global)?;
        let policy = policy::load(global)?;
        let name = self.file.as_deref().filter(|path| path.as_os_str() != "-").map_or("MAIL".to_owned(), quoted);
        let input = Input::open(self.file.as_deref())?;
        let people: &dyn Keyring = directory.as_ref().map_or(&NoKeyring, |directory| directory);
        let desk = Desk::new(&policy, people).at(global.now());
        let explanation = desk.explain(&input, &name).map_err(failure::opening)?;
        if global.json {
            let json = serde_json::to_string_pretty(&explanation).map_err(Failure::other)?;
            return output::text(global, &format!("{json}\n"));
        }
        let mut text = String::new();
        tell(&explanation, "", &mut text);
        output::text(global, &text)
    }
}

/// A file's name as a shell takes it.
fn quoted(path: &std::path::Path) -> String {
    let name = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/+=:@%".contains(c);
    if name.chars().all(plain) { name } else { format!("'{}'", name.replace('\'', "'\\''")) }
}

fn tell(explanation: &Explanation, margin: &str, out: &mut String) {
    let mut say = |text: String| {
        let _ = writeln!(out, "{margin}{}", terminal::escape(&text));
    };
    say(explanation.summary.clone());
    for (index, layer) in explanation.layers.iter().enumerate() {
        told(index, layer, &mut say);
        for signer in explanation.signers.iter().filter(|signer| signer.report.layer == index) {
            signed(signer, &mut say);
        }
        for way in explanation.way.iter().filter(|way| way.layer == index) {
            changed(way, &mut say);
        }
    }
    for finding in &explanation.findings {
        // What was said of the layers is not said twice.
        if !explanation.way.iter().any(|way| way.text == finding.text) {
            say(format!("{}: {}", finding.severity, finding.text));
        }
        if !finding.hint.is_empty() {
            say(format!("  hint: {}", finding.hint));
        }
    }
    if let Some(inside) = &explanation.inside {
        say("the signed part:".to_owned());
        tell(inside, &format!("{margin}  "), out);
    }
}

fn told(index: usize, layer: &LayerExplained, say: &mut impl FnMut(String)) {
    let mut line = format!("layer {}: {}", index + 1, layer.kind);
    let cipher = layer.cipher.as_deref().map(|cipher| format!(", {cipher}"));
    let length = layer.length.map(|length| format!(", {length} octets"));
    let word = layer.verdict.or(layer.confidentiality).map(|word| format!(", {word}"));
    let opened = if layer.opened { String::new() } else { ", not opened".to_owned() };
    for more in [cipher, length, word, Some(opened)].into_iter().flatten() {
        line.push_str(&more);
    }
    say(line);
    for recipient in &layer.recipients {
        say(format!("  {}", recipient.text));
        let issuer = recipient.issuer.as_deref().map(|issuer| format!(" issued by {issuer}")).unwrap_or_default();
        say(format!("    {}{issuer}, {}", recipient.id, recipient.algorithm));
    }
}

fn signed(signer: &SignerExplained, say: &mut impl FnMut(String)) {
    let report = &signer.report;
    let who = if report.addresses.is_empty() { "somebody".to_owned() } else { report.addresses.join(", ") };
    let state = format!("signature {}, certificate {}", report.signature, report.certificate);
    let at = report.signed_at.as_deref().map(|at| format!(", says at {at}")).unwrap_or_default();
    say(format!("  signed by {who}: {state}, {}{at}", report.algorithm));
    if !signer.hint.is_empty() {
        say(format!("    hint: {}", signer.hint));
    }
}

fn changed(way: &Way, say: &mut impl FnMut(String)) {
    say(format!("  {}", way.text));
    for (index, steps) in way.explanations.iter().enumerate() {
        if index > 0 {
            say("  or else:".to_owned());
        }
        for step in steps {
            say(format!("    {}: {}", step.change, step.text));
        }
    }
    if way.result == "not-found" {
        let bound = if way.exhausted { ", the bound of the work" } else { "" };
        say(format!("    {} candidates were tried{bound}", way.trials));
    }
}

const HELP: &str = "\
Examples:
  sealpost explain sealed.eml
  sealpost explain --json signed.eml

Exit status:
  0 explained, whatever is wrong with the mail; 2 usage; 41 not a mail; 61 the input is missing; 67 a key is locked";
