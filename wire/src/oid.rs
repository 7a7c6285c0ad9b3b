//! OBJECT IDENTIFIER (X.690 §8.19).

use std::fmt;

use crate::error::{Error, Result};

/// An object identifier, held as its contents octets without allocation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Oid {
    length: u8,
    octets: [u8; MAX_OCTETS],
}

impl Oid {
    /// From contents octets known when compiling; longer ones than 31 octets do not compile.
    pub(crate) const fn new(contents: &[u8]) -> Oid {
        assert!(contents.len() <= MAX_OCTETS);
        let mut octets = [0; MAX_OCTETS];
        let (head, _) = octets.split_at_mut(contents.len());
        head.copy_from_slice(contents);
        #[allow(clippy::as_conversions)] // bounded by the assertion above; try_from is not const
        let length = contents.len() as u8;
        Oid { length, octets }
    }

    /// From contents octets that were read: whole, minimal arcs, at most 31 octets.
    pub fn from_contents(contents: &[u8]) -> Result<Oid> {
        if contents.len() > MAX_OCTETS {
            return Err(Error::LimitExceeded("OBJECT IDENTIFIER"));
        }
        let mut starts_arc = true;
        for b in contents {
            if starts_arc && *b == 0x80 {
                return Err(Error::BadValue("OBJECT IDENTIFIER"));
            }
            starts_arc = b & 0x80 == 0;
        }
        if contents.is_empty() || !starts_arc {
            return Err(Error::BadValue("OBJECT IDENTIFIER"));
        }
        Ok(Oid::new(contents))
    }

    /// The contents octets.
    pub fn contents(&self) -> &[u8] {
        self.octets.get(..usize::from(self.length)).unwrap_or_default()
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc: u128 = 0;
        let mut first = true;
        for b in self.contents() {
            // 31 octets of seven bits can overflow; such an arc is shown saturated.
            arc = arc.saturating_mul(128).saturating_add(u128::from(b & 0x7f));
            if b & 0x80 != 0 {
                continue;
            }
            if first {
                let root = (arc / 40).min(2);
                write!(f, "{root}.{}", arc - root * 40)?;
            } else {
                write!(f, ".{arc}")?;
            }
            first = false;
            arc = 0;
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

const MAX_OCTETS: usize = 31;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_dotted_decimal() {
        let shown = |contents: &[u8]| Oid::from_contents(contents).unwrap().to_string();
        assert_eq!(shown(&[96, 134, 72, 1, 101, 3, 4, 2, 1]), "2.16.840.1.101.3.4.2.1");
        assert_eq!(shown(&[43, 129, 5, 16, 134, 72, 63, 0, 2]), "1.3.133.16.840.63.0.2");
    }

    #[test]
    fn refuses_cut_and_padded_arcs() {
        assert!(Oid::from_contents(&[]).is_err());
        assert!(Oid::from_contents(&[0x2a, 0x86]).is_err());
        assert!(Oid::from_contents(&[0x2a, 0x80, 0x01]).is_err());
        assert!(Oid::from_contents(&[1; 32]).is_err());
    }
}
