//! Which mailboxes a certificate names, and when two addresses are one mailbox (RFC 8550 section 3, RFC 9598).
//!
//! There is no equivalence but the letter case of ASCII: no aliases, no plus addressing, no look-alikes.

use std::fmt;

use wire::x509::GeneralName;
use wire::{Certificate, oids};

use crate::error::{AddressFault, Error};
use crate::idna;

/// An address `local@domain` that was checked, without display name, comment or route.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    local: String,
    domain: String,
}

impl Address {
    /// Reads an ASCII addr-spec (RFC 5322 section 3.4.1) without comments and folding. Space, control
    /// characters, a second `@`, domain literals and a dot at the end are refused.
    ///
    /// # Errors
    /// [`Error::Address`] with the fault.
    pub fn parse(text: &str) -> Result<Address, Error> {
        if text.is_ascii() { read(text) } else { Err(Error::Address(AddressFault::NotAscii)) }
    }

    /// Reads an address whose local part may be UTF-8 (RFC 6531). A domain in UTF-8 is kept in its ASCII form
    /// (A-labels, RFC 5890), which is what is compared and shown; capitals beyond ASCII are refused in it.
    ///
    /// # Errors
    /// [`Error::Address`] with the fault.
    pub fn parse_international(text: &str) -> Result<Address, Error> {
        read(text)
    }

    /// The part before the `@`, with its quotes only where it needs them.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The part after the `@`, in the letter case that it came in.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether the whole address is ASCII, so that it can be sent without SMTPUTF8.
    pub fn is_ascii(&self) -> bool {
        self.local.is_ascii()
    }

    /// Whether both are one mailbox: ASCII without regard to case (RFC 8550 section 3), a local part in
    /// UTF-8 octet by octet (RFC 9598 section 5), and never one of each kind.
    pub fn same_mailbox(&self, other: &Address) -> bool {
        let local = match (self.is_ascii(), other.is_ascii()) {
            (true, true) => self.local.eq_ignore_ascii_case(&other.local),
            (false, false) => self.local == other.local,
            _ => false,
        };
        local && self.domain.eq_ignore_ascii_case(&other.domain)
    }

    /// The same mailbox in the form to sort and search by: ASCII in lower case.
    pub fn folded(&self) -> String {
        let local = if self.is_ascii() { self.local.to_ascii_lowercase() } else { self.local.clone() };
        format!("{local}@{}", self.domain.to_ascii_lowercase())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

/// The addresses that a certificate is for: rfc822Name and SmtpUTF8Mailbox of the subjectAltName; the
/// subject's emailAddress only where the former has none at all (RFC 5280 section 4.1.2.6, RFC 8550
/// section 3). The commonName never counts, and what is no address is left out.
pub fn certificate_addresses(certificate: &Certificate) -> Vec<Address> {
    let mut found = Vec::new();
    let mut any = false;
    for name in certificate.subject_alt_names() {
        let address = match name {
            GeneralName::Rfc822(text) => Address::parse(text).ok(),
            GeneralName::SmtpUtf8(text) => international_mailbox(text),
            // A mail name that cannot be read still is one: the subject is not asked.
            GeneralName::Unparsed { tag: 1, .. } => None,
            GeneralName::Other { oid, .. } if *oid == oids::SMTP_UTF8_MAILBOX => None,
            _ => continue,
        };
        any = true;
        push(&mut found, address);
    }
    if !any {
        for attribute in certificate.subject().attributes().filter(|a| a.oid == oids::EMAIL_ADDRESS) {
            let short = attribute.text.len() <= MAX_EMAIL_ATTRIBUTE;
            push(&mut found, Address::parse(&attribute.text).ok().filter(|_| short));
        }
    }
    found
}

/// Whether the certificate is for this address.
pub fn names_address(certificate: &Certificate, address: &Address) -> bool {
    certificate_addresses(certificate).iter().any(|named| named.same_mailbox(address))
}

/// SmtpUTF8Mailbox is for local parts that are not ASCII and for no others, and its domain is in lower case
/// (RFC 9598 section 3). RFC 8398 had domains in UTF-8 there, which are read as their ASCII form.
pub(crate) fn international_mailbox(text: &str) -> Option<Address> {
    let address = Address::parse_international(text).ok()?;
    let lower = !address.domain.bytes().any(|b| b.is_ascii_uppercase());
    (!address.is_ascii() && lower).then_some(address)
}

/// Whether the text is a host name: labels of letters, digits, hyphens and, as found in the wild, underscores.
pub(crate) fn is_host_name(text: &str) -> bool {
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    text.len() <= MAX_DOMAIN && text.split('.').all(label)
}

fn push(found: &mut Vec<Address>, address: Option<Address>) {
    if let Some(address) = address
        && !found.iter().any(|known| known.same_mailbox(&address))
    {
        found.push(address);
    }
}

fn read(text: &str) -> Result<Address, Error> {
    if text.chars().any(is_refused) {
        return Err(Error::Address(AddressFault::Character));
    }
    let (local, domain) = text.split_once('@').ok_or(Error::Address(AddressFault::NoAt))?;
    if domain.contains('@') {
        return Err(Error::Address(AddressFault::ManyAts));
    }
    if local.len() > MAX_LOCAL || domain.len() > MAX_DOMAIN {
        return Err(Error::Address(AddressFault::TooLong));
    }
    let local = read_local(local).ok_or(Error::Address(AddressFault::LocalPart))?;
    let domain = idna::to_ascii(domain).filter(|d| is_host_name(d)).ok_or(Error::Address(AddressFault::Domain))?;
    Ok(Address { local: local.to_owned(), domain })
}

/// A quoted string without escapes is kept only if the dot-atom form cannot say the same.
fn read_local(local: &str) -> Option<&str> {
    match local.strip_prefix('"').and_then(|l| l.strip_suffix('"')) {
        Some(inner) if is_dot_atom(inner) => Some(inner),
        Some(inner) if !inner.contains(['"', '\\']) => Some(local),
        None if is_dot_atom(local) => Some(local),
        _ => None,
    }
}

fn is_dot_atom(text: &str) -> bool {
    let atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || !c.is_ascii();
    text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(atext))
}

/// Control characters, white space, and what reorders or hides text.
fn is_refused(c: char) -> bool {
    c.is_control()
        || c.is_whitespace()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{ffff}')
}

/// RFC 5321 section 4.5.3.1.1, in octets.
const MAX_LOCAL: usize = 64;
/// RFC 5321 section 4.5.3.1.2, in octets.
const MAX_DOMAIN: usize = 255;
/// ub-emailaddress-length of RFC 5280 section A.1.
const MAX_EMAIL_ATTRIBUTE: usize = 255;
