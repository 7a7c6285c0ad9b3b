//! Looking for other people's certificates, for the verbs that need them.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use directory::{Candidate, Directory, Discovery, FoundBy, Gatherer, Outcome, SeekOptions, Seeker, Taken};
use serde_json::{Value, json};
use smime::Standing;
use trust::{Address, Discover, Policy};

use super::certificate;
use super::error::{Failure, Result};
use super::fetching::Fetching;
use super::global::Global;

/// The options of verbs that may look for certificates.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Looking for certificates")]
pub struct Places {
    /// Do not ask this kind of place
    #[arg(long, value_name = "KIND", value_enum)]
    pub not_from: Vec<Kind>,

    /// A directory server with the base of the search, such as ldaps://ldap.example.org/dc=example,dc=org
    #[arg(long, value_name = "URL")]
    pub ldap_server: Vec<String>,

    /// A certificate store (RFC 4387), such as https://certificates.example.org/search.cgi
    #[arg(long, value_name = "URL")]
    pub http_store: Vec<String>,

    /// The resolver to ask instead of the system's
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub resolver: Option<SocketAddr>,

    /// A file of DNSKEY records that DNSSEC begins from, instead of the root's own keys
    #[arg(long, value_name = "FILE")]
    pub dns_anchors: Option<PathBuf>,
}

/// A kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Directory servers
    Ldap,
    /// SMIMEA records in the DNS
    Smimea,
    /// CERT records in the DNS
    Cert,
    /// Certificate stores by HTTP
    Http,
}

impl Kind {
    fn found_by(self) -> FoundBy {
        match self {
            Kind::Ldap => FoundBy::Ldap,
            Kind::Smimea => FoundBy::Smimea,
            Kind::Cert => FoundBy::Cert,
            Kind::Http => FoundBy::Http,
        }
    }
}

impl Places {
    /// The policy with what the command line says of places. Those that it names are asked beside those of the policy.
    ///
    /// # Errors
    /// Exit 2 for a URL that names no such place.
    pub fn policy(&self, policy: Policy) -> Result<Policy> {
        let mut rules = policy.discovery().clone();
        let wrong = |what: &str, url: &str| Failure::usage(format!("{url} is no URL of a {what}"));
        for url in &self.ldap_server {
            let fits = ["ldap://", "ldaps://"].iter().any(|scheme| url.starts_with(scheme));
            rules.ldap_servers.push(fits.then(|| url.clone()).ok_or_else(|| wrong("directory server", url))?);
        }
        for url in &self.http_store {
            let fits = ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme));
            let fits = fits && !url.contains(['?', '#']);
            rules.http_stores.push(fits.then(|| url.clone()).ok_or_else(|| wrong("certificate store", url))?);
        }
        rules.resolver = self.resolver.map(|address| address.to_string()).or(rules.resolver);
        rules.dns_anchors = self.dns_anchors.clone().or(rules.dns_anchors);
        Ok(policy.with_discovery(rules))
    }

    /// How it is looked for.
    ///
    /// # Errors
    /// Exit 2 where the policy names a host in another way.
    pub fn options(&self, fetching: &Fetching, policy: &Policy, purpose: Discover) -> Result<SeekOptions> {
        Ok(SeekOptions {
            purpose,
            without: self.not_from.iter().map(|kind| kind.found_by()).collect(),
            all: false,
            refresh: false,
            offline: fetching.offline,
            allowed: fetching.allowed(policy)?,
        })
    }
}

/// The options of verbs that look for the certificates of those whom a mail goes to.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Looking for certificates")]
pub struct Finding {
    /// Look nowhere for certificates that are missing
    #[arg(long)]
    no_discovery: bool,

    #[command(flatten)]
    pub places: Places,
}

impl Finding {
    /// Looks for the certificates of people who cannot be encrypted to, keeps what may be used, and says what was found and
    /// why it was taken or not. Whether anything is here now that was not before.
    ///
    /// # Errors
    /// Where the store fails, and exit 2 as [`Places::options`].
    pub fn seek(
        &self,
        global: &Global,
        (policy, directory, gatherer): (&Policy, &Directory, &Gatherer),
        fetching: &Fetching,
        addresses: &[Address],
    ) -> Result<bool> {
        if self.no_discovery || addresses.is_empty() {
            return Ok(false);
        }
        let options = self.places.options(fetching, policy, Discover::Seal)?;
        let seeker = Seeker::new(directory, policy, gatherer, global.now(), options)?;
        let mut any = false;
        for address in addresses {
            let found = seeker.find(address)?;
            any |= found.brought();
            match found.found() {
                Some((step, candidate)) => {
                    let print = certificate::print(&candidate.certificate);
                    global.say(format!("found by {}: {address} {print}, {}", step.by.name(), word(candidate)));
                }
                None => failures(&found).into_iter().for_each(|line| global.say(format!("note: {line}"))),
            }
        }
        Ok(any)
    }
}

/// By whose word it was taken, or why it was not or is not used.
pub fn word(candidate: &Candidate) -> String {
    let taken = match &candidate.verdict {
        Ok(Taken::Path(anchor)) => format!("believed by {anchor}"),
        Ok(Taken::Domain) => "its domain vouches for it by DNSSEC".to_owned(),
        Ok(Taken::DomainAuthority(anchor)) => {
            format!("its domain vouches by DNSSEC for {anchor}, which certified it")
        }
        Err(why) => return format!("not taken: {why}"),
    };
    match candidate.standing.filter(|standing| *standing != Standing::Used) {
        Some(standing) => format!("not used: it {standing} ({taken})"),
        None => format!("taken: {taken}"),
    }
}

/// What went wrong at the places, a line each.
fn failures(found: &Discovery) -> Vec<String> {
    let network = found.steps.iter().filter(|step| FoundBy::NETWORK.contains(&step.by));
    network.flat_map(|step| lines(step, &found.address)).collect()
}

fn lines(step: &directory::Step, address: &Address) -> Vec<String> {
    let head = format!("{address}, {} {}", step.by.name(), step.place);
    let mut lines = Vec::new();
    if let Outcome::Failed(why) = &step.outcome {
        lines.push(format!("{head}: {why}"));
    }
    for candidate in &step.candidates {
        lines.push(format!("{head}: {} {}", certificate::print(&candidate.certificate), word(candidate)));
    }
    lines
}

/// The report. The names are a contract.
pub fn json(found: &Discovery) -> Value {
    let taken = found.found();
    json!({
        "address": found.address.to_string(),
        "found": taken.is_some(),
        "fingerprint": taken.map(|(_, candidate)| certificate::print(&candidate.certificate)),
        "by": taken.map(|(step, _)| step.by.name()),
        "steps": found.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn step(step: &directory::Step) -> Value {
    let (why, since) = match &step.outcome {
        Outcome::Failed(error) => (Some(error.to_string()), None),
        Outcome::NotAsked(why) => (Some((*why).to_owned()), None),
        Outcome::Remembered(at) => (None, Some(at.to_string())),
        Outcome::Answered if step.candidates.is_empty() => (Some(ONLY_CONFIRMS.to_owned()), None),
        Outcome::Answered | Outcome::Nothing => (None, None),
    };
    json!({
        "by": step.by.name(),
        "place": step.place,
        "outcome": step.outcome.name(),
        "why": why,
        "since": since,
        "certificates": step.candidates.iter().map(candidate).collect::<Vec<_>>(),
    })
}

fn candidate(candidate: &Candidate) -> Value {
    let mut value = certificate::json(&candidate.certificate);
    let (taken, anchor, why) = match &candidate.verdict {
        Ok(Taken::Domain) => (Some("dane-ee"), None, None),
        Ok(Taken::Path(anchor)) => (Some("path"), Some(anchor), None),
        Ok(Taken::DomainAuthority(anchor)) => (Some("dane-ta"), Some(anchor), None),
        Err(why) => (None, None, Some(why)),
    };
    value["standing"] = json!(candidate.standing.map(Standing::word));
    value["taken"] = json!(taken);
    value["anchor"] = json!(anchor);
    value["why_not"] = json!(why);
    value
}

/// What SMIMEA records are that hold no certificate.
pub const ONLY_CONFIRMS: &str = "its records hold no certificate, and confirm none that was found so far";
