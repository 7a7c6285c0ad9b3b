//! `sealpost cert find`.

use clap::Args;
use directory::{Candidate, Discovery, FoundBy, Outcome, Seeker, Step};
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
        Err(none(&found))
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
        Outcome::Answered if step.candidates.is_empty() => format!("{name}: {}", discovery::ONLY_CONFIRMS),
        Outcome::Answered => format!("{name}: answered"),
        Outcome::Remembered(at) if step.candidates.is_empty() => {
            format!("{name}: no certificate, as it said at {at}, which still counts")
        }
        Outcome::Remembered(at) => format!("{name}: answered at {at}, which still counts"),
        Outcome::Nothing => format!("{name}: nothing"),
        Outcome::Failed(why) => format!("{name}: failed: {why}"),
        Outcome::NotAsked(why) => format!("{name}: not asked: {why}"),
    }
}

fn candidate(candidate: &Candidate) -> String {
    format!("  {} {}", certificate::print(&candidate.certificate), discovery::word(candidate))
}

/// Why there is none, and what to do.
fn none(found: &Discovery) -> Failure {
    let address = &found.address;
    let Some((_, candidate)) = found.changed() else {
        return Failure::other(format!("no certificate of {address} was found that may be used"))
            .hint(format!("ask {address} for a signed mail, and open it: that brings the certificate"));
    };
    let prefix: String = directory::fingerprint(&candidate.certificate).chars().take(16).collect();
    Failure::other(format!("the key of {address} that was found is another than the one before, and is not used")).hint(
        format!("compare its fingerprint with {address} in another way, then run `sealpost cert accept {prefix}`"),
    )
}

const HELP: &str = "\
Examples:
  sealpost cert find bob@example.net
  sealpost cert find bob@example.net --all --json
  sealpost cert find bob@example.net --ldap-server ldaps://ldap.example.net/dc=example,dc=net
  sealpost cert find bob@example.net --not-from http --not-from cert

Exit status:
  0 found, 1 nobody has one that may be used, 2 usage, 59 the output file exists";
