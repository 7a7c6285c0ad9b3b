//! What a private key does, whoever holds it.

use crate::error::{Error, Result};
use crate::key::public::PublicKey;
use crate::names::{Kem, KeyTransport, SignatureAlgorithm};
use crate::random::Random;
use crate::secret::Secret;

/// A private key: in software ([`SoftKey`](crate::SoftKey)) or in a token ([`HardKey`](crate::HardKey)).
pub trait PrivateKey: Send + Sync {
    /// Its public half.
    fn public(&self) -> &PublicKey;

    /// Signs `message`, which is digested here.
    ///
    /// # Errors
    /// [`Error::KeyCannot`](crate::Error::KeyCannot) where kind or restrictions of the key forbid it,
    /// [`Error::Unsupported`](crate::Error::Unsupported) for parameters not implemented.
    fn sign(&self, algorithm: &SignatureAlgorithm, message: &[u8], rng: &mut dyn Random) -> Result<Vec<u8>>;

    /// Decrypts key transport. For PKCS#1 v1.5 call [`transport_cek`](crate::transport_cek) instead, which hides
    /// whether it worked (RFC 3218 §2.3.2).
    ///
    /// # Errors
    /// [`Error::Failed`](crate::Error::Failed) for every failure that depends on the ciphertext.
    fn decrypt(&self, how: &KeyTransport, ciphertext: &[u8]) -> Result<Secret>;

    /// The shared secret with the peer's public value: an uncompressed point, or 32 octets for X25519, 56 for X448, as in the
    /// BIT STRING of a public key.
    ///
    /// # Errors
    /// [`Error::Failed`](crate::Error::Failed) where that is no valid public value of this key's curve or the
    /// secret is zero (RFC 7748 §6.1).
    fn agree(&self, peer: &[u8]) -> Result<Secret>;

    /// The secret that `ciphertext` encapsulates. What was made for another key or changed may give another secret
    /// rather than fail; it then shows where the secret is used.
    ///
    /// # Errors
    /// [`Error::KeyCannot`](crate::Error::KeyCannot) where the key is of another kind,
    /// [`Error::Failed`](crate::Error::Failed) for every failure that depends on the ciphertext.
    fn decapsulate(&self, kem: Kem, ciphertext: &[u8]) -> Result<Secret> {
        let _ = (kem, ciphertext);
        Err(Error::KeyCannot("take encapsulated keys"))
    }

    /// `length` octets that look random, depend on key and ciphertext, and are the same each time: what stands in
    /// for a content key that could not be decrypted. `None` where the key cannot derive any.
    fn implicit_rejection(&self, ciphertext: &[u8], length: usize) -> Option<Secret> {
        let _ = (ciphertext, length);
        None
    }
}
