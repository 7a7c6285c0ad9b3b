//! Countersignatures (RFC 5652 §11.4): signatures over a signature. They are shown, and none of them is ever a signature
//! of the content (CMS-11).

use crypto::{Digest, PublicKey};
use trust::Policy;
use wire::cms::SignerInfo;
use wire::der::Reader;
use wire::{Certificate, Time, ber, oids};

use crate::signed::attributes;
use crate::signed::check::{
    MAX_CANDIDATES, Outcome, SignatureFault, certificate_named, misplaced_attributes, required, signature_algorithm,
    signed_by, single_attributes, verified,
};
use crate::signed::reader::SignedFacts;

/// What came of one countersignature.
#[derive(Debug)]
pub struct Countersigned {
    /// Whether it holds over the signature that it stands beside.
    pub result: Result<(), SignatureFault>,
    /// Its signer's certificate, where it was found.
    pub certificate: Option<Certificate>,
    /// The algorithm's name; empty where it is not known.
    pub algorithm: String,
    /// What the policy accepts of algorithm and key and warns of; only of one that holds.
    pub warnings: Vec<String>,
    /// When its signer says it was made.
    pub signed_at: Option<Time>,
}

/// Judges the countersignatures of a signer, at most [`MAX_COUNTERSIGNATURES`] of them; those of countersignatures are
/// not looked at. `others` are certificates that did not come with the message.
pub fn check_countersignatures(
    info: &SignerInfo,
    facts: &SignedFacts,
    others: &[Certificate],
    policy: &Policy,
    now: Time,
) -> Vec<Countersigned> {
    let values = info.unsigned.iter().filter(|a| a.oid == oids::COUNTERSIGNATURE).flat_map(|a| &a.values);
    let check = |value: &Vec<u8>| {
        let unreadable = || Countersigned {
            result: Err(SignatureFault::Attribute("countersignature")),
            certificate: None,
            algorithm: String::new(),
            warnings: Vec::new(),
            signed_at: None,
        };
        let Ok(definite) = ber::to_definite(value) else { return unreadable() };
        let Ok(counter) = SignerInfo::from_der(&definite) else { return unreadable() };
        check_one(&counter, &info.signature, facts, others, policy, now)
    };
    values.take(MAX_COUNTERSIGNATURES).map(check).collect()
}

fn check_one(
    counter: &SignerInfo,
    signature: &[u8],
    facts: &SignedFacts,
    others: &[Certificate],
    policy: &Policy,
    now: Time,
) -> Countersigned {
    let signed_at = counter.signed.as_ref().and_then(|signed| {
        signed.single(oids::SIGNING_TIME).ok().flatten().and_then(|value| attributes::signing_time(value).ok())
    });
    let mut found = Countersigned {
        result: Err(SignatureFault::NoCertificate),
        certificate: None,
        algorithm: String::new(),
        warnings: Vec::new(),
        signed_at,
    };
    let candidates = facts.certificates.iter().chain(others).filter(|c| signed_by(&counter.signer, c));
    for certificate in candidates.take(MAX_CANDIDATES) {
        let Outcome { result, algorithm, warnings } = check_with(counter, signature, certificate, policy, now);
        let holds = result.is_ok();
        let fits = holds || matches!(result, Err(SignatureFault::Weak(_)));
        if fits || found.certificate.is_none() {
            found = Countersigned { result, certificate: Some(certificate.clone()), algorithm, warnings, signed_at };
        }
        if holds {
            break;
        }
    }
    found
}

fn check_with(
    counter: &SignerInfo,
    signature: &[u8],
    certificate: &Certificate,
    policy: &Policy,
    now: Time,
) -> Outcome {
    let key = match PublicKey::from_spki(certificate.public_key().der()) {
        Ok(key) => key,
        Err(error) => return Outcome::unchecked(SignatureFault::Unsupported(error.to_string())),
    };
    let algorithm = match signature_algorithm(counter) {
        Ok(algorithm) => algorithm,
        Err(fault) => return Outcome::unchecked(fault),
    };
    let check = || -> Result<(), SignatureFault> {
        let digest = Digest::of_old_mail(&counter.digest).map_err(|e| SignatureFault::Unsupported(e.to_string()))?;
        let digest = crypto::digest(digest, signature);
        let Some(signed) = &counter.signed else {
            return verified(key.verify_digest(&algorithm, &digest, &counter.signature));
        };
        single_attributes(signed)?;
        misplaced_attributes(counter, signed)?;
        // There is no content type: what is signed is no content.
        if signed.all(oids::CONTENT_TYPE).next().is_some() {
            return Err(SignatureFault::Attribute("contentType"));
        }
        let stated = required(signed, oids::MESSAGE_DIGEST, "messageDigest")?;
        let stated = Reader::lenient(stated).octet_string().map_err(|_| SignatureFault::Attribute("messageDigest"))?;
        if !crypto::equal(&digest, stated) {
            return Err(SignatureFault::DigestMismatch);
        }
        certificate_named(signed, certificate)?;
        verified(key.verify(&algorithm, signed.der(), &counter.signature))
    };
    Outcome::judged(check(), (&algorithm, &key.kind()), policy, now)
}

/// Countersignatures of one signature that are checked.
pub const MAX_COUNTERSIGNATURES: usize = 8;
