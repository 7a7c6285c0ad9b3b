//! RSA key transport to a public key.

use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512};
use aws_lc_rs::rsa::{OaepAlgorithm, OaepPublicEncryptingKey, Pkcs1PublicEncryptingKey, PublicEncryptingKey};

use crate::error::{Error, Result};
use crate::key::padding::oaep_encode;
use crate::key::public::{Prepared, PublicKey};
use crate::key::rsa_public::RsaPublic;
use crate::names::{Digest, KeyTransport};
use crate::random::{Random, secret};

impl PublicKey {
    /// Encrypts a content key, giving as many octets as the modulus has.
    ///
    /// # Errors
    /// [`Error::KeyCannot`] where the key is no RSA key of at least 2048 bits, its restrictions forbid it, or the
    /// content key does not fit; [`Error::Random`].
    pub fn encrypt(&self, how: &KeyTransport, cek: &[u8], rng: &mut dyn Random) -> Result<Vec<u8>> {
        let Prepared::Rsa(key) = self.prepared() else { return Err(Error::KeyCannot("take key transport")) };
        key.may_transport(how)?;
        let prepared = key.encrypting().ok_or(Error::KeyCannot("be encrypted to: RSA under 2048 bits"))?;
        match how {
            KeyTransport::RsaPkcs1 => pkcs1(prepared, cek),
            KeyTransport::RsaOaep { digest, mgf, label } => match library_oaep(*digest, *mgf) {
                Some(algorithm) => oaep(prepared, algorithm, label, cek),
                None => oaep_unusual(key, (*digest, *mgf), label, cek, rng),
            },
        }
    }
}

/// The library's OAEP: one digest throughout.
pub(super) fn library_oaep(digest: Digest, mgf: Digest) -> Option<&'static OaepAlgorithm> {
    match (digest, mgf) {
        (Digest::Sha1, Digest::Sha1) => Some(&OAEP_SHA1_MGF1SHA1),
        (Digest::Sha256, Digest::Sha256) => Some(&OAEP_SHA256_MGF1SHA256),
        (Digest::Sha384, Digest::Sha384) => Some(&OAEP_SHA384_MGF1SHA384),
        (Digest::Sha512, Digest::Sha512) => Some(&OAEP_SHA512_MGF1SHA512),
        _ => None,
    }
}

/// The label as the library takes it.
pub(super) fn library_label(label: &[u8]) -> Option<&[u8]> {
    (!label.is_empty()).then_some(label)
}

fn pkcs1(key: &PublicEncryptingKey, cek: &[u8]) -> Result<Vec<u8>> {
    let key = Pkcs1PublicEncryptingKey::new(key.clone()).map_err(|_| TOO_LONG)?;
    let mut out = vec![0; key.ciphertext_size()];
    let length = key.encrypt(cek, &mut out).map_err(|_| TOO_LONG)?.len();
    out.truncate(length);
    Ok(out)
}

fn oaep(key: &PublicEncryptingKey, algorithm: &'static OaepAlgorithm, label: &[u8], cek: &[u8]) -> Result<Vec<u8>> {
    let key = OaepPublicEncryptingKey::new(key.clone()).map_err(|_| TOO_LONG)?;
    let mut out = vec![0; key.ciphertext_size()];
    let length = key.encrypt(algorithm, cek, &mut out, library_label(label)).map_err(|_| TOO_LONG)?.len();
    out.truncate(length);
    Ok(out)
}

fn oaep_unusual(
    key: &RsaPublic,
    digests: (Digest, Digest),
    label: &[u8],
    cek: &[u8],
    rng: &mut dyn Random,
) -> Result<Vec<u8>> {
    let seed = secret(digests.0.len(), rng)?;
    let encoded = oaep_encode(digests, label, cek, seed.as_bytes(), key.octets()).ok_or(TOO_LONG)?;
    key.raw()?.apply(&encoded).ok_or(TOO_LONG)
}

const TOO_LONG: Error = Error::KeyCannot("take a content key of this length");
