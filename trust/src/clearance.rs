//! Security labels that one is cleared for (RFC 2634 §3): which policies, up to which classification, which categories.

use std::fmt;
use std::str::FromStr;

use wire::Oid;

use crate::error::Error;
use crate::mailbox::Address;

/// What one may see of what a security policy labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clearance {
    /// The policy whose labels it is for.
    pub policy: Oid,
    /// Which classifications.
    pub levels: Levels,
    /// Which types of categories; `None` is whatever a label has.
    pub categories: Option<Vec<Oid>>,
    /// Who is trusted to translate the labels of other policies into this one (RFC 2634 §3.4.2).
    pub translators: Vec<Address>,
}

/// Which classifications of a policy one is cleared for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Levels {
    /// Every one.
    All,
    /// This number and those below it: the basic hierarchy of X.411 is in ascending order.
    UpTo(u16),
    /// These numbers, for a policy whose hierarchy is not in their order (RFC 2634 §3.3.2).
    Listed(Vec<u16>),
}

/// Why a label is not one that one is cleared for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotCleared {
    /// The classification is not among those allowed.
    #[error("its classification is beyond what one is cleared for")]
    Classification,
    /// A category is not among those allowed.
    #[error("it has the category {0}, which one is not cleared for")]
    Category(Oid),
}

impl Clearance {
    /// For whatever this policy labels.
    pub fn all(policy: Oid) -> Clearance {
        Clearance { policy, levels: Levels::All, categories: None, translators: Vec::new() }
    }

    /// Whether a label of this policy may be seen. A label without a classification is one of `unmarked`.
    ///
    /// # Errors
    /// [`NotCleared`] with what is beyond it.
    pub fn permits(&self, classification: Option<u64>, categories: &[Oid]) -> Result<(), NotCleared> {
        let level = classification.unwrap_or(0);
        let within = match &self.levels {
            Levels::All => true,
            Levels::UpTo(highest) => level <= u64::from(*highest),
            Levels::Listed(levels) => levels.iter().any(|listed| u64::from(*listed) == level),
        };
        if !within {
            return Err(NotCleared::Classification);
        }
        let Some(allowed) = &self.categories else { return Ok(()) };
        match categories.iter().find(|category| !allowed.contains(category)) {
            Some(category) => Err(NotCleared::Category(*category)),
            None => Ok(()),
        }
    }
}

/// In words: `1.2.3 up to confidential, of the categories 1.2.4, as translated by guard@example.org`.
impl fmt::Display for Clearance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |level: u16| classification_word(level.into()).map_or_else(|| level.to_string(), str::to_owned);
        let all = |list: &mut dyn Iterator<Item = String>| list.collect::<Vec<_>>().join(", ");
        write!(f, "{}", self.policy)?;
        match &self.levels {
            Levels::All => {}
            Levels::UpTo(highest) => write!(f, " up to {}", word(*highest))?,
            Levels::Listed(levels) => write!(f, " if {}", all(&mut levels.iter().map(|level| word(*level))))?,
        }
        match self.categories.as_deref() {
            None => {}
            Some([]) => f.write_str(", without categories")?,
            Some(list) => write!(f, ", of the categories {}", all(&mut list.iter().map(ToString::to_string)))?,
        }
        if !self.translators.is_empty() {
            write!(f, ", as translated by {}", all(&mut self.translators.iter().map(ToString::to_string)))?;
        }
        Ok(())
    }
}

/// A policy, or a policy and its highest classification: `1.2.3` or `1.2.3=confidential`, of any categories.
impl FromStr for Clearance {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (policy, highest) = match text.split_once('=') {
            Some((policy, highest)) => (policy, Some(highest)),
            None => (text, None),
        };
        let policy = policy.parse().map_err(|_| Error::LabelPolicy)?;
        let levels = match highest {
            Some(highest) => Levels::UpTo(classification(highest).ok_or(Error::Classification)?),
            None => Levels::All,
        };
        Ok(Clearance { levels, ..Clearance::all(policy) })
    }
}

/// A classification by its word in X.411, or its number from 0 to 256 (RFC 2634 §3.2).
pub(crate) fn classification(text: &str) -> Option<u16> {
    let known = CLASSIFICATIONS.iter().position(|word| *word == text).and_then(|at| u16::try_from(at).ok());
    let number = || text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    known.or_else(number).filter(|number| *number <= MAX_CLASSIFICATION)
}

/// The word of X.411 for a classification, where it has one (RFC 2634 §3.2).
pub fn classification_word(number: u64) -> Option<&'static str> {
    usize::try_from(number).ok().and_then(|at| CLASSIFICATIONS.get(at)).copied()
}

/// By their numbers.
const CLASSIFICATIONS: [&str; 6] = ["unmarked", "unclassified", "restricted", "confidential", "secret", "top secret"];
/// ub-integer-options.
pub(crate) const MAX_CLASSIFICATION: u16 = 256;

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "1.2.3.4";

    fn category(last: u8) -> Oid {
        format!("1.2.3.5.{last}").parse().unwrap()
    }

    #[test]
    fn ess_04_labels_are_compared_with_a_clearance() {
        let up_to: Clearance = "1.2.3.4=confidential".parse().unwrap();
        assert_eq!((up_to.policy, &up_to.levels), (POLICY.parse().unwrap(), &Levels::UpTo(3)));
        for (level, permitted) in [(None, true), (Some(0), true), (Some(3), true), (Some(4), false), (Some(256), false)]
        {
            assert_eq!(up_to.permits(level, &[]).is_ok(), permitted, "{level:?}");
        }
        // RFC 2634 §3.3.2: 11 is below 5 in the Defense Message System.
        let listed = Clearance { levels: Levels::Listed(vec![1, 11]), ..up_to.clone() };
        for (level, permitted) in [(Some(1), true), (Some(11), true), (Some(5), false), (None, false)] {
            assert_eq!(listed.permits(level, &[]).is_ok(), permitted, "{level:?}");
        }
        let some = Clearance { categories: Some(vec![category(1), category(2)]), ..up_to.clone() };
        assert_eq!(some.permits(Some(1), &[category(2), category(1)]), Ok(()));
        assert_eq!(some.permits(Some(1), &[category(1), category(3)]), Err(NotCleared::Category(category(3))));
        assert_eq!(some.permits(Some(4), &[]), Err(NotCleared::Classification));
        assert_eq!(up_to.permits(Some(1), &[category(9)]), Ok(()));
        assert_eq!(Clearance::all(up_to.policy).permits(Some(256), &[category(9)]), Ok(()));
        assert_eq!(some.to_string(), "1.2.3.4 up to confidential, of the categories 1.2.3.5.1, 1.2.3.5.2");
        let translators = vec![Address::parse("guard@example.org").unwrap()];
        let listed = Clearance { categories: Some(Vec::new()), translators, ..listed };
        let words = "1.2.3.4 if unclassified, 11, without categories, as translated by guard@example.org";
        assert_eq!(listed.to_string(), words);
    }

    #[test]
    fn ess_04_clearances_are_read_as_they_are_written() {
        assert_eq!(POLICY.parse::<Clearance>().unwrap(), Clearance::all(POLICY.parse().unwrap()));
        let number: Clearance = "1.2.3.4=256".parse().unwrap();
        assert_eq!(number.levels, Levels::UpTo(256));
        assert_eq!("1.2.3.4=top secret".parse::<Clearance>().unwrap().levels, Levels::UpTo(5));
        for (wrong, why) in [
            ("", Error::LabelPolicy),
            ("acme", Error::LabelPolicy),
            ("=1", Error::LabelPolicy),
            ("1.2.3=", Error::Classification),
            ("1.2.3=257", Error::Classification),
            ("1.2.3=-1", Error::Classification),
            ("1.2.3=+1", Error::Classification),
            ("1.2.3=Secret", Error::Classification),
        ] {
            assert_eq!(wrong.parse::<Clearance>(), Err(why), "{wrong}");
        }
        assert_eq!([classification_word(4), classification_word(6)], [Some("secret"), None]);
    }
}
