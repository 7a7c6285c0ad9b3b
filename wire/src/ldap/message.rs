//! The messages of a search (RFC 4511).

use super::url::{LdapFilter, LdapScope, LdapUrl};
use crate::der::{Reader, Tag, Writer, parse_header};
use crate::error::{Error, Result};

/// What a server says.
///
/// ```asn1
/// LDAPMessage ::= SEQUENCE { messageID MessageID, protocolOp CHOICE { ... }, controls [0] Controls OPTIONAL }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LdapAnswer<'a> {
    /// BindResponse: its result code (section 4.1.9).
    Bound(u64),
    /// SearchResultEntry: the values of each attribute, under the name that the server gives it.
    Entry(Vec<LdapAttribute<'a>>),
    /// SearchResultDone: its result code.
    Done(u64),
    /// SearchResultReference and IntermediateResponse, which lead elsewhere or say nothing.
    Other,
}

/// The name of an attribute, options included, and its values.
pub type LdapAttribute<'a> = (&'a str, Vec<&'a [u8]>);

/// BindRequest of version 3 without a name or password (section 4.2; RFC 4513 section 5.1.1).
pub fn bind_request(id: u32) -> Vec<u8> {
    message(id, |w| {
        w.nested(Tag(0x60), |w| {
            w.uint(3).octet_string(b"").element(Tag::context_primitive(0), b"");
        });
    })
}

/// SearchRequest for what the URL names (section 4.5.1), at most eight entries of it, within so many seconds.
pub fn search_request(id: u32, url: &LdapUrl, seconds: u8) -> Vec<u8> {
    let scope = match url.scope {
        LdapScope::Base => 0,
        LdapScope::One => 1,
        LdapScope::Subtree => 2,
    };
    message(id, |w| {
        w.nested(Tag(0x63), |w| {
            w.octet_string(url.dn.as_bytes());
            w.element(Tag::ENUMERATED, &[scope]);
            // Aliases are never followed.
            w.element(Tag::ENUMERATED, &[0]);
            w.uint(MAX_ENTRIES).uint(u64::from(seconds)).boolean(false);
            match &url.filter {
                LdapFilter::Present(attribute) => w.element(Tag::context_primitive(7), attribute.as_bytes()),
                LdapFilter::Equal(attribute, value) => w.nested(Tag::context(3), |w| {
                    w.octet_string(attribute.as_bytes()).octet_string(value);
                }),
            };
            w.sequence(|w| {
                for attribute in &url.attributes {
                    w.octet_string(attribute.as_bytes());
                }
            });
        });
    })
}

/// UnbindRequest (section 4.3).
pub fn unbind_request(id: u32) -> Vec<u8> {
    message(id, |w| {
        w.element(Tag(0x42), b"");
    })
}

/// The length of the message that begins `bytes`, header included; `None` where too little of it is there to tell.
///
/// # Errors
/// What is no SEQUENCE of definite length.
pub fn message_length(bytes: &[u8]) -> Result<Option<usize>> {
    match bytes.first() {
        Some(0x30) | None => {}
        Some(_) => return Err(Error::Unsupported("LDAP message")),
    }
    match parse_header(bytes, false) {
        Ok((header, length)) => header.checked_add(length).map(Some).ok_or(Error::BadLength),
        Err(Error::Truncated) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads one whole message: its messageID, and what it says.
///
/// # Errors
/// What is no such message.
pub fn read_answer(bytes: &[u8]) -> Result<(u64, LdapAnswer<'_>)> {
    let mut outer = Reader::lenient(bytes);
    let mut message = outer.sequence()?;
    outer.finish()?;
    let id = message.uint()?;
    let tag = message.peek().ok_or(Error::Truncated)?;
    let answer = match tag.0 {
        0x61 => LdapAnswer::Bound(result_code(message.nested(tag)?)?),
        0x64 => LdapAnswer::Entry(entry(message.nested(tag)?)?),
        0x65 => LdapAnswer::Done(result_code(message.nested(tag)?)?),
        0x73 | 0x79 => LdapAnswer::Other,
        // An ExtendedResponse that nobody asked for is a notice of disconnection (section 4.4.1).
        _ => return Err(Error::Unsupported("LDAP answer")),
    };
    Ok((id, answer))
}

fn result_code(mut result: Reader<'_>) -> Result<u64> {
    match result.expect(Tag::ENUMERATED)?.contents {
        [code] => Ok(u64::from(*code)),
        [high, low] => Ok(u64::from(u16::from_be_bytes([*high, *low]))),
        _ => Err(Error::BadValue("resultCode")),
    }
}

fn entry(mut entry: Reader<'_>) -> Result<Vec<LdapAttribute<'_>>> {
    entry.octet_string()?;
    let mut list = entry.sequence()?;
    let mut attributes = Vec::new();
    while !list.is_empty() {
        let mut attribute = list.sequence()?;
        let name = std::str::from_utf8(attribute.octet_string()?).map_err(|_| Error::BadText("attribute of LDAP"))?;
        let mut set = attribute.set()?;
        let mut values = Vec::new();
        while !set.is_empty() {
            values.push(set.octet_string()?);
            if values.len() > MAX_VALUES {
                return Err(Error::LimitExceeded("values of an LDAP attribute"));
            }
        }
        attributes.push((name, values));
        if attributes.len() > MAX_VALUES {
            return Err(Error::LimitExceeded("attributes of an LDAP entry"));
        }
    }
    Ok(attributes)
}

fn message(id: u32, operation: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.sequence(|w| {
        w.uint(u64::from(id));
        operation(w);
    });
    writer.into_bytes()
}

/// Entries that a search asks for.
const MAX_ENTRIES: u64 = 8;
/// Attributes of an entry, and values of an attribute.
const MAX_VALUES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    /// What `ldapsearch -x -b cn=a -s base` writes, field by field.
    #[test]
    fn requests_are_those_of_the_standard() {
        assert_eq!(bind_request(1), *b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00");
        assert_eq!(unbind_request(3), *b"\x30\x05\x02\x01\x03\x42\x00");
        let url = LdapUrl::parse("ldap://h/cn=a?userCertificate").unwrap();
        let expected = b"\x30\x3a\x02\x01\x02\x63\x35\x04\x04cn=a\x0a\x01\x00\x0a\x01\x00\x02\x01\x08\x02\x01\x05\
            \x01\x01\x00\x87\x0bobjectClass\x30\x11\x04\x0fuserCertificate";
        assert_eq!(search_request(2, &url, 5), expected);
    }

    fn answer() -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.uint(2).nested(Tag(0x64), |w| {
                w.octet_string(b"cn=a").sequence(|w| {
                    w.sequence(|w| {
                        w.octet_string(b"cACertificate;binary").set_of(Tag::SET, vec![b"\x04\x01x".to_vec()]);
                    });
                });
            });
        });
        w.into_bytes()
    }

    #[test]
    fn answers_are_read_and_what_is_cut_off_is_not() {
        let bytes = answer();
        let expected = LdapAnswer::Entry(vec![("cACertificate;binary", vec![b"x"])]);
        assert_eq!(read_answer(&bytes), Ok((2, expected)));
        for end in 0..bytes.len() {
            assert!(read_answer(&bytes[..end]).is_err(), "{end}");
            assert!(matches!(message_length(&bytes[..end]), Ok(None | Some(_))), "{end}");
        }
        for (at, bit) in (0..bytes.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            let _ = read_answer(&flipped);
        }
        // Lengths as Active Directory writes them.
        let long = b"\x30\x84\x00\x00\x00\x10\x02\x01\x02\x65\x84\x00\x00\x00\x07\x0a\x01\x20\x04\x00\x04\x00";
        assert_eq!(read_answer(long), Ok((2, LdapAnswer::Done(32))));
        assert_eq!(message_length(&long[..6]), Ok(Some(long.len())));
        assert!(message_length(b"HTTP/1.1").is_err());
        assert!(message_length(b"\x30\x80").is_err());
    }
}
