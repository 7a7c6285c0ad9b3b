//! Distinguished names: reading, comparing (RFC 5280 §7.1), showing (RFC 4514) and building.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

use crate::der::{self, Element, Reader, Tag, Writer};
use crate::error::{Error, Result};
use crate::oid::Oid;
use crate::oids;
use crate::text;

/// A distinguished name with the encoding it came from. Equality and hashing go by the encoding;
/// [`Name::matches`] compares as certification paths do.
#[derive(Debug, Clone)]
pub struct Name {
    raw: Vec<u8>,
    /// The attributes of each RDN, read when somebody asks: most names are only compared.
    rdns: OnceLock<Vec<Vec<Attribute>>>,
}

/// One AttributeTypeAndValue of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The attribute's type.
    pub oid: Oid,
    /// The value as text. Octets that its string type cannot hold show as U+FFFD; empty for values
    /// that are no string. It can hold control characters: show names by [`Name`]'s `Display`.
    pub text: String,
    /// The whole encoding of the value.
    pub value: Vec<u8>,
    /// Whether `text` is exactly what the value says.
    exact: bool,
}

impl Name {
    /// Reads a whole DER encoding.
    pub fn from_der(bytes: &[u8]) -> Result<Name> {
        Name::from_element(&der::one(bytes)?)
    }

    /// Reads the next element of `reader`.
    pub fn read(reader: &mut Reader<'_>) -> Result<Name> {
        Name::from_element(&reader.any()?)
    }

    fn from_element(element: &Element<'_>) -> Result<Name> {
        if element.tag != Tag::SEQUENCE {
            return Err(Error::UnexpectedTag { expected: Tag::SEQUENCE.0, found: element.tag.0 });
        }
        let mut count = 0usize;
        for rdn in Rdns(element.reader()) {
            let before = count;
            for attribute in Attributes(rdn?) {
                attribute?;
                count += 1;
                if count > MAX_ATTRIBUTES {
                    return Err(Error::LimitExceeded("Name"));
                }
            }
            if count == before {
                return Err(Error::BadValue("RelativeDistinguishedName"));
            }
        }
        Ok(Name { raw: element.raw.to_vec(), rdns: OnceLock::new() })
    }

    /// The RDNs as they are encoded; none fails, for all were read before.
    fn encoded(&self) -> impl Iterator<Item = Reader<'_>> {
        let contents = Reader::lenient(&self.raw).any().map(|element| element.reader()).ok();
        contents.into_iter().flat_map(Rdns).flatten()
    }

    fn list(&self) -> &[Vec<Attribute>] {
        self.rdns.get_or_init(|| {
            self.encoded().map(|rdn| Attributes(rdn).flatten().map(Attribute::from).collect()).collect()
        })
    }

    /// This name with one more RDN behind it, given by the contents of its SET (nameRelativeToCRLIssuer, RFC 5280
    /// §4.2.1.13).
    pub fn with_rdn(&self, contents: &[u8]) -> Result<Name> {
        let before = der::one(&self.raw)?.contents;
        let mut w = Writer::new();
        w.sequence(|w| {
            w.raw(before).element(Tag::SET, contents);
        });
        Name::from_der(w.as_bytes())
    }

    /// The encoding as it arrived.
    pub fn der(&self) -> &[u8] {
        &self.raw
    }

    /// The relative distinguished names in the order of the encoding, each with its attributes.
    pub fn rdns(&self) -> impl Iterator<Item = &[Attribute]> {
        self.list().iter().map(Vec::as_slice)
    }

    /// Every attribute in the order of the encoding.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.list().iter().flatten()
    }

    /// The text of the last attribute of this type, which is the most specific one. Beware: it is
    /// what the name's maker wrote, control characters included.
    pub fn get(&self, oid: Oid) -> Option<String> {
        self.attributes().filter(|a| a.oid == oid).last().map(|a| a.text.clone())
    }

    /// Whether the name has no attribute at all.
    pub fn is_empty(&self) -> bool {
        self.encoded().next().is_none()
    }

    /// Compares as RFC 5280 §7.1 does: strings by their characters, whatever their types, without regard to case
    /// and to the amount of white space; everything else octet by octet, TeletexString too where it has more
    /// than ASCII. Unicode normalisation is not applied: names that need it do not match.
    pub fn matches(&self, other: &Name) -> bool {
        self.raw == other.raw || (self.starts_with(other) && self.encoded().count() == other.encoded().count())
    }

    /// Whether `base` is an initial part of this name: what a directoryName constraint asks
    /// (RFC 5280 §4.2.1.10). The empty name begins every name.
    pub fn starts_with(&self, base: &Name) -> bool {
        let mut own = self.encoded();
        base.encoded().all(|rdn| own.next().is_some_and(|other| same_rdn(&rdn, &other)))
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.raw.hash(state);
    }
}

/// The string form of RFC 4514: the last RDN first. Control and direction-changing characters are
/// escaped, so that the result is safe to print. Types without a name are shown by number, with the
/// encoding of their value.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, rdn) in self.list().iter().rev().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            for (j, attribute) in rdn.iter().enumerate() {
                if j > 0 {
                    f.write_str("+")?;
                }
                attribute.show(f)?;
            }
        }
        Ok(())
    }
}

impl Attribute {
    fn encode(&self, w: &mut Writer) {
        w.nested(Tag::SET, |w| {
            w.sequence(|w| {
                w.oid(self.oid).raw(&self.value);
            });
        });
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.oid.name() {
            Some(name) if self.exact => {
                write!(f, "{name}=")?;
                show_escaped(&self.text, f)
            }
            name => {
                match name {
                    Some(name) => write!(f, "{name}=#")?,
                    None => write!(f, "{}=#", self.oid)?,
                }
                self.value.iter().try_for_each(|b| write!(f, "{b:02x}"))
            }
        }
    }
}

/// An attribute where it is encoded.
struct Encoded<'a> {
    oid: Oid,
    value: Element<'a>,
}

impl Encoded<'_> {
    /// The text of a value of a string type whose characters are known, so that case can be folded, if it is exactly
    /// what the value says.
    fn folding(&self) -> Option<Cow<'_, str>> {
        let (tag, contents) = (self.value.tag, self.value.contents);
        match tag {
            Tag::PRINTABLE_STRING | Tag::UTF8_STRING | Tag::IA5_STRING | Tag::TELETEX_STRING if contents.is_ascii() => {
                std::str::from_utf8(contents).ok().map(Cow::Borrowed)
            }
            Tag::UTF8_STRING | Tag::BMP_STRING | Tag::UNIVERSAL_STRING => {
                let (text, exact) = text::decode(tag, contents)?;
                exact.then_some(Cow::Owned(text))
            }
            // What other octets of a TeletexString mean is a local matter (RFC 4518 section 2.1).
            _ => None,
        }
    }

    fn same(&self, other: &Encoded<'_>) -> bool {
        let folded_same = || {
            let (own, theirs) = (self.folding()?, other.folding()?);
            // One word of ASCII each, as most are, needs no characters taken apart.
            let word = |text: &str| text.bytes().all(|b| b.is_ascii_graphic());
            let words = word(&own) && word(&theirs);
            Some(if words { own.eq_ignore_ascii_case(&theirs) } else { folded(&own).eq(folded(&theirs)) })
        };
        self.oid == other.oid && (self.value.raw == other.value.raw || folded_same() == Some(true))
    }
}

impl From<Encoded<'_>> for Attribute {
    fn from(encoded: Encoded<'_>) -> Self {
        let (text, exact) = text::decode(encoded.value.tag, encoded.value.contents).unwrap_or_default();
        Attribute { oid: encoded.oid, text, value: encoded.value.raw.to_vec(), exact }
    }
}

/// The SETs of a name, one after the other; an error is the last.
struct Rdns<'a>(Reader<'a>);

impl<'a> Iterator for Rdns<'a> {
    type Item = Result<Reader<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.0.is_empty()).then(|| self.0.set())
    }
}

/// The attributes of one RDN.
#[derive(Clone)]
struct Attributes<'a>(Reader<'a>);

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Encoded<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = |reader: &mut Reader<'a>| {
            let mut inner = reader.sequence()?;
            let (oid, value) = (inner.oid()?, inner.any()?);
            inner.finish()?;
            Ok(Encoded { oid, value })
        };
        (!self.0.is_empty()).then(|| read(&mut self.0))
    }
}

/// Builds a name, one attribute in each RDN, in the order of the calls.
#[derive(Debug, Clone, Default)]
pub struct NameBuilder {
    attributes: Vec<Attribute>,
}

impl NameBuilder {
    /// A builder of the empty name.
    pub fn new() -> Self {
        NameBuilder::default()
    }

    /// Adds a commonName.
    pub fn common_name(self, text: &str) -> Self {
        self.attribute(oids::COMMON_NAME, text)
    }

    /// Adds an emailAddress (RFC 2985 §5.2.1).
    pub fn email(self, text: &str) -> Self {
        self.attribute(oids::EMAIL_ADDRESS, text)
    }

    /// Adds an organizationName.
    pub fn organization(self, text: &str) -> Self {
        self.attribute(oids::ORGANIZATION, text)
    }

    /// Adds an organizationalUnitName.
    pub fn organizational_unit(self, text: &str) -> Self {
        self.attribute(oids::ORGANIZATIONAL_UNIT, text)
    }

    /// Adds a countryName: two letters of ISO 3166.
    pub fn country(self, text: &str) -> Self {
        self.attribute(oids::COUNTRY, text)
    }

    /// Adds an attribute with the string type its definition demands: PrintableString for
    /// countryName and serialNumber, IA5String for emailAddress and domainComponent, as long as the
    /// text is ASCII; UTF8String otherwise (RFC 5280 §4.1.2.4, §A.1).
    pub fn attribute(mut self, oid: Oid, text: &str) -> Self {
        let tag = match oid {
            oids::COUNTRY | oids::SERIAL_NUMBER if text::is_printable(text) => Tag::PRINTABLE_STRING,
            oids::EMAIL_ADDRESS | oids::DOMAIN_COMPONENT if text.is_ascii() => Tag::IA5_STRING,
            _ => Tag::UTF8_STRING,
        };
        let mut w = Writer::new();
        w.element(tag, text.as_bytes());
        self.attributes.push(Attribute { oid, text: text.to_owned(), value: w.into_bytes(), exact: true });
        self
    }

    /// The name.
    pub fn build(self) -> Name {
        let mut w = Writer::new();
        w.sequence(|w| self.attributes.iter().for_each(|a| a.encode(w)));
        Name {
            raw: w.into_bytes(),
            rdns: OnceLock::from(self.attributes.into_iter().map(|a| vec![a]).collect::<Vec<_>>()),
        }
    }
}

/// An RDN is a set: each attribute of the one must have its partner in the other.
fn same_rdn(a: &Reader<'_>, b: &Reader<'_>) -> bool {
    if a.rest() == b.rest() {
        return true;
    }
    // One attribute each, as nearly always, is read once.
    let (mut own, mut theirs) = (Attributes(a.clone()), Attributes(b.clone()));
    if let (Some(Ok(p)), Some(Ok(q))) = (own.next(), theirs.next())
        && own.0.is_empty()
        && theirs.0.is_empty()
    {
        return p.same(&q);
    }
    let (a, b) = (Attributes(a.clone()), Attributes(b.clone()));
    let within =
        |x: &Attributes<'_>, y: &Attributes<'_>| x.clone().flatten().all(|p| y.clone().flatten().any(|q| p.same(&q)));
    a.clone().count() == b.clone().count() && within(&a, &b) && within(&b, &a)
}

/// Lower case, white space at the ends dropped and runs of it inside made one space.
fn folded(text: &str) -> impl Iterator<Item = char> + '_ {
    let words = text.split_whitespace().enumerate();
    words.flat_map(|(i, word)| (i > 0).then_some(' ').into_iter().chain(word.chars().flat_map(char::to_lowercase)))
}

fn show_escaped(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let last = text.chars().count().saturating_sub(1);
    for (i, c) in text.chars().enumerate() {
        match c {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(f, "\\{c}")?,
            '#' | ' ' if i == 0 => write!(f, "\\{c}")?,
            ' ' if i == last => f.write_str("\\ ")?,
            _ if c.is_control() || text::changes_direction(c) => {
                c.encode_utf8(&mut [0; 4]).bytes().try_for_each(|b| write!(f, "\\{b:02x}"))?;
            }
            _ => write!(f, "{c}")?,
        }
    }
    Ok(())
}

const MAX_ATTRIBUTES: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    fn with(tag: Tag, value: &[u8]) -> Name {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.nested(Tag::SET, |w| {
                w.sequence(|w| {
                    w.oid(oids::COMMON_NAME).element(tag, value);
                });
            });
        });
        Name::from_der(w.as_bytes()).unwrap()
    }

    #[test]
    fn shows_and_escapes() {
        let name = NameBuilder::new().country("DE").organization("A, B + C").common_name(" #x\u{202e}\u{7}\0 ").build();
        assert_eq!(name.to_string(), "CN=\\ #x\\e2\\80\\ae\\07\\00\\ ,O=A\\, B \\+ C,C=DE");
        assert_eq!(with(Tag::OCTET_STRING, &[1, 255]).to_string(), "CN=#040201ff");
        assert_eq!(with(Tag::UTF8_STRING, b"a\xffb").to_string(), "CN=#0c0361ff62");
    }

    #[test]
    fn built_names_read_back() {
        let name = NameBuilder::new().country("DE").email("a@b").common_name("Zoë").build();
        let read = Name::from_der(name.der()).unwrap();
        assert_eq!(read, name);
        assert!(read.attributes().eq(name.attributes()));
        assert_eq!(read.get(oids::EMAIL_ADDRESS).as_deref(), Some("a@b"));
        for end in 0..name.der().len() {
            assert!(Name::from_der(&name.der()[..end]).is_err());
        }
        assert!(NameBuilder::new().build().is_empty());
    }

    #[test]
    fn matches_across_string_types_case_and_space() {
        let a = with(Tag::PRINTABLE_STRING, b"Some  Body ");
        assert!(a.matches(&with(Tag::UTF8_STRING, b" some body")));
        assert!(!a.matches(&with(Tag::UTF8_STRING, b"somebody")));
        assert!(a.matches(&with(Tag::TELETEX_STRING, b"Some  Body ")));
        assert!(a.matches(&with(Tag::BMP_STRING, b"\0s\0o\0M\0E\0 \0b\0o\0d\0y")));
        assert!(!with(Tag::TELETEX_STRING, b"\xfc").matches(&with(Tag::UTF8_STRING, "\u{fc}".as_bytes())));
        assert!(!with(Tag::UTF8_STRING, b"a\xff").matches(&with(Tag::UTF8_STRING, b"a\xfe")));
        assert!(with(Tag::BMP_STRING, b"\0a").matches(&with(Tag::BMP_STRING, b"\0a")));
    }

    #[test]
    fn prefixes_are_whole_rdns() {
        let base = NameBuilder::new().country("de").build();
        let long = NameBuilder::new().country("DE").common_name("x").build();
        assert!(long.starts_with(&base) && !base.starts_with(&long) && !long.matches(&base));
        assert!(long.starts_with(&NameBuilder::new().build()));
    }

    #[test]
    fn multi_valued_rdns_are_sets() {
        let rdn = |order: [usize; 2]| {
            let one = |i: usize| {
                let mut w = Writer::new();
                w.sequence(|w| {
                    w.oid([oids::COMMON_NAME, oids::COUNTRY][i]).utf8_string("v");
                });
                w.into_bytes()
            };
            let mut w = Writer::new();
            w.sequence(|w| {
                w.nested(Tag::SET, |w| {
                    w.raw(&one(order[0])).raw(&one(order[1]));
                });
            });
            Name::from_der(w.as_bytes()).unwrap()
        };
        assert!(rdn([0, 1]).matches(&rdn([1, 0])));
        assert!(!rdn([0, 1]).matches(&rdn([0, 0])));
    }

    #[test]
    fn refuses_an_empty_rdn_and_a_flood() {
        assert!(Name::from_der(&[0x30, 2, 0x31, 0]).is_err());
        let flood = (0..200).fold(NameBuilder::new(), |b, _| b.common_name("x")).build();
        assert_eq!(Name::from_der(flood.der()), Err(Error::LimitExceeded("Name")));
    }
}
