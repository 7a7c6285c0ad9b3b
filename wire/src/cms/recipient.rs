//! RecipientInfo (RFC 5652 §6.2), borrowed from the bytes that hold it: a message for a thousand
//! recipients is searched without a thousand copies.

use crate::algorithm::AlgorithmIdentifier;
use crate::cms::kem_recipient::KemRecipient;
use crate::cms::recipient_id::RecipientId;
use crate::cms::shared_recipient::{KekRecipient, PasswordRecipient};
use crate::der::{Reader, Tag, Writer};
use crate::error::Result;
use crate::oid::Oid;
use crate::oids;

/// A key for one recipient, or for several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecipientInfo<'a> {
    /// The content key encrypted with a public key (RFC 5652 §6.2.1).
    KeyTransport(KeyTransRecipient<'a>),
    /// The content key wrapped with an agreed key (RFC 5652 §6.2.2).
    KeyAgreement(KeyAgreeRecipient<'a>),
    /// The content key wrapped with a key that both sides hold (RFC 5652 §6.2.3).
    Kek(KekRecipient<'a>),
    /// The content key wrapped with a key from a password (RFC 5652 §6.2.4).
    Password(PasswordRecipient<'a>),
    /// The content key wrapped with a key that was encapsulated (RFC 9629 §3).
    Kem(KemRecipient<'a>),
    /// Another OtherRecipientInfo (RFC 5652 §6.2.5).
    Other(Oid),
    /// A choice that no standard known here defines; skipped (CMS-04).
    Unknown(Tag),
}

/// KeyTransRecipientInfo.
///
/// ```text
/// KeyTransRecipientInfo ::= SEQUENCE { version CMSVersion, rid RecipientIdentifier,
///   keyEncryptionAlgorithm KeyEncryptionAlgorithmIdentifier, encryptedKey EncryptedKey }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTransRecipient<'a> {
    /// Whom it is for.
    pub recipient: RecipientId<'a>,
    /// How the key was encrypted: the whole AlgorithmIdentifier.
    pub algorithm: &'a [u8],
    /// The encrypted content key.
    pub encrypted_key: &'a [u8],
}

/// KeyAgreeRecipientInfo.
///
/// ```text
/// KeyAgreeRecipientInfo ::= SEQUENCE { version CMSVersion, originator [0] EXPLICIT OriginatorIdentifierOrKey,
///   ukm [1] EXPLICIT UserKeyingMaterial OPTIONAL, keyEncryptionAlgorithm KeyEncryptionAlgorithmIdentifier,
///   recipientEncryptedKeys SEQUENCE OF RecipientEncryptedKey }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyAgreeRecipient<'a> {
    /// The sender's key.
    pub originator: Originator<'a>,
    /// User keying material, which enters the key derivation.
    pub ukm: Option<&'a [u8]>,
    /// The agreement scheme with the wrap algorithm: the whole AlgorithmIdentifier.
    pub algorithm: &'a [u8],
    /// The contents of the SEQUENCE OF RecipientEncryptedKey; see [`KeyAgreeRecipient::keys`].
    keys: &'a [u8],
}

impl<'a> KeyAgreeRecipient<'a> {
    /// The wrapped keys, each with whom it is for; one that does not parse ends the walk.
    pub fn keys(&self) -> impl Iterator<Item = RecipientEncryptedKey<'a>> {
        let mut reader = Reader::lenient(self.keys);
        std::iter::from_fn(move || RecipientEncryptedKey::read(&mut reader).ok())
    }
}

/// The sender's side of an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Originator<'a> {
    /// An ephemeral public key.
    Key {
        /// Its algorithm: the whole AlgorithmIdentifier.
        algorithm: &'a [u8],
        /// The octets of its BIT STRING.
        key: &'a [u8],
    },
    /// A certificate's static key, which mail does not use; recognised, not supported.
    Static,
}

/// RecipientEncryptedKey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientEncryptedKey<'a> {
    /// Whom it is for.
    pub recipient: RecipientId<'a>,
    /// The wrapped content key.
    pub encrypted_key: &'a [u8],
}

impl<'a> RecipientEncryptedKey<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let mut r = reader.sequence()?;
        let recipient = RecipientId::read(&mut r)?;
        let encrypted_key = r.octet_string()?;
        Ok(RecipientEncryptedKey { recipient, encrypted_key })
    }
}

impl<'a> RecipientInfo<'a> {
    /// Reads a whole encoding with definite lengths.
    pub fn from_der(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::lenient(bytes);
        let info = match reader.peek() {
            Some(Tag::SEQUENCE) => RecipientInfo::KeyTransport(key_transport(reader.sequence()?)?),
            Some(Tag(0xa1)) => RecipientInfo::KeyAgreement(key_agreement(reader.nested(Tag(0xa1))?)?),
            Some(Tag(0xa2)) => RecipientInfo::Kek(KekRecipient::read(reader.nested(Tag(0xa2))?)?),
            Some(Tag(0xa3)) => RecipientInfo::Password(PasswordRecipient::read(reader.nested(Tag(0xa3))?)?),
            Some(Tag(0xa4)) => other(reader.nested(Tag(0xa4))?)?,
            other => RecipientInfo::Unknown(other.unwrap_or(Tag(0))),
        };
        Ok(info)
    }
}

/// Whether a whole encoding with definite lengths may be for somebody whom `known` tells, by the serial number or the key
/// identifier alone: what else stands in it is passed over, so that one looks for their own among a thousand. Where that
/// cannot be told without reading all of it, it may be.
pub fn may_be_for(bytes: &[u8], mut known: impl FnMut(&[u8]) -> bool) -> bool {
    unnamed(bytes, &mut known).is_none()
}

/// Something if everybody whom this names was asked about, and nobody is known.
#[inline]
fn unnamed(bytes: &[u8], known: &mut impl FnMut(&[u8]) -> bool) -> Option<()> {
    let mut reader = Walk(bytes);
    match bytes.first()? {
        0x30 => {
            let mut r = Walk(reader.next(0x30)?);
            r.next(0x02)?; // version
            unnamed_id(&mut r, known)
        }
        0xa1 => {
            let mut r = Walk(reader.next(0xa1)?);
            r.next(0x02)?; // version
            r.next(0xa0)?; // originator
            if r.0.first() == Some(&0xa1) {
                r.next(0xa1)?; // user keying material
            }
            r.next(0x30)?; // key encryption algorithm
            let mut keys = Walk(r.next(0x30)?);
            while !keys.0.is_empty() {
                unnamed_id(&mut Walk(keys.next(0x30)?), known)?;
            }
            Some(())
        }
        0xa4 => {
            let mut r = Walk(reader.next(0xa4)?);
            if r.next(0x06)? != oids::ORI_KEM.contents() {
                return Some(());
            }
            let mut r = Walk(r.next(0x30)?);
            r.next(0x02)?; // version
            unnamed_id(&mut r, known)
        }
        _ => None,
    }
}

/// RecipientIdentifier and KeyAgreeRecipientIdentifier.
#[inline]
fn unnamed_id(r: &mut Walk<'_>, known: &mut impl FnMut(&[u8]) -> bool) -> Option<()> {
    let id = match r.0.first()? {
        0x30 => {
            let mut r = Walk(r.next(0x30)?);
            r.next(0x30)?; // issuer
            r.next(0x02)?
        }
        0x80 => r.next(0x80)?,
        0xa0 => Walk(r.next(0xa0)?).next(0x04)?,
        _ => return None,
    };
    (!known(id)).then_some(())
}

/// The least that walks over elements: no reasons are told.
struct Walk<'a>(&'a [u8]);

impl<'a> Walk<'a> {
    /// The contents of the next element, which has this tag and a definite length.
    #[inline(always)]
    fn next(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (header, length) = match self.0 {
            [found, short @ 0..=0x7f, ..] if *found == tag => (2, usize::from(*short)),
            [found, 0x81, low, ..] if *found == tag => (3, usize::from(*low)),
            [found, 0x82, high, low, ..] if *found == tag => (4, usize::from(u16::from_be_bytes([*high, *low]))),
            _ => return None,
        };
        let (contents, rest) = self.0.get(header..)?.split_at_checked(length)?;
        self.0 = rest;
        Some(contents)
    }
}

/// OtherRecipientInfo ::= SEQUENCE { oriType OBJECT IDENTIFIER, oriValue ANY DEFINED BY oriType }
fn other<'a>(mut r: Reader<'a>) -> Result<RecipientInfo<'a>> {
    let kind = r.oid()?;
    if kind != oids::ORI_KEM {
        return Ok(RecipientInfo::Other(kind));
    }
    let info = KemRecipient::read(r.sequence()?)?;
    r.finish()?;
    Ok(RecipientInfo::Kem(info))
}

fn key_transport<'a>(mut r: Reader<'a>) -> Result<KeyTransRecipient<'a>> {
    r.uint()?;
    let recipient = RecipientId::read(&mut r)?;
    let algorithm = r.expect(Tag::SEQUENCE)?.raw;
    let encrypted_key = r.octet_string()?;
    r.finish()?;
    Ok(KeyTransRecipient { recipient, algorithm, encrypted_key })
}

fn key_agreement<'a>(mut r: Reader<'a>) -> Result<KeyAgreeRecipient<'a>> {
    r.uint()?;
    let mut originator = r.nested(Tag::context(0))?;
    let originator = match originator.optional(Tag::context(1))? {
        Some(key) => {
            let mut key = Reader::lenient(key.contents);
            Originator::Key { algorithm: key.expect(Tag::SEQUENCE)?.raw, key: key.bit_string_octets()? }
        }
        None => Originator::Static,
    };
    let ukm = match r.optional(Tag::context(1))? {
        Some(ukm) => Some(Reader::lenient(ukm.contents).octet_string()?),
        None => None,
    };
    let algorithm = r.expect(Tag::SEQUENCE)?.raw;
    let keys = r.expect(Tag::SEQUENCE)?.contents;
    r.finish()?;
    Ok(KeyAgreeRecipient { originator, ukm, algorithm, keys })
}

/// Writes a KeyTransRecipientInfo: version 0 with issuer and serial, 2 with a key identifier.
pub fn write_key_transport(
    w: &mut Writer,
    recipient: &RecipientId<'_>,
    algorithm: &AlgorithmIdentifier,
    encrypted_key: &[u8],
) {
    let version = if matches!(recipient, RecipientId::KeyId(_)) { 2 } else { 0 };
    w.sequence(|w| {
        w.uint(version);
        recipient.write(w, false);
        algorithm.write(w);
        w.octet_string(encrypted_key);
    });
}

/// Writes a KeyAgreeRecipientInfo (version 3) for recipients who share one ephemeral key.
pub fn write_key_agreement(
    w: &mut Writer,
    originator: (&AlgorithmIdentifier, &[u8]),
    ukm: Option<&[u8]>,
    algorithm: &AlgorithmIdentifier,
    keys: &[(RecipientId<'_>, Vec<u8>)],
) {
    w.nested(Tag::context(1), |w| {
        w.uint(3);
        w.nested(Tag::context(0), |w| {
            w.nested(Tag::context(1), |w| {
                originator.0.write(w);
                w.bit_string(originator.1);
            });
        });
        if let Some(ukm) = ukm {
            w.nested(Tag::context(1), |w| {
                w.octet_string(ukm);
            });
        }
        algorithm.write(w);
        w.sequence(|w| {
            for (recipient, encrypted_key) in keys {
                w.sequence(|w| {
                    recipient.write(w, true);
                    w.octet_string(encrypted_key);
                });
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_transport_round_trips_in_both_forms() {
        let algorithm = AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION);
        for recipient in [RecipientId::KeyId(&[7, 7]), RecipientId::IssuerSerial { issuer: &[0x30, 0], serial: &[3] }] {
            let mut w = Writer::new();
            write_key_transport(&mut w, &recipient, &algorithm, &[1, 2]);
            let RecipientInfo::KeyTransport(read) = RecipientInfo::from_der(w.as_bytes()).unwrap() else { panic!() };
            assert_eq!((read.recipient, read.encrypted_key), (recipient, &[1u8, 2][..]));
        }
    }

    #[test]
    fn k_08_one_agreement_carries_several_keys_in_both_forms() {
        let ec = AlgorithmIdentifier::new(oids::EC_PUBLIC_KEY);
        let keys = [
            (RecipientId::KeyId(&[7]), vec![1; 24]),
            (RecipientId::IssuerSerial { issuer: &[0x30, 0], serial: &[3] }, vec![2; 24]),
        ];
        let mut w = Writer::new();
        write_key_agreement(&mut w, (&ec, &[4, 5]), Some(b"ukm"), &ec, &keys);
        let RecipientInfo::KeyAgreement(read) = RecipientInfo::from_der(w.as_bytes()).unwrap() else { panic!() };
        assert_eq!(read.ukm, Some(&b"ukm"[..]));
        assert_eq!(read.originator, Originator::Key { algorithm: &ec.to_der(), key: &[4, 5] });
        let found: Vec<_> = read.keys().map(|k| (k.recipient, k.encrypted_key.to_vec())).collect();
        assert_eq!(found, keys);
        for end in 0..w.as_bytes().len() {
            assert!(RecipientInfo::from_der(&w.as_bytes()[..end]).is_err() || end == 0);
        }
    }

    #[test]
    fn somebody_among_many_is_found_without_reading_all_of_them() {
        let ec = AlgorithmIdentifier::new(oids::EC_PUBLIC_KEY);
        let keys = [
            (RecipientId::KeyId(&[7, 1]), vec![1; 24]),
            (RecipientId::IssuerSerial { issuer: &[0x30, 0], serial: &[3] }, vec![2; 24]),
        ];
        let mut w = Writer::new();
        write_key_agreement(&mut w, (&ec, &[4, 5]), Some(b"ukm"), &ec, &keys);
        let whole = w.into_bytes();
        assert!(may_be_for(&whole, |id| id == [7, 1]) && may_be_for(&whole, |id| id == [3]));
        let mut asked = Vec::new();
        assert!(!may_be_for(&whole, |id| {
            asked.push(id.to_vec());
            false
        }));
        assert_eq!(asked, [vec![7, 1], vec![3]]);
        // Of what cannot be told without reading it as a whole, it may be.
        for end in 0..whole.len() {
            assert!(may_be_for(&whole[..end], |_| false), "{end}");
        }
        assert!(may_be_for(&[0x30, 0x80, 2, 1, 0, 0x80, 1, 9, 0, 0], |_| false));
        assert!(may_be_for(&[0xa2, 0], |_| false));
    }

    #[test]
    fn cms_04_unknown_choices_are_recognised_not_refused() {
        assert_eq!(RecipientInfo::from_der(&[0xa5, 0]).unwrap(), RecipientInfo::Unknown(Tag(0xa5)));
        let other: Vec<u8> = [0xa4, 11, 6, 9].iter().chain(oids::DATA.contents()).copied().collect();
        assert_eq!(RecipientInfo::from_der(&other).unwrap(), RecipientInfo::Other(oids::DATA));
    }
}
