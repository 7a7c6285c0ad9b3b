//! Reading a list (RFC 5280 §5.1).

use std::any::Any;
use std::sync::{Arc, OnceLock};

use super::entry::RevokedEntry;
use super::index::Index;
use super::scope::IssuingDistributionPoint;
use crate::algorithm::AlgorithmIdentifier;
use crate::der::{self, Reader, Tag};
use crate::error::{Error, Result};
use crate::name::Name;
use crate::oid::Oid;
use crate::oids;
use crate::time::Time;
use crate::x509::{self, DistributionPoint, Extension, GeneralName};

/// A certificate revocation list with its bytes and an index over its entries. Clones share both; equality goes by
/// the bytes.
///
/// ```text
/// CertificateList ::= SEQUENCE { tbsCertList TBSCertList, signatureAlgorithm AlgorithmIdentifier,
///   signatureValue BIT STRING }
/// TBSCertList ::= SEQUENCE { version Version OPTIONAL, signature AlgorithmIdentifier, issuer Name, thisUpdate Time,
///   nextUpdate Time OPTIONAL, revokedCertificates SEQUENCE OF SEQUENCE { userCertificate CertificateSerialNumber,
///   revocationDate Time, crlEntryExtensions Extensions OPTIONAL } OPTIONAL, crlExtensions [0] Extensions OPTIONAL }
/// ```
#[derive(Clone)]
pub struct Crl {
    inner: Arc<Inner>,
}

struct Inner {
    der: Vec<u8>,
    /// Where the tbsCertList, its entries and the signature's octets stand in `der`.
    tbs: std::ops::Range<usize>,
    entries: std::ops::Range<usize>,
    signature: std::ops::Range<usize>,
    signature_algorithm: AlgorithmIdentifier,
    signature_algorithms_agree: bool,
    version: u8,
    issuer: Name,
    this_update: Time,
    next_update: Option<Time>,
    typed: Typed,
    index: Index,
    derived: OnceLock<Box<dyn Any + Send + Sync>>,
}

/// The extensions of a list that this library knows (RFC 5280 §5.2).
#[derive(Debug, Default)]
struct Typed {
    extensions: Vec<Extension>,
    authority_key_id: Option<Vec<u8>>,
    number: Option<Vec<u8>>,
    base: Option<Vec<u8>>,
    scope: Option<IssuingDistributionPoint>,
    freshest: Vec<DistributionPoint>,
    information_access: Vec<(Oid, GeneralName)>,
    expired_since: Option<Time>,
    unknown_critical: Option<Oid>,
}

impl Crl {
    /// Reads a list of at most [`MAX_CRL`] octets, strictly in DER, and every entry of it. Signatures are verified over
    /// [`Crl::tbs`], never over something written anew.
    ///
    /// # Errors
    /// On trailing bytes, extensions in version 1, one that occurs twice, a known one that is malformed, and more than
    /// [`MAX_CRL_ENTRIES`] entries.
    pub fn from_der(bytes: &[u8]) -> Result<Crl> {
        if bytes.len() > MAX_CRL {
            return Err(Error::LimitExceeded("CRL"));
        }
        let outer = der::one(bytes)?;
        let mut reader = Reader::new(outer.raw).sequence()?;
        let tbs = reader.expect(Tag::SEQUENCE)?;
        let algorithm = reader.expect(Tag::SEQUENCE)?;
        let signature = reader.bit_string_octets()?;
        reader.finish()?;
        let tbs_start = bytes.len().saturating_sub(outer.contents.len());
        let tbs_end = tbs_start.saturating_add(tbs.raw.len());

        let mut fields = tbs.reader();
        let version = match fields.optional(Tag::INTEGER)?.map(|version| version.contents) {
            None | Some([0]) => 1,
            Some([1]) => 2,
            Some(_) => return Err(Error::Unsupported("CRL version")),
        };
        let signed_algorithm = fields.expect(Tag::SEQUENCE)?.raw;
        let issuer = Name::read(&mut fields)?;
        let this_update = Time::read(&mut fields)?;
        let next_update = match fields.peek() {
            Some(Tag::UTC_TIME | Tag::GENERALIZED_TIME) => Some(Time::read(&mut fields)?),
            _ => None,
        };
        let list = fields.optional(Tag::SEQUENCE)?.map(|list| list.contents).unwrap_or_default();
        let list_end = tbs_end.saturating_sub(fields.rest().len());
        let typed = match fields.optional(Tag::context(0))? {
            Some(_) if version == 1 => return Err(Error::BadValue("extensions in a CRL of version 1")),
            Some(element) => Typed::read(element.reader())?,
            None => Typed::default(),
        };
        fields.finish()?;
        let inner = Inner {
            index: Index::new(list, version == 2, MAX_CRL_ENTRIES)?,
            entries: list_end.saturating_sub(list.len())..list_end,
            tbs: tbs_start..tbs_end,
            signature: bytes.len().saturating_sub(signature.len())..bytes.len(),
            signature_algorithm: AlgorithmIdentifier::from_der(algorithm.raw)?,
            signature_algorithms_agree: signed_algorithm == algorithm.raw,
            version,
            issuer,
            this_update,
            next_update,
            typed,
            der: bytes.to_vec(),
            derived: OnceLock::new(),
        };
        Ok(Crl { inner: Arc::new(inner) })
    }

    /// The whole list as it arrived.
    pub fn der(&self) -> &[u8] {
        &self.inner.der
    }

    /// The tbsCertList, header included: what the signature covers.
    pub fn tbs(&self) -> &[u8] {
        self.inner.der.get(self.inner.tbs.clone()).unwrap_or_default()
    }

    /// The outer signatureAlgorithm.
    pub fn signature_algorithm(&self) -> &AlgorithmIdentifier {
        &self.inner.signature_algorithm
    }

    /// Whether it is the same as the one that is signed, as RFC 5280 §5.1.1.2 demands.
    pub fn signature_algorithms_agree(&self) -> bool {
        self.inner.signature_algorithms_agree
    }

    /// The octets of the signature.
    pub fn signature(&self) -> &[u8] {
        self.inner.der.get(self.inner.signature.clone()).unwrap_or_default()
    }

    /// What another room makes of these bytes once and for all, such as their digest; `None` where something of
    /// another type was kept here before.
    pub fn derived<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Option<&T> {
        self.inner.derived.get_or_init(|| Box::new(make())).downcast_ref()
    }

    /// 1 or 2.
    pub fn version(&self) -> u8 {
        self.inner.version
    }

    /// Who signed it.
    pub fn issuer(&self) -> &Name {
        &self.inner.issuer
    }

    /// When it was issued.
    pub fn this_update(&self) -> Time {
        self.inner.this_update
    }

    /// By when the next one is issued, where it is told.
    pub fn next_update(&self) -> Option<Time> {
        self.inner.next_update
    }

    /// How many certificates it lists.
    pub fn len(&self) -> usize {
        self.inner.index.len()
    }

    /// Whether it lists none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries with this serial number (contents octets of the INTEGER), each with the names of the certificate
    /// issuer that holds for it (RFC 5280 §5.3.3); `None` where that is the issuer of the list.
    pub fn find<'a>(&'a self, serial: &'a [u8]) -> impl Iterator<Item = (RevokedEntry, Option<Vec<GeneralName>>)> + 'a {
        let list = self.inner.der.get(self.inner.entries.clone()).unwrap_or_default();
        self.inner.index.find(list, serial)
    }

    /// Every extension in file order.
    pub fn extensions(&self) -> &[Extension] {
        &self.inner.typed.extensions
    }

    /// The keyIdentifier of authorityKeyIdentifier (RFC 5280 §5.2.1).
    pub fn authority_key_id(&self) -> Option<&[u8]> {
        self.inner.typed.authority_key_id.as_deref()
    }

    /// cRLNumber (RFC 5280 §5.2.3): its magnitude without leading zeros, at most 20 octets.
    pub fn number(&self) -> Option<&[u8]> {
        self.inner.typed.number.as_deref()
    }

    /// deltaCRLIndicator (RFC 5280 §5.2.4): the number of the list that it builds upon, as [`Crl::number`] gives it.
    pub fn base_number(&self) -> Option<&[u8]> {
        self.inner.typed.base.as_deref()
    }

    /// issuingDistributionPoint (RFC 5280 §5.2.5).
    pub fn scope(&self) -> Option<&IssuingDistributionPoint> {
        self.inner.typed.scope.as_ref()
    }

    /// freshestCRL: where delta CRLs to this list are (RFC 5280 §5.2.6); empty when absent.
    pub fn freshest_crl(&self) -> &[DistributionPoint] {
        &self.inner.typed.freshest
    }

    /// authorityInfoAccess: method and location (RFC 5280 §5.2.7).
    pub fn authority_information(&self) -> &[(Oid, GeneralName)] {
        &self.inner.typed.information_access
    }

    /// expiredCertsOnCRL (X.509 §9.5.2.8): certificates that expired at this time or later stay listed.
    pub fn expired_since(&self) -> Option<Time> {
        self.inner.typed.expired_since
    }

    /// The first critical extension, of the list or of an entry, that this parser does not know. Such a list must not
    /// be used to say that a certificate is good (RFC 5280 §5.2, §5.3).
    pub fn unknown_critical(&self) -> Option<Oid> {
        self.inner.typed.unknown_critical.or(self.inner.index.unknown_critical)
    }
}

impl PartialEq for Crl {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for Crl {}

impl std::fmt::Debug for Crl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Crl({}, {}, {} entries)", self.issuer(), self.this_update(), self.len())
    }
}

impl Typed {
    fn read(mut explicit: Reader<'_>) -> Result<Typed> {
        let list = explicit.sequence()?;
        explicit.finish()?;
        let (extensions, _) = x509::read_extensions(list)?;
        let mut typed = Typed::default();
        for extension in &extensions {
            let known = match extension.oid {
                oid if KNOWN.contains(&oid) => typed.take(extension)?,
                _ => false,
            };
            if !known && extension.critical && typed.unknown_critical.is_none() {
                typed.unknown_critical = Some(extension.oid);
            }
        }
        typed.extensions = extensions;
        Ok(typed)
    }

    fn take(&mut self, extension: &Extension) -> Result<bool> {
        let element = der::one(&extension.value)?;
        match extension.oid {
            oids::AUTHORITY_KEY_IDENTIFIER => self.authority_key_id = x509::authority_key_id(&element)?,
            oids::ISSUER_ALT_NAME => drop(x509::sequence_of(&element, GeneralName::read)?),
            oids::CRL_NUMBER => self.number = Some(number(element.raw)?),
            oids::DELTA_CRL_INDICATOR => self.base = Some(number(element.raw)?),
            oids::ISSUING_DISTRIBUTION_POINT => self.scope = Some(IssuingDistributionPoint::read(&element)?),
            oids::FRESHEST_CRL => self.freshest = x509::sequence_of(&element, x509::distribution_point)?,
            oids::AUTHORITY_INFO_ACCESS => {
                self.information_access = x509::sequence_of(&element, x509::access_description)?;
            }
            oids::EXPIRED_CERTS_ON_CRL => self.expired_since = Some(Time::from_element(&element)?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Numbers may be longer than a machine's (RFC 5280 §5.2.3: up to 20 octets).
fn number(encoded: &[u8]) -> Result<Vec<u8>> {
    let magnitude = Reader::new(encoded).unsigned()?;
    if magnitude.len() > 20 {
        return Err(Error::LimitExceeded("CRL number"));
    }
    Ok(magnitude.to_vec())
}

/// Reads anything as a list and looks at all of it. For fuzzing.
pub fn fuzz_crl(bytes: &[u8]) {
    let Ok(crl) = Crl::from_der(bytes) else { return };
    assert!(Crl::from_der(crl.der()).as_ref() == Ok(&crl));
    let _ = (crl.tbs(), crl.signature(), crl.unknown_critical(), crl.scope().map(IssuingDistributionPoint::is_named));
    let list = crl.inner.der.get(crl.inner.entries.clone()).unwrap_or_default();
    let mut reader = Reader::new(list);
    let mut looked = 0;
    while let Ok(mut entry) = reader.sequence() {
        // Whatever stands in the list is found.
        assert!(entry.integer().is_ok_and(|serial| crl.find(serial).count() > 0));
        looked += 1;
        if looked == 64 {
            break;
        }
    }
}

/// The longest list that is read, in octets.
pub const MAX_CRL: usize = 64 << 20;
/// The most entries of a list.
pub const MAX_CRL_ENTRIES: usize = 3_000_000;
const KNOWN: &[Oid] = &[
    oids::AUTHORITY_KEY_IDENTIFIER,
    oids::ISSUER_ALT_NAME,
    oids::CRL_NUMBER,
    oids::DELTA_CRL_INDICATOR,
    oids::ISSUING_DISTRIBUTION_POINT,
    oids::FRESHEST_CRL,
    oids::AUTHORITY_INFO_ACCESS,
    oids::EXPIRED_CERTS_ON_CRL,
];
