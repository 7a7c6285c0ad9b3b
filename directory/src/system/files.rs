//! Files of certificates with what is said of them.

use std::io::Read;
use std::path::Path;

use wire::trust_objects::{TrustObject, looks_like_p11_kit, read_p11_kit, read_trusted_certificate};
use wire::{Certificate, Oid, der, oids, pem};

use super::folders::Place;
use super::said::Said;

/// Reads a source file; `None` where it is of no kind that is known.
pub(super) fn read(path: &Path, place: Place) -> Result<Option<Said>, String> {
    let bytes = bytes(path)?;
    let mut said = Said::default();
    if looks_like_p11_kit(&bytes) {
        objects(&read_p11_kit(&bytes).map_err(|e| e.to_string())?, place, &mut said);
    } else if pem::looks_like_pem(&bytes) {
        for block in pem::parse(&bytes).map_err(|e| e.to_string())? {
            one(&block.label, &block.contents, place, &mut said);
        }
    } else if der::one(&bytes).is_ok() {
        one("CERTIFICATE", &bytes, place, &mut said);
    } else {
        return Ok(None);
    }
    Ok(Some(said))
}

/// Reads a bundle, every certificate of which is an anchor by being in it.
pub(super) fn read_bundle(path: &Path) -> Result<Option<Said>, String> {
    let bytes = bytes(path)?;
    let mut said = Said::default();
    for block in pem::parse(&bytes).map_err(|e| e.to_string())? {
        one(&block.label, &block.contents, Place::Anchors, &mut said);
    }
    Ok(Some(said))
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|e| e.to_string())?;
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    if bytes.len() as u64 > MAX_FILE { Err("too large".to_owned()) } else { Ok(bytes) }
}

/// A certificate by itself, or OpenSSL's with purposes behind it. One that is damaged is no anchor.
fn one(label: &str, contents: &[u8], place: Place, said: &mut Said) {
    let (certificate, words) = match label {
        "TRUSTED CERTIFICATE" => match read_trusted_certificate(contents) {
            Ok(found) => found,
            Err(_) => return,
        },
        "CERTIFICATE" | "X509 CERTIFICATE" => (contents, Default::default()),
        _ => return,
    };
    let Ok(certificate) = Certificate::from_der(certificate) else { return };
    let rejected = words.reject.iter().any(is_mail);
    let trusted = words.trust.map_or(place == Place::Anchors, |purposes| purposes.iter().any(is_mail));
    if rejected || place == Place::Blocked {
        said.distrusted.push(certificate);
    } else if trusted {
        said.trusted.push(certificate);
    }
}

/// The sections of a p11-kit file. Purposes stand in sections of their own and belong to a public key.
fn objects(objects: &[TrustObject], place: Place, said: &mut Said) {
    for object in objects {
        for block in &object.blocks {
            if block.label == "PUBLIC KEY" {
                continue;
            }
            let trusted = object.is("trusted") || (place == Place::Anchors && object.field("trusted").is_none());
            let mut found = Said::default();
            let place = match (object.is("x-distrusted") || place == Place::Blocked, trusted) {
                (true, _) => Place::Blocked,
                (false, true) => Place::Anchors,
                (false, false) => Place::Source,
            };
            one(&block.label, &block.contents, place, &mut found);
            let for_mail = |c: &Certificate| allows_mail(objects, c) && !ends(object);
            said.trusted.extend(found.trusted.into_iter().filter(for_mail));
            said.distrusted.append(&mut found.distrusted);
        }
    }
}

/// Whether the extensions that are stapled to a key leave mail among its purposes.
fn allows_mail(objects: &[TrustObject], certificate: &Certificate) -> bool {
    let key = certificate.public_key().der();
    let stapled = |object: &&TrustObject| object.blocks.iter().any(|b| b.label == "PUBLIC KEY" && *b.contents == *key);
    objects.iter().filter(stapled).all(|object| match object.field("object-id") {
        Some(EXTENDED_KEY_USAGE) => purposes(object).is_some_and(|list| list.iter().any(is_mail)),
        Some(REJECT) => purposes(object).is_some_and(|list| !list.iter().any(is_mail)),
        _ => true,
    })
}

/// The purposes in an extension, which `value` has whole; `None` where it is damaged.
fn purposes(object: &TrustObject) -> Option<Vec<Oid>> {
    let mut extension = der::Reader::new(object.field("value")?).sequence().ok()?;
    extension.oid().ok()?;
    extension.optional(der::Tag::BOOLEAN).ok()?;
    let mut list = der::Reader::new(extension.octet_string().ok()?).sequence().ok()?;
    let mut found = Vec::new();
    while !list.is_empty() {
        found.push(list.oid().ok()?);
    }
    Some(found)
}

/// Whether Mozilla set a day after which new certificates for mail are not believed. That day is not kept here, so the
/// anchor is left out.
fn ends(object: &TrustObject) -> bool {
    object.field("nss-email-distrust-after").is_some_and(|day| !matches!(day, [] | [0] | b"false"))
}

fn is_mail(purpose: &Oid) -> bool {
    *purpose == oids::EMAIL_PROTECTION || *purpose == oids::ANY_EXTENDED_KEY_USAGE
}

const EXTENDED_KEY_USAGE: &[u8] = b"2.5.29.37";
/// OpenSSL's rejected purposes as p11-kit writes them.
const REJECT: &[u8] = b"1.3.6.1.4.1.3319.6.10.1";
/// Octets of a file.
const MAX_FILE: u64 = 64 << 20;
