//! What a file is, by how it begins.

use crate::der::{Element, Reader, Tag};
use crate::tree::grammar::{self, Kind};

/// The word for what begins like this, and its structure if one is known. Indefinite lengths are read as far as it
/// takes, which is the content type of CMS.
pub(super) fn of(start: &[u8]) -> (&'static str, Option<&'static Kind>) {
    let Some(contents) = sequence(start) else { return ("unknown", None) };
    let parts = parts(contents);
    let tags: Vec<u8> = parts.iter().map(|part| part.tag).collect();
    let first = |index: usize| parts.get(index).and_then(|part| part.first);
    let version = parts.first().map_or(&[][..], |part| part.contents);
    match (tags.as_slice(), first(0), first(1)) {
        ([0x06, ..], ..) => ("cms", Some(grammar::CONTENT_INFO)),
        ([0x0a, ..], ..) => ("ocsp-response", Some(grammar::OCSP_RESPONSE)),
        ([0x02, 0x30, 0x04, ..], _, Some(0x06)) => ("private-key", Some(grammar::PRIVATE_KEY)),
        ([0x02, 0x04, ..], ..) => ("private-key", Some(grammar::EC_PRIVATE_KEY)),
        ([0x02, 0x02, 0x02, ..], ..) => ("private-key", Some(grammar::INTEGERS)),
        ([0x02, 0x30, ..], _, Some(0x06)) if version == [3] => ("pkcs12", Some(grammar::PFX)),
        ([0x02, 0x30, ..], _, Some(0x30)) => ("time-stamp-request", Some(grammar::TIME_STAMP_REQUEST)),
        ([0x30, 0x04], Some(0x06), _) => ("encrypted-private-key", Some(grammar::ENCRYPTED_PRIVATE_KEY)),
        ([0x30, 0x03], Some(0x06), _) => ("public-key", Some(grammar::PUBLIC_KEY)),
        ([0x30, 0x30, 0x03, ..], ..) | ([0x30, 0x30], ..) | ([0x30], ..) => signed(&parts),
        ([0x30, 0xa0], ..) => ("ocsp-request", Some(grammar::OCSP_REQUEST)),
        _ => ("unknown", None),
    }
}

/// What has a signature after it, or is too long to be seen to its end.
fn signed(parts: &[Part<'_>]) -> (&'static str, Option<&'static Kind>) {
    let inner = self::parts(parts.first().map_or(&[][..], |part| part.contents));
    let tags: Vec<u8> = inner.iter().map(|part| part.tag).take(4).collect();
    let second = inner.get(1).and_then(|part| part.first);
    match (tags.as_slice(), second) {
        ([0xa0, 0x02, ..], _) => ("certificate", Some(grammar::CERTIFICATE)),
        ([0x02, 0x30, 0x30, 0x17 | 0x18], Some(0x06)) | ([0x30, 0x30, 0x17 | 0x18, ..], _) => {
            ("certificate-list", Some(grammar::CRL))
        }
        ([0x02, 0x30, 0x30, 0x30], Some(0x06)) => ("certificate", Some(grammar::CERTIFICATE)),
        ([0x02, 0x30, 0x30, ..], Some(0x31) | None) => ("certification-request", Some(grammar::REQUEST)),
        ([0x30, ..] | [0xa0, ..] | [0xa1, ..], _) if parts.len() == 1 => ("ocsp-request", Some(grammar::OCSP_REQUEST)),
        ([0x02, ..], _) => ("time-stamp-response", Some(grammar::TIME_STAMP_RESPONSE)),
        _ => ("unknown", None),
    }
}

struct Part<'a> {
    tag: u8,
    contents: &'a [u8],
    /// The identifier octet of the first element inside.
    first: Option<u8>,
}

/// The contents of the SEQUENCE that these octets begin with, as far as they are there.
fn sequence(octets: &[u8]) -> Option<&[u8]> {
    (octets.first() == Some(&0x30)).then(|| after_header(octets)).flatten()
}

/// What follows identifier and length.
fn after_header(octets: &[u8]) -> Option<&[u8]> {
    match octets {
        [_, length, rest @ ..] if *length <= 0x80 => Some(rest),
        [_, length, rest @ ..] => rest.get(usize::from(length & 0x7f)..),
        _ => None,
    }
}

/// The elements that these octets begin with, at most eight and up to one whose end is not among them.
fn parts(octets: &[u8]) -> Vec<Part<'_>> {
    let mut reader = Reader::lenient(octets);
    let mut parts = Vec::new();
    while parts.len() < MAX_PARTS {
        let rest = reader.rest();
        if let Ok(Element { tag: Tag(tag), contents, .. }) = reader.any() {
            parts.push(Part { tag, contents, first: contents.first().copied() });
            continue;
        }
        if let (Some(tag), Some(contents)) = (rest.first(), after_header(rest)) {
            parts.push(Part { tag: *tag, contents, first: contents.first().copied() });
        }
        break;
    }
    parts
}

/// Elements looked at.
const MAX_PARTS: usize = 8;
