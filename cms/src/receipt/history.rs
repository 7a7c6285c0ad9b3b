//! The mailing lists that a message came through (RFC 2634 §4).

use std::fmt;

use wire::cms::Attribute;
use wire::der::{Element, Reader, Tag, Writer};
use wire::{Certificate, Time, oids};

use crate::receipt::policy::MlReceiptPolicy;

/// The value of mlExpansionHistory: every list that passed the message on, the first at the beginning.
///
/// ```text
/// MLExpansionHistory ::= SEQUENCE SIZE (1..ub-ml-expansion-history) OF MLData -- 64
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpansionHistory {
    /// The encodings of the lists, one behind the other as they arrived.
    encoded: Vec<u8>,
    lists: Vec<Expansion>,
}

/// One list that passed the message on.
///
/// ```text
/// MLData ::= SEQUENCE { mailListIdentifier EntityIdentifier, expansionTime GeneralizedTime,
///   mlReceiptPolicy MLReceiptPolicy OPTIONAL }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// Which list.
    pub list: ListId,
    /// When.
    pub at: Time,
    /// What it says about receipts, together with the lists before it; `None` where it says nothing.
    pub receipts: Option<MlReceiptPolicy>,
}

/// By what a list is known.
///
/// ```text
/// EntityIdentifier ::= CHOICE { issuerAndSerialNumber IssuerAndSerialNumber,
///   subjectKeyIdentifier SubjectKeyIdentifier }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListId {
    /// Its certificate.
    IssuerSerial {
        /// The issuer's name, DER.
        issuer: Vec<u8>,
        /// The contents octets of the serial number.
        serial: Vec<u8>,
    },
    /// Octets that are its own; those of its key, where it has no others.
    KeyId(Vec<u8>),
}

/// Why a mailing list does not pass a message on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoExpansion {
    /// It did so before (RFC 2634 §4.1.1).
    #[error("a loop of mailing lists: the list {list} passed the message on already, at {at}")]
    Loop {
        /// The list.
        list: ListId,
        /// When.
        at: Time,
    },
    /// There is no room for one more list (RFC 2634 §4.4).
    #[error("the message came through {MAX_HISTORY} mailing lists already, and no more can be noted in it")]
    Full,
    /// Signers of one layer name different ways (RFC 2634 §4.1).
    #[error("its signers do not say the same about the mailing lists that it came by")]
    HistoriesDiffer,
    /// Signers of one layer label it differently (RFC 2634 §3.1.2).
    #[error("its signers do not say the same about how confidential it is")]
    LabelsDiffer,
    /// An attribute that has to be understood is not what its name says.
    #[error("the signed attribute {0} cannot be read")]
    Unreadable(&'static str),
    /// There are more signers than are looked at, and each may say something that has to be heeded.
    #[error("it has more signers than are looked at")]
    ManySigners,
    /// There is encryption that no rule has opened to the members (RFC 2634 §4.2).
    #[error("what is encrypted lies within other layers, where it cannot be encrypted to the members")]
    Buried,
    /// What is to be signed again does not fit.
    #[error("what its outer signature says is too long to be signed again")]
    TooLong,
}

impl ExpansionHistory {
    /// Reads the value of the attribute.
    ///
    /// # Errors
    /// [`wire::Error`] where it is no such value or beyond the bounds of its parts.
    pub fn from_der(der: &[u8]) -> Result<Self, wire::Error> {
        let mut outer = Reader::lenient(der);
        let whole = outer.any()?;
        outer.finish()?;
        if whole.tag != Tag::SEQUENCE {
            return Err(wire::Error::BadValue("MLExpansionHistory"));
        }
        let mut list = whole.reader();
        let mut lists = Vec::new();
        while !list.is_empty() {
            if lists.len() >= MAX_HISTORY {
                return Err(wire::Error::LimitExceeded("MLExpansionHistory"));
            }
            lists.push(Expansion::read(list.sequence()?)?);
        }
        if lists.is_empty() {
            return Err(wire::Error::BadValue("MLExpansionHistory")); // SIZE (1..64)
        }
        Ok(ExpansionHistory { encoded: whole.contents.to_vec(), lists })
    }

    /// The history of a message that this list is the next to pass on. What earlier lists said stays as they wrote it;
    /// only the last one's word on receipts counts, so this one's is joined with it (RFC 2634 §4.1, §4.3).
    ///
    /// # Errors
    /// [`wire::Error::LimitExceeded`] where there is no room for one more list, or for all whom receipts go to.
    pub fn after(earlier: Option<&ExpansionHistory>, next: Expansion) -> Result<ExpansionHistory, wire::Error> {
        let (mut encoded, mut lists) = earlier.map(|e| (e.encoded.clone(), e.lists.clone())).unwrap_or_default();
        if lists.len() >= MAX_HISTORY {
            return Err(wire::Error::LimitExceeded("MLExpansionHistory"));
        }
        let before = lists.last().and_then(|last| last.receipts.clone());
        let next = Expansion { receipts: MlReceiptPolicy::joined(before, next.receipts)?, ..next };
        let mut w = Writer::new();
        next.write(&mut w);
        encoded.extend_from_slice(w.as_bytes());
        lists.push(next);
        Ok(ExpansionHistory { encoded, lists })
    }

    /// Every list, the first at the beginning; 1 to 64.
    pub fn lists(&self) -> &[Expansion] {
        &self.lists
    }

    /// Whether one of these lists passed the message on already: a loop (RFC 2634 §4.1.1).
    pub fn names(&self, own: &[ListId]) -> Option<&Expansion> {
        self.lists.iter().find(|passed| own.contains(&passed.list))
    }

    /// The value of the attribute.
    pub fn to_der(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.element(Tag::SEQUENCE, &self.encoded);
        w.into_bytes()
    }

    /// The signed attribute.
    pub fn attribute(&self) -> Attribute {
        Attribute::new(oids::ML_EXPANSION_HISTORY, self.to_der())
    }
}

impl Expansion {
    fn read(mut data: Reader<'_>) -> Result<Self, wire::Error> {
        let list = ListId::from_element(&data.any()?)?;
        let time = data.expect(Tag::GENERALIZED_TIME)?;
        let at = Time::from_element(&time)?;
        let receipts = match data.is_empty() {
            true => None,
            false => Some(MlReceiptPolicy::from_element(&data.any()?)?),
        };
        data.finish()?;
        Ok(Expansion { list, at, receipts })
    }

    fn write(&self, w: &mut Writer) {
        w.sequence(|w| {
            self.list.write(w);
            self.at.write_generalized(w);
            if let Some(receipts) = &self.receipts {
                w.raw(&receipts.to_der());
            }
        });
    }
}

impl ListId {
    /// The list whose certificate this is, by issuer and serial number.
    pub fn of(certificate: &Certificate) -> ListId {
        let (issuer, serial) = certificate.issuer_and_serial();
        ListId::IssuerSerial { issuer: issuer.to_vec(), serial: serial.to_vec() }
    }

    /// The same by the key identifier, if the certificate has one.
    pub fn of_key(certificate: &Certificate) -> Option<ListId> {
        certificate.subject_key_id().map(|id| ListId::KeyId(id.to_vec()))
    }

    fn from_element(element: &Element<'_>) -> Result<Self, wire::Error> {
        match element.tag {
            Tag::SEQUENCE => {
                let mut named = element.reader();
                let issuer = named.expect(Tag::SEQUENCE)?.raw.to_vec();
                let serial = named.integer()?.to_vec();
                named.finish()?;
                Ok(ListId::IssuerSerial { issuer, serial })
            }
            Tag::OCTET_STRING => Ok(ListId::KeyId(element.contents.to_vec())),
            _ => Err(wire::Error::BadValue("EntityIdentifier")),
        }
    }

    fn write(&self, w: &mut Writer) {
        match self {
            ListId::IssuerSerial { issuer, serial } => {
                w.sequence(|w| {
                    w.raw(issuer).integer(serial);
                });
            }
            ListId::KeyId(id) => {
                w.octet_string(id);
            }
        }
    }
}

/// `issuer-serial:<serial in hex>` or `key-id:<hex>`.
impl fmt::Display for ListId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, octets) = match self {
            ListId::IssuerSerial { serial, .. } => ("issuer-serial", serial),
            ListId::KeyId(id) => ("key-id", id),
        };
        write!(f, "{kind}:")?;
        octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

/// What the last list that a message went through says about receipts: the one that counts (RFC 2634 §2.3 number 1).
/// `None` where it says nothing.
///
/// # Errors
/// [`wire::Error`] where the value of mlExpansionHistory cannot be read.
pub fn last_receipt_policy(history: &[u8]) -> Result<Option<MlReceiptPolicy>, wire::Error> {
    let history = ExpansionHistory::from_der(history)?;
    Ok(history.lists.last().and_then(|last| last.receipts.clone()))
}

/// Lists that a message went through (ub-ml-expansion-history).
const MAX_HISTORY: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use wire::x509::GeneralName;

    const AT: Time = Time(1_795_000_000);

    fn key(octet: u8) -> ListId {
        ListId::KeyId(vec![octet; 4])
    }

    fn next(list: ListId, receipts: Option<MlReceiptPolicy>) -> Expansion {
        Expansion { list, at: AT, receipts }
    }

    fn history(lists: usize, policy: Option<&MlReceiptPolicy>) -> ExpansionHistory {
        let mut found = None;
        for n in 1..=lists {
            let policy = policy.filter(|_| n == lists).cloned();
            let id = key(u8::try_from(n).unwrap());
            found = Some(ExpansionHistory::after(found.as_ref(), next(id, policy)).unwrap());
        }
        found.unwrap()
    }

    fn policies() -> [MlReceiptPolicy; 3] {
        let entity = vec![vec![GeneralName::Rfc822("list@b.example".into())]];
        [MlReceiptPolicy::None, MlReceiptPolicy::InsteadOf(entity.clone()), MlReceiptPolicy::InAdditionTo(entity)]
    }

    #[test]
    fn ess_05_a_history_has_the_bytes_of_the_standard() {
        let issuer = vec![0x30, 0];
        let list = ListId::IssuerSerial { issuer, serial: vec![7] };
        let one = ExpansionHistory::after(None, next(list.clone(), Some(MlReceiptPolicy::None))).unwrap();
        let mut expected = vec![0x30, 26, 0x30, 24, 0x30, 5, 0x30, 0, 2, 1, 7, 0x18, 15];
        expected.truncate(13);
        expected.extend_from_slice(b"20261118110640Z\x80\x00");
        expected[1] = u8::try_from(expected.len() - 2).unwrap();
        expected[3] = u8::try_from(expected.len() - 4).unwrap();
        assert_eq!(one.to_der(), expected);
        assert_eq!((list.to_string(), key(1).to_string()), ("issuer-serial:07".into(), "key-id:01010101".into()));
        let two = ExpansionHistory::after(Some(&one), next(key(9), None)).unwrap();
        assert_eq!(ExpansionHistory::from_der(&two.to_der()), Ok(two.clone()));
        assert!(two.to_der().windows(one.encoded.len()).any(|w| w == one.encoded), "what was there stays as it was");
        assert_eq!(two.names(&[key(9)]).map(|passed| &passed.list), Some(&key(9)));
        assert_eq!((two.names(&[key(8)]), two.names(&[])), (None, None));
        // A list that says nothing keeps what the one before it said (RFC 2634 §4.3).
        assert_eq!(two.lists()[1].receipts, Some(MlReceiptPolicy::None));
    }

    #[test]
    fn ess_05_a_history_is_full_at_sixty_four() {
        let full = history(MAX_HISTORY, None);
        assert_eq!(ExpansionHistory::from_der(&full.to_der()).unwrap().lists().len(), MAX_HISTORY);
        let more = ExpansionHistory::after(Some(&full), next(key(99), None));
        assert_eq!(more, Err(wire::Error::LimitExceeded("MLExpansionHistory")));
        let mut w = Writer::new();
        w.sequence(|w| (0..=MAX_HISTORY).for_each(|_| next(key(1), None).write(w)));
        assert!(ExpansionHistory::from_der(w.as_bytes()).is_err());
        assert!(ExpansionHistory::from_der(&[0x30, 0]).is_err());
        assert!(ExpansionHistory::from_der(&[0x31, 0]).is_err());
    }

    #[test]
    fn ess_05_what_is_no_history_is_refused() {
        let value = |write: &dyn Fn(&mut Writer)| {
            let mut w = Writer::new();
            w.sequence(|w| {
                w.sequence(|w| write(w));
            });
            w.into_bytes()
        };
        let utc = value(&|w| {
            w.octet_string(b"k").element(Tag::UTC_TIME, b"261118110640Z");
        });
        let tagged = value(&|w| {
            w.element(Tag::context_primitive(0), b"k");
            AT.write_generalized(w);
        });
        let trailing = value(&|w| {
            w.octet_string(b"k");
            AT.write_generalized(w);
            w.raw(&MlReceiptPolicy::None.to_der()).uint(1);
        });
        for wrong in [utc, tagged, trailing] {
            assert!(ExpansionHistory::from_der(&wrong).is_err(), "{wrong:02x?}");
        }
    }

    #[test]
    fn ess_03_policies_of_lists_are_read_from_the_last() {
        for policy in policies() {
            for lists in [1, 2, MAX_HISTORY] {
                let with = history(lists, Some(&policy)).to_der();
                assert_eq!(last_receipt_policy(&with), Ok(Some(policy.clone())));
                assert_eq!(last_receipt_policy(&history(lists, None).to_der()), Ok(None));
            }
        }
    }

    #[test]
    fn ess_05_a_history_that_is_cut_or_changed_is_refused_or_another() {
        for policy in policies() {
            let whole = history(2, Some(&policy));
            let der = whole.to_der();
            for end in 0..der.len() {
                assert!(ExpansionHistory::from_der(&der[..end]).is_err(), "{end}");
            }
            for bit in 0..der.len() * 8 {
                let mut changed = der.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert_ne!(ExpansionHistory::from_der(&changed).as_ref(), Ok(&whole), "bit {bit}");
            }
        }
    }
}
