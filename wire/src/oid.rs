//! OBJECT IDENTIFIER (X.690 §8.19).

use std::fmt;
use std::str::FromStr;

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
        let length = u8::try_from(contents.len()).map_err(|_| Error::LimitExceeded("OBJECT IDENTIFIER"))?;
        let mut octets = [0; MAX_OCTETS];
        let (mut starts_arc, mut padded) = (true, false);
        // Copied by the loop that looks at each: so few octets are not worth a call.
        for (to, b) in octets.iter_mut().zip(contents) {
            *to = *b;
            padded |= starts_arc & (*b == 0x80);
            starts_arc = b & 0x80 == 0;
        }
        if contents.is_empty() || padded || !starts_arc {
            return Err(Error::BadValue("OBJECT IDENTIFIER"));
        }
        Ok(Oid { length, octets })
    }

    /// The contents octets.
    pub fn contents(&self) -> &[u8] {
        self.octets.get(..usize::from(self.length)).unwrap_or_default()
    }
}

/// From dotted decimal, such as `1.2.840.113549`: at least two arcs (X.660 §7.6), at most 31 octets when encoded.
impl FromStr for Oid {
    type Err = Error;

    fn from_str(text: &str) -> Result<Oid> {
        const BAD: Error = Error::BadValue("OBJECT IDENTIFIER");
        let digits = |arc: &&str| !arc.is_empty() && arc.bytes().all(|b| b.is_ascii_digit());
        let arc = |arc: &str| Some(arc).filter(digits).and_then(|arc| arc.parse::<u128>().ok()).ok_or(BAD);
        let mut arcs = text.split('.');
        let root = arc(arcs.next().ok_or(BAD)?)?;
        let second = arc(arcs.next().ok_or(BAD)?)?;
        if root > 2 || (root < 2 && second > 39) {
            return Err(BAD);
        }
        let first = (root * 40).checked_add(second).ok_or(BAD)?;
        let mut contents = Vec::new();
        for value in std::iter::once(Ok(first)).chain(arcs.map(arc)) {
            let value = value?;
            let more = (u128::BITS - value.leading_zeros()).saturating_sub(1) / 7;
            contents.extend((1..=more).rev().map(|at| 0x80 | low_bits(value >> (7 * at))));
            contents.push(low_bits(value));
        }
        Oid::from_contents(&contents)
    }
}

/// The last seven.
fn low_bits(value: u128) -> u8 {
    u8::try_from(value & 0x7f).unwrap_or_default()
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
    fn reads_dotted_decimal() {
        for text in ["2.16.840.1.101.3.4.2.1", "1.3.133.16.840.63.0.2", "0.0", "1.39", "2.999.3", "2.5.4.128.16384"] {
            assert_eq!(text.parse::<Oid>().map(|oid| oid.to_string()).as_deref(), Ok(text));
        }
        assert_eq!("2.999.3".parse::<Oid>().unwrap().contents(), [0x88, 0x37, 3]);
        for text in ["", "1", "1.", ".1", "1.40", "3.1", "1.2.-3", "1.2. 3", "1.2.+3", "1.2.x", "1.2..3"] {
            assert!(text.parse::<Oid>().is_err(), "{text}");
        }
        assert!(format!("1.2.{}0", u128::MAX).parse::<Oid>().is_err());
        assert!(format!("1.2{}", ".1".repeat(40)).parse::<Oid>().is_err());
    }

    #[test]
    fn refuses_cut_and_padded_arcs() {
        assert!(Oid::from_contents(&[]).is_err());
        assert!(Oid::from_contents(&[0x2a, 0x86]).is_err());
        assert!(Oid::from_contents(&[0x2a, 0x80, 0x01]).is_err());
        assert!(Oid::from_contents(&[1; 32]).is_err());
    }
}
