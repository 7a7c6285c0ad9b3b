//! GeneralName (RFC 5280 §4.2.1.6).

use crate::der::{Element, Reader, Tag, Writer};
use crate::error::{Error, Result};
use crate::name::Name;
use crate::oid::Oid;
use crate::oids;

/// One alternative name. Texts are exactly what the file says: they can hold NUL and control
/// characters, and nobody has checked their syntax.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GeneralName {
    /// rfc822Name, ASCII.
    Rfc822(String),
    /// otherName of the type SmtpUTF8Mailbox (RFC 9598), UTF-8.
    SmtpUtf8(String),
    /// dNSName, ASCII.
    Dns(String),
    /// uniformResourceIdentifier, ASCII.
    Uri(String),
    /// iPAddress: 4 or 16 octets, twice that (address and mask) in name constraints; not checked.
    Ip(Vec<u8>),
    /// directoryName.
    Directory(Name),
    /// otherName of another type.
    Other {
        /// What kind of name it is.
        oid: Oid,
        /// The whole encoding of the value.
        value: Vec<u8>,
    },
    /// x400Address, ediPartyName, registeredID, and a text that is not of its type's alphabet.
    Unparsed {
        /// The number of the context tag, 0–8.
        tag: u8,
        /// The whole encoding.
        raw: Vec<u8>,
    },
}

impl GeneralName {
    /// Reads the next element of `reader`.
    pub fn read(reader: &mut Reader<'_>) -> Result<GeneralName> {
        GeneralName::from_element(&reader.any()?)
    }

    /// Reads the elements of a `SEQUENCE OF GeneralName` whose header is already taken.
    pub fn read_all(mut reader: Reader<'_>) -> Result<Vec<GeneralName>> {
        let mut names = Vec::new();
        while !reader.is_empty() {
            names.push(GeneralName::read(&mut reader)?);
        }
        Ok(names)
    }

    /// Writes the name. An [`GeneralName::Unparsed`] is written as it arrived.
    pub fn write(&self, w: &mut Writer) {
        match self {
            GeneralName::Rfc822(text) => {
                w.element(RFC822, text.as_bytes());
            }
            GeneralName::Dns(text) => {
                w.element(DNS, text.as_bytes());
            }
            GeneralName::Uri(text) => {
                w.element(URI, text.as_bytes());
            }
            GeneralName::Ip(octets) => {
                w.element(IP, octets);
            }
            GeneralName::SmtpUtf8(text) => {
                let mut value = Writer::new();
                value.utf8_string(text);
                write_other(w, oids::SMTP_UTF8_MAILBOX, value.as_bytes());
            }
            GeneralName::Other { oid, value } => write_other(w, *oid, value),
            GeneralName::Directory(name) => {
                w.element(DIRECTORY, name.der());
            }
            GeneralName::Unparsed { raw, .. } => {
                w.raw(raw);
            }
        }
    }

    fn from_element(element: &Element<'_>) -> Result<GeneralName> {
        let unparsed = || GeneralName::Unparsed { tag: element.tag.0 & 0x1f, raw: element.raw.to_vec() };
        let ascii = |kind: fn(String) -> GeneralName| match std::str::from_utf8(element.contents) {
            Ok(text) if text.is_ascii() => kind(text.to_owned()),
            _ => unparsed(),
        };
        match element.tag {
            RFC822 => Ok(ascii(GeneralName::Rfc822)),
            DNS => Ok(ascii(GeneralName::Dns)),
            URI => Ok(ascii(GeneralName::Uri)),
            IP => Ok(GeneralName::Ip(element.contents.to_vec())),
            DIRECTORY => Ok(GeneralName::Directory(Name::from_der(element.contents)?)),
            OTHER => read_other(element.reader()),
            X400 | EDI_PARTY | REGISTERED_ID => Ok(unparsed()),
            _ => Err(Error::BadValue("GeneralName")),
        }
    }
}

fn read_other(mut reader: Reader<'_>) -> Result<GeneralName> {
    let oid = reader.oid()?;
    let mut explicit = reader.nested(Tag::context(0))?;
    let value = explicit.any()?;
    explicit.finish()?;
    reader.finish()?;
    if oid == oids::SMTP_UTF8_MAILBOX
        && value.tag == Tag::UTF8_STRING
        && let Ok(text) = std::str::from_utf8(value.contents)
    {
        return Ok(GeneralName::SmtpUtf8(text.to_owned()));
    }
    Ok(GeneralName::Other { oid, value: value.raw.to_vec() })
}

fn write_other(w: &mut Writer, oid: Oid, value: &[u8]) {
    w.nested(OTHER, |w| {
        w.oid(oid).element(Tag::context(0), value);
    });
}

const OTHER: Tag = Tag::context(0);
const RFC822: Tag = Tag::context_primitive(1);
const DNS: Tag = Tag::context_primitive(2);
const X400: Tag = Tag::context(3);
const DIRECTORY: Tag = Tag::context(4);
const EDI_PARTY: Tag = Tag::context(5);
const URI: Tag = Tag::context_primitive(6);
const IP: Tag = Tag::context_primitive(7);
const REGISTERED_ID: Tag = Tag::context_primitive(8);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::NameBuilder;

    #[test]
    fn each_kind_round_trips() {
        let names = vec![
            GeneralName::Rfc822("a@b".into()),
            GeneralName::SmtpUtf8("ü@b".into()),
            GeneralName::Dns("b".into()),
            GeneralName::Uri("http://b/".into()),
            GeneralName::Ip(vec![1, 2, 3, 4]),
            GeneralName::Directory(NameBuilder::new().common_name("x").build()),
            GeneralName::Other { oid: oids::COMMON_NAME, value: vec![5, 0] },
            GeneralName::Unparsed { tag: 8, raw: vec![0x88, 1, 42] },
        ];
        let mut w = Writer::new();
        names.iter().for_each(|n| n.write(&mut w));
        assert_eq!(GeneralName::read_all(Reader::new(w.as_bytes())), Ok(names));
    }

    #[test]
    fn a_text_outside_ascii_is_no_address() {
        let raw = [0x81, 2, b'a', 0xff];
        assert_eq!(GeneralName::read(&mut Reader::new(&raw)), Ok(GeneralName::Unparsed { tag: 1, raw: raw.to_vec() }));
        assert!(GeneralName::read(&mut Reader::new(&[0x89, 0])).is_err());
        assert!(GeneralName::read(&mut Reader::new(&[0xa1, 0])).is_err());
    }
}
