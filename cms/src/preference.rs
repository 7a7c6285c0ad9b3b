//! Which of their keys somebody wants to be encrypted to (RFC 8551 §2.5.3).

use wire::cms::{Attribute, SignedAttributes};
use wire::der::{Reader, Tag, Writer};
use wire::{Certificate, oids};

/// The certificate that a signer names for whoever encrypts to them.
///
/// ```text
/// SMIMEEncryptionKeyPreference ::= CHOICE { issuerAndSerialNumber [0] IssuerAndSerialNumber,
///   receipentKeyId [1] RecipientKeyIdentifier, subjectAltKeyIdentifier [2] SubjectKeyIdentifier }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPreference {
    /// By its issuer and serial number.
    IssuerSerial {
        /// The issuer's name, DER.
        issuer: Vec<u8>,
        /// The contents of the serial number.
        serial: Vec<u8>,
    },
    /// By its key identifier.
    KeyId(Vec<u8>),
}

impl KeyPreference {
    /// Of a signer: the standard's attribute, else Microsoft's, which is an IssuerAndSerialNumber.
    pub fn of(signed: &SignedAttributes) -> Option<Self> {
        let single = |oid| signed.single(oid).ok().flatten();
        let standard = single(oids::ENCRYPTION_KEY_PREFERENCE).and_then(|der| KeyPreference::from_der(der).ok());
        standard.or_else(|| {
            let mut reader = Reader::lenient(single(oids::MS_ENCRYPTION_KEY_PREFERENCE)?);
            let found = issuer_serial(reader.sequence().ok()?).ok()?;
            reader.finish().is_ok().then_some(found)
        })
    }

    /// Reads the value of the standard's attribute.
    ///
    /// # Errors
    /// [`wire::Error`] where it is no such value.
    pub fn from_der(der: &[u8]) -> Result<Self, wire::Error> {
        let mut outer = Reader::lenient(der);
        let found = match outer.peek() {
            Some(tag) if tag == Tag::context(0) => issuer_serial(outer.nested(Tag::context(0))?)?,
            Some(tag) if tag == Tag::context(1) => {
                // A date and another attribute may follow, which are hints.
                let mut fields = outer.nested(Tag::context(1))?;
                KeyPreference::KeyId(fields.octet_string()?.to_vec())
            }
            _ => KeyPreference::KeyId(outer.expect(Tag::context_primitive(2))?.contents.to_vec()),
        };
        outer.finish()?;
        Ok(found)
    }

    /// The attribute that names this certificate.
    pub fn attribute(certificate: &Certificate) -> Attribute {
        let (issuer, serial) = certificate.issuer_and_serial();
        let mut w = Writer::new();
        w.nested(Tag::context(0), |w| {
            w.raw(issuer);
            w.integer(serial);
        });
        Attribute::new(oids::ENCRYPTION_KEY_PREFERENCE, w.into_bytes())
    }

    /// Whether it names this certificate.
    pub fn names(&self, certificate: &Certificate) -> bool {
        match self {
            KeyPreference::IssuerSerial { issuer, serial } => {
                certificate.issuer_and_serial() == (issuer.as_slice(), serial.as_slice())
            }
            KeyPreference::KeyId(id) => certificate.subject_key_id() == Some(id),
        }
    }
}

fn issuer_serial(mut fields: Reader<'_>) -> Result<KeyPreference, wire::Error> {
    let issuer = fields.expect(Tag::SEQUENCE)?.raw.to_vec();
    let serial = fields.integer()?.to_vec();
    fields.finish()?;
    Ok(KeyPreference::IssuerSerial { issuer, serial })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut w = Writer::new();
        write(&mut w);
        w.into_bytes()
    }

    fn named(w: &mut Writer) {
        w.sequence(|_| {});
        w.integer(&[7]);
    }

    /// D-01: the three forms of the standard and that of Outlook, each whole or not at all.
    #[test]
    fn d_01_a_preference_in_every_form() {
        let expected = KeyPreference::IssuerSerial { issuer: vec![0x30, 0], serial: vec![7] };
        let key_id = KeyPreference::KeyId(vec![1, 2]);
        let by_issuer = der(|w| {
            w.nested(Tag::context(0), named);
        });
        let by_recipient = der(|w| {
            w.nested(Tag::context(1), |w| {
                w.octet_string(&[1, 2]);
                w.element(Tag::GENERALIZED_TIME, b"20261118110640Z");
            });
        });
        let by_key = der(|w| {
            w.element(Tag::context_primitive(2), &[1, 2]);
        });
        for (value, found) in [(&by_issuer, &expected), (&by_recipient, &key_id), (&by_key, &key_id)] {
            assert_eq!(KeyPreference::from_der(value).as_ref(), Ok(found));
            for end in 0..value.len() {
                assert!(KeyPreference::from_der(&value[..end]).is_err(), "{end}");
            }
            let longer = [value.as_slice(), &[5, 0]].concat();
            assert!(KeyPreference::from_der(&longer).is_err());
        }
        let of = |attributes| KeyPreference::of(&SignedAttributes::new(attributes));
        let microsoft = Attribute::new(
            oids::MS_ENCRYPTION_KEY_PREFERENCE,
            der(|w| {
                w.sequence(named);
            }),
        );
        assert_eq!(of(vec![microsoft.clone()]), Some(expected));
        let standard = Attribute::new(oids::ENCRYPTION_KEY_PREFERENCE, by_key);
        assert_eq!(of(vec![microsoft, standard]), Some(key_id));
        assert_eq!(of(Vec::new()), None);
    }
}
