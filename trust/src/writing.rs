//! How boldly mail is written while nobody can be asked what they read (standards.md §14).

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// What to do where recipients differ, or nothing is known of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum WritingProfile {
    /// What every receiver reads, unless all of them are known to read better.
    #[default]
    Compat,
    /// A cipher that authenticates and OAEP for everybody; who is known not to read that is refused.
    Strict,
    /// As `compat`, and to the post-quantum key alone of whoever has one; who has none is told.
    PqPreferred,
    /// Post-quantum keys alone; who has none is refused.
    PqRequired,
}

impl WritingProfile {
    /// All four, from the most patient to the strictest.
    pub const ALL: [WritingProfile; 4] =
        [WritingProfile::Compat, WritingProfile::Strict, WritingProfile::PqPreferred, WritingProfile::PqRequired];

    /// The word that command line, TOML and reports have for it.
    pub const fn word(self) -> &'static str {
        match self {
            WritingProfile::Compat => "compat",
            WritingProfile::Strict => "strict",
            WritingProfile::PqPreferred => "pq-preferred",
            WritingProfile::PqRequired => "pq-required",
        }
    }
}

impl fmt::Display for WritingProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for WritingProfile {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        WritingProfile::ALL.into_iter().find(|p| p.word() == text).ok_or(Error::UnknownProfile)
    }
}
