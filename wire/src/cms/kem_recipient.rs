//! KEMRecipientInfo (RFC 9629 §3): a content key behind a key encapsulation.

use crate::algorithm::AlgorithmIdentifier;
use crate::cms::recipient_id::RecipientId;
use crate::der::{Reader, Tag, Writer};
use crate::error::{Error, Result};
use crate::oids;

/// KEMRecipientInfo, borrowed from the bytes that hold it.
///
/// ```text
/// KEMRecipientInfo ::= SEQUENCE { version CMSVersion, rid RecipientIdentifier, kem KEMAlgorithmIdentifier,
///   kemct OCTET STRING, kdf KeyDerivationAlgorithmIdentifier, kekLength INTEGER (1..65535),
///   ukm [0] EXPLICIT UserKeyingMaterial OPTIONAL, wrap KeyEncryptionAlgorithmIdentifier,
///   encryptedKey EncryptedKey }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KemRecipient<'a> {
    /// Whom it is for.
    pub recipient: RecipientId<'a>,
    /// The encapsulation mechanism: the whole AlgorithmIdentifier.
    pub kem: &'a [u8],
    /// What it gave for this recipient.
    pub ciphertext: &'a [u8],
    /// The key derivation: the whole AlgorithmIdentifier.
    pub kdf: &'a [u8],
    /// Octets of the key that wraps: 1 to 65535.
    pub kek_len: u16,
    /// User keying material, which enters the key derivation.
    pub ukm: Option<&'a [u8]>,
    /// The key wrap: the whole AlgorithmIdentifier.
    pub wrap: &'a [u8],
    /// The wrapped content key.
    pub encrypted_key: &'a [u8],
}

impl<'a> KemRecipient<'a> {
    /// From inside the SEQUENCE. The version must be 0: another would be another structure (RFC 9629 §3).
    pub(crate) fn read(mut r: Reader<'a>) -> Result<Self> {
        if r.uint()? != 0 {
            return Err(Error::Unsupported("KEMRecipientInfo version"));
        }
        let recipient = RecipientId::read(&mut r)?;
        let kem = r.expect(Tag::SEQUENCE)?.raw;
        let ciphertext = r.octet_string()?;
        let kdf = r.expect(Tag::SEQUENCE)?.raw;
        let kek_len = u16::try_from(r.uint()?).ok().filter(|length| *length > 0);
        let kek_len = kek_len.ok_or(Error::BadValue("kekLength"))?;
        let ukm = match r.optional(Tag::context(0))? {
            Some(ukm) => {
                let mut inner = Reader::lenient(ukm.contents);
                let octets = inner.octet_string()?;
                inner.finish()?;
                Some(octets)
            }
            None => None,
        };
        let wrap = r.expect(Tag::SEQUENCE)?.raw;
        let encrypted_key = r.octet_string()?;
        r.finish()?;
        Ok(KemRecipient { recipient, kem, ciphertext, kdf, kek_len, ukm, wrap, encrypted_key })
    }
}

/// Writes an OtherRecipientInfo with a KEMRecipientInfo of version 0. `algorithms` are the encapsulation, the key
/// derivation and the key wrap; `kek_len` counts the octets of the key that wraps.
pub fn write_kem(
    w: &mut Writer,
    recipient: &RecipientId<'_>,
    algorithms: [&AlgorithmIdentifier; 3],
    ciphertext: &[u8],
    (kek_len, ukm): (u16, Option<&[u8]>),
    encrypted_key: &[u8],
) {
    let [kem, kdf, wrap] = algorithms;
    w.nested(Tag::context(4), |w| {
        w.oid(oids::ORI_KEM).sequence(|w| {
            w.uint(0);
            recipient.write(w, false);
            kem.write(w);
            w.octet_string(ciphertext);
            kdf.write(w);
            w.uint(u64::from(kek_len));
            if let Some(ukm) = ukm {
                w.nested(Tag::context(0), |w| {
                    w.octet_string(ukm);
                });
            }
            wrap.write(w);
            w.octet_string(encrypted_key);
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cms::RecipientInfo;

    fn written(id: &RecipientId<'_>, kek_len: u16, ukm: Option<&[u8]>) -> Vec<u8> {
        let kem = AlgorithmIdentifier::new(oids::ML_KEM_768);
        let kdf = AlgorithmIdentifier::new(oids::HKDF_SHA256);
        let wrap = AlgorithmIdentifier::new(oids::AES256_WRAP);
        let mut w = Writer::new();
        write_kem(&mut w, id, [&kem, &kdf, &wrap], &[9; 1088], (kek_len, ukm), &[7; 40]);
        w.into_bytes()
    }

    #[test]
    fn k_09_round_trips_in_both_forms_and_is_nothing_when_cut() {
        for id in [RecipientId::KeyId(&[7, 7]), RecipientId::IssuerSerial { issuer: &[0x30, 0], serial: &[3] }] {
            for ukm in [None, Some(&b"ukm"[..])] {
                let bytes = written(&id, 32, ukm);
                let RecipientInfo::Kem(read) = RecipientInfo::from_der(&bytes).unwrap() else { panic!() };
                assert_eq!((read.recipient, read.kek_len, read.ukm), (id, 32, ukm));
                assert_eq!((read.ciphertext, read.encrypted_key), (&[9; 1088][..], &[7; 40][..]));
                assert_eq!(read.kdf, AlgorithmIdentifier::new(oids::HKDF_SHA256).to_der());
                for end in 1..bytes.len() {
                    assert!(RecipientInfo::from_der(&bytes[..end]).is_err());
                }
            }
        }
    }

    #[test]
    fn k_09_the_version_is_0_and_the_length_in_its_range() {
        let id = RecipientId::KeyId(&[7]);
        assert!(RecipientInfo::from_der(&written(&id, 0, None)).is_err());
        assert!(RecipientInfo::from_der(&written(&id, u16::MAX, None)).is_ok());
        let mut bytes = written(&id, 32, None);
        let version = bytes.windows(3).position(|w| w == [2, 1, 0]).unwrap();
        bytes[version + 2] = 1;
        assert!(RecipientInfo::from_der(&bytes).is_err());
    }
}
