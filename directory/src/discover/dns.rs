//! Records of the DNS that DNSSEC proves, in this process: the word of a resolver that it checked is not enough, since
//! anybody between could say so (RFC 8162 section 6, RFC 4035 section 5).

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError, NoRecords};
use hickory_resolver::proto::dnssec::rdata::DNSSECRData;
use hickory_resolver::proto::dnssec::{Proof, TrustAnchors};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use hickory_resolver::proto::serialize::txt::trust_anchor::{Entry, Parser};
use tokio::runtime::{Builder, Runtime};
use trust::DiscoveryPolicy;

use super::error::DiscoverError;

/// Asks the DNS, for one run of the program: [`SECONDS`] for each question, [`TOTAL_SECONDS`] for all of them. Once the
/// resolver did not answer in time it is not asked again.
pub(crate) struct Dns {
    runtime: Runtime,
    resolver: TokioResolver,
    spent: Cell<Duration>,
    silent: Cell<bool>,
    asked: RefCell<Vec<(String, u16)>>,
}

/// What was asked for, proven.
pub(crate) struct DnsAnswer {
    /// The data of each record; none where the name has none.
    pub records: Vec<RData>,
    /// Seconds for which it counts.
    pub seconds: i64,
}

impl Dns {
    /// With the resolver and the anchors of the policy, or else the system's resolver and the keys of the root.
    pub(crate) fn new(rules: &DiscoveryPolicy) -> Result<Dns, DiscoverError> {
        let anchors = match &rules.dns_anchors {
            Some(path) => anchors(path)?,
            None => TrustAnchors::default(),
        };
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| DiscoverError::Broken(e.to_string()))?;
        let mut builder = match &rules.resolver {
            Some(text) => {
                let address: SocketAddr =
                    text.parse().map_err(|_| DiscoverError::NoResolver(format!("{text} is no address with a port")))?;
                let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                    connection.port = address.port();
                    connection
                });
                let server = NameServerConfig::new(address.ip(), true, connections.to_vec());
                let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
            None => TokioResolver::builder_tokio().map_err(|e| DiscoverError::NoResolver(e.to_string()))?,
        };
        let options = builder.options_mut();
        options.validate = true;
        options.edns0 = true;
        options.use_hosts_file = ResolveHosts::Never;
        options.timeout = Duration::from_secs(2);
        options.attempts = 1;
        // A certificate seldom fits into a datagram (RFC 8162 section 5).
        options.try_tcp_on_error = true;
        // What the library keeps, it keeps for this run alone.
        options.preserve_intermediates = true;
        let resolver = builder.with_trust_anchor(Arc::new(anchors)).build();
        let resolver = resolver.map_err(|e| DiscoverError::Broken(e.to_string()))?;
        Ok(Dns { runtime, resolver, spent: Cell::default(), silent: Cell::default(), asked: RefCell::default() })
    }

    /// The records of a name whose type this is. What is not proven is not given out.
    pub(crate) fn lookup(&self, name: &Name, kind: RecordType) -> Result<DnsAnswer, DiscoverError> {
        let found = self.ask(name, kind)?;
        // The library says "nothing" of aliases that lead in a ring as well.
        let doubtful = found.records.is_empty() && found.seconds == SAID_NOTHING;
        if doubtful && self.ask(name, RecordType::CNAME).is_ok_and(|alias| !alias.records.is_empty()) {
            return Err(DiscoverError::Aliases);
        }
        Ok(found)
    }

    fn ask(&self, name: &Name, kind: RecordType) -> Result<DnsAnswer, DiscoverError> {
        if self.silent.get() {
            return Err(DiscoverError::Silent);
        }
        let left = Duration::from_secs(TOTAL_SECONDS).saturating_sub(self.spent.get());
        let left = left.min(Duration::from_secs(SECONDS));
        if left.is_zero() {
            return Err(DiscoverError::Silent);
        }
        let began = Instant::now();
        self.asked.borrow_mut().push((name.to_string(), kind.into()));
        let found = self.runtime.block_on(async {
            let asking = self.resolver.lookup(name.clone(), kind);
            tokio::time::timeout(left, asking).await
        });
        self.spent.set(self.spent.get() + began.elapsed());
        match found {
            Err(_) | Ok(Err(NetError::Timeout)) => {
                self.silent.set(true);
                Err(DiscoverError::Timeout(began.elapsed().as_secs().clamp(1, SECONDS)))
            }
            Ok(Ok(lookup)) => proven(&lookup, name, kind),
            Ok(Err(error)) => nothing(error),
        }
    }
}

impl std::fmt::Debug for Dns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dns").field("asked", &self.asked.borrow()).finish_non_exhaustive()
    }
}

/// Follows the aliases of the answer and takes the records at their end, each of which DNSSEC has to have proven; what
/// else the answer has is not looked at.
fn proven(lookup: &Lookup, name: &Name, kind: RecordType) -> Result<DnsAnswer, DiscoverError> {
    let answers = lookup.answers();
    let mut seconds = u32::MAX;
    let mut name = name.clone();
    for _ in 0..=MAX_ALIASES {
        let of_name = |wanted: RecordType| answers.iter().filter(move |r| r.record_type() == wanted);
        let here: Vec<&Record> = of_name(kind).filter(|r| r.name == name).collect();
        let alias = of_name(RecordType::CNAME).find(|r| r.name == name);
        let used: Vec<&Record> = if here.is_empty() { alias.into_iter().collect() } else { here };
        for record in &used {
            secure(record, lookup)?;
            seconds = seconds.min(record.ttl);
        }
        match used.first().map(|record| &record.data) {
            None => return Err(DiscoverError::Aliases),
            Some(RData::CNAME(target)) if kind != RecordType::CNAME => name = target.0.clone(),
            Some(_) => {
                let records = used.iter().take(MAX_RECORDS).map(|record| record.data.clone()).collect();
                return Ok(DnsAnswer { records, seconds: i64::from(seconds) });
            }
        }
    }
    Err(DiscoverError::Aliases)
}

fn secure(record: &Record, lookup: &Lookup) -> Result<(), DiscoverError> {
    match record.proof {
        Proof::Secure => {}
        Proof::Bogus => return Err(DiscoverError::Bogus),
        Proof::Insecure | Proof::Indeterminate => return Err(DiscoverError::Insecure),
    }
    // A wildcard stands for a name only where it is proven that the name has no records of its own (RFC 4035
    // section 5.3.4); the library passes over that proof where all that came with the answer is of unsigned zones.
    let expanded = lookup.answers().iter().any(|r| match &r.data {
        RData::DNSSEC(DNSSECRData::RRSIG(signature)) => {
            r.name == record.name
                && signature.input().type_covered == record.record_type()
                && signature.input().num_labels < r.name.num_labels()
        }
        _ => false,
    });
    if expanded && !lookup.authorities().iter().any(proves) { Err(DiscoverError::Bogus) } else { Ok(()) }
}

/// Whether a record is one that proves what is not there, and is proven itself.
fn proves(record: &Record) -> bool {
    record.proof == Proof::Secure && matches!(record.record_type(), RecordType::NSEC | RecordType::NSEC3)
}

/// An answer without records, or a failure.
fn nothing(error: NetError) -> Result<DnsAnswer, DiscoverError> {
    let empty = |seconds| Ok(DnsAnswer { records: Vec::new(), seconds });
    match error {
        NetError::Dns(DnsError::Nsec { proof: Proof::Secure, .. }) => empty(PROVEN_NOTHING),
        NetError::Dns(DnsError::Nsec { proof: Proof::Bogus, .. } | DnsError::DnssecBogus) => Err(DiscoverError::Bogus),
        NetError::Dns(DnsError::NoRecordsFound(NoRecords { authorities: Some(with), .. }))
            if with.iter().any(proves) =>
        {
            empty(PROVEN_NOTHING)
        }
        // That an unsigned zone says so is not proven, and costs nobody anything but the certificate.
        NetError::Dns(DnsError::Nsec { .. } | DnsError::NoRecordsFound(_)) => empty(SAID_NOTHING),
        NetError::Dns(DnsError::ResponseCode(code)) => Err(DiscoverError::Refused(code.to_string())),
        other => {
            let mut text = other.to_string();
            text.truncate(text.char_indices().nth(200).map_or(text.len(), |(at, _)| at));
            Err(DiscoverError::Broken(text))
        }
    }
}

/// A file of DNSKEY records. One without any would load, and prove nothing for anybody to notice.
fn anchors(path: &Path) -> Result<TrustAnchors, DiscoverError> {
    let failed = |why: String| DiscoverError::Anchors(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| failed(e.to_string()))?;
    let entries = Parser::new(text.as_str()).parse().map_err(|e| failed(e.to_string()))?;
    let mut keys = 0;
    for entry in &entries {
        let Entry::DNSKEY(record) = entry else {
            return Err(failed("it has records that are no DNSKEY".to_owned()));
        };
        if record.data().revoke() {
            return Err(failed(format!("the key of {} is revoked (RFC 5011)", record.name())));
        }
        keys += 1;
    }
    if keys == 0 {
        return Err(failed("no DNSKEY record is in it".to_owned()));
    }
    text.parse::<TrustAnchors>().map_err(|e| failed(e.to_string()))
}

/// Seconds for one question, with all that is asked to prove its answer.
pub(crate) const SECONDS: u64 = 5;
/// Seconds for all questions of a run.
const TOTAL_SECONDS: u64 = 10;
/// Aliases that are followed.
const MAX_ALIASES: usize = 8;
/// Records of a name that are looked at.
const MAX_RECORDS: usize = 20;
/// Seconds for which it counts that there is nothing: proven, and merely said.
const PROVEN_NOTHING: i64 = 3600;
const SAID_NOTHING: i64 = 600;
