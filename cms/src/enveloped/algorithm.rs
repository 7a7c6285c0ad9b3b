//! The content-encryption algorithm of a message, directly or behind a key derivation (RFC 9709).

use crypto::{CipherParameters, ContentCipher, Random, Secret, kdf};
use wire::{AlgorithmIdentifier, oids};

use crate::error::Error;

/// How a content is encrypted.
#[derive(Debug)]
pub(crate) struct ContentAlgorithm {
    /// The cipher: under a derivation the inner one, which alone decides sizes and policy (E-08).
    pub cipher: ContentCipher,
    /// Its nonce and tag length.
    pub parameters: CipherParameters,
    /// The inner AlgorithmIdentifier, where the key is derived for it.
    derived_for: Option<AlgorithmIdentifier>,
}

impl ContentAlgorithm {
    /// From the contentEncryptionAlgorithm. id-alg-cek-hkdf-sha256 has the real one as its parameters (RFC 9709 §2);
    /// a derivation inside a derivation is none.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other ciphers, [`Error::Malformed`] for parameters that the cipher forbids,
    /// [`Error::Damaged`] for what is no AlgorithmIdentifier.
    pub fn read(element: &[u8]) -> Result<Self, Error> {
        let outer = AlgorithmIdentifier::from_der(element)?;
        if outer.oid != oids::CEK_HKDF_SHA256 {
            let (cipher, parameters) = ContentCipher::from_algorithm(&outer)?;
            return Ok(ContentAlgorithm { cipher, parameters, derived_for: None });
        }
        let inner = outer.parameters.as_deref().ok_or(Error::Malformed("a key derivation for no cipher"))?;
        let inner = AlgorithmIdentifier::from_der(inner)?;
        let (cipher, parameters) = ContentCipher::from_algorithm(&inner)?;
        Ok(ContentAlgorithm { cipher, parameters, derived_for: Some(inner) })
    }

    /// The key of the content, from the one that the recipients were given.
    ///
    /// # Errors
    /// [`Error::CannotDecrypt`] where nothing can be derived: a private key was used by then.
    pub fn key(&self, cek: Secret) -> Result<Secret, Error> {
        match &self.derived_for {
            Some(inner) => kdf::cek_hkdf(&cek, &inner.to_der()).map_err(|_| Error::CannotDecrypt),
            None => Ok(cek),
        }
    }

    /// For writing: a fresh vector or nonce for the cipher, with the key derived for it if so asked.
    ///
    /// # Errors
    /// [`Error::Crypto`] where there is no chance to be had.
    pub fn fresh(cipher: ContentCipher, derive: bool, rng: &mut dyn Random) -> Result<Self, Error> {
        let mut iv = vec![0; cipher.iv_len()];
        rng.fill(&mut iv)?;
        let derived_for = derive.then(|| cipher.to_algorithm(&iv));
        let tag_len = if cipher.is_aead() { 16 } else { 0 };
        Ok(ContentAlgorithm { cipher, parameters: CipherParameters { iv, tag_len }, derived_for })
    }

    /// The contentEncryptionAlgorithm.
    pub fn to_der(&self) -> Vec<u8> {
        match &self.derived_for {
            Some(inner) => AlgorithmIdentifier::with(oids::CEK_HKDF_SHA256, inner.to_der()).to_der(),
            None => self.cipher.to_algorithm(&self.parameters.iv).to_der(),
        }
    }

    /// What people are told of it.
    pub fn name(&self) -> String {
        let derivation = if self.derived_for.is_some() { " with cek-hkdf-sha256" } else { "" };
        format!("{}{derivation}", self.cipher)
    }
}
