//! Records of the DNS that DNSSEC proves, in this process: the word of a resolver that it checked is not enough, since
//! anybody between could say so (RFC 8162 section 6, RFC 4035 section 5).

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::xfer::{DnsHandle, FirstAnswer};
use hickory_resolver::net::{DnsError, NetError, NoRecords};
use hickory_resolver::proto::dnssec::rdata::DNSSECRData;
use hickory_resolver::proto::dnssec::{Proof, TrustAnchors};
use hickory_resolver::proto::op::{DnsRequestOptions, Query};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use hickory_resolver::proto::serialize::txt::trust_anchor::{Entry, Parser};
use hickory_resolver::system_conf::read_system_conf;
use hickory_resolver::{NameServerPool, PoolContext, TlsConfig, TokioResolver};
use tokio::runtime::{Builder, Runtime};
use trust::DiscoveryPolicy;
use wire::Time;

use super::bogus::{self, Bogus};
use super::error::DiscoverError;

/// Asks the DNS, for one run of the program: [`SECONDS`] for each question, [`TOTAL_SECONDS`] for all of them. Once the
/// resolver did not answer in time it is not asked again.
pub(crate) struct Dns {
    runtime: Runtime,
    resolver: TokioResolver,
    /// The same servers, whose answers are only looked at to say what is wrong with them.
    bare: NameServerPool<TokioRuntimeProvider>,
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
    /// Whether it is proven, which only "nothing" need not be.
    proven: bool,
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
        let broken = |e: NetError| DiscoverError::Broken(e.to_string());
        let (config, mut options) = match &rules.resolver {
            Some(text) => (resolver_at(text)?, ResolverOpts::default()),
            None => read_system_conf().map_err(|e| DiscoverError::NoResolver(e.to_string()))?,
        };
        options.validate = true;
        options.edns0 = true;
        options.use_hosts_file = ResolveHosts::Never;
        options.timeout = Duration::from_secs(2);
        options.attempts = 1;
        // A certificate seldom fits into a datagram (RFC 8162 section 7).
        options.try_tcp_on_error = true;
        // What the library keeps, it keeps for this run alone.
        options.preserve_intermediates = true;
        let context = PoolContext::new(options.clone(), TlsConfig::new().map_err(broken)?);
        let bare = NameServerPool::from_config(
            config.name_servers.clone(),
            Arc::new(context),
            TokioRuntimeProvider::default(),
        );
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        *builder.options_mut() = options;
        let resolver = builder.with_trust_anchor(Arc::new(anchors)).build().map_err(broken)?;
        let (spent, silent, asked) = (Cell::default(), Cell::default(), RefCell::default());
        Ok(Dns { runtime, resolver, bare, spent, silent, asked })
    }

    /// The records of a name whose type this is. What is not proven is not given out.
    pub(crate) fn lookup(&self, name: &Name, kind: RecordType) -> Result<DnsAnswer, DiscoverError> {
        let found = match self.ask(name, kind) {
            Err(DiscoverError::Bogus(assumed)) => return Err(self.refuted(name, kind, assumed)),
            other => other?,
        };
        // The library says "nothing" of aliases that lead in a ring as well.
        if !found.proven && self.ask(name, RecordType::CNAME).is_ok_and(|alias| !alias.records.is_empty()) {
            return Err(DiscoverError::Aliases);
        }
        Ok(found)
    }

    fn ask(&self, name: &Name, kind: RecordType) -> Result<DnsAnswer, DiscoverError> {
        self.asked.borrow_mut().push((name.to_string(), kind.into()));
        match self.timed(self.resolver.lookup(name.clone(), kind))? {
            Ok(lookup) => proven(&lookup, name, kind),
            Err(error) => nothing(error),
        }
    }

    /// Waits for an answer as long as is left.
    fn timed<T>(
        &self,
        asking: impl Future<Output = Result<T, NetError>>,
    ) -> Result<Result<T, NetError>, DiscoverError> {
        let left = Duration::from_secs(TOTAL_SECONDS).saturating_sub(self.spent.get());
        let left = left.min(Duration::from_secs(SECONDS));
        if self.silent.get() || left.is_zero() {
            return Err(DiscoverError::Silent);
        }
        let began = Instant::now();
        let found = self.runtime.block_on(async { tokio::time::timeout(left, asking).await });
        self.spent.set(self.spent.get() + began.elapsed());
        match found {
            Err(_) | Ok(Err(NetError::Timeout)) => {
                self.silent.set(true);
                Err(DiscoverError::Timeout(began.elapsed().as_secs().clamp(1, SECONDS)))
            }
            Ok(answer) => Ok(answer),
        }
    }

    /// What is wrong with an answer that DNSSEC refutes, by looking at it once more without believing any of it.
    fn refuted(&self, name: &Name, kind: RecordType, assumed: Bogus) -> DiscoverError {
        let mut options = DnsRequestOptions::default();
        (options.use_edns, options.edns_set_dnssec_ok, options.recursion_desired) = (true, true, true);
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs());
        let now = Time(i64::try_from(now).unwrap_or(i64::MAX));
        let mut name = name.clone();
        for _ in 0..=MAX_ALIASES {
            let asking = self.bare.lookup(Query::query(name.clone(), kind), options).first_answer();
            let seen = match self.timed(asking) {
                Ok(Ok(answer)) => bogus::look(&name, &answer.answers, &answer.authorities, now),
                Ok(Err(NetError::Dns(DnsError::NoRecordsFound(NoRecords { authorities, .. })))) => {
                    bogus::look(&name, &[], authorities.as_deref().unwrap_or_default(), now)
                }
                _ => return assumed.into(),
            };
            match seen {
                bogus::Seen::Fault(fault) => return fault.into(),
                bogus::Seen::Ring => break,
                bogus::Seen::Alias(target) => name = target,
            }
        }
        DiscoverError::Aliases
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
                return Ok(DnsAnswer { records, seconds: i64::from(seconds), proven: true });
            }
        }
    }
    Err(DiscoverError::Aliases)
}

fn secure(record: &Record, lookup: &Lookup) -> Result<(), DiscoverError> {
    match record.proof {
        Proof::Secure => {}
        Proof::Bogus => return Err(Bogus::Signature.into()),
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
    if expanded && !lookup.authorities().iter().any(proves) { Err(Bogus::Wildcard.into()) } else { Ok(()) }
}

/// Whether a record is one that proves what is not there, and is proven itself.
fn proves(record: &Record) -> bool {
    record.proof == Proof::Secure && matches!(record.record_type(), RecordType::NSEC | RecordType::NSEC3)
}

/// An answer without records, or a failure.
fn nothing(error: NetError) -> Result<DnsAnswer, DiscoverError> {
    let empty = |seconds, proven| Ok(DnsAnswer { records: Vec::new(), seconds, proven });
    match error {
        NetError::Dns(DnsError::Nsec { proof: Proof::Secure, response, .. }) => {
            empty(negative(response.negative_ttl()), true)
        }
        NetError::Dns(DnsError::Nsec { proof: Proof::Bogus, .. }) => Err(Bogus::Denial.into()),
        NetError::Dns(DnsError::DnssecBogus) => Err(Bogus::Signature.into()),
        NetError::Dns(DnsError::NoRecordsFound(NoRecords { authorities: Some(with), soa, .. }))
            if with.iter().any(proves) =>
        {
            empty(negative(soa.map(|soa| soa.ttl.min(soa.data.minimum))), true)
        }
        // That an unsigned zone says so is not proven, and costs nobody anything but the certificate.
        NetError::Dns(DnsError::Nsec { .. } | DnsError::NoRecordsFound(_)) => empty(SAID_NOTHING, false),
        NetError::Dns(DnsError::ResponseCode(code)) => Err(DiscoverError::Refused(code.to_string())),
        NetError::Truncated => Err(DiscoverError::Truncated),
        other => {
            let mut text = other.to_string();
            text.truncate(text.char_indices().nth(200).map_or(text.len(), |(at, _)| at));
            Err(DiscoverError::Broken(text))
        }
    }
}

/// For how long it counts that there is nothing: as long as the zone says (RFC 2308 section 5), within bounds, of which the
/// lower one keeps it from being asked anew for each mail (RFC 8162 section 6).
fn negative(said: Option<u32>) -> i64 {
    said.map_or(PROVEN_NOTHING, i64::from).clamp(LEAST_NOTHING, PROVEN_NOTHING)
}

/// The resolver at an address with a port, by UDP and TCP.
fn resolver_at(text: &str) -> Result<ResolverConfig, DiscoverError> {
    let address: SocketAddr =
        text.parse().map_err(|_| DiscoverError::NoResolver(format!("{text} is no address with a port")))?;
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = address.port();
        connection
    });
    let server = NameServerConfig::new(address.ip(), true, connections.to_vec());
    Ok(ResolverConfig::from_parts(None, Vec::new(), vec![server]))
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
/// Seconds for which it counts that there is nothing: proven, at most and at least, and merely said.
const PROVEN_NOTHING: i64 = 3600;
const LEAST_NOTHING: i64 = 60;
const SAID_NOTHING: i64 = 600;
