//! What a signature says about its content besides what it is (RFC 2634 §2.9, §3, §4): to be shown, and to be believed
//! only if the signature holds.

use trust::classification_word;
use wire::cms::SignedAttributes;
use wire::der::{Reader, Tag};
use wire::{Oid, oids};

use crate::receipt::{ContentReference, Expansion, ExpansionHistory};

/// The services that the signed attributes of one signer name. What cannot be read is absent, and its name among the
/// unreadable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Services {
    /// How the content is to be handled.
    pub label: Option<SecurityLabel>,
    /// The same under the policies of others.
    pub equivalent: Vec<SecurityLabel>,
    /// What the innermost content is.
    pub hint: Option<ContentHint>,
    /// What the sender calls the content.
    pub identifier: Option<Vec<u8>>,
    /// The content that this one refers to.
    pub reference: Option<ContentReference>,
    /// The mailing lists that it came through, the first at the beginning.
    pub lists: Vec<Expansion>,
    /// Attributes of these names are there and are not what they should be.
    pub unreadable: Vec<&'static str>,
}

/// ```text
/// ESSSecurityLabel ::= SET { security-policy-identifier SecurityPolicyIdentifier,
///   security-classification SecurityClassification OPTIONAL, privacy-mark ESSPrivacyMark OPTIONAL,
///   security-categories SecurityCategories OPTIONAL } -- RFC 2634 §3.2
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityLabel {
    /// Whose rules the label follows.
    pub policy: Oid,
    /// 0 to 256; the meaning of 0 to 5 is that of X.411 where the policy has no other.
    pub classification: Option<u64>,
    /// Words for people, without control characters.
    pub privacy_mark: Option<String>,
    /// The types of the categories, 1 to 64; what they say is for whoever knows them.
    pub categories: Vec<Oid>,
}

/// ContentHints ::= SEQUENCE { contentDescription UTF8String OPTIONAL, contentType ContentType } -- RFC 2634 §2.9
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentHint {
    /// Words for people, without control characters.
    pub description: Option<String>,
    /// The type of the innermost content.
    pub content_type: Oid,
}

impl Services {
    /// Those among these attributes.
    pub fn of(signed: &SignedAttributes) -> Services {
        let mut services = Services::default();
        let mut unreadable = Vec::new();
        services.label = read(signed, oids::SECURITY_LABEL, "securityLabel", &mut unreadable, SecurityLabel::from_der);
        let equivalent = read(signed, oids::EQUIVALENT_LABELS, "equivalentLabels", &mut unreadable, equivalent);
        services.equivalent = equivalent.unwrap_or_default();
        services.hint = read(signed, oids::CONTENT_HINT, "contentHint", &mut unreadable, ContentHint::from_der);
        services.identifier = read(signed, oids::CONTENT_IDENTIFIER, "contentIdentifier", &mut unreadable, identifier);
        services.reference =
            read(signed, oids::CONTENT_REFERENCE, "contentReference", &mut unreadable, ContentReference::from_der);
        let lists =
            read(signed, oids::ML_EXPANSION_HISTORY, "mlExpansionHistory", &mut unreadable, ExpansionHistory::from_der);
        services.lists = lists.map(|history| history.lists().to_vec()).unwrap_or_default();
        services.unreadable = unreadable;
        services
    }
}

fn read<T>(
    signed: &SignedAttributes,
    oid: Oid,
    name: &'static str,
    unreadable: &mut Vec<&'static str>,
    parse: impl Fn(&[u8]) -> Result<T, wire::Error>,
) -> Option<T> {
    let value = signed.single(oid);
    let parsed = match value {
        Ok(None) => return None,
        Ok(Some(value)) => parse(value).ok(),
        Err(_) => None,
    };
    if parsed.is_none() {
        unreadable.push(name);
    }
    parsed
}

impl SecurityLabel {
    /// Reads one, whose fields may stand in any order.
    ///
    /// # Errors
    /// [`wire::Error`] where it is no such value or beyond the bounds that RFC 2634 §3.2 sets.
    pub fn from_der(der: &[u8]) -> Result<Self, wire::Error> {
        let mut outer = Reader::lenient(der);
        let mut set = outer.set()?;
        outer.finish()?;
        let bad = || wire::Error::BadValue("ESSSecurityLabel");
        let (mut policy, mut classification, mut privacy_mark, mut categories) = (None, None, None, None);
        while let Some(tag) = set.peek() {
            let twice = match tag {
                Tag::OID => policy.replace(set.oid()?).is_some(),
                Tag::INTEGER => classification.replace(set.uint()?).is_some(),
                Tag::PRINTABLE_STRING | Tag::UTF8_STRING => {
                    let text = String::from_utf8_lossy(set.any()?.contents).into_owned();
                    privacy_mark.replace(shown(&text, MAX_PRIVACY_MARK)?).is_some()
                }
                Tag::SET => categories.replace(read_categories(set.set()?)?).is_some(),
                _ => return Err(bad()),
            };
            if twice {
                return Err(bad());
            }
        }
        if classification.is_some_and(|number| number > MAX_CLASSIFICATION) {
            return Err(bad());
        }
        let policy = policy.ok_or_else(bad)?;
        Ok(SecurityLabel { policy, classification, privacy_mark, categories: categories.unwrap_or_default() })
    }

    /// The word of X.411 for the classification, or its number where it has none.
    pub fn classification_name(&self) -> Option<String> {
        let number = self.classification?;
        Some(classification_word(number).map_or_else(|| number.to_string(), str::to_owned))
    }
}

/// SecurityCategory ::= SEQUENCE { type [0] OBJECT IDENTIFIER, value [1] ANY DEFINED BY type }
fn read_categories(mut set: Reader<'_>) -> Result<Vec<Oid>, wire::Error> {
    let mut found = Vec::new();
    while !set.is_empty() {
        if found.len() >= MAX_CATEGORIES {
            return Err(wire::Error::LimitExceeded("security categories"));
        }
        let mut category = set.sequence()?;
        found.push(Oid::from_contents(category.expect(Tag::context_primitive(0))?.contents)?);
        category.any()?;
        category.finish()?;
    }
    if found.is_empty() { Err(wire::Error::BadValue("SecurityCategories")) } else { Ok(found) }
}

/// EquivalentLabels ::= SEQUENCE OF ESSSecurityLabel: each of another policy (RFC 2634 §3.4).
fn equivalent(der: &[u8]) -> Result<Vec<SecurityLabel>, wire::Error> {
    let mut outer = Reader::lenient(der);
    let mut list = outer.sequence()?;
    outer.finish()?;
    let mut found: Vec<SecurityLabel> = Vec::new();
    while !list.is_empty() {
        if found.len() >= MAX_LABELS {
            return Err(wire::Error::LimitExceeded("equivalent labels"));
        }
        let label = SecurityLabel::from_der(list.any()?.raw)?;
        if found.iter().any(|other| other.policy == label.policy) {
            return Err(wire::Error::BadValue("equivalent labels of one policy"));
        }
        found.push(label);
    }
    Ok(found)
}

impl ContentHint {
    /// Reads one.
    ///
    /// # Errors
    /// [`wire::Error`] where it is no such value.
    pub fn from_der(der: &[u8]) -> Result<Self, wire::Error> {
        let mut outer = Reader::lenient(der);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        let description = fields.optional(Tag::UTF8_STRING)?;
        let content_type = fields.oid()?;
        fields.finish()?;
        let text = description.map(|text| String::from_utf8_lossy(text.contents).into_owned());
        let description = text.map(|text| shown(&text, MAX_DESCRIPTION)).transpose()?;
        Ok(ContentHint { description, content_type })
    }
}

fn identifier(der: &[u8]) -> Result<Vec<u8>, wire::Error> {
    let mut outer = Reader::lenient(der);
    let octets = outer.octet_string()?.to_vec();
    outer.finish()?;
    if octets.len() > MAX_IDENTIFIER { Err(wire::Error::LimitExceeded("contentIdentifier")) } else { Ok(octets) }
}

/// Text of somebody else as it may be shown on a line: nothing that moves the cursor or the reading direction.
fn shown(text: &str, limit: usize) -> Result<String, wire::Error> {
    if text.len() > limit {
        return Err(wire::Error::LimitExceeded("text"));
    }
    let moves = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{61c}' | '\u{feff}')
    };
    Ok(text.chars().map(|c| if moves(c) { '\u{fffd}' } else { c }).collect())
}

/// ub-integer-options.
const MAX_CLASSIFICATION: u64 = 256;
/// ub-privacy-mark-length is 128 characters.
const MAX_PRIVACY_MARK: usize = 4 * 128;
/// ub-security-categories.
const MAX_CATEGORIES: usize = 64;
const MAX_LABELS: usize = 64;
const MAX_DESCRIPTION: usize = 4096;
const MAX_IDENTIFIER: usize = 1024;

/// Reads arbitrary bytes as each of these values, for the fuzz target `services`; never panics.
pub fn fuzz_services(data: &[u8]) {
    let _ = SecurityLabel::from_der(data).map(|label| label.classification_name());
    let _ = equivalent(data);
    let _ = ContentHint::from_der(data);
    let _ = identifier(data);
    let _ = crate::preference::KeyPreference::from_der(data);
    if let Ok(signed) = SignedAttributes::from_ber(data) {
        let _ = Services::of(&signed);
        let _ = crate::preference::KeyPreference::of(&signed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::Time;
    use wire::cms::Attribute;
    use wire::der::Writer;

    fn label(fields: &[&dyn Fn(&mut Writer)]) -> Vec<u8> {
        let mut w = Writer::new();
        w.nested(Tag::SET, |w| fields.iter().for_each(|field| field(w)));
        w.into_bytes()
    }

    fn done(_: &mut Writer) {}

    fn policy(w: &mut Writer) {
        w.oid(oids::SHA256);
    }

    fn category(w: &mut Writer) {
        w.sequence(|w| {
            w.element(Tag::context_primitive(0), oids::SHA1.contents()).nested(Tag::context(1), |w| {
                w.utf8_string("x");
            });
        });
    }

    #[test]
    fn ess_04_labels_in_any_order_within_their_bounds() {
        let classification = |number: u64| move |w: &mut Writer| done(w.uint(number));
        let mark = |w: &mut Writer| done(w.utf8_string("for \u{202e}Bob\u{7}"));
        let categories = |w: &mut Writer| done(w.nested(Tag::SET, category));
        let full = label(&[&mark, &classification(4), &categories, &policy]);
        let read = SecurityLabel::from_der(&full).unwrap();
        assert_eq!((read.policy, read.classification_name().as_deref()), (oids::SHA256, Some("secret")));
        assert_eq!(
            (read.privacy_mark.as_deref(), read.categories.as_slice()),
            (Some("for \u{fffd}Bob\u{fffd}"), &[oids::SHA1][..])
        );
        let names: Vec<_> = (0..=6)
            .filter_map(|n| {
                SecurityLabel::from_der(&label(&[&policy, &classification(n)])).unwrap().classification_name()
            })
            .collect();
        assert_eq!(names, ["unmarked", "unclassified", "restricted", "confidential", "secret", "top secret", "6"]);
        assert_eq!(SecurityLabel::from_der(&label(&[&policy])).unwrap().classification_name(), None);
        let long = |w: &mut Writer| done(w.utf8_string(&"x".repeat(MAX_PRIVACY_MARK + 1)));
        let many = |w: &mut Writer| done(w.nested(Tag::SET, |w| (0..=MAX_CATEGORIES).for_each(|_| category(w))));
        let none = |w: &mut Writer| done(w.nested(Tag::SET, |_| {}));
        let other = |w: &mut Writer| done(w.octet_string(b"x"));
        for wrong in [
            label(&[]),
            label(&[&classification(1)]),
            label(&[&policy, &policy]),
            label(&[&policy, &classification(257)]),
            label(&[&policy, &long]),
            label(&[&policy, &many]),
            label(&[&policy, &none]),
            label(&[&policy, &other]),
        ] {
            assert!(SecurityLabel::from_der(&wrong).is_err(), "{wrong:02x?}");
        }
        for end in 0..full.len() {
            assert!(SecurityLabel::from_der(&full[..end]).is_err(), "{end}");
        }
        let both = |labels: &[&[u8]]| {
            let mut w = Writer::new();
            w.sequence(|w| labels.iter().for_each(|label| done(w.raw(label))));
            equivalent(w.as_bytes())
        };
        let another = label(&[&|w: &mut Writer| done(w.oid(oids::SHA384))]);
        assert_eq!(both(&[&full, &another]).unwrap().len(), 2);
        assert!(both(&[&full, &full]).is_err(), "two of one policy");
    }

    #[test]
    fn ess_05_lists_and_hints_are_read_and_what_is_not_is_named() {
        let value = |write: &dyn Fn(&mut Writer)| {
            let mut w = Writer::new();
            write(&mut w);
            w.into_bytes()
        };
        let at = Time(1_795_000_000);
        let time = |w: &mut Writer| done(w.element(Tag::GENERALIZED_TIME, b"20261118110640Z"));
        let lists = value(&|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    w.octet_string(&[1, 2]);
                    time(w);
                });
                w.sequence(|w| {
                    w.sequence(|w| {
                        w.sequence(|_| {}).uint(7);
                    });
                    time(w);
                    w.element(Tag::context_primitive(0), &[]);
                });
            });
        });
        let hint = value(&|w| {
            w.sequence(|w| {
                w.utf8_string("a letter").oid(oids::DATA);
            });
        });
        let signed = SignedAttributes::new(vec![
            Attribute::new(oids::ML_EXPANSION_HISTORY, lists.clone()),
            Attribute::new(oids::CONTENT_HINT, hint),
            Attribute::new(oids::CONTENT_IDENTIFIER, value(&|w| done(w.octet_string(b"id")))),
            Attribute::new(oids::SECURITY_LABEL, value(&|w| done(w.octet_string(b"no label")))),
        ]);
        let services = Services::of(&signed);
        let ids: Vec<String> = services.lists.iter().map(|passed| passed.list.to_string()).collect();
        assert_eq!(ids, ["key-id:0102", "issuer-serial:07"]);
        assert_eq!(services.lists[0].at.0 / 86_400, at.0 / 86_400);
        let hint = services.hint.unwrap();
        assert_eq!((hint.description.as_deref(), hint.content_type), (Some("a letter"), oids::DATA));
        assert_eq!(
            (services.identifier.as_deref(), services.unreadable.as_slice()),
            (Some(&b"id"[..]), &["securityLabel"][..])
        );
        for end in 0..lists.len() {
            assert!(ExpansionHistory::from_der(&lists[..end]).is_err(), "{end}");
        }
    }
}
