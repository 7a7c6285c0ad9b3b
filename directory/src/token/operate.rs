//! The operations of one private key in a token. Whatever goes wrong is one failure.

use std::sync::Arc;

use crypto::{Digest, Error, KeyTransport, Result, SignatureAlgorithm, TokenKey};
use cryptoki::mechanism::elliptic_curve::{EcKdf, Ecdh1DeriveParams};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsOaepParams, PkcsOaepSource, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use zeroize::Zeroizing;

use super::session::Token;

/// A key and the token that has it.
pub(super) struct Object {
    token: Arc<Token>,
    handle: ObjectHandle,
    /// Whether each use wants the PIN anew.
    asks: bool,
}

impl Object {
    /// The key of this handle; `asks` is its CKA_ALWAYS_AUTHENTICATE.
    pub fn new(token: Arc<Token>, handle: ObjectHandle, asks: bool) -> Self {
        Object { token, handle, asks }
    }

    fn sign(&self, mechanism: &Mechanism<'_>, data: &[u8]) -> Result<Vec<u8>> {
        let signed = self.token.with(|session| session.sign(mechanism, self.handle, data));
        signed.and_then(std::result::Result::ok).ok_or(Error::Failed)
    }

    fn decrypted(&self, mechanism: &Mechanism<'_>, data: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let plain = self.token.with(|session| session.decrypt(mechanism, self.handle, data));
        plain.and_then(std::result::Result::ok).map(Zeroizing::new).ok_or(Error::Failed)
    }
}

impl TokenKey for Object {
    /// Of a key that wants the PIN anew for each signature, as the signing key of a PIV card does (PKCS #11 section 5.6.8:
    /// between the beginning of the operation and its end). The library has the two apart only where the message comes in
    /// parts, which the bare operations do not take: so the token hashes.
    fn sign_message(&self, algorithm: &SignatureAlgorithm, message: &[u8]) -> Option<Result<Vec<u8>>> {
        self.asks.then(|| {
            let mechanism = hashing(algorithm)?;
            if !self.token.mechanisms.contains(&mechanism.mechanism_type()) {
                return Err(Error::unsupported_here("a key in this token that wants its PIN for each signature"));
            }
            let signed = self.token.with(|session| {
                session.sign_init(&mechanism, self.handle)?;
                self.token.log_in_again(session)?;
                session.sign_update(message)?;
                session.sign_final()
            });
            signed.and_then(std::result::Result::ok).ok_or(Error::Failed)
        })
    }

    fn sign_pkcs1(&self, digest_info: &[u8]) -> Result<Vec<u8>> {
        self.sign(&Mechanism::RsaPkcs, digest_info)
    }

    fn sign_pss(&self, digest: Digest, hash: &[u8]) -> Result<Vec<u8>> {
        let (hash_alg, mgf) = hashes(digest)?;
        let s_len = u64::try_from(hash.len()).map_err(|_| Error::Failed)?.into();
        self.sign(&Mechanism::RsaPkcsPss(PkcsPssParams { hash_alg, mgf, s_len }), hash)
    }

    fn sign_ecdsa(&self, hash: &[u8]) -> Result<Vec<u8>> {
        self.sign(&Mechanism::Ecdsa, hash)
    }

    fn raw(&self, number: &[u8]) -> Option<Result<Zeroizing<Vec<u8>>>> {
        if !self.token.mechanisms.contains(&MechanismType::RSA_X_509) {
            return None;
        }
        // Zeros in front are left out by some.
        Some(self.decrypted(&Mechanism::RsaX509, number).and_then(|power| {
            let missing = number.len().checked_sub(power.len()).ok_or(Error::Failed)?;
            let mut whole = Zeroizing::new(vec![0; missing]);
            whole.extend_from_slice(&power);
            Ok(whole)
        }))
    }

    fn decrypt(&self, how: &KeyTransport, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        match how {
            KeyTransport::RsaPkcs1 => self.decrypted(&Mechanism::RsaPkcs, ciphertext),
            KeyTransport::RsaOaep { digest, mgf, label } => {
                let label =
                    if label.is_empty() { PkcsOaepSource::empty() } else { PkcsOaepSource::data_specified(label) };
                let parameters = PkcsOaepParams::new(hashes(*digest)?.0, hashes(*mgf)?.1, label);
                self.decrypted(&Mechanism::RsaPkcsOaep(parameters), ciphertext)
            }
        }
    }

    fn agree(&self, point: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        // 1 + 2n octets, of which n are what is agreed on.
        let length = u64::try_from((point.len().saturating_sub(1)) / 2).map_err(|_| Error::Failed)?;
        let template = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::GENERIC_SECRET),
            Attribute::ValueLen(length.into()),
            Attribute::Token(false),
            Attribute::Sensitive(false),
            Attribute::Extractable(true),
        ];
        let mechanism = Mechanism::Ecdh1Derive(Ecdh1DeriveParams::new(EcKdf::null(), point));
        let agreed = self.token.with(|session| {
            let secret = session.derive_key(&mechanism, self.handle, &template)?;
            let value = session.get_attributes(secret, &[AttributeType::Value]);
            // It would go with the session.
            let _ = session.destroy_object(secret);
            value
        });
        let agreed = agreed.and_then(std::result::Result::ok).ok_or(Error::Failed)?;
        let value = agreed.into_iter().find_map(|attribute| match attribute {
            Attribute::Value(value) => Some(Zeroizing::new(value)),
            _ => None,
        });
        value.ok_or(Error::Failed)
    }
}

/// The mechanism that hashes and signs.
fn hashing(algorithm: &SignatureAlgorithm) -> Result<Mechanism<'static>> {
    let pss = |digest| -> Result<PkcsPssParams> {
        let (hash_alg, mgf) = hashes(digest)?;
        let length = u64::try_from(digest.len()).map_err(|_| Error::Failed)?;
        Ok(PkcsPssParams { hash_alg, mgf, s_len: length.into() })
    };
    Ok(match algorithm {
        SignatureAlgorithm::RsaPkcs1(Digest::Sha256) => Mechanism::Sha256RsaPkcs,
        SignatureAlgorithm::RsaPkcs1(Digest::Sha384) => Mechanism::Sha384RsaPkcs,
        SignatureAlgorithm::RsaPkcs1(Digest::Sha512) => Mechanism::Sha512RsaPkcs,
        SignatureAlgorithm::RsaPss { digest: Digest::Sha256, .. } => Mechanism::Sha256RsaPkcsPss(pss(Digest::Sha256)?),
        SignatureAlgorithm::RsaPss { digest: Digest::Sha384, .. } => Mechanism::Sha384RsaPkcsPss(pss(Digest::Sha384)?),
        SignatureAlgorithm::RsaPss { digest: Digest::Sha512, .. } => Mechanism::Sha512RsaPkcsPss(pss(Digest::Sha512)?),
        SignatureAlgorithm::Ecdsa(Digest::Sha256) => Mechanism::EcdsaSha256,
        SignatureAlgorithm::Ecdsa(Digest::Sha384) => Mechanism::EcdsaSha384,
        SignatureAlgorithm::Ecdsa(Digest::Sha512) => Mechanism::EcdsaSha512,
        _ => return Err(Error::unsupported_here("this algorithm with a key that wants its PIN for each signature")),
    })
}

/// A digest, and MGF1 with it.
fn hashes(digest: Digest) -> Result<(MechanismType, PkcsMgfType)> {
    Ok(match digest {
        Digest::Sha1 => (MechanismType::SHA1, PkcsMgfType::MGF1_SHA1),
        Digest::Sha224 => (MechanismType::SHA224, PkcsMgfType::MGF1_SHA224),
        Digest::Sha256 => (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256),
        Digest::Sha384 => (MechanismType::SHA384, PkcsMgfType::MGF1_SHA384),
        Digest::Sha512 => (MechanismType::SHA512, PkcsMgfType::MGF1_SHA512),
        _ => return Err(Error::unsupported_here("this digest in a token")),
    })
}
