//! One search by LDAP (RFC 4511): an anonymous bind, a search, the values of the attributes that were asked for.

use std::io::{self, Read, Write};
use std::time::Instant;

use rustls::StreamOwned;
use wire::ldap::{LdapAnswer, LdapUrl, bind_request, message_length, read_answer, search_request, unbind_request};

use super::error::FetchError;
use super::rules::{AllowedHost, check_addresses, is_allowed};
use super::wanted::{SECONDS, Wanted};
use crate::timed::{self, NoConnection, Timed};
use crate::tls;

/// Searches. Only servers that the user listed are asked: a directory is nothing that strangers may point to.
pub(crate) fn search(
    url: &str,
    wanted: &Wanted,
    allowed: &[AllowedHost],
    deadline: Instant,
) -> Result<Vec<Vec<u8>>, FetchError> {
    let mut url = LdapUrl::parse(url).map_err(|_| FetchError::BadUrl)?;
    if url.host.is_empty() {
        return Err(FetchError::BadUrl);
    }
    if !is_allowed(allowed, &url.host, url.port) {
        return Err(FetchError::Directory { host: url.host, port: url.port });
    }
    url.attributes = attributes(&url, wanted);
    let stream = connect(&url.host, url.port, allowed, deadline)?;
    match url.tls {
        false => converse(stream, &url, wanted.limit()),
        true => {
            let session = tls::client(&url.host, tls::server_roots()).map_err(FetchError::Tls)?;
            converse(StreamOwned::new(session, stream), &url, wanted.limit())
        }
    }
}

/// What the URL asks for, or else what is wanted, each also by the name that RFC 4523 section 2 has it transferred by.
fn attributes(url: &LdapUrl, wanted: &Wanted) -> Vec<String> {
    let usual: &[&str] = match wanted {
        Wanted::Issuer => &["cACertificate", "crossCertificatePair"],
        Wanted::Person => &["userSMIMECertificate", "userCertificate"],
        Wanted::Crl | Wanted::Ocsp(_) => &["certificateRevocationList", "authorityRevocationList"],
    };
    let named = url.attributes.iter().map(String::as_str);
    let list: Vec<&str> = if url.attributes.is_empty() { usual.to_vec() } else { named.collect() };
    let mut all = Vec::new();
    for name in list {
        let base = name.split(';').next().unwrap_or(name);
        for form in [name.to_owned(), format!("{base};binary")] {
            if !all.contains(&form) {
                all.push(form);
            }
        }
    }
    all
}

/// Resolves, checks what came, and connects to what was checked.
fn connect(host: &str, port: u16, allowed: &[AllowedHost], deadline: Instant) -> Result<Timed, FetchError> {
    let failed = |fault| match fault {
        NoConnection::UnknownHost => FetchError::UnknownHost(host.to_owned()),
        NoConnection::Late => FetchError::Timeout(SECONDS),
        NoConnection::Failed(error) => FetchError::Connection(error.to_string()),
    };
    let addresses = timed::resolve(host, port, deadline).map_err(failed)?;
    if !is_allowed(allowed, host, port) {
        check_addresses(host, &addresses)?;
    }
    Timed::connect(&addresses, deadline).map_err(failed)
}

fn converse(mut stream: impl Read + Write, url: &LdapUrl, limit: u64) -> Result<Vec<Vec<u8>>, FetchError> {
    let seconds = u8::try_from(SECONDS).unwrap_or(u8::MAX);
    let mut left = limit.saturating_add(OVERHEAD);
    send(&mut stream, &bind_request(1))?;
    let message = receive(&mut stream, &mut left, limit)?;
    match read_answer(&message) {
        Ok((1, LdapAnswer::Bound(SUCCESS))) => {}
        Ok((_, LdapAnswer::Bound(code))) => return Err(FetchError::LdapResult(code)),
        _ => return Err(FetchError::Malformed("LDAP answer")),
    }
    send(&mut stream, &search_request(2, url, seconds))?;
    let mut values: Vec<Vec<u8>> = Vec::new();
    loop {
        let message = receive(&mut stream, &mut left, limit)?;
        match read_answer(&message) {
            Ok((2, LdapAnswer::Entry(attributes))) => {
                let fits = |name: &str| url.attributes.iter().any(|wanted| wanted.eq_ignore_ascii_case(name));
                let found = attributes.iter().filter(|(name, _)| fits(name)).flat_map(|(_, values)| values);
                values.extend(found.map(|value| value.to_vec()));
            }
            Ok((2, LdapAnswer::Done(SUCCESS | SIZE_LIMIT))) if !values.is_empty() => break,
            Ok((2, LdapAnswer::Done(SUCCESS | NO_SUCH_OBJECT | NO_SUCH_ATTRIBUTE))) => {
                return Err(FetchError::NothingThere);
            }
            Ok((2, LdapAnswer::Done(code))) => return Err(FetchError::LdapResult(code)),
            Ok((2, LdapAnswer::Other)) => {}
            _ => return Err(FetchError::Malformed("LDAP answer")),
        }
    }
    // What was found is here, whether or not the other side hears the end of it.
    let _ = send(&mut stream, &unbind_request(3));
    values.sort();
    values.dedup();
    Ok(values)
}

fn send(stream: &mut impl Write, message: &[u8]) -> Result<(), FetchError> {
    stream.write_all(message).and_then(|()| stream.flush()).map_err(|e| told(&e))
}

/// One message. `left` is what all messages together may still bring.
fn receive(stream: &mut impl Read, left: &mut u64, limit: u64) -> Result<Vec<u8>, FetchError> {
    let malformed = |_| FetchError::Malformed("LDAP answer");
    let mut message = Vec::new();
    let length = loop {
        if let Some(length) = message_length(&message).map_err(malformed)? {
            break length;
        }
        let mut octet = [0];
        stream.read_exact(&mut octet).map_err(|e| told(&e))?;
        message.extend(octet);
    };
    *left = left.checked_sub(length as u64).ok_or(FetchError::TooLarge(limit))?;
    let rest = (length as u64).saturating_sub(message.len() as u64);
    // Grows with what arrives, not with what is announced.
    stream.take(rest).read_to_end(&mut message).map_err(|e| told(&e))?;
    if message.len() == length { Ok(message) } else { Err(FetchError::Malformed("LDAP answer")) }
}

fn told(error: &io::Error) -> FetchError {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => FetchError::Timeout(SECONDS),
        io::ErrorKind::InvalidData => FetchError::Tls(error.to_string()),
        _ => FetchError::Connection(error.to_string()),
    }
}

/// Octets around the values.
const OVERHEAD: u64 = 64 << 10;
const SUCCESS: u64 = 0;
const SIZE_LIMIT: u64 = 4;
const NO_SUCH_ATTRIBUTE: u64 = 16;
const NO_SUCH_OBJECT: u64 = 32;
