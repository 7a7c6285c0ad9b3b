//! Time-stamp tokens beside a signature (RFC 3161, RFC 5816): who saw it, and when.

use std::io::Read;

use crypto::Digest;
use trust::Policy;
use wire::ber::BerReader;
use wire::cms::SignerInfo;
use wire::tsp::TstInfo;
use wire::x509::GeneralName;
use wire::{Certificate, Crl, Time, oids};

use crate::content;
use crate::error::Error;
use crate::signed::check::{SignatureFault, check_signer};
use crate::signed::reader::{SignedFacts, SignedReader, SignerEntry};

/// A token that holds over the signature beside it. Whether its authority is believed is for a path to say.
#[derive(Debug, Clone)]
pub struct TimeStamp {
    /// By when the signature existed at the latest: the time of the token and how far that may be off.
    pub at: Time,
    /// The authority's certificate.
    pub certificate: Certificate,
    /// The certificates that came with the token.
    pub certificates: Vec<Certificate>,
    /// The CRLs that came with it.
    pub crls: Vec<Crl>,
}

/// Why a token proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StampFault {
    /// It is no token.
    #[error("it cannot be read")]
    Unreadable,
    /// Not exactly one signer (RFC 3161 section 2.4.2).
    #[error("it has not exactly one signer")]
    Signers,
    /// Its own signature does not count.
    #[error("its signature does not count: {0}")]
    Signature(SignatureFault),
    /// It does not say which certificate signed it (RFC 3161 section 2.4.2, RFC 5816 section 2.2.1).
    #[error("it does not name the certificate of its signer")]
    Unnamed,
    /// It is over something else.
    #[error("it is over something else than this signature")]
    Imprint,
    /// Its digest is one that nobody should believe.
    #[error("its digest is not one to be believed")]
    Digest,
    /// A critical extension that nobody here knows.
    #[error("it has a critical extension that is not understood")]
    UnknownCritical,
    /// The signer's certificate is not for time stamps and for nothing else, critically (RFC 3161 section 2.3).
    #[error("the certificate of its signer is not for time stamps alone")]
    WrongPurpose,
    /// It names another authority than signed it.
    #[error("it names another authority than signed it")]
    OtherAuthority,
    /// It is of a time that is yet to come.
    #[error("it is of a time that is yet to come")]
    Future,
}

/// Checks the time-stamp tokens beside a signature, at most [`MAX_STAMPS`], and gives the earliest that holds; `None`
/// where there is none. `others` are certificates that did not come with the token.
pub fn check_time_stamp(
    info: &SignerInfo,
    others: &[Certificate],
    policy: &Policy,
    now: Time,
) -> Option<Result<TimeStamp, StampFault>> {
    let tokens = info.unsigned.iter().filter(|a| a.oid == oids::TIME_STAMP_TOKEN).flat_map(|a| &a.values);
    let mut checked = tokens.take(MAX_STAMPS).map(|token| check(token, &info.signature, others, policy, now));
    let mut best = checked.next()?;
    for next in checked {
        let better = match (&best, &next) {
            (Ok(best), Ok(next)) => next.at < best.at,
            (Err(_), Ok(_)) => true,
            _ => false,
        };
        if better {
            best = next;
        }
    }
    Some(best)
}

fn check(
    token: &[u8],
    signature: &[u8],
    others: &[Certificate],
    policy: &Policy,
    now: Time,
) -> Result<TimeStamp, StampFault> {
    let (facts, content) = read(token).map_err(|_| StampFault::Unreadable)?;
    if facts.content_type != oids::TST_INFO {
        return Err(StampFault::Unreadable);
    }
    let stamp = TstInfo::from_der(&content).map_err(|_| StampFault::Unreadable)?;
    let [SignerEntry::Info(signer)] = facts.signers.as_slice() else { return Err(StampFault::Signers) };
    // The token may leave its signer's certificate out (certReq, RFC 3161 section 2.4.1).
    let checked = check_signer(signer, &facts, others, policy, now, false);
    let certificate = checked.result.map_err(StampFault::Signature)?.certificate().clone();
    // That the attribute names this certificate was checked with the signature; here it also has to be there.
    let names = [oids::SIGNING_CERTIFICATE, oids::SIGNING_CERTIFICATE_V2];
    let named = signer.signed.as_ref().is_some_and(|signed| names.iter().any(|oid| signed.all(*oid).next().is_some()));
    if !named {
        return Err(StampFault::Unnamed);
    }
    let digest = Digest::from_algorithm(&stamp.hash).map_err(|_| StampFault::Digest)?;
    if !believed(digest) {
        return Err(StampFault::Digest);
    }
    if !crypto::equal(&crypto::digest(digest, signature), &stamp.imprint) {
        return Err(StampFault::Imprint);
    }
    if stamp.extensions.iter().any(|extension| extension.critical) {
        return Err(StampFault::UnknownCritical);
    }
    let critical = certificate.extension(oids::EXTENDED_KEY_USAGE).is_some_and(|extension| extension.critical);
    if !critical || certificate.extended_key_usage() != Some(&[oids::TIME_STAMPING]) {
        return Err(StampFault::WrongPurpose);
    }
    if !stamp.tsa.as_ref().is_none_or(|tsa| is_named(tsa, &certificate)) {
        return Err(StampFault::OtherAuthority);
    }
    let off = i64::try_from(stamp.accuracy.seconds_up()).unwrap_or(i64::MAX);
    if stamp.gen_time.0.saturating_sub(off.min(MAX_CLOCK)) > now.0 {
        return Err(StampFault::Future);
    }
    let at = Time(stamp.gen_time.0.saturating_add(off).min(now.0));
    Ok(TimeStamp { at, certificate, certificates: facts.certificates, crls: facts.crls })
}

/// The token, and its content of at most 64 KiB.
fn read(token: &[u8]) -> Result<(SignedFacts, Vec<u8>), Error> {
    let mut ber = BerReader::new(token);
    if content::enter(&mut ber)? != oids::SIGNED_DATA {
        return Err(Error::Malformed("no SignedData"));
    }
    let mut reader = SignedReader::new(ber, true).map_err(|broken| broken.error)?;
    let mut content = Vec::new();
    let limit = u64::try_from(MAX_CONTENT).unwrap_or(u64::MAX);
    reader.by_ref().take(limit).read_to_end(&mut content)?;
    Ok((reader.finish().0?, content))
}

/// Collisions are what a stamp must be safe from: who asks for it chooses what is stamped.
fn believed(digest: Digest) -> bool {
    !matches!(digest, Digest::Sha1 | Digest::Md5)
}

/// "MUST correspond to one of the subject names included in the certificate" (RFC 3161 section 2.4.2).
fn is_named(tsa: &GeneralName, certificate: &Certificate) -> bool {
    match tsa {
        GeneralName::Directory(name) if certificate.subject().matches(name) => true,
        name => certificate.subject_alt_names().contains(name),
    }
}

/// Tokens of one signature that are checked.
const MAX_STAMPS: usize = 4;
const MAX_CONTENT: usize = 64 << 10;
/// How far clocks may differ, in seconds.
const MAX_CLOCK: i64 = 300;
