//! Reading a certificate (RFC 5280 §4.1).

use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use super::extensions::{
    BasicConstraints, DistributionPoint, Extension, KeyUsage, NameConstraints, PolicyConstraints, Typed,
    read_extensions,
};
use super::general_name::GeneralName;
use crate::algorithm::AlgorithmIdentifier;
use crate::der::{self, Reader, Tag};
use crate::error::{Error, Result};
use crate::name::Name;
use crate::oid::Oid;
use crate::spki::SubjectPublicKeyInfo;
use crate::time::Time;

/// A parsed certificate with its bytes. Clones share them; equality and hashing go by them.
#[derive(Clone)]
pub struct Certificate {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    der: Vec<u8>,
    /// Where the tbsCertificate and the signature's octets stand in `der`.
    tbs: std::ops::Range<usize>,
    signature: std::ops::Range<usize>,
    signature_algorithm: AlgorithmIdentifier,
    signature_algorithms_agree: bool,
    fields: Tbs,
    derived: OnceLock<Box<dyn Any + Send + Sync>>,
}

#[derive(Debug)]
struct Tbs {
    version: u8,
    explicit_default: bool,
    serial: Vec<u8>,
    issuer: Name,
    not_before: Time,
    not_after: Time,
    subject: Name,
    public_key: SubjectPublicKeyInfo,
    extensions: Vec<Extension>,
    typed: Typed,
}

impl Certificate {
    /// Reads a certificate of at most 64 KiB, strictly in DER. The caller's bytes are kept as they are:
    /// signatures are verified over [`Certificate::tbs`], never over something written anew.
    ///
    /// Errors on trailing bytes, on an extension that occurs twice and on a known extension that is
    /// malformed. Accepted though RFC 5280 forbids them: a version or a criticality that is written
    /// out though it is the default ([`Certificate::has_explicit_default`]), serial numbers that are
    /// zero or negative, extensions in versions below 3.
    pub fn from_der(bytes: &[u8]) -> Result<Certificate> {
        if bytes.len() > MAX_CERTIFICATE {
            return Err(Error::LimitExceeded("certificate"));
        }
        Certificate::from_vec(bytes.to_vec())
    }

    /// The same of bytes that are given away, which it keeps.
    pub fn from_vec(bytes: Vec<u8>) -> Result<Certificate> {
        if bytes.len() > MAX_CERTIFICATE {
            return Err(Error::LimitExceeded("certificate"));
        }
        let outer = der::one(&bytes)?;
        let mut reader = Reader::new(outer.raw).sequence()?;
        let tbs = reader.expect(Tag::SEQUENCE)?;
        let algorithm = reader.expect(Tag::SEQUENCE)?;
        let signature = reader.bit_string_octets()?;
        reader.finish()?;
        let (fields, within) = Tbs::parse(tbs.reader())?;
        let start = bytes.len() - outer.contents.len();
        let inner = Inner {
            tbs: start..start + tbs.raw.len(),
            // The signature is the last thing in the file.
            signature: bytes.len() - signature.len()..bytes.len(),
            signature_algorithm: AlgorithmIdentifier::from_der(algorithm.raw)?,
            signature_algorithms_agree: within == algorithm.raw,
            fields,
            derived: OnceLock::new(),
            der: bytes,
        };
        Ok(Certificate { inner: Arc::new(inner) })
    }

    /// What another room makes of these bytes once and for all, such as the key prepared for use: an anchor serves for
    /// every mail. `None` where something of another type was kept here before.
    pub fn derived<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Option<&T> {
        self.inner.derived.get_or_init(|| Box::new(make())).downcast_ref()
    }

    /// The whole certificate as it arrived.
    pub fn der(&self) -> &[u8] {
        &self.inner.der
    }

    /// The tbsCertificate, header included: what the signature covers.
    pub fn tbs(&self) -> &[u8] {
        self.inner.der.get(self.inner.tbs.clone()).unwrap_or_default()
    }

    /// The outer signatureAlgorithm.
    pub fn signature_algorithm(&self) -> &AlgorithmIdentifier {
        &self.inner.signature_algorithm
    }

    /// Whether the outer signatureAlgorithm and the inner one, which is signed, are the same bytes, as
    /// RFC 5280 §4.1.1.2 demands.
    pub fn signature_algorithms_agree(&self) -> bool {
        self.inner.signature_algorithms_agree
    }

    /// The octets of the signature.
    pub fn signature(&self) -> &[u8] {
        self.inner.der.get(self.inner.signature.clone()).unwrap_or_default()
    }

    /// 1, 2 or 3.
    pub fn version(&self) -> u8 {
        self.inner.fields.version
    }

    /// Whether a default was written out, which DER forbids (X.690 §11.5).
    pub fn has_explicit_default(&self) -> bool {
        self.inner.fields.explicit_default
    }

    /// The contents octets of the serial number, two's complement.
    pub fn serial(&self) -> &[u8] {
        &self.inner.fields.serial
    }

    /// Who issued it.
    pub fn issuer(&self) -> &Name {
        &self.inner.fields.issuer
    }

    /// Whose key it is.
    pub fn subject(&self) -> &Name {
        &self.inner.fields.subject
    }

    /// The first second of validity.
    pub fn not_before(&self) -> Time {
        self.inner.fields.not_before
    }

    /// The last second of validity.
    pub fn not_after(&self) -> Time {
        self.inner.fields.not_after
    }

    /// The certified key.
    pub fn public_key(&self) -> &SubjectPublicKeyInfo {
        &self.inner.fields.public_key
    }

    /// Every extension in file order.
    pub fn extensions(&self) -> &[Extension] {
        &self.inner.fields.extensions
    }

    /// The extension of this type.
    pub fn extension(&self, oid: Oid) -> Option<&Extension> {
        self.extensions().iter().find(|e| e.oid == oid)
    }

    /// basicConstraints (RFC 5280 §4.2.1.9).
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.typed().basic_constraints
    }

    /// keyUsage (RFC 5280 §4.2.1.3).
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.typed().key_usage
    }

    /// extKeyUsage (RFC 5280 §4.2.1.12).
    pub fn extended_key_usage(&self) -> Option<&[Oid]> {
        self.typed().extended_key_usage.as_deref()
    }

    /// subjectAltName (RFC 5280 §4.2.1.6); empty when absent.
    pub fn subject_alt_names(&self) -> &[GeneralName] {
        &self.typed().subject_alt_names
    }

    /// subjectKeyIdentifier (RFC 5280 §4.2.1.2).
    pub fn subject_key_id(&self) -> Option<&[u8]> {
        self.typed().subject_key_id.as_deref()
    }

    /// The keyIdentifier of authorityKeyIdentifier (RFC 5280 §4.2.1.1).
    pub fn authority_key_id(&self) -> Option<&[u8]> {
        self.typed().authority_key_id.as_deref()
    }

    /// nameConstraints (RFC 5280 §4.2.1.10).
    pub fn name_constraints(&self) -> Option<&NameConstraints> {
        self.typed().name_constraints.as_ref()
    }

    /// The policy identifiers of certificatePolicies (RFC 5280 §4.2.1.4); empty when absent.
    pub fn policies(&self) -> &[Oid] {
        &self.typed().policies
    }

    /// The qualifiers of certificatePolicies: pairs of a policy and the type of a qualifier that it has.
    pub fn policy_qualifiers(&self) -> &[(Oid, Oid)] {
        &self.typed().policy_qualifiers
    }

    /// policyMappings: pairs of issuer's and subject's policy (RFC 5280 §4.2.1.5).
    pub fn policy_mappings(&self) -> &[(Oid, Oid)] {
        &self.typed().policy_mappings
    }

    /// policyConstraints (RFC 5280 §4.2.1.11).
    pub fn policy_constraints(&self) -> Option<PolicyConstraints> {
        self.typed().policy_constraints
    }

    /// inhibitAnyPolicy (RFC 5280 §4.2.1.14).
    pub fn inhibit_any_policy(&self) -> Option<u32> {
        self.typed().inhibit_any_policy
    }

    /// cRLDistributionPoints (RFC 5280 §4.2.1.13); empty when absent.
    pub fn crl_distribution_points(&self) -> &[DistributionPoint] {
        &self.typed().distribution_points
    }

    /// The URIs among the names of the CRL distribution points.
    pub fn crl_uris(&self) -> impl Iterator<Item = &str> {
        self.crl_distribution_points().iter().flat_map(|point| &point.full_name).filter_map(|name| match name {
            GeneralName::Uri(uri) => Some(uri.as_str()),
            _ => None,
        })
    }

    /// freshestCRL: where delta CRLs are (RFC 5280 §4.2.1.15); empty when absent.
    pub fn freshest_crl(&self) -> &[DistributionPoint] {
        &self.typed().freshest
    }

    /// Whether its issuer says that no revocation information will ever be available (noRevAvail, RFC 9608).
    pub fn no_revocation_available(&self) -> bool {
        self.typed().no_rev_avail
    }

    /// The URIs of this access method in authorityInfoAccess: [`crate::oids::AD_OCSP`], [`crate::oids::AD_CA_ISSUERS`].
    pub fn authority_uris(&self, method: Oid) -> impl Iterator<Item = &str> {
        self.authority_information().iter().filter_map(move |(oid, name)| match name {
            GeneralName::Uri(uri) if *oid == method => Some(uri.as_str()),
            _ => None,
        })
    }

    /// subjectInfoAccess: method and location (RFC 5280 §4.2.2.2).
    pub fn subject_information(&self) -> &[(Oid, GeneralName)] {
        &self.typed().subject_information
    }

    /// authorityInfoAccess: method and location (RFC 5280 §4.2.2.1).
    pub fn authority_information(&self) -> &[(Oid, GeneralName)] {
        &self.typed().information_access
    }

    /// The DER of the SMIMECapabilities extension (RFC 4262).
    pub fn smime_capabilities(&self) -> Option<&[u8]> {
        self.typed().smime_capabilities.as_deref()
    }

    /// The first critical extension that this parser does not know.
    pub fn has_unknown_critical(&self) -> Option<Oid> {
        self.typed().unknown_critical
    }

    /// The DER of the issuer's name and the contents of the serial number, by which CMS names
    /// certificates (RFC 5652 §10.2.4).
    pub fn issuer_and_serial(&self) -> (&[u8], &[u8]) {
        (self.issuer().der(), self.serial())
    }

    fn typed(&self) -> &Typed {
        &self.inner.fields.typed
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for Certificate {}

impl Hash for Certificate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.der().hash(state);
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Certificate({}, serial {:02x?})", self.subject(), self.serial())
    }
}

impl Tbs {
    /// The fields, and the signature algorithm that stands among them as it is encoded.
    fn parse(mut reader: Reader<'_>) -> Result<(Tbs, &[u8])> {
        let (version, explicit_version) = read_version(&mut reader)?;
        let serial = reader.integer()?.to_vec();
        let signature = reader.expect(Tag::SEQUENCE)?.raw;
        let issuer = Name::read(&mut reader)?;
        let mut validity = reader.sequence()?;
        let (not_before, not_after) = (Time::read(&mut validity)?, Time::read(&mut validity)?);
        validity.finish()?;
        let subject = Name::read(&mut reader)?;
        let public_key = SubjectPublicKeyInfo::read(&mut reader)?;
        // issuerUniqueID and subjectUniqueID, which nobody uses.
        reader.optional(Tag::context_primitive(1))?;
        reader.optional(Tag::context_primitive(2))?;
        let (extensions, explicit_criticality) = match reader.optional(Tag::context(3))? {
            Some(element) => {
                let mut explicit = element.reader();
                let list = explicit.sequence()?;
                explicit.finish()?;
                read_extensions(list)?
            }
            None => (Vec::new(), false),
        };
        reader.finish()?;
        let fields = Tbs {
            typed: Typed::parse(&extensions)?,
            version,
            explicit_default: explicit_version || explicit_criticality,
            serial,
            issuer,
            not_before,
            not_after,
            subject,
            public_key,
            extensions,
        };
        Ok((fields, signature))
    }
}

/// The version, and whether version 1 was written out.
fn read_version(reader: &mut Reader<'_>) -> Result<(u8, bool)> {
    let Some(element) = reader.optional(Tag::context(0))? else { return Ok((1, false)) };
    let mut explicit = element.reader();
    let version = match explicit.uint()? {
        0 => (1, true),
        1 => (2, false),
        2 => (3, false),
        _ => return Err(Error::Unsupported("certificate version")),
    };
    explicit.finish()?;
    Ok(version)
}

/// Reads anything as a certificate and looks at all of it. For fuzzing.
pub fn fuzz_x509(bytes: &[u8]) {
    let Ok(certificate) = Certificate::from_der(bytes) else { return };
    assert!(Certificate::from_der(certificate.der()).as_ref() == Ok(&certificate));
    assert!(certificate.subject().matches(certificate.subject()));
    assert!(certificate.issuer().starts_with(certificate.issuer()));
    assert!(!certificate.subject().to_string().contains(char::is_control));
    for name in certificate.subject_alt_names() {
        let mut w = der::Writer::new();
        name.write(&mut w);
        assert!(GeneralName::read(&mut Reader::new(w.as_bytes())).as_ref() == Ok(name));
    }
    let _ = (certificate.tbs(), certificate.signature(), certificate.public_key().rsa_modulus_bits());
}

const MAX_CERTIFICATE: usize = 64 << 10;
