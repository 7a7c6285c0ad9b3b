//! Certificate extensions and the typed forms of those this library knows (RFC 5280 §4.2).

use std::ops::BitOr;

use super::general_name::GeneralName;
use crate::der::{self, Element, Reader, Tag, Writer};
use crate::error::{Error, Result};
use crate::oid::Oid;
use crate::oids;

/// One extension as it stands in the certificate.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Extension {
    /// Its type.
    pub oid: Oid,
    /// Whether who does not know it must refuse the certificate.
    pub critical: bool,
    /// The contents of extnValue: the DER of the extension's own structure.
    pub value: Vec<u8>,
}

impl Extension {
    /// Writes it, in a certificate or wherever else extensions stand (RFC 5280 §4.1).
    pub fn write(&self, w: &mut Writer) {
        w.sequence(|w| {
            w.oid(self.oid);
            if self.critical {
                w.boolean(true);
            }
            w.octet_string(&self.value);
        });
    }
}

/// basicConstraints (RFC 5280 §4.2.1.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the subject is a CA.
    pub ca: bool,
    /// How many intermediate CAs may follow; values above `u32::MAX` are given as that.
    pub path_len: Option<u32>,
}

/// The bits of keyUsage (RFC 5280 §4.2.1.3): bit *n* of the extension is `1 << n` here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct KeyUsage(pub u16);

impl KeyUsage {
    /// Bit 0.
    pub const DIGITAL_SIGNATURE: KeyUsage = KeyUsage(1);
    /// Bit 1, contentCommitment.
    pub const NON_REPUDIATION: KeyUsage = KeyUsage(1 << 1);
    /// Bit 2.
    pub const KEY_ENCIPHERMENT: KeyUsage = KeyUsage(1 << 2);
    /// Bit 3.
    pub const DATA_ENCIPHERMENT: KeyUsage = KeyUsage(1 << 3);
    /// Bit 4.
    pub const KEY_AGREEMENT: KeyUsage = KeyUsage(1 << 4);
    /// Bit 5.
    pub const KEY_CERT_SIGN: KeyUsage = KeyUsage(1 << 5);
    /// Bit 6.
    pub const CRL_SIGN: KeyUsage = KeyUsage(1 << 6);
    /// Bit 7.
    pub const ENCIPHER_ONLY: KeyUsage = KeyUsage(1 << 7);
    /// Bit 8.
    pub const DECIPHER_ONLY: KeyUsage = KeyUsage(1 << 8);

    /// Whether every bit of `other` is set.
    pub const fn has(self, other: KeyUsage) -> bool {
        self.0 & other.0 == other.0
    }

    /// The names of the bits that are set, as RFC 5280 writes them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        (0..).zip(KEY_USAGE_NAMES).filter(move |(bit, _)| self.0 & (1u16 << bit) != 0).map(|(_, name)| *name)
    }
}

impl BitOr for KeyUsage {
    type Output = KeyUsage;

    fn bitor(self, other: KeyUsage) -> KeyUsage {
        KeyUsage(self.0 | other.0)
    }
}

/// nameConstraints (RFC 5280 §4.2.1.10).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NameConstraints {
    /// What names must lie in, for each kind of name that occurs here.
    pub permitted: Vec<GeneralSubtree>,
    /// What names must not lie in.
    pub excluded: Vec<GeneralSubtree>,
}

/// One subtree of [`NameConstraints`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneralSubtree {
    /// The top of the subtree; a Directory name may be empty, an address may be a host or a domain.
    pub base: GeneralName,
    /// Zero in this profile.
    pub minimum: u64,
    /// Absent in this profile.
    pub maximum: Option<u64>,
}

/// policyConstraints (RFC 5280 §4.2.1.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PolicyConstraints {
    /// requireExplicitPolicy: how many certificates later a policy is demanded.
    pub require_explicit: Option<u32>,
    /// inhibitPolicyMapping: how many certificates later mapping ends.
    pub inhibit_mapping: Option<u32>,
}

/// One point of cRLDistributionPoints (RFC 5280 §4.2.1.13).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DistributionPoint {
    /// fullName; empty when the point is absent or given relative to the issuer.
    pub full_name: Vec<GeneralName>,
    /// nameRelativeToCRLIssuer: the contents of the RelativeDistinguishedName, to be put behind the CRL issuer's name
    /// ([`crate::Name::with_rdn`]).
    pub relative: Option<Vec<u8>>,
    /// The reasons that the CRL covers; all, where none is named.
    pub reasons: Option<ReasonFlags>,
    /// Who signs the CRL, when it is not the certificate's issuer.
    pub crl_issuer: Vec<GeneralName>,
}

/// A set of reasons for revocation (RFC 5280 §4.2.1.13): bit *n* of the BIT STRING is `1 << n` here. Bit 0, unused,
/// stands for no reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReasonFlags(pub u16);

impl ReasonFlags {
    /// keyCompromise to aACompromise, bits 1 to 8.
    pub const ALL: ReasonFlags = ReasonFlags(0x01fe);

    /// Reads the contents of a BIT STRING under an IMPLICIT tag.
    pub(crate) fn from_contents(contents: &[u8]) -> Result<ReasonFlags> {
        let mut w = Writer::new();
        w.element(Tag::BIT_STRING, contents);
        let (_, octets) = Reader::new(w.as_bytes()).bit_string()?;
        let mut bits = 0u16;
        for (i, octet) in octets.iter().take(2).enumerate() {
            bits |= u16::from(octet.reverse_bits()) << (8 * i);
        }
        Ok(ReasonFlags(bits & ReasonFlags::ALL.0))
    }

    /// Those of both sets.
    #[must_use]
    pub const fn and(self, other: ReasonFlags) -> ReasonFlags {
        ReasonFlags(self.0 & other.0)
    }

    /// Those of either set.
    #[must_use]
    pub const fn or(self, other: ReasonFlags) -> ReasonFlags {
        ReasonFlags(self.0 | other.0)
    }

    /// Whether every reason of the other set is in this one.
    pub const fn has(self, other: ReasonFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

/// The typed forms of the extensions of one certificate.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    pub basic_constraints: Option<BasicConstraints>,
    pub key_usage: Option<KeyUsage>,
    pub extended_key_usage: Option<Vec<Oid>>,
    pub subject_alt_names: Vec<GeneralName>,
    pub subject_key_id: Option<Vec<u8>>,
    pub authority_key_id: Option<Vec<u8>>,
    pub name_constraints: Option<NameConstraints>,
    pub policies: Vec<Oid>,
    pub policy_qualifiers: Vec<(Oid, Oid)>,
    pub policy_mappings: Vec<(Oid, Oid)>,
    pub policy_constraints: Option<PolicyConstraints>,
    pub inhibit_any_policy: Option<u32>,
    pub distribution_points: Vec<DistributionPoint>,
    pub freshest: Vec<DistributionPoint>,
    pub no_rev_avail: bool,
    pub information_access: Vec<(Oid, GeneralName)>,
    pub subject_information: Vec<(Oid, GeneralName)>,
    pub smime_capabilities: Option<Vec<u8>>,
    pub unknown_critical: Option<Oid>,
}

impl Typed {
    /// Parses every extension that is known; a known one that is malformed is an error.
    pub fn parse(extensions: &[Extension]) -> Result<Typed> {
        let mut typed = Typed::default();
        for extension in extensions {
            if !typed.take(extension)? && extension.critical && typed.unknown_critical.is_none() {
                typed.unknown_critical = Some(extension.oid);
            }
        }
        Ok(typed)
    }

    /// Whether the extension is known.
    fn take(&mut self, extension: &Extension) -> Result<bool> {
        let element = match extension.oid {
            oid if KNOWN.contains(&oid) => der::one(&extension.value)?,
            _ => return Ok(false),
        };
        match extension.oid {
            oids::BASIC_CONSTRAINTS => self.basic_constraints = Some(basic_constraints(&element)?),
            oids::KEY_USAGE => self.key_usage = Some(key_usage(&element)?),
            oids::EXTENDED_KEY_USAGE => self.extended_key_usage = Some(sequence_of(&element, |r| r.oid())?),
            oids::SUBJECT_ALT_NAME => self.subject_alt_names = sequence_of(&element, GeneralName::read)?,
            oids::ISSUER_ALT_NAME => drop(sequence_of(&element, GeneralName::read)?),
            oids::SUBJECT_KEY_IDENTIFIER => {
                self.subject_key_id = Some(expect(&element, Tag::OCTET_STRING)?.contents.to_vec());
            }
            oids::AUTHORITY_KEY_IDENTIFIER => self.authority_key_id = authority_key_id(&element)?,
            oids::NAME_CONSTRAINTS => self.name_constraints = Some(name_constraints(&element)?),
            oids::CERTIFICATE_POLICIES => {
                for (policy, qualifiers) in sequence_of(&element, policy)? {
                    self.policies.push(policy);
                    self.policy_qualifiers.extend(qualifiers.into_iter().map(|qualifier| (policy, qualifier)));
                }
            }
            oids::POLICY_MAPPINGS => self.policy_mappings = sequence_of(&element, mapping)?,
            oids::POLICY_CONSTRAINTS => self.policy_constraints = Some(policy_constraints(&element)?),
            oids::INHIBIT_ANY_POLICY => self.inhibit_any_policy = Some(skip_certs(&mut Reader::new(element.raw))?),
            oids::CRL_DISTRIBUTION_POINTS => self.distribution_points = sequence_of(&element, distribution_point)?,
            oids::FRESHEST_CRL => self.freshest = sequence_of(&element, distribution_point)?,
            // Its value is NULL; what else is in it says nothing (RFC 9608 §2).
            oids::NO_REV_AVAIL => self.no_rev_avail = true,
            oids::SUBJECT_INFO_ACCESS => self.subject_information = sequence_of(&element, access_description)?,
            oids::AUTHORITY_INFO_ACCESS => self.information_access = sequence_of(&element, access_description)?,
            oids::SMIME_CAPABILITIES => {
                self.smime_capabilities = Some(expect(&element, Tag::SEQUENCE)?.raw.to_vec());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Reads the contents of `Extensions`: 1 to 100, each type once (RFC 5280 §4.2). The flag says
/// whether a criticality was written out though it is the default.
pub(crate) fn read_extensions(mut list: Reader<'_>) -> Result<(Vec<Extension>, bool)> {
    let mut extensions: Vec<Extension> = Vec::with_capacity(8);
    let mut explicit_default = false;
    if list.is_empty() {
        return Err(Error::BadValue("empty extensions"));
    }
    while !list.is_empty() {
        let mut inner = list.sequence()?;
        let oid = inner.oid()?;
        let stated = if inner.peek() == Some(Tag::BOOLEAN) { Some(inner.boolean()?) } else { None };
        let value = inner.octet_string()?.to_vec();
        inner.finish()?;
        if extensions.iter().any(|e| e.oid == oid) {
            return Err(Error::BadValue("duplicate extension"));
        }
        if extensions.len() == MAX_EXTENSIONS {
            return Err(Error::LimitExceeded("extensions"));
        }
        explicit_default |= stated == Some(false);
        extensions.push(Extension { oid, critical: stated.unwrap_or(false), value });
    }
    Ok((extensions, explicit_default))
}

fn expect<'e, 'a>(element: &'e Element<'a>, tag: Tag) -> Result<&'e Element<'a>> {
    if element.tag == tag { Ok(element) } else { Err(Error::UnexpectedTag { expected: tag.0, found: element.tag.0 }) }
}

/// A `SEQUENCE SIZE (1..MAX) OF`, as all those in extensions are.
pub(crate) fn sequence_of<T>(element: &Element<'_>, read: fn(&mut Reader<'_>) -> Result<T>) -> Result<Vec<T>> {
    all_of(expect(element, Tag::SEQUENCE)?.reader(), read)
}

fn all_of<T>(mut reader: Reader<'_>, read: fn(&mut Reader<'_>) -> Result<T>) -> Result<Vec<T>> {
    if reader.is_empty() {
        return Err(Error::BadValue("empty SEQUENCE OF"));
    }
    let mut items = Vec::new();
    while !reader.is_empty() {
        items.push(read(&mut reader)?);
    }
    Ok(items)
}

fn basic_constraints(element: &Element<'_>) -> Result<BasicConstraints> {
    let mut reader = expect(element, Tag::SEQUENCE)?.reader();
    let ca = reader.peek() == Some(Tag::BOOLEAN) && reader.boolean()?;
    let path_len = if reader.is_empty() { None } else { Some(skip_certs(&mut reader)?) };
    reader.finish()?;
    Ok(BasicConstraints { ca, path_len })
}

fn key_usage(element: &Element<'_>) -> Result<KeyUsage> {
    let (_, octets) = Reader::new(element.raw).bit_string()?;
    let mut bits = 0u16;
    for (i, octet) in octets.iter().take(2).enumerate() {
        bits |= u16::from(octet.reverse_bits()) << (8 * i);
    }
    Ok(KeyUsage(bits & 0x01ff))
}

pub(crate) fn authority_key_id(element: &Element<'_>) -> Result<Option<Vec<u8>>> {
    let mut reader = expect(element, Tag::SEQUENCE)?.reader();
    let id = reader.optional(Tag::context_primitive(0))?.map(|e| e.contents.to_vec());
    let issuer = reader.optional(Tag::context(1))?;
    let serial = reader.optional(Tag::context_primitive(2))?;
    reader.finish()?;
    // Both or neither (RFC 5280 §A.2).
    match (issuer, serial) {
        (Some(issuer), Some(serial)) => {
            all_of(issuer.reader(), GeneralName::read)?;
            let mut w = Writer::new();
            w.element(Tag::INTEGER, serial.contents);
            Reader::new(w.as_bytes()).integer()?;
        }
        (None, None) => {}
        _ => return Err(Error::BadValue("AuthorityKeyIdentifier")),
    }
    Ok(id)
}

fn name_constraints(element: &Element<'_>) -> Result<NameConstraints> {
    let mut reader = expect(element, Tag::SEQUENCE)?.reader();
    let mut constraints = NameConstraints::default();
    if let Some(list) = reader.optional(Tag::context(0))? {
        constraints.permitted = all_of(list.reader(), subtree)?;
    }
    if let Some(list) = reader.optional(Tag::context(1))? {
        constraints.excluded = all_of(list.reader(), subtree)?;
    }
    reader.finish()?;
    Ok(constraints)
}

fn subtree(reader: &mut Reader<'_>) -> Result<GeneralSubtree> {
    let mut inner = reader.sequence()?;
    let base = GeneralName::read(&mut inner)?;
    let minimum = inner.optional(Tag::context_primitive(0))?.map(|e| implicit_uint(&e)).transpose()?.unwrap_or(0);
    let maximum = inner.optional(Tag::context_primitive(1))?.map(|e| implicit_uint(&e)).transpose()?;
    inner.finish()?;
    Ok(GeneralSubtree { base, minimum, maximum })
}

/// A policy and the types of its qualifiers, whose values are for people.
fn policy(reader: &mut Reader<'_>) -> Result<(Oid, Vec<Oid>)> {
    let mut inner = reader.sequence()?;
    let oid = inner.oid()?;
    let qualifiers = inner.optional(Tag::SEQUENCE)?.map(|list| sequence_of(&list, qualifier)).transpose()?;
    inner.finish()?;
    Ok((oid, qualifiers.unwrap_or_default()))
}

fn qualifier(reader: &mut Reader<'_>) -> Result<Oid> {
    let mut inner = reader.sequence()?;
    let oid = inner.oid()?;
    inner.any()?;
    inner.finish()?;
    Ok(oid)
}

fn mapping(reader: &mut Reader<'_>) -> Result<(Oid, Oid)> {
    let mut inner = reader.sequence()?;
    let pair = (inner.oid()?, inner.oid()?);
    inner.finish()?;
    Ok(pair)
}

fn policy_constraints(element: &Element<'_>) -> Result<PolicyConstraints> {
    let mut reader = expect(element, Tag::SEQUENCE)?.reader();
    let mut field = |n| -> Result<Option<u32>> {
        let Some(element) = reader.optional(Tag::context_primitive(n))? else { return Ok(None) };
        Ok(Some(saturated(implicit_uint(&element)?)))
    };
    let constraints = PolicyConstraints { require_explicit: field(0)?, inhibit_mapping: field(1)? };
    reader.finish()?;
    Ok(constraints)
}

/// One point of cRLDistributionPoints or freshestCRL.
pub(crate) fn distribution_point(reader: &mut Reader<'_>) -> Result<DistributionPoint> {
    let mut inner = reader.sequence()?;
    let mut point = DistributionPoint::default();
    if let Some(name) = inner.optional(Tag::context(0))? {
        let mut choice = name.reader();
        match choice.any()? {
            full if full.tag == Tag::context(0) => point.full_name = GeneralName::read_all(full.reader())?,
            relative if relative.tag == Tag::context(1) => point.relative = Some(relative.contents.to_vec()),
            _ => return Err(Error::BadValue("DistributionPointName")),
        }
        choice.finish()?;
    }
    if let Some(reasons) = inner.optional(Tag::context_primitive(1))? {
        point.reasons = Some(ReasonFlags::from_contents(reasons.contents)?);
    }
    if let Some(issuer) = inner.optional(Tag::context(2))? {
        point.crl_issuer = GeneralName::read_all(issuer.reader())?;
    }
    inner.finish()?;
    Ok(point)
}

pub(crate) fn access_description(reader: &mut Reader<'_>) -> Result<(Oid, GeneralName)> {
    let mut inner = reader.sequence()?;
    let pair = (inner.oid()?, GeneralName::read(&mut inner)?);
    inner.finish()?;
    Ok(pair)
}

fn skip_certs(reader: &mut Reader<'_>) -> Result<u32> {
    Ok(saturated(reader.uint()?))
}

fn saturated(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// The value of an INTEGER under an IMPLICIT tag.
fn implicit_uint(element: &Element<'_>) -> Result<u64> {
    let mut w = Writer::new();
    w.integer(element.contents);
    Reader::new(w.as_bytes()).uint()
}

const MAX_EXTENSIONS: usize = 100;
const KNOWN: &[Oid] = &[
    oids::BASIC_CONSTRAINTS,
    oids::KEY_USAGE,
    oids::EXTENDED_KEY_USAGE,
    oids::SUBJECT_ALT_NAME,
    oids::ISSUER_ALT_NAME,
    oids::SUBJECT_KEY_IDENTIFIER,
    oids::AUTHORITY_KEY_IDENTIFIER,
    oids::NAME_CONSTRAINTS,
    oids::CERTIFICATE_POLICIES,
    oids::POLICY_MAPPINGS,
    oids::POLICY_CONSTRAINTS,
    oids::INHIBIT_ANY_POLICY,
    oids::CRL_DISTRIBUTION_POINTS,
    oids::AUTHORITY_INFO_ACCESS,
    oids::FRESHEST_CRL,
    oids::NO_REV_AVAIL,
    oids::SUBJECT_INFO_ACCESS,
    oids::SMIME_CAPABILITIES,
];
const KEY_USAGE_NAMES: &[&str] = &[
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
];
