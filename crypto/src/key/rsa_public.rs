//! RSA public keys: their bounds, their restrictions, and the forms the library below wants them in.

use std::sync::OnceLock;

use aws_lc_rs::rsa::PublicEncryptingKey;
use aws_lc_rs::signature::{self, ParsedPublicKey, RsaParameters};
use wire::{AlgorithmIdentifier, SubjectPublicKeyInfo, oids};

use crate::error::{Error, Result};
use crate::key::rsa_raw::RawPublic;
use crate::names::{Digest, KeyTransport, PssParameters, SignatureAlgorithm};

pub(super) struct RsaPublic {
    bits: u32,
    /// Octets of the modulus.
    octets: usize,
    /// RSAPublicKey (RFC 8017 §A.1.1): the same key without restrictions in its algorithm.
    key: Vec<u8>,
    only: Only,
    /// One slot for each of [`SLOTS`], filled on first use: the library ties a parsed key to one algorithm.
    verifying: [OnceLock<Option<ParsedPublicKey>>; SLOTS.len()],
    encrypting: OnceLock<Option<PublicEncryptingKey>>,
}

/// What the algorithm of a SubjectPublicKeyInfo restricts its key to (RFC 4055 §1.2, RFC 8702 §3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Only {
    Nothing,
    Pss(Option<PssParameters>),
    Oaep(Option<KeyTransport>),
    Kem,
}

impl RsaPublic {
    pub(super) fn new(spki: &SubjectPublicKeyInfo) -> Result<Self> {
        let (modulus, exponent) = spki.rsa_parts().ok_or(Error::BadKey("not an RSA public key"))?;
        let bits = spki.rsa_modulus_bits().and_then(|b| u32::try_from(b).ok()).unwrap_or_default();
        if !(1024..=8192).contains(&bits) || modulus.last().is_none_or(|b| b & 1 == 0) {
            return Err(Error::BadKey("an RSA modulus outside 1024 to 8192 bits, or even"));
        }
        let odd = exponent.last().is_some_and(|b| b & 1 == 1);
        if exponent.len() > 8 || !odd || exponent == [1] {
            return Err(Error::BadKey("an RSA exponent that is even, 1, or longer than 64 bits"));
        }
        Ok(RsaPublic {
            bits,
            octets: modulus.len(),
            key: spki.key().to_vec(),
            only: restriction(&spki.algorithm)?,
            verifying: std::array::from_fn(|_| OnceLock::new()),
            encrypting: OnceLock::new(),
        })
    }

    pub(super) fn bits(&self) -> u32 {
        self.bits
    }

    pub(super) fn octets(&self) -> usize {
        self.octets
    }

    /// Whether the key's own algorithm allows this signature: PSS keys sign PSS alone, with their digests and at
    /// least their salt (RFC 4055 §3.3); OAEP keys sign nothing.
    pub(super) fn may_sign(&self, algorithm: &SignatureAlgorithm) -> Result<()> {
        let allowed = match (&self.only, algorithm) {
            (Only::Nothing, _) | (Only::Pss(None), SignatureAlgorithm::RsaPss { .. }) => true,
            (Only::Pss(Some(key)), SignatureAlgorithm::RsaPss { digest, mgf, salt }) => {
                (key.digest, key.mgf) == (*digest, *mgf) && *salt >= key.salt
            }
            (Only::Pss(_) | Only::Oaep(_) | Only::Kem, _) => false,
        };
        allowed.then_some(()).ok_or(Error::KeyCannot("make signatures of this algorithm"))
    }

    /// Whether the key's own algorithm allows this key transport: OAEP keys take OAEP alone, with their parameters
    /// (K-04); PSS keys take none.
    pub(super) fn may_transport(&self, how: &KeyTransport) -> Result<()> {
        let allowed = match (&self.only, how) {
            (Only::Nothing, _) | (Only::Oaep(None), KeyTransport::RsaOaep { .. }) => true,
            (Only::Oaep(Some(key)), how) => key == how,
            (Only::Pss(_) | Only::Oaep(_) | Only::Kem, _) => false,
        };
        allowed.then_some(()).ok_or(Error::KeyCannot("take key transport of this algorithm"))
    }

    /// Whether the key's own algorithm allows RSA-KEM: a key for one scheme serves no other (RFC 9690 §2.3).
    pub(super) fn may_encapsulate(&self) -> Result<()> {
        let allowed = matches!(self.only, Only::Nothing | Only::Kem);
        allowed.then_some(()).ok_or(Error::KeyCannot("have keys encapsulated to it"))
    }

    /// Whether it takes RSA-KEM and nothing else.
    pub(super) fn takes_only_kem(&self) -> bool {
        self.only == Only::Kem
    }

    /// Prepared for one algorithm; `None` where the library does not have it or not for this key.
    pub(super) fn verifying(&self, algorithm: &SignatureAlgorithm) -> Option<&ParsedPublicKey> {
        let slot = SLOTS.iter().position(|(a, least, _)| a == algorithm && self.bits >= *least)?;
        let parse = || ParsedPublicKey::new(SLOTS[slot].2, &self.key).ok();
        self.verifying[slot].get_or_init(parse).as_ref()
    }

    /// Prepared for encryption; `None` where the library refuses the key.
    pub(super) fn encrypting(&self) -> Option<&PublicEncryptingKey> {
        self.encrypting.get_or_init(|| PublicEncryptingKey::from_der(self.plain().der()).ok()).as_ref()
    }

    /// For what the library does not do.
    pub(super) fn raw(&self) -> Result<RawPublic> {
        let plain = self.plain();
        let (modulus, exponent) = plain.rsa_parts().ok_or(Error::BadKey("not an RSA public key"))?;
        RawPublic::new(modulus, exponent)
    }

    fn plain(&self) -> SubjectPublicKeyInfo {
        SubjectPublicKeyInfo::new(AlgorithmIdentifier::with_null(oids::RSA_ENCRYPTION), self.key.clone())
    }
}

fn restriction(algorithm: &AlgorithmIdentifier) -> Result<Only> {
    let parameters = algorithm.parameters.as_deref();
    match algorithm.oid {
        oids::RSASSA_PSS => Ok(Only::Pss(parameters.map(PssParameters::from_der).transpose()?)),
        oids::PSS_SHAKE128 | oids::PSS_SHAKE256 => match SignatureAlgorithm::from_x509(algorithm)? {
            SignatureAlgorithm::RsaPss { digest, mgf, salt } => {
                Ok(Only::Pss(Some(PssParameters { digest, mgf, salt })))
            }
            _ => Err(Error::BadParameters("PSS")),
        },
        // GenericHybridParameters would constrain the derivation; nobody writes them (RFC 9690 §2.3: SHOULD be absent).
        oids::RSA_KEM_SPKI if parameters.is_none() => Ok(Only::Kem),
        oids::RSA_KEM_SPKI => Err(Error::unsupported("RSA-KEM with parameters", algorithm.oid)),
        oids::RSAES_OAEP if parameters.is_none() => Ok(Only::Oaep(None)),
        oids::RSAES_OAEP => Ok(Only::Oaep(Some(KeyTransport::from_algorithm(algorithm)?))),
        _ if algorithm.has_no_parameters() => Ok(Only::Nothing),
        _ => Err(Error::BadParameters("rsaEncryption has none")),
    }
}

const fn pss(digest: Digest, salt: u32) -> SignatureAlgorithm {
    SignatureAlgorithm::RsaPss { digest, mgf: digest, salt }
}

/// What the library verifies by itself, from which size of modulus.
const SLOTS: [(SignatureAlgorithm, u32, &RsaParameters); 7] = [
    (SignatureAlgorithm::RsaPkcs1(Digest::Sha256), 1024, &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
    (SignatureAlgorithm::RsaPkcs1(Digest::Sha384), 2048, &signature::RSA_PKCS1_2048_8192_SHA384),
    (SignatureAlgorithm::RsaPkcs1(Digest::Sha512), 1024, &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
    (SignatureAlgorithm::RsaPkcs1(Digest::Sha1), 1024, &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
    (pss(Digest::Sha256, 32), 2048, &signature::RSA_PSS_2048_8192_SHA256),
    (pss(Digest::Sha384, 48), 2048, &signature::RSA_PSS_2048_8192_SHA384),
    (pss(Digest::Sha512, 64), 2048, &signature::RSA_PSS_2048_8192_SHA512),
];
