//! Why DNSSEC refutes an answer, as far as the answer itself tells: whoever reads it should know whether to look for a forger,
//! at the zone, at the resolver or at the clock. Nothing of this makes an answer good.

use hickory_resolver::proto::dnssec::rdata::{DNSSECRData, RRSIG};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use thiserror::Error;
use wire::Time;

/// What speaks against an answer (RFC 4035 section 5).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Bogus {
    /// The zone is signed, and the answer is not.
    #[error("it has no signature and its zone is signed, so that it was forged, or the resolver leaves signatures out")]
    Unsigned,
    /// All its signatures are over.
    #[error("its signature ended on {0}: the zone is neglected, or an old answer was put in the place of a newer one")]
    Expired(Time),
    /// None of its signatures counts yet.
    #[error("its signature begins on {0} only: is the clock of this computer right?")]
    NotYet(Time),
    /// It has a signature of the right time, which is not of these records or not by a key of the zone.
    #[error("its signature, or that of a key above it, does not hold: it was forged, or its zone is broken")]
    Signature,
    /// What it has is the answer to another question.
    #[error("it is about another name than was asked for")]
    OtherName,
    /// It says that there is nothing, which in a signed zone has to be proven.
    #[error("it says that there is nothing and does not prove it: it was forged, or the resolver leaves proofs out")]
    Denial,
    /// It is made of a wildcard, which only counts where the name itself has nothing.
    #[error("it comes from a wildcard, and that the name has no records of its own is not proven")]
    Wildcard,
}

/// What looking at a refuted answer tells.
pub(super) enum Seen {
    /// This speaks against it.
    Fault(Bogus),
    /// Its aliases lead in a ring.
    Ring,
    /// It ends with an alias to this name, whose records have to be asked for by themselves.
    Alias(Name),
}

/// What speaks against these records, which DNSSEC refutes as the answer to a question.
pub(super) fn look(name: &Name, answers: &[Record], authorities: &[Record], now: Time) -> Seen {
    let records = || answers.iter().filter(|record| record.record_type() != RecordType::RRSIG);
    if records().next().is_none() {
        let found: Vec<&RRSIG> = authorities.iter().filter_map(signature).collect();
        return Seen::Fault(times(&found, now).unwrap_or(Bogus::Denial));
    }
    if !records().any(|record| record.name == *name) {
        return Seen::Fault(Bogus::OtherName);
    }
    let mut name = name;
    for _ in 0..answers.len() {
        let Some(first) = records().find(|record| record.name == *name) else { return Seen::Alias(name.clone()) };
        let kind = first.record_type();
        let of_it = |signature: &&RRSIG| signature.input().type_covered == kind;
        let at_it = answers.iter().filter(|record| record.name == *name);
        let found: Vec<&RRSIG> = at_it.filter_map(signature).filter(of_it).collect();
        let fault = if found.is_empty() { Some(Bogus::Unsigned) } else { times(&found, now) };
        match (&first.data, fault) {
            // A ring leads nowhere, signed or not.
            (RData::CNAME(target), _) if leads_back(answers, &target.0) => return Seen::Ring,
            (_, Some(fault)) => return Seen::Fault(fault),
            (RData::CNAME(target), None) => name = &target.0,
            _ => break,
        }
    }
    Seen::Fault(Bogus::Signature)
}

/// Whether aliases lead from this name back to it, within these records.
fn leads_back(answers: &[Record], from: &Name) -> bool {
    let next = |name: &Name| {
        answers.iter().filter(|record| record.name == *name).find_map(|record| match &record.data {
            RData::CNAME(target) => Some(&target.0),
            _ => None,
        })
    };
    let mut at = from;
    for _ in 0..answers.len() {
        match next(at) {
            Some(target) if target == from => return true,
            Some(target) => at = target,
            None => return false,
        }
    }
    true
}

/// What is wrong with the times of signatures, none of which counts now; nothing where one does, or there is none.
fn times(found: &[&RRSIG], now: Time) -> Option<Bogus> {
    let time = |seconds: u32| Time(i64::from(seconds));
    let ends = || found.iter().map(|s| time(s.input().sig_expiration.get()));
    let begins = || found.iter().map(|s| time(s.input().sig_inception.get()));
    if ends().all(|end| end < now) {
        return ends().max().map(Bogus::Expired);
    }
    if begins().all(|begin| now < begin) {
        return begins().min().map(Bogus::NotYet);
    }
    None
}

fn signature(record: &Record) -> Option<&RRSIG> {
    match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(signature)) => Some(signature),
        _ => None,
    }
}
