//! `sealpost send`.

mod command;
mod deliver;
pub mod settings;

use std::path::PathBuf;

use clap::Args;
use directory::{Directory, Dsn, EnvelopeId, Job, JobCopy, JobDraft, JobPlan, Notify, Progressed, Ret, Server};
use serde_json::json;
use smime::{Clear, DeliveryPlan, DeliveryWish, Desk, PlannedCopy, Protected};
use trust::Address;

use crate::common::discovery::Finding;
use crate::common::error::{Exit, Failure, Result};
use crate::common::fetching::{self, Fetching};
use crate::common::global::Global;
use crate::common::input::Input;
use crate::common::sealing::{self, Manner};
use crate::common::signals::Unfinished;
use crate::common::{output, policy, report, store};
use crate::seal;
use settings::Settings;

/// Seal a mail and hand it over to a mail server, a copy for each who is not to be seen
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Send {
    /// Say who would get what, under which protection and why, and send nothing
    #[arg(long, conflicts_with = "resume")]
    dry_run: bool,

    /// Go on with a delivery that stopped: its folder, as it was told
    #[arg(long, value_name = "PLAN", conflicts_with_all = ["file", "from", "to", "bcc", "sign_only", "encrypt_only", "allow_clear",
        "profile", "hcp", "pad", "request_receipt", "notify", "ret", "envid", "server", "sent"])]
    resume: Option<PathBuf>,

    /// Forget the password that the store keeps for --server, and send nothing
    #[arg(long, requires = "server", conflicts_with_all = ["dry_run", "resume", "file", "remember_password", "password_file"])]
    forget_password: bool,

    /// The identity that signs; it must be the From address
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    from: Option<Address>,

    /// Send to this address as well; no field is written for it
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    to: Vec<Address>,

    /// Send to this address as well, without the others' knowing; so do those of the field Bcc
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    bcc: Vec<Address>,

    /// This address, or `all`, may get it unencrypted if it cannot be encrypted to
    #[arg(long, value_name = "ADDRESS")]
    allow_clear: Vec<String>,

    /// Sign without encrypting: everybody can read it
    #[arg(long, conflicts_with = "encrypt_only")]
    sign_only: bool,

    /// Encrypt without signing
    #[arg(long)]
    encrypt_only: bool,

    /// Ask for reports of delivery (RFC 3461): never, or some of success,failure,delay
    #[arg(long, value_name = "WHEN")]
    notify: Option<Notify>,

    /// How much of the mail comes back with a failure: full or hdrs
    #[arg(long, value_name = "HOW")]
    ret: Option<Ret>,

    /// A word that comes back with the reports
    #[arg(long, value_name = "WORD")]
    envid: Option<EnvelopeId>,

    #[command(flatten)]
    manner: Manner,

    #[command(flatten)]
    options: settings::Options,

    #[command(flatten)]
    finding: Finding,

    #[command(flatten)]
    fetching: Fetching,

    /// The mail
    file: Option<PathBuf>,
}

impl Send {
    /// Sends.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open(global)?;
        if let Some(server) = self.options.named_server().filter(|_| self.forget_password) {
            return forget(&directory, server, global);
        }
        if let Some(folder) = &self.resume {
            let job = Job::open(folder)?;
            let settings = Settings::of(self.options, global, &job.plan().from)?;
            return deliver::deliver(job, &settings, &directory, global);
        }
        deliver::tell_stopped(global)?;
        let policy = self.finding.places.policy(policy::load(global)?)?;
        let gatherer = self.fetching.prepare(global, &policy, &directory)?;
        let input = Input::open(self.file.as_deref())?;
        let desk = Desk::new(&policy, &directory).at(global.now());
        let wish = self.wish()?;
        let plan = || desk.plan(&input, &wish).map_err(|error| store::why(&directory, seal::failed(error)));
        let mut planned = plan()?;
        if self.finding.seek(global, (&policy, &directory, &gatherer), &self.fetching, &missing(&planned))? {
            planned = plan()?;
        }
        let plan = planned;
        fetching::tell(global, &gatherer);
        if self.dry_run {
            let text = if global.json { report::json(json(&plan)) } else { format!("{plan}\n") };
            output::text(global, &text)?;
        }
        refuse(&plan)?;
        if self.dry_run {
            return Ok(());
        }
        let settings = Settings::of(self.options.clone(), global, &plan.from)?;
        let to =
            |copy: &PlannedCopy| JobCopy { to: copy.to.iter().map(|a| (a.clone(), Progressed::Waiting)).collect() };
        let job = JobPlan {
            from: plan.from.clone(),
            server: settings.server()?,
            sent: settings.sent()?,
            dsn: Dsn { notify: self.notify, ret: self.ret, envid: self.envid.clone() },
            copies: plan.copies.iter().map(to).collect(),
            filed: false,
        };
        let draft = JobDraft::begin(&store::folder(global)?)?;
        let unfinished = Unfinished::new(draft.folder());
        unfinished.made();
        let own = plan.own_copy();
        let copies = plan.copies.iter().enumerate().map(|(n, copy)| (Some(n), copy));
        for (number, copy) in copies.chain(job.sent.iter().map(|_| (None, &own))) {
            let mut sealing = self.manner.of(desk.seal(&input)).copy(copy);
            if self.manner.request_receipt && number.is_some() {
                sealing = sealing.request_receipt();
            }
            draft.copy(number, |out| {
                sealing.write_to(out).map_err(|error| store::why(&directory, seal::failed(error)))
            })?;
        }
        // From here on what is there is whole, and stays.
        drop(unfinished);
        for note in &plan.notes {
            global.say(format!("note: {note}"));
        }
        for address in plan.in_clear() {
            global.say(format!("note: {address} gets it in clear: everybody on its way can read it"));
        }
        deliver::deliver(draft.commit(&job)?, &settings, &directory, global)
    }

    fn wish(&self) -> Result<DeliveryWish> {
        let clear = if self.allow_clear.iter().any(|word| word == "all") {
            Clear::Anybody
        } else {
            let list: std::result::Result<Vec<_>, _> = self.allow_clear.iter().map(|text| address(text)).collect();
            let list = list.map_err(|why| Failure::usage(format!("--allow-clear: {why}")))?;
            if list.is_empty() { Clear::Nobody } else { Clear::These(list) }
        };
        Ok(DeliveryWish {
            from: self.from.clone(),
            to: self.to.clone(),
            bcc: self.bcc.clone(),
            protection: match (self.sign_only, self.encrypt_only) {
                (true, _) => Protected::Signed,
                (_, true) => Protected::Encrypted,
                _ => Protected::Sealed,
            },
            clear,
            profile: self.manner.profile,
        })
    }
}

/// Those who cannot be encrypted to, whether they may get it in clear or not.
fn missing(plan: &DeliveryPlan) -> Vec<Address> {
    let unusable = plan.copies.iter().flat_map(|copy| &copy.unusable);
    let mut missing: Vec<Address> = Vec::new();
    for one in plan.refused.iter().chain(unusable) {
        if !missing.contains(&one.address) {
            missing.push(one.address.clone());
        }
    }
    missing
}

/// Forgets a password.
fn forget(directory: &Directory, server: &Server, global: &Global) -> Result {
    if !directory.forget_password(server)? {
        return Err(Failure::other(format!("the store keeps no password for {server}")));
    }
    global.say(format!("The password for {server} is forgotten."));
    Ok(())
}

/// Nobody gets silently in clear what was to be encrypted.
fn refuse(plan: &DeliveryPlan) -> Result {
    if plan.refused.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = plan.refused.iter().map(ToString::to_string).collect();
    let mut failure = Failure::new(Exit::CannotEncrypt, lines.join("\n"));
    for one in &plan.refused {
        failure = failure.hint(one.hint());
    }
    let flags: Vec<String> = plan.refused.iter().map(|one| format!("--allow-clear {}", one.address)).collect();
    Err(failure.hint(format!("to send it to them for everybody to read: {}", flags.join(" "))))
}

fn json(plan: &DeliveryPlan) -> serde_json::Value {
    let texts = |list: &[Address]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    let copies = plan.copies.iter().map(|copy| {
        json!({
            "to": texts(&copy.to),
            "hidden": copy.hidden,
            "protection": copy.protection.word(),
            "cipher": copy.choice.as_ref().map(|c| c.cipher.to_string()),
            "why": copy.choice.as_ref().map(|c| c.why.to_string()),
            "readers": sealing::readers(&copy.readers),
            "unusable": copy.unusable.iter().map(|one| json!({
                "address": one.address.to_string(), "text": one.to_string(),
            })).collect::<Vec<_>>(),
        })
    });
    json!({
        "from": plan.from.to_string(),
        "copies": copies.collect::<Vec<_>>(),
        "in_clear": plan.in_clear().map(ToString::to_string).collect::<Vec<_>>(),
        "refused": plan.refused.iter().map(|one| one.address.to_string()).collect::<Vec<_>>(),
        "notes": sealing::notes(&plan.notes),
    })
}

fn address(text: &str) -> std::result::Result<Address, String> {
    Address::parse_international(text).map_err(|error| error.to_string())
}

const HELP: &str = "\
Every copy is sealed first and rests in the folder outbox of the store until the server has taken it for everyone. What
was refused, or when it stopped, is told with the command that goes on; whoever has it gets it no second time.

The server and where your own copy goes may stand in send.toml in the store's folder:
  [[identity]]
  from = \"alice@example.org\"                    # without this line it is for everybody
  server = \"smtps://alice@mail.example.org\"     # port 465; smtp:// is port 587 with STARTTLS
  sent = \"imaps://alice@mail.example.org/Sent\"  # or maildir:/home/alice/Maildir/.Sent
  # from the keyring of the desktop, where `secret-tool store --label=mail service smtp user alice` put it
  password-command = [\"secret-tool\", \"lookup\", \"service\", \"smtp\", \"user\", \"alice\"]
also: password and sent-password (a path, @ENV:NAME or @FD:N), sent-password-command, auth, tls-trust, timeout.

With a server:
  sealpost send --server smtps://alice@mail.example.org --password-file pw letter.eml
  sealpost send --bcc dave@example.com --notify failure,delay letter.eml
  sealpost send --remember-password letter.eml
  sealpost send --forget-password --server smtps://alice@mail.example.org
  sealpost send --resume ~/.local/share/sealpost/outbox/0123456789abcdef

Examples:
  sealpost send --dry-run letter.eml
  sealpost send --dry-run --bcc carol@example.org letter.eml
  sealpost send --dry-run --to dave@example.com --allow-clear dave@example.com letter.eml

Exit status:
  0 everyone's server has it, 1 somebody's has not, 2 the mail or the command line cannot be sent as it is,
  17 somebody cannot be encrypted to, 61 the input or the password is missing, 67 the key is locked, 79 no key that signs";
