//! The subject of a certificate by the S/MIME Baseline Requirements: which attributes each kind has (SBR sections
//! 7.1.4.2.3 to 7.1.4.2.6), and how they stand together.

use wire::{Name, Oid, oids};

use crate::clause::{Generation, SmimeBr, Validation};

/// Whether an attribute may, must or must not be there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    May,
    Shall,
    Never,
}

use Rule::{May, Never, Shall};

/// The rules for mailbox, organization, sponsor and individual; attributes that a strict profile never has.
static ATTRIBUTES: &[(Oid, [Rule; 4], bool)] = &[
    (oids::COMMON_NAME, [May, May, May, May], false),
    (oids::ORGANIZATION, [Never, Shall, Shall, Never], false),
    (oids::ORGANIZATIONAL_UNIT, [Never, May, May, Never], false),
    (oids::ORGANIZATION_IDENTIFIER, [Never, Shall, Shall, Never], false),
    (oids::GIVEN_NAME, [Never, Never, May, May], false),
    (oids::SURNAME, [Never, Never, May, May], false),
    (oids::PSEUDONYM, [Never, Never, May, May], false),
    (oids::SERIAL_NUMBER, [May, May, May, May], false),
    (oids::EMAIL_ADDRESS, [May, May, May, May], false),
    (oids::TITLE, [Never, Never, May, May], false),
    (oids::STREET, [Never, May, May, May], true),
    (oids::LOCALITY, [Never, May, May, May], false),
    (oids::STATE, [Never, May, May, May], false),
    (oids::POSTAL_CODE, [Never, May, May, May], true),
    (oids::COUNTRY, [Never, May, May, May], false),
];

/// The table, and: a person is named or has a pseudonym, never both (SBR section 7.1.4.2.2 (e), (f)).
pub(crate) fn attributes_are_allowed(subject: &Name, profile: SmimeBr) -> bool {
    let kind = match profile.validation {
        Validation::Mailbox => 0,
        Validation::Organization => 1,
        Validation::Sponsor => 2,
        Validation::Individual => 3,
    };
    let has = |oid: Oid| subject.attributes().any(|attribute| attribute.oid == oid);
    let (strict, legacy) = (profile.generation == Generation::Strict, profile.generation == Generation::Legacy);
    let rows = ATTRIBUTES.iter().all(|(oid, rules, not_strict)| match rules.get(kind) {
        Some(Rule::Shall) => has(*oid),
        Some(Rule::May) => !(strict && *not_strict && has(*oid)),
        Some(Rule::Never) | None => !has(*oid),
    });
    let listed = |oid: Oid| ATTRIBUTES.iter().any(|(listed, _, _)| *listed == oid);
    let others = legacy && profile.validation != Validation::Mailbox;
    let known = others || subject.attributes().all(|attribute| listed(attribute.oid));
    let (named, hidden) = (has(oids::GIVEN_NAME) || has(oids::SURNAME), has(oids::PSEUDONYM));
    let person = matches!(profile.validation, Validation::Sponsor | Validation::Individual);
    let told = !person || legacy || named || hidden;
    // Text that stands for nothing (SBR section 7.1.4.2).
    let says = |text: &str| text.chars().any(|c| !matches!(c, '.' | '-' | ' '));
    rows && known && told && !(named && hidden) && subject.attributes().all(|a| says(&a.text))
}

/// `NTRGB-12345678`, `NTRUS+CA-12345678`, `GOVUS`, `INTXG`.
pub(crate) fn organization_is_identified(subject: &Name) -> bool {
    let Some(text) = subject.get(oids::ORGANIZATION_IDENTIFIER) else { return true };
    let (scheme, reference) = match text.split_once('-') {
        Some((scheme, reference)) => (scheme, Some(reference)),
        None => (text.as_str(), None),
    };
    let (scheme, subdivision) = match scheme.split_once('+') {
        Some((scheme, subdivision)) => (scheme, Some(subdivision)),
        None => (scheme, None),
    };
    let upper = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase());
    let Some((kind, country)) = scheme.split_at_checked(3).filter(|(k, c)| c.len() == 2 && upper(k) && upper(c)) else {
        return false;
    };
    let part = |text: &str| (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    let referred = match reference {
        Some(reference) => !reference.is_empty(),
        None => matches!((kind, country), ("GOV", _) | ("INT", "XG")),
    };
    referred && subdivision.is_none_or(part)
}

/// SBR section 7.1.4.2.2 (j) to (n).
pub(crate) fn places_stand_together(subject: &Name) -> bool {
    let has = |oid: Oid| subject.get(oid).is_some();
    let country = subject.get(oids::COUNTRY);
    let letters = |text: &String| text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
    let in_place = !has(oids::STREET) || has(oids::LOCALITY) || has(oids::STATE);
    let placed = [oids::LOCALITY, oids::STATE, oids::POSTAL_CODE].into_iter().any(has);
    in_place && (!placed || country.is_some()) && country.as_ref().is_none_or(letters)
}
