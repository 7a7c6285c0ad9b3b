//! `sealpost cert find`.

use clap::Args;
use directory::{Candidate, Discovery, FoundBy, Outcome, Seeker, Step, Taken};
use trust::{Address, Discover};

use crate::common::discovery::{self, Places};
use crate::common::error::{Failure, Result};
use crate::common::fetching::{self, Fetching};
use crate::common::global::Global;
use crate::common::{certificate, output, policy, report, store};

/// Find somebody's certificate, and show where each answer came from
///
/// The store is asked first, then the directory servers that the policy lists, SMIMEA and CERT records (which DNSSEC has to
/// prove, in this process), and certificate stores by HTTP; the first certificate that may be used ends the search, and is
/// kept. It is judged as any other, by its path, its address and its use; only the domain's own word by DNSSEC may take the
/// place of a path. Each who is asked learns whose certificate is wanted: `[discovery]` in policy.toml and --not-from say
/// who is not.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Find {
    /// Whose
    #[arg(value_name = "ADDRESS", value_parser = address)]
    address: Address,

    /// Ask every place, also when one before had a certificate
    #[arg(long)]
    all: bool,

    /// Ask again where an answer is still kept
    #[arg(long)]
    refresh: bool,

    #[command(flatten)]
    places: Places,

    #[command(flatten)]
    fetching: Fetching,
}

impl Find {
    /// Looks for it.
    pub fn run(self, global: &Global) -> Result {
        let directory = store::open(global)?;
        let policy = self.places.policy(policy::load(global)?)?;
        let gatherer = self.fetching.prepare(global, &policy, &directory)?;
        let mut options = self.places.options(&self.fetching, &policy, Discover::Find)?;
        (options.all, options.refresh) = (self.all, self.refresh);
        let seeker = Seeker::new(&directory, &policy, &gatherer, global.now(), options)?;
        let found = seeker.find(&self.address)?;
        fetching::tell(global, &gatherer);
        let text = if global.json { report::json(discovery::json(&found)) } else { words(&found) };
        output::text(global, &text)?;
        if found.found().is_some() {
            return Ok(());
        }
        let failure = Failure::other(format!("no certificate of {} was found that may be used", self.address));
        Err(failure.hint(format!("ask {} for a signed mail, and open it: that brings the certificate", self.address)))
    }
}

fn address(text: &str) -> std::result::Result<Address, String> {
    Address::parse_international(text).map_err(|error| error.to_string())
}

fn words(found: &Discovery) -> String {
    let mut text = String::new();
    let mut put = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    for step in &found.steps {
        put(place(step));
        step.candidates.iter().for_each(|c| put(candidate(c)));
    }
    if let Some((step, candidate)) = found.found() {
        put(format!("found by {}: {}", step.by.name(), certificate::print(&candidate.certificate)));
    }
    text
}

fn place(step: &Step) -> String {
    let name = match step.by {
        FoundBy::Pinned => "pinned here".to_owned(),
        FoundBy::Harvested => "from mails here".to_owned(),
        FoundBy::Kept => "found before".to_owned(),
        by => format!("{} {}", by.name(), step.place),
    };
    match &step.outcome {
        Outcome::Answered if !FoundBy::NETWORK.contains(&step.by) => format!("{name}:"),
        Outcome::Answered => format!("{name}: answered"),
        Outcome::Remembered(at) => format!("{name}: answered at {at}, which still counts"),
        Outcome::Nothing => format!("{name}: nothing"),
        Outcome::Failed(why) => format!("{name}: failed: {why}"),
        Outcome::NotAsked(why) => format!("{name}: not asked: {why}"),
    }
}

fn candidate(candidate: &Candidate) -> String {
    let print = certificate::print(&candidate.certificate);
    match &candidate.verdict {
        Ok(Taken::Path(anchor)) => format!("  {print} taken: believed by {anchor}"),
        Ok(Taken::Domain) => format!("  {print} taken: its domain vouches for it by DNSSEC"),
        Ok(Taken::DomainAuthority(anchor)) => {
            format!("  {print} taken: its domain vouches by DNSSEC for {anchor}, which certified it")
        }
        Err(why) => format!("  {print} not taken: {why}"),
    }
}

const HELP: &str = "\
Examples:
  sealpost cert find bob@example.net
  sealpost cert find bob@example.net --all --json
  sealpost cert find bob@example.net --ldap-server ldaps://ldap.example.net/dc=example,dc=net
  sealpost cert find bob@example.net --not-from http --not-from cert

Exit status:
  0 found, 1 nobody has one that may be used, 2 usage";
