//! LDAP URLs (RFC 4516), as certificates have them in distribution points and for their issuers.

use std::fmt::{self, Write};

use crate::error::{Error, Result};
use crate::text;

/// How far below its base a search looks (RFC 4511 section 4.5.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LdapScope {
    /// The entry of the base alone.
    Base,
    /// The entries directly below it.
    One,
    /// It and everything below it.
    Subtree,
}

/// The filters that URLs in certificates have (RFC 4515); others are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LdapFilter {
    /// `(attribute=*)`
    Present(String),
    /// `(attribute=value)`
    Equal(String, Vec<u8>),
}

/// `ldap[s]://host[:port]/dn[?attributes[?scope[?filter[?extensions]]]]` (RFC 4516 section 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LdapUrl {
    /// Whether the connection is by TLS (`ldaps`).
    pub tls: bool,
    /// The host, in lower case; an IPv6 address without its brackets. Empty where the URL names none.
    pub host: String,
    /// The port: 389, or 636 with TLS, where the URL has none.
    pub port: u16,
    /// The base of the search.
    pub dn: String,
    /// The attributes wanted, options such as `;binary` included; all if empty.
    pub attributes: Vec<String>,
    /// How far below the base.
    pub scope: LdapScope,
    /// Which entries.
    pub filter: LdapFilter,
}

impl LdapUrl {
    /// Reads one of at most 2048 octets.
    ///
    /// # Errors
    /// [`Error::BadText`] for what is none, [`Error::Unsupported`] for other filters and critical extensions.
    pub fn parse(text: &str) -> Result<LdapUrl> {
        let bad = Error::BadText("LDAP URL");
        let (scheme, rest) = text.split_once("://").ok_or(bad.clone())?;
        let tls = scheme.eq_ignore_ascii_case("ldaps");
        if text.len() > MAX_URL || !(tls || scheme.eq_ignore_ascii_case("ldap")) {
            return Err(bad);
        }
        let (authority, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = authority_parts(authority, if tls { 636 } else { 389 }).ok_or(bad.clone())?;
        let mut parts = rest.split('?');
        let mut next = || parts.next().unwrap_or_default();
        let dn = text_of(next())?;
        let attributes = next().split(',').filter(|a| !a.is_empty()).map(text_of).collect::<Result<Vec<_>>>()?;
        let described = |a: &String| a.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.;".contains(&b));
        if attributes.len() > MAX_ATTRIBUTES || !attributes.iter().all(described) {
            return Err(bad);
        }
        let scope = match next().to_ascii_lowercase().as_str() {
            "" | "base" => LdapScope::Base,
            "one" => LdapScope::One,
            "sub" => LdapScope::Subtree,
            _ => return Err(bad),
        };
        let filter = filter(&text_of(next())?)?;
        if next().split(',').any(|extension| extension.starts_with('!')) {
            return Err(Error::Unsupported("critical extension of an LDAP URL"));
        }
        Ok(LdapUrl { tls, host, port, dn, attributes, scope, filter })
    }
}

/// The URL that [`LdapUrl::parse`] reads back as this: whatever a value holds, it stays a value. The filter is written by
/// RFC 4515 section 3, where `*`, `(`, `)`, `\\` and NUL are escaped (here all but letters, digits and a few signs are),
/// and what comes of that by RFC 3986 section 2.1.
impl fmt::Display for LdapUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, usual) = if self.tls { ("ldaps", 636) } else { ("ldap", 389) };
        match self.host.contains(':') {
            true => write!(f, "{scheme}://[{}]", self.host)?,
            false => write!(f, "{scheme}://{}", self.host)?,
        }
        if self.port != usual {
            write!(f, ":{}", self.port)?;
        }
        f.write_char('/')?;
        percent(self.dn.as_bytes(), f)?;
        f.write_char('?')?;
        for (at, attribute) in self.attributes.iter().enumerate() {
            f.write_str(if at > 0 { "," } else { "" })?;
            percent(attribute.as_bytes(), f)?;
        }
        f.write_str(match self.scope {
            LdapScope::Base => "?base?",
            LdapScope::One => "?one?",
            LdapScope::Subtree => "?sub?",
        })?;
        percent(self.filter.to_string().as_bytes(), f)
    }
}

/// As RFC 4515 writes it.
impl fmt::Display for LdapFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (attribute, value) = match self {
            LdapFilter::Present(attribute) => return write!(f, "({attribute}=*)"),
            LdapFilter::Equal(attribute, value) => (attribute, value),
        };
        write!(f, "({attribute}=")?;
        for octet in value {
            match octet {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'@' | b'.' | b'-' | b'_' | b'+' | b':' => {
                    f.write_char(char::from(*octet))?;
                }
                _ => write!(f, "\\{octet:02x}")?,
            }
        }
        f.write_char(')')
    }
}

fn percent(octets: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for octet in octets {
        match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'@' | b'.' | b'-' | b'_' | b'+' | b':' | b'=' | b',' | b';' => {
                f.write_char(char::from(*octet))?;
            }
            b'(' | b')' => f.write_char(char::from(*octet))?,
            _ => write!(f, "%{octet:02x}")?,
        }
    }
    Ok(())
}

fn authority_parts(authority: &str, default: u16) -> Option<(String, u16)> {
    let (host, port) = match authority.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':').or(rest.is_empty().then_some(""))?),
        None => authority.split_once(':').unwrap_or((authority, "")),
    };
    let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:".contains(&b));
    let digits = port.bytes().all(|b| b.is_ascii_digit());
    let port = if port.is_empty() { Some(default) } else { port.parse().ok().filter(|_| digits) };
    plain.then_some((host.to_ascii_lowercase(), port?))
}

/// The octets behind percent signs, which have to be UTF-8 (RFC 3986 section 2.1).
fn text_of(escaped: &str) -> Result<String> {
    String::from_utf8(unescape(escaped.as_bytes(), b'%')?).map_err(|_| Error::BadText("LDAP URL"))
}

fn unescape(text: &[u8], sign: u8) -> Result<Vec<u8>> {
    text::unescaped(text, sign).ok_or(Error::BadText("escape in an LDAP URL"))
}

/// One comparison; its parentheses are left out by some (they are not optional).
fn filter(text: &str) -> Result<LdapFilter> {
    if text.is_empty() {
        return Ok(LdapFilter::Present("objectClass".to_owned()));
    }
    let inner = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')).unwrap_or(text);
    let (attribute, value) = inner.split_once('=').ok_or(Error::BadText("filter of an LDAP URL"))?;
    let described =
        !attribute.is_empty() && attribute.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.;".contains(&b));
    if !described {
        return Err(Error::Unsupported("filter of an LDAP URL"));
    }
    if value == "*" {
        return Ok(LdapFilter::Present(attribute.to_owned()));
    }
    if value.contains(['*', '(', ')']) {
        return Err(Error::Unsupported("filter of an LDAP URL"));
    }
    Ok(LdapFilter::Equal(attribute.to_owned(), unescape(value.as_bytes(), b'\\')?))
}

/// Octets of a URL.
const MAX_URL: usize = 2048;
const MAX_ATTRIBUTES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_certificates_are_read() {
        let url = LdapUrl::parse(
            "ldap://Directory.Example.NET/CN=CA%201,O=Example%2c%20Inc?certificateRevocationList;binary?base?\
             (objectClass=cRLDistributionPoint)",
        );
        let url = url.unwrap();
        assert_eq!((url.tls, url.host.as_str(), url.port), (false, "directory.example.net", 389));
        assert_eq!(url.dn, "CN=CA 1,O=Example, Inc");
        assert_eq!(url.attributes, ["certificateRevocationList;binary"]);
        assert_eq!(url.filter, LdapFilter::Equal("objectClass".into(), b"cRLDistributionPoint".to_vec()));
        let short = LdapUrl::parse("ldaps://[2001:DB8::1]:1636").unwrap();
        assert_eq!((short.tls, short.host.as_str(), short.port), (true, "2001:db8::1", 1636));
        assert_eq!(short.filter, LdapFilter::Present("objectClass".into()));
        let none = LdapUrl::parse("ldap:///CN=x?cACertificate?sub?objectClass=*").unwrap();
        assert_eq!((none.host.as_str(), none.scope), ("", LdapScope::Subtree));
        let escaped = LdapUrl::parse("ldap://h/??one?(cn=a\\2a%5cc3%5cbc)").unwrap();
        assert_eq!(escaped.filter, LdapFilter::Equal("cn".into(), "a*ü".into()));
    }

    #[test]
    fn what_is_no_such_url_is_refused() {
        for text in [
            "",
            "ldap:",
            "http://h/",
            "ldap://h:port/",
            "ldap://h:70000/",
            "ldap://h:+1/",
            "ldap://user@h/",
            "ldap://[::1/",
            "ldap://[::1]x/",
            "ldap://h/%4",
            "ldap://h/%ff",
            "ldap://h/?a b",
            "ldap://h/?a%0d%0a",
            "ldap://h/??every",
            "ldap://h/???cn",
            "ldap://h/???(%26(a=b)(c=d))",
            "ldap://h/???(cn=a*b)",
            "ldap://h/???(cn=\\4)",
            "ldap://h/????!x-critical",
            "ldap://h/?a,b,c,d,e,f,g,h,i",
        ] {
            assert!(LdapUrl::parse(text).is_err(), "{text}");
        }
        assert!(LdapUrl::parse(&format!("ldap://h/{}", "x".repeat(MAX_URL))).is_err());
    }

    /// DI-04: whatever stands in an address, it is one value of one comparison.
    #[test]
    fn di_04_a_value_stays_a_value_in_a_url() {
        for value in [
            "alice@example.org",
            "*@example.org",
            "alice)(objectClass=*@example.org",
            "a*)(|(mail=*@example.org",
            "\"a b\\\\,#?%2a\"@example.org",
            "a\0b@example.org",
            "j\u{f6}rg@example.org",
            "",
            "*",
        ] {
            let url = LdapUrl {
                tls: true,
                host: "ldap.example.org".into(),
                port: 6360,
                dn: "ou=a?b,dc=x\\2cy".into(),
                attributes: vec!["userCertificate;binary".into()],
                scope: LdapScope::Subtree,
                filter: LdapFilter::Equal("mail".into(), value.as_bytes().to_vec()),
            };
            let text = url.to_string();
            assert!(text.is_ascii() && text.matches('(').count() == 1 && !text.contains("=*"), "{text}");
            assert_eq!(LdapUrl::parse(&text), Ok(url), "{text}");
        }
        let text = "ldap://[::1]/cn=x?cn,sn?base?(objectClass=*)";
        assert_eq!(LdapUrl::parse(text).unwrap().to_string(), text.replace('*', "%2a"));
    }
}
