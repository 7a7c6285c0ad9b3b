//! CRLs (RFC 5280 section 5) and OCSP answers (RFC 6960), signed by the authority's own key.

use crypto::{Digest, Random};
use wire::crl::TbsCrl;
use wire::ocsp::{CertId, CertStatus, OcspRequest, OcspResponseStatus, ResponseData, SingleResponse};
use wire::ocsp::{refusal_der, response_der};
use wire::x509::certificate_der;
use wire::{Crl, Time};

use crate::error::Error;
use crate::issue::{Authority, signature_algorithm};
use crate::journal::Journal;

/// The list of all that is revoked, as of `now`. It is good for seven days (SBR section 4.9.7 allows ten), and that of a root
/// with authorities below for 364 (which allows twelve months): its key rests meanwhile. What is on it stays until a day
/// after it expired (RFC 5280 section 3.3). Its number is made of the time and of how many lines the journal has, so that two
/// lists of one second have the same only where they say the same (section 5.2.3), and is in any case greater than that of
/// `last`, the list that was signed before, should the clock have gone back.
///
/// # Errors
/// A key that does not sign.
pub fn crl(
    authority: &Authority<'_>,
    journal: &Journal,
    last: Option<&Crl>,
    now: Time,
    rng: &mut dyn Random,
) -> Result<Crl, Error> {
    let listed = journal.issued().filter(|i| i.certificate.not_after().0.saturating_add(DAY) >= now.0);
    let entry =
        |i: &crate::journal::Issued| i.revoked.map(|(at, reason)| (i.certificate.serial().to_vec(), at, reason));
    let algorithm = signature_algorithm(&authority.key().public().kind())?;
    let certificate = authority.certificate();
    let above = journal.issued().any(|i| i.certificate.basic_constraints().is_some_and(|b| b.ca));
    let days = if above { 364 } else { 7 };
    let tbs = TbsCrl {
        signature: algorithm.to_x509(),
        issuer: certificate.subject().clone(),
        this_update: now,
        next_update: Time(now.0.saturating_add(days * DAY)),
        entries: listed.filter_map(entry).collect(),
        authority_key_id: certificate.subject_key_id().unwrap_or_default().to_vec(),
        number: number(journal, last, now),
    }
    .to_der();
    let signature = authority.key().sign(&algorithm, &tbs, rng)?;
    Ok(Crl::from_der(&certificate_der(&tbs, &algorithm.to_x509(), &signature))?)
}

fn number(journal: &Journal, last: Option<&Crl>, now: Time) -> u64 {
    let seconds = u64::try_from(now.0).unwrap_or_default();
    let lines = u64::try_from(journal.count()).unwrap_or_default() & 0xff_ffff;
    let own = (seconds << 24) | lines;
    // A list of ours has a number of eight octets at most.
    let before = last.and_then(Crl::number).filter(|octets| octets.len() <= 9);
    let before = before.map(|octets| octets.iter().fold(0_u64, |number, octet| (number << 8) | u64::from(*octet)));
    before.map_or(own, |before| own.max(before.saturating_add(1)))
}

/// The answer to an OCSP request, DER. A certificate that this authority did not issue is unknown, and one of another
/// authority too; a nonce is repeated (RFC 9654). An answer is good for a day.
///
/// # Errors
/// A key that does not sign. A request that cannot be read has an answer that says so.
pub fn respond(
    authority: &Authority<'_>,
    journal: &Journal,
    request: &[u8],
    now: Time,
    rng: &mut dyn Random,
) -> Result<Vec<u8>, Error> {
    let Ok(request) = OcspRequest::from_der(request) else {
        return Ok(refusal_der(OcspResponseStatus::MalformedRequest));
    };
    let single = |id: CertId| SingleResponse {
        status: status(authority, journal, &id),
        id,
        this_update: now,
        next_update: Some(Time(now.0.saturating_add(DAY))),
        archive_cutoff: None,
    };
    let public = authority.key().public();
    let tbs = ResponseData {
        key_hash: crypto::digest(Digest::Sha1, public.octets()).to_vec(),
        produced_at: now,
        responses: request.ids.into_iter().map(single).collect(),
        nonce: request.nonce,
    }
    .to_der();
    let algorithm = signature_algorithm(&public.kind())?;
    let signature = authority.key().sign(&algorithm, &tbs, rng)?;
    Ok(response_der(&tbs, &algorithm.to_x509(), &signature, &[authority.certificate().der()]))
}

fn status(authority: &Authority<'_>, journal: &Journal, id: &CertId) -> CertStatus {
    let Ok(digest) = Digest::from_algorithm(&id.hash) else { return CertStatus::Unknown };
    let name = crypto::digest(digest, authority.certificate().subject().der());
    let key = crypto::digest(digest, authority.key().public().octets());
    if id.name != *name || id.key != *key {
        return CertStatus::Unknown;
    }
    match journal.find(&id.serial).map(|issued| issued.revoked) {
        None => CertStatus::Unknown,
        Some(None) => CertStatus::Good,
        Some(Some((at, reason))) => CertStatus::Revoked { at, reason },
    }
}

const DAY: i64 = 86_400;
