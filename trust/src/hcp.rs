//! What of a mail's header an encrypted mail shows outside (RFC 9788 section 3.2).

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// A Header Confidentiality Policy of RFC 9788 section 3.2. The third one that is registered there hides nothing, and
/// may be nobody's default; it is not offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum HeaderConfidentiality {
    /// `hcp_baseline`: the subject is hidden, Comments and Keywords are left out.
    #[default]
    Baseline,
    /// `hcp_shy`: names beside addresses and the sender's time zone too.
    Shy,
}

impl HeaderConfidentiality {
    /// Both, the one that hides less first.
    pub const ALL: [HeaderConfidentiality; 2] = [HeaderConfidentiality::Baseline, HeaderConfidentiality::Shy];

    /// The word that command line, TOML and reports have for it.
    pub const fn word(self) -> &'static str {
        match self {
            HeaderConfidentiality::Baseline => "baseline",
            HeaderConfidentiality::Shy => "shy",
        }
    }
}

impl fmt::Display for HeaderConfidentiality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for HeaderConfidentiality {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        HeaderConfidentiality::ALL.into_iter().find(|p| p.word() == text).ok_or(Error::UnknownHeaderConfidentiality)
    }
}
