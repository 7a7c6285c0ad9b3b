//! ReceiptRequest (RFC 2634 §2.7).

use trust::Address;
use wire::Time;
use wire::cms::{Attribute, SignedAttributes};
use wire::der::{Reader, Tag, Writer};
use wire::oids;

use crate::error::Error;
use crate::receipt::entities::{self, Entity};

/// What the attribute receiptRequest says.
///
/// ```text
/// ReceiptRequest ::= SEQUENCE { signedContentIdentifier ContentIdentifier,
///   receiptsFrom ReceiptsFrom, receiptsTo SEQUENCE SIZE (1..ub-receiptsTo) OF GeneralNames }
/// ContentIdentifier ::= OCTET STRING
/// ub-receiptsTo INTEGER ::= 16
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRequest {
    /// What the sender calls this content, 1 to 1024 octets.
    pub content_id: Vec<u8>,
    /// Who is asked for a receipt.
    pub from: ReceiptsFrom,
    /// To whom it goes, 1 to 16.
    pub to: Vec<Entity>,
}

/// Who is asked for a receipt.
///
/// ```text
/// ReceiptsFrom ::= CHOICE { allOrFirstTier [0] AllOrFirstTier, receiptList [1] SEQUENCE OF GeneralNames }
/// AllOrFirstTier ::= INTEGER { allReceipts (0), firstTierRecipients (1) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptsFrom {
    /// Whoever receives it.
    All,
    /// Whoever receives it not by way of a mailing list.
    FirstTier,
    /// These, 1 to 1000.
    Listed(Vec<Entity>),
}

impl ReceiptRequest {
    /// A request with a new identifier: the sender's key, the time, and 16 random octets (RFC 2634 §2.7 asks for
    /// these three).
    ///
    /// # Errors
    /// [`Error::Malformed`] for no address, or more than 16, to send the receipt to; [`Error::Crypto`] where chance
    /// fails.
    pub fn new(
        key_id: &[u8],
        now: Time,
        from: ReceiptsFrom,
        to: &[Address],
        rng: &mut dyn crypto::Random,
    ) -> Result<Self, Error> {
        if to.is_empty() || to.len() > MAX_TO {
            return Err(Error::Malformed("a receipt goes to one up to 16 addresses"));
        }
        if matches!(&from, ReceiptsFrom::Listed(list) if list.is_empty() || list.len() > MAX_LISTED) {
            return Err(Error::Malformed("a receipt is asked of one up to 1000 addresses"));
        }
        let mut chance = [0; 16];
        rng.fill(&mut chance)?;
        let key_id = key_id.get(..key_id.len().min(MAX_KEY_ID)).unwrap_or(key_id);
        let content_id = [key_id, now.to_string().as_bytes(), &chance].concat();
        Ok(ReceiptRequest { content_id, from, to: to.iter().map(entities::entity).collect() })
    }

    /// Reads the value of the attribute.
    ///
    /// # Errors
    /// [`wire::Error`] where it is no such value or beyond the bounds of its parts.
    pub fn from_der(der: &[u8]) -> Result<Self, wire::Error> {
        let mut outer = Reader::lenient(der);
        let mut r = outer.sequence()?;
        outer.finish()?;
        let content_id = read_id(&mut r)?;
        let from = ReceiptsFrom::read(&mut r)?;
        let to = entities::read(r.sequence()?, MAX_TO)?;
        r.finish()?;
        Ok(ReceiptRequest { content_id, from, to })
    }

    /// As [`ReceiptRequest::from_der`] reads it.
    pub fn to_der(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.sequence(|w| {
            w.octet_string(&self.content_id);
            self.from.write(w);
            entities::write(w, Tag::SEQUENCE, &self.to);
        });
        w.into_bytes()
    }

    /// The signed attribute.
    pub fn attribute(&self) -> Attribute {
        Attribute::new(oids::RECEIPT_REQUEST, self.to_der())
    }
}

impl ReceiptsFrom {
    /// These addresses.
    pub fn addresses(addresses: &[Address]) -> Self {
        ReceiptsFrom::Listed(addresses.iter().map(entities::entity).collect())
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, wire::Error> {
        let element = r.any()?;
        match (element.tag, element.contents) {
            (TIER, [0]) => Ok(ReceiptsFrom::All),
            (TIER, [1]) => Ok(ReceiptsFrom::FirstTier),
            (LIST, _) => Ok(ReceiptsFrom::Listed(entities::read(element.reader(), MAX_LISTED)?)),
            _ => Err(wire::Error::BadValue("ReceiptsFrom")),
        }
    }

    fn write(&self, w: &mut Writer) {
        match self {
            ReceiptsFrom::All => {
                w.element(TIER, &[0]);
            }
            ReceiptsFrom::FirstTier => {
                w.element(TIER, &[1]);
            }
            ReceiptsFrom::Listed(list) => entities::write(w, LIST, list),
        }
    }
}

/// The request among these attributes: `None` where there is none.
///
/// # Errors
/// [`wire::Error`] where it stands there twice, has not exactly one value (RFC 2634 §1.3.4), or cannot be read.
pub fn request_of(signed: &SignedAttributes) -> Result<Option<ReceiptRequest>, wire::Error> {
    signed.single(oids::RECEIPT_REQUEST)?.map(ReceiptRequest::from_der).transpose()
}

/// Reads a ContentIdentifier.
pub(crate) fn read_id(r: &mut Reader<'_>) -> Result<Vec<u8>, wire::Error> {
    let id = r.octet_string()?;
    if id.is_empty() || id.len() > MAX_ID {
        return Err(wire::Error::BadValue("ContentIdentifier"));
    }
    Ok(id.to_vec())
}

/// allOrFirstTier; the module has implicit tags.
const TIER: Tag = Tag::context_primitive(0);
/// receiptList.
const LIST: Tag = Tag::context(1);
/// Entities that a receipt goes to (ub-receiptsTo).
const MAX_TO: usize = 16;
/// Entities that a receipt is asked from.
const MAX_LISTED: usize = 1000;
/// Octets of a content identifier.
const MAX_ID: usize = 1024;
/// Octets of the key's identifier in ours.
const MAX_KEY_ID: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn listed() -> ReceiptRequest {
        let to = [Address::parse("a@b.example").unwrap()];
        let from = ReceiptsFrom::addresses(&[Address::parse("c@d.example").unwrap()]);
        ReceiptRequest { content_id: vec![1, 2], from, to: to.iter().map(entities::entity).collect() }
    }

    #[test]
    fn ess_03_the_bytes_are_those_of_the_standard() {
        let all = ReceiptRequest { from: ReceiptsFrom::All, ..listed() };
        let name = |text: &[u8]| [&[0x30, 13, 0x81, 11][..], text].concat();
        let expected = [&[0x30, 24, 4, 2, 1, 2, 0x80, 1, 0, 0x30, 15][..], &name(b"a@b.example")].concat();
        assert_eq!(all.to_der(), expected);
        let expected =
            [&[0x30, 38, 4, 2, 1, 2, 0xa1, 15][..], &name(b"c@d.example"), &[0x30, 15], &name(b"a@b.example")];
        assert_eq!(listed().to_der(), expected.concat());
        for request in [listed(), all, ReceiptRequest { from: ReceiptsFrom::FirstTier, ..listed() }] {
            assert_eq!(ReceiptRequest::from_der(&request.to_der()), Ok(request));
        }
    }

    #[test]
    fn ess_03_cut_or_changed_it_is_refused_or_another_request() {
        let der = listed().to_der();
        for end in 0..der.len() {
            assert!(ReceiptRequest::from_der(&der[..end]).is_err(), "{end}");
        }
        assert!(ReceiptRequest::from_der(&[&der[..], &[0]].concat()).is_err());
        for bit in 0..der.len() * 8 {
            let mut changed = der.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            if let Ok(read) = ReceiptRequest::from_der(&changed) {
                assert_ne!(read, listed(), "bit {bit}");
            }
        }
    }

    #[test]
    fn ess_03_every_count_has_its_bound() {
        let of = |to: usize, from: usize, id: usize| {
            let entity = entities::entity(&Address::parse("a@b.example").unwrap());
            let from = ReceiptsFrom::Listed(vec![entity.clone(); from]);
            ReceiptRequest { content_id: vec![7; id], from, to: vec![entity; to] }
        };
        let read = |request: ReceiptRequest| ReceiptRequest::from_der(&request.to_der()).is_ok();
        assert!(read(of(MAX_TO, MAX_LISTED, MAX_ID)));
        for (to, from, id) in
            [(MAX_TO + 1, 1, 1), (1, MAX_LISTED + 1, 1), (1, 1, MAX_ID + 1), (0, 1, 1), (1, 0, 1), (1, 1, 0)]
        {
            assert!(!read(of(to, from, id)), "{to} {from} {id}");
        }
        let many = ReceiptRequest { to: vec![vec![wire::x509::GeneralName::Dns("x".into()); 17]], ..listed() };
        assert!(!read(many));
        let tier = |value: &[u8]| {
            let mut w = Writer::new();
            w.sequence(|w| {
                w.octet_string(&[1]).element(TIER, value);
                entities::write(w, Tag::SEQUENCE, &listed().to);
            });
            ReceiptRequest::from_der(w.as_bytes()).is_ok()
        };
        assert!(tier(&[0]) && tier(&[1]));
        assert!(!tier(&[2]) && !tier(&[]) && !tier(&[0, 1]) && !tier(&[0xff]));
    }
}
