//! What one file says of certificates.

use wire::Certificate;

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub trusted: Vec<Certificate>,
    pub distrusted: Vec<Certificate>,
}
