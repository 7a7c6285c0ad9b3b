//! Asking one place after the other.

use std::cell::{OnceCell, RefCell};

use smime::{Remembered, Standing};
use trust::{Address, DaneRecord, Discover, DiscoveryPolicy, Policy};
use wire::{Certificate, Time};

use super::dns::Dns;
use super::error::DiscoverError;
use super::judge::{Judge, Judged, Setting};
use super::keep::{Takings, source};
use super::names::{smimea_owner, store_of_domain};
use super::places::{self, Answered};
use super::report::{Candidate, Discovery, FoundBy, Outcome, Step};
use crate::certificates::CertificateInfo;
use crate::directory::Directory;
use crate::error::Result;
use crate::fetch::{AllowedHost, FetchError, FetchOptions, Fetcher};
use crate::gather::Gatherer;
use crate::sightings::{Sighting, Source};

/// How it is looked for.
#[derive(Debug, Clone)]
pub struct SeekOptions {
    /// What it is looked for: whoever finds asks more places than who seals.
    pub purpose: Discover,
    /// Kinds of places that are not asked.
    pub without: Vec<FoundBy>,
    /// Asks every place, also when one before had what was wanted.
    pub all: bool,
    /// Asks again what answered before.
    pub refresh: bool,
    /// Asks nobody; what was answered before counts.
    pub offline: bool,
    /// Hosts that are asked although their address or port would forbid it.
    pub allowed: Vec<AllowedHost>,
}

/// Looks for certificates, for one run of the program. Servers that the policy lists are asked whatever their address; all
/// of them together may take as long as a [`Fetcher`] and the questions to the DNS may.
pub struct Seeker<'a> {
    directory: &'a Directory,
    policy: &'a Policy,
    judge: Judge<'a>,
    options: SeekOptions,
    now: Time,
    fetcher: Fetcher,
    dns: OnceCell<std::result::Result<Dns, DiscoverError>>,
}

/// What is known of one address so far.
struct Inquest<'q> {
    address: &'q Address,
    records: RefCell<Vec<DaneRecord>>,
    /// Every certificate that came from anywhere: a record may name one of them by its digest.
    seen: RefCell<Vec<Certificate>>,
}

impl<'a> Seeker<'a> {
    /// For an operation at this time.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub fn new(
        directory: &'a Directory,
        policy: &'a Policy,
        gatherer: &'a Gatherer,
        now: Time,
        options: SeekOptions,
    ) -> Result<Seeker<'a>> {
        let mut allowed = options.allowed.clone();
        let rules = policy.discovery();
        allowed.extend(rules.ldap_servers.iter().chain(&rules.http_stores).filter_map(|url| host(url)));
        Ok(Seeker {
            directory,
            policy,
            judge: Judge::new(directory, policy, gatherer, (now, options.purpose))?,
            now,
            options,
            fetcher: Fetcher::new(FetchOptions { allowed }),
            dns: OnceCell::new(),
        })
    }

    /// Looks for the certificate of an address, place by place, until one has what can be used. What was taken is kept.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database).
    pub fn find(&self, address: &Address) -> Result<Discovery> {
        let inquest = Inquest {
            address,
            records: RefCell::new(self.directory.domain_records(address, self.now)?),
            seen: RefCell::default(),
        };
        let mut found = Discovery { address: address.clone(), steps: self.here(&inquest)? };
        for (by, place) in self.places(address) {
            let step = self.ask(&inquest, by, place, found.found().is_some())?;
            found.steps.push(step);
        }
        Ok(found)
    }

    /// The store, in three parts.
    fn here(&self, inquest: &Inquest<'_>) -> Result<Vec<Step>> {
        let known = self.directory.find_certificates(&inquest.address.folded())?;
        let mut steps = Vec::new();
        let known: Vec<&CertificateInfo> = known.iter().take(MAX_HERE).collect();
        for by in [FoundBy::Pinned, FoundBy::Harvested, FoundBy::Kept] {
            let of_part = |info: &&CertificateInfo| part(info) == by;
            let (mut candidates, mut outcome) = (Vec::new(), Outcome::Nothing);
            for info in known.iter().copied().filter(of_part) {
                outcome = Outcome::Answered;
                let judged = self.judged(inquest, by, vec![info.certificate.clone()]);
                candidates.extend(judged.into_iter().map(|(certificate, verdict)| Candidate {
                    certificate,
                    verdict: verdict.map(|judged| judged.taken),
                    standing: Some(standing(info, inquest.address)),
                }));
            }
            steps.push(Step { by, place: String::new(), outcome, candidates });
        }
        Ok(steps)
    }

    /// Every place, in order. One that the policy does not know is not there.
    fn places(&self, address: &Address) -> Vec<(FoundBy, String)> {
        let rules = self.policy.discovery();
        let mut places: Vec<(FoundBy, String)> = Vec::new();
        places.extend(rules.ldap_servers.iter().map(|url| (FoundBy::Ldap, url.clone())));
        places.push((FoundBy::Smimea, smimea_owner(address)));
        places.push((FoundBy::Cert, address.to_string()));
        places.extend(rules.http_stores.iter().map(|url| (FoundBy::Http, url.clone())));
        places.push((FoundBy::Http, store_of_domain(address)));
        places
    }

    fn why_not(&self, by: FoundBy, place: &str, found: bool) -> Option<&'static str> {
        let rules = self.policy.discovery();
        let domains = by == FoundBy::Http && !rules.http_stores.iter().any(|store| store == place);
        let when = when(rules, by, domains);
        match (when, self.options.purpose) {
            _ if self.options.without.contains(&by) => Some("switched off by the command line"),
            (Discover::Off, _) => Some("switched off by the policy"),
            (Discover::Find, Discover::Seal) => Some("the policy asks it for `cert find` alone"),
            _ if found && !self.options.all => Some("one before had what was wanted"),
            _ => None,
        }
    }

    fn ask(&self, inquest: &Inquest<'_>, by: FoundBy, place: String, found: bool) -> Result<Step> {
        if let Some(why) = self.why_not(by, &place, found) {
            return Ok(Step { by, place, outcome: Outcome::NotAsked(why), candidates: Vec::new() });
        }
        let key = match by {
            FoundBy::Ldap | FoundBy::Http => format!("{place} {}", inquest.address),
            _ => place.clone(),
        };
        let kept = self.directory.store.discovered(by, &key, self.now)?;
        let kept = kept.filter(|_| !self.options.refresh || self.options.offline);
        let (values, outcome) = match kept {
            Some(kept) => match kept.what {
                Ok(values) => (values, Outcome::Remembered(kept.at)),
                // Whoever is looking for the fault is told it anew.
                Err(why) if self.options.purpose == Discover::Seal || self.options.offline => {
                    (Vec::new(), Outcome::Failed(DiscoverError::Remembered(why)))
                }
                Err(_) => self.fetch(inquest.address, by, &place, &key)?,
            },
            None if self.options.offline => (Vec::new(), Outcome::NotAsked("nobody is asked: offline")),
            None => self.fetch(inquest.address, by, &place, &key)?,
        };
        let certificates = match by {
            FoundBy::Smimea => self.named(inquest, &values),
            _ => places::certificates(&values),
        };
        let empty = certificates.is_empty() && matches!(outcome, Outcome::Answered);
        let outcome = match outcome {
            _ if empty && values.is_empty() => Outcome::Nothing,
            // Octets that are no certificate.
            _ if empty && by != FoundBy::Smimea => {
                Outcome::Failed(DiscoverError::Fetch(FetchError::Malformed("certificate")))
            }
            other => other,
        };
        let candidates = self.candidates(inquest, (by, &place), certificates)?;
        Ok(Step { by, place, outcome, candidates })
    }

    /// Asks the network, and keeps what came; of a failure that it failed.
    fn fetch(&self, address: &Address, by: FoundBy, place: &str, key: &str) -> Result<(Vec<Vec<u8>>, Outcome)> {
        let store = &self.directory.store;
        match self.answer(address, by, place) {
            Ok((values, seconds)) => {
                if by == FoundBy::Smimea {
                    self.directory.heard.borrow_mut().insert(place.to_owned(), places::records(&values));
                }
                store.keep_discovered(by, key, Ok(&values), (self.now, seconds))?;
                Ok((values, Outcome::Answered))
            }
            Err(error) => {
                if by == FoundBy::Smimea {
                    self.directory.heard.borrow_mut().remove(place);
                }
                let budget = matches!(
                    error,
                    DiscoverError::Silent
                        | DiscoverError::Fetch(FetchError::Count | FetchError::Exhausted | FetchError::Silent(_))
                );
                if !budget {
                    store.keep_discovered(by, key, Err(&error.to_string()), (self.now, FAILED))?;
                }
                Ok((Vec::new(), Outcome::Failed(error)))
            }
        }
    }

    fn answer(&self, address: &Address, by: FoundBy, place: &str) -> std::result::Result<Answered, DiscoverError> {
        match by {
            FoundBy::Ldap => places::ldap(&self.fetcher, place, address),
            FoundBy::Http => places::http(&self.fetcher, place, address),
            FoundBy::Smimea => places::smimea(self.dns()?, place),
            _ => places::cert(self.dns()?, address),
        }
    }

    fn dns(&self) -> std::result::Result<&Dns, DiscoverError> {
        self.dns.get_or_init(|| Dns::new(self.policy.discovery())).as_ref().map_err(Clone::clone)
    }

    /// What SMIMEA records name: what they carry whole, and what came from elsewhere and has their digest.
    fn named(&self, inquest: &Inquest<'_>, values: &[Vec<u8>]) -> Vec<Certificate> {
        let records = places::records(values);
        let whole = records.iter().filter_map(|record| Certificate::from_der(record.whole()?).ok());
        let whole: Vec<Certificate> = whole.collect();
        let mut named: Vec<Certificate> = Vec::new();
        let seen = inquest.seen.borrow().clone();
        for certificate in whole.iter().chain(&seen) {
            let person = |r: &DaneRecord| {
                matches!(r.usage(), Some(trust::DaneUsage::PkixEe | trust::DaneUsage::DaneEe)) && r.names(certificate)
            };
            if !named.contains(certificate) && records.iter().any(person) {
                named.push(certificate.clone());
            }
        }
        // With an authority named, everybody's certificate of the address that it vouches for will do.
        let authority = |r: &DaneRecord| matches!(r.usage(), Some(trust::DaneUsage::PkixTa | trust::DaneUsage::DaneTa));
        if records.iter().any(authority) {
            named.extend(seen.iter().filter(|c| trust::names_address(c, inquest.address)).cloned());
            named.dedup();
        }
        inquest.seen.borrow_mut().extend(whole);
        *inquest.records.borrow_mut() = records;
        named
    }

    /// Judges what a place of the network had, and keeps what is taken.
    fn candidates(
        &self,
        inquest: &Inquest<'_>,
        (by, place): (FoundBy, &str),
        certificates: Vec<Certificate>,
    ) -> Result<Vec<Candidate>> {
        let judged = self.judged(inquest, by, certificates);
        let proven: Vec<&Certificate> = judged.iter().filter(|(_, v)| v.is_ok()).map(|(c, _)| c).collect();
        let mut standings = self.directory.standings(inquest.address, &proven, &self.judge)?.into_iter();
        let (mut candidates, mut takings) = (Vec::new(), Takings::default());
        for (certificate, verdict) in judged {
            let standing = if verdict.is_ok() { standings.next() } else { None };
            if let (Ok(judged), Some(standing)) = (&verdict, standing) {
                takings.seen.push(Remembered { certificate: certificate.clone(), standing });
                takings.between.extend(judged.between.iter().cloned());
            }
            candidates.push(Candidate { certificate, verdict: verdict.map(|judged| judged.taken), standing });
        }
        self.directory.keep_found(inquest.address, &takings, (by, place), self.now)?;
        Ok(candidates)
    }

    fn judged(
        &self,
        inquest: &Inquest<'_>,
        by: FoundBy,
        certificates: Vec<Certificate>,
    ) -> Vec<(Certificate, Verdict)> {
        inquest.seen.borrow_mut().extend(certificates.iter().cloned());
        let records = inquest.records.borrow().clone();
        let brought = inquest.seen.borrow().clone();
        let setting = Setting { address: inquest.address, by, brought: &brought, records: &records };
        // The chain comes along with the person's certificate, and is none.
        let chain =
            |c: &Certificate| c.basic_constraints().is_some_and(|b| b.ca) && trust::certificate_addresses(c).is_empty();
        let persons = certificates.into_iter().filter(|certificate| !chain(certificate));
        let judged = |certificate| {
            let verdict = self.judge.judge(&certificate, &setting);
            (certificate, verdict)
        };
        persons.map(judged).collect()
    }
}

/// By whose word a certificate is taken, or why it is not.
type Verdict = std::result::Result<Judged, String>;

/// Which part of the store a certificate belongs to.
fn part(info: &CertificateInfo) -> FoundBy {
    let network = FoundBy::NETWORK.map(|by| source(by).map(Source::name));
    let found = |seen: &Sighting| network.contains(&Some(seen.source.as_str()));
    match info.is_pinned() {
        true => FoundBy::Pinned,
        false if info.history.sightings.iter().any(found) => FoundBy::Kept,
        false => FoundBy::Harvested,
    }
}

/// What a certificate of the store counts for at an address.
fn standing(info: &CertificateInfo, address: &Address) -> Standing {
    let folded = address.folded();
    let here = |text: &str| Address::parse_international(text).is_ok_and(|named| named.folded() == folded);
    let named = info.history.standings.iter().find(|(text, _)| here(text));
    named.map_or(Standing::Unbound, |(_, standing)| *standing)
}

impl std::fmt::Debug for Seeker<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seeker").field("options", &self.options).field("dns", &self.dns).finish_non_exhaustive()
    }
}

fn when(rules: &DiscoveryPolicy, by: FoundBy, domains: bool) -> Discover {
    match by {
        FoundBy::Ldap => rules.ldap,
        FoundBy::Smimea => rules.smimea,
        FoundBy::Cert => rules.cert,
        FoundBy::Http if domains && rules.http != Discover::Off => rules.http_of_domain,
        FoundBy::Http => rules.http,
        _ => Discover::Seal,
    }
}

/// The host and port of a URL that the policy lists.
fn host(url: &str) -> Option<AllowedHost> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let usual = match scheme {
        "ldap" => 389,
        "ldaps" => 636,
        "https" => 443,
        _ => 80,
    };
    let with_port = authority.parse::<AllowedHost>();
    with_port.or_else(|_| format!("{authority}:{usual}").parse()).ok()
}

/// Certificates of the store that are looked at for one address.
const MAX_HERE: usize = 20;
/// Seconds for which it is remembered that a place failed.
const FAILED: i64 = 60;
