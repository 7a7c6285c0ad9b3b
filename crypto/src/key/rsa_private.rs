//! RSA private keys in software.

use std::sync::OnceLock;

use aws_lc_rs::rsa::PrivateDecryptingKey;
use aws_lc_rs::rsa::{KeyPair, OaepAlgorithm, OaepPrivateDecryptingKey, Pkcs1PrivateDecryptingKey};
use aws_lc_rs::signature::{self, RsaSignatureEncoding};
use wire::{AlgorithmIdentifier, RsaPrivateKey};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::hash::digest;
use crate::key::encrypt::{library_label, library_oaep};
use crate::key::padding::{oaep_decode, pkcs1_decode, pkcs1_encode, pss_encode};
use crate::key::rsa_raw::RawPrivate;
use crate::names::{Digest, KeyTransport, SignatureAlgorithm};
use crate::random::Random;
use crate::secret::Secret;

pub(super) struct RsaPrivate {
    /// RSAPrivateKey, DER.
    der: Zeroizing<Vec<u8>>,
    /// A PrivateKeyInfo of the plain algorithm, DER.
    pkcs8: Zeroizing<Vec<u8>>,
    octets: usize,
    /// Of three primes or more, which the library does not know, and no smaller than what signs.
    by_hand: bool,
    pair: Option<KeyPair>,
    decrypting: OnceLock<Option<Decrypting>>,
    raw: OnceLock<Option<RawPrivate>>,
}

struct Decrypting {
    pkcs1: Pkcs1PrivateDecryptingKey,
    oaep: OaepPrivateDecryptingKey,
}

impl RsaPrivate {
    /// From the RSAPrivateKey, the same under rsaEncryption as PrivateKeyInfo, and its numbers.
    pub(super) fn new(der: Zeroizing<Vec<u8>>, pkcs8: Zeroizing<Vec<u8>>, numbers: &RsaPrivateKey<'_>) -> Result<Self> {
        let pair = KeyPair::from_pkcs8(&pkcs8).ok();
        let raw = OnceLock::new();
        if pair.is_none() {
            // Too small for the library, of more primes than it knows, or broken: this tells.
            raw.set(Some(RawPrivate::from_der(&der)?)).ok();
        }
        let octets = numbers.modulus.len();
        let by_hand = numbers.primes.len() > 2 && octets >= MIN_OCTETS;
        Ok(RsaPrivate { der, pkcs8, octets, by_hand, pair, decrypting: OnceLock::new(), raw })
    }

    pub(super) fn sign(&self, algorithm: &SignatureAlgorithm, message: &[u8], rng: &mut dyn Random) -> Result<Vec<u8>> {
        if self.by_hand {
            return self.sign_raw(algorithm, message, rng);
        }
        let pair = self.pair.as_ref().ok_or(Error::KeyCannot("sign: RSA under 2048 bits"))?;
        let Some(encoding) = encoding(algorithm) else { return self.sign_raw(algorithm, message, rng) };
        let mut out = vec![0; self.octets];
        let rng = aws_lc_rs::rand::SystemRandom::new();
        pair.sign(encoding, &rng, message, &mut out).map_err(|_| Error::KeyCannot("sign with this digest"))?;
        Ok(out)
    }

    /// SHA-3 and SHAKE, which the library does not sign with, and keys that it does not take.
    fn sign_raw(&self, algorithm: &SignatureAlgorithm, message: &[u8], rng: &mut dyn Random) -> Result<Vec<u8>> {
        let hash = digest(algorithm.digest(), message);
        let encoded = match *algorithm {
            SignatureAlgorithm::RsaPkcs1(name) if WRITTEN.contains(&name) => {
                pkcs1_encode(&AlgorithmIdentifier::with_null(name.oid()), &hash, self.octets)
            }
            SignatureAlgorithm::RsaPss { digest, .. }
                if *algorithm == SignatureAlgorithm::pss(digest)
                    && (WRITTEN.contains(&digest) || digest.is_extendable()) =>
            {
                let mut salt = vec![0; digest.len()];
                rng.fill(&mut salt)?;
                let bits = self.raw().map_or(0, RawPrivate::bits);
                pss_encode(digest, &salt, &hash, bits)
            }
            _ => return Err(Error::unsupported_here("signing with these RSA parameters")),
        };
        let encoded = encoded.ok_or(Error::KeyCannot("sign with this digest"))?;
        let raw = self.raw().ok_or(Error::BadKey("inconsistent RSA key"))?;
        Ok(raw.apply(&encoded)?.to_vec())
    }

    fn raw(&self) -> Option<&RawPrivate> {
        self.raw.get_or_init(|| RawPrivate::from_der(&self.der).ok()).as_ref()
    }

    pub(super) fn decrypt(&self, how: &KeyTransport, ciphertext: &[u8]) -> Result<Secret> {
        if ciphertext.len() != self.octets {
            return Err(Error::Failed);
        }
        match (how, self.decrypting()) {
            (KeyTransport::RsaPkcs1, Some(keys)) => {
                let mut out = Zeroizing::new(vec![0; self.octets]);
                let length = keys.pkcs1.decrypt(ciphertext, &mut out).map_err(|_| Error::Failed)?.len();
                out.truncate(length);
                Ok(out.into())
            }
            (KeyTransport::RsaOaep { digest, mgf, label }, Some(keys)) if library_oaep(*digest, *mgf).is_some() => {
                let algorithm = library_oaep(*digest, *mgf).ok_or(Error::Failed)?;
                oaep(&keys.oaep, algorithm, label, ciphertext, self.octets)
            }
            _ => self.decrypt_raw(how, ciphertext),
        }
    }

    fn decrypt_raw(&self, how: &KeyTransport, ciphertext: &[u8]) -> Result<Secret> {
        let raw = self.raw().ok_or(Error::Failed)?;
        let encoded = raw.apply(ciphertext)?;
        let plain = match how {
            KeyTransport::RsaPkcs1 => pkcs1_decode(&encoded),
            KeyTransport::RsaOaep { digest, mgf, label } => oaep_decode((*digest, *mgf), label, &encoded),
        };
        Ok(plain.ok_or(Error::Failed)?.into())
    }

    /// RSA-KEM (RFC 9690 appendix A.2): the number whose power the ciphertext is, as many octets as the modulus. Length
    /// and range of the ciphertext are checked before the exponentiation, which is blinded (K-12).
    pub(super) fn decapsulate(&self, ciphertext: &[u8]) -> Result<Secret> {
        let raw = self.raw().ok_or(Error::Failed)?;
        Ok(raw.apply(ciphertext)?.into())
    }

    fn decrypting(&self) -> Option<&Decrypting> {
        self.pair.as_ref()?;
        let load = || {
            let key = PrivateDecryptingKey::from_pkcs8(&self.pkcs8).ok()?;
            let pkcs1 = Pkcs1PrivateDecryptingKey::new(key.clone()).ok()?;
            Some(Decrypting { pkcs1, oaep: OaepPrivateDecryptingKey::new(key).ok()? })
        };
        self.decrypting.get_or_init(load).as_ref()
    }
}

fn oaep(
    key: &OaepPrivateDecryptingKey,
    algorithm: &'static OaepAlgorithm,
    label: &[u8],
    ciphertext: &[u8],
    octets: usize,
) -> Result<Secret> {
    let mut out = Zeroizing::new(vec![0; octets]);
    let plain = key.decrypt(algorithm, ciphertext, &mut out, library_label(label));
    let length = plain.map_err(|_| Error::Failed)?.len();
    out.truncate(length);
    Ok(out.into())
}

/// What the library writes: SHA-2 of 256 bits and more, PSS with one digest and a salt of its length.
fn encoding(algorithm: &SignatureAlgorithm) -> Option<&'static RsaSignatureEncoding> {
    match algorithm {
        SignatureAlgorithm::RsaPkcs1(Digest::Sha256) => Some(&signature::RSA_PKCS1_SHA256),
        SignatureAlgorithm::RsaPkcs1(Digest::Sha384) => Some(&signature::RSA_PKCS1_SHA384),
        SignatureAlgorithm::RsaPkcs1(Digest::Sha512) => Some(&signature::RSA_PKCS1_SHA512),
        pss if *pss == SignatureAlgorithm::pss(Digest::Sha256) => Some(&signature::RSA_PSS_SHA256),
        pss if *pss == SignatureAlgorithm::pss(Digest::Sha384) => Some(&signature::RSA_PSS_SHA384),
        pss if *pss == SignatureAlgorithm::pss(Digest::Sha512) => Some(&signature::RSA_PSS_SHA512),
        _ => None,
    }
}

const WRITTEN: [Digest; 6] =
    [Digest::Sha256, Digest::Sha384, Digest::Sha512, Digest::Sha3_256, Digest::Sha3_384, Digest::Sha3_512];
/// Of a modulus that signs: 2048 bits.
const MIN_OCTETS: usize = 256;
