//! What a time-stamping authority signs (RFC 3161 §2.4.2, RFC 5816).

use crate::algorithm::AlgorithmIdentifier;
use crate::der::{Element, Reader, Tag, Writer};
use crate::error::{Error, Result};
use crate::oid::Oid;
use crate::time::Time;
use crate::x509::{self, Extension, GeneralName};

/// The content of a time-stamp token.
///
/// ```text
/// TSTInfo ::= SEQUENCE { version INTEGER { v1(1) }, policy TSAPolicyId, messageImprint SEQUENCE {
///   hashAlgorithm AlgorithmIdentifier, hashedMessage OCTET STRING }, serialNumber INTEGER, genTime GeneralizedTime,
///   accuracy Accuracy OPTIONAL, ordering BOOLEAN DEFAULT FALSE, nonce INTEGER OPTIONAL, tsa [0] GeneralName OPTIONAL,
///   extensions [1] IMPLICIT Extensions OPTIONAL }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TstInfo {
    /// Under which policy the stamp was made.
    pub policy: Oid,
    /// The digest.
    pub hash: AlgorithmIdentifier,
    /// Its value over what was stamped.
    pub imprint: Vec<u8>,
    /// The contents octets of the stamp's number.
    pub serial: Vec<u8>,
    /// When it was made; fractions of a second are dropped.
    pub gen_time: Time,
    /// How much earlier or later that may have been.
    pub accuracy: Accuracy,
    /// Whether stamps of this authority can be ordered by their time alone.
    pub ordering: bool,
    /// The contents octets of the request's nonce.
    pub nonce: Option<Vec<u8>>,
    /// The authority's name as it gives it.
    pub tsa: Option<GeneralName>,
    /// Every extension; none is known.
    pub extensions: Vec<Extension>,
}

/// A deviation around a time. What is absent is zero, if another part is there (RFC 3161 §2.4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Accuracy {
    /// Seconds.
    pub seconds: u64,
    /// Thousandths of a second, 1 to 999.
    pub millis: u16,
    /// Millionths of a second, 1 to 999.
    pub micros: u16,
}

impl Accuracy {
    /// In whole seconds, rounded up.
    pub fn seconds_up(self) -> u64 {
        self.seconds.saturating_add(u64::from(self.millis > 0 || self.micros > 0))
    }
}

impl TstInfo {
    /// Reads a whole encoding of at most 64 KiB, strictly in DER.
    ///
    /// # Errors
    /// On another version than 1 and whatever is malformed.
    pub fn from_der(bytes: &[u8]) -> Result<TstInfo> {
        if bytes.len() > MAX_TST_INFO {
            return Err(Error::LimitExceeded("TSTInfo"));
        }
        let mut outer = Reader::new(bytes);
        let mut r = outer.sequence()?;
        outer.finish()?;
        if r.uint()? != 1 {
            return Err(Error::Unsupported("version of TSTInfo"));
        }
        let policy = r.oid()?;
        let mut imprint = r.sequence()?;
        let hash = AlgorithmIdentifier::read(&mut imprint)?;
        let hashed = imprint.octet_string()?.to_vec();
        imprint.finish()?;
        let serial = r.integer()?.to_vec();
        let gen_time = gen_time(&r.any()?)?;
        let accuracy = match r.optional(Tag::SEQUENCE)? {
            Some(element) => accuracy(element.reader())?,
            None => Accuracy::default(),
        };
        let ordering = r.peek() == Some(Tag::BOOLEAN) && r.boolean()?;
        let nonce = if r.peek() == Some(Tag::INTEGER) { Some(r.integer()?.to_vec()) } else { None };
        let tsa = match r.optional(Tag::context(0))? {
            Some(explicit) => {
                let mut inner = explicit.reader();
                let name = GeneralName::read(&mut inner)?;
                inner.finish()?;
                Some(name)
            }
            None => None,
        };
        let extensions = match r.optional(Tag::context(1))? {
            Some(list) => x509::read_extensions(list.reader())?.0,
            None => Vec::new(),
        };
        r.finish()?;
        Ok(TstInfo { policy, hash, imprint: hashed, serial, gen_time, accuracy, ordering, nonce, tsa, extensions })
    }
}

/// GeneralizedTime in UTC with or without a fraction of a second, which does not end in zero (RFC 3161 §2.4.2).
fn gen_time(element: &Element<'_>) -> Result<Time> {
    let bad = Error::BadValue("genTime");
    if element.tag != Tag::GENERALIZED_TIME {
        return Err(bad);
    }
    let digits = element.contents.strip_suffix(b"Z").ok_or(bad.clone())?;
    let whole = match digits.iter().position(|octet| *octet == b'.') {
        None => digits,
        Some(dot) => {
            let (whole, fraction) = digits.split_at(dot);
            match fraction.strip_prefix(b".") {
                Some([.., b'0'] | []) | None => return Err(bad),
                Some(fraction) if fraction.len() > 9 || !fraction.iter().all(u8::is_ascii_digit) => return Err(bad),
                Some(_) => whole,
            }
        }
    };
    let contents = [whole, b"Z"].concat();
    Time::from_element(&Element { tag: Tag::GENERALIZED_TIME, contents: &contents, raw: &[] })
}

fn accuracy(mut reader: Reader<'_>) -> Result<Accuracy> {
    let seconds = if reader.peek() == Some(Tag::INTEGER) { reader.uint()? } else { 0 };
    let mut part = |number: u8| match reader.optional(Tag::context_primitive(number))? {
        None => Ok(0),
        Some(element) => {
            let mut w = Writer::new();
            w.integer(element.contents);
            match u16::try_from(Reader::new(w.as_bytes()).uint()?) {
                Ok(value @ 1..=999) => Ok(value),
                _ => Err(Error::BadValue("accuracy")),
            }
        }
    };
    let accuracy = Accuracy { seconds, millis: part(0)?, micros: part(1)? };
    reader.finish()?;
    Ok(accuracy)
}

/// Reads anything as a TSTInfo. For fuzzing.
pub fn fuzz_tsp(bytes: &[u8]) {
    let Ok(info) = TstInfo::from_der(bytes) else { return };
    let _ = info.accuracy.seconds_up();
}

const MAX_TST_INFO: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oids;

    fn sample(time: &[u8], accuracy: &[u8]) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.uint(1).oid(oids::COMMON_NAME);
            w.sequence(|w| {
                AlgorithmIdentifier::new(oids::SHA256).write(w);
                w.octet_string(&[7; 32]);
            });
            w.uint(77).element(Tag::GENERALIZED_TIME, time).raw(accuracy).boolean(true).uint(9);
            w.nested(Tag::context(0), |w| GeneralName::Dns("tsa.example".into()).write(w));
        });
        w.into_bytes()
    }

    #[test]
    fn reads_every_field() {
        let info = TstInfo::from_der(&sample(b"20261123100000.25Z", &[0x30, 6, 2, 1, 1, 0x80, 1, 5])).unwrap();
        assert_eq!((info.gen_time, info.imprint.len(), info.serial.as_slice()), (Time(1_795_428_000), 32, &[77][..]));
        assert_eq!(info.accuracy, Accuracy { seconds: 1, millis: 5, micros: 0 });
        assert_eq!(info.accuracy.seconds_up(), 2);
        assert!(info.ordering && info.nonce.as_deref() == Some(&[9]) && info.tsa.is_some());
    }

    #[test]
    fn refuses_times_and_accuracies_that_are_none() {
        for time in [&b"20261123100000.20Z"[..], b"20261123100000.Z", b"20261123100000", b"20261123100000.2x5Z"] {
            assert!(TstInfo::from_der(&sample(time, &[])).is_err(), "{time:?}");
        }
        assert!(TstInfo::from_der(&sample(b"20261123100000Z", &[0x30, 3, 0x80, 1, 0])).is_err());
        assert!(TstInfo::from_der(&sample(b"20261123100000Z", &[0x30, 4, 0x80, 2, 0x03, 0xe8])).is_err());
    }

    #[test]
    fn truncations_and_bit_flips_do_no_harm() {
        let whole = sample(b"20261123100000Z", &[]);
        for end in 0..whole.len() {
            assert!(TstInfo::from_der(&whole[..end]).is_err());
        }
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut other = whole.clone();
                other[at] ^= 1 << bit;
                fuzz_tsp(&other);
            }
        }
    }
}
