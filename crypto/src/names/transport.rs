//! RSA key transport by name (RFC 3370 §4.2.1, RFC 3560, RFC 4055 §4.1).

use std::fmt;

use wire::der::{self, Reader, Tag, Writer};
use wire::{AlgorithmIdentifier, oids};

use crate::error::{Error, Result};
use crate::names::digest::Digest;

/// How a content key travels under an RSA key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum KeyTransport {
    /// RSAES-PKCS1-v1_5.
    RsaPkcs1,
    /// RSAES-OAEP.
    RsaOaep {
        /// The digest of the label.
        digest: Digest,
        /// The digest of the mask generation function, MGF1.
        mgf: Digest,
        /// The label, almost always empty; at most 1024 octets.
        label: Vec<u8>,
    },
}

impl KeyTransport {
    /// OAEP with one digest throughout and an empty label.
    pub const fn oaep(digest: Digest) -> Self {
        KeyTransport::RsaOaep { digest, mgf: digest, label: Vec::new() }
    }

    /// By algorithm identifier.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other algorithms, digests, masks and label sources; [`Error::BadParameters`] where
    /// OAEP's parameters are absent (RFC 3560 §2.1 demands them), malformed or the label is longer than 1024 octets.
    pub fn from_algorithm(algorithm: &AlgorithmIdentifier) -> Result<Self> {
        match algorithm.oid {
            oids::RSA_ENCRYPTION if algorithm.has_no_parameters() => Ok(KeyTransport::RsaPkcs1),
            oids::RSA_ENCRYPTION => Err(Error::BadParameters("rsaEncryption has none")),
            oids::RSAES_OAEP => {
                let parameters = algorithm.parameters.as_deref();
                oaep_from(parameters.ok_or(Error::BadParameters("OAEP without parameters"))?)
            }
            other => Err(Error::unsupported("the key transport algorithm", other)),
        }
    }

    /// The only way to write to a key whose own algorithm is id-RSAES-OAEP (RFC 4055 §1.2, §4.1): by its parameters, which
    /// bind whoever encrypts; without any, by OAEP with SHA-256. `None` for the algorithm of other keys, which leaves
    /// the choice to the sender.
    ///
    /// # Errors
    /// As [`KeyTransport::from_algorithm`], for its parameters.
    pub fn only_for(key: &AlgorithmIdentifier) -> Result<Option<Self>> {
        match (key.oid, &key.parameters) {
            (oids::RSAES_OAEP, None) => Ok(Some(KeyTransport::oaep(Digest::Sha256))),
            (oids::RSAES_OAEP, Some(_)) => KeyTransport::from_algorithm(key).map(Some),
            _ => Ok(None),
        }
    }

    /// The algorithm identifier; parameters that equal their default are left out, as DER demands.
    pub fn to_algorithm(&self) -> AlgorithmIdentifier {
        match self {
            KeyTransport::RsaPkcs1 => AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION),
            KeyTransport::RsaOaep { digest, mgf, label } => {
                AlgorithmIdentifier::with(oids::RSAES_OAEP, oaep_der(*digest, *mgf, label))
            }
        }
    }
}

impl fmt::Display for KeyTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyTransport::RsaPkcs1 => f.write_str("rsa-pkcs1"),
            KeyTransport::RsaOaep { digest, .. } => write!(f, "rsa-oaep-{digest}"),
        }
    }
}

/// `HashAlgorithm` of RSASSA-PSS and RSAES-OAEP parameters under `[n]` EXPLICIT, SHA-1 where absent.
pub(super) fn tagged_digest(reader: &mut Reader<'_>, n: u8) -> Result<Digest> {
    match reader.optional(Tag::context(n))? {
        None => Ok(Digest::Sha1),
        Some(element) => {
            let mut inner = element.reader();
            let algorithm = AlgorithmIdentifier::read(&mut inner)?;
            inner.finish()?;
            parameter_digest(&algorithm)
        }
    }
}

/// SHAKE has no place in these parameters: it has algorithms of its own (RFC 8702 §3.2.1).
fn parameter_digest(algorithm: &AlgorithmIdentifier) -> Result<Digest> {
    let digest = Digest::from_algorithm(algorithm)?;
    if digest.is_extendable() {
        return Err(Error::unsupported("among these parameters", algorithm.oid));
    }
    Ok(digest)
}

/// The digest of `MaskGenAlgorithm` under `[n]` EXPLICIT, MGF1 with SHA-1 where absent.
pub(super) fn tagged_mask(reader: &mut Reader<'_>, n: u8) -> Result<Digest> {
    let Some(element) = reader.optional(Tag::context(n))? else { return Ok(Digest::Sha1) };
    let mut inner = element.reader();
    let algorithm = AlgorithmIdentifier::read(&mut inner)?;
    inner.finish()?;
    if algorithm.oid != oids::MGF1 {
        return Err(Error::unsupported("the mask generation function", algorithm.oid));
    }
    let digest = algorithm.parameters.as_deref().ok_or(Error::BadParameters("MGF1 without its digest"))?;
    parameter_digest(&AlgorithmIdentifier::from_der(digest)?)
}

/// Writes digest `[0]` and mask `[1]` as RFC 4055 §2.1 has them, leaving out SHA-1; the digests carry NULL, as
/// that section demands of those parameters.
pub(super) fn write_digests(w: &mut Writer, digest: Digest, mgf: Digest) {
    if digest != Digest::Sha1 {
        w.nested(Tag::context(0), |w| AlgorithmIdentifier::with_null(digest.oid()).write(w));
    }
    if mgf != Digest::Sha1 {
        let inner = AlgorithmIdentifier::with_null(mgf.oid()).to_der();
        w.nested(Tag::context(1), |w| AlgorithmIdentifier::with(oids::MGF1, inner).write(w));
    }
}

fn oaep_from(parameters: &[u8]) -> Result<KeyTransport> {
    let element = der::one(parameters)?;
    let mut whole = Reader::new(element.raw);
    let mut reader = whole.sequence()?;
    let digest = tagged_digest(&mut reader, 0)?;
    let mgf = tagged_mask(&mut reader, 1)?;
    let label = match reader.optional(Tag::context(2))? {
        None => Vec::new(),
        Some(element) => {
            let mut inner = element.reader();
            let source = AlgorithmIdentifier::read(&mut inner)?;
            inner.finish()?;
            label_from(&source)?
        }
    };
    reader.finish()?;
    Ok(KeyTransport::RsaOaep { digest, mgf, label })
}

fn label_from(source: &AlgorithmIdentifier) -> Result<Vec<u8>> {
    if source.oid != oids::P_SPECIFIED {
        return Err(Error::unsupported("the OAEP label source", source.oid));
    }
    let parameters = source.parameters.as_deref().ok_or(Error::BadParameters("pSpecified without a label"))?;
    let label = Reader::new(der::one(parameters)?.raw).octet_string()?;
    if label.len() > MAX_LABEL {
        return Err(Error::BadParameters("OAEP label too long"));
    }
    Ok(label.to_vec())
}

fn oaep_der(digest: Digest, mgf: Digest, label: &[u8]) -> Vec<u8> {
    let mut w = Writer::new();
    w.sequence(|w| {
        write_digests(w, digest, mgf);
        if !label.is_empty() {
            let mut octets = Writer::new();
            octets.octet_string(label);
            let source = AlgorithmIdentifier::with(oids::P_SPECIFIED, octets.into_bytes());
            w.nested(Tag::context(2), |w| source.write(w));
        }
    });
    w.into_bytes()
}

const MAX_LABEL: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oaep_round_trips_and_omits_defaults() {
        assert_eq!(KeyTransport::oaep(Digest::Sha1).to_algorithm().parameters.unwrap(), [0x30, 0]);
        let plain = || Digest::ALL.into_iter().filter(|d| !d.is_extendable());
        for digest in plain() {
            for mgf in plain() {
                let how = KeyTransport::RsaOaep { digest, mgf, label: vec![7; usize::from(mgf == digest)] };
                assert_eq!(KeyTransport::from_algorithm(&how.to_algorithm()).unwrap(), how);
            }
        }
    }

    /// K-04: absent parameters are an error, explicit defaults are read.
    #[test]
    fn oaep_without_parameters_is_refused_and_explicit_defaults_read() {
        assert!(KeyTransport::from_algorithm(&AlgorithmIdentifier::new(oids::RSAES_OAEP)).is_err());
        assert!(KeyTransport::from_algorithm(&AlgorithmIdentifier::with_null(oids::RSAES_OAEP)).is_err());
        let mut w = Writer::new();
        w.sequence(|w| {
            w.nested(Tag::context(0), |w| AlgorithmIdentifier::with_null(oids::SHA1).write(w));
            let sha1 = AlgorithmIdentifier::with_null(oids::SHA1).to_der();
            w.nested(Tag::context(1), |w| AlgorithmIdentifier::with(oids::MGF1, sha1).write(w));
            w.nested(Tag::context(2), |w| AlgorithmIdentifier::with(oids::P_SPECIFIED, vec![4, 0]).write(w));
        });
        let explicit = AlgorithmIdentifier::with(oids::RSAES_OAEP, w.into_bytes());
        assert_eq!(KeyTransport::from_algorithm(&explicit).unwrap(), KeyTransport::oaep(Digest::Sha1));
    }
}
