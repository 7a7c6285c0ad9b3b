//! AlgorithmIdentifier (RFC 5280 §4.1.1.2).

use crate::der::{self, Reader, Tag, Writer};
use crate::error::Result;
use crate::oid::Oid;

/// An algorithm with its parameters, which are kept as the bytes that arrived.
///
/// ```text
/// AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY DEFINED BY algorithm OPTIONAL }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AlgorithmIdentifier {
    /// The algorithm.
    pub oid: Oid,
    /// The whole encoding of the parameters, `None` where they are absent (which is not NULL).
    pub parameters: Option<Vec<u8>>,
}

impl AlgorithmIdentifier {
    /// An algorithm whose parameters are absent.
    pub const fn new(oid: Oid) -> Self {
        AlgorithmIdentifier { oid, parameters: None }
    }

    /// An algorithm whose parameters are NULL.
    pub fn with_null(oid: Oid) -> Self {
        AlgorithmIdentifier { oid, parameters: Some(vec![Tag::NULL.0, 0]) }
    }

    /// An algorithm with encoded parameters.
    pub fn with(oid: Oid, parameters: Vec<u8>) -> Self {
        AlgorithmIdentifier { oid, parameters: Some(parameters) }
    }

    /// Whether the parameters are absent or NULL, which RFC 5754 §2 tells receivers to treat alike.
    pub fn has_no_parameters(&self) -> bool {
        matches!(self.parameters.as_deref(), None | Some([0x05, 0x00]))
    }

    /// Reads the next element of `reader`.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Self::read_contents(reader.sequence()?)
    }

    /// Reads the contents of an AlgorithmIdentifier whose SEQUENCE header is already taken, as under
    /// IMPLICIT tagging.
    pub fn read_contents(mut inner: Reader<'_>) -> Result<Self> {
        let oid = inner.oid()?;
        let parameters = if inner.is_empty() { None } else { Some(inner.any()?.raw.to_vec()) };
        inner.finish()?;
        Ok(AlgorithmIdentifier { oid, parameters })
    }

    /// Reads a whole encoding.
    pub fn from_der(bytes: &[u8]) -> Result<Self> {
        let element = der::one(bytes)?;
        let mut reader = Reader::new(element.raw);
        Self::read(&mut reader)
    }

    /// Writes the SEQUENCE.
    pub fn write(&self, w: &mut Writer) {
        self.write_as(w, Tag::SEQUENCE);
    }

    /// Writes the SEQUENCE under another tag (IMPLICIT).
    pub fn write_as(&self, w: &mut Writer, tag: Tag) {
        w.nested(tag, |w| {
            w.oid(self.oid);
            if let Some(parameters) = &self.parameters {
                w.raw(parameters);
            }
        });
    }

    /// The DER encoding.
    pub fn to_der(&self) -> Vec<u8> {
        let mut w = Writer::new();
        self.write(&mut w);
        w.into_bytes()
    }
}
