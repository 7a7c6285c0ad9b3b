//! One entry of a list (RFC 5280 §5.1.2.6, §5.3).

use std::fmt;

use crate::der::{self, Element, Reader, Tag};
use crate::error::{Error, Result};
use crate::oid::Oid;
use crate::oids;
use crate::time::Time;
use crate::x509::GeneralName;

/// Why a certificate was revoked (RFC 5280 §5.3.1).
///
/// ```text
/// CRLReason ::= ENUMERATED { unspecified (0), keyCompromise (1), cACompromise (2), affiliationChanged (3),
///   superseded (4), cessationOfOperation (5), certificateHold (6), removeFromCRL (8), privilegeWithdrawn (9),
///   aACompromise (10) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// None is told, or one that has no meaning.
    Unspecified,
    /// Somebody else may have the key.
    KeyCompromise,
    /// Somebody else may have the authority's key.
    CaCompromise,
    /// The subject's name or other facts changed.
    AffiliationChanged,
    /// There is a newer certificate.
    Superseded,
    /// It is no longer needed.
    CessationOfOperation,
    /// Suspended; may come back.
    CertificateHold,
    /// Of delta CRLs alone: no longer suspended, or expired.
    RemoveFromCrl,
    /// What the certificate grants was taken away.
    PrivilegeWithdrawn,
    /// Somebody else may have the attribute authority's key.
    AaCompromise,
}

impl Reason {
    /// From its number. One without a meaning is `Unspecified`: that the certificate was revoked is beyond doubt.
    pub fn from_number(number: u64) -> Reason {
        match number {
            1 => Reason::KeyCompromise,
            2 => Reason::CaCompromise,
            3 => Reason::AffiliationChanged,
            4 => Reason::Superseded,
            5 => Reason::CessationOfOperation,
            6 => Reason::CertificateHold,
            8 => Reason::RemoveFromCrl,
            9 => Reason::PrivilegeWithdrawn,
            10 => Reason::AaCompromise,
            _ => Reason::Unspecified,
        }
    }

    /// Its number.
    pub fn number(self) -> u8 {
        match self {
            Reason::Unspecified => 0,
            Reason::KeyCompromise => 1,
            Reason::CaCompromise => 2,
            Reason::AffiliationChanged => 3,
            Reason::Superseded => 4,
            Reason::CessationOfOperation => 5,
            Reason::CertificateHold => 6,
            Reason::RemoveFromCrl => 8,
            Reason::PrivilegeWithdrawn => 9,
            Reason::AaCompromise => 10,
        }
    }

    /// Its name in the standard.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Unspecified => "unspecified",
            Reason::KeyCompromise => "keyCompromise",
            Reason::CaCompromise => "cACompromise",
            Reason::AffiliationChanged => "affiliationChanged",
            Reason::Superseded => "superseded",
            Reason::CessationOfOperation => "cessationOfOperation",
            Reason::CertificateHold => "certificateHold",
            Reason::RemoveFromCrl => "removeFromCRL",
            Reason::PrivilegeWithdrawn => "privilegeWithdrawn",
            Reason::AaCompromise => "aACompromise",
        }
    }

    pub(crate) fn from_element(element: &Element<'_>) -> Result<Reason> {
        match element.contents {
            [number] if element.tag == Tag::ENUMERATED => Ok(Reason::from_number(u64::from(*number))),
            _ => Err(Error::BadValue("CRLReason")),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// An entry that was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokedEntry {
    /// The contents octets of the serial number.
    pub serial: Vec<u8>,
    /// revocationDate.
    pub at: Time,
    /// reasonCode; `Unspecified` when absent.
    pub reason: Reason,
    /// invalidityDate: since when the key is suspected, where it is told.
    pub invalid_since: Option<Time>,
}

/// One entry as it stands in the list, its parts checked for their form alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawEntry<'a> {
    pub serial: &'a [u8],
    pub at: Time,
    extensions: Option<&'a [u8]>,
}

/// What the extensions of an entry say that concerns the list as a whole.
#[derive(Debug, Default)]
pub(super) struct Remarks<'a> {
    /// certificateIssuer: the contents of GeneralNames.
    pub issuer: Option<&'a [u8]>,
    pub unknown_critical: Option<Oid>,
    reason: Option<Reason>,
    invalid_since: Option<Time>,
}

impl<'a> RawEntry<'a> {
    /// Reads the next entry of a list.
    pub fn read(list: &mut Reader<'a>) -> Result<RawEntry<'a>> {
        let mut inner = list.sequence()?;
        let serial = inner.integer()?;
        let at = Time::read(&mut inner)?;
        let extensions = match inner.is_empty() {
            true => None,
            false => Some(inner.expect(Tag::SEQUENCE)?.contents),
        };
        inner.finish()?;
        Ok(RawEntry { serial, at, extensions })
    }

    /// Whether anything needs a closer look.
    pub fn has_extensions(&self) -> bool {
        self.extensions.is_some()
    }

    /// Reads the extensions; those that are known have to be well-formed.
    pub fn remarks(&self) -> Result<Remarks<'a>> {
        let mut remarks = Remarks::default();
        let mut list = Reader::new(self.extensions.unwrap_or_default());
        let mut seen = 0u8;
        let mut count = 0usize;
        while !list.is_empty() {
            count += 1;
            if count > MAX_ENTRY_EXTENSIONS {
                return Err(Error::LimitExceeded("extensions"));
            }
            let mut inner = list.sequence()?;
            let oid = inner.oid()?;
            let critical = inner.peek() == Some(Tag::BOOLEAN) && inner.boolean()?;
            let value = inner.octet_string()?;
            inner.finish()?;
            let bit = match oid {
                oids::REASON_CODE => {
                    remarks.reason = Some(Reason::from_element(&der::one(value)?)?);
                    1
                }
                oids::INVALIDITY_DATE => {
                    remarks.invalid_since = Some(Time::from_element(&der::one(value)?)?);
                    2
                }
                oids::CERTIFICATE_ISSUER => {
                    let names = der::one(value)?;
                    if names.tag != Tag::SEQUENCE {
                        return Err(Error::BadValue("certificateIssuer"));
                    }
                    remarks.issuer = Some(names.contents);
                    4
                }
                // Says what to do with a certificate on hold, which nobody does (RFC 5280 has dropped it).
                oids::HOLD_INSTRUCTION => 8,
                oid => {
                    if critical && remarks.unknown_critical.is_none() {
                        remarks.unknown_critical = Some(oid);
                    }
                    0
                }
            };
            if seen & bit != 0 {
                return Err(Error::BadValue("duplicate extension"));
            }
            seen |= bit;
        }
        Ok(remarks)
    }

    /// The entry as a value.
    pub fn entry(&self) -> Result<RevokedEntry> {
        let remarks = self.remarks()?;
        Ok(RevokedEntry {
            serial: self.serial.to_vec(),
            at: self.at,
            reason: remarks.reason.unwrap_or(Reason::Unspecified),
            invalid_since: remarks.invalid_since,
        })
    }
}

/// The names of a certificateIssuer from their contents.
pub(super) fn issuer_names(contents: &[u8]) -> Result<Vec<GeneralName>> {
    GeneralName::read_all(Reader::new(contents))
}

const MAX_ENTRY_EXTENSIONS: usize = 20;
