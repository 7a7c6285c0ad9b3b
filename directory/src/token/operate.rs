//! The operations of one private key in a token. Whatever goes wrong is one failure.

use std::sync::Arc;

use crypto::{Digest, Error, KeyTransport, Result, TokenKey};
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
}

impl Object {
    /// The key of this handle.
    pub fn new(token: Arc<Token>, handle: ObjectHandle) -> Self {
        Object { token, handle }
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
