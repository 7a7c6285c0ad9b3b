//! Key encapsulation to a public key.

use crate::error::{Error, Result};
use crate::key::composite::{self, Traditional};
use crate::key::ml_kem::MlKemPublic;
use crate::key::public::{Prepared, PublicKey};
use crate::key::rsa_public::RsaPublic;
use crate::names::{CompositeKem, Digest, Kem, KeyKind, KeyTransport};
use crate::random::{Random, SystemRandom, secret};
use crate::secret::Secret;

impl PublicKey {
    /// The mechanism by which keys are encapsulated to this one; `None` for keys that take others, RSA keys without a
    /// restriction among them, which do both.
    pub fn kem(&self) -> Option<Kem> {
        match self.prepared() {
            Prepared::Rsa(key) if key.takes_only_kem() => Some(Kem::Rsa),
            _ => Kem::for_key(&self.kind()),
        }
    }

    /// A fresh secret and the ciphertext that carries it to this key, drawn by the library's generator.
    ///
    /// # Errors
    /// [`Error::KeyCannot`] for keys of another kind or with other restrictions, [`Error::Random`].
    pub fn encapsulate(&self, kem: Kem) -> Result<(Vec<u8>, Secret)> {
        match (self.prepared(), kem) {
            (Prepared::MlKem(key), Kem::MlKem(set)) if self.kind() == KeyKind::MlKem(set) => key.encapsulate(),
            (Prepared::Rsa(key), Kem::Rsa) => rsa(key),
            (Prepared::Composite(ml_kem, traditional), Kem::Composite(kem))
                if self.kind() == KeyKind::CompositeKem(kem) =>
            {
                both(kem, ml_kem, traditional)
            }
            _ => Err(Error::KeyCannot("have keys encapsulated to it")),
        }
    }
}

/// Both halves and what combines them (draft-ietf-lamps-pq-composite-kem §3.2).
fn both(kem: CompositeKem, ml_kem: &MlKemPublic, traditional: &PublicKey) -> Result<(Vec<u8>, Secret)> {
    let (mut ciphertext, first) = ml_kem.encapsulate()?;
    let (more, second) = match composite::traditional(kem) {
        Traditional::Rsa(_) => {
            let secret = secret(32, &mut SystemRandom)?;
            let how = KeyTransport::oaep(Digest::Sha256);
            (traditional.encrypt(&how, secret.as_bytes(), &mut SystemRandom)?, secret)
        }
        _ => traditional.agree_ephemeral()?,
    };
    let shared = composite::combine(kem, &first, &second, &more, traditional.octets());
    ciphertext.extend_from_slice(&more);
    Ok((ciphertext, shared))
}

/// RSA-KEM (RFC 9690 appendix A.1): a random number below the modulus is the secret, to the public exponent the
/// ciphertext.
fn rsa(key: &RsaPublic) -> Result<(Vec<u8>, Secret)> {
    key.may_encapsulate()?;
    if key.bits() < 2048 {
        return Err(Error::KeyCannot("have keys encapsulated to it: RSA under 2048 bits"));
    }
    let raw = key.raw()?;
    // Every second draw at worst is above a modulus with its top bit set among the drawn ones.
    let spare = u32::try_from(key.octets() * 8).unwrap_or_default().saturating_sub(key.bits());
    for _ in 0..MAX_DRAWS {
        let mut number = zeroize::Zeroizing::new(vec![0; key.octets()]);
        SystemRandom.fill(&mut number)?;
        if let Some(first) = number.first_mut() {
            *first &= 0xff_u8 >> spare.min(7);
        }
        if let Some(ciphertext) = raw.apply(&number) {
            return Ok((ciphertext, number.into()));
        }
    }
    Err(Error::Random)
}

const MAX_DRAWS: usize = 128;
