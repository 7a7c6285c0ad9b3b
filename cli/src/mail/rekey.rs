//! `sealpost mail rekey`.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use directory::{RekeyOutcome, RekeyStep};
use serde_json::{Value, json};
use smime::Desk;

use crate::common::error::Result;
use crate::common::global::Global;
use crate::common::signals::Unfinished;
use crate::common::{output, policy, report, store};

/// Move the mail of a folder to your current key
///
/// Every mail that is encrypted to an older key of yours is encrypted to the key in use instead, and to nobody else: it is
/// your copy. What is encrypted stays octet for octet, so signatures within hold as before. What was in CBC stays in CBC,
/// which proves nothing, unless a good signature within covers all of it. Names, flags and dates of the mails stay. A run
/// that is interrupted loses nothing; the next one goes on.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Rekey {
    /// A maildir, or a file of mails (mbox)
    folder: PathBuf,

    /// Change nothing, and say what would be done
    #[arg(long)]
    dry_run: bool,
}

impl Rekey {
    /// Goes through the folder.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open(global)?;
        let policy = policy::load(global)?;
        let desk = Desk::new(&policy, &directory).at(global.now());
        let mut in_the_way: Vec<(PathBuf, Unfinished)> = Vec::new();
        let mut announce = |path: &std::path::Path| {
            let file = Unfinished::new(path);
            file.made();
            // Of the files of single mails only the last is there still.
            in_the_way.retain(|(kept, _)| kept != path && kept.exists());
            in_the_way.push((path.to_owned(), file));
        };
        let mut left: Vec<Value> = Vec::new();
        let mut shown = Shown::new(global);
        let mut watch = |step: &RekeyStep<'_>| {
            shown.step(step);
            match &step.outcome {
                RekeyOutcome::Left(why) => {
                    shown.clear();
                    global.say(format!("{} is left as it is: {why}", step.name));
                    if left.len() < MOST_TOLD {
                        left.push(json!({ "mail": step.name, "why": why.code(), "text": why.to_string() }));
                    }
                }
                RekeyOutcome::Rekeyed { was, now } => {
                    global.detail(format!("{}: {was} to the older key, {now} to the current one", step.name));
                }
                _ => {}
            }
        };
        let counts = directory::rekey(&self.folder, &desk, self.dry_run, &mut announce, &mut watch);
        shown.clear();
        let counts = counts.map_err(|error| store::why(&directory, error.into()))?;
        let done = if self.dry_run { "would be moved" } else { "are moved" };
        global.say(format!(
            "{} of {} mails {done} to the current key; {} are to it already, {} are not encrypted, {} are left.",
            counts.rekeyed, counts.mails, counts.current, counts.plain, counts.left
        ));
        if global.json {
            let body = json!({
                "folder": self.folder.display().to_string(),
                "dry_run": self.dry_run,
                "mails": counts.mails,
                "rekeyed": counts.rekeyed,
                "current": counts.current,
                "plain": counts.plain,
                "left": counts.left,
                "left_mails": left,
            });
            return output::text(global, &report::json(body));
        }
        Ok(())
    }
}

/// How far it is, on a terminal, once it takes longer than a second.
struct Shown {
    next: Option<Instant>,
    shown: bool,
}

impl Shown {
    fn new(global: &Global) -> Self {
        let watched = !global.quiet && std::io::stderr().is_terminal();
        Shown { next: watched.then(|| Instant::now() + AFTER), shown: false }
    }

    fn step(&mut self, step: &RekeyStep<'_>) {
        if self.next.is_some_and(|next| Instant::now() >= next) {
            self.next = Some(Instant::now() + BETWEEN);
            self.shown = true;
            let percent = step.done.saturating_mul(100) / step.total.max(1);
            let _ = write!(std::io::stderr(), "\r{percent} % done ");
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _ = std::io::stderr().write_all(b"\r\x1b[K");
        }
    }
}

/// Mails that are left and named in the report; all are counted, and told in words.
const MOST_TOLD: usize = 1000;
const AFTER: Duration = Duration::from_secs(1);
const BETWEEN: Duration = Duration::from_millis(200);

const HELP: &str = "\
Examples:
  sealpost mail rekey Maildir --dry-run
  sealpost mail rekey Maildir
  sealpost mail rekey archive.mbox --json

Exit status:
  0 done, whether or not mails were left; 1 the folder is in use, or no folder of mail; 2 usage; 67 a key is locked";
