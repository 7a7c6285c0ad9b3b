//! What a mailing list says about receipts (RFC 2634 §4.4).

use wire::der::{Element, Reader, Tag, Writer};

use crate::receipt::entities::{self, Entity};

/// What the list wants instead of what the sender asked for.
///
/// ```text
/// MLReceiptPolicy ::= CHOICE { none [0] NULL, insteadOf [1] SEQUENCE SIZE (1..MAX) OF GeneralNames,
///   inAdditionTo [2] SEQUENCE SIZE (1..MAX) OF GeneralNames }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MlReceiptPolicy {
    /// No receipt.
    None,
    /// The receipt goes to these instead, 1 to 1000.
    InsteadOf(Vec<Entity>),
    /// The receipt goes to these as well, 1 to 1000.
    InAdditionTo(Vec<Entity>),
}

impl MlReceiptPolicy {
    /// Reads one whole element.
    ///
    /// # Errors
    /// [`wire::Error`] where it is no such value or beyond the bounds of its parts.
    pub fn from_der(der: &[u8]) -> Result<Self, wire::Error> {
        let mut reader = Reader::lenient(der);
        let read = MlReceiptPolicy::from_element(&reader.any()?)?;
        reader.finish()?;
        Ok(read)
    }

    fn from_element(element: &Element<'_>) -> Result<Self, wire::Error> {
        match element.tag {
            NONE if element.contents.is_empty() => Ok(MlReceiptPolicy::None),
            INSTEAD_OF => Ok(MlReceiptPolicy::InsteadOf(entities::read(element.reader(), MAX_ENTITIES)?)),
            IN_ADDITION_TO => Ok(MlReceiptPolicy::InAdditionTo(entities::read(element.reader(), MAX_ENTITIES)?)),
            _ => Err(wire::Error::BadValue("MLReceiptPolicy")),
        }
    }

    /// As [`MlReceiptPolicy::from_der`] reads it.
    pub fn to_der(&self) -> Vec<u8> {
        let mut w = Writer::new();
        match self {
            MlReceiptPolicy::None => {
                w.element(NONE, &[]);
            }
            MlReceiptPolicy::InsteadOf(entities) => entities::write(&mut w, INSTEAD_OF, entities),
            MlReceiptPolicy::InAdditionTo(entities) => entities::write(&mut w, IN_ADDITION_TO, entities),
        }
        w.into_bytes()
    }
}

/// What the last list that a message went through says: the one that counts (RFC 2634 §2.3 number 1). `None` where it
/// says nothing.
///
/// ```text
/// MLExpansionHistory ::= SEQUENCE SIZE (1..ub-ml-expansion-history) OF MLData -- 64
/// MLData ::= SEQUENCE { mailListIdentifier EntityIdentifier, expansionTime GeneralizedTime,
///   mlReceiptPolicy MLReceiptPolicy OPTIONAL }
/// ```
///
/// # Errors
/// [`wire::Error`] where the value of mlExpansionHistory cannot be read.
pub fn last_receipt_policy(history: &[u8]) -> Result<Option<MlReceiptPolicy>, wire::Error> {
    let mut outer = Reader::lenient(history);
    let mut list = outer.sequence()?;
    outer.finish()?;
    let mut count = 0;
    let mut last = Err(wire::Error::BadValue("MLExpansionHistory")); // SIZE (1..64)
    while !list.is_empty() {
        if count >= MAX_HISTORY {
            return Err(wire::Error::LimitExceeded("MLExpansionHistory"));
        }
        count += 1;
        let mut data = list.sequence()?;
        data.any()?;
        data.expect(Tag::GENERALIZED_TIME)?;
        last = Ok(match data.is_empty() {
            true => None,
            false => Some(MlReceiptPolicy::from_element(&data.any()?)?),
        });
        data.finish()?;
    }
    last
}

/// The module has implicit tags.
const NONE: Tag = Tag::context_primitive(0);
const INSTEAD_OF: Tag = Tag::context(1);
const IN_ADDITION_TO: Tag = Tag::context(2);
/// Entities of a policy.
const MAX_ENTITIES: usize = 1000;
/// Lists that a message went through (ub-ml-expansion-history).
const MAX_HISTORY: usize = 64;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A history whose last list has this policy.
    pub(crate) fn history(lists: usize, policy: Option<&MlReceiptPolicy>) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            for list in 0..lists {
                w.sequence(|w| {
                    w.octet_string(b"key").element(Tag::GENERALIZED_TIME, b"20261124110000Z");
                    if let Some(policy) = policy.filter(|_| list + 1 == lists) {
                        w.raw(&policy.to_der());
                    }
                });
            }
        });
        w.into_bytes()
    }

    fn policies() -> [MlReceiptPolicy; 3] {
        let entity = vec![vec![wire::x509::GeneralName::Rfc822("list@b.example".into())]];
        [MlReceiptPolicy::None, MlReceiptPolicy::InsteadOf(entity.clone()), MlReceiptPolicy::InAdditionTo(entity)]
    }

    #[test]
    fn ess_03_policies_of_lists_are_read_from_the_last() {
        assert_eq!(MlReceiptPolicy::None.to_der(), [0x80, 0]);
        for policy in policies() {
            assert_eq!(MlReceiptPolicy::from_der(&policy.to_der()).as_ref(), Ok(&policy));
            for lists in [1, 2, MAX_HISTORY] {
                assert_eq!(last_receipt_policy(&history(lists, Some(&policy))), Ok(Some(policy.clone())));
                assert_eq!(last_receipt_policy(&history(lists, None)), Ok(None));
            }
        }
        assert!(last_receipt_policy(&history(0, None)).is_err());
        assert!(last_receipt_policy(&history(MAX_HISTORY + 1, None)).is_err());
    }

    #[test]
    fn ess_03_policies_that_are_cut_or_changed_are_refused_or_others() {
        for policy in policies() {
            let (der, whole) = (policy.to_der(), history(2, Some(&policy)));
            for end in 0..der.len() {
                assert!(MlReceiptPolicy::from_der(&der[..end]).is_err(), "{end}");
            }
            for end in 0..whole.len() {
                assert!(last_receipt_policy(&whole[..end]).is_err(), "{end}");
            }
            for bit in 0..der.len() * 8 {
                let mut changed = der.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert_ne!(MlReceiptPolicy::from_der(&changed).as_ref(), Ok(&policy), "bit {bit}");
            }
        }
        assert!(MlReceiptPolicy::from_der(&[0xa1, 0]).is_err());
    }
}
