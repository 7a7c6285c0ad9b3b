//! The requests of an ACME client: HTTPS with the server's certificate verified, or HTTP to this machine alone.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ca::acme::client::{Reply, Transport};
use ureq::http::{Response, Uri};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body, config::Config};

use crate::tls;

/// Carries an ACME client's requests.
#[derive(Debug)]
pub struct AcmeHttp {
    /// A PEM file of the only authorities to believe; the system's bundle where there is none.
    trust: Option<PathBuf>,
    /// For one request.
    limit: Duration,
}

impl AcmeHttp {
    /// One that believes the authorities of this PEM file, or else the system's, and waits so long for each answer.
    pub fn new(trust: Option<&Path>, limit: Duration) -> AcmeHttp {
        AcmeHttp { trust: trust.map(Path::to_owned), limit }
    }

    fn agent(&self, url: &str) -> Result<(Agent, Uri), String> {
        let wrong = || format!("{:?} is no https:// URL of a server", url.chars().take(200).collect::<String>());
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let named = uri.authority().is_some_and(|a| !a.as_str().contains('@') && !a.host().is_empty());
        let secure = uri.scheme_str() == Some("https");
        if !named || !(secure || uri.scheme_str() == Some("http")) {
            return Err(wrong());
        }
        let trusted = if secure { self.believed()? } else { Vec::new() };
        let tls =
            TlsConfig::builder().provider(TlsProvider::Rustls).unversioned_rustls_crypto_provider(tls::provider());
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_global(Some(self.limit))
            .max_response_header_size(MAX_HEADER)
            .max_idle_connections(0)
            .user_agent("sealpost")
            .tls_config(tls.root_certs(RootCerts::Specific(Arc::new(trusted))).build())
            .build();
        let resolver = Near { secure, system: DefaultResolver::default() };
        Ok((Agent::with_parts(config, DefaultConnector::default(), resolver), uri))
    }

    fn believed(&self) -> Result<Vec<Certificate<'static>>, String> {
        let found = match &self.trust {
            None => tls::server_roots(),
            Some(path) => {
                let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
                tls::certificates(&bytes)
            }
        };
        if found.is_empty() {
            return Err("nobody is known who vouches for servers; name a file with --tls-trust".to_owned());
        }
        Ok(found.iter().map(|c| Certificate::from_der(c).to_owned()).collect())
    }
}

impl Transport for AcmeHttp {
    fn get(&mut self, url: &str, head: bool) -> Result<Reply, String> {
        let (agent, uri) = self.agent(url)?;
        let sent = if head { agent.head(&uri).call() } else { agent.get(&uri).call() };
        reply(sent.map_err(|e| told(&e, &uri))?, &uri)
    }

    fn post(&mut self, url: &str, body: &[u8]) -> Result<Reply, String> {
        let (agent, uri) = self.agent(url)?;
        let sent = agent.post(&uri).header("content-type", "application/jose+json").send(body);
        reply(sent.map_err(|e| told(&e, &uri))?, &uri)
    }
}

fn reply(mut response: Response<Body>, uri: &Uri) -> Result<Reply, String> {
    let status = response.status().as_u16();
    let text = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
        Some((name.as_str().to_ascii_lowercase(), value.to_str().ok()?.to_owned()))
    };
    let headers = response.headers().iter().filter_map(text).collect();
    let body = response.body_mut().with_config().limit(MAX_BODY).read_to_vec().map_err(|e| told(&e, uri))?;
    Ok(Reply { status, headers, body })
}

fn told(error: &ureq::Error, uri: &Uri) -> String {
    let host = uri.host().unwrap_or_default();
    match error {
        ureq::Error::Timeout(_) => format!("{host} did not answer in time"),
        // By TLS it comes as an error of reading.
        ureq::Error::Io(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => {
            format!("{host} did not answer in time")
        }
        ureq::Error::HostNotFound => format!("{host} is unknown"),
        ureq::Error::BodyExceedsLimit(_) => format!("{host} answers more than {MAX_BODY} octets"),
        other => format!("{host}: {other}"),
    }
}

/// The system's resolver; without TLS its answers have to be of this machine, whatever the name was.
#[derive(Debug)]
struct Near {
    secure: bool,
    system: DefaultResolver,
}

impl Resolver for Near {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.system.resolve(uri, config, timeout)?;
        if self.secure || found.iter().all(|address| address.ip().is_loopback()) {
            return Ok(found);
        }
        Err(ureq::Error::Other("without TLS (http://) it may be a server of this machine alone".into()))
    }
}

const MAX_HEADER: usize = 64 << 10;
/// Octets of an answer; a chain of certificates has a few thousand.
const MAX_BODY: u64 = 1 << 20;
