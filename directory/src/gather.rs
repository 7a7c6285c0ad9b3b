//! Gets what a judgement lacks: from the store, or from the network where that is allowed.

use std::cell::RefCell;
use std::collections::HashMap;

use crypto::{Random, SystemRandom};
use trust::{Fetch, Need, OcspAnswer, OcspNeed, RevocationEvidence};
use wire::ocsp::{NONCE, OcspResponse, OcspResponseStatus};
use wire::{Certificate, Crl, Time, pem};

use crate::fetch::{AllowedHost, FetchError, FetchOptions, Fetcher, Wanted};
use crate::store::Store;

/// Gets what is missing for one operation, such as the sealing of a mail, and asks nothing twice.
#[derive(Debug)]
pub struct Gatherer {
    fetcher: Fetcher,
    now: Time,
    insist: bool,
    offline: bool,
    asked: RefCell<HashMap<(String, Wanted), Known>>,
    notes: RefCell<Vec<FetchNote>>,
}

/// What an address had.
#[derive(Debug, Clone, Default)]
struct Known {
    found: Option<RevocationEvidence>,
    /// It comes from the store, so that the network may have something newer.
    kept: bool,
}

/// What became of one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchNote {
    /// The address.
    pub url: String,
    /// What came of it.
    pub outcome: Result<FetchedFrom, FetchError>,
}

/// Where something came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchedFrom {
    /// The network.
    Network,
    /// The store, and it need not be fetched again yet.
    Store,
    /// The store, although it is due to be fetched again.
    StoreOverdue,
}

impl FetchedFrom {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            FetchedFrom::Network => "fetched",
            FetchedFrom::Store => "kept",
            FetchedFrom::StoreOverdue => "kept-overdue",
        }
    }
}

impl Gatherer {
    /// For an operation at this time, with these hosts allowed whatever their addresses.
    pub fn new(allowed: Vec<AllowedHost>, now: Time) -> Gatherer {
        Gatherer {
            fetcher: Fetcher::new(FetchOptions { allowed }),
            now,
            insist: false,
            offline: false,
            asked: RefCell::default(),
            notes: RefCell::default(),
        }
    }

    /// Asks again what failed a moment ago: for somebody who is looking for the fault.
    pub fn insisting(self) -> Gatherer {
        Gatherer { insist: true, ..self }
    }

    /// Asks the network for nothing, whatever is allowed otherwise.
    pub fn offline(self, offline: bool) -> Gatherer {
        Gatherer { offline, ..self }
    }

    /// What was asked so far and what came of it, in order.
    pub fn notes(&self) -> Vec<FetchNote> {
        self.notes.borrow().clone()
    }

    /// What can be had of these needs: of each from the first of its addresses that has it. `store` is where things
    /// are kept; without one, nothing is.
    pub(crate) fn gather(&self, store: Option<&Store>, needs: &[Need], how: Fetch) -> RevocationEvidence {
        let mut found = RevocationEvidence::default();
        let how = if how == Fetch::Fetch && self.offline { Fetch::Cached } else { how };
        if how == Fetch::Never {
            return found;
        }
        for need in needs {
            for url in need.urls() {
                if let Some(evidence) = self.address(store, url, need, how) {
                    found.take(evidence);
                    break;
                }
            }
        }
        found
    }

    fn address(&self, store: Option<&Store>, url: &str, need: &Need, how: Fetch) -> Option<RevocationEvidence> {
        let (need, newer) = match need {
            Need::Newer(need) => (&**need, true),
            need => (need, false),
        };
        // What is kept answers a question without a nonce.
        let key = match need {
            Need::Crl(_) => Wanted::Crl,
            Need::Ocsp(need) => Wanted::Ocsp(need.request(None)),
            _ => Wanted::Issuer,
        };
        match self.asked.borrow().get(&(url.to_owned(), key.clone())) {
            Some(known) if !newer => return known.found.clone(),
            Some(known) if !known.kept || how != Fetch::Fetch => return None,
            _ => {}
        }
        let mut kept = false;
        let (found, outcome) = match self.obtain(store, url, (need, &key), (how, newer)) {
            Obtained::Here(found, from) => {
                kept = from == FetchedFrom::Store;
                (Some(found), Some(Ok(from)))
            }
            // That nothing is kept is no news.
            Obtained::NotKept => (None, None),
            Obtained::Failed(stale, error) => {
                if stale.is_some() {
                    self.note(url, Ok(FetchedFrom::StoreOverdue));
                }
                (stale, Some(Err(error)))
            }
        };
        if let Some(outcome) = outcome {
            self.note(url, outcome);
        }
        self.asked.borrow_mut().insert((url.to_owned(), key), Known { found: found.clone(), kept });
        found
    }

    /// What an address has; `newer` than what is kept, where that did not help.
    fn obtain(
        &self,
        store: Option<&Store>,
        url: &str,
        (need, key): (&Need, &Wanted),
        (how, newer): (Fetch, bool),
    ) -> Obtained {
        // A store that fails has nothing kept; whoever uses it for more will hear of it.
        let kept = store.and_then(|s| s.kept(url, key, self.now).ok().flatten());
        let (at, fresh) = kept.as_ref().map_or((self.now, false), |kept| (kept.at, kept.fresh));
        let mut stale = None;
        match kept.map(|kept| kept.what) {
            Some(Ok(values)) => {
                let parsed = read(need, &values, None).ok().map(|(evidence, _)| evidence);
                match parsed {
                    Some(evidence) if fresh && !newer => return Obtained::Here(evidence, FetchedFrom::Store),
                    Some(evidence) if how == Fetch::Cached => {
                        return Obtained::Here(evidence, FetchedFrom::StoreOverdue);
                    }
                    other => stale = other,
                }
            }
            Some(Err(why)) if fresh && !self.insist && how == Fetch::Fetch => {
                return Obtained::Failed(None, FetchError::Remembered { at, why });
            }
            Some(Err(_)) | None => {}
        }
        if how != Fetch::Fetch {
            return Obtained::NotKept;
        }
        let fetched = self.ask(url, need, key).and_then(|(values, nonce)| {
            let (evidence, until) = read(need, &values, nonce)?;
            Ok((evidence, values, until))
        });
        // That it cannot be kept is no reason not to use it.
        match fetched {
            Ok((evidence, values, until)) => {
                let until = until.unwrap_or(Time(self.now.0 + WITHOUT_END));
                store.map(|s| s.keep(url, key, Ok(&values), (self.now, until)));
                Obtained::Here(evidence, FetchedFrom::Network)
            }
            Err(error) => {
                if !matches!(error, FetchError::Count | FetchError::Exhausted | FetchError::Silent(_)) {
                    store.map(|s| s.keep(url, key, Err(&error.to_string()), (self.now, self.now)));
                }
                Obtained::Failed(stale, error)
            }
        }
    }

    /// Asks the network; an OCSP responder with a nonce, which is given back.
    fn ask(&self, url: &str, need: &Need, key: &Wanted) -> Result<Asked, FetchError> {
        let Need::Ocsp(need) = need else { return Ok((self.fetcher.fetch(url, key)?, None)) };
        let mut nonce = vec![0; NONCE];
        // Without chance the question goes without a nonce, and the answer is as good as a kept one.
        let nonce = SystemRandom.fill(&mut nonce).ok().map(|()| nonce);
        let question = Wanted::Ocsp(OcspNeed::request(need, nonce.as_deref()));
        Ok((self.fetcher.fetch(url, &question)?, nonce))
    }

    fn note(&self, url: &str, outcome: Result<FetchedFrom, FetchError>) {
        self.notes.borrow_mut().push(FetchNote { url: url.to_owned(), outcome });
    }
}

/// What came of an address.
enum Obtained {
    /// This.
    Here(RevocationEvidence, FetchedFrom),
    /// It is not kept and may not be fetched.
    NotKept,
    /// It could not be fetched; what was kept, if anything, is overdue.
    Failed(Option<RevocationEvidence>, FetchError),
}

/// Values, and the nonce of the question.
type Asked = (Vec<Vec<u8>>, Option<Vec<u8>>);

/// Reads what came, and until when it need not be fetched again, where it says so.
fn read(
    need: &Need,
    values: &[Vec<u8>],
    nonce: Option<Vec<u8>>,
) -> Result<(RevocationEvidence, Option<Time>), FetchError> {
    let mut found = RevocationEvidence::default();
    let mut until: Option<Time> = None;
    let mut soonest =
        |next: Option<Time>| until = until.map_or(next, |known| Some(next.map_or(known, |n| n.min(known))));
    for value in values {
        match need {
            Need::Crl(_) => {
                let crl = crl(value).ok_or(FetchError::Malformed("CRL"))?;
                soonest(crl.next_update());
                found.crls.push(crl);
            }
            Need::Ocsp(_) => {
                let answer = OcspResponse::from_der(value).map_err(|_| FetchError::Malformed("OCSP answer"))?;
                let response = answer.basic.ok_or(FetchError::Responder(word(answer.status)))?;
                soonest(response.responses.iter().filter_map(|single| single.next_update).min());
                found.ocsp.push(OcspAnswer { response, nonce: nonce.clone() });
            }
            _ => {
                let issuers = issuers(value);
                if issuers.is_empty() {
                    return Err(FetchError::Malformed("certificate"));
                }
                soonest(issuers.iter().map(Certificate::not_after).min());
                found.certificates.extend(issuers);
            }
        }
    }
    Ok((found, until))
}

/// A CRL is DER (RFC 5280 section 4.2.1.13); some servers have it in PEM.
fn crl(bytes: &[u8]) -> Option<Crl> {
    if !pem::looks_like_pem(bytes) {
        return Crl::from_der(bytes).ok();
    }
    let blocks = pem::parse(bytes).ok()?;
    blocks.iter().find(|block| block.label == "X509 CRL").and_then(|block| Crl::from_der(&block.contents).ok())
}

/// A certificate, or a certs-only message (RFC 5280 section 4.2.2.1).
fn issuers(bytes: &[u8]) -> Vec<Certificate> {
    let one = |der: &[u8]| Certificate::from_der(der).map(|certificate| vec![certificate]).ok();
    let found = match pem::looks_like_pem(bytes) {
        true => pem::parse(bytes).ok().map(|blocks| blocks.iter().filter_map(|b| one(&b.contents)).flatten().collect()),
        false => one(bytes).or_else(|| smime::stateless::certs_only(bytes)),
    };
    let mut found = found.unwrap_or_default();
    found.truncate(MAX_ISSUERS);
    found
}

fn word(status: OcspResponseStatus) -> &'static str {
    match status {
        OcspResponseStatus::Successful => "nothing",
        OcspResponseStatus::MalformedRequest => "that it cannot read the request",
        OcspResponseStatus::InternalError => "that it failed",
        OcspResponseStatus::TryLater => "to try again later",
        OcspResponseStatus::SigRequired => "that requests have to be signed",
        OcspResponseStatus::Unauthorized => "that it does not know this issuer",
        OcspResponseStatus::Other(_) => "nothing that is known",
    }
}

/// Seconds for which something is kept that does not say until when it is good.
const WITHOUT_END: i64 = 3600;
/// Certificates that are taken from one address.
const MAX_ISSUERS: usize = 20;
