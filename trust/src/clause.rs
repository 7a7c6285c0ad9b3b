//! What a clause is, and of which kinds of certificate it speaks.

use std::fmt;

use wire::{Certificate, Oid};

/// Which kind of certificate is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// The certificate of a mailbox.
    MailLeaf,
    /// An authority, root or intermediate.
    Authority,
    /// What every certificate of a path keeps that is not the anchor's.
    Pkix,
    /// A subscriber's certificate by the S/MIME Baseline Requirements.
    SmimeBr(SmimeBr),
    /// An authority below a root by the S/MIME Baseline Requirements.
    SmimeBrAuthority,
}

/// One of the twelve profiles of the S/MIME Baseline Requirements (SBR section 7.1.6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SmimeBr {
    /// What the authority has made sure of.
    pub validation: Validation,
    /// How strict the profile is.
    pub generation: Generation,
}

/// What an authority has made sure of before it issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Validation {
    /// Control of the mailbox alone.
    Mailbox,
    /// A legal entity.
    Organization,
    /// A person and the legal entity that vouches for them.
    Sponsor,
    /// A person.
    Individual,
}

/// How strict a profile of the S/MIME Baseline Requirements is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Generation {
    /// As it was before; not issued since 15 July 2025.
    Legacy,
    /// For other uses beside mail.
    Multipurpose,
    /// For mail alone.
    Strict,
}

impl SmimeBr {
    /// All twelve.
    pub const ALL: [SmimeBr; 12] = {
        use Generation::{Legacy, Multipurpose, Strict};
        use Validation::{Individual, Mailbox, Organization, Sponsor};
        [
            SmimeBr::new(Mailbox, Legacy),
            SmimeBr::new(Mailbox, Multipurpose),
            SmimeBr::new(Mailbox, Strict),
            SmimeBr::new(Organization, Legacy),
            SmimeBr::new(Organization, Multipurpose),
            SmimeBr::new(Organization, Strict),
            SmimeBr::new(Sponsor, Legacy),
            SmimeBr::new(Sponsor, Multipurpose),
            SmimeBr::new(Sponsor, Strict),
            SmimeBr::new(Individual, Legacy),
            SmimeBr::new(Individual, Multipurpose),
            SmimeBr::new(Individual, Strict),
        ]
    };

    /// From its halves.
    pub const fn new(validation: Validation, generation: Generation) -> SmimeBr {
        SmimeBr { validation, generation }
    }

    /// The profile whose reserved policy the certificate has; `None` where it has none or several.
    pub fn of(certificate: &Certificate) -> Option<SmimeBr> {
        let mut named = certificate.policies().iter().filter_map(|policy| SmimeBr::from_policy(*policy));
        let first = named.next()?;
        named.next().is_none().then_some(first)
    }

    /// The profile that a reserved policy identifier stands for.
    pub fn from_policy(policy: Oid) -> Option<SmimeBr> {
        let [kind, generation] = *policy.contents().strip_prefix(SBR_ARC)? else { return None };
        let validation = match kind {
            1 => Validation::Mailbox,
            2 => Validation::Organization,
            3 => Validation::Sponsor,
            4 => Validation::Individual,
            _ => return None,
        };
        let generation = match generation {
            1 => Generation::Legacy,
            2 => Generation::Multipurpose,
            3 => Generation::Strict,
            _ => return None,
        };
        Some(SmimeBr { validation, generation })
    }
}

impl fmt::Display for SmimeBr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let validation = match self.validation {
            Validation::Mailbox => "mailbox",
            Validation::Organization => "organization",
            Validation::Sponsor => "sponsor",
            Validation::Individual => "individual",
        };
        let generation = match self.generation {
            Generation::Legacy => "legacy",
            Generation::Multipurpose => "multipurpose",
            Generation::Strict => "strict",
        };
        write!(f, "{validation}-validated {generation}")
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct ProfileClause {
    /// A stable name of the row.
    pub id: &'static str,
    /// What it demands.
    pub text: &'static str,
    /// Where that comes from.
    pub source: &'static str,
    /// The kinds of certificate it speaks of.
    pub profiles: &'static [Profile],
    pub(crate) holds: fn(&Certificate) -> bool,
}

/// A clause that a certificate does not keep.
#[derive(Debug, Clone, Copy)]
pub struct Violation {
    /// The clause.
    pub clause: &'static ProfileClause,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.clause.id, self.clause.text, self.clause.source)
    }
}

/// 2.23.140.1.5, below which the reserved policy identifiers stand.
const SBR_ARC: &[u8] = &[103, 129, 12, 1, 5];
