//! What was asked about an address, and what came of it.

use smime::Standing;
use trust::Address;
use wire::{Certificate, Time};

use super::error::DiscoverError;

/// A kind of place, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FoundBy {
    /// The store: what the user put there.
    Pinned,
    /// The store: what mails brought.
    Harvested,
    /// The store: what was found by one of the places below before.
    Kept,
    /// A directory server.
    Ldap,
    /// SMIMEA records.
    Smimea,
    /// CERT records.
    Cert,
    /// A certificate store by HTTP.
    Http,
}

impl FoundBy {
    /// Those that are asked over the network, each with a switch of its own.
    pub const NETWORK: [FoundBy; 4] = [FoundBy::Ldap, FoundBy::Smimea, FoundBy::Cert, FoundBy::Http];

    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            FoundBy::Pinned => "pinned",
            FoundBy::Harvested => "harvested",
            FoundBy::Kept => "kept",
            FoundBy::Ldap => "ldap",
            FoundBy::Smimea => "smimea",
            FoundBy::Cert => "cert",
            FoundBy::Http => "http",
        }
    }
}

/// All that was asked about one address.
#[derive(Debug, Clone)]
pub struct Discovery {
    /// The address.
    pub address: Address,
    /// The places, in the order in which they were asked.
    pub steps: Vec<Step>,
}

impl Discovery {
    /// The first certificate that is used from now on, and where it was found.
    pub fn found(&self) -> Option<(&Step, &Candidate)> {
        self.first(Standing::Used)
    }

    /// The first that was proven and is kept back, since its key is another than that of the one in use.
    pub fn changed(&self) -> Option<(&Step, &Candidate)> {
        self.first(Standing::Changed)
    }

    /// Whether a place of the network had something that is kept.
    pub fn brought(&self) -> bool {
        let network = self.steps.iter().filter(|step| FoundBy::NETWORK.contains(&step.by));
        network.flat_map(|step| &step.candidates).any(|candidate| candidate.verdict.is_ok())
    }

    fn first(&self, standing: Standing) -> Option<(&Step, &Candidate)> {
        let fits = |c: &&Candidate| c.verdict.is_ok() && c.standing == Some(standing);
        self.steps.iter().find_map(|step| step.candidates.iter().find(fits).map(|c| (step, c)))
    }
}

/// One place.
#[derive(Debug, Clone)]
pub struct Step {
    /// Which kind.
    pub by: FoundBy,
    /// Its URL, or the owner name that was asked for; empty for the store.
    pub place: String,
    /// Whether it answered.
    pub outcome: Outcome,
    /// Each certificate that it had.
    pub candidates: Vec<Candidate>,
}

/// Whether a place answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It did, now.
    Answered,
    /// It did before, and that still counts: since when.
    Remembered(Time),
    /// It did, and has nothing.
    Nothing,
    /// It did not.
    Failed(DiscoverError),
    /// It was not asked, and why.
    NotAsked(&'static str),
}

impl Outcome {
    /// The word in reports.
    pub const fn name(&self) -> &'static str {
        match self {
            Outcome::Answered => "answered",
            Outcome::Remembered(_) => "remembered",
            Outcome::Nothing => "nothing",
            Outcome::Failed(_) => "failed",
            Outcome::NotAsked(_) => "not-asked",
        }
    }
}

/// A certificate that a place had.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The certificate.
    pub certificate: Certificate,
    /// By whose word it was taken, or why it was not.
    pub verdict: Result<Taken, String>,
    /// What it counts for at the address; none where it is not here and was not taken.
    pub standing: Option<Standing>,
}

/// By whose word a certificate was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It has a path to an anchor of the user, whose subject this is.
    Path(String),
    /// Its domain vouches for it by DNSSEC (RFC 8162, usage 3).
    Domain,
    /// It has a path to an authority that its domain vouches for by DNSSEC (usage 2).
    DomainAuthority(String),
}

impl Taken {
    /// The word in reports.
    pub const fn name(&self) -> &'static str {
        match self {
            Taken::Path(_) => "path",
            Taken::Domain => "dane-ee",
            Taken::DomainAuthority(_) => "dane-ta",
        }
    }
}
