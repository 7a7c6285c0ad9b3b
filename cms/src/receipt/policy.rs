//! What a mailing list says about receipts (RFC 2634 §4.4).

use trust::Address;
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

    pub(super) fn from_element(element: &Element<'_>) -> Result<Self, wire::Error> {
        match element.tag {
            NONE if element.contents.is_empty() => Ok(MlReceiptPolicy::None),
            INSTEAD_OF => Ok(MlReceiptPolicy::InsteadOf(entities::read(element.reader(), MAX_ENTITIES)?)),
            IN_ADDITION_TO => Ok(MlReceiptPolicy::InAdditionTo(entities::read(element.reader(), MAX_ENTITIES)?)),
            _ => Err(wire::Error::BadValue("MLReceiptPolicy")),
        }
    }

    /// What the second of two lists tells the members of what both want (RFC 2634 §4.3): `earlier` is the word of the
    /// list before, `own` that of the list at hand.
    ///
    /// # Errors
    /// [`wire::Error::LimitExceeded`] where more than 1000 would get the receipts.
    pub fn joined(earlier: Option<Self>, own: Option<Self>) -> Result<Option<Self>, wire::Error> {
        use MlReceiptPolicy::{InAdditionTo, InsteadOf, None as Nobody};
        let both = |mut a: Vec<Entity>, b: Vec<Entity>| {
            a.extend(b);
            if a.len() > MAX_ENTITIES { Err(wire::Error::LimitExceeded("entities")) } else { Ok(a) }
        };
        Ok(match (earlier, own) {
            (Some(Nobody), _) | (_, Some(Nobody)) => Some(Nobody),
            (_, Some(InsteadOf(b))) => Some(InsteadOf(b)),
            (Some(InsteadOf(a)), Some(InAdditionTo(b))) => Some(InsteadOf(both(a, b)?)),
            (Some(InAdditionTo(a)), Some(InAdditionTo(b))) => Some(InAdditionTo(both(a, b)?)),
            (None, own) => own,
            (earlier, None) => earlier,
        })
    }

    /// The entities that these addresses are names of, each for itself.
    pub fn entities(addresses: &[Address]) -> Vec<Entity> {
        addresses.iter().map(entities::entity).collect()
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

/// The module has implicit tags.
const NONE: Tag = Tag::context_primitive(0);
const INSTEAD_OF: Tag = Tag::context(1);
const IN_ADDITION_TO: Tag = Tag::context(2);
/// Entities of a policy.
const MAX_ENTITIES: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use wire::x509::GeneralName;

    fn list(name: &str) -> Vec<Entity> {
        vec![vec![GeneralName::Rfc822(format!("{name}@b.example"))]]
    }

    fn policies() -> [MlReceiptPolicy; 3] {
        [MlReceiptPolicy::None, MlReceiptPolicy::InsteadOf(list("list")), MlReceiptPolicy::InAdditionTo(list("list"))]
    }

    #[test]
    fn ess_03_policies_that_are_cut_or_changed_are_refused_or_others() {
        assert_eq!(MlReceiptPolicy::None.to_der(), [0x80, 0]);
        for policy in policies() {
            let der = policy.to_der();
            assert_eq!(MlReceiptPolicy::from_der(&der).as_ref(), Ok(&policy));
            for end in 0..der.len() {
                assert!(MlReceiptPolicy::from_der(&der[..end]).is_err(), "{end}");
            }
            for bit in 0..der.len() * 8 {
                let mut changed = der.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert_ne!(MlReceiptPolicy::from_der(&changed).as_ref(), Ok(&policy), "bit {bit}");
            }
        }
        assert!(MlReceiptPolicy::from_der(&[0xa1, 0]).is_err());
    }

    /// The table of RFC 2634 §4.3, a row for each of A's policies.
    #[test]
    fn ess_05_two_lists_agree_about_receipts() {
        use MlReceiptPolicy::{InAdditionTo as Add, InsteadOf as Instead, None as Nobody};
        let (a, b, both) = (list("a"), list("b"), [list("a"), list("b")].concat());
        let own = [Some(Nobody), Some(Instead(b.clone())), Some(Add(b.clone())), None];
        let table = [
            (Some(Nobody), [Some(Nobody), Some(Nobody), Some(Nobody), Some(Nobody)]),
            (
                Some(Instead(a.clone())),
                [Some(Nobody), Some(Instead(b.clone())), Some(Instead(both.clone())), Some(Instead(a.clone()))],
            ),
            (Some(Add(a.clone())), [Some(Nobody), Some(Instead(b.clone())), Some(Add(both)), Some(Add(a))]),
            (None, [Some(Nobody), Some(Instead(b.clone())), Some(Add(b)), None]),
        ];
        for (earlier, row) in table {
            for (own, expected) in own.iter().zip(row) {
                assert_eq!(MlReceiptPolicy::joined(earlier.clone(), own.clone()), Ok(expected), "{earlier:?} {own:?}");
            }
        }
        let many = || Some(Add(vec![list("c").remove(0); MAX_ENTITIES]));
        assert!(MlReceiptPolicy::joined(many(), Some(Add(list("d")))).is_err());
        assert!(MlReceiptPolicy::joined(many(), None).is_ok());
    }
}
