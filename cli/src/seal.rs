//! `sealpost seal`.

use std::path::PathBuf;

use clap::Args;
use crypto::SystemRandom;
use directory::Directory;
use mime::{Header, Limits, LineEnds};
use serde_json::json;
use smime::{Desk, DeskAt, ReferencePolicy, SealError, SealFacts, Source};
use trust::{Address, Policy};

use crate::common::certificate;
use crate::common::discovery::Finding;
use crate::common::error::{Exit, Failure, Result};
use crate::common::fetching::{self, Fetching};
use crate::common::global::Global;
use crate::common::input::Input;
use crate::common::output::{self, Kind, Output};
use crate::common::sealing::{self, Manner};
use crate::common::{policy, report, store};
use crate::open::failure;

/// Sign and encrypt a mail for everyone in To and Cc, and for yourself
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Seal {
    /// The identity that signs; it must be the From address
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,

    /// Encrypt to this address as well; no field is written for it
    #[arg(long, value_name = "ADDRESS")]
    to: Vec<String>,

    /// Sign without encrypting
    #[arg(long, conflicts_with = "encrypt_only")]
    sign_only: bool,

    /// Encrypt without signing
    #[arg(long)]
    encrypt_only: bool,

    /// Sign, encrypt, and sign the encryption once more (RFC 2634)
    #[arg(long, conflicts_with_all = ["sign_only", "encrypt_only"])]
    triple_wrap: bool,

    /// Repeat hidden headers at the beginning of the text, for programs that show no protected ones
    #[arg(long, conflicts_with = "sign_only")]
    legacy_display: bool,

    /// The mail is an answer to this one: what was hidden there is hidden here too, or the answer refused
    #[arg(long, value_name = "MAIL")]
    answers: Option<PathBuf>,

    #[command(flatten)]
    manner: Manner,

    #[command(flatten)]
    finding: Finding,

    #[command(flatten)]
    fetching: Fetching,

    /// The mail
    file: Option<PathBuf>,
}

impl Seal {
    /// Seals.
    pub fn run(self, global: &Global) -> Result {
        if global.json && global.output.is_none() {
            return Err(Failure::usage(
                "with --json the report goes to standard output: name a file for the mail with -o",
            ));
        }
        let directory = store::open(global)?;
        let policy = self.finding.places.policy(policy::load(global)?)?;
        let gatherer = self.fetching.prepare(global, &policy, &directory)?;
        let input = Input::open(self.file.as_deref())?;
        let answered = self.answered(&input, &policy, &directory, global)?;
        let mut out = Output::open(global, Kind::Foreign)?;
        let desk = Desk::new(&policy, &directory).at(global.now());
        let mut facts = self.seal(&desk, &input, answered.clone(), &mut out);
        // Nothing is written before all recipients are known.
        if let Err(SealError::Recipients(missing)) = &facts {
            let missing: Vec<Address> = missing.iter().map(|one| one.address.clone()).collect();
            if self.finding.seek(global, (&policy, &directory, &gatherer), &self.fetching, &missing)? {
                facts = self.seal(&desk, &input, answered, &mut out);
            }
        }
        let facts = facts.map_err(|error| store::why(&directory, failed(error)))?;
        out.commit()?;
        tell(global, &facts);
        fetching::tell(global, &gatherer);
        if global.json { output::report(&report::json(json(&facts))) } else { Ok(()) }
    }
}

impl Seal {
    fn seal(
        &self,
        desk: &DeskAt<'_>,
        input: &Input,
        answered: Option<ReferencePolicy>,
        out: &mut Output,
    ) -> std::result::Result<SealFacts, SealError> {
        let mut rng = SystemRandom;
        let mut sealing = self.manner.of(desk.seal(input).random(&mut rng));
        if self.sign_only {
            sealing = sealing.sign_only();
        }
        if self.encrypt_only {
            sealing = sealing.encrypt_only();
        }
        if self.triple_wrap {
            sealing = sealing.triple_wrap();
        }
        if self.legacy_display {
            sealing = sealing.legacy_display();
        }
        if let Some(answered) = answered {
            sealing = sealing.answering(answered);
        }
        if self.manner.request_receipt {
            sealing = sealing.request_receipt();
        }
        if let Some(from) = &self.from {
            sealing = sealing.sign_as(from)?;
        }
        let sealing = sealing.encrypt_to(&self.to)?;
        sealing.write_to(out)
    }
}

impl Seal {
    /// What the mail that is answered asks to be hidden, as whoever writes the answer sees it.
    fn answered(
        &self,
        input: &Input,
        policy: &Policy,
        directory: &Directory,
        global: &Global,
    ) -> Result<Option<ReferencePolicy>> {
        let Some(path) = &self.answers else { return Ok(None) };
        let piped = |path: Option<&PathBuf>| path.is_none_or(|path| path.as_os_str() == "-");
        if piped(Some(path)) && piped(self.file.as_ref()) {
            return Err(Failure::usage("the mail and the one that it answers cannot both come from standard input"));
        }
        let original = Input::open(Some(path))?;
        let opened = Desk::new(policy, directory).at(global.now()).open(&original).map_err(failure::opening)?;
        // Whoever it is from; a header that cannot be read is refused where the mail is sealed.
        let header = Header::read(&mut LineEnds::new(input.open()?), &Limits::default()).unwrap_or_default();
        let from = header.get("From").map(|from| from.unfolded()).unwrap_or_default();
        let from = mime::address_list(&from).unwrap_or_default();
        let own: Vec<Address> =
            from.iter().filter_map(|from| Address::parse_international(&from.addr()).ok()).collect();
        Ok(Some(opened.reference_policy(&own)))
    }
}

fn tell(global: &Global, facts: &SealFacts) {
    global.say(summary(facts));
    for note in &facts.notes {
        global.say(format!("note: {note}"));
    }
    if let Some(signature) = &facts.signature {
        global.detail(format!("signed by {} with {signature}", facts.from));
    }
    if let Some(octets) = facts.padding {
        global.detail(format!("{octets} octets of padding hide its length"));
    }
    if let Some(choice) = &facts.choice {
        global.detail(format!("encrypted with {choice}"));
        for reader in &facts.readers {
            let (address, how) = (&reader.address, &reader.how);
            let print = certificate::print(&reader.certificate);
            global.detail(format!("to {address} by {how} ({}) {print}", reader.knowledge));
        }
    }
}

/// One sentence: who signed, and who can read it.
fn summary(facts: &SealFacts) -> String {
    let signed = match &facts.signature {
        Some(_) => format!("Signed by {}", facts.from),
        None => "Not signed".to_owned(),
    };
    let mut others: Vec<String> = Vec::new();
    for reader in facts.readers.iter().filter(|reader| !reader.address.same_mailbox(&facts.from)) {
        // Who has two keys is one person.
        if others.last().is_none_or(|last| *last != reader.address.to_string()) {
            others.push(reader.address.to_string());
        }
    }
    let again = if facts.wrapped { ", and signed again around that" } else { "" };
    match (facts.cipher, others.is_empty()) {
        (None, _) => format!("{signed}, not encrypted: everybody can read it."),
        (Some(_), true) => format!("{signed}, encrypted to you alone{again}."),
        (Some(_), false) => format!("{signed}, encrypted to {} and to you{again}.", others.join(", ")),
    }
}

fn json(facts: &SealFacts) -> serde_json::Value {
    json!({
        "from": facts.from.to_string(),
        "recipients": facts.recipients.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "readers": sealing::readers(&facts.readers),
        "signature": facts.signature,
        "triple_wrapped": facts.wrapped,
        "cipher": facts.cipher.map(|c| c.to_string()),
        "choice": facts.choice.as_ref().map(|c| json!({
            "profile": c.profile.word(), "derived_key": c.derived, "why": c.why.to_string(),
        })),
        "padding": facts.padding,
        "notes": sealing::notes(&facts.notes),
    })
}

/// Why a mail was not sealed, with its exit code.
pub fn failed(error: SealError) -> Failure {
    let exit = match error.exit_code() {
        2 => Exit::Usage,
        13 => Exit::Unsupported,
        17 => Exit::CannotEncrypt,
        41 => Exit::Damaged,
        67 => Exit::Locked,
        79 => Exit::CannotSign,
        _ => Exit::Other,
    };
    match error {
        SealError::Io(error) => error.into(),
        error => error.hint().unwrap_or_default().lines().fold(Failure::new(exit, &error), |f, hint| f.hint(hint)),
    }
}

const HELP: &str = "\
Examples:
  sealpost seal letter.eml -o sealed.eml
  sealpost seal --to carol@example.org letter.eml -o sealed.eml
  sealpost seal --profile strict letter.eml -o sealed.eml
  sealpost seal --hcp shy --legacy-display letter.eml -o sealed.eml
  sealpost seal --triple-wrap letter.eml -o sealed.eml
  sealpost seal --pad letter.eml -o sealed.eml
  sealpost seal --sign-only letter.eml -o signed.eml
  sealpost seal --request-receipt letter.eml -o sealed.eml

Exit status:
  0 done, 2 the mail or the command line cannot be sealed as it is, 17 a recipient has no usable certificate,
  here or at the places that were asked, or stands in the way of the profile, 41 not a mail, 59 the output file exists, 61 the input is missing, 67 the key is locked, 79 no key that signs";
