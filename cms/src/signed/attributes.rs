//! The signed attributes that S/MIME writes and checks (RFC 8551 §2.5, RFC 6211, RFC 5035).

use crypto::Digest;
use wire::cms::Attribute;
use wire::der::{Reader, Tag, Writer};
use wire::{AlgorithmIdentifier, Certificate, Oid, Time, oids};

use crate::capabilities::own_capabilities;

/// Everything that is always written: content type, digest, signing time, capabilities, algorithm
/// protection and which certificate signs.
pub(crate) fn attributes(
    content_type: Oid,
    message_digest: &[u8],
    signed_at: Time,
    algorithms: (&AlgorithmIdentifier, &AlgorithmIdentifier),
    certificate: &Certificate,
) -> Vec<Attribute> {
    let value = |write: &dyn Fn(&mut Writer)| {
        let mut w = Writer::new();
        write(&mut w);
        w.into_bytes()
    };
    vec![
        Attribute::new(
            oids::CONTENT_TYPE,
            value(&|w| {
                w.oid(content_type);
            }),
        ),
        Attribute::new(oids::SIGNING_TIME, value(&|w| signed_at.write(w))),
        Attribute::new(
            oids::MESSAGE_DIGEST,
            value(&|w| {
                w.octet_string(message_digest);
            }),
        ),
        Attribute::new(oids::SMIME_CAPABILITIES, own_capabilities().to_vec()),
        Attribute::new(oids::ALGORITHM_PROTECTION, value(&|w| write_protection(w, algorithms.0, algorithms.1))),
        Attribute::new(oids::SIGNING_CERTIFICATE_V2, value(&|w| write_signing_certificate(w, certificate))),
    ]
}

/// ```text
/// CMSAlgorithmProtection ::= SEQUENCE { digestAlgorithm DigestAlgorithmIdentifier,
///   signatureAlgorithm [1] SignatureAlgorithmIdentifier OPTIONAL,
///   macAlgorithm [2] MessageAuthenticationCodeAlgorithm OPTIONAL } -- exactly one of the two
/// ```
fn write_protection(w: &mut Writer, digest: &AlgorithmIdentifier, signature: &AlgorithmIdentifier) {
    w.sequence(|w| {
        digest.write(w);
        signature.write_as(w, Tag::context(1));
    });
}

/// Whether CMSAlgorithmProtection names these two algorithms (RFC 6211 §2, V-06).
pub(crate) fn protection_agrees(value: &[u8], digest: &AlgorithmIdentifier, signature: &AlgorithmIdentifier) -> bool {
    let read = || -> Result<_, wire::Error> {
        let mut outer = Reader::lenient(value);
        let mut r = outer.sequence()?;
        outer.finish()?;
        let protected_digest = AlgorithmIdentifier::read(&mut r)?;
        let protected_signature = AlgorithmIdentifier::read_contents(r.nested(Tag::context(1))?)?;
        r.finish()?;
        Ok((protected_digest, protected_signature))
    };
    read().is_ok_and(|(d, s)| same_algorithm(&d, digest) && same_algorithm(&s, signature))
}

/// Equal, where absent and NULL parameters count as the same, as does one algorithm in two encodings.
fn same_algorithm(a: &AlgorithmIdentifier, b: &AlgorithmIdentifier) -> bool {
    if a.oid != b.oid {
        return false;
    }
    if a.parameters == b.parameters || (a.has_no_parameters() && b.has_no_parameters()) {
        return true;
    }
    matches!(
        (crypto::SignatureAlgorithm::from_x509(a), crypto::SignatureAlgorithm::from_x509(b)),
        (Ok(a), Ok(b)) if a == b
    )
}

/// ```text
/// SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2, policies SEQUENCE OF PolicyInformation OPTIONAL }
/// ESSCertIDv2 ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier DEFAULT {algorithm id-sha256},
///   certHash Hash, issuerSerial IssuerSerial OPTIONAL }
/// IssuerSerial ::= SEQUENCE { issuer GeneralNames, serialNumber CertificateSerialNumber }
/// ```
fn write_signing_certificate(w: &mut Writer, certificate: &Certificate) {
    let (issuer, serial) = certificate.issuer_and_serial();
    w.sequence(|w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.octet_string(&crypto::certificate_fingerprint(certificate));
                w.sequence(|w| {
                    w.sequence(|w| {
                        w.nested(Tag::context(4), |w| {
                            w.raw(issuer);
                        });
                    });
                    w.integer(serial);
                });
            });
        });
    });
}

/// Whether signingCertificate (V1: SHA-1) or signingCertificateV2 names this certificate first
/// (RFC 5035 §5, V-08).
pub(crate) fn names_certificate(value: &[u8], v2: bool, certificate: &Certificate) -> bool {
    first_certificate_id(value, v2).is_ok_and(|id| {
        let same = match id.digest {
            Digest::Sha256 => *id.hash == crypto::certificate_fingerprint(certificate),
            other => *id.hash == *crypto::digest(other, certificate.der()),
        };
        same && id.issuer_serial_agrees(certificate)
    })
}

struct CertificateId<'a> {
    digest: Digest,
    hash: &'a [u8],
    issuer_serial: Option<(Reader<'a>, &'a [u8])>,
}

impl CertificateId<'_> {
    fn issuer_serial_agrees(&self, certificate: &Certificate) -> bool {
        let Some((names, serial)) = &self.issuer_serial else { return true };
        let (issuer, own_serial) = certificate.issuer_and_serial();
        let mut names = names.clone();
        let named = names.expect(Tag::context(4)).is_ok_and(|name| name.contents == issuer);
        named && names.is_empty() && *serial == own_serial
    }
}

fn first_certificate_id(value: &[u8], v2: bool) -> Result<CertificateId<'_>, wire::Error> {
    let mut outer = Reader::lenient(value);
    let mut signing = outer.sequence()?;
    outer.finish()?;
    let mut id = signing.sequence()?.sequence()?;
    let mut digest = if v2 { Digest::Sha256 } else { Digest::Sha1 };
    if v2 && id.peek() == Some(Tag::SEQUENCE) {
        let algorithm = AlgorithmIdentifier::read(&mut id)?;
        digest = Digest::from_algorithm(&algorithm).map_err(|_| wire::Error::Unsupported("digest"))?;
    }
    let hash = id.octet_string()?;
    let issuer_serial = match id.optional(Tag::SEQUENCE)? {
        Some(element) => {
            let mut r = element.reader();
            Some((r.sequence()?, r.integer()?))
        }
        None => None,
    };
    Ok(CertificateId { digest, hash, issuer_serial })
}

/// The value of signingTime.
pub(crate) fn signing_time(value: &[u8]) -> Result<Time, wire::Error> {
    Time::read(&mut Reader::lenient(value))
}
