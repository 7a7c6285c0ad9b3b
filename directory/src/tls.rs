//! TLS as a client: who vouches for servers, by which algorithms. What is fetched proves itself by its own signature, and
//! TLS only hides what is asked from others; for what is sent it is all that keeps the password.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

/// The certificates of the bundle; none where the system has no such file, and then no TLS server is believed.
pub(crate) fn server_roots() -> Vec<CertificateDer<'static>> {
    let named = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let usual = BUNDLES.iter().map(PathBuf::from);
    let found = named.map_or_else(|| usual.clone().find(|path| path.is_file()), Some);
    found.and_then(|path| std::fs::read(path).ok()).map(|bytes| certificates(&bytes)).unwrap_or_default()
}

/// The certificates of a file of PEM.
pub(crate) fn certificates(bytes: &[u8]) -> Vec<CertificateDer<'static>> {
    let blocks = wire::pem::parse(bytes).unwrap_or_default();
    blocks.into_iter().filter(|b| b.label == "CERTIFICATE").map(|b| b.contents.to_vec().into()).collect()
}

/// The algorithms of TLS, from the library that does all others here.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// The client's side of a session with a host, for whom these have to vouch; `Err` says in words what is wrong.
pub(crate) fn client(host: &str, anchors: Vec<CertificateDer<'static>>) -> Result<ClientConnection, String> {
    let mut trusted = RootCertStore::empty();
    trusted.add_parsable_certificates(anchors);
    let config = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let config = config.map_err(|e| e.to_string())?.with_root_certificates(trusted).with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|e| e.to_string())?;
    ClientConnection::new(Arc::new(config), name).map_err(|e| e.to_string())
}

const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
