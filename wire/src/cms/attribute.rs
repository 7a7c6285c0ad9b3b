//! Attributes (RFC 5652 §5.3, §11).

use std::borrow::Cow;

use crate::ber;
use crate::der::{self, Reader, Tag, Writer};
use crate::error::{Error, Result};
use crate::oid::Oid;

/// One attribute.
///
/// ```text
/// Attribute ::= SEQUENCE { attrType OBJECT IDENTIFIER, attrValues SET OF AttributeValue }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// What it says.
    pub oid: Oid,
    /// The whole encoding of each value.
    pub values: Vec<Vec<u8>>,
}

impl Attribute {
    /// An attribute with one value, already encoded.
    pub fn new(oid: Oid, value: Vec<u8>) -> Self {
        Attribute { oid, values: vec![value] }
    }

    /// Reads the next element of `reader`.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let mut inner = reader.sequence()?;
        let oid = inner.oid()?;
        let mut set = inner.set()?;
        let mut values = Vec::new();
        while !set.is_empty() {
            if values.len() >= MAX_ATTRIBUTES {
                return Err(Error::LimitExceeded("attribute values"));
            }
            values.push(set.any()?.raw.to_vec());
        }
        inner.finish()?;
        Ok(Attribute { oid, values })
    }

    /// Reads the contents of a SET OF Attribute, at most 64 of them.
    pub fn read_set(mut set: Reader<'_>) -> Result<Vec<Self>> {
        let mut list = Vec::new();
        while !set.is_empty() {
            if list.len() >= MAX_ATTRIBUTES {
                return Err(Error::LimitExceeded("attributes"));
            }
            list.push(Attribute::read(&mut set)?);
        }
        Ok(list)
    }

    /// The DER encoding.
    pub fn to_der(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.oid(self.oid).set_of(Tag::SET, self.values.iter().collect());
        });
        w.into_bytes()
    }
}

/// The signed (or authenticated) attributes, with the bytes that are signed: their DER encoding under
/// the universal SET OF tag, whatever tag and form they arrived in (RFC 5652 §5.4, RFC 5083 §2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedAttributes {
    der: Vec<u8>,
    list: Vec<Attribute>,
}

impl SignedAttributes {
    /// From attributes to be signed.
    pub fn new(list: Vec<Attribute>) -> Self {
        let mut w = Writer::new();
        w.set_of(Tag::SET, list.iter().map(Attribute::to_der).collect());
        SignedAttributes { der: w.into_bytes(), list }
    }

    /// From one whole BER element of any tag that holds them (at most 64 attributes, 64 KiB).
    pub fn from_ber(raw: &[u8]) -> Result<Self> {
        if raw.len() > MAX_ATTRIBUTES_LENGTH {
            return Err(Error::LimitExceeded("attributes"));
        }
        SignedAttributes::from_definite(ber::to_definite(raw)?)
    }

    /// From one whole element in which every length is definite and minimal.
    pub(super) fn from_definite(definite: Cow<'_, [u8]>) -> Result<Self> {
        if definite.len() > MAX_ATTRIBUTES_LENGTH {
            return Err(Error::LimitExceeded("attributes"));
        }
        let set = der::one(&definite)?;
        let list = Attribute::read_set(set.reader())?;
        if list.is_empty() {
            return Err(Error::BadValue("attributes")); // SET SIZE (1..MAX)
        }
        let mut elements = Vec::with_capacity(list.len());
        let mut reader = set.reader();
        while !reader.is_empty() {
            elements.push(reader.any()?.raw);
        }
        let mut der = if elements.is_sorted() {
            definite.into_owned() // as most arrive
        } else {
            let mut w = Writer::new();
            w.set_of(Tag::SET, elements);
            w.into_bytes()
        };
        if let Some(tag) = der.first_mut() {
            *tag = Tag::SET.0;
        }
        Ok(SignedAttributes { der, list })
    }

    /// What is signed or authenticated.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The DER encoding under the tag that their place in the message gives them.
    pub fn der_tagged(&self, tag: Tag) -> Vec<u8> {
        let mut tagged = self.der.clone();
        if let Some(first) = tagged.first_mut() {
            *first = tag.0;
        }
        tagged
    }

    /// The attributes in the order they arrived.
    pub fn list(&self) -> &[Attribute] {
        &self.list
    }

    /// Every attribute of this kind.
    pub fn all(&self, oid: Oid) -> impl Iterator<Item = &Attribute> {
        self.list.iter().filter(move |attribute| attribute.oid == oid)
    }

    /// The single value of the only attribute of this kind: `Ok(None)` where there is none.
    ///
    /// # Errors
    /// [`Error::BadValue`] where there are several attributes or not exactly one value, which RFC 5652
    /// §11 forbids for every attribute this library knows.
    pub fn single(&self, oid: Oid) -> Result<Option<&[u8]>> {
        let mut found = self.all(oid);
        match (found.next(), found.next()) {
            (None, _) => Ok(None),
            (Some(Attribute { values, .. }), None) => match values.as_slice() {
                [value] => Ok(Some(value)),
                _ => Err(Error::BadValue("attribute")),
            },
            (Some(_), Some(_)) => Err(Error::BadValue("attribute")),
        }
    }
}

/// Attributes of one signer (standards.md §19).
const MAX_ATTRIBUTES: usize = 64;
/// Octets of one signer's attributes (standards.md §19).
const MAX_ATTRIBUTES_LENGTH: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oids;

    fn sample() -> Vec<Attribute> {
        vec![
            Attribute::new(oids::MESSAGE_DIGEST, vec![4, 2, 1, 2]),
            Attribute::new(oids::CONTENT_TYPE, [6, 9].iter().chain(oids::DATA.contents()).copied().collect()),
        ]
    }

    #[test]
    fn cms_02_signed_bytes_carry_the_set_tag() {
        let made = SignedAttributes::new(sample());
        assert_eq!(made.der()[0], 0x31);
        let arrived = made.der_tagged(Tag::context(0));
        assert_eq!(arrived[0], 0xa0);
        let read = SignedAttributes::from_ber(&arrived).unwrap();
        assert_eq!(read.der(), made.der());
    }

    #[test]
    fn cms_01_ber_and_unsorted_attributes_are_signed_as_der() {
        let made = SignedAttributes::new(sample());
        let mut indefinite = vec![0xa0, 0x80];
        for attribute in sample() {
            indefinite.extend(attribute.to_der()); // unsorted: the digest comes first
        }
        indefinite.extend([0, 0]);
        assert_eq!(SignedAttributes::from_ber(&indefinite).unwrap().der(), made.der());
    }

    #[test]
    fn cms_06_one_attribute_one_value() {
        let mut twice = sample();
        twice.push(Attribute::new(oids::MESSAGE_DIGEST, vec![4, 2, 3, 4]));
        assert!(SignedAttributes::new(twice).single(oids::MESSAGE_DIGEST).is_err());
        let two_values = vec![Attribute { oid: oids::MESSAGE_DIGEST, values: vec![vec![4, 1, 1], vec![4, 1, 2]] }];
        assert!(SignedAttributes::new(two_values).single(oids::MESSAGE_DIGEST).is_err());
        let empty = vec![Attribute { oid: oids::MESSAGE_DIGEST, values: vec![] }];
        assert!(SignedAttributes::new(empty).single(oids::MESSAGE_DIGEST).is_err());
        assert_eq!(SignedAttributes::new(sample()).single(oids::SIGNING_TIME), Ok(None));
    }

    #[test]
    fn cms_12_attributes_are_counted() {
        let many = vec![sample()[0].clone(); 65];
        assert!(SignedAttributes::from_ber(SignedAttributes::new(many).der()).is_err());
    }

    /// As many and as long as they may be, in the worst order: each differs from the next in its last octets alone.
    #[test]
    fn cms_12_sorting_is_bounded_work() {
        let one = |number: usize, octets: usize| {
            let value = [vec![0; octets - 8], number.to_be_bytes().to_vec()].concat();
            let mut w = Writer::new();
            w.octet_string(&value);
            Attribute::new(oids::MESSAGE_DIGEST, w.into_bytes()).to_der()
        };
        let backwards = |count: usize, octets: usize| {
            let mut w = Writer::new();
            w.element(Tag::SET, &(0..count).rev().map(|number| one(number, octets)).collect::<Vec<_>>().concat());
            w.into_bytes()
        };
        let longest = backwards(64, 1000);
        assert!((MAX_ATTRIBUTES_LENGTH - 64..=MAX_ATTRIBUTES_LENGTH).contains(&longest.len()), "{}", longest.len());
        let read = SignedAttributes::from_ber(&longest).unwrap();
        let mut sorted = Writer::new();
        sorted.element(Tag::SET, &(0..64).map(|number| one(number, 1000)).collect::<Vec<_>>().concat());
        assert_eq!(read.der(), sorted.as_bytes());
        assert_eq!(SignedAttributes::from_ber(&backwards(65, 900)), Err(Error::LimitExceeded("attributes")));
        assert_eq!(SignedAttributes::from_ber(&backwards(64, 1001)), Err(Error::LimitExceeded("attributes")));
        // What is sorted without a count of its own: a sort that compares each with each would not end here.
        let elements: Vec<Vec<u8>> = (0..300_000).rev().map(|number| one(number, 100)).collect();
        Writer::new().set_of(Tag::SET, elements);
    }
}
