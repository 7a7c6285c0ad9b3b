//! What both mails have in their headers.

use mime::{Field, Header, Limits, address_list, decode_words};
use trust::Address;

use super::fault::AcmeFault;

/// The header of a mail that is held in memory.
pub(super) fn header(mail: &mut &[u8]) -> Result<Header, AcmeFault> {
    Header::read(mail, &Limits::default()).map_err(|e| AcmeFault::Mail(e.to_string()))
}

/// The one field of this name.
pub(super) fn single<'h>(header: &'h Header, name: &str) -> Option<Field<'h>> {
    header.get(name).filter(|_| header.count(name) == 1)
}

/// The one address of the one field of this name.
pub(super) fn address(header: &Header, name: &'static str) -> Result<Address, AcmeFault> {
    let wrong = || AcmeFault::Address(name);
    let list = address_list(&single(header, name).ok_or_else(wrong)?.unfolded()).map_err(|_| wrong())?;
    match list.as_slice() {
        [one] => Address::parse_international(&one.addr()).map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

/// An identifier of one mail, with its angle brackets (RFC 5322 section 3.6.4); none where it is no single one.
pub(super) fn message_id(header: &Header, name: &str) -> Option<String> {
    let text = single(header, name)?.unfolded();
    let text = text.trim_matches([' ', '\t']);
    let inner = text.strip_prefix('<')?.strip_suffix('>')?;
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>');
    (inner.len() <= MAX_ID && inner.contains('@') && inner.chars().all(plain)).then(|| text.to_owned())
}

/// What stands before `ACME:` in the subject, and the first part of the token behind it, without white space.
pub(super) fn token(header: &Header) -> Result<(String, String), AcmeFault> {
    let value = single(header, "Subject").ok_or(AcmeFault::Subject)?.unfolded();
    if value.len() > MAX_SUBJECT {
        return Err(AcmeFault::Subject);
    }
    for word in value.split("=?").skip(1) {
        let charset = word.split(['?', '*']).next().unwrap_or_default();
        if !["utf-8", "us-ascii"].iter().any(|known| charset.eq_ignore_ascii_case(known)) {
            return Err(AcmeFault::Charset);
        }
    }
    let decoded = decode_words(&value);
    let (before, after) = decoded.split_once(LABEL).ok_or(AcmeFault::Token)?;
    let part1: String = after.chars().filter(|c| !matches!(c, ' ' | '\t')).collect();
    // RFC 4648 section 5, with the padding that RFC 8823's examples have; 22 characters are the first to hold 128 bits.
    let bare = part1.trim_end_matches('=');
    let spelled = bare.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !spelled || bare.len() < 22 || part1.len() > MAX_TOKEN || part1.len() - bare.len() > 2 {
        return Err(AcmeFault::Token);
    }
    Ok((before.trim_matches([' ', '\t']).to_owned(), part1))
}

/// What the subjects of both have in common (section 3.1).
pub(super) const LABEL: &str = "ACME:";
/// The line before the digest of a response (section 3.2).
pub(super) const BEGIN: &str = "-----BEGIN ACME RESPONSE-----";
/// The line behind it.
pub(super) const END: &str = "-----END ACME RESPONSE-----";
const MAX_SUBJECT: usize = 2000;
const MAX_TOKEN: usize = 512;
/// RFC 5322 section 2.1.1: a line, less the name of the field.
const MAX_ID: usize = 900;
