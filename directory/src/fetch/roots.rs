//! Who vouches for https and ldaps servers: the system's bundle for servers. What is fetched proves itself by its own
//! signature; TLS only hides what is asked from others.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;

/// The certificates of the bundle; none where the system has no such file, and then no TLS server is believed.
pub(crate) fn server_roots() -> Vec<CertificateDer<'static>> {
    let named = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let usual = BUNDLES.iter().map(PathBuf::from);
    let found = named.map_or_else(|| usual.clone().find(|path| path.is_file()), Some);
    let Some(bytes) = found.and_then(|path| std::fs::read(path).ok()) else { return Vec::new() };
    let blocks = wire::pem::parse(&bytes).unwrap_or_default();
    blocks.into_iter().filter(|b| b.label == "CERTIFICATE").map(|b| b.contents.to_vec().into()).collect()
}

/// The algorithms of TLS, from the library that does all others here.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
