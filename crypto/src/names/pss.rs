//! RSASSA-PSS-params (RFC 4055 §3.1).

use wire::AlgorithmIdentifier;
use wire::der::{self, Reader, Tag, Writer};
use wire::oids;

use crate::error::{Error, Result};
use crate::names::digest::Digest;
use crate::names::transport::{tagged_digest, tagged_mask, write_digests};

/// The parameters of RSASSA-PSS; the trailer field is always 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PssParameters {
    pub digest: Digest,
    pub mgf: Digest,
    /// Octets of salt.
    pub salt: u32,
}

impl PssParameters {
    pub(crate) fn from_der(parameters: &[u8]) -> Result<Self> {
        let mut whole = Reader::new(der::one(parameters)?.raw);
        let mut reader = whole.sequence()?;
        let digest = tagged_digest(&mut reader, 0)?;
        let mgf = tagged_mask(&mut reader, 1)?;
        let salt = tagged_number(&mut reader, 2)?.unwrap_or(20);
        let trailer = tagged_number(&mut reader, 3)?.unwrap_or(1);
        reader.finish()?;
        if trailer != 1 {
            return Err(Error::BadParameters("PSS trailer field other than 1"));
        }
        // No modulus this library reads leaves room for a longer salt.
        let salt = u32::try_from(salt).ok().filter(|s| *s <= 1024).ok_or(Error::BadParameters("PSS salt too long"))?;
        Ok(PssParameters { digest, mgf, salt })
    }

    pub(crate) fn to_algorithm(self) -> AlgorithmIdentifier {
        let mut w = Writer::new();
        w.sequence(|w| {
            write_digests(w, self.digest, self.mgf);
            if self.salt != 20 {
                w.nested(Tag::context(2), |w| {
                    w.uint(u64::from(self.salt));
                });
            }
        });
        AlgorithmIdentifier::with(oids::RSASSA_PSS, w.into_bytes())
    }
}

fn tagged_number(reader: &mut Reader<'_>, n: u8) -> Result<Option<u64>> {
    let Some(element) = reader.optional(Tag::context(n))? else { return Ok(None) };
    let mut inner = element.reader();
    let number = inner.uint()?;
    inner.finish()?;
    Ok(Some(number))
}
