//! What a responder says (RFC 6960 §4.2).

use super::request::{CertId, MAX_NONCE};
use crate::algorithm::AlgorithmIdentifier;
use crate::crl::Reason;
use crate::der::{self, Element, Reader, Tag};
use crate::error::{Error, Result};
use crate::name::Name;
use crate::oid::Oid;
use crate::oids;
use crate::time::Time;
use crate::x509::{self, Certificate, Extension};

/// An answer, or why there is none.
///
/// ```text
/// OCSPResponse ::= SEQUENCE { responseStatus OCSPResponseStatus, responseBytes [0] EXPLICIT SEQUENCE {
///   responseType OBJECT IDENTIFIER, response OCTET STRING } OPTIONAL }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspResponse {
    /// How the request fared.
    pub status: OcspResponseStatus,
    /// The answer; `None` where the status is not `Successful`.
    pub basic: Option<BasicOcspResponse>,
}

/// How a request fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OcspResponseStatus {
    /// There is an answer.
    Successful,
    /// The request could not be read.
    MalformedRequest,
    /// The responder failed.
    InternalError,
    /// Ask again later.
    TryLater,
    /// The request has to be signed.
    SigRequired,
    /// The responder does not answer whoever asked.
    Unauthorized,
    /// A number without a meaning.
    Other(u8),
}

/// A signed answer with its bytes.
///
/// ```text
/// BasicOCSPResponse ::= SEQUENCE { tbsResponseData ResponseData, signatureAlgorithm AlgorithmIdentifier,
///   signature BIT STRING, certs [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
/// ResponseData ::= SEQUENCE { version [0] EXPLICIT Version DEFAULT v1, responderID ResponderID,
///   producedAt GeneralizedTime, responses SEQUENCE OF SingleResponse, responseExtensions [1] EXPLICIT Extensions OPTIONAL }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasicOcspResponse {
    der: Vec<u8>,
    tbs: std::ops::Range<usize>,
    /// How it is signed.
    pub signature_algorithm: AlgorithmIdentifier,
    /// The octets of the signature.
    pub signature: Vec<u8>,
    /// Certificates sent along, of which one may be the signer's.
    pub certificates: Vec<Certificate>,
    /// Who says that they signed it.
    pub responder: ResponderId,
    /// When it was signed.
    pub produced_at: Time,
    /// What it says of each certificate.
    pub responses: Vec<SingleResponse>,
    /// The nonce that it repeats.
    pub nonce: Option<Vec<u8>>,
    /// The first critical extension, of the answer or of one of its parts, that this parser does not know.
    pub unknown_critical: Option<Oid>,
}

/// Who signed an answer.
///
/// ```text
/// ResponderID ::= CHOICE { byName [1] EXPLICIT Name, byKey [2] EXPLICIT OCTET STRING }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResponderId {
    /// The subject of its certificate.
    Name(Name),
    /// SHA-1 over the octets of its key.
    Key(Vec<u8>),
}

/// What is said of one certificate.
///
/// ```text
/// SingleResponse ::= SEQUENCE { certID CertID, certStatus CertStatus, thisUpdate GeneralizedTime,
///   nextUpdate [0] EXPLICIT GeneralizedTime OPTIONAL, singleExtensions [1] EXPLICIT Extensions OPTIONAL }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SingleResponse {
    /// Which certificate.
    pub id: CertId,
    /// Its state.
    pub status: CertStatus,
    /// When that was known to be right.
    pub this_update: Time,
    /// By when newer information is available; where it is absent, there always is some.
    pub next_update: Option<Time>,
    /// archiveCutoff: certificates that expired at this time or later are still known (RFC 6960 §4.4.4).
    pub archive_cutoff: Option<Time>,
}

/// The state of one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertStatus {
    /// It is not revoked.
    Good,
    /// It is.
    Revoked {
        /// Since when.
        at: Time,
        /// Why.
        reason: Reason,
    },
    /// The responder does not know it.
    Unknown,
}

impl OcspResponse {
    /// Reads an answer of at most [`MAX_OCSP`] octets, strictly in DER.
    ///
    /// # Errors
    /// On another type of response than id-pkix-ocsp-basic, and whatever is malformed.
    pub fn from_der(bytes: &[u8]) -> Result<OcspResponse> {
        if bytes.len() > MAX_OCSP {
            return Err(Error::LimitExceeded("OCSP response"));
        }
        let mut outer = Reader::new(bytes);
        let mut reader = outer.sequence()?;
        outer.finish()?;
        let status = match reader.expect(Tag::ENUMERATED)?.contents {
            [0] => OcspResponseStatus::Successful,
            [1] => OcspResponseStatus::MalformedRequest,
            [2] => OcspResponseStatus::InternalError,
            [3] => OcspResponseStatus::TryLater,
            [5] => OcspResponseStatus::SigRequired,
            [6] => OcspResponseStatus::Unauthorized,
            [other] => OcspResponseStatus::Other(*other),
            _ => return Err(Error::BadValue("OCSPResponseStatus")),
        };
        let body = reader.optional(Tag::context(0))?;
        reader.finish()?;
        let basic = match (status, body) {
            (OcspResponseStatus::Successful, Some(body)) => Some(response_bytes(&body)?),
            (OcspResponseStatus::Successful, None) => return Err(Error::BadValue("OCSPResponse")),
            _ => None,
        };
        Ok(OcspResponse { status, basic })
    }
}

fn response_bytes(explicit: &Element<'_>) -> Result<BasicOcspResponse> {
    let mut explicit = explicit.reader();
    let mut inner = explicit.sequence()?;
    explicit.finish()?;
    if inner.oid()? != oids::OCSP_BASIC {
        return Err(Error::Unsupported("type of OCSP response"));
    }
    let basic = BasicOcspResponse::from_der(inner.octet_string()?)?;
    inner.finish()?;
    Ok(basic)
}

impl BasicOcspResponse {
    /// Reads the signed answer by itself.
    ///
    /// # Errors
    /// As [`OcspResponse::from_der`].
    pub fn from_der(bytes: &[u8]) -> Result<BasicOcspResponse> {
        if bytes.len() > MAX_OCSP {
            return Err(Error::LimitExceeded("OCSP response"));
        }
        let outer = der::one(bytes)?;
        let mut reader = Reader::new(outer.raw).sequence()?;
        let tbs = reader.expect(Tag::SEQUENCE)?;
        let signature_algorithm = AlgorithmIdentifier::read(&mut reader)?;
        let signature = reader.bit_string_octets()?.to_vec();
        let certificates = match reader.optional(Tag::context(0))? {
            Some(element) => certificates(&element)?,
            None => Vec::new(),
        };
        reader.finish()?;
        let start = bytes.len().saturating_sub(outer.contents.len());

        let mut fields = tbs.reader();
        if let Some(version) = fields.optional(Tag::context(0))?
            && version.reader().uint()? != 0
        {
            return Err(Error::Unsupported("version of OCSP response"));
        }
        let responder = responder(&fields.any()?)?;
        let produced_at = generalized(&fields.any()?)?;
        let mut list = fields.sequence()?;
        let extensions = extensions(fields.optional(Tag::context(1))?)?;
        fields.finish()?;
        let mut unknown_critical = None;
        let mut responses = Vec::new();
        while !list.is_empty() {
            if responses.len() == MAX_RESPONSES {
                return Err(Error::LimitExceeded("OCSP responses"));
            }
            responses.push(SingleResponse::read(&mut list, &mut unknown_critical)?);
        }
        let mut nonce = None;
        for extension in &extensions {
            match extension.oid {
                oids::OCSP_NONCE => nonce = Some(read_nonce(&extension.value)?),
                // Says of itself that "revoked" may stand for "never issued" (RFC 6960 §4.4.8).
                oids::OCSP_EXTENDED_REVOKE => {}
                oid => unknown_critical = unknown_critical.or(extension.critical.then_some(oid)),
            }
        }
        Ok(BasicOcspResponse {
            tbs: start..start.saturating_add(tbs.raw.len()),
            der: bytes.to_vec(),
            signature_algorithm,
            signature,
            certificates,
            responder,
            produced_at,
            responses,
            nonce,
            unknown_critical,
        })
    }

    /// The signed answer as it arrived.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The tbsResponseData: what the signature covers.
    pub fn tbs(&self) -> &[u8] {
        self.der.get(self.tbs.clone()).unwrap_or_default()
    }
}

impl SingleResponse {
    fn read(list: &mut Reader<'_>, unknown_critical: &mut Option<Oid>) -> Result<SingleResponse> {
        let mut inner = list.sequence()?;
        let id = CertId::read(&mut inner)?;
        let status = status(&inner.any()?)?;
        let this_update = generalized(&inner.any()?)?;
        let next_update = match inner.optional(Tag::context(0))? {
            Some(explicit) => Some(generalized(&der::one(explicit.contents)?)?),
            None => None,
        };
        let mut archive_cutoff = None;
        for extension in extensions(inner.optional(Tag::context(1))?)? {
            match extension.oid {
                oids::OCSP_ARCHIVE_CUTOFF => archive_cutoff = Some(generalized(&der::one(&extension.value)?)?),
                // Where the state comes from; entry extensions repeat what the state says (RFC 6960 §4.4.2, §4.4.5).
                oids::OCSP_CRL | oids::REASON_CODE | oids::INVALIDITY_DATE => {}
                oid => *unknown_critical = unknown_critical.or(extension.critical.then_some(oid)),
            }
        }
        inner.finish()?;
        Ok(SingleResponse { id, status, this_update, next_update, archive_cutoff })
    }
}

fn status(element: &Element<'_>) -> Result<CertStatus> {
    const GOOD: Tag = Tag::context_primitive(0);
    const REVOKED: Tag = Tag::context(1);
    const UNKNOWN: Tag = Tag::context_primitive(2);
    match element.tag {
        GOOD if element.contents.is_empty() => Ok(CertStatus::Good),
        UNKNOWN if element.contents.is_empty() => Ok(CertStatus::Unknown),
        REVOKED => {
            let mut inner = element.reader();
            let at = generalized(&inner.any()?)?;
            let reason = match inner.optional(Tag::context(0))? {
                Some(explicit) => Reason::from_element(&der::one(explicit.contents)?)?,
                None => Reason::Unspecified,
            };
            inner.finish()?;
            Ok(CertStatus::Revoked { at, reason })
        }
        _ => Err(Error::BadValue("CertStatus")),
    }
}

fn responder(element: &Element<'_>) -> Result<ResponderId> {
    const BY_NAME: Tag = Tag::context(1);
    const BY_KEY: Tag = Tag::context(2);
    let inner = der::one(element.contents)?;
    match element.tag {
        BY_NAME => Ok(ResponderId::Name(Name::from_der(inner.raw)?)),
        BY_KEY if inner.tag == Tag::OCTET_STRING => Ok(ResponderId::Key(inner.contents.to_vec())),
        _ => Err(Error::BadValue("ResponderID")),
    }
}

fn certificates(explicit: &Element<'_>) -> Result<Vec<Certificate>> {
    let mut explicit = explicit.reader();
    let mut list = explicit.sequence()?;
    explicit.finish()?;
    let mut certificates = Vec::new();
    while !list.is_empty() {
        if certificates.len() == MAX_CERTIFICATES {
            return Err(Error::LimitExceeded("certificates of an OCSP response"));
        }
        certificates.push(Certificate::from_der(list.any()?.raw)?);
    }
    Ok(certificates)
}

fn extensions(explicit: Option<Element<'_>>) -> Result<Vec<Extension>> {
    let Some(explicit) = explicit else { return Ok(Vec::new()) };
    let mut explicit = explicit.reader();
    let list = explicit.sequence()?;
    explicit.finish()?;
    Ok(x509::read_extensions(list)?.0)
}

/// Nonces of one to 128 octets are read (RFC 9654 §2.1). Some responders leave out the OCTET STRING.
fn read_nonce(value: &[u8]) -> Result<Vec<u8>> {
    let octets = match der::one(value) {
        Ok(element) if element.tag == Tag::OCTET_STRING => element.contents,
        _ => value,
    };
    if octets.is_empty() || octets.len() > MAX_NONCE {
        return Err(Error::BadValue("nonce"));
    }
    Ok(octets.to_vec())
}

fn generalized(element: &Element<'_>) -> Result<Time> {
    match element.tag {
        Tag::GENERALIZED_TIME => Time::from_element(element),
        found => Err(Error::UnexpectedTag { expected: Tag::GENERALIZED_TIME.0, found: found.0 }),
    }
}

/// Reads anything as an answer and looks at all of it. For fuzzing.
pub fn fuzz_ocsp(bytes: &[u8]) {
    if let Ok(request) = super::OcspRequest::from_der(bytes) {
        assert!(super::OcspRequest::from_der(&request.to_der()).as_ref() == Ok(&request));
    }
    let Ok(response) = OcspResponse::from_der(bytes) else { return };
    let Some(basic) = response.basic else { return };
    assert!(BasicOcspResponse::from_der(basic.der()).as_ref() == Ok(&basic));
    for single in &basic.responses {
        let mut w = der::Writer::new();
        single.id.write(&mut w);
        assert!(CertId::read(&mut Reader::new(w.as_bytes())).as_ref() == Ok(&single.id));
    }
    let _ = basic.tbs();
}

/// The longest answer that is read, in octets.
pub const MAX_OCSP: usize = 256 << 10;
/// Certificates spoken of in one answer.
const MAX_RESPONSES: usize = 100;
/// Certificates sent along.
const MAX_CERTIFICATES: usize = 10;
