//! Composite ML-KEM private keys.

use crate::error::{Error, Result};
use crate::key::composite::{self, Traditional};
use crate::key::ml_kem::MlKemPrivate;
use crate::key::private::PrivateKey;
use crate::names::{CompositeKem, Digest, KeyTransport};
use crate::secret::Secret;

/// Both halves.
pub(super) struct CompositePrivate {
    kem: CompositeKem,
    ml_kem: MlKemPrivate,
    traditional: Box<dyn PrivateKey>,
}

impl CompositePrivate {
    /// From both halves; the traditional one must be of the kind that the composite has.
    pub(super) fn new(kem: CompositeKem, ml_kem: MlKemPrivate, traditional: Box<dyn PrivateKey>) -> Result<Self> {
        composite::check_traditional(kem, traditional.public().kind())?;
        Ok(CompositePrivate { kem, ml_kem, traditional })
    }

    /// The shared secret of 32 octets (draft-ietf-lamps-pq-composite-kem §3.3). Both halves are done whatever the first
    /// one gives; what fails, fails alike (§3.5).
    pub(super) fn decapsulate(&self, kem: CompositeKem, ciphertext: &[u8]) -> Result<Secret> {
        if kem != self.kem {
            return Err(Error::KeyCannot("take encapsulated keys"));
        }
        let split = ciphertext.split_at_checked(kem.ml_kem().ciphertext_len());
        let (first, second) = split.ok_or(Error::Failed)?;
        let ml_kem = self.ml_kem.decapsulate(first);
        let traditional = match composite::traditional(kem) {
            Traditional::Rsa(_) => self.traditional.decrypt(&KeyTransport::oaep(Digest::Sha256), second),
            _ => self.traditional.agree(second),
        };
        let (ml_kem, traditional) = (ml_kem?, traditional?);
        if matches!(composite::traditional(kem), Traditional::Rsa(_)) && traditional.len() != 32 {
            return Err(Error::Failed);
        }
        Ok(composite::combine(kem, &ml_kem, &traditional, second, self.traditional.public().octets()))
    }
}
