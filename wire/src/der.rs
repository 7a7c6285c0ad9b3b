//! DER on slices: a reader that borrows and a writer that grows a buffer (X.690 §8, §10).
//!
//! Everything here is held in memory and bounded by its slice; what can be large goes through
//! [`crate::ber`].

use crate::error::{Error, Result};
use crate::oid::Oid;

/// An identifier octet (X.690 §8.1.2), low-tag-number form only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(pub u8);

impl Tag {
    /// BOOLEAN.
    pub const BOOLEAN: Tag = Tag(0x01);
    /// INTEGER.
    pub const INTEGER: Tag = Tag(0x02);
    /// BIT STRING.
    pub const BIT_STRING: Tag = Tag(0x03);
    /// OCTET STRING, primitive.
    pub const OCTET_STRING: Tag = Tag(0x04);
    /// NULL.
    pub const NULL: Tag = Tag(0x05);
    /// OBJECT IDENTIFIER.
    pub const OID: Tag = Tag(0x06);
    /// ENUMERATED.
    pub const ENUMERATED: Tag = Tag(0x0a);
    /// UTF8String.
    pub const UTF8_STRING: Tag = Tag(0x0c);
    /// SEQUENCE and SEQUENCE OF.
    pub const SEQUENCE: Tag = Tag(0x30);
    /// SET and SET OF.
    pub const SET: Tag = Tag(0x31);
    /// PrintableString.
    pub const PRINTABLE_STRING: Tag = Tag(0x13);
    /// TeletexString.
    pub const TELETEX_STRING: Tag = Tag(0x14);
    /// IA5String.
    pub const IA5_STRING: Tag = Tag(0x16);
    /// UTCTime.
    pub const UTC_TIME: Tag = Tag(0x17);
    /// GeneralizedTime.
    pub const GENERALIZED_TIME: Tag = Tag(0x18);
    /// UniversalString.
    pub const UNIVERSAL_STRING: Tag = Tag(0x1c);
    /// BMPString.
    pub const BMP_STRING: Tag = Tag(0x1e);

    /// `[n]` constructed: EXPLICIT tagging, or IMPLICIT over a constructed type.
    pub const fn context(n: u8) -> Tag {
        Tag(0xa0 | n)
    }

    /// `[n]` primitive: IMPLICIT over a primitive type.
    pub const fn context_primitive(n: u8) -> Tag {
        Tag(0x80 | n)
    }

    /// Whether the encoding is constructed (bit 6).
    pub const fn is_constructed(self) -> bool {
        self.0 & 0x20 != 0
    }
}

/// One element: tag, contents, and the whole encoding as it arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// The identifier octet.
    pub tag: Tag,
    /// The contents octets.
    pub contents: &'a [u8],
    /// Identifier, length and contents octets.
    pub raw: &'a [u8],
}

impl<'a> Element<'a> {
    /// A reader over the contents.
    pub fn reader(&self) -> Reader<'a> {
        Reader::new(self.contents)
    }
}

/// A pull reader over a slice of definite-length elements. It accepts lengths that are longer than
/// DER's minimal form only when made by [`Reader::lenient`].
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
    strict: bool,
}

impl<'a> Reader<'a> {
    /// Reads DER: minimal definite lengths.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes, strict: true }
    }

    /// Reads definite-length BER: lengths need not be minimal.
    #[inline]
    pub fn lenient(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes, strict: false }
    }

    /// Whether everything was read.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is still unread.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The tag of the next element, `None` at the end.
    #[inline]
    pub fn peek(&self) -> Option<Tag> {
        self.rest.first().map(|b| Tag(*b))
    }

    /// The next element whatever its tag.
    #[inline]
    pub fn any(&mut self) -> Result<Element<'a>> {
        let (header, length) = parse_header(self.rest, self.strict)?;
        let end = header.checked_add(length).ok_or(Error::BadLength)?;
        let raw = self.rest.get(..end).ok_or(Error::Truncated)?;
        let contents = raw.get(header..).ok_or(Error::Truncated)?;
        let tag = Tag(*raw.first().ok_or(Error::Truncated)?);
        self.rest = self.rest.get(end..).unwrap_or_default();
        Ok(Element { tag, contents, raw })
    }

    /// The next element, which must have this tag.
    #[inline]
    pub fn expect(&mut self, tag: Tag) -> Result<Element<'a>> {
        match self.peek() {
            None => Err(Error::Truncated),
            Some(found) if found != tag => Err(Error::UnexpectedTag { expected: tag.0, found: found.0 }),
            Some(_) => self.any(),
        }
    }

    /// The next element if it has this tag (an OPTIONAL component).
    #[inline]
    pub fn optional(&mut self, tag: Tag) -> Result<Option<Element<'a>>> {
        if self.peek() == Some(tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// A reader over the contents of the next element, which must have this tag.
    #[inline]
    pub fn nested(&mut self, tag: Tag) -> Result<Reader<'a>> {
        let contents = self.expect(tag)?.contents;
        Ok(Reader { rest: contents, strict: self.strict })
    }

    /// A reader over the next SEQUENCE.
    #[inline]
    pub fn sequence(&mut self) -> Result<Reader<'a>> {
        self.nested(Tag::SEQUENCE)
    }

    /// A reader over the next SET.
    pub fn set(&mut self) -> Result<Reader<'a>> {
        self.nested(Tag::SET)
    }

    /// An OBJECT IDENTIFIER.
    pub fn oid(&mut self) -> Result<Oid> {
        Oid::from_contents(self.expect(Tag::OID)?.contents)
    }

    /// The contents of an INTEGER: big-endian two's complement, minimal (X.690 §8.3).
    #[inline]
    pub fn integer(&mut self) -> Result<&'a [u8]> {
        let contents = self.expect(Tag::INTEGER)?.contents;
        match contents {
            [] => Err(Error::BadValue("INTEGER")),
            [0x00, second, ..] if self.strict && second & 0x80 == 0 => Err(Error::BadValue("INTEGER")),
            [0xff, second, ..] if self.strict && second & 0x80 != 0 => Err(Error::BadValue("INTEGER")),
            _ => Ok(contents),
        }
    }

    /// The magnitude of a non-negative INTEGER, without leading zero octets (empty for zero).
    pub fn unsigned(&mut self) -> Result<&'a [u8]> {
        let contents = self.integer()?;
        if contents.first().is_some_and(|b| b & 0x80 != 0) {
            return Err(Error::BadValue("INTEGER"));
        }
        let zeros = contents.iter().take_while(|b| **b == 0).count();
        Ok(contents.get(zeros..).unwrap_or_default())
    }

    /// A small non-negative INTEGER, such as a version or an iteration count.
    #[inline]
    pub fn uint(&mut self) -> Result<u64> {
        let magnitude = self.unsigned()?;
        if magnitude.len() > 8 {
            return Err(Error::BadValue("INTEGER"));
        }
        Ok(magnitude.iter().fold(0, |sum, b| (sum << 8) | u64::from(*b)))
    }

    /// A BOOLEAN: 0x00 or 0xff in DER (X.690 §11.1).
    pub fn boolean(&mut self) -> Result<bool> {
        match self.expect(Tag::BOOLEAN)?.contents {
            [0x00] => Ok(false),
            [0xff] => Ok(true),
            [_] if !self.strict => Ok(true),
            _ => Err(Error::BadValue("BOOLEAN")),
        }
    }

    /// A primitive OCTET STRING.
    #[inline]
    pub fn octet_string(&mut self) -> Result<&'a [u8]> {
        Ok(self.expect(Tag::OCTET_STRING)?.contents)
    }

    /// A BIT STRING whose length is a whole number of octets, as keys and signatures are.
    pub fn bit_string_octets(&mut self) -> Result<&'a [u8]> {
        match self.bit_string()? {
            (0, octets) => Ok(octets),
            _ => Err(Error::BadValue("BIT STRING")),
        }
    }

    /// A BIT STRING: the number of unused bits (0–7) and its octets.
    pub fn bit_string(&mut self) -> Result<(u8, &'a [u8])> {
        match self.expect(Tag::BIT_STRING)?.contents {
            [unused, octets @ ..] if *unused < 8 && (*unused == 0 || !octets.is_empty()) => Ok((*unused, octets)),
            _ => Err(Error::BadValue("BIT STRING")),
        }
    }

    /// A NULL.
    pub fn null(&mut self) -> Result<()> {
        if self.expect(Tag::NULL)?.contents.is_empty() { Ok(()) } else { Err(Error::BadValue("NULL")) }
    }

    /// Succeeds when everything was read.
    #[inline]
    pub fn finish(self) -> Result<()> {
        if self.is_empty() { Ok(()) } else { Err(Error::TrailingBytes) }
    }
}

/// Reads one whole element and nothing after it.
pub fn one(bytes: &[u8]) -> Result<Element<'_>> {
    let mut reader = Reader::new(bytes);
    let element = reader.any()?;
    reader.finish()?;
    Ok(element)
}

/// Header length and contents length of the definite-length element that begins `bytes`.
/// `strict` demands the minimal form of the length (X.690 §10.1).
#[inline]
pub(crate) fn parse_header(bytes: &[u8], strict: bool) -> Result<(usize, usize)> {
    let (tag, after) = bytes.split_first().ok_or(Error::Truncated)?;
    if tag & 0x1f == 0x1f {
        return Err(Error::BadTag);
    }
    let (first, after) = after.split_first().ok_or(Error::Truncated)?;
    if first & 0x80 == 0 {
        return Ok((2, usize::from(*first)));
    }
    // The forms that most elements have, without a loop.
    match (*first, after) {
        (0x81, [low, ..]) if *low >= 0x80 => Ok((3, usize::from(*low))),
        (0x82, [high, low, ..]) if *high > 0 => Ok((4, usize::from(u16::from_be_bytes([*high, *low])))),
        _ => long_length(*first, after, strict),
    }
}

fn long_length(first: u8, after: &[u8], strict: bool) -> Result<(usize, usize)> {
    let count = usize::from(first & 0x7f);
    if count == 0 || count > 8 {
        return Err(Error::BadLength);
    }
    let octets = after.get(..count).ok_or(Error::Truncated)?;
    let length = octets.iter().fold(0u64, |sum, b| (sum << 8) | u64::from(*b));
    if strict && (length < 0x80 || octets.first() == Some(&0)) {
        return Err(Error::BadLength);
    }
    let length = usize::try_from(length).map_err(|_| Error::BadLength)?;
    Ok((2 + count, length))
}

/// Builds DER in memory. Nested elements are closures, so that lengths are right by construction.
#[derive(Debug, Default, Clone)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// An empty writer.
    pub fn new() -> Self {
        // Most structures fit, so that they need not be moved while they grow.
        Writer { out: Vec::with_capacity(256) }
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// What was written so far.
    pub fn as_bytes(&self) -> &[u8] {
        &self.out
    }

    /// Appends bytes that are already encoded.
    pub fn raw(&mut self, encoded: &[u8]) -> &mut Self {
        self.out.extend_from_slice(encoded);
        self
    }

    /// An element with these contents octets.
    pub fn element(&mut self, tag: Tag, contents: &[u8]) -> &mut Self {
        self.out.push(tag.0);
        write_length(&mut self.out, contents.len());
        self.out.extend_from_slice(contents);
        self
    }

    /// A constructed element whose contents the closure writes.
    pub fn nested(&mut self, tag: Tag, contents: impl FnOnce(&mut Writer)) -> &mut Self {
        // Written in place: most lengths take the one octet that is kept for them.
        self.out.extend_from_slice(&[tag.0, 0]);
        let start = self.out.len();
        contents(self);
        let length = self.out.len().saturating_sub(start);
        match (u8::try_from(length), start.checked_sub(1).and_then(|at| self.out.get_mut(at))) {
            (Ok(short @ 0..=0x7f), Some(octet)) => *octet = short,
            _ => {
                let mut octets = Vec::with_capacity(9);
                write_length(&mut octets, length);
                self.out.splice(start.saturating_sub(1)..start, octets);
            }
        }
        self
    }

    /// A SEQUENCE.
    pub fn sequence(&mut self, contents: impl FnOnce(&mut Writer)) -> &mut Self {
        self.nested(Tag::SEQUENCE, contents)
    }

    /// A SET OF: elements already encoded, put into DER order (X.690 §11.6) under the given tag.
    pub fn set_of<E: AsRef<[u8]> + Ord>(&mut self, tag: Tag, mut elements: Vec<E>) -> &mut Self {
        elements.sort();
        self.nested(tag, |w| {
            for element in &elements {
                w.raw(element.as_ref());
            }
        })
    }

    /// An OBJECT IDENTIFIER.
    pub fn oid(&mut self, oid: Oid) -> &mut Self {
        self.element(Tag::OID, oid.contents())
    }

    /// A non-negative INTEGER.
    pub fn uint(&mut self, value: u64) -> &mut Self {
        self.unsigned(&value.to_be_bytes())
    }

    /// A non-negative INTEGER from its big-endian magnitude, leading zeros allowed.
    pub fn unsigned(&mut self, magnitude: &[u8]) -> &mut Self {
        let zeros = magnitude.iter().take_while(|b| **b == 0).count();
        let digits = magnitude.get(zeros..).unwrap_or_default();
        let zero = digits.first().is_none_or(|b| b & 0x80 != 0);
        self.out.push(Tag::INTEGER.0);
        write_length(&mut self.out, digits.len() + usize::from(zero));
        if zero {
            self.out.push(0);
        }
        self.out.extend_from_slice(digits);
        self
    }

    /// An INTEGER from its two's complement contents octets, as they were read.
    pub fn integer(&mut self, contents: &[u8]) -> &mut Self {
        self.element(Tag::INTEGER, contents)
    }

    /// A BOOLEAN.
    pub fn boolean(&mut self, value: bool) -> &mut Self {
        self.element(Tag::BOOLEAN, &[if value { 0xff } else { 0x00 }])
    }

    /// An OCTET STRING.
    pub fn octet_string(&mut self, octets: &[u8]) -> &mut Self {
        self.element(Tag::OCTET_STRING, octets)
    }

    /// A BIT STRING of whole octets.
    pub fn bit_string(&mut self, octets: &[u8]) -> &mut Self {
        self.bit_string_unused(0, octets)
    }

    /// A BIT STRING whose last octet has this many unused bits.
    pub fn bit_string_unused(&mut self, unused: u8, octets: &[u8]) -> &mut Self {
        self.out.push(Tag::BIT_STRING.0);
        write_length(&mut self.out, octets.len() + 1);
        self.out.push(unused);
        self.out.extend_from_slice(octets);
        self
    }

    /// A NULL.
    pub fn null(&mut self) -> &mut Self {
        self.element(Tag::NULL, &[])
    }

    /// A UTF8String.
    pub fn utf8_string(&mut self, text: &str) -> &mut Self {
        self.element(Tag::UTF8_STRING, text.as_bytes())
    }
}

/// Appends a minimal definite length.
pub(crate) fn write_length(out: &mut Vec<u8>, length: usize) {
    if let Ok(short @ 0..=0x7f) = u8::try_from(length) {
        out.push(short);
        return;
    }
    let octets = length.to_be_bytes();
    let zeros = octets.iter().take_while(|b| **b == 0).count();
    let digits = octets.get(zeros..).unwrap_or_default();
    // A usize has at most eight octets, so the count fits beside the flag.
    out.push(0x80 | u8::try_from(digits.len()).unwrap_or(8));
    out.extend_from_slice(digits);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_round_trip_in_minimal_form() {
        for length in [0usize, 1, 127, 128, 255, 256, 65535, 65536] {
            let mut w = Writer::new();
            w.octet_string(&vec![7; length]);
            let bytes = w.into_bytes();
            let element = one(&bytes).unwrap();
            assert_eq!(element.contents.len(), length);
            assert_eq!(element.raw, bytes);
        }
    }

    #[test]
    fn a_long_form_length_is_strict_or_lenient() {
        let padded = [0x04, 0x81, 0x01, 0xaa];
        assert_eq!(Reader::new(&padded).octet_string(), Err(Error::BadLength));
        assert_eq!(Reader::lenient(&padded).octet_string(), Ok(&[0xaa][..]));
    }

    #[test]
    fn truncation_at_every_length_is_an_error() {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.uint(300).octet_string(b"hello").null();
        });
        let bytes = w.into_bytes();
        for end in 0..bytes.len() {
            assert!(one(&bytes[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn integers_are_minimal_and_signed() {
        assert_eq!(Reader::new(&[2, 2, 0, 1]).integer(), Err(Error::BadValue("INTEGER")));
        assert_eq!(Reader::new(&[2, 0]).integer(), Err(Error::BadValue("INTEGER")));
        assert_eq!(Reader::new(&[2, 1, 0x80]).unsigned(), Err(Error::BadValue("INTEGER")));
        let mut w = Writer::new();
        w.uint(0).uint(128).uint(u64::MAX);
        assert_eq!(w.as_bytes()[..7], [2, 1, 0, 2, 2, 0, 128]);
        let mut r = Reader::new(w.as_bytes());
        assert_eq!((r.uint(), r.uint(), r.uint()), (Ok(0), Ok(128), Ok(u64::MAX)));
    }

    #[test]
    fn set_of_is_sorted() {
        let mut w = Writer::new();
        w.set_of(Tag::SET, vec![vec![4, 1, 9], vec![4, 1, 2], vec![2, 1, 5]]);
        assert_eq!(w.as_bytes(), [0x31, 9, 2, 1, 5, 4, 1, 2, 4, 1, 9]);
    }
}
