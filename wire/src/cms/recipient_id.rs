//! Whom a RecipientInfo is for.

use crate::der::{Reader, Tag, Writer};
use crate::error::Result;

/// Which certificate a key was encrypted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecipientId<'a> {
    /// The issuer's Name (DER) and the serial number (contents octets of its INTEGER).
    IssuerSerial {
        /// DER of the issuer's Name.
        issuer: &'a [u8],
        /// Contents octets of the INTEGER.
        serial: &'a [u8],
    },
    /// The subject key identifier.
    KeyId(&'a [u8]),
}

impl<'a> RecipientId<'a> {
    /// The choice of RecipientIdentifier (`key_id` is `[0]` primitive) and of
    /// KeyAgreeRecipientIdentifier (`key_id` is `[0]` constructed: RecipientKeyIdentifier).
    #[inline]
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self> {
        if let Some(id) = reader.optional(Tag::context_primitive(0))? {
            return Ok(RecipientId::KeyId(id.contents));
        }
        if let Some(id) = reader.optional(Tag::context(0))? {
            // RecipientKeyIdentifier: the date and the other attribute that may follow are hints.
            return Ok(RecipientId::KeyId(Reader::lenient(id.contents).octet_string()?));
        }
        let (issuer, serial) = issuer_and_serial(reader.sequence()?)?;
        Ok(RecipientId::IssuerSerial { issuer, serial })
    }

    /// Writes it as a RecipientIdentifier; `agreement` as a KeyAgreeRecipientIdentifier.
    pub fn write(&self, w: &mut Writer, agreement: bool) {
        match self {
            RecipientId::IssuerSerial { issuer, serial } => {
                w.sequence(|w| {
                    w.raw(issuer).integer(serial);
                });
            }
            RecipientId::KeyId(id) if agreement => {
                w.nested(Tag::context(0), |w| {
                    w.octet_string(id);
                });
            }
            RecipientId::KeyId(id) => {
                w.element(Tag::context_primitive(0), id);
            }
        }
    }
}

#[inline]
fn issuer_and_serial<'a>(mut r: Reader<'a>) -> Result<(&'a [u8], &'a [u8])> {
    let issuer = r.expect(Tag::SEQUENCE)?.raw;
    let serial = r.integer()?;
    r.finish()?;
    Ok((issuer, serial))
}
