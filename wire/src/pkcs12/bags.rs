//! SafeContents and its bags (RFC 7292 §4.2).

use zeroize::Zeroizing;

use crate::ber;
use crate::der::{Element, Reader, Tag, Writer};
use crate::error::{Error, Result};
use crate::oid::Oid;
use crate::oids;
use crate::pkcs8::{EncryptedPrivateKeyInfo, PrivateKeyInfo};
use crate::secret;
use crate::text;

/// The bags of one part of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SafeContents {
    /// The bags in file order, nested ones in their place.
    pub bags: Vec<Bag>,
}

/// One bag with the attributes that matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bag {
    /// What is in it.
    pub kind: BagKind,
    /// Pairs a key with its certificate.
    pub local_key_id: Option<Vec<u8>>,
    /// A label for people. Anybody could have written it: it says nothing about trust.
    pub friendly_name: Option<String>,
}

/// What a bag holds.
#[derive(Clone, PartialEq, Eq)]
pub enum BagKind {
    /// A private key in the clear.
    Key(PrivateKeyInfo),
    /// A private key under a password.
    ShroudedKey(EncryptedPrivateKeyInfo),
    /// The DER of an X.509 certificate, not parsed.
    Certificate(Vec<u8>),
    /// The DER of an X.509 CRL, not parsed.
    Crl(Vec<u8>),
    /// The encoding of a SecretBag.
    Secret(Zeroizing<Vec<u8>>),
    /// A bag, or a certificate or CRL within one, of this type. It is left out when writing.
    Unknown(Oid),
}

impl SafeContents {
    /// Reads a SafeContents in DER or BER: at most 1000 bags, nested at most four deep.
    pub fn parse(bytes: &[u8]) -> Result<SafeContents> {
        let bags = ber::parse(bytes, |bytes| {
            let mut outer = Reader::lenient(bytes);
            let reader = outer.sequence()?;
            outer.finish()?;
            let mut bags = Vec::new();
            read_bags(reader, 1, &mut bags)?;
            Ok(bags)
        })?;
        Ok(SafeContents { bags })
    }

    /// The DER.
    pub fn to_der(&self) -> Zeroizing<Vec<u8>> {
        let encoded: Vec<_> = self.bags.iter().filter_map(Bag::to_der).collect();
        let slices: Vec<&[u8]> = encoded.iter().map(|bag| bag.as_slice()).collect();
        secret::element(Tag::SEQUENCE, &slices)
    }
}

impl Bag {
    /// A bag without attributes.
    pub fn new(kind: BagKind) -> Bag {
        Bag { kind, local_key_id: None, friendly_name: None }
    }

    fn to_der(&self) -> Option<Zeroizing<Vec<u8>>> {
        let (oid, value) = match &self.kind {
            BagKind::Key(key) => (oids::PKCS12_KEY_BAG, key.to_der()),
            BagKind::ShroudedKey(key) => (oids::PKCS12_SHROUDED_KEY_BAG, Zeroizing::new(key.to_der())),
            BagKind::Certificate(der) => (oids::PKCS12_CERT_BAG, typed_value(oids::X509_CERTIFICATE, der)),
            BagKind::Crl(der) => (oids::PKCS12_CRL_BAG, typed_value(X509_CRL, der)),
            BagKind::Secret(raw) => (oids::PKCS12_SECRET_BAG, raw.clone()),
            BagKind::Unknown(_) => return None,
        };
        let mut id = Writer::new();
        id.oid(oid);
        let explicit = secret::element(Tag::context(0), &[&value]);
        Some(secret::element(Tag::SEQUENCE, &[id.as_bytes(), &explicit, &self.attributes()]))
    }

    fn attributes(&self) -> Vec<u8> {
        let mut attributes = Vec::new();
        if let Some(name) = &self.friendly_name {
            let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
            attributes.push(attribute(oids::FRIENDLY_NAME, Tag::BMP_STRING, &units));
        }
        if let Some(id) = &self.local_key_id {
            attributes.push(attribute(oids::LOCAL_KEY_ID, Tag::OCTET_STRING, id));
        }
        let mut w = Writer::new();
        if !attributes.is_empty() {
            w.set_of(Tag::SET, attributes);
        }
        w.into_bytes()
    }
}

impl std::fmt::Debug for BagKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BagKind::Key(_) => f.write_str("Key"),
            BagKind::ShroudedKey(_) => f.write_str("ShroudedKey"),
            BagKind::Certificate(der) => write!(f, "Certificate({} octets)", der.len()),
            BagKind::Crl(der) => write!(f, "Crl({} octets)", der.len()),
            BagKind::Secret(_) => f.write_str("Secret"),
            BagKind::Unknown(oid) => write!(f, "Unknown({oid})"),
        }
    }
}

fn read_bags(mut reader: Reader<'_>, depth: usize, bags: &mut Vec<Bag>) -> Result<()> {
    if depth > MAX_DEPTH {
        return Err(Error::LimitExceeded("nested PKCS#12 bags"));
    }
    while !reader.is_empty() {
        if bags.len() == MAX_BAGS {
            return Err(Error::LimitExceeded("PKCS#12 bags"));
        }
        let mut bag = reader.sequence()?;
        let oid = bag.oid()?;
        let mut explicit = bag.nested(Tag::context(0))?;
        if oid == oids::PKCS12_SAFE_CONTENTS_BAG {
            read_bags(explicit.sequence()?, depth + 1, bags)?;
            continue;
        }
        let kind = read_kind(oid, &explicit.any()?)?;
        explicit.finish()?;
        let mut read = Bag::new(kind);
        if let Some(set) = bag.optional(Tag::SET)? {
            read_attributes(Reader::lenient(set.contents), &mut read)?;
        }
        bag.finish()?;
        bags.push(read);
    }
    Ok(())
}

fn read_kind(oid: Oid, value: &Element<'_>) -> Result<BagKind> {
    match oid {
        oids::PKCS12_KEY_BAG => PrivateKeyInfo::from_der(value.raw).map(BagKind::Key),
        oids::PKCS12_SHROUDED_KEY_BAG => EncryptedPrivateKeyInfo::from_der(value.raw).map(BagKind::ShroudedKey),
        oids::PKCS12_CERT_BAG => read_typed(value, oids::X509_CERTIFICATE, BagKind::Certificate),
        oids::PKCS12_CRL_BAG => read_typed(value, X509_CRL, BagKind::Crl),
        oids::PKCS12_SECRET_BAG => Ok(BagKind::Secret(Zeroizing::new(value.raw.to_vec()))),
        other => Ok(BagKind::Unknown(other)),
    }
}

/// CertBag and CRLBag: a type and, under `[0]`, an OCTET STRING.
fn read_typed(value: &Element<'_>, wanted: Oid, kind: fn(Vec<u8>) -> BagKind) -> Result<BagKind> {
    let mut outer = Reader::lenient(value.raw);
    let mut reader = outer.sequence()?;
    let oid = reader.oid()?;
    if oid != wanted {
        return Ok(BagKind::Unknown(oid));
    }
    let mut explicit = reader.nested(Tag::context(0))?;
    let der = explicit.octet_string()?.to_vec();
    explicit.finish()?;
    reader.finish()?;
    Ok(kind(der))
}

/// Attributes that are malformed or of no interest are passed over: they decide nothing.
fn read_attributes(mut set: Reader<'_>, bag: &mut Bag) -> Result<()> {
    while !set.is_empty() {
        let mut attribute = set.sequence()?;
        let oid = attribute.oid()?;
        let mut values = attribute.set()?;
        let Ok(value) = values.any() else { continue };
        match (oid, value.tag) {
            (oids::FRIENDLY_NAME, tag) => bag.friendly_name = text::decode(tag, value.contents).map(|(t, _)| t),
            (oids::LOCAL_KEY_ID, Tag::OCTET_STRING) => bag.local_key_id = Some(value.contents.to_vec()),
            _ => {}
        }
    }
    Ok(())
}

fn typed_value(oid: Oid, der: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut w = Writer::new();
    w.sequence(|w| {
        w.oid(oid).nested(Tag::context(0), |w| {
            w.octet_string(der);
        });
    });
    Zeroizing::new(w.into_bytes())
}

fn attribute(oid: Oid, tag: Tag, contents: &[u8]) -> Vec<u8> {
    let mut w = Writer::new();
    w.sequence(|w| {
        w.oid(oid).nested(Tag::SET, |w| {
            w.element(tag, contents);
        });
    });
    w.into_bytes()
}

const MAX_BAGS: usize = 1000;
const MAX_DEPTH: usize = 4;
/// 1.2.840.113549.1.9.23.1 (RFC 7292 §4.2.4).
const X509_CRL: Oid = Oid::new(&[42, 134, 72, 134, 247, 13, 1, 9, 23, 1]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::AlgorithmIdentifier;

    fn example() -> SafeContents {
        let key = PrivateKeyInfo::new(AlgorithmIdentifier::new(oids::ED25519), Zeroizing::new(vec![4, 1, 7]));
        let shrouded =
            EncryptedPrivateKeyInfo { algorithm: AlgorithmIdentifier::new(oids::PBES2), ciphertext: vec![1; 20] };
        let named = |kind| Bag { kind, local_key_id: Some(vec![1, 2]), friendly_name: Some("Zoë 😀".to_owned()) };
        let bags = vec![
            named(BagKind::Key(key)),
            named(BagKind::ShroudedKey(shrouded)),
            named(BagKind::Certificate(vec![0x30, 0])),
            Bag::new(BagKind::Crl(vec![0x30, 1])),
            Bag::new(BagKind::Secret(Zeroizing::new(vec![0x30, 0]))),
        ];
        SafeContents { bags }
    }

    fn nest(inner: &[u8], depth: usize) -> Vec<u8> {
        (0..depth).fold(inner.to_vec(), |inner, _| {
            let mut w = Writer::new();
            w.sequence(|w| {
                w.sequence(|w| {
                    w.oid(oids::PKCS12_SAFE_CONTENTS_BAG).element(Tag::context(0), &inner);
                });
            });
            w.into_bytes()
        })
    }

    #[test]
    fn round_trips_and_refuses_cuts() {
        let contents = example();
        let bytes = contents.to_der();
        assert_eq!(SafeContents::parse(&bytes).as_ref(), Ok(&contents));
        for end in 0..bytes.len() {
            assert!(SafeContents::parse(&bytes[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let inner = example().to_der();
        assert_eq!(SafeContents::parse(&nest(&inner, 3)), Ok(example()));
        assert_eq!(SafeContents::parse(&nest(&inner, 4)), Err(Error::LimitExceeded("nested PKCS#12 bags")));
    }

    #[test]
    fn bags_are_bounded_and_unknown_ones_skipped() {
        let crl = || Bag::new(BagKind::Crl(vec![0x30, 0]));
        let flood = |count| SafeContents { bags: (0..count).map(|_| crl()).collect() }.to_der();
        assert!(SafeContents::parse(&flood(1000)).is_ok());
        assert_eq!(SafeContents::parse(&flood(1001)), Err(Error::LimitExceeded("PKCS#12 bags")));
        let mut w = Writer::new();
        w.sequence(|w| {
            w.sequence(|w| {
                w.oid(oids::DATA).nested(Tag::context(0), |w| {
                    w.null();
                });
            });
        });
        let read = SafeContents::parse(w.as_bytes()).unwrap();
        assert_eq!(read.bags, [Bag::new(BagKind::Unknown(oids::DATA))]);
        assert_eq!(*read.to_der(), [0x30, 0]);
    }

    #[test]
    fn flipped_bits_never_panic() {
        let bytes = example().to_der();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            super::super::fuzz_pkcs12(&flipped);
        }
    }
}
