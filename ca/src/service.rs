//! Where an authority publishes: CRL, OCSP (RFC 6960 appendix A), its own certificate (RFC 5280 section 4.2.2.1).

/// Where an authority publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    base: String,
}

impl Service {
    /// From the address that certificates will carry: `http://`, a host, perhaps a port and a path. By https nobody could ask
    /// about the certificate of the server itself, and the S/MIME Baseline Requirements want http (section 7.1.2.3 (b)).
    pub fn at(base: &str) -> Option<Service> {
        let rest = base.strip_prefix("http://")?;
        let sound = |c: char| c.is_ascii_alphanumeric() || "-._~:/[]".contains(c);
        let fits = !rest.is_empty() && !rest.starts_with('/') && rest.len() <= 200 && rest.chars().all(sound);
        fits.then(|| Service { base: base.trim_end_matches('/').to_owned() })
    }

    /// The address itself, without a slash at its end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Where the CRL is.
    pub fn crl(&self) -> String {
        format!("{}{CRL}", self.base)
    }

    /// Where OCSP is answered.
    pub fn ocsp(&self) -> String {
        format!("{}{OCSP}", self.base)
    }

    /// Where the authority's certificate is.
    pub fn certificate(&self) -> String {
        format!("{}{CERTIFICATE}", self.base)
    }

    /// Where the CRL of the root is, if the authority is not one itself.
    pub fn root_crl(&self) -> String {
        format!("{}{ROOT_CRL}", self.base)
    }

    /// Where the root's certificate is.
    pub fn root_certificate(&self) -> String {
        format!("{}{ROOT_CERTIFICATE}", self.base)
    }

    /// The path that `base` begins with, which a proxy in front may have taken off or left.
    pub(crate) fn path(&self) -> &str {
        let rest = self.base.strip_prefix("http://").unwrap_or_default();
        rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default()
    }
}

/// Paths below the service's address.
pub(crate) const CRL: &str = "/ca.crl";
pub(crate) const CERTIFICATE: &str = "/ca.cer";
pub(crate) const OCSP: &str = "/ocsp";
pub(crate) const ROOT_CRL: &str = "/root.crl";
pub(crate) const ROOT_CERTIFICATE: &str = "/root.cer";
