//! What a list covers (RFC 5280 §5.2.5).

use crate::der::{Element, Reader, Tag};
use crate::error::{Error, Result};
use crate::x509::{GeneralName, ReasonFlags};

/// issuingDistributionPoint.
///
/// ```text
/// IssuingDistributionPoint ::= SEQUENCE {
///   distributionPoint [0] DistributionPointName OPTIONAL, onlyContainsUserCerts [1] BOOLEAN DEFAULT FALSE,
///   onlyContainsCACerts [2] BOOLEAN DEFAULT FALSE, onlySomeReasons [3] ReasonFlags OPTIONAL,
///   indirectCRL [4] BOOLEAN DEFAULT FALSE, onlyContainsAttributeCerts [5] BOOLEAN DEFAULT FALSE }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IssuingDistributionPoint {
    /// fullName; empty where there is none.
    pub full_name: Vec<GeneralName>,
    /// nameRelativeToCRLIssuer: the contents of the RelativeDistinguishedName.
    pub relative: Option<Vec<u8>>,
    /// Certificates of authorities are not covered.
    pub only_users: bool,
    /// Only certificates of authorities are covered.
    pub only_authorities: bool,
    /// Only attribute certificates are covered.
    pub only_attributes: bool,
    /// The reasons that are covered; all, where none is named.
    pub reasons: Option<ReasonFlags>,
    /// It speaks of other issuers' certificates too.
    pub indirect: bool,
}

impl IssuingDistributionPoint {
    /// Whether it has the name of a distribution point.
    pub fn is_named(&self) -> bool {
        self.relative.is_some() || !self.full_name.is_empty()
    }

    pub(super) fn read(element: &Element<'_>) -> Result<Self> {
        if element.tag != Tag::SEQUENCE {
            return Err(Error::BadValue("issuingDistributionPoint"));
        }
        let mut reader = element.reader();
        let mut point = IssuingDistributionPoint::default();
        if let Some(name) = reader.optional(Tag::context(0))? {
            let mut choice = name.reader();
            match choice.any()? {
                full if full.tag == Tag::context(0) => point.full_name = GeneralName::read_all(full.reader())?,
                rdn if rdn.tag == Tag::context(1) => point.relative = Some(rdn.contents.to_vec()),
                _ => return Err(Error::BadValue("DistributionPointName")),
            }
            choice.finish()?;
        }
        point.only_users = flag(&mut reader, 1)?;
        point.only_authorities = flag(&mut reader, 2)?;
        if let Some(reasons) = reader.optional(Tag::context_primitive(3))? {
            point.reasons = Some(ReasonFlags::from_contents(reasons.contents)?);
        }
        point.indirect = flag(&mut reader, 4)?;
        point.only_attributes = flag(&mut reader, 5)?;
        reader.finish()?;
        Ok(point)
    }
}

fn flag(reader: &mut Reader<'_>, number: u8) -> Result<bool> {
    match reader.optional(Tag::context_primitive(number))?.map(|element| element.contents) {
        None | Some([0x00]) => Ok(false),
        Some([0xff]) => Ok(true),
        Some(_) => Err(Error::BadValue("BOOLEAN")),
    }
}
