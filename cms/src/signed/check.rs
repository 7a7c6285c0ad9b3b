//! Does this signature hold over this content? (RFC 5652 §5.4, §5.6; V-01 to V-13 of the map.)

use crypto::{Digest, DigestValue, KeyKind, PublicKey, SignatureAlgorithm};
use trust::{Policy, Standing, Use};
use wire::cms::{SignedAttributes, SignerId, SignerInfo};
use wire::der::Reader;
use wire::{Certificate, Oid, Time, oids};

use crate::capabilities::Capabilities;
use crate::preference::KeyPreference;
use crate::signed::attributes;
use crate::signed::reader::SignedFacts;

/// Proof that a signature over the content was made with the key of this certificate. Only
/// [`check_signer`] makes one.
#[derive(Debug, Clone)]
pub struct SignatureHolds {
    certificate: Certificate,
}

impl SignatureHolds {
    /// The certificate whose key signed.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

/// One signer, judged.
#[derive(Debug)]
pub struct Checked {
    /// Whether the signature holds.
    pub result: Result<SignatureHolds, SignatureFault>,
    /// The signer's certificate, where it was found, also when the signature does not hold.
    pub certificate: Option<Certificate>,
    /// The algorithm's name, such as `ecdsa-p256-sha256`; empty where it is not known.
    pub algorithm: String,
    /// What the policy accepts of algorithm and key and warns of, in its words; only of a signature that holds.
    pub warnings: Vec<String>,
    /// When the signer says it was made: a claim, never the ground of a decision (V-13).
    pub signed_at: Option<Time>,
}

/// What the signer says to be able to read; to be believed only if the signature holds (CAP-01).
pub fn said_capabilities(info: &SignerInfo) -> Option<Capabilities> {
    let value = info.signed.as_ref()?.single(oids::SMIME_CAPABILITIES).ok()??;
    Capabilities::from_der(value).ok()
}

/// Which key the signer wants to be encrypted to; to be believed only if the signature holds (D-02).
pub fn said_preference(info: &SignerInfo) -> Option<KeyPreference> {
    info.signed.as_ref().and_then(KeyPreference::of)
}

/// Why a signature does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureFault {
    /// The signer's certificate is neither in the message nor at hand.
    #[error("the signer's certificate is missing")]
    NoCertificate,
    /// There are no signed attributes, without which content and attributes can be swapped (V-07).
    #[error("the signature has no signed attributes")]
    NoAttributes,
    /// The content is not what was signed.
    #[error("the content is not what was signed")]
    DigestMismatch,
    /// The signature does not match the signer's key.
    #[error("the signature does not match the signer's key")]
    BadSignature,
    /// An attribute is missing, doubled or malformed.
    #[error("the signed attribute {0} is missing, doubled or wrong")]
    Attribute(&'static str),
    /// It holds, and the policy does not believe the algorithm or the key, so that it proves nothing. One that fails is
    /// told as what it is, whatever the policy says.
    #[error("it holds, but {0}")]
    Weak(String),
    /// The algorithm is not implemented.
    #[error("{0}")]
    Unsupported(String),
}

impl SignatureFault {
    /// Whether the signature was checked and fails, rather than could not be checked or is not believed.
    pub fn is_bad(&self) -> bool {
        !matches!(self, SignatureFault::NoCertificate | SignatureFault::Weak(_) | SignatureFault::Unsupported(_))
    }
}

/// Judges one signer of `facts` against the digests there. `others` are certificates that did not come
/// with the message. `without_attributes` accepts signatures over the bare content, which mail refuses.
pub fn check_signer(
    info: &SignerInfo,
    facts: &SignedFacts,
    others: &[Certificate],
    policy: &Policy,
    now: Time,
    without_attributes: bool,
) -> Checked {
    let mut checked = Checked {
        result: Err(SignatureFault::NoCertificate),
        certificate: None,
        algorithm: String::new(),
        warnings: Vec::new(),
        signed_at: None,
    };
    if let Some(signed) = &info.signed {
        checked.signed_at =
            signed.single(oids::SIGNING_TIME).ok().flatten().and_then(|v| attributes::signing_time(v).ok());
    }
    let candidates = facts.certificates.iter().chain(others).filter(|c| signed_by(&info.signer, c));
    // Several certificates may share a key identifier: each is tried (CMS-05), within a bound.
    for certificate in candidates.take(MAX_CANDIDATES) {
        let outcome = check_with(info, facts, certificate, policy, now, without_attributes);
        let holds = outcome.result.is_ok();
        // A key that fits tells more of the signature than one that merely has the same identifier.
        let fits = holds || matches!(outcome.result, Err(SignatureFault::Weak(_)));
        if fits || checked.certificate.is_none() {
            checked.algorithm = outcome.algorithm;
            checked.warnings = outcome.warnings;
            checked.certificate = Some(certificate.clone());
            checked.result = outcome.result.map(|()| SignatureHolds { certificate: certificate.clone() });
        }
        if holds {
            break;
        }
    }
    if checked.certificate.is_none()
        && let Err(fault) = content_fault(info, facts, without_attributes)
    {
        // What is plainly broken is broken whoever signed it.
        checked.result = Err(fault);
    }
    checked
}

/// Whether the identifier names this certificate.
pub(super) fn signed_by(signer: &SignerId, certificate: &Certificate) -> bool {
    match signer {
        SignerId::IssuerSerial { issuer, serial } => certificate.issuer_and_serial() == (issuer, serial),
        SignerId::KeyId(id) => certificate.subject_key_id() == Some(id),
    }
}

/// What one certificate makes of a signature.
pub(super) struct Outcome {
    pub result: Result<(), SignatureFault>,
    pub algorithm: String,
    pub warnings: Vec<String>,
}

impl Outcome {
    /// Of a signature that could not be checked.
    pub fn unchecked(fault: SignatureFault) -> Self {
        Outcome { result: Err(fault), algorithm: String::new(), warnings: Vec::new() }
    }

    /// The policy's say on a signature that was checked: asked last, so that one that fails is told as such whatever
    /// the policy thinks of its algorithm.
    pub fn judged(
        checked: Result<(), SignatureFault>,
        (algorithm, key): (&SignatureAlgorithm, &KeyKind),
        policy: &Policy,
        now: Time,
    ) -> Self {
        let mut warnings = Vec::new();
        let result = checked.and_then(|()| {
            let judgement = policy.judge_signature(Use::Verify, algorithm, key, now);
            if judgement.standing == Standing::Warn {
                warnings = policy.signature_warnings(Use::Verify, algorithm, key, now);
            }
            if judgement.is_accepted() { Ok(()) } else { Err(SignatureFault::Weak(judgement.to_string())) }
        });
        Outcome { result, algorithm: algorithm.name_with(key), warnings }
    }
}

/// All checks under one certificate.
fn check_with(
    info: &SignerInfo,
    facts: &SignedFacts,
    certificate: &Certificate,
    policy: &Policy,
    now: Time,
    without_attributes: bool,
) -> Outcome {
    let content = content_fault(info, facts, without_attributes);
    // Another content than what was signed shows without knowing key or algorithm.
    let unknown = |fault| match &content {
        Err(SignatureFault::DigestMismatch) => Outcome::unchecked(SignatureFault::DigestMismatch),
        _ => Outcome::unchecked(fault),
    };
    let Some(key) = PublicKey::certified(certificate) else {
        let why = PublicKey::new(certificate.public_key().clone()).err().map(|error| error.to_string());
        return unknown(SignatureFault::Unsupported(why.unwrap_or_default()));
    };
    let algorithm = match signature_algorithm(info) {
        Ok(algorithm) => algorithm,
        Err(fault) => return unknown(fault),
    };
    let checked = content.and_then(|()| match &info.signed {
        Some(signed) => certificate_named(signed, certificate)
            .and_then(|()| verified(key.verify(&algorithm, signed.der(), &info.signature))),
        None => match digest_of(facts, algorithm.digest()) {
            Some(digest) => verified(key.verify_digest(&algorithm, &digest, &info.signature)),
            None => Err(SignatureFault::DigestMismatch),
        },
    });
    Outcome::judged(checked, (&algorithm, &key.kind()), policy, now)
}

pub(super) fn verified(result: Result<(), crypto::Error>) -> Result<(), SignatureFault> {
    result.map_err(|error| match error {
        crypto::Error::Unsupported { .. } => SignatureFault::Unsupported(error.to_string()),
        _ => SignatureFault::BadSignature,
    })
}

pub(super) fn signature_algorithm(info: &SignerInfo) -> Result<SignatureAlgorithm, SignatureFault> {
    let unsupported = |error: crypto::Error| match error {
        crypto::Error::BadParameters(_) => SignatureFault::BadSignature,
        error => SignatureFault::Unsupported(error.to_string()),
    };
    let digest = Digest::of_old_mail(&info.digest).map_err(unsupported)?;
    SignatureAlgorithm::from_cms(&info.algorithm, digest).map_err(unsupported)
}

/// What can be said without the signer's key: the attributes agree with each other and with the content.
fn content_fault(info: &SignerInfo, facts: &SignedFacts, without_attributes: bool) -> Result<(), SignatureFault> {
    let Some(signed) = &info.signed else {
        let plain = facts.content_type == oids::DATA && !facts.start.may_be_attributes();
        return if without_attributes && plain { Ok(()) } else { Err(SignatureFault::NoAttributes) };
    };
    single_attributes(signed)?;
    misplaced_attributes(info, signed)?;
    let content_type = required(signed, oids::CONTENT_TYPE, "contentType")?;
    if !Reader::lenient(content_type).oid().is_ok_and(|oid| oid == facts.content_type) {
        return Err(SignatureFault::Attribute("contentType"));
    }
    let message_digest = required(signed, oids::MESSAGE_DIGEST, "messageDigest")?;
    let mut reader = Reader::lenient(message_digest);
    let message_digest = reader.octet_string().map_err(|_| SignatureFault::Attribute("messageDigest"))?;
    if let Some(value) = optional(signed, oids::ALGORITHM_PROTECTION, "cmsAlgorithmProtection")?
        && !attributes::protection_agrees(value, &info.digest, &info.algorithm)
    {
        return Err(SignatureFault::Attribute("cmsAlgorithmProtection"));
    }
    let digest = Digest::of_old_mail(&info.digest).map_err(|e| SignatureFault::Unsupported(e.to_string()))?;
    let announced = facts.digest_algorithms.iter().any(|a| a.oid == info.digest.oid);
    match digest_of(facts, digest) {
        // RFC 8933 §4 lets receivers refuse a digest that was not announced; a stream must.
        None if !announced => Err(SignatureFault::Attribute("digestAlgorithm")),
        Some(found) if crypto::equal(&found, message_digest) => Ok(()),
        _ => Err(SignatureFault::DigestMismatch),
    }
}

fn digest_of(facts: &SignedFacts, digest: Digest) -> Option<DigestValue> {
    facts.digests.iter().find(|(d, _)| *d == digest).map(|(_, value)| *value)
}

/// Attributes that RFC 2634 §1.3.4 allows once, with one value, and only signed.
const ESS: [(wire::Oid, &str); 6] = [
    (oids::RECEIPT_REQUEST, "receiptRequest"),
    (oids::CONTENT_REFERENCE, "contentReference"),
    (oids::MSG_SIG_DIGEST, "msgSigDigest"),
    (oids::EQUIVALENT_LABELS, "equivalentLabels"),
    (oids::SECURITY_LABEL, "securityLabel"),
    (oids::ML_EXPANSION_HISTORY, "mlExpansionHistory"),
];

/// CMS-06: at most one attribute of each kind, with exactly one value.
pub(super) fn single_attributes(signed: &SignedAttributes) -> Result<(), SignatureFault> {
    for (oid, name) in [
        (oids::SIGNING_TIME, "signingTime"),
        (oids::SMIME_CAPABILITIES, "smimeCapabilities"),
        (oids::ENCRYPTION_KEY_PREFERENCE, "smimeEncryptionKeyPreference"),
        // RFC 2634 §1.3.4 has these once as well, wherever they stand.
        (oids::CONTENT_HINT, "contentHint"),
        (oids::CONTENT_IDENTIFIER, "contentIdentifier"),
    ]
    .into_iter()
    .chain(ESS)
    {
        optional(signed, oid, name)?;
    }
    if let Some(value) = optional(signed, oids::SIGNING_TIME, "signingTime")? {
        attributes::signing_time(value).map_err(|_| SignatureFault::Attribute("signingTime"))?;
    }
    Ok(())
}

/// CMS-06: what RFC 5652 §11, RFC 6211 §2, RFC 5035 §5 and RFC 2634 §1.3.4 allow only among the signed attributes stands
/// there, and countersignatures (RFC 5652 §11.4) only among the others.
pub(super) fn misplaced_attributes(info: &SignerInfo, signed: &SignedAttributes) -> Result<(), SignatureFault> {
    let signed_only = [
        (oids::CONTENT_TYPE, "contentType"),
        (oids::MESSAGE_DIGEST, "messageDigest"),
        (oids::SIGNING_TIME, "signingTime"),
        (oids::SMIME_CAPABILITIES, "smimeCapabilities"),
        (oids::ENCRYPTION_KEY_PREFERENCE, "smimeEncryptionKeyPreference"),
        (oids::ALGORITHM_PROTECTION, "cmsAlgorithmProtection"),
        (oids::SIGNING_CERTIFICATE, "signingCertificate"),
        (oids::SIGNING_CERTIFICATE_V2, "signingCertificateV2"),
    ];
    for (oid, name) in signed_only.into_iter().chain(ESS) {
        if info.unsigned.iter().any(|attribute| attribute.oid == oid) {
            return Err(SignatureFault::Attribute(name));
        }
    }
    if signed.all(oids::COUNTERSIGNATURE).next().is_some() {
        return Err(SignatureFault::Attribute("countersignature"));
    }
    Ok(())
}

/// signingCertificate and its second version name the certificate that is used (V-08).
pub(super) fn certificate_named(signed: &SignedAttributes, certificate: &Certificate) -> Result<(), SignatureFault> {
    for (oid, v2, name) in [
        (oids::SIGNING_CERTIFICATE, false, "signingCertificate"),
        (oids::SIGNING_CERTIFICATE_V2, true, "signingCertificateV2"),
    ] {
        if let Some(value) = optional(signed, oid, name)?
            && !attributes::names_certificate(value, v2, certificate)
        {
            return Err(SignatureFault::Attribute(name));
        }
    }
    Ok(())
}

fn optional<'a>(
    signed: &'a SignedAttributes,
    oid: Oid,
    name: &'static str,
) -> Result<Option<&'a [u8]>, SignatureFault> {
    signed.single(oid).map_err(|_| SignatureFault::Attribute(name))
}

pub(super) fn required<'a>(
    signed: &'a SignedAttributes,
    oid: Oid,
    name: &'static str,
) -> Result<&'a [u8], SignatureFault> {
    optional(signed, oid, name)?.ok_or(SignatureFault::Attribute(name))
}

/// Certificates tried for one signer.
pub(super) const MAX_CANDIDATES: usize = 4;
