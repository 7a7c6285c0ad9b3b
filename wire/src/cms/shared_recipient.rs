//! KEKRecipientInfo and PasswordRecipientInfo (RFC 5652 §6.2.3, §6.2.4): a content key behind a secret that both sides
//! hold.

use crate::algorithm::AlgorithmIdentifier;
use crate::der::{Reader, Tag, Writer};
use crate::error::Result;

/// KEKRecipientInfo, borrowed from the bytes that hold it.
///
/// ```text
/// KEKRecipientInfo ::= SEQUENCE { version CMSVersion, kekid KEKIdentifier,
///   keyEncryptionAlgorithm KeyEncryptionAlgorithmIdentifier, encryptedKey EncryptedKey }
/// KEKIdentifier ::= SEQUENCE { keyIdentifier OCTET STRING, date GeneralizedTime OPTIONAL,
///   other OtherKeyAttribute OPTIONAL }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KekRecipient<'a> {
    /// The keyIdentifier, which names the key between the two sides.
    pub id: &'a [u8],
    /// The key wrap: the whole AlgorithmIdentifier.
    pub algorithm: &'a [u8],
    /// The wrapped content key.
    pub encrypted_key: &'a [u8],
}

impl<'a> KekRecipient<'a> {
    /// From inside the SEQUENCE. The date and the other attribute are hints.
    pub(crate) fn read(mut r: Reader<'a>) -> Result<Self> {
        r.uint()?;
        let id = r.sequence()?.octet_string()?;
        let algorithm = r.expect(Tag::SEQUENCE)?.raw;
        let encrypted_key = r.octet_string()?;
        r.finish()?;
        Ok(KekRecipient { id, algorithm, encrypted_key })
    }
}

/// PasswordRecipientInfo, borrowed from the bytes that hold it but for the key derivation.
///
/// ```text
/// PasswordRecipientInfo ::= SEQUENCE { version CMSVersion,
///   keyDerivationAlgorithm [0] KeyDerivationAlgorithmIdentifier OPTIONAL,
///   keyEncryptionAlgorithm KeyEncryptionAlgorithmIdentifier, encryptedKey EncryptedKey }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordRecipient<'a> {
    /// What makes a key of the password; `None` where the key comes from elsewhere.
    pub derivation: Option<AlgorithmIdentifier>,
    /// The key wrap: the whole AlgorithmIdentifier.
    pub algorithm: &'a [u8],
    /// The wrapped content key.
    pub encrypted_key: &'a [u8],
}

impl<'a> PasswordRecipient<'a> {
    /// From inside the SEQUENCE.
    pub(crate) fn read(mut r: Reader<'a>) -> Result<Self> {
        r.uint()?;
        let derivation = match r.optional(Tag::context(0))? {
            Some(found) => Some(AlgorithmIdentifier::read_contents(Reader::lenient(found.contents))?),
            None => None,
        };
        let algorithm = r.expect(Tag::SEQUENCE)?.raw;
        let encrypted_key = r.octet_string()?;
        r.finish()?;
        Ok(PasswordRecipient { derivation, algorithm, encrypted_key })
    }
}

/// Writes a KEKRecipientInfo, whose version is always 4.
pub fn write_kek(w: &mut Writer, id: &[u8], algorithm: &AlgorithmIdentifier, encrypted_key: &[u8]) {
    w.nested(Tag::context(2), |w| {
        w.uint(4).sequence(|w| {
            w.octet_string(id);
        });
        algorithm.write(w);
        w.octet_string(encrypted_key);
    });
}

/// Writes a PasswordRecipientInfo, whose version is always 0.
pub fn write_password(
    w: &mut Writer,
    derivation: &AlgorithmIdentifier,
    algorithm: &AlgorithmIdentifier,
    encrypted_key: &[u8],
) {
    w.nested(Tag::context(3), |w| {
        w.uint(0);
        derivation.write_as(w, Tag::context(0));
        algorithm.write(w);
        w.octet_string(encrypted_key);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cms::RecipientInfo;
    use crate::oids;

    #[test]
    fn k_13_both_come_back_and_nothing_shorter_does() {
        let (wrap, kdf) = (AlgorithmIdentifier::new(oids::AES256_WRAP), AlgorithmIdentifier::with_null(oids::PBKDF2));
        let mut kek = Writer::new();
        write_kek(&mut kek, b"id", &wrap, &[1, 2]);
        let read = KekRecipient { id: b"id", algorithm: &wrap.to_der(), encrypted_key: &[1, 2] };
        assert_eq!(RecipientInfo::from_der(kek.as_bytes()), Ok(RecipientInfo::Kek(read)));
        let mut password = Writer::new();
        write_password(&mut password, &kdf, &wrap, &[3]);
        let algorithm = wrap.to_der();
        let read = PasswordRecipient { derivation: Some(kdf), algorithm: &algorithm, encrypted_key: &[3] };
        assert_eq!(RecipientInfo::from_der(password.as_bytes()), Ok(RecipientInfo::Password(read)));
        for whole in [kek.as_bytes(), password.as_bytes()] {
            for end in 1..whole.len() {
                assert!(RecipientInfo::from_der(&whole[..end]).is_err(), "{end}");
            }
        }
    }

    /// RFC 3211 §3: the second encoded example, but for the key and for its own length, which is printed too short.
    #[test]
    fn reads_the_example_of_the_standard() {
        let mut example = vec![0xa3, 96, 2, 1, 0, 0xa0, 27, 6, 9];
        example.extend_from_slice(oids::PBKDF2.contents());
        example.extend_from_slice(b"\x30\x0e\x04\x08\x12\x34\x56\x78\x78\x56\x34\x12\x02\x02\x01\xf4\x30\x23\x06\x0b");
        example.extend_from_slice(oids::PWRI_KEK.contents());
        example.extend_from_slice(b"\x30\x14\x06\x08");
        example.extend_from_slice(oids::DES_EDE3_CBC.contents());
        example.extend_from_slice(b"\x04\x08\xba\xf1\xca\x79\x31\x21\x3c\x4e\x04\x28");
        example.extend_from_slice(&[9; 40]);
        example[1] = u8::try_from(example.len() - 2).unwrap();
        let Ok(RecipientInfo::Password(read)) = RecipientInfo::from_der(&example) else { panic!() };
        assert_eq!(read.derivation.map(|d| d.oid), Some(oids::PBKDF2));
        assert_eq!(read.encrypted_key, [9; 40]);
    }
}
