//! Who signs, and what a signature looks like.

use crypto::{Curve, Digest, DigestValue, KeyKind, PrivateKey, PublicKey, Random, SignatureAlgorithm};
use wire::cms::{Attribute, SignedAttributes, SignerId, SignerInfo};
use wire::der::{Tag, Writer};
use wire::{AlgorithmIdentifier, Certificate, Oid, Time, oids};

use crate::error::Error;
use crate::signed::attributes;

/// One signer of a message.
pub struct Signer<'a> {
    /// The certificate of the key.
    pub certificate: Certificate,
    /// The key.
    pub key: &'a dyn PrivateKey,
    /// How it signs; see [`default_signature_algorithm`].
    pub algorithm: SignatureAlgorithm,
}

/// What is common to the signers of a message.
#[derive(Debug, Clone)]
pub struct SignOptions {
    /// The signing time they state.
    pub signed_at: Time,
    /// Certificates sent along besides the signers' own: intermediates, an encryption certificate.
    pub chain: Vec<Certificate>,
    /// Name signers by key identifier rather than by issuer and serial number.
    pub use_key_id: bool,
    /// What is signed: data, which mail always is, or another content type.
    pub content_type: Oid,
    /// Signed attributes of every signer besides those that are always written; of no kind that is among those.
    pub attributes: Vec<Attribute>,
}

impl SignOptions {
    /// Mail signed at this time, with nothing else to it.
    pub fn at(signed_at: Time) -> Self {
        SignOptions {
            signed_at,
            chain: Vec::new(),
            use_key_id: false,
            content_type: oids::DATA,
            attributes: Vec::new(),
        }
    }
}

/// How a key signs unless somebody says otherwise: RSA PKCS#1 v1.5 with SHA-256 (SHA-512 from 4096
/// bits on), which every receiver reads; ECDSA with the digest of the curve's strength; Ed25519; Ed448; ML-DSA
/// with SHA-512; SLH-DSA with the digest of its set.
pub fn default_signature_algorithm(key: &PublicKey) -> SignatureAlgorithm {
    match key.kind() {
        KeyKind::Rsa { bits } if bits >= 4096 => SignatureAlgorithm::RsaPkcs1(Digest::Sha512),
        KeyKind::Ec(Curve::P384) => SignatureAlgorithm::Ecdsa(Digest::Sha384),
        KeyKind::Ec(Curve::P521) => SignatureAlgorithm::Ecdsa(Digest::Sha512),
        KeyKind::Ec(Curve::P256) => SignatureAlgorithm::Ecdsa(Digest::Sha256),
        KeyKind::Ed25519 => SignatureAlgorithm::Ed25519,
        KeyKind::MlDsa(set) => SignatureAlgorithm::ml_dsa(set),
        KeyKind::Ed448 => SignatureAlgorithm::Ed448,
        KeyKind::CompositeDsa(pair) => SignatureAlgorithm::CompositeDsa(pair),
        KeyKind::SlhDsa(set) => SignatureAlgorithm::slh_dsa(set),
        _ => SignatureAlgorithm::RsaPkcs1(Digest::Sha256),
    }
}

/// A SignedData that carries certificates and nothing else (RFC 8551 §3.7).
pub fn certs_only(certificates: &[Certificate]) -> Vec<u8> {
    let mut w = Writer::new();
    w.sequence(|w| {
        w.oid(oids::SIGNED_DATA).nested(Tag::context(0), |w| {
            w.sequence(|w| {
                w.uint(1);
                w.set_of(Tag::SET, Vec::<Vec<u8>>::new());
                w.sequence(|w| {
                    w.oid(oids::DATA);
                });
                write_certificates(w, certificates);
                w.set_of(Tag::SET, Vec::<Vec<u8>>::new());
            });
        });
    });
    w.into_bytes()
}

/// The signers of a message with what they need at its end.
pub(crate) struct Signers<'a> {
    list: Vec<Signer<'a>>,
    options: SignOptions,
}

impl<'a> Signers<'a> {
    /// # Errors
    /// [`Error::Malformed`] without a signer, [`Error::Crypto`] where a key cannot sign that way.
    pub fn new(list: Vec<Signer<'a>>, options: SignOptions) -> Result<Self, Error> {
        if list.is_empty() {
            return Err(Error::Malformed("no signer"));
        }
        for signer in &list {
            let (stated, own) = (signer.certificate.public_key().der(), signer.key.public().spki());
            if stated != own && PublicKey::from_spki(stated)?.spki() != own {
                return Err(Error::Malformed("key and certificate do not belong together"));
            }
        }
        Ok(Signers { list, options })
    }

    /// The digests the signers use, each once.
    pub fn digests(&self) -> Vec<Digest> {
        let mut found = Vec::new();
        for signer in &self.list {
            if !found.contains(&signer.algorithm.digest()) {
                found.push(signer.algorithm.digest());
            }
        }
        found
    }

    /// The version of the SignedData (RFC 5652 §5.1).
    fn version(&self) -> u64 {
        let by_key_id = |s: &Signer<'_>| s.certificate.subject_key_id().is_some();
        if self.options.content_type != oids::DATA {
            return 3;
        }
        if self.options.use_key_id && self.list.iter().any(by_key_id) { 3 } else { 1 }
    }

    /// What is signed.
    pub fn content_type(&self) -> Oid {
        self.options.content_type
    }

    /// What stands before the content: version and digest algorithms.
    pub fn head(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.uint(self.version());
        w.set_of(Tag::SET, self.digests().iter().map(|d| d.algorithm_identifier().to_der()).collect());
        w.into_bytes()
    }

    /// What stands after the content: certificates and signatures.
    pub fn tail(&self, digests: &[(Digest, DigestValue)], rng: &mut dyn Random) -> Result<Vec<u8>, Error> {
        let mut certificates: Vec<Certificate> = Vec::new();
        for certificate in self.list.iter().map(|s| &s.certificate).chain(&self.options.chain) {
            if !certificates.contains(certificate) {
                certificates.push(certificate.clone());
            }
        }
        let mut infos = Vec::with_capacity(self.list.len());
        for signer in &self.list {
            let value = digests.iter().find(|(d, _)| *d == signer.algorithm.digest());
            let value = value.map(|(_, v)| *v).ok_or(Error::Malformed("no digest"))?;
            infos.push(self.info(signer, &value, rng)?.to_der());
        }
        let mut w = Writer::new();
        write_certificates(&mut w, &certificates);
        w.set_of(Tag::SET, infos);
        Ok(w.into_bytes())
    }

    fn info(&self, signer: &Signer<'_>, message_digest: &[u8], rng: &mut dyn Random) -> Result<SignerInfo, Error> {
        let digest: AlgorithmIdentifier = signer.algorithm.digest().algorithm_identifier();
        let algorithm = signer.algorithm.to_cms();
        let mut signed = attributes::attributes(
            self.options.content_type,
            message_digest,
            self.options.signed_at,
            (&digest, &algorithm),
            &signer.certificate,
        );
        signed.extend(self.options.attributes.iter().cloned());
        let signed = SignedAttributes::new(signed);
        let signature = signer.key.sign(&signer.algorithm, signed.der(), rng)?;
        let (issuer, serial) = signer.certificate.issuer_and_serial();
        let id = match signer.certificate.subject_key_id() {
            Some(id) if self.options.use_key_id => SignerId::KeyId(id.to_vec()),
            _ => SignerId::IssuerSerial { issuer: issuer.to_vec(), serial: serial.to_vec() },
        };
        let version = if matches!(id, SignerId::KeyId(_)) { 3 } else { 1 };
        Ok(SignerInfo { version, signer: id, digest, signed: Some(signed), algorithm, signature, unsigned: Vec::new() })
    }
}

fn write_certificates(w: &mut Writer, certificates: &[Certificate]) {
    if !certificates.is_empty() {
        w.set_of(Tag::context(0), certificates.iter().map(|c| c.der().to_vec()).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto::{KeySpec, MlDsa, SoftKey, SystemRandom};

    /// SHA-256, SHA-512 where the key is stronger or its standard asks for it, never SHA-1.
    #[test]
    fn a_03_digests_that_are_chosen() {
        for (spec, digest) in [
            (KeySpec::Rsa(2048), Digest::Sha256),
            (KeySpec::Rsa(4096), Digest::Sha512),
            (KeySpec::Ec(Curve::P256), Digest::Sha256),
            (KeySpec::Ec(Curve::P384), Digest::Sha384),
            (KeySpec::Ec(Curve::P521), Digest::Sha512),
            (KeySpec::Ed25519, Digest::Sha512),
            (KeySpec::MlDsa(MlDsa::Dsa65), Digest::Sha512),
        ] {
            let (key, _) = SoftKey::generate(spec, &mut SystemRandom).unwrap();
            assert_eq!(default_signature_algorithm(key.public()).digest(), digest, "{spec}");
        }
    }
}
