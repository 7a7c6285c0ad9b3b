//! What is asked for, and how much of it there may be.

/// What a URL should lead to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// A certificate revocation list.
    Crl,
    /// Certificates of an issuer.
    Issuer,
    /// Somebody's certificates.
    Person,
    /// The answer to this OCSP request, DER.
    Ocsp(Vec<u8>),
}

impl Wanted {
    /// The most octets that an answer may have.
    pub(crate) fn limit(&self) -> u64 {
        match self {
            Wanted::Crl => 20 << 20,
            Wanted::Issuer | Wanted::Ocsp(_) => 64 << 10,
            Wanted::Person => 128 << 10,
        }
    }
}

/// Seconds for one request with its redirects.
pub(crate) const SECONDS: u64 = 5;
